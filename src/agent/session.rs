//! The conversation: ask, log, act, again, until the result is delivered or nothing more comes.
//!
//! Plain `async`: what is settled goes to the log before anything follows from it, and what the
//! model is shown is derived from the log, so that a session that was killed goes on with another.

use std::sync::Arc;

use super::{
    asker::Asker,
    blobs::BlobSink,
    capability::Lore,
    dialect::Dialect,
    ground::Ground,
    history::{View, messages},
    kit::{Fate, Kit},
    limits::{Limits, Manner, Offer},
    link::Link,
    meant::{Meant, meant},
    model::{Choice, Finish, Model, Request, Turn},
    observer::Observer,
    progress::InVain,
    prompt::Opening,
    ready::Ready,
    ring::{Ring, Step},
    room::Room,
    rounds::{self, Round, Rounds},
    tool::{Class, Toolbox},
    words,
};
use crate::domain::{CallId, Fault, FaultClass, Item, Price, ToolCall};

/// Times that a history too long for the server is made shorter by a third.
const SQUEEZES: u32 = 3;
/// Turns without a call after which tools are offered in another way.
const SILENT_TURNS: u32 = 2;
/// Turns that are left when the model is told to come to an end.
const LAST_TURNS: u32 = 4;

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// A tool delivered the session's result.
    Delivered,
    /// The model came to no result. The fault is its own.
    GaveUp(Fault),
    /// Something else went wrong; the session can go on later.
    Faulted(Fault),
    Stopped,
}

/// A session that has not begun.
pub struct Session {
    pub model: Arc<dyn Model>,
    pub name: String,
    /// `None` when it is not known.
    pub price: Option<Price>,
    pub link: Link,
    pub tools: Toolbox,
    pub blobs: Arc<dyn BlobSink>,
    pub limits: Limits,
    pub manner: Manner,
    pub lore: Arc<dyn Lore>,
    pub ground: Arc<dyn Ground>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Session").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Session {
    /// Talks until the end. `past` is what the log has of earlier runs of the same attempt.
    pub async fn run(self, opening: Opening, past: Vec<Item>) -> Ended {
        match self.ready() {
            Ok(ready) => ready.run(opening, past).await,
            Err(fault) => Ended::Faulted(fault),
        }
    }
}

impl Ready {
    /// Talks until the end. `past` is what the log has of earlier runs of the same attempt.
    pub async fn run(self, opening: Opening, past: Vec<Item>) -> Ended {
        let mut talk = self.begin(opening, past);
        let ended = match talk.go_on().await {
            Ok(never) => match never {},
            Err(ended) => ended,
        };
        match (talk.ring.settle().await, ended) {
            // A result whose way there is not on record is none.
            (Err(unsettled), Ended::Delivered) => unsettled,
            (Ok(()) | Err(_), ended) => ended,
        }
    }

    fn begin(self, opening: Opening, past: Vec<Item>) -> Talk {
        let Self { session, kit } = self;
        let next_call = past.iter().map(highest).max().unwrap_or(0).saturating_add(1);
        let observer = Observer::new(session.lore, &session.name);
        let rounds = Rounds::after(&past, session.ground);
        let asker = Asker {
            model: session.model,
            name: session.name,
            price: session.price,
            time: session.limits.time,
        };
        Talk {
            room: Room::new(session.limits.window, &opening, &kit.specs()),
            kit,
            ring: Ring::new(session.link),
            asker,
            turns: session.limits.turns_used,
            limits: session.limits,
            manner: session.manner,
            observer,
            silent: 0,
            opening,
            items: past,
            next_call,
            choice: Choice::Auto,
            in_vain: InVain::default(),
            rounds,
        }
    }
}

/// The highest call id that an item names.
fn highest(item: &Item) -> u32 {
    match item {
        Item::Told { .. } => 0,
        Item::Said { calls, .. } => calls.iter().map(|call| call.id.0).max().unwrap_or(0),
        Item::Returned { call, .. } => call.0,
    }
}

