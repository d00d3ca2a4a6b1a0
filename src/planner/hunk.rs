//! Changes to the plan as a reviewer writes them, and what is meant.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{meant::joining, patterns, written::WrittenTask};
use crate::domain::{Hunk, Plan, PlanFault, Spot, TaskId, faults_of_hunks};

/// One change as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenHunk {
    #[serde(rename = "do")]
    kind: Doing,
    /// The task that is changed or gives way.
    #[serde(default)]
    id: String,
    #[serde(default)]
    task: Option<WrittenTask>,
    #[serde(default)]
    by: Vec<String>,
    #[serde(default)]
    order: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Doing {
    Add,
    Change,
    Supersede,
    Reorder,
}

/// The hunks that are meant, with everything that is wrong with them.
pub(super) fn hunks(
    written: &[WrittenHunk],
    plan: &Plan,
    exists: &dyn Fn(&str) -> bool,
) -> Result<Vec<Hunk>, Vec<PlanFault>> {
    let mut faults = Vec::new();
    let mut tasks = Vec::new();
    for hunk in written {
        match (hunk.kind, &hunk.task) {
            (Doing::Add, Some(task)) => tasks.push(task.clone()),
            (Doing::Change, Some(task)) => {
                let id = if hunk.id.is_empty() { task.id.clone() } else { hunk.id.clone() };
                tasks.push(WrittenTask { id, ..task.clone() });
            }
            (Doing::Add | Doing::Change, None) => {
                faults.push(PlanFault::of_plan(Spot::Hunks, "`add` and `change` need a `task`"));
            }
            (Doing::Supersede | Doing::Reorder, _) => {}
        }
    }
    let mut specs = joining(tasks, plan, &mut faults).into_iter();
    let titles: BTreeMap<String, TaskId> = specs
        .as_slice()
        .iter()
        .map(|spec| (spec.title.trim().to_owned(), spec.id.clone()))
        .collect();
    let named = |names: &[String]| -> Vec<TaskId> {
        names
            .iter()
            .map(|name| titles.get(name.trim()).cloned().unwrap_or_else(|| TaskId(name.clone())))
            .collect()
    };
    let mut hunks = Vec::with_capacity(written.len());
    for hunk in written {
        match hunk.kind {
            Doing::Add if hunk.task.is_some() => {
                hunks.extend(specs.next().map(|spec| Hunk::Add { task: Box::new(spec) }));
            }
            Doing::Change if hunk.task.is_some() => {
                hunks.extend(specs.next().map(|spec| Hunk::Change { task: Box::new(spec) }));
            }
            Doing::Add | Doing::Change => {}
            Doing::Supersede => {
                let task = TaskId(hunk.id.trim().to_owned());
                hunks.push(Hunk::Supersede { task, by: named(&hunk.by) });
            }
            Doing::Reorder => hunks.push(Hunk::Reorder { order: named(&hunk.order) }),
        }
    }
    inherit_covers(&mut hunks, plan);
    for hunk in &hunks {
        if let Hunk::Add { task } | Hunk::Change { task } = hunk {
            faults.extend(patterns::of_task(task));
        }
    }
    faults.extend(faults_of_hunks(plan, &hunks, exists));
    if faults.is_empty() { Ok(hunks) } else { Err(faults) }
}

/// A new task that says nothing of the goal's parts covers those of the task that it replaces.
fn inherit_covers(hunks: &mut [Hunk], plan: &Plan) {
    let mut covers: BTreeMap<TaskId, Vec<String>> = BTreeMap::new();
    for hunk in hunks.iter() {
        if let Hunk::Supersede { task, by } = hunk
            && let Some(old) = plan.get(task)
        {
            for one in by {
                covers.entry(one.clone()).or_default().extend(old.spec.covers.iter().cloned());
            }
        }
    }
    for hunk in hunks {
        if let Hunk::Add { task } = hunk
            && task.covers.is_empty()
            && let Some(covers) = covers.get(&task.id)
        {
            task.covers.clone_from(covers);
        }
    }
}
