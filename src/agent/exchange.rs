//! One request to one proven answer: tries, time limits, and what is taken for an answer.
//!
//! It knows no sockets: how a request is sent is passed in, so that every time limit is tested on
//! a paused clock. `transport.rs` gives it the real way.

use std::{fmt::Write as _, future::Future, time::Duration};

use bytes::Bytes;
use futures::{StreamExt, stream::BoxStream};
use http::{
    HeaderMap, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout, timeout_at},
};

use super::{
    assemble::{Asked, Keepsake, Piece, Unproven},
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

/// A proven turn, and what was noticed on the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub turn: Turn,
    /// What the server wants back with the turn's calls.
    pub kept: Vec<Keepsake>,
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
    pub async fn turn<F, Sent>(&self, want: &Want, send: F) -> Result<Told, Failure>
    where
        F: Fn() -> Sent,
        Sent: Future<Output = Result<Reply, Trouble>>,
    {
        self.tries(|| async {
            let told = self.one_turn(want, send()).await;
            if let Err(failure) = &told {
                // Whoever watches begins anew, and knows what this try may have cost.
                let _ = want.live.send(Piece::Lost(failure.fault.message.clone())).await;
            }
            told
        })
        .await
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
            let what = &mut failure.fault.message;
            let _ = write!(what, " (given up after {seconds} s for the whole turn)");
            Err(failure)
        })
    }

    fn after(&self, mut failure: Failure, tried: u32) -> Failure {
        if tried > 1 {
            let _ = write!(failure.fault.message, " (tried {tried} times)");
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
    ) -> Result<Told, Failure> {
        let limit = self.timeouts.first_event_for(want.asked.bytes);
        let first_by = Instant::now() + limit;
        let silent = |_| self.server.silent(limit, Phase::FirstEvent);
        let reply = timeout_at(first_by, sent).await.map_err(silent)?;
        let mut body = self.accept(reply, &want.sent).await?;
        let mut listener = Listener::default();
        let (mut heard_first, mut heard_last) = (None, None);
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
                heard_first = heard_first.or(heard_last);
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
        let kept = listener.assembly.keepsakes();
        let speaking = heard_first.zip(heard_last).map(|(first, last)| last - first);
        let blank = listener.done && listener.assembly.is_blank();
        let turn = listener.assembly.finish(want.asked);
        let mut turn = turn.map_err(|why| {
            let why = if blank { Unproven::Nothing } else { why };
            self.server.unproven(&why, about)
        })?;
        turn.speaking = speaking.unwrap_or_default();
        Ok(Told { turn: self.server.scrubbed(turn), kept })
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
        if let Some(coding) = reply.headers.get(CONTENT_ENCODING)
            && coding.as_bytes() != b"identity"
            && !coding.is_empty()
        {
            // It was not asked for, and what unfolds without end is not worth having.
            return Err(self.server.compressed(&String::from_utf8_lossy(coding.as_bytes())));
        }
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
        let wait = retry::asked(&reply.headers).or_else(|| retry::asked_in_words(&said.marks));
        Err(Failure { wait, ..failure })
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
            Stop::Error(said) => {
                let asked = retry::asked_in_words(&said.marks);
                Failure { wait: asked, ..self.server.refused(None, &said, &want.sent) }
            }
            Stop::WebPage(said) => self.server.web_page(&said),
            Stop::Words(said) => self.server.words(&said),
            Stop::Foreign(said) => self.server.foreign(&said),
            Stop::Empty => self.server.empty(),
            Stop::TooBig(what) => self.server.too_big(what),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use futures::stream;
    use http::{HeaderName, HeaderValue};

    use super::*;
    use crate::domain::Fault;

    const DELTA: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
    const STOP: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

    /// A piece of a body, after so many milliseconds.
    type Timed = (u64, Result<&'static str, Trouble>);

    fn reply(pieces: Vec<Timed>) -> Reply {
        let body = stream::iter(pieces).then(|(millis, piece)| async move {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            piece.map(|text| Bytes::from_static(text.as_bytes()))
        });
        Reply { status: StatusCode::OK, headers: HeaderMap::new(), body: body.boxed() }
    }

    fn status(code: u16, headers: &[(&'static str, &'static str)]) -> Reply {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        let status = StatusCode::from_u16(code).unwrap();
        Reply { status, headers, body: stream::empty().boxed() }
    }

    fn rules(url: &str) -> Rules {
        let timeouts = Timeouts {
            first_event: Duration::from_secs(120),
            idle: Duration::from_secs(90),
            ..Timeouts::default()
        };
        let server = Server {
            url: url.to_owned(),
            loopback: false,
            key_from: "OPENAI_API_KEY".to_owned(),
            key: None,
        };
        Rules { server, timeouts, retries: Retries::default(), jitter: Jitter::new(|| 0.0) }
    }

    /// What comes of an exchange, after how many milliseconds, with how many requests.
    async fn play(
        rules: &Rules,
        mut replies: impl FnMut(u32) -> Result<Reply, Trouble>,
    ) -> (Result<Turn, Fault>, u128, u32) {
        let begun = Instant::now();
        let (live, mut shown) = mpsc::channel(4);
        let sink = tokio::spawn(async move { while shown.recv().await.is_some() {} });
        let want = Want { asked: Asked::default(), sent: Vec::new(), live };
        let sent = Arc::new(AtomicU32::new(0));
        let replies = std::cell::RefCell::new(&mut replies);
        let turn = rules
            .turn(&want, || {
                let reply = replies.borrow_mut()(sent.fetch_add(1, Ordering::SeqCst));
                std::future::ready(reply)
            })
            .await;
        drop(want);
        sink.await.unwrap();
        let turn = turn.map(|told| told.turn);
        (turn.map_err(|no| no.fault), begun.elapsed().as_millis(), sent.load(Ordering::SeqCst))
    }

    fn forever(piece: &'static str, every: u64) -> Reply {
        let body = stream::repeat_with(move || (every, piece)).then(|(millis, piece)| async move {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            Ok(Bytes::from_static(piece.as_bytes()))
        });
        Reply { body: body.boxed(), ..status(200, &[]) }
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_only_keeps_the_connection_alive_is_given_up_like_a_silent_one() {
        for alive in [
            ": keep-alive\n\n",
            "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n",
            "data:\n\n",
        ] {
            let (turn, millis, sent) = play(&rules("u"), |_| Ok(forever(alive, 1000))).await;
            let fault = turn.unwrap_err();
            assert_eq!(fault.class, FaultClass::Network);
            assert_eq!(fault.message, "u said nothing for 120 s (tried 3 times)");
            assert_eq!((millis, sent), (360_000, 3));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn silence_after_a_delta_is_noticed_at_the_idle_limit_keep_alives_or_not() {
        let (turn, millis, _) = play(&rules("u"), |_| {
            let alive = forever(": x\n\n", 500).body;
            let body = stream::iter([Ok(Bytes::from_static(DELTA.as_bytes()))]).chain(alive);
            Ok(Reply { body: body.boxed(), ..status(200, &[]) })
        })
        .await;
        assert_eq!(
            turn.unwrap_err().message,
            "u fell silent for 90 s in its answer (tried 3 times)"
        );
        assert_eq!(millis, 270_000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_answer_whose_events_keep_coming_is_waited_for() {
        let (turn, millis, sent) = play(&rules("u"), |_| {
            Ok(reply(vec![(119_000, Ok(DELTA)), (89_000, Ok(DELTA)), (89_000, Ok(STOP))]))
        })
        .await;
        assert_eq!(turn.unwrap().text, "aa");
        assert_eq!((millis, sent), (297_000, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_finish_reason_nothing_is_waited_for_long() {
        let (turn, millis, _) = play(&rules("u"), |_| {
            Ok(reply(vec![(0, Ok(DELTA)), (0, Ok(STOP)), (3_600_000, Ok(DELTA))]))
        })
        .await;
        assert_eq!(turn.unwrap().text, "a");
        assert_eq!(millis, 5_000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_break_after_the_finish_reason_does_no_harm() {
        let (turn, _, sent) = play(&rules("u"), |_| {
            let broken = Trouble::Broken("reset".to_owned());
            Ok(reply(vec![(0, Ok(DELTA)), (0, Ok(STOP)), (0, Err(broken))]))
        })
        .await;
        assert_eq!((turn.unwrap().text.as_str(), sent), ("a", 1));
    }

    #[tokio::test(start_paused = true)]
    async fn the_whole_turn_ends_at_its_limit() {
        let (turn, millis, _) = play(&rules("u"), |_| Ok(forever(DELTA, 60_000))).await;
        let fault = turn.unwrap_err();
        assert_eq!(fault.class, FaultClass::Network);
        assert!(fault.message.contains("given up after 1800 s"), "{fault}");
        assert_eq!(millis, 1_800_000);
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_that_a_server_asks_for_is_kept_to_the_millisecond() {
        for (headers, waited) in [
            (vec![("retry-after", "1.5")], 1_500),
            (vec![("retry-after", "120")], 120_000),
            (
                vec![
                    ("date", "Wed, 21 Oct 2026 07:28:00 GMT"),
                    ("retry-after", "Wed, 21 Oct 2026 07:28:09 GMT"),
                ],
                9_000,
            ),
        ] {
            let (turn, millis, sent) = play(&rules("u"), |at| {
                Ok(if at == 0 {
                    status(429, &headers)
                } else {
                    reply(vec![(0, Ok(DELTA)), (0, Ok(STOP))])
                })
            })
            .await;
            assert_eq!(turn.unwrap().text, "a");
            assert_eq!((millis, sent), (waited, 2), "{headers:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_of_an_hour_is_shown_and_not_waited_for() {
        let (turn, millis, sent) =
            play(&rules("u"), |_| Ok(status(429, &[("retry-after", "3600")]))).await;
        let fault = turn.unwrap_err();
        assert_eq!(fault.class, FaultClass::Rate);
        assert_eq!(fault.hint, "The server asks to wait 3600 s.");
        assert_eq!((millis, sent), (0, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn waits_back_off_with_full_jitter() {
        let rules = Rules { jitter: Jitter::new(|| 1.0), ..rules("u") };
        let (turn, millis, sent) = play(&rules, |_| Ok(status(503, &[]))).await;
        assert_eq!(turn.unwrap_err().class, FaultClass::Overload);
        assert_eq!((millis, sent), (500 + 1000 + 2000 + 4000 + 8000, 6));
    }

    #[tokio::test(start_paused = true)]
    async fn a_local_server_is_asked_once_and_patiently() {
        let mut rules = rules("u");
        rules.server.loopback = true;
        rules.timeouts = Timeouts::loopback();
        let (turn, millis, sent) = play(&rules, |_| Ok(forever(": x\n\n", 1000))).await;
        assert_eq!(turn.unwrap_err().class, FaultClass::Network);
        assert_eq!((millis, sent), (600_000, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_whose_body_never_ends_is_reported_all_the_same() {
        let (turn, _, _) = play(&rules("u"), |_| {
            Ok(Reply { status: StatusCode::UNAUTHORIZED, ..forever(" ", 1000) })
        })
        .await;
        let fault = turn.unwrap_err();
        assert_eq!(fault.class, FaultClass::Auth);
        assert_eq!(fault.message, "u answered 401: Unauthorized");
        assert_eq!(fault.hint, "No key was sent: set OPENAI_API_KEY.");
    }
}
