//! What can go wrong with the log, in words for the person.

use std::{io, path::PathBuf};

use super::row::Quarantined;

/// An error of the log. `Display` says what failed with the exact message, `hint` what to do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("another chargehand (pid {pid}) writes the log {path}, since {since}")]
    Busy { path: PathBuf, pid: u32, since: String },
    #[error("there is no log at {0} yet")]
    Missing(PathBuf),
    #[error("{path} is not a chargehand log: {what}")]
    Foreign { path: PathBuf, what: String },
    #[error("{path} was written by a newer chargehand (schema {found}; this one knows {known})")]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("{path} has the older schema {found}, and is open for reading only")]
    Older { path: PathBuf, found: i64 },
    #[error("{path} is on a network file system ({kind})")]
    Network { path: PathBuf, kind: String },
    #[error("the built-in SQLite is {found}, older than 3.51.3, which first kept every commit")]
    OldSqlite { found: String },
    #[error("{path} can be written by others (mode {mode:o})")]
    Exposed { path: PathBuf, mode: u32 },
    #[error("{path} belongs to another user (uid {owner})")]
    NotOurs { path: PathBuf, owner: u32 },
    #[error("{doing} {path}: {source}")]
    File { doing: &'static str, path: PathBuf, source: io::Error },
    #[error("no room left on the disk while {doing}: {message}")]
    Full { doing: &'static str, message: String },
    #[error("the log is damaged ({doing}): {message}")]
    Damaged { doing: &'static str, message: String },
    #[error("{doing}: {message}")]
    Database { doing: &'static str, message: String },
    #[error("event {got} cannot follow; the log goes on with {expected}")]
    Gap { expected: u64, got: u64 },
    #[error("event {seq} cannot be stored: {why}")]
    Unstorable { seq: u64, why: String },
    #[error("the log is open for reading only")]
    ReadOnly,
    #[error("{0}")]
    Unreadable(Quarantined),
    #[error("{bytes} bytes are more than the {cap} that one stored output may have")]
    BlobTooBig { bytes: u64, cap: u64 },
    #[error("the stored output {0} is missing")]
    BlobMissing(String),
    #[error("the stored output {0} is damaged: its content has another digest")]
    BlobDamaged(String),
    #[error("{0:?} is no digest of a stored output")]
    BlobName(String),
}

impl StoreError {
    /// The likely cause and what to do.
    pub fn hint(&self) -> &'static str {
        match self {
            StoreError::Busy { .. } => {
                "Read beside it, or end that one first; the lock goes with its process."
            }
            StoreError::Missing(_) => "State a goal first: chargehand run \"…\".",
            StoreError::Foreign { .. } => {
                "Nothing was changed. Move the file away if it does not belong there."
            }
            StoreError::Newer { .. } => "Nothing was changed. Update chargehand.",
            StoreError::Older { .. } => "Open it once for writing, which brings it up to date.",
            StoreError::Network { .. } => {
                "SQLite's log needs a local disk. Clone the repository to one."
            }
            StoreError::OldSqlite { .. } => {
                "Build chargehand with its bundled SQLite, not with the system's."
            }
            StoreError::Exposed { .. } => {
                "Someone else could forge approvals in it. Look at it, then: chmod go-w."
            }
            StoreError::NotOurs { .. } => "Run as its owner, or use a clone of your own.",
            StoreError::File { .. } => "Check the permissions of the folder and the disk.",
            StoreError::Full { .. } => {
                "Nothing is half-written. Make room; chargehand goes on where it was."
            }
            StoreError::Damaged { .. } => {
                "Copy the file away; `sqlite3 log.db .recover` gets out what is readable."
            }
            StoreError::Database { .. } => "Run chargehand doctor; check the disk and permissions.",
            StoreError::Gap { .. } | StoreError::Unstorable { .. } => {
                "This is a fault of chargehand. Nothing was written; please report it."
            }
            StoreError::ReadOnly => "Another chargehand writes it, or it is not adopted yet.",
            StoreError::Unreadable(_) => "The other events are readable; export shows this one.",
            StoreError::BlobTooBig { .. } => "Keep less of the output.",
            StoreError::BlobMissing(_) | StoreError::BlobDamaged(_) => {
                "The event keeps a preview of it; the rest cannot be shown."
            }
            StoreError::BlobName(_) => "Use the digest as it stands in the event.",
        }
    }

    /// An error of the file system, for `map_err`.
    pub(super) fn file(
        doing: &'static str,
        path: &std::path::Path,
    ) -> impl FnOnce(io::Error) -> StoreError {
        let path = path.to_owned();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                StoreError::Full { doing, message: format!("{}: {source}", path.display()) }
            }
            _ => StoreError::File { doing, path, source },
        }
    }

    /// An error of the database, for `map_err`.
    pub(super) fn sql(doing: &'static str) -> impl Fn(rusqlite::Error) -> StoreError {
        move |error| {
            let message = error.to_string();
            match error.sqlite_error_code() {
                Some(rusqlite::ErrorCode::DiskFull) => StoreError::Full { doing, message },
                Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
                    StoreError::Damaged { doing, message }
                }
                _ => StoreError::Database { doing, message },
            }
        }
    }
}
