//! list, read, the history and the memory.

use std::{fmt::Write as _, path::Path, sync::Arc};

use chargehand::{
    agent::{Class, Schema, Toolbox},
    domain::Plan,
    executor::finish_tool,
    git::Repo,
    planner::{ExistsHere, Heard, plan_tools, review_tools},
    sandbox::{Spawn, run},
    tools::{History, Memory, change, look_at_files, look_at_history},
};
use insta::assert_snapshot;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::world::{World, bad, good};

#[tokio::test]
async fn list_shows_kinds_and_sizes_and_hides_git() {
    let world = World::new(&[("b.txt", "12345"), ("src/a.rs", ""), (".git/config", "")]);
    world.link("to", "b.txt");
    let tools = world.files();
    assert_snapshot!(good(&tools, "list", json!({})).await, @r"
    b.txt (5 bytes)
    src/
    to (symbolic link)
    ");
    assert_eq!(good(&tools, "list", json!({"path": "src/"})).await, "a.rs (0 bytes)\n");
    assert_eq!(good(&tools, "list", json!({"path": ""})).await.lines().count(), 3);
}

#[tokio::test]
async fn list_cuts_a_crowded_directory_and_says_how_much() {
    let world = World::new(&[]);
    for number in 0..1_003 {
        world.put(&format!("f{number}"), b"");
    }
    let shown = good(&world.files(), "list", json!({})).await;
    assert_eq!(shown.lines().count(), 1_001);
    assert!(shown.ends_with("(3 more names: `search` with a glob finds files)\n"), "{shown}");
}

#[tokio::test]
async fn list_and_read_do_not_leave_the_root() {
    let world = World::new(&[("a", "x")]);
    world.link("out", "..");
    let secret = world.root.parent().unwrap().join("secret");
    let tools = world.files();
    for path in ["..", "out", "a/../../", "/etc"] {
        let said = bad(&tools, "list", json!({"path": path})).await;
        assert!(!said.contains("secret"), "{said}");
    }
    for path in ["../secret", "out/secret", secret.to_str().unwrap()] {
        let said = bad(&tools, "read", json!({"path": path})).await;
        assert!(!said.contains("needle"), "{said}");
    }
}

#[tokio::test]
async fn read_numbers_lines_and_says_where_to_go_on() {
    let world = World::new(&[("f", "one\r\ntwo\nthree\nfour")]);
    let tools = world.files();
    assert_eq!(
        good(&tools, "read", json!({"path": "f"})).await,
        "1\tone\n2\ttwo\n3\tthree\n4\tfour\n"
    );
    assert_eq!(
        good(&tools, "read", json!({"path": "./f", "offset": 2, "limit": 2})).await,
        "2\ttwo\n3\tthree\n(lines 2 to 3 of 4; go on with offset 4)\n"
    );
    assert_eq!(good(&tools, "read", json!({"path": "f", "offset": 4})).await, "4\tfour\n");
}

#[tokio::test]
async fn read_stops_after_two_thousand_lines_or_64_kib() {
    let many = (0..5_000).fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{line}");
        text
    });
    let wide = format!("{}\n", "x".repeat(1_500)).repeat(100);
    let world = World::new(&[("many", &many), ("wide", &wide), ("long", &"y".repeat(100_000))]);
    let tools = world.files();
    let shown = good(&tools, "read", json!({"path": "many", "limit": 9_999})).await;
    assert!(shown.ends_with("2000\t1999\n(lines 1 to 2000 of 5000; go on with offset 2001)\n"));
    let shown = good(&tools, "read", json!({"path": "wide"})).await;
    assert!(shown.len() < 66 * 1024 && shown.contains("of 100; go on with offset"));
    let shown = good(&tools, "read", json!({"path": "long"})).await;
    assert!(shown.len() < 2_100 && shown.ends_with("[... 98000 bytes more]\n"));
}

