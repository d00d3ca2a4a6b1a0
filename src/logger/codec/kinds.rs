//! The table of kinds: what each event is called in the log and which fields it keeps there.
//!
//! The names here are for ever. A kind whose shape changes gets an upcast in `upcast.rs`.

use serde::{Deserialize, Deserializer, Serializer, de::Error as _, ser::SerializeMap};

use crate::domain::{
    Approver, AttemptNo, BillPart, Brief, CallId, Caps, CaptureId, ChangeId, CommandPolicy,
    CommandRule, End, Event, Evidence, GoalId, Hunk, Item, Job, LessonCandidate, LessonId, Mark,
    Micros, Permission, PlanDraft, Policy, QuestionId, Report, Reservation, RouteWhy, RunId,
    Settled, Snapshot, TaskId, Tier, ToolCall, Trust, Usage, Verdict, Withdrawn,
};

macro_rules! kinds {
    ($($variant:ident = $kind:literal { $($field:ident: $type:ty),* $(,)? })*) => {
        /// Every kind of event, as it is called in the log.
        pub const KINDS: &[&str] = &[$($kind),*];

        /// The stored shape of each kind.
        mod shape {
            #[allow(clippy::wildcard_imports)]
            use super::*;
            $(
                #[derive(Deserialize)]
                #[serde(deny_unknown_fields)]
                pub(super) struct $variant { $(pub(super) $field: $type),* }
            )*
        }

        /// What an event's kind is called in the log.
        pub fn kind_of(event: &Event) -> &'static str {
            match event {
                $(Event::$variant { .. } => $kind,)*
            }
        }

        /// Writes an event's data, fields in the table's order.
        pub(super) fn write<S: Serializer>(event: &Event, out: S) -> Result<S::Ok, S::Error> {
            match event {
                $(Event::$variant { $($field),* } => {
                    #[allow(unused_mut)]
                    let mut map = out.serialize_map(None)?;
                    $(map.serialize_entry(stringify!($field), $field)?;)*
                    map.end()
                })*
            }
        }

        /// Reads an event's data in the kind's newest shape.
        pub(super) fn read<'de, D: Deserializer<'de>>(
            kind: &str,
            data: D,
        ) -> Result<Event, D::Error> {
            match kind {
                $($kind => {
                    let shape::$variant { $($field),* } = Deserialize::deserialize(data)?;
                    Ok(Event::$variant { $($field),* })
                })*
                unknown => Err(D::Error::custom(format_args!("unknown kind {unknown:?}"))),
            }
        }
    };
}

kinds! {
    GoalOpened = "goal_opened" {
        id: GoalId,
        text: String,
        base: Snapshot,
        onto: Option<String>,
        policy: Policy,
        caps: Caps,
        commands: CommandPolicy,
    }
    GoalSwitched = "goal_switched" { id: GoalId }
    GoalArchived = "goal_archived" { id: GoalId }
    GoalLanded = "goal_landed" { into: String, commit: String }
    PolicySet = "policy_set" { policy: Policy, commands: CommandPolicy }
    CapsSet = "caps_set" { caps: Caps }
    RuleAdded = "rule_added" { rule: CommandRule }

    PlanProposed = "plan_proposed" { run: Option<RunId>, draft: PlanDraft }
    PlanApproved = "plan_approved" { hash: String, by: Approver }
    PlanRejected = "plan_rejected" { why: String }
    ChangeProposed = "change_proposed" { task: TaskId, hunks: Vec<Hunk>, why: String }
    ChangeDecided = "change_decided" { change: ChangeId, accepted: Vec<usize>, by: Approver }
    PlanEdited = "plan_edited" { hunks: Vec<Hunk> }

    QuestionAsked = "question_asked" { run: RunId, question: String, options: Vec<String> }
    QuestionAnswered = "question_answered" { question: QuestionId, answer: String }

    BriefWritten = "brief_written" { brief: Brief }
    BriefApproved = "brief_approved" { task: TaskId, hash: String, by: Approver }
    BriefRejected = "brief_rejected" { task: TaskId, why: String }

    RunBegan = "run_began" { run: RunId, job: Job }
    RunEnded = "run_ended" { run: RunId, end: End }
    Reserved = "reserved" { run: RunId, reservation: Reservation }
    Spent = "spent" { run: RunId, model: String, usage: Usage, cost: Option<Micros> }
    ItemLogged = "item_logged" { run: RunId, item: Item }
    Noted = "noted" { run: Option<RunId>, text: String }
    CallIntended = "call_intended" {
        run: RunId,
        call: ToolCall,
        command: Option<String>,
        permission: Permission,
    }
    CallAnswered = "call_answered" { run: RunId, call: CallId, allow: bool, why: String }
    Steered = "steered" { run: RunId, text: String }

    AttemptOpened = "attempt_opened" {
        run: RunId,
        number: AttemptNo,
        model: String,
        tier: Tier,
        base: Snapshot,
        worktree: String,
    }
    BaselineTaken = "baseline_taken" { run: RunId, evidence: Vec<Evidence> }
    Reported = "reported" { run: RunId, report: Report }
    WorkCommitted = "work_committed" { run: RunId, head: Snapshot, files: Vec<String> }
    Checked = "checked" { run: RunId, evidence: Vec<Evidence> }
    Judged = "judged" { run: RunId, verdict: Verdict }
    Landed = "landed" { run: RunId, commit: String, tree: String, evidence: Vec<Evidence> }
    LandingConflicted = "landing_conflicted" { run: RunId, files: Vec<String> }
    LandingRefuted = "landing_refuted" { run: RunId, evidence: Vec<Evidence> }
    ManualChecked = "manual_checked" { task: TaskId, evidence: Evidence, note: String }
    LessonNoted = "lesson_noted" { task: TaskId, what: LessonCandidate, trust: Trust }
    BriefOverridden = "brief_overridden" {
        task: TaskId,
        hash: String,
        readiness: u32,
        why: String,
    }
    ContextCompiled = "context_compiled" { run: RunId, parts: Vec<BillPart>, blob: String }
    TaskUndone = "task_undone" { task: TaskId, tip: Snapshot, why: String }
    TakenBack = "taken_back" { what: Withdrawn }
    Captured = "captured" { text: String }
    CaptureSettled = "capture_settled" { capture: CaptureId, into: Settled }
    LessonTold = "lesson_told" { what: LessonCandidate }
    LessonMarked = "lesson_marked" { lesson: LessonId, mark: Mark }

    TaskRetried = "task_retried" { task: TaskId, extra_attempts: u32 }
    TaskCancelled = "task_cancelled" { task: TaskId, why: String }
    TaskHeld = "task_held" { task: TaskId }
    TaskReleased = "task_released" { task: TaskId }
    PlanningResumed = "planning_resumed" {}

    Routed = "routed" { task: TaskId, tier: Tier, model: String, why: RouteWhy }
    ProviderTried = "provider_tried" { provider: String, run: RunId }
    ProviderReleased = "provider_released" { provider: String }
}
