//! The settings themselves, composed from their layers.

use std::{collections::BTreeMap, path::Path};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, Unexpected},
};

use super::{choice::Choice, dirs::Dirs, error::ConfigError, roles::RoleSettings};
use crate::domain::{
    Caps, CommandRule, DayCaps, Micros, Price, YAML_BYTES, number_as, read_yaml, yaml_text,
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

impl ProviderSettings {
    /// Goes to another address for this start. A key that the file names for its own server stays
    /// with that server: elsewhere only the variable that everyone uses counts.
    fn go_to(&mut self, url: String) {
        if place(&url) != place(&self.base_url) {
            self.key_env = Self::default().key_env;
        }
        self.base_url = url;
    }
}

/// Scheme, host and port of an address, as they are written.
fn place(url: &str) -> String {
    url.split('/').take(3).collect::<Vec<_>>().join("/").to_ascii_lowercase()
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
    #[serde(deserialize_with = "one_or_more")]
    pub attempts: Option<u32>,
    #[serde(deserialize_with = "one_or_more")]
    pub turns: Option<u32>,
    #[serde(deserialize_with = "one_or_more")]
    pub parallel: Option<u32>,
}

/// A number without which nothing could be done: no goal can be stated with a cap of none.
fn one_or_more<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
    struct Count(u32);

    impl<'de> Deserialize<'de> for Count {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            struct Visitor;

            // By hand, so that a fault has the place of the number.
            impl de::Visitor<'_> for Visitor {
                type Value = Count;

                fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    write!(out, "a whole number from 1 to {}", u32::MAX)
                }

                fn visit_u64<E: de::Error>(self, number: u64) -> Result<Count, E> {
                    let sound = u32::try_from(number).ok().filter(|number| *number > 0);
                    let wrong = || E::invalid_value(Unexpected::Unsigned(number), &self);
                    sound.map(Count).ok_or_else(wrong)
                }
            }

            from.deserialize_u32(Visitor)
        }
    }

    Option::<Count>::deserialize(from).map(|count| count.map(|count| count.0))
}

/// Dollars, kept in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "f64")]
pub struct Usd(pub Micros);