/// A conversation under way.
struct Talk {
    kit: Kit,
    ring: Ring,
    asker: Asker,
    limits: Limits,
    manner: Manner,
    observer: Observer,
    /// Turns that called nothing, since the last that did.
    silent: u32,
    opening: Opening,
    room: Room,
    items: Vec<Item>,
    next_call: u32,
    turns: u32,
    /// How the next turn is asked for: a model that called nothing must call something.
    choice: Choice,
    in_vain: InVain,
    rounds: Rounds,
}

/// A talk only ends by an `Ended`.
enum Never {}

impl Talk {
    async fn go_on(&mut self) -> Step<Never> {
        loop {
            self.ring.heed_stop()?;
            for text in self.ring.link.steering().await {
                self.tell(words::person_says(&text));
            }
            self.count_turn()?;
            let turn = self.ask().await?;
            self.choice = Choice::Auto;
            self.turn(turn).await?;
        }
    }

    /// Asks for the next turn. A history that the server finds too long is made shorter and sent
    /// again: the window that settings name may not be the one that the server was started with.
    async fn ask(&mut self) -> Step<Turn> {
        let mut squeezes = 0;
        loop {
            self.room.fits()?;
            let request = self.request();
            let prompt = self.room.prompt(&request);
            let fault = match self.asker.turn(&self.ring, &request, prompt).await? {
                Ok(turn) => {
                    self.measure(&turn);
                    return Ok(turn);
                }
                Err(fault) => fault,
            };
            let shorter = squeezes < SQUEEZES && !self.items.is_empty();
            let overflow = fault.class == FaultClass::ContextOverflow;
            let named = if overflow { self.observer.overflowed(&fault) } else { None };
            if overflow && shorter {
                squeezes += 1;
                self.room.squeeze(prompt + u64::from(request.max_output), named);
                let window = self.room.window();
                let text = format!("The history is shortened to {window} tokens: {fault}");
                self.ring.note(text);
            } else if fault.class == FaultClass::Model {
                return Err(Ended::GaveUp(fault));
            } else {
                return Err(Ended::Faulted(fault));
            }
        }
    }

    /// Counts one more turn, or ends the session when there is none left.
    fn count_turn(&mut self) -> Step<()> {
        let left = self.limits.turns.saturating_sub(self.turns);
        if left == 0 {
            let text = format!("all {} turns of the attempt are used up", self.limits.turns);
            let hint = "Raise `caps.turns`, make the task smaller, or give it a stronger model.";
            return Err(Ended::GaveUp(Fault::new(FaultClass::Model, text).hint(hint)));
        }
        if left == LAST_TURNS && self.turns > 0 {
            let delivering = self.kit.names_of(Class::Deliver);
            self.tell(words::few_turns(left, &delivering));
        }
        self.turns += 1;
        Ok(())
    }

    fn request(&self) -> Request {
        let max_output = self.room.for_answer(self.limits.max_output);
        let harmless = self.kit.names_of(Class::Look);
        let view = View { budget: self.room.for_messages(max_output), harmless: &harmless };
        Request {
            model: self.asker.name.clone(),
            messages: messages(&self.opening, &self.items, &view),
            tools: self.kit.specs(),
            choice: self.choice.clone(),
            max_output,
            temperature: None,
            effort: self.manner.effort,
            offer: Some(self.manner.offer.dialect()),
        }
    }

    /// Puts a whole turn on record and does what it asks for.
    async fn turn(&mut self, turn: Turn) -> Step<()> {
        let Meant { calls, way, text, note } = meant(&turn, turn.offered, &self.kit);
        let calls: Vec<ToolCall> = calls.into_iter().map(|call| self.numbered(call)).collect();
        if let Some(note) = note {
            self.ring.note(note);
        }
        self.observer.called(&turn, self.manner.offer.dialect(), calls.len(), way);
        let said = Item::Said {
            text,
            reasoning: turn.reasoning,
            calls: calls.clone(),
            way,
            usage: turn.usage,
        };
        self.put(said);
        match turn.finish {
            Finish::Length if calls.is_empty() => {
                let most = self.limits.max_output;
                self.useless(words::CUT_OFF, words::cut_off(most))
            }
            Finish::Malformed(why) if calls.is_empty() => self.useless(&why.clone(), why),
            Finish::Stop
            | Finish::ToolCalls
            | Finish::Length
            | Finish::Malformed(_)
            | Finish::Other(_) => {
                if calls.is_empty() {
                    self.choice = Choice::Required;
                    self.offer_otherwise();
                    let names = self.kit.names();
                    let delivering = self.kit.names_of(Class::Deliver);
                    let told = words::nothing_called(&names, &delivering);
                    return self.useless(words::NOTHING_CALLED, told);
                }
                self.silent = 0;
                self.act(&calls).await
            }
        }
    }

