//! Where a screen's facts come from: the ring that works, or a log that another one writes.

use std::path::{Path, PathBuf};

use super::{
    open::Place,
    ring::{Happened, Ring},
    spare::Spare,
    watch::Watch,
};
use crate::{
    domain::{Command, Record, Refusal, State},
    logger::Store,
};

/// The source of what a screen shows, and where its commands go.
#[derive(Debug)]
pub enum Feed {
    Ring(Box<Ring>),
    /// Nothing can be decided; the log is at this path.
    Watch(Box<Watch>, PathBuf),
}

impl Feed {
    /// What is known.
    pub fn state(&self) -> &State {
        match self {
            Feed::Ring(ring) => ring.state(),
            Feed::Watch(watch, _) => watch.state(),
        }
    }

    /// The log's file.
    pub fn log(&self) -> &Path {
        match self {
            Feed::Ring(ring) => &ring.world().log,
            Feed::Watch(_, path) => path,
        }
    }

    /// The log's identity.
    pub fn log_id(&self) -> &str {
        match self {
            Feed::Ring(ring) => ring.world().log_id.as_str(),
            Feed::Watch(watch, _) => watch.log_id().as_str(),
        }
    }

    /// Room for a handle of the memory that its next run takes; `None` where nothing is begun.
    pub(super) fn spare(&self) -> Option<Spare> {
        match self {
            Feed::Ring(ring) => Some(ring.world().spare.clone()),
            Feed::Watch(..) => None,
        }
    }

    /// Begins what is due.
    pub fn wake(&mut self) {
        match self {
            Feed::Ring(ring) => ring.wake(),
            Feed::Watch(..) => {}
        }
    }

    /// The person's commands; after a refusal the rest is dropped.
    pub fn commands(&mut self, commands: Vec<Command>) -> Result<(), Refusal> {
        match self {
            Feed::Ring(ring) => ring.commands(commands),
            Feed::Watch(watch, _) => Err(watch.refusal()),
        }
    }

    /// Why nothing that changes something can be done here, if so.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Feed::Ring(_) => None,
            Feed::Watch(watch, _) => Some(watch.refusal()),
        }
    }

    /// Works from now on, where it only read until now. What had happened before is handed over.
    pub fn take_over(&mut self, place: &Place) -> Result<Vec<Record>, String> {
        match self {
            Feed::Ring(_) => Err("this window works already".to_owned()),
            Feed::Watch(watch, _) => {
                let (ring, records) = watch.take_over(place)?;
                *self = Feed::Ring(Box::new(ring));
                Ok(records)
            }
        }
    }

    /// Waits for the next thing that happens.
    pub async fn next(&mut self) -> Happened {
        match self {
            Feed::Ring(ring) => ring.next().await,
            Feed::Watch(watch, _) => watch.next().await,
        }
    }

    /// What has happened already.
    pub fn take(&mut self) -> Option<Happened> {
        match self {
            Feed::Ring(ring) => ring.take(),
            Feed::Watch(..) => None,
        }
    }

    /// Ends as the person wished.
    pub async fn close(self) -> Option<Store> {
        match self {
            Feed::Ring(ring) => ring.close().await.1,
            Feed::Watch(..) => None,
        }
    }

    /// Ends because the person is gone.
    pub async fn hang_up(self) -> Option<Store> {
        match self {
            Feed::Ring(ring) => ring.hang_up().await.1,
            Feed::Watch(..) => None,
        }
    }
}
