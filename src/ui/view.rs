//! One frame: reads everything, changes nothing, says where it drew.

use ratatui::{Frame, layout::Rect};

use super::{
    keymap::Keymap,
    layout::{Attention, Class, Pane, Wants, arrange},
    modal::End,
    paint::{Brush, Edge},
    panes::{attention, brief, cards, dialog, memory, plan, session, status, timeline},
    place::{Drawn, Ui},
    theme::{Role, Theme},
    wish::Facts,
};
use crate::domain::attention as what_waits;

/// All that a frame is drawn from.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    pub facts: Facts<'a>,
    pub ui: &'a Ui,
    pub theme: &'a Theme,
    pub keys: &'a Keymap,
}

/// Draws one frame. Only rows that are seen are laid out.
pub fn view(scene: &Scene<'_>, frame: &mut Frame<'_>) -> Drawn {
    let area = frame.area();
    let Scene { facts, ui, theme, .. } = *scene;
    let waiting = facts.state.goal().map(what_waits).unwrap_or_default();
    let shown = ui.session(facts);
    let others = cards::others(facts, shown.map(|one| &one.key));
    let wants = Wants {
        focus: ui.focus,
        zoom: ui.zoom,
        others: u16::try_from(others.len()).unwrap_or(u16::MAX),
        widths: ui.widths,
        attention: if waiting.is_empty() { Attention::Quiet } else { Attention::Waits },
    };
    let places = arrange(area, wants);
    let mut brush = Brush { buffer: frame.buffer_mut(), theme, glyphs: ui.glyphs };
    // A frame begins blank: only the style is laid over it.
    brush.shade(area, Role::Panel);
    let mut drawn = Drawn {
        cursor: None,
        page: (0, 0),
        asked: 0,
        plan_top: ui.plan.top,
        timeline_top: None,
        tabs: Vec::new(),
        cards: Vec::new(),
        timeline_rows: Vec::new(),
        session: shown.map(|one| one.key.clone()),
        approval: End::Unseen,
        places: places.clone(),
    };
    if places.class == Class::TooSmall && ui.modals.is_empty() {
        too_small(&mut brush, scene, area, waiting.len());
        return drawn;
    }
    if places.class != Class::TooSmall {
        status::top(&mut brush, scene, places.top, &waiting);
        if let Some(tabs) = places.tabs {
            drawn.tabs = status::tabs(&mut brush, scene, tabs, shown);
        }
        if let Some(rect) = places.plan {
            drawn.plan_top = plan::draw(&mut brush, scene, &places, rect);
        }
        if let Some(rect) = places.session {
            match shown {
                Some(one) => session::draw(&mut brush, scene, &places, rect, one),
                None => brief::draw(&mut brush, scene, &places, rect),
            }
        }
        for (rect, session) in places.cards.iter().zip(others) {
            cards::draw(&mut brush, scene, &places, *rect, session);
            drawn.cards.push((*rect, session.key.clone()));
        }
        if let Some(rect) = places.timeline {
            drawn.timeline_rows = timeline::draw(&mut brush, scene, &places, rect);
            // A cursor that the story does not reach back to yet keeps its place.
            let told = facts.story.oldest();
            let reached = ui.timeline.cursor.is_none_or(|seq| told.is_some_and(|old| old <= seq));
            let top = drawn.timeline_rows.first().map(|(_, seq)| *seq);
            drawn.timeline_top = top.filter(|_| reached);
        }
        if let Some(rect) = places.attention {
            attention::draw(&mut brush, scene, rect, &waiting);
        }
    }
    if let Some(past) = ui.past {
        memory::past(&mut brush, scene, places.top, past);
    }
    let said = status::bottom(&mut brush, scene, places.status, shown);
    for (at, modal) in ui.modals.iter().enumerate() {
        let top = at + 1 == ui.modals.len();
        dialog::draw(&mut brush, scene, &places, said, modal, &waiting, top.then_some(&mut drawn));
    }
    if !ui.chord.is_empty() {
        status::which_key(&mut brush, scene, &places);
    }
    if let Some((x, y)) = drawn.cursor {
        frame.set_cursor_position((x, y));
    }
    drawn
}

/// Draws a pane's border, or its title line where there is no room for one, and gives the inside.
pub(super) fn pane(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    borders: bool,
    rect: Rect,
    pane: Pane,
    edge: &Edge<'_>,
) -> Rect {
    let focused = scene.ui.focus == pane && scene.ui.modals.is_empty();
    let title = format!("[{}] {}", pane.number(), edge.title);
    let edge = Edge { title: &title, focused, ..*edge };
    if borders { brush.frame(rect, &edge) } else { brush.heading(rect, &edge) }
}

fn too_small(brush: &mut Brush<'_>, scene: &Scene<'_>, area: Rect, waiting: usize) {
    let (width, height) = (area.width, area.height);
    let waits = if waiting > 0 { format!("{waiting} waiting. ") } else { String::new() };
    let text = format!(
        "{waits}{width}x{height} is too small, {}x{} is needed. a open, q quit",
        super::layout::MIN_WIDTH,
        super::layout::MIN_HEIGHT
    );
    let flow = super::wrap::Flow::of(&text);
    let columns = usize::from(width.max(1));
    for row in 0..area.height {
        let line = flow.line(columns, usize::from(row));
        brush.put(area.x, area.y + row, width, line, Role::Text);
    }
    // Nobody may take a demo for earnest, nor earnest for contained, however small the window is.
    let rows = u16::try_from(flow.count(columns)).unwrap_or(u16::MAX).min(area.height);
    let below =
        Rect { y: area.y.saturating_add(rows), height: area.height.saturating_sub(rows), ..area };
    status::signs(brush, scene, below);
}
