//! Taking back a decision, as far as it can be: the log keeps both.

use crate::domain::{Command, Goal, Hunk, Mark, Standing, TaskId, Withdrawn};

/// Most decisions that are remembered.
const MAX: usize = 50;

/// What was decided with one key, and what takes it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub what: String,
    pub commands: Vec<Command>,
    pub back: Back,
}

/// How a decision is taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Back {
    By(Vec<Command>),
    /// The approval of this task's brief: as long as no session has been given it. After that the
    /// session can only be stopped, and the person is asked.
    Sent(TaskId),
    /// Work has begun on it: it can only be stopped, and the person is asked.
    Stop(Box<Command>),
    /// It cannot, and this is why.
    No(String),
}

/// Where the latest decision is on its way to, until the next key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Way {
    #[default]
    Nowhere,
    Made,
    Back,
    Again,
}

/// The decisions of this sitting, the latest last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    pub done: Vec<Decision>,
    pub undone: Vec<Decision>,
    way: Way,
}

impl Decisions {
    /// Remembers a decision that is about to be made. All its commands are taken back together.
    pub fn remember(&mut self, goal: Option<&Goal>, commands: &[Command]) {
        self.way = Way::Nowhere;
        let backs = commands.iter().filter_map(|command| back(goal?, command));
        let Some((what, back)) = backs.reduce(both) else { return };
        self.undone.clear();
        self.done.push(Decision { what, commands: commands.to_vec(), back });
        self.way = Way::Made;
        if self.done.len() > MAX {
            self.done.remove(0);
        }
    }

    /// The latest decision was to be made, and is not yet.
    pub fn forget(&mut self) {
        self.done.pop();
        self.way = Way::Nowhere;
    }

    /// The latest decision is being taken back.
    pub fn take_back(&mut self) {
        self.undone.extend(self.done.pop());
        self.way = Way::Back;
    }

    /// The latest decision that was taken back, which is being made again.
    pub fn again(&mut self) -> Option<&Decision> {
        self.done.push(self.undone.pop()?);
        self.way = Way::Again;
        self.done.last()
    }

    /// What was on its way has been refused: all is as it was.
    pub fn refused(&mut self) {
        match std::mem::take(&mut self.way) {
            Way::Nowhere => {}
            Way::Made => {
                self.done.pop();
            }
            Way::Back => self.done.extend(self.undone.pop()),
            Way::Again => self.undone.extend(self.done.pop()),
        }
    }

    /// A key has followed: whatever is refused from now on is something else.
    pub fn settle(&mut self) {
        self.way = Way::Nowhere;
    }
}

/// What takes two commands of one decision back. The plan that is a proposal again has nothing of
/// what was set with its approval.
fn both(first: (String, Back), second: (String, Back)) -> (String, Back) {
    let (what, first) = first;
    let plan = Command::TakeBack { what: Withdrawn::PlanApproval };
    let back = match (first, second.1) {
        (Back::By(first), _) if first == [plan] => Back::By(first),
        (Back::By(first), Back::By(second)) => Back::By([second, first].concat()),
        (Back::By(_), other) | (other, _) => other,
    };
    (what, back)
}

fn by(command: Command) -> Back {
    Back::By(vec![command])
}

fn no(why: &str) -> Back {
    Back::No(why.to_owned())
}

/// What a decision is called and what takes it back. `None`: it is no decision of this kind.
fn back(goal: &Goal, command: &Command) -> Option<(String, Back)> {
    Some(match command {
        Command::HoldTask { task } => {
            (format!("pausing `{task}`"), by(Command::ReleaseTask { task: task.clone() }))
        }
        Command::ReleaseTask { task } => {
            (format!("releasing `{task}`"), by(Command::HoldTask { task: task.clone() }))
        }
        Command::CancelTask { task, .. } => (
            format!("cancelling `{task}`"),
            by(Command::RetryTask { task: task.clone(), extra_attempts: 0 }),
        ),
        Command::RetryTask { task, .. } => (
            format!("retrying `{task}`"),
            Back::Stop(Box::new(Command::HoldTask { task: task.clone() })),
        ),
        Command::ApproveBrief { task, .. } => {
            (format!("approving the brief of `{task}`"), Back::Sent(task.clone()))
        }
        Command::EditBrief { brief } => {
            let old = goal.task(&brief.task)?.brief.clone()?;
            let version = brief.version.saturating_add(1);
            let back = Command::EditBrief { brief: crate::domain::Brief { version, ..old } };
            (format!("your edit of the brief of `{}`", brief.task), by(back))
        }
        Command::EditPlan { hunks } => {
            let hunks = hunks.iter().rev().map(|hunk| inverse(goal, hunk)).collect::<Option<_>>();
            let back = hunks.map_or_else(
                || no("what is dropped from a plan in force does not come back under its name; add it anew (+)"),
                |hunks| by(Command::EditPlan { hunks }),
            );
            ("your change of the plan".to_owned(), back)
        }
        Command::MarkLesson { lesson, mark } => {
            let back = Command::MarkLesson { lesson: *lesson, mark: Mark::Undone };
            (format!("your word on {lesson} ({})", mark.word()), by(back))
        }
        Command::ImportPlan { .. } => {
            let back = proposed(goal).map_or_else(|| no("there was no plan before it"), by);
            ("your change of the plan".to_owned(), back)
        }
        Command::RejectBrief { task, .. } => {
            let what = Withdrawn::BriefRejection { task: task.clone() };
            (format!("rejecting the brief of `{task}`"), by(Command::TakeBack { what }))
        }
        Command::RejectPlan { .. } => ("rejecting the plan".to_owned(), by(proposed(goal)?)),
        Command::ApprovePlan { .. } => {
            let what = Withdrawn::PlanApproval;
            ("approving the plan".to_owned(), by(Command::TakeBack { what }))
        }
        Command::DecideChange { .. } => {
            ("your word on the change".to_owned(), no("the next brief goes by it; edit the plan"))
        }
        Command::AnswerQuestion { .. } => {
            ("your answer".to_owned(), no("the session has heard it; steer it (i) instead"))
        }
        Command::AnswerCall { .. } => {
            let why = "the session has heard it; steer it (i) or pause the task (p)";
            ("your word on the command".to_owned(), no(why))
        }
        Command::CheckManual { .. } => {
            ("what you saw".to_owned(), no("it stands as evidence; look again"))
        }
        Command::TakeBack { .. }
        | Command::OpenGoal { .. }
        | Command::SwitchGoal { .. }
        | Command::ArchiveGoal { .. }
        | Command::RecordLanding { .. }
        | Command::SetPolicy { .. }
        | Command::SetCaps { .. }
        | Command::AddRule { .. }
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

/// The command that proposes again what is proposed now.
fn proposed(goal: &Goal) -> Option<Command> {
    match &goal.standing {
        Standing::Proposed { draft } => Some(Command::ImportPlan { draft: draft.clone() }),
        Standing::Planning { .. }
        | Standing::Working
        | Standing::Stalled { .. }
        | Standing::Landed { .. } => None,
    }
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
