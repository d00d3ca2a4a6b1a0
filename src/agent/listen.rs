//! A body as it comes, whichever of the three it is: events, one JSON document, a web page.
//!
//! Pure. The form is told by the first byte that is no blank, since neither the request nor the
//! content type is a promise: some servers answer a stream request with a whole document.

use super::{
    assemble::{Assembly, Piece},
    normal::{self, Heard, NamedError},
    said::Said,
    sse::{EVENT_CAP, Event, Parser, TooBig},
};

/// What ends a stream before its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// An error object.
    Error(Said),
    /// HTML.
    WebPage(Said),
    /// More than we take.
    TooBig(TooBig),
}

/// Reads one body.
#[derive(Debug, Default)]
pub struct Listener {
    form: Form,
    /// The turn so far.
    pub assembly: Assembly,
    /// `[DONE]` has come.
    pub done: bool,
}

#[derive(Debug, Default)]
enum Form {
    /// Only blanks so far.
    #[default]
    Unknown,
    Events(Parser),
    Document(Vec<u8>),
}

/// What a piece of a body came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// What can be shown.
    pub live: Vec<Piece>,
    /// Something of the model was in it, not only signs of life.
    pub said_something: bool,
}

impl Listener {
    /// Takes the next bytes.
    pub fn take(&mut self, bytes: &[u8]) -> Result<Taken, Stop> {
        if let Form::Unknown = self.form {
            self.form = match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
                None => return Ok(Taken::default()),
                Some(b'{' | b'[') => Form::Document(Vec::new()),
                Some(b'<') => return Err(Stop::WebPage(Said::in_body(bytes))),
                Some(_) => Form::Events(Parser::default()),
            };
        }
        let mut events = Vec::new();
        let fed = match &mut self.form {
            Form::Unknown => Ok(()),
            Form::Events(parser) => parser.feed(bytes, &mut events),
            Form::Document(document) => {
                document.extend_from_slice(bytes);
                if document.len() > EVENT_CAP { Err(TooBig::Event) } else { Ok(()) }
            }
        };
        let mut taken = Taken::default();
        for event in events {
            self.hear(&event, &mut taken)?;
        }
        fed.map_err(Stop::TooBig)?;
        Ok(taken)
    }

    /// The body has ended: what was still open, if it is whole.
    pub fn end(&mut self) -> Result<Vec<Piece>, Stop> {
        let mut taken = Taken::default();
        match std::mem::take(&mut self.form) {
            Form::Unknown => {}
            Form::Events(parser) => {
                // An event without its blank line counts only if it is whole.
                if let Some(event) = parser.finish().filter(|_| !self.done)
                    && normal::read(event.data.trim()).is_some()
                {
                    self.hear(&event, &mut taken)?;
                }
            }
            Form::Document(document) => {
                let event = Event {
                    name: String::new(),
                    data: String::from_utf8_lossy(&document).into_owned(),
                };
                self.hear(&event, &mut taken)?;
            }
        }
        Ok(taken.live)
    }

    fn hear(&mut self, event: &Event, taken: &mut Taken) -> Result<(), Stop> {
        let named = if event.name == "error" { NamedError::Yes } else { NamedError::No };
        match normal::hear(&event.data, named) {
            // What follows the end is not the turn's.
            _ if self.done => {}
            Heard::Chunk(chunk) if chunk.is_empty() => {}
            Heard::Chunk(chunk) => {
                taken.said_something = true;
                taken.live.extend(self.assembly.add(chunk));
            }
            Heard::Error(said) => return Err(Stop::Error(said)),
            Heard::Done => self.done = true,
            Heard::Noise => {}
            Heard::Damaged => self.assembly.damage(),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::agent::{assemble::Asked, model::Turn};

    fn turn<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Option<Turn>, Vec<Piece>) {
        let mut listener = Listener::default();
        let mut live = Vec::new();
        for piece in pieces {
            live.extend(listener.take(piece).unwrap().live);
        }
        live.extend(listener.end().unwrap());
        (listener.assembly.finish(Asked::default()).ok(), live)
    }

    const STREAM: &str = concat!(
        ": OPENROUTER PROCESSING\r\n\r\n",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}\n\n",
        "event: message\ndata: {\"choices\":[{\"delta\":{\"reasoning\":\"hm \u{1f914}\"}}]}\r\r",
        "data: {\"choices\":[{\"delta\":{\"content\":\"Grüße \"}}]}\r\n\r\n",
        "data: {\"choices\":[\ndata: {\"delta\":{\"content\":\"😀\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"read\",\"arguments\":\"{\\\"p\\\":\"}}]}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"1}\"}}]}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n",
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":9}}\n\n",
        "data: [DONE]\n\n",
    );

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn any_split_of_a_stream_gives_the_same_turn(
            cuts in prop::collection::vec(0..=STREAM.len(), 0..24),
        ) {
            let mut at = cuts;
            at.extend([0, STREAM.len()]);
            at.sort_unstable();
            let bytes = STREAM.as_bytes();
            let split = turn(at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]));
            let whole = turn([bytes]);
            prop_assert!(whole.0.as_ref().is_some_and(|turn| turn.text == "Grüße 😀"));
            prop_assert_eq!(split, whole);
        }

        #[test]
        fn no_prefix_of_a_stream_is_a_turn_before_its_finish_reason(cut in 0..STREAM.len()) {
            let reason = STREAM.find("\"tool_calls\"}]}").unwrap();
            let mut listener = Listener::default();
            listener.take(&STREAM.as_bytes()[..cut]).unwrap();
            let _ = listener.end().unwrap();
            let proven = listener.assembly.finish(Asked::default()).is_ok();
            prop_assert_eq!(proven, cut >= reason + "\"tool_calls\"}]}".len());
        }
    }

    #[test]
    fn a_whole_document_is_a_turn_as_well() {
        let document = r#" {"choices":[{"index":0,"message":{"role":"assistant","content":"Hi",
            "tool_calls":[{"id":"a","function":{"name":"f","arguments":{"x":1}}}]},
            "finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
        for cut in 0..document.len() {
            let (first, rest) = document.as_bytes().split_at(cut);
            let (turn, live) = turn([first, rest]);
            let turn = turn.unwrap();
            assert_eq!((turn.text.as_str(), turn.calls[0].arguments.as_str()), ("Hi", "{\"x\":1}"));
            assert_eq!(live.len(), 2);
        }
    }

    #[test]
    fn what_follows_the_end_is_not_the_turns() {
        let stream = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}\n\n\
             data: [DONE]\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"b\"}}]}\n\n";
        assert_eq!(turn([stream.as_bytes()]).0.unwrap().text, "a");
    }

    #[test]
    fn a_web_page_is_told_from_a_stream() {
        let stop = Listener::default().take(b"\r\n<!DOCTYPE html><title>Log in</title>");
        let Err(Stop::WebPage(said)) = stop else { panic!("{stop:?}") };
        assert_eq!(said.message, "a web page titled \"Log in\"");
    }
}
