//! The only place that starts a process and the only place that opens a file for a tool.
//!
//! Containment by the kernel (Landlock, seccomp, namespaces) is deliberately absent so far: what
//! is promised is that a child cannot read our terminal or our secrets, cannot flood us and
//! cannot outlive its time, and that a file tool cannot leave its directory.

pub mod beneath;
pub mod capture;
mod child;
pub mod entry;
pub mod env;
pub mod error;
mod reap;
pub mod shield;
pub mod spawn;
mod supervise;
mod sweep;
pub mod tty;
mod walk;

pub use self::{
    beneath::Beneath,
    capture::{Captured, Keep},
    entry::{Entry, Kind, is_git_name},
    env::{Env, is_passed, names_a_secret},
    error::{FileError, SpawnError},
    shield::shield,
    spawn::{
        Aftermath, DEFAULT_TIMEOUT, Exit, Finished, Live, Program, Spawn, Stdin, Streams, run,
    },
    sweep::end_orphans,
    tty::with_tty,
};
