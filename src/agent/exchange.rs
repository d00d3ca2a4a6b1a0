//! One request to one proven answer: tries, time limits, and what is taken for an answer.
//!
//! It knows no sockets: how a request is sent is passed in, so that every time limit is tested on
//! a paused clock. `transport.rs` gives it the real way.

use std::{future::Future, time::Duration};

use bytes::Bytes;
use futures::{StreamExt, stream::BoxStream};
use http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout, timeout_at},
};

use super::{
    assemble::{Asked, Piece},
    faults::{Again, Failure, Phase, Server},
    listen::{Listener, Stop},
    model::Turn,
    provider::{Jitter, Retries, Timeouts},
    quirks::Feature,
    retry,
    said::Said,
    sse::{EVENT_CAP, TooBig},
};
use crate::domain::FaultClass;

/// Most bytes of an error's body that are read.
const ERROR_CAP: usize = 64 * 1024;

/// How long the rest of an error's body may take.
const ERROR_WAIT: Duration = Duration::from_secs(5);

/// How long the usage and `[DONE]` may lag behind the finish reason.
const TAIL_WAIT: Duration = Duration::from_secs(5);

/// How long the end of the body may lag behind `[DONE]`; reading it lets the connection be used
/// for the next request.
const END_WAIT: Duration = Duration::from_millis(20);

/// A response whose head is there.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: BoxStream<'static, Result<Bytes, Trouble>>,
}

/// What can go wrong below HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// No connection was made.
    Unreachable(String),
    /// It broke.
    Broken(String),
    /// The request was never sent, for a reason of ours.
    Refused(String),
}

/// The rules of an exchange.
#[derive(Clone, Debug)]
pub struct Rules {
    pub server: Server,
    pub timeouts: Timeouts,
    pub retries: Retries,
    pub jitter: Jitter,
}

/// What a request is sent for.
#[derive(Clone, Debug)]
pub struct Want {
    pub asked: Asked,
    /// The parts of the request that it could do without.
    pub sent: Vec<Feature>,
    /// Where live text goes. The channel is bounded: when nobody takes it, nothing more is read.
    pub live: mpsc::Sender<Piece>,
}

impl Rules {
    /// Asks for one turn until it is proven complete or there is no use in trying again.
    pub async fn turn<F, Sent>(&self, want: &Want, send: F) -> Result<Turn, Failure>
    where
        F: Fn() -> Sent,
        Sent: Future<Output = Result<Reply, Trouble>>,
    {
        self.tries(|| self.one_turn(want, send())).await
    }

    /// Asks for a JSON document, such as the list of models.
    pub async fn document<F, Sent>(&self, send: F) -> Result<Bytes, Failure>
    where
        F: Fn() -> Sent,
        Sent: Future<Output = Result<Reply, Trouble>>,
    {
        self.tries(|| async {
            let wait = self.timeouts.connect + self.timeouts.idle;
            let silent = |_| self.server.silent(wait, Phase::FirstEvent);
            timeout(wait, self.one_document(send())).await.map_err(silent)?
        })
        .await
    }

    async fn tries<T, Tried>(&self, mut once: impl FnMut() -> Tried) -> Result<T, Failure>
    where
        Tried: Future<Output = Result<T, Failure>>,
    {
        let whole = Instant::now() + self.timeouts.turn;
        let mut tried = 0;
        let mut last = None;
        let all = async {
            loop {
                let failure = match once().await {
                    Ok(done) => return Ok(done),
                    Err(failure) => failure,
                };
                tried += 1;
                let Some(wait) = retry::next(&self.retries, &self.jitter, &failure, tried) else {
                    return Err(self.after(failure, tried));
                };
                last = Some(failure);
                tokio::time::sleep(wait).await;
            }
        };
        let out = timeout_at(whole, all).await;
        out.unwrap_or_else(|_| {
            let mut failure = last.unwrap_or_else(|| {
                let message = format!("{} did not finish its answer", self.server.url);
                Failure::new(FaultClass::Network, Again::Never, message)
            });
            let seconds = self.timeouts.turn.as_secs();
            failure.fault.message += &format!(" (given up after {seconds} s for the whole turn)");
            Err(failure)
        })
    }

    fn after(&self, mut failure: Failure, tried: u32) -> Failure {
        if tried > 1 {
            failure.fault.message += &format!(" (tried {tried} times)");
        }
        if let Some(wait) = failure.wait.filter(|wait| *wait > self.retries.retry_after_cap) {
            let seconds = wait.as_secs();
            failure.fault.hint = format!("The server asks to wait {seconds} s.");
        }
        failure
    }

