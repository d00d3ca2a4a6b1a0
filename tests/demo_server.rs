//! The loopback server, spoken to by a real HTTP client.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use chargehand::demo::{Script, Server};
use serde_json::{Value, json};

const TOKEN: &str = "sesame";

async fn server(yaml: &str) -> Server {
    Server::start(Script::parse(yaml).unwrap(), TOKEN).await.unwrap()
}

fn request(server: &Server, body: &Value) -> reqwest::RequestBuilder {
    reqwest::Client::new()
        .post(format!("{}/chat/completions", server.base_url()))
        .bearer_auth(TOKEN)
        .body(body.to_string())
}

fn ask(text: &str) -> Value {
    json!({
        "model": "demo",
        "stream": true,
        "stream_options": { "include_usage": true },
        "messages": [{ "role": "user", "content": text }],
    })
}

#[tokio::test]
async fn a_scene_is_streamed_with_usage_and_an_end() {
    let server = server("scenes:\n- say: {text: Good morning to you all}\n").await;
    let answer = request(&server, &ask("hello")).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let text = answer.text().await.unwrap();
    let said: String = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line.strip_prefix("data: ")?).ok())
        .filter_map(|chunk| Some(chunk["choices"][0]["delta"]["content"].as_str()?.to_owned()))
        .collect();
    assert_eq!(said, "Good morning to you all");
    assert!(text.contains("\"prompt_tokens\"") && text.ends_with("data: [DONE]\n\n"), "{text}");
    let heard = server.heard();
    assert_eq!((heard.len(), heard[0].scene), (1, Some(0)));
    assert!(heard[0].answered.is_some());
    assert_eq!(server.requests()[0]["messages"][0]["content"], "hello");
}

#[tokio::test]
async fn a_paced_scene_says_the_same() {
    let server = server("pace: 1\nscenes:\n- say: {text: Good morning to you all}\n").await;
    let text = request(&server, &ask("hello")).send().await.unwrap().text().await.unwrap();
    assert!(text.contains("\"content\":\"Good morning to \"") && text.ends_with("[DONE]\n\n"));
}

#[tokio::test]
async fn without_stream_the_answer_is_one_object() {
    let server = server("scenes:\n- say: {calls: [{tool: read, arguments: {path: a}}]}\n").await;
    let body = json!({ "model": "demo", "messages": [{ "role": "user", "content": "x" }] });
    let text = request(&server, &body).send().await.unwrap().text().await.unwrap();
    let whole: Value = serde_json::from_str(&text).unwrap();
    let call = &whole["choices"][0]["message"]["tool_calls"][0];
    assert_eq!(call["function"], json!({ "name": "read", "arguments": "{\"path\":\"a\"}" }));
}

#[tokio::test]
async fn only_who_has_the_token_is_served() {
    let server = server("scenes: []\n").await;
    let client = reqwest::Client::new();
    let models = format!("{}/models", server.base_url());
    assert_eq!(client.get(&models).send().await.unwrap().status(), 401);
    let wrong = client.get(&models).bearer_auth("x").send().await.unwrap();
    assert_eq!(wrong.status(), 401);
    let right = client.get(&models).bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(right.status(), 200);
    assert!(right.text().await.unwrap().contains("\"id\":\"demo\""));
    let lost = client.get(format!("{}/x", server.base_url())).bearer_auth(TOKEN);
    assert_eq!(lost.send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_request_that_a_strict_server_would_refuse_is_refused_with_the_reason() {
    let server = server("scenes: []\n").await;
    let body = json!({ "model": "demo", "messages": [{ "role": "assistant", "content": "" }] });
    let answer = request(&server, &body).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.unwrap().contains("neither text nor calls"));
    assert_eq!(server.refused().len(), 1);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_conversation_that_no_scene_fits_is_named() {
    let server = server("scenes:\n- when: {role: plan}\n  say: {text: a}\n").await;
    let answer = request(&server, &ask("the last words")).send().await.unwrap();
    assert_eq!(answer.status(), 422);
    assert!(answer.text().await.unwrap().contains("the last words"));
    assert!(server.unmatched()[0].contains("role None"));
}

#[tokio::test]
async fn a_raw_answer_comes_with_its_status_and_headers() {
    let server = server(
        "scenes:\n- fault: {kind: answer, status: 429, headers: {retry-after: '1'}, content_type: text/html, body: slow}\n- say: {text: now}\n",
    )
    .await;
    let first = request(&server, &ask("x")).send().await.unwrap();
    assert_eq!(
        (first.status().as_u16(), &first.headers()["retry-after"]),
        (429, &"1".parse().unwrap())
    );
    assert_eq!(first.text().await.unwrap(), "slow");
    assert_eq!(request(&server, &ask("x")).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_cut_stream_breaks_off_and_the_next_request_is_served() {
    let server = server(
        "scenes:\n- say: {text: broken}\n  fault: {kind: cut, after: 40}\n- say: {text: b}\n",
    )
    .await;
    let cut = request(&server, &ask("x")).send().await.unwrap();
    assert!(cut.text().await.is_err());
    assert_eq!(request(&server, &ask("x")).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_stalled_stream_stays_silent_until_the_client_goes() {
    let server = server("scenes:\n- say: {text: s}\n  fault: {kind: stall, after: 40}\n").await;
    let mut answer = request(&server, &ask("x")).send().await.unwrap();
    assert_eq!(answer.chunk().await.unwrap().unwrap().len(), 40);
    let more = tokio::time::timeout(Duration::from_millis(50), answer.chunk()).await;
    assert!(more.is_err(), "{more:?}");
}

#[tokio::test]
async fn a_dropped_server_is_gone() {
    let server = server("scenes: []\n").await;
    let models = format!("{}/models", server.base_url());
    let address = models["http://".len()..].split('/').next().unwrap().to_owned();
    drop(server);
    // The listener closes as soon as its task is polled again.
    while tokio::net::TcpStream::connect(&address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(reqwest::get(&models).await.is_err());
}
