//! What a child does between fork and exec. The one file with `unsafe` in it.
//!
//! `pre_exec` is unsafe because only async-signal-safe calls may be made in a forked child of a
//! threaded program. The closure makes bare system calls through rustix and allocates nothing.
#![allow(unsafe_code)]

use std::os::fd::OwnedFd;

use rustix::io::FdFlags;
use tokio::process::Command;

/// Puts the child into a session of its own, ties its life to ours and lets it inherit `life`.
///
/// - A session of its own: there is no terminal that it could ask on (`/dev/tty` fails with
///   ENXIO), and one signal reaches the whole group.
/// - On Linux it gets SIGKILL when the thread that started it ends, so `kill -9` of us ends it.
///   So never start one from a thread that comes and goes (`spawn_blocking`).
/// - `life` is the write end of a pipe. As long as anything that descends from the child holds
///   it, the read end is not at its end; so that nothing is left can be told without a search.
pub(super) fn detach(command: &mut Command, life: OwnedFd) {
    #[cfg(target_os = "linux")]
    let parent = rustix::process::getpid();
    let prepare = move || {
        rustix::process::setsid()?;
        #[cfg(target_os = "linux")]
        {
            use rustix::process::{Signal, getppid, set_parent_process_death_signal};
            set_parent_process_death_signal(Some(Signal::KILL))?;
            // We may have ended between the fork and the call above.
            if getppid() != Some(parent) {
                return Err(rustix::io::Errno::SRCH.into());
            }
        }
        rustix::io::fcntl_setfd(&life, FdFlags::empty())?;
        Ok(())
    };
    // SAFETY: setsid, prctl, getppid and fcntl are async-signal-safe; nothing is allocated, locked
    // or freed; `life` stays open because the closure owns it.
    unsafe {
        command.pre_exec(prepare);
    }
}
