//! Keeping the model that a person chose at the first start.

use std::{fs, io::Write as _, path::PathBuf};

use serde::Serialize;

use super::{dirs::Dirs, error::ConfigError};

/// A server with the model that plans and works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub base_url: String,
    /// The variable that holds the key, for a server that needs one.
    pub key_env: Option<String>,
    pub model: String,
}

#[derive(Serialize)]
struct File<'a> {
    provider: Server<'a>,
    models: Models<'a>,
}

#[derive(Serialize)]
struct Server<'a> {
    base_url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_env: Option<&'a str>,
}

#[derive(Serialize)]
struct Models<'a> {
    planner: &'a str,
    standard: &'a str,
}

impl Choice {
    /// Writes it down as the settings, where there are none yet, and says where. A file of the
    /// person's own is never changed: then it comes to `None`, and the choice holds for this start.
    pub fn keep(&self, dirs: &Dirs) -> Result<Option<PathBuf>, ConfigError> {
        let path = dirs.config_file();
        let fault = |source| ConfigError::Unreadable { path: path.clone(), source };
        let file = File {
            provider: Server { base_url: &self.base_url, key_env: self.key_env.as_deref() },
            models: Models { planner: &self.model, standard: &self.model },
        };
        let text = serde_yaml::to_string(&file).map_err(|error| ConfigError::Faulty {
            path: path.clone(),
            message: error.to_string(),
        })?;
        fs::create_dir_all(&dirs.config).map_err(fault)?;
        match fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                file.write_all(
                    b"# Chosen at the first start. README.md tells what else there is.\n",
                )
                .and_then(|()| file.write_all(text.as_bytes()))
                .map_err(fault)?;
                Ok(Some(path))
            }
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(None),
            Err(error) => Err(fault(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Config, Overrides};
    use super::*;

    #[test]
    fn a_choice_is_read_back_as_settings_and_replaces_none() {
        let temp = tempfile::tempdir().unwrap();
        let dirs = Dirs {
            config: temp.path().join("config"),
            data: temp.path().join("data"),
            state: temp.path().join("state"),
        };
        let choice = Choice {
            base_url: "http://127.0.0.1:1234/v1".to_owned(),
            key_env: None,
            model: "qwen: odd \"name\"".to_owned(),
        };
        assert_eq!(choice.keep(&dirs).unwrap(), Some(dirs.config_file()));
        let config = Config::load(&dirs, Overrides::default()).unwrap();
        assert_eq!(config.provider.base_url, choice.base_url);
        assert_eq!(config.planner(), Some(&*choice.model));
        let other = Choice { model: "other".to_owned(), ..choice };
        assert_eq!(other.keep(&dirs).unwrap(), None);
        assert_eq!(Config::load(&dirs, Overrides::default()).unwrap(), config);
    }
}
