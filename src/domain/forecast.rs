//! What a task will use, and what the rest of the plan: from what tasks of this log have used.

use serde::Serialize;

use super::{
    attempt::BlockerKind,
    goal::{Goal, State},
    money::Micros,
    phase::{Phase, Task},
    route::Routes,
};

/// As many tasks must have been done in a narrower group before it is preferred to a wider one.
const ENOUGH: usize = 3;

/// Where an estimate comes from, the narrowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Tasks of this kind that the same model did.
    KindAndModel,
    /// Tasks of this kind.
    Kind,
    /// All tasks that were ever done here.
    All,
    /// The planner's own guess, and nothing else.
    Guess,
}

impl Basis {
    /// The basis in words, after the number of tasks.
    pub fn word(self) -> &'static str {
        match self {
            Basis::KindAndModel => "of this kind with this model",
            Basis::Kind => "of this kind",
            Basis::All => "of any kind",
            Basis::Guess => "(the planner's guess)",
        }
    }
}

/// What a task will use in all: its briefs, attempts and reviews.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Estimate {
    pub basis: Basis,
    /// Tasks that it rests on. With fewer than ten, `p90` is the largest that was seen.
    pub n: u32,
    pub p50: u64,
    pub p90: u64,
    /// The same in money; `None` where a price was not known.
    pub cost: Option<(Micros, Micros)>,
}

/// What the unfinished tasks of a plan will still use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// Unfinished tasks, but for those that only a conflict keeps from landing: what a person
    /// settles there uses no tokens that anything is known of.
    pub tasks: u32,
    /// Of these, tasks about which nothing is known; they are in no sum.
    pub unknown: u32,
    /// The smallest number of done tasks that one of the estimates rests on.
    pub n: u32,
    /// Sum of the middle estimates, less what has been used already.
    pub p50: u64,
    /// Sum of the high estimates: cautious, since not every task runs high.
    pub p90: u64,
    /// The same in money; `None` where a price is not known.
    pub cost: Option<(Micros, Micros)>,
}

/// One task that was done: tokens, and money where all of it is known.
struct Sample {
    tokens: u64,
    cost: Option<Micros>,
}

/// What a task will use, from the tasks of all goals that are done; `None` when nothing is known.
pub fn estimate(state: &State, routes: &Routes, task: &Task) -> Option<Estimate> {
    let kind = task.spec.kind;
    let model = routes.ladder(kind).map(|one| one.rung(task.tier()).at.model.as_str());
    let done = || {
        let tasks = state.goals.values().flat_map(|goal| &goal.plan.tasks);
        tasks.filter(|one| matches!(one.phase, Phase::Done { .. }) && one.spend.calls > 0)
    };
    let same_model =
        |one: &Task| one.last_attempt().is_some_and(|last| Some(last.model.as_str()) == model);
    let groups: [(Basis, Vec<Sample>); 3] = [
        (
            Basis::KindAndModel,
            done().filter(|one| one.spec.kind == kind && same_model(one)).map(sample).collect(),
        ),
        (Basis::Kind, done().filter(|one| one.spec.kind == kind).map(sample).collect()),
        (Basis::All, done().map(sample).collect()),
    ];
    let narrow = groups.iter().find(|(_, samples)| samples.len() >= ENOUGH);
    let wide = || groups.iter().rev().find(|(_, samples)| !samples.is_empty());
    if let Some((basis, samples)) = narrow.or_else(wide) {
        let tokens: Vec<u64> = samples.iter().map(|one| one.tokens).collect();
        let costs: Option<Vec<u64>> =
            samples.iter().map(|one| one.cost.map(|cost| cost.0)).collect();
        return Some(Estimate {
            basis: *basis,
            n: u32::try_from(samples.len()).unwrap_or(u32::MAX),
            p50: percentile(&tokens, 50),
            p90: percentile(&tokens, 90),
            cost: costs.map(|all| (Micros(percentile(&all, 50)), Micros(percentile(&all, 90)))),
        });
    }
    let guess = task.spec.estimate_tokens?;
    Some(Estimate { basis: Basis::Guess, n: 0, p50: guess, p90: guess, cost: None })
}

fn sample(task: &Task) -> Sample {
    let cost = (task.spend.unpriced == 0).then_some(task.spend.cost);
    Sample { tokens: task.spend.usage.total(), cost }
}

/// The smallest of the values that at least `percent` of a hundred are not above (nearest rank).
fn percentile(values: &[u64], percent: usize) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or(0)
}

/// What is still to come of a goal's plan.
pub fn forecast(state: &State, routes: &Routes, goal: &Goal) -> Forecast {
    let mut sum =
        Forecast { cost: Some((Micros(0), Micros(0))), n: u32::MAX, ..Forecast::default() };
    let to_come = |task: &&Task| !task.phase.is_over() && !is_in_conflict(&task.phase);
    for task in goal.plan.tasks.iter().filter(to_come) {
        sum.tasks += 1;
        let Some(one) = estimate(state, routes, task) else {
            sum.unknown += 1;
            continue;
        };
        sum.n = sum.n.min(one.n);
        let used = task.spend.usage.total();
        sum.p50 = sum.p50.saturating_add(one.p50.saturating_sub(used));
        sum.p90 = sum.p90.saturating_add(one.p90.saturating_sub(used));
        sum.cost = match (sum.cost, one.cost) {
            (Some(sum), Some(one)) => {
                let less = |cost: Micros| cost.0.saturating_sub(task.spend.cost.0);
                let low = sum.0.0.saturating_add(less(one.0));
                Some((Micros(low), Micros(sum.1.0.saturating_add(less(one.1)))))
            }
            (_, None) | (None, _) => None,
        };
    }
    if sum.tasks == sum.unknown {
        sum.n = 0;
        sum.cost = None;
    }
    sum
}

/// Whether its work is done and accepted, and fits the goal's branch no more.
fn is_in_conflict(phase: &Phase) -> bool {
    matches!(phase, Phase::Blocked { blocker, .. } if blocker.kind == BlockerKind::MergeConflict)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_seen() {
        assert_eq!(percentile(&[5], 90), 5);
        assert_eq!(percentile(&[9, 1, 5], 50), 5);
        assert_eq!(percentile(&[9, 1, 5], 90), 9);
        let ten: Vec<u64> = (1..=10).collect();
        assert_eq!((percentile(&ten, 50), percentile(&ten, 90)), (5, 9));
        assert_eq!(percentile(&[], 50), 0);
    }
}
