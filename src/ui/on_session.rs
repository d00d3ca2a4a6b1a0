//! Keys in the session pane: reading, folding, finding.

use std::collections::BTreeMap;

use super::{
    action::Action,
    block::{Block, BlockState},
    layout::Pane,
    place::{Hit, Reading, SessionPlace, Tone, Ui},
    reel::{Anchor, Fold, Reel},
    session::Session,
    wish::{Facts, Wish},
};

/// A session with the place where it is read, and how much of it was on the screen.
struct Sight<'a> {
    session: &'a Session,
    place: SessionPlace,
    height: usize,
    width: u16,
    thoughts: Fold,
}

impl Sight<'_> {
    fn top(&self, reel: &Reel<'_>) -> Anchor {
        match self.place.reading {
            Reading::Follow => reel.bottom(self.height),
            Reading::At { top, .. } => reel.settle(top),
        }
    }

    /// Reads on from a row; at the end, follows.
    fn read_from(&mut self, top: Anchor, bottom: Anchor) {
        let known = match self.place.reading {
            Reading::Follow => self.session.end(),
            Reading::At { known, .. } => known,
        };
        self.place.reading =
            if top >= bottom { Reading::Follow } else { Reading::At { top, known } };
    }

    /// Stays where it is, whatever comes.
    fn stay(&mut self, reel: &Reel<'_>) {
        let top = self.top(reel);
        if self.place.reading == Reading::Follow {
            self.place.reading = Reading::At { top, known: self.session.end() };
        }
    }
}

impl Ui {
    /// Performs an action in the session pane.
    pub(super) fn on_session(&mut self, action: Action, facts: Facts<'_>) -> Option<Wish> {
        let session = self.session(facts)?;
        let inner = self.drawn.as_ref().map(|drawn| drawn.places.inner(Pane::Session));
        let inner = inner.unwrap_or_default();
        let mut sight = Sight {
            session,
            place: self.place_of(&session.key),
            height: usize::from(inner.height.max(1)),
            width: inner.width.max(3),
            thoughts: self.thoughts,
        };
        if matches!(action, Action::NextMatch | Action::PreviousMatch) {
            let said = self.find(action, &mut sight, facts);
            self.sessions.insert(session.key.clone(), sight.place);
            self.says_found(said, facts);
            return None;
        }
        let wish = Self::see(action, &mut sight, facts);
        self.sessions.insert(session.key.clone(), sight.place);
        wish
    }

    /// A click on a row: the block there becomes the one that keys mean; the next click unfolds it.
    pub(super) fn click_session(&mut self, row: usize, facts: Facts<'_>) {
        let Some(session) = self.session(facts) else { return };
        let inner = self.drawn.as_ref().map(|drawn| drawn.places.inner(Pane::Session));
        let inner = inner.unwrap_or_default();
        let mut place = self.place_of(&session.key);
        let folds = place.folds.clone();
        let reel = Reel::new(session, facts.live, &folds, self.thoughts, inner.width.max(3));
        let height = usize::from(inner.height.max(1));
        let top = match place.reading {
            Reading::Follow => reel.bottom(height),
            Reading::At { top, .. } => reel.settle(top),
        };
        let at = reel.forward(top, row);
        let Some(block) = session.get(at.block) else { return };
        if place.reading == Reading::Follow {
            place.reading = Reading::At { top, known: session.end() };
        }
        if place.cursor == Some(block.id) {
            let fold = if reel.is_open(block) { Fold::Closed } else { Fold::Open };
            place.folds.insert(block.id, fold);
        }
        place.cursor = Some(block.id);
        self.sessions.insert(session.key.clone(), place);
    }

    /// Goes to the next match of what is looked for, round the end.
    fn find(&self, action: Action, sight: &mut Sight<'_>, facts: Facts<'_>) -> Found {
        let Some(wanted) = self.search.as_ref().map(|text| text.to_ascii_lowercase()) else {
            return Found::NotAsked;
        };
        let folds = sight.place.folds.clone();
        let reel = Reel::new(sight.session, facts.live, &folds, sight.thoughts, sight.width);
        let blocks = sight.session.blocks();
        let all: Vec<Hit> = blocks.flat_map(|block| hits(block, &wanted)).collect();
        let way = if action == Action::NextMatch { Way::Down } else { Way::Up };
        let from = start(sight, &reel, way);
        let last = sight.place.hit.filter(|hit| sight.place.cursor == Some(hit.block));
        let is_on = |hit: &Hit| last.map_or(hit.block > from, |last| *hit > last);
        let is_back = |hit: &Hit| last.map_or(hit.block < from, |last| *hit < last);
        let next = match way {
            Way::Down => all.iter().position(is_on),
            Way::Up => all.iter().rposition(is_back),
        };
        let round = match way {
            Way::Down => 0,
            Way::Up => all.len().saturating_sub(1),
        };
        let at = next.unwrap_or(round);
        let Some(hit) = all.get(at) else { return Found::Nothing };
        show_hit(sight, facts, *hit);
        let turn = if next.is_some() { None } else { Some(way) };
        Found::At { number: at + 1, of: all.len(), turn }
    }

