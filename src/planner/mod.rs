//! The planning and reviewing role: what it is told, what it may call, what comes of it.
//!
//! Stateless: each turn is compiled from the state under a token budget. Its tools look, ask and
//! deliver; nothing here can change a file or execute anything.

pub mod criterion;
pub mod meant;
pub mod text;
pub mod written;
