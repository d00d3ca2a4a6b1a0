//! Leaving and coming back: by a key, and by a terminal that goes away.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal as Kill, kill_process};
use termlens::{Key, Screen, Signal};

use super::desk::Desk;

/// How long the program may take once its terminal is gone.
const SOON: Duration = Duration::from_secs(1);
const SIZE: (u16, u16) = (120, 36);

fn log(folder: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_chargehand"))
        .args(["-C", folder.join("ledger").to_str().unwrap(), "log"])
        .env("CHARGEHAND_CONFIG_DIR", folder.join("config"))
        .env("CHARGEHAND_DATA_DIR", folder.join("data"))
        .env("CHARGEHAND_STATE_DIR", folder.join("state"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The demo, brought to its proposed plan.
fn at_the_plan(mut desk: Desk) -> Desk {
    desk.see("1 question");
    desk.press("a");
    desk.see("nothing spent");
    desk.press("1");
    desk.key(Key::Enter);
    desk.see("1 plan to approve");
    desk
}

/// The demo, brought to a command that waits for the person.
fn at_a_command(desk: Desk) -> Desk {
    let mut desk = at_the_plan(desk);
    desk.press("A");
    desk.see("2 × brief to approve");
    for left in ["1 brief to approve", "`month` wants to run"] {
        desk.press("a");
        desk.see("Brief of");
        desk.press("A");
        desk.see(left);
    }
    desk
}

#[test]
fn whoever_comes_back_finds_everything_where_it_was() {
    let temp = tempfile::tempdir().unwrap();
    let mut desk = at_the_plan(Desk::demo(temp.path(), SIZE));
    // A task at the cursor, a text that is not saved, and a place in the timeline.
    desk.press("e");
    desk.see("Task month");
    desk.press("# to be said better\n");
    desk.see("# to be said better");
    desk.key(Key::Esc);
    desk.see("UNSAVED");
    desk.press("3z");
    // Its title stands further to the left than in the ordinary layout.
    let wide = |screen: &Screen| {
        let row = screen.row_text(1);
        row.split_once("[3]").is_some_and(|(left, _)| left.chars().count() < 80)
    };
    let before = desk.until("a wider timeline", wide).text();
    desk.quit();

    let mut desk = Desk::demo(temp.path(), SIZE);
    desk.see("UNSAVED");
    let after = desk.until("a wider timeline", wide).text();
    let body = |text: &str| text.lines().skip(1).take(33).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(body(&before), body(&after));
    desk.press("1e");
    desk.see("# to be said better");
    desk.press("\x03");
    desk.gone("# to be said better");
    desk.key(Key::Esc);
    desk.gone("Task month");
    desk.quit();
}

#[test]
fn a_text_that_is_being_written_is_open_again_after_a_kill() {
    let temp = tempfile::tempdir().unwrap();
    let mut desk = at_the_plan(Desk::demo(temp.path(), SIZE));
    desk.press("gn");
    desk.see("What should we build?");
    desk.press("a goal half said");
    desk.see("a goal half said");
    let kept = temp.path().join("state/screens");
    let on_disk = |what: &str| {
        let files = std::fs::read_dir(&kept).into_iter().flatten().flatten();
        let texts = files.filter_map(|file| std::fs::read_to_string(file.path()).ok());
        texts.into_iter().any(|text| text.contains(what))
    };
    // No key follows the last.
    let begun = Instant::now();
    while !on_disk("a goal half said") {
        assert!(begun.elapsed() < SOON * 10, "it is not written down");
    }
    // What is dropped goes from there, too.
    desk.press("\x03");
    desk.gone("a goal half said");
    let begun = Instant::now();
    while on_disk("a goal half said") {
        assert!(begun.elapsed() < SOON * 10, "it is still there");
    }
    desk.press("a goal better said");
    while !on_disk("a goal better said") {
        assert!(begun.elapsed() < SOON * 20, "it is not written down");
    }
    let pid = i32::try_from(desk.terminal.pid().unwrap()).unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), Kill::KILL).unwrap();
    desk.terminal.wait_exit().unwrap();
    let mut desk = Desk::demo(temp.path(), SIZE);
    desk.see("What should we build?");
    desk.see("a goal better said");
}

#[test]
fn a_hangup_denies_what_waits_and_the_next_start_goes_on() {
    let temp = tempfile::tempdir().unwrap();
    let mut desk = at_a_command(Desk::demo(temp.path(), SIZE));
    let begun = Instant::now();
    desk.terminal.signal(Signal::Hup).unwrap();
    desk.terminal.wait_exit().unwrap();
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    let told = log(temp.path());
    assert!(told.contains("the terminal was closed before the person decided"), "{told}");

    let mut desk = Desk::demo(temp.path(), SIZE);
    desk.see("back after");
    desk.see("1 command was denied");
    // The session goes on without its measurement, and comes to its end.
    desk.told("landed month");
}

#[test]
fn a_terminal_that_goes_away_ends_the_program_soon() {
    let temp = tempfile::tempdir().unwrap();
    let desk = at_a_command(Desk::demo_in_a_shell(temp.path(), SIZE));
    let pid = desk.child();
    drop(desk);
    ends(pid);
    assert!(log(temp.path()).contains("the terminal was closed"));
}

#[test]
fn a_terminal_that_goes_away_takes_a_demo_s_folder_with_it_unless_it_was_to_be_kept() {
    let temp = tempfile::tempdir().unwrap();
    let desk = at_a_command(Desk::passing_demo_in_a_shell(temp.path(), SIZE));
    let pid = desk.child();
    let folders = || {
        let all = std::fs::read_dir(temp.path()).unwrap().flatten();
        all.filter(|one| one.file_name().to_string_lossy().starts_with("chargehand-demo-")).count()
    };
    assert_eq!(folders(), 1);
    drop(desk);
    ends(pid);
    assert_eq!(folders(), 0);
}

/// Waits until a process has ended, and no longer than that takes.
fn ends(pid: u32) {
    let begun = Instant::now();
    while is_alive(pid) {
        assert!(begun.elapsed() < SOON, "it lives on after {:?}", begun.elapsed());
        std::thread::yield_now();
    }
}

fn is_alive(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z")
}
