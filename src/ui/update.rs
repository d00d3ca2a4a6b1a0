//! From keys to wishes: the only place where the screen's own state changes.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind};

use super::{
    action::Action,
    asked,
    editor::{Editor, Rows},
    glyph::Glyphs,
    key::Press,
    keymap::{Keymap, Resolved},
    layout::{Pane, Zoom},
    modal::{Modal, Purpose},
    on_session,
    place::{Motion, Pointer, Spot, Ui},
    reel::Fold,
    wish::{Facts, Wish},
};
use crate::domain::Command;

impl Ui {
    /// Takes a key of the terminal.
    pub fn key(&mut self, event: KeyEvent, keys: &Keymap, facts: Facts<'_>) -> Option<Wish> {
        let held_in_approval = event.kind == KeyEventKind::Repeat
            && matches!(self.modals.last(), Some(Modal::Approval(_)));
        if event.kind == KeyEventKind::Release || held_in_approval {
            return None;
        }
        // A message has been seen once a key follows it: it must not hide what that key opens.
        self.toast = None;
        self.chord.push(Press::of(event));
        match keys.resolve(self.layer(), &self.chord) {
            Resolved::Action(action) => {
                self.chord.clear();
                let wish = self.update(action, keys, facts);
                self.held_back(wish, facts)
            }
            Resolved::Pending(_) => None,
            Resolved::Nothing => {
                let alone = self.chord.len() == 1;
                self.chord.clear();
                if alone {
                    self.typed(event, facts);
                    self.bring(facts);
                }
                self.asks(facts)
            }
        }
    }

    /// Scrolls an open question so that the option that was chosen is in sight.
    fn bring(&mut self, facts: Facts<'_>) {
        let Some(drawn) = &self.drawn else { return };
        if let Some(Modal::Question { id, choice, top, .. }) = self.modals.last_mut()
            && let Some(asked) = facts.state.goal().and_then(|goal| goal.questions.get(id))
        {
            *top = asked::bring(&asked::lines(asked, drawn.page.1), *choice, *top, drawn.asked);
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
            KeyCode::Up => Some(options),
            KeyCode::Down => Some(1),
            _ => None,
        };
        let digit = match event.code {
            KeyCode::Char(c) => c.to_digit(10).and_then(|digit| usize::try_from(digit).ok()),
            _ => None,
        };
        let number = digit.and_then(|digit| digit.checked_sub(1)).filter(|at| *at < options);
        match self.modals.last_mut() {
            // A number picks the option that has it, unless the person is writing.
            Some(Modal::Question { choice, editor, .. })
                if number.is_some() && editor.text().is_empty() =>
            {
                *choice = number;
            }
            Some(Modal::Question { choice, .. }) if options > 0 && vertical.is_some() => {
                // One place more than there are options: none of them, the person's own words.
                let at = choice.unwrap_or(options) + vertical.unwrap_or_default();
                *choice = Some(at % (options + 1)).filter(|at| *at < options);
            }
            Some(Modal::Help { filter, cursor, .. } | Modal::Palette { filter, cursor, .. }) => {
                *cursor = 0;
                filter.key(event);
            }
            Some(modal) => {
                if let Modal::Question { choice, .. } = modal {
                    *choice = None;
                }
                if let Some(editor) = modal.editor_mut() {
                    editor.key(event);
                }
            }
            None => {}
        }
    }

    /// Takes pasted text, as if it had been typed. A dialog that decides takes none.
    pub fn paste(&mut self, text: &str, facts: Facts<'_>) -> Option<Wish> {
        let modal = self.modals.last_mut()?;
        modal.editor_mut()?.insert(text);
        match modal {
            // Who writes does not mean an option.
            Modal::Question { choice, .. } => *choice = None,
            Modal::Help { cursor, .. } | Modal::Palette { cursor, .. } => *cursor = 0,
            Modal::Waiting { .. }
            | Modal::Memory(_)
            | Modal::Thought { .. }
            | Modal::Approval(_)
            | Modal::Prompt { .. }
            | Modal::Reader(_)
            | Modal::Draft { .. }
            | Modal::Change { .. }
            | Modal::Confirm { .. } => {}
        }
        self.asks(facts)
    }

    /// Makes a decision: remembers what takes it back, and hands it on.
    pub(super) fn decide(&mut self, commands: Vec<Command>, facts: Facts<'_>) -> Option<Wish> {
        if self.past.is_some() {
            self.says_past(facts);
            return None;
        }
        self.decisions.remember(facts.state.goal(), &commands);
        Some(Wish::Commands(commands))
    }

    /// Performs an action.
    #[expect(clippy::too_many_lines, reason = "one arm an action, none left out")]
    pub fn update(&mut self, action: Action, keys: &Keymap, facts: Facts<'_>) -> Option<Wish> {
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
            Action::TakeOver => Some(Wish::TakeOver),
            Action::Suspend => Some(Wish::Suspend),
            Action::Interrupt => self.interrupt(facts),
            Action::Back if !self.modals.is_empty() => {
                self.close();
                None
            }
            Action::Undo | Action::Redo if self.past.is_some() => {
                self.says_past(facts);
                None
            }
            Action::Back | Action::Quit if self.past.is_some() && self.modals.is_empty() => {
                Some(Wish::Now)
            }
            _ if !self.modals.is_empty() => self.on_dialog(action, keys, facts),
            Action::Waiting => {
                self.push(Modal::Waiting { cursor: 0 }, facts);
                None
            }
            Action::Write => self.write(keys, facts),
            Action::NewGoal => Some(self.state_goal(facts)),
            Action::Capture => {
                self.capture(facts);
                None
            }
            Action::Drafts => {
                self.take_up_last(facts);
                None
            }
            Action::Memory => self.open_memory(facts),
            // What the timeline tells is the memory: all of it is searched.
            Action::Find if self.focus == Pane::Timeline => self.open_memory(facts),
            Action::Bill => Some(Wish::Bill { task: self.subject(facts) }),
            Action::Versions => {
                if let Some(task) = self.subject(facts) {
                    self.versions(&task, facts);
                }
                None
            }
            Action::Moment | Action::Earlier | Action::Later | Action::Fork => {
                self.on_past(action, facts)
            }
            Action::Land => self.asks_land(facts),
            Action::Undo => self.undo(facts),
            Action::Redo => self.redo(facts),
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
            Action::Mouse => {
                self.pointer = match self.pointer {
                    Pointer::On => Pointer::Off,
                    Pointer::Off => Pointer::On,
                };
                Some(Wish::Mouse)
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
            Action::NextPart
            | Action::PreviousPart
            | Action::Drop
            | Action::Mend
            | Action::Pin
            | Action::ConfirmLesson
            | Action::Correct
            | Action::Forget
            | Action::Allow
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
}
