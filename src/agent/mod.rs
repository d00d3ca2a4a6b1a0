//! One session with one model: turns, tool calls, and the way to the core.

mod asker;
mod cap;
mod fence;
pub mod history;
mod kit;
mod lenient;
pub mod link;
pub mod model;
mod progress;
mod render;
mod ring;
pub mod salvage;
pub mod schema;
pub mod scripted;
pub mod session;
mod shapes;
mod talk;
pub mod tokens;
pub mod tool;
mod words;

pub use self::{
    cap::{head_and_tail, plain},
    history::{Calling, Opening, View, messages},
    link::{Ask, Link, LinkError, LiveText, Word},
    model::{Choice, Delta, Finish, Message, Model, Request, Spec, Turn},
    salvage::{Salvaged, salvage},
    schema::Schema,
    scripted::{Line, Scripted},
    session::{BlobSink, Ended, Limits, NoBlobs, Session},
    tokens::{estimate_message, estimate_messages, estimate_specs, estimate_text},
    tool::{Class, Output, Tool, Toolbox},
};
