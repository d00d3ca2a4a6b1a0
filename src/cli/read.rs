//! `log`, `search`: reading the memory.

use super::{
    ids,
    out::{CliError, Exit, data_fit, json, say},
};
use crate::{
    app,
    app::{Place, clock},
    domain::{Record, Seq, State},
    logger::{Filter, LogId, Order, Recall, time},
    ui,
    ui::{Ask, Key},
};

/// Columns by which the rest of a long line is set in: those of an event's number.
const SET_IN: usize = 7;
/// Most hits that are looked through for those that a filter lets through.
const MOST: usize = 1_000;

/// The last event that was known at a moment: an event's number, or a time.
pub(super) fn until(recall: &Recall, at: &str) -> Result<Seq, CliError> {
    if let Ok(seq) = at.parse() {
        return Ok(Seq(seq));
    }
    let moment: jiff::Timestamp = at.parse().map_err(|error| {
        CliError::Usage(format!(
            "`{at}` is neither an event's number nor a time such as 2026-11-22T10:00:00Z: {error}"
        ))
    })?;
    Ok(recall.seq_at(u64::try_from(moment.as_millisecond()).unwrap_or(0))?)
}

/// The state as it was at a moment; as it is, without one.
pub(super) fn state(place: &Place, at: Option<&str>) -> Result<State, CliError> {
    let (engine, recall) = place.read()?;
    match at {
        None => Ok(engine.state().clone()),
        Some(at) => Ok(recall.state_at(until(&recall, at)?)?),
    }
}

pub(super) fn log(
    place: &Place,
    task: Option<&str>,
    as_json: bool,
    at: Option<&str>,
) -> Result<Exit, CliError> {
    let (_, recall) = place.read()?;
    let before = at.map(|at| until(&recall, at)).transpose()?;
    let before = before.map(|last| Seq(last.0.saturating_add(1)));
    let filter = Filter { task: task.map(ids::task), before, ..Filter::default() };
    let found = recall.timeline(&filter)?;
    for record in &found.records {
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

/// What a search is for.
pub(super) struct Wanted {
    pub(super) query: String,
    pub(super) limit: usize,
    pub(super) filter: Filter,
    /// Among what was imported instead.
    pub(super) foreign: bool,
    pub(super) json: bool,
}

/// A question with the filters that stand in it, such as `task:parser`, and those of the flags.
pub(super) fn ask(
    query: &str,
    flags: &[(Key, Option<String>)],
    recall: &Recall,
) -> Result<(String, Filter), CliError> {
    let mut ask = Ask::of(query);
    let given = flags.iter().filter_map(|(key, value)| Some((*key, value.clone()?)));
    ask.marks.extend(given);
    let filter = app::asked(recall, &ask, clock::now()).map_err(CliError::Usage)?;
    Ok((ask.words, filter))
}

pub(super) fn search(recall: &Recall, wanted: &Wanted) -> Result<Exit, CliError> {
    let Wanted { query, limit, filter, foreign, json: as_json } = wanted;
    let found: Vec<(LogId, Record, String)> = if *foreign {
        let hits = recall.search_foreign(query, MOST)?;
        let told = |record: &Record| ui::tell(record).map(|told| told.text).unwrap_or_default();
        hits.into_iter()
            .map(|(log, record)| {
                let text = told(&record);
                (log, record, text)
            })
            .collect()
    } else {
        // What a filter leaves out must not use up the hits.
        let most = if *filter == Filter::default() { *limit } else { MOST };
        let hits = if query.is_empty() {
            recall.seek(query, filter, *limit)?
        } else {
            recall.search(query, Order::Best, most)?
        };
        let own = recall.log_id();
        hits.into_iter().map(|hit| (own.clone(), hit.record, hit.excerpt.text)).collect()
    };
    let mut count = 0;
    for (log, record, text) in found.iter().filter(|(_, one, _)| filter.admits(one)).take(*limit) {
        count += 1;
        if *as_json {
            json(log, record);
            continue;
        }
        let task = record.task.as_ref().map_or("-", |task| task.as_str());
        let when = time(record.at);
        let from = if *foreign {
            let short: String = log.as_str().chars().take(8).collect();
            format!("foreign {short}  ")
        } else {
            String::new()
        };
        let text = ui::line(text);
        data_fit(&format!("{:>5}  {from}{when}  {task:<20} {text}", record.seq), SET_IN);
    }
    if count == 0 {
        say(format_args!("nothing is remembered of `{}`", ui::line(query)));
    }
    Ok(Exit::Done)
}
