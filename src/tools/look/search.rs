//! `search`: lines that match a regular expression, with ripgrep's engine.
//!
//! The walk only gives names; every file is opened through `Beneath`, so nothing that is swapped
//! under the walk leads out.

use std::{
    fmt::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use futures::future::BoxFuture;
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use grep_searcher::{BinaryDetection, Searcher, SearcherBuilder, sinks::Lossy};
use ignore::WalkBuilder;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::super::{
    arguments::{self, Done},
    globs::Globs,
    missing,
};
use super::place::Files;
use crate::{
    agent::{Class, Link, Output, Spec, Tool},
    domain::ToolCall,
    sandbox::{Beneath, Kind, is_git_name},
};

/// Most lines of one answer.
const MAX_RESULTS: usize = 200;
/// Most bytes of one answer.
const MAX_BYTES: usize = 48 * 1024;
/// Most characters of one line that are shown.
const MAX_LINE: usize = 300;
/// The largest file that is searched, in bytes.
const MAX_FILE: u64 = 8 * 1024 * 1024;
/// How long a search may take.
const MAX_TIME: Duration = Duration::from_secs(20);

/// The tool `search`.
pub(super) struct Search {
    pub(super) files: Files,
}

#[derive(Deserialize)]
struct Arguments {
    pattern: String,
    path: Option<String>,
    glob: Option<String>,
    #[serde(default)]
    literal: bool,
}

/// A search under way.
struct Hunt {
    beneath: Beneath,
    matcher: RegexMatcher,
    searcher: Searcher,
    text: String,
    found: usize,
    /// Files that were not looked into, for their size or because they could not be read.
    skipped: usize,
    end: Option<&'static str>,
}

impl Hunt {
    fn file(&mut self, path: &str) {
        let Ok(bytes) = self.beneath.read(path, MAX_FILE) else {
            self.skipped += 1;
            return;
        };
        let Self { searcher, matcher, text, found, end, .. } = self;
        let sink = Lossy(|number, line: &str| {
            if *found == MAX_RESULTS || text.len() > MAX_BYTES {
                *end = Some("there are more: narrow the pattern, `path` or `glob`");
                return Ok(false);
            }
            *found += 1;
            let line = arguments::clipped(line.trim_end(), MAX_LINE);
            let _ = writeln!(text, "{path}:{number}:{line}");
            Ok(true)
        });
        if searcher.search_slice(&*matcher, &bytes, sink).is_err() {
            self.skipped += 1;
        }
    }

    fn tree(&mut self, root: &Path, under: &str, glob: &Globs, stop: &CancellationToken) {
        let began = Instant::now();
        let start = if under == "." { root.to_owned() } else { root.join(under) };
        // Below the root the ignore files above count too, as far up as the `.git` of the root.
        let walk = WalkBuilder::new(start)
            .hidden(false)
            .parents(under != ".")
            .git_global(false)
            .require_git(false)
            .follow_links(false)
            .sort_by_file_name(Ord::cmp)
            .filter_entry(|entry| !is_git_name(&entry.file_name().to_string_lossy()))
            .build();
        for entry in walk {
            if stop.is_cancelled() || began.elapsed() > MAX_TIME {
                self.end = Some("the time is over: name a `path` or a `glob`");
            }
            if self.end.is_some() {
                return;
            }
            let Ok(entry) = entry else { continue };
            if !entry.file_type().is_some_and(|kind| kind.is_file()) {
                continue;
            }
            let path = entry.path().strip_prefix(root).ok().and_then(Path::to_str);
            let Some(path) = path.map(|path| path.trim_start_matches("./")) else { continue };
            if glob.is_empty() || glob.matching(path).is_some() {
                self.file(path);
            }
        }
    }

    fn answer(self, glob: &Globs) -> Output {
        let mut text = self.text;
        if self.found == 0 {
            let within = if glob.is_empty() { "" } else { " in files that match the glob" };
            let _ = writeln!(text, "no line matches{within}");
        }
        if let Some(end) = self.end {
            let _ = writeln!(text, "({end})");
        }
        if self.skipped > 0 {
            let _ = writeln!(text, "(not searched, too large or unreadable: {})", self.skipped);
        }
        Output::ok(text)
    }
}

fn search(files: &Files, arguments: Value, stop: &CancellationToken) -> Done {
    let Arguments { pattern, path, glob, literal } = arguments::read(arguments)?;
    if pattern.is_empty() {
        return Err("the pattern is empty: it would match every line".to_owned());
    }
    let matcher = RegexMatcherBuilder::new()
        .line_terminator(Some(b'\n'))
        .fixed_strings(literal)
        .build(&pattern)
        .map_err(|fault| {
            let why = fault.to_string();
            let why = arguments::last_line(&why);
            let hint = if pattern.contains('\n') {
                "One line is searched at a time"
            } else {
                "With `literal` it is plain text"
            };
            format!("`{pattern}` cannot be searched for: {why}. {hint}.")
        })?;
    let glob = Globs::new(glob.as_slice())?;
    let path = arguments::or_root(path);
    let beneath = files.open()?;
    let kind = beneath.kind(&path).map_err(|fault| missing::told(&beneath, &path, &fault))?;
    let searcher =
        SearcherBuilder::new().line_number(true).binary_detection(BinaryDetection::quit(0)).build();
    let text = String::new();
    let mut hunt = Hunt { beneath, matcher, searcher, text, found: 0, skipped: 0, end: None };
    match kind {
        Kind::Directory => hunt.tree(&files.root, &path, &glob, stop),
        Kind::File => hunt.file(&path),
        Kind::Link | Kind::Special => return Err(format!("`{path}` is a {}", kind.word())),
    }
    Ok(hunt.answer(&glob))
}

impl Tool for Search {
    fn spec(&self) -> Spec {
        Spec {
            name: "search",
            description: "Lines of files that match a regular expression, as path:line:text. \
                          Ignored files are left out.",
            schema: json!({
                "type": "object",
                "properties": {
                    "pattern": {"type": "string"},
                    "path": {"type": "string", "description": "file or directory"},
                    "glob": {"type": "string", "description": "of paths, e.g. *.rs"},
                    "literal": {"type": "boolean", "description": "pattern is plain text"}
                },
                "required": ["pattern"],
                "additionalProperties": false
            }),
        }
    }

    fn class(&self) -> Class {
        Class::Look
    }

    fn call<'a>(
        &'a self,
        _: &'a ToolCall,
        arguments: Value,
        link: &'a Link,
    ) -> BoxFuture<'a, Output> {
        let (files, stop) = (self.files.clone(), link.stop.clone());
        Box::pin(async move {
            // Walking a large tree takes long; the thread must be free for the other runs.
            let search = move || search(&files, arguments, &stop);
            let done = tokio::task::spawn_blocking(search).await;
            arguments::answer(done.unwrap_or_else(|fault| Err(format!("search failed: {fault}"))))
        })
    }
}
