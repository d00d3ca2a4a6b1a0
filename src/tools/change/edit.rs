//! `edit`: an exact text for another.

use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{
    arguments::{self, Done},
    missing,
};
use super::{miss, place::Ground};
use crate::{
    agent::{Class, Link, Output, Spec, Tool},
    domain::ToolCall,
};

/// The largest file that is edited, in bytes.
const MAX_FILE: u64 = 4 * 1024 * 1024;
/// Most line numbers that an answer names.
const MAX_NAMED: usize = 10;

/// The tool `edit`.
pub(super) struct Edit {
    pub(super) ground: Ground,
}

#[derive(Deserialize)]
struct Arguments {
    path: String,
    old: String,
    new: String,
    #[serde(default)]
    all: bool,
}

impl Edit {
    fn edit(&self, arguments: Value) -> Done {
        let Arguments { path, old, new, all } = arguments::read(arguments)?;
        let beneath = self.ground.open_for(&path)?;
        let bytes = beneath.read(&path, MAX_FILE).map_err(|fault| match fault {
            fault if fault.is_missing() => {
                let told = missing::told(&beneath, &path, &fault);
                format!("{told}; `write` makes a new file")
            }
            fault => fault.to_string(),
        })?;
        let text = String::from_utf8(bytes)
            .map_err(|_| format!("`{path}` is not UTF-8 text and cannot be edited"))?;
        let (changed, lines) = replaced(&text, &old, &new, all)?;
        beneath.write(&path, changed.as_bytes()).map_err(|fault| fault.to_string())?;
        let places = if lines.len() == 1 { "line" } else { "lines" };
        Ok(Output::ok(format!("edited {path} at {places} {}", named(&lines))))
    }
}

/// The text with `old` replaced, and the numbers of the lines where it stood.
fn replaced(text: &str, old: &str, new: &str, all: bool) -> Result<(String, Vec<usize>), String> {
    if old.is_empty() {
        return Err("not changed: `old` is empty; `write` makes or replaces a file".to_owned());
    }
    if old == new {
        return Err("not changed: `old` and `new` are the same".to_owned());
    }
    let (old, new) = with_line_ends_of(text, old, new);
    if old == new {
        return Err("not changed: `old` and `new` differ only in line ends".to_owned());
    }
    let lines: Vec<usize> = text.match_indices(&old).map(|(at, _)| line_of(text, at)).collect();
    match lines.as_slice() {
        [] => Err(miss::explain(text, &old)),
        [_] => Ok((text.replacen(&old, &new, 1), lines)),
        [_, ..] if all => Ok((text.replace(&old, &new), lines)),
        [_, ..] => Err(format!(
            "not changed: `old` occurs {} times, at lines {}. Add lines around it until it is \
             unique, or set `all`.",
            lines.len(),
            named(&lines)
        )),
    }
}

/// Models write `\n`; a file whose every line ends with `\r\n` keeps its way.
fn with_line_ends_of(text: &str, old: &str, new: &str) -> (String, String) {
    let ends = text.matches('\n').count();
    let is_crlf = ends > 0 && text.matches("\r\n").count() == ends;
    let is_mixed_hit = !is_crlf && text.contains("\r\n") && !text.contains(old);
    let crlf = |part: &str| part.replace("\r\n", "\n").replace('\n', "\r\n");
    if is_crlf || (is_mixed_hit && text.contains(&crlf(old))) {
        (crlf(old), crlf(new))
    } else {
        (old.to_owned(), new.to_owned())
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

fn named(lines: &[usize]) -> String {
    let shown: Vec<String> = lines.iter().take(MAX_NAMED).map(ToString::to_string).collect();
    let more = lines.len().saturating_sub(MAX_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

impl Tool for Edit {
    fn spec(&self) -> Spec {
        Spec {
            name: "edit",
            description: "Replaces an exact text in a file by another.",
            schema: json!({
                "type": "object",
                "properties": {
                    "path": {"type": "string"},
                    "old": {"type": "string", "description": "as it stands in the file, without line numbers; unique"},
                    "new": {"type": "string"},
                    "all": {"type": "boolean", "description": "replace every occurrence"}
                },
                "required": ["path", "old", "new"],
                "additionalProperties": false
            }),
        }
    }

    fn class(&self) -> Class {
        Class::Change
    }

    fn call<'a>(&'a self, _: &'a ToolCall, arguments: Value, _: &'a Link) -> BoxFuture<'a, Output> {
        Box::pin(async move { arguments::answer(self.edit(arguments)) })
    }
}
