//! The top bar, the tabs, the status bar and the keys that may follow a prefix.

use ratatui::layout::Rect;

use super::{
    super::{
        action::Action,
        glyph::{Glyphs, Mark},
        keymap::Resolved,
        layout::{Class, Pane, Places},
        modal::{Arming, Modal},
        paint::{Brush, Edge, count},
        place::{Motion, Reading, Sign},
        session::Session,
        theme::Role,
        unsaved,
        view::Scene,
        wrap::width,
    },
    hints, said,
};
use crate::domain::{CommandPolicy, Goal, Phase, Spend, Standing, Waiting};

/// Most columns of what a text that was left is called.
const MAX_UNSAVED: usize = 24;

/// Most columns of the decision that would be taken back.
const MAX_UNDO: usize = 34;

/// Money as it is known: a sum, with `?` when a call had no price. Before any call nothing is
/// known of it, and what costs nothing is no sum.
pub(in super::super) fn money(spend: &Spend, glyphs: Glyphs) -> String {
    match (spend.cost.0, spend.unpriced) {
        (0, 0) if spend.calls == 0 => match glyphs {
            Glyphs::Unicode => "$–".to_owned(),
            Glyphs::Ascii => "$-".to_owned(),
        },
        (0, 0) => "$0".to_owned(),
        (_, 0) => spend.cost.to_string(),
        (0, _) => "$?".to_owned(),
        (_, _) => format!("{} + ?", spend.cost),
    }
}

/// Draws the top bar; what is less needed goes first when room is short.
pub(in super::super) fn top(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    rect: Rect,
    waits: &[Waiting],
) {
    let goal = scene.facts.state.goal();
    let right = goal.map(|goal| told(brush, goal, waits, rect.width)).unwrap_or_default();
    let right_wide = u16::try_from(width(&right)).unwrap_or(0).min(rect.width / 2);
    let end = rect.right().saturating_sub(right_wide + 2);
    let mut x = rect.x + 1;
    let standing = &scene.ui.standing;
    if rect.width >= 100 {
        x += brush.put(x, rect.y, end.saturating_sub(x), "chargehand", Role::Accent) + 2;
    }
    let branch = if standing.branch.is_empty() {
        String::new()
    } else {
        format!(" {} {}", brush.glyphs.of(Mark::Branch), standing.branch)
    };
    let place = format!("{}{branch}", standing.repository);
    x += brush.put(x, rect.y, end.saturating_sub(x).min(rect.width / 3), &place, Role::Muted) + 2;
    let text = goal.map_or("no goal yet", |goal| goal.text.as_str());
    let text = text.lines().next().unwrap_or_default();
    brush.put(x, rect.y, end.saturating_sub(x), text, Role::Heading);
    let at = Rect { x: rect.right().saturating_sub(right_wide + 1), width: right_wide, ..rect };
    brush.put(at.x, at.y, at.width, &right, Role::Text);
}

fn told(brush: &Brush<'_>, goal: &Goal, waits: &[Waiting], wide: u16) -> String {
    let glyphs = brush.glyphs;
    let tasks = super::super::plan_rows::tasks(goal);
    let with = |wanted: fn(&Phase) -> bool| tasks.iter().filter(|one| wanted(one.phase())).count();
    let done = with(|phase| matches!(phase, Phase::Done { .. }));
    let words = wide >= 140;
    let mut parts = Vec::new();
    match &goal.standing {
        Standing::Planning { .. } if !waits.is_empty() => {
            parts.push(format!("PLANNING  {}{}", glyphs.of(Mark::Waits), waits.len()));
        }
        Standing::Planning { .. } => parts.push("PLANNING".to_owned()),
        Standing::Proposed { .. } => parts.push("APPROVE PLAN".to_owned()),
        Standing::Stalled { .. } => parts.push("STALLED".to_owned()),
        Standing::Landed { into, .. } => parts.push(format!("LANDED on {into}")),
        Standing::Working => {
            let mut say = |mark: Mark, number: String, word: &str| {
                let word = if words { format!(" {word}") } else { String::new() };
                parts.push(format!("{}{number}{word}", glyphs.of(mark)));
            };
            if !goal.runs.is_empty() {
                say(Mark::Running, goal.runs.len().to_string(), "running");
            }
            if !waits.is_empty() {
                say(Mark::Waits, waits.len().to_string(), "waiting");
            }
            say(Mark::Done, format!("{done}/{}", tasks.len()), "done");
        }
    }
    let used = goal.spend.usage.total();
    let cap = if words { format!(" of {}", count(goal.caps.goal_tokens)) } else { String::new() };
    parts.push(format!("{}{cap} tok", count(used)));
    let budget = goal.caps.goal_cost.filter(|_| words);
    let budget = budget.map(|cap| format!(" of {cap}")).unwrap_or_default();
    parts.push(format!("{}{budget}", money(&goal.spend, glyphs)));
    parts.join("  ")
}

