//! How the model of a run is dealt with: by what is known of it, and what the person has fixed.

use std::sync::Arc;

use super::{super::reader, seat::Seat};
use crate::{
    agent::{Capability, Effort, Lore, Manner, Offer, Toolbox},
    domain::Endpoint,
};

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
        let world = &self.world;
        let (settings, lore) = reader::server(&world.config, &world.known, at);
        let known = reader::known_of(&world.config, &world.known, at);
        let manner = match settings.tools {
            Some(dialect) => Manner { offer: Offer::Fixed(dialect), ..known.manner() },
            None => known.manner(),
        };
        Dealings { manner, lore: Arc::new(lore), known }
    }
}

impl Dealings {
    /// The same, thinking so hard.
    pub(super) fn with(mut self, effort: Option<Effort>) -> Self {
        self.manner.effort = effort;
        self
    }

    /// The tools that this model is handed.
    pub(super) fn hand(&self, mut tools: Toolbox) -> Toolbox {
        if self.known.is_weak() {
            tools.retain(|tool| tool.spec().name != EDIT);
        }
        tools
    }
}
