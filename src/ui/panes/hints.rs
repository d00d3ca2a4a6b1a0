//! The keys that the status bar offers: those that do something here and now.

use super::super::{
    action::Action,
    keymap::Layer,
    layout::Pane,
    modal::{Modal, Page},
    place::{Sign, Spot},
    view::Scene,
    wish::Wish,
};
use crate::domain::{Goal, Standing, TaskSpec};

/// What there is to act upon.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stock {
    /// No goal yet.
    Nothing,
    /// A goal without tasks.
    Goal,
    Proposal,
    Tasks,
    /// All is done, and can be merged.
    Complete,
    /// It is over.
    Over,
}

fn stock(goal: Option<&Goal>) -> Stock {
    let Some(goal) = goal else { return Stock::Nothing };
    match &goal.standing {
        Standing::Proposed { .. } => Stock::Proposal,
        Standing::Landed { .. } => Stock::Over,
        Standing::Working if goal.is_complete() => Stock::Complete,
        Standing::Working => Stock::Tasks,
        Standing::Planning { .. } | Standing::Stalled { .. } => Stock::Goal,
    }
}

/// The actions that the status bar offers in a layer, the most local first. None of them would do
/// nothing.
#[expect(clippy::too_many_lines, reason = "a table")]
fn hints(layer: Layer, stock: Stock) -> &'static [(Action, &'static str)] {
    match layer {
        Layer::Plan | Layer::Session | Layer::Timeline if stock == Stock::Nothing => &[
            (Action::Write, "state a goal"),
            (Action::Palette, "palette"),
            (Action::Help, "help"),
            (Action::Quit, "quit"),
        ],
        Layer::Plan if stock == Stock::Goal => &[
            (Action::FocusSession, "watch the planner"),
            (Action::Write, "steer"),
            (Action::Palette, "palette"),
            (Action::Help, "help"),
            (Action::Quit, "quit"),
        ],
        Layer::Plan if stock == Stock::Complete => &[
            (Action::Land, "land"),
            (Action::Open, "open"),
            (Action::Diff, "diff"),
            (Action::NewGoal, "new goal"),
            (Action::Palette, "palette"),
            (Action::Help, "help"),
        ],
        Layer::Plan if stock == Stock::Over => &[
            (Action::NewGoal, "new goal"),
            (Action::Open, "open"),
            (Action::Diff, "diff"),
            (Action::Palette, "palette"),
            (Action::Help, "help"),
            (Action::Quit, "quit"),
        ],
        Layer::Plan if stock == Stock::Proposal => &[
            (Action::ApproveAll, "approve plan"),
            (Action::Approve, "choose"),
            (Action::Open, "open"),
            (Action::Reject, "reject"),
            (Action::Edit, "edit"),
            (Action::Add, "add"),
            (Action::Skip, "drop"),
            (Action::MoveDown, "move"),
            (Action::Undo, "undo"),
            (Action::Palette, "palette"),
            (Action::Help, "help"),
        ],
        Layer::Plan => &[
            (Action::Open, "open"),
            (Action::Approve, "approve"),
            (Action::Reject, "reject"),
            (Action::Edit, "edit"),
            (Action::Hold, "pause"),
            (Action::Diff, "diff"),
            (Action::Undo, "undo"),
            (Action::Palette, "palette"),
            (Action::Help, "help"),
        ],
        Layer::Session => &[
            (Action::Follow, "follow"),
            (Action::Open, "unfold"),
            (Action::Write, "steer"),
            (Action::NextSession, "next session"),
            (Action::Diff, "diff"),
            (Action::Find, "find"),
            (Action::Hold, "pause"),
            (Action::Palette, "palette"),
            (Action::Help, "help"),
        ],
        Layer::Timeline => &[
            (Action::Open, "open"),
            (Action::ShowTask, "task"),
            (Action::Find, "search all"),
            (Action::Moment, "as it was then"),
            (Action::Palette, "palette"),
            (Action::Help, "help"),
        ],
        Layer::List | Layer::Waiting => &[(Action::Open, "open"), (Action::Back, "close")],
        Layer::Reader => &[
            (Action::Approve, "approve"),
            (Action::Reject, "reject"),
            (Action::PageDown, "page on"),
            (Action::Copy, "copy"),
            (Action::Back, "close"),
        ],
        Layer::BriefPage => &[
            (Action::Approve, "approve"),
            (Action::Reject, "reject"),
            (Action::Edit, "edit"),
            (Action::NextPart, "mark"),
            (Action::Drop, "leave out"),
            (Action::Mend, "mend"),
            (Action::Versions, "versions"),
            (Action::Undo, "undo"),
            (Action::Back, "close"),
        ],
        Layer::Lesson => &[
            (Action::Pin, "pin"),
            (Action::ConfirmLesson, "confirm"),
            (Action::Correct, "correct"),
            (Action::Forget, "forget"),
            (Action::Undo, "undo"),
            (Action::Open, "evidence"),
            (Action::Back, "close"),
        ],
        Layer::Memory => {
            &[(Action::Open, "open"), (Action::Moment, "as it was then"), (Action::Back, "close")]
        }
        Layer::Approval => &[
            (Action::Allow, "once"),
            (Action::AllowRule, "by rule"),
            (Action::Deny, "deny"),
            (Action::DenyAndHold, "deny and pause"),
            (Action::Raw, "raw"),
            (Action::Back, "later"),
        ],
        Layer::Change => &[
            (Action::Toggle, "take or leave"),
            (Action::Confirm, "decide"),
            (Action::Back, "later"),
        ],
        Layer::Confirm => &[
            (Action::Yes, "yes"),
            (Action::No, "no"),
            (Action::Diff, "diff"),
            (Action::Back, "leave"),
        ],
        Layer::Text => &[(Action::Send, "send"), (Action::Back, "leave"), (Action::Help, "help")],
        Layer::Brief => &[
            (Action::Save, "save"),
            (Action::SaveAndApprove, "save and approve"),
            (Action::Preview, "preview"),
            (Action::EditOutside, "editor"),
            (Action::TextUndo, "undo typing"),
            (Action::Back, "leave"),
        ],
        Layer::Always | Layer::Global | Layer::Movement => &[(Action::Help, "help")],
    }
}

