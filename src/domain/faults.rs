//! What is wrong with a plan, exactly.
//!
//! Deliberately absent: whether a pattern or glob compiles (the rooms that use them say so) and
//! anything that needs the repository but `exists`, which the caller brings.

use std::collections::BTreeSet;

use super::{
    check::{Check, Criterion},
    ids::TaskId,
    order::{Before, circles},
    outputs::{Makers, bare, is_glob},
    plan::{Field, PlanDraft, TaskSpec},
};

/// Most tasks in one plan.
pub const MAX_TASKS: usize = 1_000;
/// Most stages, and most parts, in one plan.
pub const MAX_GROUPS: usize = 60;
/// Most entries in one list of a task.
pub const MAX_ENTRIES: usize = 60;
/// Most characters of a title, an id or a path.
pub const MAX_SHORT: usize = 300;
/// Most characters of a paragraph: an objective, a step, a command.
pub const MAX_LONG: usize = 8_000;
/// Most attempts that a task may ask for.
pub const MAX_ATTEMPTS: u32 = 20;

/// Whether a path of the repository exists, relative to its root.
pub type Exists<'a> = &'a dyn Fn(&str) -> bool;

/// One thing that is wrong with a plan, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanFault {
    pub task: Option<TaskId>,
    pub spot: Option<Spot>,
    pub text: String,
}

/// The part of a plan that a fault is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    Summary,
    Parts,
    Stages,
    Tasks,
    Hunks,
    /// A task's own id.
    Id,
    /// A field of a task.
    Of(Field),
}

impl Spot {
    /// The key as it is written in a plan file.
    pub fn key(self) -> &'static str {
        match self {
            Spot::Summary => "summary",
            Spot::Parts => "parts",
            Spot::Stages => "stages",
            Spot::Tasks => "tasks",
            Spot::Hunks => "hunks",
            Spot::Id => "id",
            Spot::Of(field) => field.key(),
        }
    }
}

impl PlanFault {
    /// A fault of the plan as a whole.
    pub fn of_plan(spot: Spot, text: impl Into<String>) -> Self {
        Self { task: None, spot: Some(spot), text: text.into() }
    }

    /// A fault of one task.
    pub fn of_task(task: &TaskId, spot: Spot, text: impl Into<String>) -> Self {
        Self { task: Some(task.clone()), spot: Some(spot), text: text.into() }
    }
}

impl std::fmt::Display for PlanFault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.task, self.spot) {
            (Some(task), Some(spot)) => write!(out, "task `{task}`, {}: ", spot.key())?,
            (Some(task), None) => write!(out, "task `{task}`: ")?,
            (None, Some(spot)) => write!(out, "{}: ", spot.key())?,
            (None, None) => {}
        }
        out.write_str(&self.text)
    }
}

/// Everything that is wrong with a plan. An empty list means that it may be proposed.
pub fn faults_of_draft(draft: &PlanDraft, exists: Exists<'_>) -> Vec<PlanFault> {
    let all: BTreeSet<&TaskId> = draft.tasks.iter().map(|task| &task.id).collect();
    faults(draft, &all, &all, exists)
}

