//! Where a task stands. A phase carries exactly what is known in it.

use serde::{Deserialize, Serialize};

use super::{
    attempt::{Attempt, Blocker, BlockerKind, Snapshot},
    brief::Brief,
    check::{Criterion, Outcome},
    ids::{AttemptNo, ChangeId, RunId},
    money::Spend,
    plan::{TaskSpec, Tier},
    withdraw::Rejected,
};

/// A task of the plan in force, with all that has become of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    pub spec: TaskSpec,
    pub phase: Phase,
    pub attempts: Vec<Attempt>,
    /// The latest version of the next attempt's brief; earlier ones are in the log.
    pub brief: Option<Brief>,
    /// Hashes of briefs that a person or a policy has approved for this task.
    pub approved: Vec<String>,
    pub spend: Spend,
    /// What the next brief must take into account: a follow-up's direction or a rejection's reason.
    pub direction: Option<Direction>,
    /// The brief that was rejected last, until there is another.
    #[serde(default)]
    pub rejected: Option<Box<Rejected>>,
    /// The tier that its sessions go to, where it is not the plan's.
    #[serde(default)]
    pub route: Option<Tier>,
    /// Briefs that the person sent although they were not ready.
    pub overrides: Vec<Override>,
}

impl Task {
    /// A task nobody has worked on yet.
    pub fn fresh(spec: TaskSpec, phase: Phase) -> Self {
        Self {
            spec,
            phase,
            attempts: Vec::new(),
            brief: None,
            approved: Vec::new(),
            spend: Spend::default(),
            direction: None,
            rejected: None,
            route: None,
            overrides: Vec::new(),
        }
    }

    /// The tier that its next session goes to.
    pub fn tier(&self) -> Tier {
        self.route.unwrap_or(self.spec.tier)
    }

    /// The attempt under way or the latest one.
    pub fn last_attempt(&self) -> Option<&Attempt> {
        self.attempts.last()
    }

    /// The latest work of it that was committed, with the attempt that it is of.
    pub fn worked(&self) -> Option<(&Attempt, &Snapshot)> {
        self.attempts.iter().rev().find_map(|one| Some((one, one.head.as_ref()?)))
    }

    /// Whether a person has looked at every manual criterion of the latest attempt and found it to
    /// hold. The last look counts.
    pub fn looked_at(&self) -> bool {
        self.unlooked().next().is_none()
    }

    /// The manual criteria that still wait for the person's look.
    pub fn unlooked(&self) -> impl Iterator<Item = &Criterion> {
        let seen = self.last_attempt().map_or(&[][..], |attempt| &attempt.evidence);
        self.spec.criteria.iter().filter(|one| one.is_manual()).filter(move |one| {
            let key = one.key();
            let last = seen.iter().rev().find(|evidence| evidence.criterion == key);
            last.is_none_or(|evidence| evidence.outcome != Outcome::Passed)
        })
    }

    /// Whether its text stands for good: no hunk changes or drops it any more.
    pub fn is_settled(&self) -> bool {
        matches!(self.phase, Phase::Done { .. }) || self.phase.is_void()
    }

    /// Whether a run works on it, or an attempt at it has begun and will go on by itself.
    pub fn is_under_way(&self) -> bool {
        self.phase.run().is_some() || matches!(self.phase, Phase::Running { .. })
    }

    /// The attempt that a session works on, or would go on with once a blocker is lifted.
    pub fn attempt_under_way(&self) -> Option<AttemptNo> {
        let phase = match &self.phase {
            Phase::Blocked { from, .. } => from,
            phase => phase,
        };
        match phase {
            Phase::Running { attempt, .. } => Some(*attempt),
            _ => None,
        }
    }

    /// The number that the next attempt will have.
    pub fn next_attempt(&self) -> AttemptNo {
        AttemptNo(u32::try_from(self.attempts.len()).unwrap_or(u32::MAX).saturating_add(1))
    }
}

/// A person's word that a brief is to be sent although it is not ready.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    pub hash: String,
    /// `Brief::readiness` as it was.
    pub readiness: u32,
    pub why: String,
}

/// Why and how the next attempt must differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Direction {
    pub text: String,
    pub from: DirectionFrom,
}

/// Who gave the direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectionFrom {
    /// The reviewer's follow-up after an attempt.
    Review,
    /// The person rejected a brief or a result.
    Person,
    /// The checks failed on the merged tree.
    Landing,
}

