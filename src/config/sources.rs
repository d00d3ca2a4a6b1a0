//! The settings in force, each with where it comes from.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    dirs::Dirs,
    roles::{DEFAULT_PROVIDER, DEFAULT_WINDOW},
    settings::{Config, Overrides, ProviderSettings},
    trust::Trusted,
};
use serde_yaml::Value;

use crate::{
    agent::Provider,
    domain::{CommandRule, Micros, Tier},
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

/// What stands where there is no cap.
const NO_CAP: &str = "no cap";
/// What stands where no model is named: one is looked for at the start.
const NO_MODEL: &str = "none named";
/// What stands where nothing does.
const UNSET: &str = "-";

impl Layers<'_> {
    /// Every setting, in the order of the file, with its source. What holds is told, also where
    /// nothing is set; `-` is left for a list that is empty.
    pub fn in_force(&self) -> Vec<InForce> {
        let mut leaves = Vec::new();
        // Only a map with other keys than texts could fail, and there is none.
        if let Ok(tree) = serde_yaml::to_value(self.config) {
            flatten(&tree, &mut Vec::new(), &mut leaves);
        }
        let row = |(key, value): (Vec<String>, String)| {
            let argument = self.argument(&key.join("."));
            let value = match (self.resolved(&key.join(".")), unset(&key.join("."))) {
                (Some(value), _) => value,
                (None, Some(words)) if value == UNSET => words.to_owned(),
                (None, _) => value,
            };
            self.row(&key, value, argument)
        };
        // Rules come from two files and are told one by one.
        leaves.retain(|(key, _)| key.first().is_some_and(|first| first != "rules"));
        let mut found: Vec<InForce> = leaves.into_iter().map(row).collect();
        found.extend(self.rules());
        found
    }

    /// What holds where a setting falls back to another or to what comes with the program.
    fn resolved(&self, key: &str) -> Option<String> {
        let (config, caps) = (self.config, self.config.goal_caps());
        let money = |cap: Option<Micros>| cap.map_or(NO_CAP.to_owned(), |cap| cap.to_string());
        let server = || config.servers().find_map(|(name, one)| Some((of_server(name, key)?, one)));
        if let Some((key, server)) = server() {
            return resolved_of(key, server);
        }
        match key {
            "models.planner" => Some(config.planner().unwrap_or(NO_MODEL).to_owned()),
            "models.cheap" => Some(config.executor(Tier::Cheap).unwrap_or(NO_MODEL).to_owned()),
            "models.standard" => {
                Some(config.executor(Tier::Standard).unwrap_or(NO_MODEL).to_owned())
            }
            "models.strong" => Some(config.executor(Tier::Strong).unwrap_or(NO_MODEL).to_owned()),
            "models.context_tokens" => {
                Some(config.models.context_tokens.unwrap_or(DEFAULT_WINDOW).to_string())
            }
            "caps.goal_tokens" => Some(caps.goal_tokens.to_string()),
            "caps.task_tokens" => Some(caps.task_tokens.to_string()),
            "caps.goal_usd" => Some(money(caps.goal_cost)),
            "caps.task_usd" => Some(money(caps.task_cost)),
            "caps.day_usd" => Some(money(config.day_caps().cost)),
            "headless.wait_seconds" => Some((config.headless.wait() / 1_000).to_string()),
            "caps.day_tokens" => {
                let tokens = config.day_caps().tokens;
                Some(tokens.map_or(NO_CAP.to_owned(), |tokens| tokens.to_string()))
            }
            "caps.attempts" => Some(caps.attempts.to_string()),
            "caps.turns" => Some(caps.turns.to_string()),
            "caps.parallel" => Some(caps.parallel.to_string()),
            _ => None,
        }
    }

    /// The argument that has set it, if one has.
    fn argument(&self, key: &str) -> Option<&'static str> {
        let said = self.overrides;
        let model = said.model.as_ref().map(|_| "--model");
        match key {
            "provider.base_url" => said.base_url.as_ref().map(|_| "--base-url"),
            "models.planner" => said.planner_model.as_ref().map(|_| "--planner-model").or(model),
            "models.cheap" | "models.standard" | "models.strong" => model,
            "models.context_tokens" => said.context_tokens.map(|_| "--context"),
            "caps.goal_usd" => said.budget.map(|_| "--budget"),
            "headless.wait_seconds" => said.wait_seconds.map(|_| "--wait"),
            "caps.parallel" => said.parallel.map(|_| "--parallel"),
            _ => None,
        }
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

    fn row(&self, key: &[String], value: String, argument: Option<&'static str>) -> InForce {
        let parts: Vec<&str> = key.iter().map(String::as_str).collect();
        let key = parts.as_slice();
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

/// What holds where a setting is left out, in words, if it is no figure.
fn unset(key: &str) -> Option<&'static str> {
    match key {
        "models.output_tokens" => Some("as the window allows"),
        "memory.outputs_days" => Some("all are kept"),
        _ if key.starts_with("models.effort.") => Some("as the model does"),
        _ if key.rsplit('.').next() == Some("tools") => Some("what suits the model"),
        _ => None,
    }
}

/// The part of a key that comes after its server's name, if it is of that server.
fn of_server<'a>(name: &str, key: &'a str) -> Option<&'a str> {
    if name == DEFAULT_PROVIDER {
        return key.strip_prefix("provider.");
    }
    key.strip_prefix("providers.")?.strip_prefix(name)?.strip_prefix('.')
}

