//! A session under way: what each turn of the model leads to.

use super::{
    asker::{Asker, prompt_tokens},
    history::{Calling, Opening, View, messages},
    kit::{Fate, Kit},
    model::{Choice, Finish, Request, Turn},
    progress::Progress,
    ring::{Ring, Step},
    salvage::salvage,
    session::{Ended, Limits},
    tokens::estimate_specs,
    tool::Class,
    words,
};
use crate::domain::{CallId, Fault, FaultClass, Item, ToolCall};

/// Turns in a row without a call, or cut off, that are answered with a nudge.
const NUDGES: u32 = 3;
/// Turns in a row all of whose calls were unsound.
const UNSOUND: u32 = 6;
/// Empty turns in a row that are asked for again.
const EMPTY: u32 = 2;
/// Times that repetition is pointed out before the session is given up.
const WARNINGS: u32 = 1;
/// Times that a history too long for the server is made shorter by a third.
const SQUEEZES: u32 = 3;
/// Most calls of one turn.
const CALLS: usize = 32;
/// Turns before the limit at which the model is told to hand over.
const FEW_TURNS: u32 = 3;

/// Useless turns in a row, by kind, and warnings given.
#[derive(Debug, Default)]
struct Streaks {
    silent: u32,
    unsound: u32,
    empty: u32,
    warnings: u32,
}

/// How the model is asked.
pub(super) struct Manner {
    pub(super) temperature: Option<f32>,
    pub(super) calling: Calling,
    /// How it is asked after a turn without a call.
    pub(super) insist: Choice,
    /// How the next turn is asked for.
    pub(super) choice: Choice,
}

/// A session under way.
pub(super) struct Talk {
    ring: Ring,
    asker: Asker,
    kit: Kit,
    opening: Opening,
    items: Vec<Item>,
    next_call: u32,
    turns: u32,
    /// The window as far as it is known to hold; made smaller when the server says so.
    window: u64,
    limits: Limits,
    manner: Manner,
    progress: Progress,
    streaks: Streaks,
}

impl Talk {
    /// Takes a conversation up where `past` ends.
    pub(super) fn new(
        ring: Ring,
        asker: Asker,
        kit: Kit,
        opening: Opening,
        past: Vec<Item>,
        limits: Limits,
        manner: Manner,
    ) -> Self {
        let highest = past.iter().flat_map(calls_of).map(|call| call.id.0).max().unwrap_or(0);
        Self {
            ring,
            asker,
            kit,
            opening,
            items: past,
            next_call: highest.saturating_add(1),
            turns: limits.turns_used,
            window: limits.window,
            limits,
            manner,
            progress: Progress::default(),
            streaks: Streaks::default(),
        }
    }

    /// Talks until something ends the session.
    pub(super) async fn converse(mut self) -> Step<std::convert::Infallible> {
        loop {
            self.ring.heed_stop()?;
            for text in self.ring.link.steering().await {
                self.tell(text).await?;
            }
            self.heed_turns().await?;
            let (turn, prompt) = self.ask().await?;
            self.turns = self.turns.saturating_add(1);
            self.manner.choice = Choice::Auto;
            self.hear(turn, prompt).await?;
        }
    }

    async fn heed_turns(&mut self) -> Step<()> {
        let left = self.limits.turns.saturating_sub(self.turns);
        if left == 0 {
            return Err(gave_up(
                format!("the limit of {} turns for this attempt is used up", self.limits.turns),
                "Split the task, or raise the limit of turns.",
            ));
        }
        if left == FEW_TURNS && self.limits.turns > 2 * FEW_TURNS {
            self.tell(words::few_turns(left, &self.kit.names_of(Class::Deliver))).await?;
        }
        Ok(())
    }

    async fn tell(&mut self, text: String) -> Step<()> {
        self.log(Item::Told { text }).await
    }

    async fn log(&mut self, item: Item) -> Step<()> {
        self.ring.log(item.clone()).await?;
        self.items.push(item);
        Ok(())
    }

