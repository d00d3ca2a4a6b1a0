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

#[test]
fn a_second_window_needs_no_model_and_leaves_texts_to_the_first() {
    let temp = tempfile::tempdir().unwrap();
    let mut first = Desk::demo(temp.path(), (120, 36));
    first.see("1 question");
    first.press("gn");
    first.see("What should we build?");
    first.press("a goal half said");
    let kept = temp.path().join("state/screens");
    let on_disk = || {
        let files = std::fs::read_dir(&kept).into_iter().flatten().flatten();
        let texts = files.filter_map(|file| std::fs::read_to_string(file.path()).ok());
        texts.into_iter().any(|text| text.contains("a goal half said"))
    };
    let begun = std::time::Instant::now();
    while !on_disk() {
        assert!(begun.elapsed().as_secs() < 10, "it is not written down");
    }
    let ledger = temp.path().join("ledger");
    let args = ["-C", ledger.to_str().unwrap()];
    let mut second = Desk::of(builder(temp.path(), (120, 36)), &args);
    second.see("READ ONLY");
    let screen = second.see("1 question");
    let shown = screen.text();
    assert!(!shown.contains("half said") && !shown.contains("UNSAVED"), "{shown}");
    second.press("q");
    second.ended(0);
    first.key(Key::Esc);
    first.see("UNSAVED goal");
    first.quit();
}
