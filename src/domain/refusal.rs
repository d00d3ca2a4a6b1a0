//! Why a command was not accepted: an answer to whoever asked, not an error of the program.

use super::ids::{
    AttemptNo, CallId, CaptureId, ChangeId, GoalId, LessonId, QuestionId, RunId, TaskId,
};

/// A refusal, in words that help whoever asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no goal; state one first")]
    NoGoal,
    #[error("there is no goal `{0}`")]
    NoSuchGoal(GoalId),
    #[error("there is already a goal `{0}`")]
    GoalExists(GoalId),
    #[error("there is no task `{0}` in the plan")]
    NoSuchTask(TaskId),
    #[error("there is no question {0}, or it has been answered")]
    NoSuchQuestion(QuestionId),
    #[error("there is no proposed change {0}, or it has been decided")]
    NoSuchChange(ChangeId),
    #[error("no command waits under call {1} of {0}")]
    NoSuchCall(RunId, CallId),
    #[error("there is no thought {0}")]
    NoSuchCapture(CaptureId),
    /// A brief that is not ready needs a reason.
    #[error(
        "the brief of `{task}` has a readiness of {readiness}, below {line}: {worst}. Mend it, or say why it is sent all the same"
    )]
    NotReady { task: TaskId, readiness: u32, line: u32, worst: String },
    #[error("there is no lesson {0}")]
    NoSuchLesson(LessonId),
    #[error("{0} has ended")]
    RunHasEnded(RunId),
    #[error("only a person may do this")]
    OnlyAPerson,
    #[error("not now: {0}")]
    NotNow(String),
    /// What was approved is not what is there now.
    #[error(
        "this approval is for other content ({given}); what waits now is {current}. Read it and approve that."
    )]
    HashDiffers { given: String, current: String },
    /// A plan, brief or change with faults, each exact.
    #[error("{}", .0.join("\n"))]
    Faulty(Vec<String>),
    #[error("not accepted: {0}")]
    NoEvidence(String),
    #[error("task `{task}` has had {had} of {limit} attempts")]
    AttemptsUsedUp { task: TaskId, had: u32, limit: u32 },
    #[error("attempt {0} had the same brief, model and base tree; a repeat would prove nothing")]
    SameAttempt(AttemptNo),
    /// `key` is the setting that holds the cap.
    #[error("the cap is reached: {what} would come to {would} of {cap}")]
    OverCap { key: String, what: String, would: String, cap: String },
    #[error("a cap in money is set, and the price of the model is not known")]
    Unpriced,
    #[error("the log is open elsewhere; this instance only reads")]
    ReadOnly,
}
