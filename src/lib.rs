//! chargehand: one model plans, fresh sessions do the work, the program checks it.
//!
//! Reading order is the order of the rooms below; `ARCHITECTURE.md` tells the whole.

pub mod domain;

pub mod agent;

pub mod sandbox;

pub mod git;

pub mod logger;

pub mod ui;

pub mod term;

pub mod tools;

pub mod planner;

pub mod executor;

pub mod config;

pub mod demo;

pub mod app;

pub mod cli;
