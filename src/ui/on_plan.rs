//! Keys in the plan pane: moving, and the person's word on tasks.

use std::collections::BTreeSet;

use super::{
    action::Action,
    draft,
    layout::Pane,
    modal::{Edits, Modal, Purpose},
    place::{Spot, Tone, Ui},
    plan_rows::{PlanRow, rows, tasks},
    wish::{Facts, Wish},
};
use crate::domain::{
    Command, Goal, Hunk, Phase, PlanDraft, Standing, Task, TaskId, TaskSpec, why_waiting,
};

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

    /// The person's word on a task or on the plan.
    pub(super) fn on_task(&mut self, action: Action, facts: Facts<'_>) -> Option<Wish> {
        let goal = facts.state.goal()?;
        if action == Action::ApproveAll {
            return self.approve_plan(goal, facts);
        }
        let subject = self.subject(facts);
        if action == Action::Add {
            let (edits, text) = new_task(goal, subject);
            self.open_draft(edits, text, facts);
            return None;
        }
        let proposed = matches!(goal.standing, Standing::Proposed { .. });
        let Some(id) = subject else {
            if action == Action::Reject && proposed {
                self.prompt(Purpose::RejectPlan, "", facts);
            } else {
                self.say("pick a task first", Tone::Fault, facts.now.up);
            }
            return None;
        };
        match (action, goal.task(&id)) {
            (Action::Edit, _) => self.edit(goal, &id, facts),
            (Action::EditOutside, _) => {
                self.edit(goal, &id, facts);
                return self.outside();
            }
            (Action::MoveDown | Action::MoveUp, _) => {
                return self.reorder(goal, &id, action, facts);
            }
            (Action::Skip, _) => self.skip(goal, &id, facts),
            (Action::Diff, _) => return Some(Wish::Diff { task: id }),
            (Action::Reject, _) if proposed => {
                self.prompt(Purpose::RejectPlan, &format!("{id}: "), facts);
            }
            (Action::Approve, _) if proposed => self.choose(goal, id, facts),
            (Action::Approve, Some(task)) => return self.approve(goal, task, facts),
            (Action::Reject, Some(task)) => {
                let purpose = match task.phase {
                    Phase::Drafted | Phase::Ready => Purpose::RejectBrief { task: id },
                    _ => Purpose::Cancel { task: id },
                };
                self.prompt(purpose, "", facts);
            }
            (Action::Retry, Some(task)) => {
                let had = u32::try_from(task.attempts.len()).unwrap_or(u32::MAX);
                let extra_attempts = u32::from(had >= goal.attempt_limit(task));
                return self.decide(vec![Command::RetryTask { task: id, extra_attempts }], facts);
            }
            (Action::Hold, Some(task)) => {
                let command = match task.phase {
                    Phase::Blocked { .. } => Command::ReleaseTask { task: id },
                    _ => Command::HoldTask { task: id },
                };
                return self.decide(vec![command], facts);
            }
            _ => self.say("not before the plan is approved", Tone::Fault, facts.now.up),
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
    fn choose(&mut self, goal: &Goal, id: TaskId, facts: Facts<'_>) {
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

    fn approve(&mut self, goal: &Goal, task: &Task, facts: Facts<'_>) -> Option<Wish> {
        let id = task.spec.id.clone();
        match (&task.phase, &task.brief) {
            (Phase::Drafted, Some(brief)) => {
                return self.approve_brief(&id, brief.hash(), facts);
            }
            (Phase::Blocked { .. }, _) => {
                return self.decide(vec![Command::ReleaseTask { task: id }], facts);
            }
            (Phase::Accepted { .. }, _) if !task.looked_at() => self.look(goal, &id, None, facts),
            (Phase::Changing { change, .. }, _) => self.open_change(goal, *change, facts),
            _ => self.say(why_waiting(goal, task), Tone::Plain, facts.now.up),
        }
        None
    }

    /// Changes the plan, proposed or in force.
    pub(super) fn reshape(&mut self, goal: &Goal, hunk: Hunk, facts: Facts<'_>) -> Option<Wish> {
        let command = match &goal.standing {
            Standing::Proposed { draft } => {
                Command::ImportPlan { draft: reshaped(draft.clone(), hunk) }
            }
            Standing::Planning { .. }
            | Standing::Working
            | Standing::Stalled { .. }
            | Standing::Landed { .. } => Command::EditPlan { hunks: vec![hunk] },
        };
        self.decide(vec![command], facts)
    }

    fn reorder(
        &mut self,
        goal: &Goal,
        id: &TaskId,
        action: Action,
        facts: Facts<'_>,
    ) -> Option<Wish> {
        let all = tasks(goal);
        let counted = |one: &&super::plan_rows::Shown<'_>| !one.phase().is_void();
        let all: Vec<_> = all.iter().filter(counted).collect();
        let at = all.iter().position(|one| one.spec.id == *id)?;
        let same = |other: usize| all[other].spec.stage == all[at].spec.stage;
        let other = if action == Action::MoveDown {
            (at + 1..all.len()).find(|other| same(*other))?
        } else {
            (0..at).rev().find(|other| same(*other))?
        };
        let (upper, lower) = (at.min(other), at.max(other));
        if all[lower].spec.after.contains(&all[upper].spec.id) {
            let text = format!("`{}` comes after `{}`", all[lower].spec.id, all[upper].spec.id);
            self.say(text, Tone::Fault, facts.now.up);
            return None;
        }
        let mut order: Vec<TaskId> = all.iter().map(|one| one.spec.id.clone()).collect();
        let moved = order.remove(at);
        order.insert(other, moved);
        self.reshape(goal, Hunk::Reorder { order }, facts)
    }

    fn skip(&mut self, goal: &Goal, id: &TaskId, facts: Facts<'_>) {
        let losing: Vec<String> = tasks(goal)
            .iter()
            .filter(|one| one.spec.after.contains(id))
            .map(|one| one.spec.id.to_string())
            .collect();
        let loss = if losing.is_empty() {
            "No other task waits for it.".to_owned()
        } else {
            format!("These no longer wait for it: {}.", losing.join(", "))
        };
        let hunk = Hunk::Supersede { task: id.clone(), by: Vec::new() };
        if let Some(yes) = self.reshape(goal, hunk, facts) {
            // It is remembered as a decision once it is confirmed.
            self.decisions.forget();
            let question = format!("Drop `{id}` from the plan? {loss}");
            self.push(Modal::Confirm { question, yes: Box::new(yes), no: None, top: 0 }, facts);
        }
    }

    /// Takes over a task that was edited or written.
    pub(super) fn save_task(
        &mut self,
        edits: &Edits,
        spec: TaskSpec,
        facts: Facts<'_>,
    ) -> Option<Wish> {
        let goal = facts.state.goal()?;
        self.plan.cursor = Some(Spot::Task(spec.id.clone()));
        let task = Box::new(spec);
        let hunk = match edits {
            Edits::Task(_) => Hunk::Change { task },
            Edits::NewTask { .. } | Edits::Brief(_) => Hunk::Add { task },
        };
        self.reshape(goal, hunk, facts)
    }
}

fn new_task(goal: &Goal, after: Option<TaskId>) -> (Edits, String) {
    let all = tasks(goal);
    let at = after.as_ref().and_then(|id| all.iter().find(|one| one.spec.id == *id));
    let stage = at.or(all.last()).map_or("stage", |one| one.spec.stage.as_str());
    let text = draft::new_task(stage, after.as_ref().map(TaskId::as_str));
    (Edits::NewTask { after }, text)
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
