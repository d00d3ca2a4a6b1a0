//! The house rules that a compiler cannot keep. Each rule is a function from a source to its
//! faults, and each is itself tested to find a planted one.
#![allow(clippy::unwrap_used)]

mod documents;
mod rooms;
mod source;
mod words;

/// Fails with all faults at once, so that one run shows everything that is to be mended.
fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}
