//! What the turns of a session show of their model, for those that come after.

use std::sync::Arc;

use super::{
    capability::{Lore, Room, Seen, Source},
    dialect::Dialect,
    gauge::{Cut, Gauge},
    model::{Finish, Turn},
    window,
};
use crate::domain::{Fault, Way};

/// Watches the turns of one session.
pub(super) struct Observer {
    lore: Arc<dyn Lore>,
    model: String,
    gauge: Gauge,
}

impl Observer {
    /// Watches a model.
    pub(super) fn new(lore: Arc<dyn Lore>, model: &str) -> Self {
        Self { lore, model: model.to_owned(), gauge: Gauge::default() }
    }

    /// How fast it is, and whether all was read: what was cut off, the first time.
    pub(super) fn measure(&mut self, turn: &Turn) -> Option<Cut> {
        let seconds = turn.speaking.as_secs_f32();
        if seconds > 0.5 && turn.usage.output > 8 {
            #[expect(clippy::cast_precision_loss, reason = "a speed, roughly")]
            let speed = turn.usage.output as f32 / seconds;
            self.lore.learn(&self.model, Seen::Spoke(speed));
        }
        if turn.estimated {
            return None;
        }
        let cut = self.gauge.read(turn.asked, turn.usage.input)?;
        let tokens = u32::try_from(cut.window).unwrap_or(u32::MAX);
        self.lore.learn(&self.model, Seen::Holds(Room { tokens, from: Source::Truncation }));
        Some(cut)
    }

    /// A request was longer than the window: how much it holds, if the server says that.
    pub(super) fn overflowed(&self, fault: &Fault) -> Option<u32> {
        let tokens = window::in_words(&fault.message)?;
        self.lore.learn(&self.model, Seen::Holds(Room { tokens, from: Source::Refusal }));
        Some(tokens)
    }

    /// Which way its calls came, if there were any. `wished` is the way that was wished for.
    pub(super) fn called(&self, turn: &Turn, wished: Dialect, calls: usize, way: Way) {
        if turn.offered != wished {
            self.lore.learn(&self.model, Seen::Refused(wished));
        }
        let seen = match way {
            // An answer that was cut off says nothing of what the model can do.
            _ if turn.finish == Finish::Length => return,
            _ if calls == 0 => Seen::CalledNothing(turn.offered),
            Way::Native => Seen::Called(turn.offered),
            Way::Salvaged | Way::FileFence => Seen::WroteCall(turn.offered),
        };
        self.lore.learn(&self.model, seen);
    }
}
