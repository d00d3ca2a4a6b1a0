//! The ring without a screen: it turns until nothing is left to do without the person.

use tokio::signal::unix::{SignalKind, signal};

use super::ring::{Happened, Ring};
use crate::{domain::Record, logger::StoreError};

/// Why the ring stopped turning.
#[derive(Debug)]
pub enum Rest {
    /// All that is left waits for the person, or nothing is left.
    Idle,
    /// All that is left waits for a held server, which is asked again at this time (milliseconds
    /// since 1970 UTC).
    Held {
        until: u64,
    },
    /// SIGINT, SIGTERM or SIGHUP.
    Interrupted,
    LogFailed(StoreError),
}

/// Turns the ring until it rests. A wait for a held server is slept through as far as `patient`, in
/// milliseconds since 1970 UTC. `tell` hears of every record once it is on disk.
pub async fn turn(
    ring: &mut Ring,
    patient: u64,
    tell: &mut (dyn FnMut(&Record) + Send),
) -> std::io::Result<Rest> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    loop {
        if ring.is_idle() {
            match ring.resumes_at() {
                None => return Ok(Rest::Idle),
                Some(until) if until > patient => return Ok(Rest::Held { until }),
                Some(_) => {}
            }
        }
        let happened = tokio::select! {
            biased;
            _ = interrupt.recv() => return Ok(Rest::Interrupted),
            _ = terminate.recv() => return Ok(Rest::Interrupted),
            _ = hang_up.recv() => return Ok(Rest::Interrupted),
            happened = ring.next() => happened,
        };
        match happened {
            Happened::Recorded(records) => records.iter().for_each(&mut *tell),
            Happened::LogFailed(error) => return Ok(Rest::LogFailed(error)),
            Happened::Live(..) | Happened::Vacant | Happened::Nothing => {}
        }
    }
}
