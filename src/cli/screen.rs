//! The workbench: the screen over the running loop.

use std::{io::IsTerminal as _, sync::Arc};

use tempfile::TempDir;
use tokio::task::JoinError;

use super::{
    args::Common,
    begin::{Begun, Seat, begin, colours, enter, no_theme},
    connect, demo,
    out::{CliError, Exit, say_fit},
    run::{self, Wish},
    start, status,
    tape::{self, Watched},
};
use crate::{
    app::{
        Feed, Left, OpenError, Own, Place, Reader, Ring, Servers, TakeOver, Watch, Workbench,
        all_faults,
    },
    domain::{Goal, State},
    logger::{Store, StoreError},
    ui::{Sign, Standing, Story, Tone, Ui},
};

/// Newest events that the first frame is made of; the workbench tells the rest behind it.
const FIRST: usize = 100;

/// Opens the workbench in the current repository, with a goal if there is one in the arguments.
pub(super) async fn workbench(common: &Common, goal: Option<String>) -> Result<Exit, CliError> {
    if !std::io::stdout().is_terminal() {
        return Err(CliError::Usage(
            "the workbench needs a terminal; without one use `chargehand run` or `status`"
                .to_owned(),
        ));
    }
    let dirs = start::dirs()?;
    let mut cassette = tape::load(common, Watched::Yes)?;
    let goal = goal.as_deref().or(cassette.goal()).map(run::goal_text).transpose()?;
    let wish = Wish {
        goal: goal.clone(),
        plan: None,
        policy: crate::domain::Policy::Each,
        commands: None,
        budget: None,
        form: super::out::Form::Lines,
        then: run::Then::Rest,
    };
    let mut seat = None;
    let own = Own::begin(&dirs, colours());
    let begun = begin(common, &cassette, goal.as_deref(), &mut seat).await?;
    let (mut place, told) = match begun {
        Begun::At(place, told) => (place, told),
        Begun::Demo => {
            let exit = Box::pin(demo::on_screen(common, seat)).await;
            if let Some(goal) = goal {
                say_fit(
                    &format!("your goal was not begun; to state it again: chargehand {goal:?}"),
                    2,
                );
            }
            return exit;
        }
        Begun::Over(exit) => return exit,
    };
    place.tape = cassette.tape(common, &place, goal.as_deref())?;
    let servers = connect::connect(&place);
    let signs = vec![Sign::NoSandbox];
    let front = Front { signs, seat, told, folder: None, own };
    let exit = open(*place, wish, servers, front).await;
    cassette.told();
    exit
}

/// What the screen begins with.
pub(super) struct Front {
    pub signs: Vec<Sign>,
    /// The terminal, where it was entered already.
    pub seat: Option<Seat>,
    /// What is said first.
    pub told: Option<String>,
    /// A folder that goes when the workbench is left, however it is left.
    pub folder: Option<TempDir>,
    /// What of the screen and of the prompts may be the user's own.
    pub own: Reader,
}

/// The same over a given place and connection; a window that only looks on needs none.
pub(super) async fn open(
    place: Place,
    wish: Wish,
    servers: Result<Servers, CliError>,
    front: Front,
) -> Result<Exit, CliError> {
    let Front { mut signs, mut seat, told, folder, own } = front;
    let is_demo = signs.contains(&Sign::Demo);
    let opened = place.open();
    let fault = |error: JoinError| CliError::Environment(error.to_string());
    let Own { looks, prompts } = own.end().await.map_err(fault)?;
    let (looks, faults) = looks.ok_or_else(no_theme)?;
    let (feed, tale) = match opened {
        Ok((engine, store)) => {
            let tale = newest(&store)?;
            let prompts = prompts.map_err(|error| connect::faulty(&error))?;
            let world = Arc::new(connect::world_with(&place, &store, servers?, prompts));
            // A goal that is stated here may have notes, which are said before the screen begins.
            if wish.goal.is_none() && seat.is_none() {
                seat = Some(enter()?);
            }
            let mut ring = Ring::new(engine, store, world).map_err(OpenError::Thread)?;
            // A goal that is over is looked at; nothing is begun on it.
            let goes_on = ring.state().goal().is_some_and(|goal| !goal.is_over());
            if (wish.goal.is_some() || goes_on)
                && let Err(error) = run::prepare(&place, &mut ring, wish).await
            {
                ring.close().await;
                return Err(error);
            }
            (Feed::Ring(Box::new(ring)), tale)
        }
        Err(OpenError::Store(StoreError::Busy { pid, since, .. })) => {
            // Somebody works here already: this window looks on.
            signs.push(Sign::ReadOnly);
            let name = format!("pid {pid}, since {since}");
            let watch = Watch::new(&place, name, take_over(servers))?;
            let (_, recall) = place.read()?;
            let told = Story::of(&recall.last(FIRST)?.records);
            (Feed::Watch(Box::new(watch), place.log()), told)
        }
        Err(error) => return Err(error.into()),
    };
    let ui = Ui::new(Standing {
        repository: place
            .repo
            .top
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default(),
        marks: signs,
        ..Standing::default()
    });
    let place = Arc::new(place);
    let mut workbench = Workbench::new(feed, Arc::clone(&place), tale, ui, looks);
    if let Some(told) = told {
        workbench.say(told, Tone::Plain);
    }
    // A broken file changes nothing, and is told.
    if let Some(faults) = all_faults(&faults) {
        workbench.say(faults, Tone::Fault);
    }
    let (term, inputs) = match seat {
        Some(seat) => seat,
        None => enter()?,
    };
    let (left, store, term) = workbench.run(term, inputs).await;
    let exit = match left {
        Left::Quit => {
            // The demo says itself how it is taken up again.
            let told = |state: &State| !is_demo || state.goal().is_some_and(Goal::is_over);
            if let Some(state) = store.as_ref().and_then(state_of).filter(told) {
                status::summary(&state, &place);
            }
            Ok(Exit::Done)
        }
        Left::Stopped(stop) => Err(CliError::Stopped(stop)),
        Left::LogFailed(error) => Err(error.into()),
    };
    if let Some(folder) = folder {
        drop(store);
        // What was told to stop may still be writing there.
        let path = folder.path().to_owned();
        if folder.close().is_err() {
            let _ = std::fs::remove_dir_all(path);
        }
    }
    drop(term);
    exit
}

/// The newest part of the log as a person reads it.
fn newest(store: &Store) -> Result<Story, StoreError> {
    let found = store.newest(FIRST).or_else(|_| store.recall()?.last(FIRST))?;
    Ok(Story::of(&found.records))
}

/// Opens the log for writing once nobody else does, and goes on with what is in it.
fn take_over(servers: Result<Servers, CliError>) -> TakeOver {
    let servers = servers.map_err(|error| error.to_string());
    Box::new(move |place| {
        let servers = servers.clone()?;
        let (engine, store) = place.open().map_err(|error| match error {
            OpenError::Store(StoreError::Busy { pid, .. }) => {
                format!("somebody else works here now (pid {pid})")
            }
            error => error.to_string(),
        })?;
        let world = connect::world(place, &store, servers);
        let world = Arc::new(world.map_err(|error| error.to_string())?);
        Ring::new(engine, store, world).map_err(|error| error.to_string())
    })
}

fn state_of(store: &Store) -> Option<State> {
    store.replay().ok().map(|replayed| replayed.state)
}
