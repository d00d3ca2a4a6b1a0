//! What the person's settings allow: beside the state, because settings are not facts of a goal.

use super::super::{
    goal::{CommandPolicy, Goal, State},
    ids::RunId,
    money::{DayCaps, Micros, Reservation, Spend},
    phase::Task,
    refusal::Refusal,
    route::Routes,
    rule::CommandRule,
    run::{Authority, Permission},
};

/// The person's settings, as far as the core goes by them. What they come to is in the events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Rules of the user's configuration (and of a trusted project's).
    pub rules: Vec<CommandRule>,
    /// Which model does what.
    pub routes: Routes,
    pub day: DayCaps,
}

/// Whether a command line may run in an attempt.
pub(super) fn permission(
    state: &State,
    settings: &Settings,
    goal: &Goal,
    task: &Task,
    line: &str,
) -> Permission {
    let allowed = |by| Permission::Allowed { by };
    let Some(attempt) = task.last_attempt() else {
        return Permission::Denied { why: "there is no attempt under way".to_owned() };
    };
    if attempt.granted.iter().any(|granted| granted == line) {
        return allowed(Authority::Person);
    }
    if let Some(denial) = attempt.denied.iter().find(|denial| denial.command == line) {
        return Permission::Denied { why: denial.why.clone() };
    }
    let criteria = &attempt.brief.criteria;
    if let Some(one) = criteria.iter().find(|one| one.command() == Some(line)) {
        return allowed(Authority::Criterion { criterion: one.key() });
    }
    let mut rules = state.rules.iter().chain(&settings.rules);
    if let Some(rule) = rules.find(|rule| rule.allows(line)) {
        return allowed(Authority::Rule { rule: rule.shown() });
    }
    match goal.commands {
        CommandPolicy::All => allowed(Authority::AllCommands),
        CommandPolicy::Ask => Permission::Asked,
        CommandPolicy::Rules => Permission::Denied {
            why: "no approved criterion and no rule allows this command".to_owned(),
        },
    }
}

/// Whether a run's reservation fits under every cap. What it held back before is replaced.
pub(super) fn within_caps(goal: &Goal, run: RunId, asked: Reservation) -> Result<(), Refusal> {
    let caps = goal.caps;
    let held = goal.reserved_beside(Some(run), None);
    let whole = (goal.spend, held, caps.goal_tokens, caps.goal_cost, "goal", "the goal");
    let task = goal.runs.get(&run).and_then(|run| run.job.task());
    let part = task.and_then(|id| goal.task(id)).map(|task| {
        let held = goal.reserved_beside(Some(run), Some(&task.spec.id));
        (task.spend, held, caps.task_tokens, caps.task_cost, "task", task.spec.id.as_str())
    });
    for (spend, held, token_cap, cost_cap, key, what) in std::iter::once(whole).chain(part) {
        fits(spend, held, asked, Some(token_cap), cost_cap, (key, what))?;
    }
    Ok(())
}

/// Whether a run's reservation fits into what is left of the day, over all goals.
pub(super) fn within_day(
    state: &State,
    settings: &Settings,
    asked: Reservation,
    run: RunId,
    at: u64,
) -> Result<(), Refusal> {
    let mut held = Reservation::NONE;
    for goal in state.goals.values() {
        held.add(goal.reserved_beside(Some(run), None));
    }
    let DayCaps { tokens, cost } = settings.day;
    fits(state.day.spent_on(at), held, asked, tokens, cost, ("day", "the day (by UTC)"))
}

/// `key` is the beginning of the settings that hold the caps, `what` their scope in words.
fn fits(
    spend: Spend,
    held: Reservation,
    asked: Reservation,
    tokens: Option<u64>,
    cost: Option<Micros>,
    (key, what): (&str, &str),
) -> Result<(), Refusal> {
    let would = spend.usage.total().saturating_add(held.tokens).saturating_add(asked.tokens);
    if let Some(cap) = tokens.filter(|cap| would > *cap) {
        return Err(Refusal::OverCap {
            key: format!("caps.{key}_tokens"),
            what: format!("tokens of {what}"),
            would: would.to_string(),
            cap: cap.to_string(),
        });
    }
    let Some(cap) = cost else { return Ok(()) };
    let Some(asked) = asked.cost else { return Err(Refusal::Unpriced) };
    let held = held.cost.map_or(0, |cost| cost.0);
    let would = spend.cost.0.saturating_add(held).saturating_add(asked.0);
    if would > cap.0 {
        return Err(Refusal::OverCap {
            key: format!("caps.{key}_usd"),
            what: format!("cost of {what}"),
            would: Micros(would).to_string(),
            cap: cap.to_string(),
        });
    }
    Ok(())
}
