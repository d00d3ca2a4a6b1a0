//! One event of the Responses API, or a whole response of it, to one canonical chunk.
//!
//! Pure, and as forgiving as `normal`: some servers leave out the small events and tell everything
//! in the last one, others tell everything twice.

use std::borrow::Cow;

use serde_json::Value;

use super::{
    normal::{CallPiece, Chunk, Heard, Reason, Whole, number, says_something, text, usage},
    said::Said,
};

/// Reads an event of the Responses API; `None` when it is none.
pub(super) fn of_value(value: &Value) -> Option<Heard<'static>> {
    if value.get("object").and_then(Value::as_str) == Some("response") {
        return Some(whole(value));
    }
    let kind = value.get("type").and_then(Value::as_str)?;
    if kind == "error" {
        let inner = value.get("error").filter(|error| says_something(error));
        return Some(Heard::Error(Said::in_value(inner.unwrap_or(value))));
    }
    let kind = kind.strip_prefix("response.")?;
    let delta = || text(value.get("delta"));
    let index = number(value.get("output_index"));
    let piece = |arguments: String| CallPiece {
        index,
        arguments: arguments.into(),
        ..CallPiece::default()
    };
    let chunk = match kind {
        "output_text.delta" | "refusal.delta" => Chunk { text: delta().into(), ..Chunk::default() },
        "reasoning_text.delta" | "reasoning_summary_text.delta" | "reasoning.delta" => {
            Chunk { reasoning: delta().into(), ..Chunk::default() }
        }
        // Summaries come in parts, each a paragraph.
        "reasoning_summary_part.added" if number(value.get("summary_index")) > Some(0) => {
            Chunk { reasoning: "\n\n".into(), ..Chunk::default() }
        }
        "function_call_arguments.delta" => {
            Chunk { calls: vec![piece(delta())], ..Chunk::default() }
        }
        "output_item.added" | "output_item.done" => item(value.get("item")?, index),
        "completed" | "incomplete" | "failed" | "cancelled" => {
            return Some(whole(value.get("response").unwrap_or(value)));
        }
        _ => return Some(Heard::Alive),
    };
    Some(Heard::Chunk(chunk))
}

/// An item of the output by itself. Text is not taken from it: it came in pieces, or comes whole.
fn item(item: &Value, index: Option<u64>) -> Chunk<'static> {
    let mut chunk = Chunk::default();
    match item.get("type").and_then(Value::as_str) {
        Some("function_call") => chunk.calls.push(call(item, index)),
        Some("reasoning") if is_sealed(item) => chunk.kept.push(item.clone()),
        _ => {}
    }
    chunk
}

/// Thoughts that only the server can read: it wants them back before the calls they led to.
fn is_sealed(item: &Value) -> bool {
    item.get("encrypted_content").and_then(Value::as_str).is_some_and(|text| !text.is_empty())
}

fn call(item: &Value, index: Option<u64>) -> CallPiece<'static> {
    let word = |name: &str| -> Cow<'static, str> {
        item.get(name).and_then(Value::as_str).unwrap_or_default().trim().to_owned().into()
    };
    let arguments = match item.get("arguments") {
        Some(Value::String(text)) => text.clone(),
        Some(object @ Value::Object(_)) => object.to_string(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) | None => {
            String::new()
        }
    };
    let id = if item.get("call_id").is_some() { word("call_id") } else { word("id") };
    CallPiece { index, id, name: word("name"), arguments: arguments.into(), extra: None }
}

