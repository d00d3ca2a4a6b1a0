//! What a person asks for.

use super::super::{
    check::{Evidence, Outcome, When},
    command::Command,
    event::Event,
    faults,
    goal::{Approver, Goal, Standing, State},
    hunks,
    ids::{ChangeId, TaskId},
    phase::{Phase, Task},
    plan::{Hunk, PlanDraft},
    refusal::Refusal,
};

/// The active goal.
pub(super) fn active(state: &State) -> Result<&Goal, Refusal> {
    state.goal().ok_or(Refusal::NoGoal)
}

pub(super) fn task_in<'a>(goal: &'a Goal, id: &TaskId) -> Result<&'a Task, Refusal> {
    goal.task(id).ok_or_else(|| Refusal::NoSuchTask(id.clone()))
}

pub(super) fn not_now(why: impl Into<String>) -> Refusal {
    Refusal::NotNow(why.into())
}

/// A plan with its faults in words, or the plan.
pub(super) fn sound(draft: PlanDraft) -> Result<PlanDraft, Refusal> {
    // Whether named paths exist was looked at by whoever proposed it: the core knows no files.
    let found = faults::faults_of_draft(&draft, &|_| true);
    if found.is_empty() {
        Ok(draft)
    } else {
        Err(Refusal::Faulty(found.iter().map(ToString::to_string).collect()))
    }
}

/// Decides a person's command. `None`: it is not a person's.
#[expect(clippy::too_many_lines, reason = "one arm a command, none left out")]
pub(super) fn decide(state: &State, command: &Command) -> Option<Result<Event, Refusal>> {
    Some(match command {
        Command::OpenGoal { id, text, base, onto, policy, caps, commands } => {
            if state.goals.contains_key(id) {
                Err(Refusal::GoalExists(id.clone()))
            } else if !id.is_sound() || text.trim().is_empty() {
                Err(Refusal::Faulty(vec!["a goal needs a text and a slug of a-z, 0-9, -".into()]))
            } else {
                Ok(Event::GoalOpened {
                    id: id.clone(),
                    text: text.clone(),
                    base: base.clone(),
                    onto: onto.clone(),
                    policy: *policy,
                    caps: *caps,
                    commands: *commands,
                })
            }
        }
        Command::SwitchGoal { id } => match state.goals.get(id) {
            None => Err(Refusal::NoSuchGoal(id.clone())),
            Some(_) if state.goal().is_some_and(|goal| !goal.runs.is_empty()) => {
                Err(not_now("runs of the present goal are under way"))
            }
            Some(_) => Ok(Event::GoalSwitched { id: id.clone() }),
        },
        Command::ArchiveGoal { id } => match state.goals.get(id) {
            None => Err(Refusal::NoSuchGoal(id.clone())),
            Some(goal) if !goal.runs.is_empty() => Err(not_now("its runs are under way")),
            Some(_) => Ok(Event::GoalArchived { id: id.clone() }),
        },
        Command::RecordLanding { into, commit } => {
            active(state).map(|_| Event::GoalLanded { into: into.clone(), commit: commit.clone() })
        }
        Command::SetPolicy { policy, commands } => {
            active(state).map(|_| Event::PolicySet { policy: *policy, commands: *commands })
        }
        Command::SetCaps { caps } => active(state).map(|_| Event::CapsSet { caps: *caps }),
        Command::AddRule { rule } => Ok(Event::RuleAdded { rule: rule.clone() }),
        Command::ImportPlan { draft } => active(state).and_then(|goal| import(goal, draft)),
        Command::ApprovePlan { hash } => active(state).and_then(|goal| approve_plan(goal, hash)),
        Command::RejectPlan { why } => active(state).and_then(|goal| match goal.standing {
            Standing::Proposed { .. } => Ok(Event::PlanRejected { why: why.clone() }),
            Standing::Planning { .. }
            | Standing::Working
            | Standing::Stalled { .. }
            | Standing::Landed { .. } => Err(not_now("there is no plan to reject")),
        }),
        Command::ResumePlanning => active(state).and_then(|goal| match goal.standing {
            Standing::Stalled { .. } => Ok(Event::PlanningResumed),
            Standing::Planning { .. }
            | Standing::Proposed { .. }
            | Standing::Working
            | Standing::Landed { .. } => Err(not_now("planning has not stalled")),
        }),
        Command::DecideChange { change, accepted } => {
            active(state).and_then(|goal| decide_change(goal, *change, accepted))
        }
        Command::EditPlan { hunks } => active(state).and_then(|goal| edit_plan(goal, hunks)),
        Command::AnswerQuestion { question, answer } => active(state).and_then(|goal| {
            if goal.open_questions().all(|(id, _)| id != *question) {
                return Err(Refusal::NoSuchQuestion(*question));
            }
            Ok(Event::QuestionAnswered { question: *question, answer: answer.clone() })
        }),
        Command::AnswerCall { run, call, allow, why } => active(state).and_then(|goal| {
            if !goal.asks.iter().any(|ask| ask.run == *run && ask.call == *call) {
                return Err(Refusal::NoSuchCall(*run, *call));
            }
            Ok(Event::CallAnswered { run: *run, call: *call, allow: *allow, why: why.clone() })
        }),
        Command::Steer { run, text } => match state.goal_of(*run) {
            None => Err(Refusal::RunHasEnded(*run)),
            Some(_) => Ok(Event::Steered { run: *run, text: text.clone() }),
        },
        Command::ApproveBrief { .. }
        | Command::RejectBrief { .. }
        | Command::EditBrief { .. }
        | Command::CheckManual { .. }
        | Command::RetryTask { .. }
        | Command::CancelTask { .. }
        | Command::HoldTask { .. }
        | Command::ReleaseTask { .. } => active(state).and_then(|goal| on_task(goal, command)),
        Command::Propose { .. }
        | Command::AskQuestion { .. }
        | Command::WriteBrief { .. }
        | Command::OpenAttempt { .. }
        | Command::TakeBaseline { .. }
        | Command::Reserve { .. }
        | Command::Spend { .. }
        | Command::LogItem { .. }
        | Command::Note { .. }
        | Command::IntendCall { .. }
        | Command::Report { .. }
        | Command::CommitWork { .. }
        | Command::RecordChecks { .. }
        | Command::Judge { .. }
        | Command::NoteLesson { .. }
        | Command::RecordLanded { .. }
        | Command::RecordConflict { .. }
        | Command::RecordRefuted { .. }
        | Command::EndRun { .. } => return None,
    })
}

