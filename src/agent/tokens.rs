//! How many tokens messages and tools may come to: their texts by the domain's rule, and their
//! frames.

use super::model::{Message, Spec};
use crate::domain::{ToolCall, estimate_text};

/// What the frame of one message costs in a chat template.
const PER_MESSAGE: u64 = 8;
/// What the frame of one tool call or one tool's description costs.
const PER_TOOL: u64 = 16;

/// Estimated tokens of one message with its frame.
pub fn estimate_message(message: &Message) -> u64 {
    let content = match message {
        Message::System(text) | Message::User(text) => estimate_text(text),
        Message::Assistant { text, reasoning, calls } => {
            estimate_text(text) + estimate_text(reasoning) + calls.iter().map(of_call).sum::<u64>()
        }
        Message::Result { wire_id, text } => estimate_text(wire_id) + estimate_text(text),
    };
    content + PER_MESSAGE
}

/// Estimated tokens of a whole history.
pub fn estimate_messages(messages: &[Message]) -> u64 {
    messages.iter().map(estimate_message).sum()
}

/// Estimated tokens of the tools as they are shown to the model.
pub fn estimate_specs(specs: &[Spec]) -> u64 {
    specs
        .iter()
        .map(|spec| {
            estimate_text(spec.name)
                + estimate_text(spec.description)
                + estimate_text(&spec.schema.to_string())
                + PER_TOOL
        })
        .sum()
}

fn of_call(call: &ToolCall) -> u64 {
    estimate_text(&call.wire_id)
        + estimate_text(&call.tool)
        + estimate_text(&call.arguments)
        + PER_TOOL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_costs_more_than_its_text() {
        let message = Message::User("hello".to_owned());
        assert!(estimate_message(&message) > estimate_text("hello"));
    }

    #[test]
    fn a_call_costs_its_arguments() {
        let with = |arguments: &str| {
            estimate_message(&Message::Assistant {
                text: String::new(),
                reasoning: String::new(),
                calls: vec![ToolCall {
                    id: crate::domain::CallId(1),
                    wire_id: "a".to_owned(),
                    tool: "write".to_owned(),
                    arguments: arguments.to_owned(),
                }],
            })
        };
        assert!(with("{\"content\":\"a long text of many words\"}") > with("{}"));
    }
}
