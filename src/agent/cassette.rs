//! A cassette: every exchange with a model server as it was, one JSON object a line.
//!
//! The first line says what it is; each other line is one request with everything that came back,
//! piece by piece, and how it ended. Keys are never in it: headers of requests are not kept, and
//! what is known or looks like a secret is withheld from the rest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version of the format.
const VERSION: u32 = 1;
/// Most bytes of a cassette that are read.
pub const CASSETTE_CAP: u64 = 512 * 1024 * 1024;
/// Headers of responses that are kept.
const HEADERS: [&str; 5] = ["content-type", "retry-after", "retry-after-ms", "date", "location"];

/// The first line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    pub cassette: u32,
    /// Name and version of the program that recorded it.
    pub program: String,
    /// The goal that was worked on; empty when it is not known.
    #[serde(default)]
    pub goal: String,
    /// Tokens of the models' window as it was set: what a model is shown hangs on it.
    #[serde(default)]
    pub context_tokens: Option<u32>,
}

impl Label {
    /// A label of this program.
    pub fn new() -> Self {
        let program = concat!("chargehand ", env!("CARGO_PKG_VERSION")).to_owned();
        Self { cassette: VERSION, program, ..Self::default() }
    }
}

/// One request, and all that came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// Such as `POST /v1/chat/completions`.
    pub line: String,
    /// `null` when there was no body.
    pub request: Value,
    /// Milliseconds from the request to the head of the response, or to what went wrong.
    pub after: u64,
    #[serde(default)]
    pub status: u16,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub body: Vec<Piece>,
    pub end: End,
}

/// A piece of a body, so many milliseconds after the one before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    #[serde(default, skip_serializing_if = "is_zero")]
    pub after: u64,
    #[serde(flatten)]
    pub bytes: Bytes,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Bytes as they stand in JSON: text where they are text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bytes {
    Text(String),
    /// Two digits a byte.
    Hex(String),
}

impl Bytes {
    /// Takes bytes.
    pub fn of(bytes: &[u8]) -> Self {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Self::Text(text.to_owned());
        }
        let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        Self::Hex(digits.filter_map(|one| char::from_digit(one.into(), 16)).collect())
    }

    /// Gives them back; digits that are none are left out.
    pub fn to_vec(&self) -> Vec<u8> {
        match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Hex(digits) => digits
                .as_bytes()
                .chunks(2)
                .filter_map(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok())
                .collect(),
        }
    }
}

/// How an exchange ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The body ended.
    Whole,
    /// We had enough, or the person stopped it.
    Left,
    Broken(String),
    /// No connection was made.
    Unreachable(String),
}

/// Whether a header of a response is kept.
pub(super) fn keeps(header: &str) -> bool {
    HEADERS.contains(&header)
}

/// Why a cassette cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum CassetteError {
    #[error("the file is no cassette of chargehand: {0}")]
    NoLabel(String),
    #[error("the cassette is of version {0}, and this program reads version {VERSION}")]
    Newer(u32),
    #[error("line {line} of the cassette cannot be read: {why}")]
    Damaged { line: usize, why: String },
    #[error("the cassette holds no exchange")]
    Empty,
}

/// Reads a cassette. A last line that was cut off by a crash is left out.
pub fn read(text: &str) -> Result<(Label, Vec<Exchange>), CassetteError> {
    let mut lines = text.lines().enumerate();
    let first = lines.next().map(|(_, line)| line).unwrap_or_default();
    let label: Label =
        serde_json::from_str(first).map_err(|error| CassetteError::NoLabel(error.to_string()))?;
    if label.cassette != VERSION {
        return Err(CassetteError::Newer(label.cassette));
    }
    let mut exchanges = Vec::new();
    let mut lines = lines.filter(|(_, line)| !line.trim().is_empty()).peekable();
    while let Some((at, line)) = lines.next() {
        match serde_json::from_str(line) {
            Ok(exchange) => exchanges.push(exchange),
            Err(error) if error.is_eof() && lines.peek().is_none() => {}
            Err(error) => {
                return Err(CassetteError::Damaged { line: at + 1, why: error.to_string() });
            }
        }
    }
    if exchanges.is_empty() { Err(CassetteError::Empty) } else { Ok((label, exchanges)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_as_they_were() {
        for bytes in [b"plain".as_slice(), "ü".as_bytes(), &[0xc3], &[0, 255, 7], b""] {
            let json = serde_json::to_string(&Bytes::of(bytes)).unwrap();
            let read: Bytes = serde_json::from_str(&json).unwrap();
            assert_eq!(read.to_vec(), bytes, "{json}");
        }
    }

    #[test]
    fn what_is_no_cassette_is_told_from_one_that_is_damaged_or_cut_off() {
        let label = serde_json::to_string(&Label::new()).unwrap();
        let line = r#"{"line":"GET /v1/models","request":null,"after":1,"end":"whole"}"#;
        let told = |text: &str| read(text).map(|(_, all)| all.len()).map_err(|no| no.to_string());
        assert_eq!(told(&format!("{label}\n{line}\n{line}\n")), Ok(2));
        assert_eq!(told(&format!("{label}\n{line}\n{}", &line[..30])), Ok(1));
        assert!(told(&format!("{label}\n{}\n{line}", &line[..30])).unwrap_err().contains("line 2"));
        assert!(told("").unwrap_err().contains("no cassette"));
        assert!(told("{\"cassette\":9,\"program\":\"x\"}").unwrap_err().contains("version 9"));
        assert!(told(&label).unwrap_err().contains("no exchange"));
    }
}
