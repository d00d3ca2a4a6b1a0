//! One JSON event of a chat stream, or a whole JSON answer, to one canonical chunk.
//!
//! Pure. Every field may be missing, null, of another type or named otherwise; what nobody can
//! read is dropped, what says that something went wrong is kept. Sources of the deviations stand
//! in `quirks.rs`.

use std::borrow::Cow;

use serde_json::Value;

use super::{answers, quick, quirks, said::Said};
use crate::domain::Usage;

/// What one event says, in the same form for every server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chunk<'a> {
    pub text: Cow<'a, str>,
    pub reasoning: Cow<'a, str>,
    pub calls: Vec<CallPiece<'a>>,
    pub reason: Option<Reason>,
    pub usage: Option<Usage>,
    /// What the server wants to be sent back before the turn's calls, as it stands.
    pub kept: Vec<Value>,
    /// Text and calls are the turn's whole, told once more: they count if nothing came before.
    pub whole: Whole,
}

/// Whether an event tells a piece of the turn, or all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Whole {
    #[default]
    Piece,
    Turn,
}

impl Chunk<'_> {
    /// Whether it tells nothing of the model (a first chunk with a role, a keep-alive).
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A piece of a tool call. Empty texts mean that the server did not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallPiece<'a> {
    /// The server's `index`, which not every server has, and not every server means.
    pub index: Option<u64>,
    pub id: Cow<'a, str>,
    pub name: Cow<'a, str>,
    pub arguments: Cow<'a, str>,
    /// What the server wants to be sent back with the call, as it stands (Gemini's signature).
    pub extra: Option<Value>,
}

/// Why the model stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    Stop,
    ToolCalls,
    Length,
    /// A content filter stopped it.
    Filtered,
    /// The server failed in the middle of the turn.
    Failed(String),
    Other(String),
}

/// What an event comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard<'a> {
    Chunk(Chunk<'a>),
    /// An error object, whatever the HTTP status was.
    Error(Said),
    /// `[DONE]`.
    Done,
    /// Blank or not meant as JSON at all (`ping`): no event of the model.
    Noise,
    /// A sign that the server is at work, and no more.
    Alive,
    /// It should have been JSON and is not, so that a piece of the turn is lost.
    Damaged,
}

/// Reads the data of one event. `named_error` says that the event's name is `error`.
pub fn hear(data: &str, named_error: NamedError) -> Heard<'_> {
    let data = data.trim();
    if data.is_empty() {
        return Heard::Noise;
    }
    if data == "[DONE]" {
        return Heard::Done;
    }
    if let (NamedError::No, Some(chunk)) = (named_error, quick::read(data)) {
        return Heard::Chunk(chunk);
    }
    let value = read(data);
    match (named_error, value) {
        (NamedError::Yes, Some(value)) => Heard::Error(Said::in_value(&value)),
        (NamedError::Yes, None) => Heard::Error(Said::text(data)),
        (NamedError::No, Some(value)) => of_value(&value),
        (NamedError::No, None) if data.starts_with(['{', '[']) => Heard::Damaged,
        (NamedError::No, None) => Heard::Noise,
    }
}

/// Whether an event is named `error`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedError {
    Yes,
    No,
}

/// Reads JSON, and once more with the mistakes mended that strict JSON cannot hold.
pub fn read(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().or_else(|| match mend(text) {
        Cow::Borrowed(_) => None,
        Cow::Owned(mended) => serde_json::from_str(&mended).ok(),
    })
}

