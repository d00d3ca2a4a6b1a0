//! Stories of the core: commands in, a transcript out. Each is one behaviour that a person would
//! notice.
#![allow(unreachable_pub, reason = "a test crate has no outside")]

#[path = "../world/mod.rs"]
mod world;

mod asking;
mod attention;
mod faults;
mod halting;
mod looping;
mod planning;
mod refusals;
