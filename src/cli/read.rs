//! `log`, `search`: reading the memory.

use super::{
    ids,
    out::{CliError, Exit, data_fit, json, say},
};
use crate::{
    app,
    app::{Place, clock},
    domain::{Actor, Record, Seq, State},
    logger::{Filter, Hit, LogId, Order, Recall, kind_of, time},
    ui,
    ui::{Ask, Key},
};

/// Columns by which the rest of a long line is set in: those of an event's number.
const SET_IN: usize = 7;
/// Most hits that are looked through for those that a filter lets through.
const MOST: usize = 1_000;

/// The last event that was known at a moment: an event's number, or a time. What has not been yet
/// is refused: taken as now it would be a slip that nobody sees.
pub(super) fn until(recall: &Recall, at: &str) -> Result<Seq, CliError> {
    // The same words as after `since:`.
    let when = app::moment(at, clock::now()).map_err(|_| {
        CliError::Usage(format!(
            "`{at}` is neither an event's number nor a time: 90m, 2h, 1d ago, 2026-11-22 or \
             2026-11-22T10:00:00Z"
        ))
    })?;
    let moment = match when {
        app::When::Event(seq) => {
            let last = recall.seq_at(u64::MAX)?;
            return if seq <= last.0 { Ok(Seq(seq)) } else { Err(beyond(recall, at, last)) };
        }
        app::When::At(moment) => moment,
    };
    if moment > clock::now() {
        return Err(beyond(recall, at, recall.seq_at(u64::MAX)?));
    }
    Ok(recall.seq_at(moment)?)
}

fn beyond(recall: &Recall, at: &str, last: Seq) -> CliError {
    let when = recall.record(last).ok().flatten().map(|record| time(record.at));
    let when = when.map(|when| format!(", of {when}")).unwrap_or_default();
    CliError::Usage(format!("`{at}` is beyond the log's end: its last event is {last}{when}"))
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
    let (now, ahead) = (clock::now(), clock::Zone::here().minutes_ahead());
    for record in &found.records {
        if as_json {
            json(recall.log_id(), record);
        } else if let Some(told) = ui::tell(record) {
            let (when, who) = (when(record.at, now, ahead), who(&record.actor));
            let line = format!(
                "{:>5}  {when:<11}  {who:<10}  {:<11} {}",
                record.seq, told.word, told.text
            );
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

/// A time as a person at it reads it: of today to the second, of other days with the day.
fn when(at: u64, now: u64, ahead: i32) -> String {
    let local = |at: u64| {
        let at = i64::try_from(at).ok().and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
        let offset = jiff::tz::Offset::from_seconds(ahead.saturating_mul(60));
        offset.unwrap_or(jiff::tz::Offset::UTC).to_datetime(at.unwrap_or(jiff::Timestamp::MAX))
    };
    let (at, now) = (local(at), local(now));
    let form = if at.date() == now.date() { "%H:%M:%S" } else { "%m-%d %H:%M" };
    at.strftime(form).to_string()
}

/// Who did it, in a word; the event's page names the model.
fn who(actor: &Actor) -> &'static str {
    match actor {
        Actor::Person => "you",
        Actor::Planner { .. } => "planner",
        Actor::Executor { .. } => "executor",
        Actor::Chargehand => "chargehand",
    }
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

/// What has every word, the best first, and passes the filter; without words the newest that pass.
pub(super) fn hits(
    recall: &Recall,
    words: &str,
    filter: &Filter,
    limit: usize,
) -> Result<Vec<Hit>, CliError> {
    if words.trim().is_empty() {
        return Ok(recall.seek(words, filter, limit)?);
    }
    // What a filter leaves out must not use up the hits.
    let most = if *filter == Filter::default() { limit } else { MOST };
    let mut hits = recall.search(words, Order::Best, most)?;
    hits.retain(|hit| filter.admits(&hit.record));
    hits.truncate(limit);
    Ok(hits)
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
        let hits = hits(recall, query, filter, *limit)?;
        let own = recall.log_id();
        hits.into_iter().map(|hit| (own.clone(), hit.record, hit.excerpt.text)).collect()
    };
    let mut count = 0;
    let (now, ahead) = (clock::now(), clock::Zone::here().minutes_ahead());
    for (log, record, text) in found.iter().filter(|(_, one, _)| filter.admits(one)).take(*limit) {
        count += 1;
        if *as_json {
            json(log, record);
            continue;
        }
        let task = record.task.as_ref().map_or("-", |task| task.as_str());
        let when = when(record.at, now, ahead);
        let kind = kind_of(&record.event);
        let from = if *foreign {
            let short: String = log.as_str().chars().take(8).collect();
            format!("foreign {short}  ")
        } else {
            String::new()
        };
        let text = ui::line(text);
        let line = format!("{:>5}  {from}{when:<11}  {kind}  {task}: {text}", record.seq);
        data_fit(&line, SET_IN);
    }
    if count == 0 {
        say(format_args!("nothing is remembered of `{}`", ui::line(query)));
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_today_is_told_to_the_second_and_one_of_another_day_with_its_day() {
        // 2026-11-22 10:00:05.250 UTC.
        let at = 1_795_341_605_250;
        assert_eq!(when(at, at, 0), "10:00:05");
        assert_eq!(when(at, at + 86_400_000, 90), "11-22 11:30");
        assert_eq!(when(at, at, -11 * 60), "23:00:05");
    }
}
