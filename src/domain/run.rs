//! A job under way. Whatever outlives a step is a run: it begins and ends in the log.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    ids::{AttemptNo, CallId, TaskId},
    item::ToolCall,
    money::Reservation,
    route::Endpoint,
};

/// Work for the hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub enum Job {
    Plan,
    Brief { task: TaskId },
    Execute { task: TaskId, attempt: AttemptNo },
    Check { task: TaskId, attempt: AttemptNo },
    Review { task: TaskId, attempt: AttemptNo },
    Land { task: TaskId, attempt: AttemptNo },
}

impl Job {
    /// The task that it is for; planning is for none.
    pub fn task(&self) -> Option<&TaskId> {
        match self {
            Job::Plan => None,
            Job::Brief { task }
            | Job::Execute { task, .. }
            | Job::Check { task, .. }
            | Job::Review { task, .. }
            | Job::Land { task, .. } => Some(task),
        }
    }

    /// The attempt that it is for.
    pub fn attempt(&self) -> Option<AttemptNo> {
        match self {
            Job::Plan | Job::Brief { .. } => None,
            Job::Execute { attempt, .. }
            | Job::Check { attempt, .. }
            | Job::Review { attempt, .. }
            | Job::Land { attempt, .. } => Some(*attempt),
        }
    }

    /// The job in one word.
    pub fn word(&self) -> &'static str {
        match self {
            Job::Plan => "plan",
            Job::Brief { .. } => "brief",
            Job::Execute { .. } => "execute",
            Job::Check { .. } => "check",
            Job::Review { .. } => "review",
            Job::Land { .. } => "land",
        }
    }
}

/// A run that has begun and not ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub job: Job,
    /// Held back for the call under way.
    pub reserved: Option<Reservation>,
    /// Tool calls whose intent is logged and whose outcome is not.
    pub calls: BTreeMap<CallId, PendingCall>,
    /// It was told to stop: it may still say what it has used and how it ended, nothing more.
    #[serde(default)]
    pub stopping: bool,
}

/// A tool call under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingCall {
    pub call: ToolCall,
    /// The whole shell line that it would execute, if it executes one.
    pub command: Option<String>,
    pub permission: Permission,
}

/// Whether a tool call that changes or executes something may go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "permission", rename_all = "snake_case")]
pub enum Permission {
    Allowed {
        by: Authority,
    },
    Denied {
        why: String,
    },
    /// A person is asked.
    Asked,
}

/// What allows a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Authority {
    /// It changes only files in the attempt's own worktree.
    Worktree,
    /// An approved criterion names it in full.
    Criterion {
        criterion: String,
    },
    Rule {
        rule: String,
    },
    /// The person allowed it when asked.
    Person,
    /// `--commands all`.
    AllCommands,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum End {
    Done,
    /// A person stopped it; the task is held until they say otherwise.
    Stopped,
    /// The program ended first; the next start goes on.
    Interrupted,
    Faulted {
        fault: Fault,
    },
}

/// Something that went wrong outside our own logic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    pub class: FaultClass,
    /// What failed, with the exact message.
    pub message: String,
    /// The likely cause and what to do.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
    /// The model and the server that it came from, where it came from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Box<Endpoint>>,
    /// How long the server asks to wait, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<u64>,
}

impl Fault {
    /// A fault with no hint yet.
    pub fn new(class: FaultClass, message: impl Into<String>) -> Self {
        Self { class, message: message.into(), hint: String::new(), from: None, wait: None }
    }

    /// Adds the model and the server that it came from.
    #[must_use]
    pub fn of_model(mut self, from: Endpoint) -> Self {
        self.from = Some(Box::new(from));
        self
    }

    /// Adds the likely cause and what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// Classes of fault. Only `Model` may cost an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultClass {
    Auth,
    Quota,
    Rate,
    Overload,
    Network,
    Protocol,
    ContextOverflow,
    ContentFilter,
    Budget,
    /// The model's own bad output, or its limits of turns and time used up.
    Model,
    /// The machine, the repository or the project's settings.
    Environment,
}

impl FaultClass {
    /// The class in words.
    pub fn word(self) -> &'static str {
        match self {
            FaultClass::Auth => "access refused",
            FaultClass::Quota => "quota used up",
            FaultClass::Rate => "rate limited",
            FaultClass::Overload => "overloaded",
            FaultClass::Network => "out of reach",
            FaultClass::Protocol => "protocol",
            FaultClass::ContextOverflow => "context overflow",
            FaultClass::ContentFilter => "content filter",
            FaultClass::Budget => "budget",
            FaultClass::Model => "the model's own",
            FaultClass::Environment => "environment",
        }
    }

    /// Whether the fault is the model's own and so costs the attempt.
    pub fn costs_an_attempt(self) -> bool {
        match self {
            FaultClass::Model => true,
            FaultClass::Auth
            | FaultClass::Quota
            | FaultClass::Rate
            | FaultClass::Overload
            | FaultClass::Network
            | FaultClass::Protocol
            | FaultClass::ContextOverflow
            | FaultClass::ContentFilter
            | FaultClass::Budget
            | FaultClass::Environment => false,
        }
    }
}
