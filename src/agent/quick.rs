//! The short way for the events that make up nearly all of a stream: typed, borrowed, one pass.
//!
//! Pure. It reads only what stands exactly as the reference has it and leaves everything else to
//! `normal`, which forgives; both say the same of what both can read.

use std::borrow::Cow;

use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;

use super::{
    normal::{CallPiece, Chunk, usage},
    quirks,
};

/// Text that is borrowed unless it holds an escape. (Serde borrows a `Cow` only so.)
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// A field whose mere presence sends an event the long way.
type Odd = Option<IgnoredAny>;

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    choices: Vec<Choice<'a>>,
    #[serde(default)]
    usage: Option<Value>,
    error: Odd,
    base_resp: Odd,
    r#type: Odd,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(default)]
    index: Option<u64>,
    #[serde(default, borrow)]
    delta: Option<Delta<'a>>,
    #[serde(default, borrow)]
    finish_reason: Option<Text<'a>>,
    message: Odd,
    error: Odd,
    usage: Odd,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(default, borrow)]
    content: Option<Text<'a>>,
    #[serde(default, borrow)]
    refusal: Option<Text<'a>>,
    #[serde(default, borrow)]
    reasoning_content: Option<Text<'a>>,
    #[serde(default, borrow)]
    reasoning: Option<Text<'a>>,
    #[serde(default, borrow)]
    tool_calls: Option<Vec<Call<'a>>>,
    reasoning_text: Odd,
    thinking: Odd,
    function_call: Odd,
}

#[derive(Deserialize)]
struct Call<'a> {
    #[serde(default)]
    index: Option<u64>,
    #[serde(default, borrow)]
    id: Option<Text<'a>>,
    #[serde(borrow)]
    function: Function<'a>,
    extra_content: Odd,
}

#[derive(Deserialize)]
struct Function<'a> {
    #[serde(default, borrow)]
    name: Option<Text<'a>>,
    #[serde(default, borrow)]
    arguments: Option<Text<'a>>,
}

/// Reads an event as the reference has it; `None` when it is not of that form.
pub(super) fn read(data: &str) -> Option<Chunk<'_>> {
    let event: Event<'_> = serde_json::from_str(data).ok()?;
    if event.error.is_some() || event.base_resp.is_some() || event.r#type.is_some() {
        return None;
    }
    let counted = event.usage.map(|own| serde_json::json!({ "usage": own }));
    let mut chunk = Chunk { usage: counted.as_ref().and_then(usage), ..Chunk::default() };
    let Some(choice) = event.choices.into_iter().find(|one| one.index.unwrap_or(0) == 0) else {
        return Some(chunk);
    };
    if choice.message.is_some() || choice.error.is_some() || choice.usage.is_some() {
        return None;
    }
    chunk.reason = choice.finish_reason.and_then(|word| quirks::reason(&word.0));
    let Some(delta) = choice.delta else { return Some(chunk) };
    if delta.function_call.is_some() || delta.thinking.is_some() || delta.reasoning_text.is_some() {
        return None;
    }
    let full = |text: &Text<'_>| !text.0.is_empty();
    chunk.text = match (delta.content.filter(full), delta.refusal.filter(full)) {
        (Some(text), None) | (None, Some(text)) => text.0,
        (None, None) => Cow::Borrowed(""),
        (Some(text), Some(refusal)) => Cow::Owned(text.0.into_owned() + &refusal.0),
    };
    let reasoning = delta.reasoning_content.filter(full).or(delta.reasoning);
    chunk.reasoning = reasoning.map(|text| text.0).unwrap_or_default();
    for call in delta.tool_calls.into_iter().flatten() {
        if call.extra_content.is_some() {
            return None;
        }
        let name = match call.function.name.map(|text| text.0).unwrap_or_default() {
            Cow::Borrowed(name) => Cow::Borrowed(name.trim()),
            Cow::Owned(name) => Cow::Owned(name.trim().to_owned()),
        };
        let piece = CallPiece {
            index: call.index,
            id: call.id.map(|text| text.0).unwrap_or_default(),
            name,
            arguments: call.function.arguments.map(|text| text.0).unwrap_or_default(),
            extra: None,
        };
        if piece != CallPiece::default() {
            chunk.calls.push(piece);
        }
    }
    Some(chunk)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::agent::normal::{Heard, of_value};

    /// Values that may stand in any field, right or wrong.
    fn any_value() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            Just(json!("")),
            Just(json!("a\"\\ü😀\n")),
            Just(json!(" read ")),
            Just(json!(0)),
            Just(json!(1)),
            Just(json!(-1)),
            Just(json!(1.5)),
            Just(json!([])),
            Just(json!({})),
            Just(json!([{"text": "t"}])),
            Just(json!({"text": "t", "name": "f", "arguments": "{}"})),
            Just(json!({"prompt_tokens": 3, "completion_tokens": 4})),
            Just(json!("stop")),
        ]
    }

    /// An object with some of these fields.
    fn object(
        names: &'static [&'static str],
        inner: impl Strategy<Value = Value> + 'static,
    ) -> impl Strategy<Value = Value> {
        let inner = inner.boxed();
        prop::collection::vec((prop::sample::select(names), inner), 0..4).prop_map(|fields| {
            fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
        })
    }

    fn event() -> impl Strategy<Value = Value> {
        let function = object(&["name", "arguments", "other"], any_value());
        let call = object(
            &["index", "id", "function", "function", "name", "arguments", "extra_content"],
            prop_oneof![any_value(), function],
        );
        let calls = prop::collection::vec(call, 0..3).prop_map(Value::from);
        let delta = object(
            &[
                "content",
                "refusal",
                "reasoning_content",
                "reasoning",
                "tool_calls",
                "tool_calls",
                "thinking",
                "function_call",
                "role",
            ],
            prop_oneof![any_value(), calls],
        );
        let choice = object(
            &["index", "delta", "delta", "delta", "finish_reason", "message", "error", "usage"],
            prop_oneof![any_value(), delta],
        );
        let choices = prop::collection::vec(choice, 0..3).prop_map(Value::from);
        object(
            &["choices", "choices", "choices", "usage", "error", "id", "object", "base_resp"],
            prop_oneof![any_value(), choices],
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1500))]
        #[test]
        fn the_short_way_and_the_long_way_say_the_same(event in event()) {
            if let Some(quick) = read(&event.to_string()) {
                prop_assert_eq!(Heard::Chunk(quick), of_value(&event), "{}", event);
            }
        }
    }

    #[test]
    fn what_nearly_every_event_is_goes_the_short_way_and_is_not_copied() {
        let data = r#"{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Hello"},"logprobs":null,"finish_reason":null}],"usage":null}"#;
        let chunk = read(data).unwrap();
        assert!(matches!(chunk.text, Cow::Borrowed("Hello")));
        let call = r#"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]}}]}"#;
        assert_eq!(read(call).unwrap().calls[0].arguments, "{\"a\"");
    }
}
