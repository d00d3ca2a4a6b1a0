//! The screen over replayed logs: what is drawn, what keys come to, what never happens by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod adding;
mod back;
mod broken_off;
mod newcomer;
mod newcomer2;
mod offers;
mod sight;
mod storm;
mod stumbles;
mod texts;
mod told;
#[path = "../world/mod.rs"]
mod world;

use std::time::Duration;

use chargehand::{
    domain::*,
    ui::{
        Action, Colours, Facts, Glyphs, Keymap, Keys, Live, LiveKind, Modal, Now, Pane, Reading,
        Scene, Sign, Standing as Place, Story, Theme, Ui, Wish, view,
    },
};
use proptest::prelude::*;
use ratatui::{
    Terminal,
    backend::TestBackend,
    crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind},
};
use world::*;

/// 2026-11-22 10:00 UTC.
const START: u64 = 1_795_341_600_000;

/// A life with a screen over it.
struct Stage {
    life: Life,
    told: usize,
    story: Story,
    live: Live,
    ui: Ui,
    keys: Keymap,
    theme: Theme,
    terminal: Terminal<TestBackend>,
    up: Duration,
}

impl Stage {
    fn over(life: Life, width: u16, height: u16) -> Self {
        let standing = Place {
            repository: "ledger".into(),
            branch: "main".into(),
            marks: vec![Sign::NoSandbox, Sign::Demo],
        };
        let mut stage = Self {
            life,
            told: 0,
            story: Story::default(),
            live: Live::default(),
            ui: Ui::new(standing),
            keys: Keymap::embedded(),
            theme: Theme::terminal(Colours::Shown),
            terminal: Terminal::new(TestBackend::new(width, height)).unwrap(),
            up: Duration::from_secs(100),
        };
        stage.tell();
        stage
    }

    /// Folds what the log has gained.
    fn tell(&mut self) {
        for record in &self.life.log[self.told..] {
            self.story.apply(record);
            self.live.settle(record);
        }
        self.told = self.life.log.len();
        let now = self.now();
        self.ui.settle(Facts {
            state: self.life.core.state(),
            story: &self.story,
            live: &self.live,
            now,
        });
    }

    fn now(&self) -> Now {
        Now { at: self.life.at + 42_000, up: self.up, ahead: 0 }
    }

    fn shown(&mut self) -> String {
        self.draw();
        self.terminal.backend().to_string()
    }

    fn draw(&mut self) {
        let now = self.now();
        let facts =
            Facts { state: self.life.core.state(), story: &self.story, live: &self.live, now };
        let scene = Scene { facts, ui: &self.ui, theme: &self.theme, keys: &self.keys };
        let mut drawn = None;
        self.terminal.draw(|frame| drawn = Some(view(&scene, frame))).unwrap();
        self.ui.drew(drawn.unwrap(), self.up);
    }

    fn event(&mut self, event: KeyEvent) -> Option<Wish> {
        let now = self.now();
        let facts =
            Facts { state: self.life.core.state(), story: &self.story, live: &self.live, now };
        self.ui.key(event, &self.keys, facts)
    }

    /// Presses keys one after another, drawing after each as the program does, and gives the last
    /// wish. Commands are carried out.
    fn press(&mut self, keys: &str) -> Option<Wish> {
        let mut last = None;
        for press in Keys::parse(keys).unwrap().0 {
            let wish = self.event(KeyEvent::new(press.code, press.mods));
            if let Some(Wish::Commands(commands)) = &wish {
                self.obey(commands.clone());
            }
            last = wish.or(last);
            self.draw();
        }
        last
    }

    /// Carries commands out, and what follows them.
    fn obey(&mut self, commands: Vec<Command>) {
        for command in commands {
            self.life.person(command);
        }
        self.tell();
        let (now, id) = (self.now(), self.ui.decisions.latest());
        let Self { life, story, live, ui, .. } = self;
        let facts = Facts { state: life.core.state(), story, live, now };
        if let Some(Wish::Commands(commands)) = ui.accepted(id, facts) {
            self.obey(commands);
        }
    }

