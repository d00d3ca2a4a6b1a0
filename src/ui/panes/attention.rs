//! The attention bar: what waits for the person, the most urgent in full.

use ratatui::layout::Rect;

use super::super::{
    action::Action,
    glyph::of_waiting,
    paint::{Brush, countdown, duration},
    theme::Role,
    view::Scene,
    wrap::width,
};
use crate::domain::{Waiting, WaitingId, WaitingKind};

/// How many wait, in words.
pub(in super::super) fn counts(waits: &[Waiting]) -> String {
    let mut parts: Vec<(&'static str, usize)> = Vec::new();
    for one in waits {
        let word = one.kind.word();
        match parts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => parts.push((word, 1)),
        }
    }
    let shown = parts.iter().map(|(word, count)| match count {
        1 => format!("1 {word}"),
        many => format!("{many} × {word}"),
    });
    shown.collect::<Vec<_>>().join(" · ")
}

/// The first line of what is said of something that waits.
pub(in super::super) fn text(scene: &Scene<'_>, waiting: &Waiting) -> String {
    let goal = scene.facts.state.goal();
    let task = waiting.task.as_ref().and_then(|id| goal?.task(id));
    let held = task.filter(|_| waiting.kind == WaitingKind::Held);
    held.and_then(|task| super::plan::held(scene, task))
        .unwrap_or_else(|| waiting.text.lines().next().unwrap_or_default().to_owned())
}

/// Whether a brief waits because the claim before it was refuted.
fn is_refuted(scene: &Scene<'_>, waiting: &Waiting) -> bool {
    let task = waiting.task.as_ref().and_then(|id| scene.facts.state.goal()?.task(id));
    waiting.kind == WaitingKind::Brief && task.is_some_and(|task| task.refuted().is_some())
}

/// A held server in few words.
fn held(scene: &Scene<'_>, waiting: &Waiting) -> String {
    let WaitingId::Provider(name) = &waiting.id else { return waiting.what.clone() };
    let hold = scene.facts.state.goal().and_then(|goal| goal.holds.get(name));
    hold.map_or_else(|| waiting.what.clone(), |hold| format!("`{name}` is {}", hold.class.word()))
}

/// How long something has waited, where it is known.
pub(in super::super) fn age(scene: &Scene<'_>, waiting: &Waiting) -> Option<u64> {
    let WaitingId::Command { run, .. } = &waiting.id else { return None };
    let block = scene.facts.story.asking_block(*run)?;
    Some(scene.facts.now.at.saturating_sub(block.at))
}

/// Draws the bar.
pub(in super::super) fn draw(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    rect: Rect,
    waits: &[Waiting],
) {
    let Some(first) = waits.first() else { return };
    let (mark, role) = of_waiting(first.kind);
    let top = scene.ui.layer();
    let key = |action: Action, word: &str| format!("{} {word}", scene.keys.key_of(top, action));
    let keys = format!("{}   {}", key(Action::Answer, "open"), key(Action::Waiting, "list"));
    let keys_wide = u16::try_from(width(&keys)).unwrap_or(0);
    let keys_shown = scene.ui.modals.is_empty() && rect.width > keys_wide * 2;
    let end = if keys_shown { rect.right().saturating_sub(keys_wide + 2) } else { rect.right() };
    let mut x = rect.x + 1;
    x += brush.put(x, rect.y, 2, brush.glyphs.of(mark), role) + 1;
    let counts = counts(waits);
    x += brush.put(x, rect.y, (end - rect.x) / 2, &counts, role) + 2;
    let text = text(scene, first);
    let what = match (first.until, &first.task) {
        // A countdown stands before what may be cut off: where there is little room for it the words
        // are fewer.
        (Some(until), _) => {
            let left = countdown(until, scene.facts.now.at);
            let long = format!("{}  {left}", first.what);
            if width(&long) <= usize::from(end.saturating_sub(x)) {
                format!("{long}: {text}")
            } else {
                format!("asked again in {left}: {}: {text}", held(scene, first))
            }
        }
        // That a claim was refuted comes before what the task is called.
        (None, Some(id)) if is_refuted(scene, first) => format!("{id}: {text}"),
        (None, _) => {
            let waited = age(scene, first).map(|age| format!("  {}", duration(age)));
            format!("{}: {text}{}", first.what, waited.unwrap_or_default())
        }
    };
    brush.put(x, rect.y, end.saturating_sub(x), &what, Role::Text);
    if keys_shown {
        brush.put_right(Rect { width: rect.width - 1, ..rect }, &keys, Role::KeyUrgent);
    }
}
