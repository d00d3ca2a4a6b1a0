//! Where a model is reached, and how patient we are with it. Plain settings, no behaviour.

use std::{fmt, sync::Arc, time::Duration};

use serde::{Deserialize, Deserializer, Serialize};

use super::{dialect::Dialect, player::Player, recorder::Recorder, secret::Secret};
use crate::domain::number_as;

/// One OpenAI-compatible server.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Such as `https://api.openai.com/v1`; the key goes to this scheme, host and port only.
    pub base_url: String,
    /// No `Authorization` header is sent without one.
    pub key: Option<Secret>,
    /// Where the key is read from (an environment variable's name), for what a person is told.
    pub key_from: String,
    pub timeouts: Timeouts,
    pub retries: Retries,
    pub jitter: Jitter,
    /// How tools are offered at first; a server that rejects native tools gets text anyway.
    pub dialect: Dialect,
    pub api: Api,
    pub tape: Tape,
}

/// Whether the exchanges with a server are recorded, or come from a record.
#[derive(Clone, Debug, Default)]
pub enum Tape {
    #[default]
    Live,
    Record(Arc<Recorder>),
    /// Nothing is sent: the answers come from a cassette.
    Replay(Arc<Player>),
}

/// Which of the two APIs a server is asked by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Api {
    /// What is known to be best there; Chat Completions where nothing is known.
    #[default]
    Auto,
    Chat,
    Responses,
}

/// Time limits and tries as a person sets them; what is not set suits the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Patience {
    /// Seconds to open a connection.
    pub connect: Option<Seconds>,
    /// Seconds to the first event that says something of the model.
    pub first_event: Option<Seconds>,
    /// Seconds added to it for each KiB of request.
    pub first_event_per_kib: Option<Seconds>,
    /// Seconds between two such events.
    pub idle: Option<Seconds>,
    /// Seconds for the whole turn.
    pub turn: Option<Seconds>,
    /// Most times that a failed request is sent again.
    pub retries: Option<u32>,
    /// Most seconds of a server's `Retry-After` that are waited for.
    pub retry_after: Option<Seconds>,
}

/// A time in seconds, from a millisecond to a week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "f64")]
pub struct Seconds(Duration);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        number_as(from, Seconds::try_from)
    }
}

impl TryFrom<f64> for Seconds {
    type Error = String;

    fn try_from(seconds: f64) -> Result<Self, String> {
        if (0.001..=604_800.0).contains(&seconds) {
            Ok(Self(Duration::from_secs_f64(seconds)))
        } else {
            Err(format!("{seconds} is no time limit in seconds, from 0.001 to 604800"))
        }
    }
}

impl From<Seconds> for f64 {
    fn from(seconds: Seconds) -> f64 {
        seconds.0.as_secs_f64()
    }
}

impl Provider {
    /// A server with the figures that suit it: patient when it is on this machine.
    pub fn new(base_url: impl Into<String>, key: Option<Secret>) -> Self {
        let base_url = base_url.into();
        let timeouts =
            if is_loopback(&base_url) { Timeouts::loopback() } else { Timeouts::default() };
        Self {
            base_url,
            key,
            key_from: "OPENAI_API_KEY".to_owned(),
            timeouts,
            retries: Retries::default(),
            jitter: Jitter::default(),
            dialect: Dialect::Native,
            api: Api::Auto,
            tape: Tape::Live,
        }
    }

    /// The same, as patient as a person wishes.
    #[must_use]
    pub fn patient(mut self, wish: &Patience) -> Self {
        let time = |slot: &mut Duration, wish: Option<Seconds>| {
            if let Some(Seconds(time)) = wish {
                *slot = time;
            }
        };
        let times = &mut self.timeouts;
        time(&mut times.connect, wish.connect);
        time(&mut times.first_event, wish.first_event);
        time(&mut times.first_event_per_kib, wish.first_event_per_kib);
        time(&mut times.idle, wish.idle);
        time(&mut times.turn, wish.turn);
        time(&mut self.retries.retry_after_cap, wish.retry_after);
        self.retries.times = wish.retries.unwrap_or(self.retries.times).min(100);
        self
    }
}

/// Whether a URL names this machine by its loopback address or as `localhost`.
pub fn is_loopback(url: &str) -> bool {
    let Ok(uri) = url.trim().parse::<http::Uri>() else { return false };
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost")
        || host.to_ascii_lowercase().ends_with(".localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// How long each part of a turn may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To open a connection.
    pub connect: Duration,
    /// From the request to the first event that says something of the model.
    pub first_event: Duration,
    /// Added to `first_event` for each KiB of request, since a prompt is read before it is answered.
    pub first_event_per_kib: Duration,
    /// Between two such events. Comments and empty events do not count, so that a server that
    /// only keeps the connection alive is noticed.
    pub idle: Duration,
    /// The whole turn, retries and waits included.
    pub turn: Duration,
}

impl Default for Timeouts {
    /// For a server on the net.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_event: Duration::from_mins(2),
            first_event_per_kib: Duration::from_millis(50),
            idle: Duration::from_secs(90),
            turn: Duration::from_mins(30),
        }
    }
}

