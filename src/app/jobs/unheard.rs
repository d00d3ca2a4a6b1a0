//! What the person said and a session that ended did not hear: the next run of the same job is told.
//!
//! An answer on a call that waited: what became of it is known. Words to the session: they wait for
//! its next turn, which an interrupted one has not.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    agent::{not_allowed, person_says},
    domain::{CallId, End, Event, Item, Job, Permission, Record, RunId},
};

/// Stands for the result of a call that nobody had decided on.
const UNDECIDED: &str = "not executed: it waited for the person's word when the session was \
                         interrupted. Call it again if it is still wanted.";
/// Stands for the result of a call that was allowed too late.
const ALLOWED: &str = "not executed: the session was interrupted while it waited for the person's \
                       word. The person allows it now: call it again, exactly the same.";

/// Results of the calls that surely were not executed, from the records of an attempt's runs.
pub(super) fn unheard(records: &[Record]) -> Vec<Item> {
    let mut asked: BTreeMap<(RunId, CallId), String> = BTreeMap::new();
    let mut ended: BTreeSet<RunId> = BTreeSet::new();
    for record in records {
        match &record.event {
            Event::CallIntended { run, call, permission: Permission::Asked, .. } => {
                asked.insert((*run, call.id), UNDECIDED.to_owned());
            }
            Event::CallAnswered { run, call, allow: false, why } => {
                asked.entry((*run, *call)).and_modify(|text| *text = not_allowed(why));
            }
            Event::CallAnswered { run, call, allow: true, .. } if ended.contains(run) => {
                asked.entry((*run, *call)).and_modify(|text| ALLOWED.clone_into(text));
            }
            // Allowed while its session lived it may have begun.
            Event::CallAnswered { run, call, allow: true, .. }
            | Event::ItemLogged { run, item: Item::Returned { call, .. } } => {
                asked.remove(&(*run, *call));
            }
            Event::RunEnded { run, .. } => {
                ended.insert(*run);
            }
            _ => {}
        }
    }
    let result =
        |((_, call), text)| Item::Returned { call, ok: false, text, blob: None, millis: 0 };
    asked.into_iter().map(result).collect()
}

/// Words to the sessions of these records that none of them was told: an attempt's runs go on with
/// one history.
pub(super) fn untold(records: &[Record]) -> Vec<String> {
    let mut waiting: Vec<&String> = Vec::new();
    for record in records {
        match &record.event {
            Event::Steered { text, .. } => waiting.push(text),
            Event::ItemLogged { item: Item::Told { text }, .. } => {
                if let Some(at) = waiting.iter().position(|one| person_says(one) == *text) {
                    waiting.remove(at);
                }
            }
            _ => {}
        }
    }
    waiting.into_iter().cloned().collect()
}

/// Words to earlier runs of a job whose every session begins anew, since the last that came to a
/// result: whatever those were told, this one knows nothing of it.
pub(super) fn said_before(job: &Job, records: &[Record]) -> Vec<String> {
    let mut runs: BTreeSet<RunId> = BTreeSet::new();
    let mut said = Vec::new();
    for record in records {
        match &record.event {
            Event::RunBegan { run, job: other } if other == job => {
                runs.insert(*run);
            }
            Event::RunEnded { run, end: End::Done } if runs.contains(run) => said.clear(),
            Event::Steered { run, text } if runs.contains(run) => said.push(text.clone()),
            _ => {}
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Actor, Seq, TaskId, ToolCall};

    const RUN: RunId = RunId(7);

    fn records(events: Vec<Event>) -> Vec<Record> {
        let one = |(at, event): (u64, Event)| Record {
            seq: Seq(at),
            at,
            actor: Actor::Chargehand,
            goal: None,
            revision: 0,
            task: None,
            attempt: None,
            event,
        };
        (1..).zip(events).map(one).collect()
    }

    fn intended(call: u32) -> Event {
        let (tool, arguments) = ("run".to_owned(), "{}".to_owned());
        let call = ToolCall { id: CallId(call), wire_id: "c".to_owned(), tool, arguments };
        Event::CallIntended { run: RUN, call, command: None, permission: Permission::Asked }
    }

    fn answered(call: u32, allow: bool) -> Event {
        Event::CallAnswered { run: RUN, call: CallId(call), allow, why: "use the cache".to_owned() }
    }

    fn ended() -> Event {
        Event::RunEnded { run: RUN, end: End::Interrupted }
    }

    fn told(events: Vec<Event>) -> String {
        let lines = unheard(&records(events)).into_iter().map(|item| match item {
            Item::Returned { call, text, .. } => format!("{call}: {}", &text[..60]),
            Item::Told { .. } | Item::Said { .. } => String::new(),
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_word_that_came_after_the_session_had_ended_is_told() {
        let found = told(vec![
            intended(1),
            intended(2),
            intended(3),
            ended(),
            answered(1, true),
            answered(2, false),
        ]);
        insta::assert_snapshot!(found, @r"
        1: not executed: the session was interrupted while it waited fo
        2: not executed: this was not allowed: use the cache. Do not tr
        3: not executed: it waited for the person's word when the sessi
        ");
    }

    #[test]
    fn what_may_have_begun_and_what_has_a_result_is_left_to_the_history() {
        let done = Item::Returned {
            call: CallId(2),
            ok: true,
            text: String::new(),
            blob: None,
            millis: 1,
        };
        let logged = Event::ItemLogged { run: RUN, item: done };
        let found = told(vec![intended(1), intended(2), answered(1, true), logged, ended()]);
        assert_eq!(found, "");
    }

    fn steered(run: u64, text: &str) -> Event {
        Event::Steered { run: RunId(run), text: text.to_owned() }
    }

    #[test]
    fn words_that_wait_for_a_turn_when_the_session_ends_are_told_to_the_next_one_in_their_order() {
        let told = |text: &str| Event::ItemLogged {
            run: RUN,
            item: Item::Told { text: person_says(text) },
        };
        let story = vec![
            steered(7, "tabs"),
            steered(7, "hurry"),
            told("tabs"),
            steered(7, "tabs"),
            ended(),
            steered(8, "no tests"),
        ];
        assert_eq!(untold(&records(story.clone())), ["hurry", "tabs", "no tests"]);
        let heard = story.into_iter().chain([told("hurry"), told("tabs"), told("no tests")]);
        assert_eq!(untold(&records(heard.collect())), [""; 0]);
    }

    #[test]
    fn words_to_a_session_that_begins_anew_are_told_until_one_comes_to_a_result() {
        let job = |task: &str| Job::Brief { task: TaskId(task.to_owned()) };
        let began = |run, task| Event::RunBegan { run: RunId(run), job: job(task) };
        let ended = |run, end| Event::RunEnded { run: RunId(run), end };
        let mut story = vec![
            began(1, "a"),
            steered(1, "short"),
            ended(1, End::Interrupted),
            began(2, "b"),
            steered(2, "of another"),
            began(3, "a"),
            steered(3, "clear"),
            ended(3, End::Stopped),
        ];
        assert_eq!(said_before(&job("a"), &records(story.clone())), ["short", "clear"]);
        story.extend([began(4, "a"), ended(4, End::Done), began(5, "a")]);
        assert_eq!(said_before(&job("a"), &records(story)), [""; 0]);
    }
}
