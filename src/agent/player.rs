//! Plays a cassette in a server's place: the same bytes for the same question, no network.
//!
//! What is asked again differs in what chance and the clock have made (ids of commits, numbers of
//! events, milliseconds), and in what has come in another order this time (two tasks at once). So
//! an answer is found by the question's conversation and its place in it: the very same question
//! first, else the one that is most alike.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures::{StreamExt, stream};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

use super::{
    cassette::{End, Exchange},
    exchange::{Reply, Trouble},
};

/// Words of an opening that are compared.
const MAX_WORDS: usize = 8_000;
/// Percent of their words that two openings must have in common to be of one conversation.
const ALIKE: usize = 60;

/// How fast a cassette is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    AtOnce,
    /// As it was recorded, but no wait longer than this.
    Recorded {
        most: Duration,
    },
}

/// A cassette being played.
#[derive(Debug)]
pub struct Player {
    exchanges: Vec<(Key, Exchange)>,
    played: Mutex<Vec<u32>>,
    pace: Pace,
}

/// What a question is known by. Not by the model's name: a cassette is played by whoever has it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    line: String,
    tools: Vec<String>,
    /// The conversation's first message, without what chance has made.
    system: String,
    /// The words of its second, sorted.
    opening: Vec<String>,
    /// How often the model has spoken before.
    turns: usize,
    /// The whole question, without what chance has made.
    whole: String,
}

impl Player {
    /// Takes what was read from a cassette.
    pub fn new(exchanges: Vec<Exchange>, pace: Pace) -> Self {
        let played = Mutex::new(vec![0; exchanges.len()]);
        let keyed = exchanges.into_iter().map(|one| (Key::of(&one.line, &one.request), one));
        Self { exchanges: keyed.collect(), played, pace }
    }

    /// How many exchanges were never asked for.
    pub fn left(&self) -> usize {
        let played = self.played.lock().unwrap_or_else(PoisonError::into_inner);
        played.iter().filter(|times| **times == 0).count()
    }

    /// The answer to a question.
    pub(super) async fn answer(&self, line: &str, body: Option<&[u8]>) -> Result<Reply, Trouble> {
        let request = body.and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default();
        let asked = Key::of(line, &request);
        let Some(exchange) = self.choose(&asked) else {
            return Err(Trouble::Refused(format!(
                "the cassette has no answer to this (it was recorded with other settings, or by \
                 another version of the program): {line}, after {} turns, of a conversation that \
                 begins with \"{}\"",
                asked.turns,
                asked.system.chars().take(80).collect::<String>()
            )));
        };
        self.wait(exchange.after).await;
        match &exchange.end {
            End::Unreachable(cause) => return Err(Trouble::Unreachable(cause.clone())),
            End::Broken(cause) if exchange.status == 0 => {
                return Err(Trouble::Broken(cause.clone()));
            }
            End::Broken(_) | End::Whole | End::Left => {}
        }
        let headers: HeaderMap = exchange
            .headers
            .iter()
            .filter_map(|(name, value)| {
                let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
                Some((name, HeaderValue::from_str(value).ok()?))
            })
            .collect();
        let pace = self.pace;
        let pieces: Vec<(u64, Vec<u8>)> =
            exchange.body.iter().map(|piece| (piece.after, piece.bytes.to_vec())).collect();
        let body = stream::iter(pieces).then(move |(after, bytes)| async move {
            pace.wait(after).await;
            Ok(bytes::Bytes::from(bytes))
        });
        let broken = match &exchange.end {
            End::Broken(cause) => Some(Err(Trouble::Broken(cause.clone()))),
            End::Whole | End::Left | End::Unreachable(_) => None,
        };
        Ok(Reply {
            status: StatusCode::from_u16(exchange.status).unwrap_or(StatusCode::BAD_GATEWAY),
            headers,
            body: body.chain(stream::iter(broken)).boxed(),
        })
    }

