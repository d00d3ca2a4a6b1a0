//! `config`: what holds, where each setting comes from, and where all files lie.

use std::path::PathBuf;

use super::{
    args::Common,
    out::{CliError, Exit, data, data_fit, say},
    start,
};
use crate::{
    app::{OpenError, Place},
    config::{Config, Dirs, EXAMPLE, Layers, Trust, Trusted},
    git::GitError,
    ui,
};

pub(super) async fn config(common: &Common, example: bool) -> Result<Exit, CliError> {
    if example {
        data(EXAMPLE.trim_end());
        return Ok(Exit::Done);
    }
    let (dirs, overrides) = (start::dirs()?, start::overrides(common));
    // Outside of a repository the user's own settings are shown alone.
    let place = match start::place(common).await {
        Ok(place) => Some(place),
        Err(CliError::Open(OpenError::Git(GitError::NoRepository { .. }))) => None,
        Err(error) => return Err(error),
    };
    let alone = if place.is_none() { Some(Config::load(&dirs, overrides.clone())?) } else { None };
    let Some(config) = place.as_ref().map(|place| &place.config).or(alone.as_ref()) else {
        return Ok(Exit::Done);
    };
    let project = place.as_ref().map(|place| (place.repo.top.as_path(), &place.project));
    let layers = Layers { dirs: &dirs, overrides: &overrides, config, project };
    let rows = layers.in_force();
    let wide = rows.iter().map(|row| row.key.len()).max().unwrap_or(0);
    for row in rows {
        let value = ui::line(&row.value);
        data_fit(&format!("{:<wide$}  {value:<28}  {}", row.key, row.source), wide + 2);
    }
    let set = std::env::var_os(&config.provider.key_env).is_some_and(|key| !key.is_empty());
    let word = if set { "set" } else { "not set" };
    data(format_args!("\n${} is {word}\n", config.provider.key_env));
    for (what, path) in files(&dirs, place.as_ref()) {
        let there = if path.exists() { "" } else { " (not there)" };
        data_fit(&format!("{what:<16} {}{there}", path.display()), 17);
    }
    if let Some(Trusted::Not { .. }) = project.map(|(_, trusted)| trusted) {
        say("the project's settings are not trusted and not used; see `chargehand trust`");
    }
    Ok(Exit::Done)
}

/// All files and folders that chargehand reads or writes.
fn files(dirs: &Dirs, place: Option<&Place>) -> Vec<(&'static str, PathBuf)> {
    let mut found = vec![
        ("settings", dirs.config_file()),
        ("keys", dirs.keys_file()),
        ("themes", dirs.themes()),
        ("prompts", dirs.prompts()),
        ("worktrees", dirs.worktrees()),
        ("trust", Trust::new(dirs).folder().to_owned()),
        ("trace", dirs.state.clone()),
    ];
    if let Some(place) = place {
        found.push(("project settings", Trusted::file(&place.repo.top)));
        found.push(("log", place.log()));
    }
    found
}
