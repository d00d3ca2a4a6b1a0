//! A model that reads its turns from a list: for tests of whatever talks to one.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use futures::future::BoxFuture;

use super::model::{Delta, Model, Request, Turn};
use crate::domain::{Fault, FaultClass};

/// Plays its turns in order and keeps the requests.
#[derive(Debug, Default)]
pub struct Scripted {
    turns: Mutex<VecDeque<Result<Turn, Fault>>>,
    requests: Mutex<Vec<Request>>,
}

impl Scripted {
    /// A model that says these turns, then fails.
    pub fn new(turns: impl IntoIterator<Item = Result<Turn, Fault>>) -> Self {
        Self { turns: Mutex::new(turns.into_iter().collect()), requests: Mutex::default() }
    }

    /// What it was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Model for Scripted {
    fn turn<'a>(
        &'a self,
        request: &'a Request,
        live: &'a (dyn Fn(Delta<'_>) + Send + Sync),
    ) -> BoxFuture<'a, Result<Turn, Fault>> {
        Box::pin(async move {
            self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
            let next = self.turns.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let turn = next.unwrap_or_else(|| {
                Err(Fault::new(FaultClass::Protocol, "the script has no more turns"))
            })?;
            live(Delta::Text(&turn.text));
            Ok(turn)
        })
    }
}
