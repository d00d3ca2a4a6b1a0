//! The settings in force, each with where it comes from.

use std::path::{Path, PathBuf};

use super::{
    dirs::Dirs,
    settings::{Config, Overrides},
    trust::Trusted,
};
use crate::{
    agent::{Api, Dialect},
    domain::{CommandRule, Tier},
};

/// An example of `config.yaml` with every key that it may have.
pub const EXAMPLE: &str = include_str!("../../assets/config.example.yaml");

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// What comes with the program.
    Default,
    /// The line counts from 1.
    File { path: PathBuf, line: usize },
    /// A variable of the environment.
    Variable(&'static str),
    /// An argument of this very command.
    Argument(&'static str),
}

impl std::fmt::Display for Source {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::Default => out.write_str("default"),
            Source::File { path, line } => write!(out, "{}:{line}", path.display()),
            Source::Variable(name) => write!(out, "${name}"),
            Source::Argument(name) => out.write_str(name),
        }
    }
}

/// A setting in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// Such as `models.planner`, as it is written in the file.
    pub key: String,
    pub value: String,
    pub source: Source,
}

/// What the settings in force are made of.
#[derive(Clone, Copy, Debug)]
pub struct Layers<'a> {
    pub dirs: &'a Dirs,
    pub overrides: &'a Overrides,
    /// The settings as they hold in the end.
    pub config: &'a Config,
    /// The repository's top folder and its settings, where there is one.
    pub project: Option<(&'a Path, &'a Trusted)>,
}

impl Layers<'_> {
    /// Every setting, in the order of the file, with its source.
    pub fn in_force(&self) -> Vec<InForce> {
        let mut found = self.plain();
        for (name, server) in &self.config.providers {
            found.push(self.row(&["providers", name], server.base_url.clone(), None));
        }
        for (name, tokens) in &self.config.models.windows {
            found.push(self.row(&["models", "windows", name], tokens.to_string(), None));
        }
        for (kind, own) in &self.config.models.kinds {
            let tiers = [&own.cheap, &own.standard, &own.strong];
            let named: Vec<&str> = tiers.iter().filter_map(|one| one.as_deref()).collect();
            found.push(self.row(&["models", "kinds", kind.word()], named.join(", "), None));
        }
        for (name, price) in &self.config.prices {
            let dollars = |usd: super::settings::Usd| f64::from(usd);
            let value = format!("{} in, {} out", dollars(price.input), dollars(price.output));
            found.push(self.row(&["prices", name], value, None));
        }
        let worktree = &self.config.worktree;
        let lists =
            [("setup", &worktree.setup), ("copy", &worktree.copy), ("share", &worktree.share)];
        for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            found.push(self.row(&["worktree", name], list.join(", "), None));
        }
        found.extend(self.rules());
        found
    }

    fn plain(&self) -> Vec<InForce> {
        let Self { config, overrides, .. } = *self;
        let (caps, day) = (config.goal_caps(), config.day_caps());
        let wait = (config.headless.wait() / 1_000).to_string();
        let text = |value: Option<&str>| value.unwrap_or("-").to_owned();
        let number = |value: Option<u32>| value.map_or("-".to_owned(), |value| value.to_string());
        let money = |value: Option<crate::domain::Micros>| {
            value.map_or("-".to_owned(), |value| value.to_string())
        };
        let dialect = match config.provider.tools {
            Dialect::Native => "native",
            Dialect::Text => "text",
            Dialect::Schema => "schema",
        };
        let api = match config.provider.api {
            Api::Auto => "auto",
            Api::Chat => "chat",
            Api::Responses => "responses",
        };
        let model = overrides.model.as_deref().map(|_| "--model");
        let planner = overrides.planner_model.as_deref().map(|_| "--planner-model").or(model);
        let url = overrides.base_url.as_deref().map(|_| "--base-url");
        let context = overrides.context_tokens.map(|_| "--context");
        let tier = |tier: Tier| text(config.executor(tier));
        vec![
            self.row(&["provider", "base_url"], config.provider.base_url.clone(), url),
            self.row(&["provider", "key_env"], config.provider.key_env.clone(), None),
            self.row(&["provider", "tools"], dialect.to_owned(), None),
            self.row(&["provider", "api"], api.to_owned(), None),
            self.row(&["models", "planner"], text(config.planner()), planner),
            self.row(&["models", "cheap"], tier(Tier::Cheap), model),
            self.row(&["models", "standard"], tier(Tier::Standard), model),
            self.row(&["models", "strong"], tier(Tier::Strong), model),
            self.row(&["models", "context_tokens"], number(config.models.context_tokens), context),
            self.row(&["models", "output_tokens"], number(config.models.output_tokens), None),
            self.row(&["caps", "goal_tokens"], caps.goal_tokens.to_string(), None),
            self.row(&["caps", "task_tokens"], caps.task_tokens.to_string(), None),
            self.row(&["caps", "goal_usd"], money(caps.goal_cost), None),
            self.row(&["caps", "task_usd"], money(caps.task_cost), None),
            self.row(&["caps", "day_usd"], money(day.cost), None),
            self.row(
                &["caps", "day_tokens"],
                day.tokens.map_or("-".to_owned(), |n| n.to_string()),
                None,
            ),
            self.row(&["caps", "attempts"], caps.attempts.to_string(), None),
            self.row(&["caps", "turns"], caps.turns.to_string(), None),
            self.row(&["caps", "parallel"], caps.parallel.to_string(), None),
            self.row(&["headless", "wait_seconds"], wait, overrides.wait_seconds.map(|_| "--wait")),
        ]
    }

    fn rules(&self) -> Vec<InForce> {
        let of_project = match self.project {
            Some((top, Trusted::Yes(settings))) => Some((top, settings.rules.len())),
            Some((_, Trusted::Absent | Trusted::Not { .. })) | None => None,
        };
        let all = &self.config.rules;
        let own = all.len().saturating_sub(of_project.map_or(0, |(_, count)| count));
        let row = |(at, rule): (usize, &CommandRule)| {
            let file = match of_project {
                Some((top, _)) if at >= own => Trusted::file(top),
                Some(_) | None => self.dirs.config_file(),
            };
            InForce {
                key: format!("rules[{at}]"),
                value: rule.shown(),
                source: in_file(file, &["rules"]).unwrap_or(Source::Default),
            }
        };
        all.iter().enumerate().map(row).collect()
    }

    fn row(&self, key: &[&str], value: String, argument: Option<&'static str>) -> InForce {
        let own = || in_file(self.dirs.config_file(), key);
        let of_project = || match self.project {
            Some((top, Trusted::Yes(_))) => in_file(Trusted::file(top), key),
            Some((_, Trusted::Absent | Trusted::Not { .. })) | None => None,
        };
        let source = argument
            .map(|argument| self.said(argument))
            .or_else(own)
            .or_else(of_project)
            .unwrap_or(Source::Default);
        InForce { key: key.join("."), value, source }
    }

    /// An argument, or the variable that stands for it.
    fn said(&self, argument: &'static str) -> Source {
        let variable = match argument {
            "--base-url" => "OPENAI_BASE_URL",
            "--model" => "CHARGEHAND_MODEL",
            "--planner-model" => "CHARGEHAND_PLANNER_MODEL",
            _ => return Source::Argument(argument),
        };
        if self.overrides.from_variables.contains(&variable) {
            Source::Variable(variable)
        } else {
            Source::Argument(argument)
        }
    }
}

