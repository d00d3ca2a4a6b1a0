//! `read`: lines of a file, with their numbers.

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
    sandbox::FileError,
};

/// Most lines of one answer.
const MAX_LINES: usize = 2_000;
/// Most bytes of one answer.
const MAX_BYTES: usize = 64 * 1024;
/// Most characters of one line that are shown.
const MAX_LINE: usize = 2_000;
/// The largest file that is opened, in bytes.
const MAX_FILE: u64 = 16 * 1024 * 1024;
/// How far into a file a NUL byte is looked for, as git does it.
const SNIFF: usize = 8_000;

/// The tool `read`.
pub(super) struct Read {
    pub(super) files: Files,
}

#[derive(Deserialize)]
struct Arguments {
    path: String,
    offset: Option<usize>,
    limit: Option<usize>,
}

impl Read {
    fn read(&self, arguments: Value) -> Done {
        let Arguments { path, offset, limit } = arguments::read(arguments)?;
        let beneath = self.files.open()?;
        let bytes = beneath.read(&path, MAX_FILE).map_err(|fault| match fault {
            FileError::WrongKind { kind: "directory", .. } => {
                format!("{fault}: `list` shows what is in it")
            }
            fault => missing::told(&beneath, &path, &fault),
        })?;
        if bytes[..bytes.len().min(SNIFF)].contains(&0) {
            return Err(format!("`{path}` is no text: a binary file of {} bytes", bytes.len()));
        }
        shown(&String::from_utf8_lossy(&bytes), &path, offset, limit)
    }
}

/// The lines from `offset` (the first is 1), at most `limit`.
fn shown(text: &str, path: &str, offset: Option<usize>, limit: Option<usize>) -> Done {
    let total = text.lines().count();
    if total == 0 {
        return Ok(Output::ok("(the file is empty)"));
    }
    let first = offset.unwrap_or(1).max(1);
    if first > total {
        return Err(format!("`{path}` has {total} lines; offset {first} is behind its end"));
    }
    let limit = limit.unwrap_or(MAX_LINES).clamp(1, MAX_LINES);
    let mut answer = String::new();
    let mut last = first;
    for (at, line) in text.lines().enumerate().skip(first - 1).take(limit) {
        let line = arguments::clipped(line, MAX_LINE);
        if at + 1 > first && answer.len() + line.len() + 16 > MAX_BYTES {
            break;
        }
        last = at + 1;
        let _ = writeln!(answer, "{last}\t{line}");
    }
    if last < total {
        let _ = writeln!(
            answer,
            "(lines {first} to {last} of {total}; go on with offset {})",
            last + 1
        );
    }
    Ok(Output::ok(answer))
}

impl Tool for Read {
    fn spec(&self) -> Spec {
        Spec {
            name: "read",
            description: "Lines of a file, each after its number and a tab.",
            schema: json!({
                "type": "object",
                "properties": {
                    "path": {"type": "string"},
                    "offset": {"type": "integer", "minimum": 1, "description": "first line, default 1"},
                    "limit": {"type": "integer", "minimum": 1, "description": "lines, default 2000"}
                },
                "required": ["path"],
                "additionalProperties": false
            }),
        }
    }

    fn class(&self) -> Class {
        Class::Look
    }

    fn call<'a>(&'a self, _: &'a ToolCall, arguments: Value, _: &'a Link) -> BoxFuture<'a, Output> {
        Box::pin(async move { arguments::answer(self.read(arguments)) })
    }
}
