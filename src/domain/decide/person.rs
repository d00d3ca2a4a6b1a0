//! What a person asks for.

use super::{
    super::{
        brief::Brief,
        check::{Evidence, Outcome, When},
        command::Command,
        event::Event,
        faults,
        goal::{Approver, Goal, Standing, State},
        hunks,
        ids::{ChangeId, TaskId},
        money::Caps,
        phase::{Phase, Task},
        plan::{Hunk, PlanDraft},
        refusal::Refusal,
        reshape,
    },
    back, lesson, word,
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
                at_rest(state).and_then(|()| sound_caps(*caps)).map(|caps| Event::GoalOpened {
                    id: id.clone(),
                    text: text.clone(),
                    base: base.clone(),
                    onto: onto.clone(),
                    policy: *policy,
                    caps,
                    commands: *commands,
                })
            }
        }
        Command::SwitchGoal { id } => match state.goals.get(id) {
            None => Err(Refusal::NoSuchGoal(id.clone())),
            Some(_) => at_rest(state).map(|()| Event::GoalSwitched { id: id.clone() }),
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
        Command::SetCaps { caps } => {
            active(state).and_then(|_| sound_caps(*caps)).map(|caps| Event::CapsSet { caps })
        }
        Command::AddRule { rule } => Ok(Event::RuleAdded { rule: rule.clone() }),
        Command::ImportPlan { draft } => active(state).and_then(|goal| import(goal, draft)),
        Command::RestorePlan { draft, of } => {
            active(state).and_then(|goal| back::restore(goal, draft, of.as_deref()))
        }
        Command::ApprovePlan { hash } => active(state).and_then(|goal| approve_plan(goal, hash)),
        Command::RejectPlan { why } => active(state).and_then(|goal| match goal.standing {
            Standing::Proposed { .. } => Ok(Event::PlanRejected { why: why.clone() }),
            Standing::Planning { .. }
            | Standing::Working
            | Standing::Stalled { .. }
            | Standing::Landed { .. } => Err(not_now("there is no plan to reject")),
        }),
        Command::ReleaseProvider { provider } => active(state).and_then(|goal| {
            if goal.holds.contains_key(provider) {
                Ok(Event::ProviderReleased { provider: provider.clone() })
            } else {
                Err(not_now(format!("`{provider}` is not held")))
            }
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
        Command::TakeBack { what } => active(state).and_then(|goal| back::take_back(goal, what)),
        Command::Capture { text } => active(state).and_then(|_| word::capture(text)),
        Command::SettleCapture { capture, into } => {
            active(state).and_then(|goal| word::settle(goal, *capture, into))
        }
        Command::UndoTask { task, tip, why, dependants } => {
            active(state).and_then(|goal| word::undo(goal, task, tip, why, *dependants))
        }
        Command::TellLesson { what } => lesson::tell(what),
        Command::MarkLesson { lesson: id, mark } => lesson::mark(state, *id, mark),
        Command::Steer { run, text } => match state.goal_of(*run) {
            None => Err(Refusal::RunHasEnded(*run)),
            Some(_) => Ok(Event::Steered { run: *run, text: text.clone() }),
        },
        Command::ApproveBrief { .. }
        | Command::OverrideBrief { .. }
        | Command::RejectBrief { .. }
        | Command::EditBrief { .. }
        | Command::CheckManual { .. }
        | Command::RetryTask { .. }
        | Command::CancelTask { .. }
        | Command::HoldTask { .. }
        | Command::ReleaseTask { .. } => {
            active(state).and_then(in_force).and_then(|goal| on_task(goal, command))
        }
        Command::Propose { .. }
        | Command::AskQuestion { .. }
        | Command::WriteBrief { .. }
        | Command::OpenAttempt { .. }
        | Command::TakeBaseline { .. }
        | Command::Reserve { .. }
        | Command::Spend { .. }
        | Command::LogItem { .. }
        | Command::CompileContext { .. }
        | Command::Note { .. }
        | Command::IntendCall { .. }
        | Command::Report { .. }
        | Command::CommitWork { .. }
        | Command::RecordChecks { .. }
        | Command::Judge { .. }
        | Command::NoteLesson { .. }
        | Command::VerifyLesson { .. }
        | Command::RecordLanded { .. }
        | Command::RecordConflict { .. }
        | Command::RecordRefuted { .. }
        | Command::EndRun { .. } => return None,
    })
}

/// Runs belong to the active goal, so that one goal is worked on at a time.
fn at_rest(state: &State) -> Result<(), Refusal> {
    match state.goal() {
        Some(goal) if !goal.runs.is_empty() => {
            Err(not_now("runs of the present goal are under way; stop them first"))
        }
        Some(_) | None => Ok(()),
    }
}

/// Caps under which something can happen. Those in tokens and money may be 0, and then mean it.
fn sound_caps(caps: Caps) -> Result<Caps, Refusal> {
    if caps.parallel == 0 || caps.attempts == 0 || caps.turns == 0 {
        let text = "parallel tasks, attempts and turns must each be at least 1";
        return Err(Refusal::Faulty(vec![text.to_owned()]));
    }
    Ok(caps)
}

