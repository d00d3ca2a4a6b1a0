//! Tools that change files of the worktree and run commands in it.

pub mod edit;
mod miss;
pub mod place;
pub mod run;
pub mod write;

pub use self::place::{ChangePlace, change};
