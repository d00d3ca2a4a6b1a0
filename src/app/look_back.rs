//! Looking back from the workbench, and asking its memory.

use super::{
    errand::Errand,
    past::{Past, fork},
    workbench::{Asking, Workbench},
};
use crate::ui::{Step, Tone};

impl Workbench {
    /// Shows a moment. Whoever steps on stays where they were.
    pub(super) fn enter_past(&mut self, past: Box<Past>) {
        self.ui.enter_past(past.at);
        self.past = Some(past);
    }

    /// Shows what is now.
    pub(super) fn leave_past(&mut self) {
        if self.past.take().is_some() {
            self.ui.leave_past();
        }
    }

    /// Goes to the told event beside the one that is shown.
    pub(super) fn step(&mut self, step: Step) {
        let at = self.past.as_ref().map(|past| past.at.seq);
        let row = match (step, at) {
            (Step::Earlier, None) => self.story.rows().nth(1),
            (Step::Earlier, Some(at)) => self.story.rows().find(|row| row.seq < at),
            (Step::Later, None) => None,
            (Step::Later, Some(at)) => self.story.rows().rev().find(|row| row.seq > at),
        };
        match (row.map(|row| row.seq), step) {
            (Some(seq), _) => self.errand(Errand::Moment { seq }),
            (None, Step::Later) => self.leave_past(),
            (None, Step::Earlier) => self.say("nothing is told before this", Tone::Plain),
        }
    }

    /// Begins a goal where the moment that is shown stood.
    pub(super) fn fork(&mut self) {
        let Some(old) = self.past.as_ref().and_then(|past| past.state.goal()) else { return };
        let begun = fork(self.feed.state(), old, None);
        match begun {
            Ok(commands) => {
                self.leave_past();
                self.commands(commands);
                self.say("a new goal from that moment: its plan waits for you", Tone::Plain);
            }
            Err(why) => self.say(why, Tone::Fault),
        }
    }

    /// Looks for a question, after the one that is being looked for.
    pub(super) fn ask(&mut self, text: String) {
        match &mut self.asking {
            Asking::Now { next } => *next = Some(text),
            Asking::No => {
                self.asking = Asking::Now { next: None };
                let memory = self.memory.clone();
                self.errand(Errand::Search { text, memory });
            }
        }
    }

    /// A question has been answered: the last that came meanwhile is asked.
    pub(super) fn asked(&mut self) {
        let Asking::Now { next } = std::mem::replace(&mut self.asking, Asking::No) else { return };
        if let Some(text) = next {
            self.ask(text);
        }
    }
}
