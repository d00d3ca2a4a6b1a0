//! What a session can do: tools, each of a class, with closed argument schemas.

use futures::future::BoxFuture;
use serde_json::Value;

use super::{link::Link, model::Spec};
use crate::domain::ToolCall;

/// What a tool does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Reads; runs freely and at once.
    Look,
    /// Changes files of the worktree; begins only after its intent is logged.
    Change,
    /// Executes a command; needs a permission as well.
    Execute,
    /// Delivers the session's result to the core (a plan, a brief, a verdict, a report) or asks.
    Deliver,
}

/// A tool's answer to the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    pub ok: bool,
    /// What the model is shown, already capped.
    pub text: String,
    /// The whole output when `text` is not all of it; the session stores it as a blob.
    pub whole: Option<Vec<u8>>,
    /// The session is over: its result is delivered.
    pub ends: bool,
}

impl Output {
    /// A plain success.
    pub fn ok(text: impl Into<String>) -> Self {
        Self { ok: true, text: text.into(), whole: None, ends: false }
    }

    /// An error that the model can use.
    pub fn error(text: impl Into<String>) -> Self {
        Self { ok: false, text: text.into(), whole: None, ends: false }
    }

    /// A delivery after which the session ends.
    pub fn end(text: impl Into<String>) -> Self {
        Self { ok: true, text: text.into(), whole: None, ends: true }
    }
}

/// A tool. Its arguments have been validated against `spec().schema` before `call`.
pub trait Tool: Send + Sync {
    /// Name, description and schema.
    fn spec(&self) -> Spec;

    /// What it does to the world.
    fn class(&self) -> Class;

    /// The shell line that it would execute with these arguments; only for `Class::Execute`.
    fn command(&self, _arguments: &Value) -> Option<String> {
        None
    }

    /// Does it. `link` is the way to the core for tools that deliver or ask.
    fn call<'a>(
        &'a self,
        call: &'a ToolCall,
        arguments: Value,
        link: &'a Link,
    ) -> BoxFuture<'a, Output>;
}

/// The tools of one session, in the order they are shown.
pub type Toolbox = Vec<Box<dyn Tool>>;

/// What is done around every call of a tool that otherwise stays what it is.
pub trait Around: Send + Sync {
    /// Does a call of `tool`, or answers in its place.
    fn call<'a>(
        &'a self,
        tool: &'a dyn Tool,
        call: &'a ToolCall,
        arguments: Value,
        link: &'a Link,
    ) -> BoxFuture<'a, Output>;
}

/// The same tools, with this around each of their calls.
pub fn wrapped<A: Around + Clone + 'static>(tools: Toolbox, around: &A) -> Toolbox {
    let wrap = |tool| Box::new(Wrapped { tool, around: around.clone() }) as Box<dyn Tool>;
    tools.into_iter().map(wrap).collect()
}

struct Wrapped<A> {
    tool: Box<dyn Tool>,
    around: A,
}

impl<A: Around> Tool for Wrapped<A> {
    fn spec(&self) -> Spec {
        self.tool.spec()
    }

    fn class(&self) -> Class {
        self.tool.class()
    }

    fn command(&self, arguments: &Value) -> Option<String> {
        self.tool.command(arguments)
    }

    fn call<'a>(
        &'a self,
        call: &'a ToolCall,
        arguments: Value,
        link: &'a Link,
    ) -> BoxFuture<'a, Output> {
        self.around.call(&*self.tool, call, arguments, link)
    }
}
