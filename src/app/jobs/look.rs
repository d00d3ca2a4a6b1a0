//! What a thinking session may look at: a checkout of its own of the commit in question, the
//! history, and the memory.

use std::{path::PathBuf, sync::Arc};

use super::{
    place,
    seat::{Early, Seat},
};
use crate::{
    agent::Toolbox,
    domain::{End, Snapshot},
    git::Worktree,
    logger::{Order, Recall},
    tools::{LookPlace, Memory, look},
    ui,
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
        look(&LookPlace {
            root: self.worktree.path.clone(),
            repo: seat.repo.clone(),
            at: self.at.commit.clone(),
            memory: Some(Arc::new(Remembered { log: seat.world.log.clone() })),
        })
    }

    /// Removes the checkout, whatever the session came to.
    pub(super) async fn done(self, seat: &Seat, ended: Result<End, Early>) -> Result<End, Early> {
        place::close(seat, self.worktree).await;
        ended
    }
}

/// The memory, for a tool that searches it.
struct Remembered {
    log: PathBuf,
}

impl Memory for Remembered {
    fn search(&self, query: &str, limit: usize) -> Vec<String> {
        let hits = Recall::open(&self.log)
            .and_then(|recall| recall.search(query, Order::Best, limit))
            .unwrap_or_default();
        hits.iter()
            .map(|hit| {
                let task = hit.record.task.as_ref().map_or("-", |task| task.as_str());
                format!("#{} {task}: {}", hit.record.seq, ui::line(&hit.excerpt.text))
            })
            .collect()
    }
}
