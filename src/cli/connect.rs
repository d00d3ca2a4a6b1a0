//! The world that runs work in, and the connections that the settings name.

use std::{collections::BTreeMap, sync::Arc};

use super::out::CliError;
use crate::{
    agent::{Model, OpenAi, PromptError, Prompts, Provider, Secret, Tape},
    app::{Outputs, Place, Servers, Spare, World, secrets_of},
    config::{Catalogue, ConfigError, DEFAULT_PROVIDER, Dirs, KnownModels, ProviderSettings},
    logger::Store,
};

/// The environment, as far as it is text.
fn variables() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// The secrets that the environment holds, as far as their names tell.
pub(super) fn secrets(place: &Place) -> Vec<String> {
    let keys: Vec<&str> = place.config.servers().map(|(_, one)| one.key_env.as_str()).collect();
    secrets_of(variables(), &keys)
}

/// The prompts, the person's own in the place of ours.
pub(super) fn prompts(dirs: &Dirs) -> Result<Prompts, CliError> {
    Prompts::with_overrides(&dirs.prompts()).map_err(|error| faulty(&error))
}

/// That a prompt of the person's own cannot be used.
pub(super) fn faulty(error: &PromptError) -> CliError {
    CliError::Usage(error.to_string())
}

pub(super) fn world(place: &Place, store: &Store, servers: Servers) -> Result<World, CliError> {
    Ok(world_with(place, store, servers, prompts(&place.dirs)?))
}

/// The same with prompts that have been read.
pub(super) fn world_with(
    place: &Place,
    store: &Store,
    servers: Servers,
    prompts: Prompts,
) -> World {
    World {
        repo: place.repo.clone(),
        dirs: place.dirs.clone(),
        prices: Catalogue::new(&place.config),
        config: place.config.clone(),
        known: KnownModels::load(&place.dirs),
        log: store.path().to_owned(),
        log_id: store.log_id().clone(),
        blobs: Arc::new(Outputs::new(store.blobs(), secrets(place))),
        servers,
        prompts,
        spare: Spare::default(),
    }
}

/// What is missing before a model can be asked, in a sentence; `None`: nothing.
pub(super) fn lacks(place: &Place) -> Option<String> {
    let config = &place.config;
    if config.planner().is_none() {
        return Some("No model is configured yet. Choose one, or see the demo first.".to_owned());
    }
    let used = config.models_in_use();
    let lacks_key = |(name, one): &(&str, &ProviderSettings)| {
        let key = std::env::var(&one.key_env).ok().filter(|key| !key.is_empty());
        let needs_key = is_hosted(place, one);
        key.is_none() && needs_key && used.iter().any(|at| at.provider == *name)
    };
    config.servers().find(lacks_key).map(|(_, one)| {
        format!(
            "{} is not set, and {} needs a key. Set it, choose another server, or see the demo.",
            one.key_env, one.base_url
        )
    })
}

/// The connections that the settings name.
pub(super) fn connect(place: &Place) -> Result<Servers, CliError> {
    let config = &place.config;
    let file = place.dirs.config_file();
    if config.planner().is_none() {
        return Err(ConfigError::NoModel { file }.into());
    }
    let caps = config.goal_caps();
    let day = config.day_caps().cost;
    if caps.goal_cost.or(caps.task_cost).or(day).is_some() {
        priced(place)?;
    }
    let used = config.models_in_use();
    let is_used = |name: &str| used.iter().any(|at| at.provider == name);
    let mut more = BTreeMap::new();
    for (name, settings) in config.providers.iter().filter(|(name, _)| is_used(name)) {
        let server: Arc<dyn Model> = Arc::new(server(place, settings, Needed::Yes)?);
        more.insert(name.clone(), server);
    }
    let needed = if is_used(DEFAULT_PROVIDER) { Needed::Yes } else { Needed::No };
    Ok(Servers { default: Arc::new(server(place, &config.provider, needed)?), more })
}

/// The default server that the settings name.
pub(super) fn client(place: &Place) -> Result<OpenAi, CliError> {
    one_of(place, &place.config.provider)
}

/// One of the servers that the settings name.
pub(super) fn one_of(place: &Place, settings: &ProviderSettings) -> Result<OpenAi, CliError> {
    server(place, settings, Needed::Yes)
}

/// Whether a server wants a key, and is asked at all.
fn is_hosted(place: &Place, settings: &ProviderSettings) -> bool {
    match place.tape {
        Tape::Replay(_) => false,
        Tape::Live | Tape::Record(_) => settings.base_url == ProviderSettings::default().base_url,
    }
}

/// Whether some role goes to a server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needed {
    Yes,
    No,
}

fn server(place: &Place, settings: &ProviderSettings, needed: Needed) -> Result<OpenAi, CliError> {
    let key = std::env::var(&settings.key_env).ok().filter(|key| !key.is_empty());
    if key.is_none() && is_hosted(place, settings) && needed == Needed::Yes {
        return Err(CliError::Usage(format!(
            "no key: set {}, or name another server with --base-url (a local one needs no key)",
            settings.key_env
        )));
    }
    let mut provider = Provider::new(&settings.base_url, key.as_deref().map(Secret::new));
    provider.key_from.clone_from(&settings.key_env);
    provider.dialect = settings.tools.unwrap_or_default();
    provider.api = settings.api;
    provider.tape = place.tape.clone();
    let provider = provider.patient(&settings.patience);
    OpenAi::new(provider).map_err(|fault| CliError::Usage(shown(&fault)))
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
    for at in place.config.models_in_use() {
        if prices.price(&at).is_none() {
            let file = place.dirs.config_file();
            return Err(ConfigError::Unpriced { model: at.model, file }.into());
        }
    }
    Ok(())
}
