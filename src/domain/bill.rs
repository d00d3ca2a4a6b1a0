//! The bill of a context: what a thinking session was told, part by part.

use serde::{Deserialize, Serialize};

/// One part of what a session begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillPart {
    /// What it is, such as `the plan`.
    pub name: String,
    /// Estimated tokens.
    pub tokens: u32,
    /// The most that it may have.
    pub budget: u32,
}
