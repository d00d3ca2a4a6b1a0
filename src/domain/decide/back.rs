//! What a person may take back of their own word: as long as nothing has come of it.

use super::{
    super::{
        event::Event,
        goal::{Goal, Policy, Standing},
        ids::TaskId,
        phase::Phase,
        plan::PlanDraft,
        refusal::Refusal,
        run::Job,
        withdraw::Withdrawn,
    },
    person::{not_now, sound, task_in},
};

/// A decision is taken back, or stays because something has come of it.
pub(super) fn take_back(goal: &Goal, what: &Withdrawn) -> Result<Event, Refusal> {
    match what {
        Withdrawn::PlanApproval => plan(goal)?,
        Withdrawn::BriefApproval { task } => brief(goal, task)?,
        Withdrawn::BriefRejection { task } => rejection(goal, task)?,
    }
    Ok(Event::TakenBack { what: what.clone() })
}

/// A plan that was rejected or changed is proposed again. Where another has come since, which was
/// paid for, it is never replaced.
pub(super) fn restore(goal: &Goal, draft: &PlanDraft, of: Option<&str>) -> Result<Event, Refusal> {
    match (&goal.standing, of) {
        (Standing::Planning { .. } | Standing::Stalled { .. }, None) => {}
        (Standing::Proposed { draft: now }, Some(hash)) if now.hash() == hash => {}
        (_, None) => return Err(not_now("the rejected plan has been followed by another")),
        (_, Some(_)) => return Err(not_now("the plan has been followed by another since")),
    }
    Ok(Event::PlanProposed { run: None, draft: sound(draft.clone())? })
}

fn plan(goal: &Goal) -> Result<(), Refusal> {
    match goal.standing {
        Standing::Working => {}
        Standing::Planning { .. }
        | Standing::Proposed { .. }
        | Standing::Stalled { .. }
        | Standing::Landed { .. } => return Err(not_now("no approved plan is in force")),
    }
    if goal.policy == Policy::Yes {
        return Err(not_now("your policy would approve the plan again at once"));
    }
    let begun = goal.runs.values().find_map(|run| match &run.job {
        Job::Execute { task, .. } => Some(task),
        _ => None,
    });
    let tried = goal.plan.tasks.iter().find(|task| !task.attempts.is_empty());
    match begun.or(tried.map(|task| &task.spec.id)) {
        None => Ok(()),
        Some(task) => Err(not_now(format!(
            "a session has begun on `{task}`, and what it did and cost stays. Pause or cancel \
             tasks, or edit the plan instead"
        ))),
    }
}

fn brief(goal: &Goal, id: &TaskId) -> Result<(), Refusal> {
    match &settled(task_in(goal, id)?.phase.clone()) {
        Phase::Ready => {}
        Phase::Running { .. } => {
            return Err(not_now(format!("a session has been given the brief of `{id}`; pause it")));
        }
        phase => return Err(not_now(format!("task `{id}` {}", phase.clause()))),
    }
    match goal.policy {
        Policy::Each => Ok(()),
        Policy::Clean { .. } | Policy::Yes => {
            Err(not_now("your policy may approve the brief again at once; pause the task instead"))
        }
    }
}

fn rejection(goal: &Goal, id: &TaskId) -> Result<(), Refusal> {
    let task = task_in(goal, id)?;
    match (&settled(task.phase.clone()), &task.rejected) {
        (Phase::Approved | Phase::Briefing { .. }, Some(_)) => Ok(()),
        _ => Err(not_now(format!("the rejected brief of `{id}` has been followed by another"))),
    }
}

/// Where a task stands, or will stand once it is released.
fn settled(phase: Phase) -> Phase {
    match phase {
        Phase::Blocked { from, .. } => *from,
        phase => phase,
    }
}
