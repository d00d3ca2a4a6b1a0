//! Facts. Once logged, an event is never changed, only followed by others.

use serde::{Deserialize, Serialize};

use super::{
    attempt::{LessonCandidate, Report, Snapshot, Verdict},
    bill::BillPart,
    brief::Brief,
    capture::Settled,
    check::Evidence,
    goal::{Approver, CommandPolicy, Policy},
    ids::{
        AttemptNo, CallId, CaptureId, ChangeId, GoalId, LessonId, QuestionId, RunId, Seq, TaskId,
    },
    item::{Item, ToolCall},
    lesson::{Mark, Trust},
    money::{Caps, Micros, Reservation, Usage},
    plan::{Hunk, PlanDraft, Tier},
    rule::CommandRule,
    run::{End, Job, Permission},
    rung::RouteWhy,
    withdraw::Withdrawn,
};

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "who", rename_all = "snake_case")]
pub enum Actor {
    Person,
    Planner { model: String },
    Executor { model: String },
    Chargehand,
}

impl Actor {
    /// The actor in words.
    pub fn shown(&self) -> String {
        match self {
            Actor::Person => "you".to_owned(),
            Actor::Planner { model } => format!("planner ({model})"),
            Actor::Executor { model } => format!("executor ({model})"),
            Actor::Chargehand => "chargehand".to_owned(),
        }
    }
}

/// An event with its place, time and ties.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub seq: Seq,
    /// Milliseconds since 1970 UTC.
    pub at: u64,
    pub actor: Actor,
    pub goal: Option<GoalId>,
    /// The plan's revision when it happened; 0 before the first plan.
    pub revision: u32,
    pub task: Option<TaskId>,
    pub attempt: Option<AttemptNo>,
    pub event: Event,
}

/// What happened. How each is stored is the codec's business, apart from these names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    // The goal.
    GoalOpened {
        id: GoalId,
        text: String,
        /// Where the goal's branch starts.
        base: Snapshot,
        /// The branch that the person was on; `None` on a detached HEAD.
        onto: Option<String>,
        policy: Policy,
        caps: Caps,
        commands: CommandPolicy,
    },
    GoalSwitched {
        id: GoalId,
    },
    GoalArchived {
        id: GoalId,
    },
    /// The goal's branch was merged into the person's.
    GoalLanded {
        into: String,
        commit: String,
    },
    PolicySet {
        policy: Policy,
        commands: CommandPolicy,
    },
    CapsSet {
        caps: Caps,
    },
    RuleAdded {
        rule: CommandRule,
    },

    // The plan.
    /// `run` is the planner's; `None` for a plan from a file.
    PlanProposed {
        run: Option<RunId>,
        draft: PlanDraft,
    },
    PlanApproved {
        hash: String,
        by: Approver,
    },
    PlanRejected {
        why: String,
    },
    ChangeProposed {
        task: TaskId,
        hunks: Vec<Hunk>,
        why: String,
    },
    /// `accepted` are places in the proposal's hunks; the others are declined.
    ChangeDecided {
        change: ChangeId,
        accepted: Vec<usize>,
        by: Approver,
    },
    /// The person's own change; the fields that it touches are pinned.
    PlanEdited {
        hunks: Vec<Hunk>,
    },

    // Questions.
    QuestionAsked {
        run: RunId,
        question: String,
        options: Vec<String>,
    },
    QuestionAnswered {
        question: QuestionId,
        answer: String,
    },

    // Briefs.
    BriefWritten {
        brief: Brief,
    },
    BriefApproved {
        task: TaskId,
        hash: String,
        by: Approver,
    },
    BriefRejected {
        task: TaskId,
        why: String,
    },
    /// The person sends a brief that is not ready all the same. `readiness` is what it was then.
    BriefOverridden {
        task: TaskId,
        hash: String,
        readiness: u32,
        why: String,
    },

    // Runs.
    RunBegan {
        run: RunId,
        job: Job,
    },
    RunEnded {
        run: RunId,
        end: End,
    },
    Reserved {
        run: RunId,
        reservation: Reservation,
    },
    /// A call to a model has ended; its reservation is given back. `cost` is `None` when unknown.
    Spent {
        run: RunId,
        model: String,
        usage: Usage,
        cost: Option<Micros>,
    },
    ItemLogged {
        run: RunId,
        item: Item,
    },
    /// What a thinking session was told at its beginning, exactly: the whole as a stored output,
    /// and what it is made of.
    ContextCompiled {
        run: RunId,
        parts: Vec<BillPart>,
        blob: String,
    },
    /// Something that is worth keeping and decides nothing.
    Noted {
        run: Option<RunId>,
        text: String,
    },
    /// `command` is the whole shell line that it would execute, if it executes one.
    CallIntended {
        run: RunId,
        call: ToolCall,
        command: Option<String>,
        permission: Permission,
    },
    /// The person's word on a command. `run` may have ended meanwhile.
    CallAnswered {
        run: RunId,
        call: CallId,
        allow: bool,
        why: String,
    },
    Steered {
        run: RunId,
        text: String,
    },

    // Attempts.
    AttemptOpened {
        run: RunId,
        number: AttemptNo,
        model: String,
        tier: Tier,
        base: Snapshot,
        /// Absolute path of the worktree.
        worktree: String,
    },
    BaselineTaken {
        run: RunId,
        evidence: Vec<Evidence>,
    },
    Reported {
        run: RunId,
        report: Report,
    },
    WorkCommitted {
        run: RunId,
        head: Snapshot,
        files: Vec<String>,
    },
    Checked {
        run: RunId,
        evidence: Vec<Evidence>,
    },
    Judged {
        run: RunId,
        verdict: Verdict,
    },
    Landed {
        run: RunId,
        commit: String,
        tree: String,
        evidence: Vec<Evidence>,
    },
    LandingConflicted {
        run: RunId,
        files: Vec<String>,
    },
    LandingRefuted {
        run: RunId,
        evidence: Vec<Evidence>,
    },
    /// A person looked at a manual criterion.
    ManualChecked {
        task: TaskId,
        evidence: Evidence,
        note: String,
    },
    LessonNoted {
        task: TaskId,
        what: LessonCandidate,
        trust: Trust,
    },
    /// The person's own lesson.
    LessonTold {
        what: LessonCandidate,
    },
    LessonMarked {
        lesson: LessonId,
        mark: Mark,
    },

    // A person's word on a task.
    TaskRetried {
        task: TaskId,
        extra_attempts: u32,
    },
    TaskCancelled {
        task: TaskId,
        why: String,
    },
    TaskHeld {
        task: TaskId,
    },
    /// What a task has landed was taken back on the goal's branch.
    TaskUndone {
        task: TaskId,
        /// The goal's branch since.
        tip: Snapshot,
        why: String,
    },
    /// The person has taken a decision back of which nothing had come.
    TakenBack {
        what: Withdrawn,
    },
    /// A thought of the person's, at any time.
    Captured {
        text: String,
    },
    /// What is to become of a thought.
    CaptureSettled {
        capture: CaptureId,
        into: Settled,
    },
    /// A blocker is lifted: by a person, or by a new start for a transient one.
    TaskReleased {
        task: TaskId,
    },
    /// Planning stalled on a fault and may try again.
    PlanningResumed,

    // Models.
    /// The task's next session goes to another rung than it stood at.
    Routed {
        task: TaskId,
        tier: Tier,
        model: String,
        why: RouteWhy,
    },
    /// A server's hold has passed; this run, which begins next, tries whether it answers again.
    ProviderTried {
        provider: String,
        run: RunId,
    },
    /// A server's hold is lifted: by a person, or by a new start.
    ProviderReleased {
        provider: String,
    },
}