fn in_file(path: PathBuf, key: &[&str]) -> Option<Source> {
    let text = std::fs::read_to_string(&path).ok()?;
    let line = line_of(&text, key)?;
    Some(Source::File { path, line })
}

/// The line, from 1, at which a key stands in a settings file, by its lines: the YAML library tells
/// no places of what it has read. A key may stand in the line of its section.
fn line_of(text: &str, key: &[&str]) -> Option<usize> {
    let [section, rest @ ..] = key else { return None };
    let lines: Vec<&str> = text.lines().map(without_comment).collect();
    let start = lines.iter().position(|line| names(line, section) && !line.starts_with(' '))?;
    let Some(name) = rest.first() else { return Some(start + 1) };
    let of_section = |line: &&str| line.is_empty() || line.starts_with([' ', '-', '}', ']']);
    let end = lines[start + 1..].iter().position(|line| !of_section(line));
    let end = end.map_or(lines.len(), |at| start + 1 + at);
    let (_, after) = lines[start].split_once(':')?;
    if mentions(after, name) {
        return Some(start + 1);
    }
    let below = lines[start + 1..end].iter().position(|line| mentions(line, name))?;
    Some(start + below + 2)
}

fn without_comment(line: &str) -> &str {
    let line = if line.starts_with('#') { "" } else { line };
    line.split(" #").next().unwrap_or(line).trim_end()
}

/// Whether a line begins with a key.
fn names(line: &str, key: &str) -> bool {
    let line = line.trim_start().trim_start_matches(['"', '\'']);
    line.strip_prefix(key)
        .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
}

/// Whether a key stands anywhere in a line.
fn mentions(line: &str, key: &str) -> bool {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    line.match_indices(key).any(|(at, _)| {
        let free = !line[..at].chars().next_back().is_some_and(is_word);
        free && names(&line[at..], key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "\
# models: {planner: not here}
provider: {base_url: \"http://127.0.0.1:1/v1\", tools: text} # key_env: no
models:
  planner: big   # cheap: no

  standard: mid
caps: {goal_tokens: 5,
  turns: 9}
";

    #[test]
    fn a_key_is_found_in_blocks_and_in_braces_and_not_in_comments() {
        let at = |section, key| line_of(FILE, &[section, key]);
        assert_eq!(at("provider", "base_url"), Some(2));
        assert_eq!(at("provider", "tools"), Some(2));
        assert_eq!(at("provider", "key_env"), None);
        assert_eq!(at("models", "planner"), Some(4));
        assert_eq!(at("models", "standard"), Some(6));
        assert_eq!(at("models", "cheap"), None);
        assert_eq!(at("caps", "goal_tokens"), Some(7));
        assert_eq!(at("caps", "turns"), Some(8));
        assert_eq!(at("caps", "tokens"), None);
        assert_eq!(line_of(FILE, &["caps"]), Some(7));
    }

    #[test]
    fn the_example_is_a_sound_file_that_names_every_setting() {
        let config: Config = super::super::settings::parse(Path::new("x"), EXAMPLE).unwrap();
        let (dirs, overrides) = (
            Dirs { config: "c".into(), data: "d".into(), state: "s".into() },
            Overrides::default(),
        );
        let layers = Layers { dirs: &dirs, overrides: &overrides, config: &config, project: None };
        for row in layers.in_force() {
            let key: Vec<&str> = row.key.trim_end_matches("[0]").split('.').collect();
            if key[0] != "prices" && !row.key.ends_with(']') {
                assert!(line_of(EXAMPLE, &key).is_some(), "{}", row.key);
            }
        }
    }
}