    /// Says how many matches there are, and which this one is.
    fn says_found(&mut self, found: Found, facts: Facts<'_>) {
        let wanted = super::clean::line(self.search.as_deref().unwrap_or_default());
        let (text, tone) = match found {
            Found::NotAsked => ("nothing is looked for yet: / finds".to_owned(), Tone::Plain),
            Found::Nothing => (format!("no match of `{wanted}` in this session"), Tone::Fault),
            Found::At { number, of, turn } => {
                let turn = match turn {
                    None => "",
                    Some(Way::Down) => ", on from the top",
                    Some(Way::Up) => ", on from the end",
                };
                (format!("match {number} of {of} of `{wanted}`{turn}"), Tone::Plain)
            }
        };
        self.say(text, tone, facts.now.up);
    }

    fn see(action: Action, sight: &mut Sight<'_>, facts: Facts<'_>) -> Option<Wish> {
        let folds = sight.place.folds.clone();
        let reel = Reel::new(sight.session, facts.live, &folds, sight.thoughts, sight.width);
        let (page, bottom) = (sight.height, reel.bottom(sight.height));
        let top = sight.top(&reel);
        let mut wish = None;
        match action {
            Action::Down => sight.read_from(reel.forward(top, 1), bottom),
            Action::Up => sight.read_from(reel.back(top, 1), bottom),
            Action::HalfDown => sight.read_from(reel.forward(top, page / 2), bottom),
            Action::HalfUp => sight.read_from(reel.back(top, page / 2), bottom),
            Action::PageDown => sight.read_from(reel.forward(top, page), bottom),
            Action::PageUp => sight.read_from(reel.back(top, page), bottom),
            Action::Top => sight.read_from(reel.start(), bottom),
            Action::Bottom => sight.place.reading = Reading::Follow,
            Action::Follow => match sight.place.reading {
                Reading::Follow => sight.stay(&reel),
                Reading::At { .. } => sight.place.reading = Reading::Follow,
            },
            Action::Open | Action::Left | Action::Right => {
                let block = meant(sight, &reel);
                if let Some(block) = block {
                    sight.stay(&reel);
                    let open = match action {
                        Action::Left => Fold::Closed,
                        Action::Right => Fold::Open,
                        _ if reel.is_open(block) => Fold::Closed,
                        _ => Fold::Open,
                    };
                    sight.place.folds.insert(block.id, open);
                    sight.place.cursor = Some(block.id);
                }
            }
            Action::FoldKind => {
                if let Some(block) = meant(sight, &reel) {
                    sight.stay(&reel);
                    let open = if reel.is_open(block) { Fold::Closed } else { Fold::Open };
                    let same = sight.session.blocks().filter(|one| one.kind == block.kind);
                    let ids: Vec<u64> = same.map(|one| one.id).collect();
                    sight.place.folds.extend(ids.into_iter().map(|id| (id, open)));
                }
            }
            Action::NextBlock => go(sight, &reel, Way::Down, |_| true),
            Action::PreviousBlock => go(sight, &reel, Way::Up, |_| true),
            Action::NextError => go(sight, &reel, Way::Down, is_failure),
            Action::PreviousError => go(sight, &reel, Way::Up, is_failure),
            Action::Whole => {
                wish = meant(sight, &reel).map(|block| Wish::Pager { seq: block.seq });
            }
            Action::Copy => {
                wish = meant(sight, &reel).map(|block| Wish::Copy { text: told(block) });
            }
            _ => {}
        }
        wish
    }
}

fn is_failure(block: &Block) -> bool {
    block.state == BlockState::Failed
}

/// A block as text.
fn told(block: &Block) -> String {
    let head = format!("{} {} {}", block.verb, block.object, block.result);
    format!("{}\n{}", head.trim(), block.body.text())
}

/// A session as Markdown.
pub(super) fn transcript(session: &Session) -> String {
    let mut text = String::new();
    for block in session.blocks() {
        if block.has_head() {
            let head = format!("**{}** {} {}", block.verb, block.object, block.result);
            text.push_str(head.trim());
            text.push_str("\n\n");
        }
        if !block.body.is_empty() {
            let (fence, end) = match block.kind {
                super::block::BlockKind::Message | super::block::BlockKind::Brief => ("", "\n\n"),
                _ => ("```text\n", "\n```\n\n"),
            };
            text.push_str(fence);
            text.push_str(block.body.text().trim_end());
            text.push_str(end);
        }
    }
    text
}

