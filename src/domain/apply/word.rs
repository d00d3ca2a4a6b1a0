//! What a person's thoughts and second thoughts do to a goal.

use super::super::{
    attempt::Snapshot,
    capture::{Capture, Settled},
    event::Record,
    goal::{Goal, Standing},
    ids::{CaptureId, TaskId},
    phase::Phase,
};

impl Goal {
    pub(super) fn capture(&mut self, record: &Record, text: &str) {
        let capture = Capture { text: text.to_owned(), settled: None, told: false };
        self.captures.insert(CaptureId(record.seq.0), capture);
    }

    pub(super) fn settle(&mut self, id: CaptureId, into: &Settled) {
        let reached = into.task().is_some_and(|task| self.session_of(task).is_some());
        if let Some(capture) = self.captures.get_mut(&id) {
            capture.settled = Some(into.clone());
            capture.told = reached;
        }
    }

    /// A change of the plan was proposed: what was to lead to one has been heard.
    pub(super) fn heeded(&mut self) {
        for capture in self.captures.values_mut() {
            match capture.settled {
                Some(Settled::Task | Settled::Replan) => capture.told = true,
                Some(Settled::Note | Settled::Steer { .. } | Settled::Dropped) | None => {}
            }
        }
    }

    /// A new attempt has begun: its brief had what was meant for it.
    pub(super) fn carried(&mut self, task: &TaskId) {
        for capture in self.captures.values_mut() {
            if capture.settled.as_ref().and_then(Settled::task) == Some(task) {
                capture.told = true;
            }
        }
    }

    /// What a task has landed is off the goal's branch again. It can be tried again.
    pub(super) fn undo(&mut self, id: &TaskId, tip: &Snapshot, why: &str) {
        self.tip = tip.clone();
        if let Some(task) = self.plan.get_mut(id) {
            task.brief = None;
            let why = if why.is_empty() { String::new() } else { format!(": {why}") };
            task.phase = Phase::Cancelled { why: format!("taken back by you{why}") };
        }
        if let Standing::Landed { .. } = self.standing {
            self.standing = Standing::Working;
        }
    }
}
