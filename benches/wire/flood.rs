//! Servers that send without end: what they cost in memory and time.

use std::time::{Duration, Instant};

use chargehand::agent::{Choice, Jitter, Message, Model as _, OpenAi, Provider, Request};
use serde_json::json;

use super::{
    report::{Row, Target, float, ms},
    server::{Answer, Server},
};

/// Most bytes over what was there before.
const MOST: f64 = 16.0 * 1024.0 * 1024.0;
/// How long the consumer does nothing.
const IDLE: Duration = Duration::from_secs(10);

fn request() -> Request {
    Request {
        model: "m".to_owned(),
        messages: vec![Message::User("Go.".to_owned())],
        tools: Vec::new(),
        choice: Choice::Auto,
        max_output: 256,
        temperature: None,
        effort: None,
        offer: None,
    }
}

fn model(server: &Server) -> OpenAi {
    let mut provider = Provider::new(server.base_url(), None);
    provider.jitter = Jitter::new(|| 0.0);
    OpenAi::new(provider).unwrap()
}

/// The resident memory of this process, where the system tells.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<usize>().ok()? * 1024)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// A server that floods, while nobody takes what it says; then to its refusal.
pub fn flood() -> Vec<Row> {
    let event = json!({"choices": [{"delta": {"content": "x".repeat(200)}}]});
    let answer = Answer::stream().repeating(format!("data: {event}\n\n").repeat(64));
    runtime().block_on(async {
        let server = Server::start([answer]).await;
        let model = model(&server);
        let request = request();
        let before = resident();
        let live = |_: chargehand::agent::Delta<'_>| {};
        let mut turn = std::pin::pin!(model.turn(&request, &live));
        // Begun, and then left alone.
        let _ = tokio::time::timeout(Duration::from_millis(20), &mut turn).await;
        let until = Instant::now() + IDLE;
        let mut most = 0;
        while Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(100)).await;
            most = most.max(resident().unwrap_or(0));
        }
        let (Some(before), Err(_)) = (before, turn.await) else {
            return vec![Row::shown("a flood", "not measured on this system".to_owned())];
        };
        most = most.max(resident().unwrap_or(0));
        vec![Row {
            what: "a flood, the consumer idle for 10 s, then to its refusal".to_owned(),
            figure: format!(
                "{:.1} MiB over before",
                float(most.saturating_sub(before)) / 1_048_576.0
            ),
            limit: "at most 16 MiB".to_owned(),
            ratio: float(most.saturating_sub(before)) / MOST,
            target: Target::AtMost(1.0),
        }]
    })
}

/// One event of 64 MiB.
pub fn giant() -> Vec<Row> {
    let giant = format!("data: {{\"x\":\"{}\"}}\n\n", "a".repeat(64 << 20));
    let answer = Answer::stream().bytes(giant);
    runtime().block_on(async {
        let server = Server::start([answer]).await;
        let model = model(&server);
        let begun = Instant::now();
        let fault = model.turn(&request(), &|_| {}).await.unwrap_err();
        let time = begun.elapsed();
        assert!(fault.message.contains("larger than 4 MiB"), "{fault}");
        vec![Row {
            what: "an event of 64 MiB, refused after".to_owned(),
            figure: ms(time),
            limit: "at most 1 s".to_owned(),
            ratio: time.as_secs_f64(),
            target: Target::AtMost(1.0),
        }]
    })
}
