//! The one writer's lock: advisory, held by an open file, gone with its process.

use std::{
    fs::{File, OpenOptions},
    io::{Read, Seek},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::Path,
};

use rustix::fs::FlockOperation;

use super::{error::StoreError, jsonl};

/// Longest lock file that is read; ours are far shorter.
const MAX_NOTE: u64 = 256;

/// Written before the time is known; what follows of an older note is another line.
const UNKNOWN: &[u8] = b"pid 0\n";

/// Held as long as this lives. The file stays: to remove it would let two processes hold two.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a log without waiting, or says who holds it.
    ///
    /// The file names the holder's pid and the time it took the lock (the file system's clock),
    /// for people; what decides is the kernel's lock, so that a reused pid fools nobody.
    pub fn take(path: &Path) -> Result<Lock, StoreError> {
        let fault = || StoreError::file("locking", path);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(fault())?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(held(path, &mut file)),
            Err(errno) => return Err(fault()(errno.into())),
        }
        // The first write sets the file's time, which then goes into it.
        file.write_all_at(UNKNOWN, 0).map_err(fault())?;
        let meta = file.metadata().map_err(fault())?;
        let since = jsonl::time_of_file(meta.modified().map_err(fault())?);
        let note = format!("pid {} since {since}\n", std::process::id());
        file.write_all_at(note.as_bytes(), 0).map_err(fault())?;
        // It is mostly as long as the one before: to empty a file first takes longer than all this.
        if meta.len() != note.len() as u64 {
            file.set_len(note.len() as u64).map_err(fault())?;
        }
        Ok(Lock { _file: file })
    }
}

/// Whether somebody has the log open for writing now. What cannot be looked at counts as written.
pub fn is_written(log: &Path) -> bool {
    is_held(&log.with_extension("lock"))
}

fn is_held(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return true };
    // Shared, and given back at once: two that look do not see each other.
    rustix::fs::flock(&file, FlockOperation::NonBlockingLockShared).is_err()
}

fn held(path: &Path, file: &mut File) -> StoreError {
    let mut note = String::new();
    // The holder may be writing its note just now: then the pid is 0 and the time unknown.
    let _ = file.rewind();
    let _ = file.take(MAX_NOTE).read_to_string(&mut note);
    let mut words = note.lines().next().unwrap_or("").split_whitespace().skip(1);
    let pid = words.next().and_then(|pid| pid.parse().ok()).unwrap_or(0);
    let since = words.nth(1).unwrap_or("an unknown time").to_owned();
    StoreError::Busy { path: path.to_owned(), pid, since }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_taker_is_told_the_first_ones_pid_and_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.lock");
        let first = Lock::take(&path).unwrap();
        let Err(StoreError::Busy { pid, since, .. }) = Lock::take(&path) else {
            panic!("two hold the lock");
        };
        assert_eq!(pid, std::process::id());
        assert!(since.ends_with('Z'), "{since}");
        assert!(is_held(&path));
        drop(first);
        assert!(!is_held(&path));
        Lock::take(&path).unwrap();
        assert!(!is_held(&path), "looking keeps nothing");
    }

    #[test]
    fn a_lock_file_left_by_a_dead_process_holds_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.lock");
        std::fs::write(&path, "pid 1 since 2026-01-01T00:00:00.000Z\n").unwrap();
        Lock::take(&path).unwrap();
    }

    #[test]
    fn nothing_is_left_of_an_older_note() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.lock");
        for old in ["", "pid 1\n", "pid 4000000000 since 2026-01-01T00:00:00.000Z, as they say\n"] {
            std::fs::write(&path, old).unwrap();
            let _lock = Lock::take(&path).unwrap();
            let note = std::fs::read_to_string(&path).unwrap();
            let line = note.strip_suffix("Z\n").unwrap();
            assert!(line.starts_with(&format!("pid {} since 2", std::process::id())), "{note}");
            assert_eq!(line.len(), line.trim_end().len());
            assert_eq!(note.lines().count(), 1, "{note}");
        }
    }

    #[test]
    fn while_a_note_is_written_the_older_one_is_not_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.lock");
        let mut file = File::options().read(true).write(true).create_new(true).open(&path).unwrap();
        file.write_all_at(b"pid 77 since 2026-01-01T00:00:00.000Z\n", 0).unwrap();
        file.write_all_at(UNKNOWN, 0).unwrap();
        let StoreError::Busy { pid, since, .. } = held(&path, &mut file) else { panic!() };
        assert_eq!((pid, since.as_str()), (0, "an unknown time"));
    }
}
