//! The plan: stages, tasks, where each stands, and why the one at the cursor waits.

use ratatui::layout::Rect;

use super::super::{
    action::Action,
    glyph::{Mark, of_phase},
    keymap::Layer,
    layout::{Class, Pane, Places},
    paint::{Brush, Edge, count, duration},
    plan_rows::{PlanRow, Shown, is_proposed, rows},
    theme::Role,
    view::{Scene, pane},
    wrap::{Flow, width},
};
use crate::domain::{BlockerKind, Goal, Phase, Standing, Task, why_waiting};

/// Rows from which the card of the task at the cursor is shown below the list.
const CARD_FROM: u16 = 16;
/// Columns that are left to what a task is called.
const MIN_TITLE: u16 = 4;
/// Most rows of that card.
const CARD: u16 = 9;

/// Draws the plan and says which row was the first.
pub(in super::super) fn draw(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    places: &Places,
    rect: Rect,
) -> usize {
    let Some(goal) = scene.facts.state.goal() else {
        let inside = pane(brush, scene, places.borders, rect, Pane::Plan, &edge("Plan", ""));
        let text = "No goal yet.\n\nState a goal (i). The planner proposes tasks; you approve, \
                    edit or reject each one before anything runs.";
        paragraph(brush, inside, text, Role::Muted);
        return 0;
    };
    let all = rows(goal, &scene.ui.plan.folded);
    let done =
        goal.plan.tasks.iter().filter(|task| matches!(task.phase, Phase::Done { .. })).count();
    let tasks = super::super::plan_rows::tasks(goal).len();
    let title = match &goal.standing {
        Standing::Proposed { .. } => "Plan to approve",
        Standing::Planning { .. } => "Plan, being made",
        Standing::Stalled { .. } => "Plan, stalled",
        Standing::Landed { .. } => "Plan, landed",
        Standing::Working => "Plan",
    };
    let note = if tasks == 0 { String::new() } else { format!("{done}/{tasks}") };
    let inside = pane(brush, scene, places.borders, rect, Pane::Plan, &edge(title, &note));
    if all.is_empty() {
        paragraph(brush, inside, empty(goal), Role::Muted);
        return 0;
    }
    let mut list = inside;
    let at = scene.ui.plan.cursor.as_ref().and_then(|spot| all.iter().position(|row| row.is(spot)));
    let card = at.and_then(|at| all.get(at)).filter(|_| inside.height >= CARD_FROM);
    if let Some(row) = card {
        let rows = CARD.min(inside.height / 3);
        list.height -= rows;
        let below = Rect { y: list.bottom(), height: rows, ..inside };
        draw_card(brush, scene, goal, row, below);
    }
    let height = usize::from(list.height.max(1));
    let most = all.len().saturating_sub(height);
    let mut top = scene.ui.plan.top.min(most);
    if let Some(at) = at {
        top = top.min(at).max((at + 1).saturating_sub(height));
    }
    for (row, y) in all.iter().skip(top).zip(list.y..list.bottom()) {
        let line = Rect { y, height: 1, ..list };
        draw_row(brush, scene, places.class, goal, row, line);
        if at.is_some_and(|at| row.is(&all[at].spot())) {
            let focused = scene.ui.focus == Pane::Plan;
            brush.shade(line, if focused { Role::Cursor } else { Role::CursorIdle });
        }
    }
    top
}

fn edge<'a>(title: &'a str, note: &'a str) -> Edge<'a> {
    Edge { title, note, ..Edge::default() }
}

/// Writes a text in lines, with `…` where there is no room for the rest, and says how many it took.
pub(in super::super) fn paragraph(
    brush: &mut Brush<'_>,
    rect: Rect,
    text: &str,
    role: Role,
) -> u16 {
    let flow = Flow::of(text);
    let wide = usize::from(rect.width.max(1));
    let all = flow.count(wide);
    let rows = u16::try_from(all).unwrap_or(u16::MAX).min(rect.height);
    for row in 0..rows {
        let line = flow.line(wide, usize::from(row));
        let more = row + 1 == rows && usize::from(rows) < all;
        if more {
            let line = format!("{} {}", line.trim_end(), brush.glyphs.of(Mark::More));
            brush.put(rect.x, rect.y + row, rect.width, &line, role);
        } else {
            brush.put(rect.x, rect.y + row, rect.width, line, role);
        }
    }
    rows
}

