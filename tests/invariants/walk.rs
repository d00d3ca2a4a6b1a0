//! Walks: random commands through a life of the engine, with a watch on every record.

use std::collections::{BTreeMap, BTreeSet};

use chargehand::domain::*;

use super::{
    dice::Dice,
    draw, drive,
    hands::{self, Luck},
    watch::Watch,
    world::*,
};

const WALKS: u64 = 2_048;
const STEPS: usize = 90;
/// Every so many walks, the program is killed at each record of the log.
const KILLED_EVERYWHERE: u64 = 64;
/// Steps in which good runs and a willing person must bring a goal home from anywhere.
const HOME: usize = 400;

/// What all walks together have seen.
#[derive(Default)]
pub struct Taken {
    pub walks: u64,
    pub findings: BTreeMap<&'static str, Vec<String>>,
    pub phases: BTreeSet<String>,
    pub events: BTreeSet<String>,
}

/// Takes every walk, on all cores.
pub fn all() -> Taken {
    let threads = std::thread::available_parallelism().map_or(2, usize::from) as u64;
    let parts: Vec<Taken> = std::thread::scope(|scope| {
        let some = |part: u64| move || some(part, threads);
        let running: Vec<_> = (0..threads).map(|part| scope.spawn(some(part))).collect();
        running.into_iter().map(|one| one.join().expect("a walk does not panic")).collect()
    });
    parts.into_iter().fold(Taken::default(), |mut all, part| {
        all.walks += part.walks;
        all.phases.extend(part.phases);
        all.events.extend(part.events);
        for (promise, found) in part.findings {
            all.findings.entry(promise).or_default().extend(found);
        }
        all
    })
}

fn some(part: u64, of: u64) -> Taken {
    let mut taken = Taken::default();
    for seed in (1..=WALKS).filter(|seed| seed % of == part) {
        let mut walk = Walk::new(seed);
        for _ in 0..STEPS {
            walk.step();
        }
        walk.replayed();
        if seed % KILLED_EVERYWHERE == 0 {
            walk.killed_everywhere();
        }
        if seed % 4 == 0 {
            walk.home();
        }
        taken.walks += 1;
        taken.phases.append(&mut walk.watch.phases);
        taken.events.append(&mut walk.watch.events);
        for (promise, text) in walk.watch.findings {
            taken.findings.entry(promise).or_default().push(format!("seed {seed}: {text}"));
        }
    }
    taken
}

/// One walk: a life, its dice and the watch over it.
struct Walk {
    dice: Dice,
    core: Engine,
    log: Vec<Record>,
    at: u64,
    watch: Watch,
}

