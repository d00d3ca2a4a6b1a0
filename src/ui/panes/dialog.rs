//! What lies over the panes.

use ratatui::layout::Rect;

use super::{
    super::{
        editor::Editor,
        glyph::of_waiting,
        layout::Places,
        modal::{Edits, Modal, Page, Purpose, Reader, Take},
        on_prompt::put_aside,
        paint::{Brush, Edge, duration},
        place::Drawn,
        theme::Role,
        view::Scene,
        wrap::Flow,
    },
    approval, asked, attention, help, memory,
    plan::paragraph,
};
use crate::domain::{Hunk, Waiting};

/// Fewer columns than these at a dialog's side are not left to the panes.
const ASIDE: u16 = 8;

/// Fewer rows than these are all a command's that waits.
const LOW: u16 = 30;
/// Rows of a line of text that is asked for.
const PROMPT: u16 = 4;

/// How big a dialog wants to be.
#[derive(Clone, Copy)]
enum Size {
    /// Rows of text; a border comes on top.
    Rows(u16),
    Tall,
    Full,
}

/// What a dialog of this width inside wants.
fn size(modal: &Modal, area: Rect, columns: u16) -> Size {
    match modal {
        // A window without rows to spare gives all of them to what is decided upon.
        Modal::Approval(_) if area.height < LOW => Size::Full,
        Modal::Help { .. } | Modal::Palette { .. } | Modal::Approval(_) => Size::Tall,
        Modal::Memory(_) | Modal::Reader(_) | Modal::Draft { .. } => Size::Full,
        Modal::Waiting { .. } | Modal::Change { .. } | Modal::Thought { .. } => {
            Size::Rows(area.height * 2 / 3)
        }
        Modal::Question { .. } => Size::Rows((area.height / 2).max(10)),
        Modal::Prompt { .. } => Size::Rows(PROMPT),
        // What is decided upon is to be read: it takes what rows it needs.
        Modal::Confirm { question, .. } => {
            let rows = Flow::of(question).count(usize::from(columns.max(1)));
            Size::Rows(u16::try_from(rows).unwrap_or(u16::MAX).clamp(7, area.height))
        }
    }
}

/// What is to be known before a text is sent, above the field of the text.
fn notice(scene: &Scene<'_>, modal: &Modal) -> Option<Flow> {
    match modal {
        Modal::Prompt { purpose: Purpose::NewGoal, .. } => {
            put_aside(scene.facts.state.goal()).map(|text| Flow::of(&text))
        }
        _ => None,
    }
}

fn rect_of(scene: &Scene<'_>, modal: &Modal, area: Rect) -> Rect {
    let is_page = matches!(modal, Modal::Memory(_) | Modal::Reader(_) | Modal::Draft { .. });
    let most = if is_page { 120 } else { 92 };
    // It leaves no slivers of the panes at its sides.
    let wide = if area.width < most + 2 * ASIDE { area.width } else { most };
    // The top bar, the attention bar and the status bar stay in sight.
    let room = area.height.saturating_sub(3);
    let columns = wide.saturating_sub(4);
    let told = notice(scene, modal).map_or(0, |flow| flow.count(usize::from(columns.max(1))) + 1);
    let told = u16::try_from(told).unwrap_or(0);
    let tall = match size(modal, area, columns) {
        Size::Rows(rows) => rows.saturating_add(2 + told).min(room),
        Size::Tall => (area.height * 4 / 5).min(room),
        Size::Full => room,
    };
    // A small terminal is all dialog.
    if area.width < 68 || area.height < 20 {
        return Rect { height: area.height.saturating_sub(1), ..area };
    }
    Rect {
        x: area.x + (area.width - wide) / 2,
        y: area.y + 1 + (room - tall) / 2,
        width: wide,
        height: tall,
    }
}

