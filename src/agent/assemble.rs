//! Canonical chunks to a turn that is proven complete.
//!
//! Pure. A turn is complete when its finish reason was seen, nothing of it was lost, and the
//! arguments of each call are a JSON object. A call of any other turn is never given out.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    model::{Finish, Turn},
    normal::{CallPiece, Chunk, Reason, Whole},
};
use crate::domain::{CallId, ToolCall, Usage, Way};

/// Most bytes of one call's arguments; a call with more counts as cut off.
const ARGUMENTS_CAP: usize = 1024 * 1024;

/// Most bytes of what a turn says and thinks; a model that says more has run away.
const SAID_CAP: usize = 4 * 1024 * 1024;

/// Most bytes of what a server wants back with one turn; with more nothing is kept.
const KEPT_CAP: usize = 1024 * 1024;

/// Most calls of one turn; a model that makes more has run away.
const CALLS_CAP: usize = 64;

/// Live text of a turn under way, on its way to whoever watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    Text(String),
    Reasoning(String),
    /// A call of this tool has begun.
    Call(String),
    /// What came before counts for nothing, for this reason.
    Lost(String),
}

/// What was asked, as far as the turn's proof and figures need it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Bytes of the request: they bound the wait for the first event, and tokens are estimated
    /// from them when the server does not count.
    pub bytes: usize,
    /// Bytes of its messages alone: a template may leave out tools and schemas, and these it may
    /// not.
    pub said: usize,
    /// Messages of the request: they make ids that are made up unique in the history.
    pub messages: usize,
}

/// Something that a server wants back as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Keepsake {
    /// The place of the call that it goes with.
    pub call: usize,
    pub value: Value,
}

/// Why chunks did not come to a complete turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unproven {
    /// The stream ended before the model said that it was done.
    Cut,
    /// The stream ended well and nothing at all had been said, not even that it was done.
    Nothing,
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
    kept: Vec<Value>,
}

#[derive(Clone, Debug, Default)]
struct Call {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
    brackets: Brackets,
    extra: Option<Value>,
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
    /// Adds what one event said, and what of it can be shown to `live`. Pieces of one kind that
    /// come together are shown as one.
    pub fn add(&mut self, chunk: Chunk<'_>, live: &mut Vec<Piece>) {
        // A summary at the end counts only for what no piece before it has told.
        let piece = chunk.whole == Whole::Piece;
        if piece || self.calls.is_empty() {
            for piece in chunk.calls {
                live.extend(self.add_call(piece));
            }
        }
        if !chunk.reasoning.is_empty() && (piece || self.reasoning.is_empty()) {
            self.reasoning.push_str(&chunk.reasoning);
            match live.last_mut() {
                Some(Piece::Reasoning(before)) => before.push_str(&chunk.reasoning),
                _ => live.push(Piece::Reasoning(chunk.reasoning.into_owned())),
            }
        }
        if !chunk.text.is_empty() && (piece || self.text.is_empty()) {
            self.text.push_str(&chunk.text);
            match live.last_mut() {
                Some(Piece::Text(before)) => before.push_str(&chunk.text),
                _ => live.push(Piece::Text(chunk.text.into_owned())),
            }
        }
        for item in chunk.kept {
            if !self.kept.contains(&item) {
                self.kept.push(item);
            }
        }
        self.reason = chunk.reason.or(self.reason.take());
        // The last count is the whole turn's: some servers count along.
        self.usage = chunk.usage.or(self.usage);
    }

    /// Whether more was said than a turn may hold.
    pub fn is_endless(&self) -> bool {
        self.text.len() + self.reasoning.len() > SAID_CAP
    }

    /// Whether nothing at all was said, not even why it ended.
    pub fn is_blank(&self) -> bool {
        self.text.is_empty()
            && self.reasoning.is_empty()
            && self.calls.is_empty()
            && self.reason.is_none()
    }

    /// What the server wants back with the turn's calls, with the first one's place.
    pub fn keepsakes(&self) -> Vec<Keepsake> {
        let mut kept = Vec::new();
        if !self.kept.is_empty() {
            kept.push(Keepsake { call: 0, value: Value::from(self.kept.clone()) });
        }
        for (place, call) in self.calls.iter().enumerate() {
            kept.extend(
                call.extra.iter().map(|extra| Keepsake { call: place, value: extra.clone() }),
            );
        }
        if kept.iter().map(|one| one.value.to_string().len()).sum::<usize>() > KEPT_CAP {
            return Vec::new();
        }
        kept
    }

