//! Thoughts that a person throws in at any time, and what becomes of them.

use serde::{Deserialize, Serialize};

use super::{goal::Goal, ids::TaskId, phase::Phase};

/// A thought of the person's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    pub text: String,
    /// What is to become of it; `None`: it waits for the person's word.
    pub settled: Option<Settled>,
    /// Whoever was to be told has been told.
    pub told: bool,
}

/// What becomes of a thought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "into", rename_all = "snake_case")]
pub enum Settled {
    /// It is kept, and every later brief and review is told of it.
    Note,
    /// The next review is to propose a task for it.
    Task,
    /// It goes to the task's session, or into its next brief.
    Steer { task: TaskId },
    /// The next review is to look whether the plan must change.
    Replan,
    /// Nothing.
    Dropped,
}

impl Settled {
    /// The task that it is for.
    pub fn task(&self) -> Option<&TaskId> {
        match self {
            Settled::Steer { task } => Some(task),
            Settled::Note | Settled::Task | Settled::Replan | Settled::Dropped => None,
        }
    }

    /// What it becomes, in words.
    pub fn word(&self) -> &'static str {
        match self {
            Settled::Note => "a note",
            Settled::Task => "a task",
            Settled::Steer { .. } => "steering",
            Settled::Replan => "a change of the plan",
            Settled::Dropped => "dropped",
        }
    }
}

/// Words that a thought about the plan as a whole has.
const REPLAN: [&str; 7] =
    ["instead", "rather", "no longer", "drop the", "reorder", "split", "the plan"];
/// Words that a thought about more work begins with.
const TASK: [&str; 9] =
    ["add", "also", "write", "fix", "remove", "rename", "document", "test", "todo"];

/// What a thought looks like: offered to the person, who decides.
pub fn suggested(goal: &Goal, text: &str) -> Settled {
    let low = text.to_lowercase();
    let first = low.split(|one: char| !one.is_alphanumeric()).find(|word| !word.is_empty());
    let running = |phase: &Phase| matches!(phase, Phase::Running { .. });
    let mut under_way = goal.plan.tasks.iter().filter(|task| running(&task.phase));
    let named = under_way.clone().find(|task| {
        low.contains(task.spec.id.as_str()) || low.contains(&task.spec.title.to_lowercase())
    });
    if let Some(task) = named {
        return Settled::Steer { task: task.spec.id.clone() };
    }
    if REPLAN.iter().any(|word| low.contains(word)) {
        return Settled::Replan;
    }
    if first.is_some_and(|first| TASK.contains(&first)) {
        return Settled::Task;
    }
    // One session at work is what a person looks at while they think.
    match (under_way.next(), under_way.next()) {
        (Some(only), None) => Settled::Steer { task: only.spec.id.clone() },
        _ => Settled::Note,
    }
}

impl Goal {
    /// Thoughts that a brief of this task must carry: notes, and what was meant for it and did not
    /// reach a session.
    pub fn thoughts_for(&self, task: &TaskId) -> Vec<&str> {
        let fits = |one: &&Capture| match &one.settled {
            Some(Settled::Note) => true,
            Some(Settled::Steer { task: wanted }) => wanted == task && !one.told,
            Some(Settled::Task | Settled::Replan | Settled::Dropped) | None => false,
        };
        self.captures.values().filter(fits).map(|one| one.text.as_str()).collect()
    }

    /// Thoughts that the next review must answer with a change of the plan.
    pub fn thoughts_to_plan(&self) -> Vec<&str> {
        let fits = |one: &&Capture| match &one.settled {
            Some(Settled::Task | Settled::Replan) => !one.told,
            Some(Settled::Note | Settled::Steer { .. } | Settled::Dropped) | None => false,
        };
        self.captures.values().filter(fits).map(|one| one.text.as_str()).collect()
    }
}
