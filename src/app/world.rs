//! What the runs work in: the repository, the model, the settings, the memory.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use super::{halves::without_halves, spare::Spare};
use crate::{
    agent::{BlobSink, Model, Prompts, Secrets, WITHHELD},
    config::{Catalogue, Config, Dirs, KnownModels},
    domain::{AttemptNo, Goal, GoalId, Job, Routes, RunId, Rung, TaskId},
    git::Repo,
    logger::{Blobs, LogId, Recall, StoreError},
    sandbox::names_a_secret,
};

/// Everything that a run may need and none may change.
pub struct World {
    pub repo: Repo,
    pub dirs: Dirs,
    pub config: Config,
    /// What is known of models.
    pub known: KnownModels,
    pub prices: Catalogue,
    pub log: PathBuf,
    pub log_id: LogId,
    pub blobs: Arc<Outputs>,
    pub servers: Servers,
    pub prompts: Prompts,
    /// A handle that was opened ahead.
    pub spare: Spare,
}

/// The connections to the servers that the settings name.
#[derive(Clone)]
pub struct Servers {
    pub default: Arc<dyn Model>,
    /// More of them, by name.
    pub more: BTreeMap<String, Arc<dyn Model>>,
}

impl Servers {
    /// One server for all that is asked.
    pub fn one(model: Arc<dyn Model>) -> Self {
        Self { default: model, more: BTreeMap::new() }
    }

    /// The connection to a server.
    pub fn get(&self, provider: &str) -> Arc<dyn Model> {
        Arc::clone(self.more.get(provider).unwrap_or(&self.default))
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("World").field("log", &self.log).finish_non_exhaustive()
    }
}

/// The blob store as sessions see it: what cannot be stored is lost, the session goes on. Known
/// secrets are taken out of everything that goes in.
#[derive(Clone)]
pub struct Outputs {
    blobs: Blobs,
    secrets: Secrets,
}

impl std::fmt::Debug for Outputs {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Outputs").field("blobs", &self.blobs).finish_non_exhaustive()
    }
}

impl Outputs {
    /// A store that withholds these secrets: the values that the program knows as such.
    pub fn new(blobs: Blobs, secrets: impl IntoIterator<Item = String>) -> Self {
        Self { blobs, secrets: Secrets::new(secrets) }
    }

    /// The secrets that it withholds.
    pub(super) fn secrets(&self) -> &Secrets {
        &self.secrets
    }
}

impl BlobSink for Outputs {
    fn put(&self, bytes: &[u8]) -> Option<String> {
        if self.secrets.are_in(bytes) {
            let text = self.redact(String::from_utf8_lossy(bytes).into_owned());
            return self.blobs.put(text.as_bytes()).ok();
        }
        self.blobs.put(bytes).ok()
    }

    fn redact(&self, text: String) -> String {
        without_halves(self.secrets.clean(text), self.secrets.known(), WITHHELD)
    }
}

/// The values of variables whose names say that they are secrets.
pub fn secrets_of(
    variables: impl IntoIterator<Item = (String, String)>,
    keys: &[&str],
) -> Vec<String> {
    variables
        .into_iter()
        .filter(|(name, _)| {
            keys.iter().any(|key| key.eq_ignore_ascii_case(name)) || names_a_secret(name)
        })
        .map(|(_, value)| value)
        .collect()
}

impl World {
    /// A reading handle of the memory, for one run.
    pub fn recall(&self) -> Result<Recall, StoreError> {
        self.spare.take().map_or_else(|| Recall::open(&self.log), Ok)
    }

    /// Which model does what, as far as the models are known by now.
    pub fn routes(&self) -> Routes {
        self.config.routes_as_known(&self.known)
    }

    /// The model that does a job, and its window; `None` when the settings name none.
    pub fn rung(&self, goal: &Goal, job: &Job) -> Option<Rung> {
        let routes = self.routes();
        match job {
            Job::Plan | Job::Brief { .. } | Job::Review { .. } => routes.planner,
            Job::Execute { task, .. } | Job::Check { task, .. } | Job::Land { task, .. } => {
                let task = goal.task(task)?;
                Some(routes.ladder(task.spec.kind)?.rung(task.tier()).clone())
            }
        }
    }

    /// Where an attempt's worktree goes: outside the repository, apart for every log.
    pub fn worktree(&self, goal: &GoalId, task: &TaskId, attempt: AttemptNo) -> PathBuf {
        self.folder(goal).join(format!("{task}-{attempt}"))
    }

    /// Where a session that only looks finds the files.
    pub fn looking(&self, goal: &GoalId, run: RunId) -> PathBuf {
        self.folder(goal).join(format!("look-{run}"))
    }

    /// Where the merged tree of an attempt is checked before it is final. Each run has its own: a
    /// run that was killed while it made or removed one leaves nothing in the next one's way.
    pub fn landing(&self, goal: &GoalId, task: &TaskId, attempt: AttemptNo, run: RunId) -> PathBuf {
        self.folder(goal).join(format!("{task}-{attempt}-landing-{run}"))
    }

    fn folder(&self, goal: &GoalId) -> PathBuf {
        self.dirs.worktrees().join(self.log_id.as_str()).join(goal.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_secrets_are_withheld_from_texts_and_stored_outputs() {
        let temp = tempfile::tempdir().unwrap();
        let log = temp.path().join("log.db");
        let variables = [
            ("OPENAI_API_KEY".to_owned(), "sk-canary-4711".to_owned()),
            ("MY_TOKEN".to_owned(), "short".to_owned()),
            ("HOME".to_owned(), "/home/somebody".to_owned()),
        ];
        let secrets = secrets_of(variables, &["OPENAI_API_KEY"]);
        let outputs = Outputs::new(Blobs::beside(&log), secrets);
        assert_eq!(outputs.redact("a sk-canary-4711 b".to_owned()), "a [withheld] b");
        assert_eq!(outputs.redact("/home/somebody short".to_owned()), "/home/somebody short");
        let digest = outputs.put(b"\x00 sk-canary-4711").unwrap();
        let kept = Blobs::beside(&log).get(&digest).unwrap();
        assert_eq!(kept, b"\x00 [withheld]");
    }
}
