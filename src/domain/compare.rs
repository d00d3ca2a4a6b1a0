//! Briefs side by side: what changed from attempt to attempt, next to what came of each.

use similar::{ChangeTag, TextDiff};

use super::{
    attempt::Attempt,
    brief::{Brief, SectionKind},
    check::{Outcome, When},
    goal::{Goal, State},
    ids::{AttemptNo, GoalId, TaskId},
    phase::Task,
};

/// A brief next to the one before it and to what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// `None`: the brief of the next attempt, which has not begun.
    pub attempt: Option<AttemptNo>,
    pub hash: String,
    pub tokens: u32,
    pub readiness: u32,
    /// Sections that differ from the version before; empty for the first.
    pub changes: Vec<SectionChange>,
    pub outcome: Came,
}

/// How one section differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionChange {
    pub kind: SectionKind,
    /// Lines with their sign, those that stayed left out.
    pub lines: Vec<(Sign, String)>,
}

/// Whether a line came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Added,
    Removed,
}

/// What came of a brief.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// Nothing yet.
    Open,
    /// Its first checks passed.
    Passed,
    /// Its first checks did not all pass.
    Failed,
}

/// The briefs of a task's attempts, oldest first, then the one that waits.
pub fn versions(task: &Task) -> Vec<Version> {
    let tried =
        task.attempts.iter().map(|attempt| (Some(attempt.number), &attempt.brief, result(attempt)));
    let next = task.brief.iter().filter(|brief| brief.attempt == task.next_attempt());
    let all: Vec<_> = tried.chain(next.map(|brief| (None, brief, Came::Open))).collect();
    let mut before: Option<&Brief> = None;
    let mut versions = Vec::new();
    for (attempt, brief, outcome) in all {
        versions.push(Version {
            attempt,
            hash: brief.hash(),
            tokens: brief.tokens(),
            readiness: brief.readiness(),
            changes: before.map(|before| changes(before, brief)).unwrap_or_default(),
            outcome,
        });
        before = Some(brief);
    }
    versions
}

/// What came of an attempt's brief at its first checks.
pub fn result(attempt: &Attempt) -> Came {
    let mut first = attempt.evidence.iter().filter(|one| one.when == When::After).peekable();
    if first.peek().is_none() {
        return if attempt.ended.is_some() { Came::Failed } else { Came::Open };
    }
    if first.all(|one| one.outcome == Outcome::Passed) { Came::Passed } else { Came::Failed }
}

/// How two briefs differ, section by section.
pub fn changes(old: &Brief, new: &Brief) -> Vec<SectionChange> {
    let kinds = |brief: &Brief| brief.sections.iter().map(|one| one.kind).collect::<Vec<_>>();
    let mut all = kinds(old);
    all.extend(kinds(new));
    all.sort_unstable();
    all.dedup();
    let text = |brief: &Brief, kind: SectionKind| {
        let of = brief.sections.iter().filter(|one| one.kind == kind);
        of.map(|one| one.text.clone() + "\n").collect::<String>()
    };
    let mut found = Vec::new();
    for kind in all {
        let (before, after) = (text(old, kind), text(new, kind));
        if before == after {
            continue;
        }
        let diff = TextDiff::from_lines(before.as_str(), after.as_str());
        let lines = diff
            .iter_all_changes()
            .filter_map(|change| {
                let sign = match change.tag() {
                    ChangeTag::Insert => Sign::Added,
                    ChangeTag::Delete => Sign::Removed,
                    ChangeTag::Equal => return None,
                };
                Some((sign, change.value().trim_end().to_owned()))
            })
            .filter(|(_, line)| !line.is_empty())
            .collect();
        found.push(SectionChange { kind, lines });
    }
    found
}

/// A brief's readiness, or a person's word over it, next to what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub goal: GoalId,
    pub task: TaskId,
    pub attempt: AttemptNo,
    pub readiness: u32,
    /// The person's reason to send it although it was not ready.
    pub anyway: Option<String>,
    pub outcome: Came,
}

/// Every brief that was sent, with its readiness and its outcome.
pub fn sent(state: &State) -> Vec<Sent> {
    let of_goal = |goal: &Goal| -> Vec<Sent> {
        let of_task = |task: &Task| -> Vec<Sent> {
            let one = |attempt: &Attempt| Sent {
                goal: goal.id.clone(),
                task: task.spec.id.clone(),
                attempt: attempt.number,
                readiness: attempt.brief.readiness(),
                anyway: task
                    .overrides
                    .iter()
                    .find(|one| one.hash == attempt.brief_hash)
                    .map(|one| one.why.clone()),
                outcome: result(attempt),
            };
            task.attempts.iter().map(one).collect()
        };
        goal.plan.tasks.iter().flat_map(of_task).collect()
    };
    state.goals.values().flat_map(of_goal).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Author, Section, Source};

    fn brief(parts: &[(SectionKind, &str)]) -> Brief {
        let section = |(kind, text): &(SectionKind, &str)| Section {
            kind: *kind,
            text: (*text).to_owned(),
            sources: vec![Source::Planner],
            tokens: 3,
        };
        Brief {
            task: "a".into(),
            attempt: AttemptNo(1),
            version: 1,
            sections: parts.iter().map(section).collect(),
            criteria: vec![],
            lint: vec![],
            parent: None,
            author: Author::Planner,
            lessons: vec![],
            withheld: vec![],
        }
    }

    #[test]
    fn only_the_lines_that_differ_are_told_and_where() {
        let old = brief(&[(SectionKind::Objective, "x"), (SectionKind::Steps, "1. a\n2. b")]);
        let new = brief(&[(SectionKind::Objective, "x"), (SectionKind::Steps, "1. a\n2. c")]);
        let told: Vec<String> = changes(&old, &new)
            .iter()
            .flat_map(|one| one.lines.iter().map(|line| format!("{:?} {line:?}", one.kind)))
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        Steps (Removed, "2. b")
        Steps (Added, "2. c")
        "#);
        assert_eq!(changes(&old, &old), []);
    }
}
