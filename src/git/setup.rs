//! What a new worktree needs besides the tree: dependencies, untracked files, caches.
//!
//! All of it comes from the project's settings, which a person has trusted. A failure is a fault
//! of the environment: no attempt is to blame.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Component, Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{call::Call, error::GitError, repo::Repo, shape, worktree::Worktree};
use crate::sandbox::{self, Beneath, Exit, Spawn, SpawnError};

/// How long one setup line may take; a cold dependency install needs minutes.
const LINE_TIME: Duration = Duration::from_mins(15);
/// Most files that are copied, and most bytes of each.
const MOST_FILES: usize = 10_000;
const MOST_BYTES: u64 = 64 * 1024 * 1024;
/// In a worktree's git directory: the shared paths, and the settings that have been applied.
const SHARED: &str = "chargehand-shared";
const APPLIED: &str = "chargehand-setup.json";

/// The project's settings for new worktrees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorktreeSettings {
    /// Shell lines run in the worktree's root, in order; `$CHARGEHAND_CHECKOUT` is the person's.
    pub setup: Vec<String>,
    /// Globs of untracked files (ignored ones too) to copy from the person's checkout.
    pub copy: Vec<String>,
    /// Untracked directories of the person's checkout, caches mostly, that the worktree gets as
    /// symbolic links. What a task writes there is written in the checkout, too.
    pub share: Vec<String>,
}

/// What was done to a worktree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    pub copied: Vec<String>,
    pub shared: Vec<String>,
    /// Directories to share that the checkout does not have.
    pub absent: Vec<String>,
    /// Paths that the setup lines changed and git does not ignore: they will be part of the work.
    pub changed: Vec<String>,
}

