//! chargehand's own look at a task's criteria: what becomes evidence.
//!
//! Nothing that a model says takes part here. A check that cannot be looked at is `Unrunnable`,
//! never `Passed`: a missing program proves nothing.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use grep_matcher::Matcher as _;
use grep_regex::{RegexMatcher, RegexMatcherBuilder};
use tokio_util::sync::CancellationToken;

use super::{arguments::last_line, ended, globs::Globs};
use crate::{
    agent::BlobSink,
    domain::{Check, Criterion, Evidence, Outcome, When},
    sandbox::{self, Beneath, Exit, FileError, Finished, Keep, Spawn},
};

/// How long a check's command may run when the criterion does not say.
pub const CHECK_TIMEOUT: Duration = Duration::from_mins(10);
/// The largest file that is matched against a pattern, in bytes.
const MAX_FILE: u64 = 4 * 1024 * 1024;
/// Most bytes of `Evidence::seen`.
const MAX_SEEN: usize = 4 * 1024;
/// Bytes of the beginning of the output that are shown.
const HEAD: usize = 1_200;
/// Bytes of its end that are shown.
const TAIL: usize = 2_400;
/// Most paths that a failure names.
const MAX_PATHS: usize = 20;
/// What `sh` says of a program that is there and cannot be executed, and of one that is not there.
const NOT_EXECUTED: [i32; 2] = [126, 127];

/// Looks at every criterion that a program can look at, in order, in the directory `root` whose
/// content is git's `tree`. `changed` are the paths that the work changed. `Manual` and `Judgement`
/// yield nothing. After `stop` the rest is not looked at.
pub async fn look_at(
    criteria: &[Criterion],
    root: &Path,
    tree: &str,
    changed: &[String],
    when: When,
    blobs: &dyn BlobSink,
    stop: &CancellationToken,
) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    for criterion in criteria {
        if stop.is_cancelled() {
            break;
        }
        let began = Instant::now();
        let sight = match &criterion.check {
            Check::Command { run, expect_exit, pattern, timeout_seconds } => {
                let timeout = timeout_seconds
                    .map_or(CHECK_TIMEOUT, |seconds| Duration::from_secs(u64::from(seconds)));
                let wanted = Wanted { exit: *expect_exit, pattern: pattern.as_deref(), timeout };
                command(run, root, &wanted, blobs, stop).await
            }
            Check::FileExists { path } => file_exists(root, path),
            Check::FileMatches { path, pattern } => file_matches(root, path, pattern),
            Check::DiffWithin { globs } => diff_within(changed, globs),
            Check::Manual { .. } | Check::Judgement { .. } => continue,
        };
        evidence.push(Evidence {
            criterion: criterion.key(),
            when,
            tree: tree.to_owned(),
            outcome: sight.outcome,
            exit: sight.exit,
            seen: cut(blobs.redact(sight.seen)),
            blob: sight.blob,
            millis: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        });
    }
    evidence
}

/// What one look came to.
struct Sight {
    outcome: Outcome,
    exit: Option<i32>,
    seen: String,
    blob: Option<String>,
}

impl Sight {
    fn new(outcome: Outcome, seen: impl Into<String>) -> Self {
        Self { outcome, exit: None, seen: seen.into(), blob: None }
    }

    fn unrunnable(why: impl Into<String>) -> Self {
        Self::new(Outcome::Unrunnable, why)
    }

    fn of(holds: bool, seen: impl Into<String>) -> Self {
        Self::new(if holds { Outcome::Passed } else { Outcome::Failed }, seen)
    }

    /// A path that could not be looked at: what is not there fails, all else is no answer.
    fn of_fault(fault: &FileError) -> Self {
        let outcome = match fault {
            FileError::Missing { .. } | FileError::WrongKind { .. } => Outcome::Failed,
            FileError::Empty
            | FileError::Absolute { .. }
            | FileError::Nul
            | FileError::Escapes { .. }
            | FileError::Protected { .. }
            | FileError::TooLarge { .. }
            | FileError::Links { .. }
            | FileError::Io { .. } => Outcome::Unrunnable,
        };
        Self::new(outcome, fault.to_string())
    }
}

/// What a command must come to.
struct Wanted<'a> {
    exit: i32,
    pattern: Option<&'a str>,
    timeout: Duration,
}

async fn command(
    line: &str,
    root: &Path,
    wanted: &Wanted<'_>,
    blobs: &dyn BlobSink,
    stop: &CancellationToken,
) -> Sight {
    // Before the command, which may take long.
    let matcher = match wanted.pattern.map(compiled).transpose() {
        Ok(matcher) => matcher,
        Err(why) => return Sight::unrunnable(why),
    };
    let mut spawn = Spawn::shell(line, root);
    spawn.timeout = wanted.timeout;
    spawn.keep = Keep { head: HEAD, tail: TAIL, ..Keep::default() };
    let finished = match sandbox::run(spawn, stop, None).await {
        Ok(finished) => finished,
        Err(fault) => return Sight::unrunnable(fault.to_string()),
    };
    let is_cut = finished.output.is_cut() || finished.output.is_binary();
    let whole = if is_cut || matcher.is_some() { finished.output.whole().ok() } else { None };
    let (outcome, why) = judged(&finished, wanted, matcher.as_ref(), whole.as_deref());
    let ended = ended::in_words(finished.exit, wanted.timeout);
    let shown = ended::output(&finished.output);
    Sight {
        outcome,
        exit: match finished.exit {
            Exit::Code(code) => Some(code),
            Exit::Signal(_) | Exit::TimedOut | Exit::Stopped | Exit::TooMuchOutput => None,
        },
        seen: format!("{ended}{why}\n{shown}"),
        blob: whole.filter(|_| is_cut).and_then(|whole| blobs.put(&whole)),
    }
}

