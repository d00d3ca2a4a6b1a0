//! Decisions that a person takes back while nothing has come of them.

use serde::{Deserialize, Serialize};

use super::{
    brief::Brief,
    ids::{Seq, TaskId},
    phase::Direction,
};

/// What is taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Withdrawn {
    /// The approval of the plan: it is a proposal again.
    PlanApproval,
    /// The approval of a brief that no session has been given: it waits again.
    BriefApproval { task: TaskId },
    /// The rejection of a brief that no other one has followed yet: it waits again.
    BriefRejection { task: TaskId },
}

impl Withdrawn {
    /// The task that it concerns, if it is one task.
    pub fn task(&self) -> Option<&TaskId> {
        match self {
            Withdrawn::PlanApproval => None,
            Withdrawn::BriefApproval { task } | Withdrawn::BriefRejection { task } => Some(task),
        }
    }

    /// What is taken back, in words.
    pub fn word(&self) -> &'static str {
        match self {
            Withdrawn::PlanApproval => "the approval of the plan",
            Withdrawn::BriefApproval { .. } => "the approval of the brief",
            Withdrawn::BriefRejection { .. } => "the rejection of the brief",
        }
    }
}

/// A brief that was rejected and may come back, with what the next one had to go by before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    pub brief: Brief,
    /// The event that rejected it.
    pub by: Seq,
    pub direction: Option<Direction>,
}