    /// Refuses what was wished last.
    fn refuse(&mut self, why: &str) {
        let (now, id) = (self.now(), self.ui.decisions.latest());
        let Self { life, story, live, ui, .. } = self;
        let facts = Facts { state: life.core.state(), story, live, now };
        ui.refused(id, &Refusal::NotNow(why.into()), facts);
        self.draw();
    }

    fn paste(&mut self, text: &str) -> Option<Wish> {
        let now = self.now();
        let Self { life, story, live, ui, .. } = self;
        let wish = ui.paste(text, Facts { state: life.core.state(), story, live, now });
        self.draw();
        wish
    }

    fn type_in(&mut self, text: &str) {
        for c in text.chars() {
            self.event(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE));
        }
        self.draw();
    }

    fn wait(&mut self, millis: u64) {
        self.up += Duration::from_millis(millis);
        self.draw();
    }
}

fn titled(id: &str, title: &str, after: &[&str]) -> TaskSpec {
    TaskSpec {
        title: title.into(),
        objective: format!("{title}, as the goal asks."),
        guidance: "Keep it small.".into(),
        ..spec(id, after)
    }
}

fn tasks() -> Vec<TaskSpec> {
    let mut all = vec![
        titled("money", "Parse amounts exactly", &[]),
        titled("import", "Import a bank's CSV", &["money"]),
        titled("month", "Report a month", &["money"]),
        titled("docs", "Write the manual", &["import", "month"]),
    ];
    all[3].criteria.push(manual("the manual reads well"));
    all
}

