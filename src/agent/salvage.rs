//! Tool calls that a model wrote as text, because it or its server knows no other way.
//!
//! Small local models write a call as JSON in a fence, in tags, or bare; or they write a whole file
//! in a fence with its path beside the language. Only names of tools that the session has count, so
//! that text which merely shows JSON is no call.

use serde_json::{Map, Value, json};

use super::{attributes, lenient};
use crate::domain::{CallId, ToolCall, Way};

/// Most calls that are taken from one text.
const MOST: usize = 16;
/// Keys under which models put a tool's name.
const NAMES: [&str; 4] = ["name", "tool", "tool_name", "function_name"];
/// Keys under which models put the arguments.
const ARGUMENTS: [&str; 6] = ["arguments", "args", "parameters", "params", "input", "tool_input"];

/// The calls in a text, and which way they were written. `None`: there are none.
pub fn salvage(text: &str, tools: &[&str]) -> Option<(Vec<ToolCall>, Way)> {
    let fences = fences(text);
    let mut found = tagged(text, tools);
    if found.is_empty() {
        found = fences.iter().flat_map(|fence| calls_in(fence.body, tools)).collect();
    }
    if found.is_empty() {
        found = bare(text, tools);
    }
    if !found.is_empty() {
        found.truncate(MOST);
        return Some((found, Way::Salvaged));
    }
    if !tools.contains(&"write") {
        return None;
    }
    let files: Vec<ToolCall> = fences
        .iter()
        .filter_map(|fence| {
            let arguments = json!({"path": path_in(fence.info)?, "content": fence.body});
            Some(call("write", arguments.to_string()))
        })
        .take(MOST)
        .collect();
    (!files.is_empty()).then_some((files, Way::FileFence))
}

fn call(tool: &str, arguments: String) -> ToolCall {
    ToolCall { id: CallId(0), wire_id: String::new(), tool: tool.to_owned(), arguments }
}

/// A fenced block of Markdown.
struct Fence<'a> {
    info: &'a str,
    body: &'a str,
}

/// The closed fences of a text. A fence is closed by a line of as many ticks or more, alone.
fn fences(text: &str) -> Vec<Fence<'_>> {
    let mut found = Vec::new();
    let mut open: Option<(usize, &str, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (start, next) = (at, at + line.len());
        at = next;
        let bare = line.trim();
        let ticks = bare.bytes().take_while(|byte| *byte == b'`').count();
        match open {
            None if ticks >= 3 && !bare[ticks..].contains('`') => {
                open = Some((ticks, bare[ticks..].trim(), next));
            }
            Some((wanted, info, begin)) if ticks >= wanted && bare.len() == ticks => {
                found.push(Fence { info, body: &text[begin..start] });
                open = None;
            }
            None | Some(_) => {}
        }
    }
    found
}

/// Calls in tags or behind marks that chat templates teach: `<tool_call>…</tool_call>` (Hermes,
/// Qwen), `[TOOL_CALLS] […]` (Mistral).
fn tagged(text: &str, tools: &[&str]) -> Vec<ToolCall> {
    let mut found = Vec::new();
    for mark in ["<tool_call>", "<function_call>", "[TOOL_CALLS]"] {
        for part in text.split(mark).skip(1) {
            if let Some((value, _)) = lenient::first(part.trim_start()) {
                found.extend(calls_of(&value, tools));
            }
        }
    }
    if found.is_empty() {
        let by_attributes = attributes::calls(text).into_iter();
        found.extend(
            by_attributes
                .filter(|(name, _)| tools.contains(&name.as_str()))
                .map(|(name, arguments)| call(&name, arguments)),
        );
    }
    found
}

/// The calls of a text that is JSON and nothing else, or several values one after the other.
fn calls_in(text: &str, tools: &[&str]) -> Vec<ToolCall> {
    let mut rest = text.trim();
    let mut found = Vec::new();
    while rest.starts_with(['{', '[']) && found.len() < MOST {
        let Some((value, end)) = lenient::first(rest) else { break };
        found.extend(calls_of(&value, tools));
        rest = rest[end..].trim_start_matches([',', ';', ' ', '\n', '\r', '\t']);
    }
    found
}

