//! Worktrees: a checkout of its own for each attempt, and for each tree that is to be landed.
//!
//! They are made under the repository's lock, never pruned, and removed only by [`super::keep`].

use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use super::{
    call::{Call, Place},
    error::GitError,
    lock, refs,
    repo::{self, Head, Repo},
    stale,
};

/// What git writes as a worktree's lock while it makes it.
const INITIALIZING: &str = "initializing";

/// What a worktree has checked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum On {
    /// A branch; made at `base` unless it exists already, in which case its work goes on.
    Branch { name: String, base: String },
    /// A commit and no branch.
    Commit(String),
}

/// A linked checkout of a repository.
#[derive(Clone, Debug)]
pub struct Worktree {
    pub path: PathBuf,
    /// Its own git directory, below the common one.
    pub git_dir: PathBuf,
    pub on: On,
    pub(super) repo: Repo,
}

/// A worktree as git lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    pub path: PathBuf,
    pub commit: String,
    /// Short name of its branch; none when detached.
    pub branch: Option<String>,
    /// Why it is locked, if it is.
    pub locked: Option<String>,
    /// Why git would prune it, if it would: its directory is gone.
    pub prunable: Option<String>,
}

impl Repo {
    /// All worktrees; the main checkout is the first.
    pub async fn worktrees(&self) -> Result<Vec<Listed>, GitError> {
        let call = Call::read(&self.top, ["worktree", "list", "--porcelain", "-z"]);
        let mut all = Vec::new();
        for part in self.git.ok(call).await?.parts() {
            let (key, value) = part.split_once(' ').unwrap_or((&part, ""));
            if key == "worktree" {
                all.push(Listed { path: PathBuf::from(value), ..Listed::default() });
            } else if let Some(last) = all.last_mut() {
                last.take(key, value);
            }
        }
        Ok(all)
    }
}

impl Listed {
    fn take(&mut self, key: &str, value: &str) {
        match key {
            "HEAD" => value.clone_into(&mut self.commit),
            "branch" => {
                self.branch = Some(value.trim_start_matches("refs/heads/").to_owned());
            }
            "locked" => self.locked = Some(value.to_owned()),
            "prunable" => self.prunable = Some(value.to_owned()),
            _ => {}
        }
    }
}

impl Worktree {
    /// Opens the worktree at a path, making it if it is not there; its parents are made too.
    ///
    /// Doing it again gives the same worktree with what is in it, also after a crash half-way.
    /// It writes nothing into the person's checkout or configuration.
    pub async fn open(repo: &Repo, path: &Path, on: On) -> Result<Self, GitError> {
        let path = settled(path)?;
        let held = lock::hold(repo).await?;
        let listed = match git_dir_of(repo, &path) {
            Some(_) => repo.worktrees().await?.into_iter().find(|one| one.path == path),
            None => None,
        };
        if let On::Branch { name, .. } = &on {
            stale::of_branch(&repo.common, name)?;
        }
        if listed.is_some()
            && let Some(git_dir) = git_dir_of(repo, &path)
            && git_dir != repo.git_dir
        {
            stale::in_worktree(&git_dir)?;
        }
        match Found::of(listed, &path)? {
            Found::Whole(listed) => check(&listed, &on)?,
            Found::Half => mend(repo, &path).await?,
            Found::Nothing { again } => add(repo, &path, &on, again).await?,
        }
        drop(held);
        let git_dir = git_dir_of(repo, &path).ok_or_else(|| GitError::InTheWay {
            path: path.clone(),
            why: "git does not list it as a worktree of this repository".to_owned(),
        })?;
        Ok(Self { path, git_dir, on, repo: repo.clone() })
    }

    /// What it has checked out now, which an agent may have changed.
    pub async fn head(&self) -> Result<Head, GitError> {
        repo::head_of(&self.repo.git, &self.place()).await
    }

    pub(super) fn place(&self) -> Place {
        Place { dir: self.path.clone(), git_dir: Some(self.git_dir.clone()) }
    }

    /// The same worktree, with calls that are stopped by another token.
    #[must_use]
    pub fn stopped_by(&self, stop: &tokio_util::sync::CancellationToken) -> Self {
        Self { repo: self.repo.stopped_by(stop), ..self.clone() }
    }
}

