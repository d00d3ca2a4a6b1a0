//! The workbench: the screen over the running loop.

use std::{io::IsTerminal as _, sync::Arc};

use super::{
    args::Common,
    connect, keys,
    out::{CliError, Exit},
    run::{self, Wish},
    start, status,
};
use crate::{
    app::{Left, Place, Ring, Servers, Workbench},
    domain::State,
    logger::{Filter, Store},
    term::{Modes, Mouse, Term},
    ui::{Colours, Sign, Standing, Story, Theme, Ui},
};

/// Newest events that the story is made of at start; older ones are paged from the log.
const MAX_STORY: usize = 20_000;

/// Opens the workbench in the current repository, with a goal if there is one in the arguments.
pub(super) async fn workbench(common: &Common, goal: Option<String>) -> Result<Exit, CliError> {
    if !std::io::stdout().is_terminal() {
        return Err(CliError::Usage(
            "the workbench needs a terminal; without one use `chargehand run` or `status`"
                .to_owned(),
        ));
    }
    let place = start::place(common).await?;
    let servers = connect::connect(&place)?;
    let wish = Wish {
        goal: goal.as_deref().map(run::goal_text).transpose()?,
        plan: None,
        policy: crate::domain::Policy::Each,
        commands: None,
        budget: None,
        parallel: None,
        form: super::out::Form::Lines,
    };
    open(place, wish, servers, vec![Sign::NoSandbox]).await
}

/// The same over a given place and connection.
pub(super) async fn open(
    place: Place,
    wish: Wish,
    servers: Servers,
    signs: Vec<Sign>,
) -> Result<Exit, CliError> {
    let (engine, store) = place.open()?;
    let recall = store.recall()?;
    let records = recall.timeline(&Filter { limit: Some(MAX_STORY), ..Filter::default() })?.records;
    let told = Story::of(&records);
    let world = Arc::new(connect::world(&place, &store, servers)?);
    crate::sandbox::end_orphans();
    let mut ring = Ring::new(engine, store, world).map_err(crate::app::OpenError::Thread)?;
    if (wish.goal.is_some() || ring.state().goal().is_some())
        && let Err(error) = run::prepare(&place, &mut ring, wish).await
    {
        ring.close().await;
        return Err(error);
    }
    let routes = place.config.routes();
    let keys = keys::keymap(&place.dirs)?;
    let themes = themes();
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
    let Some(workbench) = Workbench::new(ring, Arc::new(place), told, ui, keys, themes) else {
        return Err(CliError::Environment("there is no theme to draw with".to_owned()));
    };
    let entered = Modes { mouse: Mouse::Off, title: "chargehand".to_owned() };
    let (term, inputs) =
        Term::enter(entered).map_err(|error| CliError::Environment(error.to_string()))?;
    let (left, store) = workbench.run(term, inputs).await;
    match left {
        Left::Quit => {
            if let Some(state) = store.as_ref().and_then(state_of) {
                status::summary(&state, &routes);
            }
            Ok(Exit::Done)
        }
        Left::Stopped(stop) => Err(CliError::Stopped(stop)),
        Left::LogFailed(error) => Err(error.into()),
    }
}

fn state_of(store: &Store) -> Option<State> {
    store.replay().ok().map(|replayed| replayed.state)
}

/// The themes, the default first.
fn themes() -> Vec<Theme> {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let colours = if plain { Colours::None } else { Colours::Shown };
    ["terminal", "dark"].iter().filter_map(|name| Theme::embedded(name, colours)).collect()
}
