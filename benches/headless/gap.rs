//! The gap between a turn of the model with a tool call and the next request.

use std::time::Duration;

use chargehand::{domain::Event, logger::Recall};

use super::{
    desk::{Desk, bare_start},
    log::bare_append,
    report::{Row, Target, float, median, ms, timed},
    script::{plan, script},
};

/// Turns that each call `true` once.
const CALLS: u32 = 24;
/// Durable commits of a gap: the call's intent before it is done, the next request's reservation
/// before it is sent.
const COMMITS: f64 = 2.0;

/// From the last byte of an answer to the last byte of the next request, as the server sees them.
pub fn gap() -> Vec<Row> {
    let desk = Desk::new(script(CALLS));
    let starts: Vec<Duration> = (0..31).map(|_| timed(bare_start).0).collect();
    let syncs = bare_append(&desk.at("bare"), 50);
    desk.work(&plan(1));
    let syncs = median(&[syncs, bare_append(&desk.at("bare"), 50)]);
    let starts: Vec<Duration> =
        starts.into_iter().chain((0..30).map(|_| timed(bare_start).0)).collect();
    let heard = desk.server.heard();
    let session: Vec<_> =
        heard.iter().filter(|one| one.body.to_string().contains("\"finish\"")).collect();
    let gaps: Vec<Duration> = session
        .windows(2)
        .filter_map(|pair| Some(pair[1].arrived.saturating_duration_since(pair[0].answered?)))
        .collect();
    assert_eq!(gaps.len(), usize::try_from(CALLS).unwrap());
    let commits = commits(&desk);
    let durable = u32::try_from(commits).unwrap();
    let gap = median(&gaps);
    let rest = gap.saturating_sub(syncs * durable);
    let start = ("`true`", median(&starts));
    vec![
        Row::shown("answer with a call to next request", ms(gap)),
        Row::shown("of this durable commits", format!("{commits} of {} each", ms(syncs))),
        Row::times("the rest", rest, start, Target::AtMost(3.0)),
        Row::count("durable commits", "commits", float(commits), COMMITS),
    ]
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
