//! From keys to wishes: the only place where the screen's own state changes.

use std::time::Duration;

use ratatui::crossterm::event::{KeyEvent, KeyEventKind};

use super::{
    action::Action,
    editor::{Editor, Rows},
    glyph::Glyphs,
    key::Press,
    keymap::{Keymap, Resolved},
    layout::{Pane, Zoom},
    modal::{Modal, Purpose},
    on_session,
    place::{Motion, Spot, Tone, Ui},
    reel::Fold,
    story::Row,
    undo::Back,
    wish::{Facts, Wish},
};
use crate::domain::Command;

/// Within this time a second `Ctrl+C` quits.
const LEAVING: Duration = Duration::from_secs(2);

impl Ui {
    /// Takes a key of the terminal.
    pub fn key(&mut self, event: KeyEvent, keys: &Keymap, facts: Facts<'_>) -> Option<Wish> {
        let held_in_approval = event.kind == KeyEventKind::Repeat
            && matches!(self.modals.last(), Some(Modal::Approval(_)));
        if event.kind == KeyEventKind::Release || held_in_approval {
            return None;
        }
        self.toast = self.toast.take().filter(|toast| toast.until > facts.now.up);
        self.chord.push(Press::of(event));
        match keys.resolve(self.layer(), &self.chord) {
            Resolved::Action(action) => {
                self.chord.clear();
                self.update(action, keys, facts)
            }
            Resolved::Pending(_) => None,
            Resolved::Nothing => {
                let alone = self.chord.len() == 1;
                self.chord.clear();
                if alone {
                    self.typed(event, facts);
                }
                None
            }
        }
    }

    /// A key that is bound to nothing goes into the text field, if one is open.
    fn typed(&mut self, event: KeyEvent, facts: Facts<'_>) {
        let options = match self.modals.last() {
            Some(Modal::Question { id, .. }) => facts
                .state
                .goal()
                .and_then(|goal| goal.questions.get(id))
                .map_or(0, |question| question.options.len()),
            _ => 0,
        };
        let vertical = match event.code {
            ratatui::crossterm::event::KeyCode::Up => Some(options),
            ratatui::crossterm::event::KeyCode::Down => Some(1),
            _ => None,
        };
        match self.modals.last_mut() {
            Some(Modal::Question { choice, .. }) if options > 0 && vertical.is_some() => {
                // One place more than there are options: none of them, the person's own words.
                let at = choice.unwrap_or(options) + vertical.unwrap_or_default();
                *choice = Some(at % (options + 1)).filter(|at| *at < options);
            }
            Some(Modal::Help { filter, cursor, .. } | Modal::Palette { filter, cursor, .. }) => {
                *cursor = 0;
                filter.key(event);
            }
            Some(Modal::Question { editor, choice, .. }) => {
                if editor.key(event) {
                    *choice = None;
                }
            }
            Some(modal) => {
                if let Some(editor) = modal.editor_mut() {
                    editor.key(event);
                }
            }
            None => {}
        }
    }

    /// Takes pasted text. A dialog that decides takes none.
    pub fn paste(&mut self, text: &str) {
        if let Some(editor) = self.modals.last_mut().and_then(Modal::editor_mut) {
            editor.insert(text);
        }
    }

    /// Makes a decision: remembers what takes it back, and hands it on.
    pub(super) fn decide(&mut self, commands: Vec<Command>, facts: Facts<'_>) -> Option<Wish> {
        for command in &commands {
            self.decisions.remember(facts.state.goal(), command);
        }
        Some(Wish::Commands(commands))
    }

