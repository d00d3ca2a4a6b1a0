//! `write_brief`: the planner's words, made a whole brief, linted, written.

use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::Value;

use super::{
    brief::{Words, compose},
    delivery::{Rounds, lines, schema},
    ground::Ground,
    lint::lint,
    propose::ExistsHere,
};
use crate::{
    agent::{Class, Link, Output, Spec, Tool},
    domain::{Command, Severity, ToolCall},
};

/// The tool that writes a brief.
pub(super) struct WriteBrief {
    pub(super) ground: Arc<Ground>,
    pub(super) exists: ExistsHere,
    pub(super) rounds: Rounds,
}

impl Tool for WriteBrief {
    fn spec(&self) -> Spec {
        Spec {
            name: "write_brief",
            description: "Write your part of the brief. Faults come back to be mended; without \
                          faults the session is over.",
            schema: schema(include_str!("../../assets/schemas/write_brief.json")),
        }
    }

    fn class(&self) -> Class {
        Class::Deliver
    }

    fn call<'a>(
        &'a self,
        _call: &'a ToolCall,
        arguments: Value,
        link: &'a Link,
    ) -> BoxFuture<'a, Output> {
        Box::pin(async move {
            let words: Words = match serde_json::from_value(arguments) {
                Ok(words) => words,
                Err(fault) => return self.rounds.faulty(&format!("- {fault}")),
            };
            if words.requirements.iter().all(|one| one.trim().is_empty()) {
                return self.rounds.faulty("- `requirements` is empty: say what must hold");
            }
            let mut brief = compose(&self.ground, &words);
            brief.lint = lint(&brief, &self.ground, &*self.exists);
            let errors: Vec<&str> = brief
                .lint
                .iter()
                .filter(|finding| finding.severity == Severity::Error)
                .map(|finding| finding.text.as_str())
                .collect();
            if !errors.is_empty() {
                return self.rounds.faulty(&lines(&errors));
            }
            match link.ask(Command::WriteBrief { run: link.run, brief }).await {
                Ok(_) => Output::end("The brief is written."),
                Err(why) => self.rounds.not_done(&why),
            }
        })
    }
}
