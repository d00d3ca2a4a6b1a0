//! Calls that a model wrote into its text, as small local models do.
//!
//! Pure, and strict where it matters: only tools of the session are accepted, a call stands in a
//! fence or on lines of its own, and nothing unclosed is completed. Text that merely mentions JSON
//! is not a call. The forms are those that models of 1 to 32 billion parameters were seen to write.

use memchr::{memchr2_iter, memmem};
use serde_json::json;

use super::{
    fence::{Fence, fences},
    shapes::{Found, all_of, behind_mark, in_tag, leading},
};
use crate::domain::{CallId, ToolCall, Way};

/// The tool that a whole file in a fence is a call of.
pub const WRITE: &str = "write";

/// Tags around a call in JSON: Hermes and Qwen, others after them, Llama 3.1.
const TAGS: [(&str, &str); 6] = [
    ("<tool_call>", "</tool_call>"),
    ("<tools>", "</tools>"),
    ("<function_call>", "</function_call>"),
    ("<toolcall>", "</toolcall>"),
    ("<|tool_call|>", "<|/tool_call|>"),
    ("<|python_tag|>", "<|eom_id|>"),
];
/// Beginnings of tags that name the tool themselves.
const OWN_TAGS: [&str; 4] = ["<function", "<tool", "<invoke", "<call"];
/// Mistral's mark before calls.
const MARK: &str = "[TOOL_CALLS]";
/// Most places of one text at which a call is looked for; a text full of brackets is no work.
const PLACES: usize = 64;

/// Calls that were found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Salvaged {
    /// Not numbered yet, and without wire ids.
    pub calls: Vec<ToolCall>,
    pub way: Way,
    /// The text without what was read as calls.
    pub rest: String,
}

/// A part of the text that was read as calls.
struct Piece {
    start: usize,
    end: usize,
    what: What,
}

enum What {
    Calls(Vec<Found>),
    File { path: String, content: String },
}

/// Finds calls in a text: JSON in a fence, in tags or on lines of its own, or whole files in
/// fences that name their path. `None` when there are none.
pub fn salvage(text: &str, tools: &[&str]) -> Option<Salvaged> {
    // What a model thinks aloud is no call; thoughts without an end have no answer behind them.
    let begin = behind_thoughts(text)?;
    let answer = &text[begin..];
    let mut pieces = Vec::new();
    let mut at = 0;
    for fence in fences(answer) {
        in_prose(answer, at, fence.start, tools, &mut pieces);
        if let Some(what) = in_fence(&fence, tools) {
            pieces.push(Piece { start: fence.start, end: fence.end, what });
        }
        at = fence.end;
    }
    in_prose(answer, at, answer.len(), tools, &mut pieces);
    if pieces.is_empty()
        && let Some(found) = all_of(answer, tools)
    {
        pieces.push(Piece { start: 0, end: answer.len(), what: What::Calls(found) });
    }
    drop_shown_files(&mut pieces);
    assemble(text, begin, pieces)
}

fn in_fence(fence: &Fence<'_>, tools: &[&str]) -> Option<What> {
    if tools.contains(&WRITE)
        && let Some(path) = fence.file()
    {
        return Some(What::File { path: path.to_owned(), content: fence.body.to_owned() });
    }
    if let Some(found) = all_of(fence.body, tools) {
        return Some(What::Calls(found));
    }
    let mut inner = Vec::new();
    in_prose(fence.body, 0, fence.body.len(), tools, &mut inner);
    // A fence is a call or it is not: tags among other code are code.
    let covered: usize = inner.iter().map(|piece| piece.end - piece.start).sum();
    let all = !inner.is_empty() && fence.body.trim().len() <= covered + 2 * inner.len();
    let calls = inner.into_iter().flat_map(|piece| match piece.what {
        What::Calls(found) => found,
        What::File { .. } => Vec::new(),
    });
    all.then(|| What::Calls(calls.collect()))
}

/// Looks through `text[from..to]`, where no fence is.
fn in_prose(text: &str, from: usize, to: usize, tools: &[&str], pieces: &mut Vec<Piece>) {
    let mut at = from;
    let mut places = 0;
    while places < PLACES && at < to {
        let Some(start) = next_place(&text[at..to]).map(|start| at + start) else { break };
        places += 1;
        if let Some((found, length)) = at_place(&text[start..to], tools) {
            let end = start + length;
            pieces.push(Piece { start, end, what: What::Calls(found) });
            at = end;
        } else {
            // Past the first character of what was no call.
            at = start + text[start..].chars().next().map_or(1, char::len_utf8);
        }
    }
}