impl Walk {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let core = Engine::replay(draw::settings(), &[]);
        let first = open_goal(draw::policy(&mut dice), draw::caps(&mut dice));
        let mut walk = Self { dice, core, log: vec![], at: 0, watch: Watch::default() };
        let _ = walk.ask(first, Actor::Person);
        walk
    }

    fn step(&mut self) {
        match self.dice.roll(100) {
            0 | 1 => self.kill(),
            2 => {
                let commit = self.close();
                self.watch.closed(&self.core, &commit);
                self.wake();
            }
            3..=5 => self.tick(),
            6..=12 => {
                let command = drive::meddle(&mut self.dice, self.core.state());
                let _ = self.ask(command, Actor::Person);
            }
            13..=35 => self.decide_something(Luck::Mixed),
            36 | 37 => {
                // A late word of a run that may be any, open or not.
                let run = RunId(self.dice.roll(self.log.len() + 2) as u64);
                let end = draw::end(&mut self.dice);
                let late = [
                    Command::EndRun { run, end },
                    Command::Report { run, report: Report::default() },
                    Command::Reserve { run, reservation: Reservation::default() },
                ];
                let command = self.dice.pick(&late).expect("there are three").clone();
                let _ = self.ask(command, Actor::Chargehand);
            }
            _ => self.hear_a_run(Luck::Mixed),
        }
    }

    fn hear_a_run(&mut self, luck: Luck) {
        let Some(goal) = self.core.state().goal() else {
            let command = drive::meddle(&mut self.dice, self.core.state());
            let _ = self.ask(command, Actor::Person);
            return;
        };
        let open: Vec<RunId> = goal.runs.keys().copied().collect();
        let Some(run) = self.dice.pick(&open).copied() else {
            return self.decide_something(luck);
        };
        let command = hands::say(&mut self.dice, luck, goal, run, &goal.runs[&run]);
        if self.ask(command, Actor::Chargehand).is_err() && luck == Luck::Good {
            // The brief of a walk's past may be a repeat; no session can begin with it.
            let end = fault(FaultClass::Environment);
            let _ = self.ask(Command::EndRun { run, end }, Actor::Chargehand);
        }
    }

    fn decide_something(&mut self, luck: Luck) {
        let Some(goal) = self.core.state().goal() else { return };
        let waiting = attention(goal);
        let Some(one) = self.dice.pick(&waiting) else { return };
        let command = drive::decide(&mut self.dice, luck, goal, one);
        // What is refused for good reason: too many hunks at once, or hunks of a task under way.
        let may_refuse =
            matches!(&command, Command::DecideChange { accepted, .. } if !accepted.is_empty());
        let told = format!("{one} by {command:?}");
        if let Err(refusal) = self.ask(command, Actor::Person)
            && !may_refuse
        {
            self.watch.find("offers", format!("{told}: {refusal}"));
        }
    }

    fn ask(&mut self, command: Command, by: Actor) -> Result<(), Refusal> {
        self.at += 1;
        let commit = self.core.step(command, by, self.at)?;
        self.keep(&commit);
        Ok(())
    }

    fn keep(&mut self, commit: &Commit) {
        self.watch.commit(commit);
        self.watch.rest(&self.core);
        self.log.extend(commit.records.iter().cloned());
    }

    fn kill(&mut self) {
        self.core = Engine::replay(draw::settings(), &self.log);
        if self.dice.chance(40) {
            self.decide_between_lives();
        }
        self.wake();
    }

    /// Time passes, and a held server may be asked again.
    fn tick(&mut self) {
        if let Some(due) = self.core.due_at(self.at) {
            let commit = self.core.tick(due);
            if commit.records.is_empty() {
                self.watch.find("stuck", format!("nothing begins at {due}, though it is due"));
            }
            self.at = self.at.max(due);
            self.keep(&commit);
        }
    }

    /// The person decides something while the program does not run.
    fn decide_between_lives(&mut self) {
        let Some(goal) = self.core.state().goal() else { return };
        let waiting = attention(goal);
        let Some(one) = self.dice.pick(&waiting) else { return };
        let command = drive::decide(&mut self.dice, Luck::Mixed, goal, one);
        self.at += 1;
        if let Ok(commit) = self.core.record(command, Actor::Person, self.at) {
            self.watch.commit(&commit);
            self.log.extend(commit.records.iter().cloned());
            self.watch.closed(&self.core, &commit);
        }
    }

    fn wake(&mut self) {
        self.at += 1;
        let last = self.core.last();
        let commit = self.core.wake(self.at);
        self.keep(&commit);
        self.watch.woken(&self.core, last, &commit);
    }

    fn close(&mut self) -> Commit {
        self.at += 1;
        let commit = self.core.close(self.at);
        self.watch.commit(&commit);
        self.log.extend(commit.records.iter().cloned());
        commit
    }

    fn replayed(&mut self) {
        let again = Engine::replay(draw::settings(), &self.log);
        let lived = serde_json::to_string(self.core.state()).expect("a state has a JSON form");
        let folded = serde_json::to_string(again.state()).expect("a state has a JSON form");
        if lived != folded || again.last() != self.core.last() {
            self.watch.find("09", "replay differs from life".into());
        }
        // The snapshot that is kept as a cache is the state as well.
        match serde_json::from_str::<State>(&lived) {
            Ok(read) if read == *self.core.state() => {}
            Ok(_) => self.watch.find("09", "a state read back differs".into()),
            Err(error) => self.watch.find("09", format!("a state cannot be read back: {error}")),
        }
    }

    /// Kills the program at each record of the log, wakes it, and goes on for a little.
    fn killed_everywhere(&mut self) {
        let mut state = State::default();
        let mut watch = Watch::default();
        for (at, record) in self.log.iter().enumerate() {
            watch.record(record);
            state.apply(record);
            let core = Engine::new(state.clone(), record.seq, draw::settings());
            let dice = Dice::new(at as u64 + 1);
            let log = Vec::new();
            let mut fork = Walk { dice, core, log, at: record.at, watch: watch.fork() };
            fork.wake();
            for _ in 0..3 {
                fork.hear_a_run(Luck::Mixed);
            }
            for (promise, text) in fork.watch.findings {
                self.watch.find(promise, format!("killed at {}: {text}", record.seq));
            }
        }
    }

    /// From here on all goes well, and the goal must be done in the end.
    fn home(&mut self) {
        self.wake();
        let roomy = Caps { attempts: 9, ..Caps::default() };
        let _ = self.ask(Command::SetCaps { caps: roomy }, Actor::Person);
        for _ in 0..HOME {
            let Some(goal) = self.core.state().goal() else { return };
            if goal.is_complete() || matches!(goal.standing, Standing::Landed { .. }) {
                return;
            }
            if goal.runs.is_empty() || self.dice.chance(30) {
                self.decide_something(Luck::Good);
            } else {
                self.hear_a_run(Luck::Good);
            }
        }
        let Some(goal) = self.core.state().goal() else { return };
        let told = goal.plan.tasks.iter().map(|task| {
            format!("\n  {} {}: {}", task.spec.id, task.phase.word(), why_waiting(goal, task))
        });
        let told: String = told.collect();
        self.watch.find("home", format!("not home after {HOME} steps:{told}"));
    }
}
