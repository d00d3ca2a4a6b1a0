//! Granting what the screen wishes, and taking in what came of it.

use std::{path::PathBuf, sync::Arc};

use super::{
    errand::{self, Done, Errand},
    goal, kept,
    open::Place,
    workbench::{Left, Workbench},
};
use crate::{
    domain::{Command, Refusal},
    term::{Copied, Suspend, Term},
    ui::{Pointer, Tone, Wish},
};

impl Workbench {
    pub(super) fn wish(&mut self, wish: Wish, term: &mut Term) {
        match wish {
            // Nothing can be decided in the past; the screen holds that back already.
            Wish::Commands(_) | Wish::NewGoal { .. } | Wish::Land if self.past.is_some() => {}
            Wish::Commands(commands) => self.person(commands),
            Wish::NewGoal { .. } | Wish::Land if self.feed.refusal().is_some() => {
                if let Some(refusal) = self.feed.refusal() {
                    self.refused(&refusal);
                }
            }
            Wish::NewGoal { text } => self.errand(Errand::Base { text }),
            Wish::Land => match self.feed.state().goal() {
                Some(goal) => {
                    let errand = Errand::Land { goal: Box::new(goal.clone()) };
                    self.errand(errand);
                }
                None => self.say("there is no goal to land", Tone::Fault),
            },
            Wish::Diff { task } => {
                let found = self.feed.state().goal().and_then(|goal| goal.task(&task)).cloned();
                match found {
                    Some(task) => self.errand(Errand::Diff { task: Box::new(task) }),
                    None => self.say("that task has no work yet", Tone::Fault),
                }
            }
            Wish::Older { before } => {
                if self.older != Some(before) {
                    self.older = Some(before);
                    self.errand(Errand::Older { before });
                }
            }
            Wish::Search { text } => self.ask(text),
            Wish::Bill { task } => {
                let upto = self.past.as_ref().map(|past| past.at.seq);
                self.errand(Errand::Bill { task, upto });
            }
            Wish::Moment { seq } => self.errand(Errand::Moment { seq }),
            Wish::Step(step) => self.step(step),
            Wish::Now => self.leave_past(),
            Wish::Fork => self.fork(),
            Wish::Event { seq } => self.errand(Errand::Event { seq }),
            Wish::Pager { seq } => {
                term.lend();
                self.errand(Errand::Pager { seq });
            }
            Wish::OpenEditor { text, ending } => {
                term.lend();
                self.errand(Errand::Editor { text, ending });
            }
            Wish::Copy { text } => {
                let (what, tone) = match term.copy(&text) {
                    Copied::Sent => ("sent to the terminal (OSC 52), cannot confirm", Tone::Plain),
                    Copied::TooLong => ("too long for the terminal's clipboard", Tone::Fault),
                };
                self.say(what, tone);
            }
            Wish::NextTheme => {
                self.refresh();
                let said = format!("theme {}", self.looks.take_next());
                self.say(said, Tone::Plain);
            }
            Wish::Mouse => {
                self.take_mouse(term);
                self.say(
                    match self.ui.pointer {
                        Pointer::On => "the mouse works here; Shift selects text",
                        Pointer::Off => "the mouse is the terminal's",
                    },
                    Tone::Plain,
                );
            }
            Wish::TakeOver => self.take_over(),
            Wish::Suspend => match term.suspend() {
                Suspend::Stopping => {}
                Suspend::NoShell => self.say("there is no shell to go back to", Tone::Fault),
            },
            Wish::Redraw => term.repaint(),
            Wish::Quit => self.left = Some(Left::Quit),
        }
    }

    /// The person's commands. A brief that they have changed is looked over before it is put on
    /// record.
    fn person(&mut self, commands: Vec<Command>) {
        let edits = commands.iter().any(|one| matches!(one, Command::EditBrief { .. }));
        match self.feed.state().goal().filter(|_| edits && self.feed.refusal().is_none()) {
            Some(goal) => {
                let goal = Box::new(goal.clone());
                self.errand(Errand::Relint { goal, commands });
            }
            None => self.commands(commands),
        }
    }

    /// The person's commands, one after the other; after a refusal the rest is dropped.
    pub(super) fn commands(&mut self, commands: Vec<Command>) {
        if let Err(refusal) = self.feed.commands(commands) {
            self.refused(&refusal);
        }
    }

    pub(super) fn refused(&mut self, refusal: &Refusal) {
        let (ui, _, facts) = self.parts();
        ui.refused(refusal, facts);
    }

    pub(super) fn errand(&mut self, errand: Errand) {
        let place = Arc::clone(&self.place);
        self.errand_of(errand, place);
    }

    pub(super) fn errand_of(&mut self, errand: Errand, place: Arc<Place>) {
        let log: PathBuf = self.feed.log().to_owned();
        self.errands.spawn(errand::run(errand, place, log));
    }

    pub(super) fn done(&mut self, done: Done, term: &mut Term) {
        match done {
            Done::Page { title, text } => {
                let up = self.begun.elapsed();
                self.ui.show_page(title, &text, up);
            }
            Done::Found(found) => {
                self.ui.found(found);
                self.asked();
            }
            Done::Moment(past) => self.enter_past(past),
            Done::Commands(commands) => self.commands(commands),
            Done::Base { text, base, onto } => {
                let aside = goal::put_aside(self.feed.state());
                if let Some(text) = aside.clone() {
                    self.commands(vec![Command::Note { run: None, text }]);
                }
                let open = goal::open(&self.place, self.feed.state(), text, base, onto);
                self.commands(vec![open]);
                if let Some(aside) = aside {
                    self.say(aside, Tone::Plain);
                }
            }
            Done::Landed { into, commit } => {
                let said = format!("merged into {into}");
                self.commands(vec![Command::RecordLanding { into, commit }]);
                self.say(said, Tone::Plain);
            }
            Done::Edited { text } => {
                term.take_back();
                self.ui.edited(&text);
            }
            Done::Back => term.take_back(),
            Done::Kept => {}
            Done::Story(mut story) => {
                self.since.take().unwrap_or_default().iter().for_each(|one| story.apply(one));
                self.ui.renumber(&self.story, &story);
                self.story = *story;
                if let Some(last) = kept::load(&self.place, self.feed.log_id()) {
                    let (ui, _, facts) = self.parts();
                    ui.take_up_sessions(&last, facts);
                }
            }
            Done::Older(records) => {
                self.story.prepend(records.iter());
            }
            Done::Failed { why } => {
                term.take_back();
                self.say(why, Tone::Fault);
            }
        }
    }
}
