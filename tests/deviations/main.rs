//! What servers do that the protocol does not say: each deviation by its name, on the loopback.
//!
//! The tables are data: what the server sends, and what has to come of it. `cargo bench --bench
//! wire` plays them too, and counts.

#![expect(clippy::unwrap_used, reason = "helpers of tests may end them")]
#![expect(clippy::needless_pass_by_value, reason = "values read best where they are used")]

#[path = "../common/server.rs"]
mod server;

mod adapting;
mod case;
mod chunks;
mod refusals;
mod responses;
mod streams;

#[test]
fn no_fewer_than_eighty_deviations_are_played_and_each_has_a_name_of_its_own() {
    let all = [chunks::all(), streams::all(), refusals::all(), adapting::all(), responses::all()];
    let mut names: Vec<&str> = all.iter().flatten().map(|(name, _, _)| *name).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(count >= 80, "{count}");
    let told = format!("{count} ways in which servers were seen to deviate");
    assert!(include_str!("../../README.md").contains(&told), "README.md should say: {told}");
}
