//! The mouse: it focuses, selects, scrolls and resizes. It opens what waits, and decides nothing.

use ratatui::{
    crossterm::event::{MouseButton, MouseEvent, MouseEventKind},
    layout::{Position, Rect},
};

use super::{
    action::Action,
    keymap::Keymap,
    layout::{Border, Pane},
    modal::Modal,
    place::Ui,
    plan_rows::rows,
    wish::{Facts, Wish},
};

/// Rows that one step of the wheel moves.
const STEP: usize = 3;
/// The narrowest that a pane is dragged to.
const NARROWEST: u16 = 16;

impl Ui {
    /// Takes an event of the mouse.
    pub fn mouse(&mut self, event: MouseEvent, keys: &Keymap, facts: Facts<'_>) -> Option<Wish> {
        let at = Position { x: event.column, y: event.row };
        let wish = match event.kind {
            MouseEventKind::ScrollDown => self.wheel(at, Action::Down, keys, facts),
            MouseEventKind::ScrollUp => self.wheel(at, Action::Up, keys, facts),
            MouseEventKind::Down(MouseButton::Left) => self.click(at, keys, facts),
            MouseEventKind::Drag(MouseButton::Left) => {
                self.drag(at);
                None
            }
            MouseEventKind::Up(MouseButton::Left) => {
                self.dragged = None;
                None
            }
            MouseEventKind::Down(_)
            | MouseEventKind::Up(_)
            | MouseEventKind::Drag(_)
            | MouseEventKind::Moved
            | MouseEventKind::ScrollLeft
            | MouseEventKind::ScrollRight => None,
        };
        self.held_back(wish, facts)
    }

    /// The wheel scrolls what lies under it; the focus stays where it is.
    fn wheel(
        &mut self,
        at: Position,
        action: Action,
        keys: &Keymap,
        facts: Facts<'_>,
    ) -> Option<Wish> {
        match self.modals.last_mut() {
            Some(Modal::Draft { editor, .. }) => {
                let lines = isize::try_from(STEP).unwrap_or(1);
                editor.go_lines(if action == Action::Down { lines } else { -lines }, false);
                return None;
            }
            // A choice is not moved by a wheel; a command longer than the dialog is.
            Some(Modal::Approval(_)) => {
                let page = if action == Action::Down { Action::PageDown } else { Action::PageUp };
                return self.on_dialog(page, keys, facts);
            }
            Some(_) => {
                for _ in 0..STEP {
                    self.on_dialog(action, keys, facts);
                }
                return None;
            }
            None => {}
        }
        let pane = self.pane_at(at)?;
        let focus = std::mem::replace(&mut self.focus, pane);
        // What was wished is what comes before the oldest row of the timeline.
        let mut wish = None;
        for _ in 0..STEP {
            wish = self.on_pane(action, facts).or(wish);
        }
        self.focus = focus;
        wish
    }

    fn pane_at(&self, at: Position) -> Option<Pane> {
        let places = &self.drawn.as_ref()?.places;
        Pane::ALL.into_iter().find(|pane| places.of(*pane).is_some_and(|rect| rect.contains(at)))
    }

    fn click(&mut self, at: Position, keys: &Keymap, facts: Facts<'_>) -> Option<Wish> {
        // A dialog is answered by keys: nothing is decided by a click that went astray.
        if !self.modals.is_empty() {
            return None;
        }
        let drawn = self.drawn.as_ref()?;
        let places = &drawn.places;
        if places.attention.is_some_and(|rect| rect.contains(at)) {
            return self.update(Action::Answer, keys, facts);
        }
        if let Some(border) = places.border_at(at) {
            self.dragged = Some(border);
            return None;
        }
        let on = |rect: &Rect| rect.contains(at);
        if let Some((_, pane)) = drawn.tabs.iter().find(|(rect, _)| on(rect)) {
            self.focus = *pane;
            return None;
        }
        if let Some((_, key)) = drawn.cards.iter().find(|(rect, _)| on(rect)) {
            self.shown = Some(key.clone());
            self.focus = Pane::Session;
            return None;
        }
        let pane = self.pane_at(at)?;
        let row = usize::from(at.y.checked_sub(places.inner(pane).y)?);
        if self.focus != pane {
            if pane == Pane::Session && self.shown.is_none() {
                self.shown = self.session(facts).map(|session| session.key.clone());
            }
            self.focus = pane;
        }
        match pane {
            Pane::Plan => self.click_plan(row, facts),
            Pane::Session => {
                self.click_session(row, facts);
                None
            }
            Pane::Timeline => self.click_timeline(at.y, facts),
        }
    }

    /// The first click on a row selects it, the next one opens it.
    fn click_plan(&mut self, row: usize, facts: Facts<'_>) -> Option<Wish> {
        let goal = facts.state.goal()?;
        let all = rows(goal, &self.plan.folded);
        let top = self.drawn.as_ref().map_or(0, |drawn| drawn.plan_top);
        let spot = all.get(top + row)?.spot();
        if self.plan.cursor.as_ref() == Some(&spot) {
            return self.on_plan(Action::Open, facts);
        }
        self.plan.cursor = Some(spot);
        self.shown = None;
        None
    }

    fn click_timeline(&mut self, y: u16, facts: Facts<'_>) -> Option<Wish> {
        let hits = &self.drawn.as_ref()?.timeline_rows;
        let seq = hits.iter().rev().find(|(from, _)| *from <= y).map(|(_, seq)| *seq)?;
        let newest = facts.story.rows().next().map(|row| row.seq);
        if self.row_at_cursor(facts).map(|row| row.seq) == Some(seq) {
            return self.on_timeline(Action::Open, facts);
        }
        self.timeline.cursor = Some(seq).filter(|seq| Some(*seq) != newest);
        None
    }

    fn drag(&mut self, at: Position) {
        let (Some(border), Some(drawn)) = (self.dragged, &self.drawn) else { return };
        let area = drawn.places.area;
        let most = area.width / 2;
        match border {
            Border::Plan => {
                let wide = at.x.saturating_sub(area.x).saturating_add(1);
                self.widths.plan = Some(wide.clamp(NARROWEST.min(most), most));
            }
            Border::Timeline => {
                let wide = area.right().saturating_sub(at.x);
                self.widths.timeline = Some(wide.clamp(NARROWEST.min(most), most));
            }
        }
    }
}
