//! The only place that calls git, in an environment in which a repository cannot make it execute.
//!
//! A repository's configuration is code: fsmonitor, hooks, filters, textconv, merge drivers and
//! signing programs all run commands, and an agent can write `.git/config` and
//! `.git/info/attributes` from its worktree. So hooks and fsmonitor are off in every call, and
//! attributes are not read (`Attributes::Ignored`), because they are what turns filters on.
//!
//! That has a price which [`super::shape`] reports: with attributes ignored, checkout neither
//! smudges nor commit cleans. A worktree holds exactly the bytes of the blobs: LF even where
//! `.gitattributes` says `eol=crlf`, LFS pointers instead of the large files. Both directions
//! ignore them, so nothing is changed by the round trip. `core.autocrlf` is configuration, not an
//! attribute, and holds as it does for the person. Only a landing into the person's own checkout
//! honours attributes, since there the files must look as git would have made them.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use super::{
    call::{Answer, Attributes, Call, Touch},
    error::GitError,
};
use crate::sandbox::{self, Env, Keep, Spawn, Stdin};

/// The oldest git with `merge-tree --write-tree`.
pub const OLDEST_GIT: &str = "2.38";
const OLDEST: (u32, u32) = (2, 38);
/// The first git that takes attributes from a named tree.
const ATTR_SOURCE: (u32, u32) = (2, 41);

/// How long a git that only reads may take; histories of millions of commits need seconds.
const READ_TIME: Duration = Duration::from_mins(2);
/// How long a git that writes may take; a checkout of a huge tree on a slow disk needs minutes.
const WRITE_TIME: Duration = Duration::from_mins(15);
/// Most bytes of an answer; a list of a million paths fits.
const MOST_OUTPUT: u64 = 128 * 1024 * 1024;
/// How far beyond its cap a call may write before it is killed: the piece that goes beyond is lost,
/// and what was to be kept must not be in it.
const BEYOND: u64 = 1024 * 1024;
/// Most bytes of stderr that are kept for a message.
const MOST_SAID: usize = 4096;
/// How often a call is made again when another git holds a lock; with the waits below about 6 s.
const LOCK_TRIES: u32 = 9;
/// The first wait for a lock; each is twice the one before.
const LOCK_WAIT: Duration = Duration::from_millis(12);

/// Configuration of every call. It wins over all files, as `-c` would.
const CONFIG: &[(&str, &str)] = &[
    ("core.fsmonitor", "false"),
    ("core.hooksPath", "/dev/null"),
    ("core.attributesFile", "/dev/null"),
    ("core.quotePath", "false"),
    ("color.ui", "false"),
    // Would call the signing program for each commit that is read.
    ("log.showSignature", "false"),
    // Would name a merge driver for files without attributes. No driver can have this name, since
    // a line cannot break within one; git then merges as it does by itself.
    ("merge.default", "\n"),
    // No background process, no repacking under our feet.
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    // Never git inside a submodule, whose configuration is its own.
    ("submodule.recurse", "false"),
    ("diff.ignoreSubmodules", "dirty"),
    // An identity is configured or missing, never guessed from the host's name.
    ("user.useConfigOnly", "true"),
    ("i18n.commitEncoding", "UTF-8"),
    ("i18n.logOutputEncoding", "UTF-8"),
    ("protocol.allow", "never"),
    ("protocol.ext.allow", "never"),
];

