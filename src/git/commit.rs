//! Commits of a worktree's work, made by chargehand in the person's name.
//!
//! They are made of plumbing (`add`, `write-tree`, `commit-tree`, `update-ref`): no hook of the
//! person runs, no editor opens, and a worktree whose HEAD an agent has moved is no obstacle.

use super::{
    call::{Call, Place},
    error::GitError,
    message::Message,
    refs,
    repo::{Repo, Snapshot},
    run::Git,
    sign,
    stage::{self, Index},
    worktree::{On, Worktree},
};

/// What a worktree holds, committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    pub head: Snapshot,
    /// Paths that differ from the base, relative to the root; a rename counts as both.
    pub files: Vec<String>,
}

impl Worktree {
    /// Commits all that is in the worktree and not ignored, deletions and new files included, and
    /// moves its branch there. Without any change there is no new commit.
    ///
    /// `base` is what the work began from; commits that the agent made itself count as work too.
    pub async fn commit_all(&self, base: &str, what: &Message) -> Result<Committed, GitError> {
        let repo = &self.repo;
        let tree = stage::tree(self, Index::Own).await?;
        let was = super::repo::snapshot_in(&repo.git, &self.place(), "HEAD").await?;
        let mut files = None;
        let head = if tree == was.tree {
            was
        } else {
            let changed = stage::changed(repo, &was.tree, &tree).await?;
            if base == was.commit {
                files = Some(changed);
            }
            let parents = [was.commit.as_str()];
            let commit = make(repo, &self.place(), &tree, &parents, &what.text()).await?;
            refs::update(repo, &self.place(), "HEAD", &commit, &was.commit).await?;
            Snapshot { commit, tree }
        };
        self.lead_branch(&head.commit).await?;
        let files = match files {
            Some(files) => files,
            None if base == head.commit => Vec::new(),
            None => repo.changed_paths(base, &head.tree).await?,
        };
        Ok(Committed { head, files })
    }

    /// The tree of all that is in the worktree and not ignored. Neither its index nor any ref
    /// changes; only objects are added.
    pub async fn snapshot_tree(&self) -> Result<String, GitError> {
        stage::tree(self, Index::Aside).await
    }

    /// Points the attempt's branch at its head, when an agent has switched away from it. What the
    /// branch had before is kept if it would be lost.
    async fn lead_branch(&self, head: &str) -> Result<(), GitError> {
        let On::Branch { name, .. } = &self.on else { return Ok(()) };
        let full = refs::full(name);
        // Read from the file to save a call; whatever stores refs in another way takes the long one.
        let symbol = std::fs::read_to_string(self.git_dir.join("HEAD")).unwrap_or_default();
        if symbol.trim_end() == format!("ref: {full}") {
            return Ok(());
        }
        let was = refs::at(&self.repo, &full).await?;
        if was.as_deref() == Some(head) {
            return Ok(());
        }
        if let Some(was) = &was
            && !self.repo.is_ancestor(was, head).await?
        {
            super::keep::keep_commit(&self.repo, name, was).await?;
        }
        let old = was.unwrap_or_else(|| "0".repeat(head.len()));
        refs::update(&self.repo, &self.place(), &full, head, &old).await
    }
}

/// Makes a commit of a tree in the person's name, signed if their configuration asks for it.
/// Nothing points at it yet.
pub(super) async fn make(
    repo: &Repo,
    place: &Place,
    tree: &str,
    parents: &[&str],
    message: &str,
) -> Result<String, GitError> {
    let signing = sign::wanted(repo, place).await?;
    let mut call = Call::write(place, ["commit-tree", "-F", "-"]).stdin(message);
    if signing == sign::Signing::Wanted {
        call = call.arg("-S");
    }
    call = parents.iter().fold(call, |call, parent| call.arg("-p").arg(*parent));
    let answer = repo.git.answer(call.arg(tree)).await?;
    if answer.exit == 0 {
        return Ok(answer.text());
    }
    let failed = nameless(answer.failed());
    match (signing, &failed) {
        (_, GitError::NoIdentity { .. }) | (sign::Signing::Unwanted, _) => Err(failed),
        (sign::Signing::Wanted, _) => Err(GitError::Signing { said: failed.said().to_owned() }),
    }
}

/// Whether git knows in whose name it would commit here; also where there is no repository yet.
pub(super) async fn needs_identity(git: &Git, place: &Place) -> Result<(), GitError> {
    let asked = git.ok(Call::read(place, ["var", "GIT_COMMITTER_IDENT"])).await;
    asked.map(drop).map_err(nameless)
}

/// What git said, understood where nobody has told it a name.
fn nameless(failed: GitError) -> GitError {
    let said = failed.said();
    let signs = ["Please tell me who you are", "auto-detection is disabled", "empty ident"];
    if !signs.iter().any(|sign| said.contains(sign)) {
        return failed;
    }
    let line = said.lines().find(|line| line.starts_with("fatal: ")).unwrap_or(said);
    GitError::NoIdentity { said: line.trim_start_matches("fatal: ").to_owned() }
}
