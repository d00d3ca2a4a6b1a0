//! The file of the write-ahead log, kept such that a commit has little to wait for.
//!
//! Appending to a file makes the disk note its new length at every sync; writing over what is there
//! does not, and is twice as fast. `SQLite` writes over its log once that has been copied into the
//! database. So the file is grown before it is needed, and copied back while nobody waits.

use std::{fs::OpenOptions, io::Write as _, path::Path};

use rusqlite::Connection;

use super::{db::beside, error::StoreError};

/// Bytes that the file is grown to: what `COPY_AFTER` commits of a usual size fill.
const GROWN: u64 = 1536 * 1024;

/// Commits after which the log is copied into the database. `SQLite` does it by itself at 1,000
/// pages, in the commit that reaches them.
const COPY_AFTER: u32 = 32;

/// What has been done for the file.
#[derive(Debug, Default)]
pub(super) struct Tended {
    prepared: bool,
    /// Appends since it was last copied into the database.
    appends: u32,
}

impl Tended {
    /// Notes an append.
    pub(super) fn appended(&mut self) {
        self.appends += 1;
    }

    /// Does what the next appends would else wait for.
    pub(super) fn tend(&mut self, conn: &Connection, db: &Path) -> Result<(), StoreError> {
        if !self.prepared {
            // Once, whatever comes of it: without it appends are only slower.
            self.prepared = true;
            begin(conn)?;
            grow(db)?;
        }
        if self.appends >= COPY_AFTER {
            self.appends = 0;
            copy(conn)?;
        }
        Ok(())
    }
}

/// Grows the file with zeros. They are no frames: a frame counts only with the salts of the
/// header and a sum over all before it, so that whoever reads the log stops before them (`SQLite`
/// file format, 4.3 and 4.4).
fn grow(db: &Path) -> Result<(), StoreError> {
    let path = beside(db, "-wal");
    let grown = || {
        let mut file = OpenOptions::new().append(true).open(&path)?;
        let wanted = GROWN.saturating_sub(file.metadata()?.len());
        if wanted > 0 {
            file.write_all(&vec![0; usize::try_from(wanted).unwrap_or(0)])?;
            file.sync_data()?;
        }
        Ok(())
    };
    grown().map_err(StoreError::file("growing", &path))
}

/// Begins the file with a commit that changes nothing. The first commit after the opening writes
/// the file's header and has its folder know it, each with a sync of its own.
fn begin(conn: &Connection) -> Result<(), StoreError> {
    let fault = StoreError::sql("beginning the write-ahead log");
    let version: i64 =
        conn.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(&fault)?;
    conn.pragma_update(None, "user_version", version).map_err(fault)
}

/// Copies the log into the database as far as no reader is in the way, so that it begins anew.
fn copy(conn: &Connection) -> Result<(), StoreError> {
    conn.pragma_query(None, "wal_checkpoint", |_| Ok(()))
        .map_err(StoreError::sql("copying the write-ahead log"))
}