/// Draws the tabs of a screen with one pane.
pub(in super::super) fn tabs(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    rect: Rect,
    shown: Option<&Session>,
) -> Vec<(Rect, Pane)> {
    let mut tabs = Vec::new();
    let session = shown.map(|one| super::session::title(scene, one));
    let mut x = rect.x + 1;
    for pane in Pane::ALL {
        let name = match pane {
            Pane::Plan => "Plan",
            Pane::Session => session.as_deref().unwrap_or("Session"),
            Pane::Timeline => "Timeline",
        };
        let focused = scene.ui.focus == pane;
        let role = if focused { Role::BorderFocus } else { Role::Muted };
        let most = rect.right().saturating_sub(x).min(rect.width / 3);
        let name =
            super::super::paint::cut(name, usize::from(most.saturating_sub(6)), brush.glyphs);
        let tab = if focused {
            format!("[{} {name}]", pane.number())
        } else {
            format!(" {} {name} ", pane.number())
        };
        let taken = brush.put(x, rect.y, most, &tab, role);
        tabs.push((Rect { x, width: taken, height: 1, ..rect }, pane));
        x += taken + 1;
    }
    tabs
}

/// Draws the status bar: keys that work now on the left, states in words on the right. Says how many
/// rows above it what is said to the person takes.
pub(in super::super) fn bottom(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    rect: Rect,
    shown: Option<&Session>,
) -> u16 {
    let mut end = rect.right();
    for (text, role) in words(scene, shown) {
        let wide = u16::try_from(width(&text)).unwrap_or(0);
        if end < rect.x + wide + 2 {
            break;
        }
        end -= wide + 1;
        brush.put(end, rect.y, wide, &text, role);
        end -= 1;
    }
    if let Some(toast) = scene.ui.toast.as_ref().filter(|toast| toast.until > scene.facts.now.up) {
        return said::draw(brush, toast, rect, end);
    }
    let layer = scene.ui.layer();
    let mut x = rect.x + 1;
    let all = hints::offered(scene);
    for (at, (action, word)) in all.iter().enumerate() {
        // What it takes back is named: on a page it is the last decision too.
        let last = scene.ui.decisions.done.last().filter(|_| *action == Action::Undo);
        let what = last.map(|one| super::super::paint::cut(&one.what, MAX_UNDO, brush.glyphs));
        let part = hints::part_chosen(scene).filter(|_| *action == Action::ApproveAll);
        let word = &match (part, what) {
            (Some((chosen, all)), _) => format!("approve {chosen} of {all}"),
            (None, Some(what)) => format!("{word} {what}"),
            (None, None) => (*word).to_owned(),
        };
        let key = scene.keys.key_of(layer, *action);
        if key.is_empty() {
            continue;
        }
        let wide = u16::try_from(width(&key) + 1 + width(word)).unwrap_or(u16::MAX);
        if x + wide + 5 > end {
            brush.put(
                x,
                rect.y,
                end.saturating_sub(x),
                &format!("+{}", all.len() - at),
                Role::Muted,
            );
            break;
        }
        x += brush.put(x, rect.y, end - x, &key, Role::Key) + 1;
        x += brush.put(x, rect.y, end - x, word, Role::Muted) + 2;
    }
    0
}

