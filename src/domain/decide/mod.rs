//! From a request to the one fact that it comes to, or the reason why not.
//! Reads everything, changes nothing.

mod back;
mod lesson;
mod limits;
mod person;
mod run;
mod word;

pub use self::limits::Settings;
pub(super) use self::run::decide;
