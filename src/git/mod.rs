//! git, as chargehand uses it: worktrees for attempts, commits of their work, landing.
//!
//! Read [`run`] first: what a call of git is, and why a hostile repository cannot make it execute
//! anything. The person's checkout (HEAD, index, files, configuration, stash) stays byte-identical
//! through everything but [`person`]. Nothing is pruned, reset or force-deleted; what is removed is
//! kept first ([`keep`]).
//!
//! Names are plain text here (goal, task, object ids in hex): this room does not know the domain.

mod call;
pub mod commit;
pub mod error;
mod glance;
pub mod history;
pub mod keep;
pub mod land;
pub mod leftover;
mod lock;
pub mod merge;
pub mod message;
pub mod person;
pub mod plain;
pub mod refs;
pub mod repo;
pub mod revert;
pub mod run;
pub mod setup;
pub mod shape;
mod sign;
mod stage;
mod stale;
pub mod worktree;

pub use self::{
    commit::Committed,
    error::GitError,
    history::{Changed, Commit, Diff, Kind, Since},
    keep::Kept,
    land::{Candidate, Landing},
    leftover::{Ours, Unsaved},
    merge::{How, Merge},
    message::Message,
    person::{Filters, Landed, NotLanded},
    plain::Plain,
    refs::{attempt_branch, goal_branch},
    repo::{First, Head, Repo, Snapshot},
    revert::Reverted,
    run::Git,
    setup::{Applied, SetupError, WorktreeSettings},
    shape::{Note, Operation, Shape, Unsupported},
    worktree::{Listed, On, Worktree},
};
