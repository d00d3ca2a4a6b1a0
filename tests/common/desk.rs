//! A person's desk: the real binary in a real repository, against a loopback server that plays the
//! demo's script.

#![allow(unreachable_pub, dead_code, reason = "several test crates share it, each a part")]

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use chargehand::demo::{self, Script, Server};
use serde_json::Value;
use tempfile::TempDir;

pub const TOKEN: &str = "canary-token-0815";

/// A person's machine: a repository, folders of their own, and a server.
pub struct Desk {
    pub temp: TempDir,
    pub base_url: String,
    pub token: String,
    /// Programs that come before those of the system.
    programs: Option<PathBuf>,
    _server: Server,
}

impl Desk {
    pub async fn new() -> Desk {
        Desk::with(demo::scenario().unwrap().hurried()).await
    }

    /// The same with other words of the models.
    pub async fn playing(script: &str) -> Desk {
        Desk::with(Script::parse(script).unwrap()).await
    }

    /// The demo's words, before which these scenes are played once each.
    pub async fn after(first: Vec<demo::script::Scene>) -> Desk {
        let mut script = demo::scenario().unwrap().hurried();
        script.scenes.splice(0..0, first);
        Desk::with(script).await
    }

    async fn with(script: Script) -> Desk {
        let temp = tempfile::tempdir().unwrap();
        let server = Server::start(script, TOKEN).await.unwrap();
        let desk = Desk {
            base_url: server.base_url(),
            token: TOKEN.to_owned(),
            programs: None,
            _server: server,
            temp,
        };
        for (path, bytes, _) in demo::project() {
            let path = desk.repo().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        desk.git(&["init", "-q", "-b", "main"]);
        desk.git(&["add", "-A"]);
        desk.git(&["commit", "-q", "-m", "Begin"]);
        desk
    }

    pub fn repo(&self) -> PathBuf {
        self.temp.path().join("ledger")
    }

    pub fn git(&self, args: &[&str]) -> String {
        std::fs::create_dir_all(self.repo()).unwrap();
        let output = Command::new("git")
            .args(["-c", "user.name=A Person", "-c", "user.email=person@localhost"])
            .args(args)
            .current_dir(self.repo())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let at = |name: &str| self.temp.path().join(name);
        let mut command = Command::new(env!("CARGO_BIN_EXE_chargehand"));
        command
            .args(args)
            .current_dir(self.repo())
            .env_clear()
            .env("PATH", self.path())
            .env("HOME", self.temp.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_NAME", "A Person")
            .env("GIT_AUTHOR_EMAIL", "person@localhost")
            .env("GIT_COMMITTER_NAME", "A Person")
            .env("GIT_COMMITTER_EMAIL", "person@localhost")
            .env("CHARGEHAND_CONFIG_DIR", at("config"))
            .env("CHARGEHAND_DATA_DIR", at("data"))
            .env("CHARGEHAND_STATE_DIR", at("state"))
            .env("CHARGEHAND_MODEL", "demo-worker")
            .env("CHARGEHAND_PLANNER_MODEL", "demo-planner")
            .env("OPENAI_API_KEY", &self.token)
            .env("OPENAI_BASE_URL", &self.base_url);
        command
    }

    pub async fn run(&self, args: &[&str]) -> Ran {
        let mut command = self.command(args);
        // The server lives on this runtime: the wait must not hold it up.
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        Ran { args: args.join(" "), output }
    }

    /// Puts a program of our own before those of the system.
    pub fn program(&mut self, folder: &Path, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        self.programs = Some(folder.to_owned());
    }

    fn path(&self) -> String {
        let path = std::env::var("PATH").unwrap();
        self.programs.as_ref().map_or(path.clone(), |own| format!("{}:{path}", own.display()))
    }

    /// Writes the user's `config.yaml`.
    pub fn configure(&self, text: &str) {
        let folder = self.temp.path().join("config");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("config.yaml"), text).unwrap();
    }

    pub async fn status(&self) -> Value {
        let ran = self.run(&["status", "--json"]).await.exits(0);
        serde_json::from_slice(&ran.output.stdout).unwrap()
    }

    /// What waits, as pairs of kind and id.
    pub async fn waiting(&self) -> Vec<(String, String)> {
        let status = self.status().await;
        let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
        let all = status["waiting"].as_array().unwrap();
        all.iter().map(|one| (text(one, "kind"), text(one, "id"))).collect()
    }

    /// Decides everything that waits, as the demo's person would, and goes on, until the goal is done.
    pub async fn to_the_end(&self) {
        for _ in 0..40 {
            let ran = self.run(&["run"]).await;
            match ran.output.status.code() {
                Some(0) => return,
                Some(2) => {}
                other => panic!("exit {other:?}: {}", ran.told()),
            }
            for (kind, id) in self.waiting().await {
                let args: &[&str] = match kind.as_str() {
                    "question" => &["answer", &id, "no entries"],
                    _ => &["approve", &id],
                };
                self.run(args).await.exits(0);
            }
        }
        panic!("the goal does not come to its end: {:?}", self.waiting().await);
    }
}

pub struct Ran {
    args: String,
    pub output: Output,
}

impl Ran {
    pub fn told(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    #[track_caller]
    pub fn exits(self, code: i32) -> Ran {
        assert_eq!(self.output.status.code(), Some(code), "{}: {}", self.args, self.told());
        self
    }

    /// What it printed as data.
    pub fn printed(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    #[track_caller]
    pub fn tells(self, words: &str) -> Ran {
        assert!(self.told().contains(words), "{}: no `{words}` in: {}", self.args, self.told());
        self
    }
}
