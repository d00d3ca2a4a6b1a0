//! The ring, and what it works in.

mod ask;
pub mod clock;
mod decisions;
mod entry;
mod errand;
mod feed;
mod found;
pub mod goal;
mod grant;
mod halves;
pub mod headless;
mod jobs;
mod kept;
pub mod leftovers;
mod live;
mod look_back;
pub mod looks;
pub mod open;
pub mod own;
mod past;
mod reader;
mod relint;
pub mod ring;
mod scribe;
mod spare;
pub mod start;
mod take_over;
mod watch;
pub mod workbench;
pub mod world;

pub use self::{
    ask::{When, filter as asked, moment},
    entry::{Whose, bill, page as entry},
    feed::Feed,
    headless::{Rest, turn},
    looks::{Looks, all_faults},
    open::{Holes, OpenError, Place},
    own::{Own, Reader},
    past::{Past, fork},
    ring::{Happened, Ring},
    scribe::Scene,
    spare::Spare,
    start::{Chooser, Chosen, Lookout},
    watch::{TakeOver, Watch},
    workbench::{Left, Workbench},
    world::{Outputs, Servers, World, secrets_of},
};
