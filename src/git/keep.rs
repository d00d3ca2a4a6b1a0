//! Kept refs: nothing that was ever in a worktree or on a branch is lost when it is removed.
//!
//! A kept ref is `refs/chargehand/kept/<name>`, with `.2`, `.3` … when the name is taken. What
//! it points at is the branch's commit, or a commit above it that also holds what was uncommitted,
//! what was staged apart from that, and what an agent had reset away. Ignored files are not kept:
//! [`Worktree::ignored`] names them, for the person to see before they decide.

use super::{
    call::Call,
    error::GitError,
    lock, refs,
    repo::{self, Repo},
    stage::{self, Index},
    worktree::{On, Worktree},
};

/// Who commits what is kept: it must not fail for lack of a name or a key.
const KEEPER: &[(&str, &str)] = &[
    ("GIT_AUTHOR_NAME", "chargehand"),
    ("GIT_AUTHOR_EMAIL", "chargehand@localhost"),
    ("GIT_COMMITTER_NAME", "chargehand"),
    ("GIT_COMMITTER_EMAIL", "chargehand@localhost"),
];
/// Most commits of a reflog that are looked at, and most parents of a kept commit.
const MOST_LOST: usize = 500;
/// Most ignored paths that are named.
const MOST_IGNORED: usize = 1000;

/// Where something is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The ref's full name.
    pub name: String,
    pub commit: String,
}

impl Repo {
    /// All kept refs, sorted by name.
    pub async fn kept(&self) -> Result<Vec<Kept>, GitError> {
        let form = "--format=%(refname) %(objectname)";
        let call = Call::read(&self.top, ["for-each-ref", form, "refs/chargehand/kept/"]);
        let text = self.git.ok(call).await?.text();
        let kept = |line: &str| {
            let (name, commit) = line.split_once(' ')?;
            Some(Kept { name: name.to_owned(), commit: commit.to_owned() })
        };
        Ok(text.lines().filter_map(kept).collect())
    }

    /// Deletes a branch on a person's word; what it held stays reachable by the kept ref.
    /// Refused while it is checked out anywhere.
    pub async fn drop_branch(&self, branch: &str) -> Result<Kept, GitError> {
        let _held = lock::hold(self).await?;
        let full = refs::full(branch);
        let Some(at) = refs::at(self, &full).await? else {
            let expected = "any commit".to_owned();
            return Err(GitError::Moved { name: full, expected });
        };
        refs::refuse_checked_out(self, branch).await?;
        let kept = keep_commit(self, branch, &at).await?;
        refs::delete(self, &full, &at).await?;
        Ok(kept)
    }
}

impl Worktree {
    /// Makes all that the worktree holds and has held reachable by a kept ref. Changes nothing in
    /// the worktree.
    pub async fn keep(&self, name: &str) -> Result<Kept, GitError> {
        let git = &self.repo.git;
        let head = repo::snapshot_in(git, &self.place(), "HEAD").await?;
        let work = stage::tree(self, Index::Aside).await?;
        let nested = self.nested(&head.tree, &work).await?;
        if !nested.is_empty() {
            return Err(GitError::WouldLose {
                what: format!("the worktree {}", self.path.display()),
                why: format!("it holds repositories of its own: {}", nested.join(", ")),
            });
        }
        let mut others = self.lost(&head.commit).await?;
        if let Some(staged) = self.staged_apart(&head.tree, &work).await? {
            let parents = [head.commit.clone()];
            others.push(self.keeper_commit(&staged, &parents, "Staged").await?);
        }
        let commit = if work == head.tree && others.is_empty() {
            head.commit
        } else {
            let parents: Vec<String> = std::iter::once(head.commit).chain(others).collect();
            self.keeper_commit(&work, &parents, "Uncommitted work").await?
        };
        keep_commit(&self.repo, name, &commit).await
    }

    /// Removes the worktree on a person's word, after all that it holds is kept.
    /// Its branch stays. The person's own checkout is never removed.
    pub async fn remove(self, name: &str) -> Result<Kept, GitError> {
        self.refuse_own().await?;
        let kept = self.keep(name).await?;
        self.take_away().await?;
        Ok(kept)
    }

    /// Removes a worktree that was made on a commit, to check it. It held no work, so no person is
    /// asked; if the checks left anything that is not ignored, that is kept all the same.
    pub async fn close(self, name: &str) -> Result<Option<Kept>, GitError> {
        let On::Commit(commit) = &self.on else {
            return Err(GitError::WouldLose {
                what: format!("the worktree {}", self.path.display()),
                why: "it is on a branch; only a person's word removes it".to_owned(),
            });
        };
        self.refuse_own().await?;
        let head = repo::snapshot_in(&self.repo.git, &self.place(), "HEAD").await?;
        let untouched = head.commit == *commit && self.snapshot_tree().await? == head.tree;
        let kept = if untouched { None } else { Some(self.keep(name).await?) };
        self.take_away().await?;
        Ok(kept)
    }

