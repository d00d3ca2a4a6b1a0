//! What the person writes is never lost, never taken for something else, and never swapped.

use super::*;
use chargehand::ui::{Editor, Purpose, Rows};

/// A session asks the person, with two options.
fn asking() -> Life {
    let mut life = working();
    let run = life.open("execute", Some("month"));
    let options = vec!["all of them".into(), "none".into()];
    life.run(Command::AskQuestion { run, question: "Which months?".into(), options });
    life
}

/// Opens the question, whatever else waits before it.
pub(super) fn open_question(stage: &mut Stage) {
    let goal = stage.life.goal();
    let waits = attention(goal);
    let at = waits.iter().position(|one| one.kind == WaitingKind::Question).unwrap();
    stage.press("g a");
    for _ in 0..at {
        stage.press("Down");
    }
    stage.press("Enter");
    assert!(matches!(stage.ui.modals.last(), Some(Modal::Question { .. })), "{}", stage.shown());
}

pub(super) fn texts_of(stage: &Stage) -> String {
    let editor = stage.ui.modals.last().and_then(Modal::editor);
    editor.map(|editor| editor.text().to_owned()).unwrap_or_default()
}

#[test]
fn a_pasted_answer_is_what_is_sent_and_not_the_option_that_was_marked() {
    let mut stage = Stage::over(asking(), 120, 36);
    open_question(&mut stage);
    stage.press("Down");
    stage.paste("only May");
    let Some(Wish::Commands(commands)) = stage.press("Enter") else { panic!("it is sent") };
    let [Command::AnswerQuestion { answer, .. }] = &commands[..] else { panic!("{commands:?}") };
    assert_eq!(answer, "only May");
}

#[test]
fn a_pasted_question_is_looked_for_and_so_is_an_emptied_one() {
    let mut stage = Stage::over(working(), 120, 36);
    stage.press("g m");
    assert!(matches!(stage.ui.modals.last(), Some(Modal::Memory(_))), "{}", stage.shown());
    assert_eq!(stage.paste("bench"), Some(Wish::Search { text: "bench".into() }));
    assert_eq!(stage.press("Ctrl+C"), Some(Wish::Search { text: String::new() }));
}

#[test]
fn a_task_keeps_its_id_and_what_was_written_stays_open() {
    let mut stage = Stage::over(proposed(), 120, 36);
    stage.press("j e");
    let text = texts_of(&stage);
    assert!(text.contains("id: import"), "{text}");
    stage.ui.edited(&text.replace("id: import", "id: other"));
    assert_eq!(stage.press("Ctrl+S"), None);
    assert!(stage.shown().contains("a task keeps its id"), "{}", stage.shown());
    assert!(texts_of(&stage).contains("id: other"));
}

#[test]
fn a_briefs_page_waits_for_the_very_version_that_was_asked_for() {
    let mut life = refuted();
    let brief = life.task("money").brief.clone().unwrap();
    let more = |version: u32, text: &str| {
        let mut next = Brief { version, ..brief.clone() };
        let context = Section {
            kind: SectionKind::Context,
            text: text.into(),
            sources: vec![Source::Person],
            tokens: 1,
        };
        next.sections.insert(1, context);
        next
    };
    life.person(Command::EditBrief { brief: more(2, "Two.") });
    let mut stage = Stage::over(life, 120, 36);
    stage.press("a");
    let read = |stage: &Stage| match stage.ui.modals.last() {
        Some(Modal::Reader(reader)) => reader.flow.text().to_owned(),
        _ => panic!("a page is open"),
    };
    assert!(read(&stage).contains("Two."));
    // There is nothing to take back here, and so nothing to wait for.
    stage.press("u");
    stage.life.person(Command::EditBrief { brief: more(3, "Three.") });
    stage.tell();
    assert!(read(&stage).contains("Two."), "{}", read(&stage));
    // What was asked for takes the place of what was read.
    stage.press("Esc a Tab Tab D");
    assert!(!read(&stage).contains("Three."), "{}", read(&stage));
}

