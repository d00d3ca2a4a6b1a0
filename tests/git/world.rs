//! A temporary world: a person's checkout, their configuration, a place for worktrees.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use chargehand::git::{Git, On, Repo, Worktree, attempt_branch};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub(crate) struct World {
    _dir: TempDir,
    pub(crate) root: PathBuf,
    /// The person's checkout.
    pub(crate) top: PathBuf,
}

impl World {
    /// A person with an identity and an empty directory.
    pub(crate) fn bare_ground() -> Self {
        let dir = tempfile::Builder::new().prefix("wörld of git ").tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let top = root.join("a project");
        fs::create_dir(&top).unwrap();
        let world = Self { _dir: dir, root, top };
        fs::write(
            world.root.join("gitconfig"),
            "[user]\n\tname = Ada Person\n\temail = ada@example.org\n[init]\n\tdefaultBranch = main\n",
        )
        .unwrap();
        world
    }

    /// With a repository of two commits and some files.
    pub(crate) fn new() -> Self {
        let world = Self::bare_ground();
        world.sh("git init -q");
        world.write("README.md", "hello\n");
        world.write("src/lib.sh", "one\ntwo\nthree\n");
        world.write(".gitignore", "ignored/\n*.log\n");
        world.sh("git add -A && git commit -qm First");
        world.write("src/žluť and space.txt", "x\n");
        world.sh("git add -A && git commit -qm Second");
        world
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        write(&self.top, path, text);
    }

    /// A shell line in the person's checkout.
    pub(crate) fn sh(&self, line: &str) -> String {
        self.sh_in(&self.top, line)
    }

    pub(crate) fn sh_in(&self, dir: &Path, line: &str) -> String {
        let (ok, text) = self.try_sh_in(dir, line);
        assert!(ok, "`{line}` failed: {text}");
        text
    }

    pub(crate) fn try_sh_in(&self, dir: &Path, line: &str) -> (bool, String) {
        let output = Command::new("sh")
            .args(["-c", line])
            .current_dir(dir)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", &self.root)
            .env("GIT_CONFIG_GLOBAL", self.root.join("gitconfig"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("MARKER", self.marker())
            .output()
            .unwrap();
        let mut text = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
        if !output.status.success() {
            text += &String::from_utf8_lossy(&output.stderr);
        }
        (output.status.success(), text)
    }

    /// A file that hostile configuration touches when it is executed.
    pub(crate) fn marker(&self) -> PathBuf {
        self.root.join("EXECUTED")
    }

    pub(crate) fn git(&self) -> Git {
        Git::new(&CancellationToken::new())
            .with_env("HOME", self.root.to_str().unwrap())
            .with_env("GIT_CONFIG_GLOBAL", self.root.join("gitconfig").to_str().unwrap())
            .with_env("GIT_CONFIG_NOSYSTEM", "1")
            .with_env("MARKER", self.marker().to_str().unwrap())
    }

    pub(crate) async fn repo(&self) -> Repo {
        Repo::discover_with(self.git(), &self.top).await.unwrap()
    }

    /// The worktree of the goal `g`, a task and its first attempt.
    pub(crate) async fn worktree(&self, repo: &Repo, task: &str) -> Worktree {
        let on = On::Branch { name: attempt_branch("g", task, 1), base: "HEAD".to_owned() };
        Worktree::open(repo, &self.root.join("data").join(task), on).await.unwrap()
    }

    /// The person's checkout as it is now.
    pub(crate) fn still(&self) -> Still<'_> {
        Still { world: self, before: self.checkout() }
    }

    /// Hashes of all that is the person's: files, HEAD, index, configuration, stash, hooks, and
    /// the branch that is checked out.
    fn checkout(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        hash_all(&self.top, &self.top, &mut all);
        let own = |path: &str| {
            let git = path.strip_prefix(".git/");
            git.is_none_or(|path| {
                !path.starts_with("objects/")
                    && !path.starts_with("worktrees/")
                    && !path.starts_with("chargehand/")
                    && !path.starts_with("refs/heads/chargehand")
                    && !path.starts_with("refs/chargehand/")
                    && !path.starts_with("logs/refs/heads/chargehand")
                    && !path.starts_with("logs/refs/chargehand")
            })
        };
        all.retain(|path, _| own(path));
        all
    }
}

pub(crate) struct Still<'a> {
    world: &'a World,
    before: BTreeMap<String, String>,
}

impl Still<'_> {
    /// Invariant 14: byte for byte.
    #[track_caller]
    pub(crate) fn holds(&self) {
        let now = self.world.checkout();
        let names = self.before.keys().chain(now.keys());
        let changed: Vec<_> =
            names.filter(|name| self.before.get(*name) != now.get(*name)).collect();
        assert!(changed.is_empty(), "the person's checkout has changed: {changed:?}");
    }
}

pub(crate) fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub(crate) fn read(root: &Path, path: &str) -> String {
    fs::read_to_string(root.join(path)).unwrap()
}

fn hash_all(root: &Path, dir: &Path, all: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        let meta = fs::symlink_metadata(&path).unwrap();
        if meta.is_symlink() {
            all.insert(name, fs::read_link(&path).unwrap().display().to_string());
        } else if meta.is_dir() {
            hash_all(root, &path, all);
        } else {
            let digest = Sha256::digest(fs::read(&path).unwrap());
            all.insert(name, format!("{:?} {digest:x?}", meta.permissions()));
        }
    }
}
