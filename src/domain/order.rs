//! The order that dependencies make.

use std::collections::{BTreeMap, BTreeSet};

use super::{ids::TaskId, plan::TaskSpec};

/// All that a task comes after, directly or not.
pub(super) fn all_before<'a>(tasks: &'a [TaskSpec], task: &'a TaskSpec) -> BTreeSet<&'a TaskId> {
    let mut before = BTreeSet::new();
    let mut open: Vec<&TaskId> = task.after.iter().collect();
    while let Some(id) = open.pop() {
        if before.insert(id) {
            open.extend(tasks.iter().filter(|one| one.id == *id).flat_map(|one| &one.after));
        }
    }
    before
}

/// Circles in the dependencies, each as the way round with its first task repeated at the end.
/// No two share a task, so that one mistake is named once.
pub(super) fn circles(tasks: &[TaskSpec]) -> Vec<Vec<&TaskId>> {
    let by_id: BTreeMap<&TaskId, &TaskSpec> = tasks.iter().map(|task| (&task.id, task)).collect();
    let mut settled: BTreeSet<&TaskId> = BTreeSet::new();
    let mut circles = Vec::new();
    for start in tasks {
        // Depth first, by hand: the way so far, each with the next dependency to look at.
        let mut way: Vec<(&TaskId, usize)> = vec![(&start.id, 0)];
        while let Some((id, next)) = way.last_mut() {
            let after = by_id.get(*id).map_or(&[][..], |task| &task.after);
            let Some(to) = after.get(*next).filter(|_| !settled.contains(*id)) else {
                settled.insert(*id);
                way.pop();
                continue;
            };
            *next += 1;
            if let Some(from) = way.iter().position(|(seen, _)| *seen == to) {
                let mut circle: Vec<&TaskId> = way[from..].iter().map(|(id, _)| *id).collect();
                settled.extend(circle.iter().copied());
                circle.push(to);
                circles.push(circle);
            } else if !settled.contains(to) {
                way.push((to, 0));
            }
        }
    }
    circles
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{
        check::{Check, Criterion},
        faults::faults_of_draft,
        plan::{Kind, PlanDraft, Risk, StageSpec, Tier},
    };
    use super::*;

    fn task(id: &str, after: &[String]) -> TaskSpec {
        TaskSpec {
            id: id.into(),
            stage: "s".into(),
            title: id.to_owned(),
            objective: "do it".to_owned(),
            outputs: vec![format!("{id}.txt")],
            criteria: vec![Criterion {
                text: "it is there".to_owned(),
                check: Check::FileExists { path: format!("{id}.txt") },
            }],
            covers: vec![],
            after: after.iter().map(|id| id.as_str().into()).collect(),
            inputs: vec![],
            may_touch: vec![],
            must_not_touch: vec![],
            guidance: String::new(),
            steps: vec![],
            out_of_scope: vec![],
            shared_decisions: vec![],
            kind: Kind::Feature,
            complexity: 3,
            why_complex: String::new(),
            risk: Risk::Low,
            estimate_tokens: None,
            tier: Tier::Standard,
            attempt_limit: None,
            pinned: BTreeSet::new(),
        }
    }

    fn draft(tasks: Vec<TaskSpec>) -> PlanDraft {
        let stages = vec![StageSpec { id: "s".into(), title: "S".to_owned() }];
        PlanDraft { summary: String::new(), parts: vec![], stages, tasks }
    }

    /// Whether every task can be begun one after the other (Kahn), found another way than above.
    fn can_be_ordered(tasks: &[TaskSpec]) -> bool {
        let mut done: BTreeSet<&TaskId> = BTreeSet::new();
        for _ in tasks {
            for task in tasks {
                if task.after.iter().all(|id| done.contains(id)) {
                    done.insert(&task.id);
                }
            }
        }
        done.len() == tasks.iter().map(|task| &task.id).collect::<BTreeSet<_>>().len()
    }

    proptest! {
        #[test]
        fn invariant_01_no_accepted_draft_has_a_circle(
            edges in prop::collection::vec((0_u8..8, 0_u8..9), 0..14),
            count in 1_u8..8,
        ) {
            let tasks: Vec<TaskSpec> = (0..count)
                .map(|from| {
                    let after: Vec<String> = edges
                        .iter()
                        .filter(|(one, _)| *one == from)
                        .map(|(_, to)| format!("t{to}"))
                        .collect();
                    task(&format!("t{from}"), &after)
                })
                .collect();
            let ordered = can_be_ordered(&tasks);
            let faults = faults_of_draft(&draft(tasks), &|_| true);
            prop_assert_eq!(faults.is_empty(), ordered, "{:?}", faults);
        }
    }

    #[test]
    fn a_circle_is_named_all_the_way_round() {
        let after = |id: &str| vec![id.to_owned()];
        let tasks = vec![task("a", &after("c")), task("b", &after("a")), task("c", &after("b"))];
        let faults = faults_of_draft(&draft(tasks), &|_| true);
        let shown: Vec<String> = faults.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(
            shown.join("\n"),
            @"tasks: the dependencies go in a circle: `a` → `c` → `b` → `a`"
        );
    }
}
