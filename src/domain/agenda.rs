//! What should happen next without being asked.
//!
//! The agenda looks at the board, not at the bell: it reads the state as it stands rather than
//! the event that changed it. So it cannot miss one, and a replayed log needs no other way to
//! take up its work again.

use std::collections::BTreeSet;

use super::{
    brief::Severity,
    decide::Settings,
    event::Event,
    goal::{Approver, Goal, Policy, Standing, State},
    hold,
    ids::{ChangeId, Seq, TaskId},
    lesson::Lesson,
    phase::{Phase, Task},
    plan::Hunk,
    reshape,
    run::Job,
    rung,
};

/// Something that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Begin(Job),
    /// A fact that a recorded policy of the person brings about.
    Fact(Box<Event>),
}

/// The next thing that is due for the active goal at a time (milliseconds since 1970 UTC), or
/// `None` when all waits for a person, a run or a held server.
pub(super) fn next(state: &State, settings: &Settings, at: u64) -> Option<Due> {
    let goal = state.goal().filter(|goal| !goal.archived)?;
    if let Some(due) = lesson(state) {
        return Some(due);
    }
    let may_ask = |job: &Job| hold::gate(goal, &settings.routes, job, at).lets_in();
    match &goal.standing {
        Standing::Planning { .. } => plan(goal, may_ask),
        Standing::Proposed { draft } => match goal.policy {
            Policy::Yes => Some(fact(Event::PlanApproved {
                hash: draft.hash(),
                by: Approver::Policy { policy: goal.policy },
            })),
            Policy::Each | Policy::Clean { .. } => None,
        },
        Standing::Working => change(goal)
            .or_else(|| land(goal).map(Due::Begin))
            .or_else(|| review(goal, may_ask).map(Due::Begin))
            .or_else(|| check(goal).map(Due::Begin))
            .or_else(|| reroute(state, settings, goal))
            .or_else(|| execute(goal, may_ask).map(Due::Begin))
            .or_else(|| approve(goal))
            .or_else(|| brief(goal, may_ask).map(Due::Begin)),
        Standing::Stalled { .. } | Standing::Landed { .. } => None,
    }
}

fn fact(event: Event) -> Due {
    Due::Fact(Box::new(event))
}

/// A lesson that was counted out: by what came of the attempts with it and without it.
fn lesson(state: &State) -> Option<Due> {
    let due = |lesson: &Lesson| Some((lesson.id, lesson.due()?));
    let (id, mark) = state.lessons.iter().find_map(due)?;
    Some(fact(Event::LessonMarked { lesson: id, mark }))
}

/// Whether a question about this task (or, for `None`, about the plan) is open.
fn asked(goal: &Goal, task: Option<&Task>) -> bool {
    let id = task.map(|task| &task.spec.id);
    goal.open_questions().any(|(_, question)| question.task.as_ref() == id)
}

fn plan(goal: &Goal, may_ask: impl Fn(&Job) -> bool) -> Option<Due> {
    // A planner that was told to stop, or whose plan was rejected, ends first.
    let busy = goal.has_run(|job| matches!(job, Job::Plan));
    (!busy && !asked(goal, None) && may_ask(&Job::Plan)).then_some(Due::Begin(Job::Plan))
}

/// With `--yes`, a proposed change is taken but for what a person has pinned.
fn change(goal: &Goal) -> Option<Due> {
    if goal.policy != Policy::Yes {
        return None;
    }
    // What concerns a task under way is decided once that has come to rest.
    let (id, change): (&ChangeId, _) = goal
        .changes
        .iter()
        .find(|(_, one)| reshape::under_way(&goal.plan, &one.hunks).is_none())?;
    let accepted = (0..change.hunks.len())
        .filter(|at| !change.hunks[*at].touches_pinned(&goal.plan))
        .filter(|at| !raises_limit(goal, &change.hunks[*at]))
        .filter(|at| {
            // What is done stays done.
            change.hunks[*at].concerns().is_none_or(|id| !goal.is_done(id))
        })
        .collect::<Vec<_>>();
    // Hunks lean on each other, and the plan may have changed since they were proposed; what is
    // not sound now is declined as a whole.
    let accepted = if reshape::sound_part(&goal.plan, &change.hunks, &accepted) {
        accepted
    } else {
        Vec::new()
    };
    let by = Approver::Policy { policy: goal.policy };
    Some(fact(Event::ChangeDecided { change: *id, accepted, by }))
}

/// Attempts cost money; no policy gives more of them than the person has.
fn raises_limit(goal: &Goal, hunk: &Hunk) -> bool {
    let Hunk::Change { task: new } = hunk else { return false };
    let now = goal.task(&new.id).map(|task| goal.attempt_limit(task));
    now.is_some_and(|now| new.attempt_limit.unwrap_or(goal.caps.attempts) > now)
}

/// Whether no run works for the task and none is winding down.
fn is_free(goal: &Goal, task: &Task) -> bool {
    goal.run_of(&task.spec.id).is_none()
}