fn empty(goal: &Goal) -> &'static str {
    match &goal.standing {
        Standing::Planning { .. } => {
            "The planner looks at the repository and proposes tasks. Nothing runs before you have \
             approved them. 2 shows what it does."
        }
        Standing::Stalled { .. } => "Planning cannot go on (a says why).",
        Standing::Proposed { .. } | Standing::Working | Standing::Landed { .. } => "No tasks.",
    }
}

fn draw_row(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    class: Class,
    goal: &Goal,
    row: &PlanRow<'_>,
    line: Rect,
) {
    match row {
        PlanRow::Stage { stage, done, all } => {
            let folded = scene.ui.plan.folded.contains(&stage.id);
            let mark = brush.glyphs.of(if folded { Mark::Folded } else { Mark::Open });
            let note = format!("{done}/{all}");
            let room = line.width.saturating_sub(u16::try_from(note.len()).unwrap_or(0) + 1);
            brush.put(line.x, line.y, room, &format!("{mark} {}", stage.title), Role::Heading);
            brush.put_right(line, &note, Role::Muted);
        }
        PlanRow::Task(shown) => {
            let run = shown.task.and_then(|task| task.phase.run());
            let waits = run.is_some_and(|run| goal.waits_on_person(run));
            let (mark, role) = of_phase(shown.phase());
            let chosen =
                is_proposed(goal, &shown.spec.id) && scene.ui.plan.chosen.contains(&shown.spec.id);
            let (mark, role) = if chosen { (Mark::Chosen, Role::Person) } else { (mark, role) };
            let (mark, role) = if waits { (Mark::Waits, Role::Waiting) } else { (mark, role) };
            let moves = run.is_some() && mark == Mark::Running;
            let glyph = if moves { spin(scene) } else { brush.glyphs.of(mark) };
            brush.put(line.x + 1, line.y, 1, glyph, role);
            let title = if shown.spec.title.is_empty() {
                shown.spec.id.as_str()
            } else {
                &shown.spec.title
            };
            let mut note = note(scene, class, goal, *shown);
            if chosen {
                "chosen".clone_into(&mut note);
            }
            let left = usize::from(line.width).saturating_sub(width(title) + 4);
            let (note, role) = marked(shown.task, note, role, left);
            // What a task is called gives way first: where it stands is read whole.
            let wide = u16::try_from(width(&note)).unwrap_or(line.width);
            let wide = wide.min(line.width.saturating_sub(MIN_TITLE + 4));
            let room = line.width.saturating_sub(wide + 4);
            brush.put(line.x + 3, line.y, room, title, Role::Text);
            let right = Rect { x: line.right() - wide, width: wide, ..line };
            brush.put_right(right, &note, role);
        }
    }
}

/// The state's word with what a look at the row must not miss: that done shows nothing, and, where
/// so many columns are left for it, that the attempt before was refuted.
fn marked(task: Option<&Task>, note: String, role: Role, left: usize) -> (String, Role) {
    let Some(task) = task else { return (note, role) };
    let hollow = task.hollow();
    let (long, role) = match hollow {
        Some(hollow) => (format!("{note}, {}", hollow.word()), Role::Waiting),
        None if task.phase == Phase::Drafted && task.refuted().is_some() => {
            (format!("refuted, {note}"), role)
        }
        None => return (note, role),
    };
    if width(&long) <= left {
        return (long, role);
    }
    (hollow.map_or(note, |hollow| hollow.word().to_owned()), role)
}

