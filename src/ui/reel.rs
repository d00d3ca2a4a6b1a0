//! A session as rows on the screen: blocks and live text one below the other, laid out only where
//! they are looked at.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    block::{Block, BlockKind, BlockState},
    live::{Live, Piece},
    session::Session,
    wrap::Flow,
};

/// A place in a session that stays where it is when more is added: a block and a row in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Anchor {
    pub block: u64,
    pub row: usize,
}

/// Whether a block is open; by itself it depends on its kind and state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fold {
    Open,
    #[default]
    Closed,
}

/// Rows of an edit or a brief that are shown by themselves.
const FEW: usize = 6;

/// How much of a block's text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    None,
    First(usize),
    Last(usize),
    All,
}

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReelRow<'a> {
    /// The line of a block.
    Head(&'a Block),
    /// A row of a block's text.
    Text(&'a Block, &'a str),
    /// So many rows are not shown.
    More(&'a Block, usize),
    /// The line above live text.
    LiveHead(&'a Piece),
    LiveText(&'a Piece, &'a str),
    /// An empty row between blocks.
    Gap,
}

/// A session with its live text at a width.
pub struct Reel<'a> {
    session: &'a Session,
    live: &'a [Piece],
    folds: &'a BTreeMap<u64, Fold>,
    thoughts: Fold,
    width: usize,
}

impl<'a> Reel<'a> {
    /// A session as it is shown in so many columns.
    pub fn new(
        session: &'a Session,
        live: &'a Live,
        folds: &'a BTreeMap<u64, Fold>,
        thoughts: Fold,
        width: u16,
    ) -> Self {
        let live = live.below(session);
        // Texts stand two columns in.
        let width = usize::from(width).saturating_sub(2).max(1);
        Self { session, live, folds, thoughts, width }
    }

    fn first(&self) -> u64 {
        self.session.first()
    }

    fn end(&self) -> u64 {
        self.session.end() + self.live.len() as u64
    }

    fn piece(&self, id: u64) -> Option<&'a Piece> {
        self.live.get(usize::try_from(id.checked_sub(self.session.end())?).ok()?)
    }

    /// Whether a block is open as it stands.
    pub fn is_open(&self, block: &Block) -> bool {
        self.part(block) == Part::All
    }

    fn part(&self, block: &Block) -> Part {
        match self.folds.get(&block.id) {
            Some(Fold::Open) => return Part::All,
            Some(Fold::Closed) if block.has_head() => return Part::None,
            Some(Fold::Closed) => return Part::First(1),
            None => {}
        }
        match (block.kind, block.state) {
            (BlockKind::Message | BlockKind::Check, BlockState::Failed)
            | (BlockKind::Message, _) => Part::All,
            (BlockKind::Thought, _) => match self.thoughts {
                Fold::Open => Part::All,
                Fold::Closed => Part::None,
            },
            (BlockKind::Edit | BlockKind::Brief, _) => Part::First(FEW - 1),
            (BlockKind::Run, BlockState::Live | BlockState::Failed) => Part::Last(FEW - 1),
            (_, BlockState::Failed) => Part::First(FEW * 2),
            (BlockKind::Verdict, _) => Part::First(FEW - 1),
            (
                BlockKind::Stage
                | BlockKind::Read
                | BlockKind::Run
                | BlockKind::Check
                | BlockKind::Person
                | BlockKind::Note,
                BlockState::Live | BlockState::Done | BlockState::Waits | BlockState::Denied,
            ) => Part::None,
        }
    }

    /// First text row shown, and how many, of so many.
    fn window(part: Part, all: usize) -> (usize, usize) {
        match part {
            Part::None => (0, 0),
            Part::All => (0, all),
            // What is hidden must be worth its own row.
            Part::First(few) | Part::Last(few) if all <= few + 1 => (0, all),
            Part::First(few) => (0, few),
            Part::Last(few) => (all - few, few),
        }
    }

    fn text_rows(&self, flow: &Flow) -> usize {
        if flow.is_empty() { 0 } else { flow.count(self.width) }
    }

    /// How many rows a block takes, the gap above it included.
    pub fn rows_of(&self, id: u64) -> usize {
        if let Some(piece) = self.piece(id) {
            return 2 + self.text_rows(&piece.flow);
        }
        let Some(block) = self.session.get(id) else { return 0 };
        let part = self.part(block);
        // A text that is not shown needs no wrapping.
        let all = if part == Part::None { 0 } else { self.text_rows(&block.body) };
        let (_, shown) = Self::window(part, all);
        usize::from(self.has_gap(block))
            + usize::from(block.has_head())
            + shown
            + usize::from(part != Part::None && shown < all)
    }

    /// The row of a block in which a byte of its text stands, if it is shown.
    pub fn row_at(&self, id: u64, byte: usize) -> Option<usize> {
        let block = self.session.get(id)?;
        let part = self.part(block);
        if part == Part::None {
            return None;
        }
        let (line, _) = block.body.line_of(self.width, byte);
        let all = self.text_rows(&block.body);
        let (from, shown) = Self::window(part, all);
        let at = line.checked_sub(from).filter(|at| *at < shown)?;
        let above = usize::from(self.has_gap(block)) + usize::from(block.has_head());
        let more = usize::from(matches!(part, Part::Last(_)) && shown < all);
        Some(above + more + at)
    }

    /// Messages and runs stand apart; what is one line stands close.
    fn has_gap(&self, block: &Block) -> bool {
        let first = block.id == self.first();
        match block.kind {
            BlockKind::Message | BlockKind::Stage => !first,
            BlockKind::Brief
            | BlockKind::Thought
            | BlockKind::Read
            | BlockKind::Edit
            | BlockKind::Run
            | BlockKind::Check
            | BlockKind::Verdict
            | BlockKind::Person
            | BlockKind::Note => false,
        }
    }

    /// What stands in a row of a block.
    pub fn row(&self, at: Anchor) -> Option<ReelRow<'a>> {
        if let Some(piece) = self.piece(at.block) {
            return match at.row {
                0 => Some(ReelRow::Gap),
                1 => Some(ReelRow::LiveHead(piece)),
                row if row - 2 < self.text_rows(&piece.flow) => {
                    Some(ReelRow::LiveText(piece, piece.flow.line(self.width, row - 2)))
                }
                _ => None,
            };
        }
        let block = self.session.get(at.block)?;
        let mut row = at.row;
        if self.has_gap(block) {
            if row == 0 {
                return Some(ReelRow::Gap);
            }
            row -= 1;
        }
        if block.has_head() {
            if row == 0 {
                return Some(ReelRow::Head(block));
            }
            row -= 1;
        }
        let part = self.part(block);
        if part == Part::None {
            return None;
        }
        let all = self.text_rows(&block.body);
        let (from, shown) = Self::window(part, all);
        let hidden = all - shown;
        let text = |row: usize| Some(ReelRow::Text(block, block.body.line(self.width, from + row)));
        match part {
            // The count stands where the rows are missing.
            Part::Last(_) if hidden > 0 => match row {
                0 => Some(ReelRow::More(block, hidden)),
                row if row <= shown => text(row - 1),
                _ => None,
            },
            Part::None | Part::First(_) | Part::Last(_) | Part::All => match row {
                row if row < shown => text(row),
                row if row == shown && hidden > 0 => Some(ReelRow::More(block, hidden)),
                _ => None,
            },
        }
    }

    /// The place after the last row.
    pub fn after_last(&self) -> Anchor {
        Anchor { block: self.end(), row: 0 }
    }

    /// The first row that is kept.
    pub fn start(&self) -> Anchor {
        Anchor { block: self.first(), row: 0 }
    }

    /// A place that exists: of what is forgotten the start, of what has shrunk its last row.
    pub fn settle(&self, at: Anchor) -> Anchor {
        if at.block < self.first() {
            return self.start();
        }
        if at.block >= self.end() {
            return self.after_last();
        }
        Anchor { row: at.row.min(self.rows_of(at.block).saturating_sub(1)), ..at }
    }

    /// So many rows further down, at most after the last.
    pub fn forward(&self, from: Anchor, mut rows: usize) -> Anchor {
        let mut at = self.settle(from);
        while at.block < self.end() {
            let left = self.rows_of(at.block).saturating_sub(at.row);
            if rows < left {
                return Anchor { row: at.row + rows, ..at };
            }
            rows -= left;
            at = Anchor { block: at.block + 1, row: 0 };
        }
        self.after_last()
    }

    /// So many rows further up, at most at the start.
    pub fn back(&self, from: Anchor, mut rows: usize) -> Anchor {
        let mut at = self.settle(from);
        while rows > at.row {
            rows -= at.row;
            if at.block <= self.first() {
                return self.start();
            }
            at.block -= 1;
            at.row = self.rows_of(at.block);
        }
        Anchor { row: at.row - rows, ..at }
    }

    /// The top row when the last row stands at the bottom of so many.
    pub fn bottom(&self, height: usize) -> Anchor {
        self.back(self.after_last(), height)
    }
}

