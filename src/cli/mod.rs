//! The command line: arguments in, data on stdout, progress on stderr, an exit code out.

mod args;
mod begin;
mod capabilities;
mod capture;
mod clean;
mod config;
mod connect;
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
mod models;
mod money;
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
