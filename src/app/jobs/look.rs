//! What a thinking session may look at: a checkout of its own of the commit in question, the
//! history, and the memory.
//!
//! The checkout is made when a file is first looked at: the session's first question need not wait
//! for it, and many a session never looks.

use std::{path::PathBuf, sync::Arc};

use futures::future::BoxFuture;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::{
    place,
    seat::{Early, Seat},
};
use crate::{
    agent::{Around, Link, Output, Tool, Toolbox, wrapped},
    domain::{End, Snapshot, ToolCall},
    git::Worktree,
    logger::{Order, Recall},
    tools::{History, Memory, look_at_files, look_at_history},
    ui,
};

/// A checkout that a session looks at.
pub(super) struct Looking {
    checkout: Arc<Checkout>,
}

impl Looking {
    /// A checkout of a commit, to be made when it is looked at.
    pub(super) fn at(seat: &Seat, at: &Snapshot) -> Self {
        let checkout = Checkout { seat: seat.clone(), at: at.clone(), made: OnceCell::new() };
        Self { checkout: Arc::new(checkout) }
    }

    /// The look tools over it.
    pub(super) fn tools(&self) -> Toolbox {
        let Checkout { seat, at, .. } = &*self.checkout;
        let root = seat.world.looking(&seat.scene.goal.id, seat.link.run);
        let mut tools = wrapped(look_at_files(&root), &self.checkout);
        tools.extend(look_at_history(&History {
            repo: seat.repo.clone(),
            at: at.commit.clone(),
            memory: Some(Arc::new(Remembered { log: seat.world.log.clone() })),
        }));
        tools
    }

    /// Removes the checkout, whatever the session came to. One that could not be made is what the
    /// session ended of.
    pub(super) async fn done(self, ended: Result<End, Early>) -> Result<End, Early> {
        match self.checkout.made.get() {
            None => ended,
            Some(Ok(worktree)) => {
                place::close(&self.checkout.seat, worktree.clone()).await;
                ended
            }
            Some(Err(fault)) => Err(fault.clone()),
        }
    }
}

/// A checkout that is made once.
struct Checkout {
    seat: Seat,
    at: Snapshot,
    made: OnceCell<Result<Worktree, Early>>,
}

impl Around for Arc<Checkout> {
    fn call<'a>(
        &'a self,
        tool: &'a dyn Tool,
        call: &'a ToolCall,
        arguments: Value,
        link: &'a Link,
    ) -> BoxFuture<'a, Output> {
        Box::pin(async move {
            match self.made.get_or_init(|| place::to_look(&self.seat, &self.at)).await {
                Ok(_) => tool.call(call, arguments, link).await,
                // The session cannot do its work: it is over, and ends of this.
                Err(_) => Output {
                    ends: true,
                    ..Output::error("the files cannot be looked at: there is no checkout of them")
                },
            }
        })
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
