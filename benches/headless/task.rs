//! A trivial task from the start of the program to its end.

use std::{
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use chargehand::{
    agent::{OpenAi, Prompts, Provider, Secret},
    app::{Outputs, Place, Ring, Servers, Spare, World, turn},
    config::{Catalogue, Dirs, KnownModels, Overrides},
    domain::{self, CommandPolicy, Policy, Snapshot},
    git::Git,
    logger::{Commits, Store},
    planner,
};
use tokio_util::sync::CancellationToken;

use super::{
    desk::{Desk, Disk, GOAL, TOKEN, bare_start},
    log::bare_append,
    report::{Row, Target, float, ms, quartile, timed},
    script::{plan, script},
    trace::git_work,
};

/// Goals that are worked on, each on a machine of its own.
const GOALS: usize = 7;
/// Brief, session, review: fewer cannot be.
const REQUESTS: f64 = 3.0;
/// Appends that wait for the disk; each is there for a reason, see `Event::is_boundary`.
const COMMITS: f64 = 26.0;
/// 100 ms on a machine where a bare start, made as it is here, takes 0.56 ms.
const MOST_STARTS: f64 = 180.0;

/// Start to exit. What we do ourselves is measured in memory, where a durable commit waits for
/// nothing, with git's work told apart; then the whole on the disk.
pub fn task() -> Vec<Row> {
    let commits = commits();
    let (mut rest, mut git, mut starts, mut git_starts) = (vec![], vec![], vec![], vec![]);
    let (mut calls, mut requests) = (0, 0);
    for _ in 0..GOALS {
        let desk = Desk::on(Disk::Memory, script(0));
        starts.push(quartile(&[(); 9].map(|()| timed(bare_start).0)));
        git_starts.push(quartile(&[(); 9].map(|()| git_start(&desk))));
        let (time, ()) = timed(|| desk.work(&plan(1)));
        let work = git_work(&desk.traces());
        (calls, requests) = (work.calls, desk.server.requests().len());
        // Git's own clock begins in its `main`: what comes before that and after its end is git's
        // as well.
        let begun = quartile(&git_starts) * work.calls;
        let apart = match desk.disk {
            Disk::Memory => Duration::ZERO,
            Disk::Real => bare_append(&desk.at("bare"), 25) * durable(commits),
        };
        rest.push(time.saturating_sub(work.time + begun + apart));
        git.push(work.time);
    }
    let real = Desk::new(script(0));
    let sync = bare_append(&real.at("bare"), 25);
    let (whole, ()) = timed(|| real.work(&plan(1)));
    let start = ("`true`", quartile(&starts));
    vec![
        Row::times(
            "a trivial task but for git",
            quartile(&rest),
            start,
            Target::AtMost(MOST_STARTS),
        ),
        Row::count("requests", "requests", float(requests), REQUESTS),
        Row::count("durable commits", "commits", f64::from(durable(commits)), COMMITS),
        Row::shown(
            "git",
            format!(
                "{} in {calls} calls, and {} to start each",
                ms(quartile(&git)),
                ms(quartile(&git_starts))
            ),
        ),
        Row::shown(
            "all of it on the disk",
            format!("{}, a bare sync {}, {} relaxed commits", ms(whole), ms(sync), commits.relaxed),
        ),
    ]
}

fn durable(commits: Commits) -> u32 {
    u32::try_from(commits.durable).unwrap_or(u32::MAX)
}

/// What a call of git costs before and after what it tells of itself.
fn git_start(desk: &Desk) -> Duration {
    let traces = desk.at("start");
    let _ = std::fs::remove_dir_all(&traces);
    std::fs::create_dir(&traces).unwrap();
    let mut git = Command::new("git");
    git.arg("version").stdout(Stdio::null()).env("GIT_TRACE2_EVENT", &traces);
    let (time, status) = timed(|| git.status().unwrap());
    assert!(status.success());
    time.saturating_sub(git_work(&traces).time)
}

/// The same task inside this process, where the store can be asked how often it has written.
fn commits() -> Commits {
    let desk = Desk::new(script(0));
    let store = desk.runtime.block_on(async {
        tokio::time::timeout(Duration::from_mins(1), work(&desk)).await.unwrap()
    });
    assert_eq!(desk.server.requests().len(), 3, "{:?}", desk.server.unmatched());
    store.commits()
}

async fn work(desk: &Desk) -> Store {
    let env = desk.env();
    let git = Git::new(&CancellationToken::new());
    let git = env.iter().fold(git, |git, (name, value)| git.with_env(name, value));
    let dirs = Dirs { config: desk.at("config"), data: desk.at("data"), state: desk.at("state") };
    let overrides = Overrides {
        base_url: Some(desk.server.base_url()),
        model: Some("bench".to_owned()),
        parallel: Some(1),
        ..Overrides::default()
    };
    let place = Place::find(git, &desk.repo(), dirs, overrides).await.unwrap();
    let (engine, store) = place.open().unwrap();
    let provider = Provider::new(desk.server.base_url(), Some(Secret::new(TOKEN)));
    let world = World {
        repo: place.repo.clone(),
        dirs: place.dirs.clone(),
        prices: Catalogue::new(&place.config),
        config: place.config.clone(),
        known: KnownModels::load(&place.dirs),
        log: store.path().to_owned(),
        log_id: store.log_id().clone(),
        blobs: Arc::new(Outputs::new(store.blobs(), [])),
        servers: Servers::one(Arc::new(OpenAi::new(provider).unwrap())),
        prompts: Prompts::embedded().unwrap(),
        spare: Spare::default(),
    };
    let mut ring = Ring::new(engine, store, Arc::new(world)).unwrap();
    ring.prepare(domain::Command::OpenGoal {
        id: "make-the-files".into(),
        text: GOAL.to_owned(),
        base: Snapshot {
            commit: desk.git(&["rev-parse", "HEAD"]),
            tree: desk.git(&["rev-parse", "HEAD^{tree}"]),
        },
        onto: Some("main".to_owned()),
        policy: Policy::Yes,
        caps: place.config.goal_caps(),
        commands: CommandPolicy::All,
    })
    .unwrap();
    let draft = planner::parse(&plan(1), &|_| true).unwrap().draft;
    ring.prepare(domain::Command::ImportPlan { draft }).unwrap();
    ring.wake();
    turn(&mut ring, 0, &mut |_| {}).await.unwrap();
    assert!(ring.state().goal().unwrap().is_complete());
    ring.close().await.1.unwrap()
}
