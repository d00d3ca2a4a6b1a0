//! The model connection against a server on the loopback that says what it is told to.

#![expect(clippy::unwrap_used, reason = "helpers of tests may end them")]

#[path = "common/server.rs"]
mod server;

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use chargehand::{
    agent::{
        Api, Can, Capability, Choice, Delta, Dialect, Finish, Found, Heard as Places, Jitter,
        Message, Model, OpenAi, Provider, Request, Room, Secret, Source, Spec, Speed, Spot,
        Timeouts, Turn, discover, probe,
    },
    domain::{CallId, Fault, FaultClass, ToolCall},
};
use serde_json::{Value, json};
use server::{Answer, Server};

fn request() -> Request {
    Request {
        model: "m".to_owned(),
        messages: vec![
            Message::System("Be brief.".to_owned()),
            Message::User("Say hello.".to_owned()),
        ],
        tools: Vec::new(),
        choice: Choice::Auto,
        max_output: 256,
        temperature: None,
        effort: None,
        offer: None,
    }
}

fn with_tools() -> Request {
    let schema = json!({"type": "object", "properties": {"path": {"type": "string"}}});
    let tools = vec![Spec { name: "read", description: "Reads a file.", schema }];
    Request { tools, choice: Choice::Required, temperature: Some(0.2), ..request() }
}

fn provider(url: String, key: Option<&str>) -> Provider {
    let mut provider = Provider::new(url, key.map(Secret::new));
    provider.jitter = Jitter::new(|| 0.0);
    provider
}

fn model(server: &Server) -> OpenAi {
    OpenAi::new(provider(server.base_url(), Some("sk-test"))).unwrap()
}

/// A model with little patience, for servers that fall silent.
fn impatient(server: &Server) -> OpenAi {
    let mut provider = provider(server.base_url(), None);
    provider.timeouts = Timeouts {
        first_event: Duration::from_millis(150),
        first_event_per_kib: Duration::ZERO,
        idle: Duration::from_millis(150),
        ..Timeouts::default()
    };
    OpenAi::new(provider).unwrap()
}

async fn turn(model: &OpenAi, request: &Request) -> Result<Turn, Fault> {
    model.turn(request, &|_| {}).await
}

/// What comes of one request that is answered so, and how many requests it took.
async fn play(answers: impl IntoIterator<Item = Answer>) -> (Result<Turn, Fault>, usize) {
    let server = Server::start(answers).await;
    let turn = turn(&model(&server), &request()).await;
    (turn, server.heard().len())
}

async fn fault(answers: impl IntoIterator<Item = Answer>) -> (Fault, usize) {
    let (turn, tries) = play(answers).await;
    (turn.unwrap_err(), tries)
}

fn delta(text: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {"content": text}}]})
}

#[tokio::test]
async fn a_turn_streams_its_text_and_comes_back_whole() {
    let server = Server::start([Answer::events(&[
        json!({"choices":[{"delta":{"role":"assistant"}}]}),
        json!({"choices":[{"delta":{"reasoning_content":"hm"}}]}),
        json!({"choices":[{"delta":{"content":"Hel"}}]}),
        json!({"choices":[{"delta":{"content":"lo"}}]}),
        json!({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"read","arguments":"{\"path\":"}}]}}]}),
        json!({"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"x\"}"}}]},"finish_reason":"tool_calls"}]}),
        json!({"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":7}}),
    ])])
    .await;
    let shown = Mutex::new(Vec::new());
    // Texts that come together are shown together.
    let live = |delta: Delta<'_>| {
        let mut shown = shown.lock().unwrap();
        match delta {
            Delta::Text(text) => match shown.last_mut() {
                Some((0, before)) => *before += text,
                _ => shown.push((0, text.to_owned())),
            },
            Delta::Reasoning(text) => shown.push((1, text.to_owned())),
            Delta::Call(tool) => shown.push((2, tool.to_owned())),
            Delta::Lost(why) => shown.push((3, why.to_owned())),
        }
    };
    let turn = model(&server).turn(&with_tools(), &live).await.unwrap();
    assert_eq!((turn.text.as_str(), turn.reasoning.as_str()), ("Hello", "hm"));
    assert_eq!(turn.finish, Finish::ToolCalls);
    assert_eq!(turn.calls[0].arguments, "{\"path\":\"x\"}");
    assert_eq!((turn.usage.input, turn.usage.output, turn.estimated), (12, 7, false));
    let wanted = [(1, "hm"), (0, "Hello"), (2, "read")].map(|(kind, text)| (kind, text.to_owned()));
    assert_eq!(shown.into_inner().unwrap(), wanted);
}

