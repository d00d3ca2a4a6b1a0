//! What a process costs, as Linux tells it.

use std::fs;

/// Sums over all threads of a process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    /// How often a thread went to sleep of itself, and so was woken up.
    pub(crate) wakes: u64,
    /// Time on a processor, in nanoseconds.
    pub(crate) ran: u64,
}

/// What the threads that live now have cost so far.
pub(crate) fn cost(pid: u32) -> Cost {
    let mut sum = Cost::default();
    for task in fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
        let read = |name: &str| fs::read_to_string(task.path().join(name)).unwrap_or_default();
        sum.wakes += field(&read("status"), "voluntary_ctxt_switches:");
        sum.ran += read("schedstat").split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
    }
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
