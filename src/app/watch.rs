//! Looking on while another instance works: the log as it grows, and no word of one's own. Once the
//! other has ended, this one can take over.

use std::{path::PathBuf, time::Duration};

use tokio::time::{Interval, MissedTickBehavior, interval};

use super::{
    open::{OpenError, Place},
    ring::{Happened, Ring},
};
use crate::{
    domain::{Refusal, Seq, State},
    logger::{Filter, LogId, Recall, StoreError, is_written},
};

/// How often the log is asked whether it has grown.
const LOOK: Duration = Duration::from_millis(150);
/// The log is asked so often whether it has grown before it is asked whether anybody writes it.
const LOOKS: u32 = 5;
/// Most records that are taken in at once.
const MAX_AT_ONCE: usize = 5_000;

/// What opens the log for writing and puts a ring over it; an error says why it cannot.
pub type TakeOver = Box<dyn Fn(&Place) -> Result<Ring, String> + Send + Sync>;

/// Whether somebody works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Worker {
    There,
    Gone,
}

/// A reader of a log that somebody else writes.
pub struct Watch {
    state: State,
    recall: Recall,
    last: Seq,
    version: i64,
    look: Interval,
    /// Who works, for a person.
    name: String,
    worker: Worker,
    /// Looks since it was asked whether anybody works.
    looks: u32,
    log: PathBuf,
    take_over: TakeOver,
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Watch").field("last", &self.last).finish_non_exhaustive()
    }
}

impl Watch {
    /// Begins to look on. `name` says who works, such as `pid 4711`.
    pub fn new(place: &Place, name: String, take_over: TakeOver) -> Result<Self, OpenError> {
        let (engine, recall) = place.read()?;
        // None of the log's: the first look finds what was written since the state was read.
        let version = i64::MIN;
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (state, last) = (engine.state().clone(), engine.last());
        let (worker, looks, log) = (Worker::There, 0, place.log());
        Ok(Self { state, recall, last, version, look, name, worker, looks, log, take_over })
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
        Refusal::NotNow(match self.worker {
            Worker::There => format!(
                "this window only reads: decide in the other ({}); once that has ended, w works here",
                self.name
            ),
            Worker::Gone => {
                "this window only reads, and the other has ended: press w to work here".to_owned()
            }
        })
    }

    /// What has been written since the last time. Cancelling loses nothing.
    pub async fn next(&mut self) -> Happened {
        loop {
            self.look.tick().await;
            match self.grown() {
                Ok(records) if records.is_empty() => {
                    if self.is_left() {
                        return Happened::Vacant;
                    }
                }
                Ok(records) => return Happened::Recorded(records),
                Err(error) => return Happened::LogFailed(error),
            }
        }
    }

    /// Whether whoever worked has just been found to be gone.
    fn is_left(&mut self) -> bool {
        self.looks += 1;
        if self.worker == Worker::Gone || self.looks < LOOKS {
            return false;
        }
        self.looks = 0;
        if is_written(&self.log) {
            return false;
        }
        self.worker = Worker::Gone;
        true
    }

    /// The ring that works from now on, and what the log had gained before it.
    pub fn take_over(
        &mut self,
        place: &Place,
    ) -> Result<(Ring, Vec<crate::domain::Record>), String> {
        let ring = (self.take_over)(place)?;
        let records = self.grown().map_err(|error| error.to_string())?;
        Ok((ring, records))
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
