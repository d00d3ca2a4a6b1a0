//! What the runs work in: the repository, the model, the settings, the memory.

use std::{path::PathBuf, sync::Arc};

use crate::{
    agent::{BlobSink, Model, Prompts},
    config::{Catalogue, Config, Dirs},
    domain::{AttemptNo, GoalId, Job, RunId, TaskId, Tier},
    git::Repo,
    logger::{Blobs, LogId, Recall, StoreError},
};

/// The window of a model about which nothing is said: what current hosted models have at least.
const DEFAULT_WINDOW: u32 = 128_000;

/// Everything that a run may need and none may change.
pub struct World {
    pub repo: Repo,
    pub dirs: Dirs,
    pub config: Config,
    pub prices: Catalogue,
    pub log: PathBuf,
    pub log_id: LogId,
    pub blobs: Arc<Outputs>,
    pub model: Arc<dyn Model>,
    pub prompts: Prompts,
}

impl std::fmt::Debug for World {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("World").field("log", &self.log).finish_non_exhaustive()
    }
}

/// The blob store as sessions see it: what cannot be stored is lost, the session goes on.
#[derive(Clone, Debug)]
pub struct Outputs(pub Blobs);

impl BlobSink for Outputs {
    fn put(&self, bytes: &[u8]) -> Option<String> {
        self.0.put(bytes).ok()
    }
}

impl World {
    /// A reading handle of the memory, for one run.
    pub fn recall(&self) -> Result<Recall, StoreError> {
        Recall::open(&self.log)
    }

    /// The model that does a job.
    pub fn model_of(&self, job: &Job, tier: Tier) -> Option<&str> {
        match job {
            Job::Plan | Job::Brief { .. } | Job::Review { .. } => self.config.planner(),
            Job::Execute { .. } | Job::Check { .. } | Job::Land { .. } => {
                self.config.executor(tier)
            }
        }
    }

    /// Where an attempt's worktree goes: outside the repository, apart for every log.
    pub fn worktree(&self, goal: &GoalId, task: &TaskId, attempt: AttemptNo) -> PathBuf {
        self.folder(goal).join(format!("{task}-{attempt}"))
    }

    /// Tokens that the models' window holds.
    pub fn window(&self) -> u32 {
        self.config.models.context_tokens.unwrap_or(DEFAULT_WINDOW)
    }

    /// Where a session that only looks finds the files.
    pub fn looking(&self, goal: &GoalId, run: RunId) -> PathBuf {
        self.folder(goal).join(format!("look-{run}"))
    }

    /// Where the merged tree of an attempt is checked before it is final.
    pub fn landing(&self, goal: &GoalId, task: &TaskId, attempt: AttemptNo) -> PathBuf {
        self.folder(goal).join(format!("{task}-{attempt}-landing"))
    }

    fn folder(&self, goal: &GoalId) -> PathBuf {
        self.dirs.worktrees().join(self.log_id.as_str()).join(goal.as_str())
    }
}
