//! Taking one landed piece of work back: a new commit on the goal's branch, nothing rewritten.

use super::{
    call::Call,
    commit,
    error::GitError,
    lock,
    merge::Merge,
    message::Message,
    refs,
    repo::{Repo, Snapshot},
};

/// How taking work back came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reverted {
    /// The goal's branch has moved to this commit.
    Now(Snapshot),
    /// Nothing of it was left on the goal's branch.
    Already(Snapshot),
    /// What has landed since rests on it, in these paths. Nothing was changed.
    Conflict { files: Vec<String> },
}

impl Repo {
    /// Takes back what `landed` brought to the goal's branch. `base` is where the work began: it
    /// counts when the branch moved forward to the work itself, without a merge.
    ///
    /// The opposite change is a commit on `landed` with the tree of before; merged into the tip, git
    /// finds `landed` as their base. Doing it again after a crash changes nothing.
    pub async fn revert_landed(
        &self,
        goal: &str,
        landed: &str,
        base: &str,
        what: &Message,
    ) -> Result<Reverted, GitError> {
        let _held = lock::hold(self).await?;
        let branch = refs::goal_branch(goal);
        let name = refs::full(&branch);
        let Some(tip) = self.goal_tip(goal).await? else {
            return Err(GitError::Moved { name, expected: "any commit".to_owned() });
        };
        let parents = Call::read(&self.top, ["log", "-1", "--format=%P", landed]);
        let parents = self.git.ok(parents).await?.text();
        let before = match parents.split_once(' ') {
            Some((first, _)) => first,
            None => base,
        };
        let before = self.snapshot(before).await?;
        let text = what.text();
        let opposite = commit::make(self, &self.place(), &before.tree, &[landed], &text).await?;
        let tree = match self.try_merge(&tip.commit, &opposite).await? {
            Merge::Contained => return Ok(Reverted::Already(tip)),
            Merge::Forward => before.tree,
            Merge::Clean { tree } => tree,
            Merge::Conflict { files } => return Ok(Reverted::Conflict { files }),
        };
        if tree == tip.tree {
            return Ok(Reverted::Already(tip));
        }
        refs::refuse_checked_out(self, &branch).await?;
        let made = commit::make(self, &self.place(), &tree, &[&tip.commit], &text).await?;
        refs::update(self, &self.place(), &name, &made, &tip.commit).await?;
        Ok(Reverted::Now(Snapshot { commit: made, tree }))
    }
}
