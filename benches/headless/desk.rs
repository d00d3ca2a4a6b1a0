//! A person's machine in a folder of the target directory: a repository, the user's folders, a
//! server that answers at once. On the disk that is built on, since `/tmp` may be memory.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

use chargehand::demo::{Script, Server};
use tempfile::TempDir;
use tokio::{runtime::Runtime, time::timeout};

/// No run of the program may take longer.
const PATIENCE: Duration = Duration::from_mins(2);
/// What a client must say to the server.
pub const TOKEN: &str = "bench";
/// The goal that all desks work on.
pub const GOAL: &str = "Make the files";

/// The program as it was built for this bench.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_chargehand");

/// A folder that is removed when it is dropped.
pub fn folder() -> TempDir {
    tempfile::Builder::new().prefix("bench-").tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

/// Where files live in memory and a sync costs nothing: what is left is what we do ourselves. `None`
/// where the system has no such place.
fn in_memory() -> Option<TempDir> {
    tempfile::Builder::new().prefix("bench-").tempdir_in("/dev/shm").ok()
}

/// The least that starting a process costs: fork, exec and wait for one that does nothing.
pub fn bare_start() {
    assert!(Command::new("true").status().unwrap().success());
}

/// Where a desk's files lie.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Disk {
    Real,
    /// Nothing waits for it. A real one where there is none.
    Memory,
}

pub struct Desk {
    temp: TempDir,
    /// Whether a sync has something to wait for.
    pub disk: Disk,
    pub runtime: Runtime,
    pub server: Server,
}

impl Desk {
    /// A repository with one commit, and a server that plays a script.
    pub fn new(script: Script) -> Self {
        Self::on(Disk::Real, script)
    }

    /// The same where its files are to lie.
    pub fn on(disk: Disk, script: Script) -> Self {
        let memory = if disk == Disk::Memory { in_memory() } else { None };
        let disk = if memory.is_some() { Disk::Memory } else { Disk::Real };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let server = runtime.block_on(Server::start(script, TOKEN)).unwrap();
        let made = Self { temp: memory.unwrap_or_else(folder), disk, runtime, server };
        std::fs::create_dir(made.repo()).unwrap();
        std::fs::create_dir(made.traces()).unwrap();
        std::fs::write(made.repo().join("README.md"), "A project.\n").unwrap();
        // git itself says how long it worked: only the global file can ask it to.
        let asks = format!("[trace2]\n\teventTarget = {}\n", made.traces().display());
        std::fs::write(made.at("gitconfig"), asks).unwrap();
        made.git(&["init", "-q", "-b", "main"]);
        made.git(&["add", "-A"]);
        made.git(&["commit", "-q", "-m", "Begin"]);
        made
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    pub fn repo(&self) -> PathBuf {
        self.at("repo")
    }

    pub fn traces(&self) -> PathBuf {
        self.at("traces")
    }

    pub fn log(&self) -> PathBuf {
        self.repo().join(".git/chargehand/log.db")
    }

    /// What every process of the desk finds in its environment.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        let path = |path: &Path| path.display().to_string();
        vec![
            ("HOME", path(self.temp.path())),
            ("GIT_AUTHOR_NAME", "A Person".into()),
            ("GIT_AUTHOR_EMAIL", "person@localhost".into()),
            ("GIT_COMMITTER_NAME", "A Person".into()),
            ("GIT_COMMITTER_EMAIL", "person@localhost".into()),
            ("GIT_CONFIG_GLOBAL", path(&self.at("gitconfig"))),
            ("GIT_CONFIG_NOSYSTEM", "1".into()),
            ("CHARGEHAND_CONFIG_DIR", path(&self.at("config"))),
            ("CHARGEHAND_DATA_DIR", path(&self.at("data"))),
            ("CHARGEHAND_STATE_DIR", path(&self.at("state"))),
            ("CHARGEHAND_MODEL", "bench".into()),
            ("OPENAI_API_KEY", TOKEN.into()),
            ("OPENAI_BASE_URL", self.server.base_url()),
        ]
    }

    /// Calls git as the person would, without a trace.
    pub fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git")
            .args(args)
            .current_dir(self.repo())
            .envs(self.env())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Runs the program to its end. Killed and a failure of the bench if that does not come.
    pub fn run(&self, args: &[&str]) -> Output {
        let mut command = tokio::process::Command::new(PROGRAM);
        command
            .args(args)
            .current_dir(self.repo())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .envs(self.env())
            .kill_on_drop(true);
        self.runtime.block_on(async { timeout(PATIENCE, command.output()).await }).unwrap().unwrap()
    }

    /// Works on a plan of this file's text until it is done, one task at a time.
    pub fn work(&self, plan: &str) {
        let file = self.at("plan.yaml");
        std::fs::write(&file, plan).unwrap();
        let file = file.display().to_string();
        let ran = self.run(&[
            "run",
            GOAL,
            "--plan",
            &file,
            "--yes",
            "--commands",
            "all",
            "--parallel",
            "1",
        ]);
        assert!(
            ran.status.success(),
            "{:?}: {}\n{:?}",
            ran.status,
            String::from_utf8_lossy(&ran.stderr),
            self.server.unmatched()
        );
    }
}
