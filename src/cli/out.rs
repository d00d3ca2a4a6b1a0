//! Standard output and standard error: data on one, progress on the other.

use std::{
    fmt::Display,
    io::{self, Write as _},
};

use super::fit::fit;
use crate::{
    app::OpenError,
    config::ConfigError,
    domain::Record,
    logger::{LogId, StoreError, line},
    term::columns,
    ui,
};

/// The exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    Done = 0,
    Failed = 1,
    Waits = 2,
    Usage = 3,
    Environment = 4,
    Interrupted = 130,
}

/// Why a command came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("{0}")]
    Environment(String),
    /// A signal, a lost terminal or a panic ended the screen: the program ends the same way.
    #[error("stopped")]
    Stopped(crate::term::Stop),
}

impl CliError {
    /// Nobody has said yet what is wanted.
    pub(super) fn no_goal() -> Self {
        CliError::Usage("there is no goal yet; state one with: chargehand run \"…\"".to_owned())
    }

    /// Nothing is planned yet for the goal that there is.
    pub(super) fn no_plan() -> Self {
        CliError::Usage("there is no plan yet; have it made with: chargehand run".to_owned())
    }

    /// The exit code that it comes to.
    pub(super) fn exit(&self) -> Exit {
        match self {
            // Where no log is, no goal was ever stated: that is the next step, and nothing is broken.
            CliError::Usage(_)
            | CliError::Open(OpenError::Config(_) | OpenError::Store(StoreError::Missing(_))) => {
                Exit::Usage
            }
            CliError::Open(_) | CliError::Environment(_) | CliError::Stopped(_) => {
                Exit::Environment
            }
        }
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        CliError::Open(error.into())
    }
}

impl From<ConfigError> for CliError {
    fn from(error: ConfigError) -> Self {
        CliError::Open(error.into())
    }
}

impl From<crate::git::GitError> for CliError {
    fn from(error: crate::git::GitError) -> Self {
        CliError::Open(error.into())
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        CliError::Environment(error.to_string())
    }
}

/// Writes a line of data. A reader that has gone away is no error: `chargehand log | head`.
pub(super) fn data(text: impl Display) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
}

/// Writes a line of progress or of explanation.
pub(super) fn say(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// The same on a terminal in lines that fit it, what follows set in by `hang`.
pub(super) fn data_fit(text: &str, hang: usize) {
    data(fit(text, hang, columns(io::stdout())));
}

/// A page of text: each of its lines fits the terminal.
pub(super) fn page(text: &str) {
    data_fit(text.trim_end(), 2);
}

/// A line of progress on a terminal in lines that fit it, what follows set in by `hang`.
pub(super) fn say_fit(text: &str, hang: usize) {
    say(fit(text, hang, columns(io::stderr())));
}

/// Columns before the words of an event that is told while a goal runs.
const TOLD: usize = 19;

/// How events are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One line for a person, on stderr while a goal runs.
    Lines,
    /// One JSON object a line, on stdout.
    Json,
}

/// Tells an event as it happens.
pub(super) fn tell(form: Form, log: &LogId, record: &Record) {
    match form {
        Form::Json => json(log, record),
        Form::Lines => {
            if let Some(told) = ui::tell(record) {
                say_fit(&format!("{:>5}  {:<11} {}", record.seq, told.word, told.text), TOLD);
            }
        }
    }
}

/// Writes an event as a line of JSON.
pub(super) fn json(log: &LogId, record: &Record) {
    match line(log, record) {
        Ok(line) => data(line),
        Err(error) => say(format_args!("event {}: {error}", record.seq)),
    }
}
