//! One session with one model: turns, tool calls, and the way to the core.

pub mod link;
pub mod model;
pub mod prompt;
pub mod tool;

pub use self::{
    link::{Ask, Link, LinkError, LiveText, Word},
    model::{Choice, Delta, Finish, Message, Model, Request, Spec, Turn},
    prompt::{Opening, Prompt, PromptError, Prompts},
    tool::{Class, Output, Tool, Toolbox},
};
