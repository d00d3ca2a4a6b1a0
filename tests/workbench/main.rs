//! The workbench in a real pseudo-terminal, driven by keys as a person would.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod demo;
mod desk;
mod editor;
mod leave;
mod live;
mod memory;
mod picture;
mod start;
mod watch;
