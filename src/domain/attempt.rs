//! One brief, one fresh session, one worktree, one outcome.

use serde::{Deserialize, Serialize};

use super::{
    brief::Brief,
    check::Evidence,
    growth::Traffic,
    ids::{AttemptNo, RunId, Seq},
    money::Usage,
    plan::{Hunk, Tier},
};

/// An attempt at a task. Attempts are only ever added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub number: AttemptNo,
    pub brief: Brief,
    pub brief_hash: String,
    pub model: String,
    pub tier: Tier,
    /// Commit and tree that the worktree began from.
    pub base: Snapshot,
    /// Absolute path of its worktree.
    pub worktree: String,
    pub runs: Vec<RunId>,
    /// Commit and tree of the work, once the session has ended.
    pub head: Option<Snapshot>,
    /// Changed paths, relative to the worktree's root.
    pub files: Vec<String>,
    pub usage: Usage,
    /// Model turns taken, over all runs.
    pub turns: u32,
    /// Tool calls made, over all runs.
    pub calls: u32,
    pub evidence: Vec<Evidence>,
    pub report: Option<Report>,
    /// How its session ended when there is no report.
    pub ended: Option<String>,
    pub verdict: Option<Verdict>,
    /// Exact command lines that a person allowed for this attempt.
    pub granted: Vec<String>,
    /// Exact command lines that a person denied for this attempt, with their reasons.
    #[serde(default)]
    pub denied: Vec<Denial>,
    /// What its sessions sent.
    #[serde(default)]
    pub traffic: Traffic,
}

/// A command that a person denied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denial {
    pub command: String,
    pub why: String,
}

/// A commit and its tree, as git object ids in hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    pub commit: String,
    pub tree: String,
}

/// What a session says of its own work. It is a claim; the checks decide.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Report {
    pub status: Claim,
    pub summary: String,
    pub details: String,
    pub outputs: Vec<String>,
    pub worked: Vec<String>,
    pub did_not_work: Vec<String>,
    pub bugs: Vec<String>,
    pub decisions: Vec<String>,
    pub findings: Vec<String>,
    pub compatibility: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocker: Option<Blocker>,
    pub next_steps: Vec<String>,
    pub advice: String,
}

/// What a session claims.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    Done,
    #[default]
    Partial,
    Blocked,
}

/// Why a task cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blocker {
    pub kind: BlockerKind,
    /// What failed and what would help, in one or two sentences.
    pub text: String,
}

/// The kinds of blocker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockerKind {
    NeedsContext,
    NeedsDecision,
    TooBig,
    PlanWrong,
    NeedsStrongerModel,
    EnvironmentBroken,
    ExternalWait,
    RateLimited,
    Budget,
    MergeConflict,
    HeldByPerson,
}

impl BlockerKind {
    /// Whether trying again later, with nothing else changed, may help: the next start tries.
    pub fn is_transient(self) -> bool {
        match self {
            BlockerKind::EnvironmentBroken
            | BlockerKind::ExternalWait
            | BlockerKind::RateLimited => true,
            BlockerKind::NeedsContext
            | BlockerKind::NeedsDecision
            | BlockerKind::TooBig
            | BlockerKind::PlanWrong
            | BlockerKind::NeedsStrongerModel
            | BlockerKind::Budget
            | BlockerKind::MergeConflict
            | BlockerKind::HeldByPerson => false,
        }
    }

    /// The kind in words.
    pub fn word(self) -> &'static str {
        match self {
            BlockerKind::NeedsContext => "needs context",
            BlockerKind::NeedsDecision => "needs a decision",
            BlockerKind::TooBig => "too big",
            BlockerKind::PlanWrong => "plan wrong",
            BlockerKind::NeedsStrongerModel => "needs a stronger model",
            BlockerKind::EnvironmentBroken => "environment broken",
            BlockerKind::ExternalWait => "waits for something outside",
            BlockerKind::RateLimited => "rate limited",
            BlockerKind::Budget => "budget",
            BlockerKind::MergeConflict => "merge conflict",
            BlockerKind::HeldByPerson => "held by you",
        }
    }
}

/// What the reviewer decides, with the lessons it saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub decision: Decision,
    pub why: String,
}

/// The reviewer's choices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    Accept,
    /// Another attempt, with another brief in this direction.
    FollowUp {
        direction: String,
    },
    /// The plan must change (a split included), hunk by hunk, with the person's word.
    ChangePlan {
        hunks: Vec<Hunk>,
    },
    /// The person must decide something first.
    Ask {
        question: String,
    },
}

/// A lesson as a reviewer proposes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LessonCandidate {
    /// When it applies: an error's words, a situation.
    pub trigger: String,
    /// What to do about it.
    pub fix: String,
    /// Globs of the paths that it concerns.
    pub paths: Vec<String>,
    /// Seqs of the events that show it.
    pub evidence: Vec<Seq>,
}
