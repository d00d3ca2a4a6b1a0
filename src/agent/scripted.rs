//! A model that plays a script: for tests, with no network and no clock of its own.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures::future::BoxFuture;
use serde_json::Value;

use super::{
    dialect::Dialect,
    model::{Delta, Finish, Model, Request, Turn},
};
use crate::domain::{CallId, Fault, FaultClass, ToolCall, Usage};

/// One answer of a script.
#[derive(Clone, Debug)]
pub enum Line {
    Turn(Turn),
    Fault(Fault),
    /// Answers after a time (of tokio's clock, so that a paused one passes it at once).
    After(Duration, Box<Line>),
    /// Begins to say this, and goes on with the next line.
    Begins(String, Box<Line>),
    /// What it has said so far is lost for this reason; then comes the next line.
    Loses(String, Box<Line>),
    /// Never answers.
    Silence,
}

impl Line {
    /// A turn of text alone.
    pub fn says(text: &str) -> Self {
        Self::Turn(Turn { text: text.to_owned(), ..played() })
    }

    /// A turn that calls one tool.
    pub fn calls(tool: &str, arguments: &Value) -> Self {
        Self::calls_all(&[(tool, arguments.clone())])
    }

    /// A turn that calls several tools.
    pub fn calls_all(calls: &[(&str, Value)]) -> Self {
        let call = |(tool, arguments): &(&str, Value)| ToolCall {
            id: CallId(0),
            wire_id: String::new(),
            tool: (*tool).to_owned(),
            arguments: arguments.to_string(),
        };
        let calls = calls.iter().map(call).collect();
        Self::Turn(Turn { calls, finish: Finish::ToolCalls, ..played() })
    }

    /// A turn that was cut off at the output limit.
    pub fn cut_off(text: &str) -> Self {
        Self::Turn(Turn { text: text.to_owned(), finish: Finish::Length, ..played() })
    }

    /// The same answer after a time.
    #[must_use]
    pub fn after(self, time: Duration) -> Self {
        Self::After(time, Box::new(self))
    }
}

impl Line {
    /// The same turn, its tools offered so.
    #[must_use]
    pub fn offered(self, dialect: Dialect) -> Self {
        match self {
            Self::Turn(turn) => Self::Turn(Turn { offered: dialect, ..turn }),
            other @ (Self::Fault(_)
            | Self::After(..)
            | Self::Begins(..)
            | Self::Loses(..)
            | Self::Silence) => other,
        }
    }

    /// The same turn, with a request of so many bytes of which the server reports so many tokens.
    #[must_use]
    pub fn reported(self, bytes: u64, tokens: u64) -> Self {
        match self {
            Self::Turn(turn) => {
                let usage = Usage { input: tokens, ..turn.usage };
                Self::Turn(Turn { asked: bytes, usage, ..turn })
            }
            other @ (Self::Fault(_)
            | Self::After(..)
            | Self::Begins(..)
            | Self::Loses(..)
            | Self::Silence) => other,
        }
    }
}

/// A turn with a usage that is easy to recognise: 100 tokens in, 10 out.
fn played() -> Turn {
    Turn { usage: Usage { input: 100, output: 10, ..Usage::default() }, ..Turn::default() }
}

/// A model that answers with the lines of a script, in order, and remembers what it was asked.
#[derive(Debug, Default)]
pub struct Scripted {
    lines: Mutex<VecDeque<Line>>,
    requests: Mutex<Vec<Request>>,
}

impl Scripted {
    /// A model that will answer with these lines.
    pub fn new(lines: impl IntoIterator<Item = Line>) -> Self {
        Self { lines: Mutex::new(lines.into_iter().collect()), requests: Mutex::default() }
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many lines have not been played yet.
    pub fn left(&self) -> usize {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Takes the next line; the lock is free again when this returns.
    fn next(&self, request: &Request) -> (Line, usize) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.push(request.clone());
        let line = self.lines.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let end = || Line::Fault(Fault::new(FaultClass::Protocol, "the script has ended"));
        (line.unwrap_or_else(end), requests.len())
    }
}

impl Model for Scripted {
    fn turn<'a>(
        &'a self,
        request: &'a Request,
        live: &'a (dyn Fn(Delta<'_>) + Send + Sync),
    ) -> BoxFuture<'a, Result<Turn, Fault>> {
        let (mut answer, number) = self.next(request);
        Box::pin(async move {
            loop {
                match answer {
                    Line::Turn(mut turn) => {
                        if !turn.text.is_empty() {
                            live(Delta::Text(&turn.text));
                        }
                        for (place, call) in turn.calls.iter_mut().enumerate() {
                            live(Delta::Call(&call.tool));
                            if call.wire_id.is_empty() {
                                call.wire_id = format!("w{number}_{place}");
                            }
                        }
                        return Ok(turn);
                    }
                    Line::Fault(fault) => return Err(fault),
                    Line::After(time, then) => {
                        tokio::time::sleep(time).await;
                        answer = *then;
                    }
                    Line::Begins(text, then) => {
                        live(Delta::Text(&text));
                        answer = *then;
                    }
                    Line::Loses(why, then) => {
                        live(Delta::Lost(&why));
                        answer = *then;
                    }
                    Line::Silence => std::future::pending::<()>().await,
                }
            }
        })
    }
}
