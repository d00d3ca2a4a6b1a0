//! Fingerprints of content: SHA-256 over canonical JSON (struct fields in their declared order).

use serde::Serialize;
use sha2::{Digest, Sha256};

/// SHA-256 in hex of a value's JSON form. Domain values always have one, so this cannot fail.
pub fn of<T: Serialize>(value: &T) -> String {
    // Maps keyed by strings and plain structs cannot fail to serialise; an empty text would only
    // make two hashes equal, and a test compares them.
    bytes(&serde_json::to_vec(value).unwrap_or_default())
}

/// SHA-256 in hex of bytes.
pub fn bytes(data: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(data).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The first 12 digits of a hash, enough to show and to key criteria with.
pub fn short(hash: &str) -> String {
    hash.chars().take(12).collect()
}
