//! Deeds that follow from facts, to be done only once the fact is on disk.

use super::{
    capture::Settled,
    event::Event,
    goal::{Goal, Standing},
    ids::{CallId, QuestionId, RunId},
    run::{End, Job},
    withdraw::Withdrawn,
};

/// Work for the hands. Each follows from one logged event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    Start { run: RunId, job: Job },
    AnswerCall { run: RunId, call: CallId, allow: bool, why: String },
    AnswerQuestion { run: RunId, question: QuestionId, answer: String },
    Steer { run: RunId, text: String },
    Stop { run: RunId },
}

impl Effect {
    /// The deeds that an event asks for, given the goal as it was before the event.
    /// A run that has ended is owed nothing.
    pub(super) fn of(event: &Event, goal: Option<&Goal>) -> Vec<Self> {
        match event {
            // Nothing goes on that the plan's approval had let begin.
            Event::TakenBack { what: Withdrawn::PlanApproval } => {
                let runs = goal.into_iter().flat_map(|goal| goal.runs.keys());
                runs.map(|run| Self::Stop { run: *run }).collect()
            }
            _ => Self::one_of(event, goal).into_iter().collect(),
        }
    }

    fn one_of(event: &Event, goal: Option<&Goal>) -> Option<Self> {
        let alive = |run: RunId| goal.is_some_and(|goal| goal.runs.contains_key(&run));
        match event {
            Event::RunBegan { run, job } => Some(Self::Start { run: *run, job: job.clone() }),
            Event::CallAnswered { run, call, allow, why } => alive(*run).then(|| {
                Self::AnswerCall { run: *run, call: *call, allow: *allow, why: why.clone() }
            }),
            Event::QuestionAnswered { question, answer } => {
                let run = goal?.questions.get(question)?.run;
                alive(run).then(|| Self::AnswerQuestion {
                    run,
                    question: *question,
                    answer: answer.clone(),
                })
            }
            Event::Steered { run, text } => {
                alive(*run).then(|| Self::Steer { run: *run, text: text.clone() })
            }
            Event::CaptureSettled { capture, into: Settled::Steer { task } } => {
                let goal = goal?;
                let text = goal.captures.get(capture)?.text.clone();
                Some(Self::Steer { run: goal.session_of(task)?, text })
            }
            Event::RunEnded { run, end: End::Stopped | End::Interrupted } => {
                Some(Self::Stop { run: *run })
            }
            Event::TaskHeld { task }
            | Event::TaskCancelled { task, .. }
            | Event::TakenBack { what: Withdrawn::BriefRejection { task } } => {
                Some(Self::Stop { run: goal?.run_of(task)? })
            }
            // A plan from a file: the planner at work is not needed.
            Event::PlanProposed { run: None, .. } => match goal?.standing {
                Standing::Planning { run, .. } => Some(Self::Stop { run: run? }),
                Standing::Proposed { .. }
                | Standing::Working
                | Standing::Stalled { .. }
                | Standing::Landed { .. } => None,
            },
            Event::RunEnded { end: End::Done | End::Faulted { .. }, .. }
            | Event::GoalOpened { .. }
            | Event::GoalSwitched { .. }
            | Event::GoalArchived { .. }
            | Event::GoalLanded { .. }
            | Event::PolicySet { .. }
            | Event::CapsSet { .. }
            | Event::RuleAdded { .. }
            | Event::PlanProposed { run: Some(_), .. }
            | Event::PlanApproved { .. }
            | Event::PlanRejected { .. }
            | Event::ChangeProposed { .. }
            | Event::ChangeDecided { .. }
            | Event::PlanEdited { .. }
            | Event::QuestionAsked { .. }
            | Event::BriefWritten { .. }
            | Event::BriefApproved { .. }
            | Event::BriefRejected { .. }
            | Event::Reserved { .. }
            | Event::Spent { .. }
            | Event::ItemLogged { .. }
            | Event::Noted { .. }
            | Event::CallIntended { .. }
            | Event::AttemptOpened { .. }
            | Event::BaselineTaken { .. }
            | Event::Reported { .. }
            | Event::WorkCommitted { .. }
            | Event::Checked { .. }
            | Event::Judged { .. }
            | Event::Landed { .. }
            | Event::LandingConflicted { .. }
            | Event::LandingRefuted { .. }
            | Event::ManualChecked { .. }
            | Event::LessonNoted { .. }
            | Event::LessonTold { .. }
            | Event::BriefOverridden { .. }
            | Event::TaskUndone { .. }
            | Event::TakenBack {
                what: Withdrawn::PlanApproval | Withdrawn::BriefApproval { .. },
            }
            | Event::Captured { .. }
            | Event::ContextCompiled { .. }
            | Event::CaptureSettled {
                into: Settled::Note | Settled::Task | Settled::Replan | Settled::Dropped,
                ..
            }
            | Event::LessonMarked { .. }
            | Event::TaskRetried { .. }
            | Event::TaskReleased { .. }
            | Event::PlanningResumed
            | Event::Routed { .. }
            | Event::ProviderTried { .. }
            | Event::ProviderReleased { .. } => None,
        }
    }
}
