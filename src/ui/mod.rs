//! What is seen and meant. Pure: it reads facts and says how they are shown.

pub mod action;
pub mod args;
pub mod block;
pub mod clean;
pub mod draft;
pub mod editor;
mod fold;
pub mod glyph;
pub mod key;
pub mod keymap;
pub mod layout;
pub mod live;
pub mod modal;
mod on_dialog;
mod on_plan;
mod on_session;
mod open;
pub mod pace;
pub mod paint;
mod panes;
pub mod place;
pub mod plan_rows;
pub mod reel;
pub mod risk;
pub mod session;
pub mod story;
pub mod tell;
pub mod theme;
pub mod undo;
mod update;
pub mod view;
pub mod wish;
pub mod wrap;

pub use self::{
    action::Action,
    clean::{block, line},
    key::{Keys, Press},
    keymap::{Clash, DataError, Keymap, Layer, Resolved},
    tell::{Told, tell},
};
