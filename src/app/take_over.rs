//! A window that only read works, once the one that worked has ended.

use std::sync::Arc;

use super::{ring::Happened, workbench::Workbench};
use crate::ui::{Sign, Tone, Why};

impl Workbench {
    /// Says that the window that worked has ended.
    pub(super) fn is_vacant(&mut self) {
        let up = self.begun.elapsed();
        self.forget_marks();
        self.ui.standing.marks.push(Sign::Vacant);
        self.ui.say_long("the window that worked has ended; w works here", up);
        self.want(Why::Key);
    }

    /// Works here, where the window only read until now.
    pub(super) fn take_over(&mut self) {
        let place = Arc::clone(&self.place);
        match self.feed.take_over(&place) {
            Ok(records) => {
                self.happened(Happened::Recorded(records));
                self.forget_marks();
                self.take_up_texts();
                self.feed.wake();
                self.say("this window works now", Tone::Plain);
            }
            Err(why) => self.say(why, Tone::Fault),
        }
    }

    fn forget_marks(&mut self) {
        let marks = &mut self.ui.standing.marks;
        marks.retain(|one| !matches!(one, Sign::ReadOnly | Sign::Vacant));
    }
}
