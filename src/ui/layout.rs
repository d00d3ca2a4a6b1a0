//! Where everything stands, decided anew for every frame from its size.

use ratatui::layout::{Position, Rect};
use serde::{Deserialize, Serialize};

/// The smallest size that all is drawn in.
pub const MIN_WIDTH: u16 = 60;
/// The smallest height that all is drawn in.
pub const MIN_HEIGHT: u16 = 16;
/// Below this height panes have no borders.
const BORDERS_FROM: u16 = 20;
/// Below this height there are no cards of other sessions.
const CARDS_FROM: u16 = 36;
/// Rows of a card: two borders and three lines.
const CARD: u16 = 5;

/// The size classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    TooSmall,
    /// One pane at a time.
    Small,
    /// Plan over session.
    Portrait,
    /// Plan and session.
    Narrow,
    Medium,
    Large,
    ExtraLarge,
}

impl Class {
    /// The class of a size. A window too short for its width's class takes the next narrower one.
    pub fn of(width: u16, height: u16) -> Self {
        match (width, height) {
            (..MIN_WIDTH, _) | (_, ..MIN_HEIGHT) => Class::TooSmall,
            (..100, 50..) => Class::Portrait,
            (200.., 36..) => Class::ExtraLarge,
            (140.., 32..) => Class::Large,
            (110.., 28..) => Class::Medium,
            (92.., _) => Class::Narrow,
            _ => Class::Small,
        }
    }

    /// Whether there is room for this pane beside the others.
    fn shows_timeline(self) -> bool {
        match self {
            Class::Medium | Class::Large | Class::ExtraLarge => true,
            Class::TooSmall | Class::Small | Class::Portrait | Class::Narrow => false,
        }
    }
}

/// The three panes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pane {
    #[default]
    Plan,
    Session,
    Timeline,
}

impl Pane {
    /// The panes in order.
    pub const ALL: [Pane; 3] = [Pane::Plan, Pane::Session, Pane::Timeline];

    /// The number in its title.
    pub fn number(self) -> u8 {
        match self {
            Pane::Plan => 1,
            Pane::Session => 2,
            Pane::Timeline => 3,
        }
    }

    /// The pane after this one.
    #[must_use]
    pub fn next(self) -> Pane {
        match self {
            Pane::Plan => Pane::Session,
            Pane::Session => Pane::Timeline,
            Pane::Timeline => Pane::Plan,
        }
    }
}

/// How much room the focused pane takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Zoom {
    #[default]
    Normal,
    Half,
    Full,
}

/// What the layout depends on besides the size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    pub focus: Pane,
    pub zoom: Zoom,
    /// Sessions under way besides the one shown.
    pub others: u16,
    pub attention: Attention,
    pub widths: Widths,
}

/// Widths that the person has dragged panes to, in columns; `None`: as the size class has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Widths {
    pub plan: Option<u16>,
    pub timeline: Option<u16>,
}

/// A border between panes that can be dragged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Border {
    /// At the right of the plan.
    Plan,
    /// At the left of the timeline.
    Timeline,
}

/// Whether something waits for the person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attention {
    #[default]
    Quiet,
    Waits,
}

/// The places of a frame. A pane that is not shown has no place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    pub class: Class,
    pub area: Rect,
    pub top: Rect,
    /// The row of tabs where only one pane is shown.
    pub tabs: Option<Rect>,
    pub plan: Option<Rect>,
    pub session: Option<Rect>,
    pub timeline: Option<Rect>,
    /// Other sessions beside or below the one shown.
    pub cards: Vec<Rect>,
    pub attention: Option<Rect>,
    pub status: Rect,
    pub borders: bool,
}

impl Places {
    /// The place of a pane.
    pub fn of(&self, pane: Pane) -> Option<Rect> {
        match pane {
            Pane::Plan => self.plan,
            Pane::Session => self.session,
            Pane::Timeline => self.timeline,
        }
    }

    /// The border between panes at a place: two columns, one of each pane.
    pub fn border_at(&self, at: Position) -> Option<Border> {
        let beside = |rect: Rect, x: u16| {
            (rect.y..rect.bottom()).contains(&at.y) && (x..x.saturating_add(2)).contains(&at.x)
        };
        let parted = |rect: &Rect| self.borders && rect.width < self.area.width;
        if let Some(rect) = self.plan.filter(parted)
            && beside(rect, rect.right().saturating_sub(1))
        {
            return Some(Border::Plan);
        }
        let timeline = self.timeline.filter(parted)?;
        let drags = self.session.is_some() && beside(timeline, timeline.x.saturating_sub(1));
        drags.then_some(Border::Timeline)
    }

    /// The rows within a pane's border.
    pub fn inner(&self, pane: Pane) -> Rect {
        self.of(pane).map_or(Rect::ZERO, |rect| self.inside(rect))
    }

