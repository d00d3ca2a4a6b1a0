//! Text in lines of a width: by words where it can, by graphemes where it must, each byte looked
//! at once however the text comes in.

use std::{cell::RefCell, ops::Range};

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::clean;

/// Columns that a text takes in a terminal.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The longest beginning of a text that fits into so many columns, in bytes, and its columns.
/// Whole graphemes only.
pub fn fitting(text: &str, columns: usize) -> (usize, usize) {
    let (mut bytes, mut used) = (0, 0);
    for grapheme in text.graphemes(true) {
        let wide = width(grapheme);
        if used + wide > columns {
            break;
        }
        used += wide;
        bytes += grapheme.len();
    }
    (bytes, used)
}

/// The first grapheme of a text. One of ASCII with more ASCII behind it stands alone, as nearly all
/// do; only a carriage return would not, and none is left in a text that is safe to show.
fn next_grapheme(text: &str) -> Option<&str> {
    match text.as_bytes() {
        [first, rest @ ..] if first.is_ascii() && rest.first().is_none_or(u8::is_ascii) => {
            Some(&text[..1])
        }
        _ => text.graphemes(true).next(),
    }
}

/// Where the wrapping of a text stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct At {
    /// Bytes looked at.
    pos: usize,
    /// Columns taken in the line under way.
    used: usize,
    /// The place after the last blank of the line under way, and the columns up to there.
    blank: Option<(usize, usize)>,
}

/// The starts of a text's lines at one width. It goes on where it stopped when the text has grown.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Lines {
    width: usize,
    starts: Vec<usize>,
    at: At,
    /// State before the last grapheme: what comes next may still belong to it.
    before_last: (At, usize),
}

impl Lines {
    fn new(width: usize) -> Self {
        Self {
            width: width.max(1),
            starts: vec![0],
            at: At::default(),
            before_last: (At::default(), 1),
        }
    }

    fn go_on(&mut self, text: &str) {
        if self.at.pos == text.len() {
            return;
        }
        let (at, starts) = self.before_last;
        self.at = at;
        self.starts.truncate(starts);
        loop {
            // Most of a text is letters of words that fit. The last of them is looked at below:
            // what comes next may belong to it.
            let room = self.width.saturating_sub(self.at.used);
            let rest = &text.as_bytes()[self.at.pos..];
            let word = rest.iter().take(room + 1).take_while(|byte| byte.is_ascii_graphic());
            let plain = word.count().saturating_sub(1);
            self.at.pos += plain;
            self.at.used += plain;
            let Some(grapheme) = next_grapheme(&text[self.at.pos..]) else { return };
            self.before_last = (self.at, self.starts.len());
            self.take(self.at.pos, grapheme);
        }
    }

    fn take(&mut self, pos: usize, grapheme: &str) {
        let end = pos + grapheme.len();
        self.at.pos = end;
        if grapheme == "\n" {
            self.begin_line(end, 0);
            return;
        }
        let wide = if grapheme.len() == 1 { 1 } else { width(grapheme) };
        let is_blank = grapheme == " ";
        // A blank at the end of a line hangs over the edge.
        if self.at.used + wide > self.width && !is_blank {
            match self.at.blank {
                Some((after, used)) => self.begin_line(after, self.at.used.saturating_sub(used)),
                None if self.at.used > 0 => self.begin_line(pos, 0),
                None => {}
            }
            // A word that is longer than the line even so.
            if self.at.used + wide > self.width && self.at.used > 0 {
                self.begin_line(pos, 0);
            }
        }
        self.at.used += wide;
        if is_blank {
            self.at.blank = Some((end, self.at.used));
        }
    }

    fn begin_line(&mut self, start: usize, used: usize) {
        self.starts.push(start);
        self.at.used = used;
        self.at.blank = None;
    }
}

/// A text that may grow, safe to show, with its lines at the width at which it was last drawn.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    text: String,
    /// A carriage return that came last: a line feed may follow it.
    held: bool,
    lines: RefCell<Option<Lines>>,
}

