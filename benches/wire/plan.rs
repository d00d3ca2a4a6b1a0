//! Bytes of a plan of 8 tasks with 5 tool turns each, every turn a read of 5.4 KB.

use std::fmt::Write as _;

use chargehand::demo::Script;
use serde_json::Value;

use super::{
    desk::Desk,
    report::{Row, Target, float},
    script,
};

const TASKS: usize = 8;
const TURNS: usize = 5;
/// Bytes of each file that is read.
const FILE: usize = 5_400;
/// Most bytes of all requests together.
const MOST: f64 = 1_200_000.0;
/// What a token that is in the provider's cache costs of one that is not.
const CACHED: f64 = 0.1;

fn models() -> Script {
    let mut text = String::from(
        "play: always\nmodels: [bench]\nscenes:\n\
         - when: {role: brief}\n  say: {calls: [{tool: write_brief, arguments: \
         {context: There is nothing yet., requirements: [The word is in it.]}}]}\n\
         - when: {role: review}\n  say: {calls: [{tool: judge, arguments: \
         {decision: accept, why: It is there.}}]}\n",
    );
    for turn in 0..TURNS {
        let _ = write!(
            text,
            "- when: {{role: execute, turns: {turn}}}\n  \
             say: {{calls: [{{tool: read, arguments: {{path: 'source-{turn}.txt'}}}}]}}\n"
        );
    }
    text.push_str(
        "- when: {role: execute}\n  take: {file: {after: 'word into ', until: ' now', else: x}}\n  \
         say: {calls: [{tool: write, arguments: {path: '{{file}}', content: 'made'}}, \
         {tool: finish, arguments: {status: done, summary: It is there.}}]}\n",
    );
    Script::parse(&text).unwrap()
}

struct Sent {
    /// Bytes of all requests, and of the executors' alone.
    all: usize,
    executors: usize,
    requests: usize,
    /// Tokens, at four bytes each, and how many of them were the beginning of an earlier request.
    tokens: f64,
    cached: f64,
}

fn send(tasks: usize) -> Sent {
    let desk = Desk::new(models());
    for turn in 0..TURNS {
        let line = format!("line of source {turn} with something in it to be read\n");
        std::fs::write(
            desk.repo().join(format!("source-{turn}.txt")),
            line.repeat(FILE / line.len()),
        )
        .unwrap();
    }
    desk.git(&["add", "-A"]);
    desk.git(&["commit", "-q", "-m", "Sources"]);
    desk.work(&script::plan(tasks));
    let bodies: Vec<String> = desk.server.requests().iter().map(Value::to_string).collect();
    let of_executor = |body: &&String| body.contains("\"finish\"");
    let mut cached = 0;
    for (at, body) in bodies.iter().enumerate() {
        let known = |before: &String| {
            before.bytes().zip(body.bytes()).take_while(|(one, other)| one == other).count()
        };
        cached += bodies[..at].iter().map(known).max().unwrap_or(0);
    }
    let all: usize = bodies.iter().map(String::len).sum();
    Sent {
        all,
        executors: bodies.iter().filter(of_executor).map(String::len).sum(),
        requests: bodies.len(),
        tokens: float(all) / 4.0,
        cached: float(cached) / 4.0,
    }
}

/// The plan's bytes, their growth, and the tokens with and without the provider's cache.
pub fn plan() -> Vec<Row> {
    let (one, eight) = (send(1), send(TASKS));
    let linear = one.all * TASKS;
    let weighted = (eight.tokens - eight.cached) + eight.cached * CACHED;
    // What each task leaves behind would go along with all later requests.
    let left = FILE * TURNS;
    let growing = eight.executors + (TURNS + 1) * left * TASKS * (TASKS - 1) / 2;
    vec![
        Row::count("8 tasks x 5 tool turns, all requests", "bytes", float(eight.all), MOST),
        Row::shown(
            "of these the executors' sessions",
            format!("{} bytes; {} requests in all", eight.executors, eight.requests),
        ),
        Row {
            what: "growth with the tasks".to_owned(),
            figure: format!("{} bytes", eight.all),
            limit: format!("8 x one task {linear} bytes"),
            ratio: float(eight.all) / float(linear),
            target: Target::AtMost(1.1),
        },
        Row::shown(
            "tokens",
            format!("{:.0} raw, {weighted:.0} with the cached ones at a tenth", eight.tokens),
        ),
        Row::shown("the executors' work in one growing conversation", format!("{growing} bytes")),
    ]
}
