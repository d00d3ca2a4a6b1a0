//! What must hold, and the recorded outcome of looking whether it does.

use serde::{Deserialize, Serialize};

use super::hash;

/// A success criterion: what must hold, and how it is looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    pub text: String,
    pub check: Check,
}

impl Criterion {
    /// The criterion's fingerprint: evidence is tied to exactly this text and check.
    pub fn key(&self) -> String {
        hash::short(&hash::of(self))
    }

    /// Whether only a person can say that it holds.
    pub fn is_manual(&self) -> bool {
        matches!(self.check, Check::Manual { .. })
    }

    /// Whether passing evidence of it is needed before its task can be done.
    pub fn needs_evidence(&self) -> bool {
        match self.check {
            Check::Command { .. }
            | Check::FileExists { .. }
            | Check::FileMatches { .. }
            | Check::DiffWithin { .. }
            | Check::Manual { .. } => true,
            // A model's judgement is never enough alone, and never an obstacle alone.
            Check::Judgement { .. } => false,
        }
    }

    /// At what a person must look, if only a person can say that it holds.
    pub fn look(&self) -> Option<&str> {
        match &self.check {
            Check::Manual { look } => Some(look),
            Check::Command { .. }
            | Check::FileExists { .. }
            | Check::FileMatches { .. }
            | Check::DiffWithin { .. }
            | Check::Judgement { .. } => None,
        }
    }

    /// The command that this criterion runs, if it runs one.
    pub fn command(&self) -> Option<&str> {
        match &self.check {
            Check::Command { run, .. } => Some(run),
            Check::FileExists { .. }
            | Check::FileMatches { .. }
            | Check::DiffWithin { .. }
            | Check::Manual { .. }
            | Check::Judgement { .. } => None,
        }
    }
}

/// How a criterion is looked at. Paths and globs are relative to the worktree's root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Check {
    /// A shell line run in the worktree's root.
    Command {
        run: String,
        #[serde(default)]
        expect_exit: i32,
        /// A regular expression that its output must match.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pattern: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        timeout_seconds: Option<u32>,
    },
    FileExists {
        path: String,
    },
    /// A file's text must match a regular expression.
    FileMatches {
        path: String,
        pattern: String,
    },
    /// Every changed path must match one of the globs.
    DiffWithin {
        globs: Vec<String>,
    },
    /// A person must look; `look` says at what.
    Manual {
        look: String,
    },
    /// A model's opinion is wanted; never enough alone.
    Judgement {
        ask: String,
    },
}

/// When a criterion was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Before the session: what already passes proves nothing.
    Before,
    /// After the session, on the attempt's own tree.
    After,
    /// On the tree that lands.
    Merged,
}

/// How a look came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Passed,
    Failed,
    /// It could not be looked at (the program is missing, the time ran out).
    Unrunnable,
}

/// The recorded outcome of one check on one tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// `Criterion::key` of what was looked at.
    pub criterion: String,
    pub when: When,
    /// Git tree id of what was looked at.
    pub tree: String,
    pub outcome: Outcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<i32>,
    /// What was seen, capped at 4 KiB: head and tail of a command's output, or the reason.
    pub seen: String,
    /// Digest of the whole output in the blob store, when `seen` is not all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob: Option<String>,
    pub millis: u64,
}
