//! Tools that only read: files, history, memory.

pub mod git_diff;
pub mod git_log;
pub mod list;
pub mod memory;
pub mod place;
pub mod read;
pub mod search;

pub use self::{
    memory::Memory,
    place::{History, look_at_files, look_at_history},
};