fn import(goal: &Goal, draft: &PlanDraft) -> Result<Event, Refusal> {
    match goal.standing {
        Standing::Planning { .. } | Standing::Proposed { .. } | Standing::Stalled { .. } => {
            Ok(Event::PlanProposed { draft: sound(draft.clone())? })
        }
        Standing::Working | Standing::Landed { .. } => {
            Err(not_now("a plan is in force; change it with edits instead"))
        }
    }
}

fn approve_plan(goal: &Goal, hash: &str) -> Result<Event, Refusal> {
    let Standing::Proposed { draft } = &goal.standing else {
        return Err(not_now("there is no plan to approve"));
    };
    same_hash(hash, &draft.hash())?;
    Ok(Event::PlanApproved { hash: hash.to_owned(), by: Approver::Person })
}

fn same_hash(given: &str, current: &str) -> Result<(), Refusal> {
    if given == current {
        return Ok(());
    }
    Err(Refusal::HashDiffers { given: given.to_owned(), current: current.to_owned() })
}

/// The plan after these hunks must be as sound as a new one.
fn sound_hunks(goal: &Goal, hunks: &[Hunk]) -> Result<(), Refusal> {
    let found = hunks::faults_of_hunks(&goal.plan, hunks, &|_| true);
    if !found.is_empty() {
        return Err(Refusal::Faulty(found.iter().map(ToString::to_string).collect()));
    }
    for task in hunks.iter().filter_map(Hunk::concerns).filter_map(|id| goal.task(id)) {
        if let Phase::Done { .. } = task.phase {
            return Err(not_now(format!("task `{}` is done", task.spec.id)));
        }
    }
    Ok(())
}

fn decide_change(goal: &Goal, id: ChangeId, accepted: &[usize]) -> Result<Event, Refusal> {
    let change = goal.changes.get(&id).ok_or(Refusal::NoSuchChange(id))?;
    if accepted.iter().any(|at| *at >= change.hunks.len()) {
        return Err(Refusal::Faulty(vec![format!("{id} has {} hunks", change.hunks.len())]));
    }
    let taken: Vec<Hunk> = accepted.iter().map(|at| change.hunks[*at].clone()).collect();
    sound_hunks(goal, &taken)?;
    Ok(Event::ChangeDecided { change: id, accepted: accepted.to_vec(), by: Approver::Person })
}

