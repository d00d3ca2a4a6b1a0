//! Stories of the core: commands in, a transcript out. Each is one behaviour that a person would
//! notice.
#![allow(unreachable_pub, reason = "a test crate has no outside")]
#![allow(clippy::expect_used, reason = "a world that is not as expected fails its test")]
#![allow(clippy::similar_names, reason = "a life and its line are told apart well enough")]

#[path = "../world/mod.rs"]
mod world;

mod asking;
mod attention;
mod back;
mod faults;
mod halting;
mod holding;
mod lessons;
mod looping;
mod pays;
mod planning;
mod refusals;
mod routing;
mod spending;
mod words;
