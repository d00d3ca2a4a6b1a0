//! `approve`, `reject`, `answer`: a person's word without the screen. What follows from it begins
//! with the next `run`.

use super::{
    ids,
    out::{CliError, Exit, Form, say, say_fit, tell},
};
use crate::{
    app::{Place, clock},
    domain::{
        Actor, Command, Engine, Goal, Outcome, Phase, Settled, Standing, TaskId, Waiting,
        WaitingId, WaitingKind, attention, suggested,
    },
    logger::Store,
    ui,
};

pub(super) fn approve(place: &Place, id: &str, anyway: Option<&str>) -> Result<Exit, CliError> {
    let (mut engine, mut store) = place.open()?;
    let ids = if id == "all" { approvable(&engine)? } else { vec![known(&engine, id)?] };
    for waiting in ids {
        let command = approval(goal(&engine)?, &waiting)?;
        if let (Some(why), Command::ApproveBrief { task, hash }) = (anyway, &command) {
            let (task, hash, why) = (task.clone(), hash.clone(), why.to_owned());
            let all_the_same = Command::OverrideBrief { task, hash, why };
            record(&mut engine, &mut store, all_the_same, Form::Lines)?;
        }
        record(&mut engine, &mut store, command, Form::Lines)?;
    }
    say("recorded; `chargehand run` goes on");
    Ok(Exit::Done)
}

pub(super) fn reject(place: &Place, id: &str, why: &str) -> Result<Exit, CliError> {
    let (mut engine, mut store) = place.open()?;
    let waiting = known(&engine, id)?;
    let command = rejection(goal(&engine)?, &waiting, why)?;
    record(&mut engine, &mut store, command, Form::Lines)?;
    say("recorded; `chargehand run` goes on");
    Ok(Exit::Done)
}

pub(super) fn answer(place: &Place, id: &str, text: &str) -> Result<Exit, CliError> {
    let (mut engine, mut store) = place.open()?;
    let waiting = known(&engine, id)?;
    let WaitingId::Question(question) = waiting.id else {
        return Err(CliError::Usage(format!(
            "{id} is no question; use `approve {id}` or `reject {id} --why …`"
        )));
    };
    let asked = goal(&engine)?.questions.get(&question);
    let (answer, number) = asked.map_or_else(|| (text.to_owned(), None), |asked| asked.meant(text));
    let command = Command::AnswerQuestion { question, answer: answer.clone() };
    record(&mut engine, &mut store, command, Form::Lines)?;
    if let Some(number) = number {
        say_fit(&format!("that is option {number}: {}", ui::line(&answer)), 0);
    }
    say("recorded; `chargehand run` goes on");
    Ok(Exit::Done)
}

fn goal(engine: &Engine) -> Result<&Goal, CliError> {
    engine.state().goal().ok_or_else(CliError::no_goal)
}

/// What waits under this id.
fn known(engine: &Engine, id: &str) -> Result<Waiting, CliError> {
    let all = attention(goal(engine)?);
    if let Some(found) = ids::waiting(&all, id) {
        return Ok(found.clone());
    }
    // A task that was given up waits for nobody, and can be tried again all the same.
    let task = ids::task(id);
    if let Some(found) = goal(engine)?.task(&task)
        && matches!(found.phase, Phase::Cancelled { .. } | Phase::Failed { .. })
    {
        return Ok(Waiting {
            id: WaitingId::Task(task.clone()),
            kind: WaitingKind::Failure,
            task: Some(task),
            what: found.spec.title.clone(),
            text: String::new(),
            unblocks: 0,
            until: None,
        });
    }
    let ids: Vec<String> = all.iter().map(|one| one.id.to_string()).collect();
    Err(CliError::Usage(if ids.is_empty() {
        format!("nothing waits under `{id}`; nothing waits at all")
    } else {
        format!("nothing waits under `{id}`; what waits: {}", ids.join(", "))
    }))
}

/// What `approve all` covers: plans and briefs, never a command.
fn approvable(engine: &Engine) -> Result<Vec<Waiting>, CliError> {
    let all: Vec<Waiting> = attention(goal(engine)?)
        .into_iter()
        .filter(|one| matches!(one.kind, WaitingKind::Plan | WaitingKind::Brief))
        .collect();
    if all.is_empty() {
        return Err(CliError::Usage("no plan and no brief waits".to_owned()));
    }
    Ok(all)
}

