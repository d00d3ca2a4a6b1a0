//! A request in the form of the Responses API. Nothing is kept on the server: the whole history is
//! sent each time, with the thoughts that only the server can read where it gave them.

use async_openai::types::responses::{
    CreateResponse, FunctionTool, IncludeEnum, Tool, ToolChoiceOptions, ToolChoiceParam,
};
use serde_json::{Value, json};

use super::{
    faults::{Again, Failure},
    keepsakes::Keepsakes,
    model::{Message, Request, Spec},
    openai_chat::{is_empty, worded},
    shape::Shape,
};
use crate::domain::FaultClass;

/// The request as this model of this server takes it.
pub(super) fn body(wanted: &Request, shape: Shape, kept: &Keepsakes) -> Result<Value, Failure> {
    let request = worded(wanted, shape);
    let said = request.messages.iter().filter(|message| !is_empty(message));
    let input: Vec<Value> = said.flat_map(|message| items(message, shape, kept)).collect();
    let tools: Vec<Tool> = request.tools.iter().map(tool).collect();
    let choice = ToolChoiceParam::Option(ToolChoiceOptions::Required);
    let reference = CreateResponse {
        model: Some(request.model.clone()),
        store: Some(false),
        include: shape.asks_for_sealed().then(|| vec![IncludeEnum::ReasoningEncryptedContent]),
        tool_choice: (!tools.is_empty() && shape.sends_choice(&request)).then_some(choice),
        tools: (!tools.is_empty()).then_some(tools),
        ..Default::default()
    };
    let mut body = serde_json::to_value(reference).map_err(|error| {
        let what = format!("the request has no JSON form: {error}");
        Failure::new(FaultClass::Protocol, Again::Never, what)
    })?;
    if let Some(fields) = body.as_object_mut() {
        fields.insert("input".to_owned(), Value::from(input));
        if let Some(effort) = shape.effort(wanted) {
            fields.insert("reasoning".to_owned(), json!({ "effort": effort }));
        }
        shape.fit(fields, wanted, &[]);
    }
    Ok(body)
}

/// A message as items of the input.
fn items(message: &Message, shape: Shape, kept: &Keepsakes) -> Vec<Value> {
    let words = |role: &str, text: &str| json!({"role": role, "content": text});
    match message {
        Message::System(text) => vec![words("system", text)],
        Message::User(text) => vec![words("user", text)],
        Message::Assistant { text, calls, .. } => {
            let mut items = Vec::new();
            // Sealed thoughts stand before what they led to; without the wish for them the server
            // would not know what they are.
            let sealed = calls.first().filter(|_| shape.asks_for_sealed());
            if let Some(Value::Array(thoughts)) = sealed.and_then(|call| kept.of(call)) {
                items.extend(thoughts);
            }
            if !text.is_empty() {
                items.push(words("assistant", text));
            }
            items.extend(calls.iter().map(|call| {
                json!({"type": "function_call", "call_id": call.wire_id, "name": call.tool,
                    "arguments": call.arguments})
            }));
            items
        }
        Message::Result { wire_id, text } => {
            vec![json!({"type": "function_call_output", "call_id": wire_id, "output": text})]
        }
    }
}

fn tool(spec: &Spec) -> Tool {
    Tool::Function(FunctionTool {
        name: spec.name.to_owned(),
        description: Some(spec.description.to_owned()),
        parameters: Some(spec.schema.clone()),
        // Left out it would mean yes, and our schemas have optional fields.
        strict: Some(false),
        ..Default::default()
    })
}
