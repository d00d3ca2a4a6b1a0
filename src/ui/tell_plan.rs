//! Whose hand changed the plan, and what it did to which task. An event of a whole plan does not
//! tell; who knows the plan before it does.

use std::collections::{BTreeMap, BTreeSet};

use super::tell::{Told, tell, told};
use crate::domain::{
    Actor, Event, Field, GoalId, Hunk, Phase, Plan, PlanDraft, Record, Task, TaskId, TaskSpec,
    apply_hunks, counted,
};

/// Most changes that are named one by one.
const MAX_NAMED: usize = 3;

/// The plans as they stand, goal by goal, as far as the story has been told.
#[derive(Clone, Debug, Default)]
pub(super) struct Plans(BTreeMap<GoalId, Known>);

#[derive(Clone, Debug)]
struct Known {
    draft: PlanDraft,
    rejected: bool,
}

impl Plans {
    /// What a person is told of a record, after all that came before it.
    pub(super) fn tell(&mut self, record: &Record) -> Option<Told> {
        let goal = record.goal.as_ref();
        let known = goal.and_then(|goal| self.0.get(goal));
        let person = record.actor == Actor::Person;
        let own = match (&record.event, known) {
            (Event::PlanProposed { draft, .. }, Some(known)) if person => {
                of_plan(known, draft).and_then(|text| told("You", text))
            }
            (Event::PlanEdited { hunks }, known) => {
                told("You", of_hunks(known.map(|known| &known.draft), hunks))
            }
            _ => None,
        };
        self.know(record);
        own.or_else(|| tell(record))
    }

    /// Takes note of what a record does to its goal's plan.
    fn know(&mut self, record: &Record) {
        let Some(goal) = &record.goal else { return };
        match &record.event {
            Event::PlanProposed { draft, .. } => {
                let known = Known { draft: draft.clone(), rejected: false };
                self.0.insert(goal.clone(), known);
            }
            Event::PlanRejected { .. } => {
                if let Some(known) = self.0.get_mut(goal) {
                    known.rejected = true;
                }
            }
            Event::PlanEdited { hunks } => {
                if let Some(known) = self.0.get_mut(goal) {
                    known.draft = after(&known.draft, hunks);
                }
            }
            // Which tasks it has changed stands in other events: from here on it is not known.
            Event::ChangeDecided { accepted, .. } if !accepted.is_empty() => {
                self.0.remove(goal);
            }
            _ => {}
        }
    }
}

/// The plan that hunks make of a plan.
fn after(draft: &PlanDraft, hunks: &[Hunk]) -> PlanDraft {
    let fresh = |spec: &TaskSpec| Task::fresh(spec.clone(), Phase::Approved);
    let plan = Plan { tasks: draft.tasks.iter().map(fresh).collect(), ..Plan::default() };
    let tasks = apply_hunks(&plan, hunks).live(&plan).cloned().collect();
    PlanDraft { tasks, ..draft.clone() }
}

/// What a person has made of the plan that was there; nothing where it is the same.
fn of_plan(known: &Known, now: &PlanDraft) -> Option<String> {
    if known.rejected {
        return Some(if known.draft == *now {
            "proposed the rejected plan again".to_owned()
        } else {
            format!("set another plan, {}", counted(now.tasks.len(), "task", "tasks"))
        });
    }
    named(of_drafts(&known.draft, now))
}

/// The deeds in one line, if there are any.
fn named(mut deeds: Vec<String>) -> Option<String> {
    let all = deeds.len();
    deeds.truncate(MAX_NAMED);
    let rest = all - deeds.len();
    let text = deeds.join(", ");
    match (all, rest) {
        (0, _) => None,
        (_, 0) => Some(text),
        (_, rest) => Some(format!("{text} and {}", counted(rest, "more change", "more changes"))),
    }
}

