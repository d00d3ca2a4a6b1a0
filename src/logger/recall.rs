//! Reading the log: a handle of its own, so that neither the writer nor another reader waits.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OptionalExtension, ToSql, params_from_iter, types::Value};

use super::{
    blobs::Blobs,
    db,
    error::StoreError,
    identity::LogId,
    row::{self, COLUMNS, Quarantined, signed},
    store,
};
use crate::domain::{AttemptNo, GoalId, Record, RunId, Seq, TaskId};

/// Most events that one question gives back, whatever it asks for.
pub const MAX_EVENTS: usize = 100_000;

/// Most runs asked for in one statement, below `SQLite`'s limit of variables.
const MAX_RUNS: usize = 500;

/// Who did it, without the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Person,
    Planner,
    Executor,
    Chargehand,
}

impl Who {
    /// The word in the log's column `actor`.
    pub fn word(self) -> &'static str {
        match self {
            Who::Person => "person",
            Who::Planner => "planner",
            Who::Executor => "executor",
            Who::Chargehand => "chargehand",
        }
    }
}

/// Which events are wanted; what is not set does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub goal: Option<GoalId>,
    pub task: Option<TaskId>,
    pub attempt: Option<AttemptNo>,
    pub run: Option<RunId>,
    /// Kinds as they are called in the log (`KINDS`); empty: all.
    pub kinds: Vec<String>,
    pub actor: Option<Who>,
    /// Only events before this one.
    pub before: Option<Seq>,
    /// Only events after this one.
    pub after: Option<Seq>,
    /// Only events at this time or later, in milliseconds since 1970 UTC.
    pub since: Option<u64>,
    /// Only events at this time or earlier, likewise.
    pub until: Option<u64>,
    /// The newest so many; `None`: `MAX_EVENTS`.
    pub limit: Option<usize>,
}

/// Events in the log's order, and those among them that cannot be read.
#[derive(Debug, Default)]
pub struct Recalled {
    pub records: Vec<Record>,
    pub quarantined: Vec<Quarantined>,
}

/// A read-only handle of a log. It can be sent to a thread, and does not disturb the writer.
pub struct Recall {
    pub(super) conn: Connection,
    pub(super) log: LogId,
    path: PathBuf,
}

