//! The pieces of the screen, one file each.

pub(super) mod approval;
mod asked;
pub(super) mod attention;
pub(super) mod brief;
pub(super) mod cards;
pub(super) mod dialog;
pub(super) mod help;
pub(super) mod hints;
pub(super) mod memory;
pub(super) mod plan;
mod said;
pub(super) mod session;
pub(super) mod status;
pub(super) mod timeline;
