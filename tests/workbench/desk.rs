//! The program at a terminal, and a person who waits until they see something.

use std::{path::Path, time::Duration};

use termlens::{Key, Screen, Terminal, TerminalBuilder};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program in its terminal.
pub(crate) struct Desk {
    pub(crate) terminal: Terminal,
    /// A word that every frame has to show.
    always: Option<&'static str>,
    /// The last frame that was looked at, until a key is pressed.
    last: Option<Screen>,
}

/// A terminal of a size in which nothing of the person who runs the test is set.
pub(crate) fn builder(folder: &Path, size: (u16, u16)) -> TerminalBuilder {
    let path = std::env::var_os("PATH").unwrap();
    Terminal::builder()
        .size(size.0, size.1)
        .timeout(PATIENCE)
        .env_clear()
        .env("PATH", path)
        .env("TERM", "xterm-256color")
        .env("LANG", "C.UTF-8")
        .env("HOME", folder)
        .env("CHARGEHAND_CONFIG_DIR", folder.join("config"))
        .env("CHARGEHAND_DATA_DIR", folder.join("data"))
        .env("CHARGEHAND_STATE_DIR", folder.join("state"))
}

impl Desk {
    /// The demo, kept in a folder.
    pub(crate) fn demo(folder: &Path, size: (u16, u16)) -> Self {
        let mut desk =
            Self::of(builder(folder, size), &["demo", "--keep", folder.to_str().unwrap()]);
        desk.always = Some("DEMO");
        desk
    }

    /// The demo under a shell, as in a window that can be closed; `demo` starts it alone.
    pub(crate) fn demo_in_a_shell(folder: &Path, size: (u16, u16)) -> Self {
        let terminal = builder(folder, size)
            .env("CHARGEHAND", env!("CARGO_BIN_EXE_chargehand"))
            .env("FOLDER", folder)
            .args(["-c", r#""$CHARGEHAND" demo --keep "$FOLDER"; exit $?"#])
            .spawn("sh")
            .unwrap();
        Self { terminal, always: Some("DEMO"), last: None }
    }

    /// The demo under a shell, in a folder that goes with it.
    pub(crate) fn passing_demo_in_a_shell(folder: &Path, size: (u16, u16)) -> Self {
        let terminal = builder(folder, size)
            .env("CHARGEHAND", env!("CARGO_BIN_EXE_chargehand"))
            .env("TMPDIR", folder)
            .args(["-c", r#""$CHARGEHAND" demo; exit $?"#])
            .spawn("sh")
            .unwrap();
        Self { terminal, always: Some("DEMO"), last: None }
    }

    /// The program's process, where a shell has started it.
    pub(crate) fn child(&self) -> u32 {
        let shell = self.terminal.pid().unwrap();
        let path = format!("/proc/{shell}/task/{shell}/children");
        std::fs::read_to_string(path).unwrap().trim().parse().unwrap()
    }

    /// The program with these arguments.
    pub(crate) fn of(builder: TerminalBuilder, args: &[&str]) -> Self {
        let terminal = builder.args(args).spawn(env!("CARGO_BIN_EXE_chargehand")).unwrap();
        Self { terminal, always: None, last: None }
    }

    /// Waits until a frame shows this.
    pub(crate) fn see(&mut self, text: &str) -> Screen {
        self.until(text, |screen| screen.contains(text))
    }

    /// Waits until the timeline tells this, whatever its width makes of the line.
    pub(crate) fn told(&mut self, text: &str) -> Screen {
        self.until(&format!("the timeline to tell: {text}"), |screen| {
            timeline(screen).contains(text)
        })
    }

    /// Waits until a frame does not show this.
    pub(crate) fn gone(&mut self, text: &str) -> Screen {
        self.until(&format!("no {text}"), |screen| !screen.contains(text))
    }

    /// Waits until a frame is as wanted.
    pub(crate) fn until(&mut self, what: &str, wanted: impl Fn(&Screen) -> bool) -> Screen {
        let always = self.always;
        let fits = |screen: &Screen| {
            // The first bytes come before the first frame; after it, every frame says it.
            let drawn = screen.alternate_screen() && !screen.text().trim().is_empty();
            if let Some(word) = always.filter(|_| drawn) {
                assert!(screen.contains(word), "a frame without {word}:\n{screen}");
            }
            wanted(screen)
        };
        if let Some(screen) = self.last.as_ref().filter(|screen| fits(screen)) {
            return screen.clone();
        }
        match self.terminal.wait_frame(fits) {
            Ok(screen) => {
                self.last = Some(screen.clone());
                screen
            }
            Err(error) => panic!("waited for {what}: {error}\n{}", self.terminal.screen()),
        }
    }

    /// Gives the window another size.
    pub(crate) fn resize(&mut self, size: (u16, u16)) {
        self.last = None;
        self.terminal.resize(size.0, size.1).unwrap();
    }

    /// Presses keys: plain characters.
    pub(crate) fn press(&mut self, keys: &str) {
        self.last = None;
        self.terminal.send_str(keys).unwrap();
    }

    /// Presses one key.
    pub(crate) fn key(&mut self, key: Key) {
        self.last = None;
        self.terminal.send(key).unwrap();
    }

    /// Quits, whatever is under way.
    pub(crate) fn quit(&mut self) {
        self.press("\x03");
        self.see("Ctrl+C again quits");
        self.press("\x03");
        self.ended(0);
    }

    /// The program has ended, with this code.
    pub(crate) fn ended(&mut self, code: u32) {
        let status = self.terminal.wait_exit().unwrap();
        assert_eq!(status.code(), Some(code), "{status:?}\n{}", self.terminal.screen());
    }
}

/// The timeline's words on one line.
pub(crate) fn timeline(screen: &Screen) -> String {
    let text = screen.text();
    let mut rows = text.lines().map(|row| row.chars().collect::<Vec<_>>());
    let wanted: Vec<char> = "[3] Timeline".chars().collect();
    let found = rows.find_map(|row| row.windows(wanted.len()).position(|part| part == wanted));
    let Some(left) = found else { return String::new() };
    let mut words = Vec::new();
    for row in rows {
        let part: String = row.iter().skip(left.saturating_sub(1)).collect();
        let part = part.trim_matches(|c| matches!(c, '│' | '┃' | ' '));
        words.extend(part.split_whitespace().map(str::to_owned));
    }
    words.join(" ")
}
