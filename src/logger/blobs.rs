//! Large outputs, kept by digest: `<log's folder>/blobs/ab/<sha256>`.
//!
//! Files and not a table, because sessions store outputs from many threads at once and before the
//! event that names them is written, while the database has one writer; and because the log stays
//! small enough to copy and to read with `sqlite3`.

use std::{
    fs::{self, File},
    io::{ErrorKind, Read, Write},
    path::{Path, PathBuf},
    time::SystemTime,
};

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW, UTIME_OMIT, utimensat};

use super::{error::StoreError, place};
use crate::domain::hash;

/// Most bytes of one output: what a tool call may keep at all.
pub const MAX_BLOB: u64 = 32 * 1024 * 1024;

/// The outputs beside a log. Cheap to clone; any thread may put and get.
#[derive(Clone, Debug)]
pub struct Blobs {
    dir: PathBuf,
}

impl Blobs {
    /// The store in the folder of a log.
    pub fn beside(db: &Path) -> Self {
        Self { dir: db.with_file_name("blobs") }
    }

    /// Makes the folder of the outputs ahead, so that the first of them need not. What does not
    /// succeed is done, or told of, by the first that is stored.
    pub fn begin(&self) {
        if !self.dir.is_dir()
            && place::make_dir(&self.dir).is_ok()
            && let Some(folder) = self.dir.parent()
        {
            let _ = place::sync_dir(folder);
        }
    }

    /// Stores an output and gives its SHA-256 in hex. It is on disk, power loss included, when
    /// this returns; the same output is stored once.
    pub fn put(&self, bytes: &[u8]) -> Result<String, StoreError> {
        let size = bytes.len() as u64;
        if size > MAX_BLOB {
            return Err(StoreError::BlobTooBig { bytes: size, cap: MAX_BLOB });
        }
        let digest = hash::bytes(bytes);
        let path = self.place(&digest)?;
        if self.is_durable(&path, bytes) {
            // It has come again: how long it is kept counts from now. Where that cannot be noted
            // it only goes sooner.
            let now = |nanos| Timespec { tv_sec: 0, tv_nsec: nanos };
            let _ = utimensat(
                CWD,
                &path,
                &Timestamps { last_access: now(UTIME_OMIT), last_modification: now(UTIME_NOW) },
                AtFlags::empty(),
            );
            return Ok(digest);
        }
        let fault = || StoreError::file("storing an output in", &path);
        let dir = path.parent().unwrap_or(&self.dir);
        let is_first = !self.dir.is_dir();
        if !dir.is_dir() {
            place::make_dir(dir)?;
        }
        // A temporary file is its owner's alone from the start (0600).
        let mut file = tempfile::NamedTempFile::new_in(dir).map_err(fault())?;
        file.write_all(bytes).map_err(fault())?;
        // Under its name before it is on disk, so that one wait of the disk's is for both: what a
        // power loss leaves under that name is looked at when the same output comes again.
        let file = file.persist(&path).map_err(|error| fault()(error.error))?;
        let synced = file.sync_all().map_err(fault()).and_then(|()| self.sync_names(dir));
        if synced.is_err() {
            // The system tells of such a fault once, and would call the file sound the next time.
            let _ = fs::remove_file(&path);
        }
        synced?;
        if is_first && let Some(folder) = self.dir.parent() {
            place::sync_dir(folder)?;
        }
        Ok(digest)
    }

    /// Whether exactly these bytes are in a file; if so, they are on disk afterwards.
    fn is_durable(&self, path: &Path, bytes: &[u8]) -> bool {
        let Ok(mut file) = File::open(path) else { return false };
        let mut there = Vec::new();
        file.metadata().is_ok_and(|meta| meta.len() == bytes.len() as u64)
            && Read::by_ref(&mut file).take(MAX_BLOB + 1).read_to_end(&mut there).is_ok()
            && there == bytes
            // Another session may be storing it just now.
            && file.sync_data().is_ok()
            && path.parent().is_some_and(|dir| self.sync_names(dir).is_ok())
    }

    /// Makes the names on the way to an output durable; another session may have made them just now.
    /// What the output's own sync has written already costs nothing here.
    fn sync_names(&self, dir: &Path) -> Result<(), StoreError> {
        place::sync_dir(dir).and_then(|()| place::sync_dir(&self.dir))
    }