/// How many tasks of a proposed plan are chosen, of how many, where it is a part of them.
pub(super) fn part_chosen(scene: &Scene<'_>) -> Option<(usize, usize)> {
    let Standing::Proposed { draft } = &scene.facts.state.goal()?.standing else { return None };
    let is_chosen = |task: &&TaskSpec| scene.ui.plan.chosen.contains(&task.id);
    let (chosen, all) = (draft.tasks.iter().filter(is_chosen).count(), draft.tasks.len());
    (chosen > 0 && chosen < all).then_some((chosen, all))
}

/// The actions that the status bar offers now: only the plan's page of those that are read decides,
/// in the past and in a window that reads nothing is decided at all, and what is done to a task
/// needs one.
pub(super) fn working(scene: &Scene<'_>, layer: Layer) -> Vec<(Action, &'static str)> {
    let ui = scene.ui;
    let page = match ui.modals.last() {
        Some(Modal::Reader(reader)) => reader.page == Page::Text,
        _ => false,
    };
    let reads_only = ui.standing.reads_only();
    let reads = page || ui.past.is_some() || reads_only;
    let is_taskless = ui.modals.is_empty()
        && match ui.focus {
            Pane::Plan => matches!(ui.plan.cursor, Some(Spot::Stage(_))),
            Pane::Session => ui.session(scene.facts).is_some_and(|one| one.key.task.is_none()),
            Pane::Timeline => false,
        };
    let of_task = |action: Action| {
        matches!(
            action,
            Action::Approve
                | Action::Edit
                | Action::Hold
                | Action::Diff
                | Action::Skip
                | Action::MoveDown
        )
    };
    let decides = |action: Action| {
        matches!(
            action,
            Action::Approve
                | Action::ApproveAll
                | Action::Reject
                | Action::Edit
                | Action::Hold
                | Action::Add
                | Action::Skip
                | Action::MoveDown
                | Action::Undo
                | Action::Write
                | Action::NewGoal
                | Action::Land
                | Action::Drop
                | Action::Mend
                | Action::Pin
                | Action::ConfirmLesson
                | Action::Correct
                | Action::Forget
                | Action::Save
                | Action::SaveAndApprove
                | Action::Allow
                | Action::AllowRule
                | Action::Deny
                | Action::DenyAndHold
                | Action::Toggle
                | Action::Confirm
        )
    };
    let nothing_decided = ui.decisions.done.is_empty();
    let stock = stock(scene.facts.state.goal());
    let nobody_reads = !matches!(stock, Stock::Nothing)
        && ui.session(scene.facts).is_none_or(|session| session.run.is_none());
    let asks_other = match ui.modals.last() {
        Some(Modal::Confirm { yes, .. }) => **yes != Wish::Land,
        _ => false,
    };
    let works = |action: Action| {
        !(reads && decides(action)
            || nobody_reads && action == Action::Write
            || asks_other && action == Action::Diff
            || is_taskless && of_task(action)
            || action == Action::Undo && nothing_decided && layer != Layer::Lesson)
    };
    let vacant = ui.modals.is_empty() && ui.standing.marks.contains(&Sign::Vacant);
    let first = vacant.then_some((Action::TakeOver, "work in this window"));
    let all = hints(layer, stock).iter().copied();
    first.into_iter().chain(all.filter(|(action, _)| works(*action))).collect()
}
