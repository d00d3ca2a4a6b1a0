//! Whether a session gets anywhere: the same calls with the same results, over and over, do not,
//! and neither do turns that come to nothing.

use serde_json::Value;

use super::cap;
use crate::domain::{Fault, FaultClass, Item, ToolCall, hash};

/// Turns in a row that may come to nothing: no call, a cut answer, faulty arguments.
const USELESS_TURNS: u32 = 4;
/// Most bytes that the person is told of why a turn came to nothing.
const REASON: usize = 600;

/// Longest cycle of calls that is noticed.
const LONGEST_CYCLE: usize = 8;
/// How often a cycle must come round in full.
const ROUNDS: usize = 3;

/// A call as far as it can come again.
#[derive(Debug)]
struct Made {
    /// Digest of the tool, the arguments and the result.
    call: String,
    /// The files after it, where that was looked at.
    files: Option<String>,
}

/// Whether a call has been made before with the same result, as lately as it is in a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recurs {
    No,
    /// It matters then whether the files have changed in between.
    Yes,
}

/// The latest calls with their results. A call whose result changes (looking at something that
/// grows) is progress, and so is one that changes the files each time; turns and time bound them.
#[derive(Debug, Default)]
pub(super) struct Progress {
    latest: Vec<Made>,
}

impl Progress {
    /// The calls of an attempt's earlier runs: a cycle does not begin anew with a new run.
    pub(super) fn after(items: &[Item]) -> Self {
        let mut progress = Self::default();
        let mut open: Vec<&ToolCall> = Vec::new();
        for item in items {
            match item {
                Item::Told { .. } => {}
                Item::Said { calls, .. } => open.extend(calls),
                Item::Returned { call, text, .. } => {
                    if let Some(at) = open.iter().position(|one| one.id == *call) {
                        let call = open.remove(at);
                        progress.note(&call.tool, &call.arguments, text);
                    }
                }
            }
        }
        progress
    }

    /// Takes note of a call, and says whether it was made before with the same result. What lies
    /// further back than a cycle is long is no part of one, and not worth a look at the files.
    pub(super) fn note(&mut self, tool: &str, arguments: &str, result: &str) -> Recurs {
        let call = hash::of(&(tool, canonical(arguments), result));
        let recurs = self.latest.iter().rev().take(LONGEST_CYCLE).any(|one| one.call == call);
        self.latest.push(Made { call, files: None });
        let excess = self.latest.len().saturating_sub(LONGEST_CYCLE * ROUNDS);
        self.latest.drain(..excess);
        if recurs { Recurs::Yes } else { Recurs::No }
    }

    /// Whether the calls now go round in a cycle. `files` is a digest of the files after the last
    /// call, where that was looked at.
    pub(super) fn goes_round(&mut self, files: Option<String>) -> bool {
        if let Some(last) = self.latest.last_mut() {
            last.files = files;
        }
        let found = (1..=LONGEST_CYCLE).any(|cycle| self.is_cycle(cycle));
        if found {
            self.latest.clear();
        }
        found
    }

    fn is_cycle(&self, cycle: usize) -> bool {
        let needed = cycle * ROUNDS;
        let Some(start) = self.latest.len().checked_sub(needed) else { return false };
        let tail = &self.latest[start..];
        let same_calls = (cycle..needed).all(|place| tail[place].call == tail[place - cycle].call);
        // In the first round nobody knew yet that it would come again.
        let same_files = || {
            (needed - cycle..needed).all(|place| {
                match (&tail[place].files, &tail[place - cycle].files) {
                    (Some(now), Some(before)) => now == before,
                    (Some(_) | None, None) | (None, Some(_)) => true,
                }
            })
        };
        same_calls && same_files()
    }
}

