//! The fold: how each event changes the state. Nothing else does.

mod goal;
mod lesson;
mod run;
mod task;
mod word;
