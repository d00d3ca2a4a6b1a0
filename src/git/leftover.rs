//! What chargehand has made in a repository and nobody needs any more: worktrees and branches.
//!
//! Looking changes nothing. What is taken away stays reachable by a kept ref.

use std::path::{Path, PathBuf};

use super::{
    call::{Call, Place},
    error::GitError,
    keep::{Kept, keep_commit},
    lock, refs,
    repo::Repo,
    shape,
    worktree::{Listed, On, Worktree, git_dir_of},
};

/// Most branches that are looked at.
const MOST_BRANCHES: usize = 10_000;

/// What a worktree holds that is not committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsaved {
    Nothing,
    /// These paths are changed or new.
    Changes {
        paths: Vec<String>,
    },
    /// Its directory is gone; only git's record of it is left.
    Gone,
    /// It cannot be looked at, so that it counts as holding work.
    Unknown {
        why: String,
    },
}

/// A worktree of chargehand's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ours {
    pub listed: Listed,
    pub unsaved: Unsaved,
}

impl Repo {
    /// The worktrees below a folder, sorted by path, with what they hold.
    pub async fn worktrees_below(&self, folder: &Path) -> Result<Vec<Ours>, GitError> {
        // git lists paths with all links resolved.
        let Ok(folder) = folder.canonicalize() else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for listed in self.worktrees().await?.into_iter().skip(1) {
            if !listed.path.starts_with(&folder) {
                continue;
            }
            let unsaved = self.unsaved(&listed.path).await;
            found.push(Ours { listed, unsaved });
        }
        found.sort_by(|one, other| one.listed.path.cmp(&other.listed.path));
        Ok(found)
    }

    async fn unsaved(&self, path: &Path) -> Unsaved {
        if !path.join(".git").exists() {
            return Unsaved::Gone;
        }
        let Some(git_dir) = git_dir_of(self, path) else {
            return Unsaved::Unknown { why: "git has no record of it".to_owned() };
        };
        // Not by its own `.git` file, which whoever worked in it can have written.
        let place = Place { dir: path.to_owned(), git_dir: Some(git_dir) };
        match shape::changes(self, &place).await {
            Ok(paths) if paths.is_empty() => Unsaved::Nothing,
            Ok(paths) => Unsaved::Changes { paths },
            Err(error) => Unsaved::Unknown { why: error.to_string() },
        }
    }

    /// Removes a worktree on a person's word; all that it holds is kept under `name`.
    pub async fn remove_worktree(&self, listed: &Listed, name: &str) -> Result<Kept, GitError> {
        if listed.path.join(".git").exists() {
            let on = match &listed.branch {
                Some(branch) => On::Branch { name: branch.clone(), base: listed.commit.clone() },
                None => On::Commit(listed.commit.clone()),
            };
            return Worktree::open(self, &listed.path, on).await?.remove(name).await;
        }
        let _held = lock::hold(self).await?;
        let kept = keep_commit(self, name, &listed.commit).await?;
        let remove = ["worktree", "remove", "--force"];
        self.git.ok(Call::write(&self.top, remove).arg(&listed.path)).await?;
        Ok(kept)
    }

    /// The branches of goals and of attempts, by short name, sorted.
    pub async fn own_branches(&self) -> Result<Vec<String>, GitError> {
        let most = format!("--count={MOST_BRANCHES}");
        let form = ["for-each-ref", "--format=%(refname)", &most];
        let call = Call::read(&self.top, form);
        let both = [refs::full("chargehand/"), refs::full("chargehand-attempts/")];
        let text = self.git.ok(both.iter().fold(call, Call::arg)).await?.text();
        let short = |name: &str| name.strip_prefix("refs/heads/").map(str::to_owned);
        Ok(text.lines().filter_map(short).collect())
    }

    /// Folders below `folder`, two levels down, that git does not know as worktrees: somebody else
    /// made them, or git was told to forget them.
    pub async fn unknown_folders(&self, folder: &Path) -> Result<Vec<PathBuf>, GitError> {
        let Ok(folder) = folder.canonicalize() else { return Ok(Vec::new()) };
        let listed: Vec<PathBuf> =
            self.worktrees().await?.into_iter().map(|one| one.path).collect();
        let below = |dir: &Path| -> Vec<PathBuf> {
            let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
            entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
        };
        let mut found: Vec<PathBuf> = below(&folder).iter().flat_map(|goal| below(goal)).collect();
        found.retain(|path| !listed.contains(path));
        found.sort();
        Ok(found)
    }
}
