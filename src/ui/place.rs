//! What the person looks at: focus, cursors, reading positions. It moves only when they move it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use super::{
    glyph::Glyphs,
    key::Press,
    keymap::Layer,
    layout::{Border, Pane, Places, Widths, Zoom},
    modal::{Approval, End, Modal},
    past::{Moment, Present},
    reel::{Anchor, Fold},
    session::{Session, SessionKey},
    story::Story,
    undo::Decisions,
    wish::Facts,
};
use crate::domain::{Goal, Phase, Seq, StageId, TaskId};

/// How long a line of the program to the person stays.
pub const TOAST: Duration = Duration::from_secs(6);
/// How long a longer one stays.
const LONG_TOAST: Duration = Duration::from_secs(20);

/// The cursor of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spot {
    Stage(StageId),
    Task(TaskId),
}

/// Where the person is in the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanPlace {
    pub cursor: Option<Spot>,
    pub top: usize,
    pub folded: BTreeSet<StageId>,
    /// Tasks of a proposed plan that are to be approved before the others.
    pub chosen: BTreeSet<TaskId>,
}

/// Where the person is in a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionPlace {
    pub reading: Reading,
    /// The block that keys mean.
    pub cursor: Option<u64>,
    pub folds: BTreeMap<u64, Fold>,
    /// The match that was gone to last; it counts as long as the cursor is on its block.
    pub hit: Option<Hit>,
}

/// A line of a block in which something that is looked for stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    pub block: u64,
    /// Its first byte in the block's text; `None`: it stands in the line above the text.
    pub byte: Option<usize>,
}

impl Default for SessionPlace {
    fn default() -> Self {
        Self { reading: Reading::Follow, cursor: None, folds: BTreeMap::new(), hit: None }
    }
}

/// Whether the newest is shown, or the place where the person reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    Follow,
    /// The first row shown, and how many blocks there were when following ended.
    At {
        top: Anchor,
        known: u64,
    },
}

/// Where the person is in the timeline. `None` is the newest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TimelinePlace {
    pub cursor: Option<Seq>,
    pub top: Option<Seq>,
}

/// What the status bar always says of this life of the program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Short name of the repository's folder.
    pub repository: String,
    pub branch: String,
    pub marks: Vec<Sign>,
}

impl Standing {
    /// Whether another window works, or has worked, and this one only reads.
    pub(super) fn reads_only(&self) -> bool {
        self.marks.iter().any(|sign| matches!(sign, Sign::ReadOnly | Sign::Vacant))
    }
}

/// Words of the status bar that are never icons alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    Demo,
    NoSandbox,
    ReadOnly,
    /// It reads, and the window that worked has ended.
    Vacant,
    Offline,
}

impl Sign {
    /// The sign in words.
    pub fn word(self) -> &'static str {
        match self {
            Sign::Demo => "DEMO",
            Sign::NoSandbox => "NO SANDBOX",
            Sign::ReadOnly => "READ ONLY",
            Sign::Vacant => "READ ONLY, w works here",
            Sign::Offline => "offline",
        }
    }
}

/// A line of the program to the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    pub text: String,
    pub tone: Tone,
    pub until: Duration,
}

/// How a line is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Fault,
}

/// Whether running marks move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Motion {
    #[default]
    Moving,
    Still,
}

/// Whether the mouse is ours; while it is, the terminal selects text with Shift only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pointer {
    #[default]
    On,
    Off,
}

/// What a frame was drawn with: what keys need to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    pub places: Places,
    /// Where the terminal's cursor stands.
    pub cursor: Option<(u16, u16)>,
    /// Rows of text that the topmost dialog shows, and columns.
    pub page: (usize, usize),
    /// Rows of the question to the person, above the field of its answer.
    pub asked: usize,
    /// First plan row drawn.
    pub plan_top: usize,
    /// The tabs of the panes, where there are any.
    pub tabs: Vec<(Rect, Pane)>,
    /// The cards of other sessions.
    pub cards: Vec<(Rect, SessionKey)>,
    /// The entries of the timeline, with the row in which each begins.
    pub timeline_rows: Vec<(u16, Seq)>,
    /// First row of the timeline drawn.
    pub timeline_top: Option<Seq>,
    /// The session that was shown.
    pub session: Option<SessionKey>,
    /// Whether the whole of the approval on top, or its last row, was on the screen.
    pub approval: End,
}

