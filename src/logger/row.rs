//! Rows of the log as records, and what becomes of those that cannot be read.

use rusqlite::{Connection, Row, params, types::ValueRef};

use super::{
    codec::{self, DecodeError},
    error::StoreError,
    identity::LogId,
    jsonl,
};
use crate::domain::{Actor, AttemptNo, GoalId, Record, Seq, TaskId};

/// The columns that `read` wants, in its order.
pub(super) const COLUMNS: &str =
    "seq, at, actor, actor_model, goal, revision, task, attempt, kind, v, data";

/// Most bytes of an unreadable event that are kept to be shown.
const MAX_RAW: usize = 200;

/// Most places in a row that are passed over, one by one, where the database cannot be read.
const MAX_HOLES: u64 = 10_000;

/// An event that cannot be read. It is left where it is, and named.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("event {seq} cannot be read: {why}")]
pub struct Quarantined {
    pub seq: Seq,
    /// Its kind as far as it can be read; may be empty.
    pub kind: String,
    pub why: DecodeError,
    /// The beginning of its data, at most 200 bytes, unreadable bytes replaced.
    pub raw: String,
}

impl Quarantined {
    fn hole(seq: u64, why: String) -> Self {
        let why = DecodeError::Envelope { why };
        Self { seq: Seq(seq), kind: String::new(), why, raw: String::new() }
    }
}

/// How an actor stands in the columns `actor` and `actor_model`.
pub(super) fn actor_columns(actor: &Actor) -> (&'static str, Option<&str>) {
    match actor {
        Actor::Person => ("person", None),
        Actor::Planner { model } => ("planner", Some(model)),
        Actor::Executor { model } => ("executor", Some(model)),
        Actor::Chargehand => ("chargehand", None),
    }
}

/// The actor of those columns.
pub(super) fn actor(word: &str, model: Option<String>) -> Result<Actor, DecodeError> {
    match (word, model) {
        ("person", None) => Ok(Actor::Person),
        ("chargehand", None) => Ok(Actor::Chargehand),
        ("planner", Some(model)) => Ok(Actor::Planner { model }),
        ("executor", Some(model)) => Ok(Actor::Executor { model }),
        (word, _) => {
            let word: String = word.chars().take(64).collect();
            Err(DecodeError::Envelope { why: format!("{word:?} is no actor") })
        }
    }
}

/// How many columns there are.
pub(super) const WIDTH: usize = 11;

/// A row of `COLUMNS`, wherever it is kept.
pub(super) trait Columns {
    /// A column's value; `None` if it cannot be read.
    fn column(&self, column: usize) -> Option<ValueRef<'_>>;
}

impl Columns for Row<'_> {
    fn column(&self, column: usize) -> Option<ValueRef<'_>> {
        self.get_ref(column).ok()
    }
}

/// Reads a row of `COLUMNS`. No column is trusted to be what the schema says.
pub(super) fn read(row: &impl Columns) -> Result<Record, Quarantined> {
    let whole = || -> Result<Record, DecodeError> {
        let event = codec::decode(text(row, 8)?, number(row, 9)?, text(row, 10)?)?;
        Ok(Record {
            seq: Seq(number(row, 0)?),
            at: number(row, 1)?,
            actor: actor(text(row, 2)?, maybe(row, 3, text)?.map(str::to_owned))?,
            goal: maybe(row, 4, text)?.map(GoalId::from),
            revision: number(row, 5)?,
            task: maybe(row, 6, text)?.map(TaskId::from),
            attempt: maybe(row, 7, number)?.map(AttemptNo),
            event,
        })
    };
    whole().map_err(|why| Quarantined {
        seq: Seq(number(row, 0).unwrap_or(0)),
        kind: text(row, 8).unwrap_or_default().chars().take(64).collect(),
        why,
        raw: match row.column(10) {
            Some(ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => {
                String::from_utf8_lossy(&bytes[..bytes.len().min(MAX_RAW)]).into_owned()
            }
            Some(ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_)) | None => String::new(),
        },
    })
}

fn name(column: usize) -> &'static str {
    COLUMNS.split(", ").nth(column).unwrap_or("a column")
}

fn wrong(column: usize, what: &str) -> DecodeError {
    DecodeError::Envelope { why: format!("{} is {what}", name(column)) }
}

fn text(row: &impl Columns, column: usize) -> Result<&str, DecodeError> {
    match row.column(column) {
        Some(ValueRef::Text(bytes)) => {
            std::str::from_utf8(bytes).map_err(|_| wrong(column, "not UTF-8"))
        }
        _ => Err(wrong(column, "not text")),
    }
}

fn number<T: TryFrom<i64>>(row: &impl Columns, column: usize) -> Result<T, DecodeError> {
    match row.column(column) {
        Some(ValueRef::Integer(number)) => {
            T::try_from(number).map_err(|_| wrong(column, "out of range"))
        }
        _ => Err(wrong(column, "not a number")),
    }
}

