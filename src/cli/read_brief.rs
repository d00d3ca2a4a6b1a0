//! `show` of what briefs and prompts are made of: sources, versions, readiness, the bill.

use super::{
    ids,
    out::{CliError, Exit, data, data_fit, page, say},
};
use crate::{
    app,
    app::{Place, Whose, clock},
    domain::{RunId, State, Task, compare},
    logger::Recall,
    ui,
};

/// The parts of a task's brief, each with its sources and tokens.
pub(super) fn sources(state: &State, task: &Task) -> Exit {
    let brief = task.brief.as_ref().or(task.last_attempt().map(|attempt| &attempt.brief));
    let Some(brief) = brief else {
        say("there is no brief yet");
        return Exit::Waits;
    };
    for section in &brief.sections {
        let from = ui::origins(&section.sources, &state.lessons, clock::now());
        page(&format!("{} (about {} tokens; from {from})", section.kind.heading(), section.tokens));
        page(&ui::block(&section.text));
        data("");
    }
    for one in &brief.withheld {
        page(&format!("{one} fits and is left out, so that what it is worth can be counted"));
    }
    data(format_args!("readiness {} of 100, {} tokens", brief.readiness(), brief.tokens()));
    Exit::Done
}

/// A task's briefs side by side.
pub(super) fn versions(task: &Task) -> Exit {
    page(&ui::versions_text(task));
    Exit::Done
}

/// Every brief that was sent: how ready it was, why it was sent all the same, what came of it.
pub(super) fn readiness(state: &State) -> Exit {
    for one in compare::sent(state) {
        let anyway = one
            .anyway
            .as_ref()
            .map_or(String::new(), |why| format!(", sent all the same: {}", ui::line(why)));
        let told = format!(
            "{:>3}  {}/{} attempt {}: {}{anyway}",
            one.readiness,
            one.goal,
            one.task,
            one.attempt,
            ui::came(one.outcome)
        );
        data_fit(&told, 5);
    }
    Exit::Done
}

/// The bill of a thinking session and what it was told, exactly as it was sent: the newest, or that
/// of a run.
pub(super) fn bill(place: &Place, run: Option<&str>) -> Result<Exit, CliError> {
    let recall = Recall::open(&place.log())?;
    let wanted = run.map(|run| {
        let number = ids::number(run, 'R').map(RunId);
        number.ok_or_else(|| CliError::Usage(format!("`{}` is no run, such as R7", ui::line(run))))
    });
    let whose = wanted.transpose()?.map_or(Whose::Any, Whose::Run);
    match app::bill(&recall, whose, None).map_err(CliError::Environment)? {
        Some((title, text)) => {
            data(format_args!("{title}:"));
            page(&text);
            Ok(Exit::Done)
        }
        None => Err(CliError::Usage(
            "there is no such bill: the planner has not been told anything in that run".to_owned(),
        )),
    }
}
