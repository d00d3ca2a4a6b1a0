//! Landing accepted work on the goal's own branch: tried, checked on the merged tree, then final.
//!
//! [`Repo::begin_landing`] makes the merged commit and moves nothing. The caller checks it in a
//! worktree of its own ([`super::worktree::On::Commit`]); [`Repo::finish_landing`] then moves the
//! branch, if it is still where it was. Doing either again after a crash comes to the same.

use super::{
    call::Call,
    error::GitError,
    keep::{Kept, keep_commit},
    lock,
    merge::{How, Made},
    message::Message,
    refs,
    repo::{Repo, Snapshot},
    stale,
};

/// Work merged into the goal, not final yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub goal: String,
    /// Where the goal's branch was when the merge was made.
    pub tip: String,
    /// What it would become.
    pub merged: Snapshot,
    pub how: How,
}

/// How a landing begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landing {
    /// The goal's branch has this work already.
    Already {
        tip: Snapshot,
    },
    Ready(Candidate),
    /// The work does not fit what has landed since. Both sides stay as they are.
    Conflict {
        files: Vec<String>,
        ours: String,
        theirs: String,
    },
}

impl Repo {
    /// Makes the goal's branch at a commit, or finds it where it is; its tip.
    pub async fn open_goal(&self, goal: &str, base: &str) -> Result<Snapshot, GitError> {
        let _held = lock::hold(self).await?;
        stale::of_branch(&self.common, &refs::goal_branch(goal))?;
        if let Some(tip) = self.goal_tip(goal).await? {
            return Ok(tip);
        }
        let base = self.snapshot(base).await?;
        let name = refs::full(&refs::goal_branch(goal));
        let zero = "0".repeat(base.commit.len());
        refs::update(self, &self.place(), &name, &base.commit, &zero).await?;
        Ok(base)
    }

    /// The tip of the goal's branch, or none if there is no such branch.
    pub async fn goal_tip(&self, goal: &str) -> Result<Option<Snapshot>, GitError> {
        refs::tip(self, &refs::goal_branch(goal)).await
    }

    /// Merges an attempt's head with the goal's tip, without moving anything.
    pub async fn begin_landing(
        &self,
        goal: &str,
        head: &str,
        what: &Message,
    ) -> Result<Landing, GitError> {
        let Some(tip) = self.goal_tip(goal).await? else {
            let name = refs::full(&refs::goal_branch(goal));
            return Err(GitError::Moved { name, expected: "any commit".to_owned() });
        };
        Ok(match self.make_merge(&tip.commit, head, what).await? {
            Made::Contained => Landing::Already { tip },
            Made::Conflict(files) => {
                Landing::Conflict { files, ours: tip.commit, theirs: head.to_owned() }
            }
            Made::Commit(merged, how) => {
                Landing::Ready(Candidate { goal: goal.to_owned(), tip: tip.commit, merged, how })
            }
        })
    }

    /// Brings the goal's branch back to `to`, the newest commit that is known to be good, when it
    /// stands at a landing that nothing is known of: a crash came between the branch's move and
    /// the log, and what was merged may be refuted or cancelled since. `heads` are the attempts'
    /// commits; a branch that anybody else has moved is left where it is. What is taken off stays
    /// reachable by a kept ref.
    pub async fn take_back(
        &self,
        goal: &str,
        to: &str,
        heads: &[String],
    ) -> Result<Option<Kept>, GitError> {
        let _held = lock::hold(self).await?;
        let Some(tip) = self.goal_tip(goal).await? else { return Ok(None) };
        if tip.commit == to || !self.is_landing(&tip.commit, to, heads).await? {
            return Ok(None);
        }
        let branch = refs::goal_branch(goal);
        refs::refuse_checked_out(self, &branch).await?;
        let kept = keep_commit(self, &format!("unlanded/{goal}"), &tip.commit).await?;
        refs::update(self, &self.place(), &refs::full(&branch), to, &tip.commit).await?;
        Ok(Some(kept))
    }

    /// Whether a commit is what landing one of these heads on `from` comes to.
    pub async fn is_landing(
        &self,
        commit: &str,
        from: &str,
        heads: &[String],
    ) -> Result<bool, GitError> {
        if commit == from {
            return Ok(false);
        }
        if heads.iter().any(|head| head == commit) {
            return self.is_ancestor(from, commit).await;
        }
        let parents = Call::read(&self.top, ["log", "-1", "--format=%P", commit]);
        let parents = self.git.ok(parents).await?.text();
        Ok(heads.iter().any(|head| parents == format!("{from} {head}")))
    }

    /// Moves the goal's branch to the merged commit. [`GitError::Moved`] when something else has
    /// landed in between: begin again.
    pub async fn finish_landing(&self, candidate: &Candidate) -> Result<Snapshot, GitError> {
        let _held = lock::hold(self).await?;
        let branch = refs::goal_branch(&candidate.goal);
        let merged = &candidate.merged;
        if let Some(tip) = self.goal_tip(&candidate.goal).await?
            && tip.commit != candidate.tip
            && self.is_ancestor(&merged.commit, &tip.commit).await?
        {
            return Ok(merged.clone());
        }
        refs::refuse_checked_out(self, &branch).await?;
        let name = refs::full(&branch);
        refs::update(self, &self.place(), &name, &merged.commit, &candidate.tip).await?;
        Ok(merged.clone())
    }
}
