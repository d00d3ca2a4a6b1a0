//! search.

use std::fmt::Write as _;

use insta::assert_snapshot;
use serde_json::json;

use super::world::{Run, World, bad, call_on, good};

fn project() -> World {
    World::new(&[
        ("src/a.rs", "fn one() {}\nfn two() { needle(); }\n"),
        ("src/deep/b.rs", "// the needle\n"),
        ("README.md", "A Needle, and a needle.(x)\r\n"),
        (".github/ci.yml", "needle: 1\n"),
        ("target/out.rs", "needle\n"),
        (".gitignore", "target/\n"),
        (".git/config", "needle\n"),
    ])
}

#[tokio::test]
async fn search_leaves_out_what_is_ignored_and_git_itself() {
    let world = project();
    assert_snapshot!(good(&world.files(), "search", json!({"pattern": "needle"})).await, @r"
    .github/ci.yml:1:needle: 1
    README.md:1:A Needle, and a needle.(x)
    src/a.rs:2:fn two() { needle(); }
    src/deep/b.rs:1:// the needle
    ");
}

#[tokio::test]
async fn search_keeps_to_a_path_and_a_glob() {
    let world = project();
    let tools = world.files();
    let within = |path: &str| json!({"pattern": "needle", "path": path});
    assert_eq!(good(&tools, "search", within("src/deep")).await, "src/deep/b.rs:1:// the needle\n");
    assert_eq!(good(&tools, "search", within("./src/a.rs")).await.lines().count(), 1);
    let glob = |glob: &str| json!({"pattern": "(?i)needle", "glob": glob});
    assert_eq!(good(&tools, "search", glob("*.md")).await.lines().count(), 1);
    assert_eq!(good(&tools, "search", glob("src/**")).await.lines().count(), 2);
    let none = good(&tools, "search", glob("*.py")).await;
    assert_eq!(none, "no line matches in files that match the glob\n");
}

#[tokio::test]
async fn a_named_file_is_searched_even_if_it_is_ignored() {
    let world = project();
    let named = json!({"pattern": "needle", "path": "target/out.rs"});
    assert_eq!(good(&world.files(), "search", named).await, "target/out.rs:1:needle\n");
}

#[tokio::test]
async fn the_ignore_files_above_a_directory_count_when_it_is_searched() {
    let world = project();
    world.put(".gitignore", b"target/\n*.gen\n/src/deep/made/\n");
    world.put("src/deep/x.gen", b"needle\n");
    world.put("src/deep/made/y.rs", b"needle\n");
    let tools = world.files();
    let within = |path: &str| json!({"pattern": "needle", "path": path});
    assert_eq!(good(&tools, "search", within("src/deep")).await, "src/deep/b.rs:1:// the needle\n");
    let named = good(&tools, "search", within("target")).await;
    assert_eq!(named, "target/out.rs:1:needle\n", "a directory that is named is looked into");
}

#[tokio::test]
async fn a_literal_is_no_expression() {
    let world = project();
    let tools = world.files();
    let found = good(&tools, "search", json!({"pattern": "needle.(x)", "literal": true})).await;
    assert_eq!(found, "README.md:1:A Needle, and a needle.(x)\n");
    let none = good(&tools, "search", json!({"pattern": "n.edle", "literal": true})).await;
    assert_eq!(none, "no line matches\n");
}

#[tokio::test]
async fn bad_arguments_are_told_with_their_fault() {
    let world = project();
    let tools = world.files();
    let mut said = String::new();
    for arguments in [
        json!({"pattern": "(open"}),
        json!({"pattern": ""}),
        json!({"pattern": "a\nb"}),
        json!({"pattern": "x", "glob": "{a"}),
        json!({"pattern": "x", "path": "none"}),
        json!({"pattern": "x", "path": "../"}),
        json!({"path": "src"}),
    ] {
        let _ = writeln!(said, "{}", bad(&tools, "search", arguments).await);
    }
    assert_snapshot!(said, @r#"
    `(open` cannot be searched for: error: unclosed group. With `literal` it is plain text.
    the pattern is empty: it would match every line
    `a
    b` cannot be searched for: the literal "\n" is not allowed in a regex. One line is searched at a time.
    `{a` is no glob: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
    `none` does not exist; there is: `.github`, `.gitignore`, `README.md`, `src`, `target`
    `../` leads out of the worktree: nothing outside it can be reached
    the arguments do not fit: missing field `pattern`
    "#);
}

#[tokio::test]
async fn search_follows_no_link_out_of_the_root() {
    let world = project();
    world.link("up", "..");
    world.link("stolen", "../secret");
    let found = good(&world.files(), "search", json!({"pattern": "outside"})).await;
    assert_eq!(found, "no line matches\n");
    for path in ["up", "stolen", "up/secret"] {
        bad(&world.files(), "search", json!({"pattern": "outside", "path": path})).await;
    }
}

#[tokio::test]
async fn many_and_long_lines_are_cut() {
    let world = World::new(&[("many", &"hit\n".repeat(500))]);
    let found = good(&world.files(), "search", json!({"pattern": "hit"})).await;
    assert_eq!(found.lines().count(), 201);
    assert!(found.ends_with("(there are more: narrow the pattern, `path` or `glob`)\n"));
    let world = World::new(&[("long", &format!("hit{}\n", "x".repeat(10_000)))]);
    let found = good(&world.files(), "search", json!({"pattern": "hit"})).await;
    assert!(found.len() < 400 && found.contains("bytes more]"), "{found}");
}

#[tokio::test]
async fn exactly_as_many_as_are_shown_are_not_more() {
    let world = World::new(&[("many", &"hit\n".repeat(200))]);
    let found = good(&world.files(), "search", json!({"pattern": "hit"})).await;
    assert_eq!(found.lines().count(), 200);
}

#[tokio::test]
async fn binary_and_huge_files_are_left_out() {
    let world = World::new(&[("text", "needle\n"), ("huge", &"needle\n".repeat(1_300_000))]);
    world.put("bin", b"\0\0needle\n");
    let found = good(&world.files(), "search", json!({"pattern": "needle"})).await;
    assert_eq!(found, "text:1:needle\n(not searched, too large or unreadable: 1)\n");
}

#[tokio::test]
async fn a_stopped_run_searches_no_further() {
    let world = project();
    let run = Run::new();
    run.stop.cancel();
    let output = call_on(&run.link, &world.files(), "search", json!({"pattern": "needle"})).await;
    assert!(output.text.starts_with("no line matches\n("), "{}", output.text);
}
