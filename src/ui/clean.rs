//! The one place where untrusted text is made safe to show.
//!
//! Whatever a model, a tool or a file says may hold escape sequences and invisible characters. They
//! are shown, not obeyed and not hidden: `\x1b` as `␛`, other controls as their picture, bidi marks,
//! zero-width characters and tags as `‹U+202E›`.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar;

/// Most combining marks and joiners in a row; more are shown beside each other. Written languages
/// need four; a stack of a million is one cell that no terminal survives.
const MAX_STACKED: usize = 8;
const JOINER: char = '\u{200d}';

/// One line: line breaks and tabs are shown as blanks too.
pub fn line(text: &str) -> String {
    clean(text, Breaks::Shown)
}

/// A text of several lines: line breaks stay, tabs become four blanks.
pub fn block(text: &str) -> String {
    clean(text, Breaks::Kept)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Breaks {
    Kept,
    Shown,
}

fn clean(text: &str, breaks: Breaks) -> String {
    // Nearly all that is ever shown: nothing in it is more than it looks.
    let is_plain =
        |byte: u8| matches!(byte, b' '..=b'~') || (byte == b'\n' && breaks == Breaks::Kept);
    if text.bytes().all(is_plain) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    // How many characters have been laid upon the same cell in a row.
    let mut stacked = 0_usize;
    let mut joins = false;
    while let Some(c) = chars.next() {
        let lies_upon = joins || c == JOINER || (!c.is_ascii() && c.width() == Some(0));
        stacked = if lies_upon { stacked + 1 } else { 0 };
        joins = c == JOINER;
        match c {
            c if stacked > MAX_STACKED => {
                let _ = write!(out, "‹U+{:04X}›", u32::from(c));
            }
            '\n' if breaks == Breaks::Kept => out.push('\n'),
            '\r' if breaks == Breaks::Kept && chars.peek() == Some(&'\n') => {}
            '\n' => out.push('⏎'),
            '\t' if breaks == Breaks::Kept => out.push_str("    "),
            '\t' => out.push(' '),
            '\u{7f}' => out.push('␡'),
            '\u{0}'..='\u{1f}' => out.push(picture(c)),
            c if is_hidden(c) => {
                let _ = write!(out, "‹U+{:04X}›", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// The control picture of a C0 control.
fn picture(c: char) -> char {
    char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')
}

/// Characters that change how others are shown, or show nothing: C1 controls, bidi marks and
/// isolates, zero-width and invisible operators, line separators, interlinear marks, tags, fillers.
/// Ranges from the Unicode character database (general categories Cc, Cf, Zl, Zp and the
/// default-ignorable fillers). The zero-width joiner stays: emoji are made of it.
fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{80}'..='\u{9f}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200c}'
            | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_shown_and_not_obeyed() {
        assert_eq!(line("a\x1b[31mb\x07\u{9b}2J"), "a␛[31mb␇‹U+009B›2J");
    }

    #[test]
    fn marks_that_reorder_or_hide_are_visible() {
        assert_eq!(line("rm \u{202e}fr-\u{2066}x"), "rm ‹U+202E›fr-‹U+2066›x");
        assert_eq!(line("a\u{e0041}b\u{200b}"), "a‹U+E0041›b‹U+200B›");
    }

    #[test]
    fn a_line_has_no_breaks_and_a_block_keeps_them() {
        assert_eq!(line("a\r\nb\tc"), "a␍⏎b c");
        assert_eq!(block("a\r\nb\tc\rd"), "a\nb    c␍d");
    }

    #[test]
    fn a_cell_is_never_piled_up_without_end() {
        let cleaned = line(&format!("e{}", "\u{301}".repeat(10)));
        assert_eq!(cleaned, format!("e{}‹U+0301›‹U+0301›", "\u{301}".repeat(8)));
        assert_eq!(line("\u{200d}\u{200d}").chars().count(), 2);
    }

    #[test]
    fn ordinary_text_of_any_script_stays_as_it_is() {
        for text in ["plain", "naïve café", "漢字 😀👩‍💻", "שלום"] {
            assert_eq!(line(text), text);
        }
    }
}
