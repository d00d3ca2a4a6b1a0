//! Canonical chunks to a turn that is proven complete.
//!
//! Pure. A turn is complete when its finish reason was seen, nothing of it was lost, and the
//! arguments of each call are a JSON object. A call of any other turn is never given out.

use serde_json::Value;

use super::{
    model::{Finish, Turn},
    normal::{CallPiece, Chunk, Reason},
};
use crate::domain::{CallId, ToolCall, Usage, Way};

/// Most bytes of one call's arguments; a call with more counts as cut off.
const ARGUMENTS_CAP: usize = 1024 * 1024;

/// Most calls of one turn; a model that makes more has run away.
const CALLS_CAP: usize = 64;

/// Live text of a turn under way, on its way to whoever watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    Reasoning(String),
    /// A call of this tool has begun.
    Call(String),
}

/// What was asked, as far as the turn's proof and figures need it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Bytes of the request: they bound the wait for the first event, and tokens are estimated
    /// from them when the server does not count.
    pub bytes: usize,
    /// Messages of the request: they make ids that are made up unique in the history.
    pub messages: usize,
}

/// Why chunks did not come to a complete turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unproven {
    /// The stream ended before the model said that it was done.
    Cut,
    /// An event could not be read.
    Damaged,
    /// The model said that it was done and had said nothing.
    Empty {
        reason: Finish,
    },
    Filtered,
    /// The server failed in the middle; its own word for it.
    Failed(String),
}

/// A turn under way.
#[derive(Clone, Debug, Default)]
pub struct Assembly {
    text: String,
    reasoning: String,
    calls: Vec<Call>,
    reason: Option<Reason>,
    usage: Option<Usage>,
    damaged: bool,
}

#[derive(Clone, Debug, Default)]
struct Call {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
    brackets: Brackets,
}

impl Call {
    fn push(&mut self, arguments: &str) {
        if self.arguments.len() <= ARGUMENTS_CAP {
            self.brackets.read(arguments);
            self.arguments.push_str(arguments);
        }
    }
}

/// Whether an object that comes in pieces is closed, found out in one pass over it. It is a guess
/// at where a call ends, never the proof that its arguments are JSON.
#[derive(Clone, Copy, Debug, Default)]
struct Brackets {
    depth: usize,
    in_string: bool,
    escaped: bool,
    closed: bool,
}

impl Brackets {
    fn read(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.in_string => self.escaped = true,
                b'"' => self.in_string = !self.in_string,
                b'{' | b'[' if !self.in_string => self.depth += 1,
                b'}' | b']' if !self.in_string => {
                    self.depth = self.depth.saturating_sub(1);
                    self.closed = self.depth == 0;
                }
                _ => {}
            }
        }
    }
}

