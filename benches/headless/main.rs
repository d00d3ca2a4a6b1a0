//! The headless benches: start, a task, the gap between turns, prompt bytes, a workload, the log, the core.
//!
//! `cargo bench --locked --bench headless` runs all of them, `… -- NAME` one. A shared machine is
//! fast today and slow tomorrow, so each figure stands beside a limit that was measured in the same
//! run, and only ratios and counts decide: the exit code is 1 when one of them misses its target.

#![allow(unreachable_pub, reason = "a program of its own")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr)]

mod desk;
mod gap;
mod log;
mod prompt;
mod replay;
mod report;
mod script;
mod start;
mod steps;
mod task;
mod trace;
#[allow(clippy::wildcard_imports, reason = "it is written for tests, which may")]
#[path = "../../tests/world/mod.rs"]
mod world;

use std::process::ExitCode;

use report::Row;

/// Events of the log that is reopened, unless `--events` says otherwise.
const EVENTS: u64 = 1_000_000;

/// A measure by its name.
type Measure = (&'static str, fn(u64) -> Vec<Row>);

const MEASURES: &[Measure] = &[
    ("version", |_| start::version()),
    ("memory", |_| start::memory()),
    ("task", |_| task::task()),
    ("gap", |_| gap::gap()),
    ("prompt", |_| prompt::prompt()),
    ("workload", |_| prompt::workload()),
    ("append", |_| log::append()),
    ("reopen", log::reopen),
    ("step", |_| steps::steps()),
    ("replay", |_| replay::replay()),
];

fn main() -> ExitCode {
    let (mut wanted, mut events) = (Vec::new(), EVENTS);
    // Cargo says `--bench` to every bench.
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    while let Some(arg) = args.next() {
        if arg == "--events" {
            events = args.next().and_then(|count| count.parse().ok()).unwrap_or(EVENTS);
        } else if MEASURES.iter().any(|(name, _)| *name == arg) {
            wanted.push(arg);
        } else {
            let names: Vec<&str> = MEASURES.iter().map(|(name, _)| *name).collect();
            eprintln!("no measure `{arg}`; there are: {} [--events N]", names.join(" "));
            return ExitCode::from(3);
        }
    }
    let mut over = 0;
    for (name, measure) in MEASURES {
        if wanted.is_empty() || wanted.iter().any(|one| one == name) {
            for row in measure(events.clamp(1_000, 10_000_000)) {
                println!("{name:<8} {row}");
                over += u32::from(row.is_over());
            }
        }
    }
    if over > 0 {
        eprintln!("{over} over their target");
        return ExitCode::from(1);
    }
    ExitCode::SUCCESS
}
