//! How near the screen is to the limit: times and costs beside those of the smallest program of
//! the same shape, both in one run, because absolute times say little on a shared machine.
//!
//! ```sh
//! cargo build --release --examples
//! cargo bench --bench screen                          # the workbench
//! cargo bench --bench screen -- --probe               # the probe of the terminal room
//! cargo bench --bench screen -- [OPTIONS] -- COMMAND  # any program
//! ```
//!
//! | option | default | what it is |
//! |---|---|---|
//! | `--events N` | 1,000,000 | events of the log that the workbench is opened over |
//! | `--ready TEXT` | `READY>` | stands on the first full frame |
//! | `--open KEYS` | | sent once it is ready, to get to where text is typed |
//! | `--go KEYS` | | starts the streams; without it the measures with streams are left out |
//! | `--rounds N` | 9 | starts of each program |
//! | `--keys N` | 100 | keys of each measure of keys |
//! | `--seconds N` | 10 | how long nothing is done |
//!
//! In COMMAND `{server}` becomes the address of a server on the loopback that streams chat
//! completions, and `{streams}` how many are wanted. In KEYS `\r`, `\e` and `\t` stand for keys.
//!
//! One line of JSON a measure and program, then a table. Needs Linux for the costs of a process.
//! A key's time runs from its write to the read of the output that paints it.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

#[path = "pty/mod.rs"]
mod pty;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use pty::{
    desk::Desk,
    process::{cost, pss},
    server::{Answer, END, Server},
    terminal::Terminal,
};

/// How long a program may take for anything.
const PATIENCE: Duration = Duration::from_secs(60);
/// Streams at once, and what each sends: 1,000 deltas a second of 20 bytes.
const STREAMS: usize = 4;
const STEADY: Answer = Answer { deltas: 600_000, size: 20, rate: Some(1_000) };
/// An answer of a megabyte, as fast as it is taken.
const LARGE: Answer = Answer { deltas: 20_000, size: 50, rate: None };
/// Letters that stand nowhere else on the screen.
const LETTERS: [char; 12] = ['ж', 'ф', 'щ', 'э', 'ю', 'я', 'Ж', 'Ф', 'Щ', 'Э', 'Ю', 'Я'];

/// What is measured beside the limit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject {
    Workbench,
    Probe,
}

struct Options {
    subject: Subject,
    events: u64,
    ready: String,
    open: String,
    go: Option<String>,
    rounds: usize,
    keys: usize,
    seconds: u64,
    command: Vec<String>,
}

/// What the workbench is called here.
const WORKBENCH: &str = "workbench";

/// A program to be measured.
#[derive(Clone)]
struct Program<'a> {
    name: &'static str,
    argv: Vec<String>,
    env: Vec<(&'static str, String)>,
    ready: &'a str,
    open: &'a str,
    go: Option<&'a str>,
}

/// Values of one measure of one program.
struct Measured {
    measure: &'static str,
    unit: &'static str,
    program: &'static str,
    values: Vec<f64>,
}

impl Measured {
    fn at(&self, share: f64) -> f64 {
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a small index"
        )]
        let index = (share * sorted.len().saturating_sub(1) as f64).round() as usize;
        sorted.get(index).copied().unwrap_or(f64::NAN)
    }
}

impl Program<'_> {
    fn start(&self, server: &Server, streams: usize) -> (Terminal, Duration) {
        let fill = |part: &String| {
            let address = server.address.to_string();
            part.replace("{server}", &address).replace("{streams}", &streams.to_string())
        };
        let argv: Vec<String> = self.argv.iter().map(fill).collect();
        let mut terminal = Terminal::start(&argv, &self.env);
        let Some(at) = terminal.wait(self.ready, 1, PATIENCE) else {
            eprintln!("{argv:?} did not show `{}`:\n{}", self.ready, terminal.shown());
            std::process::exit(1);
        };
        let took = at - terminal.started;
        (terminal, took)
    }

    /// Started, quiet, and where text can be typed.
    fn open(&self, server: &Server, streams: usize) -> Terminal {
        let (mut terminal, _) = self.start(server, streams);
        terminal.pump_for(Duration::from_millis(500));
        // One after the other, as a person presses them.
        for key in self.open.split_inclusive(' ') {
            terminal.send(key.trim_end());
            terminal.pump_for(Duration::from_millis(250));
        }
        terminal
    }
}

