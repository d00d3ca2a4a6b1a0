//! Reading the log: a handle of its own, so that neither the writer nor another reader waits.

use std::{
    cell::RefCell,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OptionalExtension, ToSql, params_from_iter, types::Value};

use super::{
    blobs::Blobs,
    codec, db,
    error::StoreError,
    identity::LogId,
    place, prefix,
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
    /// Who is called so, as a person writes it.
    pub fn named(word: &str) -> Option<Who> {
        match word {
            "me" | "you" => Some(Who::Person),
            word => [Who::Person, Who::Planner, Who::Executor, Who::Chargehand]
                .into_iter()
                .find(|one| one.word() == word),
        }
    }

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

impl Filter {
    /// Whether it lets an event through; the limit does not matter here.
    pub fn admits(&self, record: &Record) -> bool {
        let is = |wanted: bool, holds: bool| !wanted || holds;
        is(self.goal.is_some(), self.goal == record.goal)
            && is(self.task.is_some(), self.task == record.task)
            && is(self.attempt.is_some(), self.attempt == record.attempt)
            && is(self.run.is_some(), self.run == record.event.run())
            && self.actor.is_none_or(|who| who.word() == row::actor_columns(&record.actor).0)
            && self.before.is_none_or(|before| record.seq < before)
            && self.after.is_none_or(|after| record.seq > after)
            && self.since.is_none_or(|since| record.at >= since)
            && self.until.is_none_or(|until| record.at <= until)
            && (self.kinds.is_empty()
                || self.kinds.iter().any(|kind| kind == codec::kind_of(&record.event)))
    }

    /// The filter as a condition on the table, with the values of its parameters. Where it is used
    /// the log's id is parameter 1.
    pub(super) fn clauses(&self) -> (String, Vec<Value>) {
        let mut clauses = Vec::new();
        let mut values: Vec<Value> = Vec::new();
        let mut want = |clause: &'static str, value: Option<Value>| {
            if let Some(value) = value {
                clauses.push(clause.to_owned());
                values.push(value);
            }
        };
        want("goal = ?", self.goal.as_ref().map(|goal| goal.0.clone().into()));
        want("task = ?", self.task.as_ref().map(|task| task.0.clone().into()));
        want("attempt = ?", self.attempt.map(|attempt| attempt.0.into()));
        want("run = ?", self.run.map(|run| signed(run.0).into()));
        want("actor = ?", self.actor.map(|who| who.word().to_owned().into()));
        want(BEFORE, self.before.map(|seq| signed(seq.0).into()));
        want(AFTER, self.after.map(|seq| signed(seq.0).into()));
        want("at >= ?", self.since.map(|at| signed(at).into()));
        want("at <= ?", self.until.map(|at| signed(at).into()));
        if !self.kinds.is_empty() {
            clauses.push(format!("kind IN ({})", vec!["?"; self.kinds.len()].join(", ")));
            values.extend(self.kinds.iter().map(|kind| Value::from(kind.clone())));
        }
        (clauses.join(" AND "), values)
    }
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
    /// While a person types.
    pub(super) begun: RefCell<prefix::Last>,
}

