//! Changing a plan, hunk by hunk.

use super::{
    hunks::{apply_hunks, faults_of_hunks},
    ids::TaskId,
    phase::{Phase, Task},
    plan::{Field, Hunk, Plan, TaskSpec},
};

/// Whose hand changes the plan: a person's own change pins the fields that it touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hand {
    Person,
    Planner,
}

impl Hunk {
    /// Whether it would change a field that a person has pinned, or drop a task that has one.
    pub fn touches_pinned(&self, plan: &Plan) -> bool {
        match self {
            Hunk::Add { .. } | Hunk::Reorder { .. } => false,
            Hunk::Supersede { task: gone, .. } => plan.tasks.iter().any(|task| {
                let pinned = &task.spec.pinned;
                let own = task.spec.id == *gone && !pinned.is_empty();
                // Whoever comes after it gets another order.
                let order = task.spec.after.contains(gone) && pinned.contains(&Field::After);
                own || (order && !task.phase.is_over())
            }),
            Hunk::Change { task } => plan.get(&task.id).is_some_and(|old| {
                old.spec.differing(task).intersection(&old.spec.pinned).next().is_some()
            }),
        }
    }

    /// The task that it changes or drops, if there is one already.
    pub fn concerns(&self) -> Option<&TaskId> {
        match self {
            Hunk::Add { .. } | Hunk::Reorder { .. } => None,
            Hunk::Supersede { task, .. } => Some(task),
            Hunk::Change { task } => Some(&task.id),
        }
    }
}

/// A task under way that the hunks would change or drop: its session goes by the text as it was.
pub(super) fn under_way<'a>(plan: &'a Plan, hunks: &[Hunk]) -> Option<&'a Task> {
    let concerned = hunks.iter().filter_map(Hunk::concerns);
    concerned.filter_map(|id| plan.get(id)).find(|task| task.is_under_way())
}

/// Applies hunks to the plan in force. They have been found sound by `faults_of_hunks`.
pub(super) fn apply(plan: &mut Plan, hunks: &[Hunk], hand: Hand) {
    let reshaped = apply_hunks(plan, hunks);
    let named: Vec<&TaskId> = hunks.iter().filter_map(Hunk::concerns).collect();
    let mut old = std::mem::take(&mut plan.tasks);
    for spec in reshaped.specs {
        let known = old.iter().position(|task| task.spec.id == spec.id).map(|at| old.remove(at));
        let mut task = match known {
            // An order that only follows from another task's giving way is nobody's pin.
            Some(task) if named.contains(&&task.spec.id) => changed(task, spec, hand),
            Some(task) => changed(task, spec, Hand::Planner),
            None => added(spec, hand),
        };
        if reshaped.superseded.contains(&task.spec.id) {
            task.phase = Phase::Superseded;
        }
        plan.tasks.push(task);
    }
    plan.revision = plan.revision.saturating_add(1);
}

fn added(mut spec: TaskSpec, hand: Hand) -> Task {
    // A model's pins are not taken.
    if hand == Hand::Planner {
        spec.pinned.clear();
    }
    Task::fresh(spec, Phase::Approved)
}

fn changed(mut task: Task, mut spec: TaskSpec, hand: Hand) -> Task {
    let differing = task.spec.differing(&spec);
    if differing.is_empty() {
        return task;
    }
    if hand == Hand::Person {
        spec.pinned.extend(differing);
    }
    task.spec = spec;
    // A brief of the old text is no brief of the new one.
    let before_session =
        |phase: &Phase| matches!(phase, Phase::Approved | Phase::Drafted | Phase::Ready);
    if before_session(&task.phase) {
        task.phase = Phase::Approved;
        task.brief = None;
    } else if let Phase::Blocked { from, .. } = &mut task.phase
        && before_session(from)
    {
        **from = Phase::Approved;
        task.brief = None;
    }
    task
}

/// Whether some of the hunks make a sound plan without the others.
pub(super) fn sound_part(plan: &Plan, hunks: &[Hunk], taken: &[usize]) -> bool {
    let part: Vec<Hunk> = taken.iter().filter_map(|at| hunks.get(*at).cloned()).collect();
    faults_of_hunks(plan, &part, &|_| true).is_empty()
}
