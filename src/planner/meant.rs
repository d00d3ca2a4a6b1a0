//! What is meant by a written plan.
//!
//! What can be read in only one way is read that way: missing ids come from titles, parts and
//! stages may be plain strings, a dependency may be named by id, title or number. What cannot be
//! stays as it is, and the validation says so.

use std::collections::BTreeSet;

use super::{
    text::slug,
    written::{MIDDLING, Named, WrittenPlan, WrittenTask},
};
use crate::domain::{
    Field, Part, Plan, PlanDraft, PlanFault, Spot, StageId, StageSpec, TaskId, TaskSpec,
};

/// The stage of plans that need none.
const ONLY_STAGE: &str = "work";

impl WrittenPlan {
    /// What is meant by the plan, and what could not be understood in it. The draft is to be
    /// validated all the same, so that all faults are told at once.
    pub fn meant(self) -> (PlanDraft, Vec<PlanFault>) {
        let mut faults = Vec::new();
        let parts = parts(self.parts);
        let stages = stages(self.stages, &self.tasks);
        let ids = ids(&self.tasks);
        let alone = self.tasks.len() == 1;
        let names = Names { parts: &parts, stages: &stages, ids: &ids, tasks: &self.tasks };
        let mut tasks = Vec::with_capacity(self.tasks.len());
        for (place, task) in self.tasks.iter().enumerate() {
            let mut spec = names.spec(task.clone(), ids[place].clone(), &mut faults);
            if alone && spec.covers.is_empty() {
                spec.covers = parts.iter().map(|part| part.id.clone()).collect();
            }
            tasks.push(spec);
        }
        (PlanDraft { summary: self.summary, parts, stages, tasks }, faults)
    }
}

fn parts(written: Vec<Named>) -> Vec<Part> {
    let named = |(place, part): (usize, Named)| {
        let number = format!("p{}", place + 1);
        if !part.id.trim().is_empty() {
            return Part { id: part.id, text: part.text };
        }
        // Models repeat the name that they were told the part will have.
        let text = part.text.strip_prefix(&number).map_or(part.text.as_str(), |rest| {
            rest.strip_prefix([':', '.', ')']).unwrap_or(&part.text)
        });
        Part { id: number, text: text.trim().to_owned() }
    };
    written.into_iter().enumerate().map(named).collect()
}

fn stages(written: Vec<Named>, tasks: &[WrittenTask]) -> Vec<StageSpec> {
    let mut stages: Vec<StageSpec> = written
        .into_iter()
        .enumerate()
        .map(|(place, stage)| {
            let otherwise = format!("stage-{}", place + 1);
            let id = if stage.id.is_empty() { slug(&stage.text, &otherwise) } else { stage.id };
            let title = if stage.text.is_empty() { id.clone() } else { stage.text };
            StageSpec { id: StageId(id), title }
        })
        .collect();
    if stages.is_empty() {
        // Those that the tasks speak of, in their order.
        for title in tasks.iter().map(|task| task.stage.trim()).filter(|title| !title.is_empty()) {
            let id = StageId(slug(title, ONLY_STAGE));
            if !stages.iter().any(|stage| stage.id == id) {
                stages.push(StageSpec { id, title: title.to_owned() });
            }
        }
    }
    if stages.is_empty() {
        stages.push(StageSpec { id: ONLY_STAGE.into(), title: "Work".to_owned() });
    }
    stages
}

/// An id for each task: the one it has if it is sound, else one from its words, made unlike the
/// others.
fn ids(tasks: &[WrittenTask]) -> Vec<TaskId> {
    let mut taken: BTreeSet<TaskId> =
        tasks.iter().map(|task| TaskId(task.id.clone())).filter(TaskId::is_sound).collect();
    let mut ids = Vec::with_capacity(tasks.len());
    for (place, task) in tasks.iter().enumerate() {
        let given = TaskId(task.id.clone());
        if given.is_sound() {
            // Two sound ids that are alike are a fault, which the validation tells.
            ids.push(given);
            continue;
        }
        let words = if task.id.trim().is_empty() { &task.title } else { &task.id };
        let stem = slug(words, &format!("task-{}", place + 1));
        let mut id = TaskId(stem.clone());
        let mut count = 2;
        while !taken.insert(id.clone()) {
            id = TaskId(format!("{stem}-{count}"));
            count += 1;
        }
        ids.push(id);
    }
    ids
}

