//! What was used, what it would have been in one conversation, and what is still to come.

use serde_json::{Value, json};

use crate::{
    domain::{
        Estimate, Forecast, Goal, Micros, Routes, State, counted, estimate, forecast, growth,
    },
    ui,
};

/// The lines of `status`, for a person.
pub(super) fn lines(state: &State, routes: &Routes, goal: &Goal, now: u64) -> Vec<String> {
    let mut lines = Vec::new();
    let all = growth(goal);
    // One attempt is a conversation of its own either way.
    if all.attempts > 1 {
        lines.push(format!(
            "sessions sent {} tokens; one growing conversation would have sent {}",
            ui::count(all.sent),
            ui::count(all.growing),
        ));
        lines.push(format!(
            "  with each cached token counted as a tenth: {} by sessions, {} in one conversation",
            ui::count(all.sent_weighted),
            ui::count(all.growing_weighted),
        ));
    }
    let rest = forecast(state, routes, goal);
    if rest.tasks > 0 {
        lines.push(format!("to come: {}", told(&rest)));
        let left = goal.caps.goal_tokens.saturating_sub(goal.spend.usage.total());
        if rest.p50 > left {
            lines.push(format!(
                "the goal's cap leaves {} tokens; that may not be enough",
                ui::count(left)
            ));
        }
    }
    let today = state.day.spent_on(now);
    if today.calls > goal.spend.calls {
        lines.push(format!("today in all: {} tokens", ui::count(today.usage.total())));
    }
    lines
}

fn told(rest: &Forecast) -> String {
    let tasks = counted(rest.tasks, "task", "tasks");
    if rest.tasks == rest.unknown {
        return format!("{tasks}; nothing is known yet of what they use");
    }
    let unknown = match rest.unknown {
        0 => String::new(),
        count => format!(", {count} more of unknown size"),
    };
    let from = match rest.n {
        0 => "the planner's guess".to_owned(),
        n => format!("from {}", counted(n, "done task", "done tasks")),
    };
    let (middle, high) = (ui::count(rest.p50), ui::count(rest.p90));
    format!("{tasks}{unknown}, about {middle} tokens, at most {high}{} ({from})", cost(rest.cost))
}

fn cost(range: Option<(Micros, Micros)>) -> String {
    match range {
        Some((Micros(0), Micros(0))) | None => String::new(),
        Some((middle, high)) => format!(", {middle} to {high}"),
    }
}

/// The same as values.
pub(super) fn json(state: &State, routes: &Routes, goal: &Goal, now: u64) -> Value {
    let today = state.day.spent_on(now);
    json!({
        "forecast": forecast(state, routes, goal),
        "conversation": growth(goal),
        "today": {"tokens": today.usage.total(), "micros": today.cost, "unpriced": today.unpriced},
    })
}

/// A task's estimate in words.
pub(super) fn of_task(one: &Estimate) -> String {
    let from = match one.n {
        0 => one.basis.word().to_owned(),
        n => format!("({} {})", counted(n, "task", "tasks"), one.basis.word()),
    };
    let (middle, high) = (ui::count(one.p50), ui::count(one.p90));
    format!("estimate: {middle} tokens, at most {high}{} {from}", cost(one.cost))
}

/// A task's estimate, if anything is known.
pub(super) fn estimated(
    state: &State,
    routes: &Routes,
    task: &crate::domain::Task,
) -> Option<Estimate> {
    estimate(state, routes, task).filter(|_| !task.phase.is_over())
}
