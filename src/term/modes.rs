//! The modes of the terminal that are entered, and the bytes that take each of them back.

/// Whether the terminal reports the mouse. While it does, selecting text needs Shift.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mouse {
    #[default]
    On,
    Off,
}

/// What the program wants of its terminal beyond raw mode and the alternate screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Modes {
    pub mouse: Mouse,
    /// Title of the window; an empty one leaves it as it is.
    pub title: String,
}

/// Most characters of a title.
const MAX_TITLE: usize = 120;

/// Title onto the stack, alternate screen, no cursor, bracketed paste, focus events.
const ENTER: &str = "\x1b[22;2t\x1b[?1049h\x1b[2J\x1b[?25l\x1b[?2004h\x1b[?1004h";
/// Frame closed, attributes off, focus events, paste and mouse off, screen and cursor back. Taking back a mode that was never entered does nothing.
const LEAVE: &str =
    "\x1b[?2026l\x1b[0m\x1b[?1004l\x1b[?2004l\x1b[?1006l\x1b[?1002l\x1b[?1000l\x1b[?1049l\x1b[?25h";
const TITLE_BACK: &str = "\x1b[23;2t";
/// Presses, drags and the wheel, in the encoding without a limit of columns. Not mere movement:
/// it would wake the program for nothing.
pub(super) const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1002h\x1b[?1006h";
pub(super) const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1002l\x1b[?1000l";
/// Asks for the background, for the keyboard protocol, and for what every terminal answers, so
/// that the end of the answers is known. No one waits for them: they come in among the keys.
/// The keyboard's flags are kept apart for each screen, so this stands behind `ENTER`.
const ASK: &str = "\x1b]11;?\x1b\\\x1b[?u\x1b[c";
/// Keys that could be mistaken for others are told apart (kitty keyboard protocol, flag 1).
pub(super) const KEYBOARD_ON: &str = "\x1b[>1u";
const KEYBOARD_OFF: &str = "\x1b[<u";
/// Aborts an escape sequence of which only a part went out.
const CANCEL: &str = "\x18";
pub(super) const BEGIN_FRAME: &str = "\x1b[?2026h";
pub(super) const END_FRAME: &str = "\x1b[?2026l";

/// Whether the keyboard protocol was entered, and has to be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyboard {
    Plain,
    Told,
}

/// Whether a sequence may have been cut short by what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    Clean,
    Short,
}

/// The bytes that enter the modes.
pub(super) fn enter(modes: &Modes) -> String {
    let mut bytes = String::from(ENTER);
    bytes.push_str(mouse(modes.mouse));
    bytes.push_str(&title(&modes.title));
    bytes.push_str(ASK);
    bytes
}

/// The bytes that take back the modes that are kept on stacks.
pub(super) fn unstack(keyboard: Keyboard) -> String {
    let keyboard = match keyboard {
        Keyboard::Told => KEYBOARD_OFF,
        Keyboard::Plain => "",
    };
    format!("{keyboard}{TITLE_BACK}")
}

/// The bytes that take everything back.
pub(super) fn leave(keyboard: Keyboard, cut: Cut) -> String {
    let mut bytes = String::new();
    if cut == Cut::Short {
        bytes.push_str(CANCEL);
    }
    bytes.push_str(&unstack(keyboard));
    bytes.push_str(LEAVE);
    bytes
}

pub(super) fn mouse(mouse: Mouse) -> &'static str {
    match mouse {
        Mouse::On => MOUSE_ON,
        Mouse::Off => MOUSE_OFF,
    }
}

/// Sets the title; a text from elsewhere can neither end the sequence nor be endless.
pub(super) fn title(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).take(MAX_TITLE).collect();
    if text.is_empty() { String::new() } else { format!("\x1b]2;{text}\x07") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_that_is_set_is_reset() {
        let modes = Modes { mouse: Mouse::On, title: "t".into() };
        let (enter, leave) = (enter(&modes), leave(Keyboard::Told, Cut::Clean));
        let set = |bytes: &str, end: char| -> Vec<String> {
            let modes = bytes.split("\x1b[?").skip(1);
            let mut modes: Vec<String> = modes
                .filter_map(|rest| {
                    let at = rest.find(|c: char| !c.is_ascii_digit())?;
                    rest[at..].starts_with(end).then(|| rest[..at].to_owned())
                })
                .collect();
            modes.sort();
            modes
        };
        // 25 is the cursor: hidden on entering, shown on leaving. 2026 is the frame.
        let without = |modes: Vec<String>, mode: &str| -> Vec<String> {
            modes.into_iter().filter(|one| one != mode).collect()
        };
        assert_eq!(set(&enter, 'h'), without(set(&leave, 'l'), "2026"));
        assert_eq!(set(&enter, 'l'), ["25"]);
        assert_eq!(set(&leave, 'h'), ["25"]);
        assert!(enter.contains("\x1b[22;2t") && leave.contains("\x1b[23;2t"));
    }

    #[test]
    fn the_keyboard_is_taken_back_before_its_screen_and_only_if_told() {
        let told = leave(Keyboard::Told, Cut::Clean);
        assert!(told.find(KEYBOARD_OFF) < told.find("\x1b[?1049l"));
        assert!(!leave(Keyboard::Plain, Cut::Clean).contains(KEYBOARD_OFF));
    }

    #[test]
    fn a_title_cannot_carry_a_sequence() {
        assert_eq!(title("a\x07\x1b]52;c;x\u{9c}b\n"), "\x1b]2;a]52;c;xb\x07");
        assert_eq!(title(&"x".repeat(1000)).len(), MAX_TITLE + 5);
        assert_eq!(title("\x1b"), "");
    }
}
