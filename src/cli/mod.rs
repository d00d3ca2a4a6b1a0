//! The command line: arguments in, data on stdout, progress on stderr, an exit code out.

mod args;
mod begin;
mod capture;
mod clean;
mod config;
mod decide;
mod demo;
mod doctor;
mod export;
mod fit;
mod goals;
mod ids;
mod keys;
mod land;
mod lessons;
mod manual;
mod out;
mod plan;
mod read;
mod read_brief;
mod run;
mod screen;
mod show;
mod start;
mod status;
mod tape;
mod trust;
mod undo;

pub use self::start::{Asked, read};