#[tokio::test]
async fn the_request_pairs_each_call_with_its_result_and_leaves_out_empty_messages() {
    let server = Server::start([Answer::says("ok")]).await;
    let call = |wire_id: &str| ToolCall {
        id: CallId(1),
        wire_id: wire_id.to_owned(),
        tool: "read".to_owned(),
        arguments: "{\"path\":\"x\"}".to_owned(),
    };
    let said = |text: &str, calls: Vec<ToolCall>| Message::Assistant {
        text: text.to_owned(),
        reasoning: "secret thought".to_owned(),
        calls,
    };
    let mut request = with_tools();
    request.messages.extend([
        said("", vec![call("a"), call("b")]),
        Message::Result { wire_id: "a".to_owned(), text: "one".to_owned() },
        Message::Result { wire_id: "b".to_owned(), text: "two".to_owned() },
        said("", Vec::new()),
        said("Done.", Vec::new()),
        Message::User("Go on.".to_owned()),
    ]);
    turn(&model(&server), &request).await.unwrap();
    let heard = &server.heard()[0];
    assert_eq!(heard.line, "POST /v1/chat/completions");
    assert_eq!(heard.header("authorization").as_deref(), Some("Bearer sk-test"));
    let function = |id: &str| {
        json!({"type": "function", "id": id,
        "function": {"name": "read", "arguments": "{\"path\":\"x\"}"}})
    };
    assert_eq!(
        heard.json(),
        json!({
            "model": "m",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Say hello."},
                {"role": "assistant", "tool_calls": [function("a"), function("b")]},
                {"role": "tool", "content": "one", "tool_call_id": "a"},
                {"role": "tool", "content": "two", "tool_call_id": "b"},
                {"role": "assistant", "content": "Done."},
                {"role": "user", "content": "Go on."},
            ],
            "tools": [{"type": "function", "function": {
                "name": "read", "description": "Reads a file.",
                "parameters": {"type": "object", "properties": {"path": {"type": "string"}}},
            }}],
            "tool_choice": "required",
            "stream": true,
            "stream_options": {"include_usage": true},
            "max_tokens": 256,
            "temperature": 0.2,
        })
    );
}

#[tokio::test]
async fn without_a_key_no_authorization_is_sent_whatever_the_environment_says() {
    let server = Server::start([Answer::says("ok")]).await;
    let model = OpenAi::new(provider(server.base_url() + "/", None)).unwrap();
    turn(&model, &request()).await.unwrap();
    let heard = &server.heard()[0];
    assert_eq!(heard.header("authorization"), None);
    assert_eq!(heard.header("openai-organization"), None);
    assert_eq!(heard.line, "POST /v1/chat/completions");
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_other_host_hears_nothing() {
    let other = Server::start([Answer::says("give me your key")]).await;
    for (code, location) in [
        (301, other.base_url()),
        (302, other.base_url() + "/chat/completions"),
        (307, other.base_url() + "/chat/completions"),
        (308, other.base_url() + "/chat/completions"),
        (303, "/v1/elsewhere".to_owned()),
    ] {
        let head = [("location", location.as_str()), ("content-length", "0")];
        let (fault, tries) = fault([Answer::head(code, &head)]).await;
        assert_eq!((fault.class, tries), (FaultClass::Protocol, 1));
        assert!(fault.message.contains(&format!("go to {location}")), "{fault}");
    }
    assert_eq!((other.heard().len(), other.connections()), (0, 0));
}

#[tokio::test]
async fn signatures_go_back_with_the_call_that_they_came_with() {
    let extra = json!({"google": {"thought_signature": "sealed"}});
    let server = Server::start([Answer::events(&[
        json!({"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "", "extra_content": extra,
            "function": {"name": "read", "arguments": "{}"}}]}, "finish_reason": "stop"}]}),
    ])])
    .await;
    let model = model(&server);
    let first = turn(&model, &with_tools()).await.unwrap();
    let mut request = with_tools();
    let id = first.calls[0].wire_id.clone();
    request.messages.extend([
        Message::Assistant { text: String::new(), reasoning: String::new(), calls: first.calls },
        Message::Result { wire_id: id, text: "r".to_owned() },
    ]);
    turn(&model, &request).await.unwrap();
    let body = server.heard()[1].json();
    assert_eq!(body["messages"][2]["tool_calls"][0]["extra_content"], extra);
}

