//! The command line: arguments in, data on stdout, progress on stderr, an exit code out.

mod args;
mod capture;
mod decide;
mod demo;
mod export;
mod goals;
mod land;
mod lessons;
mod out;
mod plan;
mod read;
mod read_brief;
mod run;
mod screen;
mod show;
mod start;
mod status;
mod trust;
mod undo;

pub use self::start::main;
