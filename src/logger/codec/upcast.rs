//! How data of an older shape becomes data of the newest.
//!
//! A kind's version is 1 plus the number of its steps here, so that a version without the step
//! that leads to it cannot exist. Steps are only ever added.

use std::ops::Range;

use serde_json::Value;

/// Turns a kind's data of version `from` into data of version `from + 1`.
#[derive(Clone, Copy)]
pub struct Step {
    pub kind: &'static str,
    pub from: u32,
    pub with: fn(Value) -> Result<Value, String>,
}

/// The steps of this program. None yet: every kind is in its first version.
pub const STEPS: &[Step] = &[];

/// The version in which a kind is written now.
pub(super) fn version(steps: &[Step], kind: &str) -> u32 {
    let count = steps.iter().filter(|step| step.kind == kind).count();
    u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1)
}

/// Brings data up through the versions in `over`, one step after the other.
pub(super) fn raise(
    steps: &[Step],
    kind: &str,
    mut over: Range<u32>,
    data: Value,
) -> Result<Value, String> {
    over.try_fold(data, |data, from| {
        let step = steps.iter().find(|step| step.kind == kind && step.from == from);
        let step = step.ok_or_else(|| format!("no way from version {from} of {kind}"))?;
        (step.with)(data)
    })
}
