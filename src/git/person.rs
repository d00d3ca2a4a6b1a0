//! Landing in the person's own checkout: the one place that changes it, on their word.
//!
//! The merge is made first, out of sight, by `merge-tree`; a conflict is known before anything
//! moves. Then git moves the checkout forward to it (`merge --ff-only`), which either keeps
//! every uncommitted change or, when one is in the way, does nothing at all.

use super::{
    call::Call,
    error::GitError,
    lock,
    merge::{How, Made},
    message::Message,
    refs,
    repo::{Head, Repo, Snapshot},
    shape::Operation,
};

/// Where git notes the HEAD from before a merge.
const ORIG_HEAD: &str = "ORIG_HEAD";

/// Whether filters that the repository's own configuration defines may run in the checkout. An
/// agent can write that configuration; the person's global one it cannot without leaving its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filters {
    Global,
    /// The person has looked at them.
    Trusted,
}

/// Why nothing was landed. The checkout is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotLanded {
    #[error("no branch is checked out (HEAD is detached): switch to the branch to land into")]
    Detached,
    #[error("`{branch}` has no commit yet: nothing can be merged into it")]
    Unborn { branch: String },
    #[error("a {} is under way in your checkout: finish or abort it first", what.word())]
    UnderWay { what: Operation },
    #[error("your uncommitted changes are in the way: {}. Commit or stash them.", files.join(", "))]
    Overlap { files: Vec<String> },
    #[error("your branch and the goal's changed the same lines in {}", files.join(", "))]
    Conflict { files: Vec<String> },
    #[error(
        "the repository's own configuration defines commands that would run as files are checked \
         out ({}). Look at them in .git/config; if they are yours, say that they may run.",
        keys.join(", ")
    )]
    Filters { keys: Vec<String> },
}

/// What came of landing into the person's branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landed {
    /// The branch had it already.
    Already {
        into: String,
        at: Snapshot,
    },
    Now {
        into: String,
        at: Snapshot,
        how: How,
    },
    Not(NotLanded),
}

impl Repo {
    /// Merges a commit (the goal's tip) into the branch that the person has checked out.
    pub async fn land_into_checkout(
        &self,
        commit: &str,
        what: &Message,
        filters: Filters,
    ) -> Result<Landed, GitError> {
        let _held = lock::hold(self).await?;
        let (into, at) = match self.head().await? {
            Head::Branch { name, at } => (name, at),
            Head::Detached { .. } => return Ok(Landed::Not(NotLanded::Detached)),
            Head::Unborn { branch } => return Ok(Landed::Not(NotLanded::Unborn { branch })),
        };
        if let Some(what) = Operation::under_way(&self.git_dir) {
            return Ok(Landed::Not(NotLanded::UnderWay { what }));
        }
        let keys = match filters {
            Filters::Global => self.own_filters().await?,
            Filters::Trusted => Vec::new(),
        };
        if !keys.is_empty() {
            return Ok(Landed::Not(NotLanded::Filters { keys }));
        }
        let theirs = self.snapshot(commit).await?.commit;
        let (merged, how) = match self.make_merge(&at.commit, &theirs, what).await? {
            Made::Contained => return Ok(Landed::Already { into, at }),
            Made::Conflict(files) => return Ok(Landed::Not(NotLanded::Conflict { files })),
            Made::Commit(merged, how) => (merged, how),
        };
        Ok(match self.forward(&merged.commit).await? {
            Some(files) => Landed::Not(NotLanded::Overlap { files }),
            None => Landed::Now { into, at: merged, how },
        })
    }

    /// Moves the checkout forward; the paths in the way, if any.
    async fn forward(&self, commit: &str) -> Result<Option<Vec<String>>, GitError> {
        let merge = [
            "merge",
            "--ff-only",
            "--quiet",
            "--no-autostash",
            "--no-verify-signatures",
            "--no-stat",
            "--no-overwrite-ignore",
        ];
        let orig = refs::at(self, ORIG_HEAD).await?;
        let call = Call::write(&self.top, merge).arg(commit).honouring_attributes();
        let answer = self.git.answer(call).await?;
        if answer.exit == 0 {
            return Ok(None);
        }
        self.put_back(orig).await?;
        let failed = answer.failed();
        let said = failed.said();
        let in_the_way = ["would be overwritten by merge", "would be removed by merge"];
        if in_the_way.iter().any(|sign| said.contains(sign)) {
            let files = said.lines().filter_map(|line| line.strip_prefix('\t'));
            return Ok(Some(files.map(|path| path.trim().to_owned()).collect()));
        }
        Err(failed)
    }

    /// Puts `ORIG_HEAD` back: git moves it even when it then refuses to merge.
    async fn put_back(&self, orig: Option<String>) -> Result<(), GitError> {
        let now = refs::at(self, ORIG_HEAD).await?;
        match (orig, now) {
            (Some(orig), Some(now)) if orig != now => {
                refs::update(self, &self.place(), ORIG_HEAD, &orig, &now).await
            }
            (None, Some(now)) => refs::delete(self, ORIG_HEAD, &now).await,
            (Some(_) | None, _) => Ok(()),
        }
    }

    /// Keys of filters that the repository's own configuration defines.
    async fn own_filters(&self) -> Result<Vec<String>, GitError> {
        let keys = r"^filter\..*\.(clean|smudge|process)$";
        let list = ["config", "-z", "--show-scope", "--name-only", "--get-regexp", keys];
        let parts = self.git.answer(Call::read(&self.top, list)).await?.parts();
        let own = |pair: &[String]| match pair {
            [scope, key] if scope == "local" || scope == "worktree" => Some(key.clone()),
            _ => None,
        };
        Ok(parts.chunks(2).filter_map(own).collect())
    }
}
