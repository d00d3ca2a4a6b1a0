//! Texts that were left without saving: what they are, and that no decision goes past them.

use super::{
    modal::{Edits, Modal, Purpose},
    place::{Tone, Ui},
    wish::Facts,
};
use crate::domain::TaskId;

/// What a text that was left is, such as `brief of month`.
pub(super) fn told(kept: &Modal) -> String {
    match kept {
        Modal::Draft { edits: Edits::Brief(brief), .. } => format!("brief of {}", brief.task),
        Modal::Draft { edits: Edits::Task(spec), .. } => format!("task {}", spec.id),
        Modal::Draft { edits: Edits::NewTask { .. }, .. } => "new task".to_owned(),
        Modal::Question { id, .. } => format!("answer to {id}"),
        Modal::Prompt { purpose, .. } => match purpose {
            Purpose::NewGoal => "goal".to_owned(),
            Purpose::Steer { run } => format!("words to {run}"),
            Purpose::RejectPlan => "word on the plan".to_owned(),
            Purpose::RejectBrief { task } | Purpose::Cancel { task } => format!("word on {task}"),
            Purpose::Capture => "thought".to_owned(),
            Purpose::Correct { lesson } => format!("lesson {lesson}"),
            Purpose::Find
            | Purpose::Deny { .. }
            | Purpose::Override { .. }
            | Purpose::Rule { .. } => "text".to_owned(),
        },
        Modal::Help { .. }
        | Modal::Palette { .. }
        | Modal::Waiting { .. }
        | Modal::Memory(_)
        | Modal::Thought { .. }
        | Modal::Approval(_)
        | Modal::Reader(_)
        | Modal::Change { .. }
        | Modal::Confirm { .. } => "text".to_owned(),
    }
}

impl Ui {
    /// The edit of a task's brief that was left.
    pub(super) fn left_brief(&self, task: &TaskId) -> Option<usize> {
        self.drafts.iter().rposition(|kept| match kept {
            Modal::Draft { edits: Edits::Brief(brief), .. } => brief.task == *task,
            _ => false,
        })
    }

    /// Whether an edit of this brief was left: then it is not approved as it stood before it, and
    /// the person is told how to go on.
    pub(super) fn is_being_edited(&mut self, task: &TaskId, facts: Facts<'_>) -> bool {
        let Some(text) = self.says_edited(task) else { return false };
        self.say(text, Tone::Fault, facts.now.up);
        true
    }

    /// Opens the text that was left last, whatever became of what it was for.
    pub(super) fn take_up_last(&mut self, facts: Facts<'_>) {
        match self.drafts.pop() {
            Some(left) => self.push(left, facts),
            None => self.say("no unsaved text is left", Tone::Plain, facts.now.up),
        }
    }

    /// Why a brief is not approved of which an edit was left.
    pub(super) fn says_edited(&self, task: &TaskId) -> Option<String> {
        self.left_brief(task)?;
        Some(format!(
            "not approved: you have an unsaved edit of the brief of {task}: e takes it up (F9 there \
             saves and approves it; Ctrl+C, then Esc, drops it)"
        ))
    }

    /// Takes up the edit of a brief that is not to be changed any more, so that what was written
    /// can be read, copied or dropped. Says whether there was one.
    pub(super) fn take_up_left(&mut self, task: &TaskId, facts: Facts<'_>) -> bool {
        let Some(at) = self.left_brief(task) else { return false };
        let left = self.drafts.remove(at);
        self.push(left, facts);
        let text = format!(
            "your unsaved edit of the brief of {task}, which does not wait any more: it can only be \
             read and copied; Ctrl+C, then Esc, drops it"
        );
        self.say(text, Tone::Fault, facts.now.up);
        true
    }
}
