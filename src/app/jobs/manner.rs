//! How the model of a run is dealt with: by what is known of it, and what the person has fixed.

use std::sync::Arc;

use super::seat::Seat;
use crate::{
    agent::{Capability, Lore, Manner, Offer, Toolbox},
    planner::Window,
};

/// The window that a brief for a weak model is written for, in tokens: the shorter it is, the more
/// of it is heeded.
const WEAK_WINDOW: u32 = 8_000;
/// The tool that a weak model gets wrong too often: it writes whole files instead.
const EDIT: &str = "edit";

/// What a session is told of its model.
pub(super) struct Dealings {
    pub(super) manner: Manner,
    pub(super) lore: Arc<dyn Lore>,
    pub(super) known: Capability,
}

impl Seat {
    /// How a model is dealt with.
    pub(super) fn dealings(&self, model: &str) -> Dealings {
        let settings = &self.world.config.provider;
        let lore = self.world.known.of_server(&settings.base_url);
        let known = lore.of(model);
        let manner = match settings.tools {
            Some(dialect) => Manner { offer: Offer::Fixed(dialect), ..known.manner() },
            None => known.manner(),
        };
        Dealings { manner, lore: Arc::new(lore), known }
    }

    /// Tokens that a model's window holds: as it is set, or less if the server was found to hold
    /// less.
    pub(super) fn window_of(&self, model: &str) -> u32 {
        let set = self.world.window();
        let known = self.dealings(model).known;
        known.room.map_or(set, |room| room.tokens.min(set))
    }

    /// The window of a model that a brief is written for.
    pub(super) fn reader_window(&self, model: &str) -> Window {
        let window = self.window_of(model);
        Window(if self.dealings(model).known.is_weak() { window.min(WEAK_WINDOW) } else { window })
    }
}

impl Dealings {
    /// The tools that this model is handed.
    pub(super) fn hand(&self, mut tools: Toolbox) -> Toolbox {
        if self.known.is_weak() {
            tools.retain(|tool| tool.spec().name != EDIT);
        }
        tools
    }
}
