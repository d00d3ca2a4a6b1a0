//! Reading a long log with two threads: one steps through the rows, the other makes records of
//! them and folds.

use std::{ops::Range, sync::mpsc, thread};

use rusqlite::{Connection, Row, types::ValueRef};

use super::{
    error::StoreError,
    identity::LogId,
    row::{self, Columns, Found, Quarantined, WIDTH},
};
use crate::domain::{Record, Seq};

/// Events from which on a second thread is worth its start.
pub(super) const WORTHWHILE: u64 = 5_000;
/// Rows that are handed over at once.
const BATCH: usize = 512;
/// Batches that may lie between the two threads.
const BETWEEN: usize = 4;

/// Rows as they came, their bytes one after the other.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    cells: Vec<Cell>,
    found: Vec<Item>,
}

enum Item {
    /// The next `WIDTH` cells.
    Row,
    Missing(Quarantined),
}

#[derive(Clone)]
enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Text(Range<usize>),
    Blob(Range<usize>),
    Unreadable,
}

/// One row of a batch.
struct Copied<'a> {
    bytes: &'a [u8],
    cells: &'a [Cell],
}

impl Columns for Copied<'_> {
    fn column(&self, column: usize) -> Option<ValueRef<'_>> {
        let bytes = |range: &Range<usize>| self.bytes.get(range.clone());
        match self.cells.get(column)? {
            Cell::Null => Some(ValueRef::Null),
            Cell::Integer(number) => Some(ValueRef::Integer(*number)),
            Cell::Real(number) => Some(ValueRef::Real(*number)),
            Cell::Text(range) => bytes(range).map(ValueRef::Text),
            Cell::Blob(range) => bytes(range).map(ValueRef::Blob),
            Cell::Unreadable => None,
        }
    }
}

impl Batch {
    fn take(&mut self, found: Found<'_, '_>) {
        let row = match found {
            Found::Row(row) => row,
            Found::Missing(one) => return self.found.push(Item::Missing(one)),
        };
        self.found.push(Item::Row);
        for column in 0..WIDTH {
            let cell = self.cell(row, column);
            self.cells.push(cell);
        }
    }

    fn cell(&mut self, row: &Row<'_>, column: usize) -> Cell {
        let mut copied = |bytes: &[u8]| {
            let from = self.bytes.len();
            self.bytes.extend_from_slice(bytes);
            from..self.bytes.len()
        };
        match row.get_ref(column) {
            Ok(ValueRef::Null) => Cell::Null,
            Ok(ValueRef::Integer(number)) => Cell::Integer(number),
            Ok(ValueRef::Real(number)) => Cell::Real(number),
            Ok(ValueRef::Text(bytes)) => Cell::Text(copied(bytes)),
            Ok(ValueRef::Blob(bytes)) => Cell::Blob(copied(bytes)),
            Err(_) => Cell::Unreadable,
        }
    }

    fn give(self, each: &mut impl FnMut(Result<Record, Quarantined>)) {
        let mut rows = self.cells.chunks_exact(WIDTH);
        for item in self.found {
            match item {
                Item::Missing(one) => each(Err(one)),
                Item::Row => {
                    let cells = rows.next().unwrap_or_default();
                    each(row::read(&Copied { bytes: &self.bytes, cells }));
                }
            }
        }
    }
}

/// As [`row::scan`], with the records made and handed over on a thread of their own.
pub(super) fn scan(
    conn: &Connection,
    log: &LogId,
    after: Seq,
    mut each: impl FnMut(Result<Record, Quarantined>) + Send,
) -> Result<(), StoreError> {
    thread::scope(|scope| {
        let (batches, incoming) = mpsc::sync_channel::<Batch>(BETWEEN);
        let taking =
            thread::Builder::new().name("fold".to_owned()).spawn_scoped(scope, move || {
                for batch in incoming {
                    batch.give(&mut each);
                }
            });
        let taking = taking.map_err(|error| StoreError::Database {
            doing: "starting a thread to read the log",
            message: error.to_string(),
        })?;
        let mut batch = Batch::default();
        row::walk(conn, log, after, |found| {
            batch.take(found);
            if batch.found.len() >= BATCH {
                // It is taken as long as the other thread runs; if that broke, joining says so.
                let _ = batches.send(std::mem::take(&mut batch));
            }
            Ok(())
        })?;
        let _ = batches.send(batch);
        drop(batches);
        if let Err(broken) = taking.join() {
            std::panic::resume_unwind(broken);
        }
        Ok(())
    })
}
