//! The room of a session: the model's window, and what of it is taken for good.

use super::{
    history::{View, messages},
    model::{Request, Spec},
    prompt::Opening,
    ring::Step,
    session::Ended,
    tokens::{estimate_messages, estimate_specs},
    words,
};
use crate::domain::{Fault, FaultClass};

/// Tokens of a window below which nothing can be done, whatever the server seems to hold.
const LEAST_WINDOW: u64 = 2_048;

/// A model's window and what is always in it, in estimated tokens.
#[derive(Debug)]
pub(super) struct Room {
    /// The window, as far as it is known to hold.
    window: u64,
    opening: u64,
    tools: u64,
}

impl Room {
    pub(super) fn new(window: u64, opening: &Opening, tools: &[Spec]) -> Self {
        let alone = messages(opening, &[], &View { budget: u64::MAX, harmless: &[] });
        Self { window, opening: estimate_messages(&alone), tools: estimate_specs(tools) }
    }

    pub(super) fn window(&self) -> u64 {
        self.window
    }

    /// Ends the session when not even its opening fits into the window: a request that a server
    /// refuses, or cuts in silence, is paid for and comes to nothing.
    pub(super) fn fits(&self) -> Step<()> {
        let fixed = self.opening + self.tools;
        // Estimates err on the high side, by a third or so.
        if fixed < self.window.saturating_mul(3) / 2 {
            return Ok(());
        }
        let text = words::too_long(fixed, self.window);
        let hint = "Start the server with a larger context, or choose a model with a larger one.";
        Err(Ended::Faulted(Fault::new(FaultClass::ContextOverflow, text).hint(hint)))
    }

    /// Most tokens of an answer, where so many are allowed: it must not take the room of the
    /// question, however small the window is.
    pub(super) fn for_answer(&self, allowed: u32) -> u32 {
        allowed.min(u32::try_from(self.window / 2).unwrap_or(u32::MAX))
    }

    /// What is left for the messages beside the tools and the answer.
    pub(super) fn for_messages(&self, answer: u32) -> u64 {
        self.window.saturating_sub(self.tools + u64::from(answer))
    }

    /// What a request's prompt comes to, tools included.
    pub(super) fn prompt(&self, request: &Request) -> u64 {
        estimate_messages(&request.messages) + self.tools
    }

    /// A request was too long. What the server names is believed once, for tokens are only
    /// estimated here; else a third is given up.
    pub(super) fn squeeze(&mut self, sent: u64, named: Option<u32>) {
        let most = self.window.min(sent);
        let named = named.map(|tokens| u64::from(tokens).max(LEAST_WINDOW));
        self.window = named.filter(|named| *named < most).unwrap_or(most / 3 * 2);
    }

    /// The server was seen to hold no more than this.
    pub(super) fn holds(&mut self, seen: u64) {
        self.window = self.window.min(seen.max(LEAST_WINDOW));
    }
}
