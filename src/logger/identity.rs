//! Which log this is, and whether the person's own data folder knows it.
//!
//! A repository can arrive in an archive with a log inside it, forged approvals included. So a log
//! is trusted only where its id is registered with its path in the user's data folder.

use std::{
    ffi::OsStr,
    fmt, fs,
    io::{ErrorKind, Write},
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

use super::{error::StoreError, place, snapshot, store::Store};

/// Longest registration that is read: more than any path can be.
const MAX_PATH: usize = 16 * 1024;

/// A log's name: a UUID made when the log was, in lower case with hyphens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogId(String);

impl LogId {
    /// A new one. The logger may use chance; the domain may not.
    pub(super) fn fresh() -> Self {
        Self(uuid::Uuid::new_v4().to_string())
    }

    /// Reads an id. It becomes a file's name, so nothing but a UUID in its usual form will do.
    pub fn parse(text: &str) -> Option<Self> {
        let uuid = uuid::Uuid::try_parse(text).ok()?.to_string();
        (uuid == text).then_some(Self(uuid))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LogId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// How a log stands with this user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Registered at this path.
    Registered,
    /// Never seen here: read only until the person adopts it.
    Unregistered,
    /// Registered at another path: moved or copied. Read only until the person adopts it.
    Moved { from: PathBuf },
}

/// A log's entry in the user's data folder: `<data>/logs/<log id>`, holding the log's path.
#[derive(Clone, Debug)]
pub struct Identity {
    log: LogId,
    db: PathBuf,
    entry: PathBuf,
}

impl Identity {
    /// The entry of a log under the user's data folder. Touches nothing.
    pub fn of(store: &Store, data: &Path) -> Self {
        Self {
            log: store.log_id().clone(),
            db: store.path().to_owned(),
            entry: data.join("logs").join(store.log_id().as_str()),
        }
    }

    /// How the log stands.
    pub fn standing(&self) -> Result<Registration, StoreError> {
        let bytes = match fs::read(&self.entry) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Registration::Unregistered);
            }
            Err(error) => return Err(StoreError::file("reading", &self.entry)(error)),
        };
        let path = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let from = PathBuf::from(OsStr::from_bytes(&path[..path.len().min(MAX_PATH)]));
        Ok(if from == self.db { Registration::Registered } else { Registration::Moved { from } })
    }

    /// Registers the log here: the person's word that they trust what is in it.
    ///
    /// A cached fold that came along is dropped, so that what counts is what the log says.
    pub fn adopt(&self) -> Result<(), StoreError> {
        let fault = || StoreError::file("registering the log in", &self.entry);
        snapshot::remove(&self.db)?;
        let dir = self.entry.parent().unwrap_or(Path::new("."));
        place::make_dir(dir)?;
        let mut line = self.db.clone().into_os_string().into_vec();
        line.push(b'\n');
        // A temporary file is its owner's alone from the start (0600).
        let mut file = tempfile::NamedTempFile::new_in(dir).map_err(fault())?;
        file.write_all(&line).and_then(|()| file.as_file().sync_all()).map_err(fault())?;
        file.persist(&self.entry).map_err(|error| fault()(error.error))?;
        place::sync_dir(dir)
    }

    /// Registers a log that nobody knows and that holds no event yet, which can carry nothing
    /// forged; says how the log stands then.
    pub fn admit(&self, store: &Store) -> Result<Registration, StoreError> {
        match self.standing()? {
            Registration::Unregistered if store.last().0 == 0 => {
                self.adopt()?;
                Ok(Registration::Registered)
            }
            standing => Ok(standing),
        }
    }

    /// The log's id.
    pub fn log(&self) -> &LogId {
        &self.log
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::logger::{samples, store::Access};

    #[test]
    fn an_id_that_is_not_a_plain_uuid_is_refused() {
        assert!(LogId::parse(samples::LOG).is_some());
        for bad in ["", "../../etc/passwd", &samples::LOG.to_uppercase(), "{0b0e7a52}", "x"] {
            assert!(LogId::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_new_log_is_admitted_and_stays_registered() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let path = dir.path().join("repo/log.db");
        let mut store = Store::open(&path, Access::Write).unwrap();
        let identity = Identity::of(&store, &data);
        assert_eq!(identity.standing().unwrap(), Registration::Unregistered);
        assert_eq!(identity.admit(&store).unwrap(), Registration::Registered);
        store.append(&samples::notes(1..=1)).unwrap();
        assert_eq!(identity.standing().unwrap(), Registration::Registered);
        assert_eq!(identity.admit(&store).unwrap(), Registration::Registered);

        let entry = data.join("logs").join(identity.log().as_str());
        assert_eq!(fs::metadata(entry).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_log_with_events_that_nobody_knows_waits_for_the_persons_word() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("repo/log.db"), Access::Write).unwrap();
        store.append(&samples::notes(1..=1)).unwrap();
        let identity = Identity::of(&store, &dir.path().join("data"));
        assert_eq!(identity.admit(&store).unwrap(), Registration::Unregistered);
        identity.adopt().unwrap();
        assert_eq!(identity.standing().unwrap(), Registration::Registered);
    }

    #[test]
    fn a_copy_at_another_path_is_told_from_the_log_that_was_registered() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        let first = dir.path().join("a/log.db");
        let store = Store::open(&first, Access::Write).unwrap();
        Identity::of(&store, &data).admit(&store).unwrap();
        let from = store.path().to_owned();
        drop(store);

        fs::rename(dir.path().join("a"), dir.path().join("b")).unwrap();
        let moved = Store::open(&dir.path().join("b/log.db"), Access::Read).unwrap();
        let identity = Identity::of(&moved, &data);
        assert_eq!(identity.admit(&moved).unwrap(), Registration::Moved { from });
    }

    #[test]
    fn adopting_drops_a_cached_fold_that_came_along() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("log.db"), Access::Write).unwrap();
        let cache = dir.path().join("log.state");
        fs::write(&cache, "forged").unwrap();
        Identity::of(&store, &dir.path().join("data")).adopt().unwrap();
        assert!(!cache.exists());
    }
}
