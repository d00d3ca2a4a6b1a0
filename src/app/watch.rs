//! Looking on while another instance works: the log as it grows, and no word of one's own. Once the
//! other has ended, this one can take over.

use std::{path::PathBuf, time::Duration};

use tokio::time::{Interval, MissedTickBehavior, interval};

use super::{
    open::{OpenError, Place},
    ring::{Happened, Ring},
};
use crate::{
    domain::{Record, Refusal, Seq, State},
    logger::{Filter, LogId, Recall, StoreError, is_written},
};

/// How often the log is asked whether it has grown.
const LOOK: Duration = Duration::from_millis(150);
/// The log is asked so often whether it has grown before it is asked whether anybody writes it.
const LOOKS: u32 = 5;
/// Most records that are taken in at once.
const MAX_AT_ONCE: u16 = 5_000;

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
    pub fn take_over(&mut self, place: &Place) -> Result<(Ring, Vec<Record>), String> {
        let ring = (self.take_over)(place)?;
        let mut records = Vec::new();
        // The lock is ours by now: nobody adds to the log while it is read to its end.
        while self.has_grown().map_err(|error| error.to_string())? {
            records.extend(self.grown().map_err(|error| error.to_string())?);
        }
        Ok((ring, records))
    }

    fn has_grown(&self) -> Result<bool, StoreError> {
        Ok(self.recall.version()? != self.version)
    }

    /// The oldest of what has been written since the last time; what is left over is found at the
    /// next look.
    fn grown(&mut self) -> Result<Vec<Record>, StoreError> {
        let version = self.recall.version()?;
        if version == self.version {
            return Ok(Vec::new());
        }
        let (records, end) = next_of(&self.recall, self.last, MAX_AT_ONCE)?;
        match end {
            Some(end) => self.last = end,
            None => self.version = version,
        }
        for record in &records {
            self.state.apply(record);
            self.last = self.last.max(record.seq);
        }
        Ok(records)
    }
}

/// The oldest so many records after a place in the log, and the last place that was looked at;
/// `None`: that was the end of the log.
fn next_of(
    recall: &Recall,
    after: Seq,
    count: u16,
) -> Result<(Vec<Record>, Option<Seq>), StoreError> {
    let last = Seq(after.0.saturating_add(count.into()));
    let before = Some(Seq(last.0.saturating_add(1)));
    let found = recall.timeline(&Filter { after: Some(after), before, ..Filter::default() })?;
    let more = Filter { after: Some(last), limit: Some(1), ..Filter::default() };
    let more = recall.timeline(&more)?;
    let is_end = more.records.is_empty() && more.quarantined.is_empty();
    Ok((found.records, (!is_end).then_some(last)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logger::{Access, Store, notes};

    #[test]
    fn a_log_that_grew_by_more_than_is_taken_in_at_once_is_read_to_its_end_in_order() {
        let temp = tempfile::tempdir().unwrap();
        let mut store = Store::open(&temp.path().join("log.db"), Access::Write).unwrap();
        let all = notes(1..=25);
        store.append(&all).unwrap();
        let recall = store.recall().unwrap();
        let (mut told, mut last, mut looks) = (Vec::new(), Seq(3), 0);
        loop {
            let (records, end) = next_of(&recall, last, 10).unwrap();
            looks += 1;
            told.extend(records);
            let Some(end) = end else { break };
            last = end;
        }
        assert_eq!((told.as_slice(), looks), (&all[3..], 3));
    }
}
