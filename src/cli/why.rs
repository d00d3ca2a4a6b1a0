//! `why`: which tasks, attempts and decisions shaped a file.

use super::out::{CliError, Exit, data_fit, say};
use crate::{
    app::Place,
    domain::why,
    logger::{Filter, time},
    ui,
};

/// Kinds of events that can have shaped a file.
const KINDS: [&str; 17] = [
    "plan_proposed",
    "plan_edited",
    "change_proposed",
    "attempt_opened",
    "steered",
    "call_intended",
    "reported",
    "work_committed",
    "checked",
    "judged",
    "landed",
    "landing_conflicted",
    "landing_refuted",
    "lesson_noted",
    "brief_rejected",
    "brief_overridden",
    "task_undone",
];

/// Columns by which the rest of a long line is set in.
const SET_IN: usize = 6;

pub(super) fn shaped(place: &Place, path: &str) -> Result<Exit, CliError> {
    let (_, recall) = place.read()?;
    let kinds = KINDS.iter().map(|kind| (*kind).to_owned()).collect();
    let records = recall.timeline(&Filter { kinds, ..Filter::default() })?.records;
    let found = why(&records, path);
    for reason in &found {
        let record = reason.record;
        let task = record.task.as_ref().map_or("the plan", |task| task.as_str());
        let attempt = record.attempt.map_or(String::new(), |number| format!(" #{number}"));
        let told = format!(
            "[{}] {}  {task}{attempt}, {}: {}",
            record.seq,
            time(record.at),
            ui::line(&record.actor.shown()),
            ui::line(&reason.words)
        );
        data_fit(&told, SET_IN);
    }
    if found.is_empty() {
        let path = ui::line(path);
        say(if place.repo.top.join(path.as_str()).exists() {
            format!("nothing in the log has shaped `{path}`")
        } else {
            format!("neither the repository nor the memory has `{path}`")
        });
    }
    Ok(Exit::Done)
}
