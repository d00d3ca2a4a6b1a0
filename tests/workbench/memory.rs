//! The memory of a played demo, by keys: asked, corrected, looked back into.

use std::process::Command;

use termlens::Key;

use super::desk::{Desk, builder};

#[test]
fn a_person_asks_the_memory_and_looks_back() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path();
    let played = Command::new(env!("CARGO_BIN_EXE_chargehand"))
        .args(["demo", "--headless", "--keep", folder.to_str().unwrap()])
        .env("HOME", folder)
        .env("CHARGEHAND_CONFIG_DIR", folder.join("config"))
        .env("CHARGEHAND_DATA_DIR", folder.join("data"))
        .env("CHARGEHAND_STATE_DIR", folder.join("state"))
        .output()
        .unwrap();
    assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stderr));
    let ledger = folder.join("ledger");
    let args = ["-C", ledger.to_str().unwrap(), "--base-url", "http://127.0.0.1:9/v1"];
    let args = [&args[..], &["--model", "none"]].concat();
    let mut desk = Desk::of(builder(folder, (160, 45)), &args);
    desk.see("LANDED on");

    // What is found is there while the question is being written.
    desk.press("3/");
    desk.see("Memory: words");
    desk.press("cents kind:judged");
    desk.see("follow-up");
    desk.press("\x15by:nobody");
    desk.see("`nobody` is nobody");
    desk.press("\x15to_cents");
    desk.see("candidate");

    // A lesson is opened, pinned, and that taken back.
    desk.key(Key::Enter);
    desk.see("Shown by events");
    desk.press("p");
    desk.see("pinned: in every brief");
    desk.press("u");
    desk.gone("pinned: in every brief");
    desk.key(Key::Esc);
    desk.key(Key::Esc);
    desk.gone("Memory: words");

    // How it was: nothing can be decided there, and Esc goes back to now.
    desk.press("G");
    desk.told("goal teach-ledger-months");
    desk.press("@");
    desk.see("AS IT WAS at");
    desk.see("Plan, being made");
    desk.press(".");
    desk.press("L");
    desk.see("read only");
    desk.key(Key::Esc);
    desk.gone("AS IT WAS");
    desk.see("LANDED on");

    // What the planner was told, exactly as it was sent.
    desk.press("1gb");
    desk.see("What the planner was told");
    desk.see("tokens in all");
    desk.key(Key::Esc);
    desk.gone("tokens in all");
    desk.quit();
}
