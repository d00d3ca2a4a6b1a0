//! What single control sequences mean.

use crossterm::event::{
    KeyCode, KeyEvent, KeyEventKind, KeyEventState, KeyModifiers, MouseButton, MouseEvent,
    MouseEventKind,
};

use super::{
    decode::Heard,
    input::{Focus, Input, Rgb},
};

/// A parameter: its value and its subparameters, where a missing one is 0.
type Param = [u32; 3];

/// Most parameters that are looked at.
const MAX_PARAMS: usize = 8;

fn params(inside: &[u8]) -> Vec<Param> {
    let number = |digits: &[u8]| {
        digits.iter().filter(|digit| digit.is_ascii_digit()).fold(0_u32, |sum, digit| {
            sum.saturating_mul(10).saturating_add(u32::from(digit - b'0'))
        })
    };
    let param = |text: &[u8]| {
        let mut found = Param::default();
        for (place, part) in found.iter_mut().zip(text.split(|byte| *byte == b':')) {
            *place = number(part);
        }
        found
    };
    inside.split(|byte| *byte == b';').take(MAX_PARAMS).map(param).collect()
}

fn value(params: &[Param], at: usize) -> u32 {
    params.get(at).map_or(0, |param| param[0])
}

/// A control sequence with these bytes between `CSI` and the last one.
pub(super) fn control(inside: &[u8], last: u8) -> Option<Heard> {
    match (inside.first(), last) {
        (Some(b'<'), b'M' | b'm') => mouse(&params(&inside[1..]), last).map(Input::Mouse),
        (Some(b'?'), b'u') => return Some(Heard::Keyboard),
        (Some(b'?'), b'c') => return Some(Heard::Attributes),
        (Some(b'<'..=b'?'), _) => None,
        (None, b'I') => Some(Input::Focus(Focus::Gained)),
        (None, b'O') => Some(Input::Focus(Focus::Lost)),
        (_, _) => key(&params(inside), last).map(Input::Key),
    }
    .map(Heard::Input)
}

fn key(params: &[Param], last: u8) -> Option<KeyEvent> {
    let told = |at: usize| params.get(at).copied().unwrap_or_default();
    let (code, [mask, kind, _]) = match last {
        // xterm's way of telling keys apart: 27, modifiers, character.
        b'~' if value(params, 0) == 27 => (unicode(told(2)), told(1)),
        b'~' => (numbered(value(params, 0)), told(1)),
        b'u' => (unicode(told(0)), told(1)),
        // With a first parameter other than 1 it is the report of a cursor's position.
        b'R' if value(params, 0) != 1 => (None, Param::default()),
        _ => (letter(last).map(|event| event.code), told(1)),
    };
    let (modifiers, state) = modifiers(mask);
    let kind = match kind {
        2 => KeyEventKind::Repeat,
        3 => return None,
        _ => KeyEventKind::Press,
    };
    let mut code = code?;
    let mut modifiers = modifiers;
    if last == b'u' || last == b'~' {
        // The character that Shift gives stands beside the plain one.
        let shifted = char::from_u32(told(0)[1]).filter(|c| *c != '\0');
        if let (KeyCode::Char(_), Some(c), true) =
            (code, shifted, modifiers.contains(KeyModifiers::SHIFT))
        {
            code = KeyCode::Char(c);
        }
        if code == KeyCode::Tab && modifiers.contains(KeyModifiers::SHIFT) {
            code = KeyCode::BackTab;
        }
    }
    if code == KeyCode::BackTab {
        modifiers |= KeyModifiers::SHIFT;
    }
    Some(KeyEvent { code, modifiers, kind, state })
}

