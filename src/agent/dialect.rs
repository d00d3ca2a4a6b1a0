//! Tools for a model or a server that has none: described in words, called and answered in text.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::model::{Message, Request, Spec};
use crate::domain::ToolCall;

/// How tools are offered to a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// As the protocol has it.
    #[default]
    Native,
    /// Described in the system message; the session finds the calls in the text.
    Text,
    /// As `Text`, and the server holds each answer to the schema of a call.
    Schema,
}

/// Most characters that a model may think aloud before a call that is held to its schema.
const THOUGHT: u32 = 600;

/// The tools in words, with the form that a call of them has.
pub fn describe_tools(tools: &[Spec], dialect: Dialect) -> String {
    let form = match dialect {
        Dialect::Native | Dialect::Text => {
            "To use a tool, answer with one fenced block of JSON and nothing after it:\n\n\
             ```json\n{\"name\": \"TOOL\", \"arguments\": {\"ARGUMENT\": \"VALUE\"}}\n```\n\n"
        }
        Dialect::Schema => {
            "Each of your answers is one JSON object and nothing else: a short thought, then the \
             call of one tool:\n\n\
             {\"thought\": \"NEXT STEP\", \"name\": \"TOOL\", \"arguments\": {\"ARGUMENT\": \"VALUE\"}}\n\n"
        }
    };
    let mut text = format!(
        "# Tools\n\n{form}Use one tool at a time; its result comes in the next message. The tools \
         are:\n"
    );
    for tool in tools {
        let _ =
            write!(text, "\n## {}\n{}\nArguments: {}\n", tool.name, tool.description, tool.schema);
    }
    text
}

/// The schema of an answer that is a call of one of these tools.
pub fn call_schema(tools: &[Spec]) -> Value {
    let of_tool = |tool: &Spec| {
        serde_json::json!({
            "type": "object",
            "properties": {
                "thought": {"type": "string", "maxLength": THOUGHT},
                "name": {"type": "string", "enum": [tool.name]},
                "arguments": tool.schema,
            },
            "required": ["thought", "name", "arguments"],
            "additionalProperties": false,
        })
    };
    serde_json::json!({ "anyOf": tools.iter().map(of_tool).collect::<Vec<_>>() })
}

/// The same request without native tools: they are described in the system message, calls stand
/// in the text as they are to be written, and results come as the user's words.
pub fn in_text(request: &Request, dialect: Dialect) -> Request {
    let mut messages: Vec<Message> = Vec::with_capacity(request.messages.len() + 1);
    let described = describe_tools(&request.tools, dialect);
    let mut described = (!request.tools.is_empty()).then_some(described);
    let mut tools_by_id: Vec<(&str, &str)> = Vec::new();
    for message in &request.messages {
        match message {
            Message::System(text) => messages.push(Message::System(match described.take() {
                Some(tools) => format!("{text}\n\n{tools}"),
                None => text.clone(),
            })),
            Message::User(text) => user(&mut messages, text),
            Message::Assistant { text, reasoning, calls } => {
                tools_by_id.extend(calls.iter().map(|c| (c.wire_id.as_str(), c.tool.as_str())));
                let fences: Vec<String> = calls.iter().map(|call| written(call, dialect)).collect();
                let whole = [text.as_str()].into_iter().chain(fences.iter().map(String::as_str));
                let text = whole.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
                let reasoning = reasoning.clone();
                messages.push(Message::Assistant { text, reasoning, calls: Vec::new() });
            }
            Message::Result { wire_id, text } => {
                let tool = tools_by_id.iter().rfind(|(id, _)| id == wire_id);
                let tool = tool.map_or("the tool", |(_, tool)| *tool);
                user(&mut messages, &format!("Result of `{tool}`:\n{text}"));
            }
        }
    }
    if let Some(tools) = described {
        messages.insert(0, Message::System(tools));
    }
    Request { messages, tools: Vec::new(), ..request.clone() }
}

/// Adds to the user's words; chat templates want users and assistants to take turns.
fn user(messages: &mut Vec<Message>, text: &str) {
    match messages.last_mut() {
        Some(Message::User(before)) => {
            before.push_str("\n\n");
            before.push_str(text);
        }
        _ => messages.push(Message::User(text.to_owned())),
    }
}