    /// The next turn, with the estimated tokens of its prompt.
    async fn ask(&mut self) -> Step<(Turn, u64)> {
        let mut squeezes = 0;
        loop {
            let request = self.request();
            let fault = match self.asker.turn(&self.ring, &request).await? {
                Ok(turn) => return Ok((turn, prompt_tokens(&request))),
                Err(fault) => fault,
            };
            if self.manner.calling == Calling::Native && takes_no_tools(&fault) {
                self.ring
                    .note(format!("The server takes no tools; calls go as text. It said: {fault}"))
                    .await?;
                self.manner.calling = Calling::Text;
            } else if fault.class == FaultClass::ContextOverflow
                && squeezes < SQUEEZES
                && !self.items.is_empty()
            {
                squeezes += 1;
                // What was sent is too much by the server's count, whatever we took its window for.
                self.window = self.window.min(prompt_tokens(&request)) / 3 * 2;
                self.ring
                    .note(format!("The history is shortened to {} tokens: {fault}", self.window))
                    .await?;
            } else {
                return Err(Ended::Faulted(fault));
            }
        }
    }

    fn request(&self) -> Request {
        let specs = self.kit.specs();
        let max_output = u64::from(self.limits.output).min(self.window / 2);
        let margin = self.window / 50;
        let (opening, tools, taken) = match self.manner.calling {
            Calling::Native => {
                let taken = estimate_specs(&specs);
                (self.opening.clone(), specs, taken)
            }
            Calling::Text => {
                let mut opening = self.opening.clone();
                opening.system.push_str(&words::manual(&specs));
                (opening, Vec::new(), 0)
            }
        };
        let harmless = self.kit.names_of(Class::Look);
        let view = View {
            budget: self.window.saturating_sub(max_output + margin + taken),
            calling: self.manner.calling,
            harmless: &harmless,
        };
        Request {
            model: self.asker.name.clone(),
            messages: messages(&opening, &self.items, &view),
            choice: if tools.is_empty() { Choice::Auto } else { self.manner.choice.clone() },
            tools,
            max_output: u32::try_from(max_output).unwrap_or(u32::MAX),
            temperature: self.manner.temperature,
        }
    }

    /// Puts a turn on record and does what it calls for.
    async fn hear(&mut self, mut turn: Turn, prompt: u64) -> Step<()> {
        let cut_off = turn.finish == Finish::Length;
        if cut_off {
            // A call at the limit may be half of what was meant.
            turn.calls.clear();
        } else if turn.calls.is_empty()
            && let Some(found) = salvage(&turn.text, &self.kit.names())
        {
            turn = Turn { text: found.rest, calls: found.calls, way: found.way, ..turn };
        }
        let blank = turn.text.trim().is_empty() && turn.reasoning.trim().is_empty();
        if blank && turn.calls.is_empty() && !cut_off {
            return self.nothing_at_all(prompt);
        }
        self.streaks.empty = 0;
        let calls = self.numbered(turn.calls);
        self.log(Item::Said {
            text: turn.text,
            reasoning: turn.reasoning,
            calls: calls.clone(),
            way: turn.way,
            usage: turn.usage,
        })
        .await?;
        if cut_off {
            self.nudge(words::cut_off(self.limits.output), "its answers were cut off").await
        } else if calls.is_empty() {
            self.manner.choice = self.manner.insist.clone();
            let text = words::nothing_called(&self.kit.names(), &self.kit.names_of(Class::Deliver));
            self.nudge(text, "it called no tool").await
        } else {
            self.streaks.silent = 0;
            self.perform(calls).await
        }
    }

    fn numbered(&mut self, mut calls: Vec<ToolCall>) -> Vec<ToolCall> {
        for call in &mut calls {
            call.id = CallId(self.next_call);
            self.next_call = self.next_call.saturating_add(1);
            if call.wire_id.is_empty() {
                call.wire_id = format!("call_{}", call.id);
            }
        }
        calls
    }

