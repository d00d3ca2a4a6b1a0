//! What a server does not know of a request, and what the next request looks like.

use chargehand::agent::{Api, Effort};
use serde_json::{Value, json};

use super::{
    case::{Ask, Case, deviations, first, given},
    server::{Answer, Heard},
};

/// A refusal in these words, and a sound answer to the next request.
fn refused(code: u16, words: &str) -> Case {
    first(Answer::json(
        code,
        &json!({"error": {"message": words, "type": "invalid_request_error"}}),
    ))
}

/// Whether only the first request has a field.
fn only_first(heard: &[Heard], field: &str) -> bool {
    heard[0].json().get(field).is_some() && heard[1].json().get(field).is_none()
}

fn messages(heard: &Heard) -> Vec<Value> {
    heard.json()["messages"].as_array().cloned().unwrap_or_default()
}

deviations! {
    stream_options_are_not_known: "old vLLM, Azure API versions, Mistral 422" =>
        refused(400, "Unrecognized request argument supplied: stream_options")
        .looks(|heard| only_first(heard, "stream_options"));
    a_tool_choice_is_not_known: "DeepSeek reasoner; AutoGLM #396: incompatible with thinking" =>
        refused(400, "tool_choice 'required' is incompatible with thinking enabled").ask(Ask::Tools)
        .looks(|heard| only_first(heard, "tool_choice") && heard[1].json().get("tools").is_some());
    the_limit_has_another_name: "OpenAI o-series and later" =>
        refused(400, "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.")
        .looks(|heard| only_first(heard, "max_tokens") && heard[1].json()["max_completion_tokens"] == 256);
    the_effort_is_not_known: "models that do not think" =>
        refused(400, "Unrecognized request argument supplied: reasoning_effort").effort(Effort::Low)
        .looks(|heard| only_first(heard, "reasoning_effort"));
    the_effort_is_sent_as_it_is_wished: "API reference" =>
        given([Answer::says("ok")]).effort(Effort::High)
        .looks(|heard| heard[0].json()["reasoning_effort"] == "high");
    tools_are_not_known: "Ollama: gemma does not support tools" =>
        refused(400, "registry.ollama.ai/library/gemma:2b does not support tools").ask(Ask::Tools)
        .looks(|heard| only_first(heard, "tools") && messages(&heard[1])[0]["content"].to_string().contains("## read"));
    tools_need_a_switch_of_the_server: "vLLM --enable-auto-tool-choice" =>
        refused(400, "\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set")
        .ask(Ask::Tools).looks(|heard| only_first(heard, "tools"));
    tools_need_another_switch: "llama.cpp --jinja, status 500" =>
        refused(500, "tools param requires --jinja flag").ask(Ask::Tools)
        .looks(|heard| only_first(heard, "tools"));
    stops_are_not_known: "OpenAI reasoning models" =>
        refused(400, "Unsupported parameter: 'stop' is not supported with this model.").ask(Ask::Words)
        .looks(|heard| only_first(heard, "stop"));
    a_schema_is_not_known: "DeepSeek: only json_object" =>
        refused(400, "response_format.type `json_schema` is unavailable now").ask(Ask::Held)
        .looks(|heard| only_first(heard, "response_format")
            && messages(&heard[1])[0]["content"].to_string().contains("one fenced block"));
    a_schema_makes_no_grammar: "llama.cpp, status 400" =>
        refused(400, "failed to parse grammar").ask(Ask::Held)
        .looks(|heard| only_first(heard, "response_format"));
    ids_must_have_nine_letters: "Mistral; opencode #1680" =>
        refused(400, "Tool call id was call_1 but must be a-z, A-Z, 0-9, with a length of 9.").ask(Ask::Talk)
        .looks(|heard| {
            let list = messages(&heard[1]);
            let calls = list[2]["tool_calls"].as_array().unwrap();
            let ids: Vec<&Value> = calls.iter().map(|call| &call["id"]).collect();
            ids == [&list[3]["tool_call_id"], &list[4]["tool_call_id"]]
                && ids == ["c00000000", "c00000001"]
        });
    thoughts_must_be_sent_back: "DeepSeek V4; openagent #2206" =>
        refused(400, "The `reasoning_content` in the thinking mode must be passed back to the API.").ask(Ask::Talk)
        .looks(|heard| {
            let thought = |at: usize| messages(&heard[at])[2].get("reasoning_content").cloned();
            (thought(0), thought(1)) == (None, Some(json!("hm")))
        });
    signatures_must_be_sent_back: "Gemini 3; goose #6035" =>
        refused(400, "Function call is missing a thought_signature in functionCall parts.").ask(Ask::Talk)
        .looks(|heard| {
            let calls = messages(&heard[1])[2]["tool_calls"].clone();
            calls[0]["extra_content"]["google"]["thought_signature"].is_string()
                && calls[1].get("extra_content").is_none()
        });
    nothing_that_was_not_sent_is_left_out: "a refusal that names what is not there" =>
        given([Answer::json(400, &json!({"error": "bad temperature"}))])
        .fault(chargehand::domain::FaultClass::Protocol, "temperature");
    the_responses_api_is_not_there: "most servers: 404" =>
        given([Answer::of(404, "text/plain", "not found"), Answer::says("ok")]).api(Api::Responses)
        .fault(chargehand::domain::FaultClass::Protocol, "not found");
    the_responses_api_is_named_in_the_refusal: "vLLM, llama.cpp" =>
        given([Answer::json(404, &json!({"error": {"message": "File Not Found: /v1/responses"}}))])
        .api(Api::Responses)
        .fault(chargehand::domain::FaultClass::Protocol, "/v1/responses");
}
