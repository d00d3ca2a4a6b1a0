//! What can go wrong at the edge: starting a process, reaching a file.

use std::{io, path::PathBuf};

/// Why a process could not be started or watched.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// Nothing of that name can be executed.
    #[error("cannot start `{program}`: {source}. Is it installed and on PATH?")]
    Start { program: String, source: io::Error },
    /// The directory to run in is missing or not a directory.
    #[error("cannot run in {}: {source}. Was the directory removed?", cwd.display())]
    Cwd { cwd: PathBuf, source: io::Error },
    /// An argument list with nothing in it.
    #[error("no program was named: the argument list is empty")]
    Empty,
    /// Pipes could not be made or read; mostly a limit of open files or processes.
    #[error("{what} failed: {source}. The machine may be out of processes, files or memory.")]
    Io { what: &'static str, source: io::Error },
}

/// Why a path was not opened, written or listed. Every text is fit for a model and for a person.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("the path is empty: name a file relative to the root")]
    Empty,
    #[error("`{path}` is absolute: paths are relative to the root of the worktree")]
    Absolute { path: String },
    #[error("the path has a NUL byte in it")]
    Nul,
    #[error("`{path}` leads out of the worktree: nothing outside it can be reached")]
    Escapes { path: String },
    #[error("`{path}` is git's own: `.git` cannot be changed with file tools")]
    Protected { path: String },
    #[error("`{path}` does not exist")]
    Missing { path: String },
    #[error("`{path}` is a {kind}, not a {wanted}")]
    WrongKind { path: String, kind: &'static str, wanted: &'static str },
    #[error("`{path}` has {size} bytes, more than the {cap} that are read at once")]
    TooLarge { path: String, size: u64, cap: u64 },
    #[error("`{path}` goes through too many symbolic links")]
    Links { path: String },
    #[error("`{path}`: {source}")]
    Io { path: String, source: io::Error },
}

impl FileError {
    /// Whether the path is simply not there.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing { .. })
    }
}