/// The faults of a draft whose `strict` tasks are held to their inputs and may come after tasks of
/// the draft only, while the others may come after anything `known`.
pub(super) fn faults(
    draft: &PlanDraft,
    strict: &BTreeSet<&TaskId>,
    known: &BTreeSet<&TaskId>,
    exists: Exists<'_>,
) -> Vec<PlanFault> {
    let mut found = Vec::new();
    if draft.tasks.is_empty() {
        found.push(PlanFault::of_plan(Spot::Tasks, "the plan has no tasks"));
    }
    if draft.tasks.len() > MAX_TASKS {
        let text = format!("{} tasks; at most {MAX_TASKS} fit one plan", draft.tasks.len());
        found.push(PlanFault::of_plan(Spot::Tasks, text));
        return found;
    }
    groups(draft, &mut found);
    let mut ids = BTreeSet::new();
    for task in &draft.tasks {
        if !ids.insert(&task.id) {
            found.push(PlanFault::of_task(&task.id, Spot::Id, "another task has this id"));
        }
    }
    for task in &draft.tasks {
        of_task(draft, task, &mut found);
        let among = if strict.contains(&task.id) { &ids } else { known };
        for missing in task.after.iter().filter(|id| !among.contains(id)) {
            let text = format!("`{missing}` is no task of the plan");
            found.push(PlanFault::of_task(&task.id, Spot::Of(Field::After), text));
        }
    }
    let circles = circles(&draft.tasks);
    for circle in &circles {
        let shown: Vec<String> = circle.iter().map(|id| format!("`{id}`")).collect();
        let text = format!("the dependencies go in a circle: {}", shown.join(" → "));
        found.push(PlanFault {
            task: circle.first().map(|id| (*id).clone()),
            spot: Some(Spot::Of(Field::After)),
            text,
        });
    }
    if circles.is_empty() {
        let (before, makers) = (Before::of(&draft.tasks), Makers::of(&draft.tasks));
        for task in draft.tasks.iter().filter(|task| strict.contains(&task.id)) {
            inputs(task, &before, &makers, exists, &mut found);
        }
    }
    found
}

fn groups(draft: &PlanDraft, found: &mut Vec<PlanFault>) {
    if draft.summary.chars().count() > MAX_LONG {
        let text = format!("longer than {MAX_LONG} characters");
        found.push(PlanFault::of_plan(Spot::Summary, text));
    }
    for (spot, count) in [(Spot::Parts, draft.parts.len()), (Spot::Stages, draft.stages.len())] {
        if count > MAX_GROUPS {
            found.push(PlanFault::of_plan(spot, format!("{count} of them; at most {MAX_GROUPS}")));
        }
    }
    let mut stages = BTreeSet::new();
    for stage in &draft.stages {
        if !stage.id.is_sound() {
            let text = format!("`{}` is not an id: 1 to 48 of a-z, 0-9 and -", stage.id);
            found.push(PlanFault::of_plan(Spot::Stages, text));
        }
        if !stages.insert(&stage.id) {
            let text = format!("two stages are called `{}`", stage.id);
            found.push(PlanFault::of_plan(Spot::Stages, text));
        }
    }
    let mut parts = BTreeSet::new();
    for part in &draft.parts {
        if part.id.trim().is_empty() || part.text.trim().is_empty() {
            let text = "a part needs an id and a text";
            found.push(PlanFault::of_plan(Spot::Parts, text));
        }
        if !parts.insert(&part.id) {
            let text = format!("two parts are called `{}`", part.id);
            found.push(PlanFault::of_plan(Spot::Parts, text));
        }
        if !draft.tasks.iter().any(|task| task.covers.contains(&part.id)) {
            let text = format!("no task covers part `{}` ({})", part.id, part.text);
            found.push(PlanFault::of_plan(Spot::Parts, text));
        }
    }
}