#[tokio::test]
async fn read_says_why_there_is_nothing_to_show() {
    let world = World::new(&[("empty", ""), ("two", "1\n2\n"), ("dir/x", "")]);
    world.put("bin", b"\x7fELF\0\0");
    world.put("latin", b"caf\xe9\n");
    let tools = world.files();
    assert_eq!(good(&tools, "read", json!({"path": "empty"})).await, "(the file is empty)");
    assert_eq!(good(&tools, "read", json!({"path": "latin"})).await, "1\tcaf\u{fffd}\n");
    let mut said = String::new();
    for arguments in [
        json!({"path": "bin"}),
        json!({"path": "two", "offset": 3}),
        json!({"path": "dir"}),
        json!({"path": "none"}),
        json!({"path": ""}),
        json!({"path": 7}),
    ] {
        let _ = writeln!(said, "{}", bad(&tools, "read", arguments).await);
    }
    assert_snapshot!(said, @r#"
    `bin` is no text: a binary file of 6 bytes
    `two` has 2 lines; offset 3 is behind its end
    `dir` is a directory, not a file: `list` shows what is in it
    `none` does not exist; there is: `bin`, `dir`, `empty`, `latin`, `two`
    the path is empty: name a file relative to the root
    the arguments do not fit: invalid type: integer `7`, expected a string
    "#);
}

#[tokio::test]
async fn a_root_that_is_gone_is_a_tools_error() {
    let tools = look_at_files(Path::new("/nowhere/at/all"));
    let said = bad(&tools, "list", json!({})).await;
    assert!(said.starts_with("the worktree is not there"), "{said}");
    bad(&tools, "read", json!({"path": "x"})).await;
    bad(&tools, "search", json!({"pattern": "x"})).await;
}

struct Told;

impl Memory for Told {
    fn search(&self, query: &str, limit: usize) -> Vec<String> {
        if query == "nothing" {
            return Vec::new();
        }
        (0..limit + 5).map(|number| format!("{number} {query}")).collect()
    }
}

/// A repository of two commits.
async fn history(world: &World) -> Toolbox {
    let stop = CancellationToken::new();
    world.put("a.txt", b"one\n");
    world.put("sub/b.txt", b"b\n");
    let ground = "git init -q -b main && git config user.name Ada && git config user.email a@b.c \
                  && git add -A && git commit -qm First --date=2020-01-02T03:04:05Z";
    sh(world, ground).await;
    world.put("a.txt", b"two\n");
    sh(world, "git commit -qam Second").await;
    let repo = Repo::discover(&world.root, &stop).await.unwrap();
    let at = repo.snapshot("HEAD").await.unwrap().commit;
    let mut tools = look_at_files(&world.root);
    tools.extend(look_at_history(&History { repo, at, memory: Some(Arc::new(Told)) }));
    tools
}

#[tokio::test]
async fn the_schema_of_every_tool_compiles() {
    let world = World::new(&[]);
    let mut tools = history(&world).await;
    tools.extend(change(&world.place(&[], &[])).unwrap());
    tools.push(finish_tool());
    let names: Vec<&str> = tools
        .iter()
        .map(|tool| {
            let spec = tool.spec();
            Schema::compile(&spec.schema).unwrap();
            spec.name
        })
        .collect();
    let looks = ["list", "read", "search", "git_log", "git_diff", "memory_search"];
    assert_eq!(names, [&looks[..], &["write", "edit", "run", "finish"]].concat());
}

async fn sh(world: &World, line: &str) {
    let dated = format!("export GIT_COMMITTER_DATE=2021-02-03T04:05:06Z; {line}");
    let done = run(Spawn::shell(dated, &world.root), &CancellationToken::new(), None).await;
    let done = done.unwrap();
    assert!(done.succeeded(), "{}", done.output.text());
}

#[tokio::test]
async fn git_log_names_commits_and_keeps_to_a_path() {
    let world = World::new(&[]);
    let tools = history(&world).await;
    let log = good(&tools, "git_log", json!({})).await;
    let lines: Vec<&str> = log.lines().map(|line| &line[13..]).collect();
    assert_eq!(lines, ["2021-02-03 Ada: Second", "2021-02-03 Ada: First"]);
    let log = good(&tools, "git_log", json!({"path": "./sub/", "count": 5})).await;
    assert!(log.ends_with("Ada: First\n") && log.lines().count() == 1, "{log}");
    assert_eq!(good(&tools, "git_log", json!({"count": 1})).await.lines().count(), 1);
    let none = good(&tools, "git_log", json!({"path": "none"})).await;
    assert_eq!(none, "no commit changed that");
}

#[tokio::test]
async fn git_diff_shows_what_the_looked_at_commit_changed() {
    let world = World::new(&[]);
    let tools = history(&world).await;
    // The session looks at its own commit, wherever HEAD goes meanwhile.
    sh(&world, "git commit -q --allow-empty -m Third").await;
    let diff = good(&tools, "git_diff", json!({})).await;
    assert!(diff.starts_with("changed a.txt (+1 -1)\n") && diff.contains("-one\n+two"), "{diff}");
    assert_eq!(good(&tools, "git_diff", json!({"from": "HEAD~1", "to": "HEAD"})).await, diff);
    assert_eq!(good(&tools, "git_diff", json!({"path": "sub"})).await, "no difference");
}

#[tokio::test]
async fn git_diff_takes_no_option_for_a_commit() {
    let world = World::new(&[]);
    let tools = history(&world).await;
    for from in ["--output=stolen", "-p", "no-such-branch", ""] {
        bad(&tools, "git_diff", json!({"from": from})).await;
    }
    assert!(!world.has("stolen"));
}

#[tokio::test]
async fn memory_search_is_bounded_and_says_when_there_is_nothing() {
    let world = World::new(&[]);
    let tools = history(&world).await;
    let found = good(&tools, "memory_search", json!({"query": "locks"})).await;
    assert_eq!(found.lines().count(), 20);
    assert!(found.starts_with("0 locks\n"), "{found}");
    let none = good(&tools, "memory_search", json!({"query": "nothing"})).await;
    assert_eq!(none, "nothing in the memory matches");
    bad(&tools, "memory_search", json!({"query": " "})).await;
}

#[tokio::test]
async fn invariant_10_planner_and_reviewer_have_no_tool_that_writes_or_executes() {
    let world = World::new(&[]);
    let exists: ExistsHere = Arc::new(|_| true);
    let plan = plan_tools(history(&world).await, Arc::clone(&exists)).tools;
    let files = world.files();
    let review = review_tools(files, Plan::default(), &[], Heard::default(), exists).tools;
    for (tools, own) in [(&plan, "propose_plan"), (&review, "judge")] {
        assert!(tools.iter().any(|tool| tool.spec().name == own));
        for tool in tools {
            let name = tool.spec().name;
            assert!(matches!(tool.class(), Class::Look | Class::Deliver), "{name}");
            assert_eq!(tool.command(&json!({"command": "x"})), None, "{name}");
        }
    }
}

#[tokio::test]
async fn everything_in_the_look_toolbox_only_looks() {
    let world = World::new(&[]);
    let tools = history(&world).await;
    let names: Vec<&str> = tools.iter().map(|tool| tool.spec().name).collect();
    assert_eq!(names, ["list", "read", "search", "git_log", "git_diff", "memory_search"]);
    assert!(tools.iter().all(|tool| tool.class() == Class::Look));
    assert!(tools.iter().all(|tool| tool.command(&json!({"command": "x"})).is_none()));
    assert!(world.files().iter().all(|tool| tool.class() == Class::Look));
}

#[tokio::test]
async fn schemas_are_closed_and_the_fixed_specs_are_small() {
    let world = World::new(&[]);
    let looks = history(&world).await;
    let changes = world.change(&[], &[]);
    let mut bytes = 0;
    for tool in looks.iter().chain(&changes) {
        let spec = tool.spec();
        assert_eq!(spec.schema["additionalProperties"], false, "{}", spec.name);
        assert!(spec.schema["required"].is_array(), "{}", spec.name);
        if !["git_log", "git_diff", "memory_search"].contains(&spec.name) {
            bytes += spec.name.len() + spec.description.len() + spec.schema.to_string().len();
        }
    }
    // With the system prompt (about 1.5 KB) and `finish` the whole must stay below 6,000.
    assert!(bytes < 2_600, "{bytes}");
}