struct Names<'a> {
    parts: &'a [Part],
    stages: &'a [StageSpec],
    ids: &'a [TaskId],
    tasks: &'a [WrittenTask],
}

impl Names<'_> {
    fn spec(&self, task: WrittenTask, id: TaskId, faults: &mut Vec<PlanFault>) -> TaskSpec {
        let mut criteria = Vec::new();
        for (place, written) in task.criteria.into_iter().enumerate() {
            match written.meant() {
                Ok(criterion) => criteria.push(criterion),
                Err(why) => {
                    let text = format!("criterion {}: {why}", place + 1);
                    faults.push(PlanFault::of_task(&id, Spot::Of(Field::Criteria), text));
                }
            }
        }
        let words = |list: Vec<String>| -> Vec<String> {
            list.into_iter().filter(|entry| !entry.trim().is_empty()).collect()
        };
        let objective = if task.objective.trim().is_empty() { &task.title } else { &task.objective };
        TaskSpec {
            stage: self.stage(&task.stage),
            objective: objective.clone(),
            outputs: words(task.outputs),
            criteria,
            covers: words(task.covers).iter().map(|name| self.part(name)).collect(),
            after: words(task.after).iter().map(|name| self.task(name)).collect(),
            inputs: words(task.inputs),
            may_touch: words(task.may_touch),
            must_not_touch: words(task.must_not_touch),
            guidance: task.guidance,
            steps: words(task.steps),
            out_of_scope: words(task.out_of_scope),
            shared_decisions: words(task.shared_decisions),
            kind: task.kind.unwrap_or_default(),
            complexity: task.complexity.unwrap_or(MIDDLING),
            why_complex: task.why_complex,
            risk: task.risk.unwrap_or_default(),
            estimate_tokens: task.estimate_tokens.filter(|tokens| *tokens > 0),
            tier: task.tier.unwrap_or_default(),
            attempt_limit: task.attempt_limit,
            pinned: task.pinned,
            title: task.title,
            id,
        }
    }

    fn stage(&self, name: &str) -> StageId {
        let name = name.trim();
        let like = |stage: &&StageSpec| {
            stage.id.as_str() == name
                || stage.title.trim() == name
                || stage.id.as_str() == slug(name, "")
        };
        let found = self.stages.iter().find(like);
        let first = self.stages.first().filter(|_| name.is_empty() || self.stages.len() == 1);
        found.or(first).map_or_else(|| StageId(name.to_owned()), |stage| stage.id.clone())
    }

    fn part(&self, name: &str) -> String {
        let name = name.trim();
        let like = |part: &&Part| {
            part.id == name || part.text == name || part.id.strip_prefix('p') == Some(name)
        };
        self.parts.iter().find(like).map_or_else(|| name.to_owned(), |part| part.id.clone())
    }

    fn task(&self, name: &str) -> TaskId {
        let name = name.trim();
        if let Some(id) = self.ids.iter().find(|id| id.as_str() == name) {
            return id.clone();
        }
        let like = |task: &WrittenTask| task.id == name || task.title.trim() == name;
        let place = self.tasks.iter().position(like).or_else(|| {
            let number: usize = name.trim_start_matches("task").trim().parse().ok()?;
            number.checked_sub(1)
        });
        match place.and_then(|place| self.ids.get(place)) {
            Some(id) => id.clone(),
            None => self
                .ids
                .iter()
                .find(|id| id.as_str() == slug(name, ""))
                .cloned()
                .unwrap_or_else(|| TaskId(name.to_owned())),
        }
    }
}

/// The meant form of tasks that join a plan: its stages and ids are known to them, and a field
/// that is left out of a changed task stays as it was.
pub(super) fn joining(
    task: WrittenTask,
    plan: &Plan,
    faults: &mut Vec<PlanFault>,
) -> TaskSpec {
    let known: Vec<WrittenTask> =
        plan.tasks.iter().map(|one| WrittenTask::of(&one.spec)).chain([task.clone()]).collect();
    let all = ids(&known);
    let names =
        Names { parts: &plan.parts, stages: &plan.stages, ids: &all, tasks: &known };
    let id = all.last().cloned().unwrap_or_else(|| TaskId(task.id.clone()));
    names.spec(task, id, faults)
}
