//! The settings themselves, composed from their layers.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};

use super::{choice::Choice, dirs::Dirs, error::ConfigError, roles::RoleSettings};
use crate::domain::{
    Caps, CommandRule, DayCaps, Micros, Price, YAML_BYTES, guard_yaml, with_suggestion,
};
use crate::{
    agent::{Api, Dialect, Patience},
    git::WorktreeSettings,
    logger::MemorySettings,
};

/// Smallest context window that anything can be done in: the fixed part of an executor's prompt
/// takes about 1,500 tokens, an answer a quarter of the window, and a brief needs some room.
const LEAST_WINDOW: u32 = 4_000;

/// The user's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub provider: ProviderSettings,
    /// More servers, by name; the name `default` is that of `provider`.
    pub providers: BTreeMap<String, ProviderSettings>,
    pub models: RoleSettings,
    pub caps: CapSettings,
    /// Prices of models that the catalogue does not know, in dollars per million tokens.
    pub prices: BTreeMap<String, PriceSettings>,
    /// Commands that may run without asking.
    pub rules: Vec<CommandRule>,
    pub worktree: WorktreeSettings,
    pub headless: HeadlessSettings,
    pub memory: MemorySettings,
}

/// The server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProviderSettings {
    /// As far as `/v1`.
    pub base_url: String,
    /// The variable of the environment that holds the key. Keys themselves are never in a file.
    pub key_env: String,
    /// How tools are offered, whatever is known of a model: `native`; `text` for a model that does
    /// not manage the protocol's own tool calls (the tools are described in words and the calls
    /// read from the text); `schema` for the same with each answer held to the schema of a call.
    /// `null`: natively, and otherwise once a model has been seen to call nothing so.
    pub tools: Option<Dialect>,
    /// `chat`, `responses`, or `auto`: what is known to be best there.
    pub api: Api,
    /// Time limits and tries, in seconds and times; what is not named suits the server.
    pub patience: Patience,
}

impl Default for ProviderSettings {
    fn default() -> Self {
        Self {
            base_url: "https://api.openai.com/v1".to_owned(),
            key_env: "OPENAI_API_KEY".to_owned(),
            tools: None,
            api: Api::Auto,
            patience: Patience::default(),
        }
    }
}

/// What holds without a screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HeadlessSettings {
    /// How long a server that is overloaded, out of quota or out of reach is waited for before the
    /// program ends; ten minutes where absent.
    pub wait_seconds: Option<u32>,
}

impl HeadlessSettings {
    /// The wait in milliseconds.
    pub fn wait(&self) -> u64 {
        u64::from(self.wait_seconds.unwrap_or(600)) * 1_000
    }
}

/// The caps as a person writes them: money in dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CapSettings {
    pub goal_tokens: Option<u64>,
    pub task_tokens: Option<u64>,
    pub goal_usd: Option<Usd>,
    /// Dollars and tokens of one day (by UTC), over all goals.
    pub day_usd: Option<Usd>,
    pub day_tokens: Option<u64>,
    pub task_usd: Option<Usd>,
    pub attempts: Option<u32>,
    pub turns: Option<u32>,
    pub parallel: Option<u32>,
}

/// Dollars, kept in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Usd(pub Micros);

impl TryFrom<f64> for Usd {
    type Error = String;

    fn try_from(dollars: f64) -> Result<Self, String> {
        if !(0.0..=1e9).contains(&dollars) {
            return Err(format!("{dollars} is no amount of dollars"));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the range was looked at above"
        )]
        let micros = (dollars * 1e6).round() as u64;
        Ok(Self(Micros(micros)))
    }
}

impl From<Usd> for f64 {
    fn from(usd: Usd) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "at most 1e15, which a double holds")]
        let micros = usd.0.0 as f64;
        micros / 1e6
    }
}

/// Dollars per million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceSettings {
    pub input: Usd,
    #[serde(default)]
    pub cached: Option<Usd>,
    pub output: Usd,
}

