//! What the model is shown: a pure function of the opening and the items of the log.
//!
//! The log is never stored as messages and sent again as it stands. Whatever its tail looks like,
//! the result obeys what servers insist on: each call has exactly one result, right behind it; wire
//! ids are unique and of plain characters; arguments are JSON objects; no assistant message is
//! empty; user and assistant take turns, and the model has the next word.
//!
//! When it is longer than the budget, old turns are shortened by rule, oldest first: outputs and
//! long arguments, then all but their first words, then whole turns. The rule is a fold over the
//! items that makes room in large steps, so that the text before the cut stays byte-identical for
//! many turns and the provider's cache of it holds.

use super::{
    model::Message,
    prompt::Opening,
    render,
    tokens::{estimate_message, estimate_messages},
};
use crate::domain::{CallId, Item, ToolCall};

/// How a history is to be written.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// Most estimated tokens of all messages together.
    pub budget: u64,
    /// Tools that change nothing: an interrupted call of one had no effect.
    pub harmless: &'a [&'a str],
}

/// How much of a turn is still shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Detail {
    Whole,
    /// Long outputs and arguments are cut, thoughts left out.
    Short,
    /// Only the first words.
    Bare,
    /// Left out. Text that was told to the model is never left out.
    Gone,
}

/// One thing in the conversation, with its results joined to it.
#[derive(Debug)]
pub(super) enum Unit<'a> {
    Told(&'a str),
    Said { text: &'a str, reasoning: &'a str, calls: Vec<Pair<'a>> },
}

/// A call and its one result.
#[derive(Debug)]
pub(super) struct Pair<'a> {
    pub(super) call: &'a ToolCall,
    pub(super) wire_id: String,
    pub(super) result: &'a str,
}

/// The latest turns, which are shortened only when nothing else helps.
const LATEST: usize = 4;

/// What stands for the result of a call that may have been under way when the program ended.
const UNKNOWN: &str = "interrupted; the outcome is unknown: it may have happened wholly, in part or \
                       not at all. Look before repeating it.";
/// What stands for the result of a call that surely did nothing.
const NOT_EXECUTED: &str = "not executed: the session was interrupted before it. Call it again if \
                            it is still wanted.";

/// The messages of the next request.
pub fn messages(opening: &Opening, items: &[Item], view: &View<'_>) -> Vec<Message> {
    let units = units(items, view.harmless);
    let fixed = [Message::System(opening.system.clone()), Message::User(opening.user.clone())];
    let room = view.budget.saturating_sub(estimate_messages(&fixed));
    let details = fit(&units, room);
    let mut list = Vec::with_capacity(fixed.len() + 2 * units.len());
    for message in fixed {
        push(&mut list, message);
    }
    let mut left_out = 0;
    for (unit, detail) in units.iter().zip(details) {
        if detail == Detail::Gone && matches!(unit, Unit::Said { .. }) {
            left_out += 1;
            continue;
        }
        if left_out > 0 {
            push(&mut list, gap(left_out));
            left_out = 0;
        }
        for message in render::unit(unit, detail) {
            push(&mut list, message);
        }
    }
    if left_out > 0 {
        push(&mut list, gap(left_out));
    }
    if matches!(list.last(), Some(Message::Assistant { .. } | Message::System(_)) | None) {
        list.push(Message::User(render::GO_ON.to_owned()));
    }
    list
}

/// What stands where turns were left out.
fn gap(turns: usize) -> Message {
    Message::User(format!("[{turns} earlier turns are left out here to save room.]"))
}

/// Adds a message so that nothing is empty and no two of one side stand together.
fn push(list: &mut Vec<Message>, message: Message) {
    match (list.last_mut(), message) {
        (_, Message::System(text) | Message::User(text)) if text.trim().is_empty() => {}
        (Some(Message::User(before)), Message::User(text)) => {
            before.push_str("\n\n");
            before.push_str(&text);
        }
        (Some(Message::Assistant { .. }), message @ Message::Assistant { .. }) => {
            list.push(Message::User(render::GO_ON.to_owned()));
            list.push(message);
        }
        (None | Some(Message::System(_)), message @ Message::Assistant { .. }) => {
            // A conversation that the model opens itself is refused by strict templates.
            list.push(Message::User(render::GO_ON.to_owned()));
            list.push(message);
        }
        (_, message) => list.push(message),
    }
}