/// The screen's own state.
#[derive(Clone, Debug)]
pub struct Ui {
    pub focus: Pane,
    pub zoom: Zoom,
    pub plan: PlanPlace,
    pub shown: Option<SessionKey>,
    pub sessions: BTreeMap<SessionKey, SessionPlace>,
    pub timeline: TimelinePlace,
    pub modals: Vec<Modal>,
    /// Texts that were left without saving or sending.
    pub drafts: Vec<Modal>,
    pub toast: Option<Toast>,
    pub chord: Vec<Press>,
    pub search: Option<String>,
    pub standing: Standing,
    pub glyphs: Glyphs,
    pub thoughts: Fold,
    pub motion: Motion,
    pub decisions: Decisions,
    /// `Ctrl+C` was pressed; again until then quits.
    pub leaving: Option<Duration>,
    pub drawn: Option<Drawn>,
    pub widths: Widths,
    pub dragged: Option<Border>,
    pub pointer: Pointer,
    /// The moment that is shown instead of now.
    pub past: Option<Moment>,
    /// Where the person was before they looked back.
    pub present: Option<Box<Present>>,
}

impl Ui {
    /// A screen on which nothing is open.
    pub fn new(standing: Standing) -> Self {
        Self {
            focus: Pane::Plan,
            zoom: Zoom::Normal,
            plan: PlanPlace::default(),
            shown: None,
            sessions: BTreeMap::new(),
            timeline: TimelinePlace::default(),
            modals: Vec::new(),
            drafts: Vec::new(),
            toast: None,
            chord: Vec::new(),
            search: None,
            standing,
            glyphs: Glyphs::Unicode,
            thoughts: Fold::Closed,
            motion: Motion::Moving,
            decisions: Decisions::default(),
            leaving: None,
            drawn: None,
            widths: Widths::default(),
            dragged: None,
            pointer: Pointer::On,
            past: None,
            present: None,
        }
    }

    /// The layer of keys that is on top. Derived, never stored.
    pub fn layer(&self) -> Layer {
        match self.modals.last() {
            Some(modal) => modal.layer(),
            None => match self.focus {
                Pane::Plan => Layer::Plan,
                Pane::Session => Layer::Session,
                Pane::Timeline => Layer::Timeline,
            },
        }
    }

