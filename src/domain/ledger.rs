//! How models have fared with each kind of task: counts over all goals of the log.

use std::collections::BTreeMap;

use super::{
    attempt::{Attempt, BlockerKind},
    check::{Outcome, When},
    goal::State,
    phase::{Phase, Task},
    plan::Kind,
};

/// How a model has fared with a kind of task.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Attempts that landed.
    pub succeeded: u32,
    /// Attempts that failed by the model's own doing.
    pub failed: u32,
    /// Tokens of each of these attempts, in and out, in no order that means anything.
    pub tokens: Vec<u64>,
}

impl Counts {
    /// Attempts that say something of the model.
    pub fn tried(&self) -> u32 {
        self.succeeded.saturating_add(self.failed)
    }
}

/// The counts of each model for each kind of task.
pub type Ledger = BTreeMap<Kind, BTreeMap<String, Counts>>;

/// Counts every attempt of every goal. Attempts that failed for a reason outside the model, or
/// about which nothing is known yet, are left out.
pub fn ledger(state: &State) -> Ledger {
    let mut counts = Ledger::new();
    for task in state.goals.values().flat_map(|goal| &goal.plan.tasks) {
        for attempt in &task.attempts {
            let Some(fate) = fate(task, attempt) else { continue };
            let of_kind = counts.entry(task.spec.kind).or_default();
            let tally = of_kind.entry(attempt.model.clone()).or_default();
            match fate {
                Fate::Landed => tally.succeeded = tally.succeeded.saturating_add(1),
                Fate::Failed | Fate::Outgrown => tally.failed = tally.failed.saturating_add(1),
            }
            tally.tokens.push(attempt.usage.total());
        }
    }
    counts
}

/// Of a model's attempts at tasks of a kind, how many landed and how many there were.
pub(super) fn record_of(state: &State, kind: Kind, model: &str) -> (u32, u32) {
    let tasks = state.goals.values().flat_map(|goal| &goal.plan.tasks);
    let (mut landed, mut tried) = (0_u32, 0_u32);
    for task in tasks.filter(|task| task.spec.kind == kind) {
        let attempts = task.attempts.iter().filter(|attempt| attempt.model == model);
        for fate in attempts.filter_map(|attempt| fate(task, attempt)) {
            landed = landed.saturating_add(u32::from(fate == Fate::Landed));
            tried = tried.saturating_add(1);
        }
    }
    (landed, tried)
}

/// What an attempt says of its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Landed,
    /// It gave up, or its checks failed.
    Failed,
    /// It said itself that a stronger model is needed.
    Outgrown,
}

/// What an attempt says of its model; `None` where it says nothing.
pub(super) fn fate(task: &Task, attempt: &Attempt) -> Option<Fate> {
    if matches!(task.phase, Phase::Done { attempt: done, .. } if done == attempt.number) {
        return Some(Fate::Landed);
    }
    let blocker = attempt.report.as_ref().and_then(|report| report.blocker.as_ref());
    match blocker.map(|blocker| blocker.kind) {
        Some(BlockerKind::NeedsStrongerModel) => return Some(Fate::Outgrown),
        // Another model would have met the same.
        Some(
            BlockerKind::NeedsContext
            | BlockerKind::NeedsDecision
            | BlockerKind::TooBig
            | BlockerKind::PlanWrong
            | BlockerKind::EnvironmentBroken
            | BlockerKind::ExternalWait
            | BlockerKind::RateLimited
            | BlockerKind::Budget
            | BlockerKind::MergeConflict
            | BlockerKind::HeldByPerson,
        ) => return None,
        None => {}
    }
    // Before the verdict it may still be mended by a person's look or a second opinion.
    let judged = attempt.verdict.is_some() || task.next_attempt().0 > attempt.number.0 + 1;
    let tree = attempt.head.as_ref().map(|head| head.tree.as_str());
    let checks_failed = attempt
        .evidence
        .iter()
        .filter(|one| one.when == When::After && Some(one.tree.as_str()) == tree)
        .any(|one| one.outcome == Outcome::Failed);
    (judged && (attempt.ended.is_some() || checks_failed)).then_some(Fate::Failed)
}

/// The lower end of the 95 % Wilson score interval of a success rate: what may be relied on when
/// little has been seen (4 of 4 give 0.51, 3 of 3 only 0.44). 0 when nothing has been tried.
///
/// E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22
/// (1927) 209-212; recommended for small counts by Brown, Cai and `DasGupta`, "Interval estimation
/// for a binomial proportion", Statistical Science 16 (2001) 101-133.
pub fn lower_bound(succeeded: u32, tried: u32) -> f64 {
    /// The quantile of the normal distribution for 95 %, both sides.
    const Z: f64 = 1.959_963_984_540_054;
    if tried == 0 {
        return 0.0;
    }
    let (n, rate) = (f64::from(tried), f64::from(succeeded.min(tried)) / f64::from(tried));
    let z2 = Z * Z;
    let spread = Z * (rate * (1.0 - rate) / n + z2 / (4.0 * n * n)).sqrt();
    ((rate + z2 / (2.0 * n) - spread) / (1.0 + z2 / n)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_bound_is_wilson_s() {
        // Values of R's `binom::binom.wilson`.
        for (succeeded, tried, bound) in
            [(4, 4, 0.5101), (3, 3, 0.4385), (8, 10, 0.4902), (9, 10, 0.5958), (50, 100, 0.4038)]
        {
            let found = lower_bound(succeeded, tried);
            assert!((found - bound).abs() < 0.0001, "{succeeded} of {tried}: {found}");
        }
        assert!(lower_bound(0, 0).abs() < 1e-12 && lower_bound(0, 9).abs() < 1e-12);
    }

    #[test]
    fn more_of_the_same_success_is_never_worth_less() {
        for tried in 1..200 {
            assert!(lower_bound(tried + 1, tried + 1) > lower_bound(tried, tried));
            assert!(lower_bound(tried, tried + 1) < lower_bound(tried, tried));
        }
    }
}
