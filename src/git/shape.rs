//! The shape of a repository: what chargehand works in, what it refuses, what a person should know.

use std::path::{Path, PathBuf};

use super::{
    call::{Call, Place},
    error::GitError,
    repo::{Head, Repo},
};

/// Most bytes of `.gitattributes` that are looked at.
const MOST_ATTRIBUTES: usize = 1024 * 1024;

/// Something that git is in the middle of in a checkout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Merge,
    Rebase,
    CherryPick,
    Revert,
    Bisect,
}

impl Operation {
    /// What git is in the middle of, by the files that it keeps in a checkout's git directory.
    pub(super) fn under_way(git_dir: &Path) -> Option<Self> {
        let signs = [
            ("MERGE_HEAD", Self::Merge),
            ("rebase-merge", Self::Rebase),
            ("rebase-apply", Self::Rebase),
            ("CHERRY_PICK_HEAD", Self::CherryPick),
            ("REVERT_HEAD", Self::Revert),
            ("BISECT_LOG", Self::Bisect),
        ];
        signs.into_iter().find(|(name, _)| git_dir.join(name).exists()).map(|(_, what)| what)
    }

    /// The operation as git's own command is called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Rebase => "rebase",
            Self::CherryPick => "cherry-pick",
            Self::Revert => "revert",
            Self::Bisect => "bisect",
        }
    }
}

/// Why chargehand does not work in a repository.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsupported {
    #[error(
        "{} is a bare repository: it has no checkout to work from. Make one with `git worktree \
         add` and start chargehand there.",
        dir.display()
    )]
    Bare { dir: PathBuf },
    #[error(
        "{} is inside a git directory, not in a checkout. Start chargehand in the project's own \
         folder.",
        dir.display()
    )]
    InsideGitDir { dir: PathBuf },
    #[error(
        "the branch `{branch}` has no commit yet, so there is nothing to begin work from. A first \
         commit is needed: `git add -A && git commit -m Begin`, or `chargehand run --init`, which \
         commits what is here."
    )]
    Unborn { branch: String },
}

/// Something about a repository that a person should know, and that does not stop the work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Note {
    #[error("HEAD is detached: landing into a branch needs one to be checked out")]
    Detached,
    #[error(
        "{files} uncommitted change(s) in your checkout stay as they are and are not part of what \
         the tasks begin from"
    )]
    Dirty { files: usize },
    #[error(
        "a {} is under way in your checkout; tasks begin from the last commit, and landing waits \
         until it is over", what.word()
    )]
    UnderWay { what: Operation },
    #[error("the history is shallow: merges may lack a common ancestor; `git fetch --unshallow`")]
    Shallow,
    #[error("the checkout is sparse: worktrees get the same part of the tree")]
    Sparse,
    #[error("a partial clone: objects that are missing are not fetched while chargehand works")]
    Partial,
    #[error(
        "submodules are empty in new worktrees ({}); add `git submodule update --init` to \
         worktree.setup if tasks need them", paths.join(", ")
    )]
    Submodules { paths: Vec<String> },
    #[error(
        "git attributes are not applied in worktrees, for safety: files of the filters {} appear \
         as they are stored (LFS: as pointers)", names.join(", ")
    )]
    Filters { names: Vec<String> },
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    pub head: Head,
    pub notes: Vec<Note>,
}

impl Shape {
    /// Looks at a repository. An error of kind [`Unsupported`] says why it cannot be worked in.
    pub async fn of(repo: &Repo) -> Result<Self, GitError> {
        // Side by side: a person waits for all of them whenever a goal begins.
        let place = repo.place();
        let looks = Box::pin(async {
            tokio::try_join!(
                changes(repo, &place),
                is_set(repo, "core.sparseCheckout"),
                repo.git.answer(promisors(repo)),
                submodules(repo),
                filters(repo),
            )
        });
        let (head, looks) = tokio::join!(repo.head(), looks);
        let head = head?;
        let mut notes = Vec::new();
        match &head {
            Head::Unborn { branch } => {
                return Err(Unsupported::Unborn { branch: branch.clone() }.into());
            }
            Head::Detached { .. } => notes.push(Note::Detached),
            Head::Branch { .. } => {}
        }
        let (changed, sparse, promised, paths, names) = looks?;
        if !changed.is_empty() {
            notes.push(Note::Dirty { files: changed.len() });
        }
        if let Some(what) = Operation::under_way(&repo.git_dir) {
            notes.push(Note::UnderWay { what });
        }
        if repo.common.join("shallow").exists() {
            notes.push(Note::Shallow);
        }
        if sparse {
            notes.push(Note::Sparse);
        }
        if promised.exit == 0 {
            notes.push(Note::Partial);
        }
        if !paths.is_empty() {
            notes.push(Note::Submodules { paths });
        }
        if !names.is_empty() {
            notes.push(Note::Filters { names });
        }
        Ok(Self { head, notes })
    }
}

/// Paths with uncommitted changes in a checkout, new files (not ignored) included.
pub(super) async fn changes(repo: &Repo, place: &Place) -> Result<Vec<String>, GitError> {
    let status = ["status", "--porcelain=v1", "-z", "--untracked-files=normal", "--no-renames"];
    let parts = repo.git.ok(Call::read(place, status)).await?.parts();
    Ok(parts.into_iter().filter_map(|part| part.get(3..).map(str::to_owned)).collect())
}

fn promisors(repo: &Repo) -> Call {
    Call::read(
        &repo.top,
        ["config", "--get-regexp", r"^(remote\..*\.promisor|extensions\.partialclone)$"],
    )
}

async fn is_set(repo: &Repo, key: &str) -> Result<bool, GitError> {
    let call = Call::read(&repo.top, ["config", "--type=bool", "--get", key]);
    Ok(repo.git.answer(call).await?.text() == "true")
}

async fn submodules(repo: &Repo) -> Result<Vec<String>, GitError> {
    let list = ["config", "-z", "--blob", "HEAD:.gitmodules", "--get-regexp", r"\.path$"];
    let parts = repo.git.answer(Call::read(&repo.top, list)).await?.parts();
    let path = |part: &String| part.split_once('\n').map(|(_, path)| path.to_owned());
    Ok(parts.iter().filter_map(path).collect())
}

async fn filters(repo: &Repo) -> Result<Vec<String>, GitError> {
    let Some(bytes) = repo.file_at("HEAD", ".gitattributes", MOST_ATTRIBUTES).await? else {
        return Ok(Vec::new());
    };
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let mut names: Vec<String> = lines
        .flat_map(str::split_whitespace)
        .filter_map(|word| word.strip_prefix("filter="))
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    Ok(names)
}
