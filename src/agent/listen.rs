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
