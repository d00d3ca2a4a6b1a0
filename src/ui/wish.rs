//! What the screen asks of the program, and what it is asked with.

use std::time::Duration;

use super::{live::Live, past::Step, story::Story};
use crate::domain::{Command, Seq, State, TaskId};

/// Something that only the program can do. The screen itself changes nothing but what is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The person's commands, one after the other; after a refusal the rest is dropped.
    Commands(Vec<Command>),
    /// Open a goal in these words: the program knows the base and the caps.
    NewGoal {
        text: String,
    },
    /// A goal is being stated: what it needs of the repository can be read meanwhile.
    Glance,
    /// Merge the goal's branch into the person's.
    Land,
    /// Find out which branch is checked out, and give it to `Ui::asks_land_into`.
    Target,
    /// Fetch all that the goal has changed and show it with `Ui::show_page`.
    Changes,
    /// Fetch what a task has changed and show it with `Ui::show_page`.
    Diff {
        task: TaskId,
    },
    /// Fetch what came before the oldest row of the timeline, and give it to `Story::prepend`.
    Older {
        before: Seq,
    },
    /// Fetch a whole event and show it with `Ui::show_page`.
    Event {
        seq: Seq,
    },
    /// Look for a question in the memory, beside everything else, and give it to `Ui::found`.
    Search {
        text: String,
    },
    /// Show what the planner was told the last time, exactly as it was sent; of this task if one
    /// is named.
    Bill {
        task: Option<TaskId>,
    },
    /// Show everything as it was after this event.
    Moment {
        seq: Seq,
    },
    /// Show the told event beside the one that is shown; from now on backwards.
    Step(Step),
    /// Show what is now again.
    Now,
    /// Begin a new goal where the moment that is shown stood.
    Fork,
    /// Open the whole text that began with this event in the pager.
    Pager {
        seq: Seq,
    },
    /// Give the text to the person's editor in a file with this ending; `Ui::edited` takes it back.
    OpenEditor {
        text: String,
        ending: &'static str,
    },
    /// Copy and then say how with `Ui::say`.
    Copy {
        text: String,
    },
    /// Take the mouse or leave it to the terminal, as `Ui::pointer` says.
    Mouse,
    /// Take the next theme.
    NextTheme,
    /// Work in this window, which only read.
    TakeOver,
    Suspend,
    /// Clear the screen, enter the alternate screen again and draw.
    Redraw,
    Quit,
}

/// The time of a frame or a key. The screen has no clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds since 1970 UTC, as in records.
    pub at: u64,
    /// Since the program began, by a clock that never jumps.
    pub up: Duration,
    /// Minutes that the person's time is ahead of UTC.
    pub ahead: i32,
}

/// What there is to show, borrowed.
#[derive(Clone, Copy)]
pub struct Facts<'a> {
    pub state: &'a State,
    pub story: &'a Story,
    pub live: &'a Live,
    pub now: Now,
}
