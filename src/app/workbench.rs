//! The workbench: the ring with a screen. Keys first, streams gathered, drawn on demand.
//!
//! The loop awaits nothing but what comes in. Whatever takes longer (a diff, an editor, a landing)
//! is a task of its own whose result comes in like everything else.

use std::{path::PathBuf, sync::Arc, time::Instant};

use tokio::{task::JoinSet, time::sleep_until};

use super::{
    clock,
    errand::{self, Done, Errand},
    goal,
    open::Place,
    ring::{Happened, Ring},
};
use crate::{
    agent::LiveText,
    domain::{Command, Event, Record, State},
    logger::{Store, StoreError},
    term::{Copied, Drawn, Input, Inputs, Stop, Suspend, Term},
    ui::{
        Facts, Keymap, Live, LiveKind, Now, Pace, Scene, Story, Theme, Tone, Ui, Why, Wish, view,
    },
};

/// Things that happened which are taken in before the next look at keys and frames.
const MAX_DRAIN: usize = 256;

/// Why the workbench ended.
#[derive(Debug)]
pub enum Left {
    /// The person quit.
    Quit,
    /// A signal, a lost terminal or a panic.
    Stopped(Stop),
    LogFailed(StoreError),
}

/// The screen with everything behind it.
pub struct Workbench {
    ring: Ring,
    place: Arc<Place>,
    ui: Ui,
    story: Story,
    live: Live,
    keys: Keymap,
    theme: Theme,
    themes: Vec<Theme>,
    pace: Pace,
    begun: Instant,
    errands: JoinSet<Done>,
    /// Set when the loop is to end.
    left: Option<Left>,
}

impl std::fmt::Debug for Workbench {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Workbench").field("ring", &self.ring).finish_non_exhaustive()
    }
}

impl Workbench {
    /// Puts it together over a ring that has not been woken yet. `themes` holds at least one.
    pub fn new(
        ring: Ring,
        place: Arc<Place>,
        story: Story,
        ui: Ui,
        keys: Keymap,
        themes: Vec<Theme>,
    ) -> Option<Self> {
        Some(Self {
            ring,
            place,
            ui,
            story,
            live: Live::default(),
            keys,
            theme: themes.first()?.clone(),
            themes,
            pace: Pace::default(),
            begun: Instant::now(),
            errands: JoinSet::new(),
            left: None,
        })
    }

    /// What is known.
    pub fn state(&self) -> &State {
        self.ring.state()
    }

    /// Says something in the bottom line.
    pub fn say(&mut self, text: impl Into<String>, tone: Tone) {
        let up = self.begun.elapsed();
        self.ui.say(text, tone, up);
    }