fn proposed() -> Life {
    let mut life = Life::new(Policy::Each);
    life.at = START;
    let run = life.open("plan", None);
    life.run(said(
        run,
        "I look at the ledger first.",
        vec![call(1, "read", r#"{"path": "bin/ledger"}"#)],
    ));
    life.run(returned(run, 1, true, "#!/bin/sh\nset -eu\n"));
    life.run(Command::Propose { run, draft: draft(tasks()) });
    life.end(run, End::Done);
    life
}

fn call(id: u32, tool: &str, arguments: &str) -> ToolCall {
    ToolCall { tool: tool.into(), arguments: arguments.into(), ..tool_call(id) }
}

fn said(run: RunId, text: &str, calls: Vec<ToolCall>) -> Command {
    let usage = Usage { input: 900, cached: 0, output: 80, reasoning: 0 };
    let reasoning = "The tests say what is wanted.\nSo I read them.".into();
    Command::LogItem {
        run,
        item: Item::Said { text: text.into(), reasoning, calls, way: Way::Native, usage },
    }
}

fn returned(run: RunId, id: u32, ok: bool, text: &str) -> Command {
    let item =
        Item::Returned { call: CallId(id), ok, text: text.into(), blob: None, millis: 1_200 };
    Command::LogItem { run, item }
}

/// One task is done, one works and asks, one works, one waits.
fn working() -> Life {
    let mut life = proposed();
    let hash = draft(tasks()).hash();
    life.at += 20_000;
    life.person(Command::ApprovePlan { hash });
    life.at += 5_000;
    life.done("money");
    life.at += 5_000;
    life.briefed("import", "Write lib/commands/import.sh.");
    life.briefed("month", "Write lib/commands/month.sh.");
    let run = life.open_attempt("import");
    let usage = Usage { input: 18_000, cached: 0, output: 2_300, reasoning: 0 };
    life.run(Command::Spend { run, model: "small".into(), usage, cost: None });
    life.run(said(
        run,
        "I begin with the reader.",
        vec![call(1, "read", r#"{"path": "lib/money.sh"}"#)],
    ));
    life.run(returned(run, 1, true, "amount() {\n  :\n}\n"));
    let edit = r#"{"path": "lib/commands/import.sh", "old": "echo todo", "new": "read_csv \"$1\" |\n  while IFS=, read -r date text amount; do\n    book \"$date\" \"$text\" \"$amount\"\n  done"}"#;
    life.run(said(run, "", vec![call(2, "edit", edit)]));
    life.run(Command::IntendCall { run, call: call(2, "edit", edit), command: None });
    life.run(returned(run, 2, true, "edited"));
    let bench = call(3, "run", r#"{"command": "sh scripts/bench.sh --rows 100000 > bench.txt"}"#);
    life.run(said(run, "How fast is it? The benchmark says it.", vec![bench.clone()]));
    life.at += 3_000;
    let command = Some("sh scripts/bench.sh --rows 100000 > bench.txt".into());
    life.run(Command::IntendCall { run, call: bench, command });
    let run = life.open_attempt("month");
    life.run(said(run, "The month first.", vec![call(1, "run", r#"{"command": "make month"}"#)]));
    life.run(Command::IntendCall {
        run,
        call: call(1, "run", r#"{"command": "make month"}"#),
        command: Some("make month".into()),
    });
    life
}

/// A check refutes a claim, and the follow-up is briefed.
fn refuted() -> Life {
    let mut life = proposed();
    let hash = draft(tasks()).hash();
    life.person(Command::ApprovePlan { hash });
    life.at += 60_000;
    life.briefed("money", "Write lib/money.sh.");
    life.executed("money");
    life.at += 9_000;
    life.checked("money", Outcome::Failed);
    life.judged("money", follow_up("round half a cent up, not down"));
    life.write_brief("money", "Round half a cent up. The check shows where it goes wrong.");
    life
}

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 36), (160, 45)];

#[test]
fn the_plan_to_approve() {
    for (width, height) in SIZES {
        let mut stage = Stage::over(proposed(), width, height);
        stage.press("j j");
        insta::assert_snapshot!(format!("plan_{width}x{height}"), stage.shown());
    }
}

#[test]
fn two_sessions_at_work_and_a_command_that_waits() {
    for (width, height) in SIZES {
        let mut stage = Stage::over(working(), width, height);
        let run = stage.life.open("execute", Some("month"));
        stage.live.push(run, LiveKind::Output, "january ok\nfebruary");
        stage.press("2");
        insta::assert_snapshot!(format!("working_{width}x{height}"), stage.shown());
    }
}

#[test]
fn a_refuted_claim_with_its_follow_up() {
    for (width, height) in SIZES {
        let mut stage = Stage::over(refuted(), width, height);
        stage.press("2");
        insta::assert_snapshot!(format!("refuted_{width}x{height}"), stage.shown());
    }
}

#[test]
fn the_approval_of_a_command() {
    for (width, height) in SIZES {
        let mut stage = Stage::over(working(), width, height);
        stage.draw();
        stage.press("a");
        stage.wait(400);
        insta::assert_snapshot!(format!("approval_{width}x{height}"), stage.shown());
    }
}

#[test]
fn the_help_the_palette_and_the_brief_editor() {
    let mut stage = Stage::over(refuted(), 100, 30);
    stage.press("?");
    insta::assert_snapshot!("help", stage.shown());
    stage.press("Esc :");
    stage.type_in("plan.");
    insta::assert_snapshot!("palette", stage.shown());
    stage.press("Esc j j e");
    stage.type_in("Mind the rounding. ");
    insta::assert_snapshot!("brief_editor", stage.shown());
}

#[test]
fn no_goal_yet() {
    let mut life = Life::new(Policy::Each);
    life.core = Engine::replay(Settings::default(), &[]);
    life.log.clear();
    let mut stage = Stage::over(life, 80, 24);
    insta::assert_snapshot!("empty", stage.shown());
    stage.press("i");
    stage.type_in("Add a month report");
    assert_eq!(stage.press("Enter"), Some(Wish::NewGoal { text: "Add a month report".into() }));
}

#[test]
fn the_cursor_of_the_terminal_stands_in_the_text() {
    let mut stage = Stage::over(proposed(), 120, 36);
    stage.press("x");
    stage.type_in("漢e\u{301}");
    let at = stage.ui.drawn.as_ref().and_then(|drawn| drawn.cursor).unwrap();
    let buffer = stage.terminal.backend().buffer().clone();
    assert_eq!(buffer[(at.0 - 1, at.1)].symbol(), "e\u{301}");
    assert_eq!(buffer[(at.0 - 3, at.1)].symbol(), "漢");
}

/// A life in which all that others say is hostile.
fn hostile() -> Life {
    let evil = "\u{202e}\x1b[2J\x1b]0;x\x07\u{0}\u{200b}👩\u{200d}👩\u{200d}👩漢字e\u{301}\u{301}\t\r\n\u{fffd}";
    let mut life = Life::new(Policy::Each);
    life.at = START;
    let run = life.open("plan", None);
    let mut plan = tasks();
    plan[0].title = evil.repeat(8);
    plan[1].objective = evil.repeat(40);
    life.run(Command::Propose { run, draft: draft(plan.clone()) });
    life.end(run, End::Done);
    life.person(Command::ApprovePlan { hash: draft(plan).hash() });
    life.briefed("money", &evil.repeat(50));
    let run = life.open_attempt("money");
    life.run(said(run, &evil.repeat(200), vec![call(1, evil, evil)]));
    life.run(said(run, &"x".repeat(1 << 20), vec![call(2, "run", r#"{"command": "id"}"#)]));
    life.run(returned(run, 1, false, &evil.repeat(500)));
    let command = Some(evil.repeat(90));
    life.run(Command::IntendCall { run, call: call(2, "run", "{}"), command });
    life
}

#[test]
fn every_size_is_drawn_whatever_others_say() {
    let mut stage = Stage::over(hostile(), 80, 24);
    let run = stage.life.open("execute", Some("money"));
    stage.live.push(run, LiveKind::Message, &"\u{1b}[31m漢\u{200d}".repeat(2_000));
    stage.draw();
    let opened =
        ["Esc", "a", "Esc ?", "Esc :", "Esc g a", "Esc 1 j j Enter", "Esc 1 e", "Esc 3 Enter"];
    for (step, keys) in opened.iter().enumerate() {
        stage.press(keys);
        for (width, height) in
            (1..=200).step_by(23).flat_map(|w| (1..=60).step_by(9).map(move |h| (w, h)))
        {
            stage.terminal.backend_mut().resize(width, height);
            stage.terminal.autoresize().unwrap();
            stage.ui.focus = Pane::ALL[(step + usize::from(width)) % 3];
            let shown = stage.shown();
            assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{width}x{height}");
        }
    }
}

#[test]
fn below_the_smallest_size_one_sentence_is_shown_and_answering_works() {
    let mut stage = Stage::over(working(), 40, 10);
    insta::assert_snapshot!(stage.shown(), @r#"
    "1 waiting. 40x10 is too small, 60x16 is "
    "needed. a open, q quit                  "
    "NO SANDBOX  DEMO                        "
    "                                        "
    "                                        "
    "                                        "
    "                                        "
    "                                        "
    "                                        "
    "                                        "
    "#);
    stage.press("a");
    assert!(matches!(stage.ui.modals.last(), Some(Modal::Approval(_))));
    stage.wait(400);
    stage.press("Esc");
    stage.press("q");
    assert!(matches!(stage.ui.modals.last(), Some(Modal::Confirm { .. })));
    assert_eq!(stage.press("y"), Some(Wish::Quit));
}

#[test]
fn a_command_is_allowed_only_after_it_was_opened_and_400_ms_have_gone() {
    let mut stage = Stage::over(working(), 120, 36);
    stage.draw();
    assert_eq!(stage.press("y"), None, "nothing is open");
    stage.ui.chord.clear();
    stage.press("a");
    assert_eq!(stage.press("y"), None, "the keys are dead");
    stage.wait(399);
    assert_eq!(stage.press("y"), None, "the keys are dead still");
    stage.wait(1);
    let Some(Wish::Commands(commands)) = stage.press("y") else { panic!("the keys are alive") };
    assert!(matches!(commands[..], [Command::AnswerCall { allow: true, .. }]), "{commands:?}");
}

#[test]
fn a_long_command_is_allowed_only_after_its_end_was_seen() {
    let mut life = working();
    let run = life.open("execute", Some("month"));
    let lines = (1..=99).map(|n| format!("echo {n}")).collect::<Vec<_>>().join("\n");
    let long = call(2, "run", "{}");
    life.run(Command::IntendCall { run, call: long, command: Some(lines) });
    let mut stage = Stage::over(life, 80, 24);
    stage.draw();
    stage.press("a");
    stage.wait(1_000);
    stage.press("Tab");
    stage.wait(1_000);
    assert!(stage.shown().contains("more lines below"));
    assert_eq!(stage.press("y"), None);
    stage.press("End");
    assert!(stage.shown().contains("echo 99"));
    assert!(matches!(stage.press("y"), Some(Wish::Commands(_))));
}

#[test]
fn denying_says_why_and_may_pause_the_task() {
    let mut stage = Stage::over(working(), 120, 36);
    stage.draw();
    stage.press("a");
    stage.wait(400);
    stage.press("N");
    stage.type_in("not now");
    let Some(Wish::Commands(commands)) = stage.press("Enter") else { panic!("it is sent") };
    let [Command::AnswerCall { allow: false, why, .. }, Command::HoldTask { task }] = &commands[..]
    else {
        panic!("{commands:?}")
    };
    assert_eq!((why.as_str(), task.as_str()), ("not now", "import"));
    assert!(stage.ui.modals.is_empty());
}

#[test]
fn a_rule_must_match_the_command_that_it_is_made_for() {
    let mut life = working();
    let asks: Vec<CommandAsk> = life.goal().asks.clone();
    for ask in asks {
        life.person(Command::AnswerCall {
            run: ask.run,
            call: ask.call,
            allow: false,
            why: String::new(),
        });
    }
    let run = life.open("execute", Some("month"));
    life.run(Command::IntendCall {
        run,
        call: call(5, "run", "{}"),
        command: Some("cargo bench one".into()),
    });
    let mut stage = Stage::over(life, 120, 36);
    stage.draw();
    stage.press("a");
    stage.wait(400);
    stage.press("r Ctrl+U");
    stage.type_in("make");
    assert_eq!(stage.press("Enter"), None);
    assert!(stage.shown().contains("does not match"), "and the words are still there");
    stage.press("Ctrl+U");
    stage.type_in("cargo bench");
    let Some(Wish::Commands(commands)) = stage.press("Enter") else { panic!("it is sent") };
    let words = vec!["cargo".into(), "bench".into()];
    assert_eq!(commands[0], Command::AddRule { rule: CommandRule::Argv { words } });
}

#[test]
fn a_dialog_about_something_that_is_gone_is_closed() {
    let mut stage = Stage::over(working(), 120, 36);
    stage.draw();
    stage.press("a");
    let ask = stage.life.goal().asks[0].clone();
    let why = String::new();
    stage.life.person(Command::AnswerCall { run: ask.run, call: ask.call, allow: false, why });
    stage.tell();
    assert!(stage.ui.modals.is_empty());
}

#[test]
fn a_brief_is_edited_saved_and_approved() {
    let mut stage = Stage::over(refuted(), 120, 36);
    stage.press("j j e");
    stage.press("Down Down");
    stage.type_in("First of all: ");
    stage.press("F9");
    assert!(matches!(stage.life.phase("money"), Phase::Running { .. } | Phase::Ready));
    let text = stage.life.task("money").last_attempt().map(|one| one.brief.render());
    let brief = stage.life.task("money").brief.as_ref().map(Brief::render);
    assert!(text.into_iter().chain(brief).any(|text| text.contains("First of all: Round half")));
}

#[test]
fn a_draft_that_is_left_is_there_when_it_is_opened_again() {
    let mut stage = Stage::over(refuted(), 120, 36);
    stage.press("j j e");
    stage.type_in("kept ");
    stage.press("Esc");
    assert!(stage.shown().contains("UNSAVED"));
    stage.press("e");
    let text =
        stage.ui.modals.last().and_then(Modal::editor).map(|editor| editor.text().to_owned());
    assert!(text.unwrap().starts_with("kept ## Objective"));
    stage.press("Ctrl+S");
    assert_eq!(stage.ui.modals.len(), 1, "what is no brief is not saved");
}

#[test]
fn tasks_are_reordered_dropped_and_added_before_the_plan_is_approved() {
    let mut stage = Stage::over(proposed(), 120, 36);
    stage.press("j J");
    let Standing::Proposed { draft } = &stage.life.goal().standing else { panic!("proposed") };
    let order: Vec<&str> = draft.tasks.iter().map(|task| task.id.as_str()).collect();
    assert_eq!(order, ["money", "month", "import", "docs"]);
    stage.press("J");
    assert!(stage.shown().contains("`docs` comes after `import`"));
    stage.press("s y");
    let Standing::Proposed { draft } = &stage.life.goal().standing else { panic!("proposed") };
    assert_eq!(draft.tasks.len(), 3);
    assert_eq!(draft.tasks[2].after, [TaskId::from("month")]);
    stage.press("A");
    assert_eq!(stage.life.goal().plan.tasks.len(), 3);
}

#[test]
fn decisions_are_taken_back() {
    let mut stage = Stage::over(working(), 120, 36);
    stage.press("j j j j j p");
    assert!(matches!(stage.life.phase("docs"), Phase::Blocked { .. }));
    stage.press("u");
    assert!(matches!(stage.life.phase("docs"), Phase::Approved));
    stage.press("Ctrl+R");
    assert!(matches!(stage.life.phase("docs"), Phase::Blocked { .. }));
}

#[test]
fn a_session_follows_until_the_person_scrolls_and_again_at_its_end() {
    let mut stage = Stage::over(working(), 80, 24);
    let run = stage.life.open("execute", Some("month"));
    let body = (0..60).map(|n| format!("line {n}")).collect::<Vec<_>>().join("\n");
    stage.life.run(said(run, &body, vec![]));
    stage.tell();
    stage.press("2");
    let key = stage.ui.shown.clone().unwrap();
    stage.press("PgUp");
    assert!(matches!(stage.ui.place_of(&key).reading, Reading::At { .. }));
    stage.press("End");
    assert_eq!(stage.ui.place_of(&key).reading, Reading::Follow);
    assert!(stage.shown().contains("FOLLOW"));
}

#[test]
fn first_ctrl_c_says_what_stops_and_the_second_quits() {
    let mut stage = Stage::over(working(), 120, 36);
    stage.draw();
    assert_eq!(stage.press("Ctrl+C"), None);
    assert!(stage.shown().contains("Ctrl+C again quits; 2 runs stop"));
    stage.wait(2_001);
    assert_eq!(stage.press("Ctrl+C"), None);
    assert_eq!(stage.press("Ctrl+C"), Some(Wish::Quit));
}

#[test]
fn without_colours_no_two_states_look_the_same() {
    let mut looks = std::collections::BTreeSet::new();
    let at = AttemptNo(1);
    let phases = [
        Phase::Proposed,
        Phase::Approved,
        Phase::Drafted,
        Phase::Running { attempt: at, run: Some(RunId(1)) },
        Phase::Checked { attempt: at },
        Phase::Failed { why: String::new() },
        Phase::Cancelled { why: String::new() },
    ];
    for phase in &phases {
        let (mark, _) = chargehand::ui::of_phase(phase);
        assert!(looks.insert((Glyphs::Ascii.of(mark), phase.word())), "{phase:?}");
    }
}

#[test]
fn an_idle_screen_asks_for_no_frame_and_a_running_one_for_eight_a_second() {
    let mut stage = Stage::over(proposed(), 120, 36);
    stage.draw();
    let facts = Facts {
        state: stage.life.core.state(),
        story: &stage.story,
        live: &stage.live,
        now: stage.now(),
    };
    assert_eq!(stage.ui.wakes(facts), None);
    let stage = Stage::over(working(), 120, 36);
    let facts = Facts {
        state: stage.life.core.state(),
        story: &stage.story,
        live: &stage.live,
        now: stage.now(),
    };
    assert_eq!(stage.ui.wakes(facts), Some(stage.up + Duration::from_millis(125)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn the_reading_position_never_moves_by_itself(
        up in 1_usize..12,
        events in prop::collection::vec((0_u8..4, "[a-z漢 \n]{0,80}"), 1..12),
    ) {
        let mut stage = Stage::over(working(), 80, 24);
        stage.press("2");
        let run = stage.life.open("execute", Some("month"));
        let body = (0..60).map(|n| format!("line {n}")).collect::<Vec<_>>().join("\n");
        stage.life.run(said(run, &body, vec![]));
        stage.tell();
        stage.ui.shown = stage.story.session_of(run).map(|session| session.key.clone());
        stage.draw();
        for _ in 0..up {
            stage.press("k");
        }
        let pane = |shown: &str| shown.lines().skip(3).take(16).map(str::to_owned).collect::<Vec<_>>();
        let before = pane(&stage.shown());
        for (kind, text) in events {
            match kind {
                0 => { stage.life.run(said(run, &text, vec![])); stage.live.clear(run); }
                1 => stage.live.push(run, LiveKind::Message, &text),
                2 => { stage.life.run(Command::Note { run: Some(run), text }); }
                _ => stage.live.push(run, LiveKind::Output, &text),
            }
            stage.tell();
            let now = pane(&stage.shown());
            prop_assert_eq!(&now[..14], &before[..14]);
        }
    }

    #[test]
    fn no_storm_of_keys_decides_what_was_not_opened_and_seen(
        storm in prop::collection::vec((0_usize..14, 0_u64..250), 1..60),
    ) {
        let mut stage = Stage::over(working(), 100, 30);
        stage.draw();
        let keys = ["y", "n", "N", "r", "Enter", "Esc", "a", "j", "Tab", "Space", "x", "v", "End", "q"];
        let mut opened: Option<Duration> = None;
        for (key, millis) in storm {
            stage.wait(millis);
            let open = |stage: &Stage| match stage.ui.modals.first() {
                Some(Modal::Approval(one)) => Some(one.ask.clone()),
                _ => None,
            };
            let before = open(&stage);
            let press = Keys::parse(keys[key]).unwrap().0[0];
            let wish = stage.event(KeyEvent::new(press.code, press.mods));
            if let Some(Wish::Commands(commands)) = wish
                && commands.iter().any(|one| matches!(one, Command::AnswerCall { .. }))
            {
                let since = opened.map(|at| stage.up.saturating_sub(at));
                prop_assert!(since.is_some_and(|since| since >= Duration::from_millis(400)), "{since:?}");
            }
            let after = open(&stage);
            if after != before {
                opened = after.map(|_| stage.up);
            }
            stage.draw();
        }
    }
}

#[test]
fn every_action_can_be_asked_for_in_every_place() {
    let mut stage = Stage::over(working(), 120, 36);
    for action in Action::ALL {
        stage.ui = Ui::new(Place::default());
        stage.draw();
        for pane in Pane::ALL {
            stage.ui.focus = pane;
            let facts = Facts {
                state: stage.life.core.state(),
                story: &stage.story,
                live: &stage.live,
                now: stage.now(),
            };
            let keys = stage.keys.clone();
            let _ = stage.ui.update(*action, &keys, facts);
            stage.draw();
        }
    }
}

fn click(stage: &mut Stage, column: u16, row: u16) -> Option<Wish> {
    mouse(stage, MouseEventKind::Down(MouseButton::Left), column, row)
}

fn mouse(stage: &mut Stage, kind: MouseEventKind, column: u16, row: u16) -> Option<Wish> {
    let event = MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE };
    let now = stage.now();
    let Stage { life, story, live, ui, keys, .. } = stage;
    let wish = ui.mouse(event, keys, Facts { state: life.core.state(), story, live, now });
    stage.draw();
    wish
}

#[test]
fn a_click_focuses_and_selects_and_the_next_one_opens() {
    let mut stage = Stage::over(working(), 160, 45);
    stage.draw();
    click(&mut stage, 60, 10);
    assert_eq!(stage.ui.focus, Pane::Session);
    click(&mut stage, 130, 3);
    assert_eq!(stage.ui.focus, Pane::Timeline);
    click(&mut stage, 5, 3);
    assert_eq!((stage.ui.focus, stage.ui.modals.len()), (Pane::Plan, 0));
    click(&mut stage, 5, 3);
    assert!(matches!(stage.ui.modals.last(), Some(Modal::Reader(_))));
}

#[test]
fn the_wheel_scrolls_what_lies_under_it_and_leaves_the_focus() {
    let mut life = working();
    let run = life.open("execute", Some("month"));
    life.run(said(run, &"a line\n".repeat(100), vec![]));
    let mut stage = Stage::over(life, 120, 36);
    stage.draw();
    let before = stage.ui.focus;
    mouse(&mut stage, MouseEventKind::ScrollUp, 60, 10);
    assert_eq!(stage.ui.focus, before);
    let reads = stage.ui.sessions.values().any(|place| place.reading != Reading::Follow);
    assert!(reads, "{:?}", stage.ui.sessions);
}

#[test]
fn a_border_is_dragged_and_the_pane_keeps_its_width() {
    let mut stage = Stage::over(working(), 160, 45);
    stage.draw();
    click(&mut stage, 39, 20);
    mouse(&mut stage, MouseEventKind::Drag(MouseButton::Left), 54, 20);
    mouse(&mut stage, MouseEventKind::Up(MouseButton::Left), 54, 20);
    let width = |stage: &Stage| stage.ui.drawn.as_ref().unwrap().places.plan.unwrap().width;
    assert_eq!(width(&stage), 55);
    mouse(&mut stage, MouseEventKind::Drag(MouseButton::Left), 20, 20);
    assert_eq!(width(&stage), 55);
}

#[test]
fn no_click_decides_anything() {
    let mut stage = Stage::over(working(), 120, 36);
    stage.press("a");
    stage.wait(500);
    for column in (0..120).step_by(3) {
        for row in 0..36 {
            assert_eq!(click(&mut stage, column, row), None);
            assert!(matches!(stage.ui.modals.last(), Some(Modal::Approval(_))));
        }
    }
}

#[test]
fn single_tasks_of_a_plan_are_approved_and_the_others_wait() {
    let mut stage = Stage::over(proposed(), 120, 36);
    stage.press("Space");
    let chosen: Vec<String> = stage.ui.plan.chosen.iter().map(ToString::to_string).collect();
    assert_eq!(chosen.len(), 1, "{chosen:?}");
    assert!(stage.shown().contains("chosen"));
    stage.press("A");
    let goal = stage.life.core.state().goal().unwrap();
    for task in &goal.plan.tasks {
        let held = matches!(task.phase, Phase::Blocked { .. });
        assert_eq!(held, task.spec.id.as_str() != chosen[0], "{:?}", task.spec.id);
    }
}

#[test]
fn a_screen_is_kept_and_taken_up_again() {
    let mut stage = Stage::over(working(), 120, 36);
    stage.press("j j");
    stage.press("2 k k");
    stage.press("3 j");
    let before = stage.shown();
    let kept = {
        let now = stage.now();
        let Stage { life, story, live, ui, .. } = &stage;
        ui.keep(Facts { state: life.core.state(), story, live, now }, "terminal")
    };
    let text = serde_json::to_string(&kept).unwrap();
    let standing = stage.ui.standing.clone();
    stage.ui = Ui::new(standing);
    let now = stage.now();
    let Stage { life, story, live, ui, .. } = &mut stage;
    let facts = Facts { state: life.core.state(), story, live, now };
    ui.take_up(serde_json::from_str(&text).unwrap(), facts);
    assert_eq!(stage.shown(), before);
}

#[test]
fn a_held_server_counts_down_in_the_attention_bar_and_is_asked_at_once_on_a_word() {
    let mut life = Life::routed(Policy::Yes, tasks());
    life.briefed("money", "do it");
    let run = life.open_attempt("money");
    let fault = fault_of(FaultClass::Overload, "far", "mid");
    life.end(run, End::Faulted { fault: Fault { wait: Some(132_000), ..fault } });
    let mut stage = Stage::over(life, 120, 36);
    let shown = stage.shown();
    // The screen's clock is 42 seconds on.
    let bar = shown.lines().find(|bar| bar.contains("is held")).expect("the bar tells of it");
    assert!(bar.contains("`far` is held (overloaded) and tries again by itself  1:30"), "{bar}");
    let Now { up, .. } = stage.now();
    let facts = Facts {
        state: stage.life.core.state(),
        story: &stage.story,
        live: &stage.live,
        now: stage.now(),
    };
    assert!(stage.ui.wakes(facts).is_some_and(|at| at <= up + Duration::from_secs(1)), "it moves");
    stage.press("a y");
    assert!(stage.life.goal().holds.is_empty(), "{}", stage.shown());
    assert!(!stage.shown().contains("is held"));
}