    async fn one_turn(
        &self,
        want: &Want,
        sent: impl Future<Output = Result<Reply, Trouble>>,
    ) -> Result<Turn, Failure> {
        let limit = self.timeouts.first_event_for(want.asked.bytes);
        let first_by = Instant::now() + limit;
        let silent = |_| self.server.silent(limit, Phase::FirstEvent);
        let reply = timeout_at(first_by, sent).await.map_err(silent)?;
        let mut body = self.accept(reply, &want.sent).await?;
        let mut listener = Listener::default();
        let mut heard_last = None;
        loop {
            let (by, waited, phase) = match heard_last {
                None => (first_by, limit, Phase::FirstEvent),
                Some(at) if listener.assembly.has_reason() => {
                    (at + TAIL_WAIT, TAIL_WAIT, Phase::Idle)
                }
                Some(at) => (at + self.timeouts.idle, self.timeouts.idle, Phase::Idle),
            };
            let bytes = match timeout_at(by, body.next()).await {
                // Whatever comes after the finish reason is welcome, not needed.
                Err(_) | Ok(Some(Err(_))) if listener.assembly.has_reason() => break,
                Err(_) => return Err(self.server.silent(waited, phase)),
                Ok(Some(Err(trouble))) => return Err(self.trouble(trouble)),
                Ok(Some(Ok(bytes))) => bytes,
                Ok(None) => break,
            };
            let pieces = listener.take(&bytes).map_err(|stop| self.stopped(stop, want))?;
            if pieces.said_something {
                heard_last = Some(Instant::now());
            }
            for piece in pieces.live {
                // Nobody listening is no reason to lose the turn.
                let _ = want.live.send(piece).await;
            }
            if listener.done {
                let _ = timeout(END_WAIT, async { while body.next().await.is_some() {} }).await;
                break;
            }
        }
        let late = listener.end().map_err(|stop| self.stopped(stop, want))?;
        for piece in late {
            let _ = want.live.send(piece).await;
        }
        let about = want.asked.bytes / 4;
        listener.assembly.finish(want.asked).map_err(|why| self.server.unproven(&why, about))
    }

    async fn one_document(
        &self,
        sent: impl Future<Output = Result<Reply, Trouble>>,
    ) -> Result<Bytes, Failure> {
        let reply = sent.await.map_err(|trouble| self.trouble(trouble))?;
        let mut body = self.accept(Ok(reply), &[]).await?;
        let mut document = Vec::new();
        while let Some(bytes) = body.next().await {
            document.extend_from_slice(&bytes.map_err(|trouble| self.trouble(trouble))?);
            if document.len() > EVENT_CAP {
                return Err(self.server.too_big(TooBig::Event));
            }
        }
        if serde_json::from_slice::<serde::de::IgnoredAny>(&document).is_ok() {
            return Ok(document.into());
        }
        Err(self.server.web_page(&Said::in_body(&document)))
    }

    /// Takes a response that may be an answer; reads the words of one that is not.
    async fn accept(
        &self,
        reply: Result<Reply, Trouble>,
        sent: &[Feature],
    ) -> Result<BoxStream<'static, Result<Bytes, Trouble>>, Failure> {
        let mut reply = reply.map_err(|trouble| self.trouble(trouble))?;
        let html = reply
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
        if reply.status.is_success() && !html {
            return Ok(reply.body);
        }
        let mut words = Vec::new();
        let _ = timeout(ERROR_WAIT, async {
            while let Some(Ok(bytes)) = reply.body.next().await {
                words.extend_from_slice(&bytes[..bytes.len().min(ERROR_CAP - words.len())]);
                if words.len() == ERROR_CAP {
                    break;
                }
            }
        })
        .await;
        let mut said = Said::in_body(&words);
        if reply.status.is_success() {
            return Err(self.server.web_page(&said));
        }
        if let Some(place) =
            reply.headers.get(http::header::LOCATION).filter(|_| reply.status.is_redirection())
        {
            said.message = format!("go to {}", String::from_utf8_lossy(place.as_bytes()));
        }
        if said.message.is_empty() {
            reply.status.canonical_reason().unwrap_or_default().clone_into(&mut said.message);
        }
        let failure = self.server.refused(Some(reply.status.as_u16()), &said, sent);
        Err(Failure { wait: retry::asked(&reply.headers), ..failure })
    }

    fn trouble(&self, trouble: Trouble) -> Failure {
        match trouble {
            Trouble::Unreachable(cause) => self.server.unreachable(&cause),
            Trouble::Broken(cause) => self.server.broken(&cause),
            Trouble::Refused(cause) => {
                Failure::new(FaultClass::Protocol, Again::Never, self.server.scrub(&cause))
            }
        }
    }

    fn stopped(&self, stop: Stop, want: &Want) -> Failure {
        match stop {
            Stop::Error(said) => self.server.refused(None, &said, &want.sent),
            Stop::WebPage(said) => self.server.web_page(&said),
            Stop::TooBig(what) => self.server.too_big(what),
        }
    }
}