#[tokio::test]
async fn sealed_thoughts_go_back_before_the_call_that_they_led_to() {
    let thought = json!({"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": "x"});
    let output = json!([thought, {"type": "function_call", "call_id": "c1", "name": "read",
        "arguments": "{}"}]);
    let whole = json!({"object": "response", "status": "completed", "output": output});
    let server = Server::start([Answer::json(200, &whole)]).await;
    let mut provider = provider(server.base_url() + "/responses", None);
    provider.api = Api::Responses;
    let model = OpenAi::new(provider).unwrap();
    let first = turn(&model, &with_tools()).await.unwrap();
    let mut request = with_tools();
    request.messages.extend([
        Message::Assistant { text: "So:".into(), reasoning: String::new(), calls: first.calls },
        Message::Result { wire_id: "c1".to_owned(), text: "r".to_owned() },
    ]);
    turn(&model, &request).await.unwrap();
    let heard = server.heard();
    assert_eq!(heard[1].line, "POST /v1/responses");
    assert_eq!(heard[0].json()["include"], json!(["reasoning.encrypted_content"]));
    assert_eq!(heard[1].json()["input"][2], thought);
    assert_eq!(heard[1].json()["input"][3], json!({"role": "assistant", "content": "So:"}));
}

#[tokio::test]
async fn a_whole_endpoint_and_a_query_in_the_base_url_are_understood() {
    let server = Server::start([Answer::says("ok")]).await;
    let url = server.base_url() + "/chat/completions?api-version=1";
    turn(&OpenAi::new(provider(url, None)).unwrap(), &request()).await.unwrap();
    assert_eq!(server.heard()[0].line, "POST /v1/chat/completions?api-version=1");
}

#[tokio::test]
async fn busy_answers_are_tried_again_whatever_their_body() {
    for busy in [
        Answer::json(429, &json!({"error": {"message": "slow", "type": "requests", "code": null}})),
        Answer::json(429, &json!({"error": {"code": 429, "message": "slow"}})),
        Answer::of(429, "text/html", "<html>slow</html>"),
        Answer::of(429, "text/plain", ""),
        Answer::of(408, "text/plain", "timeout"),
        Answer::of(500, "text/html", "<html>oops</html>"),
        Answer::of(503, "text/plain", "loading model"),
        Answer::nothing().reset(),
        Answer::nothing(),
    ] {
        let (turn, tries) = play([busy.clone(), busy.clone(), Answer::says("ok")]).await;
        assert_eq!((turn.unwrap().text.as_str(), tries), ("ok", 3), "{busy:?}");
    }
}

#[tokio::test]
async fn tries_end_and_the_servers_own_words_are_shown() {
    let (fault, tries) = fault([Answer::of(503, "text/plain", "loading model")]).await;
    assert_eq!((fault.class, tries), (FaultClass::Overload, 6));
    assert!(fault.message.ends_with("answered 503: loading model (tried 6 times)"), "{fault}");
}

