//! Which model does what, from the settings: roles, tiers, kinds of task, servers.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    known::KnownModels,
    settings::{Config, ProviderSettings},
};
use crate::agent::Effort;
use crate::domain::{Endpoint, Kind, Ladder, Routes, Rung, Tier};

/// The name of the server that `provider:` describes.
pub const DEFAULT_PROVIDER: &str = "default";

/// The window of a model about which nothing is said: what current hosted models have at least.
pub(super) const DEFAULT_WINDOW: u32 = 128_000;

/// Which model does what. What is not named falls back: cheap and strong to standard, standard
/// and planner to each other. A model of one of the `providers` is written `provider/model`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RoleSettings {
    pub planner: Option<String>,
    pub cheap: Option<String>,
    pub standard: Option<String>,
    pub strong: Option<String>,
    /// Tiers of their own for a kind of task; what is not named is as above.
    pub kinds: BTreeMap<Kind, TierSettings>,
    /// Tokens that the models' context window holds.
    pub context_tokens: Option<u32>,
    /// The same for single models, by the name that a role has them under.
    pub windows: BTreeMap<String, u32>,
    /// Most tokens of one answer.
    pub output_tokens: Option<u32>,
    /// How hard models that think are to think; what is not named is left to them.
    pub effort: EffortSettings,
}

/// How hard the model of each role is to think.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EffortSettings {
    pub planner: Option<Effort>,
    pub cheap: Option<Effort>,
    pub standard: Option<Effort>,
    pub strong: Option<Effort>,
}

impl EffortSettings {
    /// The effort of the executor's model of a tier.
    pub fn executor(&self, tier: Tier) -> Option<Effort> {
        match tier {
            Tier::Cheap => self.cheap,
            Tier::Standard => self.standard,
            Tier::Strong => self.strong,
        }
    }
}

/// The models of the tiers for one kind of task.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TierSettings {
    pub cheap: Option<String>,
    pub standard: Option<String>,
    pub strong: Option<String>,
}

impl Config {
    /// All servers by their names, the default one among them.
    pub fn servers(&self) -> impl Iterator<Item = (&str, &ProviderSettings)> {
        let more = self.providers.iter().map(|(name, one)| (name.as_str(), one));
        std::iter::once((DEFAULT_PROVIDER, &self.provider)).chain(more)
    }

    /// The server and the model that a name in the settings means.
    pub fn endpoint(&self, name: &str) -> Endpoint {
        let (provider, model) = match name.split_once('/') {
            Some((provider, model)) if self.providers.contains_key(provider) => (provider, model),
            Some(_) | None => (DEFAULT_PROVIDER, name),
        };
        Endpoint { provider: provider.to_owned(), model: model.to_owned() }
    }

    /// The planner's model.
    pub fn planner(&self) -> Option<&str> {
        self.models.planner.as_deref().or(self.models.standard.as_deref())
    }

    /// The model of a tier, for kinds that have none of their own.
    pub fn executor(&self, tier: Tier) -> Option<&str> {
        let own = match tier {
            Tier::Cheap => &self.models.cheap,
            Tier::Standard => &self.models.standard,
            Tier::Strong => &self.models.strong,
        };
        own.as_deref().or(self.models.standard.as_deref()).or(self.models.planner.as_deref())
    }

    /// The model of a tier for a kind of task.
    fn executor_for(&self, kind: Kind, tier: Tier) -> Option<&str> {
        let own = self.models.kinds.get(&kind).and_then(|own| match tier {
            Tier::Cheap => own.cheap.as_deref(),
            Tier::Standard => own.standard.as_deref(),
            Tier::Strong => own.strong.as_deref(),
        });
        own.or_else(|| self.executor(tier))
    }

    /// Every model that some role may go to.
    pub fn models_in_use(&self) -> BTreeSet<Endpoint> {
        let routes = self.routes();
        let ladders = routes.ladder.iter().chain(routes.kinds.values());
        let rungs = ladders.flat_map(|one| Tier::ALL.map(|tier| one.rung(tier).at.clone()));
        routes.planner.iter().map(|one| one.at.clone()).chain(rungs).collect()
    }

