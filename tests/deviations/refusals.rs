//! Statuses, error bodies, waits that are asked for, and where the key goes.

use chargehand::domain::FaultClass;
use serde_json::{Value, json};

use super::{
    case::{Case, KEY, deviations, first, given, refusal, status},
    server::Answer,
};

/// An error in OpenAI's form.
fn error(message: &str, code: &str) -> Value {
    json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": code}})
}

/// A request that is too large, in the words of one server.
fn overflow(code: u16, body: &Value) -> Case {
    refusal(code, body).fault(FaultClass::ContextOverflow, "")
}

/// 429 with this wait, and a sound answer to the next request.
fn busy(headers: &[(&str, &str)]) -> Case {
    let all: Vec<(&str, &str)> = headers.iter().copied().chain([("content-length", "0")]).collect();
    first(Answer::head(429, &all))
}

deviations! {
    busy_in_the_reference_s_form: "OpenAI" => first(Answer::json(429, &error("slow", "rate_limit_exceeded")));
    busy_with_a_number_for_a_code: "OpenRouter: async-openai does not retry it" =>
        first(Answer::json(429, &json!({"error": {"code": 429, "message": "slow"}})));
    busy_as_a_web_page: "proxies" => first(Answer::of(429, "text/html", "<html>slow</html>"));
    busy_without_a_body: "proxies" => first(Answer::of(429, "text/plain", ""));
    overloaded_with_a_status_of_its_own: "Anthropic 529" =>
        first(Answer::json(529, &json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})));
    a_timeout_of_the_server: "408" => first(Answer::of(408, "text/plain", "timeout"));
    trouble_as_a_web_page: "proxies: 500" => first(Answer::of(500, "text/html", "<html>oops</html>"));
    a_model_that_is_still_loading: "llama.cpp 503" =>
        first(Answer::json(503, &json!({"error": {"code": 503, "message": "Loading model", "type": "unavailable_error"}})));
    a_bad_gateway: "OpenRouter 502" => first(Answer::of(502, "text/plain", ""));
    too_early: "proxies: 425" => first(Answer::of(425, "text/plain", ""));
    trouble_that_does_not_end: "any" =>
        status(503, "text/plain", "down").fault(FaultClass::Overload, "answered 503: down (tried 6 times)").tries(6);
    the_wait_is_zero_seconds: "Retry-After in seconds" => busy(&[("retry-after", "0")]);
    the_wait_is_a_fraction: "Retry-After: 0.05" => busy(&[("retry-after", "0.05")]);
    the_wait_is_in_milliseconds: "OpenAI retry-after-ms" => busy(&[("retry-after-ms", "20"), ("retry-after", "3600")]);
    the_wait_is_a_date: "RFC 9110 HTTP-date" => busy(&[
        ("date", "Wed, 21 Oct 2026 07:28:00 GMT"), ("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")]);
    the_wait_is_a_date_in_the_past: "clocks" => busy(&[
        ("date", "Wed, 21 Oct 2026 07:28:00 GMT"), ("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")]);
    the_wait_is_no_time_at_all: "gateways" => busy(&[("retry-after", "soon")]);
    the_wait_is_an_hour: "async-openai sleeps an hour" =>
        given([Answer::head(429, &[("retry-after", "3600"), ("content-length", "0")])])
        .fault(FaultClass::Rate, "429");
    the_wait_stands_in_the_words: "OpenAI, Groq: try again in 20ms" =>
        first(Answer::json(429, &error("Rate limit reached. Please try again in 20ms.", "rate_limit_exceeded")));
    the_wait_in_the_words_is_an_hour: "OpenAI, Groq" =>
        refusal(429, &error("Rate limit reached. Please try again in 1h2m.", "rate_limit_exceeded"))
        .fault(FaultClass::Rate, "Rate limit reached");
    the_wait_stands_in_the_details: "Gemini retryDelay" =>
        refusal(429, &json!([{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "slow",
            "details": [{"@type": "x/RetryInfo", "retryDelay": "3600s"}]}}]))
        .fault(FaultClass::Rate, "slow");

    the_key_is_refused_in_plain_words: "async-openai hides the cause" =>
        status(401, "text/plain", "no way").fault(FaultClass::Auth, "no way");
    the_key_is_refused_in_an_array: "Gemini 400" =>
        refusal(400, &json!([{"error": {"code": 400, "message": "API key not valid", "status": "INVALID_ARGUMENT"}}]))
        .fault(FaultClass::Auth, "API key not valid");
    the_key_is_echoed_by_the_server: "gateways: it must not be shown" =>
        status(401, "text/plain", &format!("bad key Bearer {KEY}"))
        .fault(FaultClass::Auth, "bad key Bearer [key]");
    the_key_is_echoed_by_the_model: "gateways that put headers into prompts" =>
        given([Answer::says(&format!("your key is {KEY}"))]).says("your key is [key]");
    the_key_is_asked_for_elsewhere: "a redirect: the key stays where it belongs" =>
        given([Answer::head(307, &[("location", "http://127.0.0.2:9/v1/chat/completions"), ("content-length", "0")])])
        .fault(FaultClass::Protocol, "go to http://127.0.0.2:9");
    the_account_is_empty_with_429: "OpenAI insufficient_quota; astron-agent #1573" =>
        refusal(429, &error("You exceeded your current quota", "insufficient_quota")).fault(FaultClass::Quota, "quota");
    the_account_is_empty_with_400: "Anthropic" =>
        refusal(400, &error("Your credit balance is too low", "x")).fault(FaultClass::Quota, "credit");
    the_account_is_empty_with_402: "DeepSeek, OpenRouter" => status(402, "text/plain", "").fault(FaultClass::Quota, "402");
    the_content_is_refused: "Azure" =>
        refusal(400, &error("The response was filtered due to Azure's content management policy", "content_filter"))
        .fault(FaultClass::ContentFilter, "filtered");
    the_content_is_refused_with_403: "OpenRouter" =>
        refusal(403, &json!({"error": {"message": "input was flagged", "metadata": {"raw": "moderation"}}}))
        .fault(FaultClass::ContentFilter, "flagged");
    the_model_is_not_known: "OpenAI, Ollama" =>
        refusal(404, &json!({"error": {"message": "model 'm' not found, try pulling it first"}}))
        .fault(FaultClass::Protocol, "not found");
    the_path_is_not_known: "a base URL without /v1" =>
        status(404, "text/plain", "404 page not found").fault(FaultClass::Protocol, "404 page");
    the_method_is_not_known: "static file servers: 501" =>
        status(501, "text/html", "<html><title>Error response</title>").fault(FaultClass::Protocol, "501");

    overflow_of_openai: "OpenAI" =>
        overflow(400, &error("This model's maximum context length is 8192 tokens", "context_length_exceeded"));
    overflow_of_vllm: "vLLM" =>
        overflow(400, &json!({"object": "error", "message": "This model's maximum context length is 4096 tokens. However, you requested 5000", "code": 400}));
    overflow_of_llama_cpp: "PR #15780: the code may be 500" =>
        overflow(500, &json!({"error": {"code": 500, "message": "the request exceeds the available context size. try increasing the context size", "type": "exceed_context_size_error", "n_prompt_tokens": 5000, "n_ctx": 4096}}));
    overflow_of_lm_studio: "lmstudio #2322" =>
        overflow(400, &json!({"error": "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096"}));
    overflow_of_anthropic: "Anthropic" =>
        overflow(400, &json!({"type": "error", "error": {"type": "invalid_request_error", "message": "prompt is too long: 210000 tokens > 200000 maximum"}}));
    overflow_of_gemini: "Gemini" =>
        overflow(400, &json!([{"error": {"code": 400, "message": "The input token count (1000001) exceeds the maximum number of tokens allowed (1000000)."}}]));
    overflow_of_ollama: "Ollama" => overflow(400, &json!({"error": {"message": "input length exceeds the context length"}}));
    overflow_of_mistral: "Mistral" =>
        overflow(400, &json!({"object": "error", "message": "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length", "code": 3051}));
    overflow_of_groq: "Groq" =>
        overflow(400, &error("Please reduce the length of the messages or completion.", "context_length_exceeded"));
    overflow_of_xai: "xAI" => overflow(400, &json!({"error": "This model's maximum prompt length is 131072 but the request contains 200000 tokens."}));
    overflow_of_tgi: "TGI" => overflow(422, &json!({"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096", "error_type": "validation"}));
    overflow_of_sglang: "SGLang" => overflow(400, &json!({"object": "error", "message": "The input (5000 tokens) is longer than the model's context length (4096 tokens)."}));
    overflow_of_zhipu: "Zhipu" => overflow(400, &json!({"error": {"code": "1261", "message": "Prompt exceeds max length: tokens in request more than max tokens allowed"}}));
    overflow_of_dashscope: "DashScope" => overflow(400, &json!({"error": {"code": "InvalidParameter", "message": "Range of input length should be [1, 30720]"}}));
    overflow_of_moonshot: "Moonshot" => overflow(400, &json!({"error": {"message": "Invalid request: Your request exceeded model token limit: 131072", "type": "invalid_request_error"}}));
    overflow_of_a_proxy: "nginx 413" => overflow(413, &json!({"error": "Request Entity Too Large"}));
    overflow_in_words_of_nobody_known: "the next gateway" =>
        overflow(400, &json!({"error": {"message": "sorry, 9000 tokens exceed what fits into our context"}}));
    too_many_tokens_a_minute_is_no_overflow: "OpenAI TPM" =>
        first(Answer::json(429, &error("Request too large: limit 30000 tokens per minute (TPM), input exceeds it", "rate_limit_exceeded")));
    a_refusal_in_words_of_nobody_known: "the next gateway" =>
        refusal(418, &json!({"detail": "I am a teapot"})).fault(FaultClass::Protocol, "teapot");
    a_refusal_that_is_a_list: "FastAPI 422" =>
        refusal(422, &json!({"detail": [{"loc": ["body", "messages"], "msg": "field required", "type": "missing"}]}))
        .fault(FaultClass::Protocol, "field required");
    a_refusal_without_an_end: "hostile servers" =>
        given([Answer::head(400, &[]).bytes("bad request ").repeating(vec![b'x'; 4096])])
        .fault(FaultClass::Protocol, "bad request");
}
