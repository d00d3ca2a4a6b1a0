//! The demo's repository, goal and script, carried in the binary.

use super::script::{Script, ScriptError};

/// A file of the demo's repository: path from its root, bytes, permission bits.
pub type ProjectFile = (&'static str, &'static [u8], u32);

/// The goal that the demo plays.
pub const GOAL: &str = "Teach ledger months, bank imports and budgets, and document them.";

const SCRIPT: &str = include_str!("../../assets/demo/script.yaml");

macro_rules! file {
    ($path:literal, $mode:literal) => {
        ($path, include_bytes!(concat!("../../assets/demo/project/", $path)).as_slice(), $mode)
    };
}

const FILES: &[ProjectFile] = &[
    file!("AGENTS.md", 0o644),
    file!("README.md", 0o644),
    file!("bin/ledger", 0o755),
    file!("examples/bank.csv", 0o644),
    file!("lib/commands/add.sh", 0o644),
    file!("lib/commands/list.sh", 0o644),
    file!("lib/money.sh", 0o644),
    file!("lib/store.sh", 0o644),
    file!("scripts/bench.sh", 0o644),
    file!("tests/add.sh", 0o644),
    file!("tests/list.sh", 0o644),
    file!("tests/run.sh", 0o644),
];

/// The files of the demo's repository, a small command line tool in POSIX shell.
pub fn project() -> &'static [ProjectFile] {
    FILES
}

/// The script that plays the goal, as paced as a model that types.
pub fn scenario() -> Result<Script, ScriptError> {
    Script::parse(SCRIPT)
}
