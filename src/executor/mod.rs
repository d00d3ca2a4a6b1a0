//! The working role: a fresh session for one attempt at one task.
//!
//! Deliberately absent: the tools that look and change, which are the tools room's; this room adds
//! the words that a session opens with and the report that it ends with.

pub mod finish;
pub mod opening;

pub use self::{finish::finish_tool, opening::opening};