fn title(modal: &Modal) -> String {
    match modal {
        Modal::Help { .. } => "Help: type to filter, by name or by key".to_owned(),
        Modal::Palette { .. } => "All actions".to_owned(),
        Modal::Waiting { .. } => "Waiting for you".to_owned(),
        Modal::Thought { .. } => "What becomes of this thought?".to_owned(),
        Modal::Memory(_) => {
            "Memory: words, task: kind: by: since: until: goal: narrow it".to_owned()
        }
        Modal::Approval(approval) => {
            format!("Approval: {}.{}", approval.ask.run, approval.ask.call)
        }
        Modal::Question { id, .. } => format!("Question {id}"),
        Modal::Prompt { purpose, .. } => match purpose {
            Purpose::NewGoal => "What should we build?".to_owned(),
            Purpose::Find => "Find".to_owned(),
            Purpose::Capture => "A thought: you say at the next seam what becomes of it".to_owned(),
            Purpose::Steer { run } => format!("Tell {run} something; it reads it at its next step"),
            Purpose::RejectPlan => "Reject the plan: why? (empty is allowed)".to_owned(),
            Purpose::RejectBrief { task } => format!("Reject the brief of {task}: why?"),
            Purpose::Cancel { task } => format!("Cancel {task}: why?"),
            Purpose::Deny { hold: None, .. } => "Deny: tell the session why".to_owned(),
            Purpose::Deny { hold: Some(task), .. } => format!("Deny and pause {task}: why?"),
            Purpose::Override { task, .. } => {
                format!("The brief of {task} is not ready: why is it sent all the same?")
            }
            Purpose::Correct { lesson } => format!("Lesson {lesson} in your own words"),
            Purpose::Rule { .. } => "Allow what begins with these words (* is any word)".to_owned(),
        },
        Modal::Reader(reader) => reader.title.clone(),
        Modal::Draft { edits, .. } => match edits {
            Edits::Brief(brief) => format!("Brief of {}", brief.task),
            Edits::Task(spec) => format!("Task {}", spec.id),
            Edits::NewTask { .. } => "New task".to_owned(),
        },
        Modal::Change { id, .. } => format!("Change {id} of the plan"),
        Modal::Confirm { .. } => "Sure?".to_owned(),
    }
}

/// How much of a page has been shown, where it is longer than the dialog.
fn foot(modal: &Modal, inside: Rect) -> String {
    if let Modal::Change { taken, cursor, .. } = modal {
        let count = taken.len();
        return format!("{} of {count}", (cursor + 1).min(count));
    }
    let Modal::Reader(reader) = modal else { return String::new() };
    let all = reader.flow.count(usize::from(inside.width.max(1)));
    let height = usize::from(inside.height);
    let seen = reader.top.min(all.saturating_sub(height)) + height;
    if all > height { format!("{seen} of {all} lines") } else { String::new() }
}