    /// Runs until the person leaves. The ring is closed: every run ends as interrupted, and what
    /// waited for the person waits on, undone.
    pub async fn run(mut self, mut term: Term, mut inputs: Inputs) -> (Left, Option<Store>) {
        self.pace.want(Why::Key, Instant::now());
        self.draw(&mut term);
        self.ring.wake();
        loop {
            if let Some(left) = self.left.take() {
                term.leave();
                let (_, store) = self.ring.close().await;
                return (left, store);
            }
            if self.pace.is_due(Instant::now()) {
                self.draw(&mut term);
            }
            let due = self.pace.deadline();
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
                    if let Ok(done) = done {
                        self.done(done, &mut term);
                    }
                    self.want(Why::Key);
                }
                happened = self.ring.next() => {
                    self.happened(happened);
                    for _ in 0..MAX_DRAIN {
                        let Some(more) = self.ring.take() else { break };
                        self.happened(more);
                    }
                }
                () = wait_until(due) => {}
            }
        }
    }

    fn now(&self) -> Now {
        Now { at: clock::now(), up: self.begun.elapsed(), ahead: clock::minutes_ahead() }
    }

    fn facts(&self) -> Facts<'_> {
        Facts { state: self.ring.state(), story: &self.story, live: &self.live, now: self.now() }
    }

    fn want(&mut self, why: Why) {
        self.pace.want(why, Instant::now());
    }

    fn draw(&mut self, term: &mut Term) {
        let mut drawn = None;
        let shown = {
            let scene =
                Scene { facts: self.facts(), ui: &self.ui, theme: &self.theme, keys: &self.keys };
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
                let (state, story, live) = (self.ring.state(), &self.story, &self.live);
                let now = Now {
                    at: clock::now(),
                    up: self.begun.elapsed(),
                    ahead: clock::minutes_ahead(),
                };
                let wish = self.ui.key(event, &self.keys, Facts { state, story, live, now });
                if let Some(wish) = wish {
                    self.wish(wish, term);
                }
            }
            Input::Paste(paste) => {
                self.ui.paste(&paste.text);
                if paste.lost > 0 {
                    self.say(
                        format!("{} bytes of the paste were left out", paste.lost),
                        Tone::Fault,
                    );
                }
            }
            Input::Stop(stop) => self.left = Some(Left::Stopped(stop)),
            Input::Mouse(_)
            | Input::Focus(_)
            | Input::Resized { .. }
            | Input::Background(_)
            | Input::Ready
            | Input::Resumed => {}
        }
        self.want(Why::Key);
    }

    fn happened(&mut self, happened: Happened) {
        match happened {
            Happened::Recorded(records) => {
                for record in &records {
                    self.record(record);
                }
                let (state, story, live) = (self.ring.state(), &self.story, &self.live);
                let now = Now { at: clock::now(), up: self.begun.elapsed(), ahead: 0 };
                self.ui.settle(Facts { state, story, live, now });
                self.want(Why::Stream);
            }
            Happened::Live(run, text) => {
                let (kind, text) = match &text {
                    LiveText::Text(text) => (LiveKind::Message, text),
                    LiveText::Reasoning(text) => (LiveKind::Thought, text),
                    LiveText::Call(text) => (LiveKind::Call, text),
                    LiveText::Output(text) => (LiveKind::Output, text),
                };
                self.live.push(run, kind, text);
                self.want(Why::Stream);
            }
            Happened::LogFailed(error) => self.left = Some(Left::LogFailed(error)),
            Happened::Nothing => {}
        }
    }

    /// A settled fact takes the place of the text that led to it, in the same frame.
    fn record(&mut self, record: &Record) {
        self.story.apply(record);
        match &record.event {
            Event::ItemLogged { run, .. } | Event::RunEnded { run, .. } => self.live.clear(*run),
            _ => {}
        }
    }

    fn wish(&mut self, wish: Wish, term: &mut Term) {
        match wish {
            Wish::Commands(commands) => self.commands(commands),
            Wish::NewGoal { text } => self.errand(Errand::Base { text }),
            Wish::Land => match self.ring.state().goal() {
                Some(goal) => {
                    let errand = Errand::Land { goal: Box::new(goal.clone()) };
                    self.errand(errand);
                }
                None => self.say("there is no goal to land", Tone::Fault),
            },
            Wish::Diff { task } => {
                let found = self.ring.state().goal().and_then(|goal| goal.task(&task)).cloned();
                match found {
                    Some(task) => self.errand(Errand::Diff { task: Box::new(task) }),
                    None => self.say("that task has no work yet", Tone::Fault),
                }
            }
            Wish::Event { seq } => self.errand(Errand::Event { seq }),
            Wish::Pager { seq } => {
                term.lend();
                self.errand(Errand::Pager { seq });
            }
            Wish::OpenEditor { text, ending } => {
                term.lend();
                self.errand(Errand::Editor { text, ending });
            }
            Wish::Copy { text } => {
                let (what, tone) = match term.copy(&text) {
                    Copied::Sent => ("sent to the terminal (OSC 52), cannot confirm", Tone::Plain),
                    Copied::TooLong => ("too long for the terminal's clipboard", Tone::Fault),
                };
                self.say(what, tone);
            }
            Wish::NextTheme => {
                let at = self.themes.iter().position(|one| one.name == self.theme.name);
                let next = at.map_or(0, |at| (at + 1) % self.themes.len());
                if let Some(theme) = self.themes.get(next) {
                    self.theme = theme.clone();
                    let name = self.theme.name.clone();
                    self.say(format!("theme {name}"), Tone::Plain);
                }
            }
            Wish::Suspend => match term.suspend() {
                Suspend::Stopping => {}
                Suspend::NoShell => self.say("there is no shell to go back to", Tone::Fault),
            },
            Wish::Redraw => term.repaint(),
            Wish::Quit => self.left = Some(Left::Quit),
        }
    }

    /// The person's commands, one after the other; after a refusal the rest is dropped.
    fn commands(&mut self, commands: Vec<Command>) {
        for command in commands {
            if let Err(refusal) = self.ring.command(command) {
                self.say(refusal.to_string(), Tone::Fault);
                return;
            }
        }
    }

    fn errand(&mut self, errand: Errand) {
        let place = Arc::clone(&self.place);
        let log: PathBuf = self.ring.world().log.clone();
        self.errands.spawn(errand::run(errand, place, log));
    }

    fn done(&mut self, done: Done, term: &mut Term) {
        match done {
            Done::Page { title, text } => self.ui.show_page(title, &text),
            Done::Base { text, base, onto } => {
                let aside = goal::put_aside(self.ring.state());
                if let Some(text) = aside.clone() {
                    self.commands(vec![Command::Note { run: None, text }]);
                }
                let open = goal::open(&self.place, self.ring.state(), text, base, onto);
                self.commands(vec![open]);
                if let Some(aside) = aside {
                    self.say(aside, Tone::Plain);
                }
            }
            Done::Landed { into, commit } => {
                let said = format!("merged into {into}");
                self.commands(vec![Command::RecordLanding { into, commit }]);
                self.say(said, Tone::Plain);
            }
            Done::Edited { text } => {
                term.take_back();
                self.ui.edited(&text);
            }
            Done::Back => term.take_back(),
            Done::Failed { why } => {
                term.take_back();
                self.say(why, Tone::Fault);
            }
        }
    }
}

async fn wait_until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}
