//! An answer of 1 MB in 20,000 deltas, without a screen: the program's own time on the processor.

use std::{process::Command, time::Duration};

use serde_json::{Value, json};

use super::{
    desk::{Desk, GOAL, PROGRAM, TOKEN},
    report::{Row, Target, ms},
    script::{plan, script},
    server::{Answer, Server},
};

const DELTAS: usize = 20_000;
const RUNS: usize = 7;
/// Most time on the processor beyond the program's own start and work.
const MOST: Duration = Duration::from_millis(150);

/// A turn of this text in so many deltas, and these calls at its end.
fn turn(text: &str, deltas: usize, calls: &[(&str, Value)]) -> Answer {
    let letters: Vec<char> = text.chars().collect();
    let size = letters.len().div_ceil(deltas.max(1)).max(1);
    let mut body = String::new();
    let mut push = |delta: Value, reason: Value| {
        let event = json!({"id": "chatcmpl-0123456789", "object": "chat.completion.chunk",
            "created": 1_763_800_000, "model": "bench",
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]});
        body.push_str(&format!("data: {event}\n\n"));
    };
    for piece in letters.chunks(size) {
        push(json!({"content": piece.iter().collect::<String>()}), Value::Null);
    }
    for (at, (tool, arguments)) in calls.iter().enumerate() {
        let function = json!({"name": tool, "arguments": arguments.to_string()});
        let call = json!({"index": at, "id": format!("call{at:05}"), "type": "function", "function": function});
        push(json!({"tool_calls": [call]}), Value::Null);
    }
    push(json!({}), json!("tool_calls"));
    body.push_str("data: [DONE]\n\n");
    Answer::stream().bytes(body)
}

/// The processor's time of the program for one task whose session says this text.
fn cpu(text: &str, deltas: usize) -> Duration {
    let desk = Desk::new(script(0));
    let brief = json!({"context": "There is nothing yet.", "requirements": ["The word is in it."]});
    let write = json!({"path": "file-01.txt", "content": "made"});
    let finish = json!({"status": "done", "summary": "It is there."});
    let judge = json!({"decision": "accept", "why": "It is there."});
    let answers = [
        turn("", 0, &[("write_brief", brief)]),
        turn(text, deltas, &[("write", write), ("finish", finish)]),
        turn("", 0, &[("judge", judge)]),
    ];
    let server = desk.runtime.block_on(Server::start(answers));
    let file = desk.at("plan.yaml");
    std::fs::write(&file, plan(1)).unwrap();
    // The shell tells what its child has used when it has ended.
    let output = Command::new("sh")
        .args(["-c", "\"$@\" >/dev/null 2>&1 || exit 9; times", "sh", PROGRAM, "run", GOAL])
        .args(["--plan", &file.display().to_string(), "--yes", "--commands", "all"])
        .current_dir(desk.repo())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .envs(desk.env())
        .env("OPENAI_BASE_URL", server.base_url())
        .env("OPENAI_API_KEY", TOKEN)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}, {} requests", server.heard().len());
    let told = String::from_utf8(output.stdout).unwrap();
    told.lines().nth(1).unwrap().split_whitespace().map(minutes).sum()
}

/// A time as `times` tells it: `0m0.123s`.
fn minutes(text: &str) -> Duration {
    let (minutes, seconds) = text.trim_end_matches('s').split_once('m').unwrap();
    let minutes: f64 = minutes.parse().unwrap();
    let seconds: f64 = seconds.replace(',', ".").parse().unwrap();
    Duration::from_secs_f64(minutes * 60.0 + seconds)
}

/// The large answer beside a short one: what is left is the answer's own.
pub fn answer() -> Vec<Row> {
    let megabyte = "The quick brown fox jumps over the lazy dog twice.".repeat(DELTAS);
    let best = |text: &str, deltas: usize| (0..RUNS).map(|_| cpu(text, deltas)).min().unwrap();
    let (short, long) = (best("ok", 1), best(&megabyte, DELTAS));
    let own = long.saturating_sub(short);
    vec![
        Row::shown("the whole task on the processor", format!("{} with a short answer", ms(short))),
        Row {
            what: format!("an answer of {} bytes in {DELTAS} deltas", megabyte.len()),
            figure: format!("{} more", ms(own)),
            limit: format!("at most {}", ms(MOST)),
            ratio: own.as_secs_f64() / MOST.as_secs_f64(),
            target: Target::AtMost(1.0),
        },
    ]
}
