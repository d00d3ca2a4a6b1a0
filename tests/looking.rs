//! The memory on the screen: where a brief comes from, what is found, how it was.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod world;

use std::time::Duration;

use chargehand::{
    app::{Past, fork},
    domain::*,
    logger::{Access, Store},
    ui::{
        Colours, Facts, Found, HitRow, Keymap, Keys, Live, Modal, Moment, Now, Page, Scene,
        Standing as Place, Step, Story, Theme, Ui, Wish, view,
    },
};
use ratatui::{
    Terminal,
    backend::TestBackend,
    crossterm::event::{KeyCode, KeyEvent, KeyModifiers},
};
use world::*;

/// 2026-11-22 10:00 UTC.
const START: u64 = 1_795_341_600_000;
const DAY: u64 = 86_400_000;

/// A life with a screen over it.
struct Stage {
    life: Life,
    /// What is shown instead of the life as it is.
    past: Option<State>,
    ui: Ui,
    keys: Keymap,
    terminal: Terminal<TestBackend>,
}

impl Stage {
    fn over(life: Life, width: u16, height: u16) -> Self {
        let mut stage = Self {
            life,
            past: None,
            ui: Ui::new(Place { repository: "ledger".into(), ..Place::default() }),
            keys: Keymap::embedded(),
            terminal: Terminal::new(TestBackend::new(width, height)).unwrap(),
        };
        stage.draw();
        stage
    }

