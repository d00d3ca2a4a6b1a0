//! `list`: the names in a directory.

use std::fmt::Write as _;

use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{
    arguments::{self, Done},
    missing,
};
use super::place::Files;
use crate::{
    agent::{Class, Link, Output, Spec, Tool},
    domain::ToolCall,
    sandbox::{Kind, is_git_name},
};

/// Most names that are shown.
const MAX_NAMES: usize = 1_000;

/// The tool `list`.
pub(super) struct List {
    pub(super) files: Files,
}

#[derive(Deserialize)]
struct Arguments {
    path: Option<String>,
}

impl List {
    fn list(&self, arguments: Value) -> Done {
        let Arguments { path } = arguments::read(arguments)?;
        let path = arguments::or_root(path);
        let beneath = self.files.open()?;
        let entries =
            beneath.list(&path).map_err(|fault| missing::told(&beneath, &path, &fault))?;
        let entries: Vec<_> = entries.iter().filter(|entry| !is_git_name(&entry.name)).collect();
        if entries.is_empty() {
            return Ok(Output::ok("(empty)"));
        }
        let mut text = String::new();
        for entry in entries.iter().take(MAX_NAMES) {
            let _ = match entry.kind {
                Kind::Directory => writeln!(text, "{}/", entry.name),
                Kind::File => writeln!(text, "{} ({} bytes)", entry.name, entry.size),
                kind @ (Kind::Link | Kind::Special) => {
                    writeln!(text, "{} ({})", entry.name, kind.word())
                }
            };
        }
        if entries.len() > MAX_NAMES {
            let more = entries.len() - MAX_NAMES;
            let _ = writeln!(text, "({more} more names: `search` with a glob finds files)");
        }
        Ok(Output::ok(text))
    }
}

impl Tool for List {
    fn spec(&self) -> Spec {
        Spec {
            name: "list",
            description: "Names in a directory.",
            schema: json!({
                "type": "object",
                "properties": {
                    "path": {"type": "string", "description": "default: the root"}
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
        Box::pin(async move { arguments::answer(self.list(arguments)) })
    }
}
