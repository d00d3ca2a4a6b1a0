//! What a decision that is taken back leaves behind: what was before it.

use super::super::{
    brief::Brief,
    goal::{Goal, Standing},
    phase::{Phase, Task},
    plan::{Plan, PlanDraft},
    withdraw::Withdrawn,
};

impl Goal {
    pub(super) fn take_back(&mut self, what: &Withdrawn) {
        match what {
            Withdrawn::PlanApproval => {
                let revision = self.plan.revision;
                let plan = std::mem::replace(&mut self.plan, Plan { revision, ..Plan::default() });
                self.standing = Standing::Proposed { draft: proposal(plan) };
                self.runs.values_mut().for_each(|run| run.stopping = true);
            }
            Withdrawn::BriefApproval { task } => {
                let Some(task) = self.plan.get_mut(task) else { return };
                let hash = task.brief.as_ref().map(Brief::hash).unwrap_or_default();
                task.approved.retain(|one| *one != hash);
                task.stand(Phase::Drafted);
            }
            Withdrawn::BriefRejection { task: id } => {
                self.stop_run_of(id);
                let Some(task) = self.plan.get_mut(id) else { return };
                let Some(rejected) = task.rejected.take() else { return };
                task.brief = Some(rejected.brief);
                task.direction = rejected.direction;
                task.stand(Phase::Drafted);
            }
        }
    }
}

impl Task {
    /// Puts the task into a phase; one that is blocked goes there once it is released.
    fn stand(&mut self, phase: Phase) {
        match &mut self.phase {
            Phase::Blocked { from, .. } => **from = phase,
            now => *now = phase,
        }
    }
}

/// A plan as it was proposed, with what the person has changed in it since.
fn proposal(plan: Plan) -> PlanDraft {
    // A cancelled task comes back with the others: some may lean on it.
    let live = plan.tasks.into_iter().filter(|task| task.phase != Phase::Superseded);
    PlanDraft {
        summary: plan.summary,
        parts: plan.parts,
        stages: plan.stages,
        tasks: live.map(|task| task.spec).collect(),
    }
}
