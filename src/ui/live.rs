//! Text that runs are saying at this moment and that no event holds yet.

use std::collections::BTreeMap;

use super::wrap::Flow;
use crate::domain::RunId;

/// Most bytes of one unsettled piece that are kept; of more, the end.
pub const MAX_LIVE: usize = 4 << 20;

/// What kind of text comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveKind {
    Thought,
    Message,
    /// The name of a tool whose call is being written.
    Call,
    /// Output of a command as it runs.
    Output,
}

/// One piece of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub kind: LiveKind,
    pub flow: Flow,
}

/// The unsettled text of every run.
#[derive(Clone, Debug, Default)]
pub struct Live {
    runs: BTreeMap<RunId, Vec<Piece>>,
}

impl Live {
    /// Adds what a run has just said.
    pub fn push(&mut self, run: RunId, kind: LiveKind, text: &str) {
        let pieces = self.runs.entry(run).or_default();
        match pieces.last_mut() {
            Some(piece) if piece.kind == kind && kind != LiveKind::Call => {
                piece.flow.push(text);
                piece.flow.keep_last(MAX_LIVE);
            }
            Some(_) | None => {
                let mut flow = Flow::default();
                flow.push(text);
                pieces.push(Piece { kind, flow });
            }
        }
    }

    /// What a run is saying, in order.
    pub fn of(&self, run: RunId) -> &[Piece] {
        self.runs.get(&run).map_or(&[], Vec::as_slice)
    }

    /// Forgets a run's text: an event holds it now, or the run has ended.
    pub fn clear(&mut self, run: RunId) {
        self.runs.remove(&run);
    }

    /// Whether no run is saying anything.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_one_kind_grows_and_another_kind_begins_a_piece() {
        let mut live = Live::default();
        let run = RunId(7);
        live.push(run, LiveKind::Thought, "hm");
        live.push(run, LiveKind::Thought, "m\r\n");
        live.push(run, LiveKind::Message, "yes");
        let told: Vec<(LiveKind, &str)> =
            live.of(run).iter().map(|piece| (piece.kind, piece.flow.text())).collect();
        assert_eq!(told, [(LiveKind::Thought, "hmm\n"), (LiveKind::Message, "yes")]);
        live.clear(run);
        assert!(live.is_empty());
    }
}
