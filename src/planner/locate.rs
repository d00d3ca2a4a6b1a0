//! Where in a plan file a key stands, by its lines: the YAML library tells places only of what it
//! cannot read, not of what it has read.

use super::file::FileFault;
use crate::domain::{PlanFault, Spot, TaskId};

/// The lines of a plan file, with where its tasks begin.
pub(super) struct Lines<'a> {
    lines: Vec<&'a str>,
    /// The first line of each task, and one past the last.
    tasks: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let lines: Vec<&str> = text.lines().collect();
        let mut tasks = Vec::new();
        let mut dash = None;
        let start = lines.iter().position(|line| line.starts_with("tasks:")).unwrap_or(lines.len());
        let mut end = lines.len();
        for (at, line) in lines.iter().enumerate().skip(start + 1) {
            let bare = line.trim_start();
            let indent = line.len() - bare.len();
            if bare.is_empty() || bare.starts_with('#') {
                continue;
            }
            let item = bare == "-" || bare.starts_with("- ");
            if item && dash.is_none_or(|dash| dash == indent) {
                dash = Some(indent);
                tasks.push(at);
            } else if indent == 0 {
                end = at;
                break;
            }
        }
        tasks.push(end);
        Self { lines, tasks }
    }

    /// Line and column of a key of the file itself.
    pub(super) fn top(&self, key: &str) -> (usize, usize) {
        let at = self.lines.iter().position(|line| begins(line, key));
        (at.unwrap_or(0) + 1, 1)
    }

    /// Line and column of a key of a task, by the task's place; of the task where the key is not.
    pub(super) fn in_task(&self, place: usize, key: &str) -> (usize, usize) {
        let (Some(&start), Some(&end)) = (self.tasks.get(place), self.tasks.get(place + 1)) else {
            return self.top("tasks");
        };
        let first = self.lines[start];
        let column = first.len() - first.trim_start_matches([' ', '-']).len();
        for (at, line) in self.lines.iter().enumerate().take(end).skip(start) {
            // A key of the task stands in the task's own column; what stands deeper is not one.
            let own = if at == start { &line[column..] } else { line.get(column..).unwrap_or("") };
            let blank =
                at == start || line.get(..column).is_some_and(|lead| lead.trim().is_empty());
            if blank && begins(own, key) {
                return (at + 1, column + 1);
            }
        }
        // Written in one line, `{id: a, after: [b]}`.
        let flow = first.find(&format!(" {key}:")).or_else(|| first.find(&format!("{{{key}:")));
        (start + 1, flow.map_or(column, |at| at + 1) + 1)
    }

    /// A fault with its place. `ids` are the tasks' ids in the order of the file.
    pub(super) fn place(&self, fault: &PlanFault, ids: &[TaskId]) -> FileFault {
        let key = fault.spot.map_or("tasks", Spot::key);
        let place = fault.task.as_ref().and_then(|task| match fault.spot {
            // Of two that are alike it is the later that is wrong.
            Some(Spot::Id) => ids.iter().rposition(|id| id == task),
            Some(
                Spot::Summary
                | Spot::Parts
                | Spot::Stages
                | Spot::Tasks
                | Spot::Hunks
                | Spot::Of(_),
            )
            | None => ids.iter().position(|id| id == task),
        });
        let (line, column) = match place {
            Some(place) => self.in_task(place, key),
            None => self.top(key),
        };
        FileFault { line, column, text: fault.to_string() }
    }
}

fn begins(line: &str, key: &str) -> bool {
    line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':'))
}
