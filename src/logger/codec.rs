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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::logger::samples;

    #[test]
    fn every_kind_has_a_sample_and_every_sample_comes_back_as_it_was() {
        let mut seen = BTreeSet::new();
        for record in samples::every() {
            let stored = encode(&record.event).unwrap();
            assert_eq!(decode(stored.kind, stored.v, &stored.data).unwrap(), record.event);
            let value = serde_json::from_str(&stored.data).unwrap();
            assert_eq!(decode_value(stored.kind, stored.v, value).unwrap(), record.event);
            seen.insert(stored.kind);
        }
        assert_eq!(seen, KINDS.iter().copied().collect());
    }

    #[test]
    fn every_kind_is_named_once() {
        assert_eq!(KINDS.iter().collect::<BTreeSet<_>>().len(), KINDS.len());
    }

    #[test]
    fn the_steps_of_each_kind_begin_at_one_and_leave_none_out() {
        let kinds: BTreeSet<_> = STEPS.iter().map(|step| step.kind).collect();
        for kind in kinds {
            assert!(KINDS.contains(&kind), "{kind}");
            let mut from: Vec<u32> =
                STEPS.iter().filter(|step| step.kind == kind).map(|step| step.from).collect();
            from.sort_unstable();
            assert!((1..).zip(&from).all(|(wanted, from)| wanted == *from), "{kind} {from:?}");
        }
    }

    /// As if `why` had been called `reason` once, and before that been a list.
    const SYNTHETIC: &[Step] = &[
        Step {
            kind: "plan_rejected",
            from: 1,
            with: |data| {
                let lines = data["reasons"].as_array().ok_or("no reasons")?;
                let lines: Vec<_> = lines.iter().filter_map(Value::as_str).collect();
                Ok(json!({ "reason": lines.join("; ") }))
            },
        },
        Step { kind: "plan_rejected", from: 2, with: |data| Ok(json!({ "why": data["reason"] })) },
    ];

    #[test]
    fn data_of_an_older_version_is_raised_step_by_step() {
        let event = Event::PlanRejected { why: "vague; long".into() };
        for (v, data) in [
            (1, r#"{"reasons":["vague","long"]}"#),
            (2, r#"{"reason":"vague; long"}"#),
            (3, r#"{"why":"vague; long"}"#),
        ] {
            assert_eq!(decode_with(SYNTHETIC, "plan_rejected", v, data).unwrap(), event, "{v}");
        }
        assert_eq!(encode_with(SYNTHETIC, &event).unwrap().v, 3);
        let other = encode_with(SYNTHETIC, &Event::PlanningResumed).unwrap();
        assert_eq!(other.v, 1);
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let of = |kind, v, data| decode_with(SYNTHETIC, kind, v, data).unwrap_err().to_string();
        insta::assert_snapshot!(
            [
                of("dream_dreamt", 1, "{}"),
                of("plan_rejected", 4, "{}"),
                of("plan_rejected", 1, "{}"),
                of("plan_rejected", 0, "{}"),
                of("plan_rejected", 3, "{}"),
                of("plan_rejected", 3, r#"{"why":"a","extra":1}"#),
                of("plan_rejected", 3, r#"{"why":"a"} trailing"#),
                of("plan_rejected", 3, "\0\0\0"),
                of("plan_rejected", 3, ""),
            ]
            .join("\n"),
            @r#"
        unknown kind "dream_dreamt"; a newer chargehand may have written it
        plan_rejected has version 4, and this chargehand knows 3
        plan_rejected version 1 could not be brought up to date: no reasons
        plan_rejected version 0 could not be brought up to date: no way from version 0 of plan_rejected
        plan_rejected does not have the expected shape: missing field `why` at line 1 column 2
        plan_rejected does not have the expected shape: unknown field `extra`, expected `why` at line 1 column 18
        plan_rejected does not have the expected shape: trailing characters at line 1 column 13
        plan_rejected does not have the expected shape: expected value at line 1 column 1
        plan_rejected does not have the expected shape: EOF while parsing a value at line 1 column 0
        "#
        );
    }
}
