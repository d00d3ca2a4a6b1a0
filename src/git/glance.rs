//! What is looked up of a commit again and again: its paths, and the newest commits that lead to it.
//!
//! A commit never changes, so both are read once. A screen has them read while a goal is typed, and
//! the planner is asked that much sooner.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::OnceCell;

use super::{
    error::GitError,
    history::{Commit, Since},
    repo::{Repo, is_id},
};

/// Newest commits that are read.
const NEWEST: u32 = 15;
/// Commits that are kept in mind.
const MOST: usize = 2;
/// Most paths of a commit that is kept in mind: a few megabytes.
const MOST_PATHS: usize = 50_000;

/// Commits kept in mind, the latest first.
#[derive(Debug, Default)]
pub(super) struct Glances(Mutex<VecDeque<(String, Arc<Glance>)>>);

/// What is known of one commit.
#[derive(Debug, Default)]
struct Glance {
    paths: OnceCell<Arc<BTreeSet<String>>>,
    newest: OnceCell<Arc<Vec<Commit>>>,
}

impl Glances {
    fn at(&self, commit: &str) -> Arc<Glance> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |paths: &Arc<BTreeSet<String>>| paths.len() <= MOST_PATHS;
        all.retain(|(_, glance)| glance.paths.get().is_none_or(of));
        if let Some((_, glance)) = all.iter().find(|(id, _)| id == commit) {
            return Arc::clone(glance);
        }
        let glance = Arc::<Glance>::default();
        // What a name means may change: only an id is worth keeping.
        if is_id(commit) {
            all.push_front((commit.to_owned(), Arc::clone(&glance)));
            all.truncate(MOST);
        }
        glance
    }
}

impl Repo {
    /// The paths of all files of a commit.
    pub async fn paths_at(&self, commit: &str) -> Result<Arc<BTreeSet<String>>, GitError> {
        let glance = self.glances.at(commit);
        let read = async || Ok(Arc::new(self.ls_tree(commit).await?.into_iter().collect()));
        glance.paths.get_or_try_init(read).await.cloned()
    }

    /// The newest commits that lead to a commit, itself first: 15 at most.
    pub async fn newest_at(&self, commit: &str) -> Result<Arc<Vec<Commit>>, GitError> {
        let glance = self.glances.at(commit);
        let read = async || Ok(Arc::new(self.log(commit, Since::Beginning, &[], NEWEST).await?));
        glance.newest.get_or_try_init(read).await.cloned()
    }
}
