//! A server that cannot be used just now: its sessions are held, and begin again by themselves.

use serde::{Deserialize, Serialize};

use super::{
    goal::Goal,
    ids::RunId,
    route::{Needs, Routes},
    run::{Fault, FaultClass, Job},
};

/// The first wait after a fault that may pass, in milliseconds; it doubles with each that follows.
const FIRST: u64 = 15_000;
/// The longest such wait, in milliseconds.
const MOST: u64 = 600_000;
/// The first wait for an account to be filled up, in milliseconds; it doubles too.
const FIRST_QUOTA: u64 = 600_000;
/// The longest wait for an account, in milliseconds.
const MOST_QUOTA: u64 = 3_600_000;
/// The shortest and the longest wait that a server may ask for, in milliseconds.
const ASKED: (u64, u64) = (1_000, 86_400_000);

/// Why and how long a server is not asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub class: FaultClass,
    /// The model that was asked when it failed.
    pub model: String,
    pub message: String,
    pub hint: String,
    /// When it began, in milliseconds since 1970 UTC.
    pub since: u64,
    /// When one session tries again, in milliseconds since 1970 UTC; `None`: when a person says so.
    pub until: Option<u64>,
    /// Faults since it last answered, those of sessions side by side counted once.
    pub strikes: u32,
    /// The one run that tries whether it answers again.
    pub trial: Option<RunId>,
}

impl Hold {
    /// The hold that a fault leads to, after the one that was there before.
    ///
    /// A fault that comes while another run tries is of a session that failed with the first.
    pub(super) fn after(before: Option<&Hold>, fault: &Fault, model: &str, at: u64) -> Self {
        let trial = before.and_then(|one| one.trial);
        let same =
            trial.is_some() || before.is_some_and(|one| one.until.is_none_or(|until| at < until));
        let strikes = before.map_or(0, |one| one.strikes);
        let strikes = if same { strikes.max(1) } else { strikes.saturating_add(1) };
        let doubled = |first: u64, most: u64| {
            let times = 2_u64.saturating_pow(strikes.saturating_sub(1));
            first.saturating_mul(times).min(most)
        };
        let wait = match (fault.class, fault.wait) {
            (FaultClass::Auth, _) => None,
            (_, Some(asked)) => Some(asked.clamp(ASKED.0, ASKED.1)),
            (FaultClass::Quota, None) => Some(doubled(FIRST_QUOTA, MOST_QUOTA)),
            (_, None) => Some(doubled(FIRST, MOST)),
        };
        let until = wait.map(|wait| at.saturating_add(wait));
        Self {
            class: fault.class,
            model: model.to_owned(),
            message: fault.message.clone(),
            hint: fault.hint.clone(),
            since: before.map_or(at, |one| one.since),
            // Of sessions that fail side by side, the one that asks for the longest wait counts.
            until: match (before.filter(|_| same), until) {
                (Some(before), Some(until)) => before.until.map(|one| one.max(until)),
                (_, until) => until,
            },
            strikes,
            trial,
        }
    }
}

impl Hold {
    /// Whether a session may try now.
    fn tries_at(&self, at: u64) -> bool {
        self.trial.is_none() && self.until.is_some_and(|until| until <= at)
    }
}

impl FaultClass {
    /// Whether the fault is one of the server as a whole, so that no other session of it should
    /// begin either.
    pub fn holds_the_provider(self) -> bool {
        match self {
            FaultClass::Auth
            | FaultClass::Quota
            | FaultClass::Rate
            | FaultClass::Overload
            | FaultClass::Network => true,
            FaultClass::Protocol
            | FaultClass::ContextOverflow
            | FaultClass::ContentFilter
            | FaultClass::Budget
            | FaultClass::Model
            | FaultClass::Environment => false,
        }
    }
}

impl Fault {
    /// Whether it holds the sessions of the server that it names.
    pub fn holds(&self) -> bool {
        self.class.holds_the_provider() && self.from.is_some()
    }
}

/// Whether a server lets a job begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Gate<'a> {
    Open,
    /// The job finds out whether this server answers again.
    Trial(&'a str),
    Held(&'a str, &'a Hold),
}

impl Gate<'_> {
    /// Whether the job may begin now.
    pub(super) fn lets_in(&self) -> bool {
        match self {
            Gate::Open | Gate::Trial(_) => true,
            Gate::Held(..) => false,
        }
    }
}

/// Whether a job may begin at a time (milliseconds since 1970 UTC). Once a hold has passed, one session tries; the others follow
/// when it has been answered.
pub(super) fn gate<'a>(goal: &'a Goal, routes: &Routes, job: &Job, at: u64) -> Gate<'a> {
    let needs = routes.provider_of(goal, job);
    let mut servers = goal.holds.iter().filter(|(provider, _)| match needs {
        Needs::None => false,
        Needs::Provider(needed) => needed == provider.as_str(),
        Needs::Unknown => true,
    });
    let first = servers.next();
    match first {
        None => Gate::Open,
        Some((provider, hold)) if hold.tries_at(at) && servers.all(|(_, one)| one.tries_at(at)) => {
            Gate::Trial(provider)
        }
        Some((provider, hold)) => Gate::Held(provider, hold),
    }
}