    /// What a border or a title line leaves of a place.
    pub fn inside(&self, rect: Rect) -> Rect {
        if self.borders {
            Rect {
                x: rect.x.saturating_add(2),
                y: rect.y.saturating_add(1),
                width: rect.width.saturating_sub(4),
                height: rect.height.saturating_sub(2),
            }
        } else {
            Rect { y: rect.y.saturating_add(1), height: rect.height.saturating_sub(1), ..rect }
        }
    }
}

/// Takes rows off the top of a place.
fn take_top(from: &mut Rect, rows: u16) -> Rect {
    let rows = rows.min(from.height);
    let taken = Rect { height: rows, ..*from };
    from.y += rows;
    from.height -= rows;
    taken
}

/// Takes rows off the bottom of a place.
fn take_bottom(from: &mut Rect, rows: u16) -> Rect {
    let rows = rows.min(from.height);
    from.height -= rows;
    Rect { y: from.y + from.height, height: rows, ..*from }
}

/// Takes columns off the left of a place.
fn take_left(from: &mut Rect, columns: u16) -> Rect {
    let columns = columns.min(from.width);
    let taken = Rect { width: columns, ..*from };
    from.x += columns;
    from.width -= columns;
    taken
}

/// Takes columns off the right of a place.
fn take_right(from: &mut Rect, columns: u16) -> Rect {
    let columns = columns.min(from.width);
    from.width -= columns;
    Rect { x: from.x + from.width, width: columns, ..*from }
}

/// Decides where everything stands.
pub fn arrange(area: Rect, wants: Wants) -> Places {
    let class = Class::of(area.width, area.height);
    let mut body = area;
    let top = take_top(&mut body, 1);
    let status = take_bottom(&mut body, 1);
    let attention = match wants.attention {
        Attention::Waits => Some(take_bottom(&mut body, 1)),
        Attention::Quiet => None,
    };
    let mut places = Places {
        class,
        area,
        top,
        tabs: None,
        plan: None,
        session: None,
        timeline: None,
        cards: Vec::new(),
        attention,
        status,
        borders: area.height >= BORDERS_FROM,
    };
    if class == Class::TooSmall {
        return places;
    }
    if class == Class::Small {
        places.tabs = Some(take_top(&mut body, 1));
    }
    if wants.zoom == Zoom::Full || class == Class::Small {
        place(&mut places, wants.focus, body, wants);
        return places;
    }
    if class == Class::Portrait {
        let share = if wants.focus == Pane::Plan && wants.zoom == Zoom::Half { 2 } else { 3 };
        let plan = body.height * 10 / (share * 10 + u16::from(share == 3));
        places.plan = Some(take_top(&mut body, plan));
        let lower = if wants.focus == Pane::Timeline { Pane::Timeline } else { Pane::Session };
        place(&mut places, lower, body, wants);
        return places;
    }
    let (mut plan, mut timeline) = match class {
        Class::ExtraLarge => (40, 40),
        Class::Large => (40, 38),
        Class::Medium => (30, 29),
        Class::TooSmall | Class::Small | Class::Portrait | Class::Narrow => (30, 0),
    };
    // What was dragged in a wider window leaves room in a narrower one.
    let most = body.width / 2 - 10;
    plan = wants.widths.plan.unwrap_or(plan).min(most);
    if timeline > 0 {
        timeline = wants.widths.timeline.unwrap_or(timeline).min(most);
    }
    if wants.zoom == Zoom::Half {
        match wants.focus {
            Pane::Plan => plan = body.width / 2,
            Pane::Timeline => timeline = body.width / 2,
            Pane::Session => timeline = 0,
        }
    }
    places.plan = Some(take_left(&mut body, plan));
    if wants.focus == Pane::Timeline && !class.shows_timeline() {
        // Where there is no room beside it, the timeline is a drawer over the session.
        place(&mut places, Pane::Timeline, body, wants);
        return places;
    }
    if timeline > 0 {
        places.timeline = Some(take_right(&mut body, timeline));
    }
    place(&mut places, Pane::Session, body, wants);
    places
}

