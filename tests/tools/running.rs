//! run.

use std::time::{Duration, Instant};

use chargehand::agent::LiveText;
use serde_json::{Value, json};

use super::world::{Run, World, bad, call, call_on, good};

fn line(command: &str) -> Value {
    json!({"command": command})
}

#[tokio::test]
async fn the_exit_is_the_first_line_and_the_output_follows() {
    let world = World::new(&[("here", "")]);
    let tools = world.change(&[], &[]);
    assert_eq!(good(&tools, "run", line("ls; echo err >&2")).await, "exit 0\nhere\nerr\n");
    assert_eq!(bad(&tools, "run", line("echo no; exit 3")).await, "exit 3\nno\n");
    assert_eq!(good(&tools, "run", line("true")).await, "exit 0\n(no output)");
    assert_eq!(bad(&tools, "run", line("kill -9 $$")).await, "killed by signal 9\n(no output)");
    assert!(bad(&tools, "run", line("no-such-program-here")).await.starts_with("exit 127\n"));
}

#[tokio::test]
async fn a_command_that_takes_too_long_is_killed_and_says_so() {
    let world = World::new(&[]);
    let begun = Instant::now();
    let arguments = json!({"command": "echo begun; sleep 60", "timeout_seconds": 1});
    let said = bad(&world.change(&[], &[]), "run", arguments).await;
    assert_eq!(said, "timed out after 1 s\nbegun\n");
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn long_output_keeps_head_and_tail_and_the_whole_for_the_log() {
    let world = World::new(&[]);
    let output = call(&world.change(&[], &[]), "run", line("seq 1 20000")).await;
    assert!(output.ok && output.text.starts_with("exit 0\n1\n2\n"));
    assert!(output.text.ends_with("\n20000\n") && output.text.contains("bytes left out"));
    assert!(output.text.len() < 33 * 1024, "{}", output.text.len());
    let whole = String::from_utf8(output.whole.unwrap()).unwrap();
    assert_eq!(whole.lines().count(), 20_000);
}

#[tokio::test]
async fn output_that_fits_has_no_whole_beside_it() {
    let world = World::new(&[]);
    assert_eq!(call(&world.change(&[], &[]), "run", line("echo x")).await.whole, None);
}

#[tokio::test]
async fn a_flood_is_stopped() {
    let world = World::new(&[]);
    let output = call(&world.change(&[], &[]), "run", line("yes | tr -d '\\n'")).await;
    assert!(!output.ok && output.text.starts_with("killed: too much output\nyyy"));
    assert!(output.text.len() < 33 * 1024);
}

#[tokio::test]
async fn binary_output_is_named_and_not_shown() {
    let world = World::new(&[]);
    let output = call(&world.change(&[], &[]), "run", line("printf 'a\\000b'")).await;
    assert_eq!(output.text, "exit 0\n(3 bytes of output that is not text)");
    assert_eq!(output.whole.unwrap(), b"a\0b");
}

#[tokio::test]
async fn what_runs_is_shown_live_and_stops_with_the_run() {
    let world = World::new(&[]);
    let tools = world.change(&[], &[]);
    let mut run = Run::new();
    let (link, stop) = (run.link.clone(), run.stop.clone());
    let going = call_on(&link, &tools, "run", line("echo begun; sleep 60"));
    let watching = async {
        let piece = run.next_live().await;
        stop.cancel();
        piece
    };
    let (output, piece) = tokio::join!(going, watching);
    assert_eq!(piece, LiveText::Output("begun\n".to_owned()));
    assert_eq!((output.ok, output.text.as_str()), (false, "stopped\nbegun\n"));
    assert_eq!(run.live(), "");
}

#[tokio::test]
async fn what_a_command_leaves_running_is_told() {
    let world = World::new(&[]);
    let said = good(&world.change(&[], &[]), "run", line("sleep 60 & echo done")).await;
    assert_eq!(said, "exit 0\ndone\n\n(processes that it left running were killed)");
}

#[tokio::test]
async fn it_has_neither_input_nor_our_secrets() {
    let world = World::new(&[]);
    let tools = world.change(&[], &[]);
    assert_eq!(good(&tools, "run", line("cat; pwd | grep -c root")).await, "exit 0\n1\n");
    assert_eq!(good(&tools, "run", line("env | grep -c API_KEY || true")).await, "exit 0\n0\n");
}

#[tokio::test]
async fn bad_arguments_start_nothing() {
    let world = World::new(&[]);
    let tools = world.change(&[], &[]);
    assert_eq!(bad(&tools, "run", line("  ")).await, "the command is empty");
    bad(&tools, "run", json!({"command": ["touch", "x"]})).await;
    bad(&tools, "run", json!({"command": "touch x", "timeout_seconds": -1})).await;
    assert!(!world.has("x"));
}

#[test]
fn the_line_to_be_allowed_is_the_line_that_runs() {
    let world = World::new(&[]);
    let tools = world.change(&[], &[]);
    let lines: Vec<_> = tools.iter().map(|tool| tool.command(&line("make all"))).collect();
    assert_eq!(lines, [None, None, Some("make all".to_owned())]);
}
