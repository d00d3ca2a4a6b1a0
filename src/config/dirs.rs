//! Where things of the user lie: configuration, data, state.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::error::ConfigError;

/// The user's folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dirs {
    /// `config.yaml`, `prompts/`, themes and keys.
    pub config: PathBuf,
    /// Worktrees, the register of logs, trust.
    pub data: PathBuf,
    /// What the program keeps for itself: its trace, screens as they were left, where repositories are.
    pub state: PathBuf,
}

impl Dirs {
    /// Finds the folders: `CHARGEHAND_CONFIG_DIR`, then `XDG_*` on every system, then what the
    /// system has. `var` reads a variable of the environment.
    pub fn find(var: impl Fn(&str) -> Option<OsString>) -> Result<Self, ConfigError> {
        let known = directories::ProjectDirs::from("", "", "chargehand");
        let of = |own: &str, xdg: &str, system: Option<&Path>| {
            let own = var(own).filter(|text| !text.is_empty()).map(PathBuf::from);
            let xdg = || {
                var(xdg)
                    .map(PathBuf::from)
                    .filter(|path| path.is_absolute())
                    .map(|path| path.join("chargehand"))
            };
            own.or_else(xdg).or_else(|| system.map(Path::to_path_buf)).ok_or(ConfigError::NoHome)
        };
        let known = known.as_ref();
        Ok(Self {
            config: of(
                "CHARGEHAND_CONFIG_DIR",
                "XDG_CONFIG_HOME",
                known.map(directories::ProjectDirs::config_dir),
            )?,
            data: of(
                "CHARGEHAND_DATA_DIR",
                "XDG_DATA_HOME",
                known.map(directories::ProjectDirs::data_dir),
            )?,
            state: of(
                "CHARGEHAND_STATE_DIR",
                "XDG_STATE_HOME",
                known.map(|dirs| dirs.state_dir().unwrap_or(dirs.data_local_dir())),
            )?,
        })
    }

    /// The user's settings file.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.yaml")
    }

    /// The user's keys.
    pub fn keys_file(&self) -> PathBuf {
        self.config.join("keys.yaml")
    }

    /// The user's own prompts, each in the place of one that comes with the program.
    pub fn prompts(&self) -> PathBuf {
        self.config.join("prompts")
    }

    /// The user's own themes, a file each.
    pub fn themes(&self) -> PathBuf {
        self.config.join("themes")
    }

    /// Where attempts' worktrees lie.
    pub fn worktrees(&self) -> PathBuf {
        self.data.join("worktrees")
    }
}
