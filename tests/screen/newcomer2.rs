//! What a newcomer stumbled over, further on: each was a finding first.

use super::*;

fn hints(stage: &mut Stage) -> String {
    stage.shown().lines().last().unwrap_or_default().to_owned()
}

#[test]
fn a_long_error_is_told_to_its_end_and_hides_no_dialog() {
    let mut stage = Stage::over(working(), 80, 24);
    let text = format!("not saved: {}the-very-end", "one more reason, ".repeat(10));
    stage.press("?");
    stage.ui.say(text, chargehand::ui::Tone::Fault, stage.up);
    let shown = stage.shown();
    assert!(shown.contains("not saved") && shown.contains("the-very-end"), "{shown}");
    assert!(shown.contains("NO SANDBOX") && shown.contains("Help"), "{shown}");
    stage.ui.say("word ".repeat(400), chargehand::ui::Tone::Fault, stage.up);
    let shown = stage.shown();
    let rows = shown.lines().filter(|line| line.contains("word word")).count();
    assert!(rows <= 4 && shown.contains("word …"), "{shown}");
}

#[test]
fn a_dialog_leaves_no_slivers_of_the_panes() {
    for (width, x) in [(80, 4), (107, 4), (140, 28)] {
        let mut stage = Stage::over(working(), width, 36);
        stage.press("?");
        let shown = stage.shown();
        let line = shown.lines().find(|line| line.contains("Help: type")).unwrap();
        let at = line.find("Help: type").map(|at| line[..at].chars().count());
        assert_eq!(at, Some(x), "{width}: {shown}");
    }
}

#[test]
fn the_facts_of_an_approval_are_wrapped_and_its_choice_is_in_sight() {
    let mut life = working();
    let run = life.open("execute", Some("import"));
    life.run(said(run, &format!("{}to-the-end", "it is said ".repeat(12)), vec![]));
    for (width, height) in [(60, 30), (60, 16), (50, 12)] {
        let mut stage = Stage::over(life, width, height);
        stage.press("a");
        let shown = stage.shown();
        let chosen = |shown: &str| {
            shown.lines().any(|line| line.contains("> ") && line.contains("Allow once"))
        };
        assert!(chosen(&shown), "{shown}");
        assert!(height < 30 || shown.contains("to-the-end"), "{shown}");
        stage.press("j j j");
        let shown = stage.shown();
        assert!(shown.contains("Deny and pause"), "{width}x{height}: {shown}");
        life = stage.life;
    }
}

#[test]
fn what_the_memory_finds_is_in_sight() {
    let mut stage = Stage::over(working(), 80, 24);
    stage.press("g m");
    stage.type_in("Needle");
    let text = format!("{}a needle in it", "hay ".repeat(40));
    let hit = chargehand::ui::HitRow { seq: Seq(3), at: START, task: None, word: "said", text };
    let found =
        chargehand::ui::Found { text: "Needle".into(), hits: vec![hit], note: String::new() };
    stage.ui.found(found);
    let shown = stage.shown();
    assert!(shown.contains("… hay") && shown.contains("a needle in it"), "{shown}");
}

#[test]
fn finding_says_how_many_there_are_and_that_it_went_round() {
    let mut stage = Stage::over(working(), 120, 36);
    stage.press("2 n");
    assert!(stage.shown().contains("nothing is looked for yet"), "{}", stage.shown());
    stage.press("/");
    stage.type_in("nowhere");
    stage.press("Enter");
    assert!(stage.shown().contains("no match of `nowhere` in this session"), "{}", stage.shown());
    stage.press("/");
    stage.type_in("MONTH");
    stage.press("Enter");
    assert!(stage.shown().contains("match "), "{}", stage.shown());
    let round = (0..20).any(|_| {
        stage.press("n");
        stage.shown().contains(", on from the top")
    });
    assert!(round, "{}", stage.shown());
    stage.press("N");
    assert!(stage.shown().contains(", on from the end"), "{}", stage.shown());
    stage.press("1 /");
    stage.type_in("nowhere");
    stage.press("Enter");
    assert!(stage.shown().contains("no match of `nowhere` in the plan"), "{}", stage.shown());
}

