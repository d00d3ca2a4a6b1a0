//! Requests. Each comes to exactly one event, or to a refusal that says why.

use super::{
    attempt::{LessonCandidate, Report, Snapshot, Verdict},
    bill::BillPart,
    brief::Brief,
    capture::Settled,
    check::{Evidence, Outcome},
    goal::{CommandPolicy, Policy},
    ids::{CallId, CaptureId, ChangeId, GoalId, LessonId, QuestionId, RunId, TaskId},
    item::{Item, ToolCall},
    lesson::{Mark, Trust},
    money::{Caps, Micros, Reservation, Usage},
    plan::{Hunk, PlanDraft, Tier},
    rule::CommandRule,
    run::End,
    withdraw::Withdrawn,
};

/// What is to become of the done tasks that lean on one that is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dependants {
    /// There must be none.
    None,
    /// They stay as they are.
    Stay,
}

/// Something that a person or a run asks for. It may be refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    // A person asks.
    OpenGoal {
        id: GoalId,
        text: String,
        base: Snapshot,
        onto: Option<String>,
        policy: Policy,
        caps: Caps,
        commands: CommandPolicy,
    },
    SwitchGoal {
        id: GoalId,
    },
    ArchiveGoal {
        id: GoalId,
    },
    RecordLanding {
        into: String,
        commit: String,
    },
    SetPolicy {
        policy: Policy,
        commands: CommandPolicy,
    },
    SetCaps {
        caps: Caps,
    },
    AddRule {
        rule: CommandRule,
    },
    /// A plan from a file.
    ImportPlan {
        draft: PlanDraft,
    },
    /// The plan as it stood before the person's last word on it is proposed again, as long as no
    /// other has come since: before a rejection, or before their own change of it, which made the
    /// plan with the hash `of`.
    RestorePlan {
        draft: PlanDraft,
        of: Option<String>,
    },
    ApprovePlan {
        hash: String,
    },
    RejectPlan {
        why: String,
    },
    /// `accepted` are places in the proposal's hunks.
    DecideChange {
        change: ChangeId,
        accepted: Vec<usize>,
    },
    EditPlan {
        hunks: Vec<Hunk>,
    },
    AnswerQuestion {
        question: QuestionId,
        answer: String,
    },
    ApproveBrief {
        task: TaskId,
        hash: String,
    },
    RejectBrief {
        task: TaskId,
        why: String,
    },
    /// A person's own version of a brief.
    EditBrief {
        brief: Brief,
    },
    AnswerCall {
        run: RunId,
        call: CallId,
        allow: bool,
        why: String,
    },
    Steer {
        run: RunId,
        text: String,
    },
    CheckManual {
        task: TaskId,
        criterion: String,
        outcome: Outcome,
        note: String,
    },
    RetryTask {
        task: TaskId,
        extra_attempts: u32,
    },
    CancelTask {
        task: TaskId,
        why: String,
    },
    /// Pause: the task's run is stopped and the task held until released.
    HoldTask {
        task: TaskId,
    },
    ReleaseTask {
        task: TaskId,
    },
    ResumePlanning,
    /// A held server may be asked again at once.
    ReleaseProvider {
        provider: String,
    },
    /// Sends a brief that is not ready all the same.
    OverrideBrief {
        task: TaskId,
        hash: String,
        why: String,
    },
    /// What the task has landed has been taken back on the goal's branch.
    UndoTask {
        task: TaskId,
        tip: Snapshot,
        why: String,
        dependants: Dependants,
    },
    /// The person takes a decision of theirs back, as long as nothing has come of it.
    TakeBack {
        what: Withdrawn,
    },
    /// A thought, at any time.
    Capture {
        text: String,
    },
    SettleCapture {
        capture: CaptureId,
        into: Settled,
    },
    /// The person's own lesson.
    TellLesson {
        what: LessonCandidate,
    },
    /// A person's word on a lesson.
    MarkLesson {
        lesson: LessonId,
        mark: Mark,
    },

    // A run asks.
    Propose {
        run: RunId,
        draft: PlanDraft,
    },
    AskQuestion {
        run: RunId,
        question: String,
        options: Vec<String>,
    },
    WriteBrief {
        run: RunId,
        brief: Brief,
    },
    OpenAttempt {
        run: RunId,
        model: String,
        tier: Tier,
        base: Snapshot,
        worktree: String,
    },
    TakeBaseline {
        run: RunId,
        evidence: Vec<Evidence>,
    },
    Reserve {
        run: RunId,
        reservation: Reservation,
    },
    Spend {
        run: RunId,
        model: String,
        usage: Usage,
        cost: Option<Micros>,
    },
    LogItem {
        run: RunId,
        item: Item,
    },
    CompileContext {
        run: RunId,
        parts: Vec<BillPart>,
        blob: String,
    },
    Note {
        run: Option<RunId>,
        text: String,
    },
    /// A tool call that changes or executes something; `command` is its shell line, if it has one.
    IntendCall {
        run: RunId,
        call: ToolCall,
        command: Option<String>,
    },
    Report {
        run: RunId,
        report: Report,
    },
    CommitWork {
        run: RunId,
        head: Snapshot,
        files: Vec<String>,
    },
    RecordChecks {
        run: RunId,
        evidence: Vec<Evidence>,
    },
    Judge {
        run: RunId,
        verdict: Verdict,
    },
    NoteLesson {
        run: RunId,
        what: LessonCandidate,
        trust: Trust,
    },
    /// What a lesson names was looked for; `gone` is what is not there any more.
    VerifyLesson {
        run: RunId,
        lesson: LessonId,
        gone: Vec<String>,
    },
    RecordLanded {
        run: RunId,
        commit: String,
        tree: String,
        evidence: Vec<Evidence>,
    },
    RecordConflict {
        run: RunId,
        files: Vec<String>,
    },
    RecordRefuted {
        run: RunId,
        evidence: Vec<Evidence>,
    },
    EndRun {
        run: RunId,
        end: End,
    },
}