    /// The first answer that was not given yet, to this question or else to one that is alike; then
    /// an answer to this very question once more.
    fn choose(&self, asked: &Key) -> Option<&Exchange> {
        let mut played = self.played.lock().unwrap_or_else(PoisonError::into_inner);
        let all = self.exchanges.iter().enumerate();
        let fresh = |fits: &dyn Fn(&Key) -> bool| {
            all.clone().find(|(at, (key, _))| played[*at] == 0 && fits(key)).map(|(at, _)| at)
        };
        let found = fresh(&|key| key == asked)
            .or_else(|| {
                let alike =
                    all.clone().filter(|(at, (key, _))| played[*at] == 0 && key.is_turn_of(asked));
                let rated =
                    alike.map(|(at, (key, _))| (likeness(&key.opening, &asked.opening), at));
                // Of two that are equally alike the earlier one.
                let best = rated.max_by_key(|(likeness, at)| (*likeness, usize::MAX - at));
                best.filter(|(likeness, _)| *likeness >= ALIKE).map(|(_, at)| at)
            })
            .or_else(|| {
                let same = all.clone().filter(|(_, (key, _))| key == asked);
                same.min_by_key(|(at, _)| played[*at]).map(|(at, _)| at)
            })?;
        played[found] += 1;
        Some(&self.exchanges[found].1)
    }

    async fn wait(&self, millis: u64) {
        self.pace.wait(millis).await;
    }
}

impl Pace {
    async fn wait(self, millis: u64) {
        match self {
            Pace::AtOnce => {}
            Pace::Recorded { most } => {
                let wait = Duration::from_millis(millis).min(most);
                if !wait.is_zero() {
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }
}

impl Key {
    fn of(line: &str, request: &Value) -> Self {
        let list = ["messages", "input"].iter().find_map(|name| request.get(*name)?.as_array());
        let messages = list.map(Vec::as_slice).unwrap_or_default();
        let spoken = |message: &&Value| {
            let role = message.get("role").and_then(Value::as_str) == Some("assistant");
            role || message.get("type").and_then(Value::as_str) == Some("function_call")
        };
        let tools = request.get("tools").and_then(Value::as_array).into_iter().flatten();
        let name = |tool: &Value| {
            let name = tool.pointer("/function/name").or(tool.get("name"))?.as_str()?;
            Some(name.to_owned())
        };
        // The base URL's path may be another server's.
        let path = line.rsplit('/').next().unwrap_or(line);
        Self {
            line: path.to_owned(),
            tools: tools.filter_map(name).collect(),
            system: messages.first().map(|one| plain(&one.to_string())).unwrap_or_default(),
            opening: messages.get(1).map(|one| words(&plain(&said(one)))).unwrap_or_default(),
            turns: messages.iter().filter(spoken).count(),
            whole: plain(&Value::from(messages.to_vec()).to_string()),
        }
    }

    fn is_turn_of(&self, asked: &Key) -> bool {
        self.line == asked.line
            && self.tools == asked.tools
            && self.system == asked.system
            && self.turns == asked.turns
    }
}

/// What a message says.
fn said(message: &Value) -> String {
    let content = message.get("content");
    content.and_then(Value::as_str).map_or_else(|| message.to_string(), str::to_owned)
}

/// The first words of a text, sorted.
fn words(text: &str) -> Vec<String> {
    let split =
        text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut words: Vec<String> = split.take(MAX_WORDS).map(str::to_owned).collect();
    words.sort_unstable();
    words
}

/// How many percent of their words two texts have in common (Dice's coefficient).
fn likeness(one: &[String], other: &[String]) -> usize {
    let (mut at, mut common) = (0, 0);
    for word in one {
        while other.get(at).is_some_and(|next| next < word) {
            at += 1;
        }
        if other.get(at) == Some(word) {
            common += 1;
            at += 1;
        }
    }
    if one.is_empty() && other.is_empty() { 100 } else { 200 * common / (one.len() + other.len()) }
}

/// A text without what chance and the clock have made: words with a digit in them are all alike.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    let end = |word: &mut String, out: &mut String| {
        if word.contains(|letter: char| letter.is_ascii_digit()) {
            out.push('#');
        } else {
            out.push_str(word);
        }
        word.clear();
    };
    for letter in text.chars() {
        if letter.is_alphanumeric() {
            word.push(letter);
        } else {
            end(&mut word, &mut out);
            out.push(letter);
        }
    }
    end(&mut word, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_is_the_share_of_common_words() {
        let rate = |one: &str, other: &str| likeness(&words(one), &words(other));
        assert_eq!(rate("a b c d", "d c b a"), 100);
        assert_eq!(rate("a b c d", "a b x y"), 50);
        assert_eq!(rate("a a a", "a"), 50);
        assert_eq!(rate("", ""), 100);
        assert_eq!(rate("a", ""), 0);
    }

    #[test]
    fn words_with_digits_are_all_alike() {
        assert_eq!(plain("commit 1a2b took 17 ms, event #5"), "commit # took # ms, event ##");
        assert_eq!(plain("ü3 é"), "# é");
    }
}
