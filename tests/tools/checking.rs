//! The checks: every outcome of every kind.

use chargehand::{
    domain::{Check, Criterion, Evidence, Outcome, When},
    tools::look_at,
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::world::{Blobs, World};

fn criterion(check: Value) -> Criterion {
    let check: Check = serde_json::from_value(check).unwrap();
    Criterion { text: "it holds".to_owned(), check }
}

async fn all(world: &World, checks: &[Value], changed: &[&str], blobs: &Blobs) -> Vec<Evidence> {
    let criteria: Vec<Criterion> = checks.iter().cloned().map(criterion).collect();
    let changed: Vec<String> = changed.iter().map(ToString::to_string).collect();
    let stop = CancellationToken::new();
    look_at(&criteria, &world.root, "tree-id", &changed, When::After, blobs, &stop).await
}

async fn one(world: &World, check: Value) -> Evidence {
    let mut evidence = all(world, &[check], &[], &Blobs::default()).await;
    assert_eq!(evidence.len(), 1);
    evidence.remove(0)
}

/// Outcome, exit and what was seen.
async fn seen(world: &World, check: Value) -> (Outcome, Option<i32>, String) {
    let evidence = one(world, check).await;
    (evidence.outcome, evidence.exit, evidence.seen)
}

fn shell(run: &str) -> Value {
    json!({"type": "command", "run": run})
}

#[tokio::test]
async fn evidence_is_tied_to_the_criterion_the_tree_and_the_time() {
    let world = World::new(&[]);
    let evidence = one(&world, shell("true")).await;
    assert_eq!(evidence.criterion, criterion(shell("true")).key());
    assert_eq!((evidence.tree.as_str(), evidence.when), ("tree-id", When::After));
    assert_eq!(evidence.blob, None);
}

#[tokio::test]
async fn a_command_passes_with_the_expected_exit_only() {
    let world = World::new(&[("a", "")]);
    assert_eq!(
        seen(&world, shell("ls")).await,
        (Outcome::Passed, Some(0), "exit 0\na\n".to_owned())
    );
    assert_eq!(
        seen(&world, shell("echo why; exit 1")).await,
        (Outcome::Failed, Some(1), "exit 1\nwhy\n".to_owned())
    );
    let expects = |run: &str| json!({"type": "command", "run": run, "expect_exit": 2});
    assert_eq!(seen(&world, expects("exit 2")).await.0, Outcome::Passed);
    assert_eq!(
        seen(&world, expects("true")).await,
        (Outcome::Failed, Some(0), "exit 0 (expected 2)\n(no output)".to_owned())
    );
    assert_eq!(seen(&world, shell("kill -9 $$")).await.0, Outcome::Failed);
}

#[tokio::test]
async fn a_pattern_must_match_some_line_of_the_output() {
    let world = World::new(&[]);
    let with = |pattern: &str| json!({"type": "command", "run": "printf 'a\\n3 passed\\nb\\n'", "pattern": pattern});
    assert_eq!(seen(&world, with("^3 passed$")).await.0, Outcome::Passed);
    let (outcome, exit, text) = seen(&world, with("^4 passed$")).await;
    assert_eq!((outcome, exit), (Outcome::Failed, Some(0)));
    assert!(text.starts_with("exit 0, the output does not match `^4 passed$`\na\n"), "{text}");
    let (outcome, exit, text) = seen(&world, with("(4")).await;
    assert_eq!((outcome, exit), (Outcome::Unrunnable, None));
    assert!(text.starts_with("`(4` is no regular expression"), "{text}");
}

#[tokio::test]
async fn a_pattern_is_sought_in_the_whole_output_not_only_in_what_is_shown() {
    let world = World::new(&[]);
    let check = json!({"type": "command", "run": "seq 1 9999", "pattern": "^5000$"});
    assert_eq!(seen(&world, check).await.0, Outcome::Passed);
}

#[tokio::test]
async fn a_command_that_cannot_be_executed_proves_nothing() {
    let world = World::new(&[("plain", "text")]);
    for (run, code) in [("no-such-program-here", 127), ("./plain", 126)] {
        let (outcome, exit, text) = seen(&world, shell(run)).await;
        assert_eq!((outcome, exit), (Outcome::Unrunnable, Some(code)));
        assert!(text.contains("the program was not found or cannot be executed"), "{text}");
    }
    let slow = json!({"type": "command", "run": "sleep 60", "timeout_seconds": 1});
    assert_eq!(
        seen(&world, slow).await,
        (Outcome::Unrunnable, None, "timed out after 1 s\n(no output)".to_owned())
    );
    let (outcome, _, text) = seen(&world, shell("yes | tr -d '\\n'")).await;
    assert_eq!(outcome, Outcome::Unrunnable);
    assert!(text.starts_with("killed: too much output\n"), "{text}");
}

#[tokio::test]
async fn a_missing_root_proves_nothing_either() {
    let mut world = World::new(&[]);
    world.root.push("gone");
    assert_eq!(seen(&world, shell("true")).await.0, Outcome::Unrunnable);
}

#[tokio::test]
async fn long_output_is_cut_and_kept_whole_as_a_blob() {
    let world = World::new(&[]);
    let blobs = Blobs::default();
    let evidence = all(&world, &[shell("seq 1 9999; exit 1")], &[], &blobs).await.remove(0);
    assert!(evidence.seen.starts_with("exit 1\n1\n2\n") && evidence.seen.ends_with("9999\n"));
    assert!(evidence.seen.len() <= 4_096, "{}", evidence.seen.len());
    let kept = blobs.0.lock().unwrap();
    assert_eq!(evidence.blob, Some(format!("digest of {}", kept[0].len())));
    assert!(kept[0].ends_with(b"9998\n9999\n"));
}

#[tokio::test]
async fn output_that_is_no_text_stays_within_the_cap() {
    let world = World::new(&[]);
    // Each byte grows to three when it is shown.
    let garbage = "head -c 9000 /dev/zero | tr '\\000' '\\377'";
    let evidence = one(&world, shell(garbage)).await;
    assert!(evidence.seen.len() <= 4_096, "{}", evidence.seen.len());
    assert!(evidence.seen.starts_with("exit 0\n") && evidence.seen.contains("[...]"));
}

#[tokio::test]
async fn a_file_exists_or_not_or_cannot_be_asked_for() {
    let world = World::new(&[("dir/a", "")]);
    world.link("out", "../secret");
    let exists = |path: &str| json!({"type": "file_exists", "path": path});
    assert_eq!(seen(&world, exists("dir/a")).await.0, Outcome::Passed);
    assert_eq!(seen(&world, exists("dir")).await.0, Outcome::Passed);
    assert_eq!(
        seen(&world, exists("none")).await,
        (Outcome::Failed, None, "`none` does not exist".to_owned())
    );
    assert_eq!(seen(&world, exists("dir/a/b")).await.0, Outcome::Failed);
    for path in ["../secret", "/etc/passwd", "out", ""] {
        assert_eq!(seen(&world, exists(path)).await.0, Outcome::Unrunnable, "{path}");
    }
}

#[tokio::test]
async fn a_files_text_matches_or_not_or_cannot_be_read() {
    let world = World::new(&[("f", "one\ntwo = 2\n"), ("dir/x", "")]);
    world.put("huge", &vec![b'x'; 5 * 1024 * 1024]);
    let matches = |path: &str, pattern: &str| json!({"type": "file_matches", "path": path, "pattern": pattern});
    assert_eq!(
        seen(&world, matches("f", "^two = \\d$")).await,
        (Outcome::Passed, None, "`f` matches `^two = \\d$` in line 2".to_owned())
    );
    assert_eq!(seen(&world, matches("f", "three")).await.0, Outcome::Failed);
    assert_eq!(seen(&world, matches("none", "x")).await.0, Outcome::Failed);
    assert_eq!(seen(&world, matches("dir", "x")).await.0, Outcome::Failed);
    assert_eq!(seen(&world, matches("f", "(")).await.0, Outcome::Unrunnable);
    assert_eq!(seen(&world, matches("huge", "x")).await.0, Outcome::Unrunnable);
    assert_eq!(seen(&world, matches("../secret", "needle")).await.0, Outcome::Unrunnable);
}

#[tokio::test]
async fn every_changed_path_must_be_within() {
    let world = World::new(&[]);
    let within = |globs: &[&str]| json!({"type": "diff_within", "globs": globs});
    let checks = [within(&["src/**", "*.md"]), within(&["src"]), within(&["{"])];
    let changed = ["src/a.rs", "README.md"];
    let evidence = all(&world, &checks, &changed, &Blobs::default()).await;
    let told: Vec<_> = evidence.iter().map(|one| (one.outcome, one.seen.as_str())).collect();
    assert_eq!(told[0], (Outcome::Passed, "2 changed paths, all within"));
    assert_eq!(told[1], (Outcome::Failed, "changed outside `src`: README.md"));
    assert_eq!(told[2].0, Outcome::Unrunnable);
}

#[tokio::test]
async fn what_only_a_person_or_a_model_can_say_yields_no_evidence() {
    let world = World::new(&[]);
    let checks = [
        json!({"type": "manual", "look": "at the colours"}),
        shell("true"),
        json!({"type": "judgement", "ask": "is it readable"}),
    ];
    let evidence = all(&world, &checks, &[], &Blobs::default()).await;
    assert_eq!(evidence.len(), 1);
    assert_eq!(evidence[0].criterion, criterion(shell("true")).key());
}

#[tokio::test]
async fn a_known_secret_is_withheld_from_what_was_seen() {
    let world = World::new(&[("x", "no such thing\n")]);
    let blobs = Blobs::default().withholding("canary-4711");
    let checks = [
        shell("echo key=canary-4711; false"),
        json!({"type": "file_matches", "path": "x", "pattern": "canary-4711"}),
    ];
    let evidence = all(&world, &checks, &[], &blobs).await;
    assert!(evidence[0].seen.contains("key=[withheld]"), "{}", evidence[0].seen);
    assert!(evidence.iter().all(|one| !one.seen.contains("canary")), "{evidence:?}");
}

#[tokio::test]
async fn after_a_stop_nothing_is_looked_at() {
    let world = World::new(&[]);
    let stop = CancellationToken::new();
    stop.cancel();
    let criteria = [criterion(shell("touch ran"))];
    let blobs = Blobs::default();
    let evidence = look_at(&criteria, &world.root, "t", &[], When::Before, &blobs, &stop).await;
    assert!(evidence.is_empty() && !world.has("ran"));
}
