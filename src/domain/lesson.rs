//! Reusable findings, each with the evidence it rests on.

use serde::{Deserialize, Serialize};

use super::{
    attempt::LessonCandidate,
    ids::{GoalId, LessonId, TaskId},
    plan::Kind,
};

/// A lesson of this log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lesson {
    pub id: LessonId,
    pub goal: GoalId,
    pub task: TaskId,
    pub kind: Kind,
    pub what: LessonCandidate,
    pub trust: Trust,
    pub state: LessonState,
    /// Log time of its recording, in milliseconds since 1970 UTC.
    pub at: u64,
    /// Briefs that have carried it.
    pub used: u32,
}

/// Where a lesson's claim comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// A check showed it: evidence of a failed and a later passing check.
    Check,
    Person,
    /// The reviewer concluded it from the log.
    Reviewer,
    /// It stands only in tool output or file text, which may be planted.
    Text,
}

/// The life of a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LessonState {
    Candidate,
    Confirmed,
    Stale,
    Refuted,
}

impl Lesson {
    /// Whether it may be put into a brief. What rests on mere text waits for confirmation.
    pub fn is_usable(&self) -> bool {
        match self.state {
            LessonState::Confirmed => true,
            LessonState::Candidate => match self.trust {
                Trust::Check | Trust::Person | Trust::Reviewer => true,
                Trust::Text => false,
            },
            LessonState::Stale | LessonState::Refuted => false,
        }
    }
}
