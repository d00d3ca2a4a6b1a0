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

/// Largest window that is believed.
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
    let number = value.as_u64().filter(|number| (256..=MOST).contains(number))?;
    u32::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