fn of_drafts(before: &PlanDraft, now: &PlanDraft) -> Vec<String> {
    let find = |draft: &'_ PlanDraft, id: &TaskId| draft.tasks.iter().any(|one| one.id == *id);
    let mut deeds = Vec::new();
    let gone: BTreeSet<&TaskId> =
        before.tasks.iter().map(|one| &one.id).filter(|id| !find(now, id)).collect();
    deeds.extend(gone.iter().map(|id| format!("dropped {id}")));
    for task in &now.tasks {
        match before.tasks.iter().find(|one| one.id == task.id) {
            None => deeds.push(format!("added {}", task.id)),
            Some(old) => {
                // Who no longer waits for what was dropped, or waits for what was added, was not
                // changed for its own sake.
                let (mut old, mut new) = (old.clone(), task.clone());
                old.after.retain(|id| !gone.contains(id));
                new.after.retain(|id| find(before, id));
                deeds.extend(changed(&old, &new));
            }
        }
    }
    let order = |draft: &PlanDraft, other: &PlanDraft| -> Vec<TaskId> {
        let both = draft.tasks.iter().filter(|one| find(other, &one.id));
        both.map(|one| one.id.clone()).collect()
    };
    deeds.extend(moved(&order(before, now), &order(now, before)));
    if deeds.is_empty() && before != now {
        deeds.push("changed the plan's text".to_owned());
    }
    deeds
}

/// What hunks do, in words; of a plan that is not known, as far as they say it themselves.
pub(super) fn of_hunks(before: Option<&PlanDraft>, hunks: &[Hunk]) -> String {
    let places = hunks.iter().any(|hunk| matches!(hunk, Hunk::Add { .. }));
    let mut deeds = Vec::new();
    for hunk in hunks {
        match hunk {
            Hunk::Add { task } => deeds.push(format!("added {}", task.id)),
            Hunk::Supersede { task, by } if by.is_empty() => deeds.push(format!("dropped {task}")),
            Hunk::Supersede { task, by } => {
                let by: Vec<&str> = by.iter().map(TaskId::as_str).collect();
                deeds.push(format!("replaced {task} by {}", by.join(", ")));
            }
            Hunk::Change { task } => {
                let old = before.and_then(|plan| plan.tasks.iter().find(|one| one.id == task.id));
                let deed = old.and_then(|old| changed(old, task));
                deeds.push(deed.unwrap_or_else(|| format!("changed {}", task.id)));
            }
            // A task that is added is put into its place by an order.
            Hunk::Reorder { .. } if places => {}
            Hunk::Reorder { order } => {
                let old = before.map(|plan| {
                    plan.tasks.iter().map(|one| one.id.clone()).collect::<Vec<TaskId>>()
                });
                let deed = old.and_then(|old| moved(&old, order));
                deeds.push(deed.unwrap_or_else(|| "reordered the tasks".to_owned()));
            }
        }
    }
    named(deeds).unwrap_or_else(|| "changed nothing of the plan".to_owned())
}

fn changed(old: &TaskSpec, new: &TaskSpec) -> Option<String> {
    let fields: Vec<String> = old.differing(new).into_iter().map(Field::word).collect();
    (!fields.is_empty()).then(|| format!("changed {} ({})", new.id, fields.join(", ")))
}

/// Which task was moved, and past which, where one move makes the order.
fn moved(before: &[TaskId], now: &[TaskId]) -> Option<String> {
    let place = |all: &[TaskId], id: &TaskId| all.iter().position(|one| one == id);
    let without = |all: &[TaskId], id: &TaskId| -> Vec<TaskId> {
        all.iter().filter(|one| *one != id).cloned().collect()
    };
    if before == now {
        return None;
    }
    let one = before.iter().find(|id| without(before, id) == without(now, id));
    let deed = one.and_then(|id| {
        let (from, to) = (place(before, id)?, place(now, id)?);
        let (word, other) =
            if to > from { ("below", now.get(to - 1)?) } else { ("above", now.get(to + 1)?) };
        Some(format!("moved {id} {word} {other}"))
    });
    Some(deed.unwrap_or_else(|| "reordered the tasks".to_owned()))
}
