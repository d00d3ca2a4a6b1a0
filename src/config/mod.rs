//! Settings: defaults, the user's file, the project's (when trusted), the environment, arguments.

pub mod dirs;
pub mod error;
pub mod models;
pub mod roles;
pub mod settings;
pub mod trust;

pub use self::{
    dirs::Dirs,
    error::ConfigError,
    models::{Catalogue, is_local},
    roles::{DEFAULT_PROVIDER, RoleSettings, TierSettings},
    settings::{Config, Overrides, ProjectSettings, ProviderSettings, Usd},
    trust::{Trust, Trusted},
};
