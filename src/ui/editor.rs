//! A text under the person's hands: for briefs, answers, reasons and filters alike.
//!
//! The cursor moves by graphemes, lines wrap by cells. What is typed or pasted is made safe to
//! show on its way in, so that what is seen is what is saved.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use super::{
    clean,
    wrap::{Flow, width},
};

/// Most bytes of a text.
pub const MAX_TEXT: usize = 256 << 10;
/// Most steps that can be undone.
const MAX_UNDO: usize = 200;

/// Whether line breaks may be in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    One,
    Many,
}

/// What the last change was, so that typing is undone by the word and not by the letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Change {
    #[default]
    None,
    Typed,
    Erased,
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Past {
    text: String,
    cursor: usize,
}

/// A text with cursor, selection and history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Editor {
    rows: Rows,
    flow: Flow,
    cursor: usize,
    /// The other end of the selection.
    anchor: Option<usize>,
    /// The column that moving up and down keeps to.
    column: Option<usize>,
    undo: Vec<Past>,
    redo: Vec<Past>,
    last: Change,
    /// Columns in which it was last drawn; 0 before.
    pub width: usize,
    /// The first line drawn.
    pub top: usize,
}

impl Editor {
    /// An editor of a text, the cursor at its end for one row, at its start for many.
    pub fn new(rows: Rows, text: &str) -> Self {
        let mut editor = Self {
            rows,
            flow: Flow::default(),
            cursor: 0,
            anchor: None,
            column: None,
            undo: Vec::new(),
            redo: Vec::new(),
            last: Change::None,
            width: 0,
            top: 0,
        };
        let text = editor.safe(text);
        editor.flow = Flow::of(&text);
        if rows == Rows::One {
            editor.cursor = editor.text().len();
        }
        editor
    }

    /// The same with the cursor at its end: what stands there is to be gone on with.
    #[must_use]
    pub fn at_end(mut self) -> Self {
        self.cursor = self.text().len();
        self
    }

    /// The same with the cursor behind these words, where they stand.
    #[must_use]
    pub fn behind(mut self, words: &str) -> Self {
        if let Some(at) = self.text().find(words) {
            self.cursor = at + words.len();
        }
        self
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.flow.text()
    }

    /// The text in lines.
    pub fn flow(&self) -> &Flow {
        &self.flow
    }

    /// The selected bytes.
    pub fn selection(&self) -> Option<std::ops::Range<usize>> {
        let anchor = self.anchor.filter(|anchor| *anchor != self.cursor)?;
        Some(anchor.min(self.cursor)..anchor.max(self.cursor))
    }

    /// Line and column of the cursor at a width, from 0. Spaces at a line's end hang over the
    /// width; the cursor behind them stays at the edge.
    pub fn place(&self, width_: usize) -> (usize, usize) {
        let (line, start) = self.flow.line_of(width_, self.cursor);
        (line, width(&self.text()[start..self.cursor]).min(width_))
    }

    /// A text of one row as it is seen in so many columns, scrolled sideways so that the cursor is
    /// among them, and the column of the cursor.
    pub fn sideways(&self, columns: usize) -> (&str, usize) {
        let before = &self.text()[..self.cursor];
        let most = columns.saturating_sub(1);
        let (mut start, mut wide) = (0, width(before));
        for grapheme in before.graphemes(true) {
            if wide <= most {
                break;
            }
            start += grapheme.len();
            wide -= width(grapheme);
        }
        (&self.text()[start..], wide.min(most))
    }