    fn nothing_at_all(&mut self, prompt: u64) -> Step<()> {
        self.streaks.empty += 1;
        if self.streaks.empty <= EMPTY {
            return Ok(());
        }
        let text = format!("the model answered nothing at all, {} times", self.streaks.empty);
        // Some servers answer a prompt that is too long for them with silence.
        if prompt > self.window / 2 {
            return Err(Ended::Faulted(Fault::new(FaultClass::ContextOverflow, text).hint(format!(
                "The prompt had about {prompt} tokens. The server's context is likely smaller than \
                 the {} tokens it is taken for: set the model's window, or raise it on the server.",
                self.limits.window
            ))));
        }
        Err(gave_up(text, "Try another model, or look at the server's own log."))
    }

    async fn nudge(&mut self, text: String, what: &str) -> Step<()> {
        self.streaks.silent += 1;
        if self.streaks.silent > NUDGES {
            return Err(gave_up(
                format!("the model went on uselessly {} turns in a row: {what}", NUDGES + 1),
                "The task may need a stronger model or smaller steps.",
            ));
        }
        self.tell(text).await
    }

    async fn perform(&mut self, calls: Vec<ToolCall>) -> Step<()> {
        let mut sound = false;
        let mut undone = false;
        let mut delivered = false;
        let mut repeats = false;
        for (place, call) in calls.into_iter().enumerate() {
            let delivers = self.kit.class(&call.tool) == Some(Class::Deliver);
            let unasked = if delivered {
                Some(words::OVER.to_owned())
            } else if place >= CALLS {
                Some(words::too_many(CALLS))
            } else if delivers && undone {
                Some(words::NOT_YET.to_owned())
            } else {
                None
            };
            let (item, fate) = if let Some(why) = unasked {
                (declined(call.id, why), Fate::Invalid)
            } else {
                self.ring.heed_stop()?;
                self.kit.perform(&self.ring, &call).await?
            };
            if let Item::Returned { text, .. } = &item {
                repeats |= self.progress.repeats(&call.tool, &call.arguments, text);
            }
            let logged = self.log(item).await;
            match fate {
                Fate::Delivered => delivered = true,
                Fate::Invalid => undone = true,
                Fate::Undone => {
                    sound = true;
                    undone = true;
                }
                Fate::Done => sound = true,
            }
            // A delivery stands even if its run was ended before its last words were on record.
            if !delivered {
                logged?;
            }
        }
        if delivered {
            return Err(Ended::Delivered);
        }
        self.judge_progress(sound, repeats).await
    }

    async fn judge_progress(&mut self, sound: bool, repeats: bool) -> Step<()> {
        self.streaks.unsound = if sound { 0 } else { self.streaks.unsound + 1 };
        if self.streaks.unsound >= UNSOUND {
            return Err(gave_up(
                format!("the model wrote no sound tool call in {UNSOUND} turns"),
                "The log holds each fault. The task may need a stronger model.",
            ));
        }
        if repeats {
            self.streaks.warnings += 1;
            if self.streaks.warnings > WARNINGS {
                return Err(gave_up(
                    "the model went round in circles: the same calls with the same results",
                    "The log holds the calls. The brief may lack something.",
                ));
            }
            self.tell(words::NO_PROGRESS.to_owned()).await?;
        }
        Ok(())
    }
}

fn calls_of(item: &Item) -> &[ToolCall] {
    match item {
        Item::Said { calls, .. } => calls,
        Item::Told { .. } | Item::Returned { .. } => &[],
    }
}

fn declined(call: CallId, why: String) -> Item {
    Item::Returned { call, ok: false, text: why, blob: None, millis: 0 }
}

fn gave_up(text: impl Into<String>, hint: &str) -> Ended {
    Ended::GaveUp(Fault::new(FaultClass::Model, text).hint(hint))
}

/// Whether a server refused the request for its tools: llama.cpp without `--jinja`, vLLM without a
/// tool parser, Ollama with a model whose template has no tools.
fn takes_no_tools(fault: &Fault) -> bool {
    let text = fault.message.to_ascii_lowercase();
    let refused = ["support", "requires", "jinja"].iter().any(|word| text.contains(word));
    fault.class == FaultClass::Protocol && text.contains("tool") && refused
}
