//! The whole demo by keys, from the first frame to the landing.

use std::process::Command;

use termlens::Key;

use super::desk::Desk;

#[test]
fn a_person_drives_the_demo_from_its_first_frame_to_the_landing() {
    let temp = tempfile::tempdir().unwrap();
    let mut desk = Desk::demo(temp.path(), (160, 45));

    // The planner has a question; its first option is taken.
    desk.see("PLANNING");
    desk.see("1 question");
    desk.press("a");
    desk.see("What should `ledger month` print");
    desk.press("2");
    desk.key(Key::Enter);

    // The plan is proposed. It is rejected with a reason, and comes again.
    desk.see("1 plan to approve");
    desk.press("a");
    desk.see("Its approval lets these commands run");
    desk.press("x");
    desk.see("Reject the plan: why?");
    desk.press("say it again");
    desk.key(Key::Enter);
    desk.told("rejected the plan: say it again");
    desk.see("1 plan to approve");
    desk.press("A");

    // Two briefs wait. One is rejected, the other one is edited and approved.
    desk.see("2 × brief to approve");
    desk.press("a");
    desk.see("Brief of month, attempt 1");
    desk.press("e");
    desk.see("TEXT 1:1");
    // To the end of the first line, and a line of one's own below it.
    desk.press("\x05");
    desk.key(Key::Enter);
    desk.press("Mind the empty month.");
    desk.see("Mind the empty month.");
    // Saved, which approves nothing.
    desk.press("\x13");
    desk.gone("TEXT");
    desk.see("2 × brief to approve");
    desk.see("Import the bank's CSV");
    desk.press("j");
    desk.press("x");
    desk.see("Reject the brief of import: why?");
    desk.press("name the columns");
    desk.key(Key::Enter);
    desk.told("rejected the brief of import: name the columns");
    desk.see("2 × brief to approve");

    // Both are dispatched, and both sessions are seen at work.
    desk.press("k");
    desk.press(" ");
    desk.told("approved the brief of month, by you");
    desk.press("j");
    desk.press(" ");
    desk.until("two sessions", |screen| {
        screen.contains("[2] Import the bank") && screen.contains("─ Sum up a month ─")
    });

    // A command wants the person's word. It does not open by itself, and its keys are dead at
    // first.
    let before = desk.see("`month` wants to run: sh scripts/bench.sh");
    assert!(!before.contains("Allow once"), "it opened by itself:\n{before}");
    desk.press("a");
    desk.see("Allow once");
    desk.see("keys armed");
    desk.press("y");
    desk.told("allowed the command of month");

    // A check refutes a claim, and the follow-up has a brief of its own.
    desk.press("3");
    desk.told("refuted import: 1 of 3");
    desk.told("follow-up import");
    desk.see("brief to approve");
    desk.press("a");
    desk.see("Brief of import, attempt 2");
    desk.see("to_cents");
    desk.press("A");

    // The memory is scrolled to where everything began, and an entry is opened.
    desk.press("G");
    desk.told("goal teach-ledger-months");
    desk.key(Key::Enter);
    desk.see("goal_opened");
    desk.key(Key::Esc);
    desk.gone("goal_opened");
    desk.key(Key::Home);

    // The rest of the plan: two more briefs.
    for id in ["budget", "readme"] {
        desk.see("1 brief to approve");
        desk.press("a");
        desk.see(&format!("Brief of {id}, attempt 1"));
        desk.press("A");
        desk.gone("1 brief to approve");
    }

    // Landing, which is asked for and confirmed.
    desk.see("can land");
    desk.press("L");
    desk.see("into your branch `");
    desk.press("d");
    desk.see("Diff of chargehand/");
    desk.key(Key::Esc);
    desk.see("into your branch `");
    desk.press("y");
    desk.see("LANDED on");
    desk.press("q");
    desk.ended(0);
    let last = desk.terminal.screen();
    assert!(last.contains("merged into"), "{last}");

    let log = Command::new("git")
        .args(["log", "--oneline", "-1"])
        .current_dir(temp.path().join("ledger"))
        .output()
        .unwrap();
    assert!(log.status.success());
    let readme = std::fs::read_to_string(temp.path().join("ledger/README.md")).unwrap();
    assert!(readme.contains("ledger budget"), "{readme}");
}
