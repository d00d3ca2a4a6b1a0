//! What a newcomer stumbled over: each was a finding first.

use super::*;

/// The last row: the keys that are offered.
fn hints(stage: &mut Stage) -> String {
    stage.shown().lines().last().unwrap_or_default().to_owned()
}

fn empty() -> Life {
    let settings = Settings::default();
    Life { core: Engine::replay(settings.clone(), &[]), log: vec![], at: START, settings }
}

#[test]
fn a_proposed_plan_begins_at_its_first_task() {
    let mut stage = Stage::over(proposed(), 120, 36);
    stage.press("Space");
    let chosen: Vec<&TaskId> = stage.ui.plan.chosen.iter().collect();
    assert_eq!(chosen, [&TaskId::from("money")]);
}

#[test]
fn tasks_that_were_not_chosen_are_paused_and_not_blocked() {
    let mut stage = Stage::over(proposed(), 120, 36);
    stage.press("Space A");
    let shown = stage.shown();
    assert!(shown.contains("= Import a bank's"), "{shown}");
    assert!(shown.contains("paused") && !shown.contains("blocked"), "{shown}");
    assert_eq!(stage.life.phase("docs").word(), "paused");
}

#[test]
fn keys_that_are_offered_do_something() {
    let mut stage = Stage::over(empty(), 120, 36);
    let shown = hints(&mut stage);
    assert!(shown.contains("i state a goal") && shown.contains("q quit"), "{shown}");
    for nothing in ["approve", "reject", "pause", "diff", "undo", "follow"] {
        for key in ["1", "2", "3"] {
            stage.press(key);
            let shown = hints(&mut stage);
            assert!(!shown.contains(nothing), "{nothing}: {shown}");
        }
    }
    let mut life = empty();
    life.person(open_goal(Policy::Each, Caps::default()));
    let shown = hints(&mut Stage::over(life, 120, 36));
    assert!(shown.contains("2 watch the planner") && !shown.contains("approve"), "{shown}");
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[])]);
    life.done("a");
    let shown = hints(&mut Stage::over(life, 120, 36));
    assert!(shown.contains("L land"), "{shown}");
}

#[test]
fn a_text_without_room_ends_with_an_ellipsis() {
    let mut all = tasks();
    all[0].objective = "word ".repeat(200);
    let mut life = empty();
    life.person(open_goal(Policy::Each, Caps::default()));
    let run = life.open("plan", None);
    life.run(Command::Propose { run, draft: draft(all) });
    life.end(run, End::Done);
    let mut stage = Stage::over(life, 160, 45);
    stage.draw();
    let shown = stage.shown();
    let card = |line: &str| line.chars().take(40).collect::<String>();
    let last = shown.lines().rev().map(card).find(|line| line.contains("word")).unwrap();
    assert!(last.contains('…'), "{shown}");
}

#[test]
fn the_chosen_answer_bears_a_mark_beside_its_colour() {
    let mut life = Life::new(Policy::Each);
    let run = life.open("plan", None);
    let options = vec!["one number".to_owned(), "a table ".repeat(30)];
    life.run(Command::AskQuestion { run, question: "What is printed?".into(), options });
    let mut stage = Stage::over(life, 120, 36);
    stage.press("a");
    assert!(!stage.shown().contains("▸ 1"));
    stage.type_in("2");
    let shown = stage.shown();
    assert!(shown.contains("▸ 2  a table") && shown.contains("  1  one number"), "{shown}");
    let lines = shown.lines().filter(|line| line.contains("a table")).count();
    assert!(lines > 1, "the whole option is there to read: {shown}");
}

/// A life, and what is kept of its screen as it is left now.
fn left_at(life: Life) -> (Life, chargehand::ui::Kept) {
    let stage = Stage::over(life, 120, 36);
    let now = stage.now();
    let Stage { life, story, live, ui, .. } = &stage;
    let kept = ui.keep(Facts { state: life.core.state(), story, live, now }, "terminal");
    (stage.life, kept)
}

#[test]
fn whoever_comes_back_is_told_of_what_is_still_open_only() {
    let mut life = Life::new(Policy::Each);
    let run = life.open("plan", None);
    let kept;
    (life, kept) = left_at(life);
    let told = |life: &Life| {
        let news = life.log.iter().filter(|record| record.seq > kept.seen);
        chargehand::ui::meanwhile(&kept, life.core.state(), news, kept.at + 5_000)
    };
    let asked = life.run(Command::AskQuestion { run, question: "Which?".into(), options: vec![] });
    assert_eq!(told(&life).as_deref(), Some("back after 5 s: 1 thing asked of you"));
    let question = QuestionId(asked.records[0].seq.0);
    life.person(Command::AnswerQuestion { question, answer: "this".into() });
    life.run(Command::Propose { run, draft: draft(tasks()) });
    assert_eq!(told(&life).as_deref(), Some("back after 5 s: 1 thing asked of you"));
    life.person(Command::ApprovePlan { hash: draft(tasks()).hash() });
    let said = told(&life).unwrap();
    assert!(!said.contains("asked of you"), "{said}");
}

