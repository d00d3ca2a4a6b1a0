//! Keys in the plan pane: moving, and the person's word on tasks.

use std::collections::BTreeSet;

use super::{
    action::Action,
    draft,
    layout::Pane,
    modal::Edits,
    place::{Spot, Tone, Ui},
    plan_rows::{PlanRow, rows, tasks},
    wish::{Facts, Wish},
};
use crate::domain::{Command, Goal, Hunk, Phase, PlanDraft, Standing, TaskId, TaskSpec};

impl Ui {
    /// The task that keys mean: at the plan's cursor, or that of the session shown.
    pub(super) fn subject(&self, facts: Facts<'_>) -> Option<TaskId> {
        let goal = facts.state.goal()?;
        match self.focus {
            Pane::Plan => self.task_at_cursor(goal),
            Pane::Session => self.session(facts)?.key.task.clone(),
            Pane::Timeline => self.row_at_cursor(facts)?.task.clone(),
        }
    }

    /// Puts the cursor on the first task of a plan that waits for approval, unless it is
    /// somewhere already.
    pub(super) fn preselect(&mut self, goal: &Goal) {
        if !matches!(goal.standing, Standing::Proposed { .. }) {
            return;
        }
        let all = rows(goal, &self.plan.folded);
        let is_there = |spot: &Spot| all.iter().any(|row| row.is(spot));
        if !self.plan.cursor.as_ref().is_some_and(is_there) {
            self.plan.cursor =
                all.iter().find(|row| matches!(row, PlanRow::Task(_))).map(PlanRow::spot);
        }
    }

    /// Moves through the plan.
    pub(super) fn on_plan(&mut self, action: Action, facts: Facts<'_>) -> Option<Wish> {
        let goal = facts.state.goal()?;
        let all = rows(goal, &self.plan.folded);
        let last = all.len().checked_sub(1)?;
        let cursor = self.plan.cursor.clone();
        let at = cursor.as_ref().and_then(|spot| all.iter().position(|row| row.is(spot)));
        let inner = self.drawn.as_ref().map(|drawn| drawn.places.inner(Pane::Plan));
        let page = usize::from(inner.map_or(1, |inner| inner.height.max(2) * 2 / 3));
        // The first key shows the cursor where the list begins.
        let from = at.unwrap_or(0);
        let to = match action {
            Action::Down if at.is_none() => 0,
            Action::Down => from + 1,
            Action::Up => from.saturating_sub(1),
            Action::HalfDown => from + page / 2,
            Action::HalfUp => from.saturating_sub(page / 2),
            Action::PageDown => from + page,
            Action::PageUp => from.saturating_sub(page),
            Action::Top => 0,
            Action::Bottom => last,
            Action::Left | Action::Right => {
                self.fold(action, all.get(from)?);
                return None;
            }
            Action::Open => return self.open_row(goal, all.get(from)?, facts),
            Action::NextMatch | Action::PreviousMatch => {
                let wanted = self.search.clone()?.to_lowercase();
                let fits = |row: &PlanRow<'_>| match row {
                    PlanRow::Stage { stage, .. } => stage.title.to_lowercase().contains(&wanted),
                    PlanRow::Task(one) => {
                        one.spec.title.to_lowercase().contains(&wanted)
                            || one.spec.id.as_str().contains(&wanted)
                    }
                };
                let count = all.len();
                let mut ring = (1..=count).map(|step| match action {
                    Action::NextMatch => (from + step) % count,
                    _ => (from + count - step) % count,
                });
                let Some(at) = ring.find(|at| fits(&all[*at])) else {
                    let text = format!("no match of `{}` in the plan", super::clean::line(&wanted));
                    self.say(text, Tone::Fault, facts.now.up);
                    return None;
                };
                at
            }
            Action::Copy => {
                let PlanRow::Task(one) = all.get(from)? else { return None };
                return Some(Wish::Copy { text: super::panes::brief::task_text(one.spec) });
            }
            _ => return None,
        };
        self.plan.cursor = all.get(to.min(last)).map(PlanRow::spot);
        self.shown = None;
        None
    }

    fn fold(&mut self, action: Action, row: &PlanRow<'_>) {
        let stage = match row {
            PlanRow::Stage { stage, .. } => stage.id.clone(),
            PlanRow::Task(one) => one.spec.stage.clone(),
        };
        if action == Action::Left {
            self.plan.cursor = Some(Spot::Stage(stage.clone()));
            self.plan.folded.insert(stage);
        } else {
            self.plan.folded.remove(&stage);
        }
    }

    fn open_row(&mut self, goal: &Goal, row: &PlanRow<'_>, facts: Facts<'_>) -> Option<Wish> {
        match row {
            PlanRow::Stage { stage, .. } => {
                if !self.plan.folded.remove(&stage.id) {
                    self.plan.folded.insert(stage.id.clone());
                }
            }
            PlanRow::Task(one) => {
                let id = one.spec.id.clone();
                self.plan.cursor = Some(Spot::Task(id.clone()));
                match one.phase() {
                    Phase::Changing { change, .. } => self.open_change(goal, *change, facts),
                    _ => self.read_brief(goal, &id, facts),
                }
            }
        }
        None
    }

    /// Approves the proposed plan: all of it, or the tasks that were chosen. The others are held
    /// until the person releases them.
    pub(super) fn approve_plan(&mut self, goal: &Goal, facts: Facts<'_>) -> Option<Wish> {
        let Standing::Proposed { draft } = &goal.standing else {
            self.say("no plan waits for approval", Tone::Fault, facts.now.up);
            return None;
        };
        let chosen = std::mem::take(&mut self.plan.chosen);
        let is_chosen = |task: &&TaskSpec| chosen.contains(&task.id);
        let mut commands = vec![Command::ApprovePlan { hash: draft.hash() }];
        if draft.tasks.iter().any(|task| is_chosen(&task)) {
            let others = draft.tasks.iter().filter(|task| !is_chosen(task));
            commands.extend(others.map(|task| Command::HoldTask { task: task.id.clone() }));
        }
        self.decide(commands, facts)
    }

    /// Chooses a task of a proposed plan, with all that it comes after; or takes that back, with
    /// all that comes after it.
    pub(super) fn choose(&mut self, goal: &Goal, id: TaskId, facts: Facts<'_>) {
        let Standing::Proposed { draft } = &goal.standing else { return };
        let known: BTreeSet<&TaskId> = draft.tasks.iter().map(|task| &task.id).collect();
        self.plan.chosen.retain(|id| known.contains(id));
        let adds = !self.plan.chosen.contains(&id);
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            if adds {
                let task = draft.tasks.iter().find(|task| task.id == id);
                let new = self.plan.chosen.insert(id);
                open.extend(task.filter(|_| new).into_iter().flat_map(|task| task.after.clone()));
            } else if self.plan.chosen.remove(&id) {
                let next = draft.tasks.iter().filter(|task| task.after.contains(&id));
                open.extend(next.map(|task| task.id.clone()));
            }
        }
        let (chosen, all) = (self.plan.chosen.len(), draft.tasks.len());
        let text = match chosen {
            0 => "none chosen: A approves the whole plan".to_owned(),
            _ if chosen == all => "all chosen: A approves them".to_owned(),
            _ => format!("{chosen} of {all} chosen: A approves these, the others wait for you"),
        };
        self.say(text, Tone::Plain, facts.now.up);
    }

    /// Opens a new task in the editor.
    pub(super) fn add_task(&mut self, goal: &Goal, after: Option<TaskId>, facts: Facts<'_>) {
        let all = tasks(goal);
        let at = after.as_ref().and_then(|id| all.iter().find(|one| one.spec.id == *id));
        let stage = at.or(all.last()).map_or("stage", |one| one.spec.stage.as_str());
        let text = draft::new_task(stage, after.as_ref().map(TaskId::as_str));
        self.open_draft(Edits::NewTask { after }, text, facts);
    }

    /// Takes over a task that was edited or written.
    pub(super) fn save_task(
        &mut self,
        edits: &Edits,
        spec: TaskSpec,
        facts: Facts<'_>,
    ) -> Option<Wish> {
        let goal = facts.state.goal()?;
        match edits {
            Edits::Task(_) | Edits::Brief(_) => {
                self.plan.cursor = Some(Spot::Task(spec.id.clone()));
                let hunk = Hunk::Change { task: Box::new(spec) };
                self.decide(vec![reshaping(goal, hunk)], facts)
            }
            Edits::NewTask { after } => {
                let id = spec.id.clone();
                let wish = self.decide(vec![adding(goal, spec, after.as_ref())], facts);
                if wish.is_some() {
                    self.decisions.then_show(id);
                }
                wish
            }
        }
    }
}

