//! Measuring a terminal program from outside, in a real pseudo-terminal.

pub(crate) mod desk;
pub(crate) mod process;
pub(crate) mod server;
pub(crate) mod terminal;
