//! The store: the only place that writes the log.

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use rusqlite::{Connection, TransactionBehavior};

use super::{
    ahead,
    blobs::Blobs,
    db,
    error::StoreError,
    identity::LogId,
    jsonl,
    lock::Lock,
    place,
    recall::{self, Recall, Recalled},
    row::{self, Quarantined},
    snapshot, wal,
    words::Words,
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
    /// Of events that are appended and cannot be searched yet.
    words: Words,
    tended: wal::Tended,
    /// The cached fold, while it is read beside the opening.
    cached: Mutex<Option<snapshot::Reading>>,
    /// Held by a writer; the field's drop lets go, after the connection's.
    lock: Option<Lock>,
}

impl Store {
    /// Opens the log at a path. For writing, its folder and file are made if they are not there
    /// (0700, 0600); a second writer gets `StoreError::Busy` and may open for reading. The folder
    /// is the log's own: it is closed to others.
    pub fn open(path: &Path, access: Access) -> Result<Self, StoreError> {
        db::assert_sqlite()?;
        let cached;
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
                cached = snapshot::Reading::begin(&path);
                let lock = Lock::take(&path.with_extension("lock"))?;
                (db::open_writer(&path)?, path, Some(lock))
            }
            Access::Read => {
                let path = db::settle(path)?;
                place::must_be_local(path.parent().unwrap_or(Path::new("/")))?;
                cached = snapshot::Reading::begin(&path);
                (db::open_reader(&path)?, path, None)
            }
        };
        let log = db::log_id(&conn, &path)?;
        let last = last(&conn, &log)?;
        let mut store = Self {
            conn,
            path,
            log,
            last,
            // As the writer's connection is set.
            durability: Durability::Full,
            commits: Commits::default(),
            words: Words::default(),
            tended: wal::Tended::default(),
            cached: Mutex::new(cached),
            lock,
        };
        if access == Access::Write
            && let Err(error) = store.make_up_all()
        {
            store.words.clear();
            let is_mended =
                matches!(error, StoreError::Damaged { .. }) && store.index_anew().is_ok();
            // An index that stays damaged is no reason not to go on with the log itself.
            if !is_mended {
                store.leave_unindexed();
            }
        }
        Ok(store)
    }

    /// Takes up the words of every event into an index that has none.
    pub(super) fn index_all(&mut self) -> Result<(), StoreError> {
        self.words = Words::default();
        self.make_up(0)?;
        self.index()
    }

    /// Takes up all that the index lacks. Much of it is written at once, so that an index that
    /// takes nothing shows.
    fn make_up_all(&mut self) -> Result<(), StoreError> {
        let last = Words::last(&self.conn)?;
        self.make_up(last)?;
        if self.words.are_many() { self.index() } else { Ok(()) }
    }

    /// Takes up what the index lacks behind a row. What a crash has lost is little and waits.
    fn make_up(&mut self, mut from: i64) -> Result<(), StoreError> {
        loop {
            let (words, more) = Words::behind(&self.conn, from)?;
            self.words.extend(words);
            let Some(next) = more else { return Ok(()) };
            self.index()?;
            from = next;
        }
    }

    /// The log's id.
    pub fn log_id(&self) -> &LogId {
        &self.log
    }

    /// The database file, links in its folders resolved.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it was opened for.
    pub fn access(&self) -> Access {
        if self.lock.is_some() { Access::Write } else { Access::Read }
    }

    /// The connection, for what else of this room writes.
    pub(super) fn connection(&mut self) -> &mut Connection {
        &mut self.conn
    }

    /// The place of the last event: 0 in an empty log. For a reader, as of its opening.
    pub fn last(&self) -> Seq {
        self.last
    }

    /// How often this store has written.
    pub fn commits(&self) -> Commits {
        self.commits
    }

    /// Appends records, all of them or none.
    ///
    /// When it returns, the end of the process cannot undo it; if any record is a boundary, neither
    /// can a power loss. The first seq must follow the last of the log. The words of a few records
    /// can be searched after [`Store::tend`], those of many at once.
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
        let mut words = Words::default();
        for record in records {
            words.add(row::insert(&act, &self.log, record)?, &record.event);
        }
        act.commit().map_err(&fault)?;
        self.last = Seq(last);
        self.words.extend(words);
        if self.words.are_many() && self.index().is_err() {
            self.leave_unindexed();
        }
        self.tended.appended();
        match self.durability {
            Durability::Full => self.commits.durable += 1,
            Durability::Normal => self.commits.relaxed += 1,
        }
        Ok(())
    }

    /// Does what nobody waits for: makes searchable what was appended, and prepares the next
    /// appends. For the writer, whenever it has nothing to write.
    ///
    /// An error loses nothing: what was appended is safe, and its words come with a later call or
    /// the next opening.
    pub fn tend(&mut self) -> Result<(), StoreError> {
        if self.lock.is_none() {
            return Ok(());
        }
        self.index()?;
        self.tended.tend(&self.conn, &self.path)
    }

    /// Gives up making words searchable until the next opening, which makes up for all that the
    /// index lacks.
    fn leave_unindexed(&mut self) {
        self.words.leave();
    }

    /// Writes the words that wait into the index.
    fn index(&mut self) -> Result<(), StoreError> {
        if self.words.is_empty() {
            return Ok(());
        }
        self.set_durability(Durability::Normal)?;
        let fault = StoreError::sql("making the log searchable");
        let act =
            self.conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&fault)?;
        self.words.write(&act)?;
        act.commit().map_err(&fault)?;
        self.words.clear();
        // What comes next is mostly a boundary, which somebody waits for.
        self.set_durability(Durability::Full)
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
        let reading = self.cached.lock().unwrap_or_else(PoisonError::into_inner).take();
        let cached = match reading {
            Some(reading) => reading.end(),
            None => snapshot::read_beside(&self.path),
        };
        let cached = cached.and_then(|cached| cached.of(&self.conn, &self.log));
        let (mut state, from) = cached.unwrap_or_default();
        let mut quarantined = Vec::new();
        let mut last = from;
        let mut fold = |read: Result<Record, Quarantined>| match read {
            Ok(record) => {
                last = record.seq;
                state.apply(&record);
            }
            Err(one) => {
                last = last.max(one.seq);
                quarantined.push(one);
            }
        };
        if self.last.0.saturating_sub(from.0) >= ahead::WORTHWHILE {
            ahead::scan(&self.conn, &self.log, from, fold)?;
        } else {
            row::scan(&self.conn, &self.log, from, |read| {
                fold(read);
                Ok(())
            })?;
        }
        let far = last.0 - from.0 >= snapshot::WORTHWHILE;
        if self.lock.is_some() && quarantined.is_empty() && far {
            // Only a cache: a fold that could not be kept is folded again next time.
            let _ = snapshot::save(&self.conn, &self.log, &self.path, &state, last);
        }
        Ok(Replayed { state, last, quarantined })
    }

    /// The newest so many events, oldest first, without a handle of its own. Where the file is
    /// damaged on the way there, [`Recall::last`] reads around it.
    pub fn newest(&self, count: usize) -> Result<Recalled, StoreError> {
        recall::newest(&self.conn, &self.log, count)
    }

    /// A handle of its own for reading, to be given to another thread. It sees every append; it
    /// finds the words of those that were tended to.
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

