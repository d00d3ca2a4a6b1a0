//! Thoughts that a person throws in, and their word on what becomes of each.

use super::{
    action::Action,
    modal::{Modal, Purpose},
    place::{Tone, Ui},
    wish::{Facts, Wish},
};
use crate::domain::{CaptureId, Command, Goal, Settled, suggested};

/// What a thought may become: first what the program suggests.
pub(super) fn choices(goal: &Goal, id: CaptureId) -> Vec<Settled> {
    let Some(capture) = goal.captures.get(&id) else { return Vec::new() };
    let mut all = vec![suggested(goal, &capture.text), Settled::Note, Settled::Task];
    let at_work = goal.plan.tasks.iter().filter(|task| !task.phase.is_over());
    all.extend(at_work.map(|task| Settled::Steer { task: task.spec.id.clone() }));
    all.extend([Settled::Replan, Settled::Dropped]);
    let first = all.remove(0);
    all.retain(|one| *one != first);
    all.insert(0, first);
    all
}

/// A choice in a line.
pub(super) fn told(choice: &Settled) -> String {
    match choice {
        Settled::Note => "a note: every later brief and review is told of it".to_owned(),
        Settled::Task => "a task: the next review proposes one for it".to_owned(),
        Settled::Steer { task } => format!("a word to {task}: its session or its next brief"),
        Settled::Replan => "the plan: the next review looks whether it must change".to_owned(),
        Settled::Dropped => "nothing: drop it".to_owned(),
    }
}

impl Ui {
    /// Asks for a thought.
    pub(super) fn capture(&mut self, facts: Facts<'_>) {
        if facts.state.goal().is_none() {
            let text = "there is no goal yet: i states one";
            self.say(text, Tone::Plain, facts.now.up);
            return;
        }
        self.prompt(Purpose::Capture, "", facts);
    }

    /// A key in the choice of what becomes of a thought.
    pub(super) fn on_thought(&mut self, action: Action, facts: Facts<'_>) -> Option<Wish> {
        let Some(Modal::Thought { id, cursor }) = self.modals.last_mut() else { return None };
        let all = choices(facts.state.goal()?, *id);
        let last = all.len().saturating_sub(1);
        match action {
            Action::Down => *cursor = (*cursor + 1).min(last),
            Action::Up => *cursor = cursor.saturating_sub(1),
            Action::Open => {
                let (capture, into) = (*id, all.get(*cursor)?.clone());
                self.modals.pop();
                return self.decide(vec![Command::SettleCapture { capture, into }], facts);
            }
            _ => {}
        }
        None
    }
}
