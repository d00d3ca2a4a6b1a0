//! A task of the person's own: where it goes, what it may not be left as, and words along the way.

use super::*;

fn fill(stage: &mut Stage, id: &str) {
    let text = texts::texts_of(stage)
        .replace("id: new-task", &format!("id: {id}"))
        .replace("title: ", "title: A task of mine")
        .replace("objective: ", "objective: Do it.")
        .replace("path/of/a/file", "mine.txt")
        .replace("what holds once it is done", "it is there")
        .replace("a command that passes then", "test -f mine.txt");
    stage.ui.edited(&text);
}

fn order(stage: &Stage) -> Vec<String> {
    let goal = stage.life.goal();
    match &goal.standing {
        Standing::Proposed { draft } => draft.tasks.iter().map(|one| one.id.to_string()).collect(),
        _ => goal.plan.tasks.iter().map(|one| one.spec.id.to_string()).collect(),
    }
}

fn cursor(stage: &Stage) -> String {
    stage.ui.task_at_cursor(stage.life.goal()).map(|id| id.to_string()).unwrap_or_default()
}

#[test]
fn a_new_task_stands_right_after_the_one_it_was_added_at_and_has_the_cursor() {
    let mut life = proposed();
    life.person(Command::ApprovePlan { hash: draft(tasks()).hash() });
    for (life, keys) in [(proposed(), "j +"), (life, "j j j +")] {
        let mut stage = Stage::over(life, 160, 45);
        stage.draw();
        stage.press(keys);
        fill(&mut stage, "mine");
        stage.press("Ctrl+S");
        assert_eq!(order(&stage), ["money", "import", "mine", "month", "docs"]);
        assert_eq!(cursor(&stage), "mine", "{}", stage.shown());
        let told = stage.story.rows().next().map(|row| format!("{} {}", row.word, row.text));
        assert_eq!(told.as_deref(), Some("You added mine"));
        stage.press("u");
        let left = tasks_left(&stage);
        assert_eq!(left, ["money", "import", "month", "docs"]);
    }
}

fn tasks_left(stage: &Stage) -> Vec<String> {
    let goal = stage.life.goal();
    match &goal.standing {
        Standing::Proposed { .. } => order(stage),
        _ => goal.plan.draft().tasks.iter().map(|one| one.id.to_string()).collect(),
    }
}

#[test]
fn a_new_task_stands_after_all_that_it_waits_for() {
    let mut stage = Stage::over(proposed(), 160, 45);
    stage.press("j +");
    fill(&mut stage, "mine");
    let text = texts::texts_of(&stage).replace("after: [import]", "after: [import, month]");
    stage.ui.edited(&text);
    stage.press("Ctrl+S");
    assert_eq!(order(&stage), ["money", "import", "month", "mine", "docs"]);
}

#[test]
fn what_only_shows_what_belongs_there_is_not_taken_for_it() {
    let mut stage = Stage::over(proposed(), 160, 45);
    stage.press("j +");
    let blank = texts::texts_of(&stage);
    fill(&mut stage, "mine");
    let whole = texts::texts_of(&stage);
    for (own, given) in [
        ("id: mine", "id: new-task"),
        ("mine.txt\n", "path/of/a/file\n"),
        ("it is there", "what holds once it is done"),
        ("test -f mine.txt", "a command that passes then"),
    ] {
        assert!(blank.contains(given.trim()), "{given}");
        stage.ui.edited(&whole.replacen(own, given, 1));
        assert_eq!(stage.press("Ctrl+S"), None, "{given}");
        let shown = stage.shown();
        assert!(shown.contains("not saved: ") && shown.contains("only shows what"), "{shown}");
    }
    assert_eq!(order(&stage).len(), 4);
}

#[test]
fn a_refusal_is_a_sentence() {
    let mut life = proposed();
    life.person(Command::ApprovePlan { hash: draft(tasks()).hash() });
    life.write_brief("money", "Write it.");
    let retry = Command::RetryTask { task: "money".into(), extra_attempts: 0 };
    assert_eq!(life.person_refused(retry), "not now: task `money` has a brief that waits");
}

#[test]
fn the_reason_of_a_rejection_stands_beside_it_in_the_session() {
    let mut stage = Stage::over(proposed(), 160, 45);
    stage.press("x");
    stage.type_in("too many at once");
    stage.press("Enter 2");
    stage.ui.shown = stage.story.sessions().first().map(|session| session.key.clone());
    let shown = stage.shown();
    assert!(shown.contains("reject the plan: money: too many at once"), "{shown}");
    let mut stage = Stage::over(refuted(), 160, 45);
    stage.press("j j x");
    stage.type_in("not so");
    stage.press("Enter");
    assert!(stage.shown().contains("reject the brief: not so"), "{}", stage.shown());
}

#[test]
fn a_proposed_task_has_its_word_beside_its_mark_at_every_size() {
    for (width, height) in SIZES {
        let mut stage = Stage::over(proposed(), width, height);
        let shown = stage.shown();
        let is_task = |line: &&str| line.contains("◌ ") && !line.contains("plan to approve");
        let marked: Vec<&str> = shown.lines().filter(is_task).collect();
        assert_eq!(marked.len(), 4, "{shown}");
        assert!(marked.iter().all(|line| line.contains("proposed")), "{shown}");
    }
}

#[test]
fn a_running_task_has_its_word_beside_its_mark_at_every_size() {
    for (width, height) in SIZES {
        let mut life = proposed();
        life.person(Command::ApprovePlan { hash: draft(tasks()).hash() });
        life.briefed("money", "Write it.");
        let mut stage = Stage::over(life, width, height);
        let shown = stage.shown();
        let says = |line: &str| line.contains("⠋ Parse amounts") && line.contains("running");
        assert!(shown.lines().any(says), "{width}: {shown}");
    }
}

#[test]
fn a_demo_and_a_missing_sandbox_are_told_in_the_smallest_window_that_has_room() {
    for (width, height) in [(59, 15), (40, 10), (30, 6)] {
        let mut stage = Stage::over(working(), width, height);
        let shown = stage.shown();
        assert!(shown.contains("too small"), "{shown}");
        assert!(shown.contains("DEMO") && shown.contains("NO SANDBOX"), "{shown}");
    }
}
