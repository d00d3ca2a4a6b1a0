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

    let status = desk.run(&["status"]).await.exits(0).printed();
    assert!(status.contains("\ncut off, goes on with chargehand run\n"), "{status}");
    assert!(status.contains("cut off  ") && status.contains(": goes on with chargehand run"));
    let data = desk.status().await;
    assert_eq!((&data["cut_off"], &data["tasks"][0]["status"]), (&true.into(), &"cut off".into()));
    let goals = desk.run(&["goals"]).await.exits(0).printed();
    assert_eq!(goals, "* greet-them  0/1 done  cut off  Greet them\n");
    let left = desk.run(&["clean"]).await.exits(0).printed();
    assert!(left.contains("half landed") && left.contains("chargehand/greet-them"), "{left}");
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
async fn a_command_that_is_allowed_between_two_runs_is_run_by_the_next() {
    let greet = greet("grep -q hello greet.txt").replace(
        r#"{tool: write, arguments: {path: greet.txt, content: "hello\n"}}"#,
        r#"{tool: run, arguments: {command: "echo hello > greet.txt && true"}}"#,
    );
    let desk = Desk::playing(&greet).await;
    desk.run(&["run", "Greet", "--yes"]).await.exits(2);
    let (kind, id) = desk.waiting().await.remove(0);
    assert_eq!(kind, "command");
    desk.run(&["approve", &id]).await.exits(0);
    desk.run(&["run", "--yes"]).await.exits(0);
    assert_eq!(desk.status().await["tasks"][0]["status"], "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_file_that_is_not_utf_8_is_refused_with_its_place() {
    let desk = Desk::new().await;
    let file = desk.repo().join("plan.yaml");
    std::fs::write(&file, b"goal: x\ntasks:\n- {id: caf\xe9}\n").unwrap();
    for args in [["plan", "check", "plan.yaml"], ["run", "--plan", "plan.yaml"]] {
        let ran = desk.run(&args).await.exits(3);
        ran.tells("plan.yaml:3:11: this is not UTF-8");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_project_settings_are_told_when_they_are_shown_for_trust() {
    let desk = Desk::new().await;
    std::fs::create_dir(desk.repo().join(".chargehand")).unwrap();
    std::fs::write(desk.repo().join(".chargehand/settings.yaml"), "worktre: {}\n").unwrap();
    for args in [&["trust"][..], &["trust", "--grant"]] {
        desk.run(args).await.exits(3).tells("line 1 column 1: unknown key `worktre`");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_without_a_commit_is_refused_with_the_option_that_makes_one() {
    let desk = Desk::new().await;
    let empty = desk.temp.path().join("empty");
    let dir = empty.to_str().unwrap();
    desk.git(&["init", "-q", dir]);
    desk.run(&["-C", dir, "run", "x"]).await.exits(4).tells("`chargehand run --init`");
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

#[tokio::test(flavor = "multi_thread")]
async fn clean_shows_what_is_left_over_and_takes_it_away_with_all_kept() {
    let desk = Desk::playing(&greet("test -e greet.txt")).await;
    desk.run(&["clean"]).await.exits(0).tells("nothing is left over");
    desk.run(&["run", "Greet them", "--yes"]).await.exits(0);
    let head = desk.git(&["rev-parse", "chargehand-attempts/greet-them/greet-1"]);
    let left = desk.run(&["clean"]).await.exits(0).tells("clean --yes").printed();
    // In columns, however long the names are.
    let columns = |name: &str| left.lines().find_map(|line| line.find(name));
    assert_eq!(columns("greet-them/greet-1"), columns("chargehand-attempts/"), "{left}");
    assert!(left.contains("worktree  greet-them/greet-1"), "{left}");
    assert!(left.contains("chargehand-attempts/greet-them/greet-1"), "{left}");
    assert!(!left.lines().any(|line| line.contains(" chargehand/greet-them ")), "{left}");
    desk.run(&["clean", "--yes"]).await.exits(0).tells("cleaned: greet-them/greet-1");
    desk.run(&["clean"]).await.exits(0).tells("nothing is left over");
    assert!(!desk.git(&["worktree", "list"]).contains("greet-1"));
    let kept = desk.git(&["for-each-ref", "--format=%(objectname)", "refs/chargehand/kept/clean"]);
    assert!(kept.contains(head.trim()), "{kept}");
    assert!(desk.git(&["branch", "--list", "chargehand/*"]).contains("greet-them"), "still open");
    desk.run(&["land"]).await.exits(0);
    desk.run(&["clean", "--yes"]).await.exits(0);
    assert_eq!(desk.git(&["branch", "--list", "chargehand*"]), "", "over once it has landed");
}

#[tokio::test(flavor = "multi_thread")]
async fn clean_leaves_unsaved_work_until_it_is_named_and_keeps_it_even_then() {
    let desk = Desk::playing(&greet("test -e greet.txt")).await;
    desk.run(&["run", "Greet them", "--yes"]).await.exits(0);
    let list = desk.git(&["worktree", "list", "--porcelain"]);
    let path = list.lines().find(|line| line.ends_with("greet-1")).unwrap();
    let path = std::path::Path::new(path.trim_start_matches("worktree "));
    std::fs::write(path.join("notes.txt"), "mine\n").unwrap();
    let left = desk.run(&["clean"]).await.exits(0).printed();
    assert!(left.contains("! uncommitted: notes.txt"), "{left}");
    desk.run(&["clean", "--yes"]).await.exits(2).tells("greet-them/greet-1 stays");
    assert!(path.join("notes.txt").exists());
    desk.run(&["clean", "--yes", "nobody"]).await.exits(3).tells("greet-them/greet-1");
    desk.run(&["clean", "--yes", "greet-them/greet-1"]).await.exits(0);
    assert!(!path.exists());
    let kept = "refs/chargehand/kept/clean/greet-them/greet-1:notes.txt";
    assert_eq!(desk.git(&["show", kept]), "mine\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_under_way_keeps_its_worktree() {
    let desk = Desk::playing(&greet("test -e nothing")).await;
    desk.configure("caps: {attempts: 1}\n");
    desk.run(&["run", "Greet them", "--yes"]).await;
    let left = desk.run(&["clean"]).await.exits(0).printed();
    assert!(!left.contains("greet-1"), "a person decides what becomes of it: {left}");
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_says_what_is_well_and_what_is_not() {
    let desk = Desk::new().await;
    let well = desk.run(&["doctor"]).await.exits(0).printed();
    for words in ["ok    git", "ok    log", "ok    server", "note  sandbox", "note  terminal"] {
        assert!(well.contains(words), "no `{words}`: {well}");
    }
    assert!(!well.contains("network"), "it was not asked: {well}");
    let asked = desk.run(&["doctor", "--online"]).await.exits(0).printed();
    assert!(asked.contains("ok    network"), "{asked}");
    desk.configure("modles: {}\n");
    let prompts = desk.temp.path().join("config/prompts");
    std::fs::create_dir(&prompts).unwrap();
    std::fs::write(prompts.join("brief.sytem.md.j2"), "x").unwrap();
    let ill = desk.run(&["doctor"]).await.exits(4).printed();
    assert!(ill.contains("BAD   settings") && ill.contains("did you mean `models`?"), "{ill}");
    assert!(ill.contains("did you mean `brief.system.md.j2`?"), "{ill}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_begun_over_a_log_with_a_hole_unless_the_person_says_so() {
    let desk = Desk::playing(&greet("test -e greet.sh")).await;
    desk.run(&["plan", "Greet them"]).await;
    let log = desk.repo().join(".git/chargehand/log.db");
    let raw = rusqlite::Connection::open(&log).unwrap();
    raw.execute(
        "INSERT INTO event (log_id, seq, at, time, actor, revision, kind, v, data)
         SELECT log_id, max(seq) + 1, at, time, 'chargehand', 0, 'from_the_future', 1, '{}' FROM event",
        [],
    )
    .unwrap();
    drop(raw);
    let refused = desk.run(&["run", "--yes"]).await.exits(4);
    refused.tells("1 of the log's events cannot be read").tells("chargehand doctor");
    desk.run(&["approve", "plan"]).await.exits(4).tells("--despite-holes");
    // Reading goes on.
    desk.run(&["status"]).await.exits(0);
    desk.run(&["log"]).await.exits(0);
    desk.run(&["approve", "plan", "--despite-holes"]).await.exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn config_shows_each_setting_with_its_source_and_where_files_lie() {
    let desk = Desk::new().await;
    desk.configure("# mine\ncaps:\n  turns: 9\n  goal_usd: 2.5\n");
    let told = desk.run(&["config", "--context", "9000"]).await.exits(0).printed();
    let line = |key: &str| told.lines().find(|line| line.starts_with(key)).unwrap().to_owned();
    assert!(line("caps.turns").ends_with("config/config.yaml:3"), "{told}");
    assert!(line("caps.goal_usd").contains("$2.50"), "{told}");
    assert!(line("caps.attempts").ends_with("default"), "{told}");
    assert!(line("provider.base_url").ends_with("$OPENAI_BASE_URL"), "{told}");
    assert!(line("models.planner").ends_with("$CHARGEHAND_PLANNER_MODEL"), "{told}");
    assert!(line("models.context_tokens").ends_with("--context"), "{told}");
    assert!(told.contains("$OPENAI_API_KEY is set") && !told.contains(TOKEN), "{told}");
    assert!(line("provider.patience.idle").contains(" 300 "), "as for this machine: {told}");
    assert!(line("models.context_tokens").contains(" 9000 "), "{told}");
    assert!(line("caps.day_usd").contains("no cap"), "{told}");
    assert!(line("provider.tools").contains("what suits the model"), "{told}");
    assert!(line("models.effort.planner").contains("as the model does"), "{told}");
    assert!(line("themes ").ends_with("config/themes (not there)"), "{told}");
    assert!(line("log ").ends_with(".git/chargehand/log.db (not there)"), "{told}");
    let example = desk.run(&["config", "--example"]).await.exits(0).printed();
    desk.configure(&example);
    desk.run(&["config"]).await.exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_completions_and_manual_pages_are_printed() {
    let desk = Desk::new().await;
    let folder = desk.temp.path().join("config");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("keys.yaml"), "global: {app.quit: X}\n").unwrap();
    let keys = desk.run(&["keys"]).await.exits(0).printed();
    assert!(keys.contains("  X            app.quit"), "{keys}");
    std::fs::write(folder.join("keys.yaml"), "[".repeat(100_000)).unwrap();
    desk.run(&["keys"]).await.exits(3).tells("brackets are open");
    std::fs::write(folder.join("keys.yaml"), "global: {app.qiut: X}\n").unwrap();
    desk.run(&["keys"]).await.exits(3).tells("keys.yaml:1:");
    std::fs::create_dir(folder.join("themes")).unwrap();
    std::fs::write(folder.join("themes/mine.yaml"), "name: mine\nroles:\n  text: \"#zzz\"\n")
        .unwrap();
    let ill = desk.run(&["doctor"]).await.exits(4).printed();
    assert!(ill.contains("BAD   keys") && ill.contains("keys.yaml:1:"), "{ill}");
    assert!(ill.contains("BAD   theme") && ill.contains("themes/mine.yaml:3:"), "{ill}");
    let bash = desk.run(&["completions", "bash"]).await.exits(0).printed();
    assert!(bash.contains("chargehand") && bash.contains("--planner-model"));
    let page = desk.run(&["man"]).await.exits(0).printed();
    assert!(page.contains(".TH") && page.contains("Exit codes"), "{page}");
    let page = desk.run(&["man", "clean"]).await.exits(0).printed();
    assert!(page.contains("left over"), "{page}");
    desk.run(&["man", "nothing"]).await.exits(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_id_that_is_printed_can_be_shown() {
    let desk = Desk::new().await;
    let shown = async |id: &str| desk.run(&["show", id]).await.exits(0).printed();
    desk.run(&["run", demo::GOAL, "--yes"]).await.exits(2);
    let (_, question) = desk.waiting().await.remove(0);
    assert!(shown(&question).await.contains("a month without any entries"));
    desk.run(&["answer", &question, "2"]).await.exits(0);
    let told = shown(&question.to_lowercase()).await;
    assert!(told.contains(&format!("answer      {question}: no entries")), "{told}");

    desk.run(&["run", "--yes"]).await.exits(2);
    let (_, command) = desk.waiting().await.remove(0);
    assert!(shown(&command).await.contains("$ sh scripts/bench.sh"));
    let (run, _) = command.split_once('.').unwrap();
    let told = shown(run).await;
    assert!(told.starts_with(&format!("{run}, execute of month\n")), "{told}");
    assert!(told.contains(&command), "{told}");
    desk.run(&["approve", &command]).await.exits(0);
    desk.run(&["run", "--yes"]).await.exits(0);
    let told = shown(&command).await;
    assert!(told.contains("allowed     the command of month"), "{told}");

    let lessons = desk.run(&["lessons"]).await.exits(0).printed();
    let lesson = lessons.split_whitespace().next().unwrap();
    let told = shown(lesson).await;
    assert!(told.starts_with(lesson) && told.contains("    do:   "), "{told}");
    assert!(shown("1").await.contains("# goal "));
    assert!(shown("month").await.starts_with("month: "));
    let capture = desk.run(&["capture", "Euros only?"]).await.exits(0);
    let (_, thought) =
        desk.waiting().await.into_iter().find(|one| one.0 == "your thought").unwrap();
    assert!(shown(&thought).await.contains("Euros only?"), "{}", capture.told());
    let goal = desk.status().await["goal"]["id"].as_str().unwrap().to_owned();
    let told = shown(&goal).await;
    assert!(told.contains("\n  ✓ month   done  Sum up a month\n"), "{told}");
    assert!(told.contains("\n  ✓ import  done  Import the bank's CSV\n"), "{told}");

    let unknown = desk.run(&["show", "Q9999"]).await.exits(3);
    unknown.tells(&format!("there is no question Q9999; there are: {question}"));
    desk.run(&["show", "C1"]).await.exits(3).tells("there is none yet");
    desk.run(&["show", &format!("{run}.99")]).await.exits(3).tells(&command);
    let unknown = desk.run(&["show", "nonsense"]).await.exits(3);
    let unknown = unknown.tells("there are: the tasks month import budget readme, ");
    unknown.tells(&format!("the questions {question}")).tells("the events 1 to ");
    desk.run(&["show", "99999"]).await.exits(3).tells("the events 1 to ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_in_the_arguments_is_told_before_anything_is_said_or_done() {
    let desk = Desk::new().await;
    desk.run(&["stauts"]).await.exits(3).tells("did you mean `status`?");
    desk.run(&["plan", "shwo"]).await.exits(3).tells("did you mean `show`?");
    let ran = desk.run(&["run", "--parallel", "0", "x"]).await.exits(3).tells("--parallel");
    assert!(!ran.told().contains("note:"), "{}", ran.told());
    assert_eq!(desk.status().await["goal"], serde_json::Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_process_runs_a_held_server_is_told_by_its_url_and_run_tries_again() {
    let desk = Desk::new().await;
    let nobody = ["--base-url", "http://127.0.0.1:9/v1"];
    let ran = desk.run(&[&["run", demo::GOAL, "--wait", "0"], &nobody[..]].concat()).await.exits(4);
    ran.tells("`chargehand run` goes on");
    let status = desk.run(&[&["status"], &nobody[..]].concat()).await.exits(0).printed();
    let held = "`http://127.0.0.1:9/v1` is held (out of reach); `chargehand run` tries again\n";
    assert!(status.contains(held) && !status.contains("by itself"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_that_is_kept_makes_no_folder_that_would_have_to_go() {
    let desk = Desk::new().await;
    let temp = desk.temp.path().join("tmp");
    std::fs::create_dir(&temp).unwrap();
    let kept = desk.temp.path().join("kept");
    let mut command = desk.command(&["demo", "--headless", "--keep", kept.to_str().unwrap()]);
    command.env("TMPDIR", &temp);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("chargehand demo --keep") && told.contains("/data"), "{told}");
    let left = std::fs::read_dir(&temp).unwrap().flatten();
    let left = left.filter(|one| one.file_name().to_string_lossy().starts_with("chargehand-demo-"));
    assert_eq!(left.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn before_the_first_goal_every_command_says_that_one_is_stated_first() {
    let desk = Desk::new().await;
    for args in [
        &["why", "README.md"][..],
        &["log"],
        &["search", "x"],
        &["show", "plan"],
        &["plan", "show"],
        &["plan", "fork", "--at", "1"],
        &["export", "out"],
        &["undo", "x"],
        &["approve", "plan"],
        &["reject", "plan", "--why", "no"],
        &["answer", "Q1", "x"],
    ] {
        desk.run(args).await.exits(3).tells("chargehand run \"…\"");
    }
}

/// Writes over the log's file behind the program's back, as `sqlite3` would.
fn damage(desk: &Desk, sql: &str) {
    let log = desk.repo().join(".git/chargehand/log.db");
    rusqlite::Connection::open(log).unwrap().execute_batch(sql).unwrap();
}

/// Fills the first bytes of the last page of a table of the log, so that it is no page any more.
fn lose_page(desk: &Desk, table: &str) {
    let path = desk.repo().join(".git/chargehand/log.db");
    let log = rusqlite::Connection::open(&path).unwrap();
    let sql = "SELECT max(pageno) FROM dbstat WHERE name = ?1 AND pagetype = 'leaf'";
    let page: i64 = log.query_row(sql, [table], |row| row.get(0)).unwrap();
    drop(log);
    let mut bytes = std::fs::read(&path).unwrap();
    let at = usize::try_from((page - 1) * 4096).unwrap();
    bytes[at..at + 8].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_makes_a_damaged_index_anew_and_says_that_the_events_are_whole() {
    let desk = Desk::new().await;
    desk.run(&["plan", "Greet them"]).await;
    let before = desk.run(&["log", "--json"]).await.exits(0).printed();
    damage(&desk, "UPDATE words_data SET block = x'00ff00ff00ff'");
    let told = desk.run(&["doctor"]).await.exits(0).printed();
    assert!(told.contains("the log's events are whole, and was made anew"), "{told}");
    assert!(!told.contains("backup"), "{told}");
    let told = desk.run(&["doctor"]).await.exits(0).printed();
    assert!(!told.contains("  search "), "{told}");
    assert_eq!(desk.run(&["log", "--json"]).await.exits(0).printed(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_damaged_log_says_what_is_lacking_and_what_to_do() {
    let desk = Desk::new().await;
    desk.run(&["run", demo::GOAL, "--yes"]).await.exits(2);
    lose_page(&desk, "event");
    let told = desk.run(&["export", "--full", "out"]).await.exits(4);
    let told = told.tells("no backup was made").tells("cannot be read: event ");
    told.tells("All that can be read is in out").tells("copy the log's whole folder");
    assert!(desk.repo().join("out/events.jsonl").exists());
    desk.run(&["export", "plain"]).await.exits(0);
}
