//! Going back: out of a dialog, out of a zoom, out of the program, out of a decision.

use std::time::Duration;

use super::{
    layout::Zoom,
    modal::Modal,
    place::{Sign, Tone, Ui},
    undo::Back,
    wish::{Facts, Wish},
};

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

    /// Closes the topmost dialog; a draft in it is kept.
    pub(super) fn close(&mut self) {
        if let Some(modal) = self.modals.pop()
            && let Modal::Draft { editor, original, .. } = &modal
            && editor.text() != super::clean::block(original)
        {
            self.drafts.push(modal);
        }
    }

    /// How many runs stop when this window is left: another one's go on.
    fn stops(&self, facts: Facts<'_>) -> usize {
        if self.standing.marks.contains(&Sign::ReadOnly) {
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
            return None;
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
        self.push(Modal::Confirm { question, yes: Box::new(Wish::Quit), no: None }, facts);
        None
    }

    pub(super) fn undo(&mut self, facts: Facts<'_>) -> Option<Wish> {
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
