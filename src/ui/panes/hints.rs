//! The keys that the status bar offers: those that do something here and now.

use super::super::{
    action::Action,
    keymap::Layer,
    modal::{Modal, Reader},
    place::Sign,
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
            (Action::Undo, "undo"),
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
            (Action::MoveUp, "move"),
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

/// The actions that the status bar offers now, with what it calls each. In the past and in a window
/// that reads nothing is decided at all; everywhere else a key is offered only where it would do
/// something, by the very rule by which it does it.
pub fn offered(scene: &Scene<'_>) -> Vec<(Action, &'static str)> {
    let ui = scene.ui;
    let layer = ui.layer();
    let reads = ui.past.is_some() || ui.standing.reads_only();
    let vacant = ui.modals.is_empty() && ui.standing.marks.contains(&Sign::Vacant);
    let first = vacant.then_some((Action::TakeOver, "work in this window"));
    let all = hints(layer, stock(scene.facts.state.goal())).iter().copied();
    let works = all
        .filter(|(action, _)| !(reads && decides(*action)))
        .filter_map(|(action, word)| Some((action, called(scene, action, word)?)));
    first.into_iter().chain(works).collect()
}

/// What an action is called where the person is; `None` where it would do nothing.
fn called(scene: &Scene<'_>, action: Action, word: &'static str) -> Option<&'static str> {
    let (ui, facts) = (scene.ui, scene.facts);
    match ui.modals.last() {
        None if action == Action::Write => {
            let steers = ui.session(facts).is_some_and(|session| session.run.is_some());
            let states = facts.state.goal().is_none();
            (steers || states).then_some(word)
        }
        // One of the two is enough to know the other by.
        None if action == Action::MoveUp && ui.does_something(Action::MoveDown, facts) => None,
        // What is released by the approving key needs no second one.
        None if action == Action::Hold && ui.releases(facts) => None,
        None if action == Action::Undo => ui.can_undo(facts).then_some(word),
        None if ui.does_something(action, facts) => {
            let deed = ui.deed(action, facts).ok();
            let own = deed.zip(facts.state.goal()).and_then(|(deed, goal)| deed.word(goal));
            Some(own.unwrap_or(word))
        }
        None => None,
        Some(Modal::Reader(Reader { page, .. })) => {
            ui.works_on_page(action, page, facts).then_some(word)
        }
        // What is merged can be read before it is.
        Some(Modal::Confirm { yes, .. }) if action == Action::Diff => {
            (**yes == Wish::Land).then_some(word)
        }
        Some(_) => Some(word),
    }
}

/// Whether an action decides something.
fn decides(action: Action) -> bool {
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
            | Action::MoveUp
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
}
