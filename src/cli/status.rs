//! `status`: where everything stands and what waits.

use serde_json::{Value, json};

use super::money;
use super::out::{CliError, Exit, data, data_fit, say, say_fit};
use crate::{
    agent::is_loopback,
    app::{Place, clock},
    config::{Catalogue, Config, DEFAULT_PROVIDER},
    domain::{
        Goal, Micros, Phase, Spend, Standing, State, Task, Waiting, WaitingId, WaitingKind,
        attention, counted, why_waiting,
    },
    logger::{StoreError, is_written},
    ui,
};

/// Columns by which the rest of a long line is set in.
pub(super) const SET_IN: usize = 6;

/// A run that was cut off: its process has gone without a word.
const CUT_OFF: &str = "cut off";

/// Commands run with the person's own rights until kernel containment lands.
pub(super) const SANDBOX: &str = "NO SANDBOX: commands run with your own rights";

pub(super) fn status(place: &Place, as_json: bool) -> Result<Exit, CliError> {
    let state = match place.look() {
        Ok((engine, _, unreadable)) => {
            if !unreadable.is_empty() {
                let events = counted(unreadable.len(), "event", "events");
                say(format_args!("{events} cannot be read and left out here: chargehand doctor"));
            }
            engine.state().clone()
        }
        Err(crate::app::OpenError::Store(StoreError::Missing(_))) => State::default(),
        Err(error) => return Err(error.into()),
    };
    if as_json {
        data(of_state(&state, place));
        return Ok(Exit::Done);
    }
    match state.goal() {
        None => data("no goal; state one with: chargehand run \"…\""),
        Some(goal) => {
            for line in lines(&state, place, goal) {
                data_fit(&line, SET_IN);
            }
        }
    }
    Ok(Exit::Done)
}

/// Says on stderr how a goal stands once its ring rests.
pub(super) fn summary(state: &State, place: &Place) {
    if let Some(goal) = state.goal() {
        say("");
        for line in lines(state, place, goal) {
            say_fit(&line, SET_IN);
        }
    }
}

/// The held servers, a line each, with the time that is left.
pub(super) fn held(state: &State, config: &Config, now: u64) -> Vec<String> {
    let holds = state.goal().map(|goal| goal.holds.iter());
    holds
        .into_iter()
        .flatten()
        .map(|(name, hold)| {
            let when = match hold.until {
                Some(until) => format!("asked again in {}", ui::countdown(until, now)),
                None => "not asked again by itself".to_owned(),
            };
            let (class, message) = (hold.class.word(), ui::line(&hold.message));
            format!("held: {} ({class}), {when}: {message}", server(config, name))
        })
        .collect()
}

/// How a goal stands, line by line.
pub(super) fn lines(state: &State, place: &Place, goal: &Goal) -> Vec<String> {
    let now = clock::now();
    let mut lines = vec![format!("{}  {}", goal.id, ui::line(&goal.text))];
    let work = work(place);
    lines.extend([
        standing(goal, work),
        spent(&goal.spend, free(&place.config)),
        SANDBOX.to_owned(),
    ]);
    lines.extend(unmerged(state));
    lines.extend(money::lines(state, &place.routes(), goal, now));
    lines.extend(tasks(goal, work));
    let waiting = attention(goal);
    if !waiting.is_empty() {
        lines.push("waits for you:".to_owned());
    }
    for one in waiting {
        let (what, until) = what(&one, goal, &place.config, work, now);
        // The whole text, so that nobody decides on what they cannot see.
        let text = ui::block(&one.text).replace('\n', "\n      ");
        lines.push(format!(
            "  {} ({}) {}{}\n      {text}",
            one.id,
            one.kind.word(),
            ui::line(&what),
            until,
        ));
        lines.push(format!("      > {}", hint(&one)));
    }
    lines
}

/// What waits, and when it goes on by itself: nothing does where no process works.
fn what(one: &Waiting, goal: &Goal, config: &Config, work: Work, now: u64) -> (String, String) {
    let until = one.until.map(|until| format!(" in {}", ui::countdown(until, now)));
    let WaitingId::Provider(name) = &one.id else {
        return (one.what.clone(), until.unwrap_or_default());
    };
    let class = goal.holds.get(name).map_or("held", |hold| hold.class.word());
    let held = format!("`{}` is held ({class})", server(config, name));
    match (work, until) {
        (_, None) => (held, String::new()),
        (Work::UnderWay, Some(until)) => (format!("{held} and tries again by itself"), until),
        (Work::AtRest, Some(_)) => (format!("{held}; `chargehand run` tries again"), String::new()),
    }
}

