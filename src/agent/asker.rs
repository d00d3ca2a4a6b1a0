//! One turn of the model: reserved before it is asked for, accounted for however it ends.

use std::{
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};

use super::{
    model::{Delta, Model, Request, Turn},
    ring::{Ring, Step},
    session::Ended,
    words,
};
use crate::domain::{
    Command, Fault, FaultClass, Price, Refusal, Reservation, Usage, estimate_text,
};

/// A model with its name, its price and the time that is left for it.
pub(super) struct Asker {
    pub(super) model: Arc<dyn Model>,
    pub(super) name: String,
    /// `None` when it is not known.
    pub(super) price: Option<Price>,
    /// Time that the model may still take in this session.
    pub(super) time: Duration,
}

impl Asker {
    /// Asks for one turn, with a `prompt` of about so many tokens, tools included. The reservation
    /// is on record before the request leaves, and what was used is on record before anything
    /// follows from the answer. A call without an answer spends nothing and gives its reservation
    /// back; an answer that broke off is paid for as far as it came, and the next try has a
    /// reservation of its own before it is waited for. A fault of the connection comes back to be
    /// dealt with.
    pub(super) async fn turn(
        &mut self,
        ring: &Ring,
        request: &Request,
        prompt: u64,
    ) -> Step<Result<Turn, Fault>> {
        self.reserve(ring, prompt, request.max_output).await?;
        let (ear, broke_off) = (Mutex::new(Ear::default()), Notify::new());
        let live = |delta: Delta<'_>| {
            ear.lock().unwrap_or_else(PoisonError::into_inner).hear(delta);
            ring.link.show_delta(delta);
            if let Delta::Lost(_) = delta {
                broke_off.notify_one();
            }
        };
        let begun = Instant::now();
        let mut turn = pin!(timeout(self.time, self.model.turn(request, &live)));
        let answer = loop {
            tokio::select! {
                biased;
                () = ring.link.stop.cancelled() => break None,
                answer = &mut turn => break Some(answer),
                () = broke_off.notified() => {
                    let lost = {
                        let mut ear = ear.lock().unwrap_or_else(PoisonError::into_inner);
                        std::mem::take(&mut ear.lost)
                    };
                    if !lost.is_empty() {
                        self.spend_lost(ring, prompt, &lost);
                        self.reserve(ring, prompt, request.max_output).await?;
                    }
                }
            }
        };
        self.time = self.time.saturating_sub(begun.elapsed());
        let mut ear = std::mem::take(&mut *ear.lock().unwrap_or_else(PoisonError::into_inner));
        let usage = match &answer {
            Some(Ok(Ok(turn))) if turn.usage.total() > 0 => turn.usage,
            Some(Ok(Ok(turn))) => estimated(prompt, turn),
            // Whatever it had said may be on the bill, whether it was waited for or not.
            Some(Ok(Err(_)) | Err(_)) | None => {
                ear.lose();
                Usage::default()
            }
        };
        self.spend_lost(ring, prompt, &ear.lost);
        if ear.lost.is_empty() || usage.total() > 0 {
            self.spend(ring, usage);
        }
        if let (Some(Ok(Ok(_))), Some(why)) = (&answer, &ear.why) {
            ring.note(words::asked_again(ear.tries + 1, why));
        }
        match answer {
            None => Err(Ended::Stopped),
            Some(Err(_)) => Err(Ended::GaveUp(
                Fault::new(FaultClass::Model, "the model's time for this session is used up")
                    .hint("Raise the session's time limit, or give the task to a faster model."),
            )),
            Some(Ok(answer)) => Ok(answer.map(|turn| Turn { usage, ..turn })),
        }
    }

    /// Each answer that broke off may be on the bill, with its prompt.
    fn spend_lost(&self, ring: &Ring, prompt: u64, lost: &[u64]) {
        for output in lost {
            self.spend(ring, Usage { input: prompt, output: *output, ..Usage::default() });
        }
    }

    fn spend(&self, ring: &Ring, usage: Usage) {
        let cost = self.price.map(|price| price.cost(usage));
        let model = self.name.clone();
        ring.must(Command::Spend { run: ring.link.run, model, usage, cost });
    }

    async fn reserve(&self, ring: &Ring, prompt: u64, max_output: u32) -> Step<()> {
        let most = Usage { input: prompt, output: u64::from(max_output), ..Usage::default() };
        let reservation =
            Reservation { tokens: most.total(), cost: self.price.map(|price| price.cost(most)) };
        match ring.ask(Command::Reserve { run: ring.link.run, reservation }).await? {
            Ok(_) => Ok(()),
            Err(refusal) => Err(Ended::Faulted(
                Fault::new(FaultClass::Budget, refusal.to_string()).hint(way_out(&refusal)),
            )),
        }
    }
}

/// What is heard of a turn before it is whole.
#[derive(Debug, Default)]
struct Ear {
    /// What the model has said in the try under way.
    said: String,
    /// Estimated tokens of each answer that broke off and is not paid for yet.
    lost: Vec<u64>,
    /// Tries that came to nothing, and why the last of them did.
    tries: u32,
    why: Option<String>,
}

impl Ear {
    fn hear(&mut self, delta: Delta<'_>) {
        match delta {
            Delta::Text(text) | Delta::Reasoning(text) | Delta::Call(text) => {
                self.said.push_str(text);
            }
            Delta::Lost(why) => {
                self.lose();
                self.tries += 1;
                self.why = Some(why.to_owned());
            }
        }
    }

    /// The try under way is over and has come to nothing. A provider may charge for what it has
    /// said.
    fn lose(&mut self) {
        if !self.said.is_empty() {
            self.lost.push(estimate_text(&std::mem::take(&mut self.said)));
        }
    }
}

/// What a person can do about a request that no cap lets through.
fn way_out(refusal: &Refusal) -> String {
    let what = match refusal {
        Refusal::OverCap { key, .. } => {
            let or = if key == "caps.goal_usd" { " (or give --budget)" } else { "" };
            format!("Raise `{key}` in config.yaml{or}, then: chargehand run.")
        }
        Refusal::Unpriced => "Name its price under `prices` in config.yaml, or take the cap in \
                              money out of `caps` there, then: chargehand run."
            .to_owned(),
        _ => return "Nothing was sent.".to_owned(),
    };
    format!("Nothing was sent. {what} Where that file lies: chargehand config.")
}

/// The usage of an answer whose server said nothing about it.
fn estimated(prompt: u64, turn: &Turn) -> Usage {
    let calls: u64 = turn.calls.iter().map(|call| estimate_text(&call.arguments)).sum();
    let reasoning = estimate_text(&turn.reasoning);
    let output = estimate_text(&turn.text) + calls + reasoning;
    Usage { input: prompt, cached: 0, output, reasoning }
}