    /// Performs an action.
    pub fn update(&mut self, action: Action, keys: &Keymap, facts: Facts<'_>) -> Option<Wish> {
        let up = facts.now.up;
        match action {
            Action::Help => {
                let layer = self.layer();
                let filter = Editor::new(Rows::One, "");
                self.push(Modal::Help { filter, layer, cursor: 0 }, facts);
                None
            }
            Action::Palette => {
                let layer = self.layer();
                let filter = Editor::new(Rows::One, "");
                self.push(Modal::Palette { filter, layer, cursor: 0 }, facts);
                None
            }
            Action::Answer => self.answer(facts),
            Action::Redraw => Some(Wish::Redraw),
            Action::Suspend => Some(Wish::Suspend),
            Action::Interrupt => self.interrupt(facts),
            Action::Back if !self.modals.is_empty() => {
                self.close();
                None
            }
            _ if !self.modals.is_empty() => self.on_dialog(action, keys, facts),
            Action::Waiting => {
                self.push(Modal::Waiting { cursor: 0 }, facts);
                None
            }
            Action::Write => {
                let run = self.session(facts).and_then(|session| session.run);
                let purpose = match run {
                    Some(run) if facts.state.goal().is_some() => Purpose::Steer { run },
                    _ => Purpose::NewGoal,
                };
                self.prompt(purpose, "", facts);
                None
            }
            Action::NewGoal => {
                self.prompt(Purpose::NewGoal, "", facts);
                None
            }
            Action::Land => Some(Wish::Land),
            Action::Undo => self.undo(facts),
            Action::Redo => {
                let again = self.decisions.undone.pop()?;
                let command = again.command.clone();
                self.say(format!("again: {}", again.what), Tone::Plain, up);
                self.decisions.done.push(again);
                Some(Wish::Commands(vec![command]))
            }
            Action::Find => {
                self.prompt(Purpose::Find, "", facts);
                None
            }
            Action::CopyTranscript => {
                let text = on_session::transcript(self.session(facts)?);
                Some(Wish::Copy { text })
            }
            Action::Theme => Some(Wish::NextTheme),
            Action::Ascii => {
                self.glyphs = match self.glyphs {
                    Glyphs::Unicode => Glyphs::Ascii,
                    Glyphs::Ascii => Glyphs::Unicode,
                };
                None
            }
            Action::Motion => {
                self.motion = match self.motion {
                    Motion::Moving => Motion::Still,
                    Motion::Still => Motion::Moving,
                };
                None
            }
            Action::Thoughts => {
                self.thoughts = match self.thoughts {
                    Fold::Open => Fold::Closed,
                    Fold::Closed => Fold::Open,
                };
                None
            }
            Action::Back => {
                self.back();
                None
            }
            Action::Quit => {
                if self.back() {
                    return None;
                }
                self.leave(facts)
            }
            Action::FocusPlan => self.focus(Pane::Plan, facts),
            Action::FocusSession => self.focus(Pane::Session, facts),
            Action::FocusTimeline => self.focus(Pane::Timeline, facts),
            Action::NextPane => self.focus(self.focus.next(), facts),
            Action::PreviousPane => self.focus(self.focus.next().next(), facts),
            Action::ZoomIn => {
                self.zoom = match self.zoom {
                    Zoom::Normal => Zoom::Half,
                    Zoom::Half | Zoom::Full => Zoom::Full,
                };
                None
            }
            Action::ZoomOut => {
                self.unzoom();
                None
            }
            Action::NextSession => self.turn(1, facts),
            Action::PreviousSession => self.turn(-1, facts),
            Action::Approve
            | Action::ApproveAll
            | Action::Reject
            | Action::Edit
            | Action::EditOutside
            | Action::MoveDown
            | Action::MoveUp
            | Action::Add
            | Action::Retry
            | Action::Skip
            | Action::Hold
            | Action::Diff => self.on_task(action, facts),
            Action::ShowTask => {
                let task = self.row_at_cursor(facts)?.task.clone()?;
                self.plan.cursor = Some(Spot::Task(task));
                self.shown = None;
                self.focus = Pane::Plan;
                None
            }
            // Session actions mean the session pane wherever the focus is.
            Action::Follow
            | Action::FoldKind
            | Action::NextBlock
            | Action::PreviousBlock
            | Action::NextError
            | Action::PreviousError
            | Action::Whole => self.on_session(action, facts),
            Action::Down
            | Action::Up
            | Action::HalfDown
            | Action::HalfUp
            | Action::PageDown
            | Action::PageUp
            | Action::Top
            | Action::Bottom
            | Action::Left
            | Action::Right
            | Action::Open
            | Action::NextMatch
            | Action::PreviousMatch
            | Action::Copy => self.on_pane(action, facts),
            Action::Allow
            | Action::AllowRule
            | Action::Deny
            | Action::DenyAndHold
            | Action::Raw
            | Action::CopyCommand
            | Action::NextAsk
            | Action::Confirm
            | Action::Yes
            | Action::No
            | Action::Toggle
            | Action::Send
            | Action::NewLine
            | Action::LineStart
            | Action::LineEnd
            | Action::KillEnd
            | Action::KillStart
            | Action::KillWord
            | Action::TextUndo
            | Action::TextRedo
            | Action::Save
            | Action::SaveAndApprove
            | Action::Preview => None,
        }
    }

