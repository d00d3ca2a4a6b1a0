//! From bytes to inputs. Pure: it is fed, and it says what it has understood.
//!
//! Written for this program because the reader of `crossterm` never ends when the terminal does
//! (it tries to read for ever, at full speed), blocks inside half a sequence, forgets a key that
//! comes together with a resize, and turns the rest of a sequence that it does not know into keys.
//! Its types for keys and mouse are kept. Sequences: ECMA-48, xterm's ctlseqs, and the keyboard
//! protocol of kitty.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    input::{Input, Paste},
    sequence,
};

/// Most bytes of a paste that are kept; a brief is far smaller.
pub const MAX_PASTE: usize = 1 << 20;
/// Most bytes of a control sequence or string; what is longer is swallowed to its end.
const MAX_SEQUENCE: usize = 4096;
const PASTE_END: &[u8] = b"\x1b[201~";
const ESC: u8 = 0x1b;

/// What was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    Input(Input),
    /// The terminal knows the keyboard protocol.
    Keyboard,
    /// The last of the answers to what a terminal is asked at the start.
    Attributes,
}

/// What the bytes are part of.
#[derive(Debug)]
enum State {
    Keys,
    Paste {
        text: Vec<u8>,
        lost: usize,
        matched: usize,
    },
    /// In a string that was too long, until its end.
    Swallow,
}

/// Takes bytes apart. It keeps what is not complete yet.
#[derive(Debug)]
pub struct Decoder {
    state: State,
    pending: Vec<u8>,
}

/// One step through the pending bytes.
enum Step {
    /// More bytes are needed to tell.
    More,
    /// So many bytes are done with.
    Done(usize, Option<Heard>),
    /// These bytes begin a paste.
    Paste(usize),
}

impl Default for Decoder {
    fn default() -> Self {
        Self { state: State::Keys, pending: Vec::new() }
    }
}

impl Decoder {
    /// Whether `idle` has something to decide when no more bytes come for a while.
    pub fn is_waiting(&self) -> bool {
        !self.pending.is_empty() || matches!(self.state, State::Swallow)
    }

    /// Takes bytes, and adds what they mean to `heard`.
    pub fn feed(&mut self, bytes: &[u8], heard: &mut Vec<Heard>) {
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            match &mut self.state {
                State::Keys => {
                    self.pending.extend_from_slice(rest);
                    rest = &[];
                    self.advance(heard);
                }
                State::Paste { text, lost, matched } => {
                    rest = after;
                    if pasted(byte, text, lost, matched) {
                        heard.push(Heard::Input(Input::Paste(finish(text, *lost))));
                        self.state = State::Keys;
                    }
                }
                State::Swallow => {
                    rest = after;
                    // BEL, or the backslash of ST; one too early only lets some keys through.
                    if matches!(byte, 0x07 | b'\\') {
                        self.state = State::Keys;
                    }
                }
            }
        }
    }

    /// No bytes came for a while: a lone ESC was the key, and half a sequence is none.
    pub fn idle(&mut self, heard: &mut Vec<Heard>) {
        if matches!(self.state, State::Swallow) {
            self.state = State::Keys;
        }
        match self.pending.as_slice() {
            [ESC] => heard.push(key(KeyEvent::from(KeyCode::Esc))),
            &[ESC, byte @ 0x20..=0x7e] => heard.push(key(alt(character(char::from(byte))))),
            _ => {}
        }
        self.pending.clear();
    }

    fn advance(&mut self, heard: &mut Vec<Heard>) {
        let mut at = 0;
        loop {
            let rest = &self.pending[at..];
            match step(rest) {
                Step::More if rest.len() > MAX_SEQUENCE => {
                    self.pending.clear();
                    self.state = State::Swallow;
                    return;
                }
                Step::More => break,
                Step::Done(count, one) => {
                    at += count;
                    heard.extend(one);
                }
                Step::Paste(count) => {
                    let pasted = self.pending.split_off(at + count);
                    self.pending.clear();
                    self.state = State::Paste { text: Vec::new(), lost: 0, matched: 0 };
                    return self.feed(&pasted, heard);
                }
            }
        }
        self.pending.drain(..at);
    }
}