/// A mask of modifiers, which is sent as one more than it is.
fn modifiers(mask: u32) -> (KeyModifiers, KeyEventState) {
    let mask = mask.saturating_sub(1);
    let pairs = [
        (1, KeyModifiers::SHIFT),
        (2, KeyModifiers::ALT),
        (4, KeyModifiers::CONTROL),
        (8, KeyModifiers::SUPER),
        (16, KeyModifiers::HYPER),
        (32, KeyModifiers::META),
    ];
    let held = pairs.iter().filter(|(bit, _)| mask & bit != 0).map(|(_, modifier)| *modifier);
    let mut state = KeyEventState::NONE;
    state.set(KeyEventState::CAPS_LOCK, mask & 64 != 0);
    state.set(KeyEventState::NUM_LOCK, mask & 128 != 0);
    (held.collect(), state)
}

/// The key of a final letter, behind `CSI` or `SS3`.
pub(super) fn letter(letter: u8) -> Option<KeyEvent> {
    let code = match letter {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'E' => KeyCode::KeypadBegin,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'M' => KeyCode::Enter,
        b'P'..=b'S' => KeyCode::F(letter - b'P' + 1),
        b'Z' => KeyCode::BackTab,
        _ => return None,
    };
    let shift = if code == KeyCode::BackTab { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
    Some(KeyEvent::new(code, shift))
}

/// The first function keys of the Linux console.
pub(super) fn console(letter: u8) -> Option<KeyEvent> {
    matches!(letter, b'A'..=b'E').then(|| KeyEvent::from(KeyCode::F(letter - b'A' + 1)))
}

/// The key of a number before `~`.
fn numbered(number: u32) -> Option<KeyCode> {
    let f = |first: u32, key: u8| {
        Some(KeyCode::F(u8::try_from(number - first).unwrap_or_default() + key))
    };
    match number {
        1 | 7 => Some(KeyCode::Home),
        2 => Some(KeyCode::Insert),
        3 => Some(KeyCode::Delete),
        4 | 8 => Some(KeyCode::End),
        5 => Some(KeyCode::PageUp),
        6 => Some(KeyCode::PageDown),
        11..=15 => f(11, 1),
        17..=21 => f(17, 6),
        23..=26 => f(23, 11),
        28..=29 => f(28, 15),
        31..=34 => f(31, 17),
        _ => None,
    }
}

/// The key of a code point, with kitty's own ones from the private use area.
fn unicode(param: Param) -> Option<KeyCode> {
    /// From 57417 on: the keys of a keypad that is not in number mode.
    const KEYPAD: [KeyCode; 11] = [
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::Insert,
        KeyCode::Delete,
        KeyCode::KeypadBegin,
    ];
    /// From 57399 on.
    const NUMBERS: &[u8] = b"0123456789./*-+\r=,";
    let at = |first: u32| usize::try_from(param[0] - first).unwrap_or(usize::MAX);
    match param[0] {
        8 | 127 => Some(KeyCode::Backspace),
        9 => Some(KeyCode::Tab),
        13 => Some(KeyCode::Enter),
        27 => Some(KeyCode::Esc),
        57_358 => Some(KeyCode::CapsLock),
        57_359 => Some(KeyCode::ScrollLock),
        57_360 => Some(KeyCode::NumLock),
        57_361 => Some(KeyCode::PrintScreen),
        57_362 => Some(KeyCode::Pause),
        57_363 => Some(KeyCode::Menu),
        57_376..=57_398 => Some(KeyCode::F(u8::try_from(param[0] - 57_376).ok()? + 13)),
        57_399..=57_416 => match NUMBERS.get(at(57_399))? {
            b'\r' => Some(KeyCode::Enter),
            byte => Some(KeyCode::Char(char::from(*byte))),
        },
        57_417..=57_427 => KEYPAD.get(at(57_417)).copied(),
        // Media keys and modifiers alone.
        0xe000..=0xf8ff | 0..=31 => None,
        code => char::from_u32(code).map(KeyCode::Char),
    }
}

/// A report of the mouse in the encoding that xterm calls SGR.
fn mouse(params: &[Param], last: u8) -> Option<MouseEvent> {
    let bits = value(params, 0);
    let cell = |at: usize| u16::try_from(value(params, at)).ok()?.checked_sub(1);
    let (is_motion, is_wheel) = (bits & 32 != 0, bits & 64 != 0);
    let button = match bits & 3 {
        0 => Some(MouseButton::Left),
        1 => Some(MouseButton::Middle),
        2 => Some(MouseButton::Right),
        _ => None,
    };
    let kind = match (button, bits & 3) {
        // Buttons from 8 on have no name here.
        _ if bits >= 128 => return None,
        (_, 0) if is_wheel => MouseEventKind::ScrollUp,
        (_, 1) if is_wheel => MouseEventKind::ScrollDown,
        (_, 2) if is_wheel => MouseEventKind::ScrollLeft,
        (_, _) if is_wheel => MouseEventKind::ScrollRight,
        (Some(button), _) if is_motion => MouseEventKind::Drag(button),
        (None, _) if is_motion => MouseEventKind::Moved,
        (Some(button), _) if last == b'm' => MouseEventKind::Up(button),
        (Some(button), _) => MouseEventKind::Down(button),
        (None, _) => return None,
    };
    let pairs = [(4, KeyModifiers::SHIFT), (8, KeyModifiers::ALT), (16, KeyModifiers::CONTROL)];
    let held = pairs.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, modifier)| *modifier);
    Some(MouseEvent { kind, column: cell(1)?, row: cell(2)?, modifiers: held.collect() })
}