/// Where the answer begins behind what was thought aloud; `None`: thoughts go on to the end.
pub(super) fn behind_thoughts(text: &str) -> Option<usize> {
    let end = memmem::rfind(text.as_bytes(), b"</think>");
    let begin = end.map_or(0, |at| at + "</think>".len());
    memmem::find(&text.as_bytes()[begin..], b"<think>").is_none().then_some(begin)
}

/// Where the next call might begin: a tag or mark, or a bracket that begins a line.
fn next_place(text: &str) -> Option<usize> {
    // One pass for all of them: what comes is long, and nearly always without any.
    let begins = |at: &usize| {
        let rest = &text[*at..];
        rest.starts_with(MARK)
            || OWN_TAGS.iter().any(|open| rest.starts_with(open))
            || TAGS.iter().any(|(open, _)| rest.starts_with(open))
    };
    let tag = memchr2_iter(b'<', b'[', text.as_bytes()).find(begins);
    let mut at = 0;
    let line = text.split_inclusive('\n').find_map(|line| {
        let start = at + (line.len() - line.trim_start().len());
        at += line.len();
        line.trim_start().starts_with(['{', '[']).then_some(start)
    });
    [tag, line].into_iter().flatten().min()
}

fn at_place(text: &str, tools: &[&str]) -> Option<(Vec<Found>, usize)> {
    if let Some(rest) = text.strip_prefix(MARK) {
        let (found, length) = behind_mark(rest, tools)?;
        return Some((found, MARK.len() + length));
    }
    if let Some((open, close)) = TAGS.iter().find(|(open, _)| text.starts_with(open)) {
        let rest = &text[open.len()..];
        let (found, length) = in_tags(rest, tools).or_else(|| leading(rest, tools))?;
        let after = rest[length..].trim_start();
        let after = after.strip_prefix(close).unwrap_or(&rest[length..]);
        return Some((found, text.len() - after.len()));
    }
    if text.starts_with('<') {
        return in_tags(text, tools);
    }
    let (found, length) = leading(text, tools)?;
    // JSON within a sentence is mentioned, not called.
    let line = text[length..].split('\n').next().unwrap_or_default();
    line.trim_matches([' ', '\t', '\r', ',', ';']).is_empty().then_some((found, length))
}

/// Calls in tags of their own, one behind the other.
fn in_tags(text: &str, tools: &[&str]) -> Option<(Vec<Found>, usize)> {
    let mut found = Vec::new();
    let mut end = 0;
    loop {
        let rest = text[end..].trim_start();
        let Some((call, length)) = in_tag(rest, tools) else { break };
        found.push(call);
        end = text.len() - rest.len() + length;
    }
    (!found.is_empty()).then_some((found, end))
}

/// A file that a call names as well is shown, not written twice.
fn drop_shown_files(pieces: &mut Vec<Piece>) {
    let named: Vec<String> = pieces
        .iter()
        .filter_map(|piece| match &piece.what {
            What::Calls(found) => Some(found),
            What::File { .. } => None,
        })
        .flatten()
        .filter_map(|call| {
            let arguments: serde_json::Value = serde_json::from_str(&call.arguments).ok()?;
            Some(arguments.get("path")?.as_str()?.to_owned())
        })
        .collect();
    pieces.retain(|piece| match &piece.what {
        What::Calls(_) => true,
        What::File { path, .. } => !named.contains(path),
    });
}