#[test]
fn a_page_that_finds_no_room_says_so_and_a_lessons_evidence_finds_it() {
    let mut life = working();
    let what = LessonCandidate {
        trigger: "the bench is slow".into(),
        fix: "run it with fewer rows".into(),
        ..LessonCandidate::default()
    };
    life.person(Command::TellLesson { what });
    let mut stage = Stage::over(life, 120, 36);
    stage.press("g m Enter");
    assert_eq!(stage.ui.modals.len(), 2, "{}", stage.shown());
    assert!(stage.shown().contains("with fewer rows"));
    stage.ui.show_page("Work of month", "diff", stage.up);
    assert!(stage.shown().contains("`Work of month` is here"), "{}", stage.shown());
    let Some(Wish::Event { seq }) = stage.press("Enter") else { panic!("the evidence") };
    stage.ui.show_page(format!("Event {seq}"), "the whole of it", stage.up);
    assert!(stage.shown().contains("the whole of it"), "{}", stage.shown());
}

/// The screen as it is kept and taken up by the next start.
fn reborn(stage: &mut Stage) {
    let now = stage.now();
    let Stage { life, story, live, ui, .. } = stage;
    let facts = Facts { state: life.core.state(), story, live, now };
    let kept = serde_json::to_string(&ui.keep(facts, "terminal")).unwrap();
    *ui = Ui::new(ui.standing.clone());
    ui.take_up(serde_json::from_str(&kept).unwrap(), facts);
    stage.draw();
}

#[test]
fn a_text_that_is_left_goes_on_where_it_was_begun_also_after_the_program_has_ended() {
    let mut stage = Stage::over(proposed(), 120, 36);
    stage.press("x");
    stage.type_in("smaller ");
    stage.press("Esc");
    assert!(stage.shown().contains("UNSAVED"));
    reborn(&mut stage);
    stage.press("x");
    assert!(texts_of(&stage).contains("smaller"), "{}", texts_of(&stage));
    reborn(&mut stage);
    assert!(texts_of(&stage).contains("smaller"), "it was open: {}", texts_of(&stage));
    stage.press("Ctrl+C Esc");
    assert!(!stage.shown().contains("UNSAVED"), "an emptied one is gone");
}

#[test]
fn an_answer_that_was_begun_goes_on_until_its_question_is_answered() {
    let mut stage = Stage::over(asking(), 120, 36);
    open_question(&mut stage);
    stage.type_in("only J");
    stage.press("Esc");
    open_question(&mut stage);
    assert_eq!(texts_of(&stage), "only J");
    reborn(&mut stage);
    assert_eq!(texts_of(&stage), "only J");
    stage.press("Esc");
    let question = stage.life.goal().open_questions().next().unwrap().0;
    stage.life.person(Command::AnswerQuestion { question, answer: "none".into() });
    stage.tell();
    assert!(!stage.shown().contains("UNSAVED"));
}

#[test]
fn the_oldest_text_gives_way_and_a_new_version_of_a_brief_opens_the_text_of_the_one_before() {
    let mut stage = Stage::over(refuted(), 120, 36);
    stage.press("j j e");
    stage.type_in("first ");
    stage.press("Esc");
    let brief = stage.life.task("money").brief.clone().unwrap();
    let mut next = Brief { version: brief.version + 1, ..brief };
    next.sections[0].text.push_str(" And mind the sign.");
    stage.life.person(Command::EditBrief { brief: next });
    stage.tell();
    stage.press("e");
    assert!(texts_of(&stage).starts_with("first ## Objective"), "{}", texts_of(&stage));
    assert!(stage.shown().contains("your text of an earlier version"), "{}", stage.shown());
    stage.press("Esc");
    for lesson in 1..=25 {
        let purpose = Purpose::Correct { lesson: LessonId(lesson) };
        let mut editor = Editor::new(Rows::Many, "");
        editor.insert("mine");
        stage.ui.modals.push(Modal::Prompt { purpose, editor, original: String::new() });
        stage.press("Esc");
    }
    let last = stage.ui.drafts.last().map(|kept| match kept {
        Modal::Prompt { purpose, .. } => format!("{purpose:?}"),
        other => format!("{other:?}"),
    });
    assert_eq!(
        (stage.ui.drafts.len(), last.unwrap()),
        (20, "Correct { lesson: LessonId(25) }".into())
    );
}

#[test]
fn looking_back_keeps_what_was_written_and_the_session_that_was_shown() {
    let mut stage = Stage::over(working(), 120, 36);
    stage.press("2 ]");
    let shown = stage.ui.shown.clone().unwrap();
    stage.press("n");
    stage.ui.modals.clear();
    stage.press("g n");
    stage.type_in("faster");
    let at = chargehand::ui::Moment { seq: Seq(3), at: START };
    stage.ui.enter_past(at);
    stage.ui.enter_past(chargehand::ui::Moment { seq: Seq(2), at: START });
    assert!(stage.ui.modals.is_empty());
    stage.ui.leave_past();
    assert_eq!(stage.ui.shown, Some(shown));
    stage.press("g n");
    assert_eq!(texts_of(&stage), "faster");
}

