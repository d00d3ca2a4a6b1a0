//! A body as it comes, whichever of the three it is: events, one JSON document, a web page.
//!
//! Pure. The form is told by the first byte that is no blank, since neither the request nor the
//! content type is a promise: some servers answer a stream request with a whole document.

use super::{
    assemble::{Assembly, Piece},
    mould::Mould,
    normal::{self, Heard, NamedError},
    quirks,
    said::Said,
    sse::{EVENT_CAP, Event, Parser, TooBig},
};

/// First bytes of a body that are kept, to say what it was if it is no answer.
const OPENING: usize = 600;

/// What ends a stream before its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// An error object.
    Error(Said),
    /// HTML.
    WebPage(Said),
    /// Plain words instead of an answer.
    Words(Said),
    /// JSON that says nothing that any model's server says.
    Foreign(Said),
    /// Not a single byte.
    Empty,
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
    /// How the body begins.
    opening: Vec<u8>,
    /// The first words that came where an event should have stood.
    words: String,
    mould: Mould,
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
        let room = OPENING.saturating_sub(self.opening.len()).min(bytes.len());
        self.opening.extend_from_slice(&bytes[..room]);
        if let Form::Unknown = self.form {
            self.form = match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
                None => return Ok(Taken::default()),
                Some(b'{' | b'[') => Form::Document(Vec::new()),
                Some(b'<') => return Err(Stop::WebPage(Said::in_body(bytes))),
                Some(_) => Form::Events(Parser::default()),
            };
        }
        let mut ear = Ear::default();
        let Self { form, assembly, done, words, mould, .. } = self;
        match form {
            Form::Unknown => {}
            Form::Events(parser) => {
                let fed = parser.feed(bytes, |event| ear.hear(event, assembly, done, words, mould));
                fed.map_err(Stop::TooBig)?;
            }
            Form::Document(document) => {
                document.extend_from_slice(bytes);
                if document.len() > EVENT_CAP {
                    return Err(Stop::TooBig(TooBig::Event));
                }
            }
        }
        if self.assembly.is_endless() {
            return Err(Stop::TooBig(TooBig::Turn));
        }
        ear.taken()
    }

    /// The body has ended: what was still open, if it is whole.
    pub fn end(&mut self) -> Result<Vec<Piece>, Stop> {
        let mut ear = Ear::default();
        let form = std::mem::take(&mut self.form);
        let Self { assembly, done, words, mould, .. } = self;
        let mut foreign = None;
        match form {
            Form::Unknown => return Err(Stop::Empty),
            Form::Events(parser) => parser.finish(|event| {
                // An event without its blank line counts only if it is whole.
                if normal::read(event.data.trim()).is_some() {
                    ear.hear(event, assembly, done, words, mould);
                }
            }),
            Form::Document(document) => {
                let data = String::from_utf8_lossy(&document);
                ear.hear(Event { name: "", data: &data }, assembly, done, words, mould);
                foreign = normal::read(data.trim()).filter(|value| !normal::is_of_a_model(value));
            }
        }
        let live = ear.taken()?.live;
        if self.assembly.is_blank() {
            if let Some(value) = foreign {
                return Err(Stop::Foreign(Said::in_value(&value)));
            }
            if let Some(said) = self.plain_words() {
                return Err(Stop::Words(said));
            }
        }
        Ok(live)
    }

    /// What a body without any event of a model says in plain words, if it says something.
    fn plain_words(&self) -> Option<Said> {
        if quirks::find(quirks::ERRORS, &self.words.to_lowercase()).is_some()
            || self.words.to_lowercase().contains("error")
        {
            return Some(Said::text(&self.words));
        }
        let text = String::from_utf8_lossy(&self.opening);
        let line = text.trim_start_matches('\u{feff}').trim_start().lines().next()?;
        let field = line.split(':').next().unwrap_or_default();
        let of_a_stream = ["", "data", "event", "id", "retry"].contains(&field.trim_end())
            || line.starts_with(['{', '[', '<']);
        (!of_a_stream && text.chars().any(char::is_alphanumeric)).then(|| Said::text(&text))
    }
}