/// The outcome of a command, and what to say beside how it ended.
fn judged(
    finished: &Finished,
    wanted: &Wanted<'_>,
    matcher: Option<&RegexMatcher>,
    whole: Option<&[u8]>,
) -> (Outcome, String) {
    let code = match finished.exit {
        Exit::Code(code) => code,
        Exit::Signal(_) => return (Outcome::Failed, String::new()),
        Exit::TimedOut | Exit::Stopped | Exit::TooMuchOutput => {
            return (Outcome::Unrunnable, String::new());
        }
    };
    if code != wanted.exit {
        return if NOT_EXECUTED.contains(&code) {
            (Outcome::Unrunnable, " (the program was not found or cannot be executed)".to_owned())
        } else if wanted.exit == 0 {
            (Outcome::Failed, String::new())
        } else {
            (Outcome::Failed, format!(" (expected {})", wanted.exit))
        };
    }
    let (Some(matcher), Some(pattern)) = (matcher, wanted.pattern) else {
        return (Outcome::Passed, String::new());
    };
    let Some(whole) = whole else {
        return (Outcome::Unrunnable, " (the output could not be kept to be matched)".to_owned());
    };
    match matcher.is_match(whole) {
        Ok(true) => (Outcome::Passed, format!(", the output matches `{pattern}`")),
        Ok(false) => (Outcome::Failed, format!(", the output does not match `{pattern}`")),
        Err(fault) => (Outcome::Unrunnable, format!(", {fault}")),
    }
}

/// `^` and `$` stand for the ends of lines: a pattern speaks of one line of many.
fn compiled(pattern: &str) -> Result<RegexMatcher, String> {
    RegexMatcherBuilder::new().multi_line(true).build(pattern).map_err(|fault| {
        format!("`{pattern}` is no regular expression: {}", last_line(&fault.to_string()))
    })
}

fn file_exists(root: &Path, path: &str) -> Sight {
    match Beneath::open(root).and_then(|beneath| beneath.exists(path)) {
        Ok(true) => Sight::of(true, format!("`{path}` exists")),
        Ok(false) => Sight::of(false, format!("`{path}` does not exist")),
        Err(fault) => Sight::of_fault(&fault),
    }
}

fn file_matches(root: &Path, path: &str, pattern: &str) -> Sight {
    let matcher = match compiled(pattern) {
        Ok(matcher) => matcher,
        Err(why) => return Sight::unrunnable(why),
    };
    let bytes = match Beneath::open(root).and_then(|beneath| beneath.read(path, MAX_FILE)) {
        Ok(bytes) => bytes,
        Err(fault) => return Sight::of_fault(&fault),
    };
    match matcher.find(&bytes) {
        Ok(Some(found)) => {
            let line = bytes[..found.start()].split(|byte| *byte == b'\n').count();
            Sight::of(true, format!("`{path}` matches `{pattern}` in line {line}"))
        }
        Ok(None) => {
            let size = bytes.len();
            Sight::of(false, format!("`{path}` ({size} bytes) does not match `{pattern}`"))
        }
        Err(fault) => Sight::unrunnable(fault.to_string()),
    }
}

fn diff_within(changed: &[String], globs: &[String]) -> Sight {
    let globs = match Globs::new(globs) {
        Ok(globs) => globs,
        Err(why) => return Sight::unrunnable(why),
    };
    let outside: Vec<&str> =
        changed.iter().map(String::as_str).filter(|path| globs.matching(path).is_none()).collect();
    if outside.is_empty() {
        return Sight::of(true, format!("{} changed paths, all within", changed.len()));
    }
    let named: Vec<&str> = outside.iter().take(MAX_PATHS).copied().collect();
    let more = outside.len() - named.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Sight::of(false, format!("changed outside {}: {}{more}", globs.shown(), named.join(", ")))
}

/// Stands for what was left out of the middle.
const MARK: &str = "\n[...]\n";

/// Text that was not valid UTF-8 grows when it is shown; the cap holds all the same.
fn cut(seen: String) -> String {
    if seen.len() <= MAX_SEEN {
        return seen;
    }
    let head = seen.floor_char_boundary(MAX_SEEN / 3);
    let tail = seen.ceil_char_boundary(seen.len() - (MAX_SEEN - MAX_SEEN / 3 - MARK.len()));
    format!("{}{MARK}{}", &seen[..head], &seen[tail..])
}
