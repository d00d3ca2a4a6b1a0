//! How far a session may go.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The limits of one executor session, beside the caps of its goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Model turns.
    pub turns: u32,
    /// Tokens of one answer.
    pub answer_tokens: u32,
    /// Seconds, from the first request to the report; waiting for the person does not count.
    pub seconds: u64,
    /// Seconds of one command that names no limit of its own.
    pub command_seconds: u64,
    /// Bytes of one tool's output that the model is shown.
    pub output_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            turns: 60,
            answer_tokens: 8_192,
            seconds: 3_600,
            command_seconds: 300,
            output_bytes: 16 * 1024,
        }
    }
}

impl Limits {
    /// The session's time.
    pub fn time(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// One command's time.
    pub fn command_time(&self) -> Duration {
        Duration::from_secs(self.command_seconds)
    }
}
