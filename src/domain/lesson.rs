//! Reusable findings, each with the evidence it rests on, and the life that they lead.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    alike,
    attempt::LessonCandidate,
    ids::{AttemptNo, GoalId, LessonId, TaskId},
    plan::Kind,
};

/// Most sightings that a lesson keeps.
pub(super) const SIGHTINGS: usize = 16;
/// Most earlier forms that a lesson keeps, for taking a person's word back.
pub(super) const PAST: usize = 16;
/// Attempts with a lesson before it can be found not to help.
const TRIED: u32 = 5;
/// Attempts without it before the two can be compared.
const TRIED_WITHOUT: u32 = 2;
/// Failures in a row with a lesson that retire it, whatever happens without it.
const HOPELESS: u32 = 4;
/// Times that the very trigger came back in spite of a lesson, after which it is refuted.
const IN_VAIN: u32 = 2;

/// A lesson of this log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lesson {
    pub id: LessonId,
    /// The goal that taught it; `None`: the person told it outside any.
    pub goal: Option<GoalId>,
    pub task: Option<TaskId>,
    pub kind: Kind,
    pub what: LessonCandidate,
    pub trust: Trust,
    pub state: LessonState,
    /// Log time of its recording, in milliseconds since 1970 UTC.
    pub at: u64,
    /// Briefs that have carried it.
    pub used: u32,
    /// The commit at which it was learned: what it names stood there, if it ever did.
    pub learned_at: Option<String>,
    /// Attempts that showed it, each once.
    pub sightings: Vec<Sighting>,
    /// A person wants it in every brief.
    pub pinned: bool,
    /// A person says that it holds in other projects too.
    pub general: bool,
    /// First checks of attempts whose brief carried it.
    pub with: Tally,
    /// First checks of attempts whose brief left it out to see what difference that makes.
    pub without: Tally,
    /// Attempts that met its trigger although their brief carried it.
    pub in_vain: u32,
    /// What it names that is gone, while it is stale.
    pub gone: Vec<String>,
    /// Earlier forms, the newest last: what a person's word changed.
    pub past: Vec<Before>,
    /// Fingerprints of its words, sorted: what two lessons are compared by.
    pub words: Vec<u32>,
}

/// An attempt that showed a lesson.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    pub goal: GoalId,
    pub task: TaskId,
    pub attempt: AttemptNo,
    pub trust: Trust,
}

/// How attempts came out at their first checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub tried: u32,
    pub passed: u32,
}

/// A lesson as it was before a person's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    pub what: LessonCandidate,
    pub state: LessonState,
    pub pinned: bool,
    pub general: bool,
}

/// Where a lesson's claim comes from, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// It stands only in tool output or file text, which may be planted.
    Text,
    /// The program saw it happen: commands that failed and then did not, a claim that was refuted.
    Program,
    /// The reviewer concluded it from the log.
    Reviewer,
    /// A check showed it: evidence of a failed and a later passing check.
    Check,
    Person,
}

/// The life of a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LessonState {
    Candidate,
    Confirmed,
    /// Something that it names is gone.
    Stale,
    /// Evidence speaks against it.
    Refuted,
    /// It did not help.
    Retired,
    /// The person wants it gone.
    Forgotten,
}

impl LessonState {
    /// The state in one word.
    pub fn word(self) -> &'static str {
        match self {
            LessonState::Candidate => "candidate",
            LessonState::Confirmed => "confirmed",
            LessonState::Stale => "stale",
            LessonState::Refuted => "refuted",
            LessonState::Retired => "retired",
            LessonState::Forgotten => "forgotten",
        }
    }
}

/// A word on a lesson: a person's, or what the program found out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mark", rename_all = "snake_case")]
pub enum Mark {
    Pinned,
    Unpinned,
    Confirmed,
    Corrected {
        what: LessonCandidate,
    },
    Forgotten,
    /// It holds in other projects too.
    General,
    /// It holds in this project only.
    Own,
    /// The person's last word on it is taken back.
    Undone,
    Refuted,
    /// What it names is gone.
    Stale {
        gone: Vec<String>,
    },
    /// What it names is there again.
    Fresh,
    Retired,
}

