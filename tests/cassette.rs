//! Exchanges recorded on a cassette, and played without a server.

#![expect(clippy::unwrap_used, reason = "helpers of tests may end them")]

#[path = "common/server.rs"]
mod server;

use std::{
    io::Write,
    os::unix::fs::PermissionsExt as _,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use chargehand::{
    agent::{
        Choice, Jitter, Label, Message, Model as _, OpenAi, Pace, Player, Provider, Recorder,
        Request, Secret, Tape, Withheld, read_cassette,
    },
    domain::FaultClass,
};
use serde_json::json;
use server::{Answer, Server};

const KEY: &str = "sk-canary-0123456789-abcdefABCDEF";

/// A file that is a piece of memory.
#[derive(Clone, Default)]
struct Sheet(Arc<Mutex<Vec<u8>>>);

impl Sheet {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn label() -> Label {
    Label { goal: "a goal".to_owned(), ..Label::new() }
}

fn ask(text: &str) -> Request {
    Request {
        model: "m".to_owned(),
        messages: vec![Message::System("Be brief.".into()), Message::User(text.to_owned())],
        tools: Vec::new(),
        choice: Choice::Auto,
        max_output: 256,
        temperature: None,
        effort: None,
        offer: None,
    }
}

fn model(url: String, tape: Tape) -> OpenAi {
    let mut provider = Provider::new(url, Some(Secret::new(KEY)));
    provider.jitter = Jitter::new(|| 0.0);
    provider.tape = tape;
    OpenAi::new(provider).unwrap()
}

fn recording() -> (Sheet, Tape) {
    let sheet = Sheet::default();
    let withheld = Withheld::new([KEY.to_owned(), "correct horse battery".to_owned()]);
    let recorder = Recorder::new(Box::new(sheet.clone()), &label(), withheld).unwrap();
    (sheet, Tape::Record(Arc::new(recorder)))
}

/// A model behind no server at all.
fn replaying(sheet: &Sheet, pace: Pace) -> (OpenAi, Arc<Player>) {
    let (label, exchanges) = read_cassette(&sheet.text()).unwrap();
    assert_eq!(label.goal, "a goal");
    let player = Arc::new(Player::new(exchanges, pace));
    (model("http://127.0.0.1:9/v1".to_owned(), Tape::Replay(Arc::clone(&player))), player)
}

#[tokio::test]
async fn what_was_recorded_is_played_without_a_server_faults_and_retries_and_all() {
    let server = Server::start([
        Answer::says("one"),
        Answer::json(429, &json!({"error": {"message": "slow"}})),
        Answer::stream().bytes("data: {\"choices\":[{\"delta\":{\"content\":\"t").bytes(vec![0xc3]),
        Answer::says("two"),
        Answer::of(401, "text/plain", "go away"),
    ])
    .await;
    let (sheet, tape) = recording();
    let live = model(server.base_url(), tape);
    assert_eq!(live.turn(&ask("first"), &|_| {}).await.unwrap().text, "one");
    assert_eq!(live.turn(&ask("second"), &|_| {}).await.unwrap().text, "two");
    let refused = live.turn(&ask("third"), &|_| {}).await.unwrap_err();
    drop(live);

    let (replayed, player) = replaying(&sheet, Pace::AtOnce);
    // In another order: the question finds its answer.
    let fault = replayed.turn(&ask("third"), &|_| {}).await.unwrap_err();
    assert_eq!(fault.class, refused.class);
    assert_eq!(replayed.turn(&ask("second"), &|_| {}).await.unwrap().text, "two");
    assert_eq!(replayed.turn(&ask("first"), &|_| {}).await.unwrap().text, "one");
    assert_eq!((player.left(), server.heard().len()), (0, 5));
    // Asked once more it answers once more.
    assert_eq!(replayed.turn(&ask("first"), &|_| {}).await.unwrap().text, "one");
}

#[tokio::test]
async fn a_question_that_was_never_asked_is_a_fault_that_names_it() {
    let server = Server::start([Answer::says("one")]).await;
    let (sheet, tape) = recording();
    model(server.base_url(), tape).turn(&ask("first"), &|_| {}).await.unwrap();
    let (replayed, _) = replaying(&sheet, Pace::AtOnce);
    let fault = replayed.turn(&ask("something else"), &|_| {}).await.unwrap_err();
    assert_eq!(fault.class, FaultClass::Protocol);
    assert!(fault.message.contains("the cassette has no answer to this"), "{fault}");
    // What chance has made is no other question.
    let again = replayed.turn(&ask("first"), &|_| {}).await.unwrap();
    assert_eq!(again.text, "one");
}

#[tokio::test]
async fn numbers_and_ids_that_chance_has_made_are_no_other_question() {
    let server = Server::start([Answer::says("one")]).await;
    let (sheet, tape) = recording();
    let asked = ask("commit 1a2b3c4d took 17 ms at /tmp/x-9Zk2/y");
    model(server.base_url(), tape).turn(&asked, &|_| {}).await.unwrap();
    let (replayed, _) = replaying(&sheet, Pace::AtOnce);
    let asked = ask("commit 99aa88bb took 3 ms at /tmp/x-7Qq1/y");
    assert_eq!(replayed.turn(&asked, &|_| {}).await.unwrap().text, "one");
}

#[tokio::test]
async fn no_secret_gets_onto_a_cassette_however_it_is_spread() {
    let delta = |text: &str| json!({"choices": [{"delta": {"content": text}}]});
    let stop = json!({"choices": [{"delta": {}, "finish_reason": "stop"}]});
    let spread: Vec<_> = KEY.split('-').map(|part| delta(&format!("{part}-"))).collect();
    let spread = [spread, vec![stop]].concat();
    let server = Server::start([
        Answer::events(&spread),
        Answer::of(401, "text/plain", &format!("bad key {KEY}")),
        Answer::says("ghp_0123456789abcdefghijABCDEFGHIJ012345"),
    ])
    .await;
    let (sheet, tape) = recording();
    let live = model(server.base_url(), tape);
    live.turn(&ask(&format!("my key is {KEY}, again: correct horse battery")), &|_| {})
        .await
        .unwrap();
    live.turn(&ask("b"), &|_| {}).await.unwrap_err();
    live.turn(&ask("c"), &|_| {}).await.unwrap();
    drop(live);
    let text = sheet.text();
    for part in [KEY, "canary", "correct horse", "ghp_", "authorization", "Bearer"] {
        assert!(!text.contains(part), "{part} in {text}");
    }
    assert!(text.contains("my key is [withheld], again: [withheld]"), "{text}");
    let (replayed, _) = replaying(&sheet, Pace::AtOnce);
    assert_eq!(replayed.turn(&ask("c"), &|_| {}).await.unwrap().text, "[withheld]");
}

#[tokio::test]
async fn a_cassette_can_be_played_as_slowly_as_it_was_recorded_up_to_a_bound() {
    let sheet = Sheet::default();
    let label = serde_json::to_string(&label()).unwrap();
    let exchange = json!({"line": "POST /v1/chat/completions", "after": 3_600_000, "status": 200,
        "request": {"model": "m", "messages": [{"role": "system", "content": "Be brief."},
            {"role": "user", "content": "first"}]},
        "body": [{"text": "data: {\"choices\":[{\"delta\":{\"content\":\"one\"},"},
            {"after": 3_600_000, "text": "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"}],
        "end": "whole"});
    writeln!(sheet.clone(), "{label}\n{exchange}").unwrap();
    let (replayed, _) = replaying(&sheet, Pace::Recorded { most: Duration::from_millis(60) });
    let begun = Instant::now();
    assert_eq!(replayed.turn(&ask("first"), &|_| {}).await.unwrap().text, "one");
    assert!((100..5_000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
}

/// The demo with these arguments, in folders of its own.
fn demo(arguments: &[&str]) -> (Option<i32>, String) {
    let temp = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_chargehand"))
        .args(["demo", "--headless"])
        .args(arguments)
        .current_dir(temp.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", temp.path())
        .env("MY_SECRET_TOKEN", "canary-in-the-environment")
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn a_whole_goal_is_recorded_and_worked_on_again_from_its_cassette_alone() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("demo.jsonl");
    let path = file.to_str().unwrap();
    let (code, told) = demo(&["--record", path]);
    assert_eq!(code, Some(0), "{told}");
    let cassette = std::fs::read_to_string(&file).unwrap();
    assert!(!cassette.contains("canary-in-the-environment"));
    assert!(cassette.lines().count() > 10);
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let (code, told) = demo(&["--replay", path]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("the goal is done and merged"), "{told}");
    assert!(!told.contains("were not asked for"), "{told}");
    // A cassette is not written over.
    let (code, told) = demo(&["--record", path]);
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("--record makes a new file"), "{told}");
}

#[test]
fn a_goal_that_its_cassette_has_no_answer_for_stops_and_says_what_is_missing() {
    let temp = tempfile::tempdir().unwrap();
    let [whole, lacking] = ["whole.jsonl", "lacking.jsonl"].map(|name| temp.path().join(name));
    let (code, told) = demo(&["--record", whole.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{told}");
    let cassette = std::fs::read_to_string(&whole).unwrap();
    // The label, the plan and the first brief: no session's turn.
    let is_work = |line: &&str| line.contains(r#""name":"finish""#);
    let kept: Vec<&str> = cassette.lines().filter(|line| !is_work(line)).collect();
    assert!(kept.len() > 2 && kept.len() < cassette.lines().count());
    std::fs::write(&lacking, kept.join("\n")).unwrap();
    let (code, told) = demo(&["--replay", lacking.to_str().unwrap()]);
    assert_ne!(code, Some(0), "{told}");
    assert!(told.contains("the cassette has no answer to this"), "{told}");
    assert!(!told.contains("the goal is done"), "{told}");
}

#[test]
fn what_is_no_cassette_is_said_before_anything_is_done() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("other.jsonl");
    std::fs::write(&file, "{\"some\": \"json\"}\n").unwrap();
    let (code, told) = demo(&["--replay", file.to_str().unwrap()]);
    assert_eq!(code, Some(3), "{told}");
    assert!(told.contains("no cassette of chargehand"), "{told}");
    let (code, _) = demo(&["--replay", "/nowhere/at/all.jsonl"]);
    assert_eq!(code, Some(3));
}
