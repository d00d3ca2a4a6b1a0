//! What a process costs, as Linux tells it.

use std::fs;

/// Sums over the threads of a process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    /// How often a thread went to sleep of itself, and so was woken up.
    pub(crate) wakes: u64,
    /// Time on a processor of the threads that live, in nanoseconds.
    pub(crate) ran: u64,
    /// The same of all threads that ever were, in steps of a hundredth of a second.
    pub(crate) used: u64,
}

/// A step in which Linux tells what all threads together have used, in nanoseconds (`USER_HZ`).
const TICK: u64 = 10_000_000;

/// What it has cost so far.
pub(crate) fn cost(pid: u32) -> Cost {
    let mut sum = Cost::default();
    for task in fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
        let read = |name: &str| fs::read_to_string(task.path().join(name)).unwrap_or_default();
        sum.wakes += field(&read("status"), "voluntary_ctxt_switches:");
        sum.ran += read("schedstat").split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
    }
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // Fields are counted behind the name, which may hold anything: 14 and 15 of all.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|one| one.parse::<u64>().ok()).sum();
    sum.used = ticks * TICK;
    sum
}

/// The share of memory that is the process's own, in KiB.
pub(crate) fn pss(pid: u32) -> u64 {
    field(&fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default(), "Pss:")
}

fn field(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