impl PartialEq for Flow {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Flow {}

impl Flow {
    /// A whole text, made safe to show.
    pub fn of(text: &str) -> Self {
        Self { text: clean::block(text), ..Self::default() }
    }

    /// A text that is known to be safe already.
    pub(super) fn safe(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    /// The number and the start of the line in which a byte lies.
    pub fn line_of(&self, width: usize, byte: usize) -> (usize, usize) {
        self.with_lines(width, |starts| {
            let line = starts.partition_point(|start| *start <= byte).saturating_sub(1);
            (line, starts.get(line).copied().unwrap_or_default())
        })
    }

    /// Where a line starts; the text's end past the last.
    pub fn start_of(&self, width: usize, line: usize) -> usize {
        self.with_lines(width, |starts| starts.get(line).copied().unwrap_or(self.text.len()))
    }

    /// How many lines it takes when the line after a last break counts too, as in an editor.
    pub fn lines_with_end(&self, width: usize) -> usize {
        self.with_lines(width, <[usize]>::len)
    }

    /// Adds to the end.
    pub fn push(&mut self, more: &str) {
        if more.is_empty() {
            return;
        }
        let (more, held) = match more.strip_suffix('\r') {
            Some(rest) => (rest, true),
            None => (more, false),
        };
        if std::mem::replace(&mut self.held, held) {
            self.text.push_str(&clean::block(&format!("\r{more}")));
        } else {
            self.text.push_str(&clean::block(more));
        }
    }

    /// The text as it is shown.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Bytes of the text.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// How many lines it takes at a width. An empty text takes one, a last line break none.
    pub fn count(&self, width: usize) -> usize {
        self.with_lines(width, |starts| {
            let ends = starts.len() > 1 && starts.last() == Some(&self.text.len());
            starts.len() - usize::from(ends)
        })
    }

    /// One line at a width, without its break; empty past the end.
    pub fn line(&self, width: usize, at: usize) -> &str {
        let range = self.with_lines(width, |starts| -> Range<usize> {
            let Some(from) = starts.get(at) else { return 0..0 };
            *from..starts.get(at + 1).copied().unwrap_or(self.text.len())
        });
        let line = self.text[range].trim_end_matches('\n');
        // Blanks that hang over the edge are not drawn.
        let hangs = line.ends_with(' ') && self::width(line) > width.max(1);
        if hangs { line.trim_end_matches(' ') } else { line }
    }

    /// The text from the beginning of the line that a row of it, as `line` gives it, belongs to: what
    /// a line is shows at its beginning, and holds for all its rows.
    pub fn whole_of(&self, row: &str) -> &str {
        let at = row.as_ptr().addr().saturating_sub(self.text.as_ptr().addr());
        let lines = self.lines.borrow();
        // From row to row: a line may be as long as a whole answer.
        let starts = lines.as_ref().map_or(&[][..], |lines| &lines.starts);
        let rows = starts.get(..starts.partition_point(|start| *start <= at)).unwrap_or_default();
        let begins = |start: &&usize| **start == 0 || self.text.as_bytes()[**start - 1] == b'\n';
        let begin = rows.iter().rev().find(begins).copied().unwrap_or_default();
        self.text.get(begin..).unwrap_or_default()
    }

    /// The bytes of the text that a row of it, as `line` gives it, takes.
    pub fn bytes_of(&self, row: &str) -> Range<usize> {
        let at = row.as_ptr().addr().saturating_sub(self.text.as_ptr().addr());
        at..at + row.len()
    }

    fn with_lines<T>(&self, width: usize, look: impl FnOnce(&[usize]) -> T) -> T {
        let mut lines = self.lines.borrow_mut();
        let lines = match &mut *lines {
            Some(lines) if lines.width == width.max(1) => lines,
            other => other.insert(Lines::new(width)),
        };
        lines.go_on(&self.text);
        look(&lines.starts)
    }

    /// Forgets the beginning when the text is longer than `most` bytes, keeping about half of it
    /// from a line's start, and says how many bytes went.
    pub fn keep_last(&mut self, most: usize) -> usize {
        if self.text.len() <= most {
            return 0;
        }
        let mut from = self.text.len() - most / 2;
        while !self.text.is_char_boundary(from) {
            from += 1;
        }
        let from = self.text[from..].find('\n').map_or(from, |at| from + at + 1);
        self.text.drain(..from);
        self.lines.replace(None);
        from
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(text: &str, width: usize) -> Vec<String> {
        let flow = Flow::of(text);
        (0..flow.count(width)).map(|at| flow.line(width, at).to_owned()).collect()
    }

    #[test]
    fn a_row_knows_the_beginning_of_its_line() {
        let flow = Flow::of("+ one two three\n- four");
        let rows: Vec<&str> = (0..flow.count(6)).map(|row| flow.line(6, row)).collect();
        let marks: String =
            rows.iter().filter_map(|row| flow.whole_of(row).chars().next()).collect();
        assert_eq!(marks, "+++-", "{rows:?}");
    }

    #[test]
    fn words_are_kept_whole_where_they_fit() {
        assert_eq!(lines("the quick brown fox", 10), ["the quick ", "brown fox"]);
        assert_eq!(lines("abcdefghijkl mn", 5), ["abcde", "fghij", "kl mn"]);
        assert_eq!(lines("a\n\nb\n", 5), ["a", "", "b"]);
        assert_eq!(lines("", 5), [""]);
    }

    #[test]
    fn wide_and_joined_characters_are_never_cut() {
        assert_eq!(lines("漢字漢字", 5), ["漢字", "漢字"]);
        assert_eq!(lines("👩‍💻👩‍💻👩‍💻", 4), ["👩‍💻👩‍💻", "👩‍💻"]);
        assert_eq!(lines("e\u{301}e\u{301}e\u{301}", 2), ["e\u{301}e\u{301}", "e\u{301}"]);
        assert_eq!(lines("漢", 1), ["漢"]);
    }

    #[test]
    fn a_line_of_a_mebibyte_is_wrapped() {
        let flow = Flow::of(&"x".repeat(1 << 20));
        assert_eq!(flow.count(64), 1 << 14);
        assert_eq!(flow.line(64, 777).len(), 64);
    }

    #[test]
    fn a_line_break_that_comes_in_two_pieces_is_one() {
        let mut flow = Flow::default();
        flow.push("a\r");
        flow.push("\nb");
        assert_eq!(flow.text(), "a\nb");
    }

    #[test]
    fn only_the_end_of_a_long_text_is_kept() {
        let mut flow = Flow::of(&"0123456789\n".repeat(100));
        assert_eq!(flow.keep_last(2_000), 0);
        assert_eq!(flow.keep_last(1_000), 605);
        assert_eq!(flow.count(20), 45);
        assert_eq!(flow.line(20, 0), "0123456789");
    }

    proptest! {
        #[test]
        fn pieces_come_to_the_same_lines_as_the_whole(
            pieces in prop::collection::vec("[a-d \n漢e\u{301}\u{200d}👩💻\u{202e}\r]{0,6}", 0..12),
            width in 1_usize..12,
        ) {
            let mut grown = Flow::default();
            for piece in &pieces {
                grown.push(piece);
                let _ = grown.count(width);
            }
            let whole = Flow { text: grown.text().to_owned(), ..Flow::default() };
            prop_assert_eq!(grown.count(width), whole.count(width));
            for at in 0..whole.count(width) {
                prop_assert_eq!(grown.line(width, at), whole.line(width, at));
                let line = whole.line(width, at).trim_end_matches(' ');
                let too_wide = line.graphemes(true).any(|one| super::width(one) > width);
                prop_assert!(too_wide || super::width(line) <= width, "{line:?}");
            }
        }
    }
}
