//! The fold of the log as a cache beside it: `log.state`. Delete it at any time.
//!
//! It is used only if it was made by this very program from this very log, is whole, and the event
//! that it ends with still stands where it stood. Anything else is as if there were none.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
    time::SystemTime,
};

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use super::{error::StoreError, identity::LogId, row::signed};
use crate::domain::{Seq, State, hash};

/// Fewer new events than this are folded again sooner than a cache is written.
pub(super) const WORTHWHILE: u64 = 5_000;

/// Largest cache that is read; a state of this size is folded from the log instead.
const MAX_CACHE: u64 = 256 * 1024 * 1024;

/// A shorter one is read at once: a thread for it takes longer to begin.
const SHORT: u64 = 32 * 1024;

/// The cache's first line.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    program: String,
    log: String,
    seq: Seq,
    /// Digest of the event at `seq` as stored.
    event: String,
    /// Digest of the state that follows.
    state: String,
}

fn place(db: &Path) -> PathBuf {
    db.with_extension("state")
}

/// Which program folds: its version, and the size and time of its file. A version alone would let
/// a developer's next build use the fold of the one before.
fn program() -> Option<String> {
    let meta = std::env::current_exe().and_then(|exe| exe.metadata()).ok()?;
    let built = meta.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(format!("{} {} {}", env!("CARGO_PKG_VERSION"), meta.len(), built.as_nanos()))
}

