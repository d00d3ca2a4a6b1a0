//! What a thinking session is told of the repository: rules, files, history, memory.

use std::{collections::BTreeSet, fmt::Write as _, sync::Arc};

use super::{
    super::relint::exists_among,
    fault,
    seat::{Early, Seat},
    unheard::said_before,
};
use crate::{
    domain::{Snapshot, Task},
    logger::{Filter, Order, Recall},
    planner::{ExistsHere, Rules, rules_for},
    ui,
};

/// Most paths of the file tree that a session is shown; directories beyond are counted.
const MAX_PATHS: usize = 400;
/// Most bytes of one rules file that are read.
const MAX_RULES: usize = 64 * 1024;
/// Most things remembered that a planner is told of.
const MEMORIES: usize = 12;

/// The repository at a commit.
pub(super) struct Survey {
    paths: Arc<BTreeSet<String>>,
    at: String,
}

impl Survey {
    /// Looks at the tree of a commit.
    pub(super) async fn of(seat: &Seat, at: &Snapshot) -> Result<Self, Early> {
        let paths = seat.repo.paths_at(&at.commit).await.map_err(fault::git)?;
        Ok(Self { paths, at: at.commit.clone() })
    }

    /// The files, one a line; folders with many are only counted when there is no room.
    pub(super) fn tree(&self) -> String {
        let mut text = String::new();
        for path in self.paths.iter().take(MAX_PATHS) {
            text.push_str(path);
            text.push('\n');
        }
        if self.paths.len() > MAX_PATHS {
            let _ = writeln!(text, "… and {} more; use `list`", self.paths.len() - MAX_PATHS);
        }
        text
    }

    /// Whether a path is a file or a folder of the tree.
    pub(super) fn exists(&self) -> ExistsHere {
        exists_among(Arc::clone(&self.paths))
    }

    /// The repository's own rules for work on these paths.
    pub(super) async fn rules(&self, seat: &Seat, paths: &[String]) -> Result<Rules, Early> {
        // The files are read first, since the choice among them is pure.
        let mut texts = std::collections::BTreeMap::new();
        let is_rules = |path: &&String| {
            let name = path.rsplit('/').next().unwrap_or_default();
            crate::planner::RULE_FILES.contains(&name)
        };
        for path in self.paths.iter().filter(is_rules).take(64) {
            // A file that is too long or unreadable is no reason not to work.
            if let Ok(Some(bytes)) = seat.repo.file_at(&self.at, path, MAX_RULES).await {
                texts.insert(path.clone(), String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        Ok(rules_for(paths, &|path| texts.get(path).cloned()))
    }
}

/// The newest commits that lead to one, one a line.
pub(super) async fn history(seat: &Seat, at: &Snapshot) -> Result<String, Early> {
    let commits = seat.repo.newest_at(&at.commit).await.map_err(fault::git)?;
    let lines = commits.iter().map(|one| {
        let id: String = one.id.chars().take(10).collect();
        format!("{id} {}", one.subject)
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// Has the session hear what the person said to earlier ones of its job that came to nothing.
pub(super) fn say_again(seat: &Seat, recall: &Recall) -> Result<(), Early> {
    let filter = Filter {
        goal: Some(seat.scene.goal.id.clone()),
        task: seat.job.task().cloned(),
        kinds: ["run_began", "run_ended", "steered"].map(str::to_owned).to_vec(),
        ..Filter::default()
    };
    let records = recall.timeline(&filter).map_err(fault::store)?.records;
    seat.link.say_again(said_before(&seat.job, &records));
    Ok(())
}

/// What the memory knows of earlier work like the goal, one thing a line.
pub(super) fn memory(seat: &Seat, recall: &Recall, goal: &str) -> Result<String, Early> {
    // Long words say what a goal is about; a rank over all of them would find everything.
    let mut words: Vec<&str> = goal
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() > 4)
        .collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let mut found = std::collections::BTreeMap::new();
    for word in words.iter().take(6) {
        for hit in recall.search(word, Order::Best, 4).map_err(fault::store)? {
            if hit.record.goal.as_ref() != Some(&seat.scene.goal.id)
                && let Some(told) = ui::tell(&hit.record)
            {
                found.insert(
                    hit.record.seq,
                    format!("#{} {} {}", hit.record.seq, told.word, told.text),
                );
            }
        }
    }
    let lines: Vec<String> = found.into_values().rev().take(MEMORIES).collect();
    Ok(lines.join("\n"))
}

/// The paths that a task is about: what its rules are looked up for.
pub(super) fn paths_of(task: &Task) -> Vec<String> {
    let spec = &task.spec;
    spec.outputs.iter().chain(&spec.inputs).chain(&spec.may_touch).cloned().collect()
}
