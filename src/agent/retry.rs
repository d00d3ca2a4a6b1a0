//! When a failed request is sent again. Pure: chance is passed in, dates come from the response.

use std::time::Duration;

use http::HeaderMap;

use super::{
    faults::{Again, Failure},
    provider::{Jitter, Retries},
};

/// How long to wait before the next try, or `None` when there is none. `tried` counts the tries
/// so far, from 1.
pub fn next(retries: &Retries, jitter: &Jitter, failure: &Failure, tried: u32) -> Option<Duration> {
    let times = match failure.again {
        Again::Never => 0,
        Again::Few => retries.doubtful.min(retries.times),
        Again::Often => retries.times,
    };
    if tried > times {
        return None;
    }
    match failure.wait {
        Some(wait) if wait > retries.retry_after_cap => None,
        Some(wait) => Some(wait),
        None => {
            let doubled = 2_u32.saturating_pow(tried.saturating_sub(1));
            let ceiling = retries.first.saturating_mul(doubled).min(retries.most);
            Some(ceiling.mul_f64(jitter.next()))
        }
    }
}

/// How long a response asks to wait: `retry-after-ms`, or `Retry-After` in seconds, with a
/// fraction or not, or as an HTTP date, which is counted from the response's own `Date` so that
/// no clock is needed, neither ours nor a right one.
pub fn asked(headers: &HeaderMap) -> Option<Duration> {
    let field = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let number = |text: &str| {
        let number: f64 = text.parse().ok()?;
        // A year is more than any cap; `Duration` itself panics on numbers out of its range.
        (number >= 0.0).then(|| number.min(31_536_000_000.0))
    };
    if let Some(millis) = field("retry-after-ms").and_then(number) {
        return Some(Duration::from_secs_f64(millis / 1000.0));
    }
    let text = field("retry-after")?;
    if let Some(seconds) = number(text) {
        return Some(Duration::from_secs_f64(seconds));
    }
    let date = |text: &str| {
        jiff::fmt::rfc2822::DateTimeParser::new()
            .parse_timestamp(text)
            .ok()
            .map(jiff::Timestamp::as_second)
    };
    let wait = date(text)? - date(field("date")?)?;
    Some(Duration::from_secs(u64::try_from(wait).unwrap_or(0)))
}

/// How long an error's words, in small letters, ask to wait: `try again in 20.5s` (OpenAI, Groq),
/// `retrydelay": "34s` (Gemini), with the units `ms`, `s`, `m` and `h` one behind the other.
pub fn asked_in_words(said: &str) -> Option<Duration> {
    let marks =
        ["try again in ", "retry after ", "retry in ", "retrydelay\":\"", "retrydelay\": \""];
    let (_, rest) = marks.iter().find_map(|mark| said.split_once(mark))?;
    let mut rest = rest;
    let mut wait = None;
    loop {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
        let Ok(number) = rest[..end].parse::<f64>() else { return wait };
        let unit_at = rest[end..].trim_start();
        let letters = unit_at.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(unit_at.len());
        let seconds = match &unit_at[..letters] {
            "ms" | "milliseconds" => 0.001,
            "s" | "sec" | "second" | "seconds" => 1.0,
            "m" | "min" | "minute" | "minutes" => 60.0,
            "h" | "hour" | "hours" => 3600.0,
            _ => return wait,
        };
        let more = Duration::from_secs_f64((number * seconds).min(31_536_000.0));
        wait = Some(wait.unwrap_or_default() + more);
        rest = &unit_at[letters..];
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::domain::FaultClass;

    fn failure(again: Again, wait: Option<u64>) -> Failure {
        let failure = Failure::new(FaultClass::Rate, again, "x");
        Failure { wait: wait.map(Duration::from_secs), ..failure }
    }

    fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
        fields
            .iter()
            .map(|(name, value)| {
                (http::HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
            })
            .collect()
    }

    #[test]
    fn the_wait_doubles_up_to_its_top_and_is_a_random_part_of_it() {
        let retries = Retries { times: 20, ..Retries::default() };
        let waits = |part: f64| {
            let jitter = Jitter::new(move || part);
            [1, 2, 3, 8, 20]
                .map(|tried| next(&retries, &jitter, &failure(Again::Often, None), tried).unwrap())
                .map(|wait| wait.as_millis())
        };
        assert_eq!(waits(1.0), [500, 1000, 2000, 60_000, 60_000]);
        assert_eq!(waits(0.5), [250, 500, 1000, 30_000, 30_000]);
        assert_eq!(waits(0.0), [0, 0, 0, 0, 0]);
    }

    #[test]
    fn tries_are_counted_by_how_doubtful_they_are() {
        let jitter = Jitter::new(|| 0.0);
        let tries = |again| {
            (1..100)
                .take_while(|tried| {
                    next(&Retries::default(), &jitter, &failure(again, None), *tried).is_some()
                })
                .count()
        };
        assert_eq!([Again::Never, Again::Few, Again::Often].map(tries), [0, 2, 5]);
    }

    #[test]
    fn what_the_server_asks_for_is_honoured_up_to_the_cap_and_not_waited_for_beyond() {
        let jitter = Jitter::new(|| 0.0);
        let wait =
            |asked| next(&Retries::default(), &jitter, &failure(Again::Often, Some(asked)), 1);
        assert_eq!(wait(7), Some(Duration::from_secs(7)));
        assert_eq!(wait(120), Some(Duration::from_secs(120)));
        assert_eq!(wait(3600), None);
    }

    #[test]
    fn a_wait_that_stands_in_the_words_is_understood() {
        for (said, millis) in [
            ("rate limit reached. please try again in 20s. visit", Some(20_000)),
            ("please try again in 1m2.5s.", Some(62_500)),
            ("try again in 220ms", Some(220)),
            ("{\"@type\":\"retryinfo\",\"retrydelay\":\"34s\"}", Some(34_000)),
            ("retry after 2 hours", Some(7_200_000)),
            ("try again in a while", None),
            ("try again in 5 potatoes", None),
            ("try again later", None),
        ] {
            assert_eq!(asked_in_words(said).map(|wait| wait.as_millis()), millis, "{said}");
        }
    }

    #[test]
    fn seconds_fractions_milliseconds_and_dates_are_understood() {
        for (fields, millis) in [
            (vec![("retry-after", "3")], Some(3000)),
            (vec![("retry-after", " 1.5 ")], Some(1500)),
            (vec![("retry-after-ms", "250"), ("retry-after", "9")], Some(250)),
            (
                vec![
                    ("date", "Wed, 21 Oct 2026 07:28:00 GMT"),
                    ("retry-after", "Wed, 21 Oct 2026 07:28:30 GMT"),
                ],
                Some(30_000),
            ),
            (
                vec![
                    ("date", "Wed, 21 Oct 2026 07:28:00 GMT"),
                    ("retry-after", "Wed, 21 Oct 2026 07:27:00 GMT"),
                ],
                Some(0),
            ),
            (vec![("retry-after", "Wed, 21 Oct 2026 07:28:30 GMT")], None),
            (vec![("retry-after", "-5")], None),
            (vec![("retry-after", "NaN")], None),
            (vec![("retry-after", "soon")], None),
            (vec![("retry-after", "1e300")], Some(31_536_000_000_000)),
            (vec![], None),
        ] {
            let asked = asked(&headers(&fields)).map(|wait| wait.as_millis());
            assert_eq!(asked, millis, "{fields:?}");
        }
    }
}
