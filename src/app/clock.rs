//! The one place that asks what time it is.

use std::time::{SystemTime, UNIX_EPOCH};

/// Minutes that the person's time is ahead of UTC just now.
pub fn minutes_ahead() -> i32 {
    jiff::Zoned::now().offset().seconds() / 60
}

/// Milliseconds since 1970 UTC.
pub fn now() -> u64 {
    // A clock set before 1970 gives 0: the log's order is the seq, never the time.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
