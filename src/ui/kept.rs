//! What is kept of the screen between two lives of the program: everything stays where it was.
//!
//! It is a convenience and no fact: a file that is gone or cannot be read costs the reading
//! position and nothing else. Blocks are named by their events, since their numbers begin anew.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    editor::{Editor, Rows},
    glyph::Glyphs,
    layout::{Pane, Widths, Zoom},
    modal::{Edits, Modal, Page, Purpose},
    place::{Motion, PlanPlace, Pointer, Reading, SessionPlace, TimelinePlace, Ui},
    reel::{Anchor, Fold},
    session::{Session, SessionKey},
    story::Story,
    wish::Facts,
};
use crate::domain::{QuestionId, Seq, TaskId};

/// Most sessions whose reading position is kept.
const MAX_SESSIONS: usize = 200;

/// The screen's own state, as it is written down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kept {
    /// The last event that was shown.
    pub seen: Seq,
    /// When it was written, in milliseconds since 1970 UTC.
    pub at: u64,
    pub theme: String,
    focus: Pane,
    zoom: Zoom,
    glyphs: Glyphs,
    thoughts: Fold,
    motion: Motion,
    widths: Widths,
    pub pointer: Pointer,
    plan: PlanPlace,
    timeline: TimelinePlace,
    shown: Option<SessionKey>,
    sessions: Vec<KeptSession>,
    drafts: Vec<Text>,
    open: Option<Open>,
}

/// A block by the event that began it, and its place among that event's blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct BlockName {
    seq: Seq,
    nth: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KeptSession {
    key: SessionKey,
    /// The first row shown, unless the newest was followed.
    top: Option<(BlockName, usize)>,
    cursor: Option<BlockName>,
    folds: Vec<(BlockName, Fold)>,
}

/// A text of the person's that was not saved or sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Text {
    Draft { edits: Edits, text: String, original: String },
    Prompt { purpose: Purpose, text: String, original: String },
    Question { id: QuestionId, text: String, choice: Option<usize> },
}

/// What lay over the panes. What decides about a command never opens by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Open {
    Text(Box<Text>),
    Plan { top: usize },
    Brief { task: TaskId, top: usize },
}

impl Kept {
    /// The same without what was being written.
    #[must_use]
    pub fn without_texts(mut self) -> Self {
        self.drafts.clear();
        self.open = self.open.filter(|open| !matches!(open, Open::Text(_)));
        self
    }
}

impl Ui {
    /// What is to be kept of it.
    pub fn keep(&self, facts: Facts<'_>, theme: &str) -> Kept {
        let names = |session: &Session, id: u64| name_of(session, id);
        let sessions = self.sessions.iter().filter_map(|(key, place)| {
            let session = facts.story.session(key)?;
            let top = match place.reading {
                Reading::Follow => None,
                Reading::At { top, .. } => Some((names(session, top.block)?, top.row)),
            };
            let folds = place.folds.iter();
            Some(KeptSession {
                key: key.clone(),
                top,
                cursor: place.cursor.and_then(|id| names(session, id)),
                folds: folds.filter_map(|(id, fold)| Some((names(session, *id)?, *fold))).collect(),
            })
        });
        Kept {
            seen: facts.story.last(),
            at: facts.now.at,
            theme: theme.to_owned(),
            focus: self.focus,
            zoom: self.zoom,
            glyphs: self.glyphs,
            thoughts: self.thoughts,
            motion: self.motion,
            widths: self.widths,
            pointer: self.pointer,
            plan: self.plan.clone(),
            timeline: self.timeline,
            shown: self.shown.clone(),
            sessions: sessions.take(MAX_SESSIONS).collect(),
            // What is being saved is kept until it is.
            drafts: self.drafts.iter().chain(self.decisions.texts()).filter_map(text).collect(),
            // A text before what can be opened again.
            open: self
                .modals
                .iter()
                .find_map(|modal| Some(Open::Text(Box::new(text(modal)?))))
                .or_else(|| self.modals.iter().find_map(open)),
        }
    }

    /// Puts everything back where it was.
    pub fn take_up(&mut self, kept: Kept, facts: Facts<'_>) {
        self.take_up_sessions(&kept, facts.story);
        self.focus = kept.focus;
        self.zoom = kept.zoom;
        self.glyphs = kept.glyphs;
        self.thoughts = kept.thoughts;
        self.motion = kept.motion;
        self.widths = kept.widths;
        self.pointer = kept.pointer;
        self.plan = kept.plan;
        self.timeline = kept.timeline;
        self.shown = kept.shown;
        kept.drafts.into_iter().for_each(|one| self.put_by(one.modal()));
        let goal = facts.state.goal();
        match kept.open {
            Some(Open::Text(one)) => {
                self.modals.push(one.modal());
                self.settle(facts);
            }
            Some(Open::Plan { top }) => {
                if let Some(goal) = goal {
                    self.read_plan(goal, facts);
                }
                self.scroll_reader(top);
            }
            Some(Open::Brief { task, top }) => {
                if let Some(goal) = goal {
                    self.read_brief(goal, &task, facts);
                }
                self.scroll_reader(top);
            }
            None => {}
        }
    }

    /// Puts texts by that were being written elsewhere.
    pub fn take_up_texts(&mut self, kept: Kept) {
        let open = match kept.open {
            Some(Open::Text(one)) => Some(*one),
            Some(Open::Plan { .. } | Open::Brief { .. }) | None => None,
        };
        kept.drafts.into_iter().chain(open).for_each(|one| self.put_by(one.modal()));
    }

