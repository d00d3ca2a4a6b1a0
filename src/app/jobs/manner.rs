//! How the model of a run is dealt with: by what is known of it, and what the person has fixed.

use std::sync::Arc;

use super::seat::Seat;
use crate::{
    agent::{Capability, Lore, Manner, Offer, Toolbox},
    domain::{Endpoint, Rung},
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
    pub(super) fn dealings(&self, at: &Endpoint) -> Dealings {
        let config = &self.world.config;
        let settings = config.providers.get(&at.provider).unwrap_or(&config.provider);
        let lore = self.world.known.of_server(&settings.base_url);
        let known = lore.of(&at.model);
        let manner = match settings.tools {
            Some(dialect) => Manner { offer: Offer::Fixed(dialect), ..known.manner() },
            None => known.manner(),
        };
        Dealings { manner, lore: Arc::new(lore), known }
    }

    /// The window that a brief for a model is written for.
    pub(super) fn reading_window(&self, rung: &Rung) -> u32 {
        let window = tokens(rung);
        if self.dealings(&rung.at).known.is_weak() { window.min(WEAK_WINDOW) } else { window }
    }
}

/// Tokens that the window of a rung holds.
pub(super) fn tokens(rung: &Rung) -> u32 {
    u32::try_from(rung.window).unwrap_or(u32::MAX)
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
