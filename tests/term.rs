//! Every way in which a program leaves its terminal, driven through a real pseudo-terminal.
//!
//! The probe (`examples/term_probe.rs`) runs under a shell that compares the terminal's settings
//! before and after, and says how the probe ended.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    io::Read,
    path::PathBuf,
    time::{Duration, Instant},
};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use termlens::{Key, Screen, Terminal};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
/// Runs the probe, and tells how the terminal was before and is after it.
const SHELL: &str = r#"before=$(stty -g); "$PROBE"; status=$?; after=$(stty -g)
[ "$before" = "$after" ] && echo "settings same" || echo "settings differ"
echo "status $status end"; read -r line"#;
/// An editor: it says how it finds the terminal, and reads a line behind an interrupt.
const EDITOR: &str = r#"trap 'echo interrupted' INT; stty -a | grep -o ' icanon'; echo "editor reads"
read -r line || read -r line; echo "got <$line>"; read -r line"#;

fn probe() -> PathBuf {
    // This program lies in `deps` beside `examples`.
    let path = std::env::current_exe().unwrap().with_file_name("../examples/term_probe");
    assert!(path.exists(), "build the probe first: cargo build --example term_probe");
    path
}

fn start(script: &str) -> Terminal {
    let mut terminal = Terminal::builder()
        .size(100, 30)
        .timeout(PATIENCE)
        .env("TERM", "xterm-256color")
        .env("PROBE", probe())
        .env("PS1", "prompt> ")
        .env("ENV", "")
        .env("RUST_BACKTRACE", "0")
        .env("PROBE_EDITOR", EDITOR)
        .args(["-c", script])
        .spawn("sh")
        .unwrap();
    terminal.wait_until(|screen| screen.contains("READY>")).unwrap();
    terminal
}

fn is_entered(screen: &Screen) -> bool {
    screen.alternate_screen()
        && screen.bracketed_paste()
        && screen.focus_events()
        && !screen.mouse_modes().is_empty()
        && screen.title() == "probe"
}

fn is_left(screen: &Screen) -> bool {
    !screen.alternate_screen()
        && !screen.bracketed_paste()
        && !screen.focus_events()
        && screen.mouse_modes().is_empty()
        && screen.cursor_visible()
}

/// The probe's process, as it tells it itself.
fn pid(terminal: &Terminal) -> Pid {
    let text = terminal.screen().text();
    let number = text.split("pid ").nth(1).unwrap().split(' ').next().unwrap();
    Pid::from_raw(number.parse().unwrap()).unwrap()
}

/// Whether everything is as it was, with the status that the shell saw.
fn assert_restored(terminal: &mut Terminal, status: u8, message: &str) {
    let end = format!("status {status} end");
    terminal.wait_until(|screen| screen.contains("status ")).unwrap();
    let screen = terminal.screen();
    assert!(screen.contains(&end), "wanted `{end}`:\n{screen}");
    assert!(screen.contains("settings same"), "{screen}");
    assert!(is_left(&screen), "a mode is still on:\n{screen}");
    assert!(screen.contains(message), "wanted `{message}`:\n{screen}");
    assert!(!screen.contains("READY>"), "the screen was not given back:\n{screen}");
}

#[test]
fn all_modes_are_entered_and_a_quit_takes_all_back() {
    let mut terminal = start(SHELL);
    terminal.wait_until(is_entered).unwrap();
    terminal.send(Key::Ctrl('q')).unwrap();
    assert_restored(&mut terminal, 0, "");
}

#[test]
fn an_error_is_read_on_the_restored_screen() {
    let mut terminal = start(SHELL);
    terminal.send(Key::Ctrl('e')).unwrap();
    assert_restored(&mut terminal, 1, "the probe failed as it was told to");
}

#[test]
fn a_panic_of_any_task_or_thread_is_read_on_the_restored_screen() {
    for (key, message) in [
        ('p', "the main task panicked"),
        ('t', "a spawned task panicked"),
        ('b', "a blocking thread panicked"),
    ] {
        let mut terminal = start(SHELL);
        terminal.send(Key::Ctrl(key)).unwrap();
        assert_restored(&mut terminal, 101, message);
        let told = terminal.screen().text().matches(message).count();
        assert_eq!(told, 1, "told once:\n{}", terminal.screen());
    }
}

#[test]
fn an_ending_signal_restores_everything_and_is_seen_by_the_parent() {
    for (signal, status) in
        [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129), (Signal::QUIT, 131)]
    {
        let mut terminal = start(SHELL);
        kill_process(pid(&terminal), signal).unwrap();
        assert_restored(&mut terminal, status, "");
    }
}

#[test]
fn a_second_signal_ends_a_program_that_hangs_and_still_restores() {
    let mut terminal = start(SHELL);
    let pid = pid(&terminal);
    terminal.send(Key::Ctrl('x')).unwrap();
    // The first may still be waiting to be taken when the second comes, which then is the same.
    let end = Instant::now() + PATIENCE;
    while !terminal.screen().contains("status ") && Instant::now() < end {
        let _ = kill_process(pid, Signal::TERM);
        let _ = terminal.wait_until_for(|s| s.contains("status "), Duration::from_millis(50));
    }
    assert_restored(&mut terminal, 143, "");
}

