//! `run`: the engine without a screen.

use std::{io::Read as _, sync::Arc};

use tokio_util::sync::CancellationToken;

use super::{
    args::{Commands, Common, RunArgs},
    land,
    out::{CliError, Exit, Form, say, tell},
    start, status,
    tape::{self, Watched},
};
use crate::{
    agent::{Model, OpenAi, Prompts, Provider, Secret, Tape},
    app::{Outputs, Place, Rest, Ring, World, goal, secrets_of, turn},
    config::{Catalogue, ConfigError, KnownModels, Overrides, ProviderSettings, Trusted},
    domain::{
        Caps, Command, CommandPolicy, FaultClass, Goal, Micros, Phase, Policy, Standing, State,
        Tier, Waiting, attention,
    },
    git::{First, Git, GitError, Head, Repo},
    logger::Store,
};

/// Most bytes of a goal that is read from standard input.
const MAX_GOAL: u64 = 256 * 1024;

/// How a goal is to be worked on.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) goal: Option<String>,
    pub(super) plan: Option<crate::domain::PlanDraft>,
    pub(super) policy: Policy,
    pub(super) commands: Option<CommandPolicy>,
    /// Caps that this start names, to hold from now on for a goal that goes on.
    pub(super) budget: Option<Micros>,
    pub(super) parallel: Option<u32>,
    pub(super) form: Form,
}

pub(super) async fn run(common: &Common, args: RunArgs) -> Result<Exit, CliError> {
    let budget = args.budget.map(dollars).transpose()?;
    let mut cassette = tape::load(common, Watched::No)?;
    let overrides = Overrides { budget, parallel: args.parallel, ..start::overrides(common) };
    let overrides = cassette.over(overrides);
    let directory = start::directory(common)?;
    let git = Git::new(&CancellationToken::new());
    let found = Place::find(git.clone(), &directory, start::dirs()?, overrides.clone()).await;
    let mut place = match found {
        Err(crate::app::OpenError::Git(GitError::NoRepository { .. })) if args.init => {
            Repo::init(git.clone(), &directory, First::Everything).await?;
            Place::find(git, &directory, start::dirs()?, overrides).await?
        }
        Ok(found) if args.init => {
            if let Head::Unborn { .. } = found.repo.head().await? {
                found.repo.first_commit(First::Everything).await?;
            }
            found
        }
        Err(crate::app::OpenError::Git(error @ GitError::NoRepository { .. })) => {
            return Err(CliError::Environment(format!(
                "{error} Run again with --init to have it done."
            )));
        }
        found => found?,
    };
    let plan = args.plan.as_deref().map(super::plan::read_file).transpose()?;
    let of_file = || plan.as_ref().map(|file| file.goal.as_str()).filter(|goal| !goal.is_empty());
    let wish = Wish {
        goal: args
            .goal
            .as_deref()
            .or_else(of_file)
            .or_else(|| cassette.goal())
            .map(goal_text)
            .transpose()?,
        plan: plan.as_ref().map(|file| file.draft.clone()),
        policy: if args.yes { Policy::Yes } else { Policy::Each },
        commands: args.commands.map(Into::into),
        budget,
        parallel: args.parallel,
        form: if args.json { Form::Json } else { Form::Lines },
    };
    if args.commands == Some(Commands::All) {
        say("every command will run without asking, and there is NO SANDBOX");
    }
    let form = wish.form;
    place.tape = cassette.tape(common, &place, wish.goal.as_deref())?;
    let exit = work(&place, wish).await?;
    cassette.told();
    if exit == Exit::Done && args.land { land::land(&place, form).await } else { Ok(exit) }
}

fn dollars(usd: f64) -> Result<Micros, CliError> {
    crate::config::Usd::try_from(usd).map(|usd| usd.0).map_err(CliError::Usage)
}

/// The goal's text: as given, or from standard input for `-`.
pub(super) fn goal_text(text: &str) -> Result<String, CliError> {
    let text = if text == "-" {
        let mut read = String::new();
        std::io::stdin().lock().take(MAX_GOAL).read_to_string(&mut read)?;
        read
    } else {
        text.to_owned()
    };
    let text = text.trim();
    if text.is_empty() {
        return Err(CliError::Usage("the goal is empty; say what you want".to_owned()));
    }
    Ok(text.to_owned())
}

/// Works on a goal until nothing is left to do without the person.
pub(super) async fn work(place: &Place, wish: Wish) -> Result<Exit, CliError> {
    let model = connect(place)?;
    work_with(place, wish, model, &mut |_, _| None).await
}

/// Decides what waits in a person's place; `None` leaves it waiting.
pub(super) type Decider<'a> = &'a mut (dyn FnMut(&Goal, &Waiting) -> Option<Command> + Send);

