//! The workbench: the ring with a screen. Keys first, streams gathered, drawn on demand.
//!
//! The loop awaits nothing but what comes in. Whatever takes longer (a diff, an editor, a landing)
//! is a task of its own whose result comes in like everything else.

use std::{sync::Arc, time::Instant};

use tokio::{task::JoinSet, time::sleep_until};

use super::{
    ask::Memory,
    clock,
    decisions::Decisions,
    errand::{Done, Errand, Owed},
    feed::Feed,
    kept::Keeping,
    looks::Looks,
    open::Place,
    past::Past,
    ring::Happened,
};
use crate::{
    agent::LiveText,
    domain::{Record, Seq, State},
    logger::{Store, StoreError},
    term::{Drawn, Focus, Input, Inputs, Mouse, Stop, Term},
    ui::{
        Facts, Kept, Keymap, Live, LiveKind, Now, Pace, Pointer, Scene, Story, Tone, Ui, Why, view,
    },
};

/// Things that happened which are taken in before the next look at keys and frames.
const MAX_DRAIN: usize = 256;
/// Newest events that sessions and timeline are told of.
const MAX_STORY: usize = 4_800;

/// Why the workbench ended.
#[derive(Debug)]
pub enum Left {
    /// The person quit.
    Quit,
    /// A signal, a lost terminal or a panic.
    Stopped(Stop),
    LogFailed(StoreError),
}

/// Questions to the memory: one at a time, and of those that come meanwhile the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asking {
    No,
    Now { next: Option<String> },
}

/// The screen with everything behind it.
pub struct Workbench {
    pub(super) feed: Feed,
    pub(super) place: Arc<Place>,
    pub(super) ui: Ui,
    pub(super) story: Story,
    pub(super) live: Live,
    pub(super) looks: Looks,
    pub(super) pace: Pace,
    pub(super) begun: Instant,
    zone: clock::Zone,
    pub(super) errands: JoinSet<(Owed, Done)>,
    /// Set when the loop is to end.
    pub(super) left: Option<Left>,
    /// What came since the story is being told from further back.
    pub(super) since: Option<Vec<Record>>,
    /// The screen as it was left, while not all of the sessions that it tells of are told.
    pub(super) untold: Option<Box<Kept>>,
    /// Whether rows from further back are being fetched already.
    pub(super) older: Option<Seq>,
    /// What is shown instead of now.
    pub(super) past: Option<Box<Past>>,
    /// Whether a question is being looked for, and the one to ask after it.
    pub(super) asking: Asking,
    pub(super) memory: Memory,
    /// What the person has decided and what waits for a look at a brief.
    pub(super) decisions: Decisions,
    /// When unsaved texts are to be written down.
    pub(super) keeping: Keeping,
}

impl std::fmt::Debug for Workbench {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Workbench").field("feed", &self.feed).finish_non_exhaustive()
    }
}

impl Workbench {
    /// Puts it together over a feed that has not been woken yet.
    pub fn new(feed: Feed, place: Arc<Place>, story: Story, ui: Ui, looks: Looks) -> Self {
        Self {
            feed,
            place,
            ui,
            story,
            live: Live::default(),
            looks,
            pace: Pace::default(),
            begun: Instant::now(),
            zone: clock::Zone::here(),
            errands: JoinSet::new(),
            left: None,
            past: None,
            asking: Asking::No,
            memory: Memory::default(),
            decisions: Decisions::default(),
            keeping: Keeping::default(),
            since: None,
            untold: None,
            older: None,
        }
    }

    /// What is known.
    pub fn state(&self) -> &State {
        self.feed.state()
    }

    /// Says something in the bottom line.
    pub fn say(&mut self, text: impl Into<String>, tone: Tone) {
        let up = self.begun.elapsed();
        self.ui.say(text, tone, up);
    }

    /// Runs until the person leaves. The ring is closed: every run ends as interrupted, and what
    /// waited for the person waits on, undone.
    ///
    /// The terminal is given back and stays guarded as long as the guard lives: no signal ends the
    /// program before what is left to do is done.
    pub async fn run(mut self, mut term: Term, mut inputs: Inputs) -> (Left, Option<Store>, Term) {
        self.pace.want(Why::Key, Instant::now());
        let last = self.take_up();
        self.take_mouse(&mut term);
        self.draw(&mut term);
        // The first frame needs little; the rest of the story follows.
        if let Some(last) = last {
            self.errand(Errand::Meanwhile { last: Box::new(last), upto: self.story.last() });
        }
        self.since = Some(Vec::new());
        self.errand(Errand::Story { upto: self.story.last(), count: MAX_STORY });
        self.feed.wake();
        loop {
            if let Some(left) = self.left.take() {
                term.leave();
                for given in self.decisions.rest() {
                    self.given(given);
                }
                self.keep();
                let store = match left {
                    Left::Quit | Left::LogFailed(_) => self.feed.close().await,
                    // Nobody is there any more who could decide or wait.
                    Left::Stopped(_) => self.feed.hang_up().await,
                };
                return (left, store, term);
            }
            if self.pace.is_due(Instant::now()) {
                self.draw(&mut term);
            }
            self.keep_texts();
            let due = [self.pace.deadline(), self.keeps_texts_at()].into_iter().flatten().min();
            tokio::select! {
                biased;
                input = inputs.next() => {
                    self.input(input, &mut term);
                    // A burst of keys is taken in whole, then drawn once.
                    for _ in 0..MAX_DRAIN {
                        let Some(more) = inputs.take() else { break };
                        self.input(more, &mut term);
                    }
                }
                Some(done) = self.errands.join_next() => {
                    match done {
                        Ok((owed, done)) => self.done(owed, done, &mut term),
                        Err(error) => self.say(error.to_string(), Tone::Fault),
                    }
                    self.want(Why::Key);
                }
                happened = self.feed.next() => {
                    self.happened(happened);
                    for _ in 0..MAX_DRAIN {
                        let Some(more) = self.feed.take() else { break };
                        self.happened(more);
                    }
                }
                () = wait_until(due) => {}
            }
        }
    }

