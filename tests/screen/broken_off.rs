//! What was streamed and is held by no event: it is kept in sight, and marked.

use super::*;

/// The session of `month`, on its pane, with its run.
fn watched() -> (Stage, RunId) {
    let mut stage = Stage::over(working(), 120, 36);
    stage.draw();
    stage.press("j j j j 2");
    let run = stage.life.open("execute", Some("month"));
    (stage, run)
}

#[test]
fn what_a_session_was_saying_when_it_was_paused_stays_in_sight_and_is_marked() {
    let (mut stage, run) = watched();
    stage.live.push(run, LiveKind::Message, "The month is nearly there, but for the");
    assert!(stage.shown().contains("Writing"), "{}", stage.shown());
    stage.press("p");
    stage.life.end(run, End::Stopped);
    stage.tell();
    let shown = stage.shown();
    assert!(shown.contains("The month is nearly there, but for the"), "{shown}");
    assert!(shown.contains("⊘ Writing, broken off: not part of the record"), "{shown}");
    // Once a new session begins, its text takes the place.
    stage.press("p");
    let again = stage.life.open("execute", Some("month"));
    assert_ne!(again, run);
    stage.tell();
    assert!(!stage.shown().contains("nearly there"), "{}", stage.shown());
    stage.live.push(again, LiveKind::Message, "On I go");
    assert!(stage.shown().contains("On I go"), "{}", stage.shown());
}

#[test]
fn what_an_event_holds_is_not_kept_beside_it() {
    let (mut stage, run) = watched();
    stage.live.push(run, LiveKind::Message, "It is there.");
    stage.life.run(said(run, "It is there.", vec![]));
    stage.life.end(run, End::Interrupted);
    stage.tell();
    let shown = stage.shown();
    assert_eq!(shown.matches("It is there.").count(), 1, "{shown}");
    assert!(!shown.contains("broken off"), "{shown}");
}

#[test]
fn above_the_bottom_what_streams_in_is_never_called_nothing() {
    let mut stage = Stage::over(working(), 80, 24);
    stage.draw();
    let run = stage.life.open("execute", Some("month"));
    stage.life.run(said(run, &"a line\n".repeat(60), vec![]));
    stage.tell();
    stage.press("j j j j 2 PgUp");
    stage.live.push(run, LiveKind::Message, &"word ".repeat(4_000));
    let shown = stage.shown();
    assert!(!shown.contains("0 new") && shown.matches("more below").count() == 2, "{shown}");
    stage.life.run(said(run, "said", vec![]));
    stage.tell();
    assert!(stage.shown().contains("2 new"), "a thought and its words: {}", stage.shown());
}