/// Where a task stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum Phase {
    /// In a plan that is not approved yet.
    Proposed,
    /// Approved; its brief is written once its dependencies are done.
    Approved,
    Briefing {
        run: RunId,
    },
    /// A brief lies in `Task::brief` and waits for approval.
    Drafted,
    /// The brief in `Task::brief` is approved; a session begins when there is room.
    Ready,
    /// An attempt has begun. No run: it was interrupted and goes on with a new run.
    Running {
        attempt: AttemptNo,
        run: Option<RunId>,
    },
    /// The session has ended; the checks come next.
    Reported {
        attempt: AttemptNo,
    },
    Checking {
        attempt: AttemptNo,
        run: RunId,
    },
    /// The evidence is in; the review comes next.
    Checked {
        attempt: AttemptNo,
    },
    Reviewing {
        attempt: AttemptNo,
        run: RunId,
    },
    /// Accepted by the reviewer. It lands when every manual criterion is confirmed.
    Accepted {
        attempt: AttemptNo,
    },
    Landing {
        attempt: AttemptNo,
        run: RunId,
    },
    /// On the goal's branch, with evidence on `tree`.
    Done {
        attempt: AttemptNo,
        commit: String,
        tree: String,
    },
    /// Waits for a person's word on a proposed change of the plan that concerns it.
    Changing {
        attempt: Option<AttemptNo>,
        change: ChangeId,
    },
    /// Cannot go on; goes back to `from` when the blocker is lifted.
    Blocked {
        blocker: Blocker,
        from: Box<Phase>,
    },
    Failed {
        why: String,
    },
    Cancelled {
        why: String,
    },
    Superseded,
}

impl Phase {
    /// Whether the task no longer counts for the goal.
    pub fn is_void(&self) -> bool {
        matches!(self, Phase::Cancelled { .. } | Phase::Superseded)
    }

    /// Whether nothing more will happen to the task by itself or by a run.
    pub fn is_over(&self) -> bool {
        matches!(self, Phase::Done { .. } | Phase::Failed { .. }) || self.is_void()
    }

    /// The run that works on the task now.
    pub fn run(&self) -> Option<RunId> {
        match self {
            Phase::Briefing { run }
            | Phase::Running { run: Some(run), .. }
            | Phase::Checking { run, .. }
            | Phase::Reviewing { run, .. }
            | Phase::Landing { run, .. } => Some(*run),
            Phase::Proposed
            | Phase::Approved
            | Phase::Drafted
            | Phase::Ready
            | Phase::Running { run: None, .. }
            | Phase::Reported { .. }
            | Phase::Checked { .. }
            | Phase::Accepted { .. }
            | Phase::Done { .. }
            | Phase::Changing { .. }
            | Phase::Blocked { .. }
            | Phase::Failed { .. }
            | Phase::Cancelled { .. }
            | Phase::Superseded => None,
        }
    }

    /// What a sentence says of a task in this phase: `task x {clause}`.
    pub fn clause(&self) -> String {
        match self {
            Phase::Drafted => "has a brief that waits".to_owned(),
            Phase::Changing { .. } => "waits for a word on a change of the plan".to_owned(),
            Phase::Briefing { .. } => "is being briefed".to_owned(),
            Phase::Reported { .. } | Phase::Checking { .. } => "is being verified".to_owned(),
            Phase::Running { run: None, .. } => "was interrupted".to_owned(),
            Phase::Proposed
            | Phase::Approved
            | Phase::Ready
            | Phase::Running { run: Some(_), .. }
            | Phase::Checked { .. }
            | Phase::Reviewing { .. }
            | Phase::Accepted { .. }
            | Phase::Landing { .. }
            | Phase::Done { .. }
            | Phase::Blocked { .. }
            | Phase::Failed { .. }
            | Phase::Cancelled { .. }
            | Phase::Superseded => format!("is {}", self.word()),
        }
    }

    /// One word for a status line.
    pub fn word(&self) -> &'static str {
        match self {
            Phase::Proposed => "proposed",
            Phase::Approved => "approved",
            Phase::Briefing { .. } => "briefing",
            Phase::Drafted => "brief waits",
            Phase::Ready => "ready",
            Phase::Running { run: Some(_), .. } => "running",
            Phase::Running { run: None, .. } => "interrupted",
            Phase::Reported { .. } | Phase::Checking { .. } => "verifying",
            Phase::Checked { .. } | Phase::Reviewing { .. } => "in review",
            Phase::Accepted { .. } => "accepted",
            Phase::Landing { .. } => "landing",
            Phase::Done { .. } => "done",
            Phase::Changing { .. } => "plan change waits",
            Phase::Blocked { blocker, .. } if blocker.kind == BlockerKind::HeldByPerson => "paused",
            Phase::Blocked { .. } => "blocked",
            Phase::Failed { .. } => "failed",
            Phase::Cancelled { .. } => "cancelled",
            Phase::Superseded => "superseded",
        }
    }
}