/// Draws a dialog; `said` rows above the status bar are not its own. The topmost takes note of what
/// was drawn.
pub(in super::super) fn draw(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    places: &Places,
    said: u16,
    modal: &Modal,
    waits: &[Waiting],
    drawn: Option<&mut Drawn>,
) {
    let mut rect = rect_of(scene, modal, places.area);
    // A dialog ends above what is said, and stays where it is otherwise: nothing in it moves.
    rect.height = rect.height.min(places.status.y.saturating_sub(said + rect.y));
    brush.clear(rect, Role::Panel);
    let name = title(modal);
    let foot = foot(modal, places.inside(rect));
    let edge = Edge { title: &name, foot: &foot, focused: drawn.is_some(), ..Edge::default() };
    let inside = if rect.height >= 6 && rect.width >= 20 {
        brush.frame(rect, &edge)
    } else {
        brush.heading(rect, &edge)
    };
    if let Modal::Approval(open) = modal
        && open.flash.is_some_and(|until| until > scene.facts.now.up)
    {
        // A key came while they were dead: it did nothing, and that is shown.
        brush.shade(Rect { height: 1, ..rect }, Role::Selection);
    }
    match modal {
        Modal::Help { filter, layer, cursor } => {
            let entries = help::help(scene.keys, *layer, filter.text());
            let at = help::draw(brush, scene, inside, filter, &entries, *cursor);
            note(drawn, at, inside);
        }
        Modal::Palette { filter, layer, cursor } => {
            let entries = help::palette(scene.keys, *layer, filter.text());
            let at = help::draw(brush, scene, inside, filter, &entries, *cursor);
            note(drawn, at, inside);
        }
        Modal::Memory(open) => {
            let at = memory::draw(brush, scene, inside, open);
            note(drawn, at, inside);
        }
        Modal::Thought { id, cursor } => memory::thought(brush, scene, inside, *id, *cursor),
        Modal::Waiting { cursor } => waiting(brush, scene, inside, waits, *cursor),
        Modal::Approval(one) => approval::draw(brush, scene, inside, one, drawn),
        Modal::Question { id, editor, choice, top } => {
            let open = (*id, editor, *choice, *top);
            let (at, field, rows) = asked::question(brush, scene, inside, open);
            if let Some(drawn) = drawn {
                drawn.asked = rows;
                note(Some(drawn), at, field);
            }
        }
        Modal::Prompt { editor, .. } | Modal::Draft { editor, .. } => {
            let field = match notice(scene, modal) {
                Some(told) => {
                    // The field keeps a row whatever is told.
                    let above = Rect { height: inside.height.saturating_sub(2), ..inside };
                    let rows = paragraph(brush, above, told.text(), Role::Waiting);
                    memory::below(inside, rows + 1)
                }
                None => inside,
            };
            let at = text(brush, field, editor);
            note(drawn, at, field);
        }
        Modal::Reader(reader) => {
            page(brush, inside, reader);
            note(drawn, None, inside);
        }
        Modal::Change { id, taken, cursor } => {
            change(brush, scene, inside, *id, taken, *cursor);
        }
        Modal::Confirm { question, top, .. } => {
            asked::confirm(brush, scene, inside, question, *top);
            note(drawn, None, inside);
        }
    }
}

fn note(drawn: Option<&mut Drawn>, cursor: Option<(u16, u16)>, inside: Rect) {
    if let Some(drawn) = drawn {
        drawn.cursor = cursor;
        drawn.page = (usize::from(inside.height), usize::from(inside.width));
    }
}

/// Draws a text under the person's hands, and says where the terminal's cursor stands.
pub(super) fn text(brush: &mut Brush<'_>, rect: Rect, editor: &Editor) -> Option<(u16, u16)> {
    if rect.is_empty() {
        return None;
    }
    let columns = usize::from(rect.width);
    let top = editor.top_for(columns, usize::from(rect.height));
    let flow = editor.flow();
    let selection = editor.selection();
    for (row, y) in (rect.y..rect.bottom()).enumerate() {
        let line = flow.line(columns, top + row);
        let role = if line.starts_with("## ") { Role::Heading } else { Role::Text };
        brush.put(rect.x, y, rect.width, line, role);
        if let Some(selected) = &selection {
            let start = flow.start_of(columns, top + row);
            let from = selected.start.clamp(start, start + line.len()) - start;
            let to = selected.end.clamp(start, start + line.len()) - start;
            let x = super::super::wrap::width(&line[..from]);
            let wide = super::super::wrap::width(&line[from..to]);
            let x = rect.x + u16::try_from(x).unwrap_or(0).min(rect.width);
            let wide = u16::try_from(wide).unwrap_or(0).min(rect.right() - x);
            brush.shade(Rect { x, y, width: wide, height: 1 }, Role::Selection);
        }
    }
    let (line, column) = editor.place(columns);
    let x = rect.x + u16::try_from(column).unwrap_or(0).min(rect.width - 1);
    let y = rect.y + u16::try_from(line.saturating_sub(top)).unwrap_or(0).min(rect.height - 1);
    Some((x, y))
}

