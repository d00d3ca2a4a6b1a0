//! Text that runs are saying at this moment and that no event holds yet.

use std::collections::BTreeMap;

use super::{
    session::{Session, SessionKey},
    wrap::Flow,
};
use crate::domain::{End, Event, Record, RunId};

/// Most bytes of one unsettled piece that are kept; of more, the end.
pub const MAX_LIVE: usize = 4 << 20;

/// Most sessions whose broken-off text is kept: it is there to be read once more, not for ever.
const MAX_LEFT: usize = 16;

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

/// Whether a piece goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Going {
    On,
    /// Its run has ended before an event held it: it is shown, and is no part of the record.
    BrokenOff,
}

/// One piece of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub kind: LiveKind,
    pub flow: Flow,
    pub going: Going,
}

/// The unsettled text of every run, and what was left of those that were stopped.
#[derive(Clone, Debug, Default)]
pub struct Live {
    runs: BTreeMap<RunId, Vec<Piece>>,
    /// Until a new run takes the place in the session.
    left: BTreeMap<SessionKey, Vec<Piece>>,
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
                pieces.push(Piece { kind, flow, going: Going::On });
            }
        }
    }

    /// What a run is saying, in order.
    pub fn of(&self, run: RunId) -> &[Piece] {
        self.runs.get(&run).map_or(&[], Vec::as_slice)
    }

    /// What is shown below the blocks of a session: what its run is saying, or what was left of the
    /// last one.
    pub fn below(&self, session: &Session) -> &[Piece] {
        match session.run {
            Some(run) => self.of(run),
            None => self.left.get(&session.key).map_or(&[], Vec::as_slice),
        }
    }

    /// A settled fact takes the place of the text that led to it. What no fact holds when its run
    /// is stopped or breaks is kept, since the person has read it.
    pub fn settle(&mut self, record: &Record) {
        let key = || {
            let goal = record.goal.clone()?;
            Some(SessionKey { goal, task: record.task.clone() })
        };
        match &record.event {
            Event::ItemLogged { run, .. } | Event::RunEnded { run, end: End::Done } => {
                self.clear(*run);
            }
            Event::RunEnded { run, .. } => {
                let pieces = self.runs.remove(run).unwrap_or_default();
                if let Some(key) = key().filter(|_| !pieces.is_empty()) {
                    let going = Going::BrokenOff;
                    let broken = pieces.into_iter().map(|piece| Piece { going, ..piece });
                    if self.left.len() >= MAX_LEFT && !self.left.contains_key(&key) {
                        self.left.pop_first();
                    }
                    self.left.insert(key, broken.collect());
                }
            }
            Event::RunBegan { .. } => {
                if let Some(key) = key() {
                    self.left.remove(&key);
                }
            }
            _ => {}
        }
    }

    /// Forgets a run's text: it is said again from its beginning.
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
    use crate::domain::{Actor, GoalId, Seq, TaskId};

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

    #[test]
    fn broken_off_text_of_so_many_sessions_is_kept_and_no_more() {
        let mut live = Live::default();
        for run in 0..100 {
            live.push(RunId(run), LiveKind::Message, "half a");
            live.settle(&Record {
                seq: Seq(run),
                at: run,
                actor: Actor::Chargehand,
                goal: Some(GoalId("g".to_owned())),
                revision: 0,
                task: Some(TaskId(format!("t{run}"))),
                attempt: None,
                event: Event::RunEnded { run: RunId(run), end: End::Interrupted },
            });
        }
        assert_eq!(live.left.len(), MAX_LEFT);
    }
}
