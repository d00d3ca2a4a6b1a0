//! What is decided upon is in sight, and what is offered does something.

use super::*;

#[test]
fn a_timeline_whose_kept_cursor_is_older_than_what_is_told_shows_the_oldest_and_keeps_its_place() {
    let mut stage = Stage::over(working(), 120, 36);
    stage.press("3");
    let kept = Some(Seq(1));
    stage.ui.timeline = chargehand::ui::TimelinePlace { cursor: kept, top: kept };
    let from = stage.life.log.len() - 4;
    stage.story = Story::of(&stage.life.log[from..]);
    let shown = stage.shown();
    assert!(!stage.ui.drawn.as_ref().unwrap().timeline_rows.is_empty(), "{shown}");
    assert_eq!((stage.ui.timeline.cursor, stage.ui.timeline.top), (kept, kept));
}

#[test]
fn a_change_longer_than_its_dialog_scrolls_to_the_hunk_that_is_taken_or_left() {
    let mut life = proposed();
    life.person(Command::ApprovePlan { hash: draft(tasks()).hash() });
    life.briefed("money", "Write lib/money.sh.");
    life.executed("money");
    life.checked("money", Outcome::Passed);
    let hunks = (1..=18).map(|n| Hunk::Add { task: Box::new(spec(&format!("more{n}"), &[])) });
    life.judged("money", Decision::ChangePlan { hunks: hunks.collect() });
    let mut stage = Stage::over(life, 80, 24);
    stage.press("a");
    assert!(matches!(stage.ui.modals.last(), Some(Modal::Change { .. })), "{}", stage.shown());
    assert!(!stage.shown().contains("more18"));
    for _ in 0..17 {
        stage.press("j");
    }
    assert!(stage.shown().contains("[x] add more18"), "{}", stage.shown());
    assert!(stage.shown().contains("18 of 18"));
    stage.press("Space");
    assert!(stage.shown().contains("[ ] add more18"));
}

#[test]
fn a_long_question_is_shown_to_its_end_before_it_is_answered() {
    let mut stage = Stage::over(working(), 80, 24);
    let question = format!("{} Does it hold?", "look at the page ".repeat(40));
    stage.ui.modals.push(Modal::Confirm { question, yes: Box::new(Wish::Quit), no: None, top: 0 });
    assert!(stage.shown().contains("hold?"), "{}", stage.shown());
}

#[test]
fn only_what_does_something_is_offered() {
    let mut stage = Stage::over(proposed(), 120, 36);
    let offered = |stage: &mut Stage| stage.shown().lines().last().unwrap().to_owned();
    stage.press("a");
    let bar = offered(&mut stage);
    assert!(bar.contains("approve") && !bar.contains("edit"), "{bar}");
    stage.press("Esc");
    stage.ui.show_page("Event 3", "words", stage.up);
    let bar = offered(&mut stage);
    assert!(bar.contains("page on") && !bar.contains("approve"), "{bar}");
    stage.ui.enter_past(chargehand::ui::Moment { seq: Seq(3), at: START });
    let bar = offered(&mut stage);
    assert!(bar.contains("open") && !bar.contains("approve") && !bar.contains("undo"), "{bar}");
}

#[test]
fn the_wheel_asks_for_what_came_before_the_oldest_row() {
    let mut stage = Stage::over(working(), 160, 45);
    let from = stage.life.log.len() - 4;
    stage.story = Story::of(&stage.life.log[from..]);
    stage.draw();
    let oldest = stage.story.oldest().unwrap();
    let wish = mouse(&mut stage, MouseEventKind::ScrollDown, 140, 10);
    assert_eq!(wish, Some(Wish::Older { before: oldest }));
    stage.ui.enter_past(chargehand::ui::Moment { seq: Seq(3), at: START });
    stage.draw();
    assert_eq!(mouse(&mut stage, MouseEventKind::ScrollDown, 140, 10), None, "not in the past");
}

#[test]
fn before_any_call_no_sum_is_told() {
    assert!(Stage::over(proposed(), 120, 36).shown().contains("$–"));
}

#[test]
fn reading_positions_that_are_not_told_yet_are_kept_as_they_were() {
    let mut life = working();
    let run = life.open("execute", Some("month"));
    life.run(said(run, &"a line\n".repeat(100), vec![]));
    let mut stage = Stage::over(life, 120, 36);
    stage.press("2");
    stage.ui.shown = stage.story.session_of(run).map(|session| session.key.clone());
    stage.draw();
    stage.press("k k k");
    let key = stage.ui.shown.clone().unwrap();
    let read = stage.ui.reading_of(&key);
    assert_ne!(read, Reading::Follow);
    let keep = |stage: &Stage, story: &Story| {
        let facts =
            Facts { state: stage.life.core.state(), story, live: &stage.live, now: stage.now() };
        stage.ui.keep(facts, "terminal")
    };
    let left = keep(&stage, &stage.story);
    // The next start is told little at first, and is killed before it is told more.
    let little = Story::default();
    stage.ui = Ui::new(Place::default());
    stage.ui.take_up_sessions(&left, &little);
    let kept = keep(&stage, &little).with_rest(&left);
    stage.ui = Ui::new(Place::default());
    stage.ui.take_up_sessions(&kept, &stage.story);
    assert_eq!(stage.ui.reading_of(&key), read);
}