/// Takes one byte of a paste; whether it was the last of the end's mark.
fn pasted(byte: u8, text: &mut Vec<u8>, lost: &mut usize, matched: &mut usize) -> bool {
    let mut keep = |bytes: &[u8]| {
        let kept = bytes.len().min(MAX_PASTE - text.len());
        text.extend_from_slice(&bytes[..kept]);
        *lost += bytes.len() - kept;
    };
    if PASTE_END[*matched] == byte {
        *matched += 1;
        return *matched == PASTE_END.len();
    }
    // The mark begins with the only ESC in it, so it cannot begin within itself.
    keep(&PASTE_END[..*matched]);
    *matched = usize::from(byte == ESC);
    if *matched == 0 {
        keep(&[byte]);
    }
    false
}

/// Terminals send a line break in a paste as `\r`.
fn finish(text: &[u8], lost: usize) -> Paste {
    let text = String::from_utf8_lossy(text).replace("\r\n", "\n").replace('\r', "\n");
    Paste { text, lost }
}

fn step(bytes: &[u8]) -> Step {
    match bytes {
        [] | [ESC] | [ESC, b'O'] => Step::More,
        [ESC, b'[', ..] => control(bytes),
        [ESC, b'O', letter, ..] => Step::Done(3, sequence::letter(*letter).map(key)),
        [ESC, b']' | b'P' | b'X' | b'^' | b'_', ..] => string(bytes),
        // The second one may begin a sequence of its own.
        [ESC, ESC, ..] => Step::Done(1, Some(key(KeyEvent::from(KeyCode::Esc)))),
        [ESC, rest @ ..] => match one(rest) {
            Some((count, event)) => Step::Done(count + 1, event.map(|event| key(alt(event)))),
            None => Step::More,
        },
        _ => match one(bytes) {
            Some((count, event)) => Step::Done(count, event.map(key)),
            None => Step::More,
        },
    }
}

/// A control sequence: `CSI`, parameters, intermediate bytes, a final byte.
fn control(bytes: &[u8]) -> Step {
    // The function keys of the Linux console: one `[` more and a letter.
    if bytes.get(2) == Some(&b'[') {
        let Some(letter) = bytes.get(3) else { return Step::More };
        return Step::Done(4, sequence::console(*letter).map(key));
    }
    let Some(length) = bytes[2..].iter().position(|byte| !(0x20..=0x3f).contains(byte)) else {
        return Step::More;
    };
    let (inside, last) = (&bytes[2..2 + length], bytes[2 + length]);
    match (inside, last) {
        (b"200", b'~') => Step::Paste(length + 3),
        // A report in the old encoding, which no one has asked for: three bytes follow.
        (b"", b'M') if bytes.len() < 6 => Step::More,
        (b"", b'M') => Step::Done(6, None),
        (_, 0x40..=0x7e) => Step::Done(length + 3, sequence::control(inside, last)),
        // Not a sequence: what broke it is looked at for itself.
        _ => Step::Done(length + 2, None),
    }
}

/// A control string, up to ST; an OSC also up to BEL.
fn string(bytes: &[u8]) -> Step {
    for (at, &byte) in bytes.iter().enumerate().skip(2) {
        match byte {
            0x07 if bytes[1] == b']' => {
                return Step::Done(at + 1, sequence::command(&bytes[2..at]));
            }
            ESC => match bytes.get(at + 1) {
                None => return Step::More,
                Some(b'\\') => {
                    let told = (bytes[1] == b']').then(|| sequence::command(&bytes[2..at]));
                    return Step::Done(at + 2, told.flatten());
                }
                Some(_) => return Step::Done(at, None),
            },
            _ => {}
        }
    }
    Step::More
}

