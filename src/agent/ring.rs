//! A session's side of the ring: commands, and what a refusal means for the session.

use std::time::Duration;

use super::{
    link::{Link, LinkError},
    session::Ended,
};
use crate::domain::{Command, Fault, FaultClass, Item, Record, Refusal};

/// How long a session that is to stop waits for the acknowledgement of its last words.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// A result, or the end of the session.
pub(super) type Step<T> = Result<T, Ended>;

/// The link with the rules that all commands of a session share.
#[derive(Debug)]
pub(super) struct Ring {
    pub(super) link: Link,
}

impl Ring {
    /// Asks the core; a refusal comes back to be dealt with.
    pub(super) async fn ask(&self, command: Command) -> Step<Result<Record, Refusal>> {
        let too_late = async {
            self.link.stop.cancelled().await;
            tokio::time::sleep(LAST_WORDS).await;
        };
        let answer = tokio::select! {
            biased;
            answer = self.link.ask(command) => answer,
            () = too_late => Err(LinkError::Stopped),
        };
        match answer {
            Ok(record) => Ok(Ok(record)),
            Err(LinkError::Refused(Refusal::RunHasEnded(_)) | LinkError::Stopped) => {
                Err(Ended::Stopped)
            }
            Err(LinkError::Refused(refusal)) => Ok(Err(refusal)),
        }
    }

    /// Asks for something that is never refused while all is well.
    pub(super) async fn must(&self, command: Command) -> Step<()> {
        match self.ask(command).await? {
            Ok(_) => Ok(()),
            Err(refusal) => Err(Ended::Faulted(
                Fault::new(
                    FaultClass::Environment,
                    format!("the core refused a record: {refusal}"),
                )
                .hint("This is a fault in chargehand; the log up to here is sound."),
            )),
        }
    }

    /// Puts an item on record.
    pub(super) async fn log(&self, item: Item) -> Step<()> {
        self.must(Command::LogItem { run: self.link.run, item }).await
    }

    /// Puts on record something that is worth keeping and decides nothing.
    pub(super) async fn note(&self, text: String) -> Step<()> {
        self.must(Command::Note { run: Some(self.link.run), text }).await
    }

    /// Ends the session if it is to stop.
    pub(super) fn heed_stop(&self) -> Step<()> {
        if self.link.stop.is_cancelled() { Err(Ended::Stopped) } else { Ok(()) }
    }
}
