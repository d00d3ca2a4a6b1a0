//! The conversation of one run with one model, for planner and executor alike.
//!
//! Plain `async` from top to bottom: the state machine is the code. Nothing here knows what a plan
//! or a worktree is; roles differ in their opening and their tools.

use std::{sync::Arc, time::Duration};

use super::{
    asker::Asker,
    history::{Calling, Opening},
    kit::Kit,
    link::Link,
    model::{Choice, Model},
    ring::Ring,
    talk::{Manner, Talk},
    tool::Toolbox,
};
use crate::domain::{Fault, Item, Price};

/// What bounds a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most turns in the attempt, over all of its runs.
    pub turns: u32,
    /// Turns that earlier runs of the attempt have taken.
    pub turns_used: u32,
    /// Most time that the model may take, all turns of this session together.
    pub model_time: Duration,
    /// Most tokens of one answer.
    pub output: u32,
    /// Tokens that the model can see at once, its answer included.
    pub window: u64,
    /// Most bytes of one tool result that the model is shown; never above 64 KiB.
    pub shown: usize,
}

impl Limits {
    /// Hard cap of what the model is shown of one result, in bytes.
    pub const SHOWN_MOST: usize = 64 * 1024;
}

impl Default for Limits {
    /// 40,000 bytes are about 10,000 tokens.
    fn default() -> Self {
        Self {
            turns: 60,
            turns_used: 0,
            model_time: Duration::from_secs(60 * 60),
            output: 8_192,
            window: 32_768,
            shown: 40_000,
        }
    }
}

/// Where whole outputs go. Content that is already there is not stored twice.
pub trait BlobSink: Send + Sync {
    /// Stores bytes and returns their digest; `None` when that failed, which costs nothing but them.
    fn put(&self, bytes: &[u8]) -> Option<String>;
}

/// Keeps nothing: for sessions whose log is not kept either.
#[derive(Clone, Copy, Debug)]
pub struct NoBlobs;

impl BlobSink for NoBlobs {
    fn put(&self, _bytes: &[u8]) -> Option<String> {
        None
    }
}

/// One session with all that it needs.
pub struct Session {
    pub model: Arc<dyn Model>,
    /// The model's name as its server knows it.
    pub name: String,
    /// `None` when it is not known.
    pub price: Option<Price>,
    pub link: Link,
    pub tools: Toolbox,
    pub limits: Limits,
    pub blobs: Arc<dyn BlobSink>,
    pub temperature: Option<f32>,
    /// How calls are written; a server that turns out to take no tools changes it to text.
    pub calling: Calling,
    /// How the model is asked after a turn without a call: `Required` only where it is known to work.
    pub insist: Choice,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// A tool delivered the result to the core.
    Delivered,
    /// The model did not manage: its fault is of class `Model`.
    GaveUp(Fault),
    /// Something outside of the model's power went wrong.
    Faulted(Fault),
    /// The run was stopped.
    Stopped,
}

impl Session {
    /// Talks until the result is delivered or something ends the session. `past` holds the items
    /// of earlier runs of the same attempt: the conversation goes on where the log ends.
    pub async fn run(self, opening: Opening, past: Vec<Item>) -> Ended {
        let shown = self.limits.shown.min(Limits::SHOWN_MOST).min(quarter_of(self.limits.window));
        let kit = match Kit::new(self.tools, self.blobs, shown) {
            Ok(kit) => kit,
            Err(fault) => return Ended::Faulted(fault),
        };
        let asker = Asker {
            model: self.model,
            name: self.name,
            price: self.price,
            time: self.limits.model_time,
        };
        let manner = Manner {
            temperature: self.temperature,
            calling: self.calling,
            insist: self.insist,
            choice: Choice::Auto,
        };
        let talk =
            Talk::new(Ring { link: self.link }, asker, kit, opening, past, self.limits, manner);
        match talk.converse().await {
            Ok(never) => match never {},
            Err(ended) => ended,
        }
    }
}

/// Bytes of a quarter of a window of tokens, at three bytes a token.
fn quarter_of(window: u64) -> usize {
    usize::try_from(window / 4 * 3).unwrap_or(usize::MAX)
}