#[test]
fn what_would_be_taken_back_is_named() {
    let mut stage = Stage::over(proposed(), 160, 45);
    assert!(!hints(&mut stage).contains("undo"));
    stage.press("A");
    assert!(hints(&mut stage).contains("u undo approving the plan"), "{}", stage.shown());
    stage.life.write_brief("money", "Write lib/money.sh.");
    stage.tell();
    stage.press("a");
    assert!(hints(&mut stage).contains("u undo approving the plan"), "{}", stage.shown());
    stage.press("Esc u");
    stage.press("u");
    let told = stage.life.log.iter().rev().filter_map(chargehand::ui::tell);
    assert!(told.take(3).any(|told| told.word == "taken back"), "{}", stage.shown());
}

#[test]
fn keys_that_have_nothing_to_do_are_not_offered() {
    let mut stage = Stage::over(proposed(), 160, 45);
    assert!(hints(&mut stage).contains("choose"));
    stage.press("k");
    let bar = hints(&mut stage);
    assert!(!bar.contains("choose") && !bar.contains("edit") && bar.contains("approve plan"));
    stage.press("2");
    let bar = hints(&mut stage);
    assert!(bar.contains("follow") && !bar.contains("diff") && !bar.contains("pause"), "{bar}");
}

#[test]
fn a_window_that_reads_offers_no_decision_and_says_where_the_live_text_is() {
    let mut stage = Stage::over(working(), 160, 45);
    stage.ui.standing.marks.push(Sign::ReadOnly);
    stage.press("2");
    assert!(stage.shown().contains("live text is in the window that works"), "{}", stage.shown());
    for (keys, word) in [("1 j", "approve"), ("a", "deny"), ("Esc 2", "steer")] {
        stage.press(keys);
        let bar = hints(&mut stage);
        assert!(!bar.contains(word), "{keys}: {bar}");
    }
    stage.ui.standing.marks = vec![Sign::Vacant];
    assert!(hints(&mut stage).contains("w work in this window"), "{}", stage.shown());
}

#[test]
fn who_leaves_the_reason_of_a_rejection_reads_on_and_loses_no_word() {
    for keys in ["a", "j j Enter"] {
        let mut stage = Stage::over(refuted(), 120, 36);
        stage.press(keys);
        stage.press("x");
        stage.type_in("too long");
        stage.press("Esc");
        assert!(matches!(stage.ui.modals.as_slice(), [Modal::Reader(_)]), "{}", stage.shown());
        stage.press("x");
        assert!(stage.shown().contains("too long"), "{}", stage.shown());
        stage.press("Enter");
        assert!(stage.ui.modals.is_empty(), "{}", stage.shown());
        assert_ne!(*stage.life.phase("money"), Phase::Drafted);
    }
}

/// A session asks in sixty lines, with two options after them.
fn asked_at_length(width: u16, height: u16) -> Stage {
    let mut life = working();
    let run = life.open("execute", Some("month"));
    let lines: Vec<String> = (1..=60).map(|n| format!("consider point-{n}.")).collect();
    let options = vec!["all of it".into(), "none-of-it".into()];
    life.run(Command::AskQuestion { run, question: lines.join("\n"), options });
    let mut stage = Stage::over(life, width, height);
    texts::open_question(&mut stage);
    stage
}

/// Every point that a screen shows.
fn points(shown: &str) -> Vec<usize> {
    let point = |word: &str| word.strip_prefix("point-")?.strip_suffix('.')?.parse().ok();
    shown.split_whitespace().filter_map(point).collect()
}