fn maybe<'a, C: Columns, T>(
    row: &'a C,
    column: usize,
    read: impl Fn(&'a C, usize) -> Result<T, DecodeError>,
) -> Result<Option<T>, DecodeError> {
    match row.column(column) {
        Some(ValueRef::Null) => Ok(None),
        _ => read(row, column).map(Some),
    }
}

/// Writes one event and tells its row.
pub(super) fn insert(conn: &Connection, log: &LogId, record: &Record) -> Result<i64, StoreError> {
    let fault = StoreError::sql("appending to the log");
    let unstorable = |why: String| StoreError::Unstorable { seq: record.seq.0, why };
    if jsonl::timestamp(record.at).is_none() {
        return Err(unstorable(format!("its time, {} ms, is past the year 9999", record.at)));
    }
    let stored = codec::encode(&record.event).map_err(|error| unstorable(error.to_string()))?;
    let (actor, model) = actor_columns(&record.actor);
    let mut event = conn
        .prepare_cached(
            "INSERT INTO event (log_id, seq, at, time, actor, actor_model, goal, revision, task,
                                attempt, run, kind, v, data)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )
        .map_err(&fault)?;
    event
        .insert(params![
            log.as_str(),
            signed(record.seq.0),
            signed(record.at),
            jsonl::time(record.at),
            actor,
            model,
            record.goal.as_ref().map(GoalId::as_str),
            record.revision,
            record.task.as_ref().map(TaskId::as_str),
            record.attempt.map(|attempt| attempt.0),
            record.event.run().map(|run| signed(run.0)),
            stored.kind,
            stored.v,
            stored.data,
        ])
        .map_err(&fault)
}

/// How the events after a seq are walked through.
#[derive(Clone, Copy)]
enum Walk {
    /// As they lie in the file: twice as fast, and stuck where a page cannot be read.
    Table,
    /// By the index on seq, which finds what lies behind such a page.
    Index,
}

impl Walk {
    fn sql(self) -> String {
        let (from, order) = match self {
            Walk::Table => (
                "event NOT INDEXED WHERE log_id = ?1 AND row >=
                 (SELECT row FROM event WHERE log_id = ?1 AND seq > ?2 ORDER BY seq LIMIT 1)",
                "row",
            ),
            Walk::Index => ("event WHERE log_id = ?1 AND seq > ?2", "seq"),
        };
        format!("SELECT {COLUMNS} FROM {from} ORDER BY {order}")
    }
}

/// Hands over every event after `after` in order, the unreadable and the missing ones as such.
pub(super) fn scan(
    conn: &Connection,
    log: &LogId,
    after: Seq,
    mut each: impl FnMut(Result<Record, Quarantined>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    walk(conn, log, after, |found| match found {
        Found::Row(row) => each(read(row)),
        Found::Missing(one) => each(Err(one)),
    })
}

/// What lies at a place of the log.
pub(super) enum Found<'a, 'b> {
    Row(&'a Row<'b>),
    Missing(Quarantined),
}

/// Hands over every row after `after` in order, and what is missing between them.
/// A page of the database that cannot be read costs the events on it and no others.
pub(super) fn walk(
    conn: &Connection,
    log: &LogId,
    after: Seq,
    mut each: impl FnMut(Found<'_, '_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let fault = StoreError::sql("reading the log");
    let mut at = after.0;
    let mut holes = 0;
    let mut walk = Walk::Table;
    loop {
        let mut select = conn.prepare_cached(&walk.sql()).map_err(&fault)?;
        let mut rows = select.query((log.as_str(), signed(at))).map_err(&fault)?;
        let damage = loop {
            match rows.next() {
                Ok(None) => return Ok(()),
                Ok(Some(row)) => {
                    let seq = number(row, 0).unwrap_or(at.saturating_add(1));
                    if seq > at.saturating_add(1) {
                        let (first, last) = (at + 1, seq - 1);
                        let why = format!("events {first} to {last} are missing");
                        each(Found::Missing(Quarantined::hole(first, why)))?;
                    }
                    each(Found::Row(row))?;
                    at = seq;
                }
                Err(error) => break error,
            }
        };
        let corrupt = damage.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseCorrupt);
        if !corrupt || holes > MAX_HOLES {
            return Err(fault(damage));
        }
        match walk {
            Walk::Table => walk = Walk::Index,
            Walk::Index => {
                holes += 1;
                at = at.saturating_add(1);
                each(Found::Missing(Quarantined::hole(at, damage.to_string())))?;
            }
        }
    }
}

/// A number of ours for `SQLite`, whose integers have a sign. Ours stay far below its limit.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
