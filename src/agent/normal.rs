//! One JSON event of a chat stream, or a whole JSON answer, to one canonical chunk.
//!
//! Pure. Every field may be missing, null, of another type or named otherwise; what nobody can
//! read is dropped, what says that something went wrong is kept. Sources of the deviations stand
//! in `quirks.rs`.

use std::borrow::Cow;

use serde_json::Value;

use super::{quirks, said::Said};
use crate::domain::Usage;

/// What one event says, in the same form for every server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chunk {
    pub text: String,
    pub reasoning: String,
    pub calls: Vec<CallPiece>,
    pub reason: Option<Reason>,
    pub usage: Option<Usage>,
}

impl Chunk {
    /// Whether it tells nothing of the model (a first chunk with a role, a keep-alive).
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A piece of a tool call. Empty texts mean that the server did not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallPiece {
    /// The server's `index`, which not every server has, and not every server means.
    pub index: Option<u64>,
    pub id: String,
    pub name: String,
    pub arguments: String,
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
pub enum Heard {
    Chunk(Chunk),
    /// An error object, whatever the HTTP status was.
    Error(Said),
    /// `[DONE]`.
    Done,
    /// Blank or not meant as JSON at all (`ping`): no event of the model.
    Noise,
    /// It should have been JSON and is not, so that a piece of the turn is lost.
    Damaged,
}

/// Reads the data of one event. `named_error` says that the event's name is `error`.
pub fn hear(data: &str, named_error: NamedError) -> Heard {
    let data = data.trim();
    if data.is_empty() {
        return Heard::Noise;
    }
    if data == "[DONE]" {
        return Heard::Done;
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
pub fn of_value(value: &Value) -> Heard {
    // Gemini wraps its errors in an array.
    let value = match value {
        Value::Array(items) => match items.first() {
            Some(first) => first,
            None => return Heard::Noise,
        },
        other => other,
    };
    let choice = first_choice(value);
    if let Some(error) = [value.get("error"), choice.and_then(|choice| choice.get("error"))]
        .into_iter()
        .flatten()
        .find(|error| says_something(error))
    {
        return Heard::Error(Said::in_value(error));
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
            chunk.text = text(delta.get("content")) + &text(delta.get("refusal"));
            chunk.reasoning = ["reasoning_content", "reasoning", "reasoning_text", "thinking"]
                .iter()
                .map(|name| text(delta.get(name)))
                .find(|text| !text.is_empty())
                .unwrap_or_default();
            chunk.calls = calls(delta);
        }
        if let Some(Value::String(word)) = choice.get("finish_reason") {
            chunk.reason = quirks::reason(word);
        }
        chunk.usage = chunk.usage.or_else(|| usage(choice));
    }
    Heard::Chunk(chunk)
}

/// The choice that was asked for: the first whose index is 0 or missing.
fn first_choice(value: &Value) -> Option<&Value> {
    value
        .get("choices")?
        .as_array()?
        .iter()
        .find(|choice| number(choice.get("index")).unwrap_or(0) == 0)
}

fn says_something(error: &Value) -> bool {
    match error {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    }
}

/// Text of a field that may be a string, an object with a text, or an array of parts.
fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => parts.iter().map(|part| text(Some(part))).collect(),
        Some(Value::Object(part)) => text(part.get("text")),
        Some(Value::Null | Value::Bool(_) | Value::Number(_)) | None => String::new(),
    }
}

fn calls(delta: &Value) -> Vec<CallPiece> {
    let listed = delta.get("tool_calls").and_then(Value::as_array).into_iter().flatten();
    // The form before tools, which some servers still speak.
    let single = delta.get("function_call").filter(|call| call.is_object());
    listed
        .map(call)
        .chain(single.map(function))
        .filter(|piece| *piece != CallPiece::default())
        .collect()
}

fn call(value: &Value) -> CallPiece {
    let inner = value.get("function").filter(|inner| inner.is_object()).unwrap_or(value);
    let id = value.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    CallPiece { index: number(value.get("index")), id, ..function(inner) }
}

fn function(value: &Value) -> CallPiece {
    let name = value.get("name").and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let arguments = match value.get("arguments") {
        Some(Value::String(text)) => text.clone(),
        Some(whole @ (Value::Object(_) | Value::Array(_))) => whole.to_string(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_)) | None => String::new(),
    };
    CallPiece { index: None, id: String::new(), name, arguments }
}

/// Token counts, under the names of Chat Completions or of those who deviate; `None` when
/// nothing was counted.
fn usage(value: &Value) -> Option<Usage> {
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
fn number(value: Option<&Value>) -> Option<u64> {
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
