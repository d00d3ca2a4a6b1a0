//! The session: blocks, live text, and where the person reads.

use ratatui::layout::Rect;

use super::{
    super::{
        block::{Block, BlockKind, BlockState},
        glyph::{Mark, of_block},
        layout::{Pane, Places},
        live::{Going, LiveKind},
        paint::{Brush, Edge, count, duration},
        place::{Reading, SessionPlace, Sign},
        reel::{Reel, ReelRow},
        session::Session,
        theme::Role,
        view::{Scene, pane},
        wrap::width,
    },
    plan::spin,
};

/// Why a session under way stands still in a window that only reads.
const ELSEWHERE: &str = "live text is in the window that works";

/// What is said of a text that no event holds because its run was stopped.
const UNFINISHED: &str = "broken off: not part of the record";

/// What a session is called: its task's title, or the planning.
pub(in super::super) fn title(scene: &Scene<'_>, session: &Session) -> String {
    match &session.key.task {
        None => "Planning".to_owned(),
        Some(id) => {
            let spec = scene.facts.state.goal().and_then(|goal| goal.task(id));
            spec.map_or_else(|| id.to_string(), |task| task.spec.title.clone())
        }
    }
}

/// Draws the session that is shown.
pub(in super::super) fn draw(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    places: &Places,
    rect: Rect,
    session: &Session,
) {
    let ui = scene.ui;
    let place = ui.place_of(&session.key);
    let inner = places.inside(rect);
    let reel = Reel::new(session, scene.facts.live, &place.folds, ui.thoughts, inner.width);
    let height = usize::from(inner.height);
    let (top, foot) = match place.reading {
        Reading::Follow => (
            reel.bottom(height),
            match session.run {
                // Only what is logged comes here: a screen that stands still must not look stuck.
                Some(_) if ui.standing.marks.contains(&Sign::ReadOnly) => ELSEWHERE.to_owned(),
                Some(_) => "FOLLOW".to_owned(),
                None => String::new(),
            },
        ),
        Reading::At { top, known } => {
            let down = brush.glyphs.of(Mark::Down);
            (reel.settle(top), format!("{} {down} End", below(session, known)))
        }
    };
    let title = title(scene, session);
    let note = note(scene, session);
    let edge = Edge { title: &title, note: &note, foot: &foot, ..Edge::default() };
    let inside = pane(brush, scene, places.borders, rect, Pane::Session, &edge);
    let mut at = top;
    for y in inside.y..inside.bottom() {
        let Some(row) = reel.row(at) else { break };
        let line = Rect { y, height: 1, ..inside };
        draw_row(brush, scene, row, line, &reel, &place);
        at = reel.forward(at, 1);
    }
}

/// What is below the place where the person reads. Blocks are counted; of a text that still comes
/// in it is only sure that there is more.
pub(in super::super) fn below(session: &Session, known: u64) -> String {
    match session.end().saturating_sub(known) {
        0 => "more below".to_owned(),
        new => format!("{new} new"),
    }
}

fn note(scene: &Scene<'_>, session: &Session) -> String {
    let mut parts = Vec::new();
    if let Some(run) = session.run {
        let waits = scene.facts.state.goal().is_some_and(|goal| goal.waits_on_person(run));
        let began = session.blocks().rev().find(|one| one.kind == BlockKind::Stage);
        let open = began.map(|block| duration(scene.facts.now.at.saturating_sub(block.at)));
        let mark = if waits { "! waits for you" } else { spin(scene) };
        parts.push(format!("{mark} {}", open.unwrap_or_default()));
    }
    if !session.model.is_empty() {
        parts.push(session.model.clone());
    }
    if session.usage.total() > 0 {
        parts.push(format!("{} tok", count(session.usage.total())));
    }
    parts.join("  ")
}

/// The role of a block's text.
fn text_role(block: &Block, row: &str) -> Role {
    let begins = |mark: char| block.body.whole_of(row).starts_with(mark);
    match block.kind {
        BlockKind::Edit if begins('+') => Role::Add,
        BlockKind::Edit if begins('-') => Role::Remove,
        BlockKind::Check if begins('✓') => Role::Done,
        BlockKind::Check if begins('✗') => Role::Failed,
        BlockKind::Thought => Role::Thought,
        BlockKind::Message | BlockKind::Brief | BlockKind::Verdict => Role::Message,
        BlockKind::Person => Role::Person,
        BlockKind::Stage
        | BlockKind::Read
        | BlockKind::Edit
        | BlockKind::Run
        | BlockKind::Check
        | BlockKind::Note => Role::Output,
    }
}

