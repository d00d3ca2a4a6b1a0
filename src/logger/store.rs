//! The store: the only place that writes the log.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, TransactionBehavior, params};

use super::{
    blobs::Blobs,
    codec, db,
    error::StoreError,
    identity::LogId,
    jsonl,
    lock::Lock,
    place,
    recall::Recall,
    row::{self, Quarantined, signed},
    snapshot, text,
};
use crate::domain::{Record, Seq, State};

/// What a store is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Append. One process at a time; makes the log if there is none.
    Write,
    /// Look. Any number, beside a writer or not; changes nothing.
    Read,
}

/// The fold of the log and what could not be folded.
#[derive(Debug)]
pub struct Replayed {
    pub state: State,
    /// The last event's place, readable or not. The next append goes on from here.
    pub last: Seq,
    /// Empty in a sound log. The state is the fold of the others.
    pub quarantined: Vec<Quarantined>,
}

/// How often the store has written: what the benches count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Commits {
    /// Appends that were on disk, power loss included, when they returned.
    pub durable: u64,
    /// Appends that a power loss, but no end of the process, could still undo.
    pub relaxed: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Durability {
    Full,
    Normal,
}

/// An open log.
pub struct Store {
    conn: Connection,
    path: PathBuf,
    log: LogId,
    last: Seq,
    durability: Durability,
    commits: Commits,
    /// Held by a writer; the field's drop lets go, after the connection's.
    lock: Option<Lock>,
}

impl Store {
    /// Opens the log at a path. For writing, its folder and file are made if they are not there
    /// (0700, 0600); a second writer gets `StoreError::Busy` and may open for reading.
    pub fn open(path: &Path, access: Access) -> Result<Self, StoreError> {
        db::assert_sqlite()?;
        let (conn, path, lock) = match access {
            Access::Write => {
                if let Some(dir) = path.parent()
                    && !dir.as_os_str().is_empty()
                {
                    place::make_dir(dir)?;
                }
                let path = db::settle(path)?;
                let dir = path.parent().unwrap_or(Path::new("/"));
                place::guard(dir)?;
                place::must_be_local(dir)?;
                let lock = Lock::take(&path.with_extension("lock"))?;
                (db::open_writer(&path)?, path, Some(lock))
            }
            Access::Read => {
                let path = db::settle(path)?;
                place::must_be_local(path.parent().unwrap_or(Path::new("/")))?;
                (db::open_reader(&path)?, path, None)
            }
        };
        let log = db::log_id(&conn, &path)?;
        let last = last(&conn, &log)?;
        Ok(Self {
            conn,
            path,
            log,
            last,
            // What SQLite begins with.
            durability: Durability::Full,
            commits: Commits::default(),
            lock,
        })
    }

    /// The log's id.
    pub fn log_id(&self) -> &LogId {
        &self.log
    }

    /// The database file, links in its folders resolved.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The place of the last event: 0 in an empty log. For a reader, as of its opening.
    pub fn last(&self) -> Seq {
        self.last
    }

    /// How often this store has written.
    pub fn commits(&self) -> Commits {
        self.commits
    }