/// Reads a parsed event or answer.
pub fn of_value(value: &Value) -> Heard<'static> {
    // Gemini wraps its errors in an array.
    let value = match value {
        Value::Array(items) => match items.first() {
            Some(first) => first,
            None => return Heard::Noise,
        },
        other => other,
    };
    if let Some(heard) = answers::of_value(value) {
        return heard;
    }
    let choice = first_choice(value);
    if let Some(error) = [value.get("error"), choice.and_then(|choice| choice.get("error"))]
        .into_iter()
        .flatten()
        .find(|error| says_something(error))
    {
        return Heard::Error(Said::in_value(error));
    }
    if let Some(refused) = value
        .get("base_resp")
        .filter(|base| number(base.get("status_code")).is_some_and(|code| code != 0))
    {
        // MiniMax tells its errors beside an empty answer.
        return Heard::Error(Said::in_value(refused));
    }
    // An error without its wrapping: `{"object":"error","message":..}` (vLLM), and so on.
    let unwrapped = value.get("choices").is_none()
        && (value.get("object").and_then(Value::as_str) == Some("error")
            || value.get("message").is_some_and(Value::is_string)
            || value.get("detail").is_some());
    if unwrapped {
        return Heard::Error(Said::in_value(value));
    }

    let mut chunk = Chunk { usage: usage(value), ..Chunk::default() };
    if let Some(choice) = choice {
        let delta = [choice.get("delta"), choice.get("message")]
            .into_iter()
            .flatten()
            .find(|delta| delta.is_object());
        if let Some(delta) = delta {
            chunk.text = Cow::Owned(text(delta.get("content")) + &text(delta.get("refusal")));
            chunk.reasoning = ["reasoning_content", "reasoning", "reasoning_text", "thinking"]
                .iter()
                .map(|name| text(delta.get(name)))
                .find(|text| !text.is_empty())
                .unwrap_or_default()
                .into();
            chunk.calls = calls(delta);
        }
        if let Some(Value::String(word)) = choice.get("finish_reason") {
            chunk.reason = quirks::reason(word);
        }
        chunk.usage = chunk.usage.or_else(|| usage(choice));
    }
    Heard::Chunk(chunk)
}

/// Whether a document has anything of an answer, be it empty: what has not comes from a server of
/// another kind.
pub fn is_of_a_model(value: &Value) -> bool {
    ["choices", "output", "usage"].iter().any(|name| value.get(name).is_some())
        || value.get("object").and_then(Value::as_str) == Some("response")
        || value
            .get("type")
            .and_then(Value::as_str)
            .is_some_and(|kind| kind.starts_with("response."))
}

/// The choice that was asked for: the first whose index is 0 or missing.
fn first_choice(value: &Value) -> Option<&Value> {
    value
        .get("choices")?
        .as_array()?
        .iter()
        .find(|choice| number(choice.get("index")).unwrap_or(0) == 0)
}

pub(super) fn says_something(error: &Value) -> bool {
    match error {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    }
}

/// Text of a field that may be a string, an object with a text, or an array of parts.
pub(super) fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts.iter().map(|part| text(Some(part))).collect(),
        Some(Value::Object(part)) => text(part.get("text")),
        Some(Value::Null | Value::Bool(_) | Value::Number(_)) | None => String::new(),
    }
}

fn calls(delta: &Value) -> Vec<CallPiece<'static>> {
    let listed = delta.get("tool_calls").and_then(Value::as_array).into_iter().flatten();
    // The form before tools, which some servers still speak.
    let single = delta.get("function_call").filter(|call| call.is_object());
    listed
        .map(call)
        .chain(single.map(function))
        .filter(|piece| *piece != CallPiece::default())
        .collect()
}

fn call(value: &Value) -> CallPiece<'static> {
    let inner = value.get("function").filter(|inner| inner.is_object()).unwrap_or(value);
    let id = value.get("id").and_then(Value::as_str).unwrap_or_default().to_owned().into();
    let extra = value.get("extra_content").filter(|extra| says_something(extra)).cloned();
    CallPiece { index: number(value.get("index")), id, extra, ..function(inner) }
}

fn function(value: &Value) -> CallPiece<'static> {
    let name = value.get("name").and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let arguments = match value.get("arguments") {
        Some(Value::String(text)) => text.clone(),
        Some(whole @ (Value::Object(_) | Value::Array(_))) => whole.to_string(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_)) | None => String::new(),
    };
    CallPiece { name: name.into(), arguments: arguments.into(), ..CallPiece::default() }
}

