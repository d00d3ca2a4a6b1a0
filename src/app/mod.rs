//! The ring, and what it works in.

pub mod clock;
mod errand;
mod feed;
pub mod goal;
mod grant;
pub mod headless;
mod jobs;
mod kept;
pub mod leftovers;
pub mod looks;
pub mod open;
pub mod ring;
mod scribe;
pub mod start;
mod watch;
pub mod workbench;
pub mod world;

pub use self::{
    feed::Feed,
    headless::{Rest, turn},
    looks::Looks,
    open::{OpenError, Place},
    ring::{Happened, Ring},
    scribe::Scene,
    start::{Chooser, Chosen, Lookout},
    watch::{TakeOver, Watch},
    workbench::{Left, Workbench},
    world::{Outputs, Servers, World, secrets_of},
};
