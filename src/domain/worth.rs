//! What the evidence of a task's attempts is worth: a claim that was refuted, a result that nothing
//! was shown by.

use super::{
    attempt::Attempt,
    check::{Check, Criterion, Outcome, When},
    counted::counted,
    phase::{Phase, Task},
};

/// Most characters of a criterion's words in a sentence.
const MAX_WORDS: usize = 60;

/// Why a done task shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hollow {
    /// All that was checked held before the work.
    Proves,
    /// Its work changed no file.
    Changed,
}

impl Hollow {
    /// What it did nothing of.
    pub fn word(self) -> &'static str {
        match self {
            Hollow::Proves => "proves nothing",
            Hollow::Changed => "changed nothing",
        }
    }
}

impl Task {
    /// How many criteria of the latest attempt held before its work.
    pub fn proving_nothing(&self) -> usize {
        self.last_attempt().map_or(0, |attempt| held_before(attempt).count())
    }

    /// Whether a done task shows nothing: then it is not done as others are.
    pub fn hollow(&self) -> Option<Hollow> {
        let Phase::Done { .. } = self.phase else { return None };
        let attempt = self.last_attempt()?;
        if attempt.files.is_empty() {
            return Some(Hollow::Changed);
        }
        let criteria = &attempt.brief.criteria;
        let held = |one: &Criterion| held_before(attempt).any(|key| key == one.key());
        let shows = |one: &&Criterion| match &one.check {
            Check::Command { .. } => !held(one),
            Check::FileExists { .. } | Check::FileMatches { .. } | Check::Manual { .. } => true,
            // That nothing else was changed, or that a model likes it, shows no work.
            Check::DiffWithin { .. } | Check::Judgement { .. } => false,
        };
        let nothing = attempt.evidence.iter().any(|one| one.when == When::Before)
            && !criteria.iter().any(|one| shows(&one));
        nothing.then_some(Hollow::Proves)
    }

    /// That the checks refuted the claim of the latest attempt, and what failed, where they did and
    /// the task is not done since.
    pub fn refuted(&self) -> Option<String> {
        if matches!(self.phase, Phase::Done { .. }) {
            return None;
        }
        let attempt = self.last_attempt()?;
        let looked = attempt.evidence.iter().filter(|one| one.when != When::Before);
        let last = looked.clone().next_back()?;
        let mut failed = looked.filter(|one| {
            one.when == last.when && one.tree == last.tree && one.outcome == Outcome::Failed
        });
        let first = failed.next()?;
        let criterion = attempt.brief.criteria.iter().find(|one| one.key() == first.criterion);
        let what = criterion.map_or("a check", |one| one.text.trim());
        let mut words: String = what.chars().take(MAX_WORDS).collect();
        if words.len() < what.len() {
            words.push('…');
        }
        let fail = counted(failed.count() + 1, "check fails", "checks fail");
        Some(format!("attempt {} was refuted: {fail}: {words}", attempt.number))
    }
}

/// The keys of the criteria that held before an attempt's work.
fn held_before(attempt: &Attempt) -> impl Iterator<Item = &str> {
    let before =
        |one: &&super::check::Evidence| one.when == When::Before && one.outcome == Outcome::Passed;
    attempt.evidence.iter().filter(before).map(|one| one.criterion.as_str())
}
