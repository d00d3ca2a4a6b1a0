//! What a step of the core costs, and how that grows with the plan.

use std::time::{Duration, Instant};

use chargehand::domain::{
    Actor, Approver, Command, Engine, Event, GoalId, Policy, Record, Seq, Settings, TaskSpec,
};

use super::{
    report::{Row, Target, float},
    world::{Life, draft, spec},
};

/// Tasks that are worked on from their brief to their landing.
const WORKED: usize = 15;
/// Notes that a session logs: the steps after which nothing comes due.
const NOTES: usize = 200;

/// A step in a long plan against one in a short plan.
pub fn steps() -> Vec<Row> {
    let (short, short_note) = average(20);
    let (long, long_note) = average(1_000);
    vec![
        Row::times("a step, 1,000 tasks", long, ("20 tasks", short), Target::AtMost(10.0)),
        Row::times("one that only logs", long_note, ("20 tasks", short_note), Target::AtMost(10.0)),
    ]
}

/// The average time of a step on the way of some tasks to their end, and of one that only logs.
/// Each task waits for the one ten places before it.
fn average(tasks: usize) -> (Duration, Duration) {
    let id = |task: usize| format!("task-{task}");
    let specs: Vec<TaskSpec> = (0..tasks)
        .map(|task| match task.checked_sub(10) {
            Some(before) => spec(&id(task), &[&id(before)]),
            None => spec(&id(task), &[]),
        })
        .collect();
    let mut life = planned(specs);
    let (begun, steps) = (Instant::now(), life.at);
    for task in 0..WORKED {
        life.done(&id(task));
    }
    let average = begun.elapsed().div_f64(float(usize::try_from(life.at - steps).unwrap()));
    let begun = Instant::now();
    for _ in 0..NOTES {
        let note = Command::Note { run: None, text: "It goes on.".into() };
        life.try_by(note, Actor::Chargehand).unwrap();
    }
    (average, begun.elapsed().div_f64(float(NOTES)))
}

/// A life with this plan in force. No planner may propose so much at once, so it is folded from
/// what a log with it would hold.
fn planned(specs: Vec<TaskSpec>) -> Life {
    let mut log = Life::new(Policy::Yes).log;
    let draft = draft(specs);
    let by = Approver::Policy { policy: Policy::Yes };
    let approved = Event::PlanApproved { hash: draft.hash(), by };
    for event in [Event::PlanProposed { run: None, draft }, approved] {
        let seq = Seq(log.len() as u64 + 1);
        let goal = Some(GoalId::from("ship"));
        let (actor, task, attempt) = (Actor::Chargehand, None, None);
        log.push(Record { seq, at: seq.0, actor, goal, revision: 0, task, attempt, event });
    }
    let settings = Settings::default();
    let mut life = Life { core: Engine::replay(settings.clone(), &log), at: 9, log, settings };
    life.wake();
    life
}
