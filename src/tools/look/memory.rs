//! `memory_search`: what earlier goals left in the log.

use std::sync::Arc;

use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::arguments::{self, Done};
use crate::{
    agent::{Class, Link, Output, Spec, Tool},
    domain::ToolCall,
};

/// Most findings of one answer.
const MAX_FOUND: usize = 20;
/// Most characters of one finding.
const MAX_TEXT: usize = 1_000;

/// What can be asked for earlier events by words.
pub trait Memory: Send + Sync {
    /// The best findings first, each one line or a few, at most `limit`.
    fn search(&self, query: &str, limit: usize) -> Vec<String>;
}

/// The tool `memory_search`.
pub(super) struct MemorySearch {
    pub(super) memory: Arc<dyn Memory>,
}

#[derive(Deserialize)]
struct Arguments {
    query: String,
}

impl MemorySearch {
    fn search(&self, arguments: Value) -> Done {
        let Arguments { query } = arguments::read(arguments)?;
        if query.trim().is_empty() {
            return Err("the query is empty: name words to look for".to_owned());
        }
        let mut found = self.memory.search(&query, MAX_FOUND);
        found.truncate(MAX_FOUND);
        if found.is_empty() {
            return Ok(Output::ok("nothing in the memory matches"));
        }
        let found: Vec<_> = found.iter().map(|one| arguments::clipped(one, MAX_TEXT)).collect();
        Ok(Output::ok(found.join("\n")))
    }
}

impl Tool for MemorySearch {
    fn spec(&self) -> Spec {
        Spec {
            name: "memory_search",
            description: "Earlier tasks, reports, verdicts and lessons of this repository, by words.",
            schema: json!({
                "type": "object",
                "properties": {"query": {"type": "string"}},
                "required": ["query"],
                "additionalProperties": false
            }),
        }
    }

    fn class(&self) -> Class {
        Class::Look
    }

    fn call<'a>(&'a self, _: &'a ToolCall, arguments: Value, _: &'a Link) -> BoxFuture<'a, Output> {
        Box::pin(async move { arguments::answer(self.search(arguments)) })
    }
}