/// What there is at a path already.
enum Found {
    Whole(Listed),
    /// git was stopped while it made it: no session has seen it.
    Half,
    Nothing {
        again: Again,
    },
}

/// Whether git knows the path of a worktree whose directory is gone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    New,
    Known,
}

impl Found {
    fn of(listed: Option<Listed>, path: &Path) -> Result<Self, GitError> {
        let there = path.join(".git").exists();
        match listed {
            Some(one) if there && one.locked.as_deref() == Some(INITIALIZING) => Ok(Self::Half),
            Some(one) if there => Ok(Self::Whole(one)),
            Some(_) if is_free(path) => Ok(Self::Nothing { again: Again::Known }),
            None if is_free(path) => Ok(Self::Nothing { again: Again::New }),
            Some(_) | None => Err(GitError::InTheWay {
                path: path.to_owned(),
                why: "it is not empty and not a worktree of this repository".to_owned(),
            }),
        }
    }
}

fn is_free(path: &Path) -> bool {
    std::fs::read_dir(path).map_or(!path.exists(), |mut entries| entries.next().is_none())
}

/// The path as git will list it: parents made, links in them resolved.
fn settled(path: &Path) -> Result<PathBuf, GitError> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        let why = "a worktree needs a path with a name".to_owned();
        return Err(GitError::InTheWay { path: path.to_owned(), why });
    };
    std::fs::create_dir_all(parent).map_err(GitError::file("cannot make", parent))?;
    let parent = parent.canonicalize().map_err(GitError::file("cannot resolve", parent))?;
    Ok(parent.join(name))
}

fn check(listed: &Listed, on: &On) -> Result<(), GitError> {
    match on {
        // An agent may have switched branches; its work is still here and goes on.
        On::Branch { .. } => Ok(()),
        On::Commit(commit) if listed.commit == *commit && listed.branch.is_none() => Ok(()),
        On::Commit(commit) => Err(GitError::InTheWay {
            path: listed.path.clone(),
            why: format!("it is a worktree at {}, not at {commit}", listed.commit),
        }),
    }
}

async fn add(repo: &Repo, path: &Path, on: &On, again: Again) -> Result<(), GitError> {
    let mut call = Call::write(&repo.top, ["worktree", "add", "--quiet"]);
    if again == Again::Known {
        call = call.arg("--force");
    }
    let On::Branch { name, base } = on else {
        let On::Commit(commit) = on else { return Ok(()) };
        repo.git.ok(call.arg("--detach").arg(path).arg(commit)).await?;
        return Ok(());
    };
    let base = repo.id_of(base).await?;
    let made = call.clone().arg("--no-track").arg("-b").arg(name).arg(path).arg(&base);
    let Err(error) = repo.git.ok(made).await.map(drop) else { return Ok(()) };
    if error.said().contains("already exists") && refs::tip(repo, name).await?.is_some() {
        return repo.git.ok(call.arg(path).arg(name)).await.map(drop);
    }
    // git makes the branch first and leaves it behind. There is no work on it yet.
    let full = refs::full(name);
    if refs::at(repo, &full).await?.as_deref() == Some(base.as_str()) {
        refs::delete(repo, &full, &base).await?;
    }
    Err(error)
}

/// The git directory of a worktree, by what the repository says and not by the worktree's own
/// `.git` file, which whoever works in it can write.
pub(super) fn git_dir_of(repo: &Repo, path: &Path) -> Option<PathBuf> {
    let all = std::fs::read_dir(repo.common.join("worktrees")).ok()?;
    all.flatten().map(|entry| entry.path()).find(|dir| {
        let Ok(bytes) = std::fs::read(dir.join("gitdir")) else { return false };
        // Relative to its own directory with `worktree.useRelativePaths`.
        let file = dir.join(OsStr::from_bytes(bytes.trim_ascii_end()));
        let Some(root) = file.parent() else { return false };
        // A worktree whose directory is gone is still known by its name.
        root == path || root.canonicalize().is_ok_and(|root| root == path)
    })
}

/// Finishes a worktree that git had not made to its end: nothing but git has been in it.
async fn mend(repo: &Repo, path: &Path) -> Result<(), GitError> {
    repo.git.ok(Call::write(path, ["reset", "--quiet", "--hard"])).await?;
    repo.git.ok(Call::write(&repo.top, ["worktree", "unlock"]).arg(path)).await?;
    Ok(())
}