/// What holds of a server where it is not set: a server on this machine is waited for longer.
fn resolved_of(key: &str, server: &ProviderSettings) -> Option<String> {
    let suited = Provider::new(server.base_url.clone(), None).patient(&server.patience);
    let times = suited.timeouts;
    let seconds = |time: Duration| Some(time.as_secs_f64().to_string());
    match key {
        "patience.connect" => seconds(times.connect),
        "patience.first_event" => seconds(times.first_event),
        "patience.first_event_per_kib" => seconds(times.first_event_per_kib),
        "patience.idle" => seconds(times.idle),
        "patience.turn" => seconds(times.turn),
        "patience.retry_after" => seconds(suited.retries.retry_after_cap),
        "patience.retries" => Some(suited.retries.times.to_string()),
        _ => None,
    }
}

fn in_file(path: PathBuf, key: &[&str]) -> Option<Source> {
    let text = std::fs::read_to_string(&path).ok()?;
    let line = line_of(&text, key)?;
    Some(Source::File { path, line })
}

/// The leaves of a tree of settings: their keys, and their values on one line.
fn flatten(tree: &Value, above: &mut Vec<String>, leaves: &mut Vec<(Vec<String>, String)>) {
    if let Value::Mapping(fields) = tree {
        for (key, value) in fields {
            above.push(shown(key));
            flatten(value, above, leaves);
            above.pop();
        }
    } else {
        leaves.push((above.clone(), shown(tree)));
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => UNSET.to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(value) => value.to_string(),
        Value::String(value) => value.clone(),
        Value::Sequence(list) if list.is_empty() => UNSET.to_owned(),
        Value::Sequence(list) => list.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Mapping(_) | Value::Tagged(_) => {
            serde_yaml::to_string(value).unwrap_or_default().trim_end().replace('\n', ", ")
        }
    }
}

/// The line, from 1, at which a key stands in a settings file, by its lines: the YAML library tells
/// no places of what it has read. A key may stand in the line of what holds it.
fn line_of(text: &str, key: &[&str]) -> Option<usize> {
    let lines: Vec<&str> = text.lines().map(without_comment).collect();
    let [section, rest @ ..] = key else { return None };
    let mut at = lines.iter().position(|line| names(line, section) && !line.starts_with(' '))?;
    let (_, mut after) = lines.get(at)?.split_once(':')?;
    let mut end = end_of(&lines, at);
    for name in rest {
        if let Some(found) = mentioned(after, name) {
            after = &after[found..];
            continue;
        }
        let below = lines.get(at + 1..end)?;
        let found = below.iter().position(|line| mentioned(line, name).is_some())?;
        at += found + 1;
        after = &lines[at][mentioned(lines[at], name)?..];
        end = end.min(end_of(&lines, at).max(at + 1));
    }
    Some(at + 1)
}

/// One past the last line that stands deeper than this one, or closes what it opens.
fn end_of(lines: &[&str], at: usize) -> usize {
    let depth = |line: &str| line.len() - line.trim_start().len();
    let own = lines.get(at).map_or(0, |line| depth(line));
    let inside = |line: &&str| {
        line.is_empty()
            || depth(line) > own
            || (depth(line) == own && line.trim_start().starts_with(['-', '}', ']']))
    };
    let below = lines.get(at + 1..).unwrap_or_default();
    below.iter().position(|line| !inside(line)).map_or(lines.len(), |found| at + 1 + found)
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

/// Where a key stands in a line, as the byte behind it.
fn mentioned(line: &str, key: &str) -> Option<usize> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    line.match_indices(key).find_map(|(at, _)| {
        let free = !line[..at].chars().next_back().is_some_and(is_word);
        (free && names(&line[at..], key)).then_some(at + key.len())
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
    fn a_key_deep_down_is_found_where_it_stands() {
        let text = "provider:\n  patience: {connect: 1,\n    turn: 5}\n  tools: text\nprices:\n  m:\n    input: 1\n  n: {input: 2}\nrules:\n- {rule: exact}\n";
        let at = |key: &[&str]| line_of(text, key);
        assert_eq!(at(&["provider", "patience", "connect"]), Some(2));
        assert_eq!(at(&["provider", "patience", "turn"]), Some(3));
        assert_eq!(at(&["provider", "patience", "tools"]), None);
        assert_eq!(at(&["provider", "tools"]), Some(4));
        assert_eq!(at(&["prices", "m", "input"]), Some(7));
        assert_eq!(at(&["prices", "n", "input"]), Some(8));
        assert_eq!(at(&["rules"]), Some(9));
    }

    #[test]
    fn the_example_is_a_sound_file_that_names_every_setting() {
        let config: Config = super::super::settings::parse(Path::new("x"), EXAMPLE).unwrap();
        let dirs = Dirs { config: "c".into(), data: "d".into(), state: "s".into() };
        let overrides = Overrides::default();
        let layers = Layers { dirs: &dirs, overrides: &overrides, config: &config, project: None };
        let rows = layers.in_force();
        assert!(rows.len() > 30, "{}", rows.len());
        for row in rows.iter().filter(|row| !row.key.starts_with("rules")) {
            let mut key: Vec<&str> = row.key.split('.').collect();
            // More servers have the keys of the first one.
            if key[0] == "providers" {
                key.splice(..2, ["provider"]);
            }
            // And a kind of task has the tiers of all.
            if key.starts_with(&["models", "kinds"]) {
                key.drain(1..3);
            }
            assert!(line_of(EXAMPLE, &key).is_some(), "{} is not in the example", row.key);
        }
    }
}
