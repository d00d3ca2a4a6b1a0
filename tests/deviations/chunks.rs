//! Events of a stream that are not as the reference has them.

use chargehand::domain::FaultClass;
use serde_json::{Value, json};

use super::case::{Case, deviations, events, stream};

/// A choice as the only thing in its event.
fn choice(choice: Value) -> Value {
    json!({ "choices": [choice] })
}

fn ok() -> Value {
    choice(json!({"index": 0, "delta": {"content": "ok"}}))
}

fn stop() -> Value {
    choice(json!({"index": 0, "delta": {}, "finish_reason": "stop"}))
}

/// Two events that say `ok`, each with these fields around its choice.
fn around(fields: &Value) -> Case {
    let with = |mut event: Value| {
        for (name, value) in fields.as_object().unwrap() {
            event[name] = value.clone();
        }
        event
    };
    events(&[with(ok()), with(stop())])
}

/// A call in one piece, with these fields.
fn call(fields: Value) -> Case {
    events(&[
        choice(json!({"index": 0, "delta": {"tool_calls": [fields]}})),
        choice(json!({"index": 0, "delta": {}, "finish_reason": "tool_calls"})),
    ])
}

/// Pieces of calls, and the reason that the server gives at the end.
fn pieces(list: &[Value], reason: &str) -> Case {
    let mut all: Vec<Value> = list
        .iter()
        .map(|piece| choice(json!({"index": 0, "delta": {"tool_calls": [piece]}})))
        .collect();
    all.push(choice(json!({"index": 0, "delta": {}, "finish_reason": reason})));
    events(&all)
}

/// `ok`, ended with this reason.
fn ended(reason: Value) -> Case {
    events(&[ok(), choice(json!({"delta": {}, "finish_reason": reason}))])
}

/// `ok`, and what was counted.
fn counted(usage: Value) -> Case {
    events(&[ok(), stop(), json!({"choices": [], "usage": usage})])
}

const READ: &[(&str, &str)] = &[("read", "{\"path\":\"x\"}")];
const READ_TWO: &[(&str, &str)] = &[("read", "{\"path\":\"x\"}"), ("read", "{\"path\":\"y\"}")];

fn function(path: &str) -> Value {
    json!({"name": "read", "arguments": json!({"path": path}).to_string()})
}