/// How a line of a page is drawn.
fn line_role(line: &str) -> Role {
    match line.as_bytes() {
        [b'+', ..] => Role::Add,
        [b'-', b' ', ..] => Role::Text,
        [b'-', ..] => Role::Remove,
        [b'@', b'@', ..] => Role::Hunk,
        [b'#', ..] => Role::Heading,
        [b'!', ..] => Role::Waiting,
        // A middle dot in front: where a paragraph comes from.
        [0xc2, 0xb7, ..] => Role::Muted,
        _ => Role::Text,
    }
}

fn page(brush: &mut Brush<'_>, inside: Rect, reader: &Reader) {
    let columns = usize::from(inside.width.max(1));
    let all = reader.flow.count(columns);
    let height = usize::from(inside.height);
    let top = reader.top.min(all.saturating_sub(height));
    let marked = match &reader.page {
        Page::Brief { parts, .. } => parts.bytes(),
        Page::Text | Page::Plan { .. } | Page::Lesson { .. } => None,
    };
    for (row, y) in (inside.y..inside.bottom()).enumerate() {
        let line = reader.flow.line(columns, top + row);
        brush.put(inside.x, y, inside.width, line, line_role(line));
        let start = reader.flow.start_of(columns, top + row);
        if marked.as_ref().is_some_and(|marked| marked.contains(&start)) && !line.is_empty() {
            brush.shade(Rect { y, height: 1, ..inside }, Role::Cursor);
        }
    }
}

fn waiting(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    inside: Rect,
    waits: &[Waiting],
    cursor: usize,
) {
    if waits.is_empty() {
        paragraph(brush, inside, "Nothing waits for you.", Role::Muted);
        return;
    }
    brush.list(inside, cursor, waits.len(), |brush, at, row| {
        let (Some(one), y) = (waits.get(at), row.y) else { return };
        let (mark, role) = of_waiting(one.kind);
        brush.put(row.x, y, 1, brush.glyphs.of(mark), role);
        let age = attention::age(scene, one).map(duration).unwrap_or_default();
        let wide = brush.put_right(row, &age, Role::Muted);
        let text = attention::text(scene, one);
        let words = format!("{}: {}: {text}", one.kind.word(), one.what);
        brush.put(row.x + 2, y, row.width.saturating_sub(wide + 3), &words, Role::Text);
    });
}

fn told(hunk: &Hunk) -> String {
    match hunk {
        Hunk::Add { task } => format!("add {}: {}", task.id, task.title),
        Hunk::Change { task } => format!("change {}: {}", task.id, task.title),
        Hunk::Supersede { task, by } if by.is_empty() => format!("drop {task}"),
        Hunk::Supersede { task, by } => {
            let by: Vec<String> = by.iter().map(ToString::to_string).collect();
            format!("replace {task} by {}", by.join(", "))
        }
        Hunk::Reorder { order } => {
            let order: Vec<String> = order.iter().map(ToString::to_string).collect();
            format!("reorder: {}", order.join(", "))
        }
    }
}

fn change(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    inside: Rect,
    id: crate::domain::ChangeId,
    taken: &[Take],
    cursor: usize,
) {
    let goal = scene.facts.state.goal();
    let Some(change) = goal.and_then(|goal| goal.changes.get(&id)) else { return };
    // The hunks are what is decided about: a long reason leaves them half the room.
    let above = Rect { height: inside.height / 2, ..inside };
    let rows = paragraph(brush, above, &change.why, Role::Text);
    let count = change.hunks.len();
    brush.list(memory::below(inside, rows + 1), cursor, count, |brush, at, row| {
        let Some(hunk) = change.hunks.get(at) else { return };
        let mark = match taken.get(at) {
            Some(Take::Yes) => "[x] ",
            Some(Take::No) | None => "[ ] ",
        };
        let line = Flow::of(&format!("{mark}{}", told(hunk)));
        brush.put(row.x, row.y, row.width, line.text(), Role::Text);
    });
}
