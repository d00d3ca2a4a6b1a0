//! Locks that a killed git of ours has left behind.
//!
//! Only places that nobody but chargehand writes are looked at: the git directory of a worktree in
//! the user's data folder, and the refs of goals and attempts. Whoever calls holds the repository's
//! own lock, and a killed chargehand's children have been ended before: no process can be at work
//! on them. The person's index and refs are never touched; their locks are waited for.

use std::{fs, io::ErrorKind, path::Path};

use super::error::GitError;

/// Locks of a worktree's own git directory.
const OWN: [&str; 3] = ["index.lock", "HEAD.lock", "ORIG_HEAD.lock"];

/// Removes what is left in the git directory of one of our worktrees.
pub(super) fn in_worktree(git_dir: &Path) -> Result<(), GitError> {
    OWN.iter().try_for_each(|name| remove(&git_dir.join(name)))
}

/// Removes what is left of a branch of ours.
pub(super) fn of_branch(common: &Path, branch: &str) -> Result<(), GitError> {
    if !branch.starts_with("chargehand") {
        return Ok(());
    }
    remove(&common.join("refs/heads").join(format!("{branch}.lock")))
}

fn remove(path: &Path) -> Result<(), GitError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(GitError::file("cannot remove the stale lock", path)(error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
