//! What the end of a run means for its task.

use super::super::{
    attempt::{Blocker, BlockerKind},
    phase::{Phase, Task},
    run::{End, Fault, FaultClass, Job},
};

impl Task {
    /// The run that this task's phase names has ended before it moved the task on.
    pub(super) fn end_run(&mut self, job: &Job, end: &End) {
        match end {
            End::Interrupted => self.phase = self.settled(&self.phase),
            // It is the server that is held, not the task.
            End::Faulted { fault } if fault.holds() => self.phase = self.settled(&self.phase),
            End::Stopped => self.block(Blocker {
                kind: BlockerKind::HeldByPerson,
                text: "stopped by you; release it to go on".to_owned(),
            }),
            End::Done => match self.settled(&self.phase) {
                Phase::Running { attempt, .. } => self.phase = Phase::Reported { attempt },
                _ => self.block(Blocker {
                    kind: match job {
                        Job::Plan | Job::Brief { .. } | Job::Review { .. } => {
                            BlockerKind::NeedsStrongerModel
                        }
                        // No model has the last word in these.
                        Job::Execute { .. } | Job::Check { .. } | Job::Land { .. } => {
                            BlockerKind::EnvironmentBroken
                        }
                    },
                    text: format!("the {} run ended without a result", job.word()),
                }),
            },
            End::Faulted { fault } => match self.settled(&self.phase) {
                Phase::Running { attempt, .. } if fault.class.costs_an_attempt() => {
                    if let Some(one) = self.attempts.last_mut() {
                        one.ended = Some(fault.message.clone());
                    }
                    self.phase = Phase::Reported { attempt };
                }
                _ => self.block(blocker_of(fault)),
            },
        }
    }
}

/// What a fault means for the task that it befell.
fn blocker_of(fault: &Fault) -> Blocker {
    let kind = match fault.class {
        FaultClass::Auth | FaultClass::Protocol | FaultClass::Environment => {
            BlockerKind::EnvironmentBroken
        }
        FaultClass::Quota | FaultClass::Rate | FaultClass::Overload => BlockerKind::RateLimited,
        FaultClass::Network => BlockerKind::ExternalWait,
        FaultClass::ContextOverflow => BlockerKind::TooBig,
        FaultClass::ContentFilter => BlockerKind::NeedsDecision,
        FaultClass::Budget => BlockerKind::Budget,
        FaultClass::Model => BlockerKind::NeedsStrongerModel,
    };
    let text = if fault.hint.is_empty() {
        fault.message.clone()
    } else {
        format!("{}. {}", fault.message.trim_end_matches('.'), fault.hint)
    };
    Blocker { kind, text }
}
