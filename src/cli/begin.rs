//! The beginning of the workbench: a repository, a model for it, the terminal, or the demo.

use tokio_util::sync::CancellationToken;

use super::{
    args::Common,
    connect,
    out::{CliError, Exit},
    start,
    tape::Cassette,
};
use crate::{
    app::{Chooser, Chosen, Lookout, Looks, OpenError, Place},
    config::Choice,
    git::{First, Git, GitError, Repo},
    logger::is_written,
    term::{Inputs, Modes, Mouse, Term},
    ui::{self, Colours},
};

/// The terminal, once it is entered.
pub(super) type Seat = (Term, Inputs);

/// What the beginning came to.
pub(super) enum Begun {
    /// A repository with a model, and something to tell of it.
    At(Box<Place>, Option<String>),
    Demo,
    Over(Result<Exit, CliError>),
}

/// Finds the repository and a model for it; where either is missing, the start screen offers what
/// there is, with the goal that waits for it. It is never a dead end: the demo needs neither, and a
/// window that only looks on needs no model.
pub(super) async fn begin(
    common: &Common,
    cassette: &Cassette,
    goal: Option<&str>,
    seat: &mut Option<Seat>,
) -> Result<Begun, CliError> {
    const DEMO: (&str, &str) = ("The demo", "a whole goal with recorded words: no key, no network");
    const INIT: (&str, &str) = ("Make it one", "git init, and a first commit of what is here");
    let variable = |name: &str| std::env::var(name).ok();
    let mut told = None;
    let mut failed = None;
    let mut chosen: Option<Choice> = None;
    loop {
        let found = start::place_with(common, cassette.over(start::overrides(common))).await;
        let is_none =
            matches!(found, Err(CliError::Open(OpenError::Git(GitError::NoRepository { .. }))));
        let (why, lookout, others) = if is_none {
            let why = failed.take().unwrap_or_else(|| {
                "This folder is no git repository. chargehand works in one: each task has a \
                 worktree of its own, and all of it can be taken back."
                    .to_owned()
            });
            (why, Lookout::Nothing, &[INIT, DEMO][..])
        } else {
            let mut place = found?;
            place.tape = cassette.player();
            if let Some(choice) = &chosen {
                place.config.take(choice);
            }
            let log = place.log();
            let looks_on = || goal.is_none() && log.exists() && is_written(&log);
            let Some(why) = connect::lacks(&place).filter(|_| !looks_on()) else {
                return Ok(Begun::At(Box::new(place), told));
            };
            (why, Lookout::Models, &[DEMO][..])
        };
        if seat.is_none() {
            *seat = Some(enter()?);
        }
        let Some((term, inputs)) = seat.as_mut() else { continue };
        let (looks, _) = Looks::load(&start::dirs()?, colours()).ok_or_else(no_theme)?;
        let why = match goal {
            Some(goal) => format!("{why}\n\nYour goal waits for it: {}", ui::line(goal)),
            None => why,
        };
        let mut chooser = Chooser::new(&why, lookout, others, &variable);
        match chooser.run(term, inputs, &looks.theme).await {
            Chosen::Model { base_url, key_env, model } => {
                let choice = Choice { base_url, key_env, model };
                told = match choice.keep(&start::dirs()?)? {
                    Some(path) => Some(format!("kept in {}", path.display())),
                    None => Some("it holds for this start; your config.yaml is as it was".into()),
                };
                chosen = Some(choice);
            }
            Chosen::Other(at) if at + 1 == others.len() => return Ok(Begun::Demo),
            Chosen::Other(_) => {
                let git = Git::new(&CancellationToken::new());
                let made = Repo::init(git, &start::directory(common)?, First::Everything).await;
                failed = made.err().map(|error| error.to_string());
            }
            Chosen::Quit => return Ok(Begun::Over(Ok(Exit::Done))),
            Chosen::Stopped(stop) => return Ok(Begun::Over(Err(CliError::Stopped(stop)))),
        }
    }
}

/// Enters the terminal.
pub(super) fn enter() -> Result<Seat, CliError> {
    let modes = Modes { mouse: Mouse::Off, title: "chargehand".to_owned() };
    Term::enter(modes).map_err(|error| CliError::Environment(error.to_string()))
}

/// Whether colours are shown.
pub(super) fn colours() -> Colours {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if plain { Colours::None } else { Colours::Shown }
}

/// That there is nothing to draw with.
pub(super) fn no_theme() -> CliError {
    CliError::Environment("there is no theme to draw with".to_owned())
}
