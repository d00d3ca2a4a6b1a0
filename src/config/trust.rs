//! A project's settings can name commands, so they count only once a person has trusted them,
//! and trust is bound to the very content: a changed file is a new one.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use super::{
    dirs::Dirs,
    error::ConfigError,
    settings::{ProjectSettings, decoded, parse},
};
use crate::domain::{YAML_BYTES, hash};

/// A project's settings and whether they count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trusted {
    /// There are none.
    Absent,
    /// This very content was trusted by the person.
    Yes(ProjectSettings),
    /// They wait for `chargehand trust`; nothing of them is used.
    Not { path: PathBuf, text: String },
}

impl Trusted {
    /// The file of the settings of the project whose top folder this is.
    pub fn file(top: &Path) -> PathBuf {
        top.join(".chargehand").join("settings.yaml")
    }
}

/// The register of trusted settings, in the user's data folder.
#[derive(Clone, Debug)]
pub struct Trust {
    folder: PathBuf,
}

impl Trust {
    /// The register of this user.
    pub fn new(dirs: &Dirs) -> Self {
        Self { folder: dirs.data.join("trust") }
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Looks at the settings of the project whose top folder this is.
    pub fn look(&self, top: &Path) -> Result<Trusted, ConfigError> {
        let path = Trusted::file(top);
        let text = match std::fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Trusted::Absent);
            }
            Err(source) => return Err(ConfigError::Unreadable { path, source }),
            Ok(bytes) if bytes.len() > YAML_BYTES => {
                let message = format!("more than {YAML_BYTES} bytes");
                return Err(ConfigError::Faulty { path, message });
            }
            Ok(bytes) => decoded(&path, bytes)?,
        };
        if !self.mark(&path, &text).exists() {
            return Ok(Trusted::Not { path, text });
        }
        parse(&path, &text).map(Trusted::Yes)
    }

    /// Whether this text can be read as a project's settings; what cannot be, cannot be trusted.
    pub fn check(path: &Path, text: &str) -> Result<(), ConfigError> {
        parse::<ProjectSettings>(path, text).map(drop)
    }

    /// Trusts exactly this text as the settings at this path.
    pub fn grant(&self, path: &Path, text: &str) -> Result<(), ConfigError> {
        Self::check(path, text)?;
        let mark = self.mark(path, text);
        let unreadable = |source| ConfigError::Unreadable { path: mark.clone(), source };
        std::fs::create_dir_all(&self.folder).map_err(unreadable)?;
        let mut file = std::fs::File::create(&mark).map_err(unreadable)?;
        writeln!(file, "{}", path.display()).map_err(unreadable)
    }

    /// The file whose existence says that this text at this path is trusted.
    fn mark(&self, path: &Path, text: &str) -> PathBuf {
        let named = format!("{}\n{text}", path.display());
        self.folder.join(hash::bytes(named.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_is_bound_to_the_content() {
        let temp = tempfile::tempdir().unwrap();
        let top = temp.path().join("project");
        std::fs::create_dir_all(top.join(".chargehand")).unwrap();
        let file = top.join(".chargehand/settings.yaml");
        let trust = Trust { folder: temp.path().join("trust") };
        assert_eq!(trust.look(&top).unwrap(), Trusted::Absent);
        let text = "worktree: {setup: ['make deps']}\n";
        std::fs::write(&file, text).unwrap();
        assert!(matches!(trust.look(&top).unwrap(), Trusted::Not { .. }));
        trust.grant(&file, text).unwrap();
        let Trusted::Yes(settings) = trust.look(&top).unwrap() else { panic!("trusted") };
        assert_eq!(settings.worktree.setup, ["make deps"]);
        std::fs::write(&file, "worktree: {setup: ['curl evil']}\n").unwrap();
        assert!(matches!(trust.look(&top).unwrap(), Trusted::Not { .. }));
    }

    #[test]
    fn settings_that_are_not_utf_8_are_refused_with_a_line() {
        let temp = tempfile::tempdir().unwrap();
        let top = temp.path().join("project");
        std::fs::create_dir_all(top.join(".chargehand")).unwrap();
        std::fs::write(Trusted::file(&top), b"worktree:\n  setup: ['m\xffke']\n").unwrap();
        let trust = Trust { folder: temp.path().join("trust") };
        let error = trust.look(&top).unwrap_err().to_string();
        assert!(error.contains("settings.yaml: line 2 column 13: not UTF-8"), "{error}");
    }
}