/// Work lands one at a time, and only once a person has looked at what only a person can see.
fn land(goal: &Goal) -> Option<Job> {
    if goal.has_run(|job| matches!(job, Job::Land { .. })) {
        return None;
    }
    goal.plan.tasks.iter().find_map(|task| match task.phase {
        Phase::Accepted { attempt } if task.looked_at() && is_free(goal, task) => {
            Some(Job::Land { task: task.spec.id.clone(), attempt })
        }
        _ => None,
    })
}

fn review(goal: &Goal, may_ask: impl Fn(&Job) -> bool) -> Option<Job> {
    let mut due = goal.plan.tasks.iter().filter_map(|task| match task.phase {
        Phase::Checked { attempt } if !asked(goal, Some(task)) && is_free(goal, task) => {
            Some(Job::Review { task: task.spec.id.clone(), attempt })
        }
        _ => None,
    });
    due.find(may_ask)
}

fn check(goal: &Goal) -> Option<Job> {
    goal.plan.tasks.iter().find_map(|task| match task.phase {
        Phase::Reported { attempt } if is_free(goal, task) => {
            Some(Job::Check { task: task.spec.id.clone(), attempt })
        }
        _ => None,
    })
}

/// Before a session begins, it is settled which model it goes to.
fn reroute(state: &State, settings: &Settings, goal: &Goal) -> Option<Due> {
    let mut tasks = goal.plan.tasks.iter();
    tasks.find_map(|task| rung::reroute(state, &settings.routes, goal, task)).map(fact)
}

/// Interrupted attempts go on before new ones begin.
fn execute(goal: &Goal, may_ask: impl Fn(&Job) -> bool) -> Option<Job> {
    let running = goal.runs.values().filter(|run| matches!(run.job, Job::Execute { .. })).count();
    if running >= usize::try_from(goal.caps.parallel).unwrap_or(usize::MAX) {
        return None;
    }
    let waits = |task: &Task| {
        !is_free(goal, task)
            || asked(goal, Some(task))
            || goal.asks.iter().any(|ask| ask.task == task.spec.id)
    };
    let mut going_on = goal.plan.tasks.iter().filter_map(|task| match task.phase {
        Phase::Running { attempt, run: None } if !waits(task) => {
            Some(Job::Execute { task: task.spec.id.clone(), attempt })
        }
        _ => None,
    });
    let fresh =
        |task: &Task| Job::Execute { task: task.spec.id.clone(), attempt: task.next_attempt() };
    going_on.find(&may_ask).or_else(|| {
        let may_begin = |task: &Task| is_free(goal, task) && may_ask(&fresh(task));
        first_in_turn(goal, &Phase::Ready, may_begin).map(fresh)
    })
}

/// What a recorded policy approves.
fn approve(goal: &Goal) -> Option<Due> {
    goal.plan.tasks.iter().find_map(|task| {
        let brief = task.brief.as_ref().filter(|_| task.phase == Phase::Drafted)?;
        let approves = match goal.policy {
            Policy::Each => false,
            Policy::Clean { follow_ups } => {
                let had = u32::try_from(task.attempts.len()).unwrap_or(u32::MAX);
                had <= follow_ups && brief.lint.iter().all(|one| one.severity == Severity::Note)
            }
            Policy::Yes => true,
        };
        approves.then(|| {
            fact(Event::BriefApproved {
                task: task.spec.id.clone(),
                hash: brief.hash(),
                by: Approver::Policy { policy: goal.policy },
            })
        })
    })
}

/// A brief is written when the task could begin, a few at a time.
fn brief(goal: &Goal, may_ask: impl Fn(&Job) -> bool) -> Option<Job> {
    let busy = goal.runs.values().filter(|run| matches!(run.job, Job::Brief { .. })).count();
    if busy >= usize::try_from(goal.caps.parallel).unwrap_or(usize::MAX) {
        return None;
    }
    let job = |task: &Task| Job::Brief { task: task.spec.id.clone() };
    let may_begin =
        |task: &Task| is_free(goal, task) && !asked(goal, Some(task)) && may_ask(&job(task));
    first_in_turn(goal, &Phase::Approved, may_begin).map(job)
}

/// The first task in this phase whose every dependency is done, if it may begin.
fn first_in_turn<'a>(
    goal: &'a Goal,
    phase: &Phase,
    may_begin: impl Fn(&Task) -> bool,
) -> Option<&'a Task> {
    let mut candidates = goal.plan.tasks.iter().filter(|task| task.phase == *phase).peekable();
    candidates.peek()?;
    // Looked up for each task of a plan that may be long: a set, not a search a time.
    let done: BTreeSet<&TaskId> = goal
        .plan
        .tasks
        .iter()
        .filter(|task| matches!(task.phase, Phase::Done { .. }))
        .map(|task| &task.spec.id)
        .collect();
    candidates.find(|task| task.spec.after.iter().all(|id| done.contains(id)) && may_begin(task))
}

/// The seq after another.
pub(super) fn after(seq: Seq) -> Seq {
    Seq(seq.0.saturating_add(1))
}
