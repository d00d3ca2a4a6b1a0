//! What can go wrong at the terminal.

use std::io;

/// Why the terminal could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum TermError {
    /// Input or output is a file or a pipe.
    #[error(
        "there is no screen to draw on: standard {end} is not a terminal. \
         Start chargehand in a terminal window without redirecting it, or use `--headless`."
    )]
    NotATerminal { end: &'static str },
    /// The terminal says that it cannot place a cursor.
    #[error(
        "the terminal calls itself `dumb`: it cannot be drawn on. \
         Set TERM to what it really is (such as xterm-256color), or use `--headless`."
    )]
    Dumb,
    /// A call of the operating system failed.
    #[error("the terminal cannot be used: {what} failed: {source}. Was the window closed?")]
    Call { what: &'static str, source: io::Error },
}

impl TermError {
    pub(super) fn call(what: &'static str) -> impl FnOnce(rustix::io::Errno) -> Self {
        move |error| Self::Call { what, source: error.into() }
    }
}
