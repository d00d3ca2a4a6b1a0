//! Which model does what: a ladder of rungs from cheap to strong for each kind of task.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    goal::Goal,
    plan::{Kind, Tier},
    run::Job,
};

/// A model at a server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Endpoint {
    /// The server's name in the settings.
    pub provider: String,
    /// The model's name as that server knows it.
    pub model: String,
}

/// An endpoint that a tier leads to, with the tokens that its window holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    pub at: Endpoint,
    pub window: u64,
}

/// The rungs for one kind of task. Two tiers may lead to the same endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ladder {
    pub cheap: Rung,
    pub standard: Rung,
    pub strong: Rung,
}

impl Ladder {
    /// The rung of a tier.
    pub fn rung(&self, tier: Tier) -> &Rung {
        match tier {
            Tier::Cheap => &self.cheap,
            Tier::Standard => &self.standard,
            Tier::Strong => &self.strong,
        }
    }

    /// The next tier above that leads to another endpoint.
    pub fn above(&self, tier: Tier) -> Option<Tier> {
        let here = &self.rung(tier).at;
        Tier::ALL.into_iter().find(|one| *one > tier && self.rung(*one).at != *here)
    }
}

/// The settings' whole word on models. Without a planner nothing is routed: every task goes to the
/// tier that its plan names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routes {
    /// Who plans, writes briefs and reviews.
    pub planner: Option<Rung>,
    /// For kinds of task that have no ladder of their own.
    pub ladder: Option<Ladder>,
    pub kinds: BTreeMap<Kind, Ladder>,
}

impl Routes {
    /// The ladder for a kind of task.
    pub fn ladder(&self, kind: Kind) -> Option<&Ladder> {
        self.kinds.get(&kind).or(self.ladder.as_ref())
    }

    /// Every rung, so that what is known of a model can be put right.
    pub fn rungs_mut(&mut self) -> impl Iterator<Item = &mut Rung> {
        let ladders = self.ladder.iter_mut().chain(self.kinds.values_mut());
        let tiers = ladders.flat_map(|one| [&mut one.cheap, &mut one.standard, &mut one.strong]);
        self.planner.iter_mut().chain(tiers)
    }

    /// The server that a job needs, where it is known.
    pub(super) fn provider_of(&self, goal: &Goal, job: &Job) -> Needs<'_> {
        let at = match job {
            Job::Check { .. } | Job::Land { .. } => return Needs::None,
            Job::Plan | Job::Brief { .. } | Job::Review { .. } => {
                self.planner.as_ref().map(|one| &one.at)
            }
            Job::Execute { task, .. } => goal.task(task).and_then(|task| {
                let ladder = self.ladder(task.spec.kind)?;
                Some(&ladder.rung(task.tier()).at)
            }),
        };
        at.map_or(Needs::Unknown, |at| Needs::Provider(&at.provider))
    }
}

/// What a job needs of the outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs<'a> {
    /// No model.
    None,
    Provider(&'a str),
    /// A model at some server.
    Unknown,
}
