//! What the commands do and say beside the way of a goal from its plan to its landing.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "common/desk.rs"]
mod desk;

use chargehand::demo;
use desk::{Desk, TOKEN};

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_the_output_of_worktree_setup_is_withheld() {
    let desk = Desk::new().await;
    desk.configure(&format!("worktree: {{setup: ['echo the key is {TOKEN}; false']}}\n"));
    desk.run(&["run", demo::GOAL, "--yes"]).await.exits(2);
    let (_, question) = desk.waiting().await.remove(0);
    desk.run(&["answer", &question, "no entries"]).await.exits(0);
    let ran = desk.run(&["run", "--yes"]).await.exits(4).tells("the key is [withheld]");
    assert!(!ran.told().contains(TOKEN), "{}", ran.told());
    let log = std::fs::read(desk.repo().join(".git/chargehand/log.db")).unwrap();
    assert!(!log.windows(TOKEN.len()).any(|part| part == TOKEN.as_bytes()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_in_a_variable_that_commands_are_given_is_refused() {
    let desk = Desk::new().await;
    desk.configure("provider: {key_env: LC_MODELS}\n");
    desk.run(&["run", "x"]).await.exits(3).tells("LC_MODELS").tells("every command");
}

/// A goal of one task, which writes `greet.txt` and is accepted; `{{criterion}}` is its check.
const GREET: &str = r#"
play: always
scenes:
- when: {role: plan}
  say:
    calls:
    - tool: propose_plan
      arguments:
        summary: One file.
        tasks:
        - {id: greet, title: Greet, outputs: [greet.txt], criteria: [{text: It greets, run: "CRITERION"}]}
- when: {role: brief}
  say: {calls: [{tool: write_brief, arguments: {context: A bare repository., requirements: [greet.txt says hello]}}]}
- when: {role: execute, results: 0}
  say: {calls: [{tool: write, arguments: {path: greet.txt, content: "hello\n"}}]}
- when: {role: execute}
  say: {calls: [{tool: finish, arguments: {status: done, summary: It greets.}}]}
- when: {role: review}
  say: {calls: [{tool: judge, arguments: {decision: accept, why: It greets.}}]}
"#;

fn greet(criterion: &str) -> String {
    GREET.replace("CRITERION", criterion)
}

#[tokio::test(flavor = "multi_thread")]
async fn refuted_work_of_a_landing_that_was_killed_does_not_stay_on_the_goals_branch() {
    let outside = tempfile::tempdir().unwrap();
    let at = |name: &str| outside.path().join(name);
    // The check looks outside, where it can be made to fail later.
    let refuse = at("refuse");
    let check = format!("test -e greet.txt && test ! -e {}", refuse.display());
    let mut desk = Desk::playing(&greet(&check)).await;
    desk.configure("caps: {attempts: 1}\n");
    // A git that ends whoever called it with -9 as soon as it has moved the goal's branch.
    let bin = at("bin");
    std::fs::create_dir(&bin).unwrap();
    let armed = at("armed");
    std::fs::write(&armed, "").unwrap();
    let path = std::env::var("PATH").unwrap();
    let script = format!(
        "#!/bin/sh\nPATH='{path}'\ncase \"$*\" in *' 0000'*) ;; *update-ref*refs/heads/chargehand/*)\n\
         if test -e {0}; then rm {0}; git \"$@\"; kill -9 $PPID; fi;; esac\nexec git \"$@\"\n",
        armed.display()
    );
    desk.program(&bin, "git", &script);
    let base = desk.git(&["rev-parse", "HEAD"]);
    let ran = desk.run(&["run", "Greet them", "--yes"]).await;
    assert_eq!(ran.output.status.code(), None, "it was killed: {}", ran.told());
    assert_ne!(desk.git(&["rev-parse", "chargehand/greet-them"]), base, "the branch had moved");

    std::fs::write(&refuse, "").unwrap();
    desk.run(&["run", "--yes"]).await.exits(1).tells("was cut short");
    assert_eq!(desk.git(&["rev-parse", "chargehand/greet-them"]), base, "the last good commit");
    let kept = desk.git(&["show", "refs/chargehand/kept/unlanded/greet-them:greet.txt"]);
    assert_eq!(kept, "hello\n", "what was taken off can be found");
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_are_read_in_any_case_and_an_option_by_its_number() {
    let desk = Desk::new().await;
    desk.run(&["run", demo::GOAL]).await.exits(2).tells("2. no entries");
    let (_, id) = desk.waiting().await.remove(0);
    let ran = desk.run(&["answer", &id.to_lowercase(), "2"]).await.exits(0);
    ran.tells("option 2: no entries").tells(&format!("{id}: no entries"));
    desk.run(&["run"]).await.exits(2);
    desk.run(&["show", "PLAN"]).await.exits(0);
    desk.run(&["approve", "Plan"]).await.exits(0);
    desk.run(&["show", "Month"]).await.exits(0);
    let log = desk.run(&["log", "--task", "NOBODY"]).await.exits(0);
    log.tells("the log has nothing of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goal_that_another_is_stated_beside_is_put_aside_with_a_word() {
    let desk = Desk::new().await;
    desk.run(&["run", demo::GOAL]).await.exits(2);
    let status = desk.status().await;
    let first = status["goal"]["id"].as_str().unwrap().to_owned();
    let back = format!("goals --switch {first}");
    desk.run(&["run", "Another thing"]).await.tells(&back);
    let log = desk.run(&["log"]).await.exits(0).printed();
    assert!(log.contains(&back), "{log}");
    desk.run(&["goals", "--switch", &first.to_uppercase()]).await.exits(0);
    assert_eq!(desk.status().await["goal"]["id"], first.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_end_of_a_run_no_session_is_told_as_live_and_policies_are_told_in_words() {
    let desk = Desk::new().await;
    desk.run(&["run", demo::GOAL, "--yes"]).await.exits(2);
    let (_, id) = desk.waiting().await.remove(0);
    desk.run(&["answer", &id, "2"]).await.exits(0);
    let ran = desk.run(&["run", "--commands", "ask"]).await.exits(2);
    let ran = ran.tells("you approve every plan and every brief; other commands ask you");
    assert!(!ran.told().contains("is being written ("), "{}", ran.told());
    desk.run(&["approve", "plan"]).await.exits(0);
    let ran = desk.run(&["run", "--yes"]).await.exits(2).tells("sh scripts/bench.sh");
    assert!(!ran.told().contains("a session works on"), "{}", ran.told());
    assert!(ran.told().contains("it waits for your word on a command"), "{}", ran.told());
}

#[tokio::test(flavor = "multi_thread")]
async fn under_rules_a_command_that_waits_ends_the_run_and_is_named() {
    let desk = Desk::new().await;
    desk.run(&["run", demo::GOAL, "--yes"]).await.exits(2);
    let (_, id) = desk.waiting().await.remove(0);
    desk.run(&["answer", &id, "2"]).await.exits(0);
    desk.run(&["run", "--yes"]).await.exits(2);
    let (kind, id) = desk.waiting().await.remove(0);
    assert_eq!(kind, "command");
    // What was asked before is still the person's to decide; nothing hangs on it.
    let ran = desk.run(&["run", "--yes", "--commands", "rules"]).await.exits(2);
    ran.tells("other commands are denied").tells(&format!("approve {id}"));
    desk.run(&["reject", &id, "--why", "no"]).await.exits(0);
    desk.run(&["run", "--yes", "--commands", "rules"]).await.exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_too_small_to_work_in_is_refused() {
    let desk = Desk::new().await;
    desk.run(&["run", "x", "--context", "10"]).await.exits(3).tells("at least 4000");
    desk.configure("models: {context_tokens: 99}\n");
    desk.run(&["run", "x"]).await.exits(3).tells("config.yaml");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cap_that_is_raised_lets_a_task_go_on_by_itself() {
    let desk = Desk::playing(&greet("test -e greet.txt")).await;
    desk.configure("caps: {task_tokens: 100}\n");
    desk.run(&["run", "Greet them", "--yes"]).await.exits(2).tells("tokens of greet");
    desk.configure("caps: {task_tokens: 1000000}\n");
    desk.run(&["run", "--yes"]).await.exits(0).tells("released");
}
