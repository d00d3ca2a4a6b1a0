//! One session with one model: turns, tool calls, and the way to the core.
//!
//! The way to a model, from the bottom up: `transport` sends, `sse` and `listen` read the body,
//! `normal` makes each event canonical, `assemble` proves the turn, `exchange` holds the time
//! limits and the tries, `shape` and `dialect` fit the request to the server, `openai` is the
//! `Model` that ties them together. What servers do wrong is data in `quirks`; what went wrong is
//! put in words in `said` and `faults`.

pub mod assemble;
pub mod dialect;
pub mod exchange;
pub mod faults;
pub mod link;
pub mod listen;
pub mod model;
pub mod normal;
pub mod openai;
pub mod prompt;
pub mod provider;
pub mod quirks;
pub mod retry;
pub mod said;
pub mod secret;
pub mod shape;
pub mod sse;
pub mod tool;
pub mod transport;

pub use self::{
    dialect::{Dialect, describe_tools},
    link::{Ask, Link, LinkError, LiveText, Word},
    model::{Choice, Delta, Finish, Message, Model, Request, Spec, Turn},
    openai::OpenAi,
    prompt::{Opening, Prompt, PromptError, Prompts},
    provider::{Jitter, Provider, Retries, Timeouts, is_loopback},
    secret::Secret,
    tool::{Class, Output, Tool, Toolbox},
};
