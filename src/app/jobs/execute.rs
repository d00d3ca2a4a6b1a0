//! An attempt: a worktree of its own, a fresh session, its work committed.

use super::{
    check::look,
    fault, place,
    seat::{Early, Seat, refused},
    talk::{self, Past},
    unheard::{unheard, untold},
};
use crate::{
    domain::{
        Attempt, AttemptNo, Command, Criterion, End, Event, FaultClass, Item, Snapshot, Task,
        TaskId, When,
    },
    git::Worktree,
};

pub(super) async fn run(seat: &Seat, id: &TaskId, number: AttemptNo) -> Result<End, Early> {
    let task = seat.task(id)?;
    let (worktree, base, past) = match task.attempts.iter().find(|one| one.number == number) {
        Some(attempt) => go_on(seat, task, attempt).await?,
        None => begin(seat, task, number).await?,
    };
    let ended = if past.reported {
        // The session was over; only its work was not committed yet.
        Ok(End::Done)
    } else {
        talk::execute(seat, task, &worktree, past).await
    };
    let leaves_work = match &ended {
        Ok(End::Done) => true,
        Err(End::Faulted { fault }) | Ok(End::Faulted { fault }) => {
            fault.class == FaultClass::Model
        }
        Ok(End::Stopped | End::Interrupted) | Err(End::Done | End::Stopped | End::Interrupted) => {
            false
        }
    };
    if leaves_work {
        commit(seat, task, &worktree, &base).await?;
    }
    ended
}

/// A new attempt: worktree, setup, and the look at the criteria before the work.
async fn begin(
    seat: &Seat,
    task: &Task,
    number: AttemptNo,
) -> Result<(Worktree, Snapshot, Past), Early> {
    let world = &seat.world;
    let goal = &seat.scene.goal;
    let model = seat.rung()?.at.model;
    let base = goal.tip.clone();
    let worktree = place::fresh(seat, task, number, &base).await?;
    let applied = worktree.set_up(&world.config.worktree, None).await.map_err(fault::setup)?;
    seat.link
        .ask(Command::OpenAttempt {
            run: seat.link.run,
            model,
            tier: task.tier(),
            base: base.clone(),
            worktree: worktree.path.display().to_string(),
        })
        .await
        .map_err(refused)?;
    if !applied.changed.is_empty() {
        let text = format!(
            "worktree.setup changed tracked files, which will count as the task's: {}",
            applied.changed.join(", ")
        );
        let _ = seat.link.ask(Command::Note { run: Some(seat.link.run), text }).await;
    }
    baseline(seat, task, &worktree, &base).await?;
    Ok((worktree, base, Past::default()))
}

/// What already passes proves nothing: it is recorded, and shown to the person and the reviewer.
async fn baseline(
    seat: &Seat,
    task: &Task,
    worktree: &Worktree,
    base: &Snapshot,
) -> Result<(), Early> {
    // Only commands are looked at: that no path outside the globs has changed yet says nothing.
    let mut evidence = look(seat, task, worktree, base, base, When::Before).await?;
    let commands: Vec<String> = task
        .spec
        .criteria
        .iter()
        .filter(|one| one.command().is_some())
        .map(Criterion::key)
        .collect();
    evidence.retain(|one| commands.contains(&one.criterion));
    let taken = Command::TakeBaseline { run: seat.link.run, evidence };
    seat.link.ask(taken).await.map_err(refused)?;
    Ok(())
}

/// A new run of an attempt that was interrupted: its worktree and its history as they are.
async fn go_on(
    seat: &Seat,
    task: &Task,
    attempt: &Attempt,
) -> Result<(Worktree, Snapshot, Past), Early> {
    let worktree = place::of(seat, task, attempt).await?;
    worktree.set_up(&seat.world.config.worktree, None).await.map_err(fault::setup)?;
    let taken = attempt.evidence.iter().any(|one| one.when == When::Before);
    let recall = seat.world.recall().map_err(fault::store)?;
    let records = recall.records_of_runs(&attempt.runs).map_err(fault::store)?.records;
    let unheard = unheard(&records);
    seat.link.say_again(untold(&records));
    let mut items: Vec<Item> = records
        .into_iter()
        .filter_map(|record| match record.event {
            Event::ItemLogged { item, .. } => Some(item),
            _ => None,
        })
        .collect();
    items.extend(unheard);
    // Once the session has begun to work, a look says nothing about the time before.
    if !taken && items.is_empty() {
        baseline(seat, task, &worktree, &attempt.base).await?;
    }
    let past = Past { items, turns: attempt.turns, reported: attempt.report.is_some() };
    Ok((worktree, attempt.base.clone(), past))
}

async fn commit(
    seat: &Seat,
    task: &Task,
    worktree: &Worktree,
    base: &Snapshot,
) -> Result<(), Early> {
    let what = seat.message(&task.spec.title, &task.spec.objective);
    let committed = worktree.commit_all(&base.commit, &what).await.map_err(fault::git)?;
    let head = Snapshot { commit: committed.head.commit, tree: committed.head.tree };
    let commit = Command::CommitWork { run: seat.link.run, head, files: committed.files };
    seat.link.ask(commit).await.map_err(refused)?;
    Ok(())
}
