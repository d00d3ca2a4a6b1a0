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
    /// The ids that its tasks will have, in their order.
    pub(super) fn ids(&self) -> Vec<TaskId> {
        ids(&self.tasks)
    }

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
        let objective =
            if task.objective.trim().is_empty() { &task.title } else { &task.objective };
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
        let like =
            |stage: &&StageSpec| stage.title.trim() == name || stage.id.as_str() == slug(name, "");
        let named = self.stages.iter().find(|stage| stage.id.as_str() == name);
        let found = named.or_else(|| self.stages.iter().find(like));
        let first = self.stages.first().filter(|_| name.is_empty() || self.stages.len() == 1);
        found.or(first).map_or_else(|| StageId(name.to_owned()), |stage| stage.id.clone())
    }

    fn part(&self, name: &str) -> String {
        let name = name.trim();
        let like = |part: &&Part| part.text == name || part.id.strip_prefix('p') == Some(name);
        let named = self.parts.iter().find(|part| part.id == name);
        let found = named.or_else(|| self.parts.iter().find(like));
        found.map_or_else(|| name.to_owned(), |part| part.id.clone())
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

/// The meant form of tasks that join a plan, whose stages, parts and ids they may name. A task
/// with the id of one of the plan is a change of that, and says only what is different.
pub(super) fn joining(
    written: Vec<WrittenTask>,
    plan: &Plan,
    faults: &mut Vec<PlanFault>,
) -> Vec<TaskSpec> {
    let mut known: Vec<WrittenTask> =
        plan.tasks.iter().map(|one| WrittenTask::of(&one.spec)).collect();
    let old = known.len();
    known.extend(written);
    let ids = ids(&known);
    let names = Names { parts: &plan.parts, stages: &plan.stages, ids: &ids, tasks: &known };
    (old..known.len())
        .map(|place| {
            let task = known[place].clone();
            let task = match known[..old].iter().find(|one| one.id == task.id) {
                Some(old) => task.over(old.clone()),
                None => task,
            };
            names.spec(task, ids[place].clone(), faults)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::faults_of_draft;

    fn meant(json: &str) -> (PlanDraft, Vec<String>) {
        let written: WrittenPlan = serde_json::from_str(json).unwrap();
        let (draft, faults) = written.meant();
        let mut faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        faults.extend(faults_of_draft(&draft, &|_| true).iter().map(ToString::to_string));
        (draft, faults)
    }

    #[test]
    fn the_least_that_a_small_model_writes_is_a_plan() {
        let (draft, faults) = meant(
            r#"{"parts": ["p1: say hello"], "tasks": [
                {"title": "Add a hello script", "outputs": ["hello.sh"], "criteria": ["sh hello.sh"]}
            ]}"#,
        );
        assert_eq!(faults, Vec::<String>::new());
        let task = &draft.tasks[0];
        assert_eq!(task.id.as_str(), "add-a-hello-script");
        assert_eq!(task.stage.as_str(), "work");
        assert_eq!(task.objective, "Add a hello script");
        assert_eq!(task.covers, ["p1"]);
        assert_eq!(draft.parts[0].text, "say hello");
        assert_eq!(task.complexity, 3);
    }

    #[test]
    fn dependencies_are_found_by_id_title_number_and_slug() {
        let (draft, faults) = meant(
            r#"{"tasks": [
                {"id": "First One", "title": "One", "outputs": ["a"], "criteria": ["a"]},
                {"title": "Two", "outputs": ["b"], "criteria": ["b"], "after": ["First One"]},
                {"title": "Three", "outputs": ["c"], "criteria": ["c"], "after": ["One", "2"]},
                {"title": "Four", "outputs": ["d"], "criteria": ["d"], "after": ["task 3", "TWO"]},
                {"title": "Four", "outputs": ["e"], "criteria": ["e"], "after": ["nobody"]}
            ]}"#,
        );
        let shown: Vec<String> = draft
            .tasks
            .iter()
            .map(|task| {
                let after: Vec<&str> = task.after.iter().map(TaskId::as_str).collect();
                format!("{} after [{}]", task.id, after.join(" "))
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        first-one after []
        two after [first-one]
        three after [first-one two]
        four after [three two]
        four-2 after [nobody]
        "#);
        assert_eq!(faults, ["task `four-2`, after: `nobody` is no task of the plan"]);
    }

    #[test]
    fn stages_come_from_the_tasks_where_the_plan_names_none() {
        let (draft, faults) = meant(
            r#"{"tasks": [
                {"title": "a", "stage": "The core", "outputs": ["a"], "criteria": ["a"]},
                {"title": "b", "stage": "Docs", "outputs": ["b"], "criteria": ["b"]},
                {"title": "c", "stage": "the core", "outputs": ["c"], "criteria": ["c"]}
            ]}"#,
        );
        assert!(faults.is_empty(), "{faults:?}");
        let stages: Vec<&str> = draft.stages.iter().map(|stage| stage.id.as_str()).collect();
        assert_eq!(stages, ["the-core", "docs"]);
        assert_eq!(draft.tasks[2].stage.as_str(), "the-core");
    }

    #[test]
    fn what_cannot_be_understood_is_told_with_the_rest() {
        let (_, faults) =
            meant(r#"{"tasks": [{"title": "a", "outputs": [], "criteria": ["Tests pass", {}]}]}"#);
        insta::assert_snapshot!(faults.join("\n"), @r#"
        task `a`, criteria: criterion 1: `Tests pass` reads like a sentence, not like a shell command; give a command that exits 0 when it holds, or {"look": "…"} for what only a person can see
        task `a`, criteria: criterion 2: it names no check; give a shell command in `run`
        task `a`, outputs: there is no output; name a path or artefact that exists when it is done
        task `a`, criteria: there is no success criterion; name a command that exits 0 when it is done
        "#);
    }
}
