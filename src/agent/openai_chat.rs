//! A request in the form of Chat Completions.

use std::{borrow::Cow, collections::BTreeMap};

use async_openai::types::chat::{
    ChatCompletionMessageToolCall, ChatCompletionMessageToolCalls,
    ChatCompletionRequestAssistantMessage, ChatCompletionRequestMessage,
    ChatCompletionRequestSystemMessage, ChatCompletionRequestToolMessage,
    ChatCompletionRequestUserMessage, ChatCompletionTool, ChatCompletionToolChoiceOption,
    ChatCompletionTools, CreateChatCompletionRequest, FunctionCall, FunctionObject,
    ToolChoiceOptions,
};
use serde_json::Value;

use super::{
    dialect::{self, Dialect},
    faults::{Again, Failure},
    keepsakes::Keepsakes,
    model::{Message, Request, Spec},
    quirks::{self, Signature},
    shape::Shape,
};
use crate::domain::{FaultClass, ToolCall};

/// The request as this model of this server takes it.
pub(super) fn body(wanted: &Request, shape: Shape, kept: &Keepsakes) -> Result<Value, Failure> {
    let request = worded(wanted, shape);
    let ids = Ids::of(&request, shape);
    let said = request.messages.iter().filter(|message| !is_empty(message));
    let reasonings: Vec<&str> = said
        .clone()
        .filter_map(|message| match message {
            Message::Assistant { reasoning, .. } => Some(reasoning.as_str()),
            Message::System(_) | Message::User(_) | Message::Result { .. } => None,
        })
        .collect();
    let tools: Vec<ChatCompletionTools> = request.tools.iter().map(tool).collect();
    let choice = ChatCompletionToolChoiceOption::Mode(ToolChoiceOptions::Required);
    let reference = CreateChatCompletionRequest {
        model: request.model.clone(),
        messages: said.map(|one| message(one, &ids)).collect(),
        tool_choice: (!tools.is_empty() && shape.sends_choice(&request)).then_some(choice),
        tools: (!tools.is_empty()).then_some(tools),
        ..Default::default()
    };
    let mut body = serde_json::to_value(reference).map_err(|error| {
        let what = format!("the request has no JSON form: {error}");
        Failure::new(FaultClass::Protocol, Again::Never, what)
    })?;
    if let Some(fields) = body.as_object_mut() {
        shape.fit(fields, wanted, &reasonings);
    }
    if shape.dialect == Dialect::Native {
        sign(&mut body, &request, shape, kept);
    }
    Ok(body)
}

/// The request with its tools offered as the shape has it.
pub(super) fn worded(request: &Request, shape: Shape) -> Cow<'_, Request> {
    match shape.dialect {
        Dialect::Native => Cow::Borrowed(request),
        Dialect::Text | Dialect::Schema => Cow::Owned(dialect::in_text(request, shape.dialect)),
    }
}

/// Gives each call back what came with it (Gemini's signature), or the word for its loss.
fn sign(body: &mut Value, request: &Request, shape: Shape, kept: &Keepsakes) {
    let calls = request.messages.iter().filter_map(|message| match message {
        Message::Assistant { calls, .. } => Some(calls),
        Message::System(_) | Message::User(_) | Message::Result { .. } => None,
    });
    let extras: Vec<Option<Value>> = calls
        .flat_map(|calls| {
            calls.iter().enumerate().map(|(place, call)| {
                kept.of(call).filter(Value::is_object).or_else(|| match shape.signature {
                    // The signature of parallel calls stands with the first one.
                    Signature::Skip if place == 0 => Some(serde_json::json!({
                        "google": {"thought_signature": "skip_thought_signature_validator"},
                    })),
                    Signature::Skip | Signature::None => None,
                })
            })
        })
        .collect();
    if extras.iter().all(Option::is_none) {
        return;
    }
    let messages = body.get_mut("messages").and_then(Value::as_array_mut);
    let written = messages
        .into_iter()
        .flatten()
        .filter_map(|message| message.get_mut("tool_calls")?.as_array_mut())
        .flatten();
    for (call, extra) in written.zip(extras) {
        if let Some(extra) = extra {
            call["extra_content"] = extra;
        }
    }
}

/// The ids of the calls as this server takes them.
struct Ids(Option<BTreeMap<String, String>>);

impl Ids {
    fn of(request: &Request, shape: Shape) -> Self {
        let named = request.messages.iter().flat_map(|message| match message {
            Message::Assistant { calls, .. } => calls.as_slice(),
            Message::System(_) | Message::User(_) | Message::Result { .. } => &[],
        });
        match shape.ids {
            quirks::Ids::Own => Self(None),
            quirks::Ids::Nine => Self(Some(
                named
                    .enumerate()
                    .map(|(at, call)| (call.wire_id.clone(), format!("c{at:08}")))
                    .collect(),
            )),
        }
    }

    fn shown(&self, own: &str) -> String {
        let other = self.0.as_ref().and_then(|names| names.get(own));
        other.map_or_else(|| own.to_owned(), Clone::clone)
    }
}

/// An assistant message with nothing in it, which servers reject.
pub(super) fn is_empty(message: &Message) -> bool {
    matches!(message, Message::Assistant { text, calls, .. } if text.is_empty() && calls.is_empty())
}

fn message(message: &Message, ids: &Ids) -> ChatCompletionRequestMessage {
    match message {
        Message::System(text) => ChatCompletionRequestSystemMessage::from(text.as_str()).into(),
        Message::User(text) => ChatCompletionRequestUserMessage::from(text.as_str()).into(),
        Message::Assistant { text, calls, .. } => ChatCompletionRequestAssistantMessage {
            content: (!text.is_empty()).then(|| text.as_str().into()),
            tool_calls: (!calls.is_empty())
                .then(|| calls.iter().map(|one| call(one, ids)).collect()),
            ..Default::default()
        }
        .into(),
        Message::Result { wire_id, text } => ChatCompletionRequestToolMessage {
            content: text.as_str().into(),
            tool_call_id: ids.shown(wire_id),
        }
        .into(),
    }
}

fn call(call: &ToolCall, ids: &Ids) -> ChatCompletionMessageToolCalls {
    ChatCompletionMessageToolCalls::Function(ChatCompletionMessageToolCall {
        id: ids.shown(&call.wire_id),
        function: FunctionCall { name: call.tool.clone(), arguments: call.arguments.clone() },
    })
}

fn tool(spec: &Spec) -> ChatCompletionTools {
    ChatCompletionTools::Function(ChatCompletionTool {
        function: FunctionObject {
            name: spec.name.to_owned(),
            description: Some(spec.description.to_owned()),
            parameters: Some(spec.schema.clone()),
            strict: None,
        },
    })
}
