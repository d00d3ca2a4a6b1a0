//! The words of events on their way into the full-text index.
//!
//! A durable append waits for the disk; making its words searchable costs about as much again, and
//! nobody waits for that. So the words of a small append are written behind it, in a commit of
//! their own that waits for no disk. Those that a crash lost are made up when the log is next
//! opened for writing: they follow from the events.

use rusqlite::{Connection, params};

use super::{codec, error::StoreError, text};
use crate::domain::Event;

/// Texts that wait at most; a larger append takes them with it. A group costs less at once.
const MAX_WAITING: usize = 32;

/// Events that are read at once to make up for what the index lacks.
const MAX_READ: i64 = 1_000;

/// Texts that are not in the index yet, each with its event's row, in order.
#[derive(Debug, Default)]
pub(super) struct Words {
    waiting: Vec<(i64, String)>,
    /// What is left out leaves out all that follows: the index lacks what is behind its last row.
    left: bool,
}

impl Words {
    /// The row of the last event that the index has words of.
    pub(super) fn last(conn: &Connection) -> Result<i64, StoreError> {
        conn.query_row("SELECT coalesce(max(id), 0) FROM words_docsize", [], |row| row.get(0))
            .map_err(StoreError::sql("looking what can be searched"))
    }

    /// The texts of the events behind a row, as far as they are read at once; and the row behind
    /// which there are more, if there may be.
    pub(super) fn behind(conn: &Connection, row: i64) -> Result<(Self, Option<i64>), StoreError> {
        let fault = StoreError::sql("looking what can be searched");
        let sql = "SELECT row, kind, v, data FROM event WHERE row > ?1 ORDER BY row LIMIT ?2";
        let mut select = conn.prepare_cached(sql).map_err(&fault)?;
        let mut rows = select.query((row, MAX_READ)).map_err(&fault)?;
        let (mut words, mut read, mut last) = (Self::default(), 0, row);
        while let Some(row) = rows.next().map_err(&fault)? {
            (read, last) = (read + 1, row.get(0).map_err(&fault)?);
            // What cannot be read has no words; whoever folds the log names it.
            let stored = (row.get_ref(1), row.get(2), row.get_ref(3));
            if let (Ok(kind), Ok(v), Ok(data)) = stored
                && let (Ok(kind), Ok(data)) = (kind.as_str(), data.as_str())
                && let Ok(event) = codec::decode(kind, v, data)
            {
                words.add(last, &event);
            }
        }
        Ok((words, (read == MAX_READ).then_some(last)))
    }

    /// Takes an event's words, if it has any.
    pub(super) fn add(&mut self, row: i64, event: &Event) {
        let body = text::searchable(event);
        if !body.is_empty() {
            self.waiting.push((row, body));
        }
    }

    /// Takes what came later.
    pub(super) fn extend(&mut self, later: Self) {
        if !self.left {
            self.waiting.extend(later.waiting);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether they have become too many to wait.
    pub(super) fn are_many(&self) -> bool {
        self.waiting.len() > MAX_WAITING
    }

    /// Leaves out these and all that follow.
    pub(super) fn leave(&mut self) {
        *self = Self { waiting: Vec::new(), left: true };
    }

    /// They are in the index.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// Writes them into the index, within a transaction of the caller's.
    ///
    /// Never between events: each event begins a savepoint, for its triggers may refuse it, and a
    /// savepoint makes the index write out what it has gathered as a segment of its own.
    pub(super) fn write(&self, conn: &Connection) -> Result<(), StoreError> {
        let fault = StoreError::sql("making the log searchable");
        let mut insert = conn
            .prepare_cached("INSERT INTO words (rowid, body) VALUES (?1, ?2)")
            .map_err(&fault)?;
        for (row, body) in &self.waiting {
            insert.execute(params![row, body]).map_err(&fault)?;
        }
        Ok(())
    }
}
