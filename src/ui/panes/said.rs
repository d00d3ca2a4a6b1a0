//! What the program says to the person, over the bottom of the screen.

use ratatui::layout::Rect;

use super::super::{
    clean,
    glyph::Mark,
    paint::Brush,
    place::{Toast, Tone},
    theme::Role,
    wrap::{Flow, width},
};

/// Most rows of text; a longer one ends with a mark that there was more.
const MAX_ROWS: usize = 4;

/// Draws it on the status bar up to `end`, or over the rows above too where it is longer than that,
/// and says how many rows above the status bar it took.
pub(in super::super) fn draw(brush: &mut Brush<'_>, toast: &Toast, status: Rect, end: u16) -> u16 {
    let role = match toast.tone {
        Tone::Plain => Role::Accent,
        Tone::Fault => Role::Error,
    };
    let x = status.x + 1;
    let room = end.saturating_sub(x + 1);
    let text = clean::block(toast.text.trim());
    if !text.contains('\n') && width(&text) <= usize::from(room) {
        brush.put(x, status.y, room, &text, role);
        return 0;
    }
    let columns = status.width.saturating_sub(2).max(1);
    let flow = Flow::of(&text);
    let all = flow.count(usize::from(columns));
    let shown = all.min(MAX_ROWS);
    let last = width(flow.line(usize::from(columns), shown - 1).trim_end());
    // The words at the right stay: the last row goes beside them or above them.
    let more = brush.glyphs.of(Mark::More);
    let is_beside = last + usize::from(all > shown) * 2 <= usize::from(room);
    let above = u16::try_from(shown - usize::from(is_beside)).unwrap_or(0);
    let above = above.min(status.y.saturating_sub(1));
    let top = status.y - above;
    brush.clear(Rect { y: top, height: above, ..status }, Role::Panel);
    for (row, y) in (0..shown).zip(top..=status.y) {
        let line = flow.line(usize::from(columns), row).trim_end();
        let wide = if y == status.y { room } else { columns };
        let mark = if row + 1 == shown && shown < all { more } else { "" };
        brush.put(x, y, wide, format!("{line} {mark}").trim_end(), role);
    }
    above
}