impl Mark {
    /// Whether only a person says so.
    pub fn is_a_person_s(&self) -> bool {
        match self {
            Mark::Pinned
            | Mark::Unpinned
            | Mark::Confirmed
            | Mark::Corrected { .. }
            | Mark::Forgotten
            | Mark::General
            | Mark::Own
            | Mark::Undone => true,
            Mark::Refuted | Mark::Stale { .. } | Mark::Fresh | Mark::Retired => false,
        }
    }

    /// The mark in one word.
    pub fn word(&self) -> &'static str {
        match self {
            Mark::Pinned => "pinned",
            Mark::Unpinned => "unpinned",
            Mark::Confirmed => "confirmed",
            Mark::Corrected { .. } => "corrected",
            Mark::Forgotten => "forgotten",
            Mark::General => "general",
            Mark::Own => "of this project",
            Mark::Undone => "as it was before",
            Mark::Refuted => "refuted",
            Mark::Stale { .. } => "stale",
            Mark::Fresh => "fresh again",
            Mark::Retired => "retired",
        }
    }
}

impl Lesson {
    /// Whether it may be put into a brief. What rests on mere text waits for confirmation.
    pub fn is_usable(&self) -> bool {
        match self.state {
            LessonState::Confirmed => true,
            LessonState::Candidate => match self.trust {
                Trust::Check | Trust::Person | Trust::Reviewer | Trust::Program => true,
                Trust::Text => false,
            },
            LessonState::Stale
            | LessonState::Refuted
            | LessonState::Retired
            | LessonState::Forgotten => false,
        }
    }

    /// Attempts that carried it and passed their first checks.
    pub fn helped(&self) -> u32 {
        self.with.passed
    }

    /// Attempts that carried it and did not pass their first checks.
    pub fn hurt(&self) -> u32 {
        self.with.tried.saturating_sub(self.with.passed)
    }

    /// Whether it says the same as a candidate, in whatever words.
    pub fn says_the_same(&self, words: &[u32]) -> bool {
        alike::alike(&self.words, words)
    }

    /// Whether its state must change by what was counted. A pinned lesson stays.
    pub(super) fn due(&self) -> Option<Mark> {
        if self.pinned || !self.is_usable() {
            return None;
        }
        if self.in_vain >= IN_VAIN && self.with.passed == 0 {
            return Some(Mark::Refuted);
        }
        let hopeless = self.with.tried >= HOPELESS && self.with.passed == 0;
        // No better with it than without it, as far as has been seen: a/b <= c/d without fractions.
        let (with, without) = (self.with, self.without);
        let no_better = with.tried >= TRIED
            && without.tried >= TRIED_WITHOUT
            && u64::from(with.passed) * u64::from(without.tried)
                <= u64::from(without.passed) * u64::from(with.tried);
        (hopeless || no_better).then_some(Mark::Retired)
    }

    /// The state of a lesson that nothing speaks against, by what it rests on.
    pub(super) fn resting(&self) -> LessonState {
        let by_check = self.trust == Trust::Check && !self.sightings.is_empty();
        let seen: BTreeSet<(&GoalId, &TaskId, AttemptNo)> = self
            .sightings
            .iter()
            .filter(|one| one.trust != Trust::Text)
            .map(|one| (&one.goal, &one.task, one.attempt))
            .collect();
        // What was only read, however often, is not confirmed by being read again.
        if by_check || seen.len() >= 2 { LessonState::Confirmed } else { LessonState::Candidate }
    }
}

impl Tally {
    /// One more attempt, and how it came out.
    pub(super) fn count(&mut self, passed: Passed) {
        self.tried = self.tried.saturating_add(1);
        match passed {
            Passed::All => self.passed = self.passed.saturating_add(1),
            Passed::NotAll => {}
        }
    }
}

/// Whether an attempt passed its checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passed {
    All,
    NotAll,
}
