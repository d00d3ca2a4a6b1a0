//! A short probe of one model: which tools it manages, how much fits into it, how fast it is.
//!
//! A few small requests within a time. What the time was too short for stays unknown.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, timeout_at};

use super::{
    capability::{Can, Capability, Room, Seen, Source, Speed},
    dialect::Dialect,
    model::{Choice, Message, Model, Request, Spec, Turn},
    openai::OpenAi,
    salvage::salvage,
};
use crate::domain::{Fault, FaultClass};

/// How long a probe takes at most, unless told otherwise.
pub const PROBE_TIME: Duration = Duration::from_secs(60);

/// The word that the model has to pass on.
const WORD: &str = "harbour";
/// The tool that it has to call.
const TOOL: &str = "note";
/// Most tokens of one answer: enough for a thought and the call.
const OUTPUT: u32 = 200;

/// Probes a model of a server within a time. A fault that is not the model's own ends it.
pub async fn probe(
    server: &OpenAi,
    model: &str,
    known: Capability,
    time: Duration,
) -> Result<Capability, Fault> {
    let by = Instant::now() + time;
    let mut found = known;
    if let Ok(Some(tokens)) = timeout_at(by, server.window(model)).await {
        found = found.after(Seen::Holds(Room { tokens, from: Source::Server }));
    }
    for offer in [Dialect::Native, Dialect::Schema, Dialect::Text] {
        let request = request(model, offer);
        let answer = timeout_at(by, server.turn(&request, &|_| {})).await;
        let turn = match answer {
            Err(_) => {
                found.speed = Speed::Slow;
                return Ok(found);
            }
            Ok(Ok(turn)) => Some(turn),
            // It talks, and comes to nothing.
            Ok(Err(fault)) if fault.class == FaultClass::Model => None,
            Ok(Err(fault)) => return Err(fault),
        };
        if let Some(turn) = &turn {
            found = measured(found, turn);
        }
        let can = |yes: bool| if yes { Can::Yes } else { Can::No };
        match offer {
            Dialect::Native => {
                let called = turn.as_ref().is_some_and(|turn| {
                    turn.offered == Dialect::Native
                        && turn.calls.iter().any(|call| is_right(&call.arguments))
                });
                found.native = can(called);
            }
            Dialect::Schema => {
                // A server that refuses a schema is asked without one by itself.
                let held = turn.as_ref().is_some_and(|turn| {
                    turn.offered == Dialect::Schema
                        && serde_json::from_str::<serde_json::Value>(turn.text.trim()).is_ok()
                        && in_text(turn)
                });
                found.schema = can(held);
            }
            Dialect::Text => found.text = can(turn.as_ref().is_some_and(in_text)),
        }
    }
    found.silent = 0;
    Ok(found)
}

fn measured(found: Capability, turn: &Turn) -> Capability {
    let seconds = turn.speaking.as_secs_f32();
    if seconds <= 0.05 || turn.usage.output < 4 {
        return found;
    }
    #[expect(clippy::cast_precision_loss, reason = "a speed, roughly")]
    let tokens = turn.usage.output as f32 / seconds;
    // The probe is what is known best: what was believed before is not mixed in.
    Capability { speed: Speed::Tokens(tokens), ..found }
}

fn in_text(turn: &Turn) -> bool {
    salvage(&turn.text, &[TOOL])
        .is_some_and(|found| found.calls.iter().any(|call| is_right(&call.arguments)))
}

fn is_right(arguments: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(arguments)
        .ok()
        .and_then(|arguments| Some(arguments.get("word")?.as_str()?.trim() == WORD))
        .unwrap_or(false)
}

fn request(model: &str, offer: Dialect) -> Request {
    let schema = json!({"type": "object", "additionalProperties": false, "required": ["word"],
        "properties": {"word": {"type": "string"}}});
    Request {
        model: model.to_owned(),
        messages: vec![
            Message::System("You work by calling tools.".to_owned()),
            Message::User(format!("Call the tool `{TOOL}` with the word `{WORD}`. Nothing else.")),
        ],
        tools: vec![Spec { name: TOOL, description: "Notes a word.", schema }],
        choice: Choice::Required,
        max_output: OUTPUT,
        temperature: None,
        effort: None,
        offer: Some(offer),
    }
}
