//! The terminal while it is lent to a person's editor.

use std::{fs, os::unix::fs::PermissionsExt as _};

use termlens::{Key, Screen};

use super::desk::{Desk, builder};

/// Says that it runs, and ends once it is told to.
const EDITOR: &str = "#!/bin/sh
echo the editor runs
read -r answer < \"$GATE\"
echo the editor ends
read -r answer < \"$GATE\"
echo said better > \"$1\"
";

#[test]
fn an_errand_that_fails_meanwhile_does_not_take_the_terminal_from_an_editor() {
    let temp = tempfile::tempdir().unwrap();
    let editor = temp.path().join("editor");
    fs::write(&editor, EDITOR).unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    let gate = temp.path().join("gate");
    let made = std::process::Command::new("mkfifo").arg(&gate).status().unwrap();
    assert!(made.success());
    let builder = builder(temp.path(), (120, 36)).env("VISUAL", &editor).env("GATE", &gate);
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
    fs::write(&gate, "on\n").unwrap();
    desk.terminal.wait_until(told("the editor ends")).unwrap();
    let screen = desk.terminal.screen();
    assert!(!screen.alternate_screen(), "{screen}");
    fs::write(&gate, "on\n").unwrap();
    desk.see("said better");
}
