//! What a session may look at.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    git_diff::GitDiff,
    git_log::GitLog,
    list::List,
    memory::{Memory, MemorySearch},
    read::Read,
    search::Search,
};
use crate::{agent::Toolbox, git::Repo, sandbox::Beneath};

/// What a thinking session may look at besides the files of a checkout: the history behind it, the
/// memory.
#[derive(Clone)]
pub struct History {
    pub repo: Repo,
    /// The commit that the checkout shows; what `HEAD` means to the session.
    pub at: String,
    /// `None`: the memory cannot be searched, and there is no tool for it.
    pub memory: Option<Arc<dyn Memory>>,
}

/// The look tools over the history, in a fixed order: `git_log`, `git_diff`, and
/// `memory_search` if there is a memory.
pub fn look_at_history(history: &History) -> Toolbox {
    let (repo, at) = (history.repo.clone(), history.at.clone());
    let mut tools: Toolbox = vec![
        Box::new(GitLog { repo: repo.clone(), at: at.clone() }),
        Box::new(GitDiff { repo, at }),
    ];
    if let Some(memory) = &history.memory {
        tools.push(Box::new(MemorySearch { memory: Arc::clone(memory) }));
    }
    tools
}

/// The look tools over files alone: list, read, search.
pub fn look_at_files(root: &Path) -> Toolbox {
    let files = Files { root: root.to_owned() };
    vec![
        Box::new(List { files: files.clone() }),
        Box::new(Read { files: files.clone() }),
        Box::new(Search { files }),
    ]
}

/// A directory that is opened when it is needed, so that its loss is a tool's error.
#[derive(Clone, Debug)]
pub(super) struct Files {
    pub(super) root: PathBuf,
}

impl Files {
    pub(super) fn open(&self) -> Result<Beneath, String> {
        Beneath::open(&self.root).map_err(|fault| format!("the worktree is not there: {fault}"))
    }
}
