//! One session with one model: turns, tool calls, and the way to the core.
//!
//! The way to a model, from the bottom up: `transport` sends, `sse` and `listen` read the body,
//! `normal` makes each event canonical, `assemble` proves the turn, `exchange` holds the time
//! limits and the tries, `shape` and `dialect` fit the request to the server (`openai_chat` and
//! `openai_responses` write it), `openai` is the `Model` that ties them together. What servers do
//! wrong is data in `quirks`; what went wrong is put in words in `said` and `faults`. A `recorder`
//! puts all of it onto a `cassette`, a `player` plays one in a server's place.
//!
//! A session: `history` derives what the model is shown from the log, `asker` asks for a turn,
//! `meant` understands it (`salvage` and `bare` find calls that were written as text), `kit` carries
//! calls out, `session` ties them together, and `link` is the way to the core. What a model can do
//! is its `capability`: a `probe` finds it out, an `observer` corrects it.

mod answers;
mod asker;
mod attributes;
mod bare;
mod cap;
mod fence;
mod gauge;
mod keepsakes;
mod kit;
mod lenient;
mod meant;
mod mould;
mod observer;
mod openai_chat;
mod openai_responses;
mod progress;
mod quick;
mod render;
mod ring;
mod room;
mod rounds;
mod shapes;
mod window;
mod withheld;
pub mod words;

pub mod assemble;
pub mod blobs;
pub mod capability;
pub mod cassette;
pub mod dialect;
pub mod discover;
pub mod exchange;
pub mod faults;
pub mod ground;
pub mod history;
pub mod limits;
pub mod link;
pub mod listen;
pub mod model;
pub mod normal;
pub mod openai;
pub mod player;
pub mod probe;
pub mod prompt;
pub mod provider;
pub mod quirks;
pub mod ready;
pub mod recorder;
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
    capability::{Can, Capability, Lore, NoLore, Room, Seen, Source, Speed},
    cassette::{CASSETTE_CAP, CassetteError, Label, read as read_cassette},
    dialect::{Dialect, describe_tools},
    discover::{
        Found, HOSTED, Heard, Hosted, LOCALS, Local, Spot, converses, discover, hosted_models,
        keys, look, spots,
    },
    ground::{Ground, Still},
    history::{View, messages},
    limits::{Limits, Manner, Offer},
    link::{Ask, Link, LinkError, LiveText, Word},
    model::{Choice, Delta, Effort, Finish, Message, Model, Request, Spec, Turn},
    openai::OpenAi,
    player::{Pace, Player},
    probe::{PROBE_TIME, probe},
    prompt::{Opening, Prompt, PromptError, Prompts},
    provider::{Api, Jitter, Patience, Provider, Retries, Seconds, Tape, Timeouts, is_loopback},
    ready::Ready,
    recorder::Recorder,
    salvage::{Salvaged, salvage},
    schema::Schema,
    scripted::{Line, Scripted},
    secret::Secret,
    session::{Ended, Session},
    tokens::{estimate_message, estimate_messages, estimate_specs},
    tool::{Around, Class, Output, Tool, Toolbox, wrapped},
    withheld::{Secrets, WITHHELD, Withheld},
    words::{not_allowed, person_says},
};
