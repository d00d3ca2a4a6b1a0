//! The start screen's loop: looks at this machine, takes keys, and comes to a choice.

use futures::FutureExt as _;
use tokio::task::JoinSet;

use crate::{
    agent::{Found, Heard, Hosted, LOCALS, Secret, Spot, hosted_models, keys, look, spots},
    term::{Input, Inputs, Stop, Term},
    ui::{Answer, Door, Glyphs, Start, StartWish, Theme},
};

/// What the start came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// A server and one of its models.
    Model {
        base_url: String,
        /// The variable that holds the key; `None` for a server of this machine.
        key_env: Option<String>,
        model: String,
    },
    /// One of the other doors, by its place among those that were given.
    Other(usize),
    Quit,
    Stopped(Stop),
}

/// Whether models are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookout {
    Models,
    Nothing,
}

/// What something under way came to.
enum Done {
    Looked(usize, Found),
    Listed(usize, Result<Vec<String>, String>),
}

/// The start screen with what is under way.
pub struct Chooser<'a> {
    start: Start,
    spots: Vec<Spot>,
    hosted: Vec<Hosted>,
    under_way: JoinSet<Done>,
    variable: &'a (dyn Fn(&str) -> Option<String> + Sync),
}

impl<'a> Chooser<'a> {
    /// A start screen that says why it is shown. `others` are doors without a model, each with
    /// what it leads to; `variable` gives the value of an environment variable.
    pub fn new(
        why: &str,
        lookout: Lookout,
        others: &[(&str, &str)],
        variable: &'a (dyn Fn(&str) -> Option<String> + Sync),
    ) -> Self {
        let (spots, hosted) = match lookout {
            Lookout::Models => (spots(variable), keys(variable)),
            Lookout::Nothing => (Vec::new(), Vec::new()),
        };
        let door = |name: &str, place: &str, answer| Door {
            name: name.to_owned(),
            place: place.to_owned(),
            answer,
        };
        let local = spots.iter().map(|one| door(&one.program, &one.base_url, Answer::Looking));
        let with_key = hosted.iter().map(|one| {
            let told = format!("{} is set; it is sent once you choose this", one.key_env);
            door(one.name, one.base_url, Answer::Ready(told))
        });
        let others =
            others.iter().map(|(name, told)| door(name, "", Answer::Ready((*told).to_owned())));
        let doors = local.chain(with_key).chain(others).collect();
        let start = Start::new(why, doors);
        Self { start, spots, hosted, under_way: JoinSet::new(), variable }
    }

    /// Runs until something is chosen. The first frame does not wait for any answer.
    pub async fn run(&mut self, term: &mut Term, inputs: &mut Inputs, theme: &Theme) -> Chosen {
        self.look();
        loop {
            let _ = term.draw(|frame| self.start.draw(frame, theme, Glyphs::Unicode));
            tokio::select! {
                biased;
                input = inputs.next() => {
                    let mut next = Some(input);
                    while let Some(input) = next {
                        if let Some(chosen) = self.input(&input, term) {
                            return chosen;
                        }
                        next = inputs.take();
                    }
                }
                Some(done) = self.under_way.join_next() => {
                    let mut next = Some(done);
                    while let Some(done) = next {
                        if let Ok(done) = done {
                            self.done(done);
                        }
                        next = self.under_way.join_next().now_or_never().flatten();
                    }
                }
            }
        }
    }

    fn look(&mut self) {
        self.under_way.abort_all();
        for (at, spot) in self.spots.clone().into_iter().enumerate() {
            self.start.heard(at, Answer::Looking);
            self.under_way.spawn(async move { Done::Looked(at, look(spot).await) });
        }
    }

    fn input(&mut self, input: &Input, term: &mut Term) -> Option<Chosen> {
        let wish = match input {
            Input::Key(event) => self.start.key(*event)?,
            Input::Stop(stop) => return Some(Chosen::Stopped(*stop)),
            Input::Resumed => {
                term.repaint();
                return None;
            }
            Input::Mouse(_)
            | Input::Paste(_)
            | Input::Focus(_)
            | Input::Resized { .. }
            | Input::Background(_)
            | Input::Ready => return None,
        };
        match wish {
            StartWish::Again => {
                self.look();
                None
            }
            StartWish::Ask { door } => {
                self.ask(door);
                None
            }
            StartWish::Enter { door } => {
                Some(Chosen::Other(door - self.spots.len() - self.hosted.len()))
            }
            StartWish::Use { door, model } => Some(self.chosen(door, model)?),
            StartWish::Quit => Some(Chosen::Quit),
        }
    }

    fn chosen(&self, door: usize, model: String) -> Option<Chosen> {
        let base_url = self.start.doors().get(door)?.place.clone();
        let hosted = door.checked_sub(self.spots.len()).and_then(|at| self.hosted.get(at));
        let key_env = hosted.map(|one| one.key_env.to_owned());
        Some(Chosen::Model { base_url, key_env, model })
    }

    /// Asks a hosted server for its models, with the person's key: they have chosen it.
    fn ask(&mut self, door: usize) {
        let hosted = door.checked_sub(self.spots.len()).and_then(|at| self.hosted.get(at));
        let Some(hosted) = hosted.copied() else { return };
        let Some(key) = (self.variable)(hosted.key_env) else { return };
        self.start.heard(door, Answer::Looking);
        let key = Secret::new(&key);
        self.under_way.spawn(async move {
            let listed = hosted_models(hosted.base_url, key).await;
            Done::Listed(door, listed.map_err(|fault| format!("{} {}", fault.message, fault.hint)))
        });
    }

    fn done(&mut self, done: Done) {
        match done {
            Done::Looked(door, found) => {
                let answer = answer(&found);
                self.start.heard(door, answer);
            }
            Done::Listed(door, Ok(models)) => {
                self.start.heard(door, Answer::Models(models));
                self.start.choose(door);
            }
            Done::Listed(door, Err(why)) => {
                self.start.heard(door, Answer::Ready(why.clone()));
                self.start.say(why);
            }
        }
    }
}

fn answer(found: &Found) -> Answer {
    let hint = LOCALS.iter().find(|local| local.program == found.spot.program);
    let hint = hint.map(|local| local.hint).unwrap_or_default();
    let place = found.spot.base_url.trim_start_matches("http://").trim_end_matches("/v1");
    match &found.heard {
        Heard::Models(models) => Answer::Models(models.clone()),
        Heard::NoModel => Answer::Not(format!("no model is there yet: {hint}")),
        Heard::Nobody => Answer::Not(format!("nobody listens on {place}: {hint}")),
        Heard::Unusable(why) => Answer::Not(format!("something else answers: {why}")),
    }
}
