//! `show`: one thing in full, to be read before it is decided.

use super::{
    general, ids, money,
    numbered::{self, Numbered},
    out::{CliError, Exit, data, data_fit, page},
    plan, read_brief, status,
};
use crate::{
    app,
    app::Place,
    domain::{Goal, Seq, State, Task, WaitingId, attention, hash, why_waiting},
    logger::Recall,
    ui,
};

pub(super) fn show(place: &Place, id: &str, of: Option<&str>) -> Result<Exit, CliError> {
    if id == "bill" {
        return read_brief::bill(place, of);
    }
    let (engine, recall) = place.read()?;
    let state = engine.state();
    // A task may be called as an event is.
    let event = ids::number(id, '#')
        .filter(|_| state.goal().and_then(|goal| goal.task(&ids::task(id))).is_none());
    if let Some(seq) = event.map(Seq) {
        if recall.record(seq)?.is_none() {
            return Err(unknown(state, &recall, id));
        }
        page(&app::entry(&recall, seq).map_err(CliError::Environment)?);
        return Ok(Exit::Done);
    }
    if id == "readiness" {
        return Ok(read_brief::readiness(state));
    }
    if id.eq_ignore_ascii_case("plan") {
        let goal = state.goal().ok_or_else(CliError::no_goal)?;
        let text = plan::yaml(goal).ok_or_else(CliError::no_plan)?;
        data(ui::block(&text).trim_end());
        return Ok(Exit::Done);
    }
    let wanted = match (id, of) {
        ("sources" | "versions", Some(task)) => task,
        _ => id,
    };
    let wanted = wanted.strip_prefix("task:").unwrap_or(wanted);
    let wanted = wanted.split('/').next().unwrap_or(wanted);
    // A task may be called as a question is, but for the case.
    let task = |id: &str| state.goal()?.task(&id.into());
    let numbered = Numbered::parse(wanted).filter(|_| task(wanted).is_none());
    if let Some(id) = numbered {
        return numbered::show(state, &recall, id);
    }
    let found = task(ids::task(wanted).as_str()).zip(state.goal());
    let Some((task, goal)) = found else {
        return other(place, state, &recall, wanted);
    };
    Ok(match (id, of) {
        ("sources", Some(_)) => read_brief::sources(state, task),
        ("versions", Some(_)) => read_brief::versions(task),
        _ => {
            whole(goal, task);
            let routes = place.routes();
            if let Some(estimate) = money::estimated(state, &routes, task) {
                data(format_args!("\n{}", money::of_task(&estimate)));
            }
            Exit::Done
        }
    })
}

/// What is no task and has no number: a goal, a server that is held, a lesson that is offered.
fn other(place: &Place, state: &State, recall: &Recall, id: &str) -> Result<Exit, CliError> {
    if let Some(goal) = state.goals.get(&ids::goal(id)) {
        for line in status::lines(state, place, goal) {
            data_fit(&line, status::SET_IN);
        }
        return Ok(Exit::Done);
    }
    let waiting = state.goal().map(attention).unwrap_or_default();
    if let Some(one) = ids::waiting(&waiting, id) {
        data_fit(&format!("{} ({}) {}", one.id, one.kind.word(), ui::line(&one.what)), 2);
        page(&ui::block(&one.text));
        return Ok(Exit::Done);
    }
    if ids::number(id, 'G').is_some() {
        let offered = general::offered(place, recall.log_id(), state)?;
        if let Some(one) = general::named(&offered, id) {
            let told = format!("when: {}\ndo:   {}", ui::line(&one.trigger), ui::line(&one.fix));
            data_fit(&told, 6);
            return Ok(Exit::Done);
        }
    }
    Err(unknown(state, recall, id))
}

/// Nothing is called so: what there is, as far as a line holds it.
fn unknown(state: &State, recall: &Recall, id: &str) -> CliError {
    let mut there: Vec<String> = Vec::new();
    if let Some(goal) = state.goal() {
        let tasks: Vec<&str> = goal.plan.tasks.iter().map(|one| one.spec.id.as_str()).collect();
        if !tasks.is_empty() {
            there.push(format!("the tasks {}", tasks.join(" ")));
        }
        // Tasks stand above, and what has a number below.
        let named = |one: &WaitingId| match one {
            WaitingId::Plan | WaitingId::Planning | WaitingId::Goal | WaitingId::Provider(_) => {
                true
            }
            WaitingId::Command { .. }
            | WaitingId::Question(_)
            | WaitingId::Task(_)
            | WaitingId::Change(_)
            | WaitingId::Capture(_)
            | WaitingId::Manual { .. } => false,
        };
        let waiting = attention(goal).into_iter().map(|one| one.id).filter(named);
        there.extend(waiting.map(|id| id.to_string()));
    }
    if !there.iter().any(|one| one == "plan") {
        there.push("plan".to_owned());
    }
    there.extend(["bill", "readiness"].map(str::to_owned));
    let goals: Vec<&str> = state.goals.keys().map(crate::domain::GoalId::as_str).collect();
    if !goals.is_empty() {
        there.push(format!("the goals {}", goals.join(" ")));
    }
    match numbered::known(recall) {
        Ok(known) => there.extend(known),
        Err(error) => return error,
    }
    // A bare number is an event's.
    let what = match id.parse::<u64>() {
        Ok(seq) => format!("there is no event {seq}"),
        Err(_) => format!("nothing is called `{}`", ui::line(id)),
    };
    CliError::Usage(format!("{what}; there are: {}", there.join(", ")))
}

fn whole(goal: &Goal, task: &Task) {
    let tell = |text: String| data_fit(&text, 4);
    tell(format!("{}: {}", task.spec.id, ui::line(&task.spec.title)));
    tell(format!("{}: {}", task.phase.word(), ui::line(&why_waiting(goal, task))));
    if let Some(brief) = &task.brief {
        let hash = hash::short(&brief.hash());
        data(format_args!(
            "\nThe brief of attempt {} ({} tokens, readiness {}, {hash}):\n",
            brief.attempt,
            brief.tokens(),
            brief.readiness()
        ));
        page(&ui::block(&brief.render()));
        for finding in &brief.lint {
            tell(format!("! {}", ui::line(&finding.text)));
        }
    }
    for attempt in &task.attempts {
        data(format_args!("\nAttempt {} by {}:", attempt.number, ui::line(&attempt.model)));
        data(format_args!("  worktree {}", attempt.worktree));
        if let Some(head) = &attempt.head {
            let (base, head) = (&attempt.base.commit, &head.commit);
            data(format_args!("  git diff {} {}", hash::short(base), hash::short(head)));
        }
        if let Some(report) = &attempt.report {
            tell(format!("  report: {}", ui::line(&report.summary)));
        }
        if let Some(ended) = &attempt.ended {
            tell(format!("  ended without a report: {}", ui::line(ended)));
        }
        for seen in &attempt.evidence {
            let criterion = task.spec.criteria.iter().find(|one| one.key() == seen.criterion);
            let words = criterion.map_or("a criterion of an earlier plan", |one| &one.text);
            tell(format!("  {:?} {:?}: {}", seen.when, seen.outcome, ui::line(words)));
        }
        if let Some(verdict) = &attempt.verdict {
            tell(format!("  verdict: {}", ui::line(&verdict.why)));
        }
    }
}
