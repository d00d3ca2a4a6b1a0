//! What an executor's session begins with.

use serde::Serialize;

use super::finish::Finish;
use crate::{
    agent::{Opening, Prompt, PromptError, Prompts, Tool},
    domain::Brief,
};

#[derive(Serialize)]
struct Values {
    brief: String,
    steering: String,
}

#[derive(Serialize)]
struct Nothing {}

/// The opening of a session: the role, the same for every task, then the brief and nothing else.
pub fn opening(prompts: &Prompts, brief: &Brief) -> Result<Opening, PromptError> {
    let values = Values { brief: brief.render(), steering: String::new() };
    Ok(Opening {
        system: prompts.render(Prompt::ExecutorSystem, &Nothing {})?,
        user: prompts.render(Prompt::ExecutorUser, &values)?,
    })
}

/// The tool with which a session reports and ends.
pub fn finish() -> Box<dyn Tool> {
    Box::new(Finish)
}