impl Recall {
    /// Opens a log for reading, whether or not another process writes it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        db::assert_sqlite()?;
        let path = db::settle(path)?;
        let conn = db::open_reader(&path)?;
        let log = db::log_id(&conn, &path)?;
        Ok(Self { conn, log, path })
    }

    /// The log's id.
    pub fn log_id(&self) -> &LogId {
        &self.log
    }

    /// A number that changes when another connection has written: ask it before asking more.
    pub fn version(&self) -> Result<i64, StoreError> {
        self.conn
            .pragma_query_value(None, "data_version", |row| row.get(0))
            .map_err(StoreError::sql("looking for news in the log"))
    }

    /// Every event of some runs, oldest first.
    pub fn records_of_runs(&self, runs: &[RunId]) -> Result<Recalled, StoreError> {
        let mut all = Recalled::default();
        for runs in runs.chunks(MAX_RUNS) {
            let marks = vec!["?"; runs.len()].join(", ");
            let values: Vec<Value> = runs.iter().map(|run| signed(run.0).into()).collect();
            // The index on `run` is named by a condition that only it serves.
            let clause = format!("run IS NOT NULL AND run IN ({marks})");
            let found = self.select(&clause, values, MAX_EVENTS)?;
            all.records.extend(found.records);
            all.quarantined.extend(found.quarantined);
        }
        all.records.sort_by_key(|record| record.seq);
        all.records.dedup_by_key(|record| record.seq);
        Ok(all)
    }

    /// Every event tied to a task, oldest first.
    pub fn records_of_task(&self, goal: &GoalId, task: &TaskId) -> Result<Recalled, StoreError> {
        let filter =
            Filter { goal: Some(goal.clone()), task: Some(task.clone()), ..Filter::default() };
        self.timeline(&filter)
    }

    /// The newest so many events, oldest first.
    pub fn last(&self, count: usize) -> Result<Recalled, StoreError> {
        self.timeline(&Filter { limit: Some(count), ..Filter::default() })
    }

    /// The newest events that a filter lets through, oldest first.
    pub fn timeline(&self, filter: &Filter) -> Result<Recalled, StoreError> {
        let mut clauses = Vec::new();
        let mut values: Vec<Value> = Vec::new();
        let mut want = |clause: &'static str, value: Option<Value>| {
            if let Some(value) = value {
                clauses.push(clause.to_owned());
                values.push(value);
            }
        };
        want("goal = ?", filter.goal.as_ref().map(|goal| goal.0.clone().into()));
        want("task = ?", filter.task.as_ref().map(|task| task.0.clone().into()));
        want("attempt = ?", filter.attempt.map(|attempt| attempt.0.into()));
        want("run = ?", filter.run.map(|run| signed(run.0).into()));
        want("actor = ?", filter.actor.map(|who| who.word().to_owned().into()));
        want("seq < ?", filter.before.map(|seq| signed(seq.0).into()));
        want("seq > ?", filter.after.map(|seq| signed(seq.0).into()));
        want("at >= ?", filter.since.map(|at| signed(at).into()));
        want("at <= ?", filter.until.map(|at| signed(at).into()));
        if !filter.kinds.is_empty() {
            clauses.push(format!("kind IN ({})", vec!["?"; filter.kinds.len()].join(", ")));
            values.extend(filter.kinds.iter().map(|kind| Value::from(kind.clone())));
        }
        let limit = filter.limit.unwrap_or(MAX_EVENTS).min(MAX_EVENTS);
        self.select(&clauses.join(" AND "), values, limit)
    }

    /// One event, or `None` if the log has not come so far.
    pub fn record(&self, seq: Seq) -> Result<Option<Record>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM event WHERE log_id = ?1 AND seq = ?2");
        let mut select = self.conn.prepare_cached(&sql).map_err(StoreError::sql("reading"))?;
        select
            .query_row((self.log.as_str(), signed(seq.0)), |row| Ok(row::read(row)))
            .optional()
            .map_err(StoreError::sql("reading an event"))?
            .transpose()
            .map_err(StoreError::Unreadable)
    }

    /// A whole output that an event names by its digest.
    pub fn blob(&self, digest: &str) -> Result<Vec<u8>, StoreError> {
        Blobs::beside(&self.path).get(digest)
    }

    /// Writes every event as a line of JSON, oldest first, unreadable ones as lines that say so.
    pub fn export_jsonl(&self, out: &mut dyn Write) -> Result<(), StoreError> {
        store::export(&self.conn, &self.log, &self.path, out)
    }

    /// What `SQLite` finds wrong with the file; empty if it is sound. Reads all of it.
    pub fn faults(&self) -> Result<Vec<String>, StoreError> {
        let fault = StoreError::sql("checking the log");
        let mut check = self.conn.prepare("PRAGMA quick_check(20)").map_err(&fault)?;
        let rows = check.query_map([], |row| row.get::<_, String>(0)).map_err(&fault)?;
        let lines: Vec<String> = rows.collect::<Result<_, _>>().map_err(&fault)?;
        Ok(lines.into_iter().filter(|line| line != "ok").collect())
    }

    fn select(
        &self,
        clause: &str,
        mut values: Vec<Value>,
        limit: usize,
    ) -> Result<Recalled, StoreError> {
        let fault = StoreError::sql("reading the log");
        let and = if clause.is_empty() { "" } else { " AND " };
        let sql = format!(
            "SELECT {COLUMNS} FROM event WHERE log_id = ?{and}{clause} ORDER BY seq DESC LIMIT ?"
        );
        values.insert(0, self.log.to_string().into());
        values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
        let mut select = self.conn.prepare_cached(&sql).map_err(&fault)?;
        let values = values.iter().map(|value| value as &dyn ToSql);
        let mut rows = select.query(params_from_iter(values)).map_err(&fault)?;
        let mut found = Recalled::default();
        while let Some(row) = rows.next().map_err(&fault)? {
            match row::read(row) {
                Ok(record) => found.records.push(record),
                Err(one) => found.quarantined.push(one),
            }
        }
        found.records.reverse();
        found.quarantined.reverse();
        Ok(found)
    }
}
