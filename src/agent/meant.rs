//! What a turn means: its calls, whichever way they came, and the words beside them.

use serde_json::Value;

use super::{
    bare::{Bare, bare},
    dialect::Dialect,
    kit::Kit,
    lenient,
    model::{Finish, Turn},
    salvage::{Salvaged, salvage},
    words,
};
use crate::domain::{CallId, ToolCall, Way};

/// A turn as it is understood.
pub(super) struct Meant {
    /// Not numbered yet.
    pub(super) calls: Vec<ToolCall>,
    pub(super) way: Way,
    /// What is left of the text: the history shows what was read as calls as calls, once.
    pub(super) text: String,
    /// For the log, when the calls did not come as the protocol has it.
    pub(super) note: Option<String>,
}

/// Understands a turn whose tools were offered so. A turn that was cut off has no calls.
pub(super) fn meant(turn: &Turn, offered: Dialect, kit: &Kit) -> Meant {
    let cut = turn.finish == Finish::Length;
    let plain =
        |calls: Vec<ToolCall>| Meant { calls, way: turn.way, text: turn.text.clone(), note: None };
    if cut {
        return plain(Vec::new());
    }
    if !turn.calls.is_empty() {
        return plain(turn.calls.clone());
    }
    if let Some(Salvaged { calls, way, rest }) = salvage(&turn.text, &kit.names()) {
        let note = match offered {
            // That is how it was asked for.
            Dialect::Text | Dialect::Schema if way == Way::Salvaged => None,
            Dialect::Native | Dialect::Text | Dialect::Schema => Some(words::way(way).to_owned()),
        };
        let text = thought(&turn.text).unwrap_or(rest);
        return Meant { calls, way, text, note };
    }
    if let Some(Bare { tool, arguments, rest }) = bare(&turn.text, &|object| kit.delivers(object)) {
        let call =
            ToolCall { id: CallId(0), wire_id: String::new(), tool: tool.to_owned(), arguments };
        let note = Some(words::bare(tool));
        return Meant { calls: vec![call], way: Way::Salvaged, text: rest, note };
    }
    plain(Vec::new())
}

/// The thought before a call in an answer that was held to its schema.
fn thought(text: &str) -> Option<String> {
    match lenient::whole(text)?.get("thought")? {
        Value::String(thought) => Some(thought.trim().to_owned()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}
