//! What a model can do: a record from a short probe, corrected by experience.
//!
//! Pure. What is not known stays unknown: a probe that runs out of time has found out that the
//! model is slow, and nothing about its tools.

use serde::{Deserialize, Serialize};

use super::{dialect::Dialect, limits::Manner};

/// Turns without a call, natively asked for one, that say more than one with a call.
const SILENT_TURNS: u32 = 3;
/// Fewer tokens a second than this is slow.
const SLOW: f32 = 15.0;
/// A window of fewer tokens than this is small.
const SMALL_WINDOW: u32 = 12_000;

/// Whether a model can do something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Can {
    #[default]
    Unknown,
    Yes,
    No,
}

/// How fast a model answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speed {
    #[default]
    Unknown,
    /// Too slow for the probe to end in its time.
    Slow,
    /// Tokens of answer a second.
    Tokens(f32),
}

/// Where the size of a window is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The server says so of the model as it is loaded.
    Server,
    /// The server refused a longer request.
    Refusal,
    /// The server read fewer tokens than were sent, and did not say so.
    Truncation,
}

/// Tokens that a model's window really holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    pub tokens: u32,
    pub from: Source,
}

/// The record of one model of one server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Capability {
    /// Tools as the protocol has them.
    pub native: Can,
    /// Tools in text: described in words, called as JSON.
    pub text: Can,
    /// Answers that the server holds to a JSON schema.
    pub schema: Can,
    pub room: Option<Room>,
    pub speed: Speed,
    /// Turns in a row that called nothing although tools were offered natively.
    pub silent: u32,
    /// Turns that called something, by experience.
    pub calls: u64,
}

/// Something that was noticed about a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Seen {
    /// A turn called something, offered so.
    Called(Dialect),
    /// A turn whose tools were offered so wrote its call as text, and it could be read.
    WroteCall(Dialect),
    /// A turn called nothing, offered so.
    CalledNothing(Dialect),
    /// The server does not take tools that are offered so.
    Refused(Dialect),
    Holds(Room),
    /// So many tokens of answer a second.
    Spoke(f32),
}

impl Capability {
    /// The record, corrected by what was noticed.
    #[must_use]
    pub fn after(mut self, seen: Seen) -> Self {
        match seen {
            Seen::Called(Dialect::Native) => {
                self.native = Can::Yes;
                self.silent = 0;
                self.calls += 1;
            }
            Seen::Called(Dialect::Schema) | Seen::WroteCall(Dialect::Schema) => {
                self.schema = Can::Yes;
                self.calls += 1;
            }
            Seen::Called(Dialect::Text) | Seen::WroteCall(Dialect::Text | Dialect::Native) => {
                self.text = Can::Yes;
                self.silent = 0;
                self.calls += 1;
            }
            Seen::CalledNothing(Dialect::Native) => {
                self.silent += 1;
                if self.silent >= SILENT_TURNS && self.native != Can::Yes {
                    self.native = Can::No;
                }
            }
            // A thought without a call is allowed; what else it could be is not told apart here.
            // Words are taken by every server.
            Seen::CalledNothing(Dialect::Text | Dialect::Schema) | Seen::Refused(Dialect::Text) => {
            }
            Seen::Refused(Dialect::Native) => self.native = Can::No,
            Seen::Refused(Dialect::Schema) => self.schema = Can::No,
            Seen::Holds(room) => {
                let smaller = self.room.is_none_or(|known| room.tokens < known.tokens);
                if smaller || room.from == Source::Server {
                    self.room = Some(room);
                }
            }
            Seen::Spoke(tokens) => {
                self.speed = Speed::Tokens(match self.speed {
                    Speed::Tokens(before) => before * 0.8 + tokens * 0.2,
                    Speed::Unknown | Speed::Slow => tokens,
                });
            }
        }
        self
    }

    /// How tools are best offered to this model.
    pub fn offer(&self) -> Dialect {
        match (self.native, self.schema) {
            (Can::No, Can::No) => Dialect::Text,
            // A server that does not hold answers to a schema says so, and gets them in text.
            (Can::No, Can::Yes | Can::Unknown) => Dialect::Schema,
            (Can::Yes | Can::Unknown, _) => Dialect::Native,
        }
    }

