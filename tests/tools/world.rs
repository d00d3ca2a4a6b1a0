//! A worktree in a temporary directory, and a session's way to use tools in it.

use std::{fs, path::PathBuf, sync::Mutex};

use chargehand::{
    agent::{BlobSink, Link, LiveText, Output, Toolbox},
    domain::{Actor, CallId, RunId, ToolCall},
    tools::{ChangePlace, change, look_at_files},
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A root with an outside that must not be reached.
pub(crate) struct World {
    dir: TempDir,
    pub(crate) root: PathBuf,
}

impl World {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("root");
        fs::create_dir(&root).unwrap();
        fs::write(dir.path().join("secret"), "the needle outside\n").unwrap();
        let world = Self { dir, root };
        for (path, text) in files {
            world.put(path, text.as_bytes());
        }
        world
    }

    pub(crate) fn put(&self, path: &str, bytes: &[u8]) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    pub(crate) fn text(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.root.join(path).symlink_metadata().is_ok()
    }

    /// A link in the root; `target` as it is written.
    pub(crate) fn link(&self, path: &str, target: &str) {
        std::os::unix::fs::symlink(target, self.root.join(path)).unwrap();
    }

    /// What lies beside the root, sorted.
    pub(crate) fn outside(&self) -> Vec<String> {
        let names = fs::read_dir(self.dir.path()).unwrap();
        let mut names: Vec<String> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub(crate) fn files(&self) -> Toolbox {
        look_at_files(&self.root)
    }

    pub(crate) fn change(&self, may: &[&str], must_not: &[&str]) -> Toolbox {
        change(&self.place(may, must_not)).unwrap()
    }

    pub(crate) fn place(&self, may: &[&str], must_not: &[&str]) -> ChangePlace {
        let owned = |globs: &[&str]| globs.iter().map(ToString::to_string).collect();
        ChangePlace {
            root: self.root.clone(),
            may_touch: owned(may),
            must_not_touch: owned(must_not),
            outputs: vec![],
        }
    }
}

/// A run's end of a ring that nobody answers.
pub(crate) struct Run {
    pub(crate) link: Link,
    pub(crate) stop: CancellationToken,
    live: mpsc::Receiver<(RunId, LiveText)>,
}

impl Run {
    pub(crate) fn new() -> Self {
        let (asks, _) = mpsc::channel(1);
        let (_, words) = mpsc::unbounded_channel();
        let (live_out, live) = mpsc::channel(1_000);
        let stop = CancellationToken::new();
        let link = Link::new(RunId(1), Actor::Chargehand, asks, words, live_out, stop.clone());
        Self { link, stop, live }
    }

    /// The live output so far.
    pub(crate) fn live(&mut self) -> String {
        let mut text = String::new();
        while let Ok((_, piece)) = self.live.try_recv() {
            match piece {
                LiveText::Output(piece) => text.push_str(&piece),
                other => panic!("not output: {other:?}"),
            }
        }
        text
    }

    /// Waits for the next piece of live output.
    pub(crate) async fn next_live(&mut self) -> LiveText {
        self.live.recv().await.unwrap().1
    }
}

/// Calls a tool by its name.
pub(crate) async fn call(tools: &Toolbox, name: &str, arguments: Value) -> Output {
    call_on(&Run::new().link, tools, name, arguments).await
}

pub(crate) async fn call_on(link: &Link, tools: &Toolbox, name: &str, arguments: Value) -> Output {
    let tool = tools.iter().find(|tool| tool.spec().name == name).unwrap();
    let call = ToolCall {
        id: CallId(1),
        wire_id: "w".to_owned(),
        tool: name.to_owned(),
        arguments: arguments.to_string(),
    };
    tool.call(&call, arguments, link).await
}

/// The text of a success.
pub(crate) async fn good(tools: &Toolbox, name: &str, arguments: Value) -> String {
    let output = call(tools, name, arguments).await;
    assert!(output.ok, "{}", output.text);
    assert!(!output.ends);
    output.text
}

/// The text of an error.
pub(crate) async fn bad(tools: &Toolbox, name: &str, arguments: Value) -> String {
    let output = call(tools, name, arguments).await;
    assert!(!output.ok, "{}", output.text);
    output.text
}

/// Keeps what it is given, under its length.
#[derive(Default)]
pub(crate) struct Blobs(pub(crate) Mutex<Vec<Vec<u8>>>, Option<&'static str>);

impl Blobs {
    /// The same that knows a secret.
    pub(crate) fn withholding(mut self, secret: &'static str) -> Self {
        self.1 = Some(secret);
        self
    }
}

impl BlobSink for Blobs {
    fn put(&self, bytes: &[u8]) -> Option<String> {
        self.0.lock().unwrap().push(bytes.to_vec());
        Some(format!("digest of {}", bytes.len()))
    }

    fn redact(&self, text: String) -> String {
        self.1.map_or(text.clone(), |secret| text.replace(secret, "[withheld]"))
    }
}
