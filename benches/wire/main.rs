//! The wire's benches: deviations, splits, parsing, floods, a large answer, bytes of a plan.
//!
//! `cargo bench --locked --bench wire` runs all of them, `… -- NAME` one. Each figure stands beside
//! its target; the exit code is 1 when one of them is missed.

#![allow(unreachable_pub, reason = "a program of its own")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::print_stderr)]
#![allow(clippy::needless_pass_by_value, reason = "the tables are written for tests")]
#![allow(clippy::format_push_string, reason = "told once, and read by people")]
#![allow(dead_code, reason = "what is shared with tests and other benches is not all used here")]

#[path = "../../tests/deviations/adapting.rs"]
mod adapting;
mod answer;
#[path = "../../tests/deviations/case.rs"]
mod case;
#[path = "../../tests/deviations/chunks.rs"]
mod chunks;
#[path = "../headless/desk.rs"]
mod desk;
mod flood;
mod parse;
mod plan;
#[path = "../../tests/deviations/refusals.rs"]
mod refusals;
#[path = "../headless/report.rs"]
mod report;
#[path = "../../tests/deviations/responses.rs"]
mod responses;
#[path = "../headless/script.rs"]
mod script;
#[path = "../../tests/common/server.rs"]
mod server;
#[path = "../../tests/deviations/streams.rs"]
mod streams;

use std::process::ExitCode;

use report::{Row, float};

/// A measure by its name.
type Measure = (&'static str, fn() -> Vec<Row>);

const MEASURES: &[Measure] = &[
    ("deviations", deviations),
    ("splits", parse::splits),
    ("parse", parse::speed),
    ("flood", flood::flood),
    ("giant", flood::giant),
    ("answer", answer::answer),
    ("plan", plan::plan),
];

fn main() -> ExitCode {
    // Cargo says `--bench` to every bench.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if let Some(unknown) =
        wanted.iter().find(|one| MEASURES.iter().all(|(name, _)| *name != one.as_str()))
    {
        let names: Vec<&str> = MEASURES.iter().map(|(name, _)| *name).collect();
        eprintln!("no measure `{unknown}`; there are: {}", names.join(" "));
        return ExitCode::from(3);
    }
    let mut over = 0;
    for (name, measure) in MEASURES {
        if wanted.is_empty() || wanted.iter().any(|one| one == name) {
            for row in measure() {
                println!("{name:<10} {row}");
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

/// All recorded deviations, played.
fn deviations() -> Vec<Row> {
    let tables =
        [chunks::all(), streams::all(), refusals::all(), adapting::all(), responses::all()];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut failed = 0;
    let mut played = 0;
    for (name, source, case) in tables.into_iter().flatten() {
        played += 1;
        if let Err(why) = runtime.block_on(case.prove()) {
            failed += 1;
            eprintln!("{name} ({source}): {why}");
        }
    }
    let figure = format!("{} of {played}", played - failed);
    let too_few = usize::from(played < 80);
    vec![
        Row::shown("deviations handled as specified", figure),
        Row::count("deviations that are not, or are too few", "", float(failed + too_few), 0.5),
    ]
}
