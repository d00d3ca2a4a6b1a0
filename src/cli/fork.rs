//! `plan fork`: the plan as it stood at a moment, as a goal of its own.

use std::collections::BTreeSet;

use super::{
    decide::record,
    out::{CliError, Exit, Form, say},
    read, run,
};
use crate::{
    app::{Place, goal::free_id},
    domain::{Command, Goal, Phase, PlanDraft, Standing, TaskId},
};

pub(super) fn fork(place: &Place, at: &str, text: Option<&str>) -> Result<Exit, CliError> {
    let then = read::state(place, Some(at))?;
    let old = then.goal().ok_or_else(|| CliError::Usage(format!("there was no goal at {at}")))?;
    let draft = left(old);
    if draft.tasks.is_empty() {
        return Err(CliError::Usage(format!(
            "`{}` had nothing left to do at {at}; choose an earlier moment",
            old.id
        )));
    }
    let text = text.map(run::goal_text).transpose()?.unwrap_or_else(|| old.text.clone());
    let (mut engine, mut store) = place.open()?;
    let id = free_id(engine.state(), &text);
    let open = Command::OpenGoal {
        id: id.clone(),
        text,
        base: old.tip.clone(),
        onto: old.onto.clone(),
        policy: old.policy,
        caps: old.caps,
        commands: old.commands,
    };
    record(&mut engine, &mut store, open, Form::Lines)?;
    record(&mut engine, &mut store, Command::ImportPlan { draft }, Form::Lines)?;
    say(format_args!(
        "`{id}` begins where `{}` stood at {at}; read its plan with `chargehand show plan`",
        old.id
    ));
    Ok(Exit::Done)
}

/// What of a plan was still to do: done tasks are in the tree that the fork begins from.
fn left(goal: &Goal) -> PlanDraft {
    let mut draft = match &goal.standing {
        Standing::Proposed { draft } => draft.clone(),
        Standing::Planning { .. }
        | Standing::Working
        | Standing::Stalled { .. }
        | Standing::Landed { .. } => goal.plan.draft(),
    };
    let done: BTreeSet<TaskId> = goal
        .plan
        .tasks
        .iter()
        .filter(|task| matches!(task.phase, Phase::Done { .. }))
        .map(|task| task.spec.id.clone())
        .collect();
    draft.tasks.retain(|task| !done.contains(&task.id));
    let there: BTreeSet<TaskId> = draft.tasks.iter().map(|task| task.id.clone()).collect();
    for task in &mut draft.tasks {
        task.after.retain(|id| there.contains(id));
    }
    let covered: BTreeSet<&String> = draft.tasks.iter().flat_map(|task| &task.covers).collect();
    draft.parts.retain(|part| covered.contains(&part.id));
    let stages: BTreeSet<_> = draft.tasks.iter().map(|task| &task.stage).collect();
    draft.stages.retain(|stage| stages.contains(&stage.id));
    draft
}
