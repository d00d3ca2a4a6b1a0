//! `git_diff`: how two commits differ.

use std::fmt::Write as _;

use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::arguments::{self, Done};
use super::git_log::within;
use crate::{
    agent::{Class, Link, Output, Spec, Tool},
    domain::ToolCall,
    git::{Changed, Diff, Kind, Repo},
};

/// Most bytes of a patch that are shown.
const MAX_PATCH: usize = 40 * 1024;
/// Most files that are named above the patch.
const MAX_FILES: usize = 200;

/// The tool `git_diff`.
pub(super) struct GitDiff {
    pub(super) repo: Repo,
    pub(super) at: String,
}

#[derive(Deserialize)]
struct Arguments {
    from: Option<String>,
    to: Option<String>,
    path: Option<String>,
}

impl GitDiff {
    async fn diff(&self, arguments: Value) -> Done {
        let Arguments { from, to, path } = arguments::read(arguments)?;
        let to = self.meant(to.as_deref().unwrap_or("HEAD"));
        let from = from.map_or_else(|| format!("{to}~1"), |from| self.meant(&from));
        let diff = self.repo.diff(&from, &to, &within(path), MAX_PATCH).await;
        Ok(Output::ok(shown(&diff.map_err(|fault| fault.to_string())?)))
    }

    /// `HEAD` is the commit that the session looks at, whatever is checked out elsewhere.
    fn meant(&self, rev: &str) -> String {
        match rev.strip_prefix("HEAD") {
            Some(rest) if rest.is_empty() || rest.starts_with(['~', '^']) => {
                format!("{}{rest}", self.at)
            }
            Some(_) | None => rev.to_owned(),
        }
    }
}

fn shown(diff: &Diff) -> String {
    if diff.files.is_empty() {
        return "no difference".to_owned();
    }
    let mut text = String::new();
    for file in diff.files.iter().take(MAX_FILES) {
        let _ = writeln!(text, "{}", one(file));
    }
    if diff.files.len() > MAX_FILES {
        let _ = writeln!(text, "({} more files)", diff.files.len() - MAX_FILES);
    }
    let _ = write!(text, "\n{}", diff.patch);
    if diff.cut {
        let _ = write!(text, "\n(the patch goes on: name a `path` to see its part)");
    }
    text
}

fn one(file: &Changed) -> String {
    let kind = match file.kind {
        Kind::Added => "added",
        Kind::Changed => "changed",
        Kind::Deleted => "deleted",
        Kind::Renamed => "renamed",
        Kind::Retyped => "retyped",
    };
    let was = file.was.as_ref().map(|was| format!(" from {was}")).unwrap_or_default();
    let lines = match file.lines {
        Some((added, removed)) => format!("+{added} -{removed}"),
        None => "no text".to_owned(),
    };
    format!("{kind} {}{was} ({lines})", file.path)
}

impl Tool for GitDiff {
    fn spec(&self) -> Spec {
        Spec {
            name: "git_diff",
            description: "How two commits differ; by default what HEAD changed.",
            schema: json!({
                "type": "object",
                "properties": {
                    "from": {"type": "string", "description": "commit, default: before `to`"},
                    "to": {"type": "string", "description": "commit, default HEAD"},
                    "path": {"type": "string"}
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
        Box::pin(async move { arguments::answer(self.diff(arguments).await) })
    }
}
