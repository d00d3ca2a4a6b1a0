//! Opening the database file: what it must be, how a connection is set, which schema it has.

use std::{
    fs::File,
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, TransactionBehavior, config::DbConfig};

use super::{
    error::StoreError,
    identity::LogId,
    jsonl, place, prefix,
    schema::{APPLICATION_ID, MIGRATIONS},
};

/// `SQLite` before 3.51.3 could lose committed writes (the WAL-reset bug).
const OLDEST_SQLITE: i32 = 3_051_003;

/// How long a statement waits for another process's, such as a reader's checkpoint.
const PATIENCE: Duration = Duration::from_secs(5);

/// The write-ahead log file is cut back to this many bytes after it has been written over.
const MAX_WAL: i64 = 64 * 1024 * 1024;

/// The path with links in its folders resolved, so that a link in place of the file itself can be
/// refused.
pub(super) fn settle(path: &Path) -> Result<PathBuf, StoreError> {
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    let dir = match dir.canonicalize() {
        Ok(dir) => dir,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(StoreError::Missing(path.to_owned()));
        }
        Err(error) => return Err(StoreError::file("looking at", dir)(error)),
    };
    let name = path.file_name().ok_or_else(|| StoreError::Missing(path.to_owned()))?;
    Ok(dir.join(name))
}

/// What a look at the first bytes of a file shows, before anything opens it as a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    Absent,
    /// Nothing in it yet.
    Blank,
    Log,
}

/// Looks at a file's header, so that what is not ours is never opened, let alone changed.
/// Offsets from the `SQLite` file format, 1.3.
pub(super) fn face(path: &Path) -> Result<Face, StoreError> {
    let foreign = |what: &str| StoreError::Foreign { path: path.to_owned(), what: what.to_owned() };
    let mut header = Vec::new();
    match File::open(path) {
        Ok(file) => {
            let read = file.take(100).read_to_end(&mut header);
            read.map_err(StoreError::file("reading", path))?;
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Face::Absent),
        Err(error) => return Err(StoreError::file("opening", path)(error)),
    }
    if header.is_empty() {
        return Ok(Face::Blank);
    }
    if header.len() < 100 || !header.starts_with(b"SQLite format 3\0") {
        return Err(foreign("it is no SQLite database"));
    }
    let number = |at: usize| {
        let bytes = [header[at], header[at + 1], header[at + 2], header[at + 3]];
        i32::from_be_bytes(bytes)
    };
    if number(68) != APPLICATION_ID {
        return Err(foreign("it is a database of another program"));
    }
    not_newer(path, i64::from(number(60)), MIGRATIONS)?;
    Ok(Face::Log)
}

fn not_newer(path: &Path, found: i64, scripts: &[&str]) -> Result<(), StoreError> {
    let known = i64::try_from(scripts.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::Newer { path: path.to_owned(), found, known });
    }
    Ok(())
}

/// The built-in `SQLite` must be one that keeps what it has committed.
pub(super) fn assert_sqlite() -> Result<(), StoreError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(StoreError::OldSqlite { found: rusqlite::version().to_owned() });
    }
    Ok(())
}

/// Opens the log for its one writer and brings its schema up to date. Makes it if there is none.
pub(super) fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    let fault = StoreError::sql("opening the log");
    match face(path)? {
        Face::Absent | Face::Blank => make(path)?,
        Face::Log => {}
    }
    place::guard(path)?;
    let mut conn = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    migrate(&mut conn, path, MIGRATIONS)?;
    begin_wal(&conn, path)?;
    conn.pragma_update(None, "synchronous", "full").map_err(&fault)?;
    conn.pragma_update(None, "journal_size_limit", MAX_WAL).map_err(&fault)?;
    Ok(conn)
}

/// Makes an empty log. It comes to its name whole, so that nothing on the way there has to wait for
/// the disk but its end.
fn make(path: &Path) -> Result<(), StoreError> {
    let fault = StoreError::sql("making the log");
    let new = beside(path, ".new");
    for suffix in ["", "-journal", "-wal", "-shm"] {
        // What a start that was killed has left.
        let left = beside(&new, suffix);
        match std::fs::remove_file(&left) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(StoreError::file("removing", &left)(error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    place::make_file(&new)?;
    let mut conn = connect(&new, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    conn.pragma_update(None, "synchronous", "off").map_err(&fault)?;
    // From its first byte on, the file's own header says whose it is.
    migrate(&mut conn, &new, MIGRATIONS)?;
    begin_wal(&conn, &new)?;
    conn.close().map_err(|(_, error)| fault(error))?;
    let synced = File::open(&new).and_then(|file| file.sync_all());
    synced.map_err(StoreError::file("syncing", &new))?;
    std::fs::rename(&new, path).map_err(StoreError::file("creating", path))?;
    path.parent().map_or(Ok(()), place::sync_dir)
}

fn begin_wal(conn: &Connection, path: &Path) -> Result<(), StoreError> {
    let mode: String = conn
        .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))
        .map_err(StoreError::sql("opening the log"))?;
    if mode != "wal" {
        let kind = "a write-ahead log cannot be kept on it".to_owned();
        return Err(StoreError::Network { path: path.to_owned(), kind });
    }
    Ok(())
}

/// The file of this name with something added.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.to_owned().into_os_string();
    name.push(suffix);
    PathBuf::from(name)
}

/// Opens the log for reading. The connection cannot write, whatever it is told.
pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let fault = StoreError::sql("opening the log");
    match face(path)? {
        Face::Absent | Face::Blank => return Err(StoreError::Missing(path.to_owned())),
        Face::Log => {}
    }
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    conn.execute_batch(prefix::VOCABULARY).map_err(&fault)?;
    conn.pragma_update(None, "query_only", true).map_err(&fault)?;
    let found = version(&conn)?;
    not_newer(path, found, MIGRATIONS)?;
    if usize::try_from(found).is_ok_and(|found| found < MIGRATIONS.len()) {
        return Err(StoreError::Older { path: path.to_owned(), found });
    }
    Ok(conn)
}