/// Gives a pane the room, with other sessions beside or below the one shown.
fn place(places: &mut Places, pane: Pane, mut room: Rect, wants: Wants) {
    let shared = pane == Pane::Session && wants.others > 0 && wants.zoom == Zoom::Normal;
    match places.class {
        Class::ExtraLarge if shared => {
            let most = if places.area.width >= 280 { 2 } else { 1 };
            let columns = wants.others.min(most) + 1;
            let width = room.width / columns;
            for _ in 1..columns {
                let card = take_right(&mut room, width);
                places.cards.insert(0, card);
            }
        }
        Class::Large | Class::Medium | Class::Portrait
            if shared && places.area.height >= CARDS_FROM =>
        {
            for _ in 0..wants.others.min(2) {
                let card = take_bottom(&mut room, CARD);
                places.cards.insert(0, card);
            }
        }
        Class::Small if shared => {
            let rows = wants.others.min(3);
            let strip = take_bottom(&mut room, rows);
            places.cards =
                (0..rows).map(|row| Rect { y: strip.y + row, height: 1, ..strip }).collect();
        }
        Class::ExtraLarge
        | Class::Large
        | Class::Medium
        | Class::Portrait
        | Class::Narrow
        | Class::Small
        | Class::TooSmall => {}
    }
    match pane {
        Pane::Plan => places.plan = Some(room),
        Pane::Session => places.session = Some(room),
        Pane::Timeline => places.timeline = Some(room),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(width: u16, height: u16, wants: Wants) -> String {
        let places = arrange(Rect::new(0, 0, width, height), wants);
        let rect = |one: Option<Rect>| {
            one.map_or("-".to_owned(), |r| format!("{}x{}@{},{}", r.width, r.height, r.x, r.y))
        };
        format!(
            "{width}x{height} {:?}: plan {} session {} timeline {} cards {}",
            places.class,
            rect(places.plan),
            rect(places.session),
            rect(places.timeline),
            places.cards.iter().map(|card| rect(Some(*card))).collect::<Vec<_>>().join(" "),
        )
    }

    #[test]
    fn every_class_has_its_places() {
        let wants = Wants { others: 2, ..Wants::default() };
        let sizes = [
            (300, 50),
            (220, 50),
            (220, 34),
            (160, 45),
            (140, 31),
            (120, 36),
            (120, 24),
            (100, 50),
            (99, 50),
            (95, 30),
            (80, 24),
            (60, 16),
            (59, 16),
            (60, 15),
        ];
        let lines: Vec<String> = sizes.iter().map(|(w, h)| told(*w, *h, wants)).collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        300x50 ExtraLarge: plan 40x48@0,1 session 74x48@40,1 timeline 40x48@260,1 cards 73x48@114,1 73x48@187,1
        220x50 ExtraLarge: plan 40x48@0,1 session 70x48@40,1 timeline 40x48@180,1 cards 70x48@110,1
        220x34 Large: plan 40x32@0,1 session 142x32@40,1 timeline 38x32@182,1 cards 
        160x45 Large: plan 40x43@0,1 session 82x33@40,1 timeline 38x43@122,1 cards 82x5@40,34 82x5@40,39
        140x31 Medium: plan 30x29@0,1 session 81x29@30,1 timeline 29x29@111,1 cards 
        120x36 Medium: plan 30x34@0,1 session 61x24@30,1 timeline 29x34@91,1 cards 61x5@30,25 61x5@30,30
        120x24 Narrow: plan 30x22@0,1 session 90x22@30,1 timeline - cards 
        100x50 Narrow: plan 30x48@0,1 session 70x48@30,1 timeline - cards 
        99x50 Portrait: plan 99x15@0,1 session 99x23@0,16 timeline - cards 99x5@0,39 99x5@0,44
        95x30 Narrow: plan 30x28@0,1 session 65x28@30,1 timeline - cards 
        80x24 Small: plan 80x21@0,2 session - timeline - cards 
        60x16 Small: plan 60x13@0,2 session - timeline - cards 
        59x16 TooSmall: plan - session - timeline - cards 
        60x15 TooSmall: plan - session - timeline - cards
        "#);
    }

    #[test]
    fn the_focused_pane_is_always_shown_and_all_places_lie_within_and_apart() {
        for (width, height) in (1..=300).step_by(7).flat_map(|w| (1..=70).map(move |h| (w, h))) {
            for focus in Pane::ALL {
                for zoom in [Zoom::Normal, Zoom::Half, Zoom::Full] {
                    let attention = Attention::Waits;
                    let widths = Widths { plan: Some(height * 3), timeline: Some(width) };
                    let wants = Wants { focus, zoom, others: 3, attention, widths };
                    let area = Rect::new(0, 0, width, height);
                    let places = arrange(area, wants);
                    let small = places.class == Class::TooSmall;
                    assert_eq!(places.of(focus).is_none(), small, "{width}x{height}");
                    let all: Vec<Rect> =
                        [Some(places.top), Some(places.status), places.tabs, places.plan]
                            .into_iter()
                            .chain([places.session, places.timeline])
                            .flatten()
                            .chain(places.attention)
                            .chain(places.cards.clone())
                            .collect();
                    for (at, one) in all.iter().enumerate() {
                        assert_eq!(one.intersection(area), *one, "{width}x{height} {wants:?}");
                        let apart = all[at + 1..].iter().all(|other| !one.intersects(*other));
                        assert!(apart || small, "{width}x{height} {wants:?} {places:?}");
                    }
                }
            }
        }
    }
}
