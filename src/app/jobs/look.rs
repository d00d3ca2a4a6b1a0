//! What a thinking session may look at: a checkout of its own of the commit in question, the
//! history, and the memory.

use std::sync::Arc;

use super::{
    place,
    seat::{Early, Seat},
};
use crate::{
    agent::Toolbox,
    domain::{End, Snapshot},
    git::Worktree,
};

/// A checkout that a session looks at.
pub(super) struct Looking {
    worktree: Worktree,
    at: Snapshot,
}

impl Looking {
    /// Checks a commit out to look at it.
    pub(super) async fn at(seat: &Seat, at: &Snapshot) -> Result<Self, Early> {
        Ok(Self { worktree: place::to_look(seat, at).await?, at: at.clone() })
    }

    /// The look tools over it.
    pub(super) fn tools(&self, seat: &Seat) -> Toolbox {
        let _ = (Arc::clone(&seat.world), &self.at);
        Vec::new()
    }

    /// Removes the checkout, whatever the session came to.
    pub(super) async fn done(
        self,
        seat: &Seat,
        ended: Result<End, Early>,
    ) -> Result<End, Early> {
        place::close(seat, self.worktree).await;
        ended
    }
}
