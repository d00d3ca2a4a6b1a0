//! Locks that a killed git of ours has left behind.
//!
//! Only places that nobody but chargehand writes are looked at: the git directory of a worktree in
//! the user's data folder, and the refs of goals and attempts. Whoever calls holds the repository's
//! own lock, and a killed chargehand's children have been ended before: no process can be at work
//! on them. The person's index and refs are never touched; their locks are waited for.

use std::{ffi::OsStr, fs, io::ErrorKind, os::unix::ffi::OsStrExt as _, path::Path};

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

/// Removes what a git of ours that was killed while it began a worktree has left: a record without
/// a `commondir` keeps git from reading any of the repository's worktrees, one without a `HEAD` is
/// no repository. Both are written before anything is checked out, so that nothing is lost; the
/// `.git` file that alone stands in the new directory goes with it.
pub(super) fn half_begun(common: &Path) -> Result<(), GitError> {
    let Ok(entries) = fs::read_dir(common.join("worktrees")) else { return Ok(()) };
    for entry in entries.flatten() {
        let record = entry.path();
        let written = |name: &str| fs::metadata(record.join(name)).is_ok_and(|meta| meta.len() > 0);
        if !record.is_dir() || (written("commondir") && written("HEAD")) {
            continue;
        }
        if let Ok(named) = fs::read(record.join("gitdir")) {
            let file = record.join(OsStr::from_bytes(named.trim_ascii_end()));
            let is_alone = file.parent().is_some_and(|dir| {
                fs::read_dir(dir).is_ok_and(|mut all| {
                    all.all(|one| one.is_ok_and(|one| one.file_name() == ".git"))
                })
            });
            if is_alone && file.is_file() {
                remove(&file)?;
            }
        }
        fs::remove_dir_all(&record)
            .map_err(GitError::file("cannot remove the half-begun record", &record))?;
    }
    Ok(())
}
