//! What can lie over the panes: at most two, the topmost has the keys.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    brief_page::BriefParts,
    clean,
    editor::{Editor, Rows},
    keymap::Layer,
    memory::Memory,
    wish::Wish,
    wrap::Flow,
};
use crate::domain::{
    Brief, CallId, CaptureId, ChangeId, CommandAsk, LessonId, QuestionId, RunId, TaskId, TaskSpec,
};

/// Most texts that were left without saving or sending and are kept.
pub const MAX_DRAFTS: usize = 20;
/// Most dialogs that lie over each other.
pub const MAX_MODALS: usize = 2;
/// How long the keys of an approval do nothing after it was first seen.
pub const DEAD: Duration = Duration::from_millis(400);

/// One dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Modal {
    Help {
        filter: Editor,
        layer: Layer,
        cursor: usize,
    },
    Palette {
        filter: Editor,
        layer: Layer,
        cursor: usize,
    },
    Waiting {
        cursor: usize,
    },
    Memory(Memory),
    /// What becomes of a thought.
    Thought {
        id: CaptureId,
        cursor: usize,
    },
    Approval(Approval),
    Question {
        id: QuestionId,
        editor: Editor,
        choice: Option<usize>,
        top: usize,
    },
    Prompt {
        purpose: Purpose,
        editor: Editor,
        /// What stood there when it was opened.
        original: String,
    },
    Reader(Reader),
    Draft {
        edits: Edits,
        editor: Editor,
        original: String,
    },
    Change {
        id: ChangeId,
        taken: Vec<Take>,
        cursor: usize,
    },
    Confirm {
        question: String,
        yes: Box<Wish>,
        no: Option<Box<Wish>>,
        top: usize,
    },
}

/// Whether a part of a change is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    Yes,
    No,
}

/// A command that waits for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    pub ask: CommandAsk,
    /// When it was first drawn; before that nothing can be decided.
    pub seen: Option<Duration>,
    pub end: End,
    pub top: usize,
    pub form: Form,
    pub choice: Choice,
    /// A key came while they were dead: until then the dialog flashes.
    pub flash: Option<Duration>,
}

/// Whether the end of the command has been on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Unseen,
    Seen,
}

/// How a command is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Plain,
    /// Every character that is not plain ASCII by its number.
    Raw,
}

/// What can be said to a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    Allow,
    Rule,
    Deny,
    DenyAndHold,
}

impl Choice {
    /// The choices in order.
    pub const ALL: [Choice; 4] = [Choice::Allow, Choice::Rule, Choice::Deny, Choice::DenyAndHold];
}

/// Whether an approval's keys do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arming {
    Armed,
    /// Not before this much time has gone by.
    In(Duration),
    /// Not before the end of the command has been seen.
    Unread,
}

impl Approval {
    /// A dialog for a command, not seen yet.
    pub fn new(ask: CommandAsk, choice: Choice) -> Self {
        let (end, form) = (End::Unseen, Form::Plain);
        Self { ask, seen: None, end, top: 0, form, choice, flash: None }
    }

    /// Whether its keys do something at this time.
    pub fn arming(&self, up: Duration) -> Arming {
        let Some(seen) = self.seen else { return Arming::In(DEAD) };
        let open = up.saturating_sub(seen);
        if open < DEAD {
            Arming::In(DEAD.checked_sub(open).unwrap_or_default())
        } else if self.end == End::Unseen {
            Arming::Unread
        } else {
            Arming::Armed
        }
    }
}

/// What a line of text is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    NewGoal,
    Find,
    Steer {
        run: RunId,
    },
    RejectPlan,
    RejectBrief {
        task: TaskId,
    },
    Cancel {
        task: TaskId,
    },
    Deny {
        run: RunId,
        call: CallId,
        hold: Option<TaskId>,
    },
    /// A thought, at any time.
    Capture,
    /// Why a brief is sent that is not ready.
    Override {
        task: TaskId,
        hash: String,
    },
    /// A lesson in the person's own words.
    Correct {
        lesson: LessonId,
    },
    /// Words of a rule that allows the command and others like it.
    Rule {
        run: RunId,
        call: CallId,
        command: String,
    },
}

/// A page to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    pub title: String,
    pub flow: Flow,
    pub top: usize,
    pub page: Page,
}

/// What a page shows, and so what can be decided there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// Nothing but text.
    Text,
    /// The proposed plan with this hash.
    Plan { hash: String },
    /// The brief with this hash.
    Brief { task: TaskId, hash: String, parts: BriefParts },
    /// This lesson.
    Lesson { id: LessonId },
}

/// What is being edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edits {
    Brief(Box<Brief>),
    Task(Box<TaskSpec>),
    NewTask { after: Option<TaskId> },
}

