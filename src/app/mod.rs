//! The ring, and what it works in.

pub mod clock;
mod errand;
pub mod goal;
pub mod headless;
mod jobs;
pub mod leftovers;
pub mod open;
pub mod ring;
mod scribe;
pub mod workbench;
pub mod world;

pub use self::{
    headless::{Rest, turn},
    open::{OpenError, Place},
    ring::{Happened, Ring},
    scribe::Scene,
    workbench::{Left, Workbench},
    world::{Outputs, Servers, World, secrets_of},
};