/// A server by the name that the person gave it; the one that has none of its own by its URL.
fn server<'a>(config: &'a Config, name: &'a str) -> &'a str {
    if name == DEFAULT_PROVIDER { &config.provider.base_url } else { name }
}

/// Whether a process works in the log of this place.
pub(super) fn work(place: &Place) -> Work {
    if is_written(&place.log()) { Work::UnderWay } else { Work::AtRest }
}

/// Whether a process works on the goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    UnderWay,
    /// What the log has as begun and not ended was cut off.
    AtRest,
}

/// How a task stands, in a word or two: what has a run and nobody who works on it was cut off.
fn stands(task: &Task, work: Work) -> &'static str {
    match (work, task.phase.run()) {
        (Work::AtRest, Some(_)) => CUT_OFF,
        (Work::UnderWay, _) | (Work::AtRest, None) => task.phase.word(),
    }
}

/// Whether runs of the goal were cut off.
fn is_cut_off(goal: &Goal, work: Work) -> bool {
    work == Work::AtRest && !goal.runs.is_empty() && !goal.is_over()
}

/// How a goal stands, in a few words.
pub(super) fn word(goal: &Goal, work: Work) -> String {
    if is_cut_off(goal, work) { CUT_OFF.to_owned() } else { goal.word() }
}

/// The tasks, a line each, in columns.
fn tasks(goal: &Goal, work: Work) -> Vec<String> {
    let stands = |task: &Task| stands(task, work);
    let all = &goal.plan.tasks;
    let names = all.iter().map(|task| task.spec.id.as_str().len()).max().unwrap_or(0);
    let words = all.iter().map(|task| stands(task).len()).max().unwrap_or(0);
    let line = |task: &Task| {
        let flagged = match task.proving_nothing() {
            0 => String::new(),
            count => {
                let nothing = "criterion proves nothing";
                format!(" [{}]", counted(count, nothing, "criteria prove nothing"))
            }
        };
        let why = match &task.phase {
            Phase::Done { .. } | Phase::Superseded => String::new(),
            _ if stands(task) == CUT_OFF => ": goes on with chargehand run".to_owned(),
            _ => format!(": {}", ui::line(&why_waiting(goal, task))),
        };
        let title = ui::line(&task.spec.title);
        let (glyph, id) = (glyph(&task.phase), &task.spec.id);
        format!("  {glyph} {id:<names$}  {:<words$}  {title}{flagged}{why}", stands(task))
    };
    all.iter().map(line).collect()
}

/// What to type.
fn hint(waiting: &Waiting) -> String {
    let id = &waiting.id;
    match waiting.kind {
        WaitingKind::Question => {
            format!("chargehand answer {id} \"…\" (or the number of an option)")
        }
        WaitingKind::Plan | WaitingKind::Brief | WaitingKind::Look => format!(
            "chargehand show {id}, then: chargehand approve {id}, or: reject {id} --why \"…\""
        ),
        WaitingKind::Command | WaitingKind::Change => {
            format!("chargehand approve {id}, or: reject {id} --why \"…\"")
        }
        WaitingKind::Failure => format!("chargehand approve {id} (one more attempt)"),
        WaitingKind::Provider => format!("chargehand approve {id} (ask it again at once)"),
        WaitingKind::Blocked | WaitingKind::Held => {
            format!("chargehand approve {id}, then: chargehand run")
        }
        WaitingKind::Thought => {
            format!("chargehand approve {id}, or: settle {id} note|task|steer|replan|drop")
        }
        WaitingKind::Goal => "chargehand land".to_owned(),
    }
}

fn standing(goal: &Goal, work: Work) -> String {
    if is_cut_off(goal, work) {
        return format!("{CUT_OFF}, goes on with chargehand run");
    }
    if goal.is_complete() && !goal.archived {
        return format!("complete on {}; merge it with: chargehand land", goal.branch());
    }
    goal.word()
}

/// The other goals that are finished and wait to be merged.
fn unmerged(state: &State) -> Vec<String> {
    let others = state.goals.values().filter(|goal| state.active.as_ref() != Some(&goal.id));
    others
        .filter(|goal| goal.is_complete() && !goal.archived)
        .map(|goal| {
            format!("put aside, finished, not merged: {0} (chargehand goals --switch {0})", goal.id)
        })
        .collect()
}

/// What it means that nothing was counted as a cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Free {
    /// Every model in use is on this machine.
    Local,
    /// Every model in use has a price.
    Priced,
    Unknown,
}