/// Joins each call with its result; whatever has no partner is completed or left out.
fn units<'a>(items: &'a [Item], harmless: &[&str]) -> Vec<Unit<'a>> {
    let mut units: Vec<Unit<'a>> = Vec::with_capacity(items.len());
    // Calls without a result so far: the call's number, its unit and its place there.
    let mut open: Vec<(CallId, usize, usize)> = Vec::new();
    let mut results: Vec<(usize, usize, &'a str)> = Vec::new();
    for item in items {
        match item {
            Item::Told { text } => units.push(Unit::Told(text)),
            Item::Said { text, reasoning, calls, way: _, usage: _ } => {
                if text.trim().is_empty() && calls.is_empty() {
                    continue;
                }
                let unit = units.len();
                open.extend(calls.iter().enumerate().map(|(place, call)| (call.id, unit, place)));
                let calls = calls
                    .iter()
                    .map(|call| Pair { call, wire_id: String::new(), result: "" })
                    .collect();
                units.push(Unit::Said { text, reasoning, calls });
            }
            Item::Returned { call, text, ok: _, blob: _, millis: _ } => {
                if let Some(found) = open.iter().position(|(id, _, _)| id == call) {
                    let (_, unit, place) = open.remove(found);
                    results.push((unit, place, text));
                }
            }
        }
    }
    // Calls of one turn run one after the other: only the first without a result can have begun.
    let mut begun = None;
    for (_, unit, place) in open {
        let Some(Unit::Said { calls, .. }) = units.get(unit) else { continue };
        let nothing_done =
            begun == Some(unit) || harmless.contains(&calls[place].call.tool.as_str());
        results.push((unit, place, if nothing_done { NOT_EXECUTED } else { UNKNOWN }));
        begun = Some(unit);
    }
    for (unit, place, text) in results {
        if let Some(Unit::Said { calls, .. }) = units.get_mut(unit) {
            calls[place].result = text;
        }
    }
    name_calls(&mut units);
    units
}