fn connect(path: &Path, access: OpenFlags) -> Result<Connection, StoreError> {
    let fault = StoreError::sql("opening the log");
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let conn = Connection::open_with_flags(path, flags).map_err(&fault)?;
    conn.busy_timeout(PATIENCE).map_err(&fault)?;
    // A log may come from a stranger: its schema gets no say in what our statements do.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true).map_err(&fault)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false).map_err(&fault)?;
    conn.pragma_update(None, "foreign_keys", true).map_err(&fault)?;
    conn.pragma_update(None, "cell_size_check", true).map_err(&fault)?;
    conn.set_prepared_statement_cache_capacity(32);
    Ok(conn)
}

fn version(conn: &Connection) -> Result<i64, StoreError> {
    conn.pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(StoreError::sql("reading the log's schema"))
}

/// Copies the log into an empty file, as it is now, whoever writes meanwhile.
pub(super) fn copy(path: &Path, to: &Path) -> Result<(), StoreError> {
    // A connection of its own: the readers' are told to write nothing, wherever it is.
    let conn = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    conn.execute("VACUUM INTO ?1", [to.to_string_lossy()])
        .map_err(StoreError::sql("copying the log"))?;
    Ok(())
}

/// Runs the scripts that have not run yet, all in one transaction. An older log is copied first.
fn migrate(conn: &mut Connection, path: &Path, scripts: &[&str]) -> Result<(), StoreError> {
    let fault = StoreError::sql("bringing the log's schema up to date");
    let found = version(conn)?;
    not_newer(path, found, scripts)?;
    let done = usize::try_from(found).unwrap_or(0);
    if done == scripts.len() {
        return Ok(());
    }
    if done > 0 {
        back_up(conn, path, found)?;
    }
    let act = conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&fault)?;
    for script in &scripts[done..] {
        act.execute_batch(script).map_err(&fault)?;
    }
    if done == 0 {
        act.pragma_update(None, "application_id", APPLICATION_ID).map_err(&fault)?;
        let since = path.metadata().and_then(|meta| meta.modified());
        let since = since.map_err(StoreError::file("looking at", path))?;
        let meta = (LogId::fresh().as_str().to_owned(), jsonl::time_of_file(since));
        act.execute("INSERT INTO meta (log_id, created) VALUES (?1, ?2)", meta).map_err(&fault)?;
    }
    let version = i64::try_from(scripts.len()).unwrap_or(i64::MAX);
    act.pragma_update(None, "user_version", version).map_err(&fault)?;
    act.commit().map_err(&fault)
}

/// Copies the log beside itself as `<name>.v<schema>.bak` before its schema changes.
fn back_up(conn: &Connection, path: &Path, found: i64) -> Result<(), StoreError> {
    let fault = StoreError::sql("copying the log before its schema changes");
    let copy = beside(path, &format!(".v{found}.bak"));
    if copy.metadata().is_ok_and(|meta| meta.len() > 0) {
        return Ok(());
    }
    // Made empty first, for its owner alone; `VACUUM INTO` accepts an empty file.
    place::make_file(&copy)?;
    conn.execute("VACUUM INTO ?1", [copy.to_string_lossy()]).map_err(&fault)?;
    copy.parent().map_or(Ok(()), place::sync_dir)
}