deviations! {
    the_id_is_missing: "OpenVINO; async-openai PR #408" => around(&json!({"object": "x"}));
    the_id_is_null: "Gemini; autogen #4878" => around(&json!({"id": null}));
    object_created_and_model_are_null: "gateways" =>
        around(&json!({"object": null, "created": null, "model": null}));
    created_is_a_fraction: "gateways: time in milliseconds" => around(&json!({"created": 1.7e12}));
    the_service_tier_is_empty: "async-openai typed parser" => around(&json!({"service_tier": ""}));
    usage_is_null_on_every_event: "OpenAI with include_usage" => around(&json!({"usage": null}));
    usage_is_an_empty_object: "MiniMax; zed #42893" =>
        around(&json!({"usage": {}, "base_resp": {"status_code": 0}}));
    an_error_is_null: "gateways" => around(&json!({"error": null}));
    the_choices_are_null_at_first: "Azure, gateways" =>
        events(&[json!({"choices": null}), ok(), stop()]);
    the_first_event_has_no_choices: "Azure prompt_filter_results; async-openai #74" =>
        events(&[json!({"choices": [], "prompt_filter_results": [{"index": 0}]}), ok(), stop()]);
    the_choice_has_no_index: "ollama" =>
        events(&[choice(json!({"delta": {"content": "ok"}})), stop()]);
    the_delta_is_null: "gateways" =>
        events(&[ok(), choice(json!({"index": 0, "delta": null})), stop()]);
    the_delta_is_missing_at_the_end: "gateways" =>
        events(&[ok(), choice(json!({"index": 0, "finish_reason": "stop"}))]);
    the_finish_reason_is_empty_until_the_end: "sglang #3912, maple-proxy #3" =>
        events(&[choice(json!({"delta": {"content": "ok"}, "finish_reason": ""})), stop()]);
    the_finish_reason_is_a_word_of_its_own: "TGI #2296: eos_token" => ended(json!("eos_token"));
    the_finish_reason_is_in_capitals: "Gemini: STOP" => ended(json!("STOP"));
    the_finish_reason_is_that_of_another_api: "Anthropic gateways" => ended(json!("end_turn"));
    the_finish_reason_is_unknown: "whoever comes next" => ended(json!("whim_of_the_day"));
    the_finish_reason_is_an_error: "OpenRouter: errors mid-stream" =>
        ended(json!("error")).fault(FaultClass::Overload, "broke off").tries(6);
    the_finish_reason_is_an_abort: "vLLM, SGLang" =>
        ended(json!("abort")).fault(FaultClass::Overload, "abort").tries(6);
    the_finish_reason_is_a_filter: "OpenAI, Azure" =>
        ended(json!("content_filter")).fault(FaultClass::ContentFilter, "content filter");
    the_finish_reason_is_a_filter_by_another_name: "Gemini: SAFETY" =>
        ended(json!("SAFETY")).fault(FaultClass::ContentFilter, "content filter");
    the_role_is_empty: "gateways" =>
        events(&[choice(json!({"delta": {"role": "", "content": "ok"}})), stop()]);
    the_role_is_that_of_another_api: "Gemini: model" =>
        events(&[choice(json!({"delta": {"role": "model", "content": "ok"}})), stop()]);
    the_content_is_a_list_of_parts: "Mistral, gateways" =>
        events(&[choice(json!({"delta": {"content": [{"type": "text", "text": "ok"}]}})), stop()]);
    the_logprobs_are_an_empty_list: "async-openai typed parser" =>
        events(&[choice(json!({"delta": {"content": "ok"}, "logprobs": []})), stop()]);
    a_second_choice_talks_in_between: "n > 1 of gateways" =>
        events(&[choice(json!({"index": 1, "delta": {"content": "no"}})), ok(), stop()]);
    an_event_holds_a_whole_message: "gateways that do not stream" =>
        events(&[choice(json!({"message": {"content": "ok"}, "finish_reason": "stop"}))]);
    the_text_goes_on_after_the_finish_reason: "gateways that flush late" =>
        events(&[choice(json!({"delta": {"content": "o"}})), stop(),
            choice(json!({"delta": {"content": "k"}}))]);
    half_a_surrogate_pair_stands_in_the_text: "llama.cpp, token boundaries" =>
        stream("data: {\"choices\":[{\"delta\":{\"content\":\"o\\ud83d\"}}]}\n\n\
            data: {\"choices\":[{\"delta\":{\"content\":\"k\"},\"finish_reason\":\"stop\"}]}\n\n")
        .says("o\u{fffd}k");
    a_number_is_not_a_number: "Python servers: NaN" =>
        stream("data: {\"choices\":[{\"delta\":{\"content\":\"ok\"},\"logprobs\":{\"p\":NaN}}]}\n\n\
            data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
    the_counts_are_fractions: "gateways" =>
        counted(json!({"prompt_tokens": 10.0, "completion_tokens": 3.0})).usage(10, 3);
    the_counts_are_texts: "gateways" =>
        counted(json!({"prompt_tokens": "10", "completion_tokens": "3"})).usage(10, 3);
    the_counts_are_negative: "gateways: -1 for unknown" =>
        counted(json!({"prompt_tokens": -1, "completion_tokens": -1}));
    the_counts_have_the_other_names: "Anthropic gateways" =>
        counted(json!({"input_tokens": 10, "output_tokens": 3})).usage(10, 3);
    usage_comes_in_a_last_event_without_choices: "OpenAI" =>
        counted(json!({"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13})).usage(10, 3);
    usage_grows_along_with_the_answer: "vLLM continuous_usage_stats" =>
        events(&[json!({"choices": [{"delta": {"content": "ok"}}],
                "usage": {"prompt_tokens": 10, "completion_tokens": 1}}),
            json!({"choices": [{"delta": {}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 10, "completion_tokens": 3}})]).usage(10, 3);
    thoughts_come_as_reasoning_content: "DeepSeek, llama.cpp, vLLM" =>
        events(&[choice(json!({"delta": {"reasoning_content": "hm"}})), ok(), stop()]).reasoning("hm");
    thoughts_come_as_reasoning: "OpenRouter, Ollama" =>
        events(&[choice(json!({"delta": {"reasoning": "hm", "reasoning_details": []}})), ok(), stop()])
        .reasoning("hm");
    thoughts_stand_in_the_text: "servers without a reasoning parser" =>
        events(&[choice(json!({"delta": {"content": "<think>hm</think>"}})), ok(), stop()])
        .reasoning("hm");
    a_call_has_no_index: "ollama #7881" =>
        call(json!({"id": "a", "type": "function", "function": function("x")})).calls(READ);
    a_call_has_the_index_null: "ollama #7881" =>
        call(json!({"index": null, "id": "a", "function": function("x")})).calls(READ);
    a_call_has_a_negative_index: "gateways" =>
        call(json!({"index": -1, "id": "a", "function": function("x")})).calls(READ);
    a_call_has_no_id: "vllm #18412, ollama #6462" =>
        call(json!({"index": 0, "function": function("x")})).calls(READ);
    a_call_has_an_empty_type: "async-openai typed parser" =>
        call(json!({"index": 0, "id": "a", "type": "", "function": function("x")})).calls(READ);
    the_arguments_are_an_object: "ollama, gateways" =>
        call(json!({"index": 0, "id": "a", "function": {"name": "read", "arguments": {"path": "x"}}}))
        .calls(READ);
    the_arguments_are_encoded_twice: "gateways" =>
        call(json!({"index": 0, "id": "a",
            "function": {"name": "read", "arguments": "\"{\\\"path\\\":\\\"x\\\"}\""}})).calls(READ);
    the_arguments_are_null: "vllm #10589" =>
        call(json!({"index": 0, "id": "a", "function": {"name": "read", "arguments": null}}))
        .calls(&[("read", "{}")]);
    the_arguments_are_empty: "vllm #47901" =>
        call(json!({"index": 0, "id": "a", "function": {"name": "read", "arguments": ""}}))
        .calls(&[("read", "{}")]);
    a_call_is_in_the_old_form: "servers from before tools" =>
        events(&[choice(json!({"delta": {"function_call": function("x")}})),
            choice(json!({"delta": {}, "finish_reason": "function_call"}))]).calls(READ);
    parallel_calls_all_have_the_index_zero: "Gemini; python-genai #2868, hermes #62937" =>
        pieces(&[json!({"index": 0, "id": "a", "function": function("x")}),
            json!({"index": 0, "id": "b", "function": function("y")})], "tool_calls").calls(READ_TWO);
    parallel_calls_have_the_index_zero_and_empty_ids: "Gemini; gcli2api #406" =>
        pieces(&[json!({"index": 0, "id": "", "function": function("x")}),
            json!({"index": 0, "id": "", "function": function("y")})], "stop").calls(READ_TWO);
    the_name_is_repeated_with_each_piece: "vllm #9693" =>
        pieces(&[json!({"index": 0, "id": "a", "function": {"name": "read", "arguments": "{\"path\":"}}),
            json!({"index": 0, "id": "a", "function": {"name": "read", "arguments": "\"x\"}"}})],
            "tool_calls").calls(READ);
    a_call_is_sent_again_whole: "gateways that close with a summary" =>
        pieces(&[json!({"index": 0, "id": "a", "function": function("x")}),
            json!({"index": 0, "id": "a", "function": function("x")})], "tool_calls").calls(READ);
    calls_end_with_stop: "Gemini; litellm #24453" =>
        pieces(&[json!({"index": 0, "id": "a", "function": function("x")})], "stop").calls(READ);
    the_arguments_are_cut_and_the_reason_says_tool_calls: "hermes #7693, oh-my-pi #1786" =>
        pieces(&[json!({"index": 0, "id": "a", "function": {"name": "read", "arguments": "{\"path\":\"x"}})],
            "tool_calls").cut();
    the_output_limit_is_reached_with_a_whole_call_pending: "localharness #77, byllm #6766" =>
        pieces(&[json!({"index": 0, "id": "a", "function": function("x")})], "length").cut();
    the_arguments_are_no_object: "small models" =>
        pieces(&[json!({"index": 0, "id": "a", "function": {"name": "read", "arguments": "[1]"}})],
            "tool_calls").malformed("expected an object");
    a_call_names_no_tool: "vLLM parser crashes: #47734" =>
        pieces(&[json!({"index": 0, "id": "a", "function": {"arguments": "{}"}})], "tool_calls")
        .malformed("names no tool");
    the_model_calls_without_end: "runaway decoding" => {
        let many: Vec<Value> = (0..200)
            .map(|at| json!({"index": at, "id": format!("c{at}"), "function": function("x")}))
            .collect();
        pieces(&many, "tool_calls").malformed("more than 64 calls")
    };
    nothing_is_said_and_all_is_well: "LM Studio #2339, Gemini: STOP without parts" =>
        events(&[stop()]).fault(FaultClass::Model, "empty answer").tries(3);
    nothing_is_said_for_want_of_room: "llama.cpp, vLLM" =>
        events(&[choice(json!({"delta": {}, "finish_reason": "length"}))])
        .fault(FaultClass::ContextOverflow, "no room to answer");
}
