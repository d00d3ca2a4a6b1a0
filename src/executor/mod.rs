//! The working role: what a session is told, and how it reports.

pub mod finish;
pub mod opening;

pub use self::opening::{finish, opening};