/// Calls that stand in the text without a fence, each at the beginning of a line.
fn bare(text: &str, tools: &[&str]) -> Vec<ToolCall> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(line) = text[at..].split_inclusive('\n').next() {
        let indent = line.len() - line.trim_start().len();
        let here = &text[at + indent..];
        if here.starts_with(['{', '['])
            && let Some((value, end)) = lenient::first(here)
        {
            found.extend(calls_of(&value, tools));
            at += indent + end;
            // What follows on the same line is not the beginning of one.
            at += text[at..].split_inclusive('\n').next().map_or(0, str::len);
        } else {
            at += line.len();
        }
        if found.len() >= MOST {
            break;
        }
    }
    found
}

/// The calls that a value is: one, a list, or an object that holds a list.
fn calls_of(value: &Value, tools: &[&str]) -> Vec<ToolCall> {
    match value {
        Value::Array(list) => list.iter().flat_map(|one| calls_of(one, tools)).collect(),
        Value::Object(map) => {
            if let Some(Value::Array(list)) = map.get("tool_calls").or_else(|| map.get("calls")) {
                return list.iter().flat_map(|one| calls_of(one, tools)).collect();
            }
            call_of(map, tools).into_iter().collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

fn call_of(map: &Map<String, Value>, tools: &[&str]) -> Option<ToolCall> {
    let known = |name: &str| tools.iter().copied().find(|tool| *tool == name.trim());
    match map.get("function").or_else(|| map.get("tool_call")) {
        // As the protocol has it: {"function": {"name": …, "arguments": …}}.
        Some(Value::Object(inner)) => return call_of(inner, tools),
        // {"function": "read", "arguments": …}.
        Some(Value::String(name)) => {
            return Some(call(known(name)?, arguments(map, &["function"])));
        }
        Some(_) | None => {}
    }
    for key in NAMES {
        if let Some(name) = map.get(key).and_then(Value::as_str)
            && let Some(tool) = known(name)
        {
            return Some(call(tool, arguments(map, &[key])));
        }
    }
    // {"read": {"path": …}}.
    let mut entries = map.iter();
    match (entries.next(), entries.next()) {
        (Some((name, Value::Object(inner))), None) => {
            Some(call(known(name)?, Value::Object(inner.clone()).to_string()))
        }
        _ => None,
    }
}

/// The arguments of a call, as JSON text: under their key, or beside the name.
fn arguments(map: &Map<String, Value>, named_by: &[&str]) -> String {
    for key in ARGUMENTS {
        match map.get(key) {
            Some(Value::String(text)) => return text.clone(),
            Some(value @ Value::Object(_)) => return value.to_string(),
            Some(_) | None => {}
        }
    }
    let beside: Map<String, Value> = map
        .iter()
        .filter(|(key, _)| {
            !named_by.contains(&key.as_str()) && !["id", "type"].contains(&key.as_str())
        })
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    Value::Object(beside).to_string()
}

/// The path in a fence's info string: `rust src/a.rs`, `src/a.rs`, `path=src/a.rs`,
/// `sh:lib/a.sh`, `title="src/a.rs"`.
fn path_in(info: &str) -> Option<String> {
    let words = info.split([' ', '\t', ',']).flat_map(|word| {
        let (key, value) = word.split_once(['=', ':']).unwrap_or(("", word));
        let named = ["path", "file", "filename", "title"].contains(&key);
        let plain = key.is_empty() || key.chars().all(char::is_alphanumeric);
        [(named || plain).then_some(value)]
    });
    words
        .flatten()
        .map(|word| word.trim_matches(['"', '\'', '`', '(', ')', '{', '}']))
        .find(|word| looks_like_path(word))
        .map(|word| word.trim_start_matches("./").to_owned())
}

/// A relative path with a folder or an extension; a language's name is none.
fn looks_like_path(word: &str) -> bool {
    let sound = |c: char| c.is_alphanumeric() || "._-/+@".contains(c);
    let name = word.rsplit('/').next().unwrap_or_default();
    !word.is_empty()
        && word.chars().all(sound)
        && !word.starts_with('/')
        && !name.is_empty()
        && (word.contains('/')
            || name.rsplit_once('.').is_some_and(|(stem, end)| !stem.is_empty() && !end.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOLS: [&str; 5] = ["read", "write", "edit", "run", "finish"];

    fn told(text: &str) -> String {
        match salvage(text, &TOOLS) {
            None => "none".to_owned(),
            Some((calls, way)) => {
                let calls: Vec<String> =
                    calls.iter().map(|call| format!("{} {}", call.tool, call.arguments)).collect();
                format!("{way:?}: {}", calls.join(" | "))
            }
        }
    }

    #[test]
    fn a_call_in_a_fence_is_found_however_its_parts_are_called() {
        for text in [
            "I'll read.\n```json\n{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}}\n```\n",
            "```\n{\"tool\": \"read\", \"args\": {\"path\": \"a\"}}\n```",
            "```json\n{\"function\": {\"name\": \"read\", \"arguments\": \"{\\\"path\\\":\\\"a\\\"}\"}}\n```",
            "```json\n[{\"name\":\"read\",\"parameters\":{\"path\":\"a\"}}]\n```",
            "```json\n{\"tool\": \"read\", \"path\": \"a\"}\n```",
            "```tool_call\n{\"read\": {\"path\": \"a\"}}\n```",
            "<tool_call>\n{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}}\n</tool_call>",
            "[TOOL_CALLS] [{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}}]",
            "{\"name\": \"read\", \"arguments\": {\"path\": \"a\"}}",
            "Sure:\n  {\"name\": \"read\", \"arguments\": {\"path\": \"a\"}} and so on",
        ] {
            assert_eq!(told(text), "Salvaged: read {\"path\":\"a\"}", "{text}");
        }
    }

    #[test]
    fn several_calls_keep_their_order() {
        let text = "```json\n{\"name\":\"read\",\"arguments\":{\"path\":\"a\"}}\n{\"name\":\"run\",\"arguments\":{\"command\":\"ls\"}}\n```";
        assert_eq!(told(text), "Salvaged: read {\"path\":\"a\"} | run {\"command\":\"ls\"}");
    }

    #[test]
    fn raw_line_breaks_inside_strings_are_read() {
        let text = "```json\n{\"name\": \"write\", \"arguments\": {\"path\": \"a.sh\", \"content\": \"one\ntwo\n\"}}\n```";
        assert_eq!(told(text), r#"Salvaged: write {"path":"a.sh","content":"one\ntwo\n"}"#);
    }

    #[test]
    fn a_whole_file_in_a_fence_with_its_path_is_a_write() {
        for info in [
            "sh lib/a.sh",
            "lib/a.sh",
            "sh path=lib/a.sh",
            "path=\"lib/a.sh\"",
            "sh:lib/a.sh",
            "./lib/a.sh",
        ] {
            let text = format!("Here it is.\n```{info}\necho hi\n```\nDone.");
            assert_eq!(
                told(&text),
                r#"FileFence: write {"path":"lib/a.sh","content":"echo hi\n"}"#,
                "{info}"
            );
        }
    }

    #[test]
    fn text_that_merely_shows_json_or_code_is_no_call() {
        for text in [
            "```json\n{\"name\": \"ledger\", \"version\": \"1.0\"}\n```",
            "```json\n{\"name\": \"launch_missiles\", \"arguments\": {}}\n```",
            "```sh\necho hi\n```",
            "```rust\nfn main() {}\n```",
            "Use {\"path\": \"a\"} for that.",
            "plain words",
            "```json\n{\"name\": \"read\", \"arguments\": {\"path\": \"a",
            "",
        ] {
            assert_eq!(told(text), "none", "{text}");
        }
    }

    #[test]
    fn a_path_that_leads_out_is_left_to_the_tool_to_refuse_and_an_absolute_one_is_none() {
        assert_eq!(told("```sh /etc/passwd\nx\n```"), "none");
        assert!(told("```sh ../x.sh\nx\n```").starts_with("FileFence"));
    }
}
