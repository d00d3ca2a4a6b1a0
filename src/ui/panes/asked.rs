//! What the person is asked, which scrolls where it is longer than its dialog.

use ratatui::layout::Rect;

use super::{
    super::{
        action::Action,
        asked::{self, Begins},
        editor::Editor,
        glyph::Mark,
        paint::Brush,
        theme::Role,
        view::Scene,
        wrap::Flow,
    },
    dialog,
};
use crate::domain::QuestionId;

/// Says in the last row of a place that there is more to read than is shown.
fn says_more(brush: &mut Brush<'_>, scene: &Scene<'_>, rect: Rect, above: usize, below: usize) {
    let key = |action| scene.keys.key_of(scene.ui.layer(), action);
    let lines = |count| format!("{count} more line{}", if count == 1 { "" } else { "s" });
    let words = match (above, below) {
        (0, below) => format!("{} below: {}", lines(below), key(Action::PageDown)),
        (above, 0) => format!("{} above: {}", lines(above), key(Action::PageUp)),
        (above, below) => format!(
            "{} above, {below} below: {}, {}",
            lines(above),
            key(Action::PageUp),
            key(Action::PageDown)
        ),
    };
    let row = Rect { y: rect.bottom().saturating_sub(1), height: 1, ..rect };
    brush.put(row.x, row.y, row.width, &words, Role::Waiting);
}

/// Draws what is to be confirmed, from a line on.
pub(super) fn confirm(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    inside: Rect,
    text: &str,
    top: usize,
) {
    let (flow, columns) = (Flow::of(text), usize::from(inside.width.max(1)));
    let all = flow.count(columns);
    let shown = asked::shown(all, usize::from(inside.height));
    let top = top.min(all - shown);
    for (row, y) in (0..shown).zip(inside.y..inside.bottom()) {
        brush.put(inside.x, y, inside.width, flow.line(columns, top + row), Role::Text);
    }
    if shown < all && inside.height > 0 {
        says_more(brush, scene, inside, top, all - top - shown);
    }
}

/// Draws a question with its options and the field of the answer, and says where the terminal's
/// cursor stands, how big the field is and how many rows the question has.
pub(super) fn question(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    inside: Rect,
    open: (QuestionId, &Editor, Option<usize>, usize),
) -> (Option<(u16, u16)>, Rect, usize) {
    let (id, editor, choice, top) = open;
    let goal = scene.facts.state.goal();
    let Some(asked) = goal.and_then(|goal| goal.questions.get(&id)) else {
        return (None, inside, 0);
    };
    let above = Rect { height: inside.height.saturating_sub(3), ..inside };
    let all = asked::lines(asked, usize::from(inside.width));
    let shown = asked::shown(all.len(), usize::from(above.height));
    let top = top.min(all.len() - shown);
    for (line, y) in all.iter().skip(top).take(shown).zip(above.y..above.bottom()) {
        let row = Rect { y, height: 1, ..above };
        let Some((at, begins)) = line.option else {
            brush.put(row.x, y, row.width, &line.text, Role::Heading);
            continue;
        };
        let chosen = choice == Some(at);
        if begins == Begins::Here {
            // A colour alone would not say it.
            let mark = if chosen { brush.glyphs.of(Mark::Folded) } else { " " };
            brush.put(row.x, y, row.width, &format!("{mark} {}", at + 1), Role::Text);
        }
        let lead = asked::lead().min(row.width);
        brush.put(row.x + lead, y, row.width - lead, &line.text, Role::Text);
        if chosen {
            brush.shade(row, Role::Cursor);
        }
    }
    if shown < all.len() && above.height > 0 {
        says_more(brush, scene, above, top, all.len() - top - shown);
    }
    let below = inside.bottom() - above.bottom();
    let hint = Rect { y: above.bottom(), height: below.min(1), ..inside };
    if hint.height > 0 {
        let words = if asked.options.is_empty() {
            "Your answer:"
        } else {
            "Your answer (a number or Up and Down choose, or write):"
        };
        brush.put(hint.x, hint.y, hint.width, words, Role::Muted);
    }
    let field = Rect { y: hint.bottom(), height: below - hint.height, ..inside };
    (dialog::text(brush, field, editor), field, usize::from(above.height))
}