/// The same with a given connection, and with somebody who decides what waits.
pub(super) async fn work_with(
    place: &Place,
    wish: Wish,
    model: Arc<dyn Model>,
    decider: Decider<'_>,
) -> Result<Exit, CliError> {
    if let Trusted::Not { path, .. } = &place.project {
        say(format_args!(
            "{} is not trusted and not used; read and allow it with `chargehand trust`",
            path.display()
        ));
    }
    let (engine, store) = place.open()?;
    let world = Arc::new(world(place, &store, model)?);
    // A killed chargehand may have left grandchildren running, which would write beside us.
    crate::sandbox::end_orphans();
    let mut ring = Ring::new(engine, store, world).map_err(crate::app::OpenError::Thread)?;
    let form = wish.form;
    let opened = prepare(place, &mut ring, wish).await;
    let rest = match opened {
        Ok(()) => {
            ring.wake();
            turn_and_decide(&mut ring, form, decider).await?
        }
        Err(error) => {
            ring.close().await;
            return Err(error);
        }
    };
    let exit = match rest {
        Rest::Idle => outcome(ring.state()),
        Rest::Interrupted => {
            ring.close().await;
            say("interrupted; run `chargehand run` to go on");
            return Ok(Exit::Interrupted);
        }
        Rest::LogFailed(error) => {
            ring.close().await;
            return Err(error.into());
        }
    };
    // No session lives longer than the program: what is told is how it stands without them.
    let (state, _) = ring.close().await;
    status::summary(&state);
    Ok(exit)
}

/// Turns the ring until it rests and nobody decides anything more.
async fn turn_and_decide(
    ring: &mut Ring,
    form: Form,
    decider: Decider<'_>,
) -> Result<Rest, CliError> {
    let log = ring.world().log_id.clone();
    loop {
        let rest = turn(ring, &mut |record| tell(form, &log, record)).await?;
        let Rest::Idle = rest else { return Ok(rest) };
        let Some(goal) = ring.state().goal() else { return Ok(rest) };
        let commands: Vec<Command> =
            attention(goal).iter().filter_map(|waiting| decider(goal, waiting)).collect();
        let mut moved = false;
        for command in commands {
            // One decision may make another void; what is refused still waits.
            moved |= ring.command(command).is_ok();
        }
        if !moved {
            return Ok(rest);
        }
    }
}

/// The environment, as far as it is text.
fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// The secrets that the environment holds, as far as their names tell.
pub(super) fn secrets(place: &Place) -> Vec<String> {
    secrets_of(variables(), &place.config.provider.key_env)
}

pub(super) fn world(
    place: &Place,
    store: &Store,
    model: Arc<dyn Model>,
) -> Result<World, CliError> {
    let prompts = Prompts::with_overrides(&place.dirs.prompts())
        .map_err(|error| CliError::Usage(error.to_string()))?;
    Ok(World {
        repo: place.repo.clone(),
        dirs: place.dirs.clone(),
        prices: Catalogue::new(&place.config),
        config: place.config.clone(),
        known: KnownModels::load(&place.dirs),
        log: store.path().to_owned(),
        log_id: store.log_id().clone(),
        blobs: Arc::new(Outputs::new(store.blobs(), secrets(place))),
        model,
        prompts,
    })
}

/// What is missing before a model can be asked, in a sentence; `None`: nothing.
pub(super) fn lacks(place: &Place) -> Option<String> {
    let config = &place.config;
    if config.planner().is_none() {
        return Some("No model is configured yet. Choose one, or see the demo first.".to_owned());
    }
    let key = std::env::var(&config.provider.key_env).ok().filter(|key| !key.is_empty());
    let needs_key = is_hosted(place);
    (key.is_none() && needs_key).then(|| {
        format!(
            "{} is not set, and {} needs a key. Set it, choose another server, or see the demo.",
            config.provider.key_env, config.provider.base_url
        )
    })
}

/// The connection that the settings name, with everything that work needs.
pub(super) fn connect(place: &Place) -> Result<Arc<dyn Model>, CliError> {
    let config = &place.config;
    let file = place.dirs.config_file();
    if config.planner().is_none() {
        return Err(ConfigError::NoModel { file }.into());
    }
    let caps = config.goal_caps();
    if caps.goal_cost.is_some() || caps.task_cost.is_some() {
        priced(place)?;
    }
    Ok(Arc::new(client(place)?))
}

/// The server that the settings name.
pub(super) fn client(place: &Place) -> Result<OpenAi, CliError> {
    let config = &place.config;
    let key = std::env::var(&config.provider.key_env).ok().filter(|key| !key.is_empty());
    if key.is_none() && is_hosted(place) {
        return Err(CliError::Usage(format!(
            "no key: set {}, or name another server with --base-url (a local one needs no key)",
            config.provider.key_env
        )));
    }
    let mut provider = Provider::new(&config.provider.base_url, key.as_deref().map(Secret::new));
    provider.key_from.clone_from(&config.provider.key_env);
    provider.dialect = config.provider.tools.unwrap_or_default();
    provider.api = config.provider.api;
    provider.tape = place.tape.clone();
    let provider = provider.patient(&config.provider.patience);
    OpenAi::new(provider).map_err(|fault| CliError::Usage(shown(&fault)))
}

