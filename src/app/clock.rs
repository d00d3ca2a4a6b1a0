//! The one place that asks what time it is.

use std::time::{SystemTime, UNIX_EPOCH};

use jiff::{Timestamp, tz::TimeZone};

/// Where a machine keeps the rules of its own zone.
const LOCAL: &str = "/etc/localtime";

/// The zone that a person's times are told in, as it is at the start.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// The machine's, unless a variable names another.
    ///
    /// The machine's is read from its file. jiff would look it up by its name, and reads all folders
    /// of zones for that: a millisecond of the first frame.
    pub fn here() -> Self {
        let is_named = std::env::var_os("TZ").is_some();
        let own = || TimeZone::tzif("Local", &std::fs::read(LOCAL).ok()?).ok();
        let zone = if is_named { None } else { own() };
        Self(zone.unwrap_or_else(TimeZone::system))
    }

    /// Minutes that the person's time is ahead of UTC just now.
    pub fn minutes_ahead(&self) -> i32 {
        self.0.to_offset(Timestamp::now()).seconds() / 60
    }
}

/// Milliseconds since 1970 UTC.
pub fn now() -> u64 {
    // A clock set before 1970 gives 0: the log's order is the seq, never the time.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_own_file_says_what_its_name_says() {
        let named = TimeZone::system().to_offset(Timestamp::now()).seconds() / 60;
        assert_eq!(Zone::here().minutes_ahead(), named);
    }
}
