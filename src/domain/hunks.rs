//! Changes to a plan: what is wrong with them, and the plan that they make.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    faults::{Exists, PlanFault, Spot, faults},
    ids::TaskId,
    plan::{Hunk, Plan, PlanDraft, TaskSpec},
};

/// Everything that is wrong with a set of hunks: in itself, and in the plan that it would make.
/// Tasks that no hunk touches are not held to their inputs again.
pub fn faults_of_hunks(plan: &Plan, hunks: &[Hunk], exists: Exists<'_>) -> Vec<PlanFault> {
    let mut found = Vec::new();
    if hunks.is_empty() {
        found.push(PlanFault::of_plan(Spot::Hunks, "there is no hunk"));
    }
    let reshaped = apply_hunks(plan, hunks);
    let live: BTreeSet<&TaskId> = reshaped.live(plan).map(|spec| &spec.id).collect();
    let mut touched = BTreeSet::new();
    let mut concerned = BTreeSet::new();
    for hunk in hunks {
        // Dropped and changed at once, its dependants could be left waiting for it for ever.
        if let Some(id) = hunk.concerns().filter(|id| !concerned.insert(*id)) {
            found.push(PlanFault::of_task(id, Spot::Hunks, "more than one hunk concerns it"));
        }
        match hunk {
            Hunk::Add { task } => {
                if plan.get(&task.id).is_some_and(|old| old.phase.is_void()) {
                    let text = format!("`{}` is taken; an id is never used again", task.id);
                    found.push(PlanFault::of_task(&task.id, Spot::Id, text));
                }
                touched.insert(&task.id);
            }
            Hunk::Change { task } => {
                found.extend(unchangeable(plan, &task.id, "changed"));
                touched.insert(&task.id);
            }
            Hunk::Supersede { task, by } => {
                found.extend(unchangeable(plan, task, "superseded"));
                for one in by.iter().filter(|one| !live.contains(one)) {
                    let text = format!("`{one}`, which is to replace it, is no task of the plan");
                    found.push(PlanFault::of_task(task, Spot::Hunks, text));
                }
            }
            Hunk::Reorder { order } => {
                let named: BTreeSet<&TaskId> = order.iter().collect();
                for missing in live.iter().filter(|id| !named.contains(*id)) {
                    let text = format!("the order does not name `{missing}`");
                    found.push(PlanFault::of_plan(Spot::Hunks, text));
                }
                for unknown in named.iter().filter(|id| !live.contains(*id)) {
                    let text = format!("the order names `{unknown}`, which is no task of the plan");
                    found.push(PlanFault::of_plan(Spot::Hunks, text));
                }
                if named.len() < order.len() {
                    let text = "the order names a task more than once";
                    found.push(PlanFault::of_plan(Spot::Hunks, text));
                }
            }
        }
    }
    // An untouched task may still wait for a cancelled one; what is new or changed may not.
    let known = plan.tasks.iter().map(|task| &task.spec.id).chain(live.iter().copied()).collect();
    let after = PlanDraft {
        summary: plan.summary.clone(),
        parts: plan.parts.clone(),
        stages: plan.stages.clone(),
        tasks: reshaped.live(plan).cloned().collect(),
    };
    found.extend(faults(&after, &touched, &known, exists));
    found
}

fn unchangeable(plan: &Plan, id: &TaskId, what: &str) -> Option<PlanFault> {
    let why = match plan.get(id) {
        None => "there is no such task".to_owned(),
        Some(task) if task.is_settled() => {
            format!("it is {} and cannot be {what}", task.phase.word())
        }
        Some(_) => return None,
    };
    Some(PlanFault::of_task(id, Spot::Hunks, why))
}

/// The tasks as hunks make them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reshaped {
    /// Every task that ever was in the plan and the added ones, in the new order.
    pub specs: Vec<TaskSpec>,
    /// Those that give way by these hunks.
    pub superseded: BTreeSet<TaskId>,
}

impl Reshaped {
    /// The tasks that count after the hunks.
    pub fn live<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = &'a TaskSpec> {
        self.specs.iter().filter(|spec| {
            !self.superseded.contains(&spec.id)
                && !plan.get(&spec.id).is_some_and(|task| task.phase.is_void())
        })
    }
}

