//! What starting costs, and how much memory a whole goal takes.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use super::{
    desk::{PROGRAM, bare_start, folder},
    report::{Row, Target, in_turns},
};

/// Alternations of two processes.
const TURNS: u32 = 31;
/// Megabytes that a headless goal may take at its peak, the loopback server included.
const MOST_MEMORY: f64 = 40.0;

/// `--version` against a program that does nothing.
pub fn version() -> Vec<Row> {
    let ours = || {
        let status = Command::new(PROGRAM).arg("--version").stdout(Stdio::null()).status();
        assert!(status.unwrap().success());
    };
    let (ours, bare) = in_turns(TURNS, ours, bare_start);
    vec![Row::times("--version", ours, ("`true`", bare), Target::AtMost(1.5))]
}

/// The peak of the demo's resident memory, looked at whenever a record is told.
pub fn memory() -> Vec<Row> {
    let folder = folder();
    let mut demo = Command::new(PROGRAM)
        .args(["demo", "--headless", "--json", "--keep"])
        .arg(folder.path().join("demo"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", demo.id());
    let (mut peak, mut records) = (0, 0);
    for line in BufReader::new(demo.stdout.take().unwrap()).lines() {
        line.unwrap();
        records += 1;
        peak = peak.max(high_water(&status).unwrap_or(0));
    }
    assert!(demo.wait().unwrap().success());
    if peak == 0 {
        return vec![Row::shown("peak memory of the demo", "not told by this system".into())];
    }
    let what = format!("peak memory of the demo, {records} records");
    vec![Row::count(&what, "MB", f64::from(peak) / 1024.0, MOST_MEMORY)]
}

/// The kernel's own high-water mark, in KiB. Linux only.
fn high_water(status: &str) -> Option<u32> {
    let text = std::fs::read_to_string(status).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
