//! One thing in a session as a person reads it: a line that says it all, and a text below.

use super::{args, clean, wrap::Flow};
use crate::domain::{CallId, RunId, Seq, ToolCall};

/// Most bytes of a block's text that are kept: its head and its tail. The log has the whole.
pub const MAX_BODY: usize = 64 << 10;
/// Bytes of the head when a text is cut.
const HEAD: usize = 16 << 10;
/// Most characters of an object or a result in the line.
const MAX_LINE: usize = 400;

/// What kind of thing it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BlockKind {
    /// A run begins: a session, a check, a review.
    Stage,
    Brief,
    Thought,
    Message,
    Read,
    Edit,
    Run,
    Check,
    Verdict,
    /// The person's word.
    Person,
    Note,
}

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockState {
    Live,
    Done,
    Failed,
    /// The person is asked.
    Waits,
    Denied,
}

/// One thing in a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its number in the session; never given again.
    pub id: u64,
    /// The event that it began with.
    pub seq: Seq,
    pub run: Option<RunId>,
    pub call: Option<CallId>,
    pub kind: BlockKind,
    pub state: BlockState,
    /// The line: what is done, to what, how it came out. Safe to show.
    pub verb: &'static str,
    pub object: String,
    pub result: String,
    pub body: Flow,
    /// Bytes of the text that are not kept here.
    pub cut: usize,
    /// When it began, in milliseconds since 1970 UTC.
    pub at: u64,
    pub millis: Option<u64>,
}

impl Block {
    /// Whether it has a line of its own above its text.
    pub fn has_head(&self) -> bool {
        self.kind != BlockKind::Message
    }

    /// Replaces its text, keeping head and tail of a long one.
    pub fn fill(&mut self, text: &str) {
        if text.len() <= MAX_BODY {
            self.body = Flow::of(text);
            self.cut = 0;
            return;
        }
        let head = text.floor_char_boundary(HEAD);
        let tail = text.ceil_char_boundary(text.len() - (MAX_BODY - HEAD));
        self.cut = tail - head;
        let mut body = Flow::of(&text[..head]);
        body.push(&format!("\n… {} bytes left out …\n", self.cut));
        body.push(&text[tail..]);
        self.body = body;
    }

    /// Gives its text up to save memory.
    pub fn empty(&mut self) {
        self.cut += self.body.len();
        self.body = Flow::default();
    }
}

/// A text for the line: safe, on one line, not too long.
pub fn in_line(text: &str) -> String {
    let first = text.trim();
    let first = &first[..first.floor_char_boundary(MAX_LINE * 4)];
    let mut line: String = clean::line(first).chars().take(MAX_LINE).collect();
    if line.len() < first.len() && line.chars().count() == MAX_LINE {
        line.push('…');
    }
    line
}

/// How a tool call is told: kind, verb, object, and the text that it brings along.
pub fn of_call(call: &ToolCall) -> (BlockKind, &'static str, String, String) {
    let field = |name: &str| args::text_field(&call.arguments, name);
    let first = |names: &[&str]| names.iter().find_map(|name| field(name)).unwrap_or_default();
    match call.tool.as_str() {
        "read" => (BlockKind::Read, "Read", first(&["path"]), String::new()),
        "list" => (BlockKind::Read, "List", first(&["path", "glob"]), String::new()),
        "search" => (BlockKind::Read, "Search", first(&["pattern", "query"]), String::new()),
        "write" => {
            let text = field("content").unwrap_or_default();
            (BlockKind::Edit, "Write", first(&["path"]), prefixed(&text, '+'))
        }
        "edit" => {
            let (old, new) = (first(&["old"]), first(&["new"]));
            let text = prefixed(&old, '-') + &prefixed(&new, '+');
            (BlockKind::Edit, "Edit", first(&["path"]), text)
        }
        "delete" | "remove" => (BlockKind::Edit, "Delete", first(&["path"]), String::new()),
        "run" => (BlockKind::Run, "Run", first(&["command"]), String::new()),
        other => (BlockKind::Note, "Call", other.to_owned(), String::new()),
    }
}

/// Lines with a mark in front, bounded.
fn prefixed(text: &str, mark: char) -> String {
    let text = &text[..text.floor_char_boundary(MAX_BODY)];
    text.lines().flat_map(|line| [String::from(mark), format!(" {line}\n")]).collect()
}

/// How many lines a text adds and takes away, counted by its marks.
pub fn plus_minus(text: &str) -> String {
    let count = |mark: char| text.lines().filter(|line| line.starts_with(mark)).count();
    format!("+{} −{}", count('+'), count('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(tool: &str, arguments: &str) -> ToolCall {
        let (tool, arguments) = (tool.to_owned(), arguments.to_owned());
        ToolCall { id: CallId(1), wire_id: "w".to_owned(), tool, arguments }
    }

    #[test]
    fn an_edit_names_its_file_and_counts_its_lines() {
        let call = call("edit", r#"{"path": "a.rs", "old": "x\ny", "new": "z"}"#);
        let (kind, verb, object, text) = of_call(&call);
        assert_eq!((kind, verb, object.as_str()), (BlockKind::Edit, "Edit", "a.rs"));
        assert_eq!(text, "- x\n- y\n+ z\n");
        assert_eq!(plus_minus(&text), "+1 −2");
    }

    #[test]
    fn a_tool_that_nobody_knows_is_named() {
        let (_, verb, object, _) = of_call(&call("teleport", "not json"));
        assert_eq!((verb, object.as_str()), ("Call", "teleport"));
    }

    #[test]
    fn a_line_is_safe_and_bounded() {
        assert_eq!(in_line(" a\x1b[31m\nb "), "a␛[31m⏎b");
        assert_eq!(in_line(&"é".repeat(10_000)).chars().count(), MAX_LINE + 1);
    }
}