/// What is heard in one piece of a body.
#[derive(Default)]
struct Ear {
    taken: Taken,
    stop: Option<Stop>,
}

impl Ear {
    fn hear(
        &mut self,
        event: Event<'_>,
        assembly: &mut Assembly,
        done: &mut bool,
        words: &mut String,
        mould: &mut Mould,
    ) {
        // What follows the end is not the turn's.
        if *done || self.stop.is_some() {
            return;
        }
        let named = if event.name == "error" { NamedError::Yes } else { NamedError::No };
        match mould.hear(event.data, named) {
            Heard::Chunk(chunk) if chunk.is_empty() => {}
            Heard::Chunk(chunk) => {
                self.taken.said_something = true;
                assembly.add(chunk, &mut self.taken.live);
            }
            Heard::Error(said) => self.stop = Some(Stop::Error(said)),
            Heard::Done => *done = true,
            Heard::Noise if words.is_empty() => {
                words.extend(event.data.chars().take(OPENING));
            }
            Heard::Noise | Heard::Alive => {}
            Heard::Damaged => assembly.damage(),
        }
    }

    fn taken(self) -> Result<Taken, Stop> {
        self.stop.map_or(Ok(self.taken), Err)
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
            join(&mut live, listener.take(piece).unwrap().live);
        }
        match listener.end() {
            Ok(more) => join(&mut live, more),
            Err(stop) => assert_eq!(stop, Stop::Empty),
        }
        (listener.assembly.finish(Asked::default()).ok(), live)
    }

    /// Pieces of one kind as one, since how they are cut depends on how the bytes come.
    fn join(live: &mut Vec<Piece>, more: Vec<Piece>) {
        for piece in more {
            match (live.last_mut(), piece) {
                (Some(Piece::Text(before)), Piece::Text(text))
                | (Some(Piece::Reasoning(before)), Piece::Reasoning(text)) => {
                    before.push_str(&text);
                }
                (_, piece) => live.push(piece),
            }
        }
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
            assert!(matches!(listener.end(), Ok(_) | Err(Stop::Empty)));
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
    fn plain_words_instead_of_an_answer_are_told_and_comments_are_not() {
        let ended = |body: &str| {
            let mut listener = Listener::default();
            listener.take(body.as_bytes()).unwrap();
            listener.end()
        };
        for (body, words) in [
            ("Internal Server Error\n", "Internal Server Error"),
            ("error: model is loading\nplease wait\n", "error: model is loading please wait"),
            ("data: Error: context length overflow\n\n", "Error: context length overflow"),
        ] {
            let Err(Stop::Words(said)) = ended(body) else { panic!("{body}") };
            assert_eq!(said.message, words);
        }
        for body in [": OPENROUTER PROCESSING\n\n", "event: ping\ndata: {\n\n", "data: ping\n\n"] {
            assert_eq!(ended(body), Ok(Vec::new()), "{body}");
        }
        assert_eq!(ended("\n"), Err(Stop::Empty));
    }

    #[test]
    fn a_model_that_does_not_stop_talking_is_stopped() {
        let event = format!(
            "data: {{\"choices\":[{{\"delta\":{{\"content\":\"{}\"}}}}]}}\n\n",
            "a".repeat(60_000)
        );
        let mut listener = Listener::default();
        let stopped = (0..200).find_map(|_| listener.take(event.as_bytes()).err());
        assert_eq!(stopped, Some(Stop::TooBig(TooBig::Turn)));
    }

    #[test]
    fn a_web_page_is_told_from_a_stream() {
        let stop = Listener::default().take(b"\r\n<!DOCTYPE html><title>Log in</title>");
        let Err(Stop::WebPage(said)) = stop else { panic!("{stop:?}") };
        assert_eq!(said.message, "a web page titled \"Log in\"");
    }
}