/// Whether the models are asked at a server that wants a key.
fn is_hosted(place: &Place) -> bool {
    match place.tape {
        Tape::Replay(_) => false,
        Tape::Live | Tape::Record(_) => {
            place.config.provider.base_url == ProviderSettings::default().base_url
        }
    }
}

/// A fault with what to do about it.
pub(super) fn shown(fault: &crate::domain::Fault) -> String {
    if fault.hint.is_empty() {
        fault.message.clone()
    } else {
        format!("{}. {}", fault.message, fault.hint)
    }
}

/// A cap in money means nothing with a model whose price nobody knows.
fn priced(place: &Place) -> Result<(), CliError> {
    let prices = Catalogue::new(&place.config);
    let config = &place.config;
    let tiers = [Tier::Cheap, Tier::Standard, Tier::Strong];
    let models = tiers.iter().filter_map(|tier| config.executor(*tier)).chain(config.planner());
    for model in models {
        if prices.price(model).is_none() {
            let file = place.dirs.config_file();
            return Err(ConfigError::Unpriced { model: model.to_owned(), file }.into());
        }
    }
    Ok(())
}

/// Opens the wished goal, or takes up the one that is there. Nothing begins before the ring wakes.
pub(super) async fn prepare(place: &Place, ring: &mut Ring, wish: Wish) -> Result<(), CliError> {
    let refused = |refusal: crate::domain::Refusal| CliError::Usage(refusal.to_string());
    let current = ring.state().goal().filter(|goal| !goal.is_over());
    let same = current.is_some_and(|goal| wish.goal.as_ref().is_none_or(|text| *text == goal.text));
    match (wish.goal, same) {
        (_, true) => {
            // The words of this start hold from now on.
            let goal = ring.state().goal();
            let commands = goal.map(|goal| goal.commands).unwrap_or_default();
            let policy = goal.map(|goal| goal.policy).unwrap_or_default();
            // What was lifted for an earlier start is not lifted for this one.
            let wished = match (wish.policy, policy) {
                (Policy::Yes, _) => Policy::Yes,
                (Policy::Each | Policy::Clean { .. }, Policy::Yes) => Policy::Each,
                (Policy::Each | Policy::Clean { .. }, kept) => kept,
            };
            let kept = if commands == CommandPolicy::All { CommandPolicy::Ask } else { commands };
            let commands_wished = wish.commands.unwrap_or(kept);
            if (wished, commands_wished) != (policy, commands) {
                let set = Command::SetPolicy { policy: wished, commands: commands_wished };
                ring.prepare(set).map_err(refused)?;
            }
            let caps = ring.state().goal().map(|goal| goal.caps).unwrap_or_default();
            let wished_caps = Caps {
                goal_cost: wish.budget.or(caps.goal_cost),
                parallel: wish.parallel.unwrap_or(caps.parallel),
                ..place.config.named_caps(caps)
            };
            if wished_caps != caps {
                ring.prepare(Command::SetCaps { caps: wished_caps }).map_err(refused)?;
            }
        }
        (None, false) => {
            return Err(CliError::Usage(
                "there is no goal to go on with; say what you want: chargehand run \"…\"".into(),
            ));
        }
        (Some(text), false) => {
            let (base, onto, notes) = goal::base(place).await.map_err(CliError::Environment)?;
            for note in notes {
                say(format_args!("note: {note}"));
            }
            if let Some(note) = goal::put_aside(ring.state()) {
                say(format_args!("note: {note}"));
                ring.prepare(Command::Note { run: None, text: note }).map_err(refused)?;
            }
            let id = goal::free_id(ring.state(), &text);
            let open = Command::OpenGoal {
                id,
                text,
                base,
                onto,
                policy: wish.policy,
                caps: place.config.goal_caps(),
                commands: wish.commands.unwrap_or_default(),
            };
            ring.prepare(open).map_err(refused)?;
        }
    }
    if let Some(draft) = wish.plan {
        let import = Command::ImportPlan { draft };
        ring.prepare(import)
            .map_err(|refusal| CliError::Usage(format!("the plan is not accepted:\n{refusal}")))?;
    }
    Ok(())
}

/// What a resting goal means for whoever called.
fn outcome(state: &State) -> Exit {
    let Some(goal) = state.goal() else { return Exit::Done };
    let tasks = &goal.plan.tasks;
    let failed = tasks.iter().any(|task| matches!(task.phase, Phase::Failed { .. }));
    let outside = tasks.iter().any(|task| match &task.phase {
        Phase::Blocked { blocker, .. } => blocker.kind.is_transient(),
        _ => false,
    });
    match &goal.standing {
        Standing::Stalled { fault, .. } if fault.class.costs_an_attempt() => Exit::Failed,
        Standing::Stalled { fault, .. } if fault.class == FaultClass::Budget => Exit::Waits,
        Standing::Stalled { .. } => Exit::Environment,
        Standing::Working if goal.is_complete() && !failed => Exit::Done,
        Standing::Working if failed => Exit::Failed,
        Standing::Working if outside => Exit::Environment,
        Standing::Landed { .. } => Exit::Done,
        Standing::Planning { .. } | Standing::Proposed { .. } | Standing::Working => Exit::Waits,
    }
}
