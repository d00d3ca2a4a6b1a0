//! Whether a session gets anywhere: the same calls with the same results, over and over, do not,
//! and neither do turns that come to nothing.

use super::cap;
use crate::domain::{Fault, FaultClass, hash};

/// Turns in a row that may come to nothing: no call, a cut answer, faulty arguments.
const USELESS_TURNS: u32 = 4;
/// Most bytes that the person is told of why a turn came to nothing.
const REASON: usize = 600;

/// Longest cycle of calls that is noticed.
const LONGEST_CYCLE: usize = 8;
/// How often a cycle must come round in full.
const ROUNDS: usize = 3;

/// The fingerprints of the latest calls with their results. A call whose result changes (looking
/// at something that grows) is progress; turns and time bound it.
#[derive(Debug, Default)]
pub(super) struct Progress {
    latest: Vec<String>,
}

impl Progress {
    /// Takes note of a call, and says whether the calls now go round in a cycle.
    pub(super) fn repeats(&mut self, tool: &str, arguments: &str, result: &str) -> bool {
        // The same arguments in another layout are the same arguments.
        let same = serde_json::from_str::<serde_json::Value>(arguments)
            .map_or_else(|_| arguments.to_owned(), |value| value.to_string());
        self.latest.push(hash::of(&(tool, same, result)));
        let excess = self.latest.len().saturating_sub(LONGEST_CYCLE * ROUNDS);
        self.latest.drain(..excess);
        let goes_round = |cycle: usize| {
            let needed = cycle * ROUNDS;
            let Some(start) = self.latest.len().checked_sub(needed) else { return false };
            let tail = &self.latest[start..];
            (cycle..needed).all(|place| tail[place] == tail[place - cycle])
        };
        let found = (1..=LONGEST_CYCLE).any(goes_round);
        if found {
            self.latest.clear();
        }
        found
    }
}

/// Turns in a row that came to nothing.
#[derive(Debug, Default)]
pub(super) struct InVain {
    turns: u32,
}

impl InVain {
    /// One more, and why. The fault says that there were too many, and why the last was in vain.
    pub(super) fn one_more(&mut self, why: &str) -> Result<(), Fault> {
        self.turns += 1;
        if self.turns < USELESS_TURNS {
            return Ok(());
        }
        let why = why.get(..cap::floor(why, REASON)).unwrap_or_default();
        let text = format!("{USELESS_TURNS} turns in a row came to nothing; the last: {why}");
        let hint = "A model that calls tools well is needed here; or make the task smaller.";
        Err(Fault::new(FaultClass::Model, text).hint(hint))
    }

    /// A turn came to something.
    pub(super) fn over(&mut self) {
        self.turns = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fault_of_turns_in_vain_says_why_the_last_was_and_is_bounded() {
        let mut in_vain = InVain::default();
        in_vain.one_more("a").unwrap();
        in_vain.over();
        (0..3).for_each(|_| in_vain.one_more("the answer called no tool").unwrap());
        let fault = in_vain.one_more(&"é".repeat(9_000)).unwrap_err();
        assert!(fault.message.starts_with("4 turns in a row came to nothing; the last: é"));
        assert!(fault.message.len() < REASON + 100, "{}", fault.message.len());
    }

    fn first_repeat(calls: &[(&str, &str, &str)]) -> Option<usize> {
        let mut progress = Progress::default();
        calls.iter().position(|(tool, arguments, result)| progress.repeats(tool, arguments, result))
    }

    #[test]
    fn three_same_calls_with_the_same_result_are_no_progress() {
        assert_eq!(first_repeat(&[("run", "{\"a\":1}", "x"); 4]), Some(2));
        let spaced =
            [("run", "{\"a\":1}", "x"), ("run", "{ \"a\": 1 }", "x"), ("run", "{\"a\": 1}", "x")];
        assert_eq!(first_repeat(&spaced), Some(2));
    }

    #[test]
    fn a_cycle_of_two_is_noticed_in_its_third_round() {
        let (one, two) = (("read", "{}", "x"), ("run", "{}", "y"));
        assert_eq!(first_repeat(&[one, two, one, two, one, two]), Some(5));
    }

    #[test]
    fn a_changing_result_is_progress() {
        let results: Vec<String> = (0..50).map(|at| at.to_string()).collect();
        let calls: Vec<_> = results.iter().map(|result| ("run", "{}", result.as_str())).collect();
        assert_eq!(first_repeat(&calls), None);
    }
}
