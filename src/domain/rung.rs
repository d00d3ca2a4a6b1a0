//! Which rung a task's next session goes to, and why it is another than the plan's.
//!
//! - A tier that a person pinned is kept, whatever has been.
//! - A first attempt starts at the cheapest rung below the plan's that has been succeeding with
//!   this kind of task: where the lower bound of its success rate ([`lower_bound`]) is at least one
//!   half, so that it is more likely than not to succeed. A task of high risk starts where the plan
//!   says.
//! - After an attempt that failed by the model's own doing, or that asked for a stronger model, the
//!   next goes one rung up; one that had started below the plan's rung goes back to that.
//! - A history that does not fit the window goes on in the next rung whose window is larger.

use serde::{Deserialize, Serialize};

use super::{
    attempt::BlockerKind,
    event::Event,
    goal::{Goal, State},
    ids::AttemptNo,
    ledger::{Fate, fate, lower_bound, record_of},
    phase::{Phase, Task},
    plan::{Field, Kind, Risk, Tier},
    route::{Ladder, Routes},
};

/// The success rate that a cheaper rung must have for sure to be started at.
const GOOD_ENOUGH: f64 = 0.5;

/// Why a session goes to a rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum RouteWhy {
    /// It has been succeeding with this kind of task.
    Proven { kind: Kind, succeeded: u32, tried: u32 },
    /// The attempt before failed by the model's own doing.
    Failed { attempt: AttemptNo },
    /// The attempt before said that a stronger model is needed.
    Outgrown { attempt: AttemptNo },
    /// The history does not fit the window of the one before.
    Overflow { window: u64 },
    /// A person pinned it.
    Pinned,
    /// The plan says so.
    Planned,
}

impl std::fmt::Display for RouteWhy {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RouteWhy::Proven { kind, succeeded, tried } => {
                write!(out, "it managed {succeeded} of {tried} tasks of the kind `{}`", kind.word())
            }
            RouteWhy::Failed { attempt } => write!(out, "attempt {attempt} failed"),
            RouteWhy::Outgrown { attempt } => {
                write!(out, "attempt {attempt} asked for a stronger model")
            }
            RouteWhy::Overflow { window } => {
                write!(out, "the history did not fit; this window holds {window} tokens")
            }
            RouteWhy::Pinned => out.write_str("you pinned it"),
            RouteWhy::Planned => out.write_str("the plan says so"),
        }
    }
}

/// The fact that a task's next session goes to another rung than it stands at, if it should.
pub(super) fn reroute(state: &State, routes: &Routes, goal: &Goal, task: &Task) -> Option<Event> {
    let ladder = routes.ladder(task.spec.kind)?;
    let (tier, why) = match &task.phase {
        Phase::Ready => start(state, ladder, task),
        Phase::Blocked { blocker, from } if blocker.kind == BlockerKind::TooBig => {
            if !matches!(**from, Phase::Running { .. }) || goal.run_of(&task.spec.id).is_some() {
                return None;
            }
            roomier(ladder, task)?
        }
        _ => return None,
    };
    let rung = ladder.rung(tier);
    (tier != task.tier()).then(|| Event::Routed {
        task: task.spec.id.clone(),
        tier,
        model: rung.at.model.clone(),
        why,
    })
}

fn start(state: &State, ladder: &Ladder, task: &Task) -> (Tier, RouteWhy) {
    let planned = task.spec.tier;
    if task.spec.pinned.contains(&Field::Tier) {
        return (planned, RouteWhy::Pinned);
    }
    let Some(last) = task.last_attempt() else {
        return proven(state, ladder, task).unwrap_or((planned, RouteWhy::Planned));
    };
    let up = || match ladder.above(last.tier) {
        Some(above) => above.max(planned),
        None => last.tier.max(planned),
    };
    match fate(task, last) {
        Some(Fate::Failed) => (up(), RouteWhy::Failed { attempt: last.number }),
        Some(Fate::Outgrown) => (up(), RouteWhy::Outgrown { attempt: last.number }),
        Some(Fate::Landed) | None => (task.tier(), RouteWhy::Planned),
    }
}

/// The cheapest rung below the plan's that has been succeeding.
fn proven(state: &State, ladder: &Ladder, task: &Task) -> Option<(Tier, RouteWhy)> {
    let (kind, planned) = (task.spec.kind, task.spec.tier);
    let below = |tier: &Tier| *tier < planned && ladder.rung(*tier).at != ladder.rung(planned).at;
    if task.spec.risk == Risk::High || !Tier::ALL.iter().any(below) {
        return None;
    }
    Tier::ALL.into_iter().filter(below).find_map(|tier| {
        let (succeeded, tried) = record_of(state, kind, &ladder.rung(tier).at.model);
        let good = lower_bound(succeeded, tried) >= GOOD_ENOUGH;
        good.then_some((tier, RouteWhy::Proven { kind, succeeded, tried }))
    })
}

/// The next rung up with a larger window.
fn roomier(ladder: &Ladder, task: &Task) -> Option<(Tier, RouteWhy)> {
    if task.spec.pinned.contains(&Field::Tier) {
        return None;
    }
    let here = task.tier();
    let window = ladder.rung(here).window;
    let larger = |tier: &Tier| *tier > here && ladder.rung(*tier).window > window;
    let tier = Tier::ALL.into_iter().find(larger)?;
    Some((tier, RouteWhy::Overflow { window: ladder.rung(tier).window }))
}
