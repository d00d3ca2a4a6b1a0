//! Putting text on the screen: the one door through which text of others comes, cut to its place.

use ratatui::{
    buffer::{Buffer, Cell},
    layout::Rect,
    style::Style,
};

use super::{
    clean,
    glyph::{Glyphs, Mark},
    theme::{Role, Theme},
    wrap::{fitting, width},
};

/// Bytes per column that are looked at when a text is cut; more than any real text needs.
const BYTES_PER_COLUMN: usize = 40;

/// Draws within a buffer; whatever lies outside is left out.
pub struct Brush<'a> {
    pub buffer: &'a mut Buffer,
    pub theme: &'a Theme,
    pub glyphs: Glyphs,
}

/// What a pane's border says.
#[derive(Default)]
pub struct Edge<'a> {
    pub title: &'a str,
    /// At the right of the top.
    pub note: &'a str,
    /// At the right of the bottom, with its role.
    pub foot: &'a str,
    pub focused: bool,
}

/// A text made safe and cut to so many columns, with `…` where something is missing.
pub fn cut(text: &str, columns: usize, glyphs: Glyphs) -> String {
    let most = text.floor_char_boundary((columns + 1).saturating_mul(BYTES_PER_COLUMN));
    let mut line = clean::line(&text[..most]);
    if most == text.len() && width(&line) <= columns {
        return line;
    }
    let (bytes, _) = fitting(&line, columns.saturating_sub(1));
    line.truncate(bytes);
    if columns > 0 {
        line.push_str(glyphs.of(Mark::More));
    }
    line
}

impl Brush<'_> {
    /// A style of the theme.
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// Writes a text at a place, at most so many columns, and says how many it took.
    pub fn put(&mut self, x: u16, y: u16, columns: u16, text: &str, role: Role) -> u16 {
        let style = self.style(role);
        self.put_styled(x, y, columns, text, style)
    }

    /// Writes a text in a style of its own.
    pub fn put_styled(&mut self, x: u16, y: u16, columns: u16, text: &str, style: Style) -> u16 {
        let area = self.buffer.area;
        if y < area.y || y >= area.bottom() || x < area.x || x >= area.right() {
            return 0;
        }
        let columns = columns.min(area.right() - x);
        let text = cut(text, usize::from(columns), self.glyphs);
        if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            // Most of a screen: a letter is a column, and need not be looked for.
            let mut end = x;
            for (letter, at) in text.chars().zip(x..x + columns) {
                if let Some(cell) = self.buffer.cell_mut((at, y)) {
                    cell.set_char(letter).set_style(style);
                }
                end = at + 1;
            }
            return end - x;
        }
        let (end, _) = self.buffer.set_stringn(x, y, &text, usize::from(columns), style);
        end - x
    }

    /// Writes a text that ends at the right of a place, and says how many columns it took.
    pub fn put_right(&mut self, rect: Rect, text: &str, role: Role) -> u16 {
        let wide = u16::try_from(width(text)).unwrap_or(u16::MAX).min(rect.width);
        self.put(rect.right() - wide, rect.y, wide, text, role)
    }

    /// Lays a style over a place and blanks it.
    pub fn clear(&mut self, rect: Rect, role: Role) {
        let rect = rect.intersection(self.buffer.area);
        let mut blank = Cell::default();
        blank.set_style(self.style(role));
        for y in rect.y..rect.bottom() {
            for x in rect.x..rect.right() {
                if let Some(cell) = self.buffer.cell_mut((x, y)) {
                    cell.clone_from(&blank);
                }
            }
        }
    }

    /// Lays a style over a place and leaves its text.
    pub fn shade(&mut self, rect: Rect, role: Role) {
        let rect = rect.intersection(self.buffer.area);
        let style = self.style(role);
        self.buffer.set_style(rect, style);
    }

    /// Draws a border with what it says, and gives the place within, a blank column apart.
    pub fn frame(&mut self, rect: Rect, edge: &Edge<'_>) -> Rect {
        let role = if edge.focused { Role::BorderFocus } else { Role::Border };
        let [tl, tr, bl, br, horizontal, vertical] = self.glyphs.border(edge.focused);
        if rect.width < 4 || rect.height < 2 {
            return Rect { height: 0, ..rect };
        }
        let (right, bottom) = (rect.right() - 1, rect.bottom() - 1);
        let style = self.style(role);
        let mut mark = |x: u16, y: u16, symbol: &str| {
            if let Some(cell) = self.buffer.cell_mut((x, y)) {
                cell.set_symbol(symbol).set_style(style);
            }
        };
        for x in rect.x + 1..right {
            mark(x, rect.y, horizontal);
            mark(x, bottom, horizontal);
        }
        for y in rect.y + 1..bottom {
            mark(rect.x, y, vertical);
            mark(right, y, vertical);
        }
        let corners =
            [(rect.x, rect.y, tl), (right, rect.y, tr), (rect.x, bottom, bl), (right, bottom, br)];
        for (x, y, corner) in corners {
            mark(x, y, corner);
        }
        let top = Rect { x: rect.x + 2, width: rect.width.saturating_sub(4), height: 1, ..rect };
        self.title(top, edge);
        if !edge.foot.is_empty() {
            let foot = format!(" {} ", edge.foot);
            self.put_right(Rect { y: bottom, ..top }, &foot, role);
        }
        Rect { x: rect.x + 2, y: rect.y + 1, width: rect.width - 4, height: rect.height - 2 }
    }

    /// Draws a title line instead of a border, and gives the place below.
    pub fn heading(&mut self, rect: Rect, edge: &Edge<'_>) -> Rect {
        if rect.height == 0 {
            return rect;
        }
        let role = if edge.focused { Role::Selection } else { Role::CursorIdle };
        self.shade(Rect { height: 1, ..rect }, role);
        let foot = [edge.note, edge.foot].join(" ");
        self.title(Rect { height: 1, ..rect }, &Edge { note: foot.trim(), ..*edge });
        Rect { y: rect.y + 1, height: rect.height - 1, ..rect }
    }

    /// Draws a list, a row each: as many as fit, the one at the cursor among them and marked.
    pub fn list(
        &mut self,
        rect: Rect,
        cursor: usize,
        count: usize,
        mut draw: impl FnMut(&mut Self, usize, Rect),
    ) {
        let cursor = cursor.min(count.saturating_sub(1));
        let top = (cursor + 1).saturating_sub(usize::from(rect.height.max(1)));
        for (at, y) in (top..count).zip(rect.y..rect.bottom()) {
            let row = Rect { y, height: 1, ..rect };
            draw(self, at, row);
            if at == cursor {
                self.shade(row, Role::Cursor);
            }
        }
    }

    fn title(&mut self, at: Rect, edge: &Edge<'_>) {
        let role = if edge.focused { Role::BorderFocus } else { Role::Title };
        let title = format!(" {} ", edge.title);
        let taken = self.put(at.x, at.y, at.width, &title, role);
        if !edge.note.is_empty() {
            let note = format!(" {} ", edge.note);
            let left = at.width.saturating_sub(taken);
            if usize::from(left) >= width(&note) {
                self.put_right(at, &note, Role::Muted);
            }
        }
    }
}

