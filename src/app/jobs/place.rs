//! The worktrees that runs work and look in.

use std::path::PathBuf;

use super::{
    fault,
    seat::{Early, Seat},
};
use crate::{
    domain::{Attempt, AttemptNo, Snapshot, Task},
    git::{GitError, On, Worktree, attempt_branch},
};

/// Worktrees of the same attempt that may be in the way before it is given up.
const MAX_LEFT: u32 = 20;

/// A worktree for a new attempt, at the goal's tip. What an earlier try left in the way stays
/// where it is.
pub(super) async fn fresh(
    seat: &Seat,
    task: &Task,
    number: AttemptNo,
    base: &Snapshot,
) -> Result<Worktree, Early> {
    let goal = &seat.scene.goal.id;
    let id = &task.spec.id;
    let plain = seat.world.worktree(goal, id, number);
    for left in 1..=MAX_LEFT {
        let suffix = if left == 1 { String::new() } else { format!("-again{left}") };
        let path = PathBuf::from(format!("{}{suffix}", plain.display()));
        let on = on(seat, task, number, &suffix, base);
        match Worktree::open(&seat.repo, &path, on).await {
            Ok(worktree) if is_at(&worktree, base).await? => return Ok(worktree),
            // It stands where the goal no longer is.
            Ok(_) | Err(GitError::InTheWay { .. } | GitError::CheckedOut { .. }) => {}
            Err(error) => return Err(fault::git(error)),
        }
    }
    Err(fault::environment(
        format!("{MAX_LEFT} worktrees of `{id}` are in the way below {}", plain.display()),
        "remove what you do not need with `git worktree remove`",
    ))
}

/// The worktree of an attempt that has begun.
pub(super) async fn of(seat: &Seat, task: &Task, attempt: &Attempt) -> Result<Worktree, Early> {
    let path = PathBuf::from(&attempt.worktree);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    // The branch bears the same suffix as the folder.
    let plain = format!("{}-{}", task.spec.id, attempt.number);
    let suffix = name.as_deref().and_then(|name| name.strip_prefix(&plain)).unwrap_or_default();
    let on = on(seat, task, attempt.number, suffix, &attempt.base);
    Worktree::open(&seat.repo, &path, on).await.map_err(fault::git)
}

/// A checkout of a commit to look at, closed again by [`close`].
pub(super) async fn to_look(seat: &Seat, at: &Snapshot) -> Result<Worktree, Early> {
    let path = seat.world.looking(&seat.scene.goal.id, seat.link.run);
    let on = On::Commit(at.commit.clone());
    Worktree::open(&seat.repo, &path, on).await.map_err(fault::git)
}

/// Removes a checkout that holds nothing. What cannot be removed is left, and does no harm.
pub(super) async fn close(seat: &Seat, worktree: Worktree) {
    let name = format!("look/{}/{}", seat.scene.goal.id, seat.link.run);
    let _ = worktree.close(&name).await;
}

fn on(seat: &Seat, task: &Task, number: AttemptNo, suffix: &str, base: &Snapshot) -> On {
    let branch = attempt_branch(seat.scene.goal.id.as_str(), task.spec.id.as_str(), number.0);
    On::Branch { name: format!("{branch}{suffix}"), base: base.commit.clone() }
}

async fn is_at(worktree: &Worktree, base: &Snapshot) -> Result<bool, Early> {
    let head = worktree.head().await.map_err(fault::git)?;
    Ok(head.at().is_some_and(|at| at.commit == base.commit))
}