impl Event {
    /// Whether it must be on disk before anything follows from it, power loss included.
    /// What is not may be lost to a power cut, never to the end of the process; and it is on disk
    /// as soon as a boundary after it is. So what a call has spent is there before the next one is
    /// sent: its reservation is a boundary.
    pub fn is_boundary(&self) -> bool {
        match self {
            Event::ItemLogged { .. } | Event::Noted { .. } | Event::Spent { .. } => false,
            Event::GoalOpened { .. }
            | Event::GoalSwitched { .. }
            | Event::GoalArchived { .. }
            | Event::GoalLanded { .. }
            | Event::PolicySet { .. }
            | Event::CapsSet { .. }
            | Event::RuleAdded { .. }
            | Event::PlanProposed { .. }
            | Event::PlanApproved { .. }
            | Event::PlanRejected { .. }
            | Event::ChangeProposed { .. }
            | Event::ChangeDecided { .. }
            | Event::PlanEdited { .. }
            | Event::QuestionAsked { .. }
            | Event::QuestionAnswered { .. }
            | Event::BriefWritten { .. }
            | Event::BriefApproved { .. }
            | Event::BriefRejected { .. }
            | Event::RunBegan { .. }
            | Event::RunEnded { .. }
            | Event::Reserved { .. }
            | Event::CallIntended { .. }
            | Event::CallAnswered { .. }
            | Event::Steered { .. }
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
            | Event::LessonMarked { .. }
            | Event::BriefOverridden { .. }
            | Event::TaskUndone { .. }
            | Event::TakenBack { .. }
            | Event::Captured { .. }
            | Event::CaptureSettled { .. }
            | Event::ContextCompiled { .. }
            | Event::TaskRetried { .. }
            | Event::TaskCancelled { .. }
            | Event::TaskHeld { .. }
            | Event::TaskReleased { .. }
            | Event::PlanningResumed
            | Event::Routed { .. }
            | Event::ProviderTried { .. }
            | Event::ProviderReleased { .. } => true,
        }
    }
}
