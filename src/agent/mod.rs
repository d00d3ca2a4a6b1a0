//! One session with one model: turns, tool calls, and the way to the core.

mod cap;
pub mod history;
mod lenient;
pub mod link;
pub mod model;
mod render;
pub mod schema;
pub mod tokens;
pub mod tool;

pub use self::{
    history::{Calling, Opening, View, messages},
    link::{Ask, Link, LinkError, LiveText, Word},
    model::{Choice, Delta, Finish, Message, Model, Request, Spec, Turn},
    schema::Schema,
    tokens::{estimate_message, estimate_messages, estimate_specs, estimate_text},
    tool::{Class, Output, Tool, Toolbox},
};
