//! The memory: a question, the lessons that have its words, and the events that it finds.

use ratatui::layout::Rect;

use super::{
    super::{
        ask::Ask,
        glyph::Mark,
        memory::{Entry, Memory},
        origin::age,
        paint::Brush,
        past::Moment,
        theme::Role,
        thought::{choices, told},
        view::Scene,
        wrap::width,
    },
    help::field,
    timeline::clock,
};
use crate::domain::CaptureId;

/// Columns of an event's number.
const NUMBER: u16 = 8;
/// Columns of a word for what happened.
const WORD: u16 = 11;

/// Draws the memory, and says where the terminal's cursor stands.
pub(in super::super) fn draw(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    inside: Rect,
    open: &Memory,
) -> Option<(u16, u16)> {
    let cursor = field(brush, inside, &open.editor);
    if open.editor.text().is_empty() {
        let hint = "task:parser kind:check by:planner since:1d words";
        brush.put(inside.x + 2, inside.y, inside.width.saturating_sub(2), hint, Role::Faint);
    }
    let entries = open.entries(scene.facts.state);
    let list =
        Rect { y: inside.y.saturating_add(2), height: inside.height.saturating_sub(2), ..inside };
    let note = open.found.as_ref().map_or("", |found| found.note.as_str());
    brush.put(inside.x, inside.y + 1, inside.width, note, Role::Waiting);
    if entries.is_empty() && open.found.is_some() {
        brush.put(list.x, list.y, list.width, "Nothing of this is remembered.", Role::Muted);
    }
    let words = Ask::of(open.editor.text()).words.to_ascii_lowercase();
    brush.list(list, open.cursor, entries.len(), |brush, at, row| {
        if let Some(entry) = entries.get(at) {
            draw_entry(brush, scene, entry, &words, row);
        }
    });
    cursor
}

fn draw_entry(brush: &mut Brush<'_>, scene: &Scene<'_>, entry: &Entry<'_>, words: &str, row: Rect) {
    let now = scene.facts.now;
    let (number, word, role, text, ago) = match entry {
        Entry::Lesson(lesson) => (
            lesson.id.to_string(),
            if lesson.pinned { "pinned" } else { lesson.state.word() },
            Role::Review,
            format!("{} → {}", lesson.what.trigger.trim(), lesson.what.fix.trim()),
            age(now.at.saturating_sub(lesson.at)),
        ),
        Entry::Hit(hit) => (
            hit.seq.to_string(),
            hit.word,
            Role::Heading,
            hit.text.clone(),
            clock(hit.at, now.ahead),
        ),
    };
    let text = super::super::clean::line(&text);
    let aside = brush.put_right(row, &ago, Role::Muted);
    brush.put(row.x, row.y, NUMBER.min(row.width), &number, Role::Muted);
    let room = row.width.saturating_sub(aside + 1);
    let x = row.x + NUMBER;
    brush.put(x, row.y, room.saturating_sub(NUMBER).min(WORD), word, role);
    let x = x + WORD + 1;
    let room = room.saturating_sub(NUMBER + WORD + 1);
    let text = around(&text, words, usize::from(room), brush.glyphs.of(Mark::More));
    brush.put(x, row.y, room, &text, Role::Text);
    if let Some((start, end)) = hit(&text, words) {
        let before = u16::try_from(width(&text[..start])).unwrap_or(u16::MAX).min(room);
        let wide = u16::try_from(width(&text[start..end])).unwrap_or(0).min(room - before);
        brush.shade(Rect { x: x + before, width: wide, ..row }, Role::Match);
    }
}

/// The bytes of the first of these words in a text. Letters of ASCII alone change case without
/// changing their place.
fn hit(text: &str, words: &str) -> Option<(usize, usize)> {
    let low = text.to_ascii_lowercase();
    let all = words.split_whitespace();
    all.filter_map(|word| Some((low.find(word)?, word.len())))
        .min()
        .map(|(start, long)| (start, start + long))
}

/// A text from a little before what was found on, where that would not be in sight otherwise.
fn around(text: &str, words: &str, room: usize, more: &str) -> String {
    let Some((start, end)) = hit(text, words) else { return text.to_owned() };
    if width(&text[..end]) + 1 < room || width(text) <= room {
        return text.to_owned();
    }
    // A third of the room goes to what comes before it, from the start of a word.
    let lead = text[..start].char_indices().rev().nth(room / 3).map_or(0, |(at, _)| at);
    let from = text[lead..start].find(' ').map_or(lead, |at| lead + at + 1);
    format!("{more} {}", &text[from..])
}

/// What is left of a place below its first rows.
pub(in super::super) fn below(rect: Rect, rows: u16) -> Rect {
    let rows = rows.min(rect.height);
    Rect { y: rect.y + rows, height: rect.height - rows, ..rect }
}

/// Draws a thought with what it may become.
pub(in super::super) fn thought(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    inside: Rect,
    id: CaptureId,
    cursor: usize,
) {
    let Some(goal) = scene.facts.state.goal() else { return };
    let Some(capture) = goal.captures.get(&id) else { return };
    let above = Rect { height: inside.height / 2, ..inside };
    let taken = super::plan::paragraph(brush, above, &capture.text, Role::Text);
    let all = choices(goal, id);
    brush.list(below(inside, taken + 1), cursor, all.len(), |brush, at, row| {
        let text = all.get(at).map(told).unwrap_or_default();
        brush.put(row.x, row.y, row.width, &text, Role::Text);
    });
}

/// Says over the top bar that what is shown is not now.
pub(in super::super) fn past(brush: &mut Brush<'_>, scene: &Scene<'_>, rect: Rect, at: Moment) {
    use super::super::{action::Action, keymap::Layer};
    let key = |action| scene.keys.key_of(Layer::Timeline, action);
    let text = format!(
        // The way out comes before what may be cut off.
        " AS IT WAS at {}, event {}   {} now   {} fork   {} earlier   {} later   read only",
        clock(at.at, scene.facts.now.ahead),
        at.seq,
        key(Action::Back),
        key(Action::Fork),
        key(Action::Earlier),
        key(Action::Later),
    );
    brush.clear(rect, Role::Panel);
    brush.put(rect.x, rect.y, rect.width, &text, Role::Waiting);
    brush.shade(rect, Role::Selection);
}