/// Applies hunks: additions and changes first, then what gives way, then the order.
///
/// Whoever came after a superseded task comes after its replacements; where it is dropped, after
/// what it came after itself, so that no order is lost. Pins stay as they were. Hunks with faults
/// give some plan too; only `faults_of_hunks` says whether it is sound.
pub fn apply_hunks(plan: &Plan, hunks: &[Hunk]) -> Reshaped {
    let mut specs: Vec<TaskSpec> = plan.tasks.iter().map(|task| task.spec.clone()).collect();
    let mut giving_way: BTreeMap<TaskId, Vec<TaskId>> = BTreeMap::new();
    for hunk in hunks {
        match hunk {
            Hunk::Add { task } => specs.push((**task).clone()),
            Hunk::Change { task } => {
                if let Some(old) = specs.iter_mut().find(|old| old.id == task.id) {
                    let pinned = std::mem::take(&mut old.pinned);
                    *old = TaskSpec { pinned, ..(**task).clone() };
                }
            }
            Hunk::Supersede { task, by } => {
                giving_way.insert(task.clone(), by.clone());
            }
            Hunk::Reorder { .. } => {}
        }
    }
    for (gone, by) in &giving_way {
        let own_after: Vec<TaskId> = specs
            .iter()
            .find(|spec| spec.id == *gone)
            .map(|spec| spec.after.clone())
            .unwrap_or_default();
        for spec in specs.iter_mut().filter(|spec| spec.id != *gone && spec.after.contains(gone)) {
            // A replacement that leans on what it replaces can only mean what that leant on.
            let instead = if by.is_empty() || by.contains(&spec.id) { &own_after } else { by };
            let mut after: Vec<TaskId> = Vec::new();
            for id in std::mem::take(&mut spec.after) {
                let ids = if id == *gone { instead.clone() } else { vec![id] };
                for id in ids {
                    if !after.contains(&id) {
                        after.push(id);
                    }
                }
            }
            spec.after = after;
        }
    }
    for hunk in hunks {
        if let Hunk::Reorder { order } = hunk {
            let place = |id: &TaskId| order.iter().position(|one| one == id);
            // Stable: what the order does not name (tasks that count no more) goes to the end.
            specs.sort_by_key(|spec| place(&spec.id).unwrap_or(usize::MAX));
        }
    }
    Reshaped { specs, superseded: giving_way.into_keys().collect() }
}

#[cfg(test)]
mod tests {
    use super::super::{
        check::{Check, Criterion},
        phase::{Phase, Task},
        plan::{Part, StageSpec},
    };
    use super::*;

    fn spec(id: &str, after: &[&str]) -> TaskSpec {
        let yaml = format!(
            "{{id: {id}, stage: s, title: {id}, objective: o, outputs: [{id}.txt], criteria: []}}"
        );
        let mut spec: TaskSpec = serde_yaml::from_str(&yaml).unwrap();
        spec.criteria = vec![Criterion {
            text: "tests pass".to_owned(),
            check: Check::Command {
                run: "make test".to_owned(),
                expect_exit: 0,
                pattern: None,
                timeout_seconds: None,
            },
        }];
        spec.after = after.iter().map(|id| (*id).into()).collect();
        spec
    }

    fn plan(specs: Vec<TaskSpec>) -> Plan {
        Plan {
            revision: 1,
            stages: vec![StageSpec { id: "s".into(), title: "S".to_owned() }],
            tasks: specs.into_iter().map(|spec| Task::fresh(spec, Phase::Approved)).collect(),
            ..Plan::default()
        }
    }