/// Environment of every call.
const VARS: &[(&str, &str)] = &[
    ("LC_ALL", "C"),
    ("LANGUAGE", "C"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_PAGER", "cat"),
    ("GIT_EDITOR", "false"),
    ("GIT_ASKPASS", "false"),
    ("SSH_ASKPASS", "false"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    // No network: a partial clone's missing objects are an error, not a fetch.
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_LITERAL_PATHSPECS", "0"),
];

/// Variables of ours that git may see besides the sandbox's list: where its configuration and
/// the person's keys are.
const PASSED: &[&str] = &[
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_AUTHOR_NAME",
    "GIT_AUTHOR_EMAIL",
    "GIT_COMMITTER_NAME",
    "GIT_COMMITTER_EMAIL",
    "GNUPGHOME",
    "GPG_TTY",
    "SSH_AUTH_SOCK",
];

/// What is known of the repository that git is called in.
#[derive(Clone, Debug, Default)]
pub(super) struct Ground {
    /// `info/attributes` of the common directory: it counts even when attributes are ignored.
    pub(super) info_attributes: PathBuf,
    /// The empty tree's id in the repository's hash.
    pub(super) empty_tree: String,
    /// The version of git, its first two numbers. Asked for by the first call that is made here:
    /// to find a repository and to show what is in its log needs none.
    pub(super) version: OnceCell<(u32, u32)>,
}

impl Ground {
    /// Whether git reads attributes although it is told to take them from an empty tree.
    fn reads_attributes(&self, version: (u32, u32)) -> bool {
        version < ATTR_SOURCE
            || std::fs::metadata(&self.info_attributes).is_ok_and(|meta| meta.len() > 0)
    }
}

/// A way to call git. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Git {
    env: Env,
    pub(super) stop: CancellationToken,
    ground: Option<Arc<Ground>>,
}

impl Git {
    /// git as the person has it configured; `stop` ends calls that only read.
    pub fn new(stop: &CancellationToken) -> Self {
        let env = PASSED.iter().fold(Env::base(), |env, name| env.keep(name));
        Self { env, stop: stop.clone(), ground: None }
    }

    /// With another environment underneath; for tests that must not see the person's own.
    #[must_use]
    pub fn with_env(mut self, name: &str, value: &str) -> Self {
        self.env = self.env.set(name, value);
        self
    }

    /// A variable as git gets it.
    pub(super) fn variable(&self, name: &str) -> Option<&OsStr> {
        self.env.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The version of the git that is called in `dir`; one that is too old is an error.
    pub(super) async fn version(&self, dir: &Path) -> Result<(u32, u32), GitError> {
        let ask = async || {
            let told = self.spawn(&Call::read(dir, ["version"]), Vec::new()).await?.ok()?;
            version(&told.text())
        };
        match &self.ground {
            Some(ground) => ground.version.get_or_try_init(ask).await.copied(),
            None => ask().await,
        }
    }

    /// The same, stopped by another token.
    #[must_use]
    pub(super) fn stopped_by(&self, stop: &CancellationToken) -> Self {
        Self { stop: stop.clone(), ..self.clone() }
    }

    pub(super) fn on(mut self, ground: Ground) -> Self {
        self.ground = Some(Arc::new(ground));
        self
    }

    /// Calls git; an exit other than 0 is an error.
    pub(super) async fn ok(&self, call: Call) -> Result<Answer, GitError> {
        self.answer(call).await?.ok()
    }

    /// Calls git, again and again while another git holds a lock.
    ///
    /// A lock is never removed: it is waited for, and after about 6 s it is an error.
    pub(super) async fn answer(&self, call: Call) -> Result<Answer, GitError> {
        let mut wait = LOCK_WAIT;
        for _ in 1..LOCK_TRIES {
            let answer = self.once(&call).await?;
            if !answer.met_a_lock() {
                return Ok(answer);
            }
            tokio::time::sleep(wait).await;
            wait *= 2;
        }
        self.once(&call).await
    }

    async fn once(&self, call: &Call) -> Result<Answer, GitError> {
        if self.stop.is_cancelled() {
            return Err(GitError::Stopped);
        }
        // Before anything is read in a repository or written to it.
        if self.ground.is_some() {
            self.version(&call.dir).await?;
        }
        let config = match call.attributes {
            Attributes::Ignored => self.muzzle(call).await?,
            Attributes::Honoured => Vec::new(),
        };
        self.spawn(call, config).await
    }

    /// Configuration that takes the commands out of every filter and merge driver, for when
    /// attributes that git reads in spite of us could turn one on: `info/attributes`, and all of
    /// them in a git that cannot be told to ignore them.
    async fn muzzle(&self, call: &Call) -> Result<Vec<(String, String)>, GitError> {
        let Some(ground) = &self.ground else { return Ok(Vec::new()) };
        if !ground.reads_attributes(self.version(&call.dir).await?) {
            return Ok(Vec::new());
        }
        let drivers = r"^(filter|merge)\..*\.(clean|smudge|process|required|driver)$";
        let list = Call::read(&call.dir, ["config", "-z", "--name-only", "--get-regexp", drivers]);
        let list = Call { env: call.env.clone(), ..list };
        let answer = self.spawn(&list, Vec::new()).await?;
        if std::str::from_utf8(&answer.stdout).is_err() {
            return Err(answer.garbled("a filter's name is not UTF-8, so it cannot be disarmed"));
        }
        Ok(answer.parts().into_iter().map(disarmed).collect())
    }

    async fn spawn(&self, call: &Call, muzzle: Vec<(String, String)>) -> Result<Answer, GitError> {
        let mut config: Vec<(String, String)> =
            CONFIG.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        if call.attributes == Attributes::Honoured {
            config.retain(|(key, _)| key != "core.attributesFile");
        }
        config.extend(muzzle);
        let (time, stop) = match call.touch {
            Touch::Reads => (READ_TIME, self.stop.clone()),
            // A git that writes is let finish: killed half-way it leaves locks and half a tree.
            Touch::Writes => (WRITE_TIME, CancellationToken::new()),
        };
        let argv = ["git", "--no-pager"].into_iter().map(OsString::from);
        let most = call.cap.map_or(MOST_OUTPUT, |cap| cap as u64 + BEYOND);
        let spawn = Spawn {
            env: self.env_of(call, &config),
            stdin: call.stdin.clone().map_or(Stdin::Null, Stdin::Bytes),
            timeout: time,
            keep: Keep { head: 0, tail: MOST_SAID, total: most },
            ..Spawn::argv(argv.chain(call.args.iter().cloned()), &call.dir)
        };
        let finished = sandbox::run(spawn, &stop, None).await?;
        call.answered(&finished)
    }

    fn env_of(&self, call: &Call, config: &[(String, String)]) -> Env {
        let mut env = self.env.clone();
        for (name, value) in VARS {
            env = env.set(*name, *value);
        }
        if call.touch == Touch::Reads {
            env = env.set("GIT_OPTIONAL_LOCKS", "0");
        }
        if call.attributes == Attributes::Honoured {
            env = env.unset("GIT_ATTR_NOSYSTEM");
        } else if let Some(ground) = &self.ground {
            env = env.set("GIT_ATTR_SOURCE", &ground.empty_tree);
        }
        env = env.set("GIT_CONFIG_COUNT", config.len().to_string());
        for (place, (key, value)) in config.iter().enumerate() {
            env = env
                .set(format!("GIT_CONFIG_KEY_{place}"), key)
                .set(format!("GIT_CONFIG_VALUE_{place}"), value);
        }
        for (name, value) in &call.env {
            env = env.set(name, value);
        }
        env
    }
}

/// A driver's key with a value that executes nothing. A merge driver gets `false`: its files
/// conflict, where an empty command would silently take one side.
fn disarmed(key: String) -> (String, String) {
    let value = if key.ends_with(".required") || key.ends_with(".driver") { "false" } else { "" };
    (key, value.to_owned())
}

/// Fails when the installed git is too old; the two first numbers of its version otherwise.
fn version(told: &str) -> Result<(u32, u32), GitError> {
    let found = told.trim().trim_start_matches("git version ").to_owned();
    let mut numbers = found.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if version < OLDEST { Err(GitError::TooOld { found, needed: OLDEST_GIT }) } else { Ok(version) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_all_makers_are_read_and_old_ones_refused() {
        assert_eq!(version("git version 2.47.3\n").unwrap(), (2, 47));
        assert_eq!(version("git version 2.39.5 (Apple Git-154)").unwrap(), (2, 39));
        assert_eq!(version("git version 2.45.1.windows.1").unwrap(), (2, 45));
        assert_eq!(version("git version 3.0").unwrap(), (3, 0));
        let error = version("git version 2.34.1").unwrap_err().to_string();
        assert!(error.contains("git 2.34.1 is too old"), "{error}");
        assert!(version("hello").is_err());
    }

    #[test]
    fn a_disarmed_driver_executes_nothing_and_takes_no_side() {
        let value = |key: &str| disarmed(key.to_owned()).1;
        assert_eq!(value("filter.lfs.smudge"), "");
        assert_eq!(value("filter.a=b.process"), "");
        assert_eq!(value("filter.lfs.required"), "false");
        assert_eq!(value("merge.union.driver"), "false");
    }

    #[test]
    fn a_git_that_cannot_ignore_attributes_has_its_drivers_disarmed() {
        let ground = Ground::default();
        assert!(ground.reads_attributes((2, 40)));
        assert!(!ground.reads_attributes((2, 41)));
    }
}