impl Purpose {
    /// Whether a text for it outlives its dialog. One that decides about a command or a version
    /// that may be another by then does not, nor does what is looked for.
    pub fn is_kept(&self) -> bool {
        match self {
            Purpose::NewGoal
            | Purpose::Steer { .. }
            | Purpose::RejectPlan
            | Purpose::RejectBrief { .. }
            | Purpose::Cancel { .. }
            | Purpose::Capture
            | Purpose::Correct { .. } => true,
            Purpose::Find
            | Purpose::Deny { .. }
            | Purpose::Override { .. }
            | Purpose::Rule { .. } => false,
        }
    }

    /// Whether line breaks may be in the text.
    pub fn rows(&self) -> Rows {
        match self {
            Purpose::Find | Purpose::Rule { .. } => Rows::One,
            Purpose::NewGoal
            | Purpose::Capture
            | Purpose::Steer { .. }
            | Purpose::RejectPlan
            | Purpose::RejectBrief { .. }
            | Purpose::Cancel { .. }
            | Purpose::Deny { .. }
            | Purpose::Override { .. }
            | Purpose::Correct { .. } => Rows::Many,
        }
    }
}

impl Edits {
    /// Whether both change the same thing, in whatever version.
    pub fn is_of(&self, other: &Edits) -> bool {
        match (self, other) {
            (Edits::Brief(one), Edits::Brief(other)) => one.task == other.task,
            (Edits::Task(one), Edits::Task(other)) => one.id == other.id,
            (Edits::NewTask { after: one }, Edits::NewTask { after: other }) => one == other,
            (Edits::Brief(_) | Edits::Task(_) | Edits::NewTask { .. }, _) => false,
        }
    }
}

impl Modal {
    /// Whether the person has written something in it that is kept when it is closed.
    pub fn has_own_text(&self) -> bool {
        match self {
            Modal::Draft { editor, original, .. } => {
                let text = editor.text();
                !text.trim().is_empty() && text != clean::block(original)
            }
            Modal::Prompt { purpose, editor, original } => {
                let text = editor.text();
                purpose.is_kept() && !text.trim().is_empty() && text != clean::block(original)
            }
            Modal::Question { editor, .. } => !editor.text().trim().is_empty(),
            Modal::Help { .. }
            | Modal::Palette { .. }
            | Modal::Waiting { .. }
            | Modal::Memory(_)
            | Modal::Thought { .. }
            | Modal::Approval(_)
            | Modal::Reader(_)
            | Modal::Change { .. }
            | Modal::Confirm { .. } => false,
        }
    }

    /// The layer of keys that it has.
    pub fn layer(&self) -> Layer {
        match self {
            Modal::Help { .. } | Modal::Palette { .. } => Layer::List,
            Modal::Waiting { .. } | Modal::Thought { .. } => Layer::Waiting,
            Modal::Approval(_) => Layer::Approval,
            Modal::Question { .. } | Modal::Prompt { .. } => Layer::Text,
            Modal::Memory(_) => Layer::Memory,
            Modal::Reader(reader) => match reader.page {
                Page::Text | Page::Plan { .. } => Layer::Reader,
                Page::Brief { .. } => Layer::BriefPage,
                Page::Lesson { .. } => Layer::Lesson,
            },
            Modal::Draft { .. } => Layer::Brief,
            Modal::Change { .. } => Layer::Change,
            Modal::Confirm { .. } => Layer::Confirm,
        }
    }

    /// The text that is being written in it, if one is.
    pub fn editor(&self) -> Option<&Editor> {
        match self {
            Modal::Help { filter, .. } | Modal::Palette { filter, .. } => Some(filter),
            Modal::Memory(memory) => Some(&memory.editor),
            Modal::Question { editor, .. }
            | Modal::Prompt { editor, .. }
            | Modal::Draft { editor, .. } => Some(editor),
            Modal::Waiting { .. }
            | Modal::Thought { .. }
            | Modal::Approval(_)
            | Modal::Reader(_)
            | Modal::Change { .. }
            | Modal::Confirm { .. } => None,
        }
    }

    /// The text that is being written in it, to be changed.
    pub fn editor_mut(&mut self) -> Option<&mut Editor> {
        match self {
            Modal::Help { filter, .. } | Modal::Palette { filter, .. } => Some(filter),
            Modal::Memory(memory) => Some(&mut memory.editor),
            Modal::Question { editor, .. }
            | Modal::Prompt { editor, .. }
            | Modal::Draft { editor, .. } => Some(editor),
            Modal::Waiting { .. }
            | Modal::Thought { .. }
            | Modal::Approval(_)
            | Modal::Reader(_)
            | Modal::Change { .. }
            | Modal::Confirm { .. } => None,
        }
    }
}
