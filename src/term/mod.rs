//! The terminal: the one room that reads and writes it.
//!
//! A guard enters every mode and takes every one back, once, whatever ends the program; a thread
//! reads the keys and stands by for signals and for the loss of the terminal; frames are written
//! without ever waiting. What is drawn, and what a key means, is deliberately absent.

pub mod decode;
pub mod error;
pub mod guard;
pub mod input;
pub mod modes;
mod reader;
mod screen;
mod sequence;
mod shared;
mod signals;
mod tty;

pub use self::{
    error::TermError,
    guard::{Copied, Drawn, Suspend, Term},
    input::{Focus, Input, Inputs, Paste, Rgb, Signal, Stop},
    modes::{Modes, Mouse},
    tty::columns,
};