    fn with<T>(&mut self, work: impl FnOnce(&mut Ui, &Keymap, Facts<'_>) -> T) -> T {
        let upto = self.ui.past.map_or(Seq(u64::MAX), |past| past.seq);
        let story = Story::of(self.life.log.iter().filter(|one| one.seq <= upto));
        let live = Live::default();
        let now = Now { at: self.life.at + 42_000, up: Duration::from_secs(9), ahead: 0 };
        let state = self.past.as_ref().unwrap_or_else(|| self.life.core.state());
        work(&mut self.ui, &self.keys, Facts { state, story: &story, live: &live, now })
    }

    fn draw(&mut self) {
        let theme = Theme::terminal(Colours::Shown);
        let mut terminal =
            std::mem::replace(&mut self.terminal, Terminal::new(TestBackend::new(1, 1)).unwrap());
        self.with(|ui, keys, facts| {
            let mut drawn = None;
            let scene = Scene { facts, ui, theme: &theme, keys };
            terminal.draw(|frame| drawn = Some(view(&scene, frame))).unwrap();
            ui.drew(drawn.unwrap(), facts.now.up);
        });
        self.terminal = terminal;
    }

    fn shown(&mut self) -> String {
        self.draw();
        self.terminal.backend().to_string()
    }

    /// Presses keys one after another and gives the last wish. Commands are carried out.
    fn press(&mut self, keys: &str) -> Option<Wish> {
        let mut last = None;
        for press in Keys::parse(keys).unwrap().0 {
            let event = KeyEvent::new(press.code, press.mods);
            let wish = self.with(|ui, keys, facts| ui.key(event, keys, facts));
            if let Some(Wish::Commands(commands)) = &wish {
                for command in commands.clone() {
                    self.life.person(command);
                }
                self.with(|ui, _, facts| ui.settle(facts));
            }
            last = wish.or(last);
            self.draw();
        }
        last
    }

    fn type_in(&mut self, text: &str) -> Option<Wish> {
        let mut last = None;
        for c in text.chars() {
            let event = KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
            last = self.with(|ui, keys, facts| ui.key(event, keys, facts)).or(last);
        }
        self.draw();
        last
    }

    fn said(&self) -> &str {
        self.ui.toast.as_ref().map_or("", |toast| toast.text.as_str())
    }
}

fn section(kind: SectionKind, text: &str, sources: Vec<Source>, tokens: u32) -> Section {
    Section { kind, text: text.into(), sources, tokens }
}

/// Two lessons, three days ago, and a brief that carries one, to be read.
fn briefed() -> Life {
    let mut life = Life::new(Policy::Each);
    life.at = START - 3 * DAY;
    for (trigger, fix) in [
        ("awk multiplies amounts and loses cents", "use to_cents from lib/money.sh"),
        ("sh test.sh needs LC_ALL=C", "set LC_ALL=C in front of it"),
    ] {
        let what =
            LessonCandidate { trigger: trigger.into(), fix: fix.into(), ..Default::default() };
        life.person(Command::TellLesson { what });
    }
    life.at = START;
    life.plan(vec![spec("money", &[]), spec("import", &["money"])]);
    life.done("money");
    let lesson = life.core.state().lessons[0].id;
    let run = life.open("brief", Some("import"));
    let rule = |path: &str| vec![Source::Rule { path: path.into() }];
    let words = vec![
        section(
            SectionKind::Objective,
            "Import a bank's CSV.",
            vec![Source::Plan { revision: 1 }, Source::Goal],
            6,
        ),
        section(SectionKind::Context, "`bin/ledger` calls it.", vec![Source::Planner], 5),
        section(
            SectionKind::Results,
            "### `money`: amounts\n\nChanged: lib/money.sh",
            vec![Source::Task { task: "money".into() }],
            12,
        ),
        section(
            SectionKind::Requirements,
            "- Bad lines are rejected properly",
            vec![Source::Planner],
            8,
        ),
        section(SectionKind::Rules, "From `AGENTS.md`:\n\nPOSIX sh only.", rule("AGENTS.md"), 9),
        section(
            SectionKind::Lessons,
            "- L1: awk multiplies amounts → use to_cents",
            vec![Source::Lesson { lesson }],
            14,
        ),
    ];
    let finding = |severity, text: &str, fix| Finding { severity, text: text.into(), fix };
    let brief = Brief {
        sections: words,
        lessons: vec![lesson],
        lint: vec![
            finding(
                Severity::Error,
                "it is to read `data/x.csv`, which nothing before it makes",
                None,
            ),
            finding(
                Severity::Note,
                "Requirements: “properly” is vague; say how",
                Some(Fix::Cut { kind: SectionKind::Requirements, words: "properly".into() }),
            ),
        ],
        ..brief_for(life.task("import"), "")
    };
    life.run(Command::WriteBrief { run, brief });
    life.end(run, End::Done);
    life
}

fn brief(stage: &Stage) -> &Brief {
    stage.life.task("import").brief.as_ref().unwrap()
}

fn open_brief(width: u16, height: u16) -> Stage {
    let mut stage = Stage::over(briefed(), width, height);
    stage.press("a");
    stage
}

#[test]
fn every_paragraph_of_a_brief_says_where_it_comes_from_and_what_it_takes() {
    for (width, height) in [(80, 24), (120, 36), (160, 45)] {
        let mut stage = open_brief(width, height);
        stage.press("Tab Tab Tab");
        insta::assert_snapshot!(format!("brief_{width}"), stage.shown());
    }
}

#[test]
fn a_source_is_dropped_the_brief_is_rebuilt_and_that_can_be_taken_back() {
    let mut stage = open_brief(120, 40);
    let before = brief(&stage).clone();
    stage.press("Shift+Tab D");
    let after = brief(&stage).clone();
    assert_eq!(after.lessons, []);
    assert!(!after.render().contains("to_cents"));
    assert_eq!((after.version, after.author), (before.version + 1, Author::Person));
    assert!(stage.said().starts_with("rebuilt: 40 tokens"), "{}", stage.said());
    assert!(!stage.shown().contains("lesson L"));
    stage.press("u");
    assert_eq!(brief(&stage).render(), before.render());
    assert!(stage.shown().contains("lesson L"));
    // What says what is to be done cannot be left out.
    stage.press("Tab Tab D");
    assert_eq!(brief(&stage).render(), before.render());
}

#[test]
fn one_key_mends_a_finding() {
    let mut stage = open_brief(120, 40);
    stage.press("f");
    assert!(brief(&stage).render().contains("- Bad lines are rejected\n"));
    assert_eq!(brief(&stage).lint.len(), 1);
    stage.press("f");
    assert!(stage.said().contains("e edits the brief"), "{}", stage.said());
}

#[test]
fn an_approval_is_never_of_a_brief_that_was_swapped_under_the_persons_eyes() {
    let mut stage = open_brief(120, 40);
    let read = brief(&stage).hash();
    let mut other = brief(&stage).clone();
    other.sections[1].text = "Something else.".into();
    other.lint.clear();
    stage.life.person(Command::EditBrief { brief: other });
    stage.with(|ui, _, facts| ui.settle(facts));
    let Some(Modal::Reader(open)) = stage.ui.modals.last() else { panic!("the page is open") };
    assert!(matches!(&open.page, Page::Brief { hash, .. } if *hash == read));
    let event = KeyEvent::new(KeyCode::Char('A'), KeyModifiers::NONE);
    let wish = stage.with(|ui, keys, facts| ui.key(event, keys, facts));
    let approve = Command::ApproveBrief { task: "import".into(), hash: read };
    assert_eq!(wish, Some(Wish::Commands(vec![approve.clone()])));
    assert!(stage.life.person_refused(approve).contains("other content"));
}

#[test]
fn a_brief_that_is_not_ready_is_sent_with_a_reason_only() {
    let mut stage = open_brief(120, 40);
    assert!(brief(&stage).readiness() < READY);
    stage.press("A");
    assert!(stage.shown().contains("is not ready: why is it sent all the same?"));
    stage.press("Enter");
    assert_eq!(*stage.life.phase("import"), Phase::Drafted);
    stage.press("a A");
    stage.type_in("the file comes with the mail");
    stage.press("Enter");
    assert_ne!(*stage.life.phase("import"), Phase::Drafted);
    assert_eq!(stage.life.task("import").overrides.len(), 1);
}

#[test]
fn versions_stand_next_to_what_came_of_them() {
    let mut life = Life::planned(Policy::Each, vec![spec("money", &[])]);
    life.briefed("money", "Write it.");
    life.executed("money");
    life.checked("money", Outcome::Failed);
    life.judged("money", follow_up("round up"));
    life.write_brief("money", "Write it, and round half a cent up.");
    let mut stage = Stage::over(life, 100, 24);
    stage.press("1 j j v");
    let shown = stage.shown();
    assert!(shown.contains("did not pass its first checks"), "{shown}");
    assert!(shown.contains("+ Write it, and round half a cent up."), "{shown}");
}

fn hit(seq: u64, word: &'static str, text: &str) -> HitRow {
    HitRow { seq: Seq(seq), at: START, task: Some("import".into()), word, text: text.into() }
}

#[test]
fn the_memory_is_searched_as_one_types_without_waiting() {
    let mut stage = Stage::over(briefed(), 120, 30);
    let opened = stage.press("3 /");
    assert_eq!(opened, Some(Wish::Search { text: String::new() }));
    let wish = stage.type_in("cents by:planner");
    assert_eq!(wish, Some(Wish::Search { text: "cents by:planner".into() }));
    stage.press("Ctrl+U");
    stage.type_in("cents");
    let hits = vec![hit(41, "says", "the cents are lost in awk"), hit(7, "goal", "cents")];
    let found = Found { text: "cents".into(), hits, note: String::new() };
    stage.ui.found(found);
    insta::assert_snapshot!("memory", stage.shown());
    // Moving asks nothing again.
    assert_eq!(stage.press("Down Enter"), Some(Wish::Event { seq: Seq(41) }));
    stage.press("Esc");
    assert_eq!(stage.press("F5"), Some(Wish::Moment { seq: Seq(41) }));
}

#[test]
fn a_lesson_is_pinned_corrected_forgotten_and_taken_back_from_the_memory() {
    let mut stage = Stage::over(briefed(), 120, 30);
    stage.press("g m Enter");
    insta::assert_snapshot!("lesson", stage.shown());
    let lesson = |stage: &Stage| stage.life.core.state().lessons[1].clone();
    stage.press("p");
    assert!(lesson(&stage).pinned);
    assert!(stage.shown().contains("pinned"));
    stage.press("x");
    assert_eq!(lesson(&stage).state, LessonState::Forgotten);
    stage.press("u");
    assert_ne!(lesson(&stage).state, LessonState::Forgotten);
    stage.press("e Down Ctrl+E");
    stage.type_in(", once");
    stage.press("Enter");
    assert!(lesson(&stage).what.fix.ends_with(", once"));
    stage.press("Esc u");
    assert!(!lesson(&stage).what.fix.ends_with(", once"));
}

#[test]
fn the_past_is_marked_and_nothing_can_be_decided_in_it() {
    let life = briefed();
    let upto = life.log.iter().position(|one| matches!(one.event, Event::PlanApproved { .. }));
    let then = Engine::replay(Settings::default(), &life.log[..upto.unwrap()]);
    let seq = life.log[upto.unwrap() - 1].seq;
    let mut stage = Stage::over(life, 120, 30);
    stage.press("3 j j");
    let from = stage.ui.timeline.cursor;
    assert!(matches!(stage.press("@"), Some(Wish::Moment { .. })));
    stage.past = Some(then.state().clone());
    stage.ui.enter_past(Moment { seq, at: START });
    let before = stage.life.log.len();
    insta::assert_snapshot!("past", stage.shown());
    for keys in ["1 A", "u", "L"] {
        assert_eq!(stage.press(keys), None, "{keys}");
        assert!(stage.said().contains("read only"), "{keys}: {}", stage.said());
    }
    stage.press("1 j j x Enter");
    assert!(stage.said().contains("read only"));
    assert_eq!(stage.life.log.len(), before);
    assert_eq!(stage.press("."), Some(Wish::Step(Step::Later)));
    assert_eq!(stage.press(","), Some(Wish::Step(Step::Earlier)));
    assert_eq!(stage.press("F y"), Some(Wish::Fork));
    assert_eq!(stage.press("Esc"), Some(Wish::Now));
    stage.past = None;
    stage.ui.leave_past();
    assert!(!stage.shown().contains("AS IT WAS"));
    assert!(from.is_some() && stage.ui.timeline.cursor == from, "as it was before the look back");
}

#[test]
fn a_moment_of_the_log_is_the_fold_up_to_it_and_a_goal_can_begin_there() {
    let mut life = briefed();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log.db");
    let mut store = Store::open(&log, Access::Write).unwrap();
    store.append(&life.log).unwrap();
    drop(store);
    for upto in 1..=life.log.len() {
        let then = Engine::replay(Settings::default(), &life.log[..upto]);
        let past = Past::after(&log, life.log[upto - 1].seq).unwrap();
        assert_eq!(past.state.goal(), then.state().goal(), "{upto}");
        assert_eq!(past.story.last(), life.log[upto - 1].seq);
        assert_eq!(past.at.at, life.log[upto - 1].at);
    }
    let past = Past::after(&log, life.log.last().unwrap().seq).unwrap();
    let old = past.state.goal().unwrap();
    for command in fork(life.core.state(), old, None).unwrap() {
        life.person(command);
    }
    assert_eq!(life.goal().id, GoalId::from("ship-it"));
    assert_eq!(life.goal().base, old.tip);
    let Standing::Proposed { draft } = &life.goal().standing else { panic!("it waits") };
    let left: Vec<&str> = draft.tasks.iter().map(|task| task.id.as_str()).collect();
    // What was done is in the tree that it begins from.
    assert_eq!(left, ["import"]);
    assert!(draft.tasks[0].after.is_empty());
}

#[test]
fn a_thought_is_thrown_in_and_becomes_what_the_person_says() {
    let mut stage = Stage::over(briefed(), 120, 30);
    stage.press("g t");
    stage.type_in("also write a changelog");
    stage.press("Enter");
    let goal = |stage: &Stage| stage.life.goal().captures.values().next().unwrap().clone();
    assert_eq!(
        (goal(&stage).text.as_str(), goal(&stage).settled),
        ("also write a changelog", None)
    );
    stage.press("g a j Enter");
    insta::assert_snapshot!("thought", stage.shown());
    stage.press("j j Enter");
    assert!(
        matches!(goal(&stage).settled, Some(Settled::Steer { task }) if task == "import".into())
    );
}

#[test]
fn the_bill_of_the_planner_is_asked_for_from_anywhere() {
    let mut stage = Stage::over(briefed(), 120, 30);
    assert_eq!(stage.press("1 j j g b"), Some(Wish::Bill { task: Some("money".into()) }));
}
