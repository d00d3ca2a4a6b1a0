//! The key that takes the latest decision back, and whether there is one to offer: the core is asked
//! beforehand, so that no undo is offered that it would refuse.

use super::{
    deed::Refused,
    modal::Modal,
    place::{Tone, Ui},
    undo::{Back, Decision, Tried},
    wish::{Facts, Wish},
};
use crate::domain::{Command, Phase, Standing, TaskId, Withdrawn, would};

/// How the latest decision is taken back.
enum Undoing {
    By(Vec<Command>),
    /// Work has begun on it; the person is asked whether this is done instead.
    Instead(Box<Command>),
}

impl Ui {
    /// The latest decision, with what takes it back now; or why nothing does.
    fn undoing(&self, facts: Facts<'_>) -> Result<(&Decision, Undoing), Refused> {
        let fault = |text: String| Refused { text, tone: Tone::Fault };
        let goal = facts.state.goal();
        let landed = goal.is_some_and(|goal| matches!(goal.standing, Standing::Landed { .. }));
        let is_of_plan =
            |last: &Decision| !matches!(last.commands.as_slice(), [Command::MarkLesson { .. }]);
        let last = self.decisions.done.last();
        if landed && last.is_none_or(is_of_plan) {
            return Err(fault(super::landing::STAYS.to_owned()));
        }
        let Some(last) = last else {
            let text = "no decision of this sitting to take back".to_owned();
            return Err(Refused { text, tone: Tone::Plain });
        };
        let never = |why: &str| fault(format!("{} cannot be taken back: {why}", last.what));
        let undoing = match last.back.clone() {
            Back::By(commands) => Undoing::By(commands),
            Back::Sent(task) => of_approval(facts, task).ok_or_else(|| {
                never("the work on it is over; what waits now can be rejected (x)")
            })?,
            Back::Stop(command) => Undoing::Instead(command),
            Back::No(why) => return Err(never(&why)),
        };
        let commands = match &undoing {
            Undoing::By(commands) => commands.as_slice(),
            Undoing::Instead(command) => std::slice::from_ref(command.as_ref()),
        };
        // What has no answer yet is not in the state: then only the core can tell.
        if !self.decisions.is_open(last.id) {
            would(facts.state, commands)
                .map_err(|refusal| never(&super::clean::line(&refusal.to_string())))?;
        }
        Ok((last, undoing))
    }

    /// Whether there is a decision that can be taken back now.
    pub(super) fn can_undo(&self, facts: Facts<'_>) -> bool {
        let last = self.decisions.done.last().map(|last| last.id);
        let is_open = last.is_some_and(|id| self.decisions.is_open(id));
        let now = Tried { upto: facts.story.last(), last, is_open };
        if let Some((_, can)) = self.decisions.tried.get().filter(|(then, _)| *then == now) {
            return can;
        }
        let can = self.undoing(facts).is_ok();
        self.decisions.tried.set(Some((now, can)));
        can
    }

    /// Takes the latest decision back, or says why that cannot be.
    pub(super) fn undo(&mut self, facts: Facts<'_>) -> Option<Wish> {
        let up = facts.now.up;
        match self.undoing(facts).map(|(last, undoing)| (last.what.clone(), undoing)) {
            Ok((what, Undoing::By(commands))) => {
                self.decisions.take_back();
                self.say(format!("taken back: {what}"), Tone::Plain, up);
                Some(Wish::Commands(commands))
            }
            Ok((what, Undoing::Instead(command))) => {
                let yes = Box::new(Wish::Commands(vec![*command]));
                let question = format!("{what}: work has begun on it. Pause the task?");
                self.push(Modal::Confirm { question, yes, no: None, top: 0 }, facts);
                None
            }
            Err(refused) => {
                self.say(refused.text, refused.tone, up);
                None
            }
        }
    }
}

/// What takes the approval of a brief back now; `None`: what was begun on it is over.
fn of_approval(facts: Facts<'_>, task: TaskId) -> Option<Undoing> {
    let goal = facts.state.goal()?;
    let waits = match &goal.task(&task)?.phase {
        Phase::Blocked { from, .. } => **from == Phase::Ready,
        phase => *phase == Phase::Ready,
    };
    if waits {
        Some(Undoing::By(vec![Command::TakeBack { what: Withdrawn::BriefApproval { task } }]))
    } else {
        goal.run_of(&task).map(|_| Undoing::Instead(Box::new(Command::HoldTask { task })))
    }
}