#[tokio::test]
async fn faults_that_no_retry_mends_are_told_at_once() {
    for (answer, class, words) in [
        (Answer::of(401, "text/plain", "no way"), FaultClass::Auth, "no way"),
        (
            Answer::json(400, &json!([{"error": {"code": 400, "message": "API key not valid"}}])),
            FaultClass::Auth,
            "API key not valid",
        ),
        (
            Answer::json(
                429,
                &json!({"error": {"code": "insufficient_quota", "message": "broke"}}),
            ),
            FaultClass::Quota,
            "broke",
        ),
        (Answer::of(402, "text/plain", ""), FaultClass::Quota, "Payment Required"),
        (
            Answer::head(429, &[("retry-after", "3600"), ("content-length", "0")]),
            FaultClass::Rate,
            "Too Many Requests",
        ),
        (
            Answer::of(200, "text/html", "<html><title>Hotel WiFi</title>"),
            FaultClass::Protocol,
            "a web page titled \"Hotel WiFi\"",
        ),
        (Answer::stream().bytes("<html><title>Hi</title>"), FaultClass::Protocol, "a web page"),
        (Answer::of(404, "text/plain", "404 page not found"), FaultClass::Protocol, "404 page"),
        (
            Answer::json(200, &json!({"error": {"message": "context size has been exceeded"}})),
            FaultClass::ContextOverflow,
            "context size",
        ),
        (
            Answer::stream()
                .event(&delta("a"))
                .bytes("event: error\ndata: {\"code\":401,\"message\":\"revoked\"}\n\n"),
            FaultClass::Auth,
            "revoked",
        ),
        (
            Answer::events(&[
                json!({"choices":[{"delta":{"content":"a"},"finish_reason":"content_filter"}]}),
            ]),
            FaultClass::ContentFilter,
            "content filter",
        ),
    ] {
        let (fault, tries) = fault([answer.clone()]).await;
        assert_eq!((fault.class, tries), (class, 1), "{answer:?}: {fault:?}");
        assert!(fault.message.contains(words), "{fault:?}");
        assert!(!fault.hint.is_empty(), "{fault:?}");
    }
}

#[tokio::test]
async fn errors_inside_a_stream_of_status_200_are_classified_and_tried_again() {
    let broken = Answer::stream()
        .event(&delta("Hel"))
        .event(&json!({"error": {"code": 502, "message": "upstream"}, "choices": [{"delta": {}, "finish_reason": "error"}]}));
    let (turn, tries) = play([broken.clone(), Answer::says("ok")]).await;
    assert_eq!((turn.unwrap().text.as_str(), tries), ("ok", 2));
    let (fault, tries) = fault([broken]).await;
    assert_eq!((fault.class, tries), (FaultClass::Overload, 6));
}

#[tokio::test]
async fn a_stream_that_ends_before_its_finish_reason_is_never_a_turn() {
    let call = json!({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"read","arguments":"{}"}}]}}]});
    let chunked = Answer::head(
        200,
        &[("content-type", "text/event-stream"), ("transfer-encoding", "chunked")],
    );
    for cut in [
        Answer::stream(),
        Answer::stream().event(&delta("Hel")),
        Answer::stream().event(&delta("Hel")).bytes("data: [DONE]\n\n"),
        Answer::stream().event(&call),
        Answer::stream().event(&call).bytes("data: {\"choices\":[{\"delta\":{},\"finish_rea"),
        Answer::stream().event(&call).bytes("data: {\"choices\":[{\"delta\":{}}],\"x\":\"stop\"}"),
        chunked.bytes("20\r\ndata: {\"choices\":"),
        Answer::of(200, "text/event-stream", "data: {").reset(),
        Answer::json(200, &json!({"choices": [{"message": {"content": "Hel"}}]})),
    ] {
        let (fault, tries) = fault([cut.clone()]).await;
        assert_eq!((fault.class, tries), (FaultClass::Network, 6), "{cut:?}: {fault:?}");
    }
}

#[tokio::test]
async fn harmless_deviations_of_a_stream_do_no_harm() {
    let end = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    for stream in [
        Answer::stream().event(&delta("ok")).bytes(end).bytes("data: [DONE] \n\n"),
        Answer::stream().bytes("data: \n\n").event(&delta("ok")).bytes(end),
        Answer::stream().event(&delta("ok")).bytes(end.trim_end()),
        Answer::stream().bytes(": OPENROUTER PROCESSING\n\n").event(&delta("ok")).bytes(end),
        Answer::head(200, &[]).event(&delta("ok")).bytes(end),
        Answer::head(200, &[("content-type", "application/json")]).event(&delta("ok")).bytes(end),
        Answer::stream().event(&delta("o")).event(&delta("k")).bytes(end).reset(),
        Answer::json(
            200,
            &json!({"choices": [{"message": {"content": "ok"}, "finish_reason": "stop"}]}),
        ),
    ] {
        let (turn, tries) = play([stream.clone()]).await;
        assert_eq!((turn.unwrap().text.as_str(), tries), ("ok", 1), "{stream:?}");
    }
    let odd =
        Answer::stream().bytes(b"data: {\"choices\":[{\"delta\":{\"content\":\"o\xffk\"}}]}\n\n");
    let (turn, _) = play([odd.bytes(end)]).await;
    assert_eq!(turn.unwrap().text, "o\u{fffd}k");
}

