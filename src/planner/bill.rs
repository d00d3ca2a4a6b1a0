//! The bill of a turn: each part of a prompt under its budget, and what it came to.

use super::text::{Window, clip};
use crate::{
    agent::Opening,
    domain::{BillPart, tokens_of},
};

/// What a thinking session begins with, and what that is made of.
#[derive(Clone, Debug)]
pub struct Turn {
    pub opening: Opening,
    pub bill: Vec<BillPart>,
}

/// Parts of a prompt as they are put together.
pub(super) struct Bill {
    window: Window,
    parts: Vec<BillPart>,
}

impl Bill {
    /// An empty bill over a window.
    pub(super) fn over(window: Window) -> Self {
        Self { window, parts: Vec::new() }
    }

    /// A part within its share, cut visibly where it is too long.
    pub(super) fn part(&mut self, hundredths: u32, text: &str, what: &str) -> String {
        let text = clip(text, self.window.share(hundredths), what);
        self.enter(hundredths, text, what)
    }

    /// A part that keeps within its share by itself.
    pub(super) fn enter(&mut self, hundredths: u32, text: String, what: &str) -> String {
        if !text.trim().is_empty() {
            self.parts.push(BillPart {
                name: what.to_owned(),
                tokens: tokens_of(&text),
                budget: self.window.share(hundredths),
            });
        }
        text
    }

    /// The turn that the parts make, with the standing instructions as a part of their own.
    pub(super) fn turn(mut self, opening: Opening) -> Turn {
        let sum: u32 = self.parts.iter().map(|part| part.tokens).sum();
        let system = tokens_of(&opening.system);
        let rest = tokens_of(&opening.user).saturating_sub(sum);
        for (name, tokens) in [("the instructions", system), ("headings between", rest)] {
            self.parts.push(BillPart { name: name.to_owned(), tokens, budget: tokens });
        }
        Turn { opening, bill: self.parts }
    }
}