/// An operating system command: the answer about the background's colour.
pub(super) fn command(inside: &[u8]) -> Option<Heard> {
    let text = std::str::from_utf8(inside).ok()?.strip_prefix("11;rgb:")?;
    // One to four hexadecimal digits a part; the first two of them say enough.
    let part = |text: &str| match text.len() {
        1 => u8::from_str_radix(&text.repeat(2), 16).ok(),
        2..=4 => u8::from_str_radix(text.get(..2)?, 16).ok(),
        _ => None,
    };
    let mut parts = text.split('/').map(part);
    let colour = Rgb { red: parts.next()??, green: parts.next()??, blue: parts.next()?? };
    Some(Heard::Input(Input::Background(colour)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clicked(inside: &[u8], last: u8) -> String {
        match control(inside, last) {
            Some(Heard::Input(Input::Mouse(mouse))) => {
                format!("{:?} {},{} {}", mouse.kind, mouse.column, mouse.row, mouse.modifiers)
            }
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn the_mouse_is_understood() {
        assert_eq!(clicked(b"<0;3;4", b'M'), "Down(Left) 2,3 ");
        assert_eq!(clicked(b"<2;3;4", b'm'), "Up(Right) 2,3 ");
        assert_eq!(clicked(b"<32;1;1", b'M'), "Drag(Left) 0,0 ");
        assert_eq!(clicked(b"<35;1;1", b'M'), "Moved 0,0 ");
        assert_eq!(clicked(b"<64;300;200", b'M'), "ScrollUp 299,199 ");
        assert_eq!(clicked(b"<81;1;1", b'M'), "ScrollDown 0,0 Control");
    }

    #[test]
    fn nonsense_of_the_mouse_is_nothing() {
        for inside in [&b"<0;0;0"[..], b"<0", b"<", b"<3;1;1", b"<128;1;1", b"<0;99999;1"] {
            assert_eq!(control(inside, b'M'), None, "{}", inside.escape_ascii());
        }
    }

    #[test]
    fn a_release_is_no_key() {
        assert_eq!(control(b"97;1:3", b'u'), None);
        assert!(control(b"97;1:2", b'u').is_some());
    }

    #[test]
    fn numbers_too_large_are_no_key() {
        assert_eq!(control(b"99999999999999999999", b'u'), None);
        assert_eq!(control(b"99999999999999999999;99999999999999", b'~'), None);
    }
}