fn event_digest(conn: &Connection, log: &LogId, seq: Seq) -> Option<String> {
    let sql = "SELECT at, kind, v, data FROM event WHERE log_id = ?1 AND seq = ?2";
    conn.query_row(sql, (log.as_str(), signed(seq.0)), |row| {
        let event: (i64, String, i64, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(hash::of(&event))
    })
    .ok()
}

/// A cache as it lies there.
pub(super) struct Cached {
    head: Head,
    state: State,
}

/// A cache that has been read, or, where it is long, that is being read while the log is opened.
/// Whether it is of that log is looked at once the log is open.
pub(super) enum Reading {
    Read(Option<Box<Cached>>),
    Thread(JoinHandle<Option<Cached>>),
}

impl Reading {
    /// Begins to read the cache beside a log, if there is one.
    pub(super) fn begin(db: &Path) -> Option<Self> {
        let path = place(db);
        let found = path.metadata().ok().filter(std::fs::Metadata::is_file)?;
        Some(if found.len() < SHORT {
            Self::Read(read(&path).map(Box::new))
        } else {
            Self::Thread(thread::spawn(move || read(&path)))
        })
    }

    pub(super) fn end(self) -> Option<Cached> {
        match self {
            Self::Read(cached) => cached.map(|cached| *cached),
            Self::Thread(thread) => thread.join().ok()?,
        }
    }
}

/// The cache beside a log, if it is whole.
pub(super) fn read_beside(db: &Path) -> Option<Cached> {
    read(&place(db))
}

fn read(path: &Path) -> Option<Cached> {
    // Nothing else is opened: one that nobody writes to would never end.
    path.metadata().ok().filter(|found| found.is_file() && found.len() <= MAX_CACHE)?;
    let bytes = fs::read(path).ok()?;
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (head, state) = (&bytes[..end], &bytes[end + 1..]);
    let head: Head = serde_json::from_slice(head).ok()?;
    (Some(&head.program) == program().as_ref() && head.state == hash::bytes(state)).then_some(())?;
    Some(Cached { head, state: serde_json::from_slice(state).ok()? })
}

impl Cached {
    /// The fold and the place of its last event, if it is of this very log.
    pub(super) fn of(self, conn: &Connection, log: &LogId) -> Option<(State, Seq)> {
        let Self { head, state } = self;
        let event = event_digest(conn, log, head.seq)?;
        (head.log == log.as_str() && head.event == event).then_some((state, head.seq))
    }
}

/// Writes the cache, whole or not at all. `None` if it could not be written.
pub(super) fn save(
    conn: &Connection,
    log: &LogId,
    db: &Path,
    state: &State,
    seq: Seq,
) -> Option<()> {
    let state = serde_json::to_vec(state).ok()?;
    let head = Head {
        program: program()?,
        log: log.to_string(),
        seq,
        event: event_digest(conn, log, seq)?,
        state: hash::bytes(&state),
    };
    let mut file = tempfile::NamedTempFile::new_in(db.parent()?).ok()?;
    serde_json::to_writer(&mut file, &head).ok()?;
    file.write_all(b"\n").and_then(|()| file.write_all(&state)).ok()?;
    // Not synced: a cache cut short by a power loss has another digest.
    file.persist(place(db)).ok()?;
    Some(())
}

/// Removes the cache, if there is one.
pub(super) fn remove(db: &Path) -> Result<(), StoreError> {
    let path = place(db);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::file("removing the cached fold", &path)(error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logger::{
        samples,
        store::{Access, Store},
    };

    fn load(conn: &Connection, log: &LogId, db: &Path) -> Option<(State, Seq)> {
        let early = Reading::begin(db).and_then(Reading::end);
        let cached = early.and_then(|one| one.of(conn, log));
        assert_eq!(cached, read_beside(db).and_then(|one| one.of(conn, log)));
        cached
    }

    /// A log that is long enough to be worth a cache, and its path.
    fn long() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.db");
        let mut store = Store::open(&path, Access::Write).unwrap();
        let mut records = samples::every();
        let next = records.len() as u64 + 1;
        records.extend(samples::notes(next..=WORTHWHILE + 20));
        store.append(&records).unwrap();
        (dir, path)
    }

    fn fold(path: &Path) -> (Vec<u8>, Seq) {
        let replayed = Store::open(path, Access::Write).unwrap().replay().unwrap();
        (serde_json::to_vec(&replayed.state).unwrap(), replayed.last)
    }

    #[test]
    fn the_fold_is_the_same_byte_for_byte_with_and_without_the_cache() {
        let (_dir, path) = long();
        let without = fold(&path);
        assert!(place(&path).exists());
        let store = Store::open(&path, Access::Read).unwrap();
        let conn = Connection::open(&path).unwrap();
        assert!(load(&conn, store.log_id(), &path).is_some());
        drop(store);
        assert_eq!(fold(&path), without);

        // Events after the cache are folded on top of it.
        let more = WORTHWHILE + 21;
        let mut store = Store::open(&path, Access::Write).unwrap();
        store.append(&samples::notes(more..=more + 5)).unwrap();
        drop(store);
        let with = fold(&path);
        remove(&path).unwrap();
        assert_eq!(fold(&path), with);
    }

    #[test]
    fn a_cache_that_does_not_fit_is_as_if_there_were_none() {
        let (_dir, path) = long();
        fold(&path);
        let good = fs::read(place(&path)).unwrap();
        let store = Store::open(&path, Access::Read).unwrap();
        let conn = Connection::open(&path).unwrap();
        let usable = |bytes: &[u8]| {
            fs::write(place(&path), bytes).unwrap();
            load(&conn, store.log_id(), &path).is_some()
        };
        let text = String::from_utf8(good.clone()).unwrap();
        assert!(usable(&good));
        assert!(!usable(&good[..good.len() - 1]), "cut short");
        assert!(!usable(b""), "empty");
        assert!(!usable(text.replacen("say-hello", "say-hallo", 1).as_bytes()), "changed");
        assert!(!usable(text.replacen(store.log_id().as_str(), samples::LOG, 1).as_bytes()), "log");
        assert!(!usable(text.replacen("\"program\":\"", "\"program\":\"9", 1).as_bytes()), "build");
        let seq = format!("\"seq\":{}", WORTHWHILE + 20);
        assert!(!usable(text.replacen(&seq, "\"seq\":7", 1).as_bytes()), "another event");
        assert!(!usable(text.replacen(&seq, "\"seq\":999999", 1).as_bytes()), "no such event");
    }

    #[test]
    fn a_reader_writes_no_cache() {
        let (_dir, path) = long();
        Store::open(&path, Access::Read).unwrap().replay().unwrap();
        assert!(!place(&path).exists());
    }
}
