//! What a session may use, and how its model is dealt with.

use std::time::Duration;

use super::{dialect::Dialect, model::Effort};

/// Most calls of one turn that are carried out.
const CALLS_A_TURN: usize = 24;

/// What a session may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Turns of the attempt, over all of its runs.
    pub turns: u32,
    /// Turns that earlier runs have taken.
    pub turns_used: u32,
    /// Time that the model may take, all turns together.
    pub time: Duration,
    /// Tokens that the model's window holds.
    pub window: u64,
    /// Most tokens of one answer.
    pub max_output: u32,
    /// Most bytes of one result that the model is shown; never more than 64 KiB.
    pub shown: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            turns: 60,
            turns_used: 0,
            time: Duration::from_mins(30),
            window: 128_000,
            max_output: 8_192,
            shown: 32 * 1024,
        }
    }
}

/// How tools are offered to a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// So and not otherwise: the person has said so.
    Fixed(Dialect),
    /// So at first; a session that gets no calls tries another way.
    Open(Dialect),
}

impl Offer {
    /// The way.
    pub fn dialect(self) -> Dialect {
        match self {
            Offer::Fixed(dialect) | Offer::Open(dialect) => dialect,
        }
    }
}

/// How a model is dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    /// How hard it is to think; `None` leaves it to the model.
    pub effort: Option<Effort>,
    pub offer: Offer,
    /// Most calls of one turn that are carried out.
    pub calls: usize,
}

impl Default for Manner {
    fn default() -> Self {
        Self { effort: None, offer: Offer::Open(Dialect::Native), calls: CALLS_A_TURN }
    }
}
