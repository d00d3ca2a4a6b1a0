//! What an event names itself: its run and its task.

use super::{
    event::Event,
    ids::{RunId, TaskId},
};

impl Event {
    /// The run that it belongs to, if any.
    pub fn run(&self) -> Option<RunId> {
        match self {
            Event::QuestionAsked { run, .. }
            | Event::RunBegan { run, .. }
            | Event::RunEnded { run, .. }
            | Event::Reserved { run, .. }
            | Event::Spent { run, .. }
            | Event::ItemLogged { run, .. }
            | Event::CallIntended { run, .. }
            | Event::CallAnswered { run, .. }
            | Event::Steered { run, .. }
            | Event::AttemptOpened { run, .. }
            | Event::BaselineTaken { run, .. }
            | Event::Reported { run, .. }
            | Event::WorkCommitted { run, .. }
            | Event::Checked { run, .. }
            | Event::Judged { run, .. }
            | Event::Landed { run, .. }
            | Event::LandingConflicted { run, .. }
            | Event::LandingRefuted { run, .. }
            | Event::ContextCompiled { run, .. }
            | Event::ProviderTried { run, .. } => Some(*run),
            Event::Noted { run, .. } | Event::PlanProposed { run, .. } => *run,
            Event::GoalOpened { .. }
            | Event::GoalSwitched { .. }
            | Event::GoalArchived { .. }
            | Event::GoalLanded { .. }
            | Event::PolicySet { .. }
            | Event::CapsSet { .. }
            | Event::RuleAdded { .. }
            | Event::PlanApproved { .. }
            | Event::PlanRejected { .. }
            | Event::ChangeProposed { .. }
            | Event::ChangeDecided { .. }
            | Event::PlanEdited { .. }
            | Event::QuestionAnswered { .. }
            | Event::BriefWritten { .. }
            | Event::BriefApproved { .. }
            | Event::BriefRejected { .. }
            | Event::ManualChecked { .. }
            | Event::LessonNoted { .. }
            | Event::BriefOverridden { .. }
            | Event::TaskUndone { .. }
            | Event::TakenBack { .. }
            | Event::Captured { .. }
            | Event::CaptureSettled { .. }
            | Event::LessonTold { .. }
            | Event::LessonMarked { .. }
            | Event::TaskRetried { .. }
            | Event::TaskCancelled { .. }
            | Event::TaskHeld { .. }
            | Event::TaskReleased { .. }
            | Event::PlanningResumed
            | Event::Routed { .. }
            | Event::ProviderReleased { .. } => None,
        }
    }

    /// The task that it names itself. Those tied by their run alone name none.
    pub fn task(&self) -> Option<&TaskId> {
        match self {
            Event::ChangeProposed { task, .. }
            | Event::BriefApproved { task, .. }
            | Event::BriefRejected { task, .. }
            | Event::BriefOverridden { task, .. }
            | Event::TaskUndone { task, .. }
            | Event::ManualChecked { task, .. }
            | Event::LessonNoted { task, .. }
            | Event::TaskRetried { task, .. }
            | Event::TaskCancelled { task, .. }
            | Event::TaskHeld { task }
            | Event::TaskReleased { task }
            | Event::Routed { task, .. } => Some(task),
            Event::BriefWritten { brief } => Some(&brief.task),
            Event::CaptureSettled { into, .. } => into.task(),
            Event::TakenBack { what } => what.task(),
            Event::RunBegan { job, .. } => job.task(),
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
            | Event::ChangeDecided { .. }
            | Event::PlanEdited { .. }
            | Event::QuestionAsked { .. }
            | Event::QuestionAnswered { .. }
            | Event::RunEnded { .. }
            | Event::Reserved { .. }
            | Event::Spent { .. }
            | Event::ItemLogged { .. }
            | Event::Noted { .. }
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
            | Event::Captured { .. }
            | Event::ContextCompiled { .. }
            | Event::LessonTold { .. }
            | Event::LessonMarked { .. }
            | Event::PlanningResumed
            | Event::ProviderTried { .. }
            | Event::ProviderReleased { .. } => None,
        }
    }
}