fn approval(goal: &Goal, waiting: &Waiting) -> Result<Command, CliError> {
    Ok(match &waiting.id {
        WaitingId::Plan => match &goal.standing {
            Standing::Proposed { draft } => Command::ApprovePlan { hash: draft.hash() },
            Standing::Planning { .. }
            | Standing::Working
            | Standing::Stalled { .. }
            | Standing::Landed { .. } => {
                return Err(CliError::Usage("there is no plan to approve".to_owned()));
            }
        },
        WaitingId::Planning => Command::ResumePlanning,
        WaitingId::Provider(name) => Command::ReleaseProvider { provider: name.clone() },
        WaitingId::Change(id) => {
            let count = goal.changes.get(id).map_or(0, |change| change.hunks.len());
            Command::DecideChange { change: *id, accepted: (0..count).collect() }
        }
        WaitingId::Command { run, call } => {
            Command::AnswerCall { run: *run, call: *call, allow: true, why: String::new() }
        }
        WaitingId::Manual { task, criterion } => Command::CheckManual {
            task: task.clone(),
            criterion: criterion.clone(),
            outcome: Outcome::Passed,
            note: String::new(),
        },
        WaitingId::Task(id) => task_approval(goal, id)?,
        WaitingId::Capture(id) => {
            Command::SettleCapture { capture: *id, into: suggested(goal, &waiting.text) }
        }
        WaitingId::Question(id) => {
            return Err(CliError::Usage(format!("{id} is a question; use `answer {id} TEXT`")));
        }
        WaitingId::Goal => {
            return Err(CliError::Usage("the goal is merged with `chargehand land`".to_owned()));
        }
    })
}

/// A brief is approved, a blocked task released, a failed one tried once more.
fn task_approval(goal: &Goal, id: &TaskId) -> Result<Command, CliError> {
    let task = goal.task(id).ok_or_else(|| CliError::Usage(format!("there is no task `{id}`")))?;
    Ok(match (&task.phase, &task.brief) {
        (Phase::Drafted, Some(brief)) => {
            Command::ApproveBrief { task: id.clone(), hash: brief.hash() }
        }
        (Phase::Blocked { blocker, .. }, _)
            if blocker.kind == crate::domain::BlockerKind::MergeConflict =>
        {
            Command::RetryTask { task: id.clone(), extra_attempts: 1 }
        }
        (Phase::Blocked { .. }, _) => Command::ReleaseTask { task: id.clone() },
        _ => Command::RetryTask { task: id.clone(), extra_attempts: 1 },
    })
}

fn rejection(goal: &Goal, waiting: &Waiting, why: &str) -> Result<Command, CliError> {
    let why = why.to_owned();
    Ok(match &waiting.id {
        WaitingId::Plan => Command::RejectPlan { why },
        WaitingId::Change(id) => Command::DecideChange { change: *id, accepted: Vec::new() },
        WaitingId::Command { run, call } => {
            Command::AnswerCall { run: *run, call: *call, allow: false, why }
        }
        WaitingId::Manual { task, criterion } => Command::CheckManual {
            task: task.clone(),
            criterion: criterion.clone(),
            outcome: Outcome::Failed,
            note: why,
        },
        WaitingId::Task(id) => match goal.task(id).map(|task| &task.phase) {
            Some(Phase::Drafted) => Command::RejectBrief { task: id.clone(), why },
            Some(_) => Command::CancelTask { task: id.clone(), why },
            None => return Err(CliError::Usage(format!("there is no task `{id}`"))),
        },
        WaitingId::Capture(id) => Command::SettleCapture { capture: *id, into: Settled::Dropped },
        WaitingId::Question(id) => {
            return Err(CliError::Usage(format!("{id} is a question; use `answer {id} TEXT`")));
        }
        WaitingId::Planning | WaitingId::Goal | WaitingId::Provider(_) => {
            return Err(CliError::Usage(
                "there is nothing to reject here; `goals --archive` puts the goal away".to_owned(),
            ));
        }
    })
}

/// Records a note of what a person had done.
pub(super) fn note(engine: &mut Engine, store: &mut Store, text: String) -> Result<(), CliError> {
    record(engine, store, Command::Note { run: None, text }, Form::Lines)
}

/// Records a person's word and shows what it came to.
pub(super) fn record(
    engine: &mut Engine,
    store: &mut Store,
    command: Command,
    form: Form,
) -> Result<(), CliError> {
    let commit = engine
        .record(command, Actor::Person, clock::now())
        .map_err(|refusal| CliError::Usage(refusal.to_string()))?;
    store.append(&commit.records)?;
    commit.records.iter().for_each(|record| tell(form, store.log_id(), record));
    Ok(())
}