impl Assembly {
    /// Adds what one event said, and gives out what of it can be shown.
    pub fn add(&mut self, chunk: Chunk) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for piece in chunk.calls {
            pieces.extend(self.add_call(piece));
        }
        self.reasoning.push_str(&chunk.reasoning);
        self.text.push_str(&chunk.text);
        if !chunk.reasoning.is_empty() {
            pieces.push(Piece::Reasoning(chunk.reasoning));
        }
        if !chunk.text.is_empty() {
            pieces.push(Piece::Text(chunk.text));
        }
        self.reason = chunk.reason.or(self.reason.take());
        // The last count is the whole turn's: some servers count along.
        self.usage = chunk.usage.or(self.usage);
        pieces
    }

    /// Notes that a piece of the turn is lost.
    pub fn damage(&mut self) {
        self.damaged = true;
    }

    /// Whether the model has said why it stopped.
    pub fn has_reason(&self) -> bool {
        self.reason.is_some()
    }

    fn add_call(&mut self, piece: CallPiece) -> Option<Piece> {
        if let Some(call) = self.continued(&piece) {
            if call.id.is_empty() {
                call.id = piece.id;
            }
            let begins = call.name.is_empty() && !piece.name.is_empty();
            if begins {
                call.name.clone_from(&piece.name);
            }
            // A call that is sent again whole (by a server that closes with a summary) is not
            // added to itself.
            if !(call.brackets.closed && piece.arguments == call.arguments) {
                call.push(&piece.arguments);
            }
            return begins.then_some(Piece::Call(piece.name));
        }
        if self.calls.len() > CALLS_CAP {
            return None;
        }
        let CallPiece { index, id, name, arguments } = piece;
        let begun = (!name.is_empty()).then(|| Piece::Call(name.clone()));
        let mut call = Call { index, id, name, ..Call::default() };
        call.push(&arguments);
        self.calls.push(call);
        begun
    }

    /// The call that a piece goes on with; `None` when it begins one. An id or a name that is new
    /// begins a call even under an index that was used, since Gemini gives every call index 0; a
    /// name that is repeated does not, since vLLM repeats it with each piece.
    fn continued(&mut self, piece: &CallPiece) -> Option<&mut Call> {
        let call = match piece.index {
            Some(index) => {
                self.calls.iter_mut().rfind(|call| call.index.is_none_or(|own| own == index))
            }
            None if !piece.id.is_empty() && self.calls.iter().any(|call| call.id == piece.id) => {
                self.calls.iter_mut().find(|call| call.id == piece.id)
            }
            None => self.calls.last_mut(),
        }?;
        if piece.name.is_empty() || call.name.is_empty() {
            return Some(call);
        }
        let same_id = piece.id.is_empty() || call.id.is_empty() || piece.id == call.id;
        let known = !piece.id.is_empty() && piece.id == call.id;
        let begins_anew = piece.name != call.name
            || !same_id
            || (!known && call.brackets.closed && !piece.arguments.is_empty());
        (!begins_anew).then_some(call)
    }

    /// The turn, if it is proven.
    pub fn finish(self, asked: Asked) -> Result<Turn, Unproven> {
        let usage = self.usage.unwrap_or_else(|| self.estimate(asked));
        let estimated = self.usage.is_none();
        let reason = self.reason.ok_or(Unproven::Cut)?;
        if self.damaged {
            return Err(Unproven::Damaged);
        }
        let (text, reasoning) = split_thought(self.text, self.reasoning);
        let (finish, calls) = match reason {
            Reason::Filtered => return Err(Unproven::Filtered),
            Reason::Failed(word) => return Err(Unproven::Failed(word)),
            Reason::Length => (Finish::Length, Vec::new()),
            Reason::Stop | Reason::ToolCalls | Reason::Other(_) => {
                match proven(self.calls, asked.messages) {
                    Err(finish) => (finish, Vec::new()),
                    Ok(calls) if !calls.is_empty() => (Finish::ToolCalls, calls),
                    Ok(calls) => (
                        match reason {
                            Reason::Other(word) => Finish::Other(word),
                            _ => Finish::Stop,
                        },
                        calls,
                    ),
                }
            }
        };
        let dropped = matches!(finish, Finish::Malformed(_));
        if text.trim().is_empty() && reasoning.is_empty() && calls.is_empty() && !dropped {
            return Err(Unproven::Empty { reason: finish });
        }
        Ok(Turn { text, reasoning, calls, way: Way::Native, finish, usage, estimated })
    }

    /// Four characters to a token: the rule of thumb of OpenAI's documentation.
    fn estimate(&self, asked: Asked) -> Usage {
        let tokens = |chars: usize| u64::try_from(chars.div_ceil(4)).unwrap_or(u64::MAX);
        let calls: usize =
            self.calls.iter().map(|call| call.name.len() + call.arguments.len()).sum();
        let reasoning = self.reasoning.chars().count();
        let said = self.text.chars().count() + reasoning + calls;
        Usage {
            input: tokens(asked.bytes),
            cached: 0,
            output: tokens(said),
            reasoning: tokens(reasoning),
        }
    }
}

/// All calls with their arguments proven, or what the turn comes to without them.
fn proven(calls: Vec<Call>, messages: usize) -> Result<Vec<ToolCall>, Finish> {
    if calls.len() > CALLS_CAP {
        return Err(Finish::Malformed(format!("more than {CALLS_CAP} calls in one turn")));
    }
    let mut out: Vec<ToolCall> = Vec::with_capacity(calls.len());
    for call in calls {
        if call.arguments.len() > ARGUMENTS_CAP {
            return Err(Finish::Length);
        }
        if call.name.is_empty() {
            return Err(Finish::Malformed("a call names no tool".to_owned()));
        }
        let arguments = match object(&call.arguments) {
            Ok(arguments) => arguments,
            // Cut off in the middle, whatever reason was given (many servers call it tool_calls).
            Err(error) if error.is_eof() => return Err(Finish::Length),
            Err(error) => {
                let what =
                    format!("the arguments of `{}` are not a JSON object: {error}", call.name);
                return Err(Finish::Malformed(what));
            }
        };
        let unusable = call.id.is_empty() || out.iter().any(|other| other.wire_id == call.id);
        // Nine letters and digits, which is what Mistral's templates ask of an id.
        let wire_id =
            if unusable { format!("c{:04}{:04}", messages % 10_000, out.len()) } else { call.id };
        out.push(ToolCall { id: CallId(0), wire_id, tool: call.name, arguments });
    }
    Ok(out)
}

/// The text of the arguments' object: as it came, if it is one. Nothing and `null` are an empty
/// object; an object inside of a string (encoded twice) is taken out of it.
fn object(arguments: &str) -> Result<String, serde_json::Error> {
    if arguments.trim().is_empty() {
        return Ok("{}".to_owned());
    }
    match serde_json::from_str::<Value>(arguments)? {
        Value::Object(_) => Ok(arguments.to_owned()),
        Value::Null => Ok("{}".to_owned()),
        Value::String(inner) if serde_json::from_str::<Value>(&inner)?.is_object() => Ok(inner),
        Value::String(_) | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            Err(serde::de::Error::custom("expected an object"))
        }
    }
}

/// Thoughts that a server without a reasoning parser leaves in the text, between `<think>` tags at
/// its beginning (Qwen, DeepSeek distillations).
fn split_thought(text: String, reasoning: String) -> (String, String) {
    let Some(inside) = text.trim_start().strip_prefix("<think>") else { return (text, reasoning) };
    let (thought, said) = inside.split_once("</think>").unwrap_or((inside, ""));
    (said.trim_start().to_owned(), reasoning + thought.trim())
}
