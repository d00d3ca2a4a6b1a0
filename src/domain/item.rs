//! What is said in a session, as the log keeps it.

use serde::{Deserialize, Serialize};

use super::{ids::CallId, money::Usage};

/// One settled thing in a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "item", rename_all = "snake_case")]
pub enum Item {
    /// Text to the model: a nudge of ours, a person's steering.
    Told { text: String },
    /// A whole turn of the model. The first turn's prompt is compiled, not logged as an item.
    Said {
        text: String,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        reasoning: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        calls: Vec<ToolCall>,
        /// Which way its tool calls came.
        #[serde(default)]
        way: Way,
        usage: Usage,
    },
    /// The outcome of a tool call.
    Returned {
        call: CallId,
        ok: bool,
        /// What the model is shown, capped at 64 KiB.
        text: String,
        /// Digest of the whole output, when `text` is not all of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        blob: Option<String>,
        millis: u64,
    },
}

/// A call of a tool as the model wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    pub id: CallId,
    /// The provider's own id for it, to be echoed with the result.
    pub wire_id: String,
    pub tool: String,
    /// JSON text of the arguments, exactly as it came, capped at 1 MiB.
    pub arguments: String,
}

/// Which way a turn's tool calls came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// As the protocol has it (or there were none).
    #[default]
    Native,
    /// As JSON in the text, salvaged.
    Salvaged,
    /// As a whole file in a fence with `path` in its info string.
    FileFence,
}
