//! A key, kept away from every text that a person or a log sees.

use std::fmt;

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use super::model::Turn;

/// An API key. Its `Debug` form is `Secret(..)`; it is wiped from memory when dropped.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a key as it was read; blanks and line breaks around it are not part of it.
    pub fn new(text: &str) -> Self {
        Self(SecretString::from(text.trim()))
    }

    /// The wrapped text, for a client that wants it so.
    pub fn inner(&self) -> &SecretString {
        &self.0
    }

    /// Whether there is no key in it.
    pub fn is_empty(&self) -> bool {
        self.0.expose_secret().is_empty()
    }

    /// A header of `prefix` and the key, marked sensitive; `None` if no header can hold it
    /// (a line break or another control character inside).
    pub fn header(&self, prefix: &str) -> Option<HeaderValue> {
        let mut value =
            HeaderValue::from_str(&format!("{prefix}{}", self.0.expose_secret())).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// The text with every occurrence of the key replaced by `[key]`: a server may echo it.
    pub fn scrub(&self, text: &str) -> String {
        if self.is_empty() {
            return text.to_owned();
        }
        text.replace(self.0.expose_secret(), "[key]")
    }
}

impl Secret {
    /// Whether a turn holds the key.
    pub fn is_in(&self, turn: &Turn) -> bool {
        let key = self.0.expose_secret();
        let mut texts = [turn.text.as_str(), turn.reasoning.as_str()]
            .into_iter()
            .chain(turn.calls.iter().map(|call| call.arguments.as_str()));
        !key.is_empty() && texts.any(|text| text.contains(key))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_debug_form_says_nothing_of_the_key() {
        assert_eq!(format!("{:?}", Secret::new("sk-123")), "Secret(..)");
    }

    #[test]
    fn blanks_and_line_breaks_around_a_key_are_dropped() {
        assert_eq!(Secret::new(" sk-1\r\n").header("Bearer ").unwrap(), "Bearer sk-1");
    }

    #[test]
    fn a_line_break_inside_a_key_makes_no_header() {
        assert!(Secret::new("sk-1\nsk-2").header("Bearer ").is_none());
    }

    #[test]
    fn a_header_with_a_key_is_marked_sensitive() {
        assert!(Secret::new("sk-1").header("").unwrap().is_sensitive());
    }

    #[test]
    fn an_echoed_key_is_scrubbed() {
        assert_eq!(Secret::new("sk-1").scrub("bad key sk-1!"), "bad key [key]!");
        assert_eq!(Secret::new("").scrub("abc"), "abc");
    }
}
