//! Taking back a decision, as far as it can be: the log keeps both.

use crate::domain::{Command, Goal, Hunk, Mark};

/// Most decisions that are remembered.
const MAX: usize = 50;

/// A decision and what takes it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub what: String,
    pub command: Command,
    pub back: Back,
}

/// How a decision is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Back {
    By(Command),
    /// Work has begun on it: it can only be stopped, and the person is asked.
    Stop(Command),
    /// It cannot.
    No,
}

/// The decisions of this sitting, the latest last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    pub done: Vec<Decision>,
    pub undone: Vec<Decision>,
}

impl Decisions {
    /// Remembers a decision that is about to be made.
    pub fn remember(&mut self, goal: Option<&Goal>, command: &Command) {
        let Some((what, back)) = goal.and_then(|goal| back(goal, command)) else { return };
        self.undone.clear();
        self.done.push(Decision { what, command: command.clone(), back });
        if self.done.len() > MAX {
            self.done.remove(0);
        }
    }
}

/// What a decision is called and what takes it back. `None`: it is no decision of this kind.
fn back(goal: &Goal, command: &Command) -> Option<(String, Back)> {
    Some(match command {
        Command::HoldTask { task } => {
            (format!("pausing `{task}`"), Back::By(Command::ReleaseTask { task: task.clone() }))
        }
        Command::ReleaseTask { task } => {
            (format!("releasing `{task}`"), Back::By(Command::HoldTask { task: task.clone() }))
        }
        Command::CancelTask { task, .. } => (
            format!("cancelling `{task}`"),
            Back::By(Command::RetryTask { task: task.clone(), extra_attempts: 0 }),
        ),
        Command::RetryTask { task, .. } => {
            (format!("retrying `{task}`"), Back::Stop(Command::HoldTask { task: task.clone() }))
        }
        Command::ApproveBrief { task, .. } => (
            format!("approving the brief of `{task}`"),
            Back::Stop(Command::HoldTask { task: task.clone() }),
        ),
        Command::EditBrief { brief } => {
            let old = goal.task(&brief.task)?.brief.clone()?;
            let version = brief.version.saturating_add(1);
            let back = Command::EditBrief { brief: crate::domain::Brief { version, ..old } };
            (format!("your edit of the brief of `{}`", brief.task), Back::By(back))
        }
        Command::EditPlan { hunks } => {
            let hunks = hunks.iter().rev().map(|hunk| inverse(goal, hunk)).collect::<Option<_>>();
            let back = hunks.map_or(Back::No, |hunks| Back::By(Command::EditPlan { hunks }));
            ("your change of the plan".to_owned(), back)
        }
        Command::MarkLesson { lesson, mark } => {
            let back = Command::MarkLesson { lesson: *lesson, mark: Mark::Undone };
            (format!("your word on {lesson} ({})", mark.word()), Back::By(back))
        }
        Command::RejectBrief { task, .. } => (format!("rejecting the brief of `{task}`"), Back::No),
        Command::RejectPlan { .. } => ("rejecting the plan".to_owned(), Back::No),
        Command::ApprovePlan { .. } => ("approving the plan".to_owned(), Back::No),
        Command::DecideChange { .. } => ("your word on the change".to_owned(), Back::No),
        Command::AnswerQuestion { .. } => ("your answer".to_owned(), Back::No),
        Command::AnswerCall { .. } => ("your word on the command".to_owned(), Back::No),
        Command::CheckManual { .. } => ("what you saw".to_owned(), Back::No),
        Command::OpenGoal { .. }
        | Command::SwitchGoal { .. }
        | Command::ArchiveGoal { .. }
        | Command::RecordLanding { .. }
        | Command::SetPolicy { .. }
        | Command::SetCaps { .. }
        | Command::AddRule { .. }
        | Command::ImportPlan { .. }
        | Command::Steer { .. }
        | Command::ResumePlanning
        | Command::ReleaseProvider { .. }
        | Command::Propose { .. }
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
        | Command::VerifyLesson { .. }
        | Command::OverrideBrief { .. }
        | Command::UndoTask { .. }
        | Command::Capture { .. }
        | Command::SettleCapture { .. }
        | Command::CompileContext { .. }
        | Command::TellLesson { .. }
        | Command::RecordLanded { .. }
        | Command::RecordConflict { .. }
        | Command::RecordRefuted { .. }
        | Command::EndRun { .. } => return None,
    })
}

fn inverse(goal: &Goal, hunk: &Hunk) -> Option<Hunk> {
    match hunk {
        Hunk::Add { task } => Some(Hunk::Supersede { task: task.id.clone(), by: vec![] }),
        Hunk::Change { task } => {
            let old = goal.task(&task.id)?.spec.clone();
            Some(Hunk::Change { task: Box::new(old) })
        }
        Hunk::Reorder { .. } => {
            let tasks = goal.plan.tasks.iter().filter(|task| !task.phase.is_void());
            Some(Hunk::Reorder { order: tasks.map(|task| task.spec.id.clone()).collect() })
        }
        // Its id is used up for ever.
        Hunk::Supersede { .. } => None,
    }
}
