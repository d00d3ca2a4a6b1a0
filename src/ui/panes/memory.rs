//! The memory: a question, the lessons that have its words, and the events that it finds.

use ratatui::layout::Rect;

use super::{
    super::{
        memory::{Entry, Memory},
        origin::age,
        paint::Brush,
        past::Moment,
        theme::Role,
        thought::{choices, told},
        view::Scene,
    },
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
    let line = Rect { height: 1, ..inside };
    let taken = brush.put(line.x, line.y, 2, "> ", Role::Key);
    let room = line.width.saturating_sub(taken);
    brush.put(line.x + taken, line.y, room, open.editor.text(), Role::Text);
    if open.editor.text().is_empty() {
        let hint = "task:parser kind:check by:planner since:1d words";
        brush.put(line.x + taken, line.y, room, hint, Role::Faint);
    }
    let entries = open.entries(scene.facts.state);
    let list =
        Rect { y: inside.y.saturating_add(2), height: inside.height.saturating_sub(2), ..inside };
    let note = open.found.as_ref().map_or("", |found| found.note.as_str());
    brush.put(inside.x, inside.y + 1, inside.width, note, Role::Waiting);
    if entries.is_empty() && open.found.is_some() {
        brush.put(list.x, list.y, list.width, "Nothing of this is remembered.", Role::Muted);
    }
    brush.list(list, open.cursor, entries.len(), |brush, at, row| {
        if let Some(entry) = entries.get(at) {
            draw_entry(brush, scene, entry, row);
        }
    });
    let (_, column) = open.editor.place(usize::from(room.max(1)));
    let x = line.x + taken + u16::try_from(column).unwrap_or(0);
    (inside.height > 0 && x < line.right()).then_some((x, line.y))
}

fn draw_entry(brush: &mut Brush<'_>, scene: &Scene<'_>, entry: &Entry<'_>, row: Rect) {
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
    brush.put(x, row.y, room.saturating_sub(NUMBER + WORD + 1), &text, Role::Text);
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
        " AS IT WAS at {}, event {}: read only   {} earlier   {} later   {} fork   {} now",
        clock(at.at, scene.facts.now.ahead),
        at.seq,
        key(Action::Earlier),
        key(Action::Later),
        key(Action::Fork),
        key(Action::Back),
    );
    brush.clear(rect, Role::Panel);
    brush.put(rect.x, rect.y, rect.width, &text, Role::Waiting);
    brush.shade(rect, Role::Selection);
}
