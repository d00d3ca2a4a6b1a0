//! How many tokens a model's window holds, as its server tells it: each in its own document.

use serde_json::Value;

/// Documents that tell it, below the server's root, with who has them. They are asked for, in this
/// order, where the list of models does not tell it (as vLLM, OpenRouter and llama.cpp do), and
/// only on this machine.
pub(super) const DOCUMENTS: &[(&str, &str)] = &[
    ("/props", "llama.cpp: default_generation_settings.n_ctx, a slot's share of -c"),
    ("/api/v0/models", "LM Studio: loaded_context_length"),
    ("/api/ps", "Ollama: context_length of what is loaded"),
];

/// Smallest and largest window that is believed.
const LEAST: u64 = 256;
const MOST: u64 = 100_000_000;

/// The window of a model in one of the documents, if it tells.
pub(super) fn of(document: &Value, model: &str) -> Option<u32> {
    let of_server =
        document.pointer("/default_generation_settings/n_ctx").or(document.get("n_ctx"));
    if let Some(tokens) = of_server.and_then(tokens) {
        return Some(tokens);
    }
    let lists = [document.get("data"), document.get("models"), Some(document)];
    let list = lists.into_iter().flatten().find_map(Value::as_array)?;
    let names = ["id", "model", "name", "key"];
    let own = list.iter().find(|one| {
        names.iter().any(|name| one.get(*name).and_then(Value::as_str) == Some(model))
    })?;
    // What is loaded counts; what the model could hold at most does not.
    [
        "/loaded_context_length",
        "/max_model_len",
        "/meta/n_ctx",
        "/top_provider/context_length",
        "/context_length",
    ]
    .iter()
    .find_map(|field| own.pointer(field).and_then(tokens))
}

fn tokens(value: &Value) -> Option<u32> {
    believed(value.as_u64()?)
}

fn believed(number: u64) -> Option<u32> {
    u32::try_from(number).ok().filter(|_| (LEAST..=MOST).contains(&number))
}

/// Words of a refusal, in small letters, behind which the window stands, with who says them so.
const BEHIND: &[(&str, &str)] = &[
    ("maximum context length is ", "OpenAI, vLLM, OpenRouter"),
    ("maximum context length of ", "gateways"),
    ("context length of only ", "LM Studio #2322"),
    ("context length of ", "gateways"),
    ("context length (", "SGLang"),
    ("context size (", "llama.cpp since 2025-10"),
    ("n_ctx ", "llama.cpp PR #15780, its field beside the words"),
    ("context window of ", "gateways"),
    ("maximum prompt length is ", "xAI"),
    ("maximum number of tokens allowed (", "Gemini"),
    ("model token limit: ", "Moonshot"),
    ("tokens > ", "Anthropic"),
    ("must be <= ", "TGI"),
    ("must have less than ", "TGI, older"),
    ("exceeds the limit of ", "Copilot: vscode #289514"),
    ("in the prompt cannot exceed ", "Cohere's errors"),
    ("max size: ", "GitHub Models: aider #2296"),
];
/// The same, where it stands before them.
const BEFORE: &[(&str, &str)] = &[(" maximum context length", "Mistral")];

/// The window that a refusal names, if it does.
pub(super) fn in_words(refusal: &str) -> Option<u32> {
    let small = refusal.to_lowercase();
    let digits = |letter: char| letter.is_ascii_digit() || letter == ',';
    let number = |text: &str| believed(text.replace(',', "").parse().ok()?);
    let behind = BEHIND.iter().find_map(|(words, _)| {
        let (_, rest) = small.split_once(words)?;
        number(&rest[..rest.find(|letter| !digits(letter)).unwrap_or(rest.len())])
    });
    behind.or_else(|| {
        BEFORE.iter().find_map(|(words, _)| {
            let (rest, _) = small.split_once(words)?;
            number(&rest[rest.trim_end_matches(digits).len()..])
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_server_names_the_window_in_its_own_words_when_it_refuses() {
        for (refusal, wanted) in [
            (
                "This model's maximum context length is 8192 tokens. However, you requested 9000",
                Some(8_192),
            ),
            (
                "Trying to keep the first 5000 tokens when context overflows. However, the model is loaded with context length of only 4096",
                Some(4_096),
            ),
            (
                "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
                Some(4_096),
            ),
            (
                "request (5000 tokens) exceeds the available context size (4352 tokens), try increasing it",
                Some(4_352),
            ),
            ("the request exceeds the available context size: n_ctx 4096", Some(4_096)),
            ("prompt is too long: 210000 tokens > 200000 maximum", Some(200_000)),
            (
                "The input token count (1000001) exceeds the maximum number of tokens allowed (1,000,000).",
                Some(1_000_000),
            ),
            (
                "Prompt contains 40000 tokens, too large for model with 32768 maximum context length",
                Some(32_768),
            ),
            ("`inputs` tokens + `max_new_tokens` must be <= 4096", Some(4_096)),
            ("Your request exceeded model token limit: 131072", Some(131_072)),
            ("prompt token count of 184399 exceeds the limit of 128000", Some(128_000)),
            (
                "total number of tokens in the prompt cannot exceed 4081 - received 4292",
                Some(4_081),
            ),
            ("`inputs` must have less than 4095 tokens. Given: 5000", Some(4_095)),
            ("Request body too large for gpt-4o model. Max size: 8000 tokens.", Some(8_000)),
            ("input length exceeds the context length", None),
            ("the context length (of 4096) is too small", None),
            ("maximum context length is 99999999999999999999", None),
            ("maximum context length is 3", None),
        ] {
            assert_eq!(in_words(refusal), wanted, "{refusal}");
        }
    }

    #[test]
    fn each_server_tells_the_window_in_its_own_way() {
        for (document, wanted) in [
            (
                json!({"object": "list", "data": [{"id": "a"}, {"id": "m", "max_model_len": 8192}]}),
                Some(8192),
            ),
            (
                json!({"data": [{"id": "m", "context_length": 200_000, "top_provider": {"context_length": 32_768}}]}),
                Some(32_768),
            ),
            (
                json!({"data": [{"id": "m", "meta": {"n_ctx": 16_384, "n_ctx_train": 32_768}}]}),
                Some(16_384),
            ),
            (json!({"data": [{"id": "m", "meta": {"n_ctx_train": 32_768}}]}), None),
            (
                json!({"default_generation_settings": {"n_ctx": 4096, "id": 0}, "total_slots": 2}),
                Some(4096),
            ),
            (
                json!({"data": [{"id": "m", "max_context_length": 131_072, "loaded_context_length": 4096}]}),
                Some(4096),
            ),
            (
                json!({"data": [{"id": "m", "max_context_length": 131_072, "state": "not-loaded"}]}),
                None,
            ),
            (json!({"models": [{"name": "m", "model": "m", "context_length": 2048}]}), Some(2048)),
            (json!({"data": [{"id": "other", "max_model_len": 8192}]}), None),
            (json!({"data": [{"id": "m", "max_model_len": -1}]}), None),
            (json!("nothing"), None),
        ] {
            assert_eq!(of(&document, "m"), wanted, "{document}");
        }
    }
}
