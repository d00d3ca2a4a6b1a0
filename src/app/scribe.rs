//! The log's one writer, on a thread of its own: a sync to disk takes milliseconds and must hold
//! up neither keys nor streams.
//!
//! What has come in meanwhile is written in one transaction. Only then is anything that follows
//! from it let go: the answer to whoever asked, and the deeds.

use std::{
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::sync::{mpsc as tokio_mpsc, oneshot};

use crate::{
    domain::{Effect, Goal, Lesson, Record, Refusal},
    logger::{Store, StoreError},
};

/// Most batches that are written in one transaction.
const MAX_GROUP: usize = 256;

/// How long nothing must come before the store does what nobody waits for: a turn of a session
/// brings several batches, a part of a millisecond apart.
const QUIET: Duration = Duration::from_millis(5);

/// What a run needs to know of the state as it was when it began.
#[derive(Clone, Debug)]
pub struct Scene {
    pub goal: Goal,
    pub lessons: Vec<Lesson>,
}

/// Where the answer to a command goes.
pub(super) type Reply = oneshot::Sender<Result<Record, Refusal>>;

/// What one step of the engine came to.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) records: Vec<Record>,
    pub(super) effects: Vec<Effect>,
    /// For the runs that the effects begin.
    pub(super) scene: Option<Arc<Scene>>,
    pub(super) reply: Option<Reply>,
}

/// What is on disk, with the deeds that may now be done.
#[derive(Debug)]
pub(super) enum Written {
    Durable {
        records: Vec<Record>,
        effects: Vec<Effect>,
        scene: Option<Arc<Scene>>,
    },
    /// The log can no longer be written. Nothing that was not acknowledged has happened.
    Failed(StoreError),
}

/// The handle of the writer's thread.
#[derive(Debug)]
pub(super) struct Scribe {
    batches: mpsc::Sender<Batch>,
    thread: JoinHandle<Store>,
}

impl Scribe {
    /// Starts the thread. `written` hears of every batch, in order.
    pub(super) fn start(
        store: Store,
        written: tokio_mpsc::UnboundedSender<Written>,
    ) -> std::io::Result<Self> {
        let (batches, incoming) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("logger".to_owned())
            .spawn(move || write_all(store, &incoming, &written))?;
        Ok(Self { batches, thread })
    }

    /// Hands a batch over. `false`: the writer has failed and said so.
    pub(super) fn write(&self, batch: Batch) -> bool {
        self.batches.send(batch).is_ok()
    }

    /// Waits until all is written, and gives the store back.
    pub(super) fn finish(self) -> Option<Store> {
        drop(self.batches);
        self.thread.join().ok()
    }
}

fn write_all(
    mut store: Store,
    incoming: &mpsc::Receiver<Batch>,
    written: &tokio_mpsc::UnboundedSender<Written>,
) -> Store {
    while let Some(first) = next(&mut store, incoming) {
        let mut group = vec![first];
        group.extend(incoming.try_iter().take(MAX_GROUP - 1));
        let records: Vec<Record> =
            group.iter().flat_map(|batch| batch.records.iter().cloned()).collect();
        if let Err(error) = store.append(&records) {
            // The replies are dropped with the batches, so that no run goes on.
            let _ = written.send(Written::Failed(error));
            return store;
        }
        for batch in group {
            let first = batch.reply.as_ref().and_then(|_| batch.records.first().cloned());
            // The loop hears of it first, so that a quick next request finds it known.
            let _ = written.send(Written::Durable {
                records: batch.records,
                effects: batch.effects,
                scene: batch.scene,
            });
            if let (Some(reply), Some(first)) = (batch.reply, first) {
                let _ = reply.send(Ok(first));
            }
        }
    }
    store
}

/// The next batch. When none comes for a moment, the store does what nobody waits for.
fn next(store: &mut Store, incoming: &mpsc::Receiver<Batch>) -> Option<Batch> {
    let first = incoming.recv_timeout(QUIET);
    if first.is_err() {
        // What was appended is safe. A disk that fails shows with the next append.
        let _ = store.tend();
    }
    match first {
        Ok(batch) => Some(batch),
        Err(RecvTimeoutError::Disconnected) => None,
        Err(RecvTimeoutError::Timeout) => incoming.recv().ok(),
    }
}
