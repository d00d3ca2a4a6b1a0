//! Why a file is as it is: the events that shaped it, from the plan to the landing.

use std::collections::BTreeSet;

use super::{
    attempt::Decision,
    check::Outcome,
    event::{Event, Record},
    ids::{AttemptNo, GoalId, TaskId},
    item::ToolCall,
    plan::{Hunk, TaskSpec},
};

/// One event that shaped a file, and what it has to do with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason<'a> {
    pub record: &'a Record,
    /// In a few words; what was said follows after a colon.
    pub words: String,
}

/// An attempt that changed the file.
type Shaper = (Option<GoalId>, TaskId, AttemptNo);

/// The events that shaped a path (or what lies beneath it), oldest first.
pub fn why<'a>(records: &'a [Record], path: &str) -> Vec<Reason<'a>> {
    let path = path.trim().trim_start_matches("./").trim_end_matches('/');
    let shapers: BTreeSet<Shaper> = records
        .iter()
        .filter(|record| match &record.event {
            Event::WorkCommitted { files, .. } => files.iter().any(|file| is_or_holds(path, file)),
            _ => false,
        })
        .filter_map(shaper)
        .collect();
    let tasks: BTreeSet<(Option<&GoalId>, &TaskId)> =
        shapers.iter().map(|(goal, task, _)| (goal.as_ref(), task)).collect();
    let mut edited: BTreeSet<Shaper> = BTreeSet::new();
    records
        .iter()
        .filter_map(|record| {
            let by = shaper(record);
            let is_shaper = by.as_ref().is_some_and(|by| shapers.contains(by));
            let of_task = record
                .task
                .as_ref()
                .is_some_and(|task| tasks.contains(&(record.goal.as_ref(), task)));
            let words = planned(record, path)
                .or_else(|| named(record, path))
                .or_else(|| if is_shaper { shaped(record) } else { None })
                .or_else(|| if of_task { decided(record) } else { None })
                .or_else(|| match &record.event {
                    Event::CallIntended { call, command: None, .. } if changes(call, path) => {
                        edited.insert(by?).then(|| "first changed in the session".to_owned())
                    }
                    _ => None,
                })?;
            Some(Reason { record, words })
        })
        .collect()
}

fn shaper(record: &Record) -> Option<Shaper> {
    Some((record.goal.clone(), record.task.clone()?, record.attempt?))
}

/// Whether a file is the path or lies beneath it.
fn is_or_holds(path: &str, file: &str) -> bool {
    let file = file.trim().trim_start_matches("./");
    file == path || file.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
}

fn of_spec(spec: &TaskSpec, path: &str) -> bool {
    spec.outputs.iter().any(|output| is_or_holds(path, output))
}

/// Plans that name the path as something to be made.
fn planned(record: &Record, path: &str) -> Option<String> {
    let specs: Vec<&TaskSpec> = match &record.event {
        Event::PlanProposed { draft, .. } => draft.tasks.iter().collect(),
        Event::PlanEdited { hunks } | Event::ChangeProposed { hunks, .. } => hunks
            .iter()
            .filter_map(|hunk| match hunk {
                Hunk::Add { task } | Hunk::Change { task } => Some(&**task),
                Hunk::Supersede { .. } | Hunk::Reorder { .. } => None,
            })
            .collect(),
        _ => return None,
    };
    let names: Vec<&str> =
        specs.iter().filter(|spec| of_spec(spec, path)).map(|spec| spec.id.as_str()).collect();
    (!names.is_empty()).then(|| format!("planned as an output of {}", names.join(", ")))
}

/// Conflicts and lessons that name the path themselves.
fn named(record: &Record, path: &str) -> Option<String> {
    match &record.event {
        Event::LandingConflicted { files, .. }
            if files.iter().any(|file| is_or_holds(path, file)) =>
        {
            Some("in conflict when it was to land".to_owned())
        }
        Event::LessonNoted { what, .. } if what.paths.iter().any(|one| is_or_holds(path, one)) => {
            Some(format!("a lesson of it: {} → {}", what.trigger, what.fix))
        }
        _ => None,
    }
}

/// What an attempt that changed the path came to.
fn shaped(record: &Record) -> Option<String> {
    Some(match &record.event {
        Event::AttemptOpened { model, .. } => format!("an attempt by {model}"),
        Event::Steered { text, .. } => format!("steered: {text}"),
        Event::Reported { report, .. } if report.decisions.is_empty() => {
            format!("reported: {}", report.summary)
        }
        Event::Reported { report, .. } => format!("decided: {}", report.decisions.join("; ")),
        Event::WorkCommitted { head, .. } => {
            format!("changed in {}", super::hash::short(&head.commit))
        }
        Event::Checked { evidence, .. } | Event::LandingRefuted { evidence, .. } => {
            let failed = evidence.iter().filter(|one| one.outcome != Outcome::Passed).count();
            match failed {
                0 => "its checks passed".to_owned(),
                failed => format!("{failed} of {} checks failed", evidence.len()),
            }
        }
        Event::Judged { verdict, .. } => match &verdict.decision {
            Decision::Accept => format!("accepted: {}", verdict.why),
            Decision::FollowUp { direction } => format!("sent back: {direction}"),
            Decision::ChangePlan { .. } | Decision::Ask { .. } => {
                format!("reviewed: {}", verdict.why)
            }
        },
        Event::Landed { commit, .. } => format!("landed at {}", super::hash::short(commit)),
        _ => return None,
    })
}

/// A person's word on a task that changed the path.
fn decided(record: &Record) -> Option<String> {
    Some(match &record.event {
        Event::BriefRejected { why, .. } => format!("a brief was rejected: {why}"),
        Event::BriefOverridden { why, .. } => format!("a brief was sent all the same: {why}"),
        Event::ManualChecked { note, evidence, .. } => match evidence.outcome {
            Outcome::Passed => format!("looked at, and it holds {note}"),
            Outcome::Failed | Outcome::Unrunnable => {
                format!("looked at, and it does not hold: {note}")
            }
        },
        Event::TaskUndone { why, .. } => format!("taken back: {why}"),
        _ => return None,
    })
}

/// Whether a call of a change tool names the path.
fn changes(call: &ToolCall, path: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(&call.arguments)
        .ok()
        .and_then(|arguments| Some(is_or_holds(path, arguments.get("path")?.as_str()?)))
        .unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_holds_what_lies_beneath_it_and_no_namesake() {
        assert!(is_or_holds("src", "src/a.rs"));
        assert!(is_or_holds("src/a.rs", "./src/a.rs"));
        assert!(!is_or_holds("src", "src2/a.rs"));
        assert!(!is_or_holds("src/a.rs", "src/a.rs.orig"));
        assert!(!is_or_holds("a.rs", "src/a.rs"));
    }
}
