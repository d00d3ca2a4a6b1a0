//! The fold: how each event changes the state. Nothing else does.

mod back;
mod end;
mod goal;
mod lesson;
mod run;
mod server;
mod task;
mod word;
