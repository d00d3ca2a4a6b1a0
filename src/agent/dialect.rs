//! Tools for a model or a server that has none: described in words, called and answered in text.

use std::fmt::Write as _;

use serde_json::Value;

use super::model::{Message, Request, Spec};
use crate::domain::ToolCall;

/// How tools are offered to a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// As the protocol has it.
    #[default]
    Native,
    /// Described in the system message; the session finds the calls in the text.
    Text,
}

/// The tools in words, with the form that a call of them has.
pub fn describe_tools(tools: &[Spec]) -> String {
    let mut text = String::from(
        "# Tools\n\nTo use a tool, answer with one fenced block of JSON and nothing after it:\n\n\
         ```json\n{\"name\": \"TOOL\", \"arguments\": {\"ARGUMENT\": \"VALUE\"}}\n```\n\n\
         Use one tool at a time; its result comes in the next message. The tools are:\n",
    );
    for tool in tools {
        let _ =
            write!(text, "\n## {}\n{}\nArguments: {}\n", tool.name, tool.description, tool.schema);
    }
    text
}

/// The same request without native tools: they are described in the system message, calls stand
/// in the text as they are to be written, and results come as the user's words.
pub fn in_text(request: &Request) -> Request {
    let mut messages: Vec<Message> = Vec::with_capacity(request.messages.len() + 1);
    let described = describe_tools(&request.tools);
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
                let fences: Vec<String> = calls.iter().map(fence).collect();
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

fn fence(call: &ToolCall) -> String {
    let arguments = serde_json::from_str(&call.arguments).unwrap_or_else(|_| Value::Null);
    let call = serde_json::json!({ "name": call.tool, "arguments": arguments });
    format!("```json\n{call}\n```")
}
