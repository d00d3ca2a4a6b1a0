//! Taking back a decision, as far as it can be: the log keeps both.

use std::cell::Cell;

use super::modal::Modal;
use crate::domain::{Command, Goal, Hunk, Mark, Seq, Standing, TaskId, Withdrawn};

/// Most decisions that are remembered.
const MAX: usize = 50;

/// What was decided with one key, and what takes it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub id: RequestId,
    pub what: String,
    pub commands: Vec<Command>,
    pub back: Back,
}

/// What the program was asked for: its answer names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId(pub u64);

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

/// What a request does to the decisions, until it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Way {
    /// It is none that can be taken back.
    Nowhere,
    Made,
    Back(Box<Decision>),
    Again(Box<Decision>),
}

/// A request that has no answer yet.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Request {
    id: RequestId,
    way: Way,
    /// What was saved or sent with it: it is there again if it is refused.
    text: Option<Modal>,
    then: Then,
}

/// What is to follow a request once it is accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Then {
    #[default]
    Nothing,
    /// The brief of this task, which it has written, is approved by its hash.
    Approve { task: TaskId, hash: String },
    /// The cursor of the plan goes to the task that it has added.
    Show(TaskId),
}

/// A request that was accepted: what was saved or sent with it, and the brief that is to be approved
/// now that it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Accepted {
    pub text: Option<Modal>,
    pub then: Then,
}

/// The decisions of this sitting, the latest last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    pub done: Vec<Decision>,
    pub undone: Vec<Decision>,
    open: Vec<Request>,
    latest: RequestId,
    /// Whether the latest decision could be taken back when that was last looked at.
    pub(super) tried: Cell<Option<(Tried, bool)>>,
}

/// What it hangs on whether a decision can be taken back: the log, the decision, and whether it has
/// its answer. To ask the core anew for each frame would copy the state each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tried {
    pub upto: Seq,
    pub last: Option<RequestId>,
    pub is_open: bool,
}

impl Decisions {
    /// The latest request.
    pub fn latest(&self) -> RequestId {
        self.latest
    }

    /// Something is asked of the program that its answer names.
    pub fn request(&mut self) {
        self.ask(Way::Nowhere);
    }

    fn ask(&mut self, way: Way) {
        self.latest = RequestId(self.latest.0 + 1);
        self.open.push(Request { id: self.latest, way, text: None, then: Then::Nothing });
        if self.open.len() > MAX {
            self.open.remove(0);
        }
    }

    /// Remembers a decision that is about to be made. All its commands are taken back together.
    pub fn remember(&mut self, goal: Option<&Goal>, commands: &[Command]) {
        let backs = commands.iter().filter_map(|command| back(goal?, command));
        let Some((what, back)) = backs.reduce(both) else { return self.request() };
        self.ask(Way::Made);
        self.undone.clear();
        self.done.push(Decision { id: self.latest, what, commands: commands.to_vec(), back });
        if self.done.len() > MAX {
            self.done.remove(0);
        }
    }

    /// The latest decision was to be made, and is not yet.
    pub fn forget(&mut self) {
        self.done.pop();
        self.open.pop();
    }

    /// The latest decision is being taken back.
    pub fn take_back(&mut self) {
        let Some(last) = self.done.pop() else { return };
        self.ask(Way::Back(Box::new(last.clone())));
        self.undone.push(last);
    }

    /// The latest decision that was taken back, which is being made again.
    pub fn again(&mut self) -> Option<&Decision> {
        let last = self.undone.pop()?;
        self.ask(Way::Again(Box::new(last.clone())));
        self.done.push(last);
        self.done.last()
    }

    /// Keeps what was saved or sent with the latest request, until it is answered.
    pub(super) fn hold(&mut self, text: Modal) {
        if let Some(request) = self.open.last_mut() {
            request.text = Some(text);
        }
    }

    /// The brief with this hash is to be approved once the latest request is accepted.
    pub(super) fn then_approve(&mut self, task: TaskId, hash: String) {
        if let Some(request) = self.open.last_mut() {
            request.then = Then::Approve { task, hash };
        }
    }

    /// The task that the latest request adds is where the person goes on once it is accepted.
    pub(super) fn then_show(&mut self, task: TaskId) {
        if let Some(request) = self.open.last_mut() {
            request.then = Then::Show(task);
        }
    }

    /// Whether a decision has no answer yet: what is known does not tell yet what came of it.
    pub(super) fn is_open(&self, id: RequestId) -> bool {
        self.open.iter().any(|request| request.id == id)
    }

    /// What was saved or sent and has no answer yet.
    pub(super) fn texts(&self) -> impl Iterator<Item = &Modal> {
        self.open.iter().filter_map(|request| request.text.as_ref())
    }

    fn answered(&mut self, id: RequestId) -> Option<Request> {
        let at = self.open.iter().position(|one| one.id == id)?;
        Some(self.open.remove(at))
    }

    /// A request was accepted: what is to follow it is given.
    pub(super) fn accepted(&mut self, id: RequestId) -> Option<Accepted> {
        let request = self.answered(id)?;
        Some(Accepted { text: request.text, then: request.then })
    }

    /// A request has been refused: the decisions are as they were before it, and what was sent with
    /// it is given back.
    pub(super) fn refused(&mut self, id: RequestId) -> Option<Modal> {
        let request = self.answered(id)?;
        match request.way {
            Way::Nowhere => {}
            Way::Made => self.done.retain(|one| one.id != id),
            Way::Back(decision) => {
                self.undone.retain(|one| one.id != decision.id);
                self.done.push(*decision);
            }
            Way::Again(decision) => {
                self.done.retain(|one| one.id != decision.id);
                self.undone.push(*decision);
            }
        }
        request.text
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
#[expect(clippy::too_many_lines, reason = "one arm a command, none left out")]
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
        Command::ImportPlan { draft } => {
            let back = restoring(goal, Some(draft.hash()));
            let back = back.map_or_else(|| no("there was no plan before it"), by);
            ("your change of the plan".to_owned(), back)
        }
        Command::RejectBrief { task, .. } => {
            let what = Withdrawn::BriefRejection { task: task.clone() };
            (format!("rejecting the brief of `{task}`"), by(Command::TakeBack { what }))
        }
        Command::RejectPlan { .. } => ("rejecting the plan".to_owned(), by(restoring(goal, None)?)),
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
        | Command::RestorePlan { .. }
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

/// The command that proposes again what is proposed now, after a rejection or after the change that
/// makes the plan with the hash `of`.
fn restoring(goal: &Goal, of: Option<String>) -> Option<Command> {
    match &goal.standing {
        Standing::Proposed { draft } => Some(Command::RestorePlan { draft: draft.clone(), of }),
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
