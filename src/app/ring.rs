//! The ring: requests come in, the engine decides, the scribe writes, the hands do.
//!
//! It is the same with a screen and without: whoever shows it calls [`Ring::next`] in its own loop.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::FutureExt as _;
use tokio::{
    sync::mpsc,
    task::{Id, JoinSet},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    clock, jobs,
    live::Held,
    scribe::{Batch, Reply, Scene, Scribe, Written},
    world::World,
};
use crate::{
    agent::{Ask, Link, LiveText, Word},
    domain::{
        Actor, Command, Commit, Effect, End, Engine, Fault, FaultClass, Job, Record, Refusal,
        RunId, State,
    },
    logger::{Store, StoreError},
};

/// Requests of runs that may wait; a run that finds it full waits itself.
const MAX_ASKS: usize = 256;
/// Pieces of live text that may wait; more are lost, as live text may be.
const MAX_LIVE: usize = 4_096;
/// How long runs may take to end once the program ends.
const LAST_WORDS: Duration = Duration::from_secs(8);
/// How long the wait for a held server is slept through before the clock is looked at again.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);
/// How long they may take once the terminal is gone.
const MOMENT: Duration = Duration::from_millis(400);
/// What a session is told whose command nobody could answer any more.
const NOBODY: &str = "the terminal was closed before the person decided; ask again if it is needed";

/// Something that whoever shows the ring may want to tell.
#[derive(Debug)]
pub enum Happened {
    /// These facts are on disk.
    Recorded(Vec<Record>),
    /// Unsettled text of a run.
    Live(RunId, LiveText),
    /// Whoever wrote the log that is only read here has ended.
    Vacant,
    /// The log can no longer be written: everything has been stopped.
    LogFailed(StoreError),
    /// Something moved that nobody needs to be told of.
    Nothing,
}

/// The engine with everything that turns around it.
#[derive(Debug)]
pub struct Ring {
    engine: Engine,
    world: Arc<World>,
    scribe: Option<Scribe>,
    asks: (mpsc::Sender<Ask>, mpsc::Receiver<Ask>),
    live: (mpsc::Sender<LivePiece>, mpsc::Receiver<LivePiece>),
    written: mpsc::UnboundedReceiver<Written>,
    jobs: JoinSet<(RunId, End)>,
    hands: BTreeMap<RunId, Hand>,
    /// What of their live text is not shown yet.
    held: Held,
    /// Batches that are on their way to the disk.
    unwritten: usize,
}

/// Waits until a time of day, in milliseconds since 1970 UTC; for ever without one.
async fn at(time: Option<u64>) {
    match time {
        // A clock that is set back meanwhile is looked at again.
        Some(time) => {
            let left = Duration::from_millis(time.saturating_sub(clock::now()));
            sleep(left.min(LONGEST_SLEEP)).await;
        }
        None => std::future::pending().await,
    }
}

/// A piece of unsettled text of a run.
type LivePiece = (RunId, LiveText);

/// The ring's hold on a run.
#[derive(Debug)]
struct Hand {
    task: Id,
    stop: CancellationToken,
    words: mpsc::UnboundedSender<Word>,
}

impl Ring {
    /// Puts the ring together. Nothing begins before [`Ring::wake`] or a command.
    pub fn new(engine: Engine, store: Store, world: Arc<World>) -> std::io::Result<Self> {
        let (told, written) = mpsc::unbounded_channel();
        Ok(Self {
            engine,
            world,
            scribe: Some(Scribe::start(store, told)?),
            asks: mpsc::channel(MAX_ASKS),
            live: mpsc::channel(MAX_LIVE),
            written,
            jobs: JoinSet::new(),
            hands: BTreeMap::new(),
            held: Held::default(),
            unwritten: 0,
        })
    }

    /// What is known now.
    pub fn state(&self) -> &State {
        self.engine.state()
    }

    /// What the runs work in.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Ends what an earlier life of the program left open, and begins what is due.
    pub fn wake(&mut self) {
        let commit = self.engine.wake(clock::now());
        self.write(commit, None);
    }

