//! What fresh sessions sent, beside what one growing conversation would have sent for the same.

use serde::{Deserialize, Serialize};

use super::{attempt::Attempt, goal::Goal, ids::RunId, money::Usage};

/// What a cached token of a prompt costs, in hundredths of a fresh one: the least that a provider
/// takes for it (`assets/models.yaml`), so that the comparison is never in our favour.
const CACHED_PERCENT: u64 = 10;

/// The requests of one attempt's sessions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Traffic {
    pub requests: u64,
    /// Prompt tokens of the first request.
    pub first: u64,
    /// Prompt and answer tokens of the last request.
    pub last: u64,
}

impl Traffic {
    /// Counts a request that was answered.
    pub(super) fn add(&mut self, usage: Usage) {
        if usage.input == 0 {
            return;
        }
        if self.requests == 0 {
            self.first = usage.input;
        }
        self.requests = self.requests.saturating_add(1);
        self.last = usage.total();
    }

    /// What the attempt would have left behind in a conversation that goes on: its brief and all
    /// that was said after it. What every session begins with is there once and not counted.
    fn left(&self, brief: u64) -> u64 {
        self.last.saturating_sub(self.first).saturating_add(brief.min(self.first))
    }
}

/// Prompt tokens of all attempts of a goal, sent and as they might have been.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Growth {
    /// Attempts that sent something.
    pub attempts: u64,
    pub sent: u64,
    /// The same with what the server says it had cached at a tenth.
    pub sent_weighted: u64,
    /// If each attempt had gone on in the conversation of those before it, nothing compacted.
    pub growing: u64,
    /// The same if the server had had all of it cached that was sent before, at a tenth.
    pub growing_weighted: u64,
}

/// What a goal's executors sent, beside what one growing conversation would have sent: to each
/// request comes what every earlier attempt left behind.
pub fn growth(goal: &Goal) -> Growth {
    let mut attempts: Vec<(&Attempt, Option<&RunId>)> = goal
        .plan
        .tasks
        .iter()
        .flat_map(|task| &task.attempts)
        .filter(|one| one.traffic.requests > 0)
        .map(|one| (one, one.runs.first()))
        .collect();
    attempts.sort_by_key(|(_, began)| *began);
    let mut all = Growth::default();
    let mut carried: u64 = 0;
    for (attempt, _) in attempts {
        let (usage, traffic) = (attempt.usage, attempt.traffic);
        let growing = usage.input.saturating_add(traffic.requests.saturating_mul(carried));
        let left = traffic.left(u64::from(attempt.brief.tokens()));
        // In one conversation nothing is new but what is said in it.
        let new = if all.attempts == 0 { traffic.last } else { left }.min(growing);
        all.attempts += 1;
        all.sent = all.sent.saturating_add(usage.input);
        all.sent_weighted = all.sent_weighted.saturating_add(weighted(usage.input, usage.cached));
        all.growing = all.growing.saturating_add(growing);
        all.growing_weighted =
            all.growing_weighted.saturating_add(weighted(growing, growing - new));
        carried = carried.saturating_add(left);
    }
    all
}

fn weighted(input: u64, cached: u64) -> u64 {
    let cached = cached.min(input);
    (input - cached).saturating_add(cached.saturating_mul(CACHED_PERCENT).div_ceil(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_behind_is_the_brief_and_what_was_said_after_it() {
        let mut traffic = Traffic::default();
        for (input, output) in [(1_000, 50), (0, 0), (1_300, 100)] {
            traffic.add(Usage { input, output, ..Usage::default() });
        }
        assert_eq!(traffic, Traffic { requests: 2, first: 1_000, last: 1_400 });
        assert_eq!(traffic.left(300), 700);
    }

    #[test]
    fn a_cached_token_counts_a_tenth() {
        assert_eq!(weighted(1_000, 900), 190);
        assert_eq!(weighted(10, 99), 1);
    }
}
