//! The gap between a turn of the model with a tool call and the next request.

use std::time::Duration;

use chargehand::{domain::Event, logger::Recall};

use super::{
    desk::{Desk, Disk, bare_start, folder},
    log::bare_append,
    report::{Row, Target, float, median, ms, quartile, timed},
    script::{plan, script},
};

/// Turns that each call `true` once.
const CALLS: u32 = 24;
/// Durable commits of a gap: the call's intent before it is done, the next request's reservation
/// before it is sent.
const COMMITS: f64 = 2.0;

/// From the last byte of an answer to the last byte of the next request, as the server sees them.
/// In memory, where a durable commit waits for nothing; on the disk it is told apart.
pub fn gap() -> Vec<Row> {
    let desk = Desk::on(Disk::Memory, script(CALLS));
    let starts: Vec<Duration> = (0..31).map(|_| timed(bare_start).0).collect();
    desk.work(&plan(1));
    let starts: Vec<Duration> =
        starts.into_iter().chain((0..30).map(|_| timed(bare_start).0)).collect();
    let start = ("`true`", quartile(&starts));
    let commits = commits(&desk);
    let ours = quartile(&gaps(&desk));
    // Where there is no memory to work in, the commits are taken out by what a bare one costs.
    let sync = bare_append(&folder().path().join("bare"), 50);
    let apart = if desk.disk == Disk::Real {
        sync * u32::try_from(commits).unwrap()
    } else {
        Duration::ZERO
    };
    let rest = ours.saturating_sub(apart);

    let real = Desk::new(script(CALLS));
    real.work(&plan(1));
    vec![
        Row::times("answer with a call to next request", rest, start, Target::AtMost(3.0)),
        Row::count("durable commits in it", "commits", float(commits), COMMITS),
        Row::shown(
            "the same on the disk",
            format!("{}, a bare sync {}", ms(median(&gaps(&real))), ms(sync)),
        ),
    ]
}

fn gaps(desk: &Desk) -> Vec<Duration> {
    let heard = desk.server.heard();
    let session: Vec<_> =
        heard.iter().filter(|one| one.body.to_string().contains("\"finish\"")).collect();
    let gaps: Vec<Duration> = session
        .windows(2)
        .filter_map(|pair| Some(pair[1].arrived.saturating_duration_since(pair[0].answered?)))
        .collect();
    assert_eq!(gaps.len(), usize::try_from(CALLS).unwrap());
    gaps
}

/// Boundaries in a gap. Each request of a run is answered before the next comes, so each boundary
/// is a commit of its own.
fn commits(desk: &Desk) -> usize {
    let records = Recall::open(&desk.log()).unwrap().last(10_000).unwrap().records;
    let reserved: Vec<usize> = records
        .iter()
        .enumerate()
        .filter(|(_, one)| one.attempt.is_some() && matches!(one.event, Event::Reserved { .. }))
        .map(|(at, _)| at)
        .collect();
    let gaps: Vec<usize> = reserved
        .windows(2)
        .take(usize::try_from(CALLS).unwrap())
        .map(|pair| {
            let between = &records[pair[0] + 1..=pair[1]];
            between.iter().filter(|one| one.event.is_boundary()).count()
        })
        .collect();
    median(&gaps)
}