fn in_force(goal: &Goal) -> Result<&Goal, Refusal> {
    match goal.standing {
        Standing::Working => Ok(goal),
        Standing::Planning { .. }
        | Standing::Proposed { .. }
        | Standing::Stalled { .. }
        | Standing::Landed { .. } => Err(not_now("no plan is in force")),
    }
}

fn import(goal: &Goal, draft: &PlanDraft) -> Result<Event, Refusal> {
    match goal.standing {
        Standing::Planning { .. } | Standing::Proposed { .. } | Standing::Stalled { .. } => {
            Ok(Event::PlanProposed { run: None, draft: sound(draft.clone())? })
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

pub(super) fn same_hash(given: &str, current: &str) -> Result<(), Refusal> {
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
    match reshape::under_way(&goal.plan, hunks) {
        None => Ok(()),
        Some(task) => {
            let id = &task.spec.id;
            Err(not_now(format!("task `{id}` is under way; pause or cancel it first")))
        }
    }
}

fn decide_change(goal: &Goal, id: ChangeId, accepted: &[usize]) -> Result<Event, Refusal> {
    let change = goal.changes.get(&id).ok_or(Refusal::NoSuchChange(id))?;
    if accepted.iter().any(|at| *at >= change.hunks.len()) {
        return Err(Refusal::Faulty(vec![format!("{id} has {} hunks", change.hunks.len())]));
    }
    let taken: Vec<Hunk> = accepted.iter().map(|at| change.hunks[*at].clone()).collect();
    // Nothing taken is the whole declined.
    if !taken.is_empty() {
        sound_hunks(goal, &taken)?;
    }
    Ok(Event::ChangeDecided { change: id, accepted: accepted.to_vec(), by: Approver::Person })
}

fn edit_plan(goal: &Goal, hunks: &[Hunk]) -> Result<Event, Refusal> {
    in_force(goal)?;
    sound_hunks(goal, hunks)?;
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
            word::ready(one, brief)?;
            Ok(Event::BriefApproved {
                task: task.clone(),
                hash: hash.clone(),
                by: Approver::Person,
            })
        }
        Command::OverrideBrief { task, hash, why } => {
            let one = task_in(goal, task)?;
            same_hash(hash, &one.brief.as_ref().map(Brief::hash).unwrap_or_default())?;
            word::override_brief(one, why)
        }
        Command::RejectBrief { task, why } => match task_in(goal, task)?.phase {
            Phase::Drafted | Phase::Ready => {
                Ok(Event::BriefRejected { task: task.clone(), why: why.clone() })
            }
            _ => Err(not_now(format!("task `{task}` has no brief that waits"))),
        },
        Command::EditBrief { brief } => {
            let task = task_in(goal, &brief.task)?;
            match task.phase {
                Phase::Drafted | Phase::Ready if brief.attempt == task.next_attempt() => {
                    Ok(Event::BriefWritten { brief: brief.clone() })
                }
                Phase::Drafted | Phase::Ready => {
                    Err(not_now("the brief is for another task or attempt"))
                }
                _ => Err(not_now(format!("task `{}` has no brief that waits", brief.task))),
            }
        }
        Command::CheckManual { task, criterion, outcome, note } => {
            check_manual(goal, task, criterion, *outcome, note)
        }
        Command::RetryTask { task, extra_attempts } => {
            retry(goal, task_in(goal, task)?, *extra_attempts)
        }
        Command::CancelTask { task, why } => {
            let phase = &task_in(goal, task)?.phase;
            if phase.is_over() {
                return Err(not_now(format!("task `{task}` is over")));
            }
            not_landing(task, phase)?;
            Ok(Event::TaskCancelled { task: task.clone(), why: why.clone() })
        }
        Command::HoldTask { task } => {
            let phase = &task_in(goal, task)?.phase;
            if phase.is_over() || matches!(phase, Phase::Blocked { .. } | Phase::Changing { .. }) {
                return Err(not_now(format!("task `{task}` {}", phase.clause())));
            }
            not_landing(task, phase)?;
            Ok(Event::TaskHeld { task: task.clone() })
        }
        Command::ReleaseTask { task } => match task_in(goal, task)?.phase {
            Phase::Blocked { .. } => Ok(Event::TaskReleased { task: task.clone() }),
            _ => Err(not_now(format!("task `{task}` is not blocked"))),
        },
        _ => Err(not_now("this is not a task's command")),
    }
}

/// The goal's branch may have moved already; whether it has is not known before the run ends.
fn not_landing(id: &TaskId, phase: &Phase) -> Result<(), Refusal> {
    if let Phase::Landing { .. } = phase {
        let text = format!("task `{id}` is landing; wait until it has landed or not");
        return Err(not_now(text));
    }
    Ok(())
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
        _ => return Err(not_now(format!("task `{id}` {}", task.phase.clause()))),
    }
    let limit = goal.limit_with(task, extra_attempts);
    let had = u32::try_from(task.attempts.len()).unwrap_or(u32::MAX);
    if had >= limit {
        return Err(Refusal::AttemptsUsedUp { task: id.clone(), had, limit });
    }
    Ok(Event::TaskRetried { task: id.clone(), extra_attempts })
}