    /// The output with a digest, whole and checked against it.
    pub fn get(&self, digest: &str) -> Result<Vec<u8>, StoreError> {
        let path = self.place(digest)?;
        let fault = || StoreError::file("reading an output from", &path);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(StoreError::BlobMissing(digest.to_owned()));
            }
            Err(error) => return Err(fault()(error)),
        };
        let mut bytes = Vec::new();
        file.take(MAX_BLOB + 1).read_to_end(&mut bytes).map_err(fault())?;
        if hash::bytes(&bytes) != digest {
            return Err(StoreError::BlobDamaged(digest.to_owned()));
        }
        Ok(bytes)
    }

    /// Every output that is kept: its digest, its size, when it was last written.
    pub fn all(&self) -> Result<Vec<(String, u64, SystemTime)>, StoreError> {
        let mut found = Vec::new();
        let folders = match fs::read_dir(&self.dir) {
            Ok(folders) => folders,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(found),
            Err(error) => return Err(StoreError::file("listing", &self.dir)(error)),
        };
        for folder in folders {
            let folder = folder.map_err(StoreError::file("listing", &self.dir))?.path();
            if !folder.is_dir() {
                continue;
            }
            for file in fs::read_dir(&folder).map_err(StoreError::file("listing", &folder))? {
                let file = file.map_err(StoreError::file("listing", &folder))?;
                let name = file.file_name().to_string_lossy().into_owned();
                // Something else in the folder is none of ours.
                if self.place(&name).is_ok()
                    && let Ok(meta) = file.metadata()
                {
                    let at = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                    found.push((name, meta.len(), at));
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// Copies every output that is not there yet.
    pub(super) fn copy_to(&self, to: &Path) -> Result<(), StoreError> {
        let there = Self { dir: to.to_owned() };
        for (digest, ..) in self.all()? {
            match self.get(&digest) {
                Ok(bytes) => {
                    there.put(&bytes)?;
                }
                // What is damaged is damaged here too; the event keeps its preview.
                Err(StoreError::BlobDamaged(_) | StoreError::BlobMissing(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Removes an output for good. The events that name it keep their preview.
    pub(super) fn remove(&self, digest: &str) -> Result<(), StoreError> {
        let path = self.place(digest)?;
        match fs::remove_file(&path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(StoreError::file("removing", &path)(error)),
        }
    }

    /// A digest comes from an event and is part of a path: nothing but 64 hex digits will do.
    fn place(&self, digest: &str) -> Result<PathBuf, StoreError> {
        let sound = digest.len() == 64
            && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !sound {
            return Err(StoreError::BlobName(digest.chars().take(80).collect()));
        }
        Ok(self.dir.join(&digest[..2]).join(digest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn blobs() -> (tempfile::TempDir, Blobs) {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::beside(&dir.path().join("log.db"));
        (dir, blobs)
    }

    #[test]
    fn an_output_comes_back_by_its_digest_and_is_its_owners_alone() {
        let (dir, blobs) = blobs();
        let digest = blobs.put(b"whole output").unwrap();
        assert_eq!(blobs.put(b"whole output").unwrap(), digest);
        assert_eq!(blobs.get(&digest).unwrap(), b"whole output");

        let file = dir.path().join("blobs").join(&digest[..2]).join(&digest);
        for path in [file.as_path(), file.parent().unwrap(), &dir.path().join("blobs")] {
            let mode = fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{}", path.display());
        }
    }

    #[test]
    fn a_folder_that_was_made_ahead_is_its_owners_alone_and_takes_outputs() {
        let (dir, blobs) = blobs();
        blobs.begin();
        blobs.begin();
        let mode = fs::metadata(dir.path().join("blobs")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
        let digest = blobs.put(b"output").unwrap();
        assert_eq!(blobs.get(&digest).unwrap(), b"output");
    }

    #[test]
    fn a_damaged_a_missing_and_an_oversized_output_are_told_apart() {
        let (dir, blobs) = blobs();
        let digest = blobs.put(b"abc").unwrap();
        fs::write(dir.path().join("blobs").join(&digest[..2]).join(&digest), b"abd").unwrap();
        assert!(matches!(blobs.get(&digest), Err(StoreError::BlobDamaged(_))));
        assert_eq!(blobs.put(b"abc").unwrap(), digest);
        assert_eq!(blobs.get(&digest).unwrap(), b"abc", "the same output mends it");
        assert!(matches!(blobs.get(&"0".repeat(64)), Err(StoreError::BlobMissing(_))));
        let cap = usize::try_from(MAX_BLOB).unwrap();
        assert!(matches!(blobs.put(&vec![0; cap + 1]), Err(StoreError::BlobTooBig { .. })));
    }

    #[test]
    fn a_digest_that_is_a_path_reaches_nothing() {
        let (_dir, blobs) = blobs();
        for name in ["", "../../etc/passwd", &"A".repeat(64), &"/".repeat(64), "é"] {
            assert!(matches!(blobs.get(name), Err(StoreError::BlobName(_))), "{name}");
        }
    }
}