#[test]
fn a_suspension_gives_the_shell_its_terminal_and_fg_paints_anew() {
    let mut terminal =
        start(r#"set -m; "$PROBE"; echo "stopped with $?"; stty -a; read -r line; fg"#);
    terminal.send(Key::Char('a')).unwrap();
    terminal.wait_until(|screen| screen.contains("READY> a")).unwrap();
    terminal.send(Key::Ctrl('z')).unwrap();
    terminal.wait_until(|screen| screen.contains("stopped with") && is_left(screen)).unwrap();
    terminal.wait_until(|screen| screen.contains(" icanon") && screen.contains(" echo ")).unwrap();
    terminal.send(Key::Enter).unwrap();
    terminal.wait_until(|screen| is_entered(screen) && screen.contains("READY> a")).unwrap();
    terminal.send(Key::Char('b')).unwrap();
    terminal.wait_until(|screen| screen.contains("READY> ab")).unwrap();
    terminal.wait_until(|screen| screen.contains("Resumed")).unwrap();
}

#[test]
fn a_stop_signal_from_elsewhere_suspends_in_the_same_way() {
    let mut terminal = start(r#"set -m; "$PROBE"; echo "stopped"; read -r line; fg"#);
    terminal.wait_until(is_entered).unwrap();
    kill_process(pid(&terminal), Signal::TSTP).unwrap();
    terminal.wait_until(|screen| screen.contains("stopped") && is_left(screen)).unwrap();
    terminal.send(Key::Enter).unwrap();
    terminal.wait_until(|screen| is_entered(screen) && screen.contains("READY>")).unwrap();
}

#[test]
fn in_the_background_it_does_not_touch_the_terminal() {
    let mut terminal = start(
        r#"set -m; "$PROBE"; echo "stopped"; bg; read -r line; stty -a; echo "line $line"; read -r line; fg"#,
    );
    terminal.send(Key::Ctrl('z')).unwrap();
    terminal.wait_until(|screen| screen.contains("stopped") && is_left(screen)).unwrap();
    terminal.send_str("typed\r").unwrap();
    terminal.wait_until(|screen| screen.contains("line typed")).unwrap();
    assert!(terminal.screen().contains(" icanon") && is_left(&terminal.screen()));
    terminal.send(Key::Enter).unwrap();
    terminal.wait_until(|screen| is_entered(screen) && screen.contains("READY>")).unwrap();
}

#[test]
fn without_a_shell_it_is_not_suspended() {
    let mut terminal = start(r#"exec "$PROBE""#);
    terminal.send(Key::Ctrl('z')).unwrap();
    terminal.wait_until(|screen| screen.contains("NoShell") && is_entered(screen)).unwrap();
}

#[test]
fn an_editor_gets_every_key_and_its_interrupts_do_not_end_us() {
    let mut terminal = start(&format!("trap : INT; {SHELL}"));
    for turn in 1..=3 {
        let told = |screen: &Screen, text: &str| screen.text().matches(text).count() == turn;
        terminal.send(Key::Ctrl('v')).unwrap();
        terminal.wait_until(|screen| told(screen, "editor reads")).unwrap();
        assert!(is_left(&terminal.screen()) && told(&terminal.screen(), " icanon"));
        terminal.send(Key::Ctrl('c')).unwrap();
        terminal.wait_until(|screen| told(screen, "interrupted")).unwrap();
        terminal.send_str("every key of it\r").unwrap();
        terminal.wait_until(|screen| told(screen, "got <every key of it>")).unwrap();
        terminal.send(Key::Enter).unwrap();
        terminal.wait_until(is_entered).unwrap();
        terminal.send(Key::Char('x')).unwrap();
        let wanted = format!("READY> {}", "x".repeat(turn));
        terminal.wait_until(|screen| screen.contains(&wanted)).unwrap();
    }
    terminal.send(Key::Ctrl('q')).unwrap();
    assert_restored(&mut terminal, 0, "");
}

#[test]
fn an_editor_that_is_suspended_takes_us_along() {
    let mut terminal = start(
        r#"set -m; PROBE_EDITOR="kill -TSTP 0; echo editor back; read -r line" "$PROBE"
        echo "stopped"; read -r line; fg"#,
    );
    terminal.send(Key::Ctrl('v')).unwrap();
    terminal.wait_until(|screen| screen.contains("stopped") && is_left(screen)).unwrap();
    terminal.send(Key::Enter).unwrap();
    terminal.wait_until(|screen| screen.contains("editor back")).unwrap();
    assert!(is_left(&terminal.screen()), "the editor still has it:\n{}", terminal.screen());
    terminal.send(Key::Enter).unwrap();
    terminal.wait_until(|screen| is_entered(screen) && screen.contains("exit status: 0")).unwrap();
}

#[test]
fn answers_of_the_terminal_are_inputs_and_no_keys() {
    let mut terminal = start(SHELL);
    // The pseudo-terminal tells its colour, but not that it knows the keyboard protocol.
    terminal.wait_until(|screen| screen.contains("Background(Rgb")).unwrap();
    assert!(!terminal.screen().unsupported().contains("^[[>1u"));
    terminal.send_str("\x1b[?0u").unwrap();
    terminal.wait_until(|screen| screen.unsupported().contains("^[[>1u")).unwrap();
    terminal.send_str("\x1b[57414;5u\x1b[27u").unwrap();
    terminal.wait_until(|screen| screen.contains("Key Esc") && screen.contains("Enter")).unwrap();
    assert!(!terminal.screen().unsupported().contains("^[[<u"));
    terminal.send(Key::Ctrl('q')).unwrap();
    assert_restored(&mut terminal, 0, "");
    assert!(terminal.screen().unsupported().contains("^[[<u"), "the keyboard is given back");
}

#[test]
fn a_paste_is_no_keys_and_has_plain_line_breaks() {
    let mut terminal = start(SHELL);
    terminal.wait_until(is_entered).unwrap();
    terminal.send_str("\x1b[200~one\rtwo\r\n\x11\x1b[201~k").unwrap();
    terminal.wait_until(|screen| screen.contains("READY> k")).unwrap();
    assert!(terminal.screen().contains(r#"Paste 0 "one\ntwo\n\u{11}""#), "{}", terminal.screen());
}

#[test]
fn keys_that_come_with_a_resize_are_not_lost() {
    let mut terminal = start(SHELL);
    let keys: String = ('a'..='z').collect();
    for (turn, key) in keys.chars().enumerate() {
        let turn = u16::try_from(turn).unwrap();
        terminal.resize(60 + turn, 20 + turn % 7).unwrap();
        terminal.send(Key::Char(key)).unwrap();
    }
    terminal.resize(90, 25).unwrap();
    let wanted = format!("READY> {keys}");
    terminal
        .wait_until(|screen| screen.contains(&wanted) && screen.contains("size 90x25"))
        .unwrap();
}

#[test]
fn a_storm_of_sizes_ends_in_the_last_one_and_breaks_nothing() {
    let mut terminal = start(SHELL);
    for turn in 0..300_u16 {
        terminal.resize(2 + turn * 7 % 190, 2 + turn * 5 % 60).unwrap();
    }
    terminal.resize(80, 24).unwrap();
    terminal.wait_until(|screen| screen.contains("size 80x24")).unwrap();
    terminal.send(Key::Ctrl('q')).unwrap();
    assert_restored(&mut terminal, 0, "");
}

/// A pseudo-terminal whose other end can be closed while the probe runs.
struct Bare {
    child: Box<dyn portable_pty::Child + Send + Sync>,
    master: Box<dyn portable_pty::MasterPty + Send>,
    reader: Box<dyn Read + Send>,
}

fn bare(script: &str) -> Bare {
    let size = PtySize { rows: 24, cols: 80, ..PtySize::default() };
    let pair = native_pty_system().openpty(size).unwrap();
    let mut command = CommandBuilder::new("sh");
    command.args(["-c", script]);
    command.env("PROBE", probe());
    let child = pair.slave.spawn_command(command).unwrap();
    let reader = pair.master.try_clone_reader().unwrap();
    Bare { child, master: pair.master, reader }
}

impl Bare {
    fn read_until(&mut self, wanted: &str) {
        let (mut seen, mut bytes) = (Vec::new(), [0; 4096]);
        while !String::from_utf8_lossy(&seen).contains(wanted) {
            let count = self.reader.read(&mut bytes).unwrap();
            assert!(count > 0, "ended before `{wanted}`");
            seen.extend_from_slice(&bytes[..count]);
        }
    }
}

#[test]
fn a_lost_terminal_ends_the_program_within_a_second() {
    // The shell leads the session and so takes the hangup's signal; the probe gets none, and has
    // to notice by itself.
    for script in [r#"exec "$PROBE""#, r#"trap "" HUP; "$PROBE"; exit $?"#] {
        let mut bare = bare(script);
        bare.read_until("READY>");
        let Bare { mut child, master, reader } = bare;
        let closed = Instant::now();
        drop((master, reader));
        let status = child.wait().unwrap();
        let took = closed.elapsed();
        assert!(!status.success(), "{status:?}");
        assert!(took < Duration::from_secs(1), "{script}: {took:?}");
    }
}

#[test]
fn a_terminal_that_takes_nothing_loses_frames_and_no_keys() {
    let mut bare = bare(r#"exec "$PROBE""#);
    bare.read_until("READY>");
    let mut writer = bare.master.take_writer().unwrap();
    // Frames for a second, of which no byte is read until the keys behind them are wanted.
    writer.write_all(b"\x06after").unwrap();
    bare.read_until("after");
    writer.write_all(b"\x11").unwrap();
    assert!(bare.child.wait().unwrap().success());
}

#[test]
fn a_terminal_that_never_takes_anything_again_does_not_keep_us_from_ending() {
    let mut bare = bare(r#"exec "$PROBE""#);
    bare.read_until("READY>");
    let mut writer = bare.master.take_writer().unwrap();
    writer.write_all(b"\x06\x11").unwrap();
    assert!(bare.child.wait().unwrap().success());
}
