//! Writes every exchange onto a cassette as it passes.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use futures::StreamExt;
use serde_json::Value;

use super::{
    assemble::Asked,
    cassette::{Bytes, End, Exchange, Label, Piece, keeps},
    exchange::{Reply, Trouble},
    listen::Listener,
    model::{Finish, Turn},
    withheld::Withheld,
};

/// Most bytes of one body that are kept; what comes after is not the point any more.
const BODY_CAP: usize = 16 * 1024 * 1024;

/// A cassette under way.
pub struct Recorder {
    out: Mutex<Out>,
    withheld: Withheld,
}

struct Out {
    to: Box<dyn Write + Send>,
    failed: Option<io::Error>,
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Recorder(..)")
    }
}

impl Recorder {
    /// Begins a cassette. What is withheld never gets onto it.
    pub fn new(
        mut to: Box<dyn Write + Send>,
        label: &Label,
        withheld: Withheld,
    ) -> io::Result<Self> {
        let label = withheld.clean(serde_json::to_string(label).unwrap_or_default());
        writeln!(to, "{label}")?;
        to.flush()?;
        Ok(Self { out: Mutex::new(Out { to, failed: None }), withheld })
    }

    /// Why the cassette has a gap, if it has one.
    pub fn failure(&self) -> Option<String> {
        let out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.failed.as_ref().map(ToString::to_string)
    }

    /// Lets a reply pass, and writes the exchange down when it has ended, however that is.
    pub(super) fn pass(
        self: &Arc<Self>,
        line: String,
        request: Option<&[u8]>,
        begun: Instant,
        reply: Result<Reply, Trouble>,
    ) -> Result<Reply, Trouble> {
        let request = request.and_then(|body| serde_json::from_slice(body).ok());
        let exchange = Exchange {
            line,
            request: request.unwrap_or(Value::Null),
            after: millis(begun),
            status: 0,
            headers: BTreeMap::new(),
            body: Vec::new(),
            end: End::Left,
        };
        let mut tape =
            Tape { recorder: Arc::clone(self), exchange, bytes: Vec::new(), last: begun };
        let reply = match reply {
            Ok(reply) => reply,
            Err(trouble) => {
                tape.exchange.end = match &trouble {
                    Trouble::Unreachable(cause) => End::Unreachable(cause.clone()),
                    Trouble::Broken(cause) | Trouble::Refused(cause) => End::Broken(cause.clone()),
                };
                return Err(trouble);
            }
        };
        tape.exchange.status = reply.status.as_u16();
        tape.exchange.headers = reply
            .headers
            .iter()
            .filter(|(name, _)| keeps(name.as_str()))
            .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
            .collect();
        tape.last = Instant::now();
        let body = futures::stream::unfold((reply.body, tape), |(mut body, mut tape)| async move {
            let next = body.next().await;
            match &next {
                Some(Ok(bytes)) => tape.heard(bytes),
                Some(Err(
                    Trouble::Unreachable(cause) | Trouble::Broken(cause) | Trouble::Refused(cause),
                )) => {
                    tape.exchange.end = End::Broken(cause.clone());
                }
                None => {
                    if tape.exchange.end == End::Left {
                        tape.exchange.end = End::Whole;
                    }
                }
            }
            next.map(|next| (next, (body, tape)))
        });
        Ok(Reply { body: body.boxed(), ..reply })
    }

    fn write(&self, exchange: &Exchange) {
        let line = serde_json::to_string(exchange).unwrap_or_default();
        let line = self.withheld.clean(line);
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        let wrote = writeln!(out.to, "{line}").and_then(|()| out.to.flush());
        if let Err(error) = wrote {
            out.failed.get_or_insert(error);
        }
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// One exchange under way; it is written when it is dropped.
struct Tape {
    recorder: Arc<Recorder>,
    exchange: Exchange,
    bytes: Vec<u8>,
    last: Instant,
}

impl Tape {
    fn heard(&mut self, bytes: &[u8]) {
        if self.bytes.len() + bytes.len() <= BODY_CAP {
            self.bytes.extend_from_slice(bytes);
            let after = millis(self.last);
            self.exchange.body.push(Piece { after, bytes: Bytes::of(bytes) });
        }
        self.last = Instant::now();
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        let withheld = &self.recorder.withheld;
        let text = String::from_utf8_lossy(&self.bytes);
        // A secret may be cut in two by the pieces, or spread over many events.
        if let Some(turn) = spelt_out(&self.bytes).filter(|turn| {
            withheld.is_in(&turn.text)
                || withheld.is_in(&turn.reasoning)
                || turn.calls.iter().any(|call| withheld.is_in(&call.arguments))
        }) {
            let body = withheld.clean(document(&turn).to_string());
            self.exchange.body = vec![Piece { after: 0, bytes: Bytes::Text(body) }];
        } else if withheld.is_in(&text) {
            let body = withheld.clean(text.into_owned());
            self.exchange.body = vec![Piece { after: 0, bytes: Bytes::Text(body) }];
        }
        self.recorder.write(&self.exchange);
    }
}

/// The turn that a body came to, if it is one.
fn spelt_out(body: &[u8]) -> Option<Turn> {
    let mut listener = Listener::default();
    listener.take(body).ok()?;
    listener.end().ok()?;
    listener.assembly.finish(Asked::default()).ok()
}

/// A turn as a whole answer.
fn document(turn: &Turn) -> Value {
    let calls: Vec<Value> = turn
        .calls
        .iter()
        .map(|call| {
            serde_json::json!({"id": call.wire_id, "type": "function",
                "function": {"name": call.tool, "arguments": call.arguments}})
        })
        .collect();
    let reason = match turn.finish {
        Finish::Length => "length",
        Finish::ToolCalls => "tool_calls",
        Finish::Stop | Finish::Malformed(_) | Finish::Other(_) => "stop",
    };
    serde_json::json!({
        "choices": [{"index": 0, "finish_reason": reason, "message": {"role": "assistant",
            "content": turn.text, "reasoning_content": turn.reasoning, "tool_calls": calls}}],
        "usage": {"prompt_tokens": turn.usage.input, "completion_tokens": turn.usage.output},
    })
}
