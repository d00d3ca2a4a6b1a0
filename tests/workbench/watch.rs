//! A second window beside the first: it reads, follows, and decides nothing.

use termlens::Key;

use super::desk::{Desk, builder};

#[test]
fn a_second_window_follows_live_and_refuses_to_decide() {
    let temp = tempfile::tempdir().unwrap();
    let mut first = Desk::demo(temp.path(), (120, 36));
    first.see("1 question");

    let ledger = temp.path().join("ledger");
    let args = ["-C", ledger.to_str().unwrap(), "--base-url", "http://127.0.0.1:9/v1"];
    let args = [&args[..], &["--model", "none"]].concat();
    let mut second = Desk::of(builder(temp.path(), (120, 36)), &args);
    second.see("READ ONLY");
    second.see("1 question");
    second.press("a");
    second.see("nothing spent");
    second.press("1");
    second.key(Key::Enter);
    second.see("this window only reads");
    // It was not answered.
    second.see("1 question");

    first.press("a");
    first.see("nothing spent");
    first.press("1");
    first.key(Key::Enter);
    first.see("1 plan to approve");
    second.see("1 plan to approve");
    // The first ends; the other one says so and can work from then on.
    first.quit();
    second.see("READ ONLY, w works here");
    second.press("A");
    second.see("press w to work here");
    second.press("w");
    second.see("this window works now");
    second.gone("READ ONLY");
    second.press("A");
    second.told("approved the plan, by you");
    second.quit();
}
