//! The checks: chargehand's own look at the work. Only they, or a person, can make a task done.

use super::{
    fault, place,
    seat::{Early, Seat, refused},
};
use crate::{
    domain::{Attempt, Command, End, Evidence, Snapshot, Task, TaskId, When},
    git::Worktree,
    tools::checks,
};

pub(super) async fn run(seat: &Seat, id: &TaskId) -> Result<End, Early> {
    let task = seat.task(id)?;
    let (attempt, head) = worked(task)?;
    let worktree = place::of(seat, task, attempt).await?;
    let evidence = look(seat, task, &worktree, head, &attempt.base, When::After).await?;
    seat.link.ask(Command::RecordChecks { run: seat.link.run, evidence }).await.map_err(refused)?;
    Ok(End::Done)
}

/// The latest attempt and the commit that it left.
pub(super) fn worked(task: &Task) -> Result<(&Attempt, &Snapshot), Early> {
    let attempt = task.last_attempt();
    attempt.and_then(|attempt| Some((attempt, attempt.head.as_ref()?))).ok_or_else(|| {
        let text = format!("task `{}` has no committed work to look at", task.spec.id);
        fault::environment(text, "retry the task")
    })
}

/// Looks at every criterion of a task in a worktree whose content is `at`.
pub(super) async fn look(
    seat: &Seat,
    task: &Task,
    worktree: &Worktree,
    at: &Snapshot,
    base: &Snapshot,
    when: When,
) -> Result<Vec<Evidence>, Early> {
    let changed = seat.repo.changed_paths(&base.commit, &at.commit).await.map_err(fault::git)?;
    let evidence = checks::look_at(
        &task.spec.criteria,
        &worktree.path,
        &at.tree,
        &changed,
        when,
        seat.world.blobs.as_ref(),
        &seat.link.stop,
    )
    .await;
    if seat.link.stop.is_cancelled() { Err(End::Stopped) } else { Ok(evidence) }
}
