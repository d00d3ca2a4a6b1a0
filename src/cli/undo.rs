//! `undo`: one landed task taken back on the goal's branch.

use super::{
    decide::record,
    ids,
    out::{CliError, Exit, Form, say},
};
use crate::{
    app::Place,
    domain::{Command, Dependants, Goal, Phase, Snapshot, Task, TaskId, why_waiting},
    git::{Message, Reverted},
    ui,
};

pub(super) async fn undo(
    place: &Place,
    id: &str,
    why: &str,
    dependants: Dependants,
) -> Result<Exit, CliError> {
    let (mut engine, mut store) = place.open()?;
    let goal = engine.state().goal().ok_or_else(CliError::no_goal)?.clone();
    let id = ids::task(id);
    let task = goal
        .task(&id)
        .ok_or_else(|| CliError::Usage(format!("there is no task `{id}` in the plan")))?;
    // What the core would refuse must not have moved the branch.
    let undo = |tip: Snapshot| Command::UndoTask {
        task: id.clone(),
        tip,
        why: why.to_owned(),
        dependants,
    };
    engine
        .clone()
        .record(undo(goal.tip.clone()), crate::domain::Actor::Person, crate::app::clock::now())
        .map_err(|refusal| CliError::Usage(refusal.to_string()))?;
    let tip = match revert(place, &goal, task, why).await? {
        Reverted::Now(at) | Reverted::Already(at) => Snapshot { commit: at.commit, tree: at.tree },
        Reverted::Conflict { files } => {
            say(format_args!(
                "nothing was changed: what has landed since rests on `{id}`, in {}",
                ui::line(&files.join(", "))
            ));
            say("take that back first, newest first, or make a task that undoes it");
            return Ok(Exit::Waits);
        }
    };
    record(&mut engine, &mut store, undo(tip), Form::Lines)?;
    if let Some(goal) = engine.state().goal() {
        standing(goal, &id);
    }
    Ok(Exit::Done)
}

async fn revert(place: &Place, goal: &Goal, task: &Task, why: &str) -> Result<Reverted, CliError> {
    let (Phase::Done { commit, .. }, Some(attempt)) = (&task.phase, task.last_attempt()) else {
        return Err(CliError::Usage(format!("task `{}` has not landed", task.spec.id)));
    };
    let what = Message::new(format!("Revert: {}", task.spec.title))
        .body(why)
        .trailer("Chargehand-Goal", goal.id.as_str())
        .trailer("Chargehand-Task", task.spec.id.as_str())
        .trailer("Chargehand-Reverts", commit.clone());
    let goal = goal.id.as_str();
    Ok(place.repo.revert_landed(goal, commit, &attempt.base.commit, &what).await?)
}

/// How the task and those that lean on it stand now.
fn standing(goal: &Goal, id: &TaskId) {
    let leaning = goal.leaning_on(id);
    for task in goal.plan.tasks.iter().filter(|task| {
        task.spec.id == *id
            || task.spec.after.contains(id)
            || leaning.iter().any(|one| one.spec.id == task.spec.id)
    }) {
        let why = ui::line(&why_waiting(goal, task));
        say(format_args!("{}: {}: {why}", task.spec.id, task.phase.word()));
    }
    say(format_args!("`chargehand approve {id}` tries it again"));
}
