//! One line of the report, and the sums that it needs.

use std::{
    fmt,
    time::{Duration, Instant},
};

/// What a figure is held to.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    AtMost(f64),
    /// Shown only: bare time, which another machine or hour would change.
    Shown,
}

/// A figure beside its limit.
pub struct Row {
    pub what: String,
    pub figure: String,
    /// What it is compared with, measured in the same run.
    pub limit: String,
    pub ratio: f64,
    pub target: Target,
}

impl Row {
    /// A time against another.
    pub fn times(what: &str, time: Duration, limit: (&str, Duration), target: Target) -> Self {
        Self {
            what: what.to_owned(),
            figure: ms(time),
            limit: format!("{} {}", limit.0, ms(limit.1)),
            ratio: time.as_secs_f64() / limit.1.as_secs_f64().max(1e-9),
            target,
        }
    }

    /// A number that may not be larger than another.
    pub fn count(what: &str, unit: &str, count: f64, most: f64) -> Self {
        Self {
            what: what.to_owned(),
            figure: format!("{count:.0} {unit}"),
            limit: format!("at most {most:.0}"),
            ratio: count / most,
            target: Target::AtMost(1.0),
        }
    }

    /// A figure that is only told.
    pub fn shown(what: &str, figure: String) -> Self {
        let limit = String::new();
        Self { what: what.to_owned(), figure, limit, ratio: 0.0, target: Target::Shown }
    }

    /// Whether it misses its target.
    pub fn is_over(&self) -> bool {
        match self.target {
            Target::AtMost(most) => self.ratio > most || self.ratio.is_nan(),
            Target::Shown => false,
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.what, self.figure)?;
        if !self.limit.is_empty() {
            write!(out, " | {} | {:.2}x", self.limit, self.ratio)?;
        }
        match self.target {
            Target::AtMost(most) => {
                let verdict = if self.is_over() { "OVER" } else { "ok" };
                write!(out, " | target {most}x | {verdict}")
            }
            Target::Shown => write!(out, " | shown"),
        }
    }
}

/// A time as a person reads it.
pub fn ms(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if ms < 1.0 { format!("{:.1} us", ms * 1e3) } else { format!("{ms:.2} ms") }
}

/// The one in the middle. Zero of none.
pub fn median<T: Ord + Copy + Default>(times: &[T]) -> T {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// The one that a quarter is below: what a thing takes when others on the machine leave it alone.
/// Beside a limit that is taken the same way.
pub fn quartile<T: Ord + Copy + Default>(times: &[T]) -> T {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 4).copied().unwrap_or_default()
}

/// How long something takes.
pub fn timed<T>(what: impl FnOnce() -> T) -> (Duration, T) {
    let begun = Instant::now();
    let came = what();
    (begun.elapsed(), came)
}

/// The lower quartiles of two things done in turns, so that a slow moment hits both.
pub fn in_turns(
    times: u32,
    mut one: impl FnMut(),
    mut other: impl FnMut(),
) -> (Duration, Duration) {
    let pairs: Vec<(Duration, Duration)> =
        (0..times).map(|_| (timed(&mut one).0, timed(&mut other).0)).collect();
    let (ones, others): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    (quartile(&ones), quartile(&others))
}

/// A ratio of two numbers.
#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
pub fn float(count: usize) -> f64 {
    count as f64
}