/// Arguments in one form: the same in another layout or order are the same.
fn canonical(arguments: &str) -> String {
    fn sorted(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.sort_keys();
                fields.values_mut().for_each(sorted);
            }
            Value::Array(items) => items.iter_mut().for_each(sorted),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    match serde_json::from_str::<Value>(arguments) {
        Ok(mut value) => {
            sorted(&mut value);
            value.to_string()
        }
        Err(_) => arguments.to_owned(),
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
    use proptest::prelude::*;

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

    /// A call, its arguments, its result, and the files after it.
    type Step<'a> = (&'a str, &'a str, &'a str, &'a str);

    /// The place of the first call with which a cycle is noticed, files looked at as a session does.
    fn first_repeat(steps: &[Step<'_>]) -> Option<usize> {
        let mut progress = Progress::default();
        steps.iter().position(|(tool, arguments, result, files)| {
            match progress.note(tool, arguments, result) {
                Recurs::Yes => progress.goes_round(Some((*files).to_owned())),
                Recurs::No => progress.goes_round(None),
            }
        })
    }

    #[test]
    fn three_same_calls_with_the_same_result_are_no_progress() {
        assert_eq!(first_repeat(&[("run", "{\"a\":1}", "x", "t"); 4]), Some(2));
    }

    #[test]
    fn arguments_in_another_layout_and_order_are_the_same() {
        let texts = [
            "{\"a\":1,\"b\":[{\"c\":2,\"d\":3}]}",
            "{ \"b\": [ {\"d\": 3, \"c\": 2} ], \"a\": 1 }",
            "{\"b\":[{\"c\":2,\"d\":3}],\"a\":1}",
        ];
        assert_eq!(first_repeat(&texts.map(|text| ("run", text, "x", "t"))), Some(2));
        let lists = ["[1,2]", "[2,1]", "[1,2]", "[2,1]"].map(|text| ("run", text, "x", "t"));
        assert_eq!(first_repeat(&lists), None, "the order of a list means something");
    }

    #[test]
    fn a_cycle_of_two_is_noticed_in_its_third_round() {
        let (one, two) = (("read", "{}", "x", "t"), ("run", "{}", "y", "t"));
        assert_eq!(first_repeat(&[one, two, one, two, one, two]), Some(5));
    }

    #[test]
    fn a_changing_result_is_progress() {
        let results: Vec<String> = (0..50).map(|at| at.to_string()).collect();
        let calls: Vec<_> = results.iter().map(|one| ("run", "{}", one.as_str(), "t")).collect();
        assert_eq!(first_repeat(&calls), None);
    }

    #[test]
    fn the_same_call_that_changes_the_files_each_time_is_progress() {
        let trees: Vec<String> = (0..50).map(|at| at.to_string()).collect();
        let calls: Vec<_> = trees.iter().map(|one| ("run", "{}", "", one.as_str())).collect();
        assert_eq!(first_repeat(&calls), None);
    }

    #[test]
    fn writing_back_and_forth_is_a_cycle_though_the_files_change() {
        let (one, two) = (("write", "{\"a\":1}", "ok", "t1"), ("write", "{\"a\":2}", "ok", "t2"));
        assert_eq!(first_repeat(&[one, two, one, two, one, two]), Some(5));
    }

    #[test]
    fn the_files_are_looked_at_only_when_a_call_comes_again_within_a_cycle_s_length() {
        let mut progress = Progress::default();
        let mut look = |at: usize| progress.note("run", &at.to_string(), "x");
        assert!((0..=LONGEST_CYCLE).all(|at| look(at) == Recurs::No));
        // The first is one call too far back by now; the third is the eighth from the end.
        assert_eq!((look(0), look(2)), (Recurs::No, Recurs::Yes));
    }

    #[test]
    fn a_cycle_goes_on_through_the_end_of_a_run() {
        let call = |id| ToolCall {
            id: crate::domain::CallId(id),
            wire_id: String::new(),
            tool: "run".to_owned(),
            arguments: "{}".to_owned(),
        };
        let items: Vec<Item> = (1..3)
            .flat_map(|id| {
                let said = Item::Said {
                    text: String::new(),
                    reasoning: String::new(),
                    calls: vec![call(id)],
                    way: crate::domain::Way::Native,
                    usage: crate::domain::Usage::default(),
                };
                let call = crate::domain::CallId(id);
                let text = "x".to_owned();
                [said, Item::Returned { call, ok: true, text, blob: None, millis: 1 }]
            })
            .collect();
        let mut progress = Progress::after(&items);
        assert_eq!(progress.note("run", "{}", "x"), Recurs::Yes);
        assert!(progress.goes_round(None));
    }

    /// Steps whose every call is told apart by its number.
    fn steps(numbers: &[u8]) -> Vec<(String, String)> {
        numbers.iter().map(|one| (format!("{{\"at\":{one}}}"), format!("result {one}"))).collect()
    }

    fn noticed(numbers: &[u8]) -> Option<usize> {
        let steps = steps(numbers);
        let steps: Vec<Step<'_>> = steps
            .iter()
            .map(|(call, result)| ("run", call.as_str(), result.as_str(), "t"))
            .collect();
        first_repeat(&steps)
    }

    /// Whether the numbers up to here end with three rounds of a cycle of at most eight.
    fn ends_in_a_cycle(numbers: &[u8]) -> bool {
        (1..=8).any(|cycle| {
            numbers.len() >= cycle * 3 && {
                let tail = &numbers[numbers.len() - cycle * 3..];
                tail[..cycle] == tail[cycle..cycle * 2] && tail[..cycle] == tail[cycle * 2..]
            }
        })
    }

    proptest! {
        #[test]
        fn every_cycle_up_to_eight_is_noticed_by_the_end_of_its_third_round(
            before in prop::collection::vec(100_u8..255, 0..40),
            cycle in prop::collection::vec(0_u8..100, 1..9),
        ) {
            let mut numbers = before;
            (0..3).for_each(|_| numbers.extend(&cycle));
            prop_assert!(noticed(&numbers).is_some());
        }

        #[test]
        fn it_is_noticed_exactly_when_three_rounds_are_full(
            numbers in prop::collection::vec(0_u8..3, 0..60),
        ) {
            let first = (1..=numbers.len()).find(|end| ends_in_a_cycle(&numbers[..*end]));
            prop_assert_eq!(noticed(&numbers), first.map(|end| end - 1));
        }

        /// What sessions honestly do: look at many things, edit and test in turn with another edit
        /// each time, poll what grows, run the same generator again.
        #[test]
        fn honest_work_is_never_taken_for_a_cycle(
            kinds in prop::collection::vec(0_u8..5, 0..200),
        ) {
            let texts: Vec<String> = (0..kinds.len()).map(|at| at.to_string()).collect();
            let mut tree = "0";
            let steps: Vec<Step<'_>> = kinds
                .iter()
                .zip(&texts)
                .map(|(kind, at)| match kind {
                    0 => ("read", at.as_str(), "text", tree),
                    1 => {
                        tree = at;
                        ("edit", at.as_str(), "edited", tree)
                    }
                    2 => {
                        // The tests fail in another place, or the files have changed since.
                        ("run", "tests", at.as_str(), tree)
                    }
                    3 => ("run", "is it ready?", at.as_str(), tree),
                    _ => {
                        tree = at;
                        ("run", "add a line", "", tree)
                    }
                })
                .collect();
            prop_assert_eq!(first_repeat(&steps), None);
        }

        /// The tests say the same after every edit: no cycle, since no edit is made twice.
        #[test]
        fn edit_and_test_with_the_same_failure_is_no_cycle(rounds in 1_usize..80) {
            let texts: Vec<String> = (0..rounds).map(|at| at.to_string()).collect();
            let steps: Vec<Step<'_>> = texts
                .iter()
                .flat_map(|at| [("edit", at.as_str(), "ok", at.as_str()), ("run", "t", "no", at)])
                .collect();
            prop_assert_eq!(first_repeat(&steps), None);
        }
    }
}
