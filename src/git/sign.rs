//! Whether commits are signed: as the person's configuration says, with the person's program.

use super::{
    call::{Call, Place},
    error::GitError,
    repo::Repo,
};

/// Whether a commit is to be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signing {
    Wanted,
    Unwanted,
}

/// Reads `commit.gpgsign`.
///
/// The program that signs is executed, so it counts only where the person alone writes: an agent
/// can write the repository's own configuration. One that is set there is refused, not obeyed.
pub(super) async fn wanted(repo: &Repo, place: &Place) -> Result<Signing, GitError> {
    let keys = r"^(commit\.gpgsign|gpg\.program|gpg\..*\.program|gpg\.ssh\.defaultkeycommand)$";
    let list = ["config", "-z", "--show-scope", "--get-regexp", keys];
    let parts = repo.git.answer(Call::read(place, list)).await?.parts();
    let mut signing = Signing::Unwanted;
    let mut foreign = None;
    for pair in parts.chunks(2) {
        let [scope, entry] = pair else { continue };
        let (key, value) = entry.split_once('\n').unwrap_or((entry, "true"));
        if key == "commit.gpgsign" {
            let yes = matches!(value.to_ascii_lowercase().as_str(), "true" | "yes" | "on" | "1");
            signing = if yes { Signing::Wanted } else { Signing::Unwanted };
        } else if scope == "local" || scope == "worktree" {
            foreign = Some(key.to_owned());
        }
    }
    match (signing, foreign) {
        (Signing::Wanted, Some(key)) => Err(GitError::Signing {
            said: format!(
                "`{key}` is set in the repository's own configuration, which whatever works in a \
                 worktree can write; set it with `git config --global`"
            ),
        }),
        (Signing::Wanted, None) => Ok(Signing::Wanted),
        (Signing::Unwanted, _) => Ok(Signing::Unwanted),
    }
}