fn of_task(draft: &PlanDraft, task: &TaskSpec, found: &mut Vec<PlanFault>) {
    let mut fault = |spot, text: String| found.push(PlanFault::of_task(&task.id, spot, text));
    if !task.id.is_sound() {
        fault(Spot::Id, "not an id: 1 to 48 of a-z, 0-9 and -, not starting with -".to_owned());
    }
    if !draft.stages.iter().any(|stage| stage.id == task.stage) {
        fault(Spot::Of(Field::Stage), format!("there is no stage `{}`", task.stage));
    }
    if task.title.trim().is_empty() {
        fault(Spot::Of(Field::Title), "there is no title".to_owned());
    }
    if task.objective.trim().is_empty() {
        fault(Spot::Of(Field::Objective), "there is no objective".to_owned());
    }
    if task.outputs.iter().all(|output| output.trim().is_empty()) {
        let text = "there is no output; name a path or artefact that exists when it is done";
        fault(Spot::Of(Field::Outputs), text.to_owned());
    }
    for output in task.outputs.iter().filter(|output| leads_out(output)) {
        let text = "must be inside the repository, relative to the root";
        fault(Spot::Of(Field::Outputs), format!("`{output}` {text}"));
    }
    if task.criteria.is_empty() {
        let text = "there is no success criterion; name a command that exits 0 when it is done";
        fault(Spot::Of(Field::Criteria), text.to_owned());
    }
    for (place, criterion) in task.criteria.iter().enumerate() {
        if let Some(text) = uncheckable(criterion) {
            fault(Spot::Of(Field::Criteria), format!("criterion {}: {text}", place + 1));
        }
    }
    for part in task.covers.iter().filter(|id| !draft.parts.iter().any(|part| part.id == **id)) {
        fault(Spot::Of(Field::Covers), format!("the goal has no part `{part}`"));
    }
    if !(1..=10).contains(&task.complexity) {
        fault(Spot::Of(Field::Complexity), format!("{} is not from 1 to 10", task.complexity));
    }
    if let Some(limit) = task.attempt_limit.filter(|limit| !(1..=MAX_ATTEMPTS).contains(limit)) {
        fault(Spot::Of(Field::AttemptLimit), format!("{limit} is not from 1 to {MAX_ATTEMPTS}"));
    }
    let texts = [
        (Field::Title, &task.title, MAX_SHORT),
        (Field::Objective, &task.objective, MAX_LONG),
        (Field::Guidance, &task.guidance, MAX_LONG),
        (Field::Complexity, &task.why_complex, MAX_LONG),
    ];
    for (field, text, most) in texts {
        if text.chars().count() > most {
            fault(Spot::Of(field), format!("longer than {most} characters"));
        }
    }
    let lists = [
        (Field::Outputs, &task.outputs, MAX_SHORT),
        (Field::Covers, &task.covers, MAX_SHORT),
        (Field::Inputs, &task.inputs, MAX_SHORT),
        (Field::MayTouch, &task.may_touch, MAX_SHORT),
        (Field::MustNotTouch, &task.must_not_touch, MAX_SHORT),
        (Field::Steps, &task.steps, MAX_LONG),
        (Field::OutOfScope, &task.out_of_scope, MAX_LONG),
        (Field::SharedDecisions, &task.shared_decisions, MAX_LONG),
    ];
    for (field, list, most) in lists {
        if list.iter().any(|entry| entry.chars().count() > most) {
            fault(Spot::Of(field), format!("an entry is longer than {most} characters"));
        }
        if list.len() > MAX_ENTRIES {
            fault(Spot::Of(field), format!("{} entries; at most {MAX_ENTRIES}", list.len()));
        }
    }
    for (field, count) in [(Field::Criteria, task.criteria.len()), (Field::After, task.after.len())]
    {
        if count > MAX_ENTRIES {
            fault(Spot::Of(field), format!("{count} entries; at most {MAX_ENTRIES}"));
        }
    }
}

/// Why a criterion cannot be looked at, if so.
pub fn uncheckable(criterion: &Criterion) -> Option<String> {
    let empty = |text: &str| text.trim().is_empty();
    let controls = |text: &str| text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t'));
    if empty(&criterion.text) {
        return Some("there is no text that says what must hold".to_owned());
    }
    if criterion.text.chars().count() > MAX_LONG {
        return Some(format!("its text is longer than {MAX_LONG} characters"));
    }
    let why = match &criterion.check {
        Check::Command { run, .. } if empty(run) => "its command is empty",
        Check::Command { run, .. } if run.chars().count() > MAX_LONG => "its command is too long",
        Check::Command { run, .. } if controls(run) => "its command has control characters",
        Check::Command { pattern: Some(pattern), .. } if empty(pattern) => "its pattern is empty",
        Check::Command { timeout_seconds: Some(0), .. } => "its timeout is 0 seconds",
        Check::FileExists { path } | Check::FileMatches { path, .. } if !is_inside(path) => {
            "its path must be inside the repository, relative to the root"
        }
        Check::FileMatches { pattern, .. } if empty(pattern) => "its pattern is empty",
        Check::DiffWithin { globs } if globs.iter().all(|glob| empty(glob)) => "it has no glob",
        Check::Manual { look } if empty(look) => "it does not say at what a person must look",
        Check::Judgement { ask } if empty(ask) => "it does not say what is to be judged",
        Check::Command { .. }
        | Check::FileExists { .. }
        | Check::FileMatches { .. }
        | Check::DiffWithin { .. }
        | Check::Manual { .. }
        | Check::Judgement { .. } => return None,
    };
    Some(why.to_owned())
}

