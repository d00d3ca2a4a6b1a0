//! `show`: one thing in full, to be read before it is decided.

use super::{
    ids, money,
    out::{CliError, Exit, data},
    plan, read_brief,
};
use crate::{
    app::Place,
    domain::{Goal, Task, hash, why_waiting},
    ui,
};

pub(super) fn show(place: &Place, id: &str, of: Option<&str>) -> Result<Exit, CliError> {
    if id == "bill" {
        return read_brief::bill(place, of);
    }
    let (engine, _) = place.read()?;
    if id == "readiness" {
        return Ok(read_brief::readiness(engine.state()));
    }
    let goal =
        engine.state().goal().ok_or_else(|| CliError::Usage("there is no goal".to_owned()))?;
    if id.eq_ignore_ascii_case("plan") {
        let text =
            plan::yaml(goal).ok_or_else(|| CliError::Usage("there is no plan yet".to_owned()))?;
        data(ui::block(&text).trim_end());
        return Ok(Exit::Done);
    }
    let wanted = match (id, of) {
        ("sources" | "versions", Some(task)) => task,
        _ => id,
    };
    let wanted = wanted.split('/').next().unwrap_or(wanted);
    let task = goal.task(&ids::task(wanted)).ok_or_else(|| {
        let known: Vec<&str> = goal.plan.tasks.iter().map(|task| task.spec.id.as_str()).collect();
        CliError::Usage(format!("there is no task `{wanted}`; there are: {}", known.join(", ")))
    })?;
    Ok(match (id, of) {
        ("sources", Some(_)) => read_brief::sources(engine.state(), task),
        ("versions", Some(_)) => read_brief::versions(task),
        _ => {
            whole(goal, task);
            let routes = place.routes();
            if let Some(estimate) = money::estimated(engine.state(), &routes, task) {
                data(format_args!("\n{}", money::of_task(&estimate)));
            }
            Exit::Done
        }
    })
}

fn whole(goal: &Goal, task: &Task) {
    data(format_args!("{}: {}", task.spec.id, ui::line(&task.spec.title)));
    data(format_args!("{}: {}", task.phase.word(), ui::line(&why_waiting(goal, task))));
    if let Some(brief) = &task.brief {
        let hash = hash::short(&brief.hash());
        data(format_args!(
            "\nThe brief of attempt {} ({} tokens, readiness {}, {hash}):\n",
            brief.attempt,
            brief.tokens(),
            brief.readiness()
        ));
        data(ui::block(&brief.render()).trim_end());
        for finding in &brief.lint {
            data(format_args!("! {}", ui::line(&finding.text)));
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
            data(format_args!("  report: {}", ui::line(&report.summary)));
        }
        if let Some(ended) = &attempt.ended {
            data(format_args!("  ended without a report: {}", ui::line(ended)));
        }
        for seen in &attempt.evidence {
            let criterion = task.spec.criteria.iter().find(|one| one.key() == seen.criterion);
            let words = criterion.map_or("a criterion of an earlier plan", |one| &one.text);
            data(format_args!("  {:?} {:?}: {}", seen.when, seen.outcome, ui::line(words)));
        }
        if let Some(verdict) = &attempt.verdict {
            data(format_args!("  verdict: {}", ui::line(&verdict.why)));
        }
    }
}
