//! The tools of sessions and the checks, through their public faces.
#![allow(clippy::unwrap_used)]

mod checking;
mod editing;
mod looking;
mod running;
mod searching;
mod world;
mod writing;
