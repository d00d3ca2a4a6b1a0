//! How errors of the rooms below end a run.

use super::seat::Early;
use crate::{
    agent::PromptError,
    domain::{End, Fault, FaultClass},
    git::{GitError, SetupError},
    logger::StoreError,
};

/// An environment fault with a hint.
pub(super) fn environment(message: impl Into<String>, hint: &str) -> Early {
    End::Faulted { fault: Fault::new(FaultClass::Environment, message).hint(hint) }
}

/// git could not do it.
pub(super) fn git(error: GitError) -> Early {
    match error {
        GitError::Stopped => End::Stopped,
        other => environment(other.to_string(), "Mend it, then release the task to go on"),
    }
}

/// The worktree could not be set up as the project asks.
pub(super) fn setup(error: SetupError) -> Early {
    match error {
        SetupError::Git(GitError::Stopped) => End::Stopped,
        other => environment(
            format!("the worktree could not be set up: {other}"),
            "Mend worktree.setup, copy or share in the settings, then release the task",
        ),
    }
}

/// The memory could not be read.
#[expect(clippy::needless_pass_by_value, reason = "it is the shape of map_err")]
pub(super) fn store(error: StoreError) -> Early {
    environment(format!("the memory could not be read: {error}"), error.hint())
}

/// Settings name no model.
pub(super) fn no_model() -> Early {
    environment(
        "no model is configured for this role",
        "Name one with --model, or under `models:` in config.yaml",
    )
}

/// A prompt's template has a fault.
#[expect(clippy::needless_pass_by_value, reason = "it is the shape of map_err")]
pub(super) fn prompt(error: PromptError) -> Early {
    environment(error.to_string(), "Mend or remove your own template, then try again")
}