/// The block that keys mean: the one at the cursor, else the last on the screen.
fn meant<'a>(sight: &Sight<'a>, reel: &Reel<'_>) -> Option<&'a Block> {
    if let Some(block) = sight.place.cursor.and_then(|id| sight.session.get(id)) {
        return Some(block);
    }
    let last = reel.forward(sight.top(reel), sight.height.saturating_sub(1));
    let last = last.block.min(sight.session.end().saturating_sub(1));
    sight.session.get(last)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Down,
    Up,
}

/// What came of looking for a text.
#[derive(Clone, Copy)]
enum Found {
    /// No text was given.
    NotAsked,
    Nothing,
    /// This one of so many lines; `turn`: it was come to round the end.
    At {
        number: usize,
        of: usize,
        turn: Option<Way>,
    },
}

/// The lines of a block in which something stands, the one above its text first.
fn hits(block: &Block, wanted: &str) -> Vec<Hit> {
    let has = |text: &str| text.to_ascii_lowercase().contains(wanted);
    let in_head = block.has_head() && has(&block.object);
    let mut all = Vec::new();
    if in_head {
        all.push(Hit { block: block.id, byte: None });
    }
    let mut start = 0;
    for line in block.body.text().split_inclusive('\n') {
        // A text often begins with what stands above it: that is one line to a person.
        let again = start == 0 && in_head && line.contains(block.object.trim());
        if let Some(at) = line.to_ascii_lowercase().find(wanted).filter(|_| !again) {
            all.push(Hit { block: block.id, byte: Some(start + at) });
        }
        start += line.len();
    }
    all
}

/// Puts the cursor on the block of a match, unfolds it where the match is hidden, and brings its
/// row onto the screen.
fn show_hit(sight: &mut Sight<'_>, facts: Facts<'_>, hit: Hit) {
    sight.place.hit = Some(hit);
    let session = sight.session;
    let row_in = |folds: &BTreeMap<u64, Fold>, sight: &Sight<'_>| {
        let reel = Reel::new(session, facts.live, folds, sight.thoughts, sight.width);
        hit.byte.map(|byte| reel.row_at(hit.block, byte))
    };
    if row_in(&sight.place.folds, sight) == Some(None) {
        sight.place.folds.insert(hit.block, Fold::Open);
    }
    let folds = sight.place.folds.clone();
    let reel = Reel::new(session, facts.live, &folds, sight.thoughts, sight.width);
    let Some(row) = row_in(&folds, sight).flatten() else { return show(sight, &reel, hit.block) };
    sight.place.cursor = Some(hit.block);
    let top = sight.top(&reel);
    let here = Anchor { block: hit.block, row };
    if here < top || here >= reel.forward(top, sight.height) {
        // A few rows of what stands above it come along.
        let above = reel.back(here, sight.height / 3);
        sight.read_from(above, reel.bottom(sight.height));
    } else {
        sight.stay(&reel);
    }
}

/// The block that going on begins at.
fn start(sight: &Sight<'_>, reel: &Reel<'_>, way: Way) -> u64 {
    let at = meant(sight, reel).map(|block| block.id);
    match (sight.place.cursor, at, way) {
        (None, Some(at), Way::Up) => at + 1,
        (_, at, _) => at.unwrap_or_default(),
    }
}

/// Goes to the next block of a kind, and brings it onto the screen.
fn go(sight: &mut Sight<'_>, reel: &Reel<'_>, way: Way, wanted: impl Fn(&Block) -> bool) {
    let from = start(sight, reel, way);
    let found = match way {
        Way::Down => sight.session.blocks().find(|one| one.id > from && wanted(one)),
        Way::Up => sight.session.blocks().rev().find(|one| one.id < from && wanted(one)),
    };
    if let Some(id) = found.map(|block| block.id) {
        show(sight, reel, id);
    }
}

/// Puts the cursor on a block, and brings it onto the screen.
fn show(sight: &mut Sight<'_>, reel: &Reel<'_>, id: u64) {
    sight.place.cursor = Some(id);
    let (top, end) = (sight.top(reel), reel.forward(sight.top(reel), sight.height));
    let here = Anchor { block: id, row: 0 };
    let whole = reel.forward(here, reel.rows_of(id).min(sight.height));
    if here < top || whole > end {
        sight.read_from(here, reel.bottom(sight.height));
    } else {
        sight.stay(reel);
    }
}