#[test]
fn whoever_comes_back_is_told_that_a_run_waits_for_their_word_rather_than_that_it_goes_on() {
    let mut life = working();
    let kept;
    (life, kept) = left_at(life);
    life.killed();
    let news = life.log.iter().filter(|record| record.seq > kept.seen);
    let told = chargehand::ui::meanwhile(&kept, life.core.state(), news, kept.at + 5_000);
    let told = told.unwrap();
    assert_eq!(told, "back after 5 s: 1 run was stopped and goes on, 1 run waits for your word");
}

#[test]
fn a_goal_says_that_it_works_only_while_something_does() {
    let mut life = proposed();
    assert_eq!(life.goal().word(), "a plan waits for you");
    life.person(Command::ApprovePlan { hash: draft(tasks()).hash() });
    assert_eq!(life.goal().word(), "working");
    let run = life.open("brief", Some("money"));
    let brief = brief_for(life.task("money"), "do it");
    life.run(Command::WriteBrief { run, brief });
    life.end(run, End::Done);
    assert_eq!(life.goal().word(), "waits for you");
    for id in ["money", "import", "month", "docs"] {
        life.person(Command::HoldTask { task: id.into() });
    }
    assert_eq!(life.goal().word(), "waits for you");
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[])]);
    life.done("a");
    assert_eq!(life.goal().word(), "ready to land");
    life.person(Command::RecordLanding { into: "main".into(), commit: "c9".into() });
    assert_eq!(life.goal().word(), "merged into main");
}

/// A brief that waits, with an edit of it that was left.
fn left() -> Stage {
    let mut stage = Stage::over(refuted(), 120, 36);
    stage.press("j j e");
    stage.type_in("## Objective\n\nmine");
    stage.ui.edited("## Objective\n\nmine\n");
    stage.press("Esc");
    stage
}

fn editor_text(stage: &Stage) -> String {
    let editor = stage.ui.modals.last().and_then(Modal::editor);
    editor.map(|editor| editor.text().to_owned()).unwrap_or_default()
}

#[test]
fn a_brief_is_not_approved_past_an_edit_of_it_that_was_left() {
    let mut stage = left();
    assert!(hints(&mut stage).contains("UNSAVED brief of money"), "{}", stage.shown());
    for keys in ["Space", "a A"] {
        assert_eq!(stage.press(keys), None, "{keys}");
        assert_eq!(*stage.life.phase("money"), Phase::Drafted);
        let shown = stage.shown();
        assert!(shown.contains("you have an unsaved edit") && shown.contains("e takes it up"));
    }
    assert_eq!(stage.ui.modals.len(), 1, "the page stays");
    stage.press("e");
    assert_eq!(editor_text(&stage), "## Objective\n\nmine\n");
    stage.press("Ctrl+C Esc");
    assert!(!stage.shown().contains("UNSAVED"), "an emptied one is dropped");
    stage.press("1 Space");
    assert_ne!(*stage.life.phase("money"), Phase::Drafted);
}

#[test]
fn an_edit_that_came_too_late_is_taken_up_and_dropped() {
    let mut stage = left();
    stage.life.approve_brief("money");
    stage.tell();
    stage.press("e");
    assert_eq!(editor_text(&stage), "## Objective\n\nmine\n");
    assert!(stage.shown().contains("does not wait any more"), "{}", stage.shown());
    stage.press("Ctrl+C Esc e");
    assert!(stage.ui.modals.is_empty(), "it is dropped: {}", stage.shown());
    assert!(stage.shown().contains("task `money` is under way"), "{}", stage.shown());
}

#[test]
fn a_landing_is_asked_about_whatever_key_asks_for_it_and_stays() {
    for key in ["L", "a"] {
        let mut life = Life::planned(Policy::Yes, vec![spec("a", &[])]);
        life.done("a");
        let mut stage = Stage::over(life, 120, 36);
        assert_eq!(stage.press(key), None, "{key}");
        let shown = stage.shown();
        assert!(shown.contains("into your branch `main` now?"), "{shown}");
        assert!(shown.contains("It brings 1 commit"), "{shown}");
        assert_eq!(stage.press("y"), Some(Wish::Land));
        stage.life.person(Command::RecordLanding { into: "main".into(), commit: "c9".into() });
        stage.tell();
        assert_eq!(stage.press("u"), None);
        let shown = stage.shown();
        assert!(shown.contains("a landing is not taken back here"), "{shown}");
        assert!(shown.contains("chargehand undo TASK"), "{shown}");
    }
}

#[test]
fn what_is_begun_for_the_person_is_gone_on_with() {
    let mut stage = Stage::over(proposed(), 120, 36);
    stage.press("j x");
    stage.type_in("too big");
    assert_eq!(editor_text(&stage), "import: too big");
}

#[test]
fn a_tasks_text_is_looked_over_without_being_saved() {
    let mut stage = Stage::over(proposed(), 120, 36);
    stage.press("j e");
    assert_eq!(stage.press("F5"), None);
    assert!(stage.shown().contains("The YAML is sound"), "{}", stage.shown());
    stage.press("Esc");
    let text = editor_text(&stage);
    assert!(text.contains("id: import"), "{text}");
    stage.ui.edited("id: [");
    assert_eq!(stage.press("F5"), None);
    assert!(stage.shown().contains("not sound: "), "{}", stage.shown());
    assert_eq!(editor_text(&stage), "id: [");
}
