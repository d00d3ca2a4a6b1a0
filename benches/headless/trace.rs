//! What git itself says of its work: its trace of events, one file a process.

use std::{path::Path, time::Duration};

use jiff::Timestamp;
use serde_json::Value;

/// The work of all calls of git in a folder of traces.
pub struct GitWork {
    /// Calls from outside, not git's calls of itself.
    pub calls: u32,
    /// Time in which at least one call was at work, from its `main` to its exit.
    pub time: Duration,
}

/// Reads a folder of traces.
pub fn git_work(folder: &Path) -> GitWork {
    let mut spans: Vec<(i128, i128)> = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        spans.extend(span(&text));
    }
    spans.sort_unstable();
    let (mut time, mut until) = (0, i128::MIN);
    for (begun, ended) in &spans {
        time += (ended - (*begun).max(until)).max(0);
        until = until.max(*ended);
    }
    let nanos = u64::try_from(time).unwrap_or(0);
    GitWork {
        calls: u32::try_from(spans.len()).unwrap_or(u32::MAX),
        time: Duration::from_nanos(nanos),
    }
}

/// From when to when a call worked, in nanoseconds since 1970; `None` of a call by git itself.
fn span(trace: &str) -> Option<(i128, i128)> {
    let events: Vec<Value> =
        trace.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let time = |event: &Value| {
        let time: Timestamp = event["time"].as_str()?.parse().ok()?;
        Some(time.as_nanosecond())
    };
    let (first, last) = (events.first()?, events.last()?);
    // A process that git started is named below the one that started it.
    if first["sid"].as_str()?.contains('/') {
        return None;
    }
    Some((time(first)?, time(last)?))
}
