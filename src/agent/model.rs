//! A model as a session sees it: one request, one whole turn, live text on the way.

use std::time::Duration;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::dialect::Dialect;
use crate::domain::{Fault, ToolCall, Usage, Way};

/// What one turn is asked with.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub model: String,
    pub messages: Vec<Message>,
    pub tools: Vec<Spec>,
    pub choice: Choice,
    /// Most tokens that the answer may have.
    pub max_output: u32,
    pub temperature: Option<f32>,
    /// `None` leaves it to the model.
    pub effort: Option<Effort>,
    /// How tools are offered; `None` leaves it to what is known of the model.
    pub offer: Option<Dialect>,
}

/// How hard a model that thinks is to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    Minimal,
    Low,
    Medium,
    High,
}

impl Effort {
    /// The word for it in requests.
    pub fn word(self) -> &'static str {
        match self {
            Effort::Minimal => "minimal",
            Effort::Low => "low",
            Effort::Medium => "medium",
            Effort::High => "high",
        }
    }
}

/// Whether the model must call a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    Auto,
    /// Some tool must be called.
    Required,
}

/// One message of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    System(String),
    User(String),
    Assistant { text: String, reasoning: String, calls: Vec<ToolCall> },
    Result { wire_id: String, text: String },
}

/// A tool as it is shown to the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Spec {
    pub name: &'static str,
    pub description: &'static str,
    /// JSON Schema of the arguments: an object, closed, all subschemas inline.
    pub schema: Value,
}

/// A turn that is proven complete.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    pub text: String,
    pub reasoning: String,
    /// In the order they came; `ToolCall::id` is 0 here, the session numbers them.
    pub calls: Vec<ToolCall>,
    pub way: Way,
    pub finish: Finish,
    pub usage: Usage,
    /// The provider said nothing about usage and the figures are estimates.
    pub estimated: bool,
    /// From the first word to the last; zero when they came at once.
    #[serde(default)]
    pub speaking: Duration,
    /// How tools were offered in the end: a server may have refused the way that was wished for.
    #[serde(default)]
    pub offered: Dialect,
    /// Bytes of the request's messages; zero when they were not counted.
    #[serde(default)]
    pub asked: u64,
}

/// Why a turn ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Finish {
    #[default]
    Stop,
    ToolCalls,
    /// The output limit was reached; calls of such a turn were dropped, never run.
    Length,
    /// A call was no JSON object: what is wrong with it, for the model. All calls of such a turn
    /// were dropped, never run.
    Malformed(String),
    /// A reason that we do not know, kept as it was said.
    Other(String),
}

/// Unsettled text of a turn under way. It may be lost; facts never are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delta<'a> {
    Text(&'a str),
    Reasoning(&'a str),
    /// A tool call has begun.
    Call(&'a str),
    /// The answer up to here counts for nothing, for this reason: the turn is asked for again, or
    /// it has failed.
    Lost(&'a str),
}

/// A connection to one model. Dropping the future cancels the turn.
pub trait Model: Send + Sync {
    /// Asks for one turn. `live` is called with each piece of text as it comes.
    fn turn<'a>(
        &'a self,
        request: &'a Request,
        live: &'a (dyn Fn(Delta<'_>) + Send + Sync),
    ) -> BoxFuture<'a, Result<Turn, Fault>>;
}
