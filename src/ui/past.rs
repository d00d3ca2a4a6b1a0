//! Looking back: everything is shown as it was at a moment, and nothing can be decided there.

use std::collections::BTreeMap;

use super::{
    action::Action,
    modal::Modal,
    place::{SessionPlace, TimelinePlace, Tone, Ui},
    session::SessionKey,
    wish::{Facts, Wish},
};
use crate::domain::Seq;

/// The moment that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The last event that was known then.
    pub seq: Seq,
    /// Its time in milliseconds since 1970 UTC.
    pub at: u64,
}

/// Where the person was in what is now. Blocks of a session have other numbers when it is told from
/// another beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Present {
    pub shown: Option<SessionKey>,
    pub timeline: TimelinePlace,
    pub sessions: BTreeMap<SessionKey, SessionPlace>,
}

/// A step from one told event to its neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Earlier,
    Later,
}

impl Ui {
    /// Whether a wish would change something, which cannot be done in the past.
    pub(super) fn is_of_now(wish: &Wish) -> bool {
        match wish {
            Wish::Commands(_) | Wish::NewGoal { .. } | Wish::Land | Wish::TakeOver => true,
            Wish::Glance
            | Wish::Target
            | Wish::Changes
            | Wish::Diff { .. }
            | Wish::Older { .. }
            | Wish::Event { .. }
            | Wish::Search { .. }
            | Wish::Bill { .. }
            | Wish::Moment { .. }
            | Wish::Step(_)
            | Wish::Now
            | Wish::Fork
            | Wish::Pager { .. }
            | Wish::OpenEditor { .. }
            | Wish::Copy { .. }
            | Wish::Mouse
            | Wish::NextTheme
            | Wish::Suspend
            | Wish::Redraw
            | Wish::Quit => false,
        }
    }

    /// Holds back what cannot be done while the past is shown.
    pub(super) fn held_back(&mut self, wish: Option<Wish>, facts: Facts<'_>) -> Option<Wish> {
        let wish = wish?;
        if self.past.is_some() && Self::is_of_now(&wish) {
            self.says_past(facts);
            return None;
        }
        Some(wish)
    }

    pub(super) fn says_past(&mut self, facts: Facts<'_>) {
        let text = "this is how it was, to be read only: Esc goes back to now, F forks from here";
        self.say(text, Tone::Fault, facts.now.up);
    }

    /// The moment at the timeline's cursor; or a step from the one that is shown.
    pub(super) fn on_past(&mut self, action: Action, facts: Facts<'_>) -> Option<Wish> {
        match (action, self.past) {
            (Action::Moment, _) => Some(Wish::Moment { seq: self.row_at_cursor(facts)?.seq }),
            (Action::Earlier, _) => Some(Wish::Step(Step::Earlier)),
            (Action::Later, Some(_)) => Some(Wish::Step(Step::Later)),
            (Action::Fork, Some(past)) => {
                let goal = facts.state.goal()?;
                let question = format!(
                    "Begin a new goal where `{}` stood after event {}? Its plan comes along with \
                     what was still to do, and waits for your approval; the goal that is open now \
                     is put aside as it stands.",
                    goal.id, past.seq
                );
                let yes = Box::new(Wish::Fork);
                self.push(Modal::Confirm { question, yes, no: None, top: 0 }, facts);
                None
            }
            _ => {
                let text = "this is now: @ in the timeline shows how it was at its cursor";
                self.say(text, Tone::Plain, facts.now.up);
                None
            }
        }
    }

    /// Shows a moment from now on; what was open is about another time. Whoever steps on keeps
    /// where they read in the past.
    pub fn enter_past(&mut self, moment: Moment) {
        self.close_all();
        if self.past.replace(moment).is_none() {
            let (shown, sessions) = (self.shown.take(), std::mem::take(&mut self.sessions));
            let timeline = self.timeline;
            self.present = Some(Box::new(Present { shown, timeline, sessions }));
        }
        self.timeline = TimelinePlace::default();
        self.shown = None;
        self.drawn = None;
    }

    /// Shows what is now again, all of it where the person had it before they looked back.
    pub fn leave_past(&mut self) {
        if self.past.take().is_some() {
            self.close_all();
            let present = self.present.take().unwrap_or_default();
            self.timeline = present.timeline;
            (self.shown, self.sessions) = (present.shown, present.sessions);
            self.drawn = None;
        }
    }
}