/// The running mark, which moves only where something runs.
pub(in super::super) fn spin(scene: &Scene<'_>) -> &'static str {
    let millis = match scene.ui.motion {
        super::super::place::Motion::Moving => {
            Some(u64::try_from(scene.facts.now.up.as_millis()).unwrap_or_default())
        }
        super::super::place::Motion::Still => None,
    };
    scene.ui.glyphs.spinner(millis)
}

/// The word, with the running time where there is room.
fn note(scene: &Scene<'_>, class: Class, goal: &Goal, shown: Shown<'_>) -> String {
    let phase = shown.phase();
    let run = shown.task.and_then(|task| task.phase.run());
    if run.is_some_and(|run| goal.waits_on_person(run)) {
        return "waits for you".to_owned();
    }
    match (phase, run.and_then(|run| began(scene, run))) {
        (_, Some(at)) if class != Class::Medium => {
            format!("{} {}", phase.word(), duration(scene.facts.now.at.saturating_sub(at)))
        }
        (Phase::Approved | Phase::Ready, None) => {
            let open = shown.task.map(|task| goal.waits_for(task).count()).unwrap_or_default();
            if open > 0 { format!("after {open}") } else { phase.word().to_owned() }
        }
        // Where the plan is narrow the word comes before the time, which the session tells too.
        (phase, _) => phase.word().to_owned(),
    }
}

/// Why a task that the person holds back stands still, and the key that takes it up. One that was
/// left out of what was chosen of the plan was paused in nothing.
pub(in super::super) fn held(scene: &Scene<'_>, task: &Task) -> Option<String> {
    let Phase::Blocked { blocker, from } = &task.phase else { return None };
    if blocker.kind != BlockerKind::HeldByPerson {
        return None;
    }
    let key = scene.keys.key_of(Layer::Plan, Action::Approve);
    Some(match **from {
        Phase::Approved if task.attempts.is_empty() => {
            format!("not begun: it waits for you; {key} takes it up")
        }
        _ => format!("paused by you; {key} lets it go on"),
    })
}

/// When a run began.
fn began(scene: &Scene<'_>, run: crate::domain::RunId) -> Option<u64> {
    let session = scene.facts.story.session_of(run)?;
    let is_stage = |block: &&super::super::block::Block| {
        block.kind == super::super::block::BlockKind::Stage && block.run == Some(run)
    };
    session.blocks().rev().find(is_stage).map(|block| block.at)
}

fn draw_card(brush: &mut Brush<'_>, scene: &Scene<'_>, goal: &Goal, row: &PlanRow<'_>, at: Rect) {
    let PlanRow::Task(shown) = row else { return };
    let [.., horizontal, _] = brush.glyphs.border(false);
    let rule = horizontal.repeat(usize::from(at.width));
    brush.put(at.x, at.y, at.width, &rule, Role::Border);
    brush.put(at.x, at.y, at.width, &format!("{horizontal} {} ", shown.spec.id), Role::Title);
    let mut rest = Rect { y: at.y + 1, height: at.height - 1, ..at };
    let mut say = |text: &str, role: Role| {
        let taken = paragraph(brush, rest, text, role);
        rest.y += taken;
        rest.height -= taken;
    };
    let (_, state) = of_phase(shown.phase());
    match shown.task {
        Some(task) => say(&held(scene, task).unwrap_or_else(|| why_waiting(goal, task)), state),
        None => say("the plan waits for your approval (A)", state),
    }
    let list = |ids: Vec<&str>| ids.join(" ");
    let after: Vec<&str> = shown.spec.after.iter().map(crate::domain::TaskId::as_str).collect();
    if !after.is_empty() {
        say(&format!("needs {}", list(after)), Role::Muted);
    }
    let feeds: Vec<&str> = super::super::plan_rows::tasks(goal)
        .iter()
        .filter(|one| one.spec.after.contains(&shown.spec.id))
        .map(|one| one.spec.id.as_str())
        .collect();
    if !feeds.is_empty() {
        say(&format!("feeds {}", list(feeds)), Role::Muted);
    }
    if let Some(task) = shown.task {
        let used = task.spend.usage.total();
        let (had, limit) = (task.attempts.len(), goal.attempt_limit(task));
        let cap = count(goal.caps.task_tokens);
        say(&format!("attempt {had} of {limit}   {} of {cap} tok", count(used)), Role::Muted);
    }
    say(&shown.spec.objective, Role::Text);
    let _ = scene;
}