impl From<PriceSettings> for Price {
    fn from(price: PriceSettings) -> Price {
        Price {
            input: price.input.0.0,
            cached: price.cached.unwrap_or(price.input).0.0,
            output: price.output.0.0,
        }
    }
}

/// What a project's `.chargehand/settings.yaml` may say. It can name commands that run, so it
/// counts only once a person has trusted its very content. It can name no server and no key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProjectSettings {
    pub rules: Vec<CommandRule>,
    pub worktree: WorktreeSettings,
}

/// What the command line and the environment say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    pub base_url: Option<String>,
    /// For every role that has no model of its own on the command line.
    pub model: Option<String>,
    pub planner_model: Option<String>,
    pub budget: Option<Micros>,
    pub parallel: Option<u32>,
    pub context_tokens: Option<u32>,
    pub wait_seconds: Option<u32>,
    /// Those variables of the environment that stand for an argument and were set.
    pub from_variables: Vec<&'static str>,
}

impl Config {
    /// Reads the user's file, if there is one, and lays the overrides over it.
    pub fn load(dirs: &Dirs, overrides: Overrides) -> Result<Self, ConfigError> {
        let file = dirs.config_file();
        let mut config: Config = read_yaml(&file)?.unwrap_or_default();
        let open = |one: &&ProviderSettings| crate::sandbox::is_passed(&one.key_env);
        if let Some(one) = config.servers().map(|(_, one)| one).find(open) {
            return Err(ConfigError::OpenKey { name: one.key_env.clone(), file: file.clone() });
        }
        if let Some(url) = overrides.base_url {
            config.provider.base_url = url;
        }
        if let Some(model) = overrides.model {
            config.models = RoleSettings {
                planner: Some(model.clone()),
                standard: Some(model),
                cheap: None,
                strong: None,
                kinds: BTreeMap::new(),
                ..config.models
            };
        }
        config.models.planner = overrides.planner_model.or(config.models.planner);
        config.models.context_tokens = overrides.context_tokens.or(config.models.context_tokens);
        config.headless.wait_seconds = overrides.wait_seconds.or(config.headless.wait_seconds);
        let own = config.models.windows.values().copied();
        let windows = config.models.context_tokens.into_iter().chain(own);
        if let Some(tokens) = windows.min().filter(|tokens| *tokens < LEAST_WINDOW) {
            return Err(ConfigError::SmallWindow { tokens, least: LEAST_WINDOW, file });
        }
        config.caps.goal_usd = overrides.budget.map(Usd).or(config.caps.goal_usd);
        config.caps.parallel = overrides.parallel.or(config.caps.parallel);
        Ok(config)
    }

    /// Lays a trusted project's settings under the user's own.
    #[must_use]
    pub fn with_project(mut self, project: ProjectSettings) -> Self {
        self.rules.extend(project.rules);
        if self.worktree == WorktreeSettings::default() {
            self.worktree = project.worktree;
        }
        self
    }

    /// Takes over what a person chose at the first start.
    pub fn take(&mut self, choice: &Choice) {
        self.provider.base_url.clone_from(&choice.base_url);
        if let Some(name) = &choice.key_env {
            self.provider.key_env.clone_from(name);
        }
        self.models = RoleSettings {
            planner: Some(choice.model.clone()),
            standard: Some(choice.model.clone()),
            cheap: None,
            strong: None,
            kinds: BTreeMap::new(),
            ..self.models.clone()
        };
    }

    /// The caps of a goal, but for a budget that a person has said for it.
    pub fn goal_caps(&self) -> Caps {
        let default = Caps::default();
        let own = self.caps;
        Caps {
            goal_tokens: own.goal_tokens.unwrap_or(default.goal_tokens),
            task_tokens: own.task_tokens.unwrap_or(default.task_tokens),
            goal_cost: own.goal_usd.map(|usd| usd.0),
            task_cost: own.task_usd.map(|usd| usd.0),
            attempts: own.attempts.unwrap_or(default.attempts),
            turns: own.turns.unwrap_or(default.turns),
            parallel: own.parallel.unwrap_or(default.parallel),
            budget_by: default.budget_by,
        }
    }

