//! Merges that touch no checkout: tried with `merge-tree`, made with `commit-tree`.

use super::{
    call::Call,
    commit,
    error::GitError,
    message::Message,
    repo::{Repo, Snapshot},
};

/// How two commits come together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merge {
    /// Ours already has all of theirs.
    Contained,
    /// Ours has nothing of its own since: theirs is the result.
    Forward,
    /// Both have changes, and they fit; the tree that results.
    Clean { tree: String },
    /// Both have changes that do not fit, in these paths.
    Conflict { files: Vec<String> },
}

/// How a result came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The branch moves forward to a commit that is there.
    Forward,
    /// A new commit with two parents.
    Merged,
}

/// A merge that is made and at which nothing points yet, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Made {
    Contained,
    Commit(Snapshot, How),
    Conflict(Vec<String>),
}

impl Repo {
    /// Tries a merge of two commits without touching anything but the object store.
    ///
    /// Attributes are ignored, so a `merge=` driver does not run: where it would have helped, the
    /// result is a conflict.
    pub async fn try_merge(&self, ours: &str, theirs: &str) -> Result<Merge, GitError> {
        let (ours, theirs) = (&self.id_of(ours).await?, &self.id_of(theirs).await?);
        let bases = self.git.answer(Call::read(&self.top, ["merge-base", ours, theirs])).await?;
        match bases.exit {
            0 if bases.text() == *theirs => return Ok(Merge::Contained),
            0 if bases.text() == *ours => return Ok(Merge::Forward),
            0 | 1 => {}
            _ => return Err(bases.failed()),
        }
        let form = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages"];
        let answer = self.git.answer(Call::write(&self.top, form).arg(ours).arg(theirs)).await?;
        if !matches!(answer.exit, 0 | 1) {
            return Err(answer.failed());
        }
        let mut parts = answer.parts().into_iter();
        let Some(tree) = parts.next().filter(|tree| !tree.is_empty()) else {
            return Err(answer.failed());
        };
        if answer.exit == 0 {
            return Ok(Merge::Clean { tree });
        }
        Ok(Merge::Conflict { files: parts.filter(|path| !path.is_empty()).collect() })
    }

    /// Makes the merge of two commits, in the person's name, with nothing pointing at it.
    pub(super) async fn make_merge(
        &self,
        ours: &str,
        theirs: &str,
        what: &Message,
    ) -> Result<Made, GitError> {
        Ok(match self.try_merge(ours, theirs).await? {
            Merge::Contained => Made::Contained,
            Merge::Forward => Made::Commit(self.snapshot(theirs).await?, How::Forward),
            Merge::Conflict { files } => Made::Conflict(files),
            Merge::Clean { tree } => {
                let parents = [ours, theirs];
                let commit =
                    commit::make(self, &self.place(), &tree, &parents, &what.text()).await?;
                Made::Commit(Snapshot { commit, tree }, How::Merged)
            }
        })
    }
}