    /// Notes that a piece of the turn is lost.
    pub fn damage(&mut self) {
        self.damaged = true;
    }

    /// Whether the model has said why it stopped.
    pub fn has_reason(&self) -> bool {
        self.reason.is_some()
    }

    fn add_call(&mut self, piece: CallPiece<'_>) -> Option<Piece> {
        if let Some(call) = self.continued(&piece) {
            if call.id.is_empty() {
                call.id = piece.id.into_owned();
            }
            call.extra = piece.extra.or(call.extra.take());
            let begins = call.name.is_empty() && !piece.name.is_empty();
            if begins {
                piece.name.as_ref().clone_into(&mut call.name);
            }
            // A call that is sent again whole (by a server that closes with a summary) is not
            // added to itself.
            if !(call.brackets.closed && piece.arguments == call.arguments) {
                call.push(&piece.arguments);
            }
            return begins.then(|| Piece::Call(piece.name.into_owned()));
        }
        if self.calls.len() > CALLS_CAP {
            return None;
        }
        let CallPiece { index, id, name, arguments, extra } = piece;
        let (id, name) = (id.into_owned(), name.into_owned());
        let begun = (!name.is_empty()).then(|| Piece::Call(name.clone()));
        let mut call = Call { index, id, name, extra, ..Call::default() };
        call.push(&arguments);
        self.calls.push(call);
        begun
    }