    /// The caps of a day.
    pub fn day_caps(&self) -> DayCaps {
        DayCaps { tokens: self.caps.day_tokens, cost: self.caps.day_usd.map(|usd| usd.0) }
    }
}

/// Reads a YAML file of bounded size; `None` when there is none.
pub(super) fn read_yaml<T: serde::de::DeserializeOwned>(
    path: &Path,
) -> Result<Option<T>, ConfigError> {
    let text = match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Ok(meta) if meta.len() > YAML_BYTES as u64 => {
            let message = format!("{} bytes; at most {YAML_BYTES} are read", meta.len());
            return Err(ConfigError::Faulty { path: path.to_owned(), message });
        }
        Ok(_) | Err(_) => std::fs::read(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?,
    };
    let text = String::from_utf8(text).map_err(|error| {
        let valid = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = valid.split(|byte| *byte == b'\n').count();
        let column = valid.rsplit(|byte| *byte == b'\n').next().map_or(0, <[u8]>::len) + 1;
        let message = format!("line {line} column {column}: not UTF-8; save the file as UTF-8");
        ConfigError::Faulty { path: path.to_owned(), message }
    })?;
    parse(path, &text).map(Some)
}

pub(super) fn parse<T: serde::de::DeserializeOwned>(
    path: &Path,
    text: &str,
) -> Result<T, ConfigError> {
    guard_yaml(text).map_err(|grown| ConfigError::Faulty {
        path: path.to_owned(),
        message: format!("line {}: {}", grown.line, grown.what),
    })?;
    serde_yaml::from_str(if text.trim().is_empty() { "{}" } else { text }).map_err(|error| {
        ConfigError::Faulty {
            path: path.to_owned(),
            message: with_suggestion(&placed(&error.to_string(), text)),
        }
    })
}

/// The parser's message with the place of an unknown key, which it leaves out at the top level.
fn placed(message: &str, text: &str) -> String {
    if message.contains(" at line ") {
        return message.to_owned();
    }
    let key = message.split('`').nth(1).unwrap_or_default();
    let found = text.lines().enumerate().find(|(_, line)| {
        let start = line.trim_start().trim_start_matches(['"', '\'']);
        start
            .strip_prefix(key)
            .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
    });
    match found.filter(|_| !key.is_empty()) {
        Some((at, line)) => {
            let column = line.len() - line.trim_start().len() + 1;
            format!("{message} at line {} column {column}", at + 1)
        }
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_faulty_file_is_told_with_its_line_and_column() {
        let text = "models:\n  planner: big\n  plnner: x\n";
        let error = parse::<Config>(Path::new("/c/config.yaml"), text).unwrap_err().to_string();
        assert!(error.starts_with("/c/config.yaml: models: unknown field `plnner`"), "{error}");
        assert!(error.contains("line 3 column 3"), "{error}");
        assert!(error.contains("did you mean `planner`?"), "{error}");
    }

    #[test]
    fn an_unknown_key_at_the_top_has_its_place_too() {
        let text = "caps: {}\nmodles: {planner: x}\n";
        let error = parse::<Config>(Path::new("c.yaml"), text).unwrap_err().to_string();
        assert!(error.contains("at line 2 column 1"), "{error}");
        assert!(error.contains("did you mean `models`?"), "{error}");
    }

    #[test]
    fn money_is_read_in_dollars() {
        let config: Config = parse(Path::new("x"), "caps: {goal_usd: 1.5}").unwrap();
        assert_eq!(config.goal_caps().goal_cost, Some(Micros(1_500_000)));
        assert!(parse::<Config>(Path::new("x"), "caps: {goal_usd: -1}").is_err());
    }
}
