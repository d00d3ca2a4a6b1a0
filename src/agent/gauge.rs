//! Whether the server has read all that was sent: some cut the beginning off and do not say so.
//!
//! Pure. Ollama reads half of its window, and two tokens more, when a prompt is longer than the
//! window (ollama #17427: 4096 gives 2050), answers with 200 and reports what it has read.

/// Bytes of a request below which nothing can be told.
const LEAST_BYTES: u64 = 6_000;
/// Bytes a token where nothing has been measured: English prose and code lie below it.
const USUAL: f64 = 4.5;
/// More bytes a token than any tokenizer makes of text: the rest was not read.
const IMPOSSIBLE: f64 = 9.0;
/// So many times the measured bytes a token cannot be chance either.
const TOO_MANY: f64 = 1.7;

/// What one model's server reports of what it was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Gauge {
    /// The fewest bytes a token that were seen.
    least: Option<f64>,
    told: bool,
}

/// Something was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    /// Tokens that the server's window seems to hold.
    pub(super) window: u64,
}

impl Gauge {
    /// Takes a report. `Some`, the first time that the server has surely not read everything.
    pub(super) fn read(&mut self, bytes: u64, reported: u64) -> Option<Cut> {
        if bytes < LEAST_BYTES || reported == 0 {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let ratio = bytes as f64 / reported as f64;
        let measured = self.least.unwrap_or(USUAL).min(USUAL);
        // Half a window of a power of two, and two tokens.
        let half = reported > 2 && (reported - 2).is_multiple_of(512);
        let beyond = if half { measured * 1.3 } else { (measured * TOO_MANY).min(IMPOSSIBLE) };
        if ratio > beyond {
            let window = if half { (reported - 2) * 2 } else { reported };
            return (!std::mem::replace(&mut self.told, true)).then_some(Cut { window });
        }
        self.least = Some(self.least.map_or(ratio, |least| least.min(ratio)));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_reads_half_of_its_window_and_two_tokens_is_noticed() {
        let mut gauge = Gauge::default();
        assert_eq!(gauge.read(12_000, 3_100), None);
        assert_eq!(gauge.read(15_500, 4_000), None);
        assert_eq!(gauge.read(17_000, 2_050), Some(Cut { window: 4_096 }));
        // It is said once.
        assert_eq!(gauge.read(19_000, 2_050), None);
    }

    #[test]
    fn it_is_noticed_in_the_first_request_too() {
        assert_eq!(Gauge::default().read(20_000, 2_050), Some(Cut { window: 4_096 }));
        assert_eq!(Gauge::default().read(40_000, 4_096), Some(Cut { window: 4_096 }));
    }

    #[test]
    fn whole_readings_of_prose_code_and_other_scripts_raise_no_alarm() {
        for (bytes, tokens) in [
            (8_000, 2_000),
            (60_000, 13_000),
            (60_000, 18_000),
            (60_000, 30_000),
            (9_000, 9_000),
            (5_000, 100),
            (100_000, 0),
        ] {
            assert_eq!(Gauge::default().read(bytes, tokens), None, "{bytes} {tokens}");
        }
        let mut gauge = Gauge::default();
        assert!((1..40).all(|turn| gauge.read(turn * 6_100, turn * 1_525).is_none()));
    }
}