impl Recall {
    /// Opens a log for reading, whether or not another process writes it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        db::assert_sqlite()?;
        let path = db::settle(path)?;
        let conn = db::open_reader(&path)?;
        let log = db::log_id(&conn, &path)?;
        Ok(Self { conn, log, path, begun: RefCell::default() })
    }

    /// The log's id.
    pub fn log_id(&self) -> &LogId {
        &self.log
    }

    /// The log's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The outputs kept beside the log.
    pub fn blobs(&self) -> Blobs {
        Blobs::beside(&self.path)
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
            let clause = format!("run IN ({marks})");
            let found = self.select(Index::Run, &clause, values, MAX_EVENTS);
            let of = |record: &Record| record.event.run().is_some_and(|run| runs.contains(&run));
            let found = self.or_around(found, MAX_EVENTS, of)?;
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
        let (clauses, values) = filter.clauses();
        let limit = filter.limit.unwrap_or(MAX_EVENTS).min(MAX_EVENTS);
        let index = match filter {
            Filter { run: Some(_), .. } => Index::Run,
            Filter { goal: Some(_), task: Some(_), .. } => Index::Task,
            Filter { kinds, .. } if kinds.len() > 1 => return self.of_kinds(filter, limit),
            Filter { kinds, .. } if kinds.len() == 1 => Index::Kind,
            Filter { goal: Some(_), .. } => Index::Goal,
            Filter { .. } => Index::None,
        };
        let found = self.select(index, &clauses, values, limit);
        self.or_around(found, limit, |record| filter.admits(record))
    }

    /// The newest events of several kinds: the newest of each are at hand, of all together not.
    fn of_kinds(&self, filter: &Filter, limit: usize) -> Result<Recalled, StoreError> {
        let mut all = Recalled::default();
        for kind in &filter.kinds {
            let kinds = vec![kind.clone()];
            let found = self.timeline(&Filter { kinds, limit: Some(limit), ..filter.clone() })?;
            all.records.extend(found.records);
            all.quarantined.extend(found.quarantined);
        }
        all.records.sort_by_key(|record| record.seq);
        all.quarantined.sort_by_key(|one| one.seq);
        all.records.drain(..all.records.len().saturating_sub(limit));
        Ok(all)
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

    /// Copies the log and its outputs into a folder, as they are now, whoever writes meanwhile.
    pub fn back_up(&self, folder: &Path) -> Result<(), StoreError> {
        let (copy, fresh) = (folder.join("log.db"), folder.join("log.db.new"));
        let fault = || StoreError::file("copying the log to", &copy);
        let clear = |path: &Path| match std::fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(fault()(error)),
            Ok(()) | Err(_) => Ok(()),
        };
        clear(&fresh)?;
        place::make_file(&fresh)?;
        db::copy(&self.path, &fresh)?;
        // An earlier copy goes only once this one is whole, and with it what belongs to it alone.
        clear(&db::beside(&copy, "-wal"))?;
        clear(&db::beside(&copy, "-shm"))?;
        std::fs::rename(&fresh, &copy).map_err(fault())?;
        place::sync_dir(folder)?;
        Blobs::beside(&self.path).copy_to(&folder.join("blobs"))
    }

    /// What `SQLite` finds wrong with the file; empty if it is sound. Reads all of it. Where the
    /// look itself fails on the damage, its error comes last.
    pub fn faults(&self) -> Result<Vec<String>, StoreError> {
        let fault = StoreError::sql("checking the log");
        let mut check = self.conn.prepare("PRAGMA quick_check(20)").map_err(&fault)?;
        let rows = check.query_map([], |row| row.get::<_, String>(0)).map_err(&fault)?;
        let mut lines = Vec::new();
        for row in rows {
            match row.map_err(&fault) {
                Ok(line) if line == "ok" => {}
                Ok(line) => lines.push(line),
                Err(StoreError::Damaged { message, .. }) => {
                    lines.push(message);
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(lines)
    }

    fn select(
        &self,
        index: Index,
        clause: &str,
        values: Vec<Value>,
        limit: usize,
    ) -> Result<Recalled, StoreError> {
        select(&self.conn, &self.log, &statement(index, clause), values, limit)
    }
}

/// The newest so many events of a log, oldest first.
pub(super) fn newest(conn: &Connection, log: &LogId, count: usize) -> Result<Recalled, StoreError> {
    select(conn, log, &statement(Index::None, ""), Vec::new(), count.min(MAX_EVENTS))
}

fn select(
    conn: &Connection,
    log: &LogId,
    statement: &str,
    mut values: Vec<Value>,
    limit: usize,
) -> Result<Recalled, StoreError> {
    let fault = StoreError::sql("reading the log");
    values.insert(0, log.to_string().into());
    values.push(i64::try_from(limit).unwrap_or(i64::MAX).into());
    let mut select = conn.prepare_cached(statement).map_err(&fault)?;
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

/// The index that serves a question. Named, because `SQLite`'s guess without statistics is to read
/// the whole log. Rows lie in the log's order, in the table and within one key of each index.
#[derive(Clone, Copy)]
enum Index {
    Run,
    Task,
    Kind,
    Goal,
    /// Back from the newest through the table.
    None,
}

/// Finds the place in the table by the index on seq, so that far pages cost no more than near ones.
const BEFORE: &str = "row <= (SELECT row FROM event AS one WHERE one.log_id = ?1
                               AND one.seq < ? ORDER BY one.seq DESC LIMIT 1)";
const AFTER: &str = "row >= (SELECT row FROM event AS one WHERE one.log_id = ?1
                              AND one.seq > ? ORDER BY one.seq LIMIT 1)";

fn statement(key: Index, clause: &str) -> String {
    let index = match key {
        Index::Run => "INDEXED BY event_run",
        Index::Task => "INDEXED BY event_task",
        Index::Kind => "INDEXED BY event_kind",
        Index::Goal => "INDEXED BY event_goal",
        Index::None => "NOT INDEXED",
    };
    let order = match key {
        Index::Goal => "seq",
        Index::Run | Index::Task | Index::Kind | Index::None => "row",
    };
    let and = if clause.is_empty() { "" } else { " AND " };
    format!(
        "SELECT {COLUMNS} FROM event {index} WHERE log_id = ?1{and}{clause}
         ORDER BY {order} DESC LIMIT ?"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logger::{
        samples,
        store::{Access, Store},
    };

    fn filled() -> (tempfile::TempDir, Store, Recall) {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("log.db"), Access::Write).unwrap();
        store.append(&samples::every()).unwrap();
        let recall = store.recall().unwrap();
        (dir, store, recall)
    }

    fn kept(wanted: impl Fn(&Record) -> bool) -> Vec<Record> {
        let kept: Vec<_> = samples::every().into_iter().filter(wanted).collect();
        assert!(!kept.is_empty());
        kept
    }

    #[test]
    fn a_filter_lets_through_what_it_says_and_nothing_else() {
        let (_dir, _store, recall) = filled();
        let all = Filter::default();
        let got = |filter: Filter| {
            let found = recall.timeline(&filter).unwrap().records;
            let admitted: Vec<Record> =
                samples::every().into_iter().filter(|one| filter.admits(one)).collect();
            assert_eq!(found, admitted, "{filter:?}");
            found
        };
        assert_eq!(got(all.clone()), samples::every());
        let task = Some(TaskId::from("greet"));
        assert_eq!(got(Filter { task, ..all.clone() }), kept(|one| one.task.is_some()));
        let attempt = Some(AttemptNo(1));
        assert_eq!(got(Filter { attempt, ..all.clone() }), kept(|one| one.attempt.is_some()));
        let goal = Some(GoalId::from("other"));
        assert_eq!(got(Filter { goal, ..all.clone() }), []);
        let actor = Some(Who::Planner);
        assert_eq!(
            got(Filter { actor, ..all.clone() }),
            kept(|one| matches!(one.actor, crate::domain::Actor::Planner { .. }))
        );
        let kinds = vec!["judged".to_owned(), "landed".to_owned()];
        assert_eq!(
            got(Filter { kinds, ..all.clone() }),
            kept(|one| matches!(
                one.event,
                crate::domain::Event::Judged { .. } | crate::domain::Event::Landed { .. }
            ))
        );
        let (before, after) = (Some(Seq(20)), Some(Seq(5)));
        assert_eq!(
            got(Filter { before, after, ..all.clone() }),
            kept(|one| (6..20).contains(&one.seq.0))
        );
        let at = samples::every()[9].at;
        assert_eq!(got(Filter { since: Some(at), ..all.clone() }), samples::every()[9..]);
        assert_eq!(got(Filter { until: Some(at), ..all.clone() }), samples::every()[..10]);
        let goal = Some(GoalId::from("say-hello"));
        got(Filter { goal, ..all.clone() });
        let kinds = vec!["noted".to_owned(), "steered".to_owned(), "nothing".to_owned()];
        let newest = Filter { kinds, limit: Some(2), ..all.clone() };
        let of_kinds = kept(|one| newest.admits(one));
        assert_eq!(recall.timeline(&newest).unwrap().records, of_kinds[of_kinds.len() - 2..]);
        let hostile = vec!["judged') OR 1=1 --".to_owned()];
        assert_eq!(got(Filter { kinds: hostile, ..all }), []);
    }

    #[test]
    fn every_question_is_served_by_its_index_and_the_newest_events_come_first_unsorted() {
        let (_dir, _store, recall) = filled();
        let plan = |index: Index, clause: &str| {
            let sql = format!("EXPLAIN QUERY PLAN {}", statement(index, clause));
            let mut explain = recall.conn.prepare(&sql).unwrap();
            let count = explain.parameter_count();
            let values = vec![Value::from(1); count];
            let rows = explain.query_map(params_from_iter(values), |row| row.get::<_, String>(3));
            rows.unwrap().map(Result::unwrap).collect::<Vec<_>>().join("; ")
        };
        insta::assert_snapshot!(
            [
                plan(Index::Run, "run = ?"),
                plan(Index::Run, "run IN (?, ?)"),
                plan(Index::Task, "goal = ? AND task = ?"),
                plan(Index::Kind, "kind IN (?)"),
                plan(Index::Goal, "goal = ?"),
                plan(Index::None, ""),
                plan(Index::None, BEFORE),
                plan(Index::None, AFTER),
                plan(Index::Kind, &format!("kind IN (?) AND {BEFORE} AND {AFTER}")),
            ]
            .join("\n"),
            @r"
        SEARCH event USING INDEX event_run (run=?)
        SEARCH event USING INDEX event_run (run=?); USE TEMP B-TREE FOR ORDER BY
        SEARCH event USING INDEX event_task (goal=? AND task=?)
        SEARCH event USING INDEX event_kind (kind=?)
        SEARCH event USING INDEX event_goal (goal=?)
        SCAN event
        SEARCH event USING INTEGER PRIMARY KEY (rowid<?); SCALAR SUBQUERY 1; SEARCH one USING COVERING INDEX sqlite_autoindex_event_1 (log_id=? AND seq<?)
        SEARCH event USING INTEGER PRIMARY KEY (rowid>?); SCALAR SUBQUERY 1; SEARCH one USING COVERING INDEX sqlite_autoindex_event_1 (log_id=? AND seq>?)
        SEARCH event USING INDEX event_kind (kind=? AND rowid>? AND rowid<?); SCALAR SUBQUERY 1; SEARCH one USING COVERING INDEX sqlite_autoindex_event_1 (log_id=? AND seq<?); SCALAR SUBQUERY 2; SEARCH one USING COVERING INDEX sqlite_autoindex_event_1 (log_id=? AND seq>?)
        "
        );
    }

    #[test]
    fn pages_go_back_from_the_newest_without_gap_or_overlap() {
        let (_dir, _store, recall) = filled();
        let mut all = Vec::new();
        let mut before = None;
        loop {
            let page = recall
                .timeline(&Filter { before, limit: Some(7), ..Filter::default() })
                .unwrap()
                .records;
            let Some(first) = page.first() else { break };
            before = Some(first.seq);
            all.splice(0..0, page);
        }
        assert_eq!(all, samples::every());
        assert_eq!(recall.last(3).unwrap().records, samples::every()[all.len() - 3..]);
    }

    #[test]
    fn the_events_of_runs_and_of_a_task_come_in_the_logs_order() {
        let (_dir, _store, recall) = filled();
        let of_run = |one: &Record| one.event.run() == Some(RunId(4));
        let runs: Vec<RunId> = (0..1_200).map(RunId).collect();
        assert_eq!(recall.records_of_runs(&[RunId(4)]).unwrap().records, kept(of_run));
        let of_any = |one: &Record| one.event.run().is_some();
        assert_eq!(recall.records_of_runs(&runs).unwrap().records, kept(of_any));
        assert_eq!(recall.records_of_runs(&[]).unwrap().records, []);
        let task = recall.records_of_task(&"say-hello".into(), &"greet".into()).unwrap();
        assert_eq!(task.records, kept(|one| one.task.is_some()));
    }

    #[test]
    fn one_event_and_one_output_can_be_had_by_name() {
        let (_dir, store, recall) = filled();
        assert_eq!(recall.record(Seq(8)).unwrap().as_ref(), Some(&samples::every()[7]));
        assert_eq!(recall.record(Seq(999)).unwrap(), None);
        let digest = store.blobs().put(b"all of it").unwrap();
        assert_eq!(recall.blob(&digest).unwrap(), b"all of it");
    }

    #[test]
    fn a_handle_sees_what_is_appended_after_it_was_opened_from_another_thread() {
        let (_dir, mut store, recall) = filled();
        let seen = recall.version().unwrap();
        let next = store.last().0 + 1;
        store.append(&samples::notes(next..=next)).unwrap();
        let last = std::thread::spawn(move || {
            assert_ne!(recall.version().unwrap(), seen);
            recall.last(1).unwrap().records
        });
        assert_eq!(last.join().unwrap(), samples::notes(next..=next));
    }

    #[test]
    fn a_sound_log_has_no_faults() {
        let (_dir, _store, recall) = filled();
        assert_eq!(recall.faults().unwrap(), Vec::<String>::new());
    }
}
