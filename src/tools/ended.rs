//! How a command ended, in the words that models and persons are shown.

use std::time::Duration;

use crate::sandbox::{Captured, Exit};

/// One line. `timeout` is what the command had.
pub(super) fn in_words(exit: Exit, timeout: Duration) -> String {
    match exit {
        Exit::Code(code) => format!("exit {code}"),
        Exit::Signal(signal) => format!("killed by signal {signal}"),
        Exit::TimedOut => format!("timed out after {} s", timeout.as_secs()),
        Exit::Stopped => "stopped".to_owned(),
        Exit::TooMuchOutput => "killed: too much output".to_owned(),
    }
}

/// Head and tail of the output, or what can be said of it.
pub(super) fn output(output: &Captured) -> String {
    if output.total() == 0 {
        "(no output)".to_owned()
    } else if output.is_binary() {
        format!("({} bytes of output that is not text)", output.total())
    } else {
        output.text()
    }
}