/// What puts a new task into the plan, proposed or in force: right after the task that it was added
/// at, and after all that it waits for.
fn adding(goal: &Goal, task: TaskSpec, after: Option<&TaskId>) -> Command {
    let all = tasks(goal);
    let all = all.iter().filter(|one| !one.phase().is_void());
    let mut order: Vec<TaskId> = all.map(|one| one.spec.id.clone()).collect();
    let before = |id: &TaskId| after == Some(id) || task.after.contains(id);
    let at = order.iter().rposition(before).map_or(order.len(), |at| at + 1);
    match &goal.standing {
        Standing::Proposed { draft } => {
            let mut draft = draft.clone();
            draft.tasks.insert(at.min(draft.tasks.len()), task);
            Command::ImportPlan { draft }
        }
        Standing::Planning { .. }
        | Standing::Working
        | Standing::Stalled { .. }
        | Standing::Landed { .. } => {
            let last = at == order.len();
            order.insert(at, task.id.clone());
            let mut hunks = vec![Hunk::Add { task: Box::new(task) }];
            hunks.extend((!last).then_some(Hunk::Reorder { order }));
            Command::EditPlan { hunks }
        }
    }
}

/// What changes the plan, proposed or in force.
pub(super) fn reshaping(goal: &Goal, hunk: Hunk) -> Command {
    match &goal.standing {
        Standing::Proposed { draft } => {
            Command::ImportPlan { draft: reshaped(draft.clone(), hunk) }
        }
        Standing::Planning { .. }
        | Standing::Working
        | Standing::Stalled { .. }
        | Standing::Landed { .. } => Command::EditPlan { hunks: vec![hunk] },
    }
}

/// A proposed plan after one change.
fn reshaped(mut draft: PlanDraft, hunk: Hunk) -> PlanDraft {
    match hunk {
        Hunk::Add { task } => draft.tasks.push(*task),
        Hunk::Change { task } => {
            if let Some(old) = draft.tasks.iter_mut().find(|one| one.id == task.id) {
                *old = *task;
            }
        }
        Hunk::Supersede { task, .. } => {
            draft.tasks.retain(|one| one.id != task);
            draft.tasks.iter_mut().for_each(|one| one.after.retain(|id| *id != task));
        }
        Hunk::Reorder { order } => {
            let place = |id: &TaskId| order.iter().position(|one| one == id);
            draft.tasks.sort_by_key(|task| place(&task.id).unwrap_or(usize::MAX));
        }
    }
    draft
}