    async fn refuse_own(&self) -> Result<(), GitError> {
        let listed = self.repo.worktrees().await?;
        let main = listed.first().map(|main| &main.path);
        if self.path != self.repo.top && main != Some(&self.path) {
            return Ok(());
        }
        Err(GitError::WouldLose {
            what: format!("the checkout {}", self.path.display()),
            why: "it is the person's own".to_owned(),
        })
    }

    async fn take_away(&self) -> Result<(), GitError> {
        let _held = lock::hold(&self.repo).await?;
        let remove = ["worktree", "remove", "--force"];
        self.repo.git.ok(Call::write(&self.repo.top, remove).arg(&self.path)).await.map(drop)
    }

    /// What would not be kept: ignored files and directories, at most 1,000 of them.
    pub async fn ignored(&self) -> Result<Vec<String>, GitError> {
        let list = ["ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory"];
        let mut paths = self.repo.git.ok(Call::read(self.place(), list)).await?.parts();
        paths.truncate(MOST_IGNORED);
        Ok(paths)
    }

    /// Repositories below the worktree's root: new ones, and submodules that were checked out.
    async fn nested(&self, head: &str, work: &str) -> Result<Vec<String>, GitError> {
        let mut paths = stage::embedded(&self.repo, head, work).await?;
        for path in stage::links(&self.repo, work).await? {
            if self.path.join(&path).join(".git").exists() && !paths.contains(&path) {
                paths.push(path);
            }
        }
        Ok(paths)
    }

    /// Commits that HEAD once was at and does not reach any more: an agent reset or switched.
    async fn lost(&self, head: &str) -> Result<Vec<String>, GitError> {
        let git = &self.repo.git;
        let most = format!("--max-count={MOST_LOST}");
        let log = Call::read(self.place(), ["log", "--walk-reflogs", "--format=%H", &most, "HEAD"]);
        // A worktree without a reflog has nothing of the kind.
        let seen = git.answer(log).await?;
        if seen.exit != 0 {
            return Ok(Vec::new());
        }
        let seen = seen.text();
        let ask = format!("^{head}\n{seen}\n");
        let walk = Call::read(self.place(), ["rev-list", "--stdin"]).stdin(ask);
        let reached = git.ok(walk).await?.text();
        let unreached: std::collections::BTreeSet<&str> = reached.lines().collect();
        let mut lost: Vec<String> =
            seen.lines().filter(|id| unreached.contains(id)).map(str::to_owned).collect();
        lost.sort();
        lost.dedup();
        Ok(lost)
    }

    /// The tree of the index, when it is neither what is committed nor what is in the files.
    async fn staged_apart(&self, head: &str, work: &str) -> Result<Option<String>, GitError> {
        let dir = stage::copy(&self.git_dir)?;
        let call = Call::write(self.place(), ["write-tree"]);
        let answer =
            self.repo.git.answer(call.env("GIT_INDEX_FILE", dir.path().join("index"))).await?;
        // An index in the middle of a merge has no tree; its sides are commits already.
        let tree = answer.text();
        Ok((answer.exit == 0 && tree != head && tree != work).then_some(tree))
    }

    async fn keeper_commit(
        &self,
        tree: &str,
        parents: &[String],
        subject: &str,
    ) -> Result<String, GitError> {
        // The time of the newest parent, so that keeping the same twice is one commit.
        let time = ["log", "-1", "--format=@%ct +0000"];
        let time = parents.iter().take(1).fold(Call::read(self.place(), time), Call::arg);
        let time = self.repo.git.ok(time).await?.text();
        let call = Call::write(self.place(), ["commit-tree", "--no-gpg-sign", "-m", subject])
            .env("GIT_AUTHOR_DATE", &time)
            .env("GIT_COMMITTER_DATE", &time);
        let call = parents.iter().fold(call, |call, parent| call.arg("-p").arg(parent));
        let call = KEEPER.iter().fold(call, |call, (name, value)| call.env(name, *value));
        Ok(self.repo.git.ok(call.arg(tree)).await?.text())
    }
}

/// Keeps a commit under a name, or under the next free one; the same twice is one.
pub(super) async fn keep_commit(repo: &Repo, name: &str, commit: &str) -> Result<Kept, GitError> {
    let zero = "0".repeat(commit.len());
    let mut number = 1_u32;
    loop {
        let suffix = if number == 1 { String::new() } else { format!(".{number}") };
        let name = format!("refs/chargehand/kept/{name}{suffix}");
        let kept = Kept { name: name.clone(), commit: commit.to_owned() };
        match refs::at(repo, &name).await? {
            Some(there) if there == commit => return Ok(kept),
            Some(_) => {}
            None => match refs::update(repo, &repo.place(), &name, commit, &zero).await {
                Ok(()) => return Ok(kept),
                // Somebody else took the name just now.
                Err(GitError::Moved { .. }) => {}
                Err(error) => return Err(error),
            },
        }
        number += 1;
    }
}
