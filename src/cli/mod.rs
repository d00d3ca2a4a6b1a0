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
mod fork;
mod general;
mod goals;
mod ids;
mod import;
mod keys;
mod land;
mod lesson_args;
mod lessons;
mod manual;
mod mcp;
mod out;
mod pack;
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
mod why;

pub use self::start::{Asked, read};
