//! The git room against real repositories, in an environment that sees nothing of the person's.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod commits;
mod hostile;
mod keeping;
mod landing;
mod person;
mod plain;
mod reading;
mod setting_up;
mod shapes;
mod worktrees;
mod world;