#[tokio::test]
async fn whoever_watches_is_told_that_a_broken_answer_counts_for_nothing() {
    let begun = Answer::stream().event(&delta("Hel"));
    let server = Server::start([begun, Answer::says("Hello")]).await;
    let shown = Mutex::new(Vec::new());
    let live = |delta: Delta<'_>| {
        shown.lock().unwrap().push(match delta {
            Delta::Lost(why) => format!("lost: {}", why.split("/v1 ").last().unwrap_or_default()),
            Delta::Text(text) | Delta::Reasoning(text) | Delta::Call(text) => text.to_owned(),
        });
    };
    let turn = model(&server).turn(&request(), &live).await.unwrap();
    assert_eq!(turn.text, "Hello");
    let lost = "lost: ended its answer before the model was done";
    assert_eq!(*shown.lock().unwrap(), ["Hel", lost, "Hello"]);
}

#[tokio::test]
async fn a_lost_piece_of_a_turn_is_asked_for_again() {
    let damaged = Answer::events(&[delta("a")])
        .bytes("data: {\"choices\":[{\"delta\":{\"content\":\"\\x\"}}]}\n\n");
    let end = json!({"choices": [{"delta": {}, "finish_reason": "stop"}]});
    let damaged_before_end = Answer::stream().bytes("data: {\"choices\":[}\n\n").event(&end);
    let (turn, tries) = play([damaged_before_end.clone(), Answer::says("ok")]).await;
    assert_eq!((turn.unwrap().text.as_str(), tries), ("ok", 2));
    let (fault, tries) = fault([damaged_before_end]).await;
    assert_eq!((fault.class, tries), (FaultClass::Protocol, 3));
    let (turn, _) = play([damaged, Answer::says("ok")]).await;
    assert_eq!(turn.unwrap().text, "ok");
}

#[tokio::test]
async fn an_empty_answer_is_asked_for_again_and_then_told() {
    let empty = Answer::events(&[json!({"choices": [{"delta": {}, "finish_reason": "stop"}]})]);
    let (turn, tries) = play([empty.clone(), Answer::says("ok")]).await;
    assert_eq!((turn.unwrap().text.as_str(), tries), ("ok", 2));
    let (fault, tries) = fault([empty]).await;
    assert_eq!((fault.class, tries), (FaultClass::Model, 3));
    assert!(fault.message.contains("empty answer (about "), "{fault}");
}

#[tokio::test]
async fn the_output_limit_drops_calls() {
    let events = [
        json!({"choices":[{"delta":{"content":"I write."}}]}),
        json!({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"write","arguments":"{\"text\":\"fn m"}}]}}]}),
    ];
    for reason in ["length", "tool_calls", "stop"] {
        let mut events = events.to_vec();
        events.push(json!({"choices": [{"delta": {}, "finish_reason": reason}]}));
        let (turn, _) = play([Answer::events(&events)]).await;
        let turn = turn.unwrap();
        assert_eq!((turn.finish, turn.calls.len()), (Finish::Length, 0), "{reason}");
        assert!(turn.estimated);
    }
}

#[tokio::test]
async fn silence_ends_at_its_limit_in_every_phase() {
    for silent in [
        Answer::nothing().silence(),
        Answer::stream().silence(),
        Answer::stream().bytes(": keep-alive\n\n").silence(),
        Answer::stream().event(&delta("Hel")).silence(),
    ] {
        let server = Server::start([silent.clone()]).await;
        let fault = turn(&impatient(&server), &request()).await.unwrap_err();
        assert_eq!(fault.class, FaultClass::Network, "{silent:?}");
        assert!(fault.message.contains("silent") || fault.message.contains("nothing"), "{fault}");
        server.gone().await;
    }
}

#[tokio::test]
async fn a_dropped_turn_closes_its_connection() {
    for silent in [Answer::nothing().silence(), Answer::stream().event(&delta("a")).silence()] {
        let server = Server::start([silent]).await;
        let (model, request) = (model(&server), request());
        tokio::select! {
            done = turn(&model, &request) => panic!("{done:?}"),
            () = server.silent() => {}
        }
        server.gone().await;
    }
}

