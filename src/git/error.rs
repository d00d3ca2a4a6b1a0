//! What can go wrong with git, each with what failed, the exact message and what to do.

use std::{io, path::PathBuf};

use super::shape::Unsupported;
use crate::sandbox::{FileError, SpawnError};

/// Why something was not done with git.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// git itself cannot be started.
    #[error("git could not be started: {0}")]
    Start(#[from] SpawnError),
    /// The installed git lacks `merge-tree --write-tree`.
    #[error(
        "git {found} is too old: chargehand needs git {needed} or newer, because it tests merges \
         with `git merge-tree --write-tree`. Install a newer git and put it first on PATH."
    )]
    TooOld { found: String, needed: &'static str },
    /// There is no repository here.
    #[error(
        "{} is not inside a git repository. `git init` and a first commit make it one; chargehand \
         can do both.",
        dir.display()
    )]
    NoRepository { dir: PathBuf },
    /// The repository is of a shape that chargehand does not work in.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
    /// Commits cannot be made because git does not know who commits.
    #[error(
        "git does not know who you are, so chargehand cannot commit in your name: {said}. Set \
         `git config --global user.name \"Your Name\"` and `git config --global user.email \
         you@example.org`."
    )]
    NoIdentity { said: String },
    /// A commit could not be signed as the person's configuration asks.
    #[error(
        "the commit could not be signed, and your configuration (commit.gpgsign) asks for it: \
         {said}. Unlock the key (for example `echo | gpg --clearsign`) or set commit.gpgsign to \
         false for this repository."
    )]
    Signing { said: String },
    /// A ref was not where it was expected; somebody else moved it.
    #[error("`{name}` has moved: it is no longer at {expected}. Look again and decide anew.")]
    Moved { name: String, expected: String },
    /// A branch that is to be moved is checked out somewhere.
    #[error(
        "the branch `{branch}` is checked out in {}; moving it would make that checkout look \
         changed. Switch to another branch there.",
        path.display()
    )]
    CheckedOut { branch: String, path: PathBuf },
    /// A worktree is already there and is not the one that is asked for.
    #[error("{} is in the way: {why}", path.display())]
    InTheWay { path: PathBuf, why: String },
    /// Work has a repository of its own inside, which git would record without its content.
    #[error(
        "the work holds other repositories, whose content git cannot record: {}. Remove their \
         `.git` directories, or have them ignored.",
        paths.join(", ")
    )]
    Embedded { paths: Vec<String> },
    /// A worktree or branch is not removed because something in it would be lost.
    #[error("{what} is not removed, because work in it would be lost: {why}")]
    WouldLose { what: String, why: String },
    /// Another process holds the repository's lock for too long.
    #[error(
        "{} is held by another chargehand or git for {seconds} s. Wait for it to end; if no such \
         process runs, remove the file.",
        path.display()
    )]
    Locked { path: PathBuf, seconds: u64 },
    /// git ended with an error.
    #[error("`git {argv}` in {} failed ({exit}): {said}", dir.display())]
    Failed { argv: String, dir: PathBuf, exit: String, said: String },
    /// git's answer was not understood.
    #[error("`git {argv}` answered something unexpected: {why}")]
    Garbled { argv: String, why: String },
    /// A file could not be read or written.
    #[error("{what} {}: {source}", path.display())]
    File { what: &'static str, path: PathBuf, source: io::Error },
    /// A file in a worktree could not be reached.
    #[error(transparent)]
    Reach(#[from] FileError),
    /// The run was stopped.
    #[error("stopped")]
    Stopped,
}

impl GitError {
    /// A closure that makes an error of an i/o error on a path.
    pub(super) fn file(
        what: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { what, path, source }
    }

    /// What git wrote to stderr, when it ended with an error.
    pub(super) fn said(&self) -> &str {
        match self {
            Self::Failed { said, .. } => said,
            Self::Start(_)
            | Self::TooOld { .. }
            | Self::NoRepository { .. }
            | Self::Unsupported(_)
            | Self::NoIdentity { .. }
            | Self::Signing { .. }
            | Self::Moved { .. }
            | Self::CheckedOut { .. }
            | Self::InTheWay { .. }
            | Self::Embedded { .. }
            | Self::WouldLose { .. }
            | Self::Locked { .. }
            | Self::Garbled { .. }
            | Self::File { .. }
            | Self::Reach(_)
            | Self::Stopped => "",
        }
    }
}
