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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        domain::State,
        logger::{
            samples,
            store::{Access, Store},
        },
    };

    /// The log as the first version wrote it. Once released, it is never written again: a later
    /// version gets a file of its own.
    const GOLDEN: &str = "tests/log/v1.jsonl";

    fn golden() -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(GOLDEN);
        if std::env::var_os("CHARGEHAND_WRITE_GOLDEN").is_some() {
            let log = LogId::parse(samples::LOG).unwrap();
            let lines = samples::every().into_iter().map(|one| line(&log, &one).unwrap() + "\n");
            std::fs::write(&path, lines.collect::<String>()).unwrap();
        }
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn the_golden_log_reads_as_the_samples_and_is_written_byte_for_byte_the_same() {
        let mut records = Vec::new();
        for text in golden().lines() {
            let (log, record) = read_line(text).unwrap();
            assert_eq!(log.as_str(), samples::LOG);
            assert_eq!(line(&log, &record).unwrap(), text);
            records.push(record);
        }
        assert_eq!(records, samples::every());
    }

    #[test]
    fn the_golden_log_replays_and_is_exported_as_it_was() {
        let golden: Vec<Record> = golden().lines().map(|text| read_line(text).unwrap().1).collect();
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("log.db"), Access::Write).unwrap();
        store.append(&golden).unwrap();

        let replayed = store.replay().unwrap();
        assert_eq!(replayed.quarantined, []);
        assert_eq!(replayed.last, store.last());
        let mut folded = State::default();
        for record in &golden {
            folded.apply(record);
        }
        assert_eq!(replayed.state, folded);

        let mut out = Vec::new();
        store.export_jsonl(&mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        let exported: Vec<Record> = out.lines().map(|text| read_line(text).unwrap().1).collect();
        assert_eq!(exported, golden);
    }

    #[test]
    fn a_line_has_the_same_fields_for_every_event() {
        let log = LogId::parse(samples::LOG).unwrap();
        insta::assert_snapshot!(line(&log, &samples::note(7, "a\nb")).unwrap(), @r#"{"v":1,"seq":7,"id":"0b0e7a52-6a0e-4a53-9d3c-3a0f6f2a9d11:7","time":"2026-11-22T10:00:07.049Z","actor":"chargehand","model":null,"goal":null,"revision":0,"task":null,"attempt":null,"run":null,"kind":"noted","kind_v":1,"data":{"run":null,"text":"a\nb"}}"#);
    }

    #[test]
    fn times_are_utc_with_milliseconds_and_the_end_of_time_is_shown_as_that() {
        assert_eq!(time(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(time(1_795_341_600_007), "2026-11-22T10:00:00.007Z");
        assert!(time(u64::MAX).starts_with("9999-12-30T"), "{}", time(u64::MAX));
    }

    #[test]
    fn a_line_that_was_tampered_with_is_refused() {
        let log = LogId::parse(samples::LOG).unwrap();
        let good = line(&log, &samples::note(7, "x")).unwrap();
        for (from, to) in [
            ("\"v\":1,\"seq\"", "\"v\":2,\"seq\""),
            ("\"run\":null", "\"run\":3"),
            ("chargehand", "stranger"),
            (samples::LOG, "../../etc"),
            ("2026-", "when-"),
            ("\"kind\":", "\"sort\":"),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_ne!(bad, good, "{from}");
            assert!(read_line(&bad).is_err(), "{bad}");
        }
        assert!(read_line(&good).is_ok());
    }
}
