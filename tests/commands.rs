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
