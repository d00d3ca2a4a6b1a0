//! A session made ready before its first words are known.

use std::sync::Arc;

use super::{kit::Kit, session::Session};
use crate::domain::Fault;

/// Most bytes of one result that the model is ever shown.
const SHOWN_MOST: usize = 64 * 1024;

/// A session that can begin at once.
pub struct Ready {
    pub(super) session: Session,
    pub(super) kit: Kit,
}

impl std::fmt::Debug for Ready {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Ready").field("session", &self.session).finish_non_exhaustive()
    }
}

impl Session {
    /// Makes its tools ready, for which nothing need be known of the opening: their schemas are
    /// compiled, which takes the processor a millisecond or two.
    pub fn ready(mut self) -> Result<Ready, Fault> {
        let shown = self.limits.shown.min(SHOWN_MOST);
        let kit = Kit::new(std::mem::take(&mut self.tools), Arc::clone(&self.blobs), shown)?;
        Ok(Ready { session: self, kit })
    }
}
