//! One lock for what changes a repository as a whole: worktrees being made, branches landing.
//!
//! git takes no lock over `worktree add`: of 24 in parallel up to 10 fail, and leave their
//! branches behind; under one lock, none.

use std::{
    fs::{File, OpenOptions, TryLockError},
    time::Duration,
};

use super::{error::GitError, repo::Repo, stale};

/// How long another process may hold the lock; a checkout of a huge tree fits.
const PATIENCE: Duration = Duration::from_mins(15);
/// How often it is tried.
const EVERY: Duration = Duration::from_millis(10);

/// The lock, held until it is dropped. It also ends with the process, however that ends.
#[derive(Debug)]
pub(super) struct Held {
    _file: File,
}

/// Takes the repository's lock, waiting for whoever holds it: another process, or another task of
/// this one, since each opens the file for itself.
pub(super) async fn hold(repo: &Repo) -> Result<Held, GitError> {
    let dir = repo.common.join("chargehand");
    std::fs::create_dir_all(&dir).map_err(GitError::file("cannot make", &dir))?;
    let path = dir.join("git.lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(GitError::file("cannot open", &path))?;
    let wait = async {
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(()),
                Err(TryLockError::WouldBlock) => tokio::time::sleep(EVERY).await,
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    };
    tokio::select! {
        taken = tokio::time::timeout(PATIENCE, wait) => match taken {
            Ok(Ok(())) => {
                stale::half_begun(&repo.common)?;
                Ok(Held { _file: file })
            }
            Ok(Err(error)) => Err(GitError::file("cannot lock", path)(error)),
            Err(_) => Err(GitError::Locked { path, seconds: PATIENCE.as_secs() }),
        },
        () = repo.git.stop.cancelled() => Err(GitError::Stopped),
    }
}
