//! What a model call uses and costs, and the caps that hold it.

use serde::{Deserialize, Serialize};

use super::counted::counted;

/// Money in millionths of a US dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Micros(pub u64);

/// Tokens of one call or of many. `input` includes `cached`; `output` includes `reasoning`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    pub input: u64,
    pub cached: u64,
    pub output: u64,
    pub reasoning: u64,
}

impl Usage {
    /// Input and output together: what a token cap counts.
    pub fn total(&self) -> u64 {
        self.input.saturating_add(self.output)
    }

    /// Adds another usage to this one.
    pub fn add(&mut self, other: Usage) {
        self.input = self.input.saturating_add(other.input);
        self.cached = self.cached.saturating_add(other.cached);
        self.output = self.output.saturating_add(other.output);
        self.reasoning = self.reasoning.saturating_add(other.reasoning);
    }
}

/// Prices in micro-dollars per million tokens, so that a price in dollars per million tokens is
/// this number divided by a million.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    pub input: u64,
    pub cached: u64,
    pub output: u64,
}

impl Price {
    /// A model on the person's own machine costs nothing.
    pub const FREE: Price = Price { input: 0, cached: 0, output: 0 };

    /// The cost of a usage, rounded up so that a cap is never passed by rounding.
    pub fn cost(&self, usage: Usage) -> Micros {
        let fresh = usage.input.saturating_sub(usage.cached);
        let sum = u128::from(fresh) * u128::from(self.input)
            + u128::from(usage.cached.min(usage.input)) * u128::from(self.cached)
            + u128::from(usage.output) * u128::from(self.output);
        Micros(u64::try_from(sum.div_ceil(1_000_000)).unwrap_or(u64::MAX))
    }
}

/// What has been used. `cost` is a sum over the priced calls; `unpriced` counts the others, so
/// that an unknown cost is shown as `?` and never as 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spend {
    pub usage: Usage,
    pub cost: Micros,
    pub calls: u64,
    pub unpriced: u64,
}

impl Spend {
    /// Counts one more call; `cost` is `None` when the model has no known price.
    pub fn add(&mut self, usage: Usage, cost: Option<Micros>) {
        self.usage.add(usage);
        self.calls = self.calls.saturating_add(1);
        match cost {
            Some(cost) => self.cost = Micros(self.cost.0.saturating_add(cost.0)),
            None => self.unpriced = self.unpriced.saturating_add(1),
        }
    }
}

/// What has been used on one day, over all goals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Days since 1970, by UTC.
    pub day: u64,
    pub spend: Spend,
}

impl Day {
    /// The day of a time in milliseconds since 1970 UTC.
    pub fn of(at: u64) -> u64 {
        at / 86_400_000
    }

    /// When a day begins, in milliseconds since 1970 UTC.
    pub fn begin(day: u64) -> u64 {
        day.saturating_mul(86_400_000)
    }

    /// What has been used on the day of this time.
    pub fn spent_on(&self, at: u64) -> Spend {
        if self.day == Self::of(at) { self.spend } else { Spend::default() }
    }
}

/// The limits of a day, over all goals. `None`: no limit; 0 means zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayCaps {
    pub tokens: Option<u64>,
    pub cost: Option<Micros>,
}

/// What one call may use at most, held back before it is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    pub tokens: u64,
    /// `None` when the model has no known price.
    pub cost: Option<Micros>,
}

impl Reservation {
    /// Nothing held back.
    pub(super) const NONE: Self = Self { tokens: 0, cost: Some(Micros(0)) };

    /// Holds back more. A call without a price adds nothing to the cost.
    pub(super) fn add(&mut self, more: Self) {
        self.tokens = self.tokens.saturating_add(more.tokens);
        let [sum, more] = [self.cost, more.cost].map(|cost| cost.map_or(0, |cost| cost.0));
        self.cost = Some(Micros(sum.saturating_add(more)));
    }
}

/// The limits of a goal. A cap of 0 means zero, not "no cap".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Caps {
    pub goal_tokens: u64,
    pub task_tokens: u64,
    /// `None`: no cap in money (token caps always hold).
    pub goal_cost: Option<Micros>,
    pub task_cost: Option<Micros>,
    /// Attempts per task, unless the task names its own limit.
    pub attempts: u32,
    /// Model turns in one attempt, over all of its runs.
    pub turns: u32,
    /// Tasks that may be under way at once.
    pub parallel: u32,
    /// Who has set `goal_cost`.
    #[serde(skip_serializing_if = "SetBy::is_settings")]
    pub budget_by: SetBy,
}

/// Where a cap comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SetBy {
    /// The settings: it changes with them.
    #[default]
    Settings,
    /// A person's word for this goal: it holds until they say another.
    Person,
}

impl SetBy {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
    fn is_settings(&self) -> bool {
        *self == Self::Settings
    }
}

impl Default for Caps {
    fn default() -> Self {
        Self {
            goal_tokens: 5_000_000,
            task_tokens: 1_000_000,
            goal_cost: None,
            task_cost: None,
            attempts: 3,
            turns: 60,
            parallel: 2,
            budget_by: SetBy::Settings,
        }
    }
}

impl std::fmt::Display for Caps {
    /// All of them, as a person reads them.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let most = |tokens: u64, cost: Option<Micros>| match cost {
            None => format!("{tokens} tokens"),
            Some(cost) => format!("{tokens} tokens and {cost}"),
        };
        let (goal, task) =
            (most(self.goal_tokens, self.goal_cost), most(self.task_tokens, self.task_cost));
        let attempts = counted(self.attempts, "attempt", "attempts");
        let (turns, parallel) = (counted(self.turns, "turn", "turns"), self.parallel);
        write!(
            out,
            "{goal} for the goal; {task}, {attempts} a task; {turns} each; {parallel} at once"
        )
    }
}

impl std::fmt::Display for Micros {
    /// Dollars, with four places below ten cents and two above.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (dollars, rest) = (self.0 / 1_000_000, self.0 % 1_000_000);
        if self.0 < 100_000 {
            write!(out, "${dollars}.{:04}", rest.div_ceil(100))
        } else {
            write!(out, "${dollars}.{:02}", rest / 10_000)
        }
    }
}
