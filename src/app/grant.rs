//! Granting what the screen wishes, and taking in what came of it.

use std::{path::PathBuf, sync::Arc};

use super::{
    clock,
    decisions::{Given, Next},
    errand::{self, Done, Errand, Owed},
    goal,
    open::Place,
    workbench::{Left, Workbench},
};
use crate::{
    domain::{Command, Refusal},
    term::{Copied, Suspend, Term},
    ui::{Pointer, RequestId, Tone, Wish, meanwhile},
};

impl Workbench {
    pub(super) fn wish(&mut self, wish: Wish, term: &mut Term) {
        match wish {
            // Nothing can be decided in the past; the screen holds that back already.
            Wish::Commands(_) | Wish::NewGoal { .. } | Wish::Land if self.past.is_some() => {}
            Wish::Commands(commands) => self.person(commands),
            Wish::NewGoal { text } => self.new_goal(text, term),
            Wish::Glance => {
                if let Some(spare) = self.feed.spare() {
                    self.errand(Errand::Glance { spare });
                }
            }
            Wish::Land if self.feed.refusal().is_some() => {
                if let Some(refusal) = self.feed.refusal() {
                    self.says_refused(&refusal);
                }
            }
            Wish::Land => match self.feed.state().goal() {
                Some(goal) => {
                    let errand = Errand::Land { goal: Box::new(goal.clone()) };
                    self.errand(errand);
                }
                None => self.say("there is no goal to land", Tone::Fault),
            },
            Wish::Target => self.errand(Errand::Target),
            Wish::Changes => {
                if let Some(goal) = self.feed.state().goal() {
                    let errand = Errand::Changes { goal: Box::new(goal.clone()) };
                    self.errand(errand);
                }
            }
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
                match self.parts().2.state.goal().map(|goal| goal.id.clone()) {
                    Some(goal) => self.errand(Errand::Bill { goal, task, upto }),
                    None => self.say("the planner has not been told anything yet", Tone::Fault),
                }
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

    /// The person's commands, in their order. A brief that they have changed is looked over before
    /// it is put on record.
    fn person(&mut self, commands: Vec<Command>) {
        let id = self.ui.decisions.latest();
        self.decisions.given(Given { id, commands });
        self.decide();
    }

    /// Decides what does not wait for a look at a brief.
    fn decide(&mut self) {
        loop {
            match self.decisions.next() {
                Next::Wait => return,
                Next::Decide(given) => self.given(given),
                Next::LookOver(Given { commands, .. }) => {
                    match self.feed.state().goal().filter(|_| self.feed.refusal().is_none()) {
                        Some(goal) => {
                            let goal = Box::new(goal.clone());
                            self.errand(Errand::Relint { goal, commands });
                        }
                        None => self.looked_over(commands),
                    }
                }
            }
        }
    }

    fn looked_over(&mut self, commands: Vec<Command>) {
        if let Some(Given { id, .. }) = self.decisions.looked_over() {
            self.given(Given { id, commands });
        }
    }

    /// What the person gave with one key; the screen is told what came of it.
    pub(super) fn given(&mut self, given: Given) {
        match self.feed.commands(given.commands) {
            Ok(()) => {
                let (ui, _, facts) = self.parts();
                if let Some(Wish::Commands(commands)) = ui.accepted(given.id, facts) {
                    let id = self.ui.decisions.latest();
                    self.decisions.given(Given { id, commands });
                }
            }
            Err(refusal) => self.refused(given.id, &refusal),
        }
    }

    /// The person's commands, one after the other; after a refusal the rest is dropped.
    pub(super) fn commands(&mut self, commands: Vec<Command>) {
        if let Err(refusal) = self.feed.commands(commands) {
            self.says_refused(&refusal);
        }
    }

    fn refused(&mut self, id: RequestId, refusal: &Refusal) {
        let (ui, _, facts) = self.parts();
        ui.refused(id, refusal, facts);
    }

    pub(super) fn says_refused(&mut self, refusal: &Refusal) {
        let (ui, _, facts) = self.parts();
        ui.says_refused(refusal, facts);
    }

    /// Opens a goal where the person's checkout is; git is asked where that is not known.
    fn new_goal(&mut self, text: String, term: &mut Term) {
        let id = self.ui.decisions.latest();
        if let Some(refusal) = self.feed.refusal() {
            return self.refused(id, &refusal);
        }
        match goal::base_now(&self.place) {
            Some((base, onto)) => {
                let found = Done::Base { text, id, base, onto };
                self.done(Owed::Request(id), found, term);
            }
            None => self.errand(Errand::Base { text, id }),
        }
    }

    pub(super) fn errand(&mut self, errand: Errand) {
        let place = Arc::clone(&self.place);
        self.errand_of(errand, place);
    }

    pub(super) fn errand_of(&mut self, errand: Errand, place: Arc<Place>) {
        let log: PathBuf = self.feed.log().to_owned();
        self.errands.spawn(errand::run(errand, place, log));
    }

    pub(super) fn done(&mut self, owed: Owed, done: Done, term: &mut Term) {
        // Whatever came of it; other errands may come back while the terminal is lent.
        if owed == Owed::Terminal {
            term.take_back();
        }
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
            Done::Commands(commands) => {
                self.looked_over(commands);
                self.decide();
            }
            Done::Base { text, id, base, onto } => {
                // As long as this window works nobody else can switch: that is said with it.
                let said = crate::ui::put_aside(self.feed.state().goal());
                if let Some(text) = goal::put_aside(self.feed.state()) {
                    self.commands(vec![Command::Note { run: None, text }]);
                }
                let open = goal::open(&self.place, self.feed.state(), text, base, onto);
                self.given(Given { id, commands: vec![open] });
                if let Some(said) = said {
                    self.say(said, Tone::Plain);
                }
            }
            Done::Glanced { notes } => {
                if let [first, more @ ..] = &notes[..] {
                    let rest =
                        if more.is_empty() { "" } else { " … `chargehand doctor` says more" };
                    self.say(format!("{first}{rest}"), Tone::Plain);
                }
            }
            Done::Target { branch } => {
                let (ui, _, facts) = self.parts();
                ui.asks_land_into(&branch, facts);
            }
            Done::Landed { into, commit } => {
                let said = format!("merged into {into}");
                self.commands(vec![Command::RecordLanding { into, commit }]);
                self.say(said, Tone::Plain);
            }
            Done::Edited { text } => self.ui.edited(&text),
            Done::Quiet => {}
            Done::Meanwhile(last, records) => {
                let told = meanwhile(&last, self.feed.state(), &records, clock::now());
                if let Some(told) = told {
                    self.ui.say_long(told, self.begun.elapsed());
                }
            }
            Done::Story(mut story) => {
                self.since.take().unwrap_or_default().iter().for_each(|one| story.apply(one));
                self.ui.renumber(&self.story, &story);
                self.story = *story;
                if let Some(last) = self.untold.take() {
                    self.ui.take_up_sessions(&last, &self.story);
                }
            }
            Done::Older(records) => {
                self.story.prepend(records.iter());
            }
            Done::Failed { why } => {
                self.failed(owed);
                self.say(why, Tone::Fault);
            }
        }
    }

    /// Nothing came of an errand: what waited for it goes on without.
    fn failed(&mut self, owed: Owed) {
        match owed {
            Owed::Nothing | Owed::Terminal => {}
            Owed::Answer => self.asked(),
            Owed::Decision => {
                if let Some(given) = self.decisions.looked_over() {
                    self.given(given);
                }
                self.decide();
            }
            Owed::Story => self.since = None,
            Owed::Older => self.older = None,
            Owed::Request(id) => self.ui.failed(id),
        }
    }
}