impl Drop for Store {
    fn drop(&mut self) {
        // What does not succeed is made up at the next opening.
        let _ = self.index();
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
    })?;
    // What came from others goes on to others, as it is.
    let fault = StoreError::sql("exporting what was imported");
    let sql = "SELECT line FROM foreign_event ORDER BY log_id, seq, digest";
    let mut select = conn.prepare_cached(sql).map_err(&fault)?;
    let lines = select.query_map([], |row| row.get::<_, String>(0)).map_err(&fault)?;
    for line in lines {
        let line = line.map_err(&fault)?;
        writeln!(out, "{line}").map_err(StoreError::file("exporting", path))?;
    }
    Ok(())
}

fn last(conn: &Connection, log: &LogId) -> Result<Seq, StoreError> {
    let sql = "SELECT coalesce(max(seq), 0) FROM event WHERE log_id = ?1";
    let last: i64 = conn
        .query_row(sql, [log.as_str()], |row| row.get(0))
        .map_err(StoreError::sql("reading the log's end"))?;
    Ok(Seq(u64::try_from(last).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;
    use crate::logger::{codec::DecodeError, recall::Filter, samples, search::Order};

    fn log() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("chargehand/log.db");
        (dir, path)
    }

    fn write(path: &Path) -> Store {
        Store::open(path, Access::Write).unwrap()
    }

    /// Opens the database behind the store's back, as `sqlite3` would.
    fn raw(path: &Path) -> Connection {
        Connection::open(path).unwrap()
    }

    #[test]
    fn what_is_appended_is_there_after_reopening_under_the_same_id() {
        let (_dir, path) = log();
        let mut store = write(&path);
        let id = store.log_id().clone();
        store.append(&samples::every()).unwrap();
        drop(store);

        let store = write(&path);
        assert_eq!((store.log_id(), store.last().0), (&id, samples::every().len() as u64));
        assert_eq!(store.recall().unwrap().last(1_000).unwrap().records, samples::every());
    }

    #[test]
    fn a_second_writer_is_told_who_writes_and_may_read() {
        let (_dir, path) = log();
        let mut first = write(&path);
        first.append(&samples::notes(1..=3)).unwrap();
        let Err(StoreError::Busy { pid, .. }) = Store::open(&path, Access::Write) else {
            panic!("two writers");
        };
        assert_eq!(pid, std::process::id());
        let mut reader = Store::open(&path, Access::Read).unwrap();
        assert_eq!(reader.replay().unwrap().last, Seq(3));
        assert!(matches!(reader.append(&samples::notes(4..=4)), Err(StoreError::ReadOnly)));
        first.append(&samples::notes(4..=4)).unwrap();
        drop(first);
        assert_eq!(write(&path).last(), Seq(4));
    }

    #[test]
    fn a_log_that_nobody_writes_can_be_read() {
        let (_dir, path) = log();
        write(&path).append(&samples::notes(1..=2)).unwrap();
        let reader = Store::open(&path, Access::Read).unwrap();
        assert_eq!(reader.recall().unwrap().last(9).unwrap().records, samples::notes(1..=2));
    }

    #[test]
    fn a_long_log_is_folded_as_a_short_one_is_with_its_faults_named() {
        let (_dir, path) = log();
        let mut store = write(&path);
        let most = ahead::WORTHWHILE + 1_000;
        store.append(&samples::notes(1..=most)).unwrap();
        drop(store);
        raw(&path)
            .execute_batch(
                "DROP TRIGGER event_never_changes; DROP TRIGGER event_never_goes;
                 UPDATE event SET data = CAST(zeroblob(9) AS TEXT) WHERE seq = 700;
                 UPDATE event SET actor = 'nobody' WHERE seq = 2000;
                 DELETE FROM event WHERE seq BETWEEN 3000 AND 3002;",
            )
            .unwrap();
        let reader = Store::open(&path, Access::Read).unwrap();
        let long = reader.replay().unwrap();
        let (mut state, mut named) = (State::default(), Vec::new());
        row::scan(&reader.conn, &reader.log, Seq(0), |read| {
            match read {
                Ok(record) => state.apply(&record),
                Err(one) => named.push(one),
            }
            Ok(())
        })
        .unwrap();
        assert_eq!((long.state, long.last), (state, Seq(most)));
        assert_eq!(long.quarantined, named);
        assert_eq!(named.iter().map(|one| one.seq.0).collect::<Vec<_>>(), [700, 2000, 3000]);
    }

    #[test]
    fn reading_makes_no_log() {
        let (_dir, path) = log();
        assert!(matches!(Store::open(&path, Access::Read), Err(StoreError::Missing(_))));
        assert!(!path.exists());
    }

    #[test]
    fn records_that_do_not_follow_are_refused_whole() {
        let (_dir, path) = log();
        let mut store = write(&path);
        store.append(&samples::notes(1..=2)).unwrap();
        for bad in [samples::notes(2..=2), samples::notes(4..=4), {
            let mut two = samples::notes(3..=4);
            two[1].seq = Seq(9);
            two
        }] {
            assert!(matches!(store.append(&bad), Err(StoreError::Gap { expected: 3 | 4, .. })));
        }
        assert_eq!(store.last(), Seq(2));
        assert_eq!(store.replay().unwrap().last, Seq(2));
    }

    #[test]
    fn the_log_itself_refuses_to_change_lose_or_reorder_an_event() {
        let (_dir, path) = log();
        write(&path).append(&samples::notes(1..=3)).unwrap();
        let raw = raw(&path);
        let insert = "(log_id, seq, at, time, actor, revision, kind, v, data)
                      SELECT log_id, 2, at, time, actor, revision, kind, v, data FROM event";
        for sql in [
            "UPDATE event SET data = '{}' WHERE seq = 2".to_owned(),
            "DELETE FROM event WHERE seq = 3".to_owned(),
            format!("REPLACE INTO event {insert} WHERE seq = 2"),
            "UPDATE meta SET log_id = 'x'".to_owned(),
            "DELETE FROM meta".to_owned(),
        ] {
            let error = raw.execute(&sql, []).unwrap_err().to_string();
            assert!(error.starts_with("the log "), "{sql}: {error}");
        }
        assert_eq!(write(&path).replay().unwrap().quarantined, []);
    }

    #[test]
    fn one_bad_event_is_quarantined_by_name_and_hides_no_other() {
        let (_dir, path) = log();
        write(&path).append(&samples::notes(1..=9)).unwrap();
        raw(&path)
            .execute_batch(
                "DROP TRIGGER event_never_changes; DROP TRIGGER event_never_goes;
                 UPDATE event SET data = CAST(zeroblob(64) AS TEXT) WHERE seq = 2;
                 UPDATE event SET data = CAST(x'ff00fe' AS TEXT) WHERE seq = 3;
                 UPDATE event SET kind = 'dream_dreamt' WHERE seq = 4;
                 UPDATE event SET v = 99 WHERE seq = 5;
                 UPDATE event SET actor = 'stranger', attempt = -1 WHERE seq = 6;
                 DELETE FROM event WHERE seq IN (7, 8);",
            )
            .unwrap();
        let store = write(&path);
        let replayed = store.replay().unwrap();
        assert_eq!(replayed.last, Seq(9));
        let named: Vec<String> = replayed.quarantined.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(named.join("\n"), @r#"
        event 2 cannot be read: noted does not have the expected shape: expected value at line 1 column 1
        event 3 cannot be read: data is not UTF-8
        event 4 cannot be read: unknown kind "dream_dreamt"; a newer chargehand may have written it
        event 5 cannot be read: noted has version 99, and this chargehand knows 1
        event 6 cannot be read: "stranger" is no actor
        event 7 cannot be read: events 7 to 8 are missing
        "#);

        let recall = store.recall().unwrap();
        let found = recall.timeline(&Filter::default()).unwrap();
        let seqs: Vec<u64> = found.records.iter().map(|record| record.seq.0).collect();
        assert_eq!(seqs, [1, 9]);
        assert_eq!(found.quarantined.len(), 5);
        assert!(matches!(
            recall.record(Seq(4)),
            Err(StoreError::Unreadable(Quarantined { why: DecodeError::UnknownKind { .. }, .. }))
        ));

        let mut out = Vec::new();
        store.export_jsonl(&mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap().lines().count(), 8);
    }

    #[test]
    fn a_page_that_cannot_be_read_costs_the_events_on_it_alone() {
        let (_dir, path) = log();
        let mut store = write(&path);
        let big = |seq| samples::note(seq, &"word ".repeat(200));
        store.append(&(1..=200).map(big).collect::<Vec<_>>()).unwrap();
        drop(store);
        // A page in the middle of the table, by its place in the file.
        let page: i64 = raw(&path)
            .query_row(
                "SELECT pageno FROM dbstat WHERE name = 'event' AND pagetype = 'leaf'
                        ORDER BY path LIMIT 1 OFFSET 10",
                [],
                |row| row.get(0),
            )
            .unwrap();
        let mut bytes = fs::read(&path).unwrap();
        let at = usize::try_from((page - 1) * 4096).unwrap();
        bytes[at..at + 4096].fill(0);
        fs::write(&path, bytes).unwrap();

        let replayed = write(&path).replay().unwrap();
        assert_eq!(replayed.last, Seq(200));
        let lost = replayed.quarantined.len();
        assert!((1..10).contains(&lost), "{lost}");
    }

    #[test]
    fn folders_and_files_are_their_owners_alone() {
        let (_dir, path) = log();
        let mut store = write(&path);
        store.append(&samples::every()).unwrap();
        store.blobs().put(b"output").unwrap();
        let dir = path.parent().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(dir), 0o700);
        let names: Vec<_> = fs::read_dir(dir).unwrap().map(|one| one.unwrap().path()).collect();
        assert!(names.len() >= 5, "{names:?}");
        for name in names {
            let wanted = if name.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(mode(&name), wanted, "{}", name.display());
        }
    }

    #[test]
    fn a_link_in_place_of_the_log_is_refused() {
        let (dir, path) = log();
        drop(write(&path));
        let link = dir.path().join("link.db");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(Store::open(&link, Access::Write).is_err());
        assert!(Store::open(&link, Access::Read).is_err());
    }

    #[test]
    fn a_full_disk_is_named_and_leaves_nothing_half_written() {
        let (_dir, path) = log();
        let mut store = write(&path);
        store.append(&samples::notes(1..=2)).unwrap();
        let pages: i64 = store.conn.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        store.conn.pragma_update(None, "max_page_count", pages).unwrap();
        let mut big = samples::notes(3..=4);
        big.push(samples::note(5, &"x ".repeat(30_000)));
        let error = store.append(&big).unwrap_err();
        assert!(matches!(error, StoreError::Full { .. }), "{error}");
        assert!(error.hint().contains("Make room"));
        assert_eq!((store.last(), store.replay().unwrap().last), (Seq(2), Seq(2)));

        store.conn.pragma_update(None, "max_page_count", 1_000_000).unwrap();
        store.append(&big).unwrap();
        assert_eq!(store.last(), Seq(5));
    }

    #[test]
    fn only_appends_with_a_boundary_wait_for_the_disk() {
        let (_dir, path) = log();
        let mut store = write(&path);
        let level = |store: &Store| -> i64 {
            store.conn.query_row("PRAGMA synchronous", [], |row| row.get(0)).unwrap()
        };
        store.append(&samples::notes(1..=2)).unwrap();
        assert_eq!(level(&store), 1);
        let held = crate::domain::Event::PlanningResumed;
        store.append(&[samples::note(3, "x"), samples::record(4, held)]).unwrap();
        assert_eq!(level(&store), 2);
        store.append(&samples::notes(5..=5)).unwrap();
        store.append(&[]).unwrap();
        assert_eq!(store.commits(), Commits { durable: 1, relaxed: 2 });
    }

    #[test]
    fn a_time_past_the_year_9999_is_refused() {
        let (_dir, path) = log();
        let mut store = write(&path);
        let mut record = samples::note(1, "x");
        record.at = u64::MAX;
        assert!(matches!(store.append(&[record]), Err(StoreError::Unstorable { seq: 1, .. })));
    }

    #[test]
    fn people_can_read_the_log_with_sqlite3() {
        let (_dir, path) = log();
        let mut store = write(&path);
        store.append(&samples::every()).unwrap();
        let row: (String, String, String, String, u32, u32) = raw(&path)
            .query_row(
                "SELECT id, time, actor, task, attempt, run FROM event WHERE kind = 'reported'",
                [],
                |row| {
                    Ok((
                        row.get(0)?,
                        row.get(1)?,
                        row.get(2)?,
                        row.get(3)?,
                        row.get(4)?,
                        row.get(5)?,
                    ))
                },
            )
            .unwrap();
        assert!(row.0.starts_with(store.log_id().as_str()), "{row:?}");
        assert!(row.1.starts_with("2026-11-22T10:00:"), "{row:?}");
        assert_eq!((row.3.as_str(), row.4, row.5), ("greet", 1, 4));
    }

    #[test]
    fn the_log_cut_off_at_any_byte_is_a_whole_beginning_of_itself() {
        let (dir, path) = log();
        let mut store = write(&path);
        let before = fs::read(&path).unwrap();
        for seq in 1..=12 {
            let resumed = samples::record(seq, crate::domain::Event::PlanningResumed);
            store.append(&[resumed]).unwrap();
        }
        let wal = fs::read(path.with_extension("db-wal")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), before, "nothing was moved into the file yet");
        let mut seen = 0;
        for (case, length) in (0..=wal.len()).step_by(1_777).chain([wal.len()]).enumerate() {
            let copy = dir.path().join(format!("{case}/log.db"));
            fs::create_dir(copy.parent().unwrap()).unwrap();
            fs::write(&copy, &before).unwrap();
            fs::write(copy.with_extension("db-wal"), &wal[..length]).unwrap();
            for path in [copy.parent().unwrap(), &copy] {
                let mode = if path.is_dir() { 0o700 } else { 0o600 };
                fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
            }
            let replayed = write(&copy).replay().unwrap();
            assert_eq!(replayed.quarantined, [], "{length}");
            assert!(replayed.last.0 >= seen, "{length}");
            seen = replayed.last.0;
        }
        assert_eq!(seen, 12);
    }

    /// What a crash would leave: the files as they are now, but for the index of the write-ahead log,
    /// which is never on disk.
    fn crashed(path: &Path) -> (tempfile::TempDir, PathBuf) {
        let (dir, copy) = log();
        fs::create_dir(copy.parent().unwrap()).unwrap();
        for suffix in ["", "-wal"] {
            let file = |path: &Path| format!("{}{suffix}", path.display());
            fs::copy(file(path), file(&copy)).unwrap();
        }
        (dir, copy)
    }

    fn found(path: &Path, word: &str) -> usize {
        Recall::open(path).unwrap().search(word, Order::Newest, 100).unwrap().len()
    }

    #[test]
    fn the_words_of_a_small_append_are_found_once_it_was_tended_to() {
        let (_dir, path) = log();
        let mut store = write(&path);
        store.append(&samples::notes(1..=2)).unwrap();
        store.tend().unwrap();
        assert_eq!(found(&path, "note"), 2);
        store.append(&samples::notes(3..=3)).unwrap();
        drop(store);
        assert_eq!(found(&path, "note"), 3);
    }

    #[test]
    fn many_words_are_found_at_once() {
        let (_dir, path) = log();
        let mut store = write(&path);
        store.append(&samples::notes(1..=2)).unwrap();
        store.append(&samples::notes(3..=80)).unwrap();
        assert_eq!(found(&path, "note"), 80);
        let (_copied, copy) = crashed(&path);
        drop(write(&copy));
        assert_eq!(found(&copy, "note"), 80, "none twice");
    }

    #[test]
    fn words_that_a_crash_lost_are_made_up_by_the_next_writer() {
        let (_dir, path) = log();
        let mut store = write(&path);
        store.append(&samples::notes(1..=3)).unwrap();
        store.tend().unwrap();
        store.append(&samples::notes(4..=9)).unwrap();
        let (_copied, copy) = crashed(&path);
        assert_eq!(found(&copy, "note"), 3);
        let mut next = write(&copy);
        assert_eq!(next.last(), Seq(9));
        next.tend().unwrap();
        assert_eq!(found(&copy, "note"), 9);
        assert_eq!(Recall::open(&copy).unwrap().faults().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_damaged_index_holds_up_neither_the_opening_nor_the_appends() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.db");
        let mut store = Store::open(&path, Access::Write).unwrap();
        store.append(&samples::notes(1..=40)).unwrap();
        drop(store);
        let broken = rusqlite::Connection::open(&path).unwrap();
        broken.execute("UPDATE words_data SET block = x'00ff00ff00ff'", []).unwrap();
        drop(broken);
        let mut store = Store::open(&path, Access::Write).unwrap();
        for from in [41, 81, 121] {
            store.append(&samples::notes(from..=from + 39)).unwrap();
            let _ = store.tend();
        }
        drop(store);
        let store = Store::open(&path, Access::Write).unwrap();
        assert_eq!(store.last(), Seq(160));
        let recall = store.recall().unwrap();
        assert_eq!(recall.last(200).unwrap().records.len(), 160);
        // The opening that found it damaged has made it anew.
        assert_eq!(recall.soundness().unwrap(), crate::logger::Soundness::Sound);
        assert_eq!(recall.search("note", Order::Newest, 200).unwrap().len(), 160);
    }

    #[test]
    fn an_index_that_lacks_much_is_made_up_at_once() {
        let (_dir, path) = log();
        write(&path).append(&samples::notes(1..=2_500)).unwrap();
        raw(&path).execute("INSERT INTO words (words) VALUES ('delete-all')", []).unwrap();
        assert_eq!(found(&path, "note"), 0);
        drop(write(&path));
        let recall = Recall::open(&path).unwrap();
        for number in ["3", "2000", "2499"] {
            assert_eq!(recall.search(number, Order::Best, 9).unwrap().len(), 1, "{number}");
        }
    }

    #[test]
    fn a_grown_write_ahead_log_hides_and_adds_nothing() {
        let (_dir, path) = log();
        let mut store = write(&path);
        store.tend().unwrap();
        let (_empty, copy) = crashed(&path);
        assert_eq!(write(&copy).last(), Seq(0), "grown before the first frame");
        for seq in 1..=5 {
            store.append(&samples::notes(seq..=seq)).unwrap();
        }
        let (_copied, copy) = crashed(&path);
        assert_eq!(write(&copy).replay().unwrap().last, Seq(5));
        assert_eq!(Recall::open(&path).unwrap().last(9).unwrap().records, samples::notes(1..=5));
    }

    #[test]
    fn a_tended_write_ahead_log_begins_anew_instead_of_growing_on() {
        let (_dir, path) = log();
        let mut store = write(&path);
        for seq in 1..=100 {
            store.append(&samples::notes(seq..=seq)).unwrap();
            store.tend().unwrap();
        }
        let length = fs::metadata(format!("{}-wal", path.display())).unwrap().len();
        assert!(length <= 2 * 1024 * 1024, "{length}");
        assert_eq!(store.replay().unwrap().last, Seq(100));
    }
}
