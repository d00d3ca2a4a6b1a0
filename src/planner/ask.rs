//! `ask_person`: a question, and the wait for its answer.

use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::Value;

use super::{
    delivery::{Rounds, schema},
    text::clip,
};
use crate::{
    agent::{Class, Link, Output, Spec, Tool},
    domain::{Command, QuestionId, ToolCall},
};

/// Most tokens of a question, and of an answer.
const MOST: u32 = 2_000;
/// Most options that a question may offer.
const OPTIONS: usize = 8;

/// The tool that asks the person. It waits for as long as it takes.
pub(super) struct AskPerson {
    pub(super) rounds: Rounds,
}

#[derive(Deserialize)]
struct Arguments {
    question: String,
    #[serde(default)]
    options: Vec<String>,
}

impl Tool for AskPerson {
    fn spec(&self) -> Spec {
        Spec {
            name: "ask_person",
            description: "Ask the person one question and wait for the answer. Only for what the \
                          repository cannot tell.",
            schema: schema(include_str!("../../assets/schemas/ask_person.json")),
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
            let asked: Arguments = match serde_json::from_value(arguments) {
                Ok(asked) => asked,
                Err(fault) => return Output::error(fault.to_string()),
            };
            if asked.question.trim().is_empty() {
                return Output::error("`question` is empty");
            }
            let question = clip(asked.question.trim(), MOST, "the question");
            let mut options: Vec<String> =
                asked.options.iter().map(|one| clip(one.trim(), MOST, "the option")).collect();
            options.retain(|option| !option.is_empty());
            options.truncate(OPTIONS);
            let answer =
                match link.ask(Command::AskQuestion { run: link.run, question, options }).await {
                    Ok(record) => link.word_on_question(QuestionId(record.seq.0)).await,
                    Err(why) => Err(why),
                };
            match answer {
                Ok(answer) => Output::ok(format!(
                    "The person answers: {}",
                    clip(answer.trim(), MOST, "the answer")
                )),
                Err(why) => self.rounds.not_done(&why),
            }
        })
    }
}