/// Whether a path is relative and stays inside the root.
fn is_inside(path: &str) -> bool {
    !path.trim().is_empty()
        && path.chars().count() <= MAX_SHORT
        && !path.starts_with('/')
        && !path.split('/').any(|part| part == "..")
        && !path.chars().any(char::is_control)
}

/// Whether an output is a path that leads out of the root. What is an artefact in words does not.
fn leads_out(output: &str) -> bool {
    let output = output.trim();
    output.starts_with(['/', '~']) || output.split('/').any(|part| part == "..")
}

fn inputs(
    task: &TaskSpec,
    before: &Before<'_>,
    makers: &Makers<'_>,
    exists: Exists<'_>,
    found: &mut Vec<PlanFault>,
) {
    let mut fault = |text: String| {
        found.push(PlanFault::of_task(&task.id, Spot::Of(Field::Inputs), text));
    };
    for input in &task.inputs {
        let path = bare(input);
        if !is_inside(input) {
            fault(format!("`{input}` must be inside the repository, relative to the root"));
            continue;
        }
        if is_glob(path) || exists(path) {
            continue;
        }
        match makers.first(path) {
            Some(maker) if before.is(maker, &task.id) => {}
            Some(maker) => {
                fault(format!("`{input}` is made by `{maker}`, which it does not come after"));
            }
            None => fault(format!("`{input}` does not exist and no task before it makes it")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "
summary: x
parts: [{id: p1, text: greet}]
stages: [{id: s, title: S}]
tasks:
  - {id: a, stage: s, title: A, objective: o, outputs: [src/a.sh], covers: [p1],
     criteria: [{text: passes, check: {type: command, run: make test}}]}
  - {id: b, stage: s, title: B, objective: o, outputs: [b.md], after: [a], inputs: [src/a.sh],
     criteria: [{text: is there, check: {type: file_exists, path: b.md}}]}
";

    fn shown(draft: &PlanDraft) -> String {
        let faults = faults_of_draft(draft, &|path| path == "README.md");
        faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    fn edited(edit: impl FnOnce(&mut PlanDraft)) -> String {
        let mut draft = serde_yaml::from_str(SOUND).unwrap();
        edit(&mut draft);
        shown(&draft)
    }

    #[test]
    fn a_sound_plan_has_no_faults() {
        assert_eq!(edited(|_| {}), "");
    }

    #[test]
    fn each_fault_says_where_it_is_and_what_is_wrong() {
        let shown = edited(|draft| {
            draft.tasks[0].id = "A b".into();
            draft.tasks[0].criteria.clear();
            draft.tasks[0].covers = vec!["p9".to_owned()];
            draft.tasks[0].complexity = 11;
            draft.tasks[1].outputs.clear();
            draft.tasks[1].stage = "t".into();
            draft.tasks[1].after = vec!["nobody".into()];
        });
        insta::assert_snapshot!(shown, @r#"
        parts: no task covers part `p1` (greet)
        task `A b`, id: not an id: 1 to 48 of a-z, 0-9 and -, not starting with -
        task `A b`, criteria: there is no success criterion; name a command that exits 0 when it is done
        task `A b`, covers: the goal has no part `p9`
        task `A b`, complexity: 11 is not from 1 to 10
        task `b`, stage: there is no stage `t`
        task `b`, outputs: there is no output; name a path or artefact that exists when it is done
        task `b`, after: `nobody` is no task of the plan
        task `b`, inputs: `src/a.sh` is made by `A b`, which it does not come after
        "#);
    }

    #[test]
    fn a_criterion_that_nothing_can_look_at_is_a_fault() {
        let checks = [
            "{type: command, run: ' '}",
            "{type: command, run: a, pattern: ''}",
            "{type: command, run: a, timeout_seconds: 0}",
            "{type: file_exists, path: ../x}",
            "{type: file_matches, path: /etc/passwd, pattern: x}",
            "{type: diff_within, globs: []}",
            "{type: manual, look: ''}",
        ];
        for check in checks {
            let check: Check = serde_yaml::from_str(check).unwrap();
            let criterion = Criterion { text: "holds".to_owned(), check };
            assert!(uncheckable(&criterion).is_some(), "{criterion:?}");
        }
    }

    #[test]
    fn an_input_exists_or_is_made_by_a_task_that_comes_before() {
        let inputs = |inputs: &[&str]| {
            let inputs = inputs.iter().map(|one| (*one).to_owned()).collect();
            edited(|draft| draft.tasks[1].inputs = inputs)
        };
        assert_eq!(inputs(&["README.md", "./src/a.sh", "src/", "docs/*.md"]), "");
        insta::assert_snapshot!(inputs(&["src/gone.rs", "../secret"]), @r#"
        task `b`, inputs: `src/gone.rs` does not exist and no task before it makes it
        task `b`, inputs: `../secret` must be inside the repository, relative to the root
        "#);
        let early = edited(|draft| draft.tasks[1].after.clear());
        insta::assert_snapshot!(early, @"task `b`, inputs: `src/a.sh` is made by `a`, which it does not come after");
    }

    #[test]
    fn an_output_lies_in_the_repository() {
        let outputs = |outputs: &[&str]| {
            let outputs = outputs.iter().map(|one| (*one).to_owned()).collect();
            edited(|draft| draft.tasks[1].outputs = outputs)
        };
        assert_eq!(outputs(&["./b.md", "a table of costs...", "docs/*.md", "x/..y/z"]), "");
        insta::assert_snapshot!(outputs(&["/etc/x", "../y", "a/../../z", "~/w"]), @r#"
        task `b`, outputs: `/etc/x` must be inside the repository, relative to the root
        task `b`, outputs: `../y` must be inside the repository, relative to the root
        task `b`, outputs: `a/../../z` must be inside the repository, relative to the root
        task `b`, outputs: `~/w` must be inside the repository, relative to the root
        "#);
    }

    #[test]
    fn a_plan_of_the_most_tasks_one_after_the_other_is_sound() {
        let long = edited(|draft| {
            let last = draft.tasks[1].clone();
            draft.tasks.truncate(1);
            for number in 1..MAX_TASKS {
                let mut task = last.clone();
                task.id = format!("t{number}").as_str().into();
                task.outputs = vec![format!("out/{number}/")];
                task.after = vec![draft.tasks[number - 1].id.clone()];
                task.inputs = vec![format!("out/{}/x", number.max(2) - 1), "src/a.sh".to_owned()];
                if number == 1 {
                    task.inputs.remove(0);
                }
                draft.tasks.push(task);
            }
        });
        assert_eq!(long, "");
    }

    #[test]
    fn sizes_are_bounded() {
        let long = edited(|draft| draft.tasks[0].title = "x".repeat(MAX_SHORT + 1));
        assert_eq!(long, "task `a`, title: longer than 300 characters");
        let many = edited(|draft| {
            let one = draft.tasks[0].clone();
            draft.tasks = vec![one; MAX_TASKS + 1];
        });
        assert_eq!(many, "tasks: 1001 tasks; at most 1000 fit one plan");
    }
}
