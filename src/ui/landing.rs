//! The question before the goal's branch is merged into the person's, whichever key asks it.

use std::collections::BTreeSet;

use super::{
    modal::Modal,
    place::{Tone, Ui},
    wish::{Facts, Wish},
};
use crate::domain::{Goal, Phase, Standing, counted};

/// Why `u` does not take a landing back.
pub(super) const STAYS: &str = "a landing is not taken back here: `chargehand undo TASK` reverts \
                                a task on the goal's branch";

impl Ui {
    /// Asks whether the goal is merged; says so where there is nothing to merge yet.
    pub(super) fn asks_land(&mut self, facts: Facts<'_>) -> Option<Wish> {
        if self.past.is_some() {
            self.says_past(facts);
            return None;
        }
        let up = facts.now.up;
        let Some(goal) = facts.state.goal() else {
            self.say("there is no goal to land", Tone::Fault, up);
            return None;
        };
        if !(goal.standing == Standing::Working && goal.is_complete()) {
            // The program says what is missing.
            return Some(Wish::Land);
        }
        let branch = self.standing.branch.clone();
        if branch.is_empty() {
            // The program knows which one it is just now.
            return Some(Wish::Target);
        }
        self.asks_land_into(&branch, facts);
        None
    }

    /// Asks whether the goal is merged into this branch, the one that is checked out.
    pub fn asks_land_into(&mut self, branch: &str, facts: Facts<'_>) {
        let Some(goal) = facts.state.goal().filter(|goal| goal.is_complete()) else { return };
        let question =
            format!("Merge `{}` into your branch `{branch}` now?\n{}", goal.branch(), size(goal));
        self.push(Modal::Confirm { question, yes: Box::new(Wish::Land), no: None, top: 0 }, facts);
    }
}

/// What a merge brings: a commit for each task, and the files that they changed.
fn size(goal: &Goal) -> String {
    let done = goal.plan.tasks.iter().filter(|task| matches!(task.phase, Phase::Done { .. }));
    let attempts = done.clone().filter_map(crate::domain::Task::last_attempt);
    let files: BTreeSet<&String> = attempts.flat_map(|one| &one.files).collect();
    let count = match files.len() {
        0 => String::new(),
        many => format!(", {}", counted(many, "file", "files")),
    };
    // Those that there is no room for are a page further on.
    let names: String = files.iter().flat_map(|file| ["\n  ", file.as_str()]).collect();
    format!("It brings {}{count}.{names}", counted(done.count(), "commit", "commits"))
}