/// Token counts, under the names of Chat Completions or of those who deviate; `None` when
/// nothing was counted.
pub(super) fn usage(value: &Value) -> Option<Usage> {
    let usage = value.get("usage")?;
    let either = |names: &[&str]| names.iter().find_map(|name| number(usage.pointer(name)));
    let input = either(&["/prompt_tokens", "/input_tokens"]);
    let output = either(&["/completion_tokens", "/output_tokens"]);
    if input.unwrap_or(0) == 0 && output.unwrap_or(0) == 0 {
        return None;
    }
    let input = input.unwrap_or(0);
    let output = output.unwrap_or(0);
    let cached = either(&[
        "/prompt_tokens_details/cached_tokens",
        "/prompt_cache_hit_tokens",
        "/input_tokens_details/cached_tokens",
        "/cached_tokens",
    ]);
    let reasoning = either(&[
        "/completion_tokens_details/reasoning_tokens",
        "/output_tokens_details/reasoning_tokens",
        "/reasoning_tokens",
    ]);
    Some(Usage {
        input,
        cached: cached.unwrap_or(0).min(input),
        output,
        reasoning: reasoning.unwrap_or(0).min(output),
    })
}

/// A count that may come as an integer, a float or a text; what is negative was not counted.
pub(super) fn number(value: Option<&Value>) -> Option<u64> {
    match value? {
        Value::Number(number) => number.as_u64().or_else(|| {
            let float = number.as_f64().filter(|float| (0.0..9.0e15).contains(float))?;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked")]
            Some(float as u64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Mends what real servers write and JSON forbids: halves of surrogate pairs inside strings,
/// `NaN` and `Infinity` outside of them. Linear; borrowed when there is nothing to mend.
fn mend(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut kept = 0;
    let mut in_string = false;
    let mut at = 0;
    let bytes = text.as_bytes();
    while at < bytes.len() {
        let (skip, instead) = match (in_string, bytes[at]) {
            (_, b'"') => {
                in_string = !in_string;
                (1, None)
            }
            (true, b'\\') => match unit(bytes, at) {
                Some(0xD800..=0xDBFF) if matches!(unit(bytes, at + 6), Some(0xDC00..=0xDFFF)) => {
                    (12, None)
                }
                Some(0xD800..=0xDFFF) => (6, Some("\\ufffd")),
                _ => (2, None),
            },
            (false, b'N') if text[at..].starts_with("NaN") => (3, Some("null")),
            (false, b'I') if text[at..].starts_with("Infinity") => (8, Some("null")),
            (false, b'-') if text[at..].starts_with("-Infinity") => (9, Some("null")),
            _ => (1, None),
        };
        if let Some(instead) = instead {
            out.push_str(&text[kept..at]);
            out.push_str(instead);
            kept = at + skip;
        }
        at += skip;
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
}

/// The code unit of a `\uXXXX` at this place.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let escape = bytes.get(at..at + 6)?;
    let digits = std::str::from_utf8(escape.strip_prefix(b"\\u")?).ok()?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn chunk(value: &Value) -> Chunk<'static> {
        match of_value(value) {
            Heard::Chunk(chunk) => chunk,
            other => panic!("{value}: {other:?}"),
        }
    }

    fn in_choice(choice: &Value) -> Chunk<'static> {
        chunk(&json!({ "choices": [choice] }))
    }

    fn piece(
        index: Option<u64>,
        id: &'static str,
        name: &'static str,
        arguments: &'static str,
    ) -> CallPiece<'static> {
        let [id, name, arguments] = [id, name, arguments].map(Cow::Borrowed);
        CallPiece { index, id, name, arguments, extra: None }
    }

    #[test]
    fn fields_around_the_choice_may_be_missing_null_or_of_another_type() {
        for around in [
            json!({}),
            json!({"id": null, "object": null, "created": null, "model": null}),
            json!({"id": 7, "object": "", "created": 1.5e12, "model": ["m"], "usage": null}),
            json!({"service_tier": "", "system_fingerprint": {}, "x_groq": {"id": "q"}}),
        ] {
            for mut choice in [
                json!({"delta": {"content": "a"}}),
                json!({"index": null, "delta": {"content": "a", "role": null}}),
                json!({"index": 0, "delta": {"content": "a", "role": ""}, "logprobs": []}),
                json!({"index": 0.0, "delta": {"content": "a", "role": "model"}}),
                json!({"delta": {"content": [{"type": "text", "text": "a"}]}}),
                json!({"delta": {"content": {"text": "a"}}, "finish_reason": ""}),
                json!({"delta": {"content": "a", "tool_calls": null, "reasoning_content": null}}),
                json!({"message": {"content": "a"}, "finish_reason": null}),
            ] {
                let mut event = around.clone();
                event["choices"] = json!([choice.take()]);
                let wanted = Chunk { text: "a".into(), ..Chunk::default() };
                assert_eq!(chunk(&event), wanted, "{event}");
            }
        }
    }

    #[test]
    fn an_event_without_choice_or_delta_says_nothing() {
        for event in [
            json!({"choices": []}),
            json!({"choices": null}),
            json!({"choices": [{"index": 0}]}),
            json!({"choices": [{"delta": null, "finish_reason": null}], "usage": {}}),
            json!({"choices": [{"delta": {"role": "assistant", "content": ""}}]}),
        ] {
            assert!(chunk(&event).is_empty(), "{event}");
        }
        assert_eq!(of_value(&json!([])), Heard::Noise);
    }

    #[test]
    fn another_choice_than_the_first_is_not_mixed_in() {
        let event = json!({"choices": [
            {"index": 1, "delta": {"content": "b"}}, {"index": 0, "delta": {"content": "a"}},
        ]});
        assert_eq!(chunk(&event).text, "a");
        assert!(in_choice(&json!({"index": 1, "delta": {"content": "b"}})).is_empty());
    }

    #[test]
    fn reasoning_comes_under_several_names_and_is_taken_once() {
        for (delta, wanted) in [
            (json!({"reasoning_content": "r"}), "r"),
            (json!({"reasoning": "r"}), "r"),
            (json!({"reasoning": "r", "reasoning_content": "r"}), "r"),
            (json!({"reasoning": "r", "reasoning_details": [{"text": "r"}]}), "r"),
            (json!({"thinking": "r"}), "r"),
            (json!({"reasoning": {"effort": "low"}}), ""),
        ] {
            assert_eq!(in_choice(&json!({ "delta": delta })).reasoning, wanted, "{delta}");
        }
    }

    #[test]
    fn tool_calls_come_in_many_shapes() {
        for (call, wanted) in [
            (
                json!({"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{"}}),
                piece(Some(0), "c", "f", "{"),
            ),
            (
                json!({"id": null, "type": "", "function": {"name": "f", "arguments": null}}),
                piece(None, "", "f", ""),
            ),
            (
                json!({"index": -1, "function": {"name": " f ", "arguments": {"a": 1}}}),
                piece(None, "", "f", "{\"a\":1}"),
            ),
            (json!({"index": "2", "name": "f", "arguments": "{}"}), piece(Some(2), "", "f", "{}")),
            (json!({"index": 1.0, "function": {"arguments": "x"}}), piece(Some(1), "", "", "x")),
        ] {
            let delta = json!({ "delta": { "tool_calls": [call] } });
            assert_eq!(in_choice(&delta).calls, [wanted], "{delta}");
        }
        let old = json!({"delta": {"function_call": {"name": "f", "arguments": "{}"}}});
        assert_eq!(in_choice(&old).calls, [piece(None, "", "f", "{}")]);
    }

    #[test]
    fn usage_is_read_whatever_its_names_and_types_and_empty_usage_is_none() {
        let counted = |usage: Value| chunk(&json!({ "choices": [], "usage": usage })).usage;
        let both = Some(Usage { input: 10, cached: 4, output: 3, reasoning: 2 });
        for usage in [
            json!({"prompt_tokens": 10, "completion_tokens": 3,
                "prompt_tokens_details": {"cached_tokens": 4},
                "completion_tokens_details": {"reasoning_tokens": 2}}),
            json!({"prompt_tokens": 10.0, "completion_tokens": "3", "prompt_cache_hit_tokens": 4,
                "reasoning_tokens": 2}),
            json!({"input_tokens": 10, "output_tokens": 3, "cached_tokens": 4,
                "output_tokens_details": {"reasoning_tokens": 2}}),
        ] {
            assert_eq!(counted(usage.clone()), both, "{usage}");
        }
        for usage in [
            json!({}),
            json!(null),
            json!([]),
            json!({"prompt_tokens": 0, "completion_tokens": 0}),
            json!({"prompt_tokens": -1, "completion_tokens": -1}),
            json!({"total_characters": 5}),
        ] {
            assert_eq!(counted(usage.clone()), None, "{usage}");
        }
        let more_cached_than_sent = json!({"prompt_tokens": 5, "cached_tokens": 9});
        assert_eq!(counted(more_cached_than_sent).unwrap().cached, 5);
    }

    #[test]
    fn error_objects_are_errors_wherever_they_stand() {
        for (event, message, status) in [
            (json!({"error": {"message": "m", "code": 502}}), "m", Some(502)),
            (
                json!({"error": {"message": "m", "code": "429"}, "choices": [{"delta": {}}]}),
                "m",
                Some(429),
            ),
            (json!({"error": "m"}), "m", None),
            (
                json!([{"error": {"code": 400, "message": "m", "status": "INVALID_ARGUMENT"}}]),
                "m",
                Some(400),
            ),
            (json!({"object": "error", "message": "m", "code": 40303}), "m", None),
            (json!({"detail": [{"loc": ["body", "tools"], "msg": "m"}]}), "m", None),
            (
                json!({"choices": [{"error": {"message": "m"}, "finish_reason": "error"}]}),
                "m",
                None,
            ),
        ] {
            let Heard::Error(said) = of_value(&event) else { panic!("{event}") };
            assert_eq!((said.message.as_str(), said.status), (message, status), "{event}");
        }
        for event in [json!({"error": null, "choices": []}), json!({"error": {}, "choices": []})] {
            assert_eq!(of_value(&event), Heard::Chunk(Chunk::default()), "{event}");
        }
    }

    #[test]
    fn what_is_not_meant_as_an_event_is_told_from_what_is_damaged() {
        let plain = |data| hear(data, NamedError::No);
        for (data, wanted) in [
            ("", Heard::Noise),
            ("  ", Heard::Noise),
            ("ping", Heard::Noise),
            ("[DONE]", Heard::Done),
            (" [DONE] ", Heard::Done),
            ("{\"choices\":[{\"delta\":{\"content\":\"a", Heard::Damaged),
            ("{\"a\":\"\\x\"}", Heard::Damaged),
        ] {
            assert_eq!(plain(data), wanted, "{data:?}");
        }
    }

    #[test]
    fn an_event_named_error_is_one_whatever_it_holds() {
        for data in ["{\"message\":\"m\"}", "{\"error\":{\"message\":\"m\"}}", "m", "\"m\""] {
            let Heard::Error(said) = hear(data, NamedError::Yes) else { panic!("{data}") };
            assert_eq!(said.message, "m");
        }
    }

    #[test]
    fn halves_of_surrogate_pairs_and_numbers_that_json_lacks_are_mended() {
        for (text, wanted) in [
            (r#"{"a":"x\ud83dy"}"#, json!({"a": "x\u{fffd}y"})),
            (r#"{"a":"\udc00"}"#, json!({"a": "\u{fffd}"})),
            (r#"{"a":"\ud83d\ude00\ud83d"}"#, json!({"a": "😀\u{fffd}"})),
            (r#"{"a":NaN,"b":-Infinity,"c":Infinity}"#, json!({"a": null, "b": null, "c": null})),
            (
                r#"{"a":"NaN \"Infinity\" \\","b":NaN}"#,
                json!({"a": "NaN \"Infinity\" \\", "b": null}),
            ),
        ] {
            assert_eq!(read(text), Some(wanted), "{text}");
        }
        assert_eq!(read(r#"{"a":"\ud83d"#), None);
    }

    #[test]
    fn a_document_nested_without_end_is_damaged_and_does_no_harm() {
        assert_eq!(hear(&"[".repeat(100_000), NamedError::No), Heard::Damaged);
    }
}