/// The log's own name.
pub(super) fn log_id(conn: &Connection, path: &Path) -> Result<LogId, StoreError> {
    let fault = StoreError::sql("reading the log's id");
    let text: String =
        conn.query_row("SELECT log_id FROM meta", [], |row| row.get(0)).map_err(fault)?;
    LogId::parse(&text).ok_or_else(|| StoreError::Foreign {
        path: path.to_owned(),
        what: "its id is no UUID".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::logger::{
        samples,
        store::{Access, Store},
    };

    fn log() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.db");
        (dir, path)
    }

    /// Opening for writing and for reading must fail and leave the file as it is.
    fn refused(path: &Path) -> StoreError {
        let before = fs::read(path).unwrap();
        assert!(Store::open(path, Access::Read).is_err());
        let error = Store::open(path, Access::Write).err().unwrap();
        assert_eq!(fs::read(path).unwrap(), before);
        assert!(!path.with_extension("db-wal").exists());
        error
    }

    #[test]
    fn a_log_of_a_newer_schema_is_refused_and_not_touched() {
        let (_dir, path) = log();
        drop(Store::open(&path, Access::Write).unwrap());
        Connection::open(&path).unwrap().pragma_update(None, "user_version", 7).unwrap();
        let error = refused(&path);
        assert!(matches!(error, StoreError::Newer { found: 7, known: 2, .. }), "{error}");
        assert!(error.hint().contains("Update chargehand"));
    }

    #[test]
    fn a_file_of_another_program_is_refused_and_not_touched() {
        let (_dir, path) = log();
        fs::write(&path, "once upon a time\n".repeat(20)).unwrap();
        let error = refused(&path);
        assert!(error.to_string().contains("no SQLite database"), "{error}");

        fs::remove_file(&path).unwrap();
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE bookmarks (url)").unwrap();
        let error = refused(&path);
        assert!(error.to_string().contains("another program"), "{error}");
    }

    #[test]
    fn an_empty_file_left_by_a_crash_becomes_a_log() {
        let (_dir, path) = log();
        fs::write(&path, "").unwrap();
        assert!(matches!(Store::open(&path, Access::Read), Err(StoreError::Missing(_))));
        let mut store = Store::open(&path, Access::Write).unwrap();
        store.append(&samples::notes(1..=1)).unwrap();
    }

    #[test]
    fn what_a_killed_start_left_of_a_log_is_in_nobodys_way() {
        let (_dir, path) = log();
        for left in ["log.db.new", "log.db.new-wal", "log.db.new-journal"] {
            fs::write(path.with_file_name(left), "half").unwrap();
        }
        let mut store = Store::open(&path, Access::Write).unwrap();
        store.append(&samples::notes(1..=1)).unwrap();
        let names = fs::read_dir(path.parent().unwrap()).unwrap();
        let names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
        assert!(!names.iter().any(|name| name.to_string_lossy().contains("new")), "{names:?}");
    }

    #[test]
    fn an_older_log_is_copied_and_then_brought_up_to_date() {
        let (_dir, path) = log();
        Store::open(&path, Access::Write).unwrap().append(&samples::notes(1..=3)).unwrap();
        let id = Store::open(&path, Access::Read).unwrap().log_id().clone();

        let mut conn = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
        let next = [MIGRATIONS, &["CREATE TABLE extra (x INTEGER) STRICT;"]].concat();
        migrate(&mut conn, &path, &next).unwrap();
        assert_eq!(version(&conn).unwrap(), 3);
        assert_eq!(log_id(&conn, &path).unwrap(), id);
        conn.execute("INSERT INTO extra VALUES (1)", []).unwrap();

        let copy = path.with_file_name("log.db.v2.bak");
        assert_eq!(Store::open(&copy, Access::Read).unwrap().last().0, 3);
        assert_eq!(Store::open(&copy, Access::Read).unwrap().log_id(), &id);
    }

    #[test]
    fn a_migration_that_fails_changes_nothing() {
        let (_dir, path) = log();
        drop(Store::open(&path, Access::Write).unwrap());
        let mut conn = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
        let next = [MIGRATIONS, &["CREATE TABLE extra (x); CREATE TABLE event (x);"]].concat();
        assert!(migrate(&mut conn, &path, &next).is_err());
        assert_eq!(version(&conn).unwrap(), 2);
        assert!(conn.execute("INSERT INTO extra VALUES (1)", []).is_err());
    }

    #[test]
    fn a_golden_log_of_every_schema_is_brought_up_to_date_and_reads_the_same() {
        let golden = samples::every();
        for schema in 1..MIGRATIONS.len() {
            let (_dir, path) = log();
            place::make_file(&path).unwrap();
            let mut conn = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
            migrate(&mut conn, &path, &MIGRATIONS[..schema]).unwrap();
            let id = log_id(&conn, &path).unwrap();
            let mut words = crate::logger::words::Words::default();
            for record in &golden {
                let row = crate::logger::row::insert(&conn, &id, record).unwrap();
                words.add(row, &record.event);
            }
            words.write(&conn).unwrap();
            drop(conn);
            assert!(matches!(Store::open(&path, Access::Read), Err(StoreError::Older { .. })));
            let store = Store::open(&path, Access::Write).unwrap();
            assert_eq!(store.log_id(), &id);
            let recall = store.recall().unwrap();
            assert_eq!(recall.last(1_000).unwrap().records, golden);
            let hits = recall.search("unbound", crate::logger::Order::Newest, 9).unwrap();
            assert!(!hits.is_empty());
        }
    }

    #[test]
    fn the_built_in_sqlite_is_new_enough() {
        assert_sqlite().unwrap();
    }
}
