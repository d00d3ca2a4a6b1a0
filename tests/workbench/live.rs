//! A goal of one's own against a server that streams: everything that a person does on the way.

use std::{path::Path, process::Command};

use chargehand::demo::{Script, Server};
use termlens::Key;
use tokio::runtime::Runtime;

use super::desk::{Desk, builder};

const TOKEN: &str = "sesame";

const SCRIPT: &str = r#"
models: [m]
play: always
scenes:
- when: {role: plan}
  say:
    text: One task and another.
    calls:
    - tool: propose_plan
      arguments:
        summary: Two files.
        stages: [Files]
        tasks:
        - id: alpha
          stage: Files
          title: Write alpha
          objective: alpha.txt says what the person wants.
          outputs: [alpha.txt]
          criteria: [{text: It says tabs, run: grep -q tabs alpha.txt}]
          may_touch: [alpha.txt]
          kind: feature
          complexity: 1
        - id: beta
          stage: Files
          title: Write beta
          objective: beta.txt is there.
          outputs: [beta.txt]
          criteria: [{text: It is there, run: test -f beta.txt}]
          may_touch: [beta.txt]
          kind: feature
          complexity: 1
- when: {role: brief, contains: ['# What was tried']}
  say:
    calls:
    - tool: write_brief
      arguments: {context: A small file., requirements: [Two lines.], steps: [Write it again.]}
- when: {role: brief}
  say:
    calls:
    - tool: write_brief
      arguments: {context: A small file., requirements: [One line.], steps: [Write it.]}
- when: {role: review}
  say:
    calls: [{tool: judge, arguments: {decision: accept, why: It says so.}}]
- when: {role: execute, results: 0, contains: ['The person says: use tabs']}
  say:
    text: Tabs it is.
    calls: [{tool: write, arguments: {path: alpha.txt, content: "tabs\n"}}]
- when: {role: execute, results: 1}
  say:
    calls:
    - tool: finish
      arguments: {status: done, summary: alpha says tabs., outputs: [alpha.txt], worked: [All of it]}
- when: {role: execute}
  say:
    pace: 25
    text: "LONG"
    calls: [{tool: write, arguments: {path: alpha.txt, content: "spaces\n"}}]
"#;

fn git(folder: &Path, args: &[&str]) -> String {
    let who = ["-c", "user.name=P", "-c", "user.email=p@x"];
    let output = Command::new("git").args(who).args(args).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The server, its runtime, and the workbench with a goal, its plan approved.
fn begun(folder: &Path) -> (Runtime, Server, Desk) {
    git(folder, &["init", "-q", "-b", "main"]);
    git(folder, &["commit", "-q", "--allow-empty", "-m", "one"]);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let words: Vec<String> = (0..2_000).map(|at| format!("word{at}")).collect();
    let script = Script::parse(&SCRIPT.replace("LONG", &words.join(" "))).unwrap();
    let server = runtime.block_on(Server::start(script, TOKEN)).unwrap();
    let mut at = builder(folder, (120, 36)).current_dir(folder).env("OPENAI_API_KEY", TOKEN);
    for role in ["AUTHOR", "COMMITTER"] {
        at = at.env(format!("GIT_{role}_NAME"), "P").env(format!("GIT_{role}_EMAIL"), "p@x");
    }
    let url = server.base_url();
    let mut desk = Desk::of(at, &["--base-url", &url, "--model", "m", "Write two files"]);
    desk.see("1 plan to approve");
    desk.press("A");
    desk.see("2 × brief to approve");
    (runtime, server, desk)
}

/// Everything that the sessions were sent.
fn sent(server: &Server) -> String {
    server.requests().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_goal_of_ones_own_is_steered_paused_resized_taken_up_and_landed() {
    let temp = tempfile::tempdir().unwrap();
    let (_runtime, server, mut desk) = begun(temp.path());
    // The second task is not wanted.
    desk.press("jj");
    desk.press("s");
    desk.see("Drop `beta`");
    desk.press("y");
    desk.see("✓0/1");
    desk.press("gg");
    desk.press("j");
    desk.press(" ");
    desk.see("word9");
    // While it streams, the window changes its size, and what comes goes on being shown.
    for (size, word) in [((80, 24), "word2"), ((160, 45), "word4"), ((120, 36), "word6")] {
        desk.resize(size);
        if size.0 < 92 {
            desk.press("2");
        }
        desk.see(word);
    }
    desk.press("i");
    desk.see("something");
    desk.press("use tabs");
    desk.key(Key::Enter);
    desk.told("steered");
    assert!(!sent(&server).contains("use tabs"), "it waits for the next turn");
    desk.press("1p");
    desk.see("paused");
    desk.told("stopped");
    desk.press("p");
    // The next session of the attempt hears what this one did not.
    desk.see("✓1/1");
    assert!(sent(&server).contains("The person says: use tabs"));
    desk.press("d");
    desk.see("Diff of alpha");
    desk.see("+tabs");
    desk.key(Key::Esc);
    desk.gone("Diff of alpha");
    desk.press("L");
    desk.see("Merge");
    desk.press("y");
    desk.see("merged into main");
    desk.press("q");
    desk.ended(0);
    assert_eq!(git(temp.path(), &["show", "main:alpha.txt"]), "tabs\n");
}

#[test]
fn a_task_is_cancelled_while_it_streams_and_tried_again() {
    let temp = tempfile::tempdir().unwrap();
    let (_runtime, server, mut desk) = begun(temp.path());
    desk.press("jj");
    desk.press(" ");
    desk.see("word9");
    let before = server.requests().len();
    desk.press("x");
    desk.see("why?");
    desk.press("not now");
    desk.key(Key::Enter);
    desk.see("cancelled");
    desk.told("stopped");
    desk.press("r");
    // A fresh brief comes first: no attempt is repeated unchanged.
    desk.see("2 × brief to approve");
    assert!(server.requests().len() > before);
    desk.quit();
}
