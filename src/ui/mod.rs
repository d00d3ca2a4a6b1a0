//! What is seen and meant. Pure: it reads facts and says how they are shown.

pub mod clean;
pub mod tell;

pub use self::{
    clean::{block, line},
    tell::{Told, tell},
};