    /// A model that keeps calling nothing is offered its tools in another way, if that is open.
    fn offer_otherwise(&mut self) {
        self.silent += 1;
        if self.silent != SILENT_TURNS || self.manner.offer != Offer::Open(Dialect::Native) {
            return;
        }
        self.manner = Manner { offer: Offer::Open(Dialect::Schema), calls: 1, ..self.manner };
        self.ring.note(words::OFFERED_OTHERWISE.to_owned());
    }

    /// Takes note of what a turn shows of its model, and says what the person should know.
    fn measure(&mut self, turn: &Turn) {
        let Some(cut) = self.observer.measure(turn) else { return };
        self.room.holds(cut.window);
        self.ring.note(words::truncated(turn.asked, turn.usage.input));
    }

    fn numbered(&mut self, call: ToolCall) -> ToolCall {
        let id = CallId(self.next_call);
        self.next_call = self.next_call.saturating_add(1);
        let wire_id = if call.wire_id.is_empty() { format!("call_{id}") } else { call.wire_id };
        ToolCall { id, wire_id, ..call }
    }

    /// Carries the calls of a turn out, in their order. After one that came to nothing the others
    /// are not carried out: they were written in the belief that it would not.
    async fn act(&mut self, calls: &[ToolCall]) -> Step<()> {
        let mut in_vain: Option<&str> = None;
        let (mut invalid, mut round) = (None, Round::Open);
        for (place, call) in calls.iter().enumerate() {
            if place >= self.manner.calls {
                self.put(not_executed(call, &words::too_many(self.manner.calls)));
                continue;
            }
            if let Some(why) = in_vain {
                self.put(not_executed(call, why));
                continue;
            }
            self.ring.heed_stop()?;
            let (item, fate) = self.kit.perform(&self.ring, call).await?;
            let result = match &item {
                Item::Returned { text, .. } => text.clone(),
                Item::Told { .. } | Item::Said { .. } => String::new(),
            };
            self.put(item);
            if fate == Fate::Delivered {
                for late in &calls[place + 1..] {
                    self.put(not_executed(late, words::OVER));
                }
                return Err(Ended::Delivered);
            }
            round = round.max(self.rounds.note(call, &result).await);
            match fate {
                Fate::Done | Fate::Delivered => {}
                Fate::Invalid { why } => {
                    invalid = Some(why);
                    in_vain = Some(words::NOT_YET);
                }
                Fate::Undone => in_vain = Some(words::NOT_YET),
            }
        }
        match round {
            Round::Open => {}
            Round::First => {
                self.tell(words::NO_PROGRESS.to_owned());
                return Ok(());
            }
            Round::Again => return Err(Ended::GaveUp(rounds::fault())),
        }
        if let Some(why) = invalid {
            return self.count_useless(&why);
        }
        self.in_vain.over();
        Ok(())
    }

    /// A turn that came to nothing: the model is told why, a few times.
    fn useless(&mut self, why: &str, told: String) -> Step<()> {
        self.count_useless(why)?;
        self.tell(told);
        Ok(())
    }

    fn count_useless(&mut self, why: &str) -> Step<()> {
        self.in_vain.one_more(why).map_err(Ended::GaveUp)
    }

    fn tell(&mut self, text: String) {
        self.put(Item::Told { text });
    }

    /// Puts an item into the log and the history. It is on record before anything follows from it:
    /// each call and each request is a question, which comes after it.
    fn put(&mut self, item: Item) {
        self.ring.log(item.clone());
        self.items.push(item);
    }
}

fn not_executed(call: &ToolCall, why: &str) -> Item {
    Item::Returned { call: call.id, ok: false, text: why.to_owned(), blob: None, millis: 0 }
}
