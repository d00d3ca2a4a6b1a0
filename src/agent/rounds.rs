//! What follows when a session's calls go round in a cycle: a word to the model, then the end.

use std::sync::Arc;

use super::{
    ground::Ground,
    progress::{Progress, Recurs},
    words,
};
use crate::domain::{Fault, FaultClass, Item, ToolCall};

/// The calls of a session, watched for cycles.
pub(super) struct Rounds {
    progress: Progress,
    ground: Arc<dyn Ground>,
    /// The model was told that it goes round in circles.
    told: bool,
}

/// What a call means for the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Round {
    /// It gets somewhere, as far as can be seen.
    Open,
    /// It closes a cycle: the model is to be told.
    First,
    /// It closes a cycle although the model was told.
    Again,
}

impl Rounds {
    /// Begins with the calls of an attempt's earlier runs.
    pub(super) fn after(past: &[Item], ground: Arc<dyn Ground>) -> Self {
        let is_word =
            |item: &Item| matches!(item, Item::Told { text } if text == words::NO_PROGRESS);
        Self { progress: Progress::after(past), ground, told: past.iter().any(is_word) }
    }

    /// Takes note of a call with its result. The files are looked at only when it came lately.
    pub(super) async fn note(&mut self, call: &ToolCall, result: &str) -> Round {
        let files = match self.progress.note(&call.tool, &call.arguments, result) {
            Recurs::Yes => self.ground.digest().await,
            Recurs::No => None,
        };
        match (self.progress.goes_round(files), self.told) {
            (false, _) => Round::Open,
            (true, false) => {
                self.told = true;
                Round::First
            }
            (true, true) => Round::Again,
        }
    }
}

/// What ends a session that goes round in circles.
pub(super) fn fault() -> Fault {
    Fault::new(FaultClass::Model, "the model repeats itself and gets nowhere")
        .hint("Steer it, make the task smaller, or give it a stronger model.")
}
