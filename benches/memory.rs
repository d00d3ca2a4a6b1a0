//! The memory at 1,000,000 events: reopened to the first frame, search as one types, recall for a
//! brief, a look back.
//!
//! `cargo bench --locked --bench memory [-- --events N]`. The exit code is 1 when a target is
//! missed.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use chargehand::{
    domain::{
        Actor, CallId, Caps, CommandPolicy, Event, GoalId, Item, Job, Kind, LessonCandidate,
        Policy, Record, RunId, Seq, Snapshot, TaskSpec, Trust, Usage, Way,
    },
    logger::{Access, Filter, Order, Recall, Store, Who},
    planner::choose,
    ui::{Colours, Facts, Keymap, Live, Now, Scene, Standing, Story, Theme, Ui, view},
};
use ratatui::{Terminal, backend::TestBackend};

const EVENTS: u64 = 1_000_000;
/// Events of one goal.
const OF_GOAL: u64 = 5_000;
/// Events of one append while the log is made.
const GROUP: usize = 5_000;

const WORDS: [&str; 24] = [
    "parser",
    "cache",
    "money",
    "greeting",
    "import",
    "export",
    "budget",
    "ledger",
    "widget",
    "socket",
    "timeout",
    "checksum",
    "branch",
    "worktree",
    "fixture",
    "migration",
    "encoder",
    "unicode",
    "calendar",
    "invoice",
    "palette",
    "cursor",
    "keymap",
    "snapshot",
];

fn goal(seq: u64) -> GoalId {
    GoalId(format!("goal-{}", seq / OF_GOAL))
}