/// A whole response: how it ended, and everything that was said.
fn whole(response: &Value) -> Heard<'static> {
    if let Some(error) = response.get("error").filter(|error| says_something(error)) {
        return Heard::Error(Said::in_value(error));
    }
    let mut chunk = Chunk { usage: usage(response), whole: Whole::Turn, ..Chunk::default() };
    let mut said = String::new();
    let mut thought = String::new();
    let output = response.get("output").and_then(Value::as_array);
    for (index, item) in (0..).zip(output.into_iter().flatten()) {
        match item.get("type").and_then(Value::as_str) {
            Some("message") => {
                for part in item.get("content").and_then(Value::as_array).into_iter().flatten() {
                    said.push_str(&text(part.get("text").or(part.get("refusal"))));
                }
            }
            Some("function_call") => chunk.calls.push(call(item, Some(index))),
            Some("reasoning") => {
                thought.push_str(&text(item.get("summary")));
                thought.push_str(&text(item.get("content")));
                if is_sealed(item) {
                    chunk.kept.push(item.clone());
                }
            }
            _ => {}
        }
    }
    (chunk.text, chunk.reasoning) = (said.into(), thought.into());
    let why = response.pointer("/incomplete_details/reason").and_then(Value::as_str);
    chunk.reason = match response.get("status").and_then(Value::as_str) {
        Some("completed") | None => Some(Reason::Stop),
        Some("incomplete") => Some(match why {
            Some("max_output_tokens" | "max_tokens") | None => Reason::Length,
            Some("content_filter") => Reason::Filtered,
            Some(word) => Reason::Other(word.chars().take(80).collect()),
        }),
        Some(word @ ("failed" | "cancelled")) => Some(Reason::Failed(word.to_owned())),
        // `in_progress` and the like: the end is still to come.
        Some(_) => None,
    };
    Heard::Chunk(chunk)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::needless_pass_by_value, reason = "values read best where they are used")]

    use serde_json::json;

    use super::*;
    use crate::agent::{
        assemble::{Asked, Assembly},
        model::{Finish, Turn},
        normal,
    };

    fn turn(events: &[Value]) -> Turn {
        let mut assembly = Assembly::default();
        for event in events {
            match normal::of_value(event) {
                Heard::Chunk(chunk) => assembly.add(chunk, &mut Vec::new()),
                Heard::Alive => {}
                other => panic!("{event}: {other:?}"),
            }
        }
        assembly.finish(Asked::default()).unwrap()
    }

    fn response(status: &str, output: Value) -> Value {
        json!({"object": "response", "status": status, "output": output, "error": null,
            "usage": {"input_tokens": 9, "output_tokens": 4,
                "input_tokens_details": {"cached_tokens": 8},
                "output_tokens_details": {"reasoning_tokens": 2}}})
    }

    fn output() -> Value {
        json!([
            {"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": "hm"}],
                "encrypted_content": "sealed"},
            {"type": "message", "content": [{"type": "output_text", "text": "Hello"}]},
            {"type": "function_call", "id": "fc", "call_id": "c1", "name": "read",
                "arguments": "{\"p\":1}"},
        ])
    }

    #[test]
    fn pieces_and_their_summary_are_one_turn_and_nothing_is_taken_twice() {
        let response = response("completed", output());
        let told = turn(&[
            json!({"type": "response.created", "response": {"status": "in_progress"}}),
            json!({"type": "response.in_progress", "response": {}}),
            json!({"type": "response.reasoning_summary_text.delta", "delta": "hm"}),
            json!({"type": "response.output_item.done", "output_index": 0, "item": output()[0]}),
            json!({"type": "response.output_text.delta", "output_index": 1, "delta": "Hel"}),
            json!({"type": "response.output_text.delta", "output_index": 1, "delta": "lo"}),
            json!({"type": "response.output_text.done", "output_index": 1, "text": "Hello"}),
            json!({"type": "response.output_item.added", "output_index": 2, "item":
                {"type": "function_call", "id": "fc", "call_id": "c1", "name": "read", "arguments": ""}}),
            json!({"type": "response.function_call_arguments.delta", "output_index": 2, "delta": "{\"p\""}),
            json!({"type": "response.function_call_arguments.delta", "output_index": 2, "delta": ":1}"}),
            json!({"type": "response.function_call_arguments.done", "output_index": 2, "arguments": "{\"p\":1}"}),
            json!({"type": "response.output_item.done", "output_index": 2, "item": output()[2]}),
            json!({"type": "response.completed", "response": response.clone()}),
        ]);
        assert_eq!((told.text.as_str(), told.reasoning.as_str()), ("Hello", "hm"));
        assert_eq!((told.usage.input, told.usage.cached, told.usage.reasoning), (9, 8, 2));
        assert_eq!(told.finish, Finish::ToolCalls);
        let call = &told.calls[0];
        let shown = (call.wire_id.as_str(), call.tool.as_str(), call.arguments.as_str());
        assert_eq!(shown, ("c1", "read", "{\"p\":1}"));
        // A server that tells everything at the end, and one that does not stream at all.
        for events in [
            vec![json!({"type": "response.completed", "response": response.clone()})],
            vec![response],
        ] {
            assert_eq!(turn(&events), told, "{events:?}");
        }
    }

    #[test]
    fn how_a_response_ended_is_told_from_its_status_and_reason() {
        let ended = |status: &str, why: Value| {
            let mut value = response(status, output());
            value["incomplete_details"] = why;
            match of_value(&value) {
                Some(Heard::Chunk(chunk)) => chunk.reason,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(ended("completed", json!(null)), Some(Reason::Stop));
        assert_eq!(
            ended("incomplete", json!({"reason": "max_output_tokens"})),
            Some(Reason::Length)
        );
        assert_eq!(
            ended("incomplete", json!({"reason": "content_filter"})),
            Some(Reason::Filtered)
        );
        assert_eq!(ended("failed", json!(null)), Some(Reason::Failed("failed".to_owned())));
        assert_eq!(ended("in_progress", json!(null)), None);
    }

    #[test]
    fn errors_come_as_events_and_inside_of_a_failed_response() {
        for event in [
            json!({"type": "error", "code": "server_error", "message": "m", "param": null}),
            json!({"type": "error", "error": {"message": "m", "code": 500}}),
            json!({"type": "response.failed", "response":
                {"object": "response", "status": "failed", "error": {"code": "x", "message": "m"}}}),
        ] {
            let Some(Heard::Error(said)) = of_value(&event) else { panic!("{event}") };
            assert_eq!(said.message, "m");
        }
    }
}
