//! The demo, as a stranger starts it: the real binary, the real engine, recorded words.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    collections::BTreeSet,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

fn chargehand(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_chargehand"))
        .args(args)
        .env("CHARGEHAND_CONFIG_DIR", folder.join("config"))
        .env("CHARGEHAND_DATA_DIR", folder.join("data"))
        .env("CHARGEHAND_STATE_DIR", folder.join("state"))
        .env_remove("OPENAI_BASE_URL")
        .env_remove("OPENAI_API_KEY")
        .current_dir(folder)
        .output()
        .unwrap()
}

fn events(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of_kind<'a>(events: &'a [Value], kind: &str) -> Vec<&'a Value> {
    events.iter().filter(|event| event["kind"] == kind).collect()
}

/// Every part that the demo promises is in its log, in an order that makes sense.
#[test]
fn the_demo_plays_a_complete_goal_without_key_and_network() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path();
    let keep = folder.to_str().unwrap();
    let output = chargehand(folder, &["demo", "--headless", "--json", "--keep", keep]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(!told.contains("merge it with"), "it is merged when that is told: {told}");
    assert!(told.contains("\nmerged into "), "{told}");
    assert!(told.contains("/ledger log"), "how to read what is kept: {told}");
    let events = events(&output);

    let seqs: Vec<u64> = events.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    assert!(seqs.windows(2).all(|pair| pair[0] < pair[1]), "in the order of the log");

    assert!(!of_kind(&events, "question_asked").is_empty(), "a question to the person");
    assert!(!of_kind(&events, "question_answered").is_empty());
    assert!(runs_at_once(&events), "two tasks at once");
    assert!(proves_nothing(&events), "a criterion that proves nothing is flagged");
    let asked = of_kind(&events, "call_intended")
        .into_iter()
        .any(|event| event["data"]["permission"]["permission"] == "asked");
    assert!(asked, "a command that needs approval");
    let refuted = seq_of(&events, "checked", |data| {
        data["evidence"].as_array().unwrap().iter().any(|one| one["outcome"] == "failed")
    });
    let refuted = refuted.expect("a claimed success that a check refutes");
    let claimed = of_kind(&events, "reported").into_iter().any(|event| {
        event["data"]["report"]["status"] == "done" && event["seq"].as_u64().unwrap() < refuted
    });
    assert!(claimed, "the refuted session had claimed to be done");
    let mended = seq_of(&events, "landed", |_| true).map(|_| last(&events, "landed")).unwrap();
    assert!(mended > refuted, "the follow-up that mends it lands");
    let lesson = seq_of(&events, "lesson_noted", |_| true).expect("a lesson");
    let carried = seq_of(&events, "brief_written", |data| {
        data["brief"]["lessons"].as_array().is_some_and(|ids| ids.iter().any(|id| *id == lesson))
    });
    assert!(carried.expect("the lesson is in a later brief") > lesson);

    let tasks = planned(&events);
    let landed: BTreeSet<&str> =
        of_kind(&events, "landed").iter().map(|one| one["task"].as_str().unwrap()).collect();
    assert_eq!(landed.len(), tasks, "every task landed");
    assert!(!of_kind(&events, "goal_landed").is_empty(), "the goal was merged");

    let circles = of_kind(&events, "item_logged").into_iter().any(|event| {
        let text = event["data"]["item"]["text"].as_str().unwrap_or_default();
        text.contains("repeated themselves with the same results")
    });
    assert!(!circles, "honest work is not taken for going round in circles");
}

fn planned(events: &[Value]) -> usize {
    of_kind(events, "plan_proposed")
        .last()
        .and_then(|event| event["data"]["draft"]["tasks"].as_array().map(Vec::len))
        .unwrap()
}

fn last(events: &[Value], kind: &str) -> u64 {
    of_kind(events, kind).last().unwrap()["seq"].as_u64().unwrap()
}

fn seq_of(events: &[Value], kind: &str, wanted: impl Fn(&Value) -> bool) -> Option<u64> {
    of_kind(events, kind)
        .into_iter()
        .find(|event| wanted(&event["data"]))
        .map(|event| event["seq"].as_u64().unwrap())
}

fn proves_nothing(events: &[Value]) -> bool {
    seq_of(events, "baseline_taken", |data| {
        data["evidence"].as_array().unwrap().iter().any(|one| one["outcome"] == "passed")
    })
    .is_some()
}

/// Whether two sessions were open at the same time at some point of the log.
fn runs_at_once(events: &[Value]) -> bool {
    let mut open = BTreeSet::new();
    for event in events {
        let run = event["data"]["run"].as_u64();
        if event["kind"] == "run_began" && event["data"]["job"]["job"] == "execute" {
            open.extend(run);
        }
        if event["kind"] == "run_ended" {
            run.inspect(|run| {
                open.remove(run);
            });
        }
        if open.len() > 1 {
            return true;
        }
    }
    false
}

/// The README shows what the demo says: every line of its sample stands in the demo's own output.
#[test]
fn the_readme_shows_what_the_demo_says() {
    let readme = std::fs::read_to_string("README.md").unwrap();
    let sample = readme
        .split("```")
        .find(|block| block.contains("  session     "))
        .expect("the README shows the demo");
    let temp = tempfile::tempdir().unwrap();
    let keep = temp.path().to_str().unwrap();
    let output = chargehand(temp.path(), &["demo", "--headless", "--keep", keep]);
    assert!(output.status.success());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    // Numbers, ids after them and commits differ from run to run: two tasks go at once.
    let named = |word: &str| -> String {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|one| one.is_ascii_digit());
        let lesson = word.strip_prefix('L').is_some_and(|rest| digits(rest.trim_end_matches(':')));
        let commit = word.len() == 12 && word.bytes().all(|one| one.is_ascii_hexdigit());
        if lesson || commit { "…".to_owned() } else { word.to_owned() }
    };
    let bare = |line: &str| -> String {
        let words = line.split_whitespace().skip(1).map(named);
        words.collect::<Vec<_>>().join(" ")
    };
    let said: Vec<String> = told.lines().map(bare).collect();
    let lines: Vec<&str> = sample.lines().filter(|line| !line.trim().is_empty()).collect();
    assert!(lines.len() >= 8, "{lines:?}");
    for line in lines {
        assert!(said.contains(&bare(line)), "the demo does not say: {line}\n{told}");
    }
}
