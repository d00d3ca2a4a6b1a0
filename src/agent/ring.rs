//! A session's side of the ring: commands, and what a refusal means for the session.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::{
    link::{Link, LinkError, Told},
    session::Ended,
};
use crate::domain::{Command, Fault, FaultClass, Item, Record, Refusal};

/// How long a session that is to stop waits for the acknowledgement of its last words.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// A result, or the end of the session.
pub(super) type Step<T> = Result<T, Ended>;

/// The link with the rules that all commands of a session share.
///
/// What only has to be on record before the next deed waits for the next question and is told just
/// before it: the core takes it in order, so that the answer covers it, and one commit holds both.
#[derive(Debug)]
pub(super) struct Ring {
    pub(super) link: Link,
    /// What is to be told before the next question, in order.
    untold: Mutex<Vec<Command>>,
    /// In the order in which it was told.
    told: Mutex<VecDeque<Told>>,
}

impl Ring {
    pub(super) fn new(link: Link) -> Self {
        Self { link, untold: Mutex::default(), told: Mutex::default() }
    }

    /// Asks the core; a refusal comes back to be dealt with. What was told before is on record
    /// afterwards.
    pub(super) async fn ask(&self, command: Command) -> Step<Result<Record, Refusal>> {
        self.tell().await?;
        let answer = self.in_time(self.link.ask(command)).await;
        while let Some(told) = self.next() {
            match told.look() {
                Ok(outcome) => settled(outcome)?,
                Err(open) => {
                    // A refusal may come back before what was told earlier is on disk.
                    self.told.lock().unwrap_or_else(PoisonError::into_inner).push_front(open);
                    break;
                }
            }
        }
        match answer {
            Ok(record) => Ok(Ok(record)),
            Err(LinkError::Refused(Refusal::RunHasEnded(_)) | LinkError::Stopped) => {
                Err(Ended::Stopped)
            }
            Err(LinkError::Refused(refusal)) => Ok(Err(refusal)),
        }
    }

    /// Puts on record what is never refused while all is well. A refusal ends the session at the
    /// next question, or at its end.
    pub(super) fn must(&self, command: Command) {
        self.untold.lock().unwrap_or_else(PoisonError::into_inner).push(command);
    }

    /// Tells what is still to be told.
    async fn tell(&self) -> Step<()> {
        let untold =
            std::mem::take(&mut *self.untold.lock().unwrap_or_else(PoisonError::into_inner));
        for command in untold {
            match self.in_time(self.link.tell(command)).await {
                Ok(told) => {
                    self.told.lock().unwrap_or_else(PoisonError::into_inner).push_back(told);
                }
                Err(error) => settled(Err(error))?,
            }
        }
        Ok(())
    }

    /// Waits until all that was told is on record.
    pub(super) async fn settle(&self) -> Step<()> {
        self.tell().await?;
        while let Some(told) = self.next() {
            settled(self.in_time(told.heard()).await)?;
        }
        Ok(())
    }

    fn next(&self) -> Option<Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// A session that is to stop waits for its last words, but not for ever.
    async fn in_time<T>(
        &self,
        answer: impl Future<Output = Result<T, LinkError>>,
    ) -> Result<T, LinkError> {
        let too_late = async {
            self.link.stop.cancelled().await;
            tokio::time::sleep(LAST_WORDS).await;
        };
        tokio::select! {
            biased;
            answer = answer => answer,
            () = too_late => Err(LinkError::Stopped),
        }
    }

    /// Puts an item on record.
    pub(super) fn log(&self, item: Item) {
        self.must(Command::LogItem { run: self.link.run, item });
    }

    /// Puts on record something that is worth keeping and decides nothing.
    pub(super) fn note(&self, text: String) {
        self.must(Command::Note { run: Some(self.link.run), text });
    }

    /// Ends the session if it is to stop.
    pub(super) fn heed_stop(&self) -> Step<()> {
        if self.link.stop.is_cancelled() { Err(Ended::Stopped) } else { Ok(()) }
    }
}

/// What the outcome of something that must not be refused means.
fn settled(outcome: Result<Record, LinkError>) -> Step<()> {
    match outcome {
        Ok(_) => Ok(()),
        Err(LinkError::Refused(Refusal::RunHasEnded(_)) | LinkError::Stopped) => {
            Err(Ended::Stopped)
        }
        Err(LinkError::Refused(refusal)) => Err(Ended::Faulted(
            Fault::new(FaultClass::Environment, format!("the core refused a record: {refusal}"))
                .hint("This is a fault in chargehand; the log up to here is sound."),
        )),
    }
}
