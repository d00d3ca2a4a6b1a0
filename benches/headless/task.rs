//! A trivial task from the start of the program to its end.

use std::{
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use chargehand::{
    agent::{OpenAi, Prompts, Provider, Secret},
    app::{Outputs, Place, Ring, Servers, World, turn},
    config::{Catalogue, Dirs, KnownModels, Overrides},
    domain::{self, CommandPolicy, Policy, Snapshot},
    git::Git,
    logger::{Commits, Store},
    planner,
};
use tokio_util::sync::CancellationToken;

use super::{
    desk::{Desk, GOAL, TOKEN, bare_start},
    log::bare_append,
    report::{Row, Target, float, median, ms, timed},
    script::{plan, script},
    trace::git_work,
};

/// Goals that are worked on, each on a machine of its own.
const GOALS: usize = 7;
/// Brief, session, review: fewer cannot be.
const REQUESTS: f64 = 3.0;
/// Appends that wait for the disk; each is there for a reason, see `Event::is_boundary`.
const COMMITS: f64 = 26.0;
/// 100 ms where a bare start takes 2.2 ms.
const MOST_STARTS: f64 = 45.0;

/// Start to exit, with git's work and the waits for the disk told apart.
pub fn task() -> Vec<Row> {
    let commits = commits();
    let (mut whole, mut rest, mut git, mut calls, mut requests) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), 0);
    let (mut starts, mut git_starts, mut syncs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..GOALS {
        let desk = Desk::new(script(0));
        starts.push(median(&[(); 9].map(|()| timed(bare_start).0)));
        git_starts.push(median(&[(); 9].map(|()| git_start(&desk))));
        syncs.push(bare_append(&desk.at("bare"), 25));
        let (time, ()) = timed(|| desk.work(&plan(1)));
        let work = git_work(&desk.traces());
        requests = desk.server.requests().len();
        // Git's own clock begins in its `main`: what comes before that and after its end is git's
        // as well.
        let begun = median(&git_starts) * work.calls;
        let apart = work.time + begun + median(&syncs) * durable(commits);
        whole.push(time);
        rest.push(time.saturating_sub(apart));
        git.push(work.time);
        calls.push(work.calls);
    }
    let (start, sync) = (median(&starts), median(&syncs));
    vec![
        Row::shown("a trivial task, start to exit", ms(median(&whole))),
        Row::shown(
            "of this git",
            format!(
                "{} in {} calls, and {} to start each",
                ms(median(&git)),
                median(&calls),
                ms(median(&git_starts))
            ),
        ),
        Row::shown(
            "of this durable commits",
            format!("{} of {} each, {} relaxed", commits.durable, ms(sync), commits.relaxed),
        ),
        Row::times("the rest", median(&rest), ("`true`", start), Target::AtMost(MOST_STARTS)),
        Row::count("requests", "requests", float(requests), REQUESTS),
        Row::count("durable commits", "commits", f64::from(durable(commits)), COMMITS),
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
