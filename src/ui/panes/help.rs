//! Lists of actions: the help of a place, and the palette.

use ratatui::layout::Rect;

use super::super::{
    action::Action,
    editor::Editor,
    glyph::Mark,
    keymap::{Keymap, Layer},
    paint::Brush,
    theme::Role,
    view::Scene,
    wrap::width,
};

/// Most columns of an action's keys.
const KEYS: usize = 20;

/// One line of a list.
pub(in super::super) struct Entry {
    pub keys: String,
    pub action: Action,
}

fn fits(filter: &str, keys: &str, action: Action) -> bool {
    let wanted = filter.trim().to_lowercase();
    wanted.is_empty()
        || keys.split(" or ").any(|key| key == filter.trim())
        || action.doc().to_lowercase().contains(&wanted)
        || action.id().contains(&wanted)
}

/// What the help of a place lists: by name or by key.
pub(in super::super) fn help(keys: &Keymap, layer: Layer, filter: &str) -> Vec<Entry> {
    keys.help(layer)
        .into_iter()
        .filter(|(keys, action)| fits(filter, keys, *action))
        .map(|(keys, action)| Entry { keys, action })
        .collect()
}

/// What the palette lists: every action that means something outside its own dialog.
pub(in super::super) fn palette(keys: &Keymap, layer: Layer, filter: &str) -> Vec<Entry> {
    Action::ALL
        .iter()
        .filter(|action| !action.is_local())
        .map(|action| {
            let elsewhere = [layer, Layer::Plan, Layer::Session, Layer::Timeline];
            let bound = elsewhere.iter().map(|layer| keys.keys_of(*layer, *action));
            let keys = bound.into_iter().find(|keys| !keys.is_empty()).unwrap_or_default();
            Entry { keys: keys.join(" or "), action: *action }
        })
        .filter(|entry| fits(filter, &entry.keys, entry.action))
        .collect()
}

/// Draws a filter with its list, and says where the terminal's cursor stands.
pub(in super::super) fn draw(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    inside: Rect,
    filter: &Editor,
    entries: &[Entry],
    cursor: usize,
) -> Option<(u16, u16)> {
    let _ = scene;
    let at = field(brush, inside, filter);
    let list =
        Rect { y: inside.y.saturating_add(2), height: inside.height.saturating_sub(2), ..inside };
    if entries.is_empty() {
        brush.put(list.x, list.y, list.width, "Nothing has that name or key.", Role::Muted);
    }
    let shown = |entry: &Entry| whole_keys(&entry.keys, KEYS, brush.glyphs.of(Mark::More));
    let all: Vec<String> = entries.iter().map(shown).collect();
    let keys = all.iter().map(|one| width(one)).max().unwrap_or(0).min(KEYS);
    let keys = u16::try_from(keys).unwrap_or(0);
    brush.list(list, cursor, entries.len(), |brush, at, Rect { y, .. }| {
        let Some(entry) = entries.get(at) else { return };
        let own = all.get(at).map_or("", String::as_str);
        brush.put(list.x, y, keys, own, Role::Key);
        let x = list.x + keys + 2;
        let room = list.right().saturating_sub(x);
        let wide = brush.put(x, y, room, entry.action.doc(), Role::Text);
        let id = Rect { x: x + wide + 2, y, width: room.saturating_sub(wide + 2), height: 1 };
        if usize::from(id.width) > entry.action.id().len() {
            brush.put_right(id, entry.action.id(), Role::Faint);
        }
    });
    at
}

/// Draws a line that is being written, behind its mark, and says where the terminal's cursor
/// stands.
pub(in super::super) fn field(
    brush: &mut Brush<'_>,
    inside: Rect,
    editor: &Editor,
) -> Option<(u16, u16)> {
    let line = Rect { height: inside.height.min(1), ..inside };
    if line.is_empty() {
        return None;
    }
    let taken = brush.put(line.x, line.y, 2, "> ", Role::Key);
    let room = line.width.saturating_sub(taken);
    let (shown, column) = editor.sideways(usize::from(room));
    brush.put(line.x + taken, line.y, room, shown, Role::Text);
    let x = line.x + taken + u16::try_from(column).unwrap_or(0);
    (x < line.right()).then_some((x, line.y))
}

/// The first of an action's keys that fit whole, with a mark where there are more.
fn whole_keys(keys: &str, columns: usize, more: &str) -> String {
    if width(keys) <= columns {
        return keys.to_owned();
    }
    let mut shown = String::new();
    for key in keys.split(" or ") {
        let next = if shown.is_empty() { key.to_owned() } else { format!("{shown} or {key}") };
        if width(&next) + width(more) > columns {
            break;
        }
        shown = next;
    }
    shown + more
}