    /// A person's command.
    pub fn command(&mut self, command: Command) -> Result<(), Refusal> {
        self.step(command, Actor::Person, None)
    }

    /// A person's commands; nothing begins before the last of them is decided. After a refusal
    /// the rest is dropped.
    pub fn commands(&mut self, commands: Vec<Command>) -> Result<(), Refusal> {
        let (commit, outcome) = self.engine.steps(commands, &Actor::Person, clock::now());
        self.write(commit, None);
        outcome
    }

    /// A person's command after which nothing begins by itself yet.
    pub fn prepare(&mut self, command: Command) -> Result<(), Refusal> {
        let commit = self.engine.record(command, Actor::Person, clock::now())?;
        self.write(commit, None);
        Ok(())
    }

    /// Whether nothing will happen without the person: nothing is being written, and every open
    /// run waits for their word.
    pub fn is_idle(&self) -> bool {
        let state = self.engine.state();
        self.unwritten == 0
            && state
                .goals
                .values()
                .all(|goal| goal.runs.keys().all(|run| goal.waits_on_person(*run)))
    }

    /// Takes the next thing that happens and lets the ring turn.
    pub async fn next(&mut self) -> Happened {
        let due = self.resumes_at();
        tokio::select! {
            biased;
            Some(written) = self.written.recv() => self.written(written),
            Some(ask) = self.asks.1.recv() => {
                let Ask { command, by, reply } = ask;
                // The refusal went to whoever asked; they know what to do with it.
                let _ = self.step(command, by, Some(reply));
                Happened::Nothing
            }
            Some(joined) = self.jobs.join_next_with_id() => {
                self.joined(joined);
                Happened::Nothing
            }
            Some((run, text)) = self.live.1.recv() => {
                let shown = self.held.shown(run, text, self.world.blobs.secrets());
                shown.map_or(Happened::Nothing, |text| Happened::Live(run, text))
            }
            () = at(due) => {
                let commit = self.engine.tick(clock::now());
                self.write(commit, None);
                Happened::Nothing
            }
        }
    }

    /// When something will begin by itself, in milliseconds since 1970 UTC: a held server is then
    /// asked again.
    pub fn resumes_at(&self) -> Option<u64> {
        self.engine.due_at(clock::now())
    }

    /// What has happened already, without waiting.
    pub fn take(&mut self) -> Option<Happened> {
        self.next().now_or_never()
    }

    /// Ends every run as interrupted, waits for the last words, and gives back the store and what
    /// is known at the very end.
    pub async fn close(mut self) -> (State, Option<Store>) {
        let commit = self.engine.close(clock::now());
        self.write(commit, None);
        self.farewell(LAST_WORDS).await
    }

    /// The same when the person's terminal is gone: what waits for them is denied, and nothing is
    /// waited for that takes longer than a moment. Whatever was under way is on disk.
    pub async fn hang_up(mut self) -> (State, Option<Store>) {
        let commit = self.engine.hang_up(NOBODY, clock::now());
        self.write(commit, None);
        self.farewell(MOMENT).await
    }

    async fn farewell(mut self, patience: Duration) -> (State, Option<Store>) {
        for hand in self.hands.values() {
            hand.stop.cancel();
        }
        let farewell = async {
            while !self.jobs.is_empty() {
                tokio::select! {
                    // Late requests are refused by name: their runs have ended.
                    Some(ask) = self.asks.1.recv() => {
                        let _ = self.step(ask.command, ask.by, Some(ask.reply));
                    }
                    Some(written) = self.written.recv() => drop(written),
                    joined = self.jobs.join_next() => if joined.is_none() { break },
                }
            }
        };
        let _ = timeout(patience, farewell).await;
        self.jobs.abort_all();
        let store = self.scribe.take().and_then(Scribe::finish);
        (self.engine.state().clone(), store)
    }

