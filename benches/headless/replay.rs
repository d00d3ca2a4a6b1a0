//! Folding a log into the state.

use std::time::Duration;

use chargehand::{
    domain::{
        Actor, CallId, Caps, Command, CommandPolicy, Engine, Item, Policy, Record, Reservation,
        Settings, Usage, Way,
    },
    logger::{Access, Store},
};

use super::{
    desk::folder,
    report::{Row, float, ms, quartile, timed},
    world::{Life, spec, tool_call},
};

/// Events of the log.
const EVENTS: usize = 100_000;
/// Tasks of its plan.
const TASKS: usize = 200;

/// The fold alone, then with reading the log, then from the kept fold.
pub fn replay() -> Vec<Row> {
    let log = log();
    let folds: Vec<Duration> =
        (0..7).map(|_| timed(|| Engine::replay(Settings::default(), &log)).0).collect();
    let folder = folder();
    let path = folder.path().join("log/log.db");
    let mut store = Store::open(&path, Access::Write).unwrap();
    log.chunks(2_000).for_each(|batch| store.append(batch).unwrap());
    drop(store);
    // A reader keeps no fold.
    let reader = Store::open(&path, Access::Read).unwrap();
    let reads: Vec<Duration> = (0..7).map(|_| timed(|| reader.replay().unwrap()).0).collect();
    drop(Store::open(&path, Access::Write).unwrap().replay().unwrap());
    let kept: Vec<Duration> = (0..5).map(|_| timed(|| reader.replay().unwrap()).0).collect();
    let told = |time: Duration| {
        let rate = float(log.len()) / time.as_secs_f64();
        format!("{} for {} events, {rate:.0} events/s", ms(time), log.len())
    };
    vec![
        Row::shown("the fold alone", told(quartile(&folds))),
        Row::shown("with reading the log", told(quartile(&reads))),
        Row::shown("from the kept fold", ms(quartile(&kept))),
    ]
}

/// A log as long sessions leave it.
fn log() -> Vec<Record> {
    let caps = Caps { goal_tokens: u64::MAX, task_tokens: u64::MAX, ..Caps::default() };
    let mut life = Life::with_caps(Policy::Yes, caps);
    life.person(Command::SetPolicy { policy: Policy::Yes, commands: CommandPolicy::All });
    let id = |task: usize| format!("task-{task}");
    life.plan((0..TASKS).map(|task| spec(&id(task), &[])).collect());
    for task in 0..TASKS {
        let id = id(task);
        life.briefed(&id, "do it");
        let run = life.open_attempt(&id);
        let usage = Usage { input: 4_000, cached: 3_000, output: 80, reasoning: 0 };
        for turn in 0.. {
            if life.log.len() > EVENTS / TASKS * (task + 1) {
                break;
            }
            let call = tool_call(turn);
            let said = Item::Said {
                text: format!("I look at part {turn} of the tests before I change it."),
                reasoning: String::new(),
                calls: vec![call.clone()],
                way: Way::Native,
                usage,
            };
            let returned = Item::Returned {
                call: CallId(turn),
                ok: true,
                text: format!("exit 0\nok {turn}: all holds what it should"),
                blob: None,
                millis: 40,
            };
            let reservation = Reservation { tokens: 12_000, cost: None };
            for command in [
                Command::Reserve { run, reservation },
                Command::Spend { run, model: "bench".into(), usage, cost: None },
                Command::LogItem { run, item: said },
                Command::IntendCall { run, call, command: Some("sh tests/run.sh".into()) },
                Command::LogItem { run, item: returned },
            ] {
                life.try_by(command, Actor::Executor { model: "bench".into() }).unwrap();
            }
        }
        life.report(&id);
        life.checked(&id, chargehand::domain::Outcome::Passed);
        life.judged(&id, chargehand::domain::Decision::Accept);
        life.landed(&id);
    }
    life.log
}
