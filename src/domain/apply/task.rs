//! What a person's and the planner's word do to one task.

use super::super::{
    attempt::{Blocker, BlockerKind},
    check::Outcome,
    event::{Event, Record},
    goal::{Goal, Question},
    ids::TaskId,
    phase::{Direction, DirectionFrom, Override, Phase, Task},
    plan::Tier,
    rung::RouteWhy,
    withdraw::Rejected,
};

impl Goal {
    pub(super) fn apply_to_task(&mut self, record: &Record) {
        let Some(id) = record.event.task().cloned() else { return };
        if let Event::ManualChecked { evidence, note, .. } = &record.event {
            let Some(task) = self.plan.get_mut(&id) else { return };
            if let Some(attempt) = task.attempts.last_mut() {
                attempt.evidence.push(evidence.clone());
            }
            if evidence.outcome != Outcome::Passed {
                let text = format!("The person looked and it does not hold: {note}");
                self.follow_up(&id, Direction { text, from: DirectionFrom::Person });
            }
            return;
        }
        if let Event::TaskRetried { extra_attempts, .. } = &record.event {
            self.retry(&id, *extra_attempts);
            return;
        }
        let Some(task) = self.plan.get_mut(&id) else { return };
        match &record.event {
            Event::BriefWritten { brief } => {
                task.brief = Some(brief.clone());
                task.rejected = None;
                task.phase = Phase::Drafted;
            }
            Event::BriefOverridden { hash, readiness, why, .. } => {
                let (hash, readiness, why) = (hash.clone(), *readiness, why.clone());
                task.overrides.push(Override { hash, readiness, why });
            }
            Event::BriefApproved { hash, .. } => {
                task.approved.push(hash.clone());
                task.phase = Phase::Ready;
            }
            Event::BriefRejected { why, .. } => {
                // What the brief was to follow up on still holds.
                let direction = task.direction.take();
                let before =
                    direction.as_ref().map_or(String::new(), |one| one.text.clone() + "\n");
                let text = format!("{before}The person rejected the brief: {why}");
                task.direction = Some(Direction { text, from: DirectionFrom::Person });
                let brief = task.brief.take();
                task.rejected =
                    brief.map(|brief| Box::new(Rejected { brief, by: record.seq, direction }));
                task.phase = Phase::Approved;
            }
            Event::TaskCancelled { why, .. } => {
                task.phase = Phase::Cancelled { why: why.clone() };
                self.stop_run_of(&id);
            }
            Event::TaskHeld { .. } => {
                let blocker = Blocker {
                    kind: BlockerKind::HeldByPerson,
                    text: "paused by you; release it to go on".to_owned(),
                };
                task.block(blocker);
                self.stop_run_of(&id);
            }
            Event::TaskReleased { .. } => {
                if let Phase::Blocked { from, .. } = &task.phase {
                    task.phase = (**from).clone();
                }
            }
            Event::Routed { tier, model, why, .. } => task.go_to(*tier, model, *why),
            // The others do not come here: see `Goal::apply`.
            _ => {}
        }
    }

    fn retry(&mut self, id: &TaskId, extra_attempts: u32) {
        let limit = self.task(id).map(|task| self.limit_with(task, extra_attempts));
        let Some(task) = self.plan.get_mut(id) else { return };
        if extra_attempts > 0 {
            task.spec.attempt_limit = limit;
        }
        task.brief = None;
        task.rejected = None;
        task.phase = Phase::Approved;
        // It begins anew; what was asked on the way to here is asked again or not at all.
        let open = |one: &Question| one.answer.is_none() && one.task.as_ref() == Some(id);
        self.questions.retain(|_, question| !open(question));
    }

    pub(super) fn stop_run_of(&mut self, id: &TaskId) {
        let run = self.run_of(id).and_then(|run| self.runs.get_mut(&run));
        if let Some(run) = run {
            run.stopping = true;
        }
    }

    /// The task gets another attempt in this direction, or has failed when none is left.
    pub(super) fn follow_up(&mut self, id: &TaskId, direction: Direction) {
        let limit = self.task(id).map_or(0, |task| self.attempt_limit(task));
        let Some(task) = self.plan.get_mut(id) else { return };
        let had = u32::try_from(task.attempts.len()).unwrap_or(u32::MAX);
        task.brief = None;
        task.phase = if had < limit {
            Phase::Approved
        } else {
            Phase::Failed { why: format!("{had} of {limit} attempts used. {}", direction.text) }
        };
        task.direction = Some(direction);
    }
}

impl Task {
    fn go_to(&mut self, tier: Tier, model: &str, why: RouteWhy) {
        self.route = Some(tier);
        // The attempt goes on, with its history, in the roomier window.
        if let (RouteWhy::Overflow { .. }, Phase::Blocked { from, .. }) = (why, &self.phase) {
            self.phase = (**from).clone();
            if let Some(attempt) = self.attempts.last_mut() {
                model.clone_into(&mut attempt.model);
                attempt.tier = tier;
            }
        }
    }

    /// Blocks the task; it will go back to where it stands now, less any run.
    pub(super) fn block(&mut self, blocker: Blocker) {
        let from = match &self.phase {
            Phase::Blocked { from, .. } => from.clone(),
            phase => Box::new(self.settled(phase)),
        };
        self.phase = Phase::Blocked { blocker, from };
    }

    /// A phase as it is once its run has ended without a result.
    pub(super) fn settled(&self, phase: &Phase) -> Phase {
        match phase {
            Phase::Briefing { .. } => Phase::Approved,
            Phase::Running { attempt, .. } => {
                // Before the worktree stands there is no attempt yet.
                if self.attempts.iter().any(|one| one.number == *attempt) {
                    Phase::Running { attempt: *attempt, run: None }
                } else {
                    Phase::Ready
                }
            }
            Phase::Checking { attempt, .. } => Phase::Reported { attempt: *attempt },
            Phase::Reviewing { attempt, .. } => Phase::Checked { attempt: *attempt },
            Phase::Landing { attempt, .. } => Phase::Accepted { attempt: *attempt },
            Phase::Proposed
            | Phase::Approved
            | Phase::Drafted
            | Phase::Ready
            | Phase::Reported { .. }
            | Phase::Checked { .. }
            | Phase::Accepted { .. }
            | Phase::Done { .. }
            | Phase::Changing { .. }
            | Phase::Blocked { .. }
            | Phase::Failed { .. }
            | Phase::Cancelled { .. }
            | Phase::Superseded => phase.clone(),
        }
    }
}