#[cfg(test)]
mod tests {
    use super::super::live::LiveKind;
    use super::*;
    use crate::domain::{GoalId, RunId, Seq};

    fn session(texts: &[(BlockKind, &str)]) -> Session {
        let key = super::super::session::SessionKey { goal: GoalId::from("g"), task: None };
        let mut session = Session::new(key);
        session.run = Some(RunId(1));
        for (kind, text) in texts {
            let opening = super::super::session::Opening {
                seq: Seq(1),
                at: 0,
                run: Some(RunId(1)),
                kind: *kind,
                state: BlockState::Done,
                verb: "Does",
            };
            session.add(&opening, "it", "", text);
        }
        session
    }

    fn lines(reel: &Reel<'_>, mut at: Anchor, count: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for _ in 0..count {
            let Some(row) = reel.row(at) else { break };
            lines.push(match row {
                ReelRow::Head(block) => format!("[{}]", block.id),
                ReelRow::Text(_, text) | ReelRow::LiveText(_, text) => text.to_owned(),
                ReelRow::More(_, rows) => format!("+{rows}"),
                ReelRow::LiveHead(_) => "[live]".to_owned(),
                ReelRow::Gap => String::new(),
            });
            at = reel.forward(at, 1);
        }
        lines
    }

    #[test]
    fn blocks_show_what_their_kind_asks_for() {
        let many =
            ["l1\n", "l2\n", "l3\n", "l4\n", "l5\n", "l6\n", "l7\n", "l8\n", "l9\n"].concat();
        let session = session(&[
            (BlockKind::Edit, &many),
            (BlockKind::Message, "hello there"),
            (BlockKind::Run, &many),
        ]);
        let mut live = Live::default();
        live.push(RunId(1), LiveKind::Output, "out\n");
        let folds = BTreeMap::new();
        let reel = Reel::new(&session, &live, &folds, Fold::Closed, 20);
        let all = lines(&reel, reel.start(), 99);
        assert_eq!(
            all,
            [
                "[0]",
                "l1",
                "l2",
                "l3",
                "l4",
                "l5",
                "+4",
                "",
                "hello there",
                "[2]",
                "",
                "[live]",
                "out"
            ]
        );
        assert_eq!(lines(&reel, reel.bottom(3), 99), ["", "[live]", "out"]);
        assert_eq!(reel.back(reel.after_last(), 99), reel.start());
    }

    #[test]
    fn forward_and_back_undo_each_other() {
        let session = session(&[(BlockKind::Message, "a b c d e f g h i j k l m"); 20]);
        let (live, folds) = (Live::default(), BTreeMap::new());
        let reel = Reel::new(&session, &live, &folds, Fold::Closed, 7);
        let all = lines(&reel, reel.start(), 10_000).len();
        for rows in 0..=all {
            let there = reel.forward(reel.start(), rows);
            assert_eq!(reel.back(there, rows), reel.start(), "{rows}");
            assert_eq!(lines(&reel, there, 10_000).len(), all - rows);
        }
    }

    #[test]
    fn a_place_stays_when_more_is_added_and_live_text_settles() {
        let mut session = session(&[(BlockKind::Message, "one two three four"); 3]);
        let folds = BTreeMap::new();
        let mut live = Live::default();
        live.push(RunId(1), LiveKind::Message, "five six");
        let at = Anchor { block: 1, row: 2 };
        let before = {
            let reel = Reel::new(&session, &live, &folds, Fold::Closed, 8);
            lines(&reel, at, 3)
        };
        live.clear(RunId(1));
        let opening = super::super::session::Opening {
            seq: Seq(9),
            at: 0,
            run: None,
            kind: BlockKind::Message,
            state: BlockState::Done,
            verb: "Says",
        };
        session.add(&opening, "", "", "five six");
        let reel = Reel::new(&session, &live, &folds, Fold::Closed, 8);
        assert_eq!(lines(&reel, at, 3), before);
    }
}