#[test]
fn the_text_of_an_editor_goes_where_it_was_written_whatever_page_has_come_meanwhile() {
    let mut stage = Stage::over(refuted(), 120, 36);
    stage.press("j j e");
    stage.ui.show_page("Work of money", "diff", stage.up);
    stage.ui.edited("## Objective\n\nmine\n");
    stage.press("Esc");
    assert_eq!(texts_of(&stage), "## Objective\n\nmine\n");
}

#[test]
fn what_is_refused_is_there_again_as_it_was_written() {
    let mut stage = Stage::over(refuted(), 120, 36);
    stage.press("j j e");
    stage.type_in("## Objective\n\nmine");
    stage.ui.edited("## Objective\n\nmine\n");
    let press = |stage: &mut Stage, key: &str| {
        let press = Keys::parse(key).unwrap().0[0];
        stage.event(KeyEvent::new(press.code, press.mods))
    };
    assert!(press(&mut stage, "Ctrl+S").is_some());
    assert!(stage.ui.modals.is_empty() && stage.ui.has_texts(), "it is on its way");
    reborn(&mut stage);
    stage.press("e");
    assert_eq!(texts_of(&stage), "## Objective\n\nmine\n", "a kill meanwhile loses nothing");
    assert!(press(&mut stage, "Ctrl+S").is_some());
    stage.refuse("the brief is sent");
    assert_eq!(texts_of(&stage), "## Objective\n\nmine\n");
    assert!(stage.shown().contains("the brief is sent"), "{}", stage.shown());
    stage.ui.modals.clear();
    stage.press("n");
    stage.ui.modals.clear();
    stage.press("g n");
    stage.type_in("faster");
    assert!(press(&mut stage, "Enter").is_some());
    stage.refuse("the run has ended");
    assert_eq!(texts_of(&stage), "faster");
}

#[test]
fn a_correction_that_says_too_little_stays_open() {
    let mut life = working();
    let what = LessonCandidate {
        trigger: "the bench is slow".into(),
        fix: "run it with fewer rows".into(),
        ..LessonCandidate::default()
    };
    life.person(Command::TellLesson { what });
    let mut stage = Stage::over(life, 120, 36);
    stage.press("g m Enter e Ctrl+U");
    stage.type_in("mine");
    assert_eq!(stage.press("Enter"), None);
    assert!(texts_of(&stage).contains("mine"), "{}", stage.shown());
    assert!(stage.shown().contains("not changed"), "{}", stage.shown());
}

#[test]
fn a_brief_that_is_saved_and_approved_goes_the_way_of_every_approval() {
    let mut stage = Stage::over(refuted(), 120, 36);
    stage.press("j j e");
    stage.type_in("x");
    stage.ui.edited("## Objective\n\nmine\n");
    let press = Keys::parse("F9").unwrap().0[0];
    let Some(Wish::Commands(mut commands)) = stage.event(KeyEvent::new(press.code, press.mods))
    else {
        panic!("it is saved")
    };
    // The linter finds what makes it unready.
    let [Command::EditBrief { brief }] = &mut commands[..] else { panic!("{commands:?}") };
    let error = Finding { severity: Severity::Error, text: "x".into(), fix: None };
    brief.lint = vec![error; 9];
    stage.obey(commands);
    let purpose = stage.ui.modals.last();
    assert!(matches!(purpose, Some(Modal::Prompt { purpose: Purpose::Override { .. }, .. })));
    assert_eq!(*stage.life.phase("money"), Phase::Drafted);
}

#[test]
fn a_text_whose_subject_is_gone_can_still_be_opened_and_dropped() {
    let mut stage = Stage::over(proposed(), 120, 36);
    stage.press("x");
    stage.type_in("too many tasks");
    stage.press("Esc");
    assert!(stage.shown().contains("UNSAVED word on the plan"), "{}", stage.shown());
    stage.press("A");
    stage.press("g u");
    assert!(stage.shown().contains("too many tasks"), "{}", stage.shown());
    stage.press("Ctrl+C Esc");
    assert!(!stage.shown().contains("UNSAVED"), "{}", stage.shown());
    stage.press("g u");
    assert!(stage.shown().contains("no unsaved text is left"), "{}", stage.shown());
}