fn written(call: &ToolCall, dialect: Dialect) -> String {
    let arguments = serde_json::from_str(&call.arguments).unwrap_or_else(|_| Value::Null);
    let call = serde_json::json!({ "name": call.tool, "arguments": arguments });
    match dialect {
        Dialect::Native | Dialect::Text => format!("```json\n{call}\n```"),
        Dialect::Schema => call.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{agent::model::Choice, domain::CallId};

    fn request(messages: Vec<Message>) -> Request {
        let schema = json!({"type": "object", "properties": {"path": {"type": "string"}}});
        Request {
            model: "m".to_owned(),
            messages,
            tools: vec![Spec { name: "read", description: "Reads a file.", schema }],
            choice: Choice::Required,
            max_output: 100,
            temperature: None,
            effort: None,
            offer: None,
        }
    }

    #[test]
    fn tools_are_described_with_the_form_of_a_call() {
        insta::assert_snapshot!(describe_tools(&request(Vec::new()).tools, Dialect::Text), @r#"
        # Tools

        To use a tool, answer with one fenced block of JSON and nothing after it:

        ```json
        {"name": "TOOL", "arguments": {"ARGUMENT": "VALUE"}}
        ```

        Use one tool at a time; its result comes in the next message. The tools are:

        ## read
        Reads a file.
        Arguments: {"type":"object","properties":{"path":{"type":"string"}}}
        "#);
    }

    #[test]
    fn calls_and_results_become_words_that_take_turns() {
        let call = |wire_id: &str, path: &str| ToolCall {
            id: CallId(1),
            wire_id: wire_id.to_owned(),
            tool: "read".to_owned(),
            arguments: json!({ "path": path }).to_string(),
        };
        let list = vec![
            Message::System("Be brief.".to_owned()),
            Message::User("Go.".to_owned()),
            Message::Assistant {
                text: "I look.".to_owned(),
                reasoning: String::new(),
                calls: vec![call("a", "x"), call("b", "y")],
            },
            Message::Result { wire_id: "a".to_owned(), text: "one".to_owned() },
            Message::Result { wire_id: "b".to_owned(), text: "two".to_owned() },
        ];
        let written = in_text(&request(list), Dialect::Text);
        assert!(written.tools.is_empty());
        let words: Vec<String> = written.messages[1..]
            .iter()
            .map(|message| match message {
                Message::System(text) => format!("S: {text}"),
                Message::User(text) => format!("U: {text}"),
                Message::Assistant { text, calls, .. } => format!("A({}): {text}", calls.len()),
                Message::Result { text, .. } => format!("R: {text}"),
            })
            .collect();
        insta::assert_snapshot!(words.join("\n---\n"), @r#"
        U: Go.
        ---
        A(0): I look.

        ```json
        {"name":"read","arguments":{"path":"x"}}
        ```

        ```json
        {"name":"read","arguments":{"path":"y"}}
        ```
        ---
        U: Result of `read`:
        one

        Result of `read`:
        two
        "#);
    }

    #[test]
    fn without_a_system_message_the_tools_get_one_of_their_own() {
        let written = in_text(&request(vec![Message::User("Go.".to_owned())]), Dialect::Text);
        assert!(matches!(&written.messages[0], Message::System(text) if text.contains("## read")));
    }

    #[test]
    fn an_answer_that_is_held_to_its_schema_is_a_call_of_one_of_the_tools() {
        let tools = request(Vec::new()).tools;
        let schema = jsonschema::Validator::new(&call_schema(&tools)).unwrap();
        let call = |name: &str, path: Value| json!({"thought": "", "name": name, "arguments": {"path": path}});
        assert!(schema.is_valid(&call("read", json!("a"))));
        assert!(!schema.is_valid(&call("write", json!("a"))));
        assert!(!schema.is_valid(&call("read", json!(1))));
        assert!(describe_tools(&tools, Dialect::Schema).contains("\"thought\": \"NEXT STEP\""));
    }
}