impl<'de> Deserialize<'de> for Usd {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        number_as(from, Usd::try_from)
    }
}

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
        let mut config: Config = read_file(&file)?.unwrap_or_default();
        let open = |one: &&ProviderSettings| crate::sandbox::is_passed(&one.key_env);
        if let Some(one) = config.servers().map(|(_, one)| one).find(open) {
            return Err(ConfigError::OpenKey { name: one.key_env.clone(), file: file.clone() });
        }
        if let Some(url) = overrides.base_url {
            config.provider.go_to(url);
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
pub(super) fn read_file<T: serde::de::DeserializeOwned>(
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
    parse(path, &decoded(path, text)?).map(Some)
}

/// A settings file's bytes as text.
pub(super) fn decoded(path: &Path, bytes: Vec<u8>) -> Result<String, ConfigError> {
    yaml_text(bytes)
        .map_err(|fault| ConfigError::Faulty { path: path.to_owned(), message: fault.to_string() })
}

/// Reads the text of a settings file.
pub(super) fn parse<T: serde::de::DeserializeOwned>(
    path: &Path,
    text: &str,
) -> Result<T, ConfigError> {
    read_yaml(text, "a mapping of settings")
        .map_err(|fault| ConfigError::Faulty { path: path.to_owned(), message: fault.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_faulty_file_is_told_with_its_line_and_column() {
        let text = "models:\n  planner: big\n  plnner: x\n";
        let error = parse::<Config>(Path::new("/c/config.yaml"), text).unwrap_err().to_string();
        let start = "/c/config.yaml: line 3 column 3: models: unknown key `plnner`; did you mean";
        assert!(error.starts_with(start), "{error}");
        assert!(error.contains("did you mean `planner`?"), "{error}");
    }

    #[test]
    fn an_unknown_key_at_the_top_has_its_place_too() {
        let text = "caps: {}\nmodles: {planner: x}\n";
        let error = parse::<Config>(Path::new("c.yaml"), text).unwrap_err().to_string();
        assert!(error.contains("line 2 column 1: "), "{error}");
        assert!(error.contains("did you mean `models`?"), "{error}");
    }

    #[test]
    fn a_key_that_the_file_names_stays_with_the_file_s_server() {
        let named = "base_url: \"https://a.example/v1\"\nkey_env: A_KEY";
        let key_at = |url: &str| {
            let mut server: ProviderSettings = parse(Path::new("c"), named).unwrap();
            server.go_to(url.to_owned());
            assert_eq!(server.base_url, url);
            server.key_env
        };
        assert_eq!(key_at("https://A.example/v2"), "A_KEY");
        for elsewhere in [
            "https://b.example/v1",
            "http://a.example/v1",
            "https://a.example:8443/v1",
            "https://a.example@b.example/v1",
        ] {
            assert_eq!(key_at(elsewhere), "OPENAI_API_KEY", "{elsewhere}");
        }
    }

    #[test]
    fn money_is_read_in_dollars() {
        let config: Config = parse(Path::new("x"), "caps: {goal_usd: 1.5}").unwrap();
        assert_eq!(config.goal_caps().goal_cost, Some(Micros(1_500_000)));
        assert!(parse::<Config>(Path::new("x"), "caps: {goal_usd: -1}").is_err());
    }

    fn told(text: &str) -> String {
        match parse::<Config>(Path::new("c"), text) {
            Err(ConfigError::Faulty { message, .. }) => message,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_file_that_is_a_list_a_word_or_two_documents_is_told_with_its_place() {
        let texts = ["\n- models\n", "models\n", "caps: {}\n---\ncaps: {}\n"];
        insta::assert_snapshot!(texts.map(told).join("\n"), @r#"
        line 2 column 1: expected a mapping of settings, not a list
        line 1 column 1: expected a mapping of settings, not a single text
        line 2 column 1: a second document begins here; the file must hold one only
        "#);
    }

    #[test]
    fn a_repeated_key_is_told_where_it_stands_again() {
        let texts = [
            "caps: {}\nmodels: {}\ncaps: {turns: 3}\n",
            "models:\n  planner: a\n  cheap: b\n  planner: c\n",
            "prices:\n  m: {input: 1, output: 1}\n  m: {input: 2, output: 2}\n",
        ];
        insta::assert_snapshot!(texts.map(told).join("\n"), @r#"
        line 3 column 1: the key `caps` stands here a second time
        line 4 column 3: models: the key `planner` stands here a second time
        line 3 column 3: prices: the key `m` stands here a second time
        "#);
    }

    #[test]
    fn a_fault_in_a_value_has_the_column_of_the_value() {
        let texts = [
            "caps:\n  turns: 9\n  goal_usd: -1\n",
            "caps: {turns: many}\n",
            "caps: {goal_tokens: -3}\n",
            "provider:\n  patience: {idle: 5, turn: 0}\n",
            "provider: {api: chta}\n",
            "rules:\n  - {rule: exact, text: a}\n  - {rule: exat, text: a}\n",
            "rules:\n  - {rule: argv, words: make}\n",
            "rules:\n  - rule: argv\n    word: [make]\n",
            "rules:\n  - make\n",
            "rules:\n  - rule: argv\n",
            "rules:\n  - rule: argv\n    words: [make, [b]]\n",
        ];
        insta::assert_snapshot!(texts.map(told).join("\n"), @r#"
        line 3 column 13: caps.goal_usd: -1 is no amount of dollars
        line 1 column 15: caps.turns: expected a whole number from 1 to 4294967295, not the text "many"
        line 1 column 21: caps.goal_tokens: expected a whole number, 0 or more, not the number `-3`
        line 2 column 29: provider.patience.turn: 0 is no time limit in seconds, from 0.001 to 604800
        line 1 column 17: provider.api: unknown word `chta`; did you mean `chat`?
        line 3 column 12: rules[1].rule: unknown word `exat`; did you mean `exact`?
        line 2 column 25: rules[0].words: expected a list, not the text "make"
        line 3 column 5: rules[0]: unknown key `word`; did you mean `words`?
        line 2 column 5: rules[0]: expected a mapping with `rule`, and `text` or `words`, not the text "make"
        line 2 column 5: rules[0]: the key `words` is missing
        line 3 column 19: rules[0].words[1]: expected a text, not a list
        "#);
    }

    #[test]
    fn a_cap_of_none_is_refused_with_its_place_when_the_file_is_read() {
        let texts = [
            "caps: {attempts: 0}\n",
            "caps:\n  attempts: 2\n  turns: 0\n",
            "caps: {parallel: 0}\n",
        ];
        insta::assert_snapshot!(texts.map(told).join("\n"), @r#"
        line 1 column 18: caps.attempts: expected a whole number from 1 to 4294967295, not the number `0`
        line 3 column 10: caps.turns: expected a whole number from 1 to 4294967295, not the number `0`
        line 1 column 18: caps.parallel: expected a whole number from 1 to 4294967295, not the number `0`
        "#);
        let none: Config = parse(Path::new("c"), "caps: {attempts: null, turns: 1}").unwrap();
        assert_eq!((none.caps.attempts, none.caps.turns), (None, Some(1)));
    }
}
