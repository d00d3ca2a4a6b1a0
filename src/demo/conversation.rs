//! A request as a script sees it: whose session it is, what was said, how far it has come.

use serde_json::Value;

use super::script::Role;

/// Bytes per token that usage figures are computed with.
const BYTES_PER_TOKEN: usize = 4;

/// How the result of a call begins that a crash of the program cut off.
const INTERRUPTED: [&str; 2] = ["interrupted;", "not executed:"];

/// How the result of a call begins that the person denied: an answer, with which the story goes on.
const DENIED: &str = "not executed: this was not allowed";

/// What a scene's condition is held against. Made from any JSON; what is missing counts as empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conversation {
    pub model: String,
    pub role: Option<Role>,
    /// The text of all messages, one after another.
    pub text: String,
    /// What came since the model last spoke: tool results, or the person's words.
    pub last: String,
    /// Tool results so far, those of interrupted calls not counted.
    pub results: u32,
    /// Turns of the model so far.
    pub turns: u32,
    /// Tool calls so far.
    pub calls: u32,
}

impl Conversation {
    /// Reads a request body.
    pub fn of(body: &Value) -> Conversation {
        let mut found = Conversation {
            model: body["model"].as_str().unwrap_or_default().to_owned(),
            role: list(&body["tools"])
                .iter()
                .find_map(|tool| Role::of_tool(tool["function"]["name"].as_str()?)),
            ..Conversation::default()
        };
        for message in list(&body["messages"]) {
            let text = content(&message["content"]);
            found.text.push_str(&text);
            found.text.push('\n');
            match message["role"].as_str() {
                Some("assistant") => {
                    found.turns += 1;
                    found.calls += count(list(&message["tool_calls"]).len());
                    found.last.clear();
                    continue;
                }
                // An interrupted call is made again, so its scene must fit again.
                Some("tool") if is_cut_off(&text) => {}
                Some("tool") => found.results += 1,
                Some(_) | None => {}
            }
            found.last.push_str(&text);
            found.last.push('\n');
        }
        found
    }

    /// Where it stands, for whoever must write the scene that was missing.
    pub fn tail(&self, bytes: usize) -> String {
        let mut from = self.last.len().saturating_sub(bytes);
        while !self.last.is_char_boundary(from) {
            from += 1;
        }
        format!(
            "role {:?}, model {}, {} turns, {} tool results; it ends with: …{}",
            self.role,
            self.model,
            self.turns,
            self.results,
            self.last[from..].trim_end()
        )
    }
}

/// The text of a message's content, which may be a text, parts of text, or nothing.
fn content(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
    }
}

/// An array's elements; of anything else, none.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Estimated tokens of so many bytes, rounded up.
pub fn tokens(bytes: usize) -> u64 {
    u64::try_from(bytes.div_ceil(BYTES_PER_TOKEN)).unwrap_or(u64::MAX)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn is_cut_off(result: &str) -> bool {
    INTERRUPTED.iter().any(|start| result.starts_with(start)) && !result.starts_with(DENIED)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_session_is_known_by_its_tool_and_counted_by_its_messages() {
        let body = json!({
            "model": "m",
            "tools": [
                { "type": "function", "function": { "name": "read" } },
                { "type": "function", "function": { "name": "finish" } },
            ],
            "messages": [
                { "role": "system", "content": "rules" },
                { "role": "user", "content": [{ "type": "text", "text": "brief" }] },
                { "role": "assistant", "content": null, "tool_calls": [{}, {}] },
                { "role": "tool", "content": "one" },
                { "role": "tool", "content": "two" },
            ],
        });
        let found = Conversation::of(&body);
        assert_eq!(found.role, Some(Role::Execute));
        assert_eq!((found.turns, found.calls, found.results), (1, 2, 2));
        assert_eq!(found.last, "one\ntwo\n");
        assert!(found.text.contains("brief"));
    }

    #[test]
    fn the_result_of_an_interrupted_call_is_not_counted() {
        let result = |text: &str| json!({ "role": "tool", "content": text });
        let body = json!({ "messages": [result("interrupted; who knows"), result("done")] });
        assert_eq!(Conversation::of(&body).results, 1);
    }

    #[test]
    fn the_result_of_a_denied_call_is_counted_in_the_words_that_the_session_is_told() {
        for why in ["", "not on this machine"] {
            let denied = json!({ "role": "tool", "content": crate::agent::not_allowed(why) });
            assert_eq!(Conversation::of(&json!({ "messages": [denied] })).results, 1);
        }
    }

    #[test]
    fn the_tail_says_where_the_conversation_stands() {
        let body = json!({ "model": "m", "messages": [{ "role": "user", "content": "abcé" }] });
        let tail = Conversation::of(&body).tail(3);
        insta::assert_snapshot!(tail, @"role None, model m, 0 turns, 0 tool results; it ends with: …é");
    }

    #[test]
    fn a_body_that_is_no_request_reads_as_empty() {
        assert_eq!(Conversation::of(&json!([1, 2])), Conversation::default());
    }

    #[test]
    fn tokens_are_rounded_up() {
        assert_eq!([tokens(0), tokens(1), tokens(4), tokens(5)], [0, 1, 1, 2]);
    }
}
