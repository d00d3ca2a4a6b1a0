//! Events that differ from the one before in one text only, as nearly all of a stream do.
//!
//! Pure. What stands around the text is remembered; an event with the very same bytes around a sound
//! text is the same JSON with another text in that place, and need not be read anew.

use std::borrow::Cow;

use memchr::memchr2;

use super::normal::{self, Chunk, Heard, NamedError};

/// Most bytes around a text that are remembered: a stream whose events are longer is read anew.
const MOST: usize = 4_096;

/// What stood around the text of the event before.
#[derive(Debug, Default)]
pub(super) struct Mould {
    /// Empty: nothing is remembered. Else it ends with the quote before the text.
    before: String,
    /// Begins with the quote behind the text.
    after: String,
    place: Place,
}

/// What the text is of.
#[derive(Clone, Copy, Debug, Default)]
enum Place {
    #[default]
    Text,
    Reasoning,
}

impl Mould {
    /// Reads the data of one event, as `normal::hear` does.
    pub(super) fn hear<'a>(&mut self, data: &'a str, named: NamedError) -> Heard<'a> {
        if named == NamedError::Yes {
            return normal::hear(data, named);
        }
        if let Some(text) = self.text_of(data) {
            let text = Cow::Borrowed(text);
            return Heard::Chunk(match self.place {
                Place::Text => Chunk { text, ..Chunk::default() },
                Place::Reasoning => Chunk { reasoning: text, ..Chunk::default() },
            });
        }
        let heard = normal::hear(data, named);
        if let Heard::Chunk(chunk) = &heard {
            self.learn(data, chunk);
        }
        heard
    }

    /// The text in the place of the one before, where all around it is the same.
    fn text_of<'a>(&self, data: &'a str) -> Option<&'a str> {
        if self.before.is_empty() {
            return None;
        }
        let text = data.strip_prefix(self.before.as_str())?.strip_suffix(self.after.as_str())?;
        // An empty one may let another field speak. One with escapes is not the text itself, and a
        // quote would end it; control characters are not allowed there.
        let bytes = text.as_bytes();
        let plain = !text.is_empty()
            && memchr2(b'"', b'\\', bytes).is_none()
            && bytes.iter().all(|byte| *byte >= b' ');
        plain.then_some(text)
    }

    /// Remembers what stands around the one text of an event, if it has no more to say.
    fn learn(&mut self, data: &str, chunk: &Chunk<'_>) {
        let (place, text) = match (&chunk.text, &chunk.reasoning) {
            (Cow::Borrowed(text), other) if other.is_empty() => (Place::Text, *text),
            (other, Cow::Borrowed(text)) if other.is_empty() => (Place::Reasoning, *text),
            _ => return,
        };
        let rest = Chunk { text: Cow::default(), reasoning: Cow::default(), ..chunk.clone() };
        if text.is_empty() || !rest.is_empty() || data.len() - text.len() > MOST {
            return;
        }
        // It is borrowed from the event: where it stands in there is told by its address.
        let Some(start) = text.as_ptr().addr().checked_sub(data.as_ptr().addr()) else { return };
        let (Some(before), Some(after)) = (data.get(..start), data.get(start + text.len()..))
        else {
            return;
        };
        if before.ends_with('"') && after.starts_with('"') {
            before.clone_into(&mut self.before);
            after.clone_into(&mut self.after);
            self.place = place;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Around a text in JSON: forms of servers, and some that only look like them.
    const AROUND: &[(&str, &str)] = &[
        (
            r#"{"id":"c","choices":[{"index":0,"delta":{"content":""#,
            r#""},"finish_reason":null}]}"#,
        ),
        (r#"{"choices":[{"delta":{"reasoning_content":""#, r#""}}]}"#),
        (r#"{"choices":[{"delta":{"reasoning_content":""#, r#"","reasoning":"z"}}]}"#),
        (r#"{"choices":[{"delta":{"reasoning":""#, r#""}}]}"#),
        (r#"{"choices":[{"delta":{"content":""#, r#"","refusal":""}}]}"#),
        (r#"{"choices":[{"delta":{"content":""#, r#"","refusal":"no"}}]}"#),
        (r#"{"choices":[{"delta":{"content":""#, r#""},"finish_reason":"stop"}]}"#),
        (
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":""#,
            r#""}}]}}]}"#,
        ),
        (r#" {"choices":[{"index":1,"delta":{"content":""#, r#""}}]}"#),
        (r#"{"error":{"message":""#, r#""}}"#),
        (r#"{"choices":[{"delta":{"content":""#, "}}]}"),
    ];
    /// What may stand between, sound or not.
    const TEXTS: &[&str] = &[
        "",
        "a",
        "word ",
        "\\n",
        "\\\"",
        "\"",
        "\\",
        "ü😀",
        "\u{1}",
        "\n",
        "\",\"x\":\"",
        " ",
        "}",
        "\\u00e9",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]
        #[test]
        fn what_is_remembered_changes_nothing_of_what_is_heard(
            events in prop::collection::vec(
                (prop::sample::select(AROUND), prop::sample::select(TEXTS), any::<bool>()),
                1..8,
            ),
        ) {
            let mut mould = Mould::default();
            for ((before, after), text, error) in events {
                let data = format!("{before}{text}{after}");
                let named = if error { NamedError::Yes } else { NamedError::No };
                prop_assert_eq!(mould.hear(&data, named), normal::hear(&data, named), "{}", data);
            }
        }
    }

    #[test]
    fn the_second_event_of_a_stream_is_not_read_anew() {
        let mut mould = Mould::default();
        let event = |text: &str| format!(r#"{{"choices":[{{"delta":{{"content":"{text}"}}}}]}}"#);
        assert_eq!(mould.text_of(&event("b")), None);
        mould.hear(&event("a"), NamedError::No);
        assert_eq!(mould.text_of(&event("b")), Some("b"));
        assert_eq!(mould.text_of(&event("\\n")), None, "what is escaped is");
    }
}
