//! The loopback server, spoken to by the client that speaks to every other server.
#![allow(clippy::unwrap_used)]

use std::{sync::Mutex, time::Duration};

use chargehand::{
    agent::{
        Choice, Delta, Finish, Jitter, Message, Model, OpenAi, Provider, Request, Retries, Secret,
        Spec, Turn,
    },
    demo::{Script, Server},
    domain::{CallId, Fault, FaultClass, ToolCall, Way},
};
use serde_json::json;

const TOKEN: &str = "sesame";

async fn server(yaml: &str) -> Server {
    Server::start(Script::parse(yaml).unwrap(), TOKEN).await.unwrap()
}

fn client(server: &Server) -> OpenAi {
    let mut provider = Provider::new(server.base_url(), Some(Secret::new(TOKEN)));
    provider.retries = Retries { first: Duration::from_millis(1), ..Retries::default() };
    provider.jitter = Jitter::new(|| 0.0);
    OpenAi::new(provider).unwrap()
}

fn request(messages: Vec<Message>) -> Request {
    let schema = json!({ "type": "object", "properties": {}, "additionalProperties": false });
    let spec = |name: &'static str| Spec { name, description: "does", schema: schema.clone() };
    Request {
        model: "demo".into(),
        messages,
        tools: vec![spec("read"), spec("finish")],
        choice: Choice::Auto,
        max_output: 4_000,
        temperature: None,
        effort: None,
        offer: None,
    }
}

fn opening() -> Vec<Message> {
    vec![Message::System("rules".into()), Message::User("brief".into())]
}

async fn ask(server: &Server, messages: Vec<Message>) -> Result<Turn, Fault> {
    client(server).turn(&request(messages), &|_| {}).await
}

#[tokio::test]
async fn a_scene_arrives_as_a_whole_turn_with_its_usage() {
    let server = server(
        "scenes:\n- when: {role: execute}\n  say:\n    reasoning: Let me think.\n    text: I will read two files.\n    calls:\n    - {tool: read, arguments: {path: größe.sh}}\n    - {tool: read, arguments: {path: b.sh}}\n",
    )
    .await;
    let live = Mutex::new(String::new());
    let show = |delta: Delta<'_>| match delta {
        Delta::Text(text) => live.lock().unwrap().push_str(text),
        Delta::Reasoning(_) | Delta::Call(_) | Delta::Lost(_) => {}
    };
    let turn = client(&server).turn(&request(opening()), &show).await.unwrap();
    assert_eq!(turn.text, "I will read two files.");
    assert_eq!(turn.reasoning, "Let me think.");
    assert_eq!(*live.lock().unwrap(), turn.text);
    assert_eq!((turn.finish, turn.way, turn.estimated), (Finish::ToolCalls, Way::Native, false));
    let calls: Vec<(&str, &str, &str)> = turn
        .calls
        .iter()
        .map(|call| (call.wire_id.as_str(), call.tool.as_str(), call.arguments.as_str()))
        .collect();
    let wanted =
        [("call_1", "read", "{\"path\":\"größe.sh\"}"), ("call_2", "read", "{\"path\":\"b.sh\"}")];
    assert_eq!(calls, wanted);
    assert!(turn.usage.input > 50 && turn.usage.output > 10, "{:?}", turn.usage);
}

#[tokio::test]
async fn a_history_with_calls_and_results_passes_the_validator() {
    let server =
        server("scenes:\n- when: {results: 1, last: [text]}\n  say: {text: thanks}\n").await;
    let call = ToolCall {
        id: CallId(1),
        wire_id: "call_1".into(),
        tool: "read".into(),
        arguments: "{\"path\":\"a\"}".into(),
    };
    let mut messages = opening();
    messages.push(Message::Assistant {
        text: String::new(),
        reasoning: String::new(),
        calls: vec![call],
    });
    messages.push(Message::Result { wire_id: "call_1".into(), text: "the text".into() });
    let turn = ask(&server, messages).await.unwrap();
    assert_eq!((turn.text.as_str(), turn.finish), ("thanks", Finish::Stop));
    assert_eq!(server.refused(), Vec::<String>::new());
}

#[tokio::test]
async fn a_paced_answer_and_a_second_prompt_with_the_same_beginning_show_a_cache() {
    let server = server("play: always\npace: 1\nscenes:\n- say: {text: good}\n").await;
    let long = vec![Message::System("rule ".repeat(400)), Message::User("brief".into())];
    let first = ask(&server, long.clone()).await.unwrap();
    let second = ask(&server, long).await.unwrap();
    assert_eq!(first.usage.cached, 0);
    assert!(second.usage.cached >= 256, "{:?}", second.usage);
}

#[tokio::test]
async fn faults_on_the_way_are_tried_again() {
    let server = server(
        "scenes:\n- fault: {kind: answer, status: 503, content_type: text/plain, body: busy}\n- say: {text: broken off}\n  fault: {kind: cut, after: 60}\n- say: {text: at last}\n",
    )
    .await;
    assert_eq!(ask(&server, opening()).await.unwrap().text, "at last");
    let scenes: Vec<Option<usize>> = server.heard().iter().map(|heard| heard.scene).collect();
    assert_eq!(scenes, [Some(0), Some(1), Some(2)]);
}

#[tokio::test]
async fn what_no_scene_fits_fails_at_once_with_the_conversations_end() {
    let server = server("scenes:\n- when: {role: plan}\n  say: {text: a}\n").await;
    let fault = ask(&server, opening()).await.unwrap_err();
    assert!(fault.message.contains("no scene of the script fits"), "{fault:?}");
    assert_eq!((server.requests().len(), server.unmatched().len()), (1, 1));
}

#[tokio::test]
async fn a_wrong_token_is_a_fault_of_the_key() {
    let server = server("scenes: []\n").await;
    let provider = Provider::new(server.base_url(), Some(Secret::new("other")));
    let fault = OpenAi::new(provider).unwrap().list_models().await.unwrap_err();
    assert_eq!(fault.class, FaultClass::Auth);
    assert_eq!(client(&server).list_models().await.unwrap(), ["demo"]);
}
