//! The planning and reviewing role: what it is told, what it may call, what comes of it.
//!
//! Stateless: each turn is compiled from the state under a token budget. Its tools look, ask and
//! deliver; nothing here can change a file or execute anything.
//!
//! Reading order: `text`; `criterion`, `written`, `meant`, `patterns`, `propose` (a plan);
//! `locate`, `file` (a plan file); `rules`, `lessons`, `shown`, `ground`, `brief`, `lint`, `reach`,
//! `write_brief` (a brief); `hunk`, `heard`, `judge` (a verdict); `ask`, `delivery`, `turn` (a session).

pub mod ask;
pub mod bill;
pub mod brief;
pub mod criterion;
pub mod delivery;
pub mod file;
pub mod ground;
pub mod heard;
pub mod hunk;
pub mod judge;
pub mod lessons;
pub mod lint;
pub mod locate;
pub mod meant;
pub mod patterns;
pub mod propose;
pub mod reach;
pub mod rules;
pub mod shown;
#[cfg(test)]
mod test;
pub mod text;
pub mod turn;
pub mod write_brief;
pub mod written;

pub use self::{
    bill::Turn,
    brief::{Words, compose},
    delivery::{Delivers, Delivery, ROUNDS, Rounds},
    file::{FileFault, PlanFile, emit, parse},
    ground::Ground,
    heard::Heard,
    judge::Worth,
    lessons::{Chosen, choose, matching},
    lint::lint,
    propose::{ExistsHere, drafted},
    rules::{RULE_FILES, RuleFile, Rules, rules_for},
    text::{Window, slug},
    turn::{
        PlanFacts, ReviewFacts, Shown, brief_tools, brief_turn, plan_tools, plan_turn,
        review_tools, review_turn,
    },
};
