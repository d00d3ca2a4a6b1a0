//! The blocks of one task, over all of its attempts, or of the planning of one goal.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::block::{Block, BlockKind, BlockState, in_line};
use crate::domain::{CallId, GoalId, RunId, Seq, TaskId, Usage};

/// Most blocks of a session that are kept.
pub const MAX_BLOCKS: usize = 4_000;
/// Most bytes of texts of a session that are kept; the oldest give way.
pub const MAX_BYTES: usize = 2 << 20;

/// Whose session it is. A goal's planning is for no task.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SessionKey {
    pub goal: GoalId,
    pub task: Option<TaskId>,
}

/// All that was said and done for one task, or for the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub key: SessionKey,
    blocks: VecDeque<Block>,
    next: u64,
    bytes: usize,
    /// Blocks with a text that may be given up begin here.
    full_from: u64,
    /// The run under way, if one is.
    pub run: Option<RunId>,
    /// The model of the latest attempt.
    pub model: String,
    pub usage: Usage,
    /// When it last changed, in milliseconds since 1970 UTC.
    pub last: u64,
}

/// What a new block begins with.
pub struct Opening {
    pub seq: Seq,
    pub at: u64,
    pub run: Option<RunId>,
    pub kind: BlockKind,
    pub state: BlockState,
    pub verb: &'static str,
}

impl Session {
    /// A session in which nothing has happened.
    pub fn new(key: SessionKey) -> Self {
        Self {
            key,
            blocks: VecDeque::new(),
            next: 0,
            bytes: 0,
            full_from: 0,
            run: None,
            model: String::new(),
            usage: Usage::default(),
            last: 0,
        }
    }

    /// The first block that is kept.
    pub fn first(&self) -> u64 {
        self.next - self.blocks.len() as u64
    }

    /// The number that the next block will have.
    pub fn end(&self) -> u64 {
        self.next
    }

    /// A block by its number.
    pub fn get(&self, id: u64) -> Option<&Block> {
        self.blocks.get(usize::try_from(id.checked_sub(self.first())?).ok()?)
    }

    /// The blocks that are kept, in order.
    pub fn blocks(&self) -> impl DoubleEndedIterator<Item = &Block> {
        self.blocks.iter()
    }

    /// Adds a block.
    pub(super) fn add(&mut self, opening: &Opening, object: &str, result: &str, body: &str) {
        let Opening { seq, at, run, kind, state, verb } = *opening;
        let mut block = Block {
            id: self.next,
            seq,
            run,
            call: None,
            kind,
            state,
            verb,
            object: in_line(object),
            result: in_line(result),
            body: super::wrap::Flow::default(),
            cut: 0,
            at,
            millis: None,
        };
        block.fill(body);
        self.bytes += block.body.len();
        self.next += 1;
        self.blocks.push_back(block);
        if self.blocks.len() > MAX_BLOCKS
            && let Some(gone) = self.blocks.pop_front()
        {
            self.bytes -= gone.body.len();
        }
        self.give_up_old_texts();
    }

    /// The latest block of a call.
    pub(super) fn of_call(&mut self, run: RunId, call: CallId) -> Option<&mut Block> {
        self.blocks
            .iter_mut()
            .rev()
            .find(|block| block.call == Some(call) && block.run == Some(run))
    }

    /// The block that an event began.
    pub(super) fn of_event(&mut self, seq: Seq) -> Option<&mut Block> {
        self.blocks.iter_mut().rev().find(|block| block.seq == seq)
    }

    /// The latest block.
    pub(super) fn latest(&mut self) -> Option<&mut Block> {
        self.blocks.back_mut()
    }

    /// The block with which a run began.
    pub(super) fn stage_of(&mut self, run: RunId) -> Option<&mut Block> {
        self.blocks
            .iter_mut()
            .rev()
            .find(|block| block.kind == BlockKind::Stage && block.run == Some(run))
    }

    /// Replaces a block's text and keeps count.
    pub(super) fn refill(&mut self, id: u64, text: &str) {
        let Some(at) = id.checked_sub(self.first()).and_then(|at| usize::try_from(at).ok()) else {
            return;
        };
        if let Some(block) = self.blocks.get_mut(at) {
            self.bytes -= block.body.len();
            block.fill(text);
            self.bytes += block.body.len();
            self.full_from = self.full_from.min(id);
        }
        self.give_up_old_texts();
    }

    fn give_up_old_texts(&mut self) {
        while self.bytes > MAX_BYTES {
            let first = self.first();
            self.full_from = self.full_from.max(first);
            let at = usize::try_from(self.full_from - first).unwrap_or(usize::MAX);
            let Some(block) = self.blocks.get_mut(at) else { break };
            self.bytes -= block.body.len();
            block.empty();
            self.full_from += 1;
        }
    }
}