/// Gives each call a wire id that no other has: its own where that will do.
fn name_calls(units: &mut [Unit<'_>]) {
    let mut used = std::collections::BTreeSet::new();
    let pairs = units.iter_mut().flat_map(|unit| match unit {
        Unit::Told(_) => [].iter_mut(),
        Unit::Said { calls, .. } => calls.iter_mut(),
    });
    for pair in pairs {
        let own = &pair.call.wire_id;
        let plain = (1..=64).contains(&own.len())
            && own.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        let base = if plain { own.clone() } else { format!("call_{}", pair.call.id) };
        let mut name = base.clone();
        let mut next = 2_u32;
        while !used.insert(name.clone()) {
            // 64 is the longest id that common servers take.
            name = format!("{}_{next}", &base[..base.len().min(53)]);
            next += 1;
        }
        pair.wire_id = name;
    }
}

/// How much of each unit is shown so that all of them stay within `room` tokens.
fn fit(units: &[Unit<'_>], room: u64) -> Vec<Detail> {
    let gap = estimate_message(&gap(units.len()));
    let cost = |place: usize, detail: Detail| -> u64 {
        match (&units[place], detail) {
            // Of turns in a row that are left out, the first leaves the word that stands for all.
            (Unit::Said { .. }, Detail::Gone) => {
                let goes_on = place > 0 && matches!(units[place - 1], Unit::Said { .. });
                if goes_on { 0 } else { gap }
            }
            (unit, _) => render::unit(unit, detail).iter().map(estimate_message).sum(),
        }
    };
    let mut details: Vec<Detail> = Vec::with_capacity(units.len());
    let mut costs: Vec<u64> = Vec::with_capacity(units.len());
    let mut sum = 0_u64;
    for place in 0..units.len() {
        details.push(Detail::Whole);
        costs.push(cost(place, Detail::Whole));
        sum += costs[place];
        if sum <= room {
            continue;
        }
        // A third is set free at once, so that the next cut is many turns away; the latest turns
        // give way only for what really does not fit.
        let goal = room / 3 * 2;
        let count = details.len();
        let old = 0..count.saturating_sub(LATEST);
        let late = old.end..count.saturating_sub(1);
        let last = late.end..count;
        for (range, detail, goal) in [
            (old.clone(), Detail::Short, goal),
            (old.clone(), Detail::Bare, goal),
            (late.clone(), Detail::Short, room),
            (old, Detail::Gone, room),
            (late.clone(), Detail::Bare, room),
            (last.clone(), Detail::Short, room),
            (late, Detail::Gone, room),
            (last, Detail::Bare, room),
        ] {
            for place in range {
                if sum <= goal {
                    break;
                }
                if details[place] < detail {
                    let less = cost(place, detail).min(costs[place]);
                    sum = sum - costs[place] + less;
                    costs[place] = less;
                    details[place] = detail;
                }
            }
        }
    }
    details
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Usage, Way};

    fn call(id: u32, wire: &str, tool: &str, arguments: &str) -> ToolCall {
        ToolCall {
            id: CallId(id),
            wire_id: wire.to_owned(),
            tool: tool.to_owned(),
            arguments: arguments.to_owned(),
        }
    }

    fn said(text: &str, calls: Vec<ToolCall>) -> Item {
        Item::Said {
            text: text.to_owned(),
            reasoning: String::new(),
            calls,
            way: Way::Native,
            usage: Usage::default(),
        }
    }

    fn returned(id: u32, text: &str) -> Item {
        Item::Returned { call: CallId(id), ok: true, text: text.to_owned(), blob: None, millis: 1 }
    }

    fn told(text: &str) -> Item {
        Item::Told { text: text.to_owned() }
    }

    fn opening() -> Opening {
        Opening { system: "be good".to_owned(), user: "do it".to_owned() }
    }

    const WIDE: View<'_> = View { budget: 1_000_000, harmless: &["read"] };

    fn shown(items: &[Item], view: &View<'_>) -> String {
        let mut out = String::new();
        for message in messages(&opening(), items, view) {
            let line = match message {
                Message::System(text) => format!("system: {text}"),
                Message::User(text) => format!("user: {text}"),
                Message::Assistant { text, reasoning: _, calls } => {
                    let calls: Vec<_> = calls
                        .iter()
                        .map(|call| format!("{}={}({})", call.wire_id, call.tool, call.arguments))
                        .collect();
                    format!("assistant: {text} [{}]", calls.join(", "))
                }
                Message::Result { wire_id, text } => format!("result {wire_id}: {text}"),
            };
            out.push_str(&line);
            out.push('\n');
        }
        out
    }

    #[test]
    fn a_fresh_session_is_its_opening() {
        insta::assert_snapshot!(shown(&[], &WIDE), @r"
        system: be good
        user: do it
        ");
    }

    #[test]
    fn calls_and_results_stand_together_in_order() {
        let items = [
            said("I look.", vec![call(1, "a", "read", "{}"), call(2, "b", "run", "{}")]),
            returned(2, "second"),
            returned(1, "first"),
            told("go on"),
            told("quickly"),
            said("Yes.", vec![]),
        ];
        insta::assert_snapshot!(shown(&items, &WIDE), @r"
        system: be good
        user: do it
        assistant: I look. [a=read({}), b=run({})]
        result a: first
        result b: second
        user: go on

        quickly
        assistant: Yes. []
        user: Go on.
        ");
    }

    #[test]
    fn an_interrupted_call_gets_a_result_that_says_so() {
        let items = [said(
            "",
            vec![
                call(1, "a", "run", "{}"),
                call(2, "b", "write", "{}"),
                call(3, "c", "read", "{}"),
            ],
        )];
        insta::assert_snapshot!(shown(&items, &WIDE), @r"
        system: be good
        user: do it
        assistant:  [a=run({}), b=write({}), c=read({})]
        result a: interrupted; the outcome is unknown: it may have happened wholly, in part or not at all. Look before repeating it.
        result b: not executed: the session was interrupted before it. Call it again if it is still wanted.
        result c: not executed: the session was interrupted before it. Call it again if it is still wanted.
        ");
    }

    #[test]
    fn an_interrupted_look_did_nothing() {
        let items = [said("", vec![call(1, "a", "read", "{}")])];
        assert!(shown(&items, &WIDE).contains("result a: not executed"));
    }

    #[test]
    fn steering_that_came_before_the_result_stands_behind_it() {
        let items = [said("", vec![call(1, "a", "run", "{}")]), told("hurry"), returned(1, "done")];
        insta::assert_snapshot!(shown(&items, &WIDE), @r"
        system: be good
        user: do it
        assistant:  [a=run({})]
        result a: done
        user: hurry
        ");
    }

    #[test]
    fn orphans_doubles_and_empty_turns_vanish() {
        let items = [
            returned(9, "of nobody"),
            said("  ", vec![]),
            said("", vec![call(1, "a", "run", "{}")]),
            returned(1, "one"),
            returned(1, "two"),
        ];
        insta::assert_snapshot!(shown(&items, &WIDE), @r"
        system: be good
        user: do it
        assistant:  [a=run({})]
        result a: one
        ");
    }

    #[test]
    fn odd_ids_names_and_arguments_are_made_acceptable() {
        let items = [
            said("", vec![call(1, "", "a tool!", "{\"cut\": \"o")]),
            returned(1, ""),
            said("", vec![call(2, "call_1", "", "[1]"), call(3, "call_1", "run", "")]),
        ];
        insta::assert_snapshot!(shown(&items, &WIDE), @r#"
        system: be good
        user: do it
        assistant:  [call_1=a_tool_({"invalid":"{\"cut\": \"o"})]
        result call_1: (no output)
        assistant:  [call_1_2=unknown({"invalid":"[1]"}), call_1_3=run({})]
        result call_1_2: interrupted; the outcome is unknown: it may have happened wholly, in part or not at all. Look before repeating it.
        result call_1_3: not executed: the session was interrupted before it. Call it again if it is still wanted.
        "#);
    }

    fn long_talk(turns: u32) -> Vec<Item> {
        let line = "some words that stand for the output of a command\n";
        (1..=turns)
            .flat_map(|turn| {
                [
                    said(&format!("turn {turn}"), vec![call(turn, "", "run", "{}")]),
                    returned(turn, &line.repeat(60)),
                ]
            })
            .collect()
    }

    #[test]
    fn old_outputs_are_shortened_first_and_the_latest_is_whole() {
        let items = long_talk(12);
        let view = View { budget: 6_000, ..WIDE };
        let list = messages(&opening(), &items, &view);
        assert!(estimate_messages(&list) <= 6_000);
        let results: Vec<usize> = list
            .iter()
            .filter_map(|message| match message {
                Message::Result { text, .. } => Some(text.len()),
                Message::System(_) | Message::User(_) | Message::Assistant { .. } => None,
            })
            .collect();
        assert_eq!(results.len(), 12, "no turn is left out while shortening is enough");
        assert!(results[0] < 1_500 && results[11] == 3_000, "{results:?}");
    }

    #[test]
    fn the_prefix_stays_the_same_between_cuts() {
        let view = View { budget: 12_000, ..WIDE };
        let mut kept = 0;
        for turn in 1..40_u32 {
            let before = messages(&opening(), &long_talk(turn), &view);
            let after = messages(&opening(), &long_talk(turn + 1), &view);
            if after.starts_with(&before) {
                kept += 1;
            }
        }
        assert!(kept >= 28, "only {kept} of 39 turns kept the whole prefix");
    }

    #[test]
    fn when_shortening_is_not_enough_old_turns_are_left_out() {
        let list = shown(&long_talk(60), &View { budget: 2_500, ..WIDE });
        assert!(list.contains("earlier turns are left out here"), "{list}");
        assert!(list.contains("turn 60"), "{list}");
    }

    #[test]
    fn what_the_model_was_told_is_never_left_out() {
        let mut items = vec![told("never touch the tests")];
        items.extend(long_talk(60));
        assert!(shown(&items, &View { budget: 2_000, ..WIDE }).contains("never touch the tests"));
    }

    fn any_item() -> impl Strategy<Value = Item> {
        let any_call =
            (0_u32..6, "[a-c!]{0,2}", "(run|read|write| )", "(\\{\\}|\\{\"a\": 1\\}|\\{)");
        let any_call = any_call.prop_map(|(id, wire, tool, text)| call(id, &wire, &tool, &text));
        prop_oneof![
            "[a-z ]{0,9}".prop_map(|text| told(&text)),
            ("[a-z ]{0,9}", prop::collection::vec(any_call, 0..4))
                .prop_map(|(text, calls)| said(&text, calls)),
            (0_u32..6, "[a-z\n]{0,3}", 0_usize..700)
                .prop_map(|(id, text, times)| returned(id, &text.repeat(times))),
        ]
    }

    /// What every server insists on.
    fn acceptable(list: &[Message]) -> Result<(), TestCaseError> {
        let mut waiting: Vec<String> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for (place, message) in list.iter().enumerate() {
            match message {
                Message::System(_) => prop_assert_eq!(place, 0),
                Message::User(text) => {
                    prop_assert!(waiting.is_empty() && !text.trim().is_empty());
                    prop_assert!(place == 0 || !matches!(list[place - 1], Message::User(_)));
                }
                Message::Assistant { text, calls, .. } => {
                    prop_assert!(waiting.is_empty());
                    prop_assert!(!text.trim().is_empty() || !calls.is_empty());
                    let twice = matches!(list[place - 1], Message::Assistant { .. });
                    prop_assert!(!twice);
                    for call in calls {
                        prop_assert!(seen.insert(call.wire_id.clone()));
                        let plain =
                            |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
                        prop_assert!(!call.tool.is_empty() && call.tool.bytes().all(plain));
                        let value: serde_json::Value = serde_json::from_str(&call.arguments)
                            .map_err(|error| TestCaseError::fail(error.to_string()))?;
                        prop_assert!(value.is_object());
                        waiting.push(call.wire_id.clone());
                    }
                }
                Message::Result { wire_id, text } => {
                    prop_assert!(!waiting.is_empty() && !text.is_empty());
                    prop_assert_eq!(wire_id, &waiting.remove(0));
                }
            }
        }
        prop_assert!(waiting.is_empty());
        let open_end = matches!(list.last(), Some(Message::Assistant { .. }) | None);
        prop_assert!(!open_end);
        Ok(())
    }

    /// Turns of one to three calls, with what came back.
    fn busy_talk(turns: u32) -> Vec<Item> {
        let items = (0..turns).flat_map(|turn| {
            let ids: Vec<u32> = (0..=turn % 3).map(|place| turn * 3 + place + 1).collect();
            let calls = ids.iter().map(|id| call(*id, "", "run", "{}")).collect();
            let results = ids.into_iter().map(|id| returned(id, "a line of output\n"));
            std::iter::once(said("I go on.", calls)).chain(results).chain([told("hm")])
        });
        items.collect()
    }

    proptest! {
        #[test]
        fn whatever_the_log_holds_the_messages_are_acceptable(
            items in prop::collection::vec(any_item(), 0..24),
            budget in prop_oneof![Just(0_u64), 0_u64..3_000, Just(1_000_000)],
        ) {
            let view = View { budget, ..WIDE };
            let list = messages(&opening(), &items, &view);
            prop_assert_eq!(&list, &messages(&opening(), &items, &view));
            acceptable(&list)?;
        }

        /// The program may be killed after any item, and another run goes on behind it.
        #[test]
        fn a_session_that_was_cut_off_anywhere_goes_on_with_pairs(
            turns in 1_u32..12,
            cut in 0_usize..60,
            more in prop::collection::vec(any_item(), 0..6),
        ) {
            let mut items = busy_talk(turns);
            items.truncate(cut);
            acceptable(&messages(&opening(), &items, &WIDE))?;
            items.extend(more);
            acceptable(&messages(&opening(), &items, &WIDE))?;
        }

        /// By rule, the oldest first, the same every time; and no more than needed is shown.
        #[test]
        fn it_fits_the_window_and_the_older_an_output_the_shorter(
            turns in 1_u32..50,
            budget in 1_200_u64..30_000,
        ) {
            let list = messages(&opening(), &long_talk(turns), &View { budget, ..WIDE });
            acceptable(&list)?;
            prop_assert!(estimate_messages(&list) <= budget, "{}", estimate_messages(&list));
            let sizes: Vec<usize> = list
                .iter()
                .filter_map(|message| match message {
                    Message::Result { text, .. } => Some(text.len()),
                    Message::System(_) | Message::User(_) | Message::Assistant { .. } => None,
                })
                .collect();
            prop_assert!(sizes.is_sorted(), "{sizes:?}");
            if budget > 4_000 {
                prop_assert_eq!(sizes.last(), Some(&3_000));
            }
        }
    }
}
