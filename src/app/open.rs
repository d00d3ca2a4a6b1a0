//! Opening what the program works on: the repository, its log, the settings.

use std::path::{Path, PathBuf};

use super::found;
use crate::{
    agent::Tape,
    config::{Config, ConfigError, Dirs, KnownModels, Overrides, Trust, Trusted},
    domain::{Engine, Routes, Settings},
    git::{Git, GitError, Repo},
    logger::{Access, Identity, Quarantined, Recall, Registration, Store, StoreError},
};

/// Why the program cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    Git(#[from] GitError),
    #[error("{0}. {hint}", hint = .0.hint())]
    Store(#[from] StoreError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("the log {} was not made by you on this machine (an unpacked archive could carry forged approvals). Read it with `chargehand log`; take it over with `chargehand trust --log`", .0.display())]
    NotAdopted(PathBuf),
    #[error("the log cannot be written: {0}")]
    Thread(std::io::Error),
    #[error(
        "{count} of the log's events cannot be read, the first: {first}. What they tell of would be done again. `chargehand doctor` says what can be done; `--despite-holes` goes on without them"
    )]
    Holed { count: usize, first: Quarantined },
}

/// Whether work goes on over a log of which events cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Holes {
    /// What they tell of (a landing, an approval) would be missing in every decision.
    #[default]
    Refused,
    Accepted,
}

/// A repository and what belongs to it.
#[derive(Debug)]
pub struct Place {
    pub repo: Repo,
    pub dirs: Dirs,
    pub config: Config,
    /// The project's own settings, and whether they count.
    pub project: Trusted,
    /// What the connections to models go through.
    pub tape: Tape,
    pub holes: Holes,
}

impl Place {
    /// Finds the repository that `dir` is in, and the settings that hold there.
    pub async fn find(
        git: Git,
        dir: &Path,
        dirs: Dirs,
        overrides: Overrides,
    ) -> Result<Self, OpenError> {
        // The settings are read while git looks.
        let settings = async { Config::load(&dirs, overrides) };
        let (repo, config) = tokio::join!(found::repository(git, dir, &dirs), settings);
        let (repo, config) = (repo?, config?);
        let project = Trust::new(&dirs).look(&repo.top)?;
        let config = match &project {
            Trusted::Yes(settings) => config.with_project(settings.clone()),
            Trusted::Absent | Trusted::Not { .. } => config,
        };
        Ok(Self { repo, dirs, config, project, tape: Tape::Live, holes: Holes::default() })
    }

    /// The log's file, shared by all worktrees of the repository.
    pub fn log(&self) -> PathBuf {
        self.repo.common.join("chargehand").join("log.db")
    }

    /// Which model does what, by the settings and by what is known of the models' windows.
    pub fn routes(&self) -> Routes {
        self.config.routes_as_known(&KnownModels::load(&self.dirs))
    }

    /// What the core goes by.
    fn settings(&self) -> Settings {
        Settings {
            rules: self.config.rules.clone(),
            routes: self.routes(),
            day: self.config.day_caps(),
        }
    }

    /// Opens the log for writing, with the engine over what it holds.
    pub fn open(&self) -> Result<(Engine, Store), OpenError> {
        let store = Store::open(&self.log(), Access::Write)?;
        match Identity::of(&store, &self.dirs.data).admit(&store)? {
            Registration::Registered => {}
            Registration::Unregistered | Registration::Moved { .. } => {
                return Err(OpenError::NotAdopted(self.log()));
            }
        }
        // A rule that cannot be followed now is followed at the next start.
        let _ = store.retire_outputs(self.config.memory, std::time::SystemTime::now());
        let replayed = store.replay()?;
        if let (Holes::Refused, [first, ..]) = (self.holes, &replayed.quarantined[..]) {
            let (count, first) = (replayed.quarantined.len(), first.clone());
            return Err(OpenError::Holed { count, first });
        }
        let settings = self.settings();
        Ok((Engine::new(replayed.state, replayed.last, settings), store))
    }

    /// Opens the log for reading, beside whoever writes it.
    pub fn read(&self) -> Result<(Engine, Recall), OpenError> {
        self.look().map(|(engine, recall, _)| (engine, recall))
    }

    /// Opens the log for reading, with the events that the engine had to leave out.
    pub fn look(&self) -> Result<(Engine, Recall, Vec<Quarantined>), OpenError> {
        let store = Store::open(&self.log(), Access::Read)?;
        let replayed = store.replay()?;
        let engine = Engine::new(replayed.state, replayed.last, self.settings());
        Ok((engine, store.recall()?, replayed.quarantined))
    }
}