fn of_sign(sign: Sign) -> Role {
    match sign {
        Sign::NoSandbox | Sign::Offline => Role::Error,
        Sign::Demo | Sign::ReadOnly | Sign::Vacant => Role::Accent,
    }
}

/// Draws what is always said of this life of the program, for as long as there are rows: as many
/// words in one as fit.
pub(in super::super) fn signs(brush: &mut Brush<'_>, scene: &Scene<'_>, rect: Rect) {
    let (mut x, mut y) = (rect.x, rect.y);
    for sign in &scene.ui.standing.marks {
        let wide = u16::try_from(width(sign.word())).unwrap_or(u16::MAX);
        if x > rect.x && x.saturating_add(wide) > rect.right() {
            (x, y) = (rect.x, y.saturating_add(1));
        }
        if y >= rect.bottom() {
            break;
        }
        x += brush.put(x, y, rect.right().saturating_sub(x), sign.word(), of_sign(*sign)) + 2;
    }
}

/// The words on the right, the most needed first.
fn words(scene: &Scene<'_>, shown: Option<&Session>) -> Vec<(String, Role)> {
    let ui = scene.ui;
    let mut words = Vec::new();
    words.extend(ui.standing.marks.iter().map(|sign| (sign.word().to_owned(), of_sign(*sign))));
    let all = scene.facts.state.goal().is_some_and(|goal| goal.commands == CommandPolicy::All);
    if all {
        words.push(("ALL COMMANDS".to_owned(), Role::Error));
    }
    if let Some(Modal::Approval(approval)) = ui.modals.last() {
        words.push(match approval.arming(scene.facts.now.up) {
            Arming::Armed => ("keys armed".to_owned(), Role::Done),
            Arming::In(left) => (format!("armed in 0.{}s", left.as_millis() / 100), Role::Waiting),
            Arming::Unread => ("read to the end first".to_owned(), Role::Waiting),
        });
    } else if let Some(editor) = ui.modals.last().and_then(Modal::editor) {
        let (line, column) = editor.line_and_column();
        words.push((format!("TEXT {line}:{column}"), Role::Accent));
    } else if let Some(session) = shown.filter(|one| one.run.is_some()) {
        words.push(match ui.reading_of(&session.key) {
            Reading::Follow => ("FOLLOW".to_owned(), Role::Done),
            Reading::At { known, .. } => (super::session::below(session, known), Role::Waiting),
        });
    }
    if let Some(latest) = ui.drafts.last() {
        let more = match ui.drafts.len() {
            1 => String::new(),
            many => format!(" +{}", many - 1),
        };
        let what = super::super::paint::cut(&unsaved::told(latest), MAX_UNSAVED, ui.glyphs);
        words.push((format!("UNSAVED {what}{more}"), Role::Waiting));
    }
    if ui.motion == Motion::Still {
        words.push(("motion off".to_owned(), Role::Muted));
    }
    words
}

/// Shows what may follow the keys pressed so far. It waits for nothing.
pub(in super::super) fn which_key(brush: &mut Brush<'_>, scene: &Scene<'_>, places: &Places) {
    let layer = scene.ui.layer();
    let Resolved::Pending(next) = scene.keys.resolve(layer, &scene.ui.chord) else { return };
    let rows = u16::try_from(next.len()).unwrap_or(u16::MAX);
    let area = places.area;
    let height = (rows + 2).min(area.height.saturating_sub(2));
    let wide = 56.min(area.width);
    if places.class == Class::TooSmall || height < 3 {
        return;
    }
    let rect = Rect { x: area.right() - wide, y: area.bottom() - 1 - height, width: wide, height };
    brush.clear(rect, Role::Panel);
    let pressed: Vec<String> = scene.ui.chord.iter().map(ToString::to_string).collect();
    let title = format!("{} …", pressed.join(" "));
    let inside = brush.frame(rect, &Edge { title: &title, focused: true, ..Edge::default() });
    for ((keys, action), y) in next.iter().zip(inside.y..inside.bottom()) {
        brush.put(inside.x + 1, y, 6, &keys.to_string(), Role::Key);
        brush.put(inside.x + 7, y, inside.width.saturating_sub(7), action.doc(), Role::Text);
    }
}
