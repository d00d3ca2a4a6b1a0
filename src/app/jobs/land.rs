//! Landing: merged, checked again on the merged tree, and only then final.

use std::path::Path;

use super::{
    super::leftovers::heads_of,
    check::{look, worked},
    fault,
    seat::{Early, Seat, refused},
};
use crate::{
    domain::{AttemptNo, Command, End, Evidence, Outcome, Snapshot, Task, TaskId, When, hash},
    git::{Candidate, GitError, Landing, On, Worktree},
};

/// How often a landing begins again because the goal's branch moved under it.
const MAX_MOVES: u32 = 5;

pub(super) async fn run(seat: &Seat, id: &TaskId, attempt: AttemptNo) -> Result<End, Early> {
    let task = seat.task(id)?;
    let goal = &seat.scene.goal;
    let (tried, head) = worked(task)?;
    seat.repo.open_goal(goal.id.as_str(), &goal.base.commit).await.map_err(fault::git)?;
    back_to_the_log(seat).await?;
    let what = seat.message(&task.spec.title, &task.spec.objective);
    for _ in 0..MAX_MOVES {
        let landing = seat
            .repo
            .begin_landing(goal.id.as_str(), &head.commit, &what)
            .await
            .map_err(fault::git)?;
        let (merged, candidate) = match landing {
            Landing::Conflict { files, .. } => {
                let conflict = Command::RecordConflict { run: seat.link.run, files };
                seat.link.ask(conflict).await.map_err(refused)?;
                return Ok(End::Done);
            }
            // Somebody else has merged it; it is looked at all the same.
            Landing::Already { tip } => (snapshot(&tip), None),
            Landing::Ready(candidate) => (snapshot(&candidate.merged), Some(candidate)),
        };
        let path = seat.world.landing(&goal.id, id, attempt, seat.link.run);
        let evidence = on_merged_tree(seat, task, &merged, &tried.base, &path).await?;
        if !all_pass(task, &evidence) {
            let refuted = Command::RecordRefuted { run: seat.link.run, evidence };
            seat.link.ask(refuted).await.map_err(refused)?;
            return Ok(End::Done);
        }
        if let Some(candidate) = candidate
            && moved(seat, &candidate).await?
        {
            continue;
        }
        let Snapshot { commit, tree } = merged;
        let landed = Command::RecordLanded { run: seat.link.run, commit, tree, evidence };
        seat.link.ask(landed).await.map_err(refused)?;
        return Ok(End::Done);
    }
    Err(fault::environment(
        format!("`{}` is moved by something else all the time", goal.branch()),
        "leave the goal's branch to chargehand, then release the task",
    ))
}

/// A crash may have come between the branch's move and the log. What the log does not know has not
/// landed: the branch goes back to where the log has it, and the landing is begun anew.
async fn back_to_the_log(seat: &Seat) -> Result<(), Early> {
    let goal = &seat.scene.goal;
    let heads = heads_of(goal);
    let to = &goal.tip.commit;
    let taken = seat.repo.take_back(goal.id.as_str(), to, &heads).await.map_err(fault::git)?;
    if let Some(kept) = taken {
        let text = format!(
            "{} stood at a landing that was cut short; it is back at {}, and what was merged is \
             kept as {}",
            goal.branch(),
            hash::short(to),
            kept.name
        );
        seat.link.ask(Command::Note { run: Some(seat.link.run), text }).await.map_err(refused)?;
    }
    Ok(())
}

fn snapshot(at: &crate::git::Snapshot) -> Snapshot {
    Snapshot { commit: at.commit.clone(), tree: at.tree.clone() }
}

/// Moves the goal's branch. `true`: something else moved it first, so that the merge is stale.
async fn moved(seat: &Seat, candidate: &Candidate) -> Result<bool, Early> {
    match seat.repo.finish_landing(candidate).await {
        Ok(_) => Ok(false),
        Err(GitError::Moved { .. }) => Ok(true),
        Err(error) => Err(fault::git(error)),
    }
}

/// Checks the merged tree in a worktree of its own, which is removed again: it holds no work.
async fn on_merged_tree(
    seat: &Seat,
    task: &Task,
    merged: &Snapshot,
    base: &Snapshot,
    path: &Path,
) -> Result<Vec<Evidence>, Early> {
    // What was changed is what the attempt changed; what landed beside it is not its doing.
    let (_, head) = worked(task)?;
    let on = On::Commit(merged.commit.clone());
    let worktree = Worktree::open(&seat.repo, path, on).await.map_err(fault::git)?;
    worktree.set_up(&seat.world.config.worktree, None).await.map_err(fault::setup)?;
    let at = Snapshot { commit: head.commit.clone(), tree: merged.tree.clone() };
    let evidence = look(seat, task, &worktree, &at, base, When::Merged).await?;
    let name = format!("landing/{}/{}", seat.scene.goal.id, task.spec.id);
    worktree.close(&name).await.map_err(fault::git)?;
    Ok(evidence)
}

fn all_pass(task: &Task, evidence: &[Evidence]) -> bool {
    task.spec.criteria.iter().filter(|one| one.needs_evidence() && !one.is_manual()).all(|one| {
        let key = one.key();
        evidence.iter().any(|seen| seen.criterion == key && seen.outcome == Outcome::Passed)
    })
}
