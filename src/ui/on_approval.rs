//! Keys in the approval of a command.

use std::time::Duration;

use super::{
    action::Action,
    modal::{Approval, Arming, Choice, Form, Modal, Purpose},
    on_dialog::scroll,
    panes::approval::command_text,
    place::Ui,
    wish::{Facts, Wish},
    wrap::Flow,
};
use crate::domain::{Command, simple_argv};

/// How long a dialog flashes after a key that came too early.
const FLASH: Duration = Duration::from_millis(150);

impl Ui {
    /// A key in the approval: nothing is decided before it was seen long enough and to its end.
    pub(super) fn on_approval(
        &mut self,
        action: Action,
        page: (usize, usize),
        facts: Facts<'_>,
    ) -> Option<Wish> {
        let up = facts.now.up;
        let Some(Modal::Approval(open)) = self.modals.last_mut() else { return None };
        let arming = open.arming(up);
        if action == Action::Raw {
            // It decides nothing, and so needs no waiting; where the person reads stays.
            open.form = if open.form == Form::Plain { Form::Raw } else { Form::Plain };
            return None;
        }
        if matches!(arming, Arming::In(_)) {
            open.flash = Some(up + FLASH);
            return None;
        }
        let rows = Flow::of(&command_text(open)).count(page.1.max(1));
        let hidden = rows.saturating_sub(page.0);
        match action {
            Action::Up | Action::Down if hidden == 0 => {
                let at = Choice::ALL.iter().position(|one| *one == open.choice).unwrap_or(0);
                let step = if action == Action::Down { 1 } else { Choice::ALL.len() - 1 };
                open.choice = Choice::ALL[(at + step) % Choice::ALL.len()];
                return None;
            }
            Action::CopyCommand => return Some(Wish::Copy { text: open.ask.command.clone() }),
            Action::NextAsk => {
                let asks = &facts.state.goal()?.asks;
                let at = asks.iter().position(|ask| *ask == open.ask)?;
                let next = asks.get((at + 1) % asks.len()).filter(|next| **next != open.ask)?;
                // Another command begins unseen, with dead keys.
                *open = Approval::new(next.clone(), Choice::Deny);
                return None;
            }
            _ => {}
        }
        if scroll(action, &mut open.top, page.0, hidden) {
            return None;
        }
        let choice = match action {
            Action::Allow => Choice::Allow,
            Action::AllowRule => Choice::Rule,
            Action::Deny => Choice::Deny,
            Action::DenyAndHold => Choice::DenyAndHold,
            Action::Confirm => open.choice,
            _ => return None,
        };
        let ask = open.ask.clone();
        let (run, call) = (ask.run, ask.call);
        match choice {
            // What was not read to its end is not allowed.
            Choice::Allow | Choice::Rule if arming != Arming::Armed => {
                open.flash = Some(up + FLASH);
                None
            }
            Choice::Allow => {
                self.modals.pop();
                let why = String::new();
                self.decide(vec![Command::AnswerCall { run, call, allow: true, why }], facts)
            }
            Choice::Rule => {
                let command = ask.command;
                let words = simple_argv(&command).map_or(command.clone(), |argv| argv.join(" "));
                self.prompt(Purpose::Rule { run, call, command }, &words, facts);
                None
            }
            Choice::Deny => {
                self.prompt(Purpose::Deny { run, call, hold: None }, "", facts);
                None
            }
            Choice::DenyAndHold => {
                self.prompt(Purpose::Deny { run, call, hold: Some(ask.task) }, "", facts);
                None
            }
        }
    }
}