    /// Line and column of the cursor as a person counts them: from 1, by line breaks and graphemes.
    pub fn line_and_column(&self) -> (usize, usize) {
        let before = &self.text()[..self.cursor];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[start..].graphemes(true).count() + 1)
    }

    fn safe(&self, text: &str) -> String {
        // A terminal gives the line breaks of a paste as carriage returns.
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        match self.rows {
            Rows::Many => clean::block(&text),
            Rows::One => clean::line(&text.replace('\n', " ")),
        }
    }

    fn change(&mut self, kind: Change, range: std::ops::Range<usize>, with: &str) {
        let room = MAX_TEXT.saturating_sub(self.text().len() - range.len());
        let with = &with[..with.floor_char_boundary(room)];
        let begins_word = kind == Change::Typed && with.starts_with([' ', '\n']);
        if kind != self.last || kind == Change::Other || begins_word {
            self.undo.push(Past { text: self.text().to_owned(), cursor: self.cursor });
            if self.undo.len() > MAX_UNDO {
                self.undo.remove(0);
            }
        }
        self.redo.clear();
        self.last = kind;
        let mut text = self.text().to_owned();
        text.replace_range(range.clone(), with);
        self.cursor = range.start + with.len();
        self.flow = Flow::safe(text);
        self.anchor = None;
        self.column = None;
    }

    /// Inserts a text in place of the selection, a paste for example.
    pub fn insert(&mut self, text: &str) {
        let text = self.safe(text);
        let kind = if text.chars().count() == 1 { Change::Typed } else { Change::Other };
        let range = self.selection().unwrap_or(self.cursor..self.cursor);
        let kind = if range.is_empty() { kind } else { Change::Other };
        self.change(kind, range, &text);
    }

    /// Replaces the whole text, as one step of the history.
    pub fn replace(&mut self, text: &str) {
        let text = self.safe(text);
        self.change(Change::Other, 0..self.text().len(), &text);
        self.cursor = 0;
    }

    /// Begins a new line where lines may be.
    pub fn new_line(&mut self) {
        if self.rows == Rows::Many {
            self.insert("\n");
        }
    }

    fn before(&self) -> usize {
        let mut at = GraphemeCursor::new(self.cursor, self.text().len(), true);
        at.prev_boundary(self.text(), 0).ok().flatten().unwrap_or(0)
    }

    fn after(&self) -> usize {
        let mut at = GraphemeCursor::new(self.cursor, self.text().len(), true);
        at.next_boundary(self.text(), 0).ok().flatten().unwrap_or(self.text().len())
    }

    fn word_before(&self) -> usize {
        let before = self.text()[..self.cursor].trim_end_matches(|c: char| !c.is_alphanumeric());
        before.trim_end_matches(char::is_alphanumeric).len()
    }

    fn word_after(&self) -> usize {
        let after = self.text()[self.cursor..].trim_start_matches(|c: char| !c.is_alphanumeric());
        self.text().len() - after.trim_start_matches(char::is_alphanumeric).len()
    }

    fn line_start(&self) -> usize {
        self.text()[..self.cursor].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        let rest = &self.text()[self.cursor..];
        self.cursor + rest.find('\n').unwrap_or(rest.len())
    }

    fn go(&mut self, to: usize, select: bool) {
        self.anchor = if select { self.anchor.or(Some(self.cursor)) } else { None };
        self.cursor = to;
        self.column = None;
        self.last = Change::None;
    }

    /// Goes so many lines down, or up for a negative number.
    pub fn go_lines(&mut self, lines: isize, select: bool) {
        let wide = self.width.max(1);
        let (line, column) = self.place(wide);
        let column = self.column.unwrap_or(column);
        let last = self.flow.lines_with_end(wide) - 1;
        let to = line.saturating_add_signed(lines).min(last);
        let start = self.flow.start_of(wide, to);
        let (bytes, _) = super::wrap::fitting(self.flow.line(wide, to), column);
        self.go(start + bytes, select);
        self.column = Some(column);
    }

    /// Goes to the start of the line.
    pub fn to_line_start(&mut self) {
        self.go(self.line_start(), false);
    }

    /// Goes to the end of the line.
    pub fn to_line_end(&mut self) {
        self.go(self.line_end(), false);
    }

    /// Deletes to the end of the line, or the line break there.
    pub fn kill_end(&mut self) {
        let end = self.line_end();
        let end = if end == self.cursor { self.after() } else { end };
        self.change(Change::Other, self.cursor..end, "");
    }

    /// Deletes to the start of the line.
    pub fn kill_start(&mut self) {
        self.change(Change::Other, self.line_start()..self.cursor, "");
    }

    /// Deletes the word before the cursor.
    pub fn kill_word(&mut self) {
        self.change(Change::Other, self.word_before()..self.cursor, "");
    }

    /// Undoes the last change. Says whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some(past) = self.undo.pop() else { return false };
        let now = Past { text: self.text().to_owned(), cursor: self.cursor };
        self.redo.push(now);
        self.restore(past);
        true
    }

    /// Does the last undone change again. Says whether there was one.
    pub fn redo(&mut self) -> bool {
        let Some(past) = self.redo.pop() else { return false };
        let now = Past { text: self.text().to_owned(), cursor: self.cursor };
        self.undo.push(now);
        self.restore(past);
        true
    }

    fn restore(&mut self, past: Past) {
        self.flow = Flow::safe(past.text);
        self.cursor = past.cursor;
        self.anchor = None;
        self.column = None;
        self.last = Change::None;
    }

    /// Takes a key that is bound to nothing. Says whether it meant something here.
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let select = key.modifiers.contains(KeyModifiers::SHIFT);
        let by_word = key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        match key.code {
            KeyCode::Char(c) if !by_word && !c.is_control() => {
                self.insert(c.encode_utf8(&mut [0; 4]));
            }
            KeyCode::Backspace => {
                let from = if by_word { self.word_before() } else { self.before() };
                let range = self.selection().unwrap_or(from..self.cursor);
                self.change(Change::Erased, range, "");
            }
            KeyCode::Delete => {
                let to = if by_word { self.word_after() } else { self.after() };
                let range = self.selection().unwrap_or(self.cursor..to);
                self.change(Change::Erased, range, "");
            }
            KeyCode::Left => {
                self.go(if by_word { self.word_before() } else { self.before() }, select);
            }
            KeyCode::Right => {
                self.go(if by_word { self.word_after() } else { self.after() }, select);
            }
            KeyCode::Up => self.go_lines(-1, select),
            KeyCode::Down => self.go_lines(1, select),
            KeyCode::Home if by_word => self.go(0, select),
            KeyCode::End if by_word => self.go(self.text().len(), select),
            KeyCode::Home => self.go(self.line_start(), select),
            KeyCode::End => self.go(self.line_end(), select),
            _ => return false,
        }
        true
    }

    /// The first line to draw so that the cursor is among so many, and no row is left empty below
    /// the text while lines above it are out of sight.
    pub fn top_for(&self, wide: usize, height: usize) -> usize {
        let (line, _) = self.place(wide);
        let height = height.max(1);
        let most = self.flow.lines_with_end(wide).saturating_sub(height);
        self.top.min(most).min(line).max((line + 1).saturating_sub(height))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn press(editor: &mut Editor, code: KeyCode, modifiers: KeyModifiers) {
        editor.key(KeyEvent::new(code, modifiers));
    }

    fn typed(text: &str) -> Editor {
        let mut editor = Editor::new(Rows::Many, "");
        for c in text.chars() {
            match c {
                '\n' => editor.new_line(),
                c => press(&mut editor, KeyCode::Char(c), KeyModifiers::NONE),
            }
        }
        editor
    }

    #[test]
    fn typing_is_undone_by_the_word() {
        let mut editor = typed("one two");
        assert!(editor.undo());
        assert_eq!(editor.text(), "one");
        assert!(editor.redo());
        assert_eq!(editor.text(), "one two");
        assert!(editor.undo() && editor.undo());
        assert_eq!(editor.text(), "");
        assert!(!editor.undo());
    }

    #[test]
    fn a_grapheme_is_one_step_and_one_deletion() {
        let mut editor = Editor::new(Rows::One, "a👩‍💻e\u{301}");
        press(&mut editor, KeyCode::Left, KeyModifiers::NONE);
        assert_eq!(editor.place(80), (0, 3));
        press(&mut editor, KeyCode::Backspace, KeyModifiers::NONE);
        assert_eq!(editor.text(), "ae\u{301}");
    }

    #[test]
    fn a_paste_has_its_line_breaks_and_nothing_hidden() {
        let mut editor = typed("");
        editor.insert("a\rb\r\nc\x1b[31m\td");
        assert_eq!(editor.text(), "a\nb\nc␛[31m    d");
        let mut line = Editor::new(Rows::One, "");
        line.insert("a\rb");
        assert_eq!(line.text(), "a b");
    }

    #[test]
    fn a_selection_is_replaced_as_a_whole() {
        let mut editor = typed("keep this");
        press(&mut editor, KeyCode::Left, KeyModifiers::SHIFT | KeyModifiers::CONTROL);
        assert_eq!(editor.selection(), Some(5..9));
        editor.insert("that");
        assert_eq!(editor.text(), "keep that");
        assert!(editor.undo());
        assert_eq!(editor.text(), "keep this");
    }

    #[test]
    fn up_and_down_keep_to_their_column_over_wrapped_lines() {
        let mut editor = typed("abcdefghij\nx\nabcdef");
        editor.width = 5;
        assert_eq!(editor.place(5), (4, 1));
        editor.go_lines(-1, false);
        press(&mut editor, KeyCode::End, KeyModifiers::NONE);
        editor.go_lines(-2, false);
        assert_eq!(editor.line_and_column(), (2, 2));
        editor.go_lines(-1, false);
        assert_eq!(editor.place(5), (1, 1));
    }

    #[test]
    fn spaces_that_hang_over_a_lines_end_keep_the_cursor_at_the_edge() {
        let mut editor = typed("abcde");
        assert_eq!(editor.place(7), (0, 5));
        editor.insert("     ");
        assert_eq!(editor.place(7), (0, 7));
    }

    #[test]
    fn readline_keys_delete_what_they_say() {
        let mut editor = typed("one two\nthree four");
        editor.width = 20;
        editor.kill_word();
        assert_eq!(editor.text(), "one two\nthree ");
        editor.kill_start();
        assert_eq!(editor.text(), "one two\n");
        editor.to_line_start();
        editor.go_lines(-1, false);
        editor.kill_end();
        editor.kill_end();
        assert_eq!(editor.text(), "");
    }

    proptest! {
        #[test]
        fn no_key_leaves_the_cursor_within_a_grapheme(
            steps in prop::collection::vec((0_u8..14, "[a漢e\u{301}👩\u{200d}💻 \n]{0,3}"), 0..60),
        ) {
            let mut editor = Editor::new(Rows::Many, "á\n👩‍💻 漢字");
            editor.width = 7;
            for (step, text) in steps {
                let (none, shift, control) =
                    (KeyModifiers::NONE, KeyModifiers::SHIFT, KeyModifiers::CONTROL);
                match step {
                    0 => editor.insert(&text),
                    1 => press(&mut editor, KeyCode::Backspace, none),
                    2 => press(&mut editor, KeyCode::Delete, none),
                    3 => press(&mut editor, KeyCode::Left, shift),
                    4 => press(&mut editor, KeyCode::Right, none),
                    5 => press(&mut editor, KeyCode::Up, shift),
                    6 => press(&mut editor, KeyCode::Down, none),
                    7 => press(&mut editor, KeyCode::Left, control),
                    8 => press(&mut editor, KeyCode::End, none),
                    9 => editor.kill_word(),
                    10 => editor.kill_end(),
                    11 => { editor.undo(); }
                    12 => { editor.redo(); }
                    _ => editor.go_lines(-5, false),
                }
                prop_assert!(editor.text().is_char_boundary(editor.cursor));
                let (line, column) = editor.place(7);
                prop_assert!(line < editor.flow.lines_with_end(7));
                prop_assert!(column <= 7, "{column}");
            }
        }
    }
}
