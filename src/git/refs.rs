//! Refs: moved only from where they are known to be.

use super::{
    call::{Call, Place},
    error::GitError,
    repo::{Repo, Snapshot},
};

/// The goal's own branch.
pub fn goal_branch(goal: &str) -> String {
    format!("chargehand/{goal}")
}

/// The branch of one attempt. Not below the goal's branch: git keeps refs as files, and a file
/// cannot be a directory too.
pub fn attempt_branch(goal: &str, task: &str, attempt: u32) -> String {
    format!("chargehand-attempts/{goal}/{task}-{attempt}")
}

/// The full name of a branch.
pub(super) fn full(branch: &str) -> String {
    format!("refs/heads/{branch}")
}

/// Moves a ref from a known place, in one step: if it is elsewhere, nothing is done and the
/// error is [`GitError::Moved`]. An `old` of zeros means that it must not exist.
pub(super) async fn update(
    repo: &Repo,
    place: &Place,
    name: &str,
    new: &str,
    old: &str,
) -> Result<(), GitError> {
    let reason = ["update-ref", "--create-reflog", "-m", "chargehand"];
    let call = Call::write(place, reason).arg(name).arg(new).arg(old);
    settled(repo, call, name, old).await
}

/// Deletes a ref that is at a known place.
pub(super) async fn delete(repo: &Repo, name: &str, old: &str) -> Result<(), GitError> {
    let call = Call::write(&repo.top, ["update-ref", "-m", "chargehand", "-d", name, old]);
    settled(repo, call, name, old).await
}

async fn settled(repo: &Repo, call: Call, name: &str, old: &str) -> Result<(), GitError> {
    let answer = repo.git.answer(call).await?;
    if answer.exit == 0 {
        return Ok(());
    }
    let failed = answer.failed();
    let moved = ["but expected", "reference already exists", "unable to resolve reference"]
        .iter()
        .any(|sign| failed.said().contains(sign));
    if moved {
        return Err(GitError::Moved { name: name.to_owned(), expected: old.to_owned() });
    }
    Err(failed)
}

/// The commit and tree at a branch, or none if there is no such branch.
pub(super) async fn tip(repo: &Repo, branch: &str) -> Result<Option<Snapshot>, GitError> {
    let name = full(branch);
    let form = "--format=%(refname) %(objectname) %(tree)";
    let text = repo.git.ok(Call::read(&repo.top, ["for-each-ref", form, &name])).await?.text();
    let parse = |line: &str| {
        let mut words = line.split(' ');
        // The pattern matches what is below the name, too.
        (words.next()? == name).then_some(())?;
        Some(Snapshot { commit: words.next()?.to_owned(), tree: words.next()?.to_owned() })
    };
    Ok(text.lines().find_map(parse))
}

/// Where a ref is, or none if there is no such ref.
pub(super) async fn at(repo: &Repo, name: &str) -> Result<Option<String>, GitError> {
    let call =
        Call::read(&repo.top, ["rev-parse", "--verify", "--quiet", "--end-of-options", name]);
    let answer = repo.git.answer(call).await?;
    match answer.exit {
        0 => Ok(Some(answer.text())),
        1 => Ok(None),
        _ => Err(answer.failed()),
    }
}

/// Fails when a branch is checked out somewhere: moving or deleting it would make that checkout
/// look changed.
pub(super) async fn refuse_checked_out(repo: &Repo, branch: &str) -> Result<(), GitError> {
    let all = repo.worktrees().await?;
    match all.into_iter().find(|one| one.branch.as_deref() == Some(branch)) {
        None => Ok(()),
        Some(one) => Err(GitError::CheckedOut { branch: branch.to_owned(), path: one.path }),
    }
}