fn assemble(text: &str, begin: usize, pieces: Vec<Piece>) -> Option<Salvaged> {
    let mut calls = Vec::new();
    let mut way = Way::FileFence;
    let mut rest = String::new();
    let mut at = 0;
    let mut keep = |part: &str| {
        let part = part.trim();
        if !part.is_empty() {
            if !rest.is_empty() {
                rest.push_str("\n\n");
            }
            rest.push_str(part);
        }
    };
    for piece in pieces {
        keep(&text[at..begin + piece.start]);
        at = begin + piece.end;
        let found = match piece.what {
            What::Calls(found) => {
                way = Way::Salvaged;
                found
            }
            What::File { path, content } => {
                let arguments = json!({ "path": path, "content": content }).to_string();
                vec![Found { tool: WRITE.to_owned(), arguments }]
            }
        };
        calls.extend(found.into_iter().map(|found| ToolCall {
            id: CallId(0),
            wire_id: String::new(),
            tool: found.tool,
            arguments: found.arguments,
        }));
    }
    keep(&text[at..]);
    (!calls.is_empty()).then_some(Salvaged { calls, way, rest })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOOLS: [&str; 7] = ["read", "list", "search", "write", "edit", "run", "finish"];

    /// The calls of a text, one a line, or nothing.
    fn found(text: &str) -> String {
        salvage(text, &TOOLS).map_or(String::new(), |found| {
            let line = |call: &ToolCall| format!("{}{}", call.tool, call.arguments);
            found.calls.iter().map(line).collect::<Vec<_>>().join("\n")
        })
    }

    const READ: &str = r#"read{"path":"a.rs"}"#;

    #[test]
    fn one_call_is_found_in_each_form_that_models_write() {
        for text in [
            // Qwen2.5-Coder: a fence, with or without words around it.
            "```json\n{\"name\": \"read\", \"arguments\": {\"path\": \"a.rs\"}}\n```",
            "I will read the file.\n\n```json\n{\n  \"name\": \"read\",\n  \"arguments\": {\n    \"path\": \"a.rs\"\n  }\n}\n```\n\nThen I will go on.",
            "```\n{\"name\": \"read\", \"arguments\": {\"path\": \"a.rs\"}}\n```",
            "```tool_call\n{\"name\": \"read\", \"arguments\": {\"path\": \"a.rs\"}}\n```",
            "```json\n{\"name\": \"read\", \"arguments\": {\"path\": \"a.rs\"}}",
            "```json\n[{\"name\": \"read\", \"arguments\": {\"path\": \"a.rs\"}}]\n```",
            "```json\n{\"name\": \"read\", \"arguments\": {\"path\": \"a.rs\",},}\n```",
            "```xml\n<tool_call>\n{\"name\": \"read\", \"arguments\": {\"path\": \"a.rs\"}}\n</tool_call>\n```",
            // Bare.
            "{\"name\": \"read\", \"arguments\": {\"path\": \"a.rs\"}}",
            "First I look.\n{\"name\": \"read\", \"arguments\": {\"path\": \"a.rs\"}}\nThen I go on.",
            "  {\"name\": \"read\", \"parameters\": {\"path\": \"a.rs\"}}",
            "{\"name\": \"read\", \"arguments\": \"{\\\"path\\\": \\\"a.rs\\\"}\"}",
            "{\"tool\": \"read\", \"arguments\": {\"path\": \"a.rs\"}}",
            "{\"tool\": \"read\", \"path\": \"a.rs\"}",
            "{\"action\": \"read\", \"action_input\": {\"path\": \"a.rs\"}}",
            "{\"function\": {\"name\": \"read\", \"arguments\": {\"path\": \"a.rs\"}}}",
            "{\"type\": \"function\", \"function\": {\"name\": \"read\", \"parameters\": {\"path\": \"a.rs\"}}}",
            "{\"type\": \"function\", \"name\": \"read\", \"parameters\": {\"path\": \"a.rs\"}}",
            "```tool_call\n{\"read\": {\"path\": \"a.rs\"}}\n```",
            "{\"function\": \"read\", \"parameters\": {\"path\": \"a.rs\"}}",
            "{\"tool_calls\": [{\"id\": \"x\", \"type\": \"function\", \"function\": {\"name\": \"read\", \"arguments\": \"{\\\"path\\\": \\\"a.rs\\\"}\"}}]}",
            "{\"name\": \"functions.read\", \"arguments\": {\"path\": \"a.rs\"}}",
            "{\"name\": \"Read\", \"arguments\": {\"path\": \"a.rs\"}}",
            // Hermes, Qwen, Llama, Mistral.
            "<tool_call>\n{\"name\": \"read\", \"arguments\": {\"path\": \"a.rs\"}}\n</tool_call>",
            "<tool_call>\n{\"name\": \"read\", \"arguments\": {\"path\": \"a.rs\"}}",
            "Now: <tool_call>{\"name\": \"read\", \"arguments\": {\"path\": \"a.rs\"}}</tool_call> done",
            "<tools>\n{\"name\": \"read\", \"arguments\": {\"path\": \"a.rs\"}}\n</tools>",
            "<function_call>{\"name\": \"read\", \"arguments\": {\"path\": \"a.rs\"}}</function_call>",
            "<|python_tag|>{\"name\": \"read\", \"parameters\": {\"path\": \"a.rs\"}}<|eom_id|>",
            "<function=read>{\"path\": \"a.rs\"}</function>",
            "<tool_call>\n<function=read>\n<parameter=path>\na.rs\n</parameter>\n</function>\n</tool_call>",
            "<tools>\n  <function name=\"read\" arguments='{\"path\": \"a.rs\"}'/>\n</tools>",
            "I look: <invoke name=\"read\">{\"path\": \"a.rs\"}</invoke>",
            "```xml\n<tools>\n  <function name=\"read\" arguments='{\"path\": \"a.rs\"}'/>\n</tools>\n```",
            "[TOOL_CALLS] [{\"name\": \"read\", \"arguments\": {\"path\": \"a.rs\"}}]",
            "[TOOL_CALLS]read{\"path\": \"a.rs\"}",
            "[TOOL_CALLS]read[ARGS]{\"path\": \"a.rs\"}",
            "[TOOL_CALLS]read[CALL_ID]abc[ARGS]{\"path\": \"a.rs\"}",
            // Statements, where nothing else is said.
            "read({\"path\": \"a.rs\"})",
            "```python\nread(path=\"a.rs\")\n```",
            "```tool_code\nread(path='a.rs')\n```",
            // Thoughts before it.
            "<think>\nI could {\"name\": \"list\", \"arguments\": {}}\n</think>\n{\"name\": \"read\", \"arguments\": {\"path\": \"a.rs\"}}",
        ] {
            assert_eq!(found(text), READ, "{text}");
            assert_eq!(salvage(text, &TOOLS).unwrap().way, Way::Salvaged, "{text}");
        }
    }

    #[test]
    fn several_calls_come_in_their_order() {
        let both = "read{\"path\":\"a\"}\nrun{\"command\":\"ls\"}";
        for text in [
            "```json\n{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}}\n{\"name\": \"run\", \"arguments\": {\"command\": \"ls\"}}\n```",
            "```json\n[{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}}, {\"name\": \"run\", \"arguments\": {\"command\": \"ls\"}}]\n```",
            "```json\n{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}}\n```\nand\n```json\n{\"name\": \"run\", \"arguments\": {\"command\": \"ls\"}}\n```",
            "<tool_call>{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}}</tool_call>\n<tool_call>{\"name\": \"run\", \"arguments\": {\"command\": \"ls\"}}</tool_call>",
            "{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}}\n{\"name\": \"run\", \"arguments\": {\"command\": \"ls\"}}",
            "[TOOL_CALLS]read{\"path\": \"a\"}[TOOL_CALLS]run{\"command\": \"ls\"}",
            "read(path=\"a\")\nrun(command=\"ls\")",
        ] {
            assert_eq!(found(text), both, "{text}");
        }
    }

    #[test]
    fn what_a_small_qwen_really_wrote_is_read_and_leaves_nothing_behind() {
        let text = "<tools>\n  <function name=\"list\" arguments='{\"path\": \"/repo\"}'/>\n  <function name=\"read\" arguments='{\"path\": \"a\"}'/>\n</tools>";
        assert_eq!(found(text), "list{\"path\":\"/repo\"}\nread{\"path\":\"a\"}");
        assert_eq!(salvage(text, &TOOLS).unwrap().rest, "");
    }

    #[test]
    fn text_that_merely_mentions_json_is_no_call() {
        for text in [
            "",
            "I am done.",
            "A call looks like {\"name\": \"read\", \"arguments\": {}} in this format.",
            "The file says {\"name\": \"read\"}.",
            "{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}} is how one calls it.",
            "```json\n{\"name\": \"search\", \"version\": \"1.0.0\", \"main\": \"index.js\"}\n```",
            "```json\n{\"name\": \"unknown_tool\", \"arguments\": {\"path\": \"a\"}}\n```",
            "```json\n[{\"name\": \"read\", \"arguments\": {}}, {\"name\": \"nobody\", \"arguments\": {}}]\n```",
            "```json\n{\"name\": \"read\", \"arguments\": [1]}\n```",
            "```json\n{\"name\": \"read\", \"arguments\": {\"path\": \"a",
            "```json\n[]\n```",
            "```rust\nlet call = r#\"{\"name\": \"read\", \"arguments\": {}}\"#;\n```",
            "```python\nx = read(path=\"a\")\n```",
            "```python\nlist()\n```",
            "```python\nread(path)\n```",
            "```html\n<p>\n<tool_call>{\"name\": \"list\", \"arguments\": {}}</tool_call>\n<b>and very much more of it</b>\n```",
            "Use read(path=\"a\") to read.",
            "<think>{\"name\": \"list\", \"arguments\": {}}",
            "<tool_call>nothing</tool_call>",
            "[TOOL_CALLS] none",
            "- [ ] a task\n[link]: x\n{braces}\n",
        ] {
            assert_eq!(found(text), "", "{text}");
        }
    }

    #[test]
    fn a_whole_file_in_a_fence_with_its_path_is_a_write() {
        let text =
            "Here it is:\n\n```rust src/a.rs\nfn a() {}\n```\n\nand\n```path=b.txt\nb\n```\nDone.";
        let salvaged = salvage(text, &TOOLS).unwrap();
        assert_eq!(salvaged.way, Way::FileFence);
        assert_eq!(salvaged.rest, "Here it is:\n\nand\n\nDone.");
        assert_eq!(
            found(text),
            "write{\"path\":\"src/a.rs\",\"content\":\"fn a() {}\\n\"}\nwrite{\"path\":\"b.txt\",\"content\":\"b\\n\"}"
        );
    }

    #[test]
    fn a_file_fence_needs_a_tool_that_writes() {
        assert_eq!(salvage("```rust src/a.rs\nfn a() {}\n```", &["read", "finish"]), None);
    }

    #[test]
    fn a_json_file_with_a_path_is_a_file_even_if_it_looks_like_a_call() {
        let text = "```json fixtures/call.json\n{\"name\": \"read\", \"arguments\": {}}\n```";
        assert!(
            found(text).starts_with("write{\"path\":\"fixtures/call.json\""),
            "{}",
            found(text)
        );
    }

    #[test]
    fn a_file_that_a_call_names_as_well_is_only_shown() {
        let text = "```json\n{\"name\": \"edit\", \"arguments\": {\"path\": \"a.rs\"}}\n```\nThen it is:\n```rust a.rs\nfn a() {}\n```";
        assert_eq!(found(text), "edit{\"path\":\"a.rs\"}");
    }

    #[test]
    fn a_file_and_a_closing_call_go_together() {
        let text = "```rust a.rs\nfn a() {}\n```\n```json\n{\"name\": \"finish\", \"arguments\": {\"status\": \"done\"}}\n```";
        assert_eq!(
            found(text),
            "write{\"path\":\"a.rs\",\"content\":\"fn a() {}\\n\"}\nfinish{\"status\":\"done\"}"
        );
        assert_eq!(salvage(text, &TOOLS).unwrap().way, Way::Salvaged);
    }

    #[test]
    fn content_with_raw_line_breaks_is_read() {
        let text = "```json\n{\"name\": \"write\", \"arguments\": {\"path\": \"a.sh\", \"content\": \"#!/bin/sh\necho \\\"hi\\\"\n\"}}\n```";
        assert_eq!(
            found(text),
            "write{\"path\":\"a.sh\",\"content\":\"#!/bin/sh\\necho \\\"hi\\\"\\n\"}"
        );
    }

    #[test]
    fn content_with_a_fence_inside_of_the_json_is_read() {
        let text = "{\"name\": \"write\", \"arguments\": {\"path\": \"a.md\", \"content\": \"x\\n```sh\\nls\\n```\\n\"}}";
        assert!(found(text).starts_with("write{\"path\":\"a.md\""), "{}", found(text));
    }

    #[test]
    fn a_text_full_of_brackets_is_no_work() {
        assert_eq!(found(&"{\"a\": [\n".repeat(5_000)), "");
    }

    proptest! {
        #[test]
        fn any_text_is_searched_without_a_panic(
            parts in prop::collection::vec(
                prop_oneof![
                    Just("```json\n".to_owned()), Just("\n```\n".to_owned()),
                    Just("<tool_call>".to_owned()), Just("</tool_call>".to_owned()),
                    Just("[TOOL_CALLS]".to_owned()), Just("<function=read>".to_owned()),
                    Just("</function>".to_owned()), Just("read(path=".to_owned()),
                    Just("{\"name\": \"read\", \"arguments\": {\"path\": \"é\"}}".to_owned()),
                    "[{}\\[\\]\":,()=a-zé\n ]{0,12}",
                ],
                0..12,
            ),
        ) {
            if let Some(salvaged) = salvage(&parts.concat(), &TOOLS) {
                for call in salvaged.calls {
                    prop_assert!(TOOLS.contains(&call.tool.as_str()));
                    let value: serde_json::Value = serde_json::from_str(&call.arguments)?;
                    prop_assert!(value.is_object());
                }
            }
        }
    }
}
