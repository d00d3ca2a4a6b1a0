//! The tree of a worktree's working state.

use std::{fs, path::Path};

use super::{call::Call, error::GitError, repo::Repo, setup, worktree::Worktree};

/// Which index takes up the working state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Index {
    /// The worktree's own, for a commit.
    Own,
    /// A copy, thrown away afterwards.
    Aside,
}

impl Worktree {
    /// The tree of all that is in it now and not ignored. Changes nothing in it.
    pub async fn tree(&self) -> Result<String, GitError> {
        tree(self, Index::Aside).await
    }
}

/// Stages all that is not ignored, new files and deletions included, and writes the tree.
/// What the person shares with the worktree (see [`super::setup`]) is no part of it.
pub(super) async fn tree(worktree: &Worktree, index: Index) -> Result<String, GitError> {
    let aside = match index {
        Index::Own => None,
        Index::Aside => Some(copy(&worktree.git_dir)?),
    };
    let call = |args: &[&str]| {
        let call = Call::write(worktree.place(), args.iter().copied());
        match &aside {
            Some(dir) => call.env("GIT_INDEX_FILE", dir.path().join("index")),
            None => call,
        }
    };
    let git = &worktree.repo.git;
    git.ok(call(&["add", "--all", "--sparse"])).await?;
    let shared = setup::shared(&worktree.git_dir)?;
    if !shared.is_empty() {
        let drop = call(&["update-index", "-z", "--force-remove", "--stdin"]);
        git.ok(drop.stdin(shared.join("\0") + "\0")).await?;
    }
    Ok(git.ok(call(&["write-tree"])).await?.text())
}

/// A copy of an index with the time of the original: git compares it with the files' times to see
/// which of them it must read again.
pub(super) fn copy(git_dir: &Path) -> Result<tempfile::TempDir, GitError> {
    let dir = tempfile::tempdir().map_err(GitError::file("cannot make a directory in", "/tmp"))?;
    let (from, to) = (git_dir.join("index"), dir.path().join("index"));
    let copied = || -> std::io::Result<()> {
        match fs::copy(&from, &to) {
            // No index yet: nothing is staged.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
            Ok(_) => {}
        }
        let file = fs::OpenOptions::new().write(true).open(&to)?;
        file.set_modified(fs::metadata(&from)?.modified()?)
    };
    copied().map_err(GitError::file("cannot copy the index", from.clone()))?;
    Ok(dir)
}

/// What differs between two trees: the paths, and which of them are new links to repositories,
/// of which git would record the commit and none of the content.
async fn differences(
    repo: &Repo,
    was: &str,
    tree: &str,
) -> Result<(Vec<String>, Vec<String>), GitError> {
    let raw = ["diff-tree", "-r", "-z", "--raw", "--no-renames", was, tree];
    let parts = repo.git.ok(Call::read(&repo.top, raw)).await?.parts();
    let (mut paths, mut embedded) = (Vec::new(), Vec::new());
    for pair in parts.chunks(2) {
        let [record, path] = pair else { continue };
        let mut modes = record.split(' ');
        if modes.next() != Some(":160000") && modes.next() == Some("160000") {
            embedded.push(path.clone());
        }
        paths.push(path.clone());
    }
    Ok((paths, embedded))
}

/// Repositories inside the work that its base did not have.
pub(super) async fn embedded(repo: &Repo, was: &str, tree: &str) -> Result<Vec<String>, GitError> {
    Ok(differences(repo, was, tree).await?.1)
}

/// The paths that differ. Fails when the work has repositories inside that its base did not have.
pub(super) async fn changed(repo: &Repo, was: &str, tree: &str) -> Result<Vec<String>, GitError> {
    let (paths, embedded) = differences(repo, was, tree).await?;
    if embedded.is_empty() { Ok(paths) } else { Err(GitError::Embedded { paths: embedded }) }
}

/// The links to other repositories (submodules and others) in a tree.
pub(super) async fn links(repo: &Repo, tree: &str) -> Result<Vec<String>, GitError> {
    let list = ["ls-tree", "-r", "-z", "--full-tree", tree];
    let parts = repo.git.ok(Call::read(&repo.top, list)).await?.parts();
    let link = |part: &String| {
        let (meta, path) = part.split_once('\t')?;
        meta.starts_with("160000 ").then(|| path.to_owned())
    };
    Ok(parts.iter().filter_map(link).collect())
}
