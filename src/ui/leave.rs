//! Going back: out of a dialog, out of a zoom, out of the program; and what came of a request.

use std::time::Duration;

use super::{
    layout::Zoom,
    modal::{Edits, MAX_DRAFTS, MAX_MODALS, Modal},
    place::{Sign, Spot, Tone, Ui},
    undo::{RequestId, Then},
    wish::{Facts, Wish},
};
use crate::domain::Refusal;

/// Within this time a second `Ctrl+C` quits.
const LEAVING: Duration = Duration::from_secs(2);

impl Ui {
    pub(super) fn unzoom(&mut self) {
        self.zoom = match self.zoom {
            Zoom::Full => Zoom::Half,
            Zoom::Half | Zoom::Normal => Zoom::Normal,
        };
    }

    /// Leaves search or zoom. Says whether there was something to leave.
    pub(super) fn back(&mut self) -> bool {
        if self.search.take().is_some() {
            return true;
        }
        let zoomed = self.zoom != Zoom::Normal;
        self.unzoom();
        zoomed
    }

    /// Closes the topmost dialog; what was written in it is kept.
    pub(super) fn close(&mut self) {
        if let Some(modal) = self.modals.pop() {
            self.put_by(modal);
        }
    }

    /// Closes all that is open; what was written is kept.
    pub(super) fn close_all(&mut self) {
        while !self.modals.is_empty() {
            self.close();
        }
    }

    /// Keeps what was written in a dialog that is closed; the oldest text gives way.
    pub(super) fn put_by(&mut self, modal: Modal) {
        if modal.has_own_text() {
            self.drafts.push(modal);
            if self.drafts.len() > MAX_DRAFTS {
                self.drafts.remove(0);
            }
        }
    }

    /// How many runs stop when this window is left: another one's go on.
    fn stops(&self, facts: Facts<'_>) -> usize {
        if self.standing.reads_only() {
            return 0;
        }
        facts.state.goal().map_or(0, |goal| goal.runs.len())
    }

    pub(super) fn interrupt(&mut self, facts: Facts<'_>) -> Option<Wish> {
        let up = facts.now.up;
        if let Some(editor) = self.modals.last_mut().and_then(Modal::editor_mut)
            && !editor.text().is_empty()
        {
            editor.replace("");
            return self.asks(facts);
        }
        if self.leaving.is_some_and(|until| up < until) {
            return Some(Wish::Quit);
        }
        self.leaving = Some(up + LEAVING);
        let runs = self.stops(facts);
        let stops = match runs {
            0 => "nothing runs".to_owned(),
            1 => "1 run stops and goes on at the next start".to_owned(),
            many => format!("{many} runs stop and go on at the next start"),
        };
        self.say(format!("Ctrl+C again quits; {stops}"), Tone::Plain, up);
        None
    }

    pub(super) fn leave(&mut self, facts: Facts<'_>) -> Option<Wish> {
        let runs = self.stops(facts);
        if runs == 0 {
            return Some(Wish::Quit);
        }
        // A demo's folder goes with it, unless it was to be kept.
        let then = if self.standing.marks.contains(&Sign::Demo) {
            ""
        } else {
            ", and the next start goes on with them"
        };
        let question = format!("{runs} under way: quitting stops them{then}. Quit?");
        self.push(Modal::Confirm { question, yes: Box::new(Wish::Quit), no: None, top: 0 }, facts);
        None
    }

    /// Makes a decision again that was taken back.
    pub(super) fn redo(&mut self, facts: Facts<'_>) -> Option<Wish> {
        let again = self.decisions.again()?.clone();
        self.say(format!("again: {}", again.what), Tone::Plain, facts.now.up);
        Some(Wish::Commands(again.commands))
    }

    /// A request was accepted. What is to follow it is wished.
    pub fn accepted(&mut self, id: RequestId, facts: Facts<'_>) -> Option<Wish> {
        let answered = self.decisions.accepted(id)?;
        if let Some(Modal::Draft { edits, .. }) = &answered.text {
            let what = match edits {
                Edits::Brief(brief) => format!("saved: the brief of {}", brief.task),
                Edits::Task(spec) => format!("saved: task {}", spec.id),
                Edits::NewTask { .. } => "saved: a new task".to_owned(),
            };
            self.say(what, Tone::Plain, facts.now.up);
        }
        match answered.then {
            Then::Nothing => None,
            Then::Approve { task, hash } => self.approve_brief(&task, hash, facts),
            Then::Show(task) => {
                self.plan.cursor = Some(Spot::Task(task));
                self.shown = None;
                None
            }
        }
    }

    /// A request came to nothing: what was written is there again.
    pub fn failed(&mut self, id: RequestId) {
        if let Some(text) = self.decisions.refused(id) {
            self.put_back(text);
        }
    }

    /// Opens a text again that could not be saved or sent.
    pub(super) fn put_back(&mut self, text: Modal) {
        if self.modals.len() < MAX_MODALS {
            self.modals.push(text);
        } else {
            self.put_by(text);
        }
    }

    /// Says that a request was refused, in the words of the refusal; all is as it was before it.
    pub fn refused(&mut self, id: RequestId, refusal: &Refusal, facts: Facts<'_>) {
        self.failed(id);
        self.says_refused(refusal, facts);
    }

    /// Says that something was refused, in the words of the refusal.
    pub fn says_refused(&mut self, refusal: &Refusal, facts: Facts<'_>) {
        self.say(super::clean::line(&refusal.to_string()), Tone::Fault, facts.now.up);
    }
}