    fn step(&mut self, command: Command, by: Actor, reply: Option<Reply>) -> Result<(), Refusal> {
        match self.engine.step(command, by, clock::now()) {
            Ok(commit) => {
                self.write(commit, reply);
                Ok(())
            }
            Err(refusal) => {
                if let Some(reply) = reply {
                    let _ = reply.send(Err(refusal.clone()));
                }
                Err(refusal)
            }
        }
    }

    fn write(&mut self, commit: Commit, reply: Option<Reply>) {
        if commit.records.is_empty() {
            return;
        }
        let begins = commit.effects.iter().any(|one| matches!(one, Effect::Start { .. }));
        let scene = begins.then(|| self.scene()).flatten();
        let batch = Batch { records: commit.records, effects: commit.effects, scene, reply };
        if self.scribe.as_ref().is_some_and(|scribe| scribe.write(batch)) {
            self.unwritten += 1;
        }
    }

    fn scene(&self) -> Option<Arc<Scene>> {
        let state = self.engine.state();
        let goal = state.goal()?.clone();
        Some(Arc::new(Scene { goal, lessons: state.lessons.clone() }))
    }

    fn written(&mut self, written: Written) -> Happened {
        match written {
            Written::Durable { records, effects, scene } => {
                self.unwritten = self.unwritten.saturating_sub(1);
                for effect in effects {
                    self.perform(effect, scene.as_ref());
                }
                self.held.settle(&records);
                Happened::Recorded(records)
            }
            Written::Failed(error) => {
                // A workbench that cannot remember must not act.
                for hand in self.hands.values() {
                    hand.stop.cancel();
                }
                self.unwritten = 0;
                self.scribe = None;
                Happened::LogFailed(error)
            }
        }
    }

    fn perform(&mut self, effect: Effect, scene: Option<&Arc<Scene>>) {
        let (run, word) = match effect {
            Effect::Start { run, job } => {
                if let Some(scene) = scene {
                    self.start(run, job, Arc::clone(scene));
                }
                return;
            }
            Effect::Stop { run } => {
                if let Some(hand) = self.hands.get(&run) {
                    hand.stop.cancel();
                }
                return;
            }
            Effect::AnswerCall { run, call, allow, why } => (run, Word::Call { call, allow, why }),
            Effect::AnswerQuestion { run, question, answer } => {
                (run, Word::Question { question, answer })
            }
            Effect::Steer { run, text } => (run, Word::Steer { text }),
        };
        if let Some(hand) = self.hands.get(&run) {
            let _ = hand.words.send(word);
        }
    }

    fn start(&mut self, run: RunId, job: Job, scene: Arc<Scene>) {
        let stop = CancellationToken::new();
        let (words, heard) = mpsc::unbounded_channel();
        let link = Link::new(
            run,
            Actor::Chargehand,
            self.asks.0.clone(),
            heard,
            self.live.0.clone(),
            stop.clone(),
        );
        let world = Arc::clone(&self.world);
        let work = async move { (run, jobs::perform(world, scene, job, link).await) };
        let task = self.jobs.spawn(work).id();
        self.hands.insert(run, Hand { task, stop, words });
    }

    fn joined(&mut self, joined: Result<(Id, (RunId, End)), tokio::task::JoinError>) {
        let (run, end) = match joined {
            Ok((_, ended)) => ended,
            Err(error) => {
                let found = self.hands.iter().find(|(_, hand)| hand.task == error.id());
                let Some(run) = found.map(|(run, _)| *run) else { return };
                let fault = Fault::new(FaultClass::Environment, format!("the run broke: {error}"))
                    .hint("This is a fault of chargehand; what was done up to here is kept");
                (run, End::Faulted { fault })
            }
        };
        self.hands.remove(&run);
        // It may have found out how much a window really holds.
        self.engine.route(self.world.routes());
        // Refused when the log has its end already: stopped, or interrupted.
        let _ = self.step(Command::EndRun { run, end }, Actor::Chargehand, None);
    }
}
