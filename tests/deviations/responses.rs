//! The Responses API, as it is and as it is not.

use chargehand::{
    agent::{Api, Effort},
    domain::FaultClass,
};
use serde_json::{Value, json};

use super::{
    case::{Ask, Case, deviations, given},
    server::Answer,
};

/// A stream of these events, each named as the reference has it.
fn told(events: &[Value]) -> Answer {
    events.iter().fold(Answer::stream(), |answer, event| {
        let name = event["type"].as_str().unwrap_or_default();
        answer.bytes(format!("event: {name}\ndata: {event}\n\n"))
    })
}

fn of(events: &[Value]) -> Case {
    given([told(events)]).api(Api::Responses)
}

fn text() -> Value {
    json!({"type": "response.output_text.delta", "output_index": 0, "delta": "ok"})
}

fn response(status: &str, output: Value) -> Value {
    json!({"object": "response", "status": status, "output": output, "error": null,
        "usage": {"input_tokens": 9, "output_tokens": 4, "input_tokens_details": {"cached_tokens": 8}}})
}

fn completed(output: Value) -> Value {
    json!({"type": "response.completed", "response": response("completed", output)})
}

fn message() -> Value {
    json!([{"type": "message", "content": [{"type": "output_text", "text": "ok"}]}])
}

fn call() -> Value {
    json!([{"type": "function_call", "id": "fc", "call_id": "c1", "name": "read", "arguments": "{}"}])
}

deviations! {
    a_response_is_told_in_pieces_and_once_more_whole: "API reference" =>
        of(&[json!({"type": "response.created", "response": response("in_progress", json!([]))}), text(),
            json!({"type": "response.output_text.done", "output_index": 0, "text": "ok"}),
            completed(message())]).usage(9, 4);
    a_response_is_told_at_its_end_only: "gateways" => of(&[completed(message())]).usage(9, 4);
    a_response_does_not_stream_at_all: "gateways that ignore `stream`" =>
        given([Answer::json(200, &response("completed", message()))]).api(Api::Responses).usage(9, 4);
    a_response_ends_without_its_last_event: "any server that dies" =>
        of(&[text()]).fault(FaultClass::Network, "ended its answer").tries(6);
    a_response_ends_at_the_limit: "API reference" => {
        let mut end = response("incomplete", call());
        end["incomplete_details"] = json!({"reason": "max_output_tokens"});
        of(&[text(), json!({"type": "response.incomplete", "response": end})]).cut()
    };
    a_response_is_filtered: "API reference" => {
        let mut end = response("incomplete", json!([]));
        end["incomplete_details"] = json!({"reason": "content_filter"});
        of(&[text(), json!({"type": "response.incomplete", "response": end})])
            .fault(FaultClass::ContentFilter, "content filter")
    };
    a_response_fails: "API reference" => {
        let mut end = response("failed", json!([]));
        end["error"] = json!({"code": "rate_limit_exceeded", "message": "slow"});
        given([told(&[json!({"type": "response.failed", "response": end})]), told(&[completed(message())])])
            .api(Api::Responses).tries(2)
    };
    a_response_is_an_error_event: "API reference" =>
        of(&[text(), json!({"type": "error", "code": "context_length_exceeded", "message": "too long"})])
        .fault(FaultClass::ContextOverflow, "too long");
    a_call_comes_in_pieces_and_again_whole: "API reference" =>
        of(&[json!({"type": "response.output_item.added", "output_index": 0,
                "item": {"type": "function_call", "id": "fc", "call_id": "c1", "name": "read", "arguments": ""}}),
            json!({"type": "response.function_call_arguments.delta", "output_index": 0, "delta": "{"}),
            json!({"type": "response.function_call_arguments.delta", "output_index": 0, "delta": "}"}),
            json!({"type": "response.output_item.done", "output_index": 0, "item": call()[0]}),
            completed(call())]).calls(&[("read", "{}")]);
    a_call_comes_at_the_end_only: "gateways" => of(&[text(), completed(call())])
        .ask(Ask::Tools).calls(&[("read", "{}")]);
    a_call_is_cut_and_completed_is_said: "gateways" => {
        let mut cut = call();
        cut[0]["arguments"] = json!("{\"path\":\"x");
        of(&[completed(cut)]).cut()
    };
    a_conversation_is_sent_whole_and_nothing_is_kept_there: "API reference" =>
        of(&[completed(message())]).ask(Ask::Talk).effort(Effort::Low).looks(|heard| {
            let body = heard[0].json();
            heard[0].line == "POST /v1/responses"
                && body["store"] == false
                && body["reasoning"]["effort"] == "low"
                && body["max_output_tokens"] == 256
                && body["tools"][0] == json!({"type": "function", "name": "read",
                    "description": "Reads a file.", "strict": false,
                    "parameters": {"type": "object", "properties": {"path": {"type": "string"}}}})
                && body["input"] == json!([
                    {"role": "system", "content": "Be brief."},
                    {"role": "user", "content": "Say ok."},
                    {"type": "function_call", "call_id": "call_1", "name": "read", "arguments": "{\"path\":\"x\"}"},
                    {"type": "function_call", "call_id": "call_2", "name": "read", "arguments": "{\"path\":\"x\"}"},
                    {"type": "function_call_output", "call_id": "call_1", "output": "r"},
                    {"type": "function_call_output", "call_id": "call_2", "output": "r"},
                ])
        });
    sealed_thoughts_are_not_known: "models that do not think" =>
        given([Answer::json(400, &json!({"error": {"message":
                "Encrypted content is not supported with this model.", "param": "include"}})),
            told(&[completed(message())])])
        .api(Api::Responses).tries(2)
        .looks(|heard| heard[0].json().get("include").is_some() && heard[1].json().get("include").is_none());
    the_effort_is_refused: "models that do not think" =>
        given([Answer::json(400, &json!({"error": {"message":
                "Unsupported parameter: 'reasoning.effort' is not supported with this model.", "param": "reasoning.effort"}})),
            told(&[completed(message())])])
        .api(Api::Responses).effort(Effort::High).tries(2)
        .looks(|heard| heard[1].json().get("reasoning").is_none());
}