impl Timeouts {
    /// For a server on this machine, which may load a model first and read a prompt on a CPU
    /// (some 12 tokens a second at worst).
    pub fn loopback() -> Self {
        Self {
            first_event: Duration::from_mins(10),
            first_event_per_kib: Duration::from_secs(20),
            idle: Duration::from_mins(5),
            ..Self::default()
        }
    }

    /// The limit for the first event of a request of this many bytes.
    pub fn first_event_for(&self, bytes: usize) -> Duration {
        let kib = u32::try_from(bytes / 1024).unwrap_or(u32::MAX);
        self.first_event.saturating_add(self.first_event_per_kib.saturating_mul(kib))
    }
}

/// How often a failed request is sent again, and after how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// Most times that a request is sent again.
    pub times: u32,
    /// Most times when it is doubtful that it helps (a silent server, an empty answer).
    pub doubtful: u32,
    /// The backoff begins with this and doubles; the wait is a random part of it (full jitter,
    /// after "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
    pub first: Duration,
    /// The backoff's top.
    pub most: Duration,
    /// A server's `Retry-After` is honoured up to this; with more the fault is shown at once.
    pub retry_after_cap: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            times: 5,
            doubtful: 2,
            first: Duration::from_millis(500),
            most: Duration::from_mins(1),
            retry_after_cap: Duration::from_mins(2),
        }
    }
}

/// A source of chance for the waits: numbers of `0.0..1.0`.
#[derive(Clone)]
pub struct Jitter(Arc<dyn Fn() -> f64 + Send + Sync>);

impl Jitter {
    /// Takes the source; tests take a constant.
    pub fn new(source: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }

    /// The next number, kept within `0.0..=1.0` whatever the source says.
    pub fn next(&self) -> f64 {
        let number = (self.0)();
        if number.is_finite() { number.clamp(0.0, 1.0) } else { 1.0 }
    }
}

impl Default for Jitter {
    /// The operating system's chance, by way of a random UUID.
    fn default() -> Self {
        Self::new(|| {
            let bytes = uuid::Uuid::new_v4().into_bytes();
            f64::from(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
                / (f64::from(u32::MAX) + 1.0)
        })
    }
}

impl fmt::Debug for Jitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jitter(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_told_from_the_net() {
        for url in ["http://127.0.0.1:8080/v1", "http://localhost/v1", "http://[::1]:1/v1"] {
            assert!(is_loopback(url), "{url}");
        }
        for url in [
            "https://api.openai.com/v1",
            "http://localhost.evil.org/v1",
            "http://127.0.0.1@evil.example/v1",
            "http://10.0.0.1/",
            "nonsense",
        ] {
            assert!(!is_loopback(url), "{url}");
        }
    }

    #[test]
    fn a_server_on_this_machine_gets_ten_minutes_for_its_first_event() {
        let local = Provider::new("http://127.0.0.1:1/v1", None).timeouts;
        assert_eq!(local.first_event, Duration::from_secs(600));
        let remote = Provider::new("https://api.openai.com/v1", None).timeouts;
        assert_eq!(remote.first_event, Duration::from_secs(120));
    }

    #[test]
    fn a_person_sets_the_limits_that_they_want_and_the_rest_suits_the_server() {
        let wish: Patience = serde_json::from_str(
            r#"{"idle": 7.5, "first_event": 30, "retries": 1, "retry_after": 600}"#,
        )
        .unwrap();
        let set = Provider::new("http://127.0.0.1:1/v1", None).patient(&wish);
        assert_eq!(set.timeouts.idle, Duration::from_millis(7500));
        assert_eq!(set.timeouts.first_event, Duration::from_secs(30));
        assert_eq!(set.timeouts.turn, Timeouts::loopback().turn);
        assert_eq!((set.retries.times, set.retries.retry_after_cap.as_secs()), (1, 600));
        for wrong in [r#"{"idle": 0}"#, r#"{"idle": -1}"#, r#"{"idle": 1e9}"#, r#"{"patience": 1}"#]
        {
            assert!(serde_json::from_str::<Patience>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_longer_prompt_gets_longer_for_its_first_event() {
        let times = Timeouts::loopback();
        assert_eq!(times.first_event_for(10 * 1024), Duration::from_secs(800));
    }

    #[test]
    fn chance_stays_within_its_bounds() {
        assert!((0..100).all(|_| (0.0..1.0).contains(&Jitter::default().next())));
        assert!(Jitter::new(|| f64::NAN).next() <= 1.0);
    }

    #[test]
    fn a_provider_can_be_printed_without_its_key() {
        let provider = Provider::new("http://x/v1", Some(Secret::new("sk-secret")));
        assert!(!format!("{provider:?}").contains("sk-secret"));
    }
}
