//! One event a line: the form of `--json`, of exports and of the golden logs.

use std::time::SystemTime;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    codec::{self, DecodeError},
    error::StoreError,
    identity::LogId,
    row::{self, Quarantined},
};
use crate::domain::{AttemptNo, GoalId, Record, RunId, Seq, TaskId};

/// The version of the line itself; each kind's data has its own beside it.
pub const LINE_VERSION: u32 = 1;

/// A time of the log, in milliseconds since 1970 UTC, as RFC 3339 in UTC with milliseconds.
///
/// Times past the year 9999 are shown as its end; the log does not accept them.
pub fn time(at: u64) -> String {
    let stamp = timestamp(at).unwrap_or(Timestamp::MAX);
    format!("{stamp:.3}")
}

pub(super) fn timestamp(at: u64) -> Option<Timestamp> {
    Timestamp::from_millisecond(i64::try_from(at).ok()?).ok()
}

/// A file's time in the same form.
pub(super) fn time_of_file(at: SystemTime) -> String {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    time(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The line but for its `data`, which comes last. Fields that an event does not have are `null`, so that every line has the same.
#[derive(Serialize)]
struct Line<'a> {
    v: u32,
    seq: Seq,
    id: &'a str,
    time: String,
    actor: &'a str,
    model: Option<&'a str>,
    goal: Option<&'a GoalId>,
    revision: u32,
    task: Option<&'a TaskId>,
    attempt: Option<AttemptNo>,
    run: Option<RunId>,
    kind: &'a str,
    kind_v: u32,
}

/// A record as one line of JSON, without the line break.
pub fn line(log: &LogId, record: &Record) -> Result<String, StoreError> {
    let unstorable = |error: serde_json::Error| StoreError::Unstorable {
        seq: record.seq.0,
        why: error.to_string(),
    };
    let stored = codec::encode(&record.event).map_err(unstorable)?;
    let (actor, model) = row::actor_columns(&record.actor);
    let mut line = serde_json::to_string(&Line {
        v: LINE_VERSION,
        seq: record.seq,
        id: &format!("{log}:{}", record.seq),
        time: time(record.at),
        actor,
        model,
        goal: record.goal.as_ref(),
        revision: record.revision,
        task: record.task.as_ref(),
        attempt: record.attempt,
        run: record.event.run(),
        kind: stored.kind,
        kind_v: stored.v,
    })
    .map_err(unstorable)?;
    // The data is JSON already: it goes in as it is stored, in place of the closing brace.
    line.pop();
    line.push_str(",\"data\":");
    line.push_str(&stored.data);
    line.push('}');
    Ok(line)
}

/// An event that could not be read, as a line that says so and keeps its place.
pub fn quarantined_line(log: &LogId, one: &Quarantined) -> String {
    serde_json::json!({
        "v": LINE_VERSION,
        "seq": one.seq,
        "id": format!("{log}:{}", one.seq),
        "quarantined": one.why.to_string(),
        "kind": one.kind,
        "raw": one.raw,
    })
    .to_string()
}

/// A line as it is read. What a later version adds must not be dropped in silence.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadLine {
    v: u32,
    seq: Seq,
    id: String,
    time: String,
    actor: String,
    model: Option<String>,
    goal: Option<GoalId>,
    revision: u32,
    task: Option<TaskId>,
    attempt: Option<AttemptNo>,
    run: Option<RunId>,
    kind: String,
    kind_v: u32,
    data: Value,
}

/// Reads a line back: the record, and the log that it is from.
pub fn read_line(text: &str) -> Result<(LogId, Record), DecodeError> {
    let envelope = |why: String| DecodeError::Envelope { why };
    let line: ReadLine = serde_json::from_str(text).map_err(|error| envelope(error.to_string()))?;
    if line.v > LINE_VERSION {
        return Err(envelope(format!("line version {}, known is {LINE_VERSION}", line.v)));
    }
    let log = line.id.rsplit_once(':').and_then(|(log, _)| LogId::parse(log));
    let log = log.ok_or_else(|| envelope(format!("{:?} is no event id", line.id)))?;
    let event = codec::decode_value(&line.kind, line.kind_v, line.data)?;
    if line.run != event.run() {
        return Err(envelope("the run is not the event's".to_owned()));
    }
    let stamp: Timestamp =
        line.time.parse().map_err(|error: jiff::Error| envelope(error.to_string()))?;
    let at = u64::try_from(stamp.as_millisecond())
        .map_err(|_| envelope(format!("time {stamp} is before 1970")))?;
    let record = Record {
        seq: line.seq,
        at,
        actor: row::actor(&line.actor, line.model)?,
        goal: line.goal,
        revision: line.revision,
        task: line.task,
        attempt: line.attempt,
        event,
    };
    Ok((log, record))
}
