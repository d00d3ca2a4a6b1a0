//! Marks of states: one cell each, always beside a word, in two sets.

use serde::{Deserialize, Serialize};

use super::{
    block::{BlockKind, BlockState},
    theme::Role,
};
use crate::domain::{BlockerKind, Phase, WaitingKind};

/// Which marks are drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Glyphs {
    #[default]
    Unicode,
    Ascii,
}

/// What a mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Proposed,
    /// Chosen of what is proposed.
    Chosen,
    Queued,
    Running,
    /// It was cut off, and goes on with the next run.
    Interrupted,
    Waits,
    Review,
    Done,
    Failed,
    Rejected,
    Paused,
    Open,
    Folded,
    Down,
    Branch,
    More,
    /// A word goes on in the next row.
    Wraps,
}

impl Glyphs {
    /// The mark, one cell wide.
    pub fn of(self, mark: Mark) -> &'static str {
        let (unicode, ascii) = match mark {
            Mark::Proposed => ("◌", "?"),
            Mark::Chosen => ("◉", "*"),
            Mark::Interrupted => ("↷", "%"),
            Mark::Wraps => ("↵", "\\"),
            Mark::Queued => ("▹", "o"),
            Mark::Running | Mark::Folded => ("▸", ">"),
            Mark::Waits => ("!", "!"),
            Mark::Review => ("⊡", "R"),
            Mark::Done => ("✓", "+"),
            Mark::Failed => ("✗", "X"),
            Mark::Rejected => ("⊘", "-"),
            Mark::Paused => ("=", "="),
            Mark::Open => ("▾", "v"),
            Mark::Down => ("↓", "v"),
            Mark::Branch => ("⎇", "@"),
            Mark::More => ("…", "~"),
        };
        match self {
            Glyphs::Unicode => unicode,
            Glyphs::Ascii => ascii,
        }
    }

    /// A mark that moves while something runs; still without motion.
    pub fn spinner(self, millis: Option<u64>) -> &'static str {
        const UNICODE: [&str; 8] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧"];
        const ASCII: [&str; 4] = ["|", "/", "-", "\\"];
        let Some(millis) = millis else { return self.of(Mark::Running) };
        let step = usize::try_from(millis / 125).unwrap_or_default();
        match self {
            Glyphs::Unicode => UNICODE[step % UNICODE.len()],
            Glyphs::Ascii => ASCII[step % ASCII.len()],
        }
    }

    /// Corner, horizontal, vertical of a border: top left, top right, bottom left, bottom right,
    /// horizontal, vertical.
    pub fn border(self, heavy: bool) -> [&'static str; 6] {
        match (self, heavy) {
            (Glyphs::Unicode, false) => ["┌", "┐", "└", "┘", "─", "│"],
            (Glyphs::Unicode, true) => ["┏", "┓", "┗", "┛", "━", "┃"],
            (Glyphs::Ascii, false) => ["+", "+", "+", "+", "-", "|"],
            (Glyphs::Ascii, true) => ["#", "#", "#", "#", "=", "#"],
        }
    }
}

/// Mark and role of a task's phase; the word is `Phase::word`.
pub fn of_phase(phase: &Phase) -> (Mark, Role) {
    match phase {
        Phase::Proposed => (Mark::Proposed, Role::Proposed),
        Phase::Approved | Phase::Ready => (Mark::Queued, Role::Queued),
        Phase::Running { run: None, .. } => (Mark::Interrupted, Role::Paused),
        Phase::Briefing { .. } | Phase::Running { .. } | Phase::Landing { .. } => {
            (Mark::Running, Role::Running)
        }
        Phase::Blocked { blocker, .. } if blocker.kind == BlockerKind::HeldByPerson => {
            (Mark::Paused, Role::Paused)
        }
        Phase::Drafted | Phase::Changing { .. } | Phase::Blocked { .. } => {
            (Mark::Waits, Role::Waiting)
        }
        Phase::Reported { .. }
        | Phase::Checking { .. }
        | Phase::Checked { .. }
        | Phase::Reviewing { .. }
        | Phase::Accepted { .. } => (Mark::Review, Role::Review),
        Phase::Done { .. } => (Mark::Done, Role::Done),
        Phase::Failed { .. } => (Mark::Failed, Role::Failed),
        Phase::Cancelled { .. } | Phase::Superseded => (Mark::Rejected, Role::Rejected),
    }
}

/// Mark and role of a block's state.
pub fn of_block(kind: BlockKind, state: BlockState) -> (Mark, Role) {
    match state {
        BlockState::Live => (Mark::Running, Role::Running),
        BlockState::Failed => (Mark::Failed, Role::Failed),
        BlockState::Waits => (Mark::Waits, Role::Waiting),
        BlockState::Denied => (Mark::Rejected, Role::Rejected),
        BlockState::Done => match kind {
            BlockKind::Thought => (Mark::Done, Role::Thought),
            BlockKind::Person => (Mark::Done, Role::Person),
            BlockKind::Stage
            | BlockKind::Brief
            | BlockKind::Message
            | BlockKind::Read
            | BlockKind::Edit
            | BlockKind::Run
            | BlockKind::Check
            | BlockKind::Verdict
            | BlockKind::Note => (Mark::Done, Role::Done),
        },
    }
}

/// Mark and role of something that waits.
pub fn of_waiting(kind: WaitingKind) -> (Mark, Role) {
    match kind {
        WaitingKind::Command | WaitingKind::Question | WaitingKind::Blocked => {
            (Mark::Waits, Role::Waiting)
        }
        WaitingKind::Failure => (Mark::Failed, Role::Failed),
        WaitingKind::Plan | WaitingKind::Change | WaitingKind::Brief => {
            (Mark::Proposed, Role::Waiting)
        }
        WaitingKind::Look => (Mark::Review, Role::Review),
        WaitingKind::Thought => (Mark::Waits, Role::Paused),
        WaitingKind::Held | WaitingKind::Provider => (Mark::Paused, Role::Paused),
        WaitingKind::Goal => (Mark::Done, Role::Done),
    }
}

#[cfg(test)]
mod tests {
    use super::super::wrap::width;
    use super::*;

    #[test]
    fn every_mark_is_one_cell_in_both_sets() {
        let marks = [
            Mark::Proposed,
            Mark::Chosen,
            Mark::Interrupted,
            Mark::Wraps,
            Mark::Queued,
            Mark::Running,
            Mark::Waits,
            Mark::Review,
            Mark::Done,
            Mark::Failed,
            Mark::Rejected,
            Mark::Paused,
            Mark::Open,
            Mark::Folded,
            Mark::Down,
            Mark::Branch,
            Mark::More,
        ];
        for glyphs in [Glyphs::Unicode, Glyphs::Ascii] {
            for mark in marks {
                assert_eq!(width(glyphs.of(mark)), 1, "{mark:?}");
            }
            for step in 0..8 {
                assert_eq!(width(glyphs.spinner(Some(step * 125))), 1);
            }
            for border in glyphs.border(true).into_iter().chain(glyphs.border(false)) {
                assert_eq!(width(border), 1);
            }
        }
        assert!(marks.iter().all(|mark| Glyphs::Ascii.of(*mark).is_ascii()));
    }
}