    /// The settings' word on models as the core goes by it.
    pub fn routes(&self) -> Routes {
        let ladder = |of: &dyn Fn(Tier) -> Option<String>| {
            let rung = |tier| of(tier).map(|name| self.rung(&name));
            Some(Ladder {
                cheap: rung(Tier::Cheap)?,
                standard: rung(Tier::Standard)?,
                strong: rung(Tier::Strong)?,
            })
        };
        let of_kind = |kind: Kind| {
            let of = move |tier| self.executor_for(kind, tier).map(str::to_owned);
            Some((kind, ladder(&of)?))
        };
        Routes {
            planner: self.planner().map(|name| self.rung(name)),
            ladder: ladder(&|tier| self.executor(tier).map(str::to_owned)),
            kinds: self.models.kinds.keys().copied().filter_map(of_kind).collect(),
        }
    }

    /// The same with the windows that servers were found to hold, where those are smaller.
    pub fn routes_as_known(&self, known: &KnownModels) -> Routes {
        let mut routes = self.routes();
        for rung in routes.rungs_mut() {
            let server = self.providers.get(&rung.at.provider).unwrap_or(&self.provider);
            let room = known.get(&server.base_url, &rung.at.model).and_then(|one| one.room);
            rung.window = room.map_or(rung.window, |room| rung.window.min(room.tokens.into()));
        }
        routes
    }

    fn rung(&self, name: &str) -> Rung {
        let own = self.models.windows.get(name).copied();
        let window = own.or(self.models.context_tokens).unwrap_or(DEFAULT_WINDOW);
        Rung { at: self.endpoint(name), window: u64::from(window) }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{
        agent::{Capability, Room, Source},
        config::{dirs::Dirs, settings::parse},
    };

    fn config(text: &str) -> Config {
        parse(Path::new("x"), text).unwrap()
    }

    #[test]
    fn models_fall_back_to_what_is_named() {
        let one = config("models: {planner: big}");
        assert_eq!(one.executor(Tier::Cheap), Some("big"));
        let two = config("models: {standard: mid, cheap: tiny}");
        assert_eq!(two.planner(), Some("mid"));
        assert_eq!(two.executor(Tier::Cheap), Some("tiny"));
        assert_eq!(two.executor(Tier::Strong), Some("mid"));
    }

    #[test]
    fn a_kind_of_task_has_tiers_of_its_own_and_falls_back_to_the_others() {
        let config = config(
            "models: {standard: mid, strong: big, kinds: {docs: {standard: tiny}}, windows: {tiny: 4000}}",
        );
        let routes = config.routes();
        let shown = |kind| {
            let ladder = routes.ladder(kind).unwrap();
            Tier::ALL.map(|tier| (ladder.rung(tier).at.model.clone(), ladder.rung(tier).window))
        };
        let rung = |name: &str, window| (name.to_owned(), window);
        assert_eq!(
            shown(Kind::Fix),
            [rung("mid", 128_000), rung("mid", 128_000), rung("big", 128_000)]
        );
        assert_eq!(
            shown(Kind::Docs),
            [rung("mid", 128_000), rung("tiny", 4_000), rung("big", 128_000)]
        );
    }

    #[test]
    fn a_window_that_a_server_was_found_to_hold_counts_where_it_is_smaller() {
        let temp = tempfile::tempdir().unwrap();
        let [config_dir, data, state] = ["c", "d", "s"].map(|name| temp.path().join(name));
        let known = KnownModels::load(&Dirs { config: config_dir, data, state });
        let config = config(
            "models: {standard: mid, strong: near/big, context_tokens: 16000}\n\
             provider: {base_url: 'http://a/v1'}\nproviders: {near: {base_url: 'http://b/v1'}}",
        );
        let holds = |tokens| Capability {
            room: Some(Room { tokens, from: Source::Refusal }),
            ..Capability::default()
        };
        known.put("http://a/v1", "mid", holds(4_096));
        known.put("http://b/v1", "big", holds(64_000));
        known.put("http://b/v1", "mid", holds(2_048));
        let routes = config.routes_as_known(&known);
        let ladder = routes.ladder.unwrap();
        let windows = Tier::ALL.map(|tier| ladder.rung(tier).window);
        assert_eq!((windows, routes.planner.unwrap().window), ([4_096, 4_096, 16_000], 4_096));
    }

    #[test]
    fn only_a_configured_provider_s_name_before_the_slash_is_one() {
        let config = config("providers: {local: {base_url: 'http://127.0.0.1:1/v1'}}");
        let told = |name: &str| {
            let at = config.endpoint(name);
            format!("{} {}", at.provider, at.model)
        };
        assert_eq!(told("local/qwen2.5:1.5b"), "local qwen2.5:1.5b");
        assert_eq!(told("openai/gpt-5"), "default openai/gpt-5");
        assert_eq!(told("gpt-5"), "default gpt-5");
    }
}
