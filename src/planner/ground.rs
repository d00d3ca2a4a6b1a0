//! What a brief rests on: all that the state knows that concerns one task.

use std::fmt::Write as _;

use super::{
    lessons::{Chosen, choose},
    rules::Rules,
    shown::{self, Outline},
    text::{Window, clip},
};
use crate::domain::{
    Attempt, AttemptNo, Criterion, Goal, Lesson, LessonId, Outcome, Phase, Task, TaskId, TaskSpec,
};

/// Most tasks beside this one that are named. With all of them, the briefs of a plan would grow
/// with its square.
const SIBLINGS: usize = 4;

/// Everything that the brief of one task is made of, but for the planner's words.
#[derive(Clone, Debug)]
pub struct Ground {
    pub goal: String,
    pub revision: u32,
    /// The plan in one line a task.
    pub outline: String,
    pub task: Task,
    /// The tasks that it comes after, as they stand.
    pub dependencies: Vec<Task>,
    /// Tasks that may run at the same time: those under way, then those next in turn, a few.
    pub siblings: Vec<TaskSpec>,
    /// Answered questions that concern the goal or this task.
    pub answers: String,
    pub rules: Rules,
    /// Those that apply, chosen.
    pub lessons: Vec<Lesson>,
    /// What the latest attempt changed, as a patch; empty where there is none.
    pub partial: String,
    /// What the person has thrown in that concerns this task.
    pub thoughts: Vec<String>,
    /// Commands that pass on the tree that the work begins from.
    pub passes_now: Vec<String>,
    /// One that applies and is left out.
    pub withheld: Option<LessonId>,
    /// The window of the model that will read the brief.
    pub window: Window,
}

impl Ground {
    /// Gathers it. `None` when the plan has no such task.
    pub fn gather(
        goal: &Goal,
        lessons: &[Lesson],
        id: &TaskId,
        rules: Rules,
        window: Window,
    ) -> Option<Self> {
        let task = goal.task(id)?.clone();
        let dependencies = task.spec.after.iter().filter_map(|id| goal.task(id).cloned()).collect();
        let mut beside: Vec<&Task> = goal
            .plan
            .tasks
            .iter()
            .filter(|other| other.spec.id != *id && !other.phase.is_over())
            .collect();
        beside.sort_by_key(|other| other.phase.run().is_none());
        let siblings = beside
            .into_iter()
            .filter(|other| !comes_after(goal, &other.spec, id))
            .filter(|other| !comes_after(goal, &task.spec, &other.spec.id))
            .take(SIBLINGS)
            .map(|other| other.spec.clone())
            .collect();
        let Chosen { carried, withheld } = choose(lessons, &goal.id, &task);
        Some(Self {
            goal: goal.text.clone(),
            revision: goal.plan.revision,
            outline: shown::outline(&goal.plan, Outline::Titles),
            dependencies,
            siblings,
            passes_now: passes_now(goal),
            answers: answers(goal, Some(id)),
            partial: String::new(),
            thoughts: goal.thoughts_for(id).into_iter().map(str::to_owned).collect(),
            rules,
            lessons: carried.into_iter().cloned().collect(),
            withheld,
            window,
            task,
        })
    }

    /// The reports of the dependencies that are done, one by one. They are claims that checks have
    /// confirmed.
    pub(super) fn results(&self, most: u32) -> Vec<(TaskId, String)> {
        let each = most / u32::try_from(self.dependencies.len().max(1)).unwrap_or(1);
        let mut texts = Vec::new();
        for task in &self.dependencies {
            let Phase::Done { attempt, .. } = &task.phase else { continue };
            let Some(attempt) = task.attempts.iter().find(|one| one.number == *attempt) else {
                continue;
            };
            let mut text = format!("### `{}`: {}\n\n", task.spec.id, task.spec.title);
            if !attempt.files.is_empty() {
                let files = clip(&attempt.files.join(", "), each / 4, "the changed files");
                let _ = writeln!(text, "Changed: {files}");
            }
            if let Some(report) = &attempt.report {
                text.push_str(&clip(&shown::told(report), each, "the report"));
            }
            texts.push((task.spec.id.clone(), text.trim_end().to_owned()));
        }
        texts
    }

    /// What was tried before, attempt by attempt: the latest at length, earlier ones in brief.
    pub(super) fn tried(&self, most: u32) -> Vec<(AttemptNo, String)> {
        let Some((last, earlier)) = self.task.attempts.split_last() else { return Vec::new() };
        let each = most / 3 / u32::try_from(earlier.len().max(1)).unwrap_or(1);
        let told = |attempt: &Attempt, most| (attempt.number, shown::attempt(attempt, most));
        let mut texts: Vec<_> = earlier.iter().map(|attempt| told(attempt, each)).collect();
        texts.push(told(last, most * 2 / 3));
        texts
    }

    /// The direction for the next attempt, if there is one.
    pub(super) fn direction(&self) -> String {
        let direction = self.task.direction.as_ref();
        direction.map(|direction| direction.text.trim().to_owned()).unwrap_or_default()
    }
}

/// Commands of criteria that were seen to pass on the tree of the goal's tip.
fn passes_now(goal: &Goal) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    for task in &goal.plan.tasks {
        let seen = task.attempts.iter().flat_map(|attempt| &attempt.evidence);
        for one in seen.filter(|one| one.tree == goal.tip.tree && one.outcome == Outcome::Passed) {
            let criterion = task.spec.criteria.iter().find(|known| known.key() == one.criterion);
            if let Some(line) = criterion.and_then(Criterion::command)
                && !commands.iter().any(|known| known == line)
            {
                commands.push(line.to_owned());
            }
        }
    }
    commands
}

/// Whether a task comes after another, directly or not.
fn comes_after(goal: &Goal, task: &TaskSpec, other: &TaskId) -> bool {
    let mut open: Vec<&TaskId> = task.after.iter().collect();
    let mut seen: Vec<&TaskId> = Vec::new();
    while let Some(id) = open.pop() {
        if id == other {
            return true;
        }
        if !seen.contains(&id) {
            seen.push(id);
            open.extend(goal.task(id).iter().flat_map(|task| &task.spec.after));
        }
    }
    false
}

/// The questions that are answered, of the goal and of one task.
pub(super) fn answers(goal: &Goal, task: Option<&TaskId>) -> String {
    let mut text = String::new();
    for question in goal.questions.values() {
        if let Some(answer) = &question.answer
            && (question.task.is_none() || question.task.as_ref() == task)
        {
            let _ = writeln!(text, "Asked: {}\nAnswer: {}\n", question.text.trim(), answer.trim());
        }
    }
    text.trim_end().to_owned()
}
