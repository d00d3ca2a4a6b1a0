//! What a person may throw in, send all the same, or take back.

use super::{
    super::{
        attempt::Snapshot,
        brief::{Brief, READY, Severity},
        capture::Settled,
        command::Dependants,
        event::Event,
        goal::{Goal, Standing},
        ids::{CaptureId, TaskId},
        phase::{Phase, Task},
        refusal::Refusal,
    },
    person::{not_now, task_in},
};

/// Most characters of a thought.
const THOUGHT: usize = 4_000;

/// A thought of the person's.
pub(super) fn capture(text: &str) -> Result<Event, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Refusal::Faulty(vec!["an empty thought".to_owned()]));
    }
    if text.chars().count() > THOUGHT {
        return Err(Refusal::Faulty(vec![format!(
            "a thought has at most {THOUGHT} characters; what is longer is a plan or a file"
        )]));
    }
    Ok(Event::Captured { text: text.to_owned() })
}

/// What is to become of a thought. It may be settled anew as long as nobody was told.
pub(super) fn settle(goal: &Goal, id: CaptureId, into: &Settled) -> Result<Event, Refusal> {
    let known = goal.captures.get(&id).ok_or(Refusal::NoSuchCapture(id))?;
    if known.told {
        return Err(not_now(format!("{id} has been told already")));
    }
    if known.settled.as_ref() == Some(into) {
        return Err(not_now(format!("{id} is {} already", into.word())));
    }
    if let Some(task) = into.task() {
        let phase = &task_in(goal, task)?.phase;
        if phase.is_over() {
            return Err(not_now(format!("task `{task}` {}", phase.clause())));
        }
    }
    Ok(Event::CaptureSettled { capture: id, into: into.clone() })
}

/// A follow-up that asks for the same again, with nothing new to go by, would fail the same way.
pub(super) fn differs(goal: &Goal, task: &Task, brief: &Brief) -> Result<(), Refusal> {
    let asks = brief.asks();
    let direction = task.direction.as_ref().map_or("", |direction| direction.text.trim());
    let same = task.attempts.iter().find(|one| {
        one.base.tree == goal.tip.tree
            && one.brief.asks() == asks
            && (direction.is_empty() || one.brief.render().contains(direction))
    });
    match same {
        Some(same) => Err(Refusal::SameAttempt(same.number)),
        None => Ok(()),
    }
}

/// A brief is sent when it is ready, or with the person's reason why it is sent all the same.
pub(super) fn ready(task: &Task, brief: &Brief) -> Result<(), Refusal> {
    let readiness = brief.readiness();
    let hash = brief.hash();
    if readiness >= READY || task.overrides.iter().any(|one| one.hash == hash) {
        return Ok(());
    }
    let worst: Vec<&str> = brief
        .lint
        .iter()
        .filter(|one| one.severity != Severity::Note)
        .map(|one| one.text.as_str())
        .take(3)
        .collect();
    Err(Refusal::NotReady {
        task: task.spec.id.clone(),
        readiness,
        line: READY,
        worst: worst.join("; "),
    })
}

/// A person's reason why a brief is sent that is not ready.
pub(super) fn override_brief(task: &Task, why: &str) -> Result<Event, Refusal> {
    let id = &task.spec.id;
    let (Phase::Drafted, Some(brief)) = (&task.phase, &task.brief) else {
        return Err(not_now(format!("task `{id}` has no brief that waits")));
    };
    if why.trim().is_empty() {
        return Err(Refusal::Faulty(vec!["say why it is to be sent all the same".to_owned()]));
    }
    if ready(task, brief).is_ok() {
        return Err(not_now(format!("the brief of `{id}` can be approved as it stands")));
    }
    Ok(Event::BriefOverridden {
        task: id.clone(),
        hash: brief.hash(),
        readiness: brief.readiness(),
        why: why.trim().to_owned(),
    })
}

/// What a task has landed is taken back.
pub(super) fn undo(
    goal: &Goal,
    id: &TaskId,
    tip: &Snapshot,
    why: &str,
    dependants: Dependants,
) -> Result<Event, Refusal> {
    let task = task_in(goal, id)?;
    let Phase::Done { .. } = task.phase else {
        return Err(not_now(format!("task `{id}` {} and has not landed", task.phase.clause())));
    };
    match goal.standing {
        Standing::Working | Standing::Landed { .. } => {}
        Standing::Planning { .. } | Standing::Proposed { .. } | Standing::Stalled { .. } => {
            return Err(not_now("no plan is in force"));
        }
    }
    if !goal.runs.is_empty() {
        return Err(not_now("runs are under way; stop them first"));
    }
    let leaning: Vec<&str> = goal.leaning_on(id).iter().map(|task| task.spec.id.as_str()).collect();
    match dependants {
        Dependants::None if !leaning.is_empty() => Err(not_now(format!(
            "done work leans on `{id}`: {}. Take that back first, or say that it stays",
            leaning.join(", ")
        ))),
        Dependants::None | Dependants::Stay => {
            Ok(Event::TaskUndone { task: id.clone(), tip: tip.clone(), why: why.to_owned() })
        }
    }
}