/// Why a worktree could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("worktree.setup: `{line}` ended with {exit}. {}", said(output))]
    Line { line: String, exit: String, output: String },
    #[error("worktree.share: `{dir}`: {why}")]
    Share { dir: String, why: String },
    #[error("worktree.copy: the globs match {found} files, more than {MOST_FILES}; name fewer")]
    TooMany { found: usize },
    #[error("worktree.setup: {0}")]
    Spawn(#[from] SpawnError),
    #[error(transparent)]
    Git(#[from] GitError),
}

/// What a line printed, as a sentence goes on with it.
fn said(output: &str) -> String {
    match output.trim_end() {
        "" => "It printed nothing.".to_owned(),
        output => format!("Its output:\n{output}"),
    }
}

impl Worktree {
    /// Applies the settings: shares, copies, then runs the lines. The same settings are applied
    /// once; after a failure or a crash, all of it again.
    ///
    /// `watcher` is shown the lines' output as it comes.
    pub async fn set_up(
        &self,
        settings: &WorktreeSettings,
        watcher: Option<sandbox::spawn::Live<'_>>,
    ) -> Result<Applied, SetupError> {
        let marker = self.git_dir.join(APPLIED);
        let wanted = serde_json::to_vec(settings).unwrap_or_default();
        if fs::read(&marker).is_ok_and(|there| there == wanted) {
            return Ok(Applied::default());
        }
        let mut applied = Applied::default();
        self.share(&settings.share, &mut applied).await?;
        applied.copied = self.copy_in(&settings.copy).await?;
        for line in &settings.setup {
            self.run_line(line, watcher).await?;
        }
        applied.changed = shape::changes(&self.repo, &self.place()).await?;
        applied.changed.retain(|path| !applied.shared.contains(path));
        fs::write(&marker, wanted).map_err(GitError::file("cannot write", marker))?;
        Ok(applied)
    }

    async fn run_line(
        &self,
        line: &str,
        watcher: Option<sandbox::spawn::Live<'_>>,
    ) -> Result<(), SetupError> {
        let mut spawn = Spawn::shell(line, &self.path);
        spawn.timeout = LINE_TIME;
        spawn.env = spawn.env.set("CHARGEHAND_CHECKOUT", &self.repo.top);
        let finished = sandbox::run(spawn, &self.repo.git.stop, watcher).await?;
        let exit = match finished.exit {
            Exit::Code(0) => return Ok(()),
            Exit::Stopped => return Err(GitError::Stopped.into()),
            Exit::Code(code) => format!("exit {code}"),
            Exit::Signal(signal) => format!("signal {signal}"),
            Exit::TimedOut => format!("no result after {} s", LINE_TIME.as_secs()),
            Exit::TooMuchOutput => "too much output".to_owned(),
        };
        Err(SetupError::Line { line: line.to_owned(), exit, output: finished.output.text() })
    }

    async fn copy_in(&self, globs: &[String]) -> Result<Vec<String>, SetupError> {
        if globs.is_empty() {
            return Ok(Vec::new());
        }
        let list = Call::read(&self.repo.top, ["ls-files", "-z", "--others", "--"]);
        let list = globs.iter().fold(list, |list, glob| list.arg(format!(":(top,glob){glob}")));
        let found = self.repo.git.ok(list).await?.parts();
        if found.len() > MOST_FILES {
            return Err(SetupError::TooMany { found: found.len() });
        }
        let from = Beneath::open(&self.repo.top).map_err(GitError::from)?;
        let to = Beneath::open(&self.path).map_err(GitError::from)?;
        let mut copied = Vec::new();
        // A name that ends in a slash is a repository of its own.
        for path in found.into_iter().filter(|path| !path.ends_with('/')) {
            if to.exists(&path).map_err(GitError::from)? {
                continue;
            }
            let bytes = from.read(&path, MOST_BYTES).map_err(GitError::from)?;
            to.write(&path, &bytes).map_err(GitError::from)?;
            same_mode(&self.repo.top.join(&path), &self.path.join(&path))?;
            copied.push(path);
        }
        Ok(copied)
    }

    async fn share(&self, dirs: &[String], applied: &mut Applied) -> Result<(), SetupError> {
        let mut links = Vec::new();
        for dir in dirs {
            let failed = |why: &str| SetupError::Share { dir: dir.clone(), why: why.to_owned() };
            let clean = dir.trim_end_matches('/');
            let plain = Path::new(clean)
                .components()
                .all(|part| matches!(part, Component::Normal(name) if name != ".git"));
            if !plain || clean.is_empty() {
                return Err(failed("name a directory below the root, without `..`"));
            }
            let tracked =
                ["ls-files", "-z", "--", &format!(":(top,literal){clean}")].map(str::to_owned);
            if !self.repo.git.ok(Call::read(self.place(), tracked)).await?.stdout.is_empty() {
                return Err(failed(
                    "git tracks files in it; only untracked directories are shared",
                ));
            }
            if self.repo.top.join(clean).is_dir() {
                links.push(clean.to_owned());
            } else {
                applied.absent.push(clean.to_owned());
            }
        }
        // Written first: a link that is not on the list would be committed.
        let list = self.git_dir.join(SHARED);
        fs::write(&list, links.join("\0")).map_err(GitError::file("cannot write", list))?;
        for dir in &links {
            let failed = |why: String| SetupError::Share { dir: dir.clone(), why };
            link(&self.repo, &self.path, dir).map_err(failed)?;
        }
        applied.shared = links;
        Ok(())
    }
}

/// Makes the link, and its parents, which must be directories and no links: a tracked link could
/// lead out of the worktree.
fn link(repo: &Repo, worktree: &Path, dir: &str) -> Result<(), String> {
    let target = repo.top.join(dir);
    let place = worktree.join(dir);
    let mut parent = worktree.to_owned();
    for part in Path::new(dir).parent().into_iter().flat_map(Path::components) {
        parent.push(part);
        match fs::symlink_metadata(&parent) {
            Ok(meta) if meta.is_dir() => {}
            Ok(_) => return Err(format!("{} is no directory", parent.display())),
            Err(_) => fs::create_dir(&parent).map_err(|error| error.to_string())?,
        }
    }
    match fs::read_link(&place) {
        Ok(there) if there == target => Ok(()),
        Ok(_) | Err(_) => {
            std::os::unix::fs::symlink(&target, &place).map_err(|error| error.to_string())
        }
    }
}

/// Gives a copied file the permissions of the original: scripts stay executable, secrets secret.
fn same_mode(from: &Path, to: &Path) -> Result<(), GitError> {
    let mode = fs::metadata(from).map(|meta| meta.permissions().mode() & 0o777);
    mode.and_then(|mode| fs::set_permissions(to, fs::Permissions::from_mode(mode)))
        .map_err(GitError::file("cannot set the permissions of", PathBuf::from(to)))
}

/// The paths that a worktree shares with the person's checkout.
pub(super) fn shared(git_dir: &Path) -> Result<Vec<String>, GitError> {
    let path = git_dir.join(SHARED);
    match fs::read(&path) {
        Ok(bytes) => Ok(super::call::nul_parts(&bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(GitError::file("cannot read", path)(error)),
    }
}
