//! The timeline: what a person would tell, newest first, each tied to its task.

use ratatui::layout::Rect;

use super::super::{
    layout::{Pane, Places},
    paint::{Brush, Edge},
    story::Row,
    theme::Role,
    view::{Scene, pane},
    wrap::Flow,
};
use crate::domain::Seq;

/// Columns of the time in front.
const TIME: u16 = 6;
/// Most rows of an entry.
const ROWS: usize = 3;

/// Draws the timeline and says in which row each entry begins.
pub(in super::super) fn draw(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    places: &Places,
    rect: Rect,
) -> Vec<(u16, Seq)> {
    let story = scene.facts.story;
    let place = scene.ui.timeline;
    let new = place.top.map_or(0, |top| story.rows_after(top));
    let total = story.rows().len().to_string();
    let foot = if new > 0 { format!("{new} newer, Home") } else { String::new() };
    let edge = Edge { title: "Timeline", note: &total, foot: &foot, ..Edge::default() };
    let inside = pane(brush, scene, places.borders, rect, Pane::Timeline, &edge);
    if story.rows().len() == 0 {
        let text =
            "Nothing has happened yet. What you, the planner and the sessions do is told here.";
        super::plan::paragraph(brush, inside, text, Role::Muted);
        return Vec::new();
    }
    let skip = first(scene, inside);
    let mut y = inside.y;
    let mut rows = Vec::new();
    for row in story.rows().skip(skip) {
        if y >= inside.bottom() {
            break;
        }
        rows.push((y, row.seq));
        let room = Rect { y, height: inside.bottom() - y, ..inside };
        let taken = draw_row(brush, scene, row, room);
        if selected(scene) == Some(row.seq) {
            let focused = scene.ui.focus == Pane::Timeline;
            let role = if focused { Role::Cursor } else { Role::CursorIdle };
            brush.shade(Rect { height: 1, ..room }, role);
        }
        y += taken;
    }
    rows
}

/// The entry at the cursor: the newest unless the person has gone elsewhere.
fn selected(scene: &Scene<'_>) -> Option<Seq> {
    let newest = || scene.facts.story.rows().next().map(|row| row.seq);
    scene.ui.timeline.cursor.or_else(newest)
}

/// How many entries stand above the first one drawn, so that the cursor is among those drawn.
fn first(scene: &Scene<'_>, inside: Rect) -> usize {
    let story = scene.facts.story;
    let place = scene.ui.timeline;
    // What was kept may be older than all that is told so far.
    let last = story.rows().len().saturating_sub(1);
    let place_of = |seq: Seq| story.rows_after(seq).min(last);
    let skip = place.top.map_or(0, place_of);
    let Some(cursor) = place.cursor.map(place_of) else { return skip };
    if cursor <= skip {
        return cursor;
    }
    // From the cursor upwards as many entries as fit.
    let mut left = inside.height;
    let mut first = cursor;
    for (above, row) in story.rows().rev().skip(last - cursor).enumerate() {
        let tall = height(&flow(row), inside.width);
        if tall > left || above > cursor {
            break;
        }
        left -= tall;
        first = cursor - above;
    }
    skip.max(first)
}

fn flow(row: &Row) -> Flow {
    Flow::safe(format!("{} {}", row.word, row.text))
}

fn height(flow: &Flow, wide: u16) -> u16 {
    let wide = usize::from(wide.saturating_sub(TIME).max(1));
    u16::try_from(flow.count(wide).min(ROWS)).unwrap_or(1)
}

fn draw_row(brush: &mut Brush<'_>, scene: &Scene<'_>, row: &Row, room: Rect) -> u16 {
    brush.put(room.x, room.y, TIME, &clock(row.at, scene.facts.now.ahead), Role::Muted);
    let flow = flow(row);
    let wide = room.width.saturating_sub(TIME);
    let columns = usize::from(wide.max(1));
    let rows = height(&flow, room.width).min(room.height);
    for line in 0..rows {
        let text = flow.line(columns, usize::from(line));
        let last = line + 1 == rows && flow.count(columns) > usize::from(rows);
        let text = if last { format!("{}…", text.trim_end()) } else { text.to_owned() };
        brush.put(room.x + TIME, room.y + line, wide, &text, Role::Text);
    }
    let word = u16::try_from(row.word.len()).unwrap_or(0).min(wide);
    let at = Rect { x: room.x + TIME, width: word, height: 1, ..room };
    brush.shade(at, role(row.word));
    rows
}

/// How an entry's word is drawn.
fn role(word: &str) -> Role {
    match word {
        "landed" | "merged" | "accepted" | "checked" => Role::Done,
        "fault" | "failed" | "conflict" | "refuted" | "denied" => Role::Failed,
        "asks" | "question" | "change" | "flagged" => Role::Waiting,
        "approved" | "rejected" | "answer" | "steered" | "allowed" | "You" => Role::Person,
        "lesson" | "follow-up" => Role::Review,
        _ => Role::Heading,
    }
}

/// Hours and minutes of a time.
pub(in super::super) fn clock(at: u64, ahead: i32) -> String {
    let minutes = i64::try_from(at / 60_000).unwrap_or_default() + i64::from(ahead);
    let of_day = minutes.rem_euclid(24 * 60);
    format!("{:02}:{:02}", of_day / 60, of_day % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_the_persons() {
        assert_eq!(clock(0, 0), "00:00");
        assert_eq!(clock(1_795_341_600_000, 90), "11:30");
        assert_eq!(clock(0, -60), "23:00");
    }
}
