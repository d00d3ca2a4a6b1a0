//! One session with one model: turns, tool calls, and the way to the core.
//!
//! The way to a model, from the bottom up: `transport` sends, `sse` and `listen` read the body,
//! `normal` makes each event canonical, `assemble` proves the turn, `exchange` holds the time
//! limits and the tries, `shape` and `dialect` fit the request to the server, `openai` is the
//! `Model` that ties them together. What servers do wrong is data in `quirks`; what went wrong is
//! put in words in `said` and `faults`.
//!
//! A session: `history` derives what the model is shown from the log, `asker` asks for a turn,
//! `salvage` finds calls that were written as text (`fence` and `shapes` know how), `kit` carries calls out, `session` ties them
//! together, and `link` is the way to the core.

mod asker;
mod attributes;
mod cap;
mod fence;
mod kit;
mod lenient;
mod progress;
mod render;
mod ring;
mod shapes;
mod words;

pub mod assemble;
pub mod blobs;
pub mod dialect;
pub mod discover;
pub mod exchange;
pub mod faults;
pub mod history;
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
pub mod salvage;
pub mod schema;
pub mod scripted;
pub mod secret;
pub mod session;
pub mod shape;
pub mod sse;
pub mod tokens;
pub mod tool;
pub mod transport;

pub use self::{
    blobs::BlobSink,
    dialect::{Dialect, describe_tools},
    discover::{
        Found, HOSTED, Heard, Hosted, LOCALS, Local, Spot, converses, discover, hosted_models,
        keys, look, spots,
    },
    history::{View, messages},
    link::{Ask, Link, LinkError, LiveText, Word},
    model::{Choice, Delta, Finish, Message, Model, Request, Spec, Turn},
    openai::OpenAi,
    prompt::{Opening, Prompt, PromptError, Prompts},
    provider::{Jitter, Provider, Retries, Timeouts, is_loopback},
    salvage::{Salvaged, salvage},
    schema::Schema,
    scripted::{Line, Scripted},
    secret::Secret,
    session::{Ended, Limits, Session},
    tokens::{estimate_message, estimate_messages, estimate_specs, estimate_text},
    tool::{Class, Output, Tool, Toolbox},
};