    fn now(&self) -> Now {
        Now { at: clock::now(), up: self.begun.elapsed(), ahead: self.zone.minutes_ahead() }
    }

    /// What is shown: what is, or what was.
    fn shown(&self) -> (&State, &Story, &Live) {
        match &self.past {
            Some(past) => (&past.state, &past.story, &past.live),
            None => (self.feed.state(), &self.story, &self.live),
        }
    }

    pub(super) fn facts(&self) -> Facts<'_> {
        let (state, story, live) = self.shown();
        Facts { state, story, live, now: self.now() }
    }

    /// The screen with what it reads, apart.
    pub(super) fn parts(&mut self) -> (&mut Ui, &Keymap, Facts<'_>) {
        let now = self.now();
        let (state, story, live) = match &self.past {
            Some(past) => (&past.state, &past.story, &past.live),
            None => (self.feed.state(), &self.story, &self.live),
        };
        (&mut self.ui, &self.looks.keys, Facts { state, story, live, now })
    }

    pub(super) fn want(&mut self, why: Why) {
        self.pace.want(why, Instant::now());
    }

    fn draw(&mut self, term: &mut Term) {
        let mut drawn = None;
        let shown = {
            let Looks { theme, keys, .. } = &self.looks;
            let scene = Scene { facts: self.facts(), ui: &self.ui, theme, keys };
            term.draw(|frame| drawn = Some(view(&scene, frame)))
        };
        let now = Instant::now();
        self.pace.drew(now);
        match (shown, drawn) {
            (Drawn::Shown | Drawn::Same, Some(drawn)) => {
                let up = self.begun.elapsed();
                self.ui.drew(drawn, up);
                // What changes by itself: a toast that goes, a mark that moves.
                if let Some(at) = self.ui.wakes(self.facts()) {
                    self.pace.want_at(self.begun + at);
                }
            }
            // The terminal takes nothing more just now, or it is lent out: it will say when.
            (Drawn::Busy | Drawn::Away, _) | (Drawn::Shown | Drawn::Same, None) => {}
        }
    }

    fn input(&mut self, input: Input, term: &mut Term) {
        match input {
            Input::Key(event) => {
                let (ui, keys, facts) = self.parts();
                if let Some(wish) = ui.key(event, keys, facts) {
                    self.wish(wish, term);
                }
                self.keeping.touched(self.ui.has_texts(), Instant::now());
            }
            Input::Paste(paste) => {
                let (ui, _, facts) = self.parts();
                if let Some(wish) = ui.paste(&paste.text, facts) {
                    self.wish(wish, term);
                }
                self.keeping.touched(self.ui.has_texts(), Instant::now());
                if paste.lost > 0 {
                    self.say(
                        format!("{} bytes of the paste were left out", paste.lost),
                        Tone::Fault,
                    );
                }
            }
            Input::Stop(stop) => self.left = Some(Left::Stopped(stop)),
            Input::Mouse(event) => {
                let (ui, keys, facts) = self.parts();
                if let Some(wish) = ui.mouse(event, keys, facts) {
                    self.wish(wish, term);
                }
            }
            // Whoever comes back may have changed a theme or a key file elsewhere.
            Input::Focus(Focus::Gained) => self.refresh(),
            Input::Focus(Focus::Lost)
            | Input::Resized { .. }
            | Input::Background(_)
            | Input::Ready
            | Input::Resumed => {}
        }
        self.want(Why::Key);
    }

    pub(super) fn happened(&mut self, happened: Happened) {
        match happened {
            Happened::Recorded(records) => {
                for record in &records {
                    self.record(record);
                }
                let (ui, _, facts) = self.parts();
                ui.settle(facts);
                self.want(Why::Fact);
            }
            Happened::Live(run, text) => {
                let (kind, text) = match &text {
                    LiveText::Text(text) => (LiveKind::Message, text),
                    LiveText::Reasoning(text) => (LiveKind::Thought, text),
                    LiveText::Call(text) => (LiveKind::Call, text),
                    LiveText::Output(text) => (LiveKind::Output, text),
                    LiveText::Lost => {
                        self.live.clear(run);
                        return self.want(Why::Stream);
                    }
                };
                self.live.push(run, kind, text);
                self.want(Why::Stream);
            }
            Happened::Vacant => self.is_vacant(),
            Happened::LogFailed(error) => self.left = Some(Left::LogFailed(error)),
            Happened::Nothing => {}
        }
    }

    /// A settled fact takes the place of the text that led to it, in the same frame.
    fn record(&mut self, record: &Record) {
        if record.seq <= self.story.last() {
            return;
        }
        self.story.apply(record);
        if let Some(since) = &mut self.since {
            since.push(record.clone());
        }
        self.live.settle(record);
    }

    /// Reads the person's theme and key files again where they have changed.
    pub(super) fn refresh(&mut self) {
        match self.looks.refreshed() {
            None => {}
            Some(Ok(read)) => self.say(read, Tone::Plain),
            Some(Err(faults)) => self.say(faults, Tone::Fault),
        }
    }

    pub(super) fn take_mouse(&self, term: &mut Term) {
        term.mouse(match self.ui.pointer {
            Pointer::On => Mouse::On,
            Pointer::Off => Mouse::Off,
        });
    }
}

async fn wait_until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}
