//! Going back and forth in a log: the fold is kept at marks, so that no step begins at the start.

use super::{event::Record, goal::State, ids::Seq};

/// Records between two marks.
const EVERY: usize = 2_000;

/// A cursor over records of a log, oldest first. The records stay the caller's.
#[derive(Clone, Debug, Default)]
pub struct Scrub {
    /// The state after so many records.
    marks: Vec<(usize, State)>,
}

impl Scrub {
    /// The state after the last record at or before a seq. Marks are set on the way.
    pub fn to(&mut self, records: &[Record], seq: Seq) -> State {
        let end = records.partition_point(|record| record.seq <= seq);
        let near = self.marks.partition_point(|(count, _)| *count <= end);
        let (mut at, mut state) = match near.checked_sub(1).and_then(|at| self.marks.get(at)) {
            Some((count, state)) => (*count, state.clone()),
            None => (0, State::default()),
        };
        while at < end {
            let Some(record) = records.get(at) else { break };
            state.apply(record);
            at += 1;
            let next = self.marks.last().map_or(0, |(count, _)| *count) + EVERY;
            if at == next {
                self.marks.push((at, state.clone()));
            }
        }
        state
    }
}
