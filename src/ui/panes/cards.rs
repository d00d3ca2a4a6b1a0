//! Other sessions under way: a card each, or a line where room is short. Their order is fixed.

use ratatui::layout::Rect;

use super::{
    super::{
        layout::{Class, Places},
        paint::{Brush, Edge},
        session::{Session, SessionKey},
        theme::Role,
        view::Scene,
        wish::Facts,
    },
    plan::spin,
    session::{head, title},
};

/// Sessions of the goal with a run under way, the one shown left out.
pub(in super::super) fn others<'a>(
    facts: Facts<'a>,
    shown: Option<&SessionKey>,
) -> Vec<&'a Session> {
    let Some(goal) = facts.state.goal() else { return Vec::new() };
    facts
        .story
        .sessions()
        .iter()
        .filter(|one| one.key.goal == goal.id && one.run.is_some() && Some(&one.key) != shown)
        .collect()
}

/// Draws a card, or one line of it.
pub(in super::super) fn draw(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    places: &Places,
    rect: Rect,
    session: &Session,
) {
    let name = title(scene, session);
    let run = session.run;
    let waits = run
        .is_some_and(|run| scene.facts.state.goal().is_some_and(|goal| goal.waits_on_person(run)));
    let note = if waits { "! waits for you" } else { spin(scene) };
    if rect.height == 1 {
        let role = if waits { Role::Waiting } else { Role::Running };
        let words = format!("{note} {name}");
        let taken = brush.put(rect.x + 1, rect.y, rect.width / 3, &words, role);
        if let Some(block) = session.blocks().next_back() {
            let x = rect.x + 3 + taken;
            let words = format!("{} {} {}", block.verb, block.object, block.result);
            brush.put(x, rect.y, rect.right().saturating_sub(x), &words, Role::Muted);
        }
        return;
    }
    let edge = Edge { title: &name, note, ..Edge::default() };
    let inside = if places.class == Class::TooSmall { rect } else { brush.frame(rect, &edge) };
    let live = run.map(|run| scene.facts.live.of(run)).unwrap_or_default();
    let live_rows = u16::try_from(live.len()).unwrap_or(u16::MAX).min(1);
    let rows = inside.height.saturating_sub(live_rows);
    let blocks: Vec<_> = session.blocks().rev().take(usize::from(rows)).collect();
    let mut y = inside.y;
    for block in blocks.into_iter().rev() {
        let row = Rect { y, height: 1, ..inside };
        if block.has_head() {
            head(brush, scene, block, row, false);
        } else {
            let wide = usize::from(inside.width.max(1));
            let text = block.body.line(wide, 0);
            brush.put(row.x + 2, y, row.width.saturating_sub(2), text, Role::Message);
        }
        y += 1;
    }
    if let Some(piece) = live.last().filter(|_| y < inside.bottom()) {
        let wide = usize::from(inside.width.saturating_sub(2).max(1));
        let last = piece.flow.count(wide).saturating_sub(1);
        let text = piece.flow.line(wide, last);
        brush.put(inside.x + 2, y, inside.width.saturating_sub(2), text, Role::Output);
    }
}
