//! `log`, `search`: reading the memory.

use super::{
    ids,
    out::{CliError, Exit, data_fit, json, say},
};
use crate::{
    app::Place,
    domain::{Record, Seq, State},
    logger::{Filter, Order, time},
    ui,
};

/// Columns by which the rest of a long line is set in: those of an event's number.
const SET_IN: usize = 7;

/// The last event that was known at a moment: an event's number, or a time.
fn until(records: &[Record], at: &str) -> Result<Seq, CliError> {
    if let Ok(seq) = at.parse() {
        return Ok(Seq(seq));
    }
    let moment: jiff::Timestamp = at.parse().map_err(|error| {
        CliError::Usage(format!(
            "`{at}` is neither an event's number nor a time such as 2026-11-22T10:00:00Z: {error}"
        ))
    })?;
    let millis = u64::try_from(moment.as_millisecond()).unwrap_or(0);
    let known = records.iter().take_while(|record| record.at <= millis);
    Ok(known.last().map(|record| record.seq).unwrap_or_default())
}

/// The state as it was at a moment; as it is, without one.
pub(super) fn state(place: &Place, at: Option<&str>) -> Result<State, CliError> {
    let (engine, recall) = place.read()?;
    let Some(at) = at else { return Ok(engine.state().clone()) };
    let all = recall.timeline(&Filter::default())?.records;
    let last = until(&all, at)?;
    let mut state = State::default();
    all.iter().filter(|record| record.seq <= last).for_each(|record| state.apply(record));
    Ok(state)
}

pub(super) fn log(
    place: &Place,
    task: Option<&str>,
    as_json: bool,
    at: Option<&str>,
) -> Result<Exit, CliError> {
    let (_, recall) = place.read()?;
    let found = recall.timeline(&Filter { task: task.map(ids::task), ..Filter::default() })?;
    let last = at.map(|at| until(&found.records, at)).transpose()?;
    for record in found.records.iter().filter(|one| last.is_none_or(|last| one.seq <= last)) {
        if as_json {
            json(recall.log_id(), record);
        } else if let Some(told) = ui::tell(record) {
            let actor = ui::line(&record.actor.shown());
            let when = time(record.at);
            let line =
                format!("{:>5}  {when}  {actor:<24} {:<11} {}", record.seq, told.word, told.text);
            data_fit(&line, SET_IN);
        }
    }
    if found.records.is_empty() {
        say("the log has nothing of it");
    }
    for bad in &found.quarantined {
        say(format_args!("unreadable: {bad}"));
    }
    Ok(Exit::Done)
}

pub(super) fn search(
    place: &Place,
    query: &str,
    limit: usize,
    as_json: bool,
) -> Result<Exit, CliError> {
    let (_, recall) = place.read()?;
    let hits = recall.search(query, Order::Best, limit)?;
    for hit in &hits {
        if as_json {
            json(recall.log_id(), &hit.record);
        } else {
            let task = hit.record.task.as_ref().map_or("-", |task| task.as_str());
            let when = time(hit.record.at);
            let excerpt = ui::line(&hit.excerpt.text);
            data_fit(&format!("{:>5}  {when}  {task:<20} {excerpt}", hit.record.seq), SET_IN);
        }
    }
    if hits.is_empty() {
        say(format_args!("nothing is remembered of `{}`", ui::line(query)));
    }
    Ok(Exit::Done)
}