#[test]
fn a_question_longer_than_the_screen_is_read_to_its_end_and_the_answer_is_kept() {
    let mut stage = asked_at_length(80, 24);
    stage.type_in("some of it");
    let shown = stage.shown();
    assert!(shown.contains("more lines below: PgDn") && !shown.contains("none-of-it"), "{shown}");
    let mut seen = points(&shown);
    for _ in 0..12 {
        stage.press("PgDn");
        seen.extend(points(&stage.shown()));
    }
    let shown = stage.shown();
    assert!(shown.contains("none-of-it") && shown.contains("some of it"), "{shown}");
    assert!(!shown.contains("below:") && shown.contains("more lines above: PgUp"), "{shown}");
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen, (1..=60).collect::<Vec<_>>());
    for _ in 0..12 {
        stage.press("PgUp");
    }
    let shown = stage.shown();
    assert!(points(&shown).contains(&1) && !shown.contains("above"), "{shown}");
    assert_eq!(texts::texts_of(&stage), "some of it");
    let Some(Wish::Commands(commands)) = stage.press("Enter") else { panic!("it is sent") };
    let [Command::AnswerQuestion { answer, .. }] = &commands[..] else { panic!("{commands:?}") };
    assert_eq!(answer, "some of it");
}

#[test]
fn the_answer_stays_in_sight_under_a_long_question_and_so_does_the_option_that_is_chosen() {
    for (width, height) in [(60, 16), (80, 24), (40, 10)] {
        let mut stage = asked_at_length(width, height);
        stage.type_in("my-answer");
        for keys in ["PgDn", "PgUp", "PgDn PgDn PgDn PgDn PgDn PgDn PgDn PgDn PgDn"] {
            stage.press(keys);
            let shown = stage.shown();
            assert!(shown.contains("Your answer") && shown.contains("my-answer"), "{shown}");
        }
        let mut stage = asked_at_length(width, height);
        assert!(!stage.shown().contains("all of it"));
        stage.press("Down Down");
        assert!(stage.shown().contains("2  none-of-it"), "{}", stage.shown());
    }
}

#[test]
fn what_is_to_be_confirmed_is_read_to_its_end_and_back() {
    for (width, height) in [(80, 24), (60, 16)] {
        let mut stage = Stage::over(working(), width, height);
        let lines: Vec<String> = (1..=60).map(|n| format!("consider point-{n}.")).collect();
        let yes = Box::new(Wish::Quit);
        let question = lines.join("\n");
        stage.ui.modals.push(Modal::Confirm { question, yes, no: None, top: 0 });
        let shown = stage.shown();
        assert!(shown.contains("below: PgDn") && !points(&shown).contains(&60), "{shown}");
        stage.press("j");
        let shown = stage.shown();
        assert!(shown.contains("1 more line above, ") && !points(&shown).contains(&1), "{shown}");
        stage.press("PgDn Space PgDn PgDn PgDn PgDn");
        let shown = stage.shown();
        assert!(points(&shown).contains(&60) && !shown.contains("below:"), "{shown}");
        stage.press("PgUp PgUp PgUp PgUp PgUp PgUp");
        assert!(points(&stage.shown()).contains(&1), "{}", stage.shown());
        assert!(matches!(stage.press("y"), Some(Wish::Quit)));
    }
}

#[test]
fn an_undone_task_and_an_undone_word_on_a_lesson_are_both_told_as_taken_back() {
    let life = working();
    let last = life.log.last().unwrap();
    let (tip, why) = (life.goal().tip.clone(), "too slow".to_owned());
    for (event, text) in [
        (Event::TaskUndone { task: "money".into(), tip, why }, "too slow"),
        (
            Event::LessonMarked { lesson: LessonId(7), mark: Mark::Undone },
            "your word on L7: it is as it was before",
        ),
    ] {
        let told = chargehand::ui::tell(&Record { event, ..last.clone() }).unwrap();
        assert_eq!(told.word, "taken back");
        assert!(told.text.contains(text), "{}", told.text);
    }
}