    /// Puts back where sessions were read, as far as the story of what is now goes back.
    pub fn take_up_sessions(&mut self, kept: &Kept, story: &Story) {
        let places = self.present_sessions();
        for one in &kept.sessions {
            let Some(session) = story.session(&one.key) else { continue };
            let id = |name: &BlockName| id_of(session, *name);
            let reading = match &one.top {
                None => Reading::Follow,
                Some((name, row)) => match id(name) {
                    Some(block) => {
                        Reading::At { top: Anchor { block, row: *row }, known: session.end() }
                    }
                    None => continue,
                },
            };
            let folds = one.folds.iter().filter_map(|(name, fold)| Some((id(name)?, *fold)));
            let place = SessionPlace {
                reading,
                cursor: one.cursor.as_ref().and_then(id),
                folds: folds.collect(),
                hit: None,
            };
            places.entry(one.key.clone()).or_insert(place);
        }
    }

    /// Goes on in a story that was told again from further back: blocks have other numbers there.
    pub fn renumber(&mut self, old: &Story, new: &Story) {
        for (key, place) in self.present_sessions() {
            let (Some(old), Some(new)) = (old.session(key), new.session(key)) else { continue };
            let by = new.end().saturating_sub(old.end());
            if let Reading::At { top, known } = &mut place.reading {
                top.block += by;
                *known += by;
            }
            place.cursor = place.cursor.map(|id| id + by);
            let folds = std::mem::take(&mut place.folds);
            place.folds = folds.into_iter().map(|(id, fold)| (id + by, fold)).collect();
        }
    }

    /// Where the person reads in what is now, also while the past is shown.
    fn present_sessions(&mut self) -> &mut BTreeMap<SessionKey, SessionPlace> {
        self.present.as_mut().map_or(&mut self.sessions, |present| &mut present.sessions)
    }

    fn scroll_reader(&mut self, to: usize) {
        if let Some(Modal::Reader(reader)) = self.modals.last_mut() {
            reader.top = to;
        }
    }
}

impl Kept {
    /// Takes over the places of sessions that are not told yet, as they were kept before.
    #[must_use]
    pub fn with_rest(mut self, last: &Kept) -> Self {
        let is_new = |one: &&KeptSession| self.sessions.iter().all(|known| known.key != one.key);
        let rest: Vec<KeptSession> = last.sessions.iter().filter(is_new).cloned().collect();
        self.sessions.extend(rest);
        self.sessions.truncate(MAX_SESSIONS);
        self
    }
}

impl Text {
    fn modal(self) -> Modal {
        match self {
            Text::Draft { edits, text, original } => {
                Modal::Draft { edits, editor: Editor::new(Rows::Many, &text), original }
            }
            Text::Prompt { purpose, text, original } => {
                let editor = Editor::new(purpose.rows(), &text).at_end();
                Modal::Prompt { purpose, editor, original }
            }
            Text::Question { id, text, choice } => Modal::Question {
                id,
                editor: Editor::new(Rows::Many, &text).at_end(),
                choice,
                top: 0,
            },
        }
    }
}

fn text(modal: &Modal) -> Option<Text> {
    match modal {
        Modal::Draft { edits, editor, original } => {
            let (text, original) = (editor.text().to_owned(), original.clone());
            Some(Text::Draft { edits: edits.clone(), text, original })
        }
        Modal::Prompt { purpose, editor, original } if purpose.is_kept() => {
            let (text, original) = (editor.text().to_owned(), original.clone());
            Some(Text::Prompt { purpose: purpose.clone(), text, original })
        }
        Modal::Question { id, editor, choice, .. } => {
            Some(Text::Question { id: *id, text: editor.text().to_owned(), choice: *choice })
        }
        Modal::Help { .. }
        | Modal::Palette { .. }
        | Modal::Waiting { .. }
        | Modal::Memory(_)
        | Modal::Thought { .. }
        | Modal::Approval(_)
        | Modal::Prompt { .. }
        | Modal::Reader(_)
        | Modal::Change { .. }
        | Modal::Confirm { .. } => None,
    }
}

fn open(modal: &Modal) -> Option<Open> {
    match modal {
        Modal::Reader(reader) => match &reader.page {
            Page::Plan { .. } => Some(Open::Plan { top: reader.top }),
            Page::Brief { task, .. } => Some(Open::Brief { task: task.clone(), top: reader.top }),
            Page::Text | Page::Lesson { .. } => None,
        },
        Modal::Help { .. }
        | Modal::Palette { .. }
        | Modal::Waiting { .. }
        | Modal::Memory(_)
        | Modal::Thought { .. }
        | Modal::Approval(_)
        | Modal::Question { .. }
        | Modal::Prompt { .. }
        | Modal::Draft { .. }
        | Modal::Change { .. }
        | Modal::Confirm { .. } => None,
    }
}

fn name_of(session: &Session, id: u64) -> Option<BlockName> {
    let seq = session.get(id)?.seq;
    let nth = session.blocks().filter(|one| one.seq == seq && one.id < id).count();
    Some(BlockName { seq, nth })
}

fn id_of(session: &Session, name: BlockName) -> Option<u64> {
    let mut same = session.blocks().filter(|one| one.seq == name.seq);
    same.nth(name.nth).map(|block| block.id)
}
