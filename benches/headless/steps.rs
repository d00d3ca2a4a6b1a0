//! What a step of the core costs, and how that grows with the plan.

use std::time::Duration;

use chargehand::domain::{Actor, Command, MAX_TASKS, PlanDraft, Policy, TaskSpec, faults_of_draft};

use super::{
    desk::bare_start,
    report::{Row, Target, float, in_turns, quartile, timed},
    world::{Life, draft, spec},
};

/// Tasks that are worked on from their brief to their landing.
const WORKED: usize = 15;
/// Notes that a session logs: the steps after which nothing comes due.
const NOTES: usize = 200;

/// What a step may cost where a bare start of a process takes 2.2 ms: 100 us.
const MOST_STARTS: f64 = 0.045;
/// 1,000 tasks against 20: no more than linear.
const LINEAR: f64 = 50.0;

/// A step in a long plan against one in a short plan and against a bare start, and what a plan is
/// looked through for.
pub fn steps() -> Vec<Row> {
    let (short, short_note) = average(20);
    let (long, long_note) = average(MAX_TASKS);
    let start = quartile(&[(); 31].map(|()| timed(bare_start).0));
    let of = |tasks: usize| draft(specs(tasks));
    let (few, many) = (of(MAX_TASKS / 10), of(MAX_TASKS));
    let look = |draft: &PlanDraft| assert_eq!(faults_of_draft(draft, &|_| false), []);
    let (many, few) = in_turns(11, || look(&many), || look(&few));
    vec![
        Row::times("a step, 1,000 tasks", long, ("`true`", start), Target::AtMost(MOST_STARTS)),
        Row::times("the same", long, ("20 tasks", short), Target::AtMost(LINEAR)),
        Row::times(
            "one that only logs",
            long_note,
            ("20 tasks", short_note),
            Target::AtMost(LINEAR),
        ),
        Row::times("faults of a plan, 1,000 tasks", many, ("100 tasks", few), Target::AtMost(20.0)),
    ]
}

/// Tasks of which each waits for the one ten places before it, and reads what that makes.
fn specs(tasks: usize) -> Vec<TaskSpec> {
    let id = |task: usize| format!("task-{task}");
    (0..tasks)
        .map(|task| {
            let before = task.checked_sub(10).map(id);
            let mut spec = spec(&id(task), &before.iter().map(String::as_str).collect::<Vec<_>>());
            spec.outputs = vec![format!("out/{}", id(task))];
            spec.inputs = before.iter().map(|before| format!("out/{before}")).collect();
            spec
        })
        .collect()
}

/// A step on the way of some tasks to their end, averaged over each task's, and one that only logs:
/// the lower quartiles.
fn average(tasks: usize) -> (Duration, Duration) {
    let mut life = Life::new(Policy::Yes);
    life.plan(specs(tasks));
    let worked: Vec<Duration> = (0..WORKED)
        .map(|task| {
            let before = life.at;
            let (time, ()) = timed(|| life.done(&format!("task-{task}")));
            time.div_f64(float(usize::try_from(life.at - before).unwrap()))
        })
        .collect();
    let noted: Vec<Duration> = (0..NOTES)
        .map(|_| {
            let note = Command::Note { run: None, text: "It goes on.".into() };
            timed(|| life.try_by(note, Actor::Chargehand).unwrap()).0
        })
        .collect();
    (quartile(&worked), quartile(&noted))
}