fn edit_plan(goal: &Goal, hunks: &[Hunk]) -> Result<Event, Refusal> {
    if !matches!(goal.standing, Standing::Working) {
        return Err(not_now("no plan is in force"));
    }
    sound_hunks(goal, hunks)?;
    for task in hunks.iter().filter_map(Hunk::concerns).filter_map(|id| goal.task(id)) {
        if task.phase.run().is_some() || matches!(task.phase, Phase::Running { .. }) {
            let id = &task.spec.id;
            return Err(not_now(format!("task `{id}` is under way; pause or cancel it first")));
        }
    }
    Ok(Event::PlanEdited { hunks: hunks.to_vec() })
}

fn on_task(goal: &Goal, command: &Command) -> Result<Event, Refusal> {
    match command {
        Command::ApproveBrief { task, hash } => {
            let one = task_in(goal, task)?;
            let (Phase::Drafted, Some(brief)) = (&one.phase, &one.brief) else {
                return Err(not_now(format!("task `{task}` has no brief that waits")));
            };
            same_hash(hash, &brief.hash())?;
            Ok(Event::BriefApproved {
                task: task.clone(),
                hash: hash.clone(),
                by: Approver::Person,
            })
        }
        Command::RejectBrief { task, why } => match task_in(goal, task)?.phase {
            Phase::Drafted | Phase::Ready => {
                Ok(Event::BriefRejected { task: task.clone(), why: why.clone() })
            }
            _ => Err(not_now(format!("task `{task}` has no brief that waits"))),
        },
        Command::EditBrief { brief } => match task_in(goal, &brief.task)?.phase {
            Phase::Drafted | Phase::Ready => Ok(Event::BriefWritten { brief: brief.clone() }),
            _ => Err(not_now(format!("task `{}` has no brief that waits", brief.task))),
        },
        Command::CheckManual { task, criterion, outcome, note } => {
            check_manual(goal, task, criterion, *outcome, note)
        }
        Command::RetryTask { task, extra_attempts } => {
            retry(goal, task_in(goal, task)?, *extra_attempts)
        }
        Command::CancelTask { task, why } => {
            if task_in(goal, task)?.phase.is_over() {
                return Err(not_now(format!("task `{task}` is over")));
            }
            Ok(Event::TaskCancelled { task: task.clone(), why: why.clone() })
        }
        Command::HoldTask { task } => {
            let phase = &task_in(goal, task)?.phase;
            if phase.is_over() || matches!(phase, Phase::Blocked { .. } | Phase::Changing { .. }) {
                return Err(not_now(format!("task `{task}` is {}", phase.word())));
            }
            Ok(Event::TaskHeld { task: task.clone() })
        }
        Command::ReleaseTask { task } => match task_in(goal, task)?.phase {
            Phase::Blocked { .. } => Ok(Event::TaskReleased { task: task.clone() }),
            _ => Err(not_now(format!("task `{task}` is not blocked"))),
        },
        _ => Err(not_now("this is not a task's command")),
    }
}

fn check_manual(
    goal: &Goal,
    id: &TaskId,
    criterion: &str,
    outcome: Outcome,
    note: &str,
) -> Result<Event, Refusal> {
    let task = task_in(goal, id)?;
    let Phase::Accepted { .. } = task.phase else {
        return Err(not_now(format!("task `{id}` does not wait for a look")));
    };
    if !task.spec.criteria.iter().any(|one| one.is_manual() && one.key() == criterion) {
        return Err(not_now(format!("task `{id}` has no manual criterion {criterion}")));
    }
    let head = task.last_attempt().and_then(|attempt| attempt.head.as_ref());
    Ok(Event::ManualChecked {
        task: id.clone(),
        evidence: Evidence {
            criterion: criterion.to_owned(),
            when: When::After,
            tree: head.map(|head| head.tree.clone()).unwrap_or_default(),
            outcome,
            exit: None,
            seen: note.to_owned(),
            blob: None,
            millis: 0,
        },
        note: note.to_owned(),
    })
}

fn retry(goal: &Goal, task: &Task, extra_attempts: u32) -> Result<Event, Refusal> {
    let id = &task.spec.id;
    match task.phase {
        Phase::Failed { .. } | Phase::Cancelled { .. } | Phase::Blocked { .. } => {}
        _ => return Err(not_now(format!("task `{id}` is {}", task.phase.word()))),
    }
    let limit = goal.attempt_limit(task).saturating_add(extra_attempts);
    let had = u32::try_from(task.attempts.len()).unwrap_or(u32::MAX);
    if had >= limit {
        return Err(Refusal::AttemptsUsedUp { task: id.clone(), had, limit });
    }
    Ok(Event::TaskRetried { task: id.clone(), extra_attempts })
}