/// One character or control byte: how many bytes it has, and its key. Nothing if bytes are missing.
fn one(bytes: &[u8]) -> Option<(usize, Option<KeyEvent>)> {
    let control = |c: char| KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
    let byte = *bytes.first()?;
    let event = match byte {
        b'\r' => KeyEvent::from(KeyCode::Enter),
        b'\t' => KeyEvent::from(KeyCode::Tab),
        0x7f => KeyEvent::from(KeyCode::Backspace),
        0x00 => control(' '),
        0x01..=0x1a => control(char::from(byte - 1 + b'a')),
        0x1b..=0x1f => control(char::from(byte - 0x1c + b'4')),
        0x20..=0x7e => character(char::from(byte)),
        0x80.. => return several(bytes),
    };
    Some((1, Some(event)))
}

fn several(bytes: &[u8]) -> Option<(usize, Option<KeyEvent>)> {
    let length = match bytes[0] {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return Some((1, None)),
    };
    let there = &bytes[..bytes.len().min(length)];
    match std::str::from_utf8(there) {
        Ok(text) => Some((length, text.chars().next().map(character))),
        Err(error) => error.error_len().map(|wrong| (wrong, None)),
    }
}

/// A character as a key; a capital letter says that Shift was held, as `crossterm` has it.
fn character(c: char) -> KeyEvent {
    let shift = if c.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
    KeyEvent::new(KeyCode::Char(c), shift)
}

fn alt(mut event: KeyEvent) -> KeyEvent {
    event.modifiers |= KeyModifiers::ALT;
    event
}

fn key(event: KeyEvent) -> Heard {
    Heard::Input(Input::Key(event))
}

#[cfg(test)]
mod tests {
    use super::super::input::{Focus, Rgb};
    use super::*;

    fn all(bytes: &[u8]) -> Vec<Heard> {
        let (mut decoder, mut heard) = (Decoder::default(), Vec::new());
        decoder.feed(bytes, &mut heard);
        decoder.idle(&mut heard);
        heard
    }