#[tokio::test]
async fn an_event_of_eight_mebibytes_is_refused_in_bounded_time() {
    let giant = format!("data: {{\"x\":\"{}\"}}\n\n", "a".repeat(8 << 20));
    let begun = Instant::now();
    let (fault, tries) = fault([Answer::stream().bytes(giant)]).await;
    assert_eq!((fault.class, tries), (FaultClass::Protocol, 1));
    assert!(fault.message.contains("larger than 4 MiB"), "{fault}");
    // async-openai's own parser takes 24 s in a release build; a debug build of ours well under 1.
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_flood_without_end_is_refused_at_the_cap_of_what_a_turn_may_say() {
    let event = format!("data: {}\n\n", delta(&"a".repeat(256 << 10)));
    let (fault, tries) = fault([Answer::stream().repeating(event)]).await;
    assert_eq!((fault.class, tries), (FaultClass::Protocol, 1));
    assert!(fault.message.contains("does not end"), "{fault}");
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_key_stays_where_it_belongs() {
    let elsewhere = Server::start([Answer::says("gotcha")]).await;
    let place = elsewhere.base_url() + "/chat/completions";
    for code in [301, 302, 307, 308] {
        let head = [("location", place.as_str()), ("content-length", "0")];
        let (fault, tries) = fault([Answer::head(code, &head)]).await;
        assert_eq!((fault.class, tries), (FaultClass::Protocol, 1));
        assert!(fault.message.contains(&format!("answered {code}: go to {place}")), "{fault}");
    }
    assert_eq!(elsewhere.heard().len(), 0);
}

#[tokio::test]
async fn a_key_is_in_no_message_and_in_no_debug_form() {
    let server = Server::start([Answer::of(400, "text/plain", "you sent Bearer sk-test")]).await;
    let model = model(&server);
    let fault = turn(&model, &request()).await.unwrap_err();
    for shown in [format!("{model:?}"), format!("{fault:?}"), fault.to_string()] {
        assert!(!shown.contains("sk-test"), "{shown}");
    }
}

#[test]
fn a_key_that_no_header_can_hold_is_refused_clearly() {
    let mut provider = provider("https://api.openai.com/v1".to_owned(), Some("sk-a\nsk-b"));
    provider.key_from = "MY_KEY".to_owned();
    let fault = OpenAi::new(provider).unwrap_err();
    assert_eq!(fault.class, FaultClass::Auth);
    assert!(fault.message.contains("MY_KEY holds a line break"), "{fault}");
    assert!(!format!("{fault:?}").contains("sk-a"));
}

#[test]
fn a_base_url_that_is_none_is_refused_clearly() {
    for url in ["", "api.openai.com/v1", "ftp://x/v1", "localhost:8080/v1", "http://me:pw@x/v1"] {
        let fault = OpenAi::new(provider(url.to_owned(), None)).unwrap_err();
        assert_eq!(fault.class, FaultClass::Protocol, "{url}");
        assert!(!fault.hint.is_empty() && !fault.message.contains("pw"), "{fault:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_with_what_to_do() {
    // A port that was free a moment ago.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let model = OpenAi::new(provider(format!("http://{address}/v1"), None)).unwrap();
    let fault = turn(&model, &request()).await.unwrap_err();
    assert_eq!(fault.class, FaultClass::Network);
    assert!(fault.message.contains("cannot connect to http://127.0.0.1:"), "{fault}");
    assert!(fault.message.to_lowercase().contains("refused"), "{fault}");
    assert!(fault.hint.contains("start the server, or set --base-url"), "{}", fault.hint);
}

#[tokio::test]
async fn what_a_server_does_not_know_is_left_out_and_not_sent_again() {
    let no = |words: &str| Answer::json(400, &json!({"error": {"message": words}}));
    let server = Server::start([
        no("Unrecognized request argument supplied: stream_options"),
        no("this model does not support tool_choice"),
        no("Unsupported parameter: 'max_tokens' is not supported, use 'max_completion_tokens'"),
        no("Unsupported value: 'temperature' does not support 0.2"),
        Answer::says("ok"),
    ])
    .await;
    let model = model(&server);
    assert_eq!(turn(&model, &with_tools()).await.unwrap().text, "ok");
    assert_eq!(turn(&model, &with_tools()).await.unwrap().text, "ok");
    let heard = server.heard();
    assert_eq!(heard.len(), 6);
    for body in [heard[4].json(), heard[5].json()] {
        for gone in ["stream_options", "tool_choice", "max_tokens", "temperature"] {
            assert_eq!(body.get(gone), None, "{gone}");
        }
        assert_eq!(body["max_completion_tokens"], 256);
        assert!(body["tools"].is_array());
    }
    // Another model of the same server is asked in full again.
    let other = Request { model: "n".to_owned(), ..with_tools() };
    turn(&model, &other).await.unwrap();
    assert!(server.heard()[6].json().get("tool_choice").is_some());
}

#[tokio::test]
async fn a_part_that_is_rejected_although_it_was_left_out_is_a_fault() {
    let server = Server::start([Answer::json(400, &json!({"error": "bad temperature"}))]).await;
    let fault = turn(&model(&server), &with_tools()).await.unwrap_err();
    assert_eq!((fault.class, server.heard().len()), (FaultClass::Protocol, 2));
}

#[tokio::test]
async fn a_server_without_tools_gets_them_in_words_from_then_on() {
    let no =
        json!({"error": {"message": "registry.ollama.ai/library/gemma:2b does not support tools"}});
    let server = Server::start([Answer::json(400, &no), Answer::says("ok")]).await;
    let model = model(&server);
    assert_eq!(model.dialect("m"), Dialect::Native);
    assert_eq!(turn(&model, &with_tools()).await.unwrap().text, "ok");
    assert_eq!(model.dialect("m"), Dialect::Text);
    assert_eq!(turn(&model, &with_tools()).await.unwrap().text, "ok");
    let heard = server.heard();
    assert_eq!(heard.len(), 3);
    for body in [heard[1].json(), heard[2].json()] {
        assert!(body.get("tools").is_none() && body.get("tool_choice").is_none());
        let system = body["messages"][0]["content"].as_str().unwrap();
        assert!(system.starts_with("Be brief.") && system.contains("## read"), "{system}");
    }
}

#[tokio::test]
async fn a_connection_is_used_again_for_the_next_turn() {
    let server = Server::start([Answer::says_and_keeps("ok")]).await;
    let model = model(&server);
    for _ in 0..3 {
        assert_eq!(turn(&model, &request()).await.unwrap().text, "ok");
    }
    assert_eq!((server.heard().len(), server.connections()), (3, 1));
}

#[tokio::test]
async fn turns_at_the_same_time_do_not_mix() {
    let server = Server::start([Answer::says("ok")]).await;
    let (model, request) = (model(&server), request());
    let turns = futures::future::join_all((0..16).map(|_| turn(&model, &request))).await;
    assert!(turns.into_iter().all(|turn| turn.unwrap().text == "ok"));
}

#[tokio::test]
async fn models_are_listed_in_each_of_the_shapes_that_are_about() {
    for (listed, wanted) in [
        (
            json!({"object": "list", "data": [{"id": "a"}, {"id": "b", "created": null}]}),
            vec!["a", "b"],
        ),
        (json!({"models": [{"name": "a:1b", "model": "a:1b"}, {"key": "b"}]}), vec!["a:1b", "b"]),
        (json!([{"id": "a"}, "b"]), vec!["a", "b"]),
        (json!({"data": null}), vec![]),
    ] {
        let server = Server::start([Answer::json(200, &listed)]).await;
        assert_eq!(model(&server).list_models().await.unwrap(), wanted);
        assert_eq!(server.heard()[0].line, "GET /v1/models");
    }
}

#[tokio::test]
async fn a_list_of_models_that_is_none_is_a_fault() {
    for (answer, class) in [
        (Answer::of(401, "text/plain", "no"), FaultClass::Auth),
        (Answer::of(200, "text/html", "<html></html>"), FaultClass::Protocol),
        (Answer::of(200, "application/json", "{\"data\": [{"), FaultClass::Protocol),
    ] {
        let server = Server::start([answer]).await;
        assert_eq!(model(&server).list_models().await.unwrap_err().class, class);
    }
}

fn spot(base_url: String) -> Spot {
    Spot { program: "any".to_owned(), base_url }
}

#[tokio::test]
async fn servers_of_this_machine_are_found_with_their_models() {
    let listed = json!({"data": [{"id": "text-embedding-x"}, {"id": "qwen"}]});
    let server = Server::start([Answer::json(200, &listed)]).await;
    let empty = Server::start([Answer::json(200, &json!({"data": []}))]).await;
    let web = Server::start([Answer::of(200, "text/html", "<html></html>")]).await;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}/v1", free.local_addr().unwrap());
    drop(free);
    let spots = [server.base_url(), empty.base_url(), web.base_url(), nobody].map(spot);
    let found: Vec<Found> = discover(spots).await;
    let heard: Vec<&Places> = found.iter().map(|one| &one.heard).collect();
    assert_eq!(*heard[0], Places::Models(vec!["qwen".to_owned()]));
    assert_eq!(*heard[1], Places::NoModel);
    assert!(matches!(heard[2], Places::Unusable(_)), "{heard:?}");
    assert_eq!(*heard[3], Places::Nobody);
    assert_eq!(server.heard()[0].line, "GET /v1/models");
    assert_eq!(server.heard()[0].header("authorization"), None);
}

/// The server's list of one model with this window.
fn listed(window: u32) -> Answer {
    Answer::json(200, &json!({"data": [{"id": "m", "max_model_len": window}]}))
}

const NOTE: &str = r#"{"thought": "", "name": "note", "arguments": {"word": "harbour"}}"#;

async fn probed(answers: impl IntoIterator<Item = Answer>, millis: u64) -> Capability {
    let server = Server::start(answers).await;
    let time = Duration::from_millis(millis);
    probe(&model(&server), "m", Capability::default(), time).await.unwrap()
}

#[tokio::test]
async fn a_probe_finds_out_what_a_model_manages() {
    let call = json!({"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "c",
        "function": {"name": "note", "arguments": "{\"word\":\"harbour\"}"}}]},
        "finish_reason": "tool_calls"}]});
    let fence = format!("I note it.\n```json\n{NOTE}\n```");
    let answers = [listed(8192), Answer::events(&[call]), Answer::says(NOTE), Answer::says(&fence)];
    let known = probed(answers, 20_000).await;
    assert_eq!((known.native, known.schema, known.text), (Can::Yes, Can::Yes, Can::Yes));
    assert_eq!(known.room, Some(Room { tokens: 8192, from: Source::Server }));
    assert_eq!(known.offer(), Dialect::Native);
}