    /// Appends records, all of them or none, and makes their text searchable.
    ///
    /// When it returns, the end of the process cannot undo it; if any record is a boundary, neither
    /// can a power loss. The first seq must follow the last of the log.
    pub fn append(&mut self, records: &[Record]) -> Result<(), StoreError> {
        if self.lock.is_none() {
            return Err(StoreError::ReadOnly);
        }
        let mut last = self.last.0;
        for record in records {
            if record.seq.0 != last + 1 {
                return Err(StoreError::Gap { expected: last + 1, got: record.seq.0 });
            }
            last = record.seq.0;
        }
        if records.is_empty() {
            return Ok(());
        }
        let boundary = records.iter().any(|record| record.event.is_boundary());
        self.set_durability(if boundary { Durability::Full } else { Durability::Normal })?;

        let fault = StoreError::sql("appending to the log");
        // Dropped without a commit, the transaction leaves nothing behind.
        let act =
            self.conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&fault)?;
        for record in records {
            insert(&act, &self.log, record)?;
        }
        act.commit().map_err(&fault)?;
        self.last = Seq(last);
        match self.durability {
            Durability::Full => self.commits.durable += 1,
            Durability::Normal => self.commits.relaxed += 1,
        }
        Ok(())
    }

    fn set_durability(&mut self, wanted: Durability) -> Result<(), StoreError> {
        if self.durability != wanted {
            let word = match wanted {
                Durability::Full => "full",
                Durability::Normal => "normal",
            };
            self.conn
                .pragma_update(None, "synchronous", word)
                .map_err(StoreError::sql("setting how durable an append is"))?;
            self.durability = wanted;
        }
        Ok(())
    }

    /// Folds the log. A cached fold is used where it fits, and never changes the outcome.
    pub fn replay(&self) -> Result<Replayed, StoreError> {
        let cached = snapshot::load(&self.conn, &self.log, &self.path);
        let (mut state, from) = cached.unwrap_or_default();
        let mut quarantined = Vec::new();
        let mut last = from;
        row::scan(&self.conn, &self.log, from, |read| {
            match read {
                Ok(record) => {
                    last = record.seq;
                    state.apply(&record);
                }
                Err(one) => {
                    last = last.max(one.seq);
                    quarantined.push(one);
                }
            }
            Ok(())
        })?;
        let far = last.0 - from.0 >= snapshot::WORTHWHILE;
        if self.lock.is_some() && quarantined.is_empty() && far {
            // Only a cache: a fold that could not be kept is folded again next time.
            let _ = snapshot::save(&self.conn, &self.log, &self.path, &state, last);
        }
        Ok(Replayed { state, last, quarantined })
    }

    /// A handle of its own for reading, to be given to another thread.
    pub fn recall(&self) -> Result<Recall, StoreError> {
        Recall::open(&self.path)
    }

    /// The outputs kept beside the log.
    pub fn blobs(&self) -> Blobs {
        Blobs::beside(&self.path)
    }

    /// Writes every event as a line of JSON, oldest first, unreadable ones as lines that say so.
    pub fn export_jsonl(&self, out: &mut dyn Write) -> Result<(), StoreError> {
        export(&self.conn, &self.log, &self.path, out)
    }
}

pub(super) fn export(
    conn: &Connection,
    log: &LogId,
    path: &Path,
    out: &mut dyn Write,
) -> Result<(), StoreError> {
    row::scan(conn, log, Seq(0), |read| {
        let line = match read {
            Ok(record) => jsonl::line(log, &record)?,
            Err(one) => jsonl::quarantined_line(log, &one),
        };
        writeln!(out, "{line}").map_err(StoreError::file("exporting", path))
    })
}

fn last(conn: &Connection, log: &LogId) -> Result<Seq, StoreError> {
    let sql = "SELECT coalesce(max(seq), 0) FROM event WHERE log_id = ?1";
    let last: i64 = conn
        .query_row(sql, [log.as_str()], |row| row.get(0))
        .map_err(StoreError::sql("reading the log's end"))?;
    Ok(Seq(u64::try_from(last).unwrap_or(0)))
}

fn insert(conn: &Connection, log: &LogId, record: &Record) -> Result<(), StoreError> {
    let fault = StoreError::sql("appending to the log");
    let unstorable = |why: String| StoreError::Unstorable { seq: record.seq.0, why };
    if jsonl::timestamp(record.at).is_none() {
        return Err(unstorable(format!("its time, {} ms, is past the year 9999", record.at)));
    }
    let stored = codec::encode(&record.event).map_err(|error| unstorable(error.to_string()))?;
    let (actor, model) = row::actor_columns(&record.actor);
    let mut event = conn
        .prepare_cached(
            "INSERT INTO event (log_id, seq, at, time, actor, actor_model, goal, revision, task,
                                attempt, run, kind, v, data)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )
        .map_err(&fault)?;
    let row = event
        .insert(params![
            log.as_str(),
            signed(record.seq.0),
            signed(record.at),
            jsonl::time(record.at),
            actor,
            model,
            record.goal.as_ref().map(|goal| goal.as_str()),
            record.revision,
            record.task.as_ref().map(|task| task.as_str()),
            record.attempt.map(|attempt| attempt.0),
            record.event.run().map(|run| signed(run.0)),
            stored.kind,
            stored.v,
            stored.data,
        ])
        .map_err(&fault)?;
    let body = text::searchable(&record.event);
    if !body.is_empty() {
        conn.prepare_cached("INSERT INTO words (rowid, body) VALUES (?1, ?2)")
            .and_then(|mut words| words.execute(params![row, body]))
            .map_err(&fault)?;
    }
    Ok(())
}