/// Types letters one by one, with pauses that match no frame rate; milliseconds for each.
fn keys(terminal: &mut Terminal, count: usize) -> Vec<f64> {
    let mut times = Vec::new();
    for turn in 0..count {
        let pause = u64::try_from(60 + turn * 37 % 23).unwrap();
        terminal.pump_for(Duration::from_millis(pause));
        let letter = LETTERS[turn % LETTERS.len()].to_string();
        let before = terminal.count(&letter);
        let sent = Instant::now();
        terminal.send(&letter);
        match terminal.wait(&letter, before + 1, Duration::from_secs(3)) {
            Some(at) => times.push(millis(at.saturating_duration_since(sent))),
            None => times.push(f64::INFINITY),
        }
        terminal.pump_for(Duration::from_millis(20));
        terminal.send("\x7f");
    }
    times
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn number(count: u64) -> f64 {
    count as f64
}

fn start(programs: &[Program<'_>], server: &Server, rounds: usize, found: &mut Vec<Measured>) {
    let mut times = vec![Vec::new(); programs.len()];
    // By turns, so that what else the machine does meets all alike. The first is to warm up.
    for round in 0..=rounds {
        for (program, times) in programs.iter().zip(&mut times) {
            let (_, took) = program.start(server, 1);
            times.extend((round > 0).then(|| millis(took)));
        }
    }
    for (program, values) in programs.iter().zip(times) {
        found.push(Measured { measure: "first frame", unit: "ms", program: program.name, values });
    }
}

fn idle(program: &Program<'_>, server: &Server, options: &Options, found: &mut Vec<Measured>) {
    let mut terminal = program.open(server, STREAMS);
    let mut add = |measure, unit, value: f64| {
        found.push(Measured { measure, unit, program: program.name, values: vec![value] });
    };
    let typed = keys(&mut terminal, options.keys);
    terminal.pump_for(Duration::from_secs(2));
    let (before, bytes) = (cost(terminal.pid()), terminal.bytes);
    terminal.pump_for(Duration::from_secs(options.seconds));
    let after = cost(terminal.pid());
    add("idle wake-ups", "count", number(after.wakes.saturating_sub(before.wakes)));
    add("idle bytes", "count", number(terminal.bytes - bytes));
    add("idle processor", "us", number(after.ran.saturating_sub(before.ran)) / 1e3);
    add("memory (PSS)", "KiB", number(pss(terminal.pid())));
    let measure = "key to paint, idle";
    found.push(Measured { measure, unit: "ms", program: program.name, values: typed });
}

/// Four streams at once.
fn steady(program: &Program<'_>, server: &Server, options: &Options, found: &mut Vec<Measured>) {
    let Some(go) = program.go else { return };
    let mut add = |measure, unit, values| {
        found.push(Measured { measure, unit, program: program.name, values });
    };
    server.answer(STEADY);
    let mut terminal = program.open(server, STREAMS);
    terminal.send(go);
    if terminal.wait("words of", STREAMS, PATIENCE).is_none() {
        return eprintln!("{}: no streams:\n{}", program.name, terminal.shown());
    }
    terminal.pump_for(Duration::from_secs(1));
    let (before, bytes, since) = (cost(terminal.pid()), terminal.bytes, Instant::now());
    add("key to paint, 4 streams", "ms", keys(&mut terminal, options.keys));
    let (after, seconds) = (cost(terminal.pid()), since.elapsed().as_secs_f64());
    let ran = number(after.used.saturating_sub(before.used)) / 1e7 / seconds;
    add("processor, 4 streams", "%", vec![ran]);
    add("bytes, 4 streams", "KiB/s", vec![number(terminal.bytes - bytes) / 1024.0 / seconds]);
}

/// A large answer, each time to a program of its own. What comes before the first request is a
/// measure of its own, too.
fn large(program: &Program<'_>, server: &Server, found: &mut Vec<Measured>) {
    let Some(go) = program.go else { return };
    server.answer(LARGE);
    let (mut times, mut costs, mut requests) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..5 {
        let desk = (program.name == WORKBENCH).then(Desk::new);
        let own = desk.as_ref().map(|desk| Program {
            argv: desk.argv(),
            env: desk.env(),
            ..program.clone()
        });
        let program = own.as_ref().unwrap_or(program);
        let mut terminal = program.open(server, 1);
        let _ = server.asked();
        let before = cost(terminal.pid());
        let sent = Instant::now();
        terminal.send(go);
        let Some(at) = terminal.wait(END, 1, PATIENCE) else {
            return eprintln!("{}: the answer did not end:\n{}", program.name, terminal.shown());
        };
        let asked = server.asked().unwrap_or(sent);
        requests.push(millis(asked.saturating_duration_since(sent)));
        times.push(millis(at - asked));
        costs.push(number(cost(terminal.pid()).used.saturating_sub(before.used)) / 1e6);
    }
    let mut add = |measure, unit, values| {
        found.push(Measured { measure, unit, program: program.name, values });
    };
    add("Enter to request", "ms", requests);
    add("1 MB in 20,000 deltas, shown", "ms", times);
    // One figure of all runs: the kernel counts in steps of 10 ms, which a single run hardly has.
    let mean = costs.iter().sum::<f64>() / number(costs.len() as u64).max(1.0);
    add("1 MB in 20,000 deltas, processor", "ms", vec![mean]);
}

fn report(found: &[Measured]) {
    let limit = |one: &Measured| {
        found.iter().find(|other| other.measure == one.measure && other.program == "limit")
    };
    let ratio = |one: &Measured, share: f64| {
        limit(one)
            .filter(|limit| limit.at(share) > 0.0)
            .map(|limit| one.at(share) / limit.at(share))
    };
    for one in found {
        let shown = |value: Option<f64>| value.map(|value| (value * 1e3).round() / 1e3);
        let line = serde_json::json!({
            "measure": one.measure, "program": one.program, "unit": one.unit,
            "n": one.values.len(), "p50": shown(Some(one.at(0.5))), "p95": shown(Some(one.at(0.95))),
            "max": shown(Some(one.at(1.0))),
            "ratio_p50": shown(ratio(one, 0.5)), "ratio_p95": shown(ratio(one, 0.95)),
        });
        println!("{line}");
    }
    println!("\n{:34}{:>9}{:>11}{:>11}{:>11}{:>8}", "", "", "p50", "p95", "max", "ratio");
    let mut names: Vec<&str> = found.iter().map(|one| one.measure).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        println!("{name}");
        for one in found.iter().filter(|one| one.measure == name) {
            let label = format!("  {} ({})", one.program, one.unit);
            let [p50, p95, max] = [0.5, 0.95, 1.0].map(|share| one.at(share));
            let ratio = ratio(one, 0.5).map_or(String::new(), |ratio| format!("{ratio:.2}"));
            println!("{label:43}{p50:>11.2}{p95:>11.2}{max:>11.2}{ratio:>8}");
        }
    }
}

fn options() -> Options {
    let mut options = Options {
        subject: Subject::Workbench,
        events: 1_000_000,
        ready: "READY>".into(),
        open: String::new(),
        go: None,
        rounds: 9,
        keys: 100,
        seconds: 10,
        command: Vec::new(),
    };
    // Cargo adds `--bench` of its own.
    let mut given = std::env::args().skip(1).filter(|argument| argument != "--bench");
    while let Some(option) = given.next() {
        if option == "--" {
            options.command = given.collect();
            break;
        }
        if option == "--probe" {
            options.subject = Subject::Probe;
            continue;
        }
        let value = given.next().unwrap_or_default();
        let keys = value.replace("\\r", "\r").replace("\\e", "\x1b").replace("\\t", "\t");
        match option.as_str() {
            "--ready" => options.ready = value,
            "--open" => options.open = keys,
            "--go" => options.go = Some(keys),
            "--events" => options.events = value.parse().unwrap(),
            "--rounds" => options.rounds = value.parse().unwrap(),
            "--keys" => options.keys = value.parse().unwrap(),
            "--seconds" => options.seconds = value.parse().unwrap(),
            _ => {
                eprintln!("unknown option `{option}`; see the top of benches/screen.rs");
                std::process::exit(2);
            }
        }
    }
    options
}

/// An example's program, which lies beside the folder of this one.
fn example(name: &str) -> String {
    let path: PathBuf = std::env::current_exe().unwrap().with_file_name("../examples").join(name);
    if !path.exists() {
        eprintln!("{} is missing; first: cargo build --release --examples", path.display());
        std::process::exit(1);
    }
    path.display().to_string()
}

fn main() {
    // `cargo test` starts it too, without this.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let options = options();
    let server = Server::start(STEADY);
    let argv = vec![example("limit"), "{server}".into(), "{streams}".into()];
    let limit =
        Program { name: "limit", argv, env: vec![], ready: "READY>", open: "", go: Some("\r") };
    let mut found = Vec::new();
    if options.command.is_empty() && options.subject == Subject::Workbench {
        workbench(&limit, &server, &options, &mut found);
    } else {
        let argv = match options.command.as_slice() {
            [] => vec![example("term_probe")],
            command => command.to_vec(),
        };
        let (ready, open, go) = (&options.ready, &options.open, options.go.as_deref());
        let program = Program { name: "program", argv, env: vec![], ready, open, go };
        let programs = [limit, program];
        start(&programs, &server, options.rounds, &mut found);
        for program in &programs {
            idle(program, &server, &options, &mut found);
            steady(program, &server, &options, &mut found);
            large(program, &server, &mut found);
        }
    }
    report(&found);
}

/// The workbench over a long log, with four sessions, and with a goal that is stated.
fn workbench(limit: &Program<'_>, server: &Server, options: &Options, found: &mut Vec<Measured>) {
    eprintln!("making a log of {} events", options.events);
    let long = Desk::long(options.events);
    let of = |desk: &Desk| Program {
        name: WORKBENCH,
        argv: desk.argv(),
        env: desk.env(),
        // The last word of a full frame.
        ready: "NO SANDBOX",
        // The prompt of a new goal.
        open: "g n",
        go: Some(""),
    };
    let over_long = of(&long);
    let programs = [limit.clone(), over_long];
    start(&programs, server, options.rounds, found);
    for program in &programs {
        idle(program, server, options, found);
    }
    steady(limit, server, options, found);
    let four = Desk::of_four();
    server.answer(STEADY);
    steady(&of(&four), server, options, found);
    large(limit, server, found);
    let go = Some("Be measured\r");
    large(&Program { go, ..of(&four) }, server, found);
}
