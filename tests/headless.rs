//! The command line as a person uses it: the real binary against a loopback server that plays the
//! demo's script, stop after stop, decision after decision.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "common/desk.rs"]
mod desk;

use std::path::{Path, PathBuf};

use chargehand::demo;
use desk::{Desk, TOKEN};

/// Bytes of everything in the checkout but git's own folder, and where HEAD and the index are.
fn checkout(desk: &Desk) -> Vec<(PathBuf, Vec<u8>)> {
    fn walk(dir: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
        let mut entries: Vec<_> =
            std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                if path.file_name().unwrap() != ".git" {
                    walk(&path, found);
                }
            } else {
                found.push((path.clone(), std::fs::read(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(&desk.repo(), &mut found);
    for name in ["HEAD", "index", "config"] {
        let path = desk.repo().join(".git").join(name);
        found.push((path.clone(), std::fs::read(&path).unwrap()));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goal_without_yes_stops_where_a_person_is_needed_and_goes_on_with_their_word() {
    let desk = Desk::new().await;
    let before = checkout(&desk);

    desk.run(&["run", demo::GOAL]).await.exits(2);
    let waiting = desk.waiting().await;
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    assert_eq!(waiting[0].0, "question");
    desk.run(&["run"]).await.exits(2);
    assert_eq!(desk.waiting().await, waiting, "it does not ask twice");
    desk.run(&["approve", &waiting[0].1]).await.exits(3).tells("is a question");
    desk.run(&["answer", &waiting[0].1, "no entries"]).await.exits(0);

    desk.run(&["run"]).await.exits(2);
    assert_eq!(desk.waiting().await, [("plan to approve".to_owned(), "plan".to_owned())]);
    desk.run(&["approve", "nonsense"]).await.exits(3).tells("what waits: plan");
    desk.run(&["approve", "plan"]).await.exits(0);

    desk.run(&["run"]).await.exits(2);
    let briefs = desk.waiting().await;
    assert!(briefs.iter().all(|(kind, _)| kind == "brief to approve"), "{briefs:?}");
    assert_eq!(briefs.len(), 2, "the two tasks that can begin");
    let (_, rejected) = &briefs[0];
    desk.run(&["reject", rejected, "--why", "say more about the format"]).await.exits(0);
    desk.run(&["run"]).await.exits(2);
    assert_eq!(desk.waiting().await.len(), 2, "it is written again and waits again");

    assert_eq!(checkout(&desk), before, "the checkout is byte-identical until the goal is landed");
    desk.to_the_end().await;
    assert_eq!(checkout(&desk), before, "also when all is done");
    desk.run(&["land"]).await.exits(0);
    assert!(desk.repo().join("lib/commands/budget.sh").exists() || checkout(&desk) != before);
    let status = desk.status().await;
    assert_eq!(status["standing"]["standing"], "landed");
    assert_eq!(status["sandbox"], "none");

    let trailers = desk.git(&["log", "--format=%(trailers:key=Chargehand-Task,valueonly)"]);
    assert!(trailers.contains("budget"), "commits say what they belong to: {trailers}");

    // The memory can be read.
    let log = desk.run(&["log", "--task", "import"]).await.exits(0);
    assert!(String::from_utf8_lossy(&log.output.stdout).contains("refuted"));
    let found = desk.run(&["search", "to_cents"]).await.exits(0);
    assert!(!found.output.stdout.is_empty());
    let lessons = desk.run(&["lessons"]).await.exits(0);
    assert!(String::from_utf8_lossy(&lessons.output.stdout).contains("to_cents"));
    let folder = desk.temp.path().join("out");
    desk.run(&["export", folder.to_str().unwrap()]).await.exits(0);
    let events = std::fs::read_to_string(folder.join("events.jsonl")).unwrap();
    assert!(events.lines().count() > 100);
    let plan = desk.run(&["plan", "show"]).await.exits(0);
    let file = desk.temp.path().join("plan.yaml");
    std::fs::write(&file, &plan.output.stdout).unwrap();
    desk.run(&["plan", "check", file.to_str().unwrap()]).await.exits(0).tells("sound");

    // The key is nowhere.
    for path in [folder.join("events.jsonl"), desk.repo().join(".git/chargehand/log.db")] {
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(TOKEN.len()).any(|part| part == TOKEN.as_bytes()), "{path:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_yes_only_questions_and_commands_wait() {
    let desk = Desk::new().await;
    desk.run(&["run", demo::GOAL, "--yes"]).await.exits(2);
    let (kind, id) = desk.waiting().await.remove(0);
    assert_eq!(kind, "question");
    desk.run(&["answer", &id, "no entries"]).await.exits(0);
    desk.run(&["run", "--yes"]).await.exits(2);
    let waiting = desk.waiting().await;
    assert!(waiting.iter().all(|(kind, _)| kind == "command"), "{waiting:?}");
    let status = desk.status().await;
    assert_eq!(status["waiting"][0]["text"], "sh scripts/bench.sh", "the whole command");
    desk.run(&["reject", &waiting[0].1, "--why", "not on this machine"]).await.exits(0);
    desk.run(&["run", "--yes", "--land"]).await.exits(0);
    assert_eq!(desk.status().await["standing"]["standing"], "landed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_cannot_be_reached_costs_no_attempt_and_exits_with_4() {
    let mut desk = Desk::new().await;
    let there = std::mem::replace(&mut desk.base_url, "http://127.0.0.1:9/v1".to_owned());
    let ran = desk.run(&["run", demo::GOAL, "--yes", "--wait", "0"]).await.exits(4);
    ran.tells("127.0.0.1:9").tells("/v1 (out of reach), asked again in 0:15");
    let status = desk.status().await;
    assert_eq!(status["waiting"][0]["id"], "server:default", "{}", status["waiting"]);
    assert!(status["waiting"][0]["until"].is_u64());
    desk.base_url = there;
    desk.run(&["run", "--yes"]).await.exits(2);
    assert_eq!(desk.waiting().await[0].0, "question", "it goes on where it was");
}

/// A scene in which the server answers so, once.
fn answers(status: u16, headers: &[(&str, &str)], body: &str) -> demo::script::Scene {
    let fault = serde_json::json!({
        "kind": "answer",
        "status": status,
        "headers": headers.iter().copied().collect::<std::collections::BTreeMap<_, _>>(),
        "body": body,
    });
    serde_json::from_value(serde_json::json!({"fault": fault, "play": "once"})).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_server_is_waited_for_and_the_goal_goes_on_by_itself() {
    // One more than the transport tries by itself.
    let busy = vec![answers(503, &[("retry-after-ms", "20")], "{\"error\":\"busy\"}"); 6];
    let desk = Desk::after(busy).await;
    let ran = desk.run(&["run", demo::GOAL, "--yes"]).await.exits(2);
    let ran = ran.tells("/v1 (overloaded), asked again in 0:01");
    ran.tells("finds out whether it answers again");
    assert_eq!(desk.waiting().await[0].0, "question");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_asks_for_more_patience_than_there_is_ends_the_run_with_4() {
    let busy = vec![answers(429, &[("retry-after", "900")], "")];
    let desk = Desk::after(busy).await;
    let ran = desk.run(&["run", demo::GOAL, "--yes"]).await.exits(4);
    ran.tells("/v1 (rate limited), asked again in 15:00");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_class_of_a_server_s_fault_is_told_apart_and_costs_no_attempt() {
    for (status, body, class) in [
        (401, "Unauthorized", "access refused"),
        (402, "", "quota used up"),
        (429, "", "rate limited"),
    ] {
        let again = vec![answers(status, &[("retry-after", "900")], body)];
        let desk = Desk::after(again).await;
        let ran = desk.run(&["run", demo::GOAL, "--yes"]).await.exits(4);
        ran.tells(&format!("is held ({class})"));
        desk.run(&["approve", "server:default"]).await.exits(0);
        desk.run(&["run", "--yes"]).await.exits(2);
        assert_eq!(desk.waiting().await[0].0, "question", "it goes on where it was");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_told_without_showing_it() {
    let mut desk = Desk::new().await;
    desk.token = "wrong-canary-4711".to_owned();
    let ran = desk.run(&["run", demo::GOAL, "--yes"]).await.exits(4).tells("OPENAI_API_KEY");
    assert!(!ran.told().contains("wrong-canary-4711"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_said_with_what_to_do() {
    let desk = Desk::new().await;
    let mut command = desk.command(&["run", "x"]);
    command.env_remove("CHARGEHAND_MODEL").env_remove("CHARGEHAND_PLANNER_MODEL");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--model"));

    desk.run(&["run"]).await.exits(3).tells("there is no goal to go on with");
    desk.run(&["run", " "]).await.exits(3).tells("the goal is empty");
    desk.run(&["frobnicate"]).await.exits(3);
    desk.run(&["plan", "check", "no-such-file.yaml"]).await.exits(3).tells("no-such-file.yaml");

    let empty = desk.temp.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let dir = empty.to_str().unwrap();
    desk.run(&["-C", dir, "run", "x"]).await.exits(4).tells("--init");
    desk.run(&["-C", dir, "run", "x", "--init", "--budget", "1.5"]).await;
    assert!(empty.join(".git").exists(), "--init makes it a repository");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planner_that_cannot_look_at_the_files_ends_with_the_cause() {
    let desk = Desk::new().await;
    let folder = desk.temp.path().join("data");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("worktrees"), "in the way").unwrap();
    let ran = desk.run(&["run", demo::GOAL, "--yes"]).await.exits(4);
    ran.tells("cannot make").tells("worktrees");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_money_cap_with_a_model_of_unknown_price_is_refused() {
    let mut desk = Desk::new().await;
    // A server on this machine costs nothing, so that one elsewhere must be named.
    desk.base_url = "https://models.example.invalid/v1".to_owned();
    desk.run(&["run", "x", "--budget", "2"]).await.exits(3).tells("price of `demo-planner`");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_file_with_faults_is_refused_with_line_and_column() {
    let desk = Desk::new().await;
    let file = desk.temp.path().join("plan.yaml");
    let text = "version: 1\ngoal: g\nsummary: s\nparts: [{id: p, text: t}]\nstages: [{id: s, title: t}]\ntasks:\n- id: a\n  stage: s\n  title: t\n  objective: o\n  outputs: [x]\n  criteria: [{text: c, run: 'true'}]\n  covers: [p]\n  after: [ghost]\n";
    std::fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap();
    let ran = desk.run(&["plan", "check", path]).await.exits(3).tells("ghost");
    assert!(ran.told().contains("plan.yaml:14:"), "{}", ran.told());
    desk.run(&["run", "g", "--plan", path]).await.exits(3).tells("ghost");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_instance_only_reads_and_says_so() {
    let desk = Desk::new().await;
    desk.run(&["run", demo::GOAL]).await.exits(2);
    // The lock is held the way the program holds it.
    let log = desk.repo().join(".git/chargehand/log.db");
    let store = chargehand::logger::Store::open(&log, chargehand::logger::Access::Write).unwrap();
    desk.run(&["run"]).await.exits(4).tells("another chargehand");
    desk.run(&["status"]).await.exits(0);
    desk.run(&["log"]).await.exits(0);
    drop(store);
    desk.run(&["run"]).await.exits(2);
}
