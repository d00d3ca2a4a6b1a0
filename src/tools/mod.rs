//! What sessions can do, and the checks that look at what they did.
//!
//! `look` only reads, `change` writes files and runs commands: two modules, so that a role
//! that must not change anything cannot even name the other. Arguments come from a model and are
//! untrusted: every path goes through `sandbox::Beneath`, every command through `sandbox::run`,
//! every answer is bounded. [`checks`] is chargehand's own look at a task's criteria.

mod arguments;
mod ended;
mod globs;
mod missing;

pub mod change;
pub mod checks;
pub mod look;

pub use self::{
    change::{ChangePlace, change},
    checks::look_at,
    look::{History, Memory, look_at_files, look_at_history},
};