    fn told(bytes: &[u8]) -> String {
        let short = |heard: &Heard| match heard {
            Heard::Input(Input::Key(key)) if key.modifiers.is_empty() => format!("{}", key.code),
            Heard::Input(Input::Key(key)) => format!("{}+{}", key.modifiers, key.code),
            Heard::Input(input) => format!("{input:?}"),
            other => format!("{other:?}"),
        };
        all(bytes).iter().map(short).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn keys_are_understood() {
        for (bytes, wanted) in [
            (&b"aZ\r\t\x7f"[..], "a Shift+Z Enter Tab Backspace"),
            (b"\x03\x1a\x00\x1f\n", "Control+c Control+z Control+Space Control+7 Control+j"),
            ("яБ漢😀".as_bytes(), "я Shift+Б 漢 😀"),
            (b"\x1b", "Esc"),
            (b"\x1bq\x1bQ", "Alt+q Shift+Alt+Q"),
            (b"\x1b\x1b[A", "Esc Up"),
            (b"\x1b[A\x1bOB\x1b[H\x1b[Z", "Up Down Home Shift+Back Tab"),
            (b"\x1b[1;5D\x1b[1;2P\x1b[5~\x1b[3;3~", "Control+Left Shift+F1 Page Up Alt+Del"),
            (b"\x1bOP\x1b[15~\x1b[24~\x1b[[C", "F1 F5 F12 F3"),
            (b"\x1b[27u\x1b[97;5u\x1b[13;2u\x1b[9;2u", "Esc Control+a Shift+Enter Shift+Back Tab"),
            (b"\x1b[1092;5u\x1b[27;5;13~\x1b[57399u", "Control+ф Control+Enter 0"),
        ] {
            assert_eq!(told(bytes), wanted, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn half_a_sequence_waits_and_is_no_key_in_the_end() {
        for (bytes, wanted) in [
            (&b"\x1b["[..], "Alt+["),
            (b"\x1bO", "Alt+O"),
            (b"\x1b]", "Alt+]"),
            (b"\x1b[1;", ""),
            (b"\x1b]11;rgb:", ""),
            (b"\xe6\xbc", ""),
        ] {
            let (mut decoder, mut heard) = (Decoder::default(), Vec::new());
            decoder.feed(bytes, &mut heard);
            assert!(heard.is_empty() && decoder.is_waiting(), "{}", bytes.escape_ascii());
            assert_eq!(told(bytes).replace("Shift+", ""), wanted);
        }
    }

    #[test]
    fn wherever_the_bytes_are_cut_they_mean_the_same() {
        let bytes =
            "a\x1b[1;5A\x1b[200~x\ry\x1b[20\x1b[201~я\x1b[<0;3;4M\x1b]11;rgb:ffff/0/0\x1b\\\x1bz";
        let whole = all(bytes.as_bytes());
        assert_eq!(whole.len(), 7);
        for cut in 0..bytes.len() {
            let (mut decoder, mut heard) = (Decoder::default(), Vec::new());
            decoder.feed(&bytes.as_bytes()[..cut], &mut heard);
            decoder.feed(&bytes.as_bytes()[cut..], &mut heard);
            assert_eq!(heard, whole, "cut at {cut}");
            assert!(!decoder.is_waiting());
        }
    }

    #[test]
    fn a_paste_is_one_input_with_plain_line_breaks_and_no_keys() {
        let Heard::Input(Input::Paste(paste)) = &all(b"\x1b[200~q\r\x1b[A\r\n\x03\x1b[201~")[0]
        else {
            panic!("not a paste")
        };
        assert_eq!(*paste, Paste { text: "q\n\x1b[A\n\x03".into(), lost: 0 });
    }

    #[test]
    fn a_paste_without_end_is_bounded() {
        let (mut decoder, mut heard) = (Decoder::default(), Vec::new());
        decoder.feed(b"\x1b[200~", &mut heard);
        decoder.feed(&vec![b'x'; MAX_PASTE + 5], &mut heard);
        decoder.idle(&mut heard);
        assert!(heard.is_empty(), "it would become keys");
        decoder.feed(b"\x1b[201~q", &mut heard);
        let Heard::Input(Input::Paste(paste)) = &heard[0] else { panic!("not a paste") };
        assert_eq!((paste.text.len(), paste.lost), (MAX_PASTE, 5));
        assert_eq!(heard.len(), 2);
    }

    #[test]
    fn what_is_not_known_is_swallowed_whole() {
        for bytes in [
            &b"\x1b[?997;1n"[..],
            b"\x1bP>|xterm(390)\x1b\\",
            b"\x1b_Gi=1;OK\x1b\\",
            b"\x1b]52;c;YQ==\x07",
            b"\x1b[12;40R",
            b"\x1b[M !!",
            b"\x1b[57441u",
            b"\xff\xc0",
        ] {
            assert_eq!(all(bytes), [], "{}", bytes.escape_ascii());
        }
        assert_eq!(told(b"\x1b[1\x1b[A"), "Up", "a sequence that another one breaks");
        let mut long = b"\x1bP".to_vec();
        long.extend(vec![b'x'; MAX_SEQUENCE * 3]);
        long.extend(b"\x1b\\q");
        assert_eq!(told(&long), "q");
    }

    #[test]
    fn answers_and_focus_are_told() {
        assert_eq!(all(b"\x1b[?1u\x1b[?62;22c"), [Heard::Keyboard, Heard::Attributes]);
        assert_eq!(
            all(b"\x1b[I\x1b[O\x1b]11;rgb:1e1e/20/f\x07"),
            [
                Heard::Input(Input::Focus(Focus::Gained)),
                Heard::Input(Input::Focus(Focus::Lost)),
                Heard::Input(Input::Background(Rgb { red: 0x1e, green: 0x20, blue: 0xff })),
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_break_it_and_it_always_comes_to_rest(bytes: Vec<u8>) {
            let (mut decoder, mut heard) = (Decoder::default(), Vec::new());
            decoder.feed(&bytes, &mut heard);
            decoder.idle(&mut heard);
            assert!(!decoder.is_waiting());
        }

        #[test]
        fn sequences_of_any_shape_break_nothing(text in "(\x1b[\\[\\]OP][<?0-9;:]{0,9}[a-zA-Z~]?){0,9}") {
            all(text.as_bytes());
        }
    }
}
