//! Bodies and connections that are not as they should be.

use chargehand::domain::FaultClass;
use serde_json::{Value, json};

use super::{
    case::{Ask, deviations, first, given, status, stream},
    server::Answer,
};

const OK: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"ok\"}}]}\n\n";
const STOP: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";

fn both() -> String {
    format!("{OK}{STOP}")
}

fn delta() -> Value {
    json!({"choices": [{"delta": {"content": "Hel"}}]})
}

fn call() -> Value {
    json!({"choices": [{"delta": {"tool_calls":
        [{"index": 0, "id": "c", "function": {"name": "read", "arguments": "{}"}}]}}]})
}

fn chunked(body: &str) -> Answer {
    let head = [("content-type", "text/event-stream"), ("transfer-encoding", "chunked")];
    Answer::head(200, &head).bytes(body)
}

deviations! {
    comments_keep_the_connection_alive: "OpenRouter: `: OPENROUTER PROCESSING`" =>
        stream(format!(": OPENROUTER PROCESSING\n\n: x\n\n{}data: [DONE]\n\n", both()));
    done_has_a_blank_behind_it: "gateways" => stream(format!("{}data: [DONE] \n\n", both()));
    done_never_comes: "Azure, vLLM behind proxies" => stream(both());
    an_event_is_empty: "async-openai #522" => stream(format!("data: \n\ndata:\n\n{}", both()));
    an_event_says_ping: "gateways" => stream(format!("event: ping\ndata: ping\n\n{}", both()));
    the_lines_end_with_carriage_returns: "Windows servers" =>
        stream(both().replace('\n', "\r\n"));
    the_lines_end_with_carriage_returns_alone: "the standard allows it" =>
        stream(both().replace('\n', "\r"));
    the_last_event_has_no_blank_line: "Ollama behind proxies" =>
        stream(both().trim_end().to_owned());
    an_event_is_written_over_several_lines: "the standard allows it" =>
        stream(both().replace("[{\"delta\"", "\ndata: [{\"delta\""));
    there_is_no_blank_behind_data: "the standard allows it" =>
        stream(both().replace("data: ", "data:"));
    a_byte_order_mark_comes_first: ".NET servers" => stream(format!("\u{feff}{}", both()));
    a_byte_is_not_utf8: "token boundaries of local servers" => {
        let mut bytes = OK.as_bytes().to_vec();
        let place = bytes.windows(2).position(|two| two == b"ok").unwrap();
        bytes[place] = 0xff;
        bytes.extend_from_slice(STOP.as_bytes());
        stream(bytes).says("\u{fffd}k")
    };
    an_event_is_no_json: "gateways that cut long lines" =>
        given([Answer::stream().bytes("data: {\"choices\":[{\"del\n\n").bytes(both()), Answer::says("ok")])
        .tries(2);
    the_stream_has_no_content_type: "hand-made servers" => given([Answer::head(200, &[]).bytes(both())]);
    the_stream_calls_itself_json: "LM Studio, gateways" =>
        given([Answer::head(200, &[("content-type", "application/json")]).bytes(both())]);
    a_whole_document_comes_instead_of_a_stream: "servers that ignore `stream`" =>
        given([Answer::json(200, &json!({"choices": [{"message": {"role": "assistant", "content": "ok"},
            "finish_reason": "stop"}], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}))])
        .usage(3, 1);
    a_whole_document_says_it_is_a_stream: "gateways" =>
        status(200, "text/event-stream",
            "{\"choices\":[{\"message\":{\"content\":\"ok\"},\"finish_reason\":\"stop\"}]}");
    the_connection_breaks_after_the_finish_reason: "proxies" =>
        given([Answer::stream().bytes(both()).reset()]);
    the_stream_ends_before_the_model_is_done: "opencode #39968: shown as a whole answer" =>
        given([Answer::stream().event(&delta())]).fault(FaultClass::Network, "ended its answer").tries(6);
    the_stream_is_done_without_a_finish_reason: "proxies that add [DONE]" =>
        given([Answer::stream().event(&delta()).bytes("data: [DONE]\n\n")])
        .fault(FaultClass::Network, "ended its answer").tries(6);
    the_stream_is_done_and_nothing_was_said: "LM Studio #2339: context overflow" =>
        given([Answer::stream().bytes("data: [DONE]\n\n")])
        .fault(FaultClass::Protocol, "returned nothing").tries(3);
    a_call_is_whole_and_the_stream_ends: "any server that dies" =>
        given([Answer::stream().event(&call())]).ask(Ask::Tools)
        .fault(FaultClass::Network, "ended its answer").tries(6);
    the_stream_ends_within_an_event: "any server that dies" =>
        given([Answer::stream().event(&delta()).bytes("data: {\"choices\":[{\"delta\":{},\"finish_rea")])
        .fault(FaultClass::Network, "").tries(6);
    the_body_ends_within_a_chunk: "any server that dies" =>
        given([chunked("20\r\ndata: {\"choices\":")]).fault(FaultClass::Network, "broke").tries(6);
    the_connection_is_reset_before_the_head: "servers that restart" =>
        given([Answer::nothing().reset(), Answer::says("ok")]).tries(2);
    the_connection_is_closed_before_the_head: "servers that restart" =>
        given([Answer::nothing(), Answer::says("ok")]).tries(2);
    the_body_is_empty: "gateways" =>
        given([Answer::of(200, "text/event-stream", ""), Answer::says("ok")]).tries(2);
    the_body_stays_empty: "any server at the wrong address" =>
        status(200, "application/json", " \n").fault(FaultClass::Network, "an empty body").hints("/v1").tries(6);
    json_of_another_server_stands_there: "health checks at the wrong address" =>
        given([Answer::json(200, &json!({"status": "up", "version": "1.2"}))])
        .fault(FaultClass::Protocol, "\"version\":\"1.2\"").hints("--base-url");
    an_empty_list_of_another_server_stands_there: "any REST server" =>
        given([Answer::json(200, &json!([]))]).fault(FaultClass::Protocol, "no model's").hints("/v1");
    words_in_json_of_another_server_stand_there: "any REST server" =>
        given([Answer::json(200, &json!({"message": "welcome"}))])
        .fault(FaultClass::Overload, "welcome").hints("/v1").tries(6);
    a_web_page_stands_there: "captive portals" =>
        status(200, "text/html", "<html><title>Hotel WiFi</title>")
        .fault(FaultClass::Protocol, "a web page titled \"Hotel WiFi\"");
    a_web_page_calls_itself_a_stream: "captive portals" =>
        stream("<!doctype html><html><title>Log in</title>").fault(FaultClass::Protocol, "a web page");
    plain_words_stand_there_with_200: "proxies" =>
        status(200, "text/plain", "upstream connect error or disconnect/reset before headers")
        .fault(FaultClass::Protocol, "upstream connect error").tries(3);
    plain_words_of_an_overflow_stand_there_with_200: "LM Studio #2322" =>
        stream("data: Error: Trying to keep the first 5000 tokens when context overflows; the model \
            is loaded with context length of only 4096\n\n")
        .fault(FaultClass::ContextOverflow, "context length");
    an_error_object_stands_there_with_200: "OpenRouter, LM Studio" =>
        status(200, "application/json", "{\"error\":{\"message\":\"context size has been exceeded\"}}")
        .fault(FaultClass::ContextOverflow, "context size");
    an_error_object_comes_in_the_middle: "OpenRouter: errors mid-stream; llama.cpp #14566" =>
        first(Answer::stream().event(&delta())
            .event(&json!({"error": {"code": 502, "message": "upstream"},
                "choices": [{"delta": {}, "finish_reason": "error"}]})));
    an_error_in_the_middle_has_its_code_as_text: "OpenRouter; opik #3499" =>
        first(Answer::stream().event(&delta())
            .event(&json!({"error": {"code": "429", "message": "slow down"}})));
    an_event_is_named_error: "Anthropic gateways" =>
        given([Answer::stream().event(&delta())
            .bytes("event: error\ndata: {\"code\":401,\"message\":\"revoked\"}\n\n")])
        .fault(FaultClass::Auth, "revoked");
    an_error_comes_beside_an_empty_answer: "MiniMax base_resp" =>
        given([Answer::json(200, &json!({"choices": null,
            "base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}))])
        .fault(FaultClass::Quota, "insufficient balance");
    an_error_has_no_wrapping: "vLLM: {\"object\":\"error\"}" =>
        given([Answer::json(200, &json!({"object": "error", "message": "maximum context length is 8192"}))])
        .fault(FaultClass::ContextOverflow, "maximum context length");
    the_answer_is_packed_although_nobody_asked: "misconfigured proxies" =>
        given([Answer::head(200, &[("content-encoding", "gzip")]).bytes(vec![0x1f, 0x8b, 8, 0])])
        .fault(FaultClass::Protocol, "packed as gzip");
    one_event_does_not_end: "hostile servers; async-openai: 90 s of CPU" =>
        given([Answer::stream().bytes("data: ").repeating(vec![b'x'; 64 * 1024])])
        .fault(FaultClass::Protocol, "larger than 4 MiB");
    the_model_does_not_end: "hostile servers; async-openai: 700 MB" => {
        let long = json!({"choices": [{"delta": {"content": "x".repeat(30_000)}}]});
        given([Answer::stream().repeating(format!("data: {long}\n\n"))])
            .fault(FaultClass::Protocol, "does not end")
    };
    only_comments_come_without_end: "hostile servers" =>
        given([Answer::stream().repeating(": keep-alive\n\n".repeat(4096))])
        .fault(FaultClass::Protocol, "larger than 64 MiB");
    nothing_comes_not_even_a_head: "hung servers" =>
        given([Answer::nothing().silence()]).impatient().fault(FaultClass::Network, "said nothing");
    nothing_comes_after_the_head: "hung servers; codex #9727" =>
        given([Answer::stream().silence()]).impatient().fault(FaultClass::Network, "said nothing");
    the_answer_falls_silent_in_the_middle: "hung servers; codex #3478" =>
        given([Answer::stream().event(&delta()).silence()]).impatient()
        .fault(FaultClass::Network, "fell silent");
    the_body_stays_open_after_done: "servers that keep the connection" =>
        given([Answer::stream().bytes(both()).bytes("data: [DONE]\n\n").silence()]).impatient();
}
