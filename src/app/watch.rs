//! Looking on while another instance works: the log as it grows, and no word of one's own.

use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};

use super::{
    open::{OpenError, Place},
    ring::Happened,
};
use crate::{
    domain::{Refusal, Seq, State},
    logger::{Filter, LogId, Recall, StoreError},
};

/// How often the log is asked whether it has grown.
const LOOK: Duration = Duration::from_millis(150);
/// Most records that are taken in at once.
const MAX_AT_ONCE: usize = 5_000;

/// A reader of a log that somebody else writes.
pub struct Watch {
    state: State,
    recall: Recall,
    last: Seq,
    version: i64,
    look: Interval,
    /// Who works, for a person.
    worker: String,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Watch").field("last", &self.last).finish_non_exhaustive()
    }
}

impl Watch {
    /// Begins to look on. `worker` says who works, such as `pid 4711`.
    pub fn new(place: &Place, worker: String) -> Result<Self, OpenError> {
        let (engine, recall) = place.read()?;
        // None of the log's: the first look finds what was written since the state was read.
        let version = i64::MIN;
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (state, last) = (engine.state().clone(), engine.last());
        Ok(Self { state, recall, last, version, look, worker })
    }

    /// What is known.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The log's identity.
    pub fn log_id(&self) -> &LogId {
        self.recall.log_id()
    }

    /// Why nothing can be decided here.
    pub fn refusal(&self) -> Refusal {
        Refusal::NotNow(format!(
            "this window only reads: decide in the other ({}), or quit and start again once that \
             has ended",
            self.worker
        ))
    }

    /// What has been written since the last time. Cancelling loses nothing.
    pub async fn next(&mut self) -> Happened {
        loop {
            self.look.tick().await;
            match self.grown() {
                Ok(records) if records.is_empty() => {}
                Ok(records) => return Happened::Recorded(records),
                Err(error) => return Happened::LogFailed(error),
            }
        }
    }

    fn grown(&mut self) -> Result<Vec<crate::domain::Record>, StoreError> {
        let version = self.recall.version()?;
        if version == self.version {
            return Ok(Vec::new());
        }
        let filter = Filter { after: Some(self.last), ..Filter::default() };
        let mut records = self.recall.timeline(&filter)?.records;
        // What is left over is found at the next look, since the version is not taken over.
        if records.len() <= MAX_AT_ONCE {
            self.version = version;
        } else {
            records.truncate(MAX_AT_ONCE);
        }
        for record in &records {
            self.state.apply(record);
            self.last = record.seq;
        }
        Ok(records)
    }
}
