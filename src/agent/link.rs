//! A run's way to the core: requests that are acknowledged once their event is on disk.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::model::Delta;
use crate::domain::{Actor, CallId, Command, QuestionId, Record, Refusal, RunId};

/// A command on its way to the core, with where the answer goes.
#[derive(Debug)]
pub struct Ask {
    pub command: Command,
    pub by: Actor,
    /// Gets the record once it is durable, or the refusal.
    pub reply: oneshot::Sender<Result<Record, Refusal>>,
}

/// What the core or the person says to a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    Call { call: CallId, allow: bool, why: String },
    Question { question: QuestionId, answer: String },
    Steer { text: String },
}

/// Unsettled text of a run, for whoever watches. It may be lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveText {
    Text(String),
    Reasoning(String),
    Call(String),
    /// Output of a command as it runs.
    Output(String),
    /// What the model has said of its turn counts for nothing.
    Lost,
}

/// Why a request came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// The core said no.
    #[error("{0}")]
    Refused(Refusal),
    /// The run is to stop, or the program ends.
    #[error("the run was stopped")]
    Stopped,
}

/// What was told to the core and may not be on record yet.
#[derive(Debug)]
pub struct Told(oneshot::Receiver<Result<Record, Refusal>>);

impl Told {
    /// Waits until it is durable, or refused.
    pub async fn heard(self) -> Result<Record, LinkError> {
        answered(self.0.await.map_err(|_| LinkError::Stopped))
    }

    /// What came of it, or itself while nothing has.
    pub fn look(mut self) -> Result<Result<Record, LinkError>, Self> {
        match self.0.try_recv() {
            Ok(answer) => Ok(answered(Ok(answer))),
            Err(oneshot::error::TryRecvError::Closed) => Ok(Err(LinkError::Stopped)),
            Err(oneshot::error::TryRecvError::Empty) => Err(self),
        }
    }
}

fn answered(answer: Result<Result<Record, Refusal>, LinkError>) -> Result<Record, LinkError> {
    answer?.map_err(LinkError::Refused)
}

/// A run's way to the core. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Link {
    pub run: RunId,
    by: Actor,
    asks: mpsc::Sender<Ask>,
    words: Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<Word>>>,
    steers: Arc<Mutex<Vec<String>>>,
    /// What is told with the next command, before it.
    ahead: Arc<Mutex<Vec<(Command, Actor)>>>,
    live: mpsc::Sender<(RunId, LiveText)>,
    /// Cancelled when the run must stop.
    pub stop: CancellationToken,
}

impl Link {
    /// Ties a run to the ring.
    pub fn new(
        run: RunId,
        by: Actor,
        asks: mpsc::Sender<Ask>,
        words: mpsc::UnboundedReceiver<Word>,
        live: mpsc::Sender<(RunId, LiveText)>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            run,
            by,
            asks,
            words: Arc::new(tokio::sync::Mutex::new(words)),
            steers: Arc::default(),
            ahead: Arc::default(),
            live,
            stop,
        }
    }

    /// The same run, speaking as another actor (the check of an executor's work is chargehand's).
    #[must_use]
    pub fn speaking_as(&self, by: Actor) -> Self {
        Self { by, ..self.clone() }
    }

    /// Asks the core, and waits until the event that it came to is durable.
    pub async fn ask(&self, command: Command) -> Result<Record, LinkError> {
        self.tell(command).await?.heard().await
    }

    /// Tells the core something that nothing hangs on yet. What is told and asked later comes
    /// after it, in the log as well.
    pub async fn tell(&self, command: Command) -> Result<Told, LinkError> {
        let ahead = std::mem::take(&mut *self.ahead.lock().unwrap_or_else(PoisonError::into_inner));
        for (command, by) in ahead {
            self.send(command, by).await?;
        }
        self.send(command, self.by.clone()).await
    }

    /// Has something told in the same breath as the run's next command, before it: one commit holds
    /// both.
    pub fn tell_with_next(&self, command: Command) {
        let told = (command, self.by.clone());
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner).push(told);
    }

    async fn send(&self, command: Command, by: Actor) -> Result<Told, LinkError> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(Ask { command, by, reply }).await.map_err(|_| LinkError::Stopped)?;
        Ok(Told(answer))
    }

    /// Waits for the person's word on a command: whether it is allowed, and why.
    pub async fn word_on_call(&self, wanted: CallId) -> Result<(bool, String), LinkError> {
        self.word(|word| match word {
            Word::Call { call, allow, why } if call == wanted => Some((allow, why)),
            Word::Call { .. } | Word::Question { .. } | Word::Steer { .. } => None,
        })
        .await
    }

    /// Waits for the person's answer to a question.
    pub async fn word_on_question(&self, wanted: QuestionId) -> Result<String, LinkError> {
        self.word(|word| match word {
            Word::Question { question, answer } if question == wanted => Some(answer),
            Word::Call { .. } | Word::Question { .. } | Word::Steer { .. } => None,
        })
        .await
    }

    async fn word<T>(&self, mut pick: impl FnMut(Word) -> Option<T>) -> Result<T, LinkError> {
        let mut words = self.words.lock().await;
        loop {
            let word = tokio::select! {
                () = self.stop.cancelled() => return Err(LinkError::Stopped),
                word = words.recv() => word.ok_or(LinkError::Stopped)?,
            };
            if let Word::Steer { text } = word {
                self.keep(text);
            } else if let Some(found) = pick(word) {
                return Ok(found);
            }
        }
    }

    fn keep(&self, text: String) {
        self.steers.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    }

    /// What the person has said to the session since the last call.
    pub async fn steering(&self) -> Vec<String> {
        let mut words = self.words.lock().await;
        while let Ok(word) = words.try_recv() {
            if let Word::Steer { text } = word {
                self.keep(text);
            }
        }
        std::mem::take(&mut *self.steers.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Has the session hear at its next turn what the person said to a run before it.
    pub fn say_again(&self, texts: Vec<String>) {
        for text in texts {
            self.keep(text);
        }
    }

    /// Shows unsettled text. Lost when nobody keeps up.
    pub fn show(&self, text: LiveText) {
        let _ = self.live.try_send((self.run, text));
    }

    /// Shows a piece of a turn under way.
    pub fn show_delta(&self, delta: Delta<'_>) {
        self.show(match delta {
            Delta::Text(text) => LiveText::Text(text.to_owned()),
            Delta::Reasoning(text) => LiveText::Reasoning(text.to_owned()),
            Delta::Call(name) => LiveText::Call(name.to_owned()),
            Delta::Lost(_) => LiveText::Lost,
        });
    }
}
