//! The terminal while it is lent to a person's editor.

use std::{fs, os::unix::fs::PermissionsExt as _, process::Command};

use termlens::{Key, Screen};

use super::desk::{Desk, builder};

/// Says that it runs, and that it ends, and ends: each but the first once it is told to.
const EDITOR: &str = "#!/bin/sh
echo the editor runs
read -r answer < \"$GATES/ends\"
echo the editor ends
read -r answer < \"$GATES/end\"
echo said better > \"$1\"
";

#[test]
fn an_errand_that_fails_meanwhile_does_not_take_the_terminal_from_an_editor() {
    let temp = tempfile::tempdir().unwrap();
    let editor = temp.path().join("editor");
    fs::write(&editor, EDITOR).unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    // Two gates: the second is not open because somebody has not let go of the first yet.
    let gates = ["ends", "end"].map(|name| temp.path().join(name));
    assert!(Command::new("mkfifo").args(&gates).status().unwrap().success());
    let builder = builder(temp.path(), (120, 36)).env("VISUAL", &editor).env("GATES", temp.path());
    let mut desk = Desk::of(builder, &["demo", "--keep", temp.path().to_str().unwrap()]);
    desk.see("1 question");
    desk.press("a");
    desk.see("nothing spent");
    desk.press("1");
    desk.key(Key::Enter);
    desk.see("1 plan to approve");
    desk.press("A");
    desk.see("2 × brief to approve");
    // The task has no work to show yet; before that is known, the terminal is lent.
    desk.press("1dE");
    let told = |text: &'static str| move |screen: &Screen| screen.contains(text);
    desk.terminal.wait_until(told("the editor runs")).unwrap();
    fs::write(&gates[0], "on\n").unwrap();
    desk.terminal.wait_until(told("the editor ends")).unwrap();
    let screen = desk.terminal.screen();
    assert!(!screen.alternate_screen(), "{screen}");
    fs::write(&gates[1], "on\n").unwrap();
    desk.see("said better");
}