    /// The session in the session pane: the one that was chosen, else that of the task at the
    /// plan's cursor, else one under way, else the latest of the goal.
    pub fn session<'a>(&self, facts: Facts<'a>) -> Option<&'a Session> {
        let goal = facts.state.goal()?;
        let story: &'a Story = facts.story;
        if let Some(key) = self.shown.as_ref().filter(|key| key.goal == goal.id) {
            return story.session(key);
        }
        let of_cursor = match &self.plan.cursor {
            Some(Spot::Task(task)) => {
                let key = SessionKey { goal: goal.id.clone(), task: Some(task.clone()) };
                let session = story.session(&key);
                // In the plan, a task without a session is shown itself.
                if session.is_none() && self.focus == Pane::Plan {
                    return None;
                }
                session
            }
            Some(Spot::Stage(_)) | None => None,
        };
        let mut of_goal = story.sessions().iter().rev().filter(|one| one.key.goal == goal.id);
        of_cursor
            .or_else(|| self.kept(goal, story))
            .or_else(|| of_goal.clone().find(|one| one.run.is_some()))
            .or_else(|| of_goal.next())
    }

    /// The session that was shown last, as long as there is something to see in it: what a person
    /// looks at does not change because another session begins or ends.
    fn kept<'a>(&self, goal: &Goal, story: &'a Story) -> Option<&'a Session> {
        let key = self.drawn.as_ref()?.session.as_ref().filter(|key| key.goal == goal.id)?;
        let session = story.session(key)?;
        let reads = self.reading_of(key) != Reading::Follow;
        let goes_on = match &key.task {
            Some(task) => goal.task(task).is_some_and(|task| {
                !task.phase.is_void() && !matches!(task.phase, Phase::Done { .. })
            }),
            None => {
                story.sessions().iter().all(|one| one.key.task.is_none() || one.key.goal != goal.id)
            }
        };
        (reads || session.run.is_some() || goes_on).then_some(session)
    }

    /// Where the person reads in a session.
    pub fn place_of(&self, key: &SessionKey) -> SessionPlace {
        self.sessions.get(key).cloned().unwrap_or_default()
    }

    /// Whether the person follows a session or reads back in it.
    pub fn reading_of(&self, key: &SessionKey) -> Reading {
        self.sessions.get(key).map_or(Reading::Follow, |place| place.reading)
    }

    /// The task at the plan's cursor.
    pub fn task_at_cursor(&self, goal: &Goal) -> Option<TaskId> {
        match self.plan.cursor.as_ref()? {
            Spot::Stage(_) => None,
            Spot::Task(task) => {
                let known = goal.task(task).is_some() || super::plan_rows::is_proposed(goal, task);
                known.then(|| task.clone())
            }
        }
    }

    /// Takes note of what has been drawn. Only what was drawn can be decided upon.
    pub fn drew(&mut self, drawn: Drawn, up: Duration) {
        if let Some(Modal::Approval(Approval { seen, end, .. })) = self.modals.last_mut() {
            seen.get_or_insert(up);
            if drawn.approval == End::Seen {
                *end = End::Seen;
            }
        }
        let (_, columns) = drawn.page;
        if let Some(editor) = self.modals.last_mut().and_then(Modal::editor_mut) {
            editor.width = columns;
            editor.top = editor.top_for(columns.max(1), drawn.page.0);
        }
        self.plan.top = drawn.plan_top;
        if drawn.timeline_top.is_some() {
            self.timeline.top = self.timeline.cursor.and(drawn.timeline_top);
        }
        self.drawn = Some(drawn);
    }

    /// When the screen changes by itself next: a toast goes, an approval's keys come alive, a
    /// running mark moves. `None`: not before something happens.
    pub fn wakes(&self, facts: Facts<'_>) -> Option<Duration> {
        let up = facts.now.up;
        let toast = self.toast.as_ref().map(|toast| toast.until);
        let mut approval = None;
        if let Some(Modal::Approval(open)) = self.modals.last() {
            let armed = open.seen.map(|seen| seen + super::modal::DEAD);
            approval = open.flash.or(armed);
        }
        let runs = facts.state.goal().is_some_and(|goal| !goal.runs.is_empty());
        // Times are shown in seconds; a mark moves eight times in one.
        let step = match self.motion {
            Motion::Moving => Duration::from_millis(125),
            Motion::Still => Duration::from_secs(1),
        };
        let counts = facts.state.goal().is_some_and(|goal| {
            goal.holds.values().any(|one| one.until.is_some_and(|until| until > facts.now.at))
        });
        let tick = match (runs, counts) {
            (true, _) => Some(up + step),
            (false, true) => Some(up + Duration::from_secs(1)),
            (false, false) => None,
        };
        [toast, approval, tick].into_iter().flatten().filter(|at| *at > up).min()
    }

    /// Whether a text is being written that is saved nowhere.
    pub fn has_texts(&self) -> bool {
        let open = self.modals.iter().any(Modal::has_own_text);
        open || !self.drafts.is_empty() || self.decisions.texts().next().is_some()
    }

    /// Says something that takes longer to read.
    pub fn say_long(&mut self, text: impl Into<String>, up: Duration) {
        self.toast = Some(Toast { text: text.into(), tone: Tone::Plain, until: up + LONG_TOAST });
    }

    /// Says something to the person.
    pub fn say(&mut self, text: impl Into<String>, tone: Tone, up: Duration) {
        self.toast = Some(Toast { text: text.into(), tone, until: up + TOAST });
    }
}
