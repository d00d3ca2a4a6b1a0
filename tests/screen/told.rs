//! What the timeline tells of a person's changes: whose hand it was, and what it did to which task.

use super::*;

/// What the latest rows of the timeline tell, the newest first.
fn told(stage: &Stage, count: usize) -> Vec<String> {
    let row = |row: &chargehand::ui::Row| format!("{} {}", row.word, row.text);
    stage.story.rows().take(count).map(row).collect()
}

#[test]
fn changes_of_a_proposed_plan_are_told_with_who_and_what() {
    let mut stage = Stage::over(proposed(), 160, 45);
    stage.press("j J");
    assert_eq!(told(&stage, 1), ["You moved import below month"]);
    stage.press("K");
    assert_eq!(told(&stage, 1), ["You moved month below import"]);
    stage.press("e");
    stage.ui.edited(&texts::texts_of(&stage).replace("Import a bank's CSV", "Import any CSV"));
    stage.press("Ctrl+S");
    assert_eq!(told(&stage, 1), ["You changed import (title, objective)"]);
    stage.press("s y");
    assert_eq!(told(&stage, 1), ["You dropped import"]);
    stage.press("u");
    assert_eq!(told(&stage, 1), ["You added import"]);
    stage.press("x");
    stage.type_in("smaller");
    stage.press("Enter u");
    assert_eq!(told(&stage, 1), ["You proposed the rejected plan again"]);
    let shown = stage.shown();
    assert!(shown.contains("You proposed the rejected"), "{shown}");
}

#[test]
fn changes_of_a_plan_in_force_are_told_with_the_tasks_name() {
    let mut life = proposed();
    life.person(Command::ApprovePlan { hash: draft(tasks()).hash() });
    let mut stage = Stage::over(life, 160, 45);
    stage.draw();
    stage.press("j j j J");
    assert_eq!(told(&stage, 1), ["You moved import below month"]);
    stage.press("e");
    stage.ui.edited(&texts::texts_of(&stage).replace("Keep it small.", "Keep it tiny."));
    stage.press("Ctrl+S");
    assert_eq!(told(&stage, 1), ["You changed import (guidance)"]);
    stage.press("s y");
    assert_eq!(told(&stage, 1), ["You dropped import"]);
    // Who does not know the plan before tells what the event itself says.
    let row = |record: &Record| chargehand::ui::tell(record).map(|one| one.text);
    let edits = stage.life.log.iter().filter(|one| matches!(one.event, Event::PlanEdited { .. }));
    let alone: Vec<String> = edits.filter_map(row).collect();
    assert_eq!(alone, ["reordered the tasks", "changed import", "dropped import"]);
}

#[test]
fn rows_from_further_back_are_told_by_the_plan_before_them_too() {
    let mut stage = Stage::over(proposed(), 160, 45);
    stage.press("j J");
    let log = &stage.life.log;
    let (before, last) = log.split_at(log.len() - 1);
    let mut story = Story::of(std::iter::empty::<&Record>());
    story.prepend(before.iter().chain(last));
    let newest = story.rows().next().map(|row| format!("{} {}", row.word, row.text));
    assert_eq!(newest.as_deref(), Some("You moved import below month"));
}

#[test]
fn a_persons_brief_is_told_apart_from_the_planners() {
    let mut stage = Stage::over(refuted(), 160, 45);
    assert!(told(&stage, 1)[0].starts_with("brief money, attempt 2: "), "{:?}", told(&stage, 1));
    stage.press("j j e Down Down");
    stage.type_in("First of all: ");
    stage.press("Ctrl+S");
    let now = &told(&stage, 1)[0];
    assert!(now.starts_with("You edited the brief of money, attempt 2: "), "{now}");
    stage.press("u");
    let now = &told(&stage, 1)[0];
    assert!(now.starts_with("You put back the brief of money, attempt 2: "), "{now}");
}