    /// Whether the model is to be led by the hand: small steps, whole files, short briefs.
    pub fn is_weak(&self) -> bool {
        self.native == Can::No || self.room.is_some_and(|room| room.tokens < SMALL_WINDOW)
    }

    /// Whether the model answers slowly, as far as is known.
    pub fn is_slow(&self) -> bool {
        match self.speed {
            Speed::Unknown => false,
            Speed::Slow => true,
            Speed::Tokens(tokens) => tokens < SLOW,
        }
    }

    /// How a session deals with this model, where the person leaves it open.
    pub fn manner(&self) -> Manner {
        let calls = if self.is_weak() { 1 } else { Manner::default().calls };
        Manner { offer: super::limits::Offer::Open(self.offer()), calls, ..Manner::default() }
    }
}

/// What is known of models, kept from one session to the next.
pub trait Lore: Send + Sync {
    /// The record of a model; the default one where nothing is known.
    fn of(&self, model: &str) -> Capability;

    /// Corrects the record of a model.
    fn learn(&self, model: &str, seen: Seen);
}

/// Nothing is known and nothing is kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLore;

impl Lore for NoLore {
    fn of(&self, _model: &str) -> Capability {
        Capability::default()
    }

    fn learn(&self, _model: &str, _seen: Seen) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(list: &[Seen]) -> Capability {
        list.iter().fold(Capability::default(), |known, seen| known.after(*seen))
    }

    #[test]
    fn a_model_that_keeps_calling_nothing_is_offered_its_tools_in_another_way() {
        let silent = Seen::CalledNothing(Dialect::Native);
        assert_eq!(after(&[silent; 2]).offer(), Dialect::Native);
        let known = after(&[silent; 3]);
        assert_eq!((known.native, known.offer()), (Can::No, Dialect::Schema));
        assert!(known.is_weak());
        assert_eq!(known.manner().calls, 1);
        let refused = Capability { schema: Can::No, ..known };
        assert_eq!(refused.offer(), Dialect::Text);
    }

    #[test]
    fn one_call_as_the_protocol_has_it_says_more_than_silence() {
        let silent = Seen::CalledNothing(Dialect::Native);
        let called = Seen::Called(Dialect::Native);
        assert_eq!(after(&[called, silent, silent, silent, silent]).offer(), Dialect::Native);
        assert_eq!(after(&[silent, silent, silent, called]).native, Can::Yes);
    }

    #[test]
    fn what_a_server_refuses_is_not_offered_again() {
        let native = after(&[Seen::Called(Dialect::Native), Seen::Refused(Dialect::Native)]);
        assert_eq!(native.offer(), Dialect::Schema);
        assert_eq!(native.after(Seen::Refused(Dialect::Schema)).offer(), Dialect::Text);
    }

    #[test]
    fn the_smallest_window_that_was_met_counts_until_the_server_names_another() {
        let holds = |tokens, from| Seen::Holds(Room { tokens, from });
        let met = [
            holds(32_768, Source::Server),
            holds(8_192, Source::Refusal),
            holds(16_000, Source::Refusal),
            holds(4_096, Source::Truncation),
        ];
        assert_eq!(after(&met).room.map(|room| room.tokens), Some(4_096));
        assert!(after(&met).is_weak());
        let again = after(&met).after(holds(65_536, Source::Server));
        assert_eq!(again.room.map(|room| room.tokens), Some(65_536));
    }

    #[test]
    fn a_probe_that_ran_out_of_time_says_slow_and_never_no_tools() {
        let known = Capability { speed: Speed::Slow, ..Capability::default() };
        assert!(known.is_slow() && !known.is_weak());
        assert_eq!((known.native, known.offer()), (Can::Unknown, Dialect::Native));
        assert!(!known.after(Seen::Spoke(80.0)).is_slow());
    }

    #[test]
    fn a_record_of_an_older_program_is_read_with_what_it_has() {
        let read: Capability = serde_json::from_str(r#"{"native": "yes", "more": 1}"#).unwrap();
        assert_eq!(read, Capability { native: Can::Yes, ..Capability::default() });
    }
}
