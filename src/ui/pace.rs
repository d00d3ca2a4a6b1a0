//! When to draw: on demand, a key at once, streams gathered. Nothing is drawn when nothing changes.

use std::time::{Duration, Instant};

/// Shortest time between two frames that follow keys: 60 a second.
pub const KEY_FRAME: Duration = Duration::from_micros(16_666);
/// Shortest time between a frame and one that follows streams: 30 a second.
pub const STREAM_FRAME: Duration = Duration::from_micros(33_333);

/// Why a frame is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The person did something, or the size has changed.
    Key,
    /// Something is settled: it is in the log.
    Fact,
    /// Deltas have come in.
    Stream,
}

/// Knows when the next frame is due. Pure: times come in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    drawn: Option<Instant>,
    /// The last frame that a key had wanted: the next key waits for no other.
    answered: Option<Instant>,
    /// Whether a key wants the next frame.
    keyed: bool,
    /// The last frame that a fact had wanted, and whether one wants the next: what is settled, such
    /// as the end of an answer, waits for no frame of its own stream either.
    told: Option<Instant>,
    settled: bool,
    due: Option<Instant>,
}

impl Pace {
    /// Something has changed that a frame must show.
    pub fn want(&mut self, why: Why, at: Instant) {
        let (last, rest) = match why {
            Why::Key => (self.answered, KEY_FRAME),
            Why::Fact => (self.told, KEY_FRAME),
            Why::Stream => (self.drawn, STREAM_FRAME),
        };
        self.keyed |= why == Why::Key;
        self.settled |= why == Why::Fact;
        let soonest = last.map_or(at, |last| at.max(last + rest));
        self.due = Some(self.due.map_or(soonest, |due| due.min(soonest)));
    }

    /// A frame is wanted at a time to come, such as the next step of a running mark.
    pub fn want_at(&mut self, at: Instant) {
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// When to draw next; `None`: when something changes.
    pub fn deadline(&self) -> Option<Instant> {
        self.due
    }

    /// Whether it is time to draw.
    pub fn is_due(&self, at: Instant) -> bool {
        self.due.is_some_and(|due| due <= at)
    }

    /// A frame has been drawn.
    pub fn drew(&mut self, at: Instant) {
        self.drawn = Some(at);
        if std::mem::take(&mut self.keyed) {
            self.answered = Some(at);
        }
        if std::mem::take(&mut self.settled) {
            self.told = Some(at);
        }
        self.due = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames drawn in one second under something that happens so many times.
    fn frames(why: Why, count: u32) -> usize {
        let start = Instant::now();
        let mut pace = Pace::default();
        let mut frames = 0;
        for step in 0..count {
            let at = start + Duration::from_secs(1) * step / count;
            pace.want(why, at);
            if pace.is_due(at) {
                pace.drew(at);
                frames += 1;
            }
        }
        frames
    }

    #[test]
    fn the_first_frame_is_due_at_once() {
        let now = Instant::now();
        let mut pace = Pace::default();
        assert_eq!(pace.deadline(), None);
        pace.want(Why::Stream, now);
        assert!(pace.is_due(now));
    }

    #[test]
    fn a_storm_of_deltas_makes_thirty_frames_a_second_and_of_keys_sixty() {
        assert_eq!(frames(Why::Stream, 4_000), 30);
        assert_eq!(frames(Why::Key, 4_000), 60);
        assert_eq!(frames(Why::Fact, 4_000), 60);
    }

    #[test]
    fn a_key_does_not_wait_for_a_streams_frame() {
        let start = Instant::now();
        let mut pace = Pace::default();
        let later = start + Duration::from_millis(2);
        pace.want(Why::Stream, start);
        pace.drew(start);
        pace.want(Why::Stream, later);
        assert_eq!(pace.deadline(), Some(start + STREAM_FRAME));
        pace.want(Why::Key, later);
        assert!(pace.is_due(later), "it is answered at once");
        pace.drew(later);
        pace.want(Why::Key, later);
        assert_eq!(pace.deadline(), Some(later + KEY_FRAME), "but a storm of keys is gathered");
    }

    #[test]
    fn what_is_settled_does_not_wait_for_a_streams_frame() {
        let start = Instant::now();
        let mut pace = Pace::default();
        let later = start + Duration::from_millis(2);
        pace.want(Why::Stream, start);
        pace.drew(start);
        pace.want(Why::Fact, later);
        assert!(pace.is_due(later), "an answer's end is shown at once");
        pace.drew(later);
        pace.want(Why::Fact, later);
        assert_eq!(pace.deadline(), Some(later + KEY_FRAME), "but a storm of facts is gathered");
    }

    #[test]
    fn idle_draws_nothing() {
        let now = Instant::now();
        let mut pace = Pace::default();
        pace.want(Why::Key, now);
        pace.drew(now);
        assert_eq!(pace.deadline(), None);
        assert!(!pace.is_due(now + Duration::from_secs(60)));
    }
}