/// Milliseconds as a person reads them: `0:41`, `12:03`, `1:02:03`.
pub fn duration(millis: u64) -> String {
    let seconds = millis / 1_000;
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{rest:02}")
    } else {
        format!("{minutes}:{rest:02}")
    }
}

/// The time until a moment, both in milliseconds since 1970 UTC: rounded up, so that it never says
/// 0:00 while it is not there yet.
pub fn countdown(until: u64, now: u64) -> String {
    duration(until.saturating_sub(now).div_ceil(1_000) * 1_000)
}

/// A count as a person reads it: `940`, `41.2k`, `1.3M`.
pub fn count(number: u64) -> String {
    match number {
        0..1_000 => number.to_string(),
        1_000..1_000_000 => format!("{}.{}k", number / 1_000, number % 1_000 / 100),
        _ => format!("{}.{}M", number / 1_000_000, number % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_graphemes_and_says_so() {
        assert_eq!(cut("漢字漢字", 5, Glyphs::Unicode), "漢字…");
        assert_eq!(cut("plain", 5, Glyphs::Unicode), "plain");
        assert_eq!(cut("plain text", 0, Glyphs::Unicode), "");
        assert_eq!(cut(&"x".repeat(1 << 20), 3, Glyphs::Ascii), "xx~");
        assert_eq!(cut("a\x1b[2J\u{202e}", 40, Glyphs::Unicode), "a␛[2J‹U+202E›");
    }

    #[test]
    fn times_and_counts_are_short() {
        assert_eq!(
            [0, 41_000, 723_000, 3_723_000].map(duration),
            ["0:00", "0:41", "12:03", "1:02:03"]
        );
        assert_eq!([940, 41_230, 1_350_000].map(count), ["940", "41.2k", "1.3M"]);
    }
}