fn draw_row(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    row: ReelRow<'_>,
    line: Rect,
    reel: &Reel<'_>,
    place: &SessionPlace,
) {
    let text = Rect { x: line.x + 2, width: line.width.saturating_sub(2), ..line };
    match row {
        ReelRow::Gap => {}
        ReelRow::Head(block) => {
            head(brush, scene, block, line, reel.is_open(block));
            if place.cursor == Some(block.id) && scene.ui.focus == Pane::Session {
                brush.shade(line, Role::Cursor);
            }
        }
        ReelRow::Text(block, words) => {
            brush.put(text.x, text.y, text.width, words, text_role(block, words));
            let hit = place.hit.filter(|hit| hit.block == block.id).and_then(|hit| hit.byte);
            let is_hit = hit.is_some_and(|byte| block.body.bytes_of(words).contains(&byte));
            let is_meant = hit.is_none() && block.kind == BlockKind::Message;
            if place.cursor == Some(block.id) && (is_hit || is_meant) {
                brush.shade(line, Role::CursorIdle);
            }
            found(brush, scene, words, text);
        }
        ReelRow::More(block, rows) => {
            let key = scene
                .keys
                .key_of(super::super::keymap::Layer::Session, super::super::action::Action::Open);
            let cut = if block.cut > 0 { ", more in the log (o)" } else { "" };
            let words =
                format!("{} {rows} more lines{cut}   {key} unfolds", brush.glyphs.of(Mark::More));
            brush.put(text.x, text.y, text.width, &words, Role::Faint);
        }
        ReelRow::LiveHead(piece) => {
            let word = match piece.kind {
                LiveKind::Thought => "Thinking",
                LiveKind::Message => "Writing",
                LiveKind::Call => "Calling",
                LiveKind::Output => "Running",
            };
            let wide = line.width.saturating_sub(2);
            match piece.going {
                Going::On => {
                    brush.put(line.x, line.y, 1, spin(scene), Role::Running);
                    brush.put(line.x + 2, line.y, wide, word, Role::Tool);
                }
                Going::BrokenOff => {
                    let (mark, role) = of_block(BlockKind::Message, BlockState::Denied);
                    brush.put(line.x, line.y, 1, brush.glyphs.of(mark), role);
                    let word = format!("{word}, {UNFINISHED}");
                    brush.put(line.x + 2, line.y, wide, &word, role);
                }
            }
        }
        ReelRow::LiveText(piece, words) => {
            let role = match (piece.going, piece.kind) {
                (Going::BrokenOff, _) => Role::Faint,
                (Going::On, LiveKind::Thought) => Role::Thought,
                (Going::On, LiveKind::Message) => Role::Message,
                (Going::On, LiveKind::Call) => Role::Tool,
                (Going::On, LiveKind::Output) => Role::Output,
            };
            brush.put(text.x, text.y, text.width, words, role);
        }
    }
}

/// Marks what was searched for.
fn found(brush: &mut Brush<'_>, scene: &Scene<'_>, words: &str, line: Rect) {
    let Some(wanted) = scene.ui.search.as_deref().filter(|text| !text.is_empty()) else { return };
    // Letters of ASCII alone change case without changing their place.
    let (low, wanted) = (words.to_ascii_lowercase(), wanted.to_ascii_lowercase());
    for (at, hit) in low.match_indices(&wanted) {
        let x = u16::try_from(width(&words[..at])).unwrap_or(u16::MAX);
        let wide = u16::try_from(width(hit)).unwrap_or(u16::MAX);
        let x = line.x.saturating_add(x);
        brush.shade(
            Rect { x, width: wide.min(line.right().saturating_sub(x)), ..line },
            Role::Match,
        );
    }
}

/// The line of a block: state, verb, object, result, time.
pub(in super::super) fn head(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    block: &Block,
    line: Rect,
    open: bool,
) {
    let (mark, role) = of_block(block.kind, block.state);
    let glyph = match block.state {
        BlockState::Live if scene.facts.now.at.saturating_sub(block.at) > 0 => spin(scene),
        BlockState::Done if open && !block.body.is_empty() => brush.glyphs.of(Mark::Open),
        BlockState::Live
        | BlockState::Done
        | BlockState::Failed
        | BlockState::Waits
        | BlockState::Denied => brush.glyphs.of(mark),
    };
    brush.put(line.x, line.y, 1, glyph, role);
    let time = match (block.millis, block.state) {
        (Some(millis), _) => duration(millis),
        (None, BlockState::Live | BlockState::Waits) => {
            duration(scene.facts.now.at.saturating_sub(block.at))
        }
        (None, BlockState::Done | BlockState::Failed | BlockState::Denied) => String::new(),
    };
    let time_wide = u16::try_from(width(&time)).unwrap_or(0);
    brush.put_right(line, &time, Role::Muted);
    let mut x = line.x + 2;
    let end = line.right().saturating_sub(time_wide + 1);
    x += brush.put(x, line.y, end.saturating_sub(x), &format!("{:<8} ", block.verb), Role::Tool);
    let object_role = match block.kind {
        BlockKind::Thought => Role::Thought,
        BlockKind::Person => Role::Person,
        BlockKind::Stage => Role::Heading,
        BlockKind::Brief
        | BlockKind::Message
        | BlockKind::Read
        | BlockKind::Edit
        | BlockKind::Run
        | BlockKind::Check
        | BlockKind::Verdict
        | BlockKind::Note => Role::Text,
    };
    // The result keeps a third of the line: how it came out matters as much as what it was.
    let result_wide = u16::try_from(width(&block.result)).unwrap_or(u16::MAX);
    let room = end.saturating_sub(x);
    let keep = if block.result.is_empty() { 0 } else { result_wide.min(room / 3) + 2 };
    x += brush.put(x, line.y, room.saturating_sub(keep), &block.object, object_role);
    if !block.result.is_empty() {
        let result_role = match block.state {
            BlockState::Failed => Role::Failed,
            BlockState::Waits => Role::Waiting,
            BlockState::Live | BlockState::Done | BlockState::Denied => Role::Muted,
        };
        x += 2;
        brush.put(x, line.y, end.saturating_sub(x), &block.result, result_role);
    }
}
