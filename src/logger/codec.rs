//! Events as they are stored: a kind, the version of its shape, and JSON.
//!
//! Apart from the domain's enum on purpose: logs outlive code. What is unknown here, or newer, is
//! an error that names it, for the reader to quarantine.

mod kinds;
mod upcast;

pub use self::{
    kinds::{KINDS, kind_of},
    upcast::{STEPS, Step},
};

use serde_json::Value;

use crate::domain::Event;

/// An event as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub kind: &'static str,
    /// Version of the kind's shape, counted from 1.
    pub v: u32,
    /// JSON object, compact, fields in a fixed order.
    pub data: String,
}

/// Why a stored event cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("unknown kind {kind:?}; a newer chargehand may have written it")]
    UnknownKind { kind: String },
    #[error("{kind} has version {v}, and this chargehand knows {known}")]
    Newer { kind: String, v: u32, known: u32 },
    #[error("{kind} version {v} could not be brought up to date: {why}")]
    Upcast { kind: String, v: u32, why: String },
    #[error("{kind} does not have the expected shape: {why}")]
    Shape { kind: String, why: String },
    /// Something around the data is wrong: a column, an encoding, a missing row.
    #[error("{why}")]
    Envelope { why: String },
}

/// Encodes an event in the newest version of its kind.
///
/// The error is serde's; no domain value is known to cause one.
pub fn encode(event: &Event) -> Result<Stored, serde_json::Error> {
    encode_with(STEPS, event)
}

/// Decodes stored data, raising older versions to the newest first.
pub fn decode(kind: &str, v: u32, data: &str) -> Result<Event, DecodeError> {
    decode_with(STEPS, kind, v, data)
}

/// Decodes data that is parsed already.
pub fn decode_value(kind: &str, v: u32, data: Value) -> Result<Event, DecodeError> {
    let known = known(STEPS, kind, v)?;
    raise(STEPS, kind, v, known, data)
}

fn encode_with(steps: &[Step], event: &Event) -> Result<Stored, serde_json::Error> {
    let kind = kind_of(event);
    let mut data = Vec::with_capacity(256);
    kinds::write(event, &mut serde_json::Serializer::new(&mut data))?;
    let data = String::from_utf8(data).map_err(serde::ser::Error::custom)?;
    Ok(Stored { kind, v: upcast::version(steps, kind), data })
}

fn decode_with(steps: &[Step], kind: &str, v: u32, data: &str) -> Result<Event, DecodeError> {
    let known = known(steps, kind, v)?;
    if v == known {
        // The common case goes straight from text to the event: replay is mostly this.
        let mut text = serde_json::Deserializer::from_str(data);
        let event = kinds::read(kind, &mut text).and_then(|event| text.end().map(|()| event));
        return event.map_err(|error| shape(kind, &error));
    }
    let value = serde_json::from_str(data).map_err(|error| shape(kind, &error))?;
    raise(steps, kind, v, known, value)
}

fn raise(
    steps: &[Step],
    kind: &str,
    v: u32,
    known: u32,
    data: Value,
) -> Result<Event, DecodeError> {
    let data = upcast::raise(steps, kind, v..known, data).map_err(|why| DecodeError::Upcast {
        kind: kind.to_owned(),
        v,
        why,
    })?;
    kinds::read(kind, data).map_err(|error| shape(kind, &error))
}

/// The newest version of a kind, when this program knows both it and the version asked for.
fn known(steps: &[Step], kind: &str, v: u32) -> Result<u32, DecodeError> {
    if !KINDS.contains(&kind) {
        // A kind that we do not know is untrusted text: it is cut before it is shown.
        return Err(DecodeError::UnknownKind { kind: kind.chars().take(64).collect() });
    }
    let known = upcast::version(steps, kind);
    if v > known {
        return Err(DecodeError::Newer { kind: kind.to_owned(), v, known });
    }
    Ok(known)
}

fn shape(kind: &str, error: &serde_json::Error) -> DecodeError {
    DecodeError::Shape { kind: kind.to_owned(), why: error.to_string() }
}
