//! `git_log`: the newest commits.

use std::fmt::Write as _;

use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::arguments::{self, Done};
use crate::{
    agent::{Class, Link, Output, Spec, Tool},
    domain::ToolCall,
    git::{Repo, Since},
};

/// How many commits are shown when nothing is said.
const DEFAULT_COUNT: u32 = 20;
/// Most commits of one answer.
const MAX_COUNT: u32 = 100;
/// Most characters of an author's name and of a subject.
const MAX_TEXT: usize = 200;
/// Digits of a commit id that are shown.
const ID: usize = 12;

/// The tool `git_log`.
pub(super) struct GitLog {
    pub(super) repo: Repo,
    pub(super) at: String,
}

#[derive(Deserialize)]
struct Arguments {
    path: Option<String>,
    count: Option<u32>,
}

impl GitLog {
    async fn log(&self, arguments: Value) -> Done {
        let Arguments { path, count } = arguments::read(arguments)?;
        let count = count.unwrap_or(DEFAULT_COUNT).clamp(1, MAX_COUNT);
        let paths = within(path);
        let commits = self.repo.log(&self.at, Since::Beginning, &paths, count).await;
        let commits = commits.map_err(|fault| fault.to_string())?;
        if commits.is_empty() {
            return Ok(Output::ok("no commit changed that"));
        }
        let mut text = String::new();
        for commit in &commits {
            let at = jiff::Timestamp::from_second(commit.at);
            let day = at.map_or_else(|_| "?".to_owned(), |at| at.strftime("%Y-%m-%d").to_string());
            let id: String = commit.id.chars().take(ID).collect();
            let author = arguments::clipped(&commit.author, MAX_TEXT);
            let subject = arguments::clipped(&commit.subject, MAX_TEXT);
            let _ = writeln!(text, "{id} {day} {author}: {subject}");
        }
        Ok(Output::ok(text))
    }
}

/// A path as git wants it; the root is no restriction.
pub(super) fn within(path: Option<String>) -> Vec<String> {
    let path = arguments::or_root(path);
    let path = path.trim_start_matches("./").trim_end_matches('/');
    if path.is_empty() || path == "." { Vec::new() } else { vec![path.to_owned()] }
}

impl Tool for GitLog {
    fn spec(&self) -> Spec {
        Spec {
            name: "git_log",
            description: "The newest commits, or those that changed a path.",
            schema: json!({
                "type": "object",
                "properties": {
                    "path": {"type": "string"},
                    "count": {"type": "integer", "minimum": 1, "maximum": MAX_COUNT}
                },
                "required": [],
                "additionalProperties": false
            }),
        }
    }

    fn class(&self) -> Class {
        Class::Look
    }

    fn call<'a>(&'a self, _: &'a ToolCall, arguments: Value, _: &'a Link) -> BoxFuture<'a, Output> {
        Box::pin(async move { arguments::answer(self.log(arguments).await) })
    }
}
