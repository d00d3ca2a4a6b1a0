//! What is left over in a repository: worktrees and branches that no task needs any more, and
//! landings that were cut short.

use std::{collections::BTreeSet, path::PathBuf};

use super::open::Place;
use crate::{
    domain::{Goal, Phase, State, Task},
    git::{GitError, Kept, Ours, Unsaved, attempt_branch, goal_branch},
    logger::LogId,
};

/// A kind of thing that is left over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A worktree that no task under way works in.
    Worktree(Ours),
    /// A branch of an attempt that is over, or of a goal that is.
    Branch,
    /// The goal's branch stands at a landing that the log does not know.
    HalfLanded { goal: String, to: String, heads: Vec<String> },
    /// A folder among our worktrees that git knows nothing of; it is never removed.
    Folder { path: PathBuf },
}

/// One thing that is left over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// What a person calls it: `<goal>/<worktree>`, or the branch.
    pub name: String,
    /// Why nobody needs it.
    pub why: String,
    pub kind: Kind,
}

impl Leftover {
    /// What would be lost sight of were it removed, in words; `None` when nothing is unsaved.
    pub fn unsaved(&self) -> Option<String> {
        let Kind::Worktree(ours) = &self.kind else { return None };
        match &ours.unsaved {
            Unsaved::Nothing | Unsaved::Gone => None,
            Unsaved::Changes { paths } => Some(format!("uncommitted: {}", named(paths))),
            Unsaved::Unknown { why } => Some(format!("it cannot be looked at: {why}")),
        }
    }

    /// Whether it is there to be removed at all.
    pub fn is_removable(&self) -> bool {
        match self.kind {
            Kind::Worktree(_) | Kind::Branch | Kind::HalfLanded { .. } => true,
            Kind::Folder { .. } => false,
        }
    }
}

/// Most paths that are named of what is unsaved.
const NAMED: usize = 3;

fn named(paths: &[String]) -> String {
    let first: Vec<&str> = paths.iter().take(NAMED).map(String::as_str).collect();
    match paths.len().saturating_sub(NAMED) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// Looks for what is left over, worktrees first: a branch that is checked out cannot go.
pub async fn find(place: &Place, state: &State, log: &LogId) -> Result<Vec<Leftover>, GitError> {
    let folder = place.dirs.worktrees().join(log.as_str());
    let needed = Needed::of(state);
    let mut found = Vec::new();
    for ours in place.repo.worktrees_below(&folder).await? {
        if needed.worktrees.contains(&ours.listed.path) {
            continue;
        }
        let name = name_of(&ours.listed.path);
        let why = match (&ours.unsaved, ours.listed.branch.is_some()) {
            (Unsaved::Gone, _) => "its folder is gone",
            (_, true) => "the attempt is over",
            (_, false) => "it was made to look or to check",
        };
        found.push(Leftover { name, why: why.to_owned(), kind: Kind::Worktree(ours) });
    }
    for goal in state.goals.values().filter(|goal| !goal.is_over()) {
        let heads = heads_of(goal);
        let tip = place.repo.goal_tip(goal.id.as_str()).await?;
        if let Some(tip) = tip
            && place.repo.is_landing(&tip.commit, &goal.tip.commit, &heads).await?
        {
            let to = goal.tip.commit.clone();
            let why = "a landing was cut short; what it merged is not in the log".to_owned();
            let kind = Kind::HalfLanded { goal: goal.id.to_string(), to, heads };
            found.push(Leftover { name: goal.branch(), why, kind });
        }
    }
    for branch in place.repo.own_branches().await? {
        if !needed.branches.contains(&branch) && !needed.is_attempt_of(&branch) {
            let why = "its goal or attempt is over".to_owned();
            found.push(Leftover { name: branch, why, kind: Kind::Branch });
        }
    }
    for path in place.repo.unknown_folders(&folder).await? {
        let why = "git knows nothing of it; look at it and remove it yourself".to_owned();
        found.push(Leftover { name: name_of(&path), why, kind: Kind::Folder { path } });
    }
    Ok(found)
}

/// Removes one thing; what it held stays reachable by the kept ref.
pub async fn remove(place: &Place, leftover: &Leftover) -> Result<Option<Kept>, GitError> {
    let name = format!("clean/{}", leftover.name);
    match &leftover.kind {
        Kind::Worktree(ours) => place.repo.remove_worktree(&ours.listed, &name).await.map(Some),
        Kind::Branch => place.repo.drop_branch(&leftover.name).await.map(Some),
        Kind::HalfLanded { goal, to, heads } => place.repo.take_back(goal, to, heads).await,
        Kind::Folder { .. } => Ok(None),
    }
}

/// The commits of all attempts of a goal.
pub(super) fn heads_of(goal: &Goal) -> Vec<String> {
    let attempts = goal.plan.tasks.iter().flat_map(|task| &task.attempts);
    attempts.filter_map(|one| Some(one.head.as_ref()?.commit.clone())).collect()
}

/// Whether the newest attempt of a task may still be worked in, or looked at by a person who
/// decides what becomes of it.
fn needs_its_worktree(task: &Task) -> bool {
    match task.phase {
        Phase::Done { .. } | Phase::Superseded | Phase::Cancelled { .. } => false,
        Phase::Proposed
        | Phase::Approved
        | Phase::Briefing { .. }
        | Phase::Drafted
        | Phase::Ready
        | Phase::Running { .. }
        | Phase::Reported { .. }
        | Phase::Checking { .. }
        | Phase::Checked { .. }
        | Phase::Reviewing { .. }
        | Phase::Accepted { .. }
        | Phase::Landing { .. }
        | Phase::Changing { .. }
        | Phase::Blocked { .. }
        | Phase::Failed { .. } => true,
    }
}

/// What goals under way still need.
struct Needed {
    worktrees: BTreeSet<PathBuf>,
    /// Branches by name.
    branches: BTreeSet<String>,
    /// Beginnings of branches: an attempt's branch may bear a suffix.
    attempts: Vec<String>,
}

impl Needed {
    fn of(state: &State) -> Self {
        let mut needed =
            Self { worktrees: BTreeSet::new(), branches: BTreeSet::new(), attempts: Vec::new() };
        for goal in state.goals.values().filter(|goal| !goal.is_over()) {
            needed.branches.insert(goal_branch(goal.id.as_str()));
            let tasks = goal.plan.tasks.iter().filter(|task| needs_its_worktree(task));
            for (task, attempt) in tasks.filter_map(|task| Some((task, task.last_attempt()?))) {
                let path = PathBuf::from(&attempt.worktree);
                needed.worktrees.insert(path.canonicalize().unwrap_or(path));
                let (goal, id) = (goal.id.as_str(), task.spec.id.as_str());
                needed.attempts.push(attempt_branch(goal, id, attempt.number.0));
            }
        }
        needed
    }

    fn is_attempt_of(&self, branch: &str) -> bool {
        self.attempts.iter().any(|attempt| {
            branch
                .strip_prefix(attempt.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("-again"))
        })
    }
}

/// The last two parts of a worktree's path: the goal and the worktree's own name.
fn name_of(path: &std::path::Path) -> String {
    let parts: Vec<_> = path.iter().rev().take(2).map(|part| part.to_string_lossy()).collect();
    parts.into_iter().rev().collect::<Vec<_>>().join("/")
}