    fn shown(plan: &Plan, hunks: &[Hunk]) -> String {
        let faults = faults_of_hunks(plan, hunks, &|_| true);
        faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    fn afters(reshaped: &Reshaped) -> String {
        let line = |spec: &TaskSpec| {
            let after: Vec<&str> = spec.after.iter().map(TaskId::as_str).collect();
            format!("{} after [{}]", spec.id, after.join(" "))
        };
        reshaped.specs.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn dependants_of_a_superseded_task_come_after_its_replacements() {
        let plan = plan(vec![spec("a", &[]), spec("b", &["a"]), spec("c", &["b"])]);
        let hunks = [
            Hunk::Add { task: Box::new(spec("b1", &["a"])) },
            Hunk::Add { task: Box::new(spec("b2", &["b", "b1"])) },
            Hunk::Supersede { task: "b".into(), by: vec!["b1".into(), "b2".into()] },
        ];
        insta::assert_snapshot!(afters(&apply_hunks(&plan, &hunks)), @r#"
        a after []
        b after [a]
        c after [b1 b2]
        b1 after [a]
        b2 after [a b1]
        "#);
        insta::assert_snapshot!(shown(&plan, &hunks), @"");
    }

    #[test]
    fn dependants_of_a_dropped_task_come_after_what_it_came_after() {
        let plan = plan(vec![spec("a", &[]), spec("b", &["a"]), spec("c", &["b"])]);
        let hunks = [Hunk::Supersede { task: "b".into(), by: vec![] }];
        let reshaped = apply_hunks(&plan, &hunks);
        assert_eq!(reshaped.superseded, BTreeSet::from(["b".into()]));
        assert_eq!(reshaped.specs[2].after, vec![TaskId::from("a")]);
    }

    #[test]
    fn an_order_must_name_every_live_task_once() {
        let plan = plan(vec![spec("a", &[]), spec("b", &[])]);
        let order = vec!["b".into(), "b".into(), "x".into()];
        insta::assert_snapshot!(shown(&plan, &[Hunk::Reorder { order }]), @r#"
        hunks: the order does not name `a`
        hunks: the order names `x`, which is no task of the plan
        hunks: the order names a task more than once
        "#);
    }

    #[test]
    fn what_is_done_or_unknown_or_taken_cannot_be_changed() {
        let mut plan = plan(vec![spec("a", &[]), spec("b", &["a"])]);
        plan.tasks[0].phase = Phase::Done {
            attempt: super::super::ids::AttemptNo(1),
            commit: "c".to_owned(),
            tree: "t".to_owned(),
        };
        let hunks = [
            Hunk::Change { task: Box::new(spec("a", &[])) },
            Hunk::Change { task: Box::new(spec("z", &[])) },
            Hunk::Add { task: Box::new(spec("b", &[])) },
        ];
        insta::assert_snapshot!(shown(&plan, &hunks), @r#"
        task `a`, hunks: it is done and cannot be changed
        task `z`, hunks: there is no such task
        task `b`, id: another task has this id
        "#);
    }

    #[test]
    fn a_task_is_concerned_by_one_hunk_at_most() {
        let plan = plan(vec![spec("a", &[]), spec("b", &["a"])]);
        let hunks = [
            Hunk::Supersede { task: "a".into(), by: vec![] },
            Hunk::Change { task: Box::new(spec("a", &["a"])) },
        ];
        insta::assert_snapshot!(
            shown(&plan, &hunks),
            @"task `a`, hunks: more than one hunk concerns it"
        );
    }

    #[test]
    fn a_part_that_only_the_superseded_task_covered_must_be_covered_again() {
        let mut covering = spec("a", &[]);
        covering.covers = vec!["p1".to_owned()];
        let mut plan = plan(vec![covering, spec("b", &[])]);
        plan.parts = vec![Part { id: "p1".to_owned(), text: "the button".to_owned() }];
        insta::assert_snapshot!(
            shown(&plan, &[Hunk::Supersede { task: "a".into(), by: vec![] }]),
            @"parts: no task covers part `p1` (the button)"
        );
    }

    #[test]
    fn pins_outlive_a_change() {
        let mut pinned = spec("a", &[]);
        pinned.pinned.insert(super::super::plan::Field::Title);
        let plan = plan(vec![pinned]);
        let reshaped = apply_hunks(&plan, &[Hunk::Change { task: Box::new(spec("a", &[])) }]);
        assert_eq!(reshaped.specs[0].pinned.len(), 1);
    }
}