fn free(config: &Config) -> Free {
    let prices = Catalogue::new(config);
    let used = config.models_in_use();
    let on_loopback = |name: &str| {
        config.servers().any(|(server, one)| server == name && is_loopback(&one.base_url))
    };
    if used.iter().any(|at| prices.price(at).is_none()) {
        Free::Unknown
    } else if used.iter().all(|at| on_loopback(&at.provider)) && on_loopback("default") {
        Free::Local
    } else {
        Free::Priced
    }
}

fn spent(spend: &Spend, free: Free) -> String {
    let calls = counted(spend.calls, "call", "calls");
    format!("{} tokens in {calls}, {}", spend.usage.total(), cost(spend, free))
}

/// What is known of the cost; unknown, or `?`, where a price was not known, never 0 for it.
fn cost(spend: &Spend, free: Free) -> String {
    match (spend.unpriced, spend.cost, free) {
        (0, Micros(0), Free::Local) => "$0 (local)".to_owned(),
        (0, Micros(0), Free::Priced) => "$0".to_owned(),
        (0, Micros(0), Free::Unknown) => "cost unknown".to_owned(),
        (0, cost, _) => cost.to_string(),
        (_, Micros(0), _) => "cost unknown".to_owned(),
        (_, cost, _) => format!("{cost} + ?"),
    }
}

fn glyph(phase: &Phase) -> char {
    match phase {
        Phase::Done { .. } => '✓',
        Phase::Failed { .. } => '✗',
        Phase::Blocked { .. } | Phase::Changing { .. } | Phase::Drafted => '!',
        Phase::Cancelled { .. } | Phase::Superseded => '-',
        Phase::Proposed | Phase::Approved | Phase::Ready => '·',
        Phase::Briefing { .. }
        | Phase::Running { .. }
        | Phase::Reported { .. }
        | Phase::Checking { .. }
        | Phase::Checked { .. }
        | Phase::Reviewing { .. }
        | Phase::Accepted { .. }
        | Phase::Landing { .. } => '▸',
    }
}

fn of_state(state: &State, place: &Place) -> Value {
    let (routes, free, work) = (&place.routes(), free(&place.config), work(place));
    let Some(goal) = state.goal() else {
        return json!({"v": 1, "goal": null, "waiting": [], "sandbox": "none"});
    };
    let tasks: Vec<Value> = goal
        .plan
        .tasks
        .iter()
        .map(|task| {
            json!({
                "id": task.spec.id,
                "title": task.spec.title,
                "status": stands(task, work),
                "phase": task.phase,
                "why": why_waiting(goal, task),
                "attempts": task.attempts.len(),
                "brief_hash": task.brief.as_ref().map(crate::domain::Brief::hash),
                "proving_nothing": task.proving_nothing(),
                "tokens": task.spend.usage.total(),
                "cost": cost(&task.spend, free),
                "tier": task.tier(),
                "estimate": money::estimated(state, routes, task),
            })
        })
        .collect();
    let waiting: Vec<Value> = attention(goal)
        .iter()
        .map(|one| {
            json!({
                "id": one.id.to_string(),
                "kind": one.kind.word(),
                "task": one.task,
                "what": one.what,
                "text": one.text,
                "unblocks": one.unblocks,
                "until": one.until,
            })
        })
        .collect();
    json!({
        "v": 1,
        "goal": {"id": goal.id, "text": goal.text, "branch": goal.branch(), "tip": goal.tip},
        "standing": goal.standing,
        "cut_off": is_cut_off(goal, work),
        "complete": goal.is_complete() || matches!(goal.standing, Standing::Landed { .. }),
        "policy": goal.policy,
        "commands": goal.commands,
        "tokens": goal.spend.usage,
        "cost": cost(&goal.spend, free),
        "money": money::json(state, routes, goal, clock::now()),
        "tasks": tasks,
        "waiting": waiting,
        "sandbox": "none",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_server_on_this_machine_is_called_local() {
        let mut config = Config::default();
        config.models.standard = Some("nobody-knows-1".to_owned());
        let told = |config: &Config| cost(&Spend::default(), free(config));
        assert_eq!(told(&config), "cost unknown");
        config.provider.base_url = "http://127.0.0.1:8080/v1".to_owned();
        assert_eq!(told(&config), "$0 (local)");
        config.provider.base_url = "http://10.0.0.7:8080/v1".to_owned();
        assert_eq!(told(&config), "cost unknown");
        let unpriced = Spend { unpriced: 1, calls: 1, ..Spend::default() };
        assert_eq!(cost(&unpriced, Free::Priced), "cost unknown");
    }
}