    /// The call that a piece goes on with; `None` when it begins one. An id or a name that is new
    /// begins a call even under an index that was used, since Gemini gives every call index 0; a
    /// name that is repeated does not, since vLLM repeats it with each piece.
    fn continued(&mut self, piece: &CallPiece<'_>) -> Option<&mut Call> {
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
        let nothing = text.trim().is_empty() && reasoning.is_empty() && self.calls.is_empty();
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
        if nothing {
            return Err(Unproven::Empty { reason: finish });
        }
        let asked = u64::try_from(asked.said).unwrap_or(u64::MAX);
        let turn = Turn {
            text,
            reasoning,
            calls,
            way: Way::Native,
            finish,
            usage,
            estimated,
            asked,
            ..Turn::default()
        };
        Ok(turn)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn piece<'a>(
        index: Option<u64>,
        id: &'a str,
        name: &'a str,
        arguments: &'a str,
    ) -> CallPiece<'a> {
        let [id, name, arguments] = [id, name, arguments].map(std::borrow::Cow::Borrowed);
        CallPiece { index, id, name, arguments, extra: None }
    }

    fn add(assembly: &mut Assembly, chunk: Chunk<'_>) -> Vec<Piece> {
        let mut live = Vec::new();
        assembly.add(chunk, &mut live);
        live
    }

    fn called(pieces: Vec<CallPiece<'_>>, reason: Reason) -> Result<Turn, Unproven> {
        let mut assembly = Assembly::default();
        for piece in pieces {
            add(&mut assembly, Chunk { calls: vec![piece], ..Chunk::default() });
        }
        add(&mut assembly, Chunk { reason: Some(reason), ..Chunk::default() });
        assembly.finish(Asked { bytes: 400, said: 400, messages: 3 })
    }

    /// The calls as `id tool arguments`.
    fn calls(pieces: Vec<CallPiece<'_>>) -> Vec<String> {
        let turn = called(pieces, Reason::ToolCalls).unwrap();
        assert_eq!(turn.finish, Finish::ToolCalls);
        let shown = |call: ToolCall| format!("{} {} {}", call.wire_id, call.tool, call.arguments);
        turn.calls.into_iter().map(shown).collect()
    }

    fn said(text: &str, reason: Option<Reason>) -> Result<Turn, Unproven> {
        let mut assembly = Assembly::default();
        add(&mut assembly, Chunk { text: text.into(), reason, ..Chunk::default() });
        assembly.finish(Asked { bytes: 400, said: 400, messages: 3 })
    }

    #[test]
    fn a_call_in_pieces_becomes_one_call() {
        let pieces = vec![
            piece(Some(0), "a", "read", ""),
            piece(Some(0), "", "", "{\"p\""),
            piece(Some(0), "", "", ":1}"),
        ];
        assert_eq!(calls(pieces), ["a read {\"p\":1}"]);
    }

    #[test]
    fn parallel_calls_are_told_apart_by_index_even_when_their_pieces_mix() {
        let pieces = vec![
            piece(Some(0), "a", "read", "{\"p\""),
            piece(Some(1), "b", "list", "{"),
            piece(Some(0), "", "", ":1}"),
            piece(Some(1), "", "", "}"),
        ];
        assert_eq!(calls(pieces), ["a read {\"p\":1}", "b list {}"]);
    }

    #[test]
    fn parallel_calls_that_all_have_index_zero_are_told_apart_by_id_or_by_a_new_object() {
        let ids = vec![
            piece(Some(0), "a", "read", "{\"p\":1}"),
            piece(Some(0), "b", "read", "{\"p\":2}"),
        ];
        assert_eq!(calls(ids), ["a read {\"p\":1}", "b read {\"p\":2}"]);
        let none = vec![
            piece(Some(0), "", "read", "{\"p\":1}"),
            piece(Some(0), "", "read", "{\"p\":2}"),
            piece(Some(0), "", "list", "{}"),
        ];
        assert_eq!(
            calls(none),
            ["c00030000 read {\"p\":1}", "c00030001 read {\"p\":2}", "c00030002 list {}"]
        );
    }

    #[test]
    fn calls_without_an_index_are_told_apart_too() {
        let pieces = vec![
            piece(None, "a", "read", "{\"p\":"),
            piece(None, "", "", "1}"),
            piece(None, "b", "read", "{}"),
            piece(None, "a", "", ""),
        ];
        assert_eq!(calls(pieces), ["a read {\"p\":1}", "b read {}"]);
    }

    #[test]
    fn a_name_that_is_repeated_with_each_piece_is_not_doubled() {
        let pieces = vec![
            piece(Some(0), "a", "read", "{\"p\":"),
            piece(Some(0), "a", "read", "\"{}\""),
            piece(Some(0), "a", "read", "}"),
        ];
        assert_eq!(calls(pieces), ["a read {\"p\":\"{}\"}"]);
    }

    #[test]
    fn a_call_that_is_sent_again_whole_is_one_call() {
        let pieces = vec![
            piece(Some(0), "a", "read", "{\"p\":1}"),
            piece(Some(0), "a", "read", "{\"p\":1}"),
        ];
        assert_eq!(calls(pieces), ["a read {\"p\":1}"]);
    }

    #[test]
    fn ids_that_are_missing_or_used_twice_are_made_up_and_fit_mistral() {
        let pieces = vec![
            piece(Some(0), "", "read", "{}"),
            piece(Some(1), "x", "read", "{}"),
            piece(Some(2), "x", "list", "{}"),
        ];
        let ids = calls(pieces);
        assert_eq!(ids, ["c00030000 read {}", "x read {}", "c00030002 list {}"]);
    }

    #[test]
    fn empty_null_and_doubly_encoded_arguments_are_objects() {
        for (arguments, wanted) in
            [("", "{}"), ("null", "{}"), (" ", "{}"), ("\"{\\\"a\\\":1}\"", "{\"a\":1}")]
        {
            let turn = called(vec![piece(None, "i", "f", arguments)], Reason::Stop).unwrap();
            assert_eq!(turn.calls[0].arguments, wanted);
        }
    }

    #[test]
    fn calls_cut_anywhere_are_never_given_out_whatever_the_reason_says() {
        let whole = r#"{"path":"a.rs","text":"fn main() { \"x\" }","n":[1,2,{"k":null}]}"#;
        for cut in 1..whole.len() {
            let pieces = vec![
                piece(Some(0), "a", "list", "{}"),
                piece(Some(1), "b", "write", &whole[..cut]),
            ];
            for reason in [Reason::ToolCalls, Reason::Stop, Reason::Other("odd".into())] {
                let turn = called(pieces.clone(), reason).unwrap();
                assert!(turn.calls.is_empty(), "{cut}");
                assert_eq!(turn.finish, Finish::Length, "{cut}");
            }
        }
    }

    #[test]
    fn length_drops_calls_even_whole_ones() {
        let turn = called(vec![piece(None, "a", "write", "{}")], Reason::Length).unwrap();
        assert_eq!((turn.finish, turn.calls.len()), (Finish::Length, 0));
    }

    #[test]
    fn a_call_that_is_no_object_is_told_to_the_model() {
        for (arguments, wanted) in [
            ("{\"a\":1,}", "trailing comma at line 1 column 8"),
            ("[1]", "expected an object"),
            ("{} {}", "trailing characters at line 1 column 4"),
        ] {
            let turn = called(vec![piece(None, "i", "f", arguments)], Reason::ToolCalls).unwrap();
            let wanted = format!("the arguments of `f` are not a JSON object: {wanted}");
            assert_eq!((turn.finish, turn.calls.len()), (Finish::Malformed(wanted), 0));
        }
        let nameless = called(vec![piece(None, "i", "", "{}")], Reason::ToolCalls).unwrap();
        assert_eq!(nameless.finish, Finish::Malformed("a call names no tool".to_owned()));
    }

    #[test]
    fn stop_with_calls_is_a_turn_of_calls() {
        let turn = called(vec![piece(Some(0), "a", "f", "{}")], Reason::Stop).unwrap();
        assert_eq!((turn.finish, turn.calls.len()), (Finish::ToolCalls, 1));
    }

    #[test]
    fn a_turn_without_a_reason_is_not_complete() {
        assert_eq!(said("Hello", None), Err(Unproven::Cut));
    }

    #[test]
    fn an_unknown_reason_is_kept() {
        let turn = said("Hello", Some(Reason::Other("whim".into()))).unwrap();
        assert_eq!(turn.finish, Finish::Other("whim".into()));
    }

    #[test]
    fn silence_filters_failures_and_damage_are_told_apart() {
        assert_eq!(said(" ", Some(Reason::Stop)), Err(Unproven::Empty { reason: Finish::Stop }));
        let full = Unproven::Empty { reason: Finish::Length };
        assert_eq!(said("", Some(Reason::Length)), Err(full));
        assert_eq!(said("a", Some(Reason::Filtered)), Err(Unproven::Filtered));
        let failed = Unproven::Failed("abort".into());
        assert_eq!(said("a", Some(Reason::Failed("abort".into()))), Err(failed));
        let mut assembly = Assembly::default();
        assembly.damage();
        add(
            &mut assembly,
            Chunk { reason: Some(Reason::Stop), text: "a".into(), ..Chunk::default() },
        );
        assert_eq!(assembly.finish(Asked::default()), Err(Unproven::Damaged));
    }

    #[test]
    fn usage_is_estimated_when_nobody_counted_and_says_so() {
        let turn = said("12345678", Some(Reason::Stop)).unwrap();
        assert!(turn.estimated);
        assert_eq!((turn.usage.input, turn.usage.output), (100, 2));
    }

    #[test]
    fn the_last_count_of_usage_is_the_turns() {
        let mut assembly = Assembly::default();
        for output in [1, 5] {
            let usage = Some(Usage { input: 9, output, ..Usage::default() });
            add(&mut assembly, Chunk { text: "a".into(), usage, ..Chunk::default() });
        }
        add(&mut assembly, Chunk { reason: Some(Reason::Stop), ..Chunk::default() });
        let turn = assembly.finish(Asked::default()).unwrap();
        assert_eq!((turn.usage.output, turn.estimated), (5, false));
    }

    #[test]
    fn thoughts_left_in_the_text_are_taken_out_of_it() {
        let turn = said("<think>\nhm\n</think>\n\nYes", Some(Reason::Stop)).unwrap();
        assert_eq!((turn.text.as_str(), turn.reasoning.as_str()), ("Yes", "hm"));
        let turn = said("<think>endless", Some(Reason::Length)).unwrap();
        assert_eq!((turn.text.as_str(), turn.reasoning.as_str()), ("", "endless"));
    }

    #[test]
    fn what_can_be_shown_is_given_out_as_it_comes() {
        let mut assembly = Assembly::default();
        let shown = add(
            &mut assembly,
            Chunk {
                text: "t".into(),
                reasoning: "r".into(),
                calls: vec![piece(Some(0), "a", "read", "{")],
                ..Chunk::default()
            },
        );
        let call = Piece::Call("read".into());
        assert_eq!(shown, [call, Piece::Reasoning("r".into()), Piece::Text("t".into())]);
        let more = Chunk { calls: vec![piece(Some(0), "", "", "}")], ..Chunk::default() };
        assert!(add(&mut assembly, more).is_empty());
    }

    #[test]
    fn more_calls_or_longer_arguments_than_a_turn_may_have_are_not_kept() {
        let many = (0..10_000).map(|at| piece(Some(at), "", "f", "{}")).collect();
        let turn = called(many, Reason::ToolCalls).unwrap();
        assert!(matches!(turn.finish, Finish::Malformed(_)) && turn.calls.is_empty());
        let long = "x".repeat(ARGUMENTS_CAP);
        let pieces = vec![
            piece(None, "", "f", "{\"a\":\""),
            piece(None, "", "", &long),
            piece(None, "", "", "\"}"),
        ];
        assert_eq!(called(pieces, Reason::ToolCalls).unwrap().finish, Finish::Length);
    }
}
