//! Texts that are sent or saved: what they come to, and that none is lost when it comes to nothing.

use super::{
    action::Action,
    keymap::Keymap,
    modal::{Modal, Purpose},
    place::{Tone, Ui},
    wish::{Facts, Wish},
};
use crate::domain::{Command, CommandRule, Goal, simple_argv};

/// What becomes of the goal that is open when another is stated, and how to go back to it. `None`
/// when there is none, or it is over.
pub fn put_aside(goal: Option<&Goal>) -> Option<String> {
    let open = goal.filter(|goal| !goal.is_over())?;
    Some(format!(
        "The goal `{0}` is put aside as it stands. To go back to it leave with q, then: chargehand \
         goals --switch {0}",
        open.id
    ))
}

impl Ui {
    /// Writes to the session that is shown, or states a goal where none is open. While one is, a key
    /// that was meant for a session never comes to another goal.
    pub(super) fn write(&mut self, keys: &Keymap, facts: Facts<'_>) -> Option<Wish> {
        let Some(goal) = facts.state.goal().filter(|goal| !goal.is_over()) else {
            return Some(self.state_goal(facts));
        };
        let session = self.session(facts);
        if let Some(run) = session.and_then(|one| one.run) {
            self.prompt(Purpose::Steer { run }, "", facts);
            return None;
        }
        let task = match session {
            Some(session) => session.key.task.clone(),
            None => self.task_at_cursor(goal),
        };
        let matter = match task.as_ref().and_then(|id| goal.task(id)) {
            Some(task) => format!("`{}`: {}", task.spec.id, task.phase.word()),
            None => "no session is under way".to_owned(),
        };
        let key = keys.key_of(self.layer(), Action::NewGoal);
        let text = format!("nothing to steer ({matter}); {key} states a new goal");
        self.say(text, Tone::Fault, facts.now.up);
        None
    }

    /// Asks for a goal.
    pub(super) fn state_goal(&mut self, facts: Facts<'_>) -> Wish {
        self.prompt(Purpose::NewGoal, "", facts);
        Wish::Glance
    }

    /// Sends the line of text on top.
    pub(super) fn send(&mut self, facts: Facts<'_>) -> Option<Wish> {
        let text = self.modals.pop()?;
        let Modal::Prompt { purpose, editor, .. } = &text else { return None };
        let (purpose, line) = (purpose.clone(), editor.text().trim().to_owned());
        let leaves = match purpose {
            Purpose::Find => true,
            Purpose::Override { .. } => false,
            _ => line.is_empty(),
        };
        let wish = self.line_given(purpose, line, facts);
        if leaves { wish } else { self.sends(text, wish) }
    }

    /// Holds a text until what was wished with it is answered. Where nothing was wished it stays
    /// open; in the past, where nothing can be, it is kept.
    pub(super) fn sends(&mut self, text: Modal, wish: Option<Wish>) -> Option<Wish> {
        match &wish {
            Some(wish) if self.past.is_some() && Self::is_of_now(wish) => self.put_by(text),
            None if self.past.is_some() => self.put_by(text),
            Some(_) => self.decisions.hold(text),
            None => self.put_back(text),
        }
        wish
    }

    /// A line of text was sent.
    fn line_given(&mut self, purpose: Purpose, text: String, facts: Facts<'_>) -> Option<Wish> {
        let commands = match purpose {
            Purpose::NewGoal | Purpose::Steer { .. } | Purpose::Capture if text.is_empty() => {
                return None;
            }
            Purpose::Capture => vec![Command::Capture { text }],
            Purpose::NewGoal => {
                self.decisions.request();
                return Some(Wish::NewGoal { text });
            }
            Purpose::Find => {
                self.search = Some(text).filter(|text| !text.is_empty());
                return self.on_pane(Action::NextMatch, facts);
            }
            Purpose::Steer { run } => vec![Command::Steer { run, text }],
            Purpose::RejectPlan => {
                self.close_rejected();
                vec![Command::RejectPlan { why: text }]
            }
            Purpose::RejectBrief { task } => {
                self.close_rejected();
                vec![Command::RejectBrief { task, why: text }]
            }
            Purpose::Override { task, hash } => {
                if text.is_empty() {
                    self.say("say why it is sent all the same", Tone::Fault, facts.now.up);
                    return None;
                }
                let approve = Command::ApproveBrief { task: task.clone(), hash: hash.clone() };
                vec![Command::OverrideBrief { task, hash, why: text }, approve]
            }
            Purpose::Correct { lesson } => return self.corrected(lesson, &text, facts),
            Purpose::Cancel { task } => vec![Command::CancelTask { task, why: text }],
            Purpose::Deny { run, call, hold } => {
                self.modals.retain(|modal| !matches!(modal, Modal::Approval(_)));
                let mut all = vec![Command::AnswerCall { run, call, allow: false, why: text }];
                all.extend(hold.map(|task| Command::HoldTask { task }));
                all
            }
            Purpose::Rule { run, call, command } => {
                let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
                // A line with shell operators is allowed by its exact text or not at all.
                let rule = match simple_argv(&command) {
                    Some(_) => CommandRule::Argv { words },
                    None => CommandRule::Exact { text: command.clone() },
                };
                if !rule.allows(&command) {
                    let text = format!("`{}` does not match this command", rule.shown());
                    self.say(text, Tone::Fault, facts.now.up);
                    return None;
                }
                self.modals.retain(|modal| !matches!(modal, Modal::Approval(_)));
                let allow = Command::AnswerCall { run, call, allow: true, why: String::new() };
                vec![Command::AddRule { rule }, allow]
            }
        };
        self.decide(commands, facts)
    }
}