fn words(seq: u64) -> String {
    let at = |salt: u64| {
        let mixed = (seq ^ (salt << 17)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        WORDS[usize::try_from(mixed % 24).unwrap()]
    };
    format!(
        "the {} of the {} failed at line {} because {} was missing; common words stand here too",
        at(1),
        at(2),
        seq % 9_973,
        at(3)
    )
}

fn event(seq: u64) -> Event {
    let run = RunId(seq - seq % 500);
    match seq % OF_GOAL {
        0 => Event::GoalOpened {
            id: goal(seq),
            text: words(seq),
            base: Snapshot { commit: "c".into(), tree: "t".into() },
            onto: None,
            policy: Policy::Yes,
            caps: Caps::default(),
            commands: CommandPolicy::Rules,
        },
        n if n % 500 == 0 => Event::RunBegan { run, job: Job::Plan },
        n if n % 1_000 == 7 => Event::LessonNoted {
            task: "a".into(),
            what: LessonCandidate {
                trigger: format!("{} {}", words(seq), words(seq.wrapping_mul(31))),
                fix: words(seq.wrapping_mul(7)),
                paths: vec![format!("src/{}/**", WORDS[usize::try_from(seq % 24).unwrap()])],
                evidence: vec![Seq(seq - 1)],
            },
            trust: Trust::Check,
        },
        n if n % 2 == 0 => Event::ItemLogged {
            run,
            item: Item::Said {
                text: words(seq),
                reasoning: String::new(),
                calls: vec![],
                way: Way::Native,
                usage: Usage::default(),
            },
        },
        _ => Event::ItemLogged {
            run,
            item: Item::Returned {
                call: CallId(1),
                ok: true,
                text: words(seq),
                blob: None,
                millis: 1,
            },
        },
    }
}

fn record(seq: u64) -> Record {
    Record {
        seq: Seq(seq),
        at: 1_795_341_600_000 + seq * 500,
        actor: Actor::Executor { model: "bench".into() },
        goal: Some(goal(seq)),
        revision: 1,
        task: Some("a".into()),
        attempt: None,
        event: event(seq),
    }
}

/// A measure: its times, and what p50 and p95 may be.
struct Row {
    name: &'static str,
    times: Vec<Duration>,
    half: Duration,
    most: Duration,
}

impl Row {
    fn told(&mut self) -> (String, bool) {
        self.times.sort_unstable();
        let at = |hundredths: usize| self.times[(self.times.len() - 1) * hundredths / 100];
        let (p50, p95) = (at(50), at(95));
        let good = p50 <= self.half && p95 <= self.most;
        let text = format!(
            "{:<34} p50 {p50:>10.2?} of {:?}, p95 {p95:>10.2?} of {:?}, {} times{}",
            self.name,
            self.half,
            self.most,
            self.times.len(),
            if good { "" } else { "  OVER" }
        );
        (text, good)
    }
}

fn timed(times: &mut Vec<Duration>, work: impl FnOnce()) {
    let begun = Instant::now();
    work();
    times.push(begun.elapsed());
}

fn typing(recall: &Recall) -> Vec<Duration> {
    let mut times = Vec::new();
    for text in ["parser failed", "cache of money", "missing", "common words", "line 42", "unico"] {
        for end in 1..=text.len() {
            timed(&mut times, || {
                recall.search(&text[..end], Order::Newest, 50).unwrap();
            });
        }
    }
    times
}

/// The same with filters, some of which let little through.
fn narrowed(recall: &Recall) -> Vec<Duration> {
    let filters = [
        Filter { task: Some("a".into()), ..Filter::default() },
        Filter { goal: Some(goal(OF_GOAL)), ..Filter::default() },
        Filter { kinds: vec!["lesson_noted".into()], ..Filter::default() },
        Filter { actor: Some(Who::Planner), ..Filter::default() },
        Filter { since: Some(record(EVENTS - 5_000).at), ..Filter::default() },
    ];
    let mut times = Vec::new();
    for text in ["parser failed", "cache of money", "missing", "common words"] {
        for filter in &filters {
            for end in (1..=text.len()).step_by(3) {
                timed(&mut times, || {
                    recall.seek(&text[..end], filter, 50).unwrap();
                });
            }
        }
    }
    times
}

/// Events that the workbench's first frame is made of.
const FIRST: usize = 200;

/// A log reopened until the first frame is drawn, as the workbench does it.
fn first_frame(path: &std::path::Path) -> Vec<Duration> {
    let mut times = Vec::new();
    let (keys, theme) = (Keymap::embedded(), Theme::terminal(Colours::Shown));
    for _ in 0..12 {
        timed(&mut times, || {
            let newest = Filter { limit: Some(FIRST), ..Filter::default() };
            let beside = path.to_owned();
            let story = std::thread::spawn(move || {
                let recall = Recall::open(&beside).unwrap();
                Story::of(&recall.timeline(&newest).unwrap().records)
            });
            let log = Store::open(path, Access::Write).unwrap();
            let state = log.replay().unwrap().state;
            let story = story.join().unwrap();
            let ui = Ui::new(Standing::default());
            let live = Live::default();
            let facts = Facts { state: &state, story: &story, live: &live, now: Now::default() };
            let scene = Scene { facts, ui: &ui, theme: &theme, keys: &keys };
            let mut terminal = Terminal::new(TestBackend::new(120, 36)).unwrap();
            terminal.draw(|frame| drop(view(&scene, frame))).unwrap();
        });
    }
    times
}

fn ranked(recall: &Recall) -> Vec<Duration> {
    let mut times = Vec::new();
    for text in ["parser failed", "cache money", "missing", "common words", "checksum invoice"] {
        for _ in 0..4 {
            timed(&mut times, || {
                recall.search(text, Order::Best, 20).unwrap();
            });
        }
    }
    times
}

fn spec(word: &str) -> TaskSpec {
    let json = serde_json::json!({
        "id": "next", "stage": "s", "title": format!("Mend the {word} and its cache"),
        "objective": format!("The {word} must not fail when the budget is missing."),
        "outputs": [format!("src/{word}/mod.rs")],
        "criteria": [{"text": "t", "check": {"type": "command", "run": "sh test.sh"}}],
    });
    TaskSpec { kind: Kind::Fix, ..serde_json::from_value(json).unwrap() }
}

fn main() -> ExitCode {
    let events = std::env::args()
        .skip_while(|arg| arg != "--events")
        .nth(1)
        .and_then(|count| count.parse().ok())
        .unwrap_or(EVENTS);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log/log.db");
    let begun = Instant::now();
    let mut store = Store::open(&path, Access::Write).unwrap();
    let all: Vec<u64> = (1..=events).collect();
    for group in all.chunks(GROUP) {
        let records: Vec<Record> = group.iter().map(|seq| record(*seq)).collect();
        store.append(&records).unwrap();
    }
    println!("made {events} events in {:.1?}", begun.elapsed());
    let begun = Instant::now();
    let state = store.replay().unwrap().state;
    println!("replayed in {:.1?}, {} lessons", begun.elapsed(), state.lessons.len());
    drop(store);

    let recall = Recall::open(&path).unwrap();
    let (mut brief, mut back) = (Vec::new(), Vec::new());
    for word in WORDS {
        let task = chargehand::domain::Task::fresh(spec(word), chargehand::domain::Phase::Approved);
        timed(&mut brief, || {
            choose(&state.lessons, &"next".into(), &task);
            recall.search(&format!("{word} failed"), Order::Best, 12).unwrap();
        });
    }
    for step in 1..=40 {
        timed(&mut back, || {
            let (_, records) = recall.moment(Seq(events / 41 * step)).unwrap();
            let _ = Story::of(&records);
        });
    }
    let ms = Duration::from_millis;
    let mut rows = [
        Row { name: "search as one types", times: typing(&recall), half: ms(1), most: ms(10) },
        Row {
            name: "the same with a filter",
            times: narrowed(&recall),
            half: ms(10),
            most: ms(10),
        },
        Row { name: "search ranked", times: ranked(&recall), half: ms(50), most: ms(50) },
        Row { name: "recall for a brief", times: brief, half: ms(50), most: ms(50) },
        Row { name: "a look back to any moment", times: back, half: ms(100), most: ms(100) },
    ];
    let mut over = false;
    let empty = folder.path().join("empty/log.db");
    drop(Store::open(&empty, Access::Write).unwrap());
    let (mut none, mut full) = (first_frame(&empty), first_frame(&path));
    none.sort_unstable();
    full.sort_unstable();
    let (none, full) = (none[none.len() / 4], full[full.len() / 4]);
    let ratio = full.as_secs_f64() / none.as_secs_f64();
    println!(
        "{:<34} {full:.2?}, {ratio:.2} x an empty log's {none:.2?}, of 2{}",
        "reopened to the first frame",
        if ratio > 2.0 { "  OVER" } else { "" }
    );
    over |= ratio > 2.0;
    for row in &mut rows {
        let (text, good) = row.told();
        println!("{text}");
        over |= !good;
    }
    if over { ExitCode::from(1) } else { ExitCode::SUCCESS }
}
