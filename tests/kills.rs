//! `kill -9` at random moments of the demo's goal, each followed by a restart, until it is done.
//!
//! `CHARGEHAND_KILLS=200 cargo test --release --locked --test kills` is the long form; the number
//! of kills in an ordinary test run is small. A failure prints its seed.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Kills in an ordinary test run.
const FEW: u32 = 4;

/// A small seeded stream of numbers, so that a failure can be played again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

fn start(folder: &Path) -> Child {
    command(folder).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chargehand"));
    command
        .args(["demo", "--headless", "--json", "--keep", folder.to_str().unwrap()])
        .stdin(Stdio::null());
    command
}

fn read(folder: &Path, args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_chargehand"))
        .args(["-C", folder.join("ledger").to_str().unwrap()])
        .args(args)
        .env("CHARGEHAND_CONFIG_DIR", folder.join("config"))
        .env("CHARGEHAND_DATA_DIR", folder.join("data"))
        .env("CHARGEHAND_STATE_DIR", folder.join("state"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// How long the whole goal takes without a kill, so that kills fall all over it.
fn whole() -> Duration {
    let temp = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    assert!(start(temp.path()).wait().unwrap().success());
    begun.elapsed()
}

#[test]
fn invariant_08_a_killed_goal_is_finished_by_the_next_starts() {
    let wanted: u32 =
        std::env::var("CHARGEHAND_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(FEW);
    let seed =
        std::env::var("CHARGEHAND_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(0x5eed);
    let whole = u64::try_from(whole().as_millis()).unwrap().max(50);
    let mut dice = Dice(seed);
    let mut kills = 0;
    while kills < wanted {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path();
        // Each goal is killed a few times on its way, then left to finish.
        for _ in 0..4 {
            if kills == wanted {
                break;
            }
            let mut child = start(folder);
            let patience = Duration::from_millis(dice.roll(whole));
            let dead = wait_at_most(&mut child, patience);
            if dead {
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
        }
        let output = command(folder).output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        let code = output.status.code();
        assert_eq!(code, Some(0), "seed {seed:#x}, after {kills} kills:\n{told}");
        let status: serde_json::Value =
            serde_json::from_str(&read(folder, &["status", "--json"])).unwrap();
        assert_eq!(status["standing"]["standing"], "landed", "seed {seed:#x}, kill {kills}");
        for task in status["tasks"].as_array().unwrap() {
            assert!(
                ["done", "superseded"].contains(&task["status"].as_str().unwrap()),
                "seed {seed:#x}, kill {kills}: {task}"
            );
        }
        every_run_has_an_end(&read(folder, &["log", "--json"]), seed, kills);
    }
}

/// Waits without sleeping through more than a few milliseconds at once; `true` when it has ended.
fn wait_at_most(child: &mut Child, patience: Duration) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < patience {
        if child.try_wait().unwrap().is_some() {
            return true;
        }
        std::thread::park_timeout(Duration::from_millis(2));
    }
    false
}

fn every_run_has_an_end(log: &str, seed: u64, kills: u32) {
    let mut open = std::collections::BTreeSet::new();
    for line in log.lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        match event["kind"].as_str().unwrap() {
            "run_began" => {
                open.insert(event["data"]["run"].as_u64().unwrap());
            }
            "run_ended" => {
                open.remove(&event["data"]["run"].as_u64().unwrap());
            }
            _ => {}
        }
    }
    assert!(open.is_empty(), "seed {seed:#x}, kill {kills}: runs without an end: {open:?}");
}
