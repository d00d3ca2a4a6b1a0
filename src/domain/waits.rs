//! Why a task is where it is: the answer to "why is this waiting", for every phase.

use super::{
    goal::{Goal, Standing},
    ids::TaskId,
    phase::{Phase, Task},
    reshape,
    run::Job,
};

/// One sentence that says what the task waits for, or what is done for it now.
pub fn why_waiting(goal: &Goal, task: &Task) -> String {
    if goal.archived {
        return "the goal is archived".to_owned();
    }
    if let Standing::Landed { into, .. } = &goal.standing
        && !task.phase.is_over()
    {
        return format!("the goal has landed on {into} without it");
    }
    let ending = goal.run_of(&task.spec.id).filter(|run| task.phase.run() != Some(*run));
    match &task.phase {
        Phase::Proposed => "the plan waits for your approval".to_owned(),
        Phase::Approved | Phase::Ready | Phase::Running { run: None, .. } => held_up(goal, task)
            .unwrap_or_else(|| match (ending, &task.phase) {
                (Some(run), _) => format!("its earlier run {run} is ending"),
                (None, Phase::Approved) => {
                    crowded(goal, "its brief", |job| matches!(job, Job::Brief { .. }))
                }
                (None, _) => crowded(goal, "its session", |job| matches!(job, Job::Execute { .. })),
            }),
        Phase::Briefing { run } => busy(goal, task, &format!("its brief is being written ({run})")),
        Phase::Drafted => "its brief waits for your approval".to_owned(),
        Phase::Running { attempt, run: Some(run) } => {
            busy(goal, task, &format!("a session works on attempt {attempt} ({run})"))
        }
        Phase::Reported { .. } => "its checks come next".to_owned(),
        Phase::Checking { run, .. } => format!("its checks are running ({run})"),
        Phase::Checked { .. } => held_up(goal, task).unwrap_or_else(|| next(goal, "its review")),
        Phase::Reviewing { run, .. } => {
            busy(goal, task, &format!("its result is being reviewed ({run})"))
        }
        Phase::Accepted { .. } => match task.unlooked().next() {
            Some(one) => format!("you must look: {}", one.look().unwrap_or(&one.text)),
            None => match goal.runs.values().find(|run| matches!(run.job, Job::Land { .. })) {
                Some(run) => {
                    let other = run.job.task().map_or("another task", TaskId::as_str);
                    format!("work lands one at a time, and `{other}` is landing")
                }
                None => "its landing comes next".to_owned(),
            },
        },
        Phase::Landing { run, .. } => format!("it is landing ({run})"),
        Phase::Done { .. } => "its work has landed on the goal's branch".to_owned(),
        Phase::Changing { change, .. } => {
            let hunks = goal.changes.get(change).map_or(&[][..], |one| &one.hunks);
            match reshape::under_way(&goal.plan, hunks) {
                Some(other) => {
                    format!("the change {change} concerns `{}`, which is under way", other.spec.id)
                }
                None => format!("the change {change} of the plan waits for your word"),
            }
        }
        Phase::Blocked { blocker, .. } => format!("{}: {}", blocker.kind.word(), blocker.text),
        Phase::Failed { why } => format!("it has failed: {why}"),
        Phase::Cancelled { why } => format!("it was cancelled: {why}"),
        Phase::Superseded => "other tasks have taken its place".to_owned(),
    }
}

/// A run is under way; it may itself wait for the person.
fn busy(goal: &Goal, task: &Task, what: &str) -> String {
    match for_the_person(goal, task) {
        Some(waits) => format!("{what} and {waits}"),
        None => what.to_owned(),
    }
}

fn for_the_person(goal: &Goal, task: &Task) -> Option<String> {
    let id = &task.spec.id;
    if let Some(ask) = goal.asks.iter().find(|ask| ask.task == *id) {
        return Some(format!("waits for your word on a command ({}.{})", ask.run, ask.call));
    }
    goal.open_questions()
        .find(|(_, question)| question.task.as_ref() == Some(id))
        .map(|(question, _)| format!("waits for your answer to {question}"))
}

/// What a task that could begin is held up by: the person, or the tasks before it.
fn held_up(goal: &Goal, task: &Task) -> Option<String> {
    if let Some(waits) = for_the_person(goal, task) {
        return Some(format!("it {waits}"));
    }
    let before: Vec<String> = goal
        .waits_for(task)
        .map(|id| {
            let stands = goal.task(id).map_or("not in the plan", |one| one.phase.word());
            format!("`{id}` ({stands})")
        })
        .collect();
    (!before.is_empty()).then(|| format!("it comes after {}", before.join(", ")))
}

/// Nothing holds it up but the number of runs of its kind.
fn crowded(goal: &Goal, what: &str, kind: impl Fn(&Job) -> bool) -> String {
    let runs = goal.runs.values().filter(|run| kind(&run.job)).count();
    if runs > 0 {
        format!("{what} waits for room: {runs} of {} are under way", goal.caps.parallel)
    } else {
        next(goal, what)
    }
}

/// Nothing of the goal's own holds it up; its server may.
fn next(goal: &Goal, what: &str) -> String {
    match goal.holds.iter().next() {
        Some((name, hold)) => {
            let class = hold.class.word();
            format!("{what} comes next, and the server `{name}` may be held ({class})")
        }
        None => format!("{what} comes next"),
    }
}