    /// Performs an action that every pane knows.
    pub(super) fn on_pane(&mut self, action: Action, facts: Facts<'_>) -> Option<Wish> {
        match self.focus {
            Pane::Plan => self.on_plan(action, facts),
            Pane::Session => self.on_session(action, facts),
            Pane::Timeline => self.on_timeline(action, facts),
        }
    }

    /// The entry of the timeline at the cursor.
    pub(super) fn row_at_cursor<'a>(&self, facts: Facts<'a>) -> Option<&'a Row> {
        match self.timeline.cursor {
            Some(seq) => facts.story.row(seq),
            None => facts.story.rows().next(),
        }
    }

    fn on_timeline(&mut self, action: Action, facts: Facts<'_>) -> Option<Wish> {
        let story = facts.story;
        let last = story.rows().len().checked_sub(1)?;
        let at = self.timeline.cursor.map_or(0, |seq| story.rows_after(seq));
        let inner = self.drawn.as_ref().map(|drawn| drawn.places.inner(Pane::Timeline));
        let page = usize::from(inner.map_or(2, |inner| inner.height.max(4))) / 2;
        let to = match action {
            Action::Down => at + 1,
            Action::Up => at.saturating_sub(1),
            Action::HalfDown => at + page / 2,
            Action::HalfUp => at.saturating_sub(page / 2),
            Action::PageDown => at + page,
            Action::PageUp => at.saturating_sub(page),
            Action::Top => 0,
            Action::Bottom => last,
            Action::Open => {
                let row = self.row_at_cursor(facts)?;
                self.show_page(
                    format!("Event {}", row.seq),
                    &format!("{}\n\n{}", row.word, row.text),
                );
                return Some(Wish::Event { seq: row.seq });
            }
            Action::Copy => {
                let row = self.row_at_cursor(facts)?;
                return Some(Wish::Copy { text: format!("{} {}", row.word, row.text) });
            }
            Action::NextMatch => {
                let wanted = self.search.clone()?;
                story.rows().skip(at + 1).position(|row| row.text.contains(&wanted))? + at + 1
            }
            Action::PreviousMatch => {
                let wanted = self.search.clone()?;
                let before: Vec<&Row> = story.rows().take(at).collect();
                before.iter().rposition(|row| row.text.contains(&wanted))?
            }
            _ => return None,
        };
        let to = to.min(last);
        // At the newest the timeline goes on with what comes.
        self.timeline.cursor = story.rows().nth(to).map(|row| row.seq).filter(|_| to > 0);
        if self.timeline.cursor.is_none() {
            self.timeline.top = None;
        }
        None
    }

    fn focus(&mut self, pane: Pane, facts: Facts<'_>) -> Option<Wish> {
        if self.focus == pane {
            self.zoom = match self.zoom {
                Zoom::Normal => Zoom::Half,
                Zoom::Half => Zoom::Full,
                Zoom::Full => Zoom::Normal,
            };
            return None;
        }
        if pane == Pane::Session && self.shown.is_none() {
            self.shown = self.session(facts).map(|session| session.key.clone());
        }
        self.focus = pane;
        None
    }

    /// Shows another session of the goal; their order is fixed.
    fn turn(&mut self, by: isize, facts: Facts<'_>) -> Option<Wish> {
        let goal = facts.state.goal()?;
        let keys: Vec<_> = facts
            .story
            .sessions()
            .iter()
            .map(|session| &session.key)
            .filter(|key| key.goal == goal.id)
            .collect();
        let shown = self.session(facts).map(|session| &session.key);
        let at = shown.and_then(|key| keys.iter().position(|one| *one == key)).unwrap_or(0);
        let count = isize::try_from(keys.len()).ok().filter(|count| *count > 0)?;
        let to = (isize::try_from(at).ok()? + by).rem_euclid(count);
        self.shown = keys.get(usize::try_from(to).ok()?).map(|key| (*key).clone());
        None
    }

    fn unzoom(&mut self) {
        self.zoom = match self.zoom {
            Zoom::Full => Zoom::Half,
            Zoom::Half | Zoom::Normal => Zoom::Normal,
        };
    }

    /// Leaves search or zoom. Says whether there was something to leave.
    fn back(&mut self) -> bool {
        if self.search.take().is_some() {
            return true;
        }
        let zoomed = self.zoom != Zoom::Normal;
        self.unzoom();
        zoomed
    }

    /// Closes the topmost dialog; a draft in it is kept.
    fn close(&mut self) {
        if let Some(modal) = self.modals.pop()
            && let Modal::Draft { editor, original, .. } = &modal
            && editor.text() != super::clean::block(original)
        {
            self.drafts.push(modal);
        }
    }

    fn interrupt(&mut self, facts: Facts<'_>) -> Option<Wish> {
        let up = facts.now.up;
        if let Some(editor) = self.modals.last_mut().and_then(Modal::editor_mut)
            && !editor.text().is_empty()
        {
            editor.replace("");
            return None;
        }
        if self.leaving.is_some_and(|until| up < until) {
            return Some(Wish::Quit);
        }
        self.leaving = Some(up + LEAVING);
        let runs = facts.state.goal().map_or(0, |goal| goal.runs.len());
        let stops = match runs {
            0 => "nothing runs".to_owned(),
            1 => "1 run stops and goes on at the next start".to_owned(),
            many => format!("{many} runs stop and go on at the next start"),
        };
        self.say(format!("Ctrl+C again quits; {stops}"), Tone::Plain, up);
        None
    }

    fn leave(&mut self, facts: Facts<'_>) -> Option<Wish> {
        let runs = facts.state.goal().map_or(0, |goal| goal.runs.len());
        if runs == 0 {
            return Some(Wish::Quit);
        }
        let question = format!(
            "{runs} under way: quitting stops them, and the next start goes on with them. Quit?"
        );
        self.push(Modal::Confirm { question, yes: Box::new(Wish::Quit), no: None }, facts);
        None
    }

    fn undo(&mut self, facts: Facts<'_>) -> Option<Wish> {
        let up = facts.now.up;
        let Some(last) = self.decisions.done.last().cloned() else {
            self.say("no decision of this sitting to take back", Tone::Plain, up);
            return None;
        };
        match &last.back {
            Back::By(command) => {
                self.decisions.done.pop();
                self.say(format!("taken back: {}", last.what), Tone::Plain, up);
                let command = command.clone();
                self.decisions.undone.push(last);
                Some(Wish::Commands(vec![command]))
            }
            Back::Stop(command) => {
                let yes = Box::new(Wish::Commands(vec![command.clone()]));
                let question = format!("{}: work may have begun on it. Pause the task?", last.what);
                self.push(Modal::Confirm { question, yes, no: None }, facts);
                None
            }
            Back::No => {
                self.say(format!("{} cannot be taken back", last.what), Tone::Fault, up);
                None
            }
        }
    }

    /// Says that a command was refused, in the words of the refusal.
    pub fn refused(&mut self, refusal: &crate::domain::Refusal, facts: Facts<'_>) {
        self.decisions.done.pop();
        self.say(super::clean::line(&refusal.to_string()), Tone::Fault, facts.now.up);
    }
}
