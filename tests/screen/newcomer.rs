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

#[test]
fn whoever_comes_back_is_told_of_what_is_still_open_only() {
    let mut life = Life::new(Policy::Each);
    let run = life.open("plan", None);
    let kept = {
        let stage = Stage::over(life, 120, 36);
        let now = stage.now();
        let Stage { life: own, story, live, ui, .. } = &stage;
        let kept = ui.keep(Facts { state: own.core.state(), story, live, now }, "terminal");
        life = stage.life;
        kept
    };
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
