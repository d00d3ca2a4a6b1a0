//! The order that dependencies make.

use std::collections::{BTreeMap, BTreeSet};

use super::{ids::TaskId, plan::TaskSpec};

/// Which tasks come before which, directly or not. For tasks without a circle.
pub(super) struct Before<'a> {
    places: BTreeMap<&'a TaskId, usize>,
    /// For each task, in their order, a bit for every task that comes before it.
    rows: Vec<Vec<u64>>,
}

impl<'a> Before<'a> {
    /// Looks at each dependency once: Kahn's order, each task after all that it waits for.
    pub(super) fn of(tasks: &'a [TaskSpec]) -> Self {
        let places: BTreeMap<&TaskId, usize> =
            tasks.iter().enumerate().map(|(place, task)| (&task.id, place)).collect();
        let before = |task: &TaskSpec| -> BTreeSet<usize> {
            task.after.iter().filter_map(|id| places.get(id).copied()).collect()
        };
        let waits: Vec<BTreeSet<usize>> = tasks.iter().map(before).collect();
        let mut after = vec![Vec::new(); tasks.len()];
        for (place, waits) in waits.iter().enumerate() {
            for early in waits {
                after[*early].push(place);
            }
        }
        let mut open: Vec<usize> = waits.iter().map(BTreeSet::len).collect();
        let mut ready: Vec<usize> = (0..tasks.len()).filter(|place| open[*place] == 0).collect();
        let mut rows = vec![vec![0_u64; tasks.len().div_ceil(64)]; tasks.len()];
        while let Some(early) = ready.pop() {
            let mut row = rows[early].clone();
            row[early / 64] |= 1 << (early % 64);
            for late in &after[early] {
                rows[*late].iter_mut().zip(&row).for_each(|(one, other)| *one |= other);
                open[*late] -= 1;
                if open[*late] == 0 {
                    ready.push(*late);
                }
            }
        }
        Self { places, rows }
    }

    /// Whether a task comes before another.
    pub(super) fn is(&self, early: &TaskId, late: &TaskId) -> bool {
        let (Some(early), Some(late)) = (self.places.get(early), self.places.get(late)) else {
            return false;
        };
        self.rows[*late][early / 64] & (1 << (early % 64)) != 0
    }
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
        let mut on: BTreeSet<&TaskId> = BTreeSet::from([&start.id]);
        while let Some((id, next)) = way.last_mut() {
            let after = by_id.get(*id).map_or(&[][..], |task| &task.after);
            let Some(to) = after.get(*next).filter(|_| !settled.contains(*id)) else {
                settled.insert(*id);
                on.remove(*id);
                way.pop();
                continue;
            };
            *next += 1;
            if on.contains(to)
                && let Some(from) = way.iter().position(|(seen, _)| *seen == to)
            {
                let mut circle: Vec<&TaskId> = way[from..].iter().map(|(id, _)| *id).collect();
                settled.extend(circle.iter().copied());
                circle.push(to);
                circles.push(circle);
            } else if !settled.contains(to) {
                way.push((to, 0));
                on.insert(to);
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
            @"task `a`, after: the dependencies go in a circle: `a` → `c` → `b` → `a`"
        );
    }
}
