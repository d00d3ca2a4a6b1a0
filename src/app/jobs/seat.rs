//! The place that every run begins from.

use std::sync::Arc;

use super::{
    super::{
        reader::{tokens, written_for},
        scribe::Scene,
        world::World,
    },
    brief, check, execute, fault, land, plan, review,
};
use crate::{
    agent::{BlobSink, Link, LinkError},
    domain::{Actor, End, Fault, FaultClass, Job, Refusal, Rung, Task, TaskId},
    git::{Message, Repo},
    planner::Window,
};

/// What a run has at hand.
#[derive(Clone, Debug)]
pub(super) struct Seat {
    pub(super) world: Arc<World>,
    pub(super) scene: Arc<Scene>,
    pub(super) job: Job,
    /// Speaks as chargehand; sessions speak as their model.
    pub(super) link: Link,
    /// The repository, its commands ended when the run is stopped.
    pub(super) repo: Repo,
}

/// Why a run ends early.
pub(super) type Early = End;

/// Does a job. The answer is how it ended.
pub(in super::super) async fn perform(
    world: Arc<World>,
    scene: Arc<Scene>,
    job: Job,
    link: Link,
) -> End {
    let repo = world.repo.stopped_by(&link.stop);
    let seat = Seat { world, scene, job: job.clone(), link, repo };
    let ended = match &job {
        Job::Plan => plan::run(&seat).await,
        Job::Brief { task } => brief::run(&seat, task).await,
        Job::Execute { task, attempt } => execute::run(&seat, task, *attempt).await,
        Job::Check { task, .. } => check::run(&seat, task).await,
        Job::Review { task, .. } => review::run(&seat, task).await,
        Job::Land { task, attempt } => land::run(&seat, task, *attempt).await,
    };
    let end = withheld(ended.unwrap_or_else(|early| early), &*seat.world.blobs);
    // Whatever went wrong while it was being stopped went wrong because of that.
    if seat.link.stop.is_cancelled() { End::Stopped } else { end }
}

/// An end whose words may be the output of a command, such as one of `worktree.setup` or a hook of
/// git's: without the secrets that are known.
fn withheld(end: End, outputs: &dyn BlobSink) -> End {
    match end {
        End::Faulted { fault } => End::Faulted {
            fault: Fault {
                message: outputs.redact(fault.message),
                hint: outputs.redact(fault.hint),
                ..fault
            },
        },
        End::Done | End::Stopped | End::Interrupted => end,
    }
}

impl Seat {
    /// The task as it was when the run began.
    pub(super) fn task(&self, id: &TaskId) -> Result<&Task, Early> {
        self.scene.goal.task(id).ok_or_else(|| {
            let text = format!("there is no task `{id}` in the plan any more");
            End::Faulted { fault: Fault::new(FaultClass::Environment, text) }
        })
    }

    /// The model that does this job.
    pub(super) fn rung(&self) -> Result<Rung, Early> {
        self.world.rung(&self.scene.goal, &self.job).ok_or_else(fault::no_model)
    }

    /// The window of the model that does this job.
    pub(super) fn window(&self) -> Result<Window, Early> {
        Ok(Window(tokens(&self.rung()?)))
    }

    /// The window that a brief of a task is written for.
    pub(super) fn reader_window(&self, task: &TaskId) -> Result<Window, Early> {
        let World { config, known, .. } = &*self.world;
        written_for(config, known, &self.scene.goal, task).ok_or_else(fault::no_model)
    }

    /// The link of a session with this model in the planner's role.
    pub(super) fn planner_link(&self, model: &str) -> Link {
        self.link.speaking_as(Actor::Planner { model: model.to_owned() })
    }

    /// The link of a session with this model in the executor's role.
    pub(super) fn executor_link(&self, model: &str) -> Link {
        self.link.speaking_as(Actor::Executor { model: model.to_owned() })
    }

    /// A commit's message, with what it belongs to as trailers.
    pub(super) fn message(&self, subject: &str, body: &str) -> Message {
        let goal = &self.scene.goal.id;
        let mut message =
            Message::new(subject).body(body).trailer("Chargehand-Goal", goal.as_str());
        if let Some(task) = self.job.task() {
            message = message.trailer("Chargehand-Task", task.as_str());
        }
        if let Some(attempt) = self.job.attempt() {
            message = message.trailer("Chargehand-Attempt", attempt.to_string());
        }
        message
    }
}

/// A refusal that ends a run: what the core will not have, the run cannot go on without.
pub(super) fn refused(error: LinkError) -> Early {
    let refusal = match error {
        LinkError::Stopped => return End::Stopped,
        LinkError::Refused(refusal) => refusal,
    };
    let class = match refusal {
        // What the planner delivered leads nowhere; trying the same again would not help.
        Refusal::SameAttempt(_) | Refusal::AttemptsUsedUp { .. } => FaultClass::Model,
        _ => FaultClass::Environment,
    };
    End::Faulted { fault: Fault::new(class, refusal.to_string()) }
}
