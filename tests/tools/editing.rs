//! edit: hits, and what is said about misses.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::world::{World, bad, good};

const CODE: &str = "\
fn add(a: i32, b: i32) -> i32 {
    a + b
}

fn subtract(a: i32, b: i32) -> i32 {
    a - b
}

fn twice(a: i32) -> i32 {
    a + a
}
";

fn swap(old: &str, new: &str) -> Value {
    json!({"path": "f", "old": old, "new": new})
}

/// What an edit of `CODE` says when it misses; the file must be as it was.
async fn miss(old: &str) -> String {
    let world = World::new(&[("f", CODE)]);
    let said = bad(&world.change(&[], &[]), "edit", swap(old, "something else")).await;
    assert_eq!(world.text("f"), CODE);
    said
}

#[tokio::test]
async fn a_unique_text_is_replaced() {
    let world = World::new(&[("f", CODE)]);
    let tools = world.change(&[], &[]);
    let said = good(&tools, "edit", swap("    a - b\n", "    a.wrapping_sub(b)\n")).await;
    assert_eq!(said, "edited f at line 6");
    assert_eq!(world.text("f"), CODE.replace("a - b", "a.wrapping_sub(b)"));
    good(&tools, "edit", swap("fn twice(a: i32) -> i32 {\n    a + a\n}\n", "")).await;
    assert!(!world.text("f").contains("twice"));
}

#[tokio::test]
async fn a_text_that_occurs_often_needs_all() {
    let world = World::new(&[("f", CODE)]);
    let tools = world.change(&[], &[]);
    let said = bad(&tools, "edit", swap("-> i32", "-> i64")).await;
    assert_snapshot!(said, @"not changed: `old` occurs 3 times, at lines 1, 5, 9. Add lines around it until it is unique, or set `all`.");
    let all = json!({"path": "f", "old": "-> i32", "new": "-> i64", "all": true});
    assert_eq!(good(&tools, "edit", all).await, "edited f at lines 1, 5, 9");
    assert_eq!(world.text("f"), CODE.replace("-> i32", "-> i64"));
}

#[tokio::test]
async fn a_miss_shows_the_nearest_lines_and_the_difference() {
    assert_snapshot!(miss("fn substract(a: i32, b: i32) -> i32 {\n    a - b\n}").await, @r#"
    not changed: `old` is not in the file. Nearest, after number and tab:
    5	fn subtract(a: i32, b: i32) -> i32 {
    6	    a - b
    7	}
    The first difference is in line 1 of `old`: `fn substract(a: i32, b: i32) -> i32 {`
    "#);
}

#[tokio::test]
async fn a_miss_in_blanks_only_says_so() {
    assert_snapshot!(miss("fn twice(a: i32) -> i32 {\n\ta+a\n}").await, @r#"
    not changed: `old` is not in the file. Only blanks differ. The file has, after number and tab:
    9	fn twice(a: i32) -> i32 {
    10	    a + a
    11	}
    "#);
}

#[tokio::test]
async fn line_numbers_of_read_are_recognised() {
    assert_snapshot!(miss("5\tfn subtract(a: i32, b: i32) -> i32 {\n6\t    a - b").await, @"not changed: `old` is not in the file. It has the line numbers of `read` in it: leave them out.");
}

#[tokio::test]
async fn a_text_like_nothing_says_so() {
    assert_snapshot!(miss("SELECT * FROM accounts WHERE id = 7;").await, @"not changed: `old` is not in the file. Nothing in it is like it: `read` the file again.");
}

#[tokio::test]
async fn edits_that_would_change_nothing_are_errors() {
    let world = World::new(&[("f", "a\r\nb\r\n")]);
    let tools = world.change(&[], &[]);
    let same = bad(&tools, "edit", swap("a", "a")).await;
    assert_eq!(same, "not changed: `old` and `new` are the same");
    let ends = bad(&tools, "edit", swap("a\nb", "a\r\nb")).await;
    assert_eq!(ends, "not changed: `old` and `new` differ only in line ends");
    assert!(bad(&tools, "edit", swap("", "x")).await.contains("`old` is empty"));
    assert_eq!(world.text("f"), "a\r\nb\r\n");
}

#[tokio::test]
async fn a_file_with_crlf_keeps_it() {
    let world = World::new(&[("f", "one\r\ntwo\r\nthree\r\n")]);
    let tools = world.change(&[], &[]);
    good(&tools, "edit", swap("one\ntwo", "1\n2\n2b")).await;
    assert_eq!(world.text("f"), "1\r\n2\r\n2b\r\nthree\r\n");
    good(&tools, "edit", swap("three", "3\n4")).await;
    assert_eq!(world.text("f"), "1\r\n2\r\n2b\r\n3\r\n4\r\n");
    good(&tools, "edit", swap("3\r\n4", "34")).await;
    assert_eq!(world.text("f"), "1\r\n2\r\n2b\r\n34\r\n");
}

#[tokio::test]
async fn mixed_line_ends_outside_the_edit_stay_as_they_are() {
    let world = World::new(&[("f", "one\r\ntwo\r\nthree\nfour\n")]);
    let tools = world.change(&[], &[]);
    good(&tools, "edit", swap("one\ntwo", "1\n2")).await;
    assert_eq!(world.text("f"), "1\r\n2\r\nthree\nfour\n");
    good(&tools, "edit", swap("three\nfour", "3\n4")).await;
    assert_eq!(world.text("f"), "1\r\n2\r\n3\n4\n");
}

#[tokio::test]
async fn what_is_no_text_or_not_there_is_not_edited() {
    let world = World::new(&[("dir/x", "")]);
    world.put("f", b"caf\xe9");
    let tools = world.change(&[], &[]);
    let said = bad(&tools, "edit", swap("caf", "x")).await;
    assert_eq!(said, "`f` is not UTF-8 text and cannot be edited");
    let said = bad(&tools, "edit", json!({"path": "none", "old": "a", "new": "b"})).await;
    assert_eq!(said, "`none` does not exist; there is: `dir`, `f`; `write` makes a new file");
    for path in ["dir", "../secret", ".git/config"] {
        bad(&tools, "edit", json!({"path": path, "old": "needle", "new": "b"})).await;
    }
}

#[tokio::test]
async fn a_miss_in_a_large_file_is_told_in_bounds() {
    let line = "let value = compute(input, output, options);\n";
    let world = World::new(&[("f", &line.repeat(50_000))]);
    let wanted = "let valu = compute(input, outputs, options);\n".repeat(200);
    let said = bad(&world.change(&[], &[]), "edit", swap(&wanted, "x")).await;
    assert!(said.contains("(180 more lines)"), "{said}");
    assert!(said.len() < 4_000, "{}", said.len());
}