#[tokio::test]
async fn a_probe_finds_out_what_a_model_does_not_manage() {
    let no = Answer::json(400, &json!({"error": {"message": "response_format is not supported"}}));
    let answers = [
        listed(4096),
        Answer::says("I would note the word harbour."),
        no,
        Answer::says("Here you are: harbour"),
        Answer::says(NOTE),
    ];
    let known = probed(answers, 20_000).await;
    assert_eq!((known.native, known.schema, known.text), (Can::No, Can::No, Can::Yes));
    assert_eq!(known.offer(), Dialect::Text);
    assert!(known.is_weak());
}

#[tokio::test]
async fn a_probe_that_runs_out_of_time_says_slow_and_nothing_of_tools() {
    let known = probed([listed(4096), Answer::stream().silence()], 300).await;
    assert_eq!(known.speed, Speed::Slow);
    assert_eq!(
        (known.native, known.schema, known.text),
        (Can::Unknown, Can::Unknown, Can::Unknown)
    );
}

#[tokio::test]
async fn the_window_of_a_server_on_this_machine_is_asked_for_in_each_server_s_own_way() {
    let list = Answer::json(200, &json!({"data": [{"id": "m"}]}));
    let nothing = Answer::of(404, "text/plain", "not found");
    let props = Answer::json(200, &json!({"default_generation_settings": {"n_ctx": 4096}}));
    let server = Server::start([list.clone(), props]).await;
    assert_eq!(model(&server).window("m").await, Some(4096));
    let lines: Vec<String> = server.heard().into_iter().map(|one| one.line).collect();
    assert_eq!(lines, ["GET /v1/models", "GET /props"]);
    let ps = Answer::json(200, &json!({"models": [{"name": "m", "context_length": 2048}]}));
    let server = Server::start([list.clone(), nothing.clone(), nothing.clone(), ps]).await;
    assert_eq!(model(&server).window("m").await, Some(2048));
    let server = Server::start([list, nothing]).await;
    assert_eq!(model(&server).window("m").await, None);
}
