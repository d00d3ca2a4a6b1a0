//! One turn of a history as messages, at a given detail.

use serde_json::{Value, json};

use super::{
    cap::head_and_tail,
    history::{Detail, Pair, Unit},
    model::Message,
};
use crate::domain::ToolCall;

/// What the user says where a template wants them to speak and there is nothing to say.
pub(super) const GO_ON: &str = "Go on.";
/// What stands for an output that is empty.
const NO_OUTPUT: &str = "(no output)";
/// Most bytes of one output, or of one text in arguments, in a shortened turn.
const SHORT_BYTES: usize = 1_000;
/// The same, where only the first words are shown.
const BARE_BYTES: usize = 160;
/// Most bytes of what was told, once room is scarce.
const TOLD_BYTES: usize = 4_000;
/// Most bytes that are shown of arguments that are not JSON.
const BROKEN_BYTES: usize = 2_000;

/// The messages of one unit.
pub(super) fn unit(unit: &Unit<'_>, detail: Detail) -> Vec<Message> {
    match unit {
        Unit::Told(text) => {
            let text = match detail {
                Detail::Whole => (*text).to_owned(),
                Detail::Short | Detail::Bare | Detail::Gone => head_and_tail(text, TOLD_BYTES, ""),
            };
            vec![Message::User(text)]
        }
        Unit::Said { text, reasoning, calls } => match detail {
            Detail::Gone => Vec::new(),
            Detail::Whole | Detail::Short | Detail::Bare => {
                let text = shortened(text, detail);
                let reasoning = match detail {
                    Detail::Whole => (*reasoning).to_owned(),
                    Detail::Short | Detail::Bare | Detail::Gone => String::new(),
                };
                native(text, reasoning, calls, detail)
            }
        },
    }
}

fn native(text: String, reasoning: String, pairs: &[Pair<'_>], detail: Detail) -> Vec<Message> {
    let calls = pairs
        .iter()
        .map(|pair| ToolCall {
            id: pair.call.id,
            wire_id: pair.wire_id.clone(),
            tool: tool_name(&pair.call.tool),
            arguments: arguments(&pair.call.arguments, detail).to_string(),
        })
        .collect();
    let results = pairs
        .iter()
        .map(|pair| Message::Result { wire_id: pair.wire_id.clone(), text: result(pair, detail) });
    std::iter::once(Message::Assistant { text, reasoning, calls }).chain(results).collect()
}

/// The text of a turn is short as a rule; only a turn that was cut off is not.
fn shortened(text: &str, detail: Detail) -> String {
    match limit(detail) {
        None => text.to_owned(),
        Some(limit) => head_and_tail(text, limit, ""),
    }
}

fn result(pair: &Pair<'_>, detail: Detail) -> String {
    let text = if pair.result.trim().is_empty() { NO_OUTPUT } else { pair.result };
    match limit(detail) {
        None => text.to_owned(),
        Some(limit) => head_and_tail(text, limit, "to save room"),
    }
}

fn limit(detail: Detail) -> Option<usize> {
    match detail {
        Detail::Whole => None,
        Detail::Short => Some(SHORT_BYTES),
        Detail::Bare | Detail::Gone => Some(BARE_BYTES),
    }
}

/// Names outside of this alphabet are refused by servers, and so the whole request with them.
fn tool_name(name: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    let name: String =
        name.chars().take(64).map(|letter| if plain(letter) { letter } else { '_' }).collect();
    if name.is_empty() { "unknown".to_owned() } else { name }
}

/// The arguments as an object, whatever the model wrote: templates parse them.
fn arguments(text: &str, detail: Detail) -> Value {
    let mut value = match serde_json::from_str(text) {
        Ok(object @ Value::Object(_)) => object,
        Ok(_) | Err(_) if text.trim().is_empty() => json!({}),
        Ok(_) | Err(_) => json!({ "invalid": head_and_tail(text, BROKEN_BYTES, "") }),
    };
    if let Some(limit) = limit(detail) {
        shorten_texts(&mut value, limit);
    }
    value
}

fn shorten_texts(value: &mut Value, limit: usize) {
    match value {
        Value::String(text) if text.len() > limit => {
            *text = head_and_tail(text, limit, "to save room");
        }
        Value::Array(values) => values.iter_mut().for_each(|value| shorten_texts(value, limit)),
        Value::Object(fields) => {
            fields.values_mut().for_each(|value| shorten_texts(value, limit));
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_arguments_stay_valid_json_when_shortened() {
        let text = json!({"path": "a", "content": "line\n".repeat(2_000)}).to_string();
        let short = arguments(&text, Detail::Bare);
        assert_eq!(short["path"], "a");
        assert!(short["content"].as_str().unwrap().len() < 300);
        assert_eq!(arguments(&text, Detail::Whole).to_string(), text);
    }

    #[test]
    fn arguments_that_are_no_object_are_wrapped() {
        assert_eq!(arguments("[1]", Detail::Whole), json!({"invalid": "[1]"}));
        assert_eq!(arguments(" ", Detail::Whole), json!({}));
    }
}
