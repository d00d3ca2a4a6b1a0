//! The plan as rows: stages with their tasks, proposed or in force.

use std::collections::BTreeSet;

use super::place::Spot;
use crate::domain::{Goal, Phase, StageId, StageSpec, Standing, Task, TaskId, TaskSpec};

/// A task as the plan pane shows it. What is only proposed has no `Task` yet.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    pub spec: &'a TaskSpec,
    pub task: Option<&'a Task>,
}

impl Shown<'_> {
    /// Where it stands.
    pub fn phase(&self) -> &Phase {
        self.task.map_or(&Phase::Proposed, |task| &task.phase)
    }
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub enum PlanRow<'a> {
    Stage { stage: &'a StageSpec, done: usize, all: usize },
    Task(Shown<'a>),
}

impl PlanRow<'_> {
    /// The row as a cursor.
    pub fn spot(&self) -> Spot {
        match self {
            PlanRow::Stage { stage, .. } => Spot::Stage(stage.id.clone()),
            PlanRow::Task(shown) => Spot::Task(shown.spec.id.clone()),
        }
    }

    /// Whether the cursor is on this row.
    pub fn is(&self, spot: &Spot) -> bool {
        match (self, spot) {
            (PlanRow::Stage { stage, .. }, Spot::Stage(id)) => stage.id == *id,
            (PlanRow::Task(shown), Spot::Task(id)) => shown.spec.id == *id,
            (PlanRow::Stage { .. }, Spot::Task(_)) | (PlanRow::Task(_), Spot::Stage(_)) => false,
        }
    }
}

/// Whether a task stands in a plan that waits for approval.
pub fn is_proposed(goal: &Goal, id: &TaskId) -> bool {
    match &goal.standing {
        Standing::Proposed { draft } => draft.tasks.iter().any(|task| task.id == *id),
        Standing::Planning { .. }
        | Standing::Working
        | Standing::Stalled { .. }
        | Standing::Landed { .. } => false,
    }
}

/// The tasks of a goal in their order, those that others have replaced left out.
pub fn tasks(goal: &Goal) -> Vec<Shown<'_>> {
    match &goal.standing {
        Standing::Proposed { draft } => {
            draft.tasks.iter().map(|spec| Shown { spec, task: None }).collect()
        }
        Standing::Planning { .. }
        | Standing::Working
        | Standing::Stalled { .. }
        | Standing::Landed { .. } => goal
            .plan
            .tasks
            .iter()
            .filter(|task| task.phase != Phase::Superseded)
            .map(|task| Shown { spec: &task.spec, task: Some(task) })
            .collect(),
    }
}

/// The rows of a goal's plan, the tasks of folded stages left out.
pub fn rows<'a>(goal: &'a Goal, folded: &BTreeSet<StageId>) -> Vec<PlanRow<'a>> {
    let stages = match &goal.standing {
        Standing::Proposed { draft } => &draft.stages,
        Standing::Planning { .. }
        | Standing::Working
        | Standing::Stalled { .. }
        | Standing::Landed { .. } => &goal.plan.stages,
    };
    let tasks = tasks(goal);
    let mut rows = Vec::with_capacity(tasks.len() + stages.len());
    for stage in stages {
        let of_stage: Vec<Shown<'_>> =
            tasks.iter().filter(|task| task.spec.stage == stage.id).copied().collect();
        let done = of_stage.iter().filter(|one| matches!(one.phase(), Phase::Done { .. })).count();
        rows.push(PlanRow::Stage { stage, done, all: of_stage.len() });
        if !folded.contains(&stage.id) {
            rows.extend(of_stage.into_iter().map(PlanRow::Task));
        }
    }
    // A task of no known stage is shown all the same.
    let homeless = |task: &&Shown<'_>| stages.iter().all(|stage| stage.id != task.spec.stage);
    rows.extend(tasks.iter().filter(homeless).copied().map(PlanRow::Task));
    rows
}
