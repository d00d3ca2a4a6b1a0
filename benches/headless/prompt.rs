//! Bytes of prompts: the part that every session begins with, and how a plan's sum grows.

use serde_json::Value;

use super::{
    desk::Desk,
    report::{Row, Target, float},
    script::{plan, reading, script},
};

/// Most bytes of an executor's fixed prompt, tools included: what the leanest peer has, and a tenth.
const FIXED: f64 = 6_000.0;
/// Lengths of plans of equal tasks.
const PLANS: [usize; 4] = [1, 5, 10, 20];
/// Turns of each session before its last.
const CALLS: u32 = 2;

/// What a plan of so many tasks sends.
struct Sent {
    /// Bytes of the executors' requests.
    executors: usize,
    /// Bytes of all requests.
    all: usize,
    requests: usize,
    /// The fixed parts of the executors' requests, each form once.
    fixed: Vec<String>,
}

/// Bytes of one executor's fixed prompt, and the growth of plans from 1 to 20 tasks.
pub fn prompt() -> Vec<Row> {
    let sent: Vec<(usize, Sent)> = PLANS.iter().map(|tasks| (*tasks, send(*tasks))).collect();
    let (_, one) = &sent[0];
    let mut rows = vec![Row::count(
        "an executor's fixed prompt",
        "bytes",
        float(one.fixed.iter().map(String::len).max().unwrap_or(usize::MAX)),
        FIXED,
    )];
    let mut forms: Vec<&String> = sent.iter().flat_map(|(_, sent)| &sent.fixed).collect();
    forms.sort_unstable();
    forms.dedup();
    rows.push(Row::count("forms of it over 36 tasks", "form", float(forms.len()), 1.0));
    for (tasks, sent) in &sent[1..] {
        let linear = one.executors * tasks;
        rows.push(Row {
            what: format!("executors' prompts of {tasks} tasks"),
            figure: format!("{} bytes", sent.executors),
            limit: format!("{tasks} x one task {linear} bytes"),
            ratio: float(sent.executors) / float(linear),
            target: Target::AtMost(1.1),
        });
        let what = format!("all prompts of {tasks} tasks");
        let ratio = float(sent.all) / float(one.all * tasks);
        let (all, requests) = (sent.all, sent.requests);
        let figure = format!("{all} bytes in {requests} requests, {ratio:.2} x linear");
        rows.push(Row::shown(&what, figure));
    }
    rows
}

/// Tasks and turns of the plan on which peers were measured; each turn brings 5.4 KB of output.
const PEERS: (usize, u32) = (8, 5);
/// Most bytes of that plan: the leanest peer sends 0.95 MB of them, and neither briefs nor reviews.
const MOST: f64 = 1_200_000.0;

/// Bytes of a plan of 8 tasks of 5 turns, beside one growing conversation, raw and cache-weighted.
pub fn workload() -> Vec<Row> {
    let (tasks, turns) = PEERS;
    let desk = Desk::new(reading(turns));
    let sent = send_from(&desk, tasks);
    let status = desk.run(&["status", "--json"]);
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    let tokens = |name: &str| status["money"]["conversation"][name].as_u64().unwrap();
    let half = Desk::new(reading(turns));
    let half = send_from(&half, tasks / 2);
    let ratio = float(sent.all) / float(half.all * 2);
    vec![
        Row::count("8 tasks of 5 turns, all requests", "bytes", float(sent.all), MOST),
        Row::shown("of these executors", format!("{} bytes", sent.executors)),
        Row {
            what: "8 tasks beside 4".to_owned(),
            figure: format!("{} bytes", sent.all),
            limit: format!("2 x {} bytes", half.all),
            ratio,
            target: Target::AtMost(1.1),
        },
        Row::shown(
            "prompt tokens of executors",
            format!("{} sent, {} in one growing conversation", tokens("sent"), tokens("growing")),
        ),
        Row::shown(
            "the same, cached ones a tenth",
            format!("{} sent, {} growing", tokens("sent_weighted"), tokens("growing_weighted")),
        ),
    ]
}

fn send(tasks: usize) -> Sent {
    send_from(&Desk::new(script(CALLS)), tasks)
}

fn send_from(desk: &Desk, tasks: usize) -> Sent {
    desk.work(&plan(tasks));
    let requests = desk.server.requests();
    let bytes =
        |list: &mut dyn Iterator<Item = &Value>| list.map(|body| body.to_string().len()).sum();
    let has_finish = |body: &&Value| body["tools"].to_string().contains("\"finish\"");
    let mut fixed: Vec<String> = requests
        .iter()
        .filter(has_finish)
        .map(|body| format!("{}{}", body["messages"][0], body["tools"]))
        .collect();
    fixed.sort_unstable();
    fixed.dedup();
    Sent {
        executors: bytes(&mut requests.iter().filter(has_finish)),
        all: bytes(&mut requests.iter()),
        requests: requests.len(),
        fixed,
    }
}
