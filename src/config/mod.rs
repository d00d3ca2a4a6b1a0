//! Settings: defaults, the user's file, the project's (when trusted), the environment, arguments.

pub mod choice;
pub mod dirs;
pub mod error;
pub mod known;
pub mod models;
pub mod roles;
pub mod settings;
pub mod sources;
pub mod trust;

pub use self::{
    choice::Choice,
    dirs::Dirs,
    error::ConfigError,
    known::{KnownModels, ServerLore},
    models::Catalogue,
    roles::{DEFAULT_PROVIDER, EffortSettings, RoleSettings, TierSettings},
    settings::{Config, HeadlessSettings, Overrides, ProjectSettings, ProviderSettings, Usd},
    sources::{EXAMPLE, InForce, Layers, Source},
    trust::{Trust, Trusted},
};
