//! The shapes in which models write a call when they do not use the protocol's own.

use serde_json::{Map, Value};

use super::{attributes, lenient};

/// A call as it was found: a tool that exists and the JSON text of its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) tool: String,
    pub(super) arguments: String,
}

/// Keys that name the tool.
const NAME_KEYS: [&str; 6] = ["name", "tool", "tool_name", "function", "function_name", "action"];
/// Keys that hold the arguments.
const ARGUMENT_KEYS: [&str; 8] =
    ["arguments", "parameters", "args", "params", "input", "tool_input", "action_input", "kwargs"];
/// Keys around a call that say nothing more than that it is one.
const AROUND: [&str; 3] = ["tool_call", "tool_calls", "function_call"];
/// What models put before a tool's name.
const PREFIXES: [&str; 3] = ["functions.", "default_api.", "tools."];

/// The tool that a name means, if there is one.
pub(super) fn known<'t>(name: &str, tools: &[&'t str]) -> Option<&'t str> {
    let name = name.trim();
    let bare = PREFIXES.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
    tools.iter().copied().find(|tool| tool.eq_ignore_ascii_case(bare))
}

/// The calls that a JSON value stands for: an object that is one, or a list of such.
pub(super) fn in_value(value: &Value, tools: &[&str]) -> Option<Vec<Found>> {
    match value {
        Value::Array(values) if !values.is_empty() => {
            let each = values.iter().map(|value| in_value(value, tools));
            Some(each.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
        }
        Value::Object(fields) => {
            if let Some(inner) = AROUND.iter().find_map(|key| fields.get(*key)) {
                return in_value(inner, tools);
            }
            in_object(fields, tools).or_else(|| under_its_name(fields, tools)).map(|one| vec![one])
        }
        Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            None
        }
    }
}

fn in_object(fields: &Map<String, Value>, tools: &[&str]) -> Option<Found> {
    if let Some(Value::Object(inner)) = fields.get("function") {
        return in_object(inner, tools);
    }
    let (key, name) = NAME_KEYS
        .iter()
        .find_map(|key| fields.get(*key).and_then(Value::as_str).map(|name| (*key, name)))?;
    let tool = known(name, tools)?;
    let arguments = match ARGUMENT_KEYS.iter().find_map(|key| fields.get(*key)) {
        Some(Value::Object(arguments)) => Value::Object(arguments.clone()),
        Some(Value::String(text)) => lenient::whole(text).filter(Value::is_object)?,
        Some(Value::Null) => Value::Object(Map::new()),
        // Arguments beside the name. A `name` among other things may be anything, such as a
        // package's; `tool` and the like are plain.
        None if key != "name" || fields.len() == 1 => {
            let said = |name: &String| name == key || name == "type" || name == "id";
            let rest = fields.iter().filter(|(name, _)| !said(name));
            Value::Object(rest.map(|(name, value)| (name.clone(), value.clone())).collect())
        }
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_)) | None => return None,
    };
    Some(Found { tool: tool.to_owned(), arguments: arguments.to_string() })
}

/// `{"read": {"path": "a"}}`: nothing but the tool's name and its arguments.
fn under_its_name(fields: &Map<String, Value>, tools: &[&str]) -> Option<Found> {
    let mut entries = fields.iter();
    match (entries.next(), entries.next()) {
        (Some((name, arguments @ Value::Object(_))), None) => {
            let tool = known(name, tools)?.to_owned();
            Some(Found { tool, arguments: arguments.to_string() })
        }
        _ => None,
    }
}

/// Reads calls one behind the other from the start of a text, and says where the last one ends.
pub(super) fn leading(text: &str, tools: &[&str]) -> Option<(Vec<Found>, usize)> {
    let mut found = Vec::new();
    let mut end = 0;
    loop {
        let rest = &text[end..];
        let gap = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n', ',', ';']).len();
        let Some((value, length)) = lenient::first(&rest[gap..]) else { break };
        let Some(calls) = in_value(&value, tools) else { break };
        found.extend(calls);
        end += gap + length;
    }
    (!found.is_empty()).then_some((found, end))
}

/// The calls of a text that holds nothing else: JSON, or statements such as `read({"path": "a"})`.
pub(super) fn all_of(text: &str, tools: &[&str]) -> Option<Vec<Found>> {
    if let Some((found, end)) = leading(text, tools) {
        return text[end..]
            .trim_matches([' ', '\t', '\r', '\n', ',', ';'])
            .is_empty()
            .then_some(found);
    }
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (call, length) = statement(rest, tools)?;
        found.push(call);
        rest = rest[length..].trim_start_matches([' ', '\t', '\r', '\n', ';']);
    }
    (!found.is_empty()).then_some(found)
}

/// A statement `tool({...})` or `tool(key=value, ...)` at the start of a text. Without arguments
/// it is too likely to be something else, such as Python's own `list()`.
fn statement(text: &str, tools: &[&str]) -> Option<(Found, usize)> {
    let (name, _) = text.split_once('(')?;
    let tool = known(name, tools)?;
    let start = name.len() + 1;
    let inside = &text[start..];
    if let Some((Value::Object(arguments), length)) = lenient::first(inside) {
        let end = closed(inside, length)?;
        let arguments = Value::Object(arguments).to_string();
        return Some((Found { tool: tool.to_owned(), arguments }, start + end));
    }
    let mut arguments = Map::new();
    let mut at = 0;
    loop {
        let rest = &inside[at..];
        let (key, after) = rest.split_once('=')?;
        let key_text = key.trim();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        if key_text.is_empty() || !key_text.bytes().all(plain) {
            return None;
        }
        let (value, length) = lenient::first(after)?;
        arguments.insert(key_text.to_owned(), value);
        at += key.len() + 1 + length;
        if let Some(end) = closed(inside, at) {
            let arguments = Value::Object(arguments).to_string();
            return Some((Found { tool: tool.to_owned(), arguments }, start + end));
        }
        let rest = &inside[at..];
        at += rest.len() - rest.trim_start().strip_prefix(',')?.len();
    }
}

/// Where the bracket is closed, if it is so right behind `at`.
fn closed(inside: &str, at: usize) -> Option<usize> {
    let rest = &inside[at..];
    let after = rest.trim_start().strip_prefix(')')?;
    Some(inside.len() - after.len())
}

/// A call in a tag of its own at the start of a text: by attributes, as Llama or as Qwen write it.
pub(super) fn in_tag(text: &str, tools: &[&str]) -> Option<(Found, usize)> {
    tagged(text, tools).or_else(|| {
        let (name, arguments, length) = attributes::leading(text)?;
        let tool = known(&name, tools)?.to_owned();
        let arguments = lenient::whole(&arguments).filter(Value::is_object)?.to_string();
        Some((Found { tool, arguments }, length))
    })
}

/// A call in the tags of Llama 3 (`<function=read>{...}</function>`) or Qwen 3 Coder
/// (`<function=read><parameter=path>a</parameter></function>`) at the start of a text.
fn tagged(text: &str, tools: &[&str]) -> Option<(Found, usize)> {
    let (name, _) = text.strip_prefix("<function=")?.split_once('>')?;
    let tool = known(name, tools)?;
    let start = "<function=".len() + name.len() + 1;
    let length = text[start..].find("</function>")?;
    let inside = text[start..start + length].trim();
    let arguments = if inside.starts_with("<parameter=") {
        Value::Object(parameters(inside)?)
    } else if inside.is_empty() {
        Value::Object(Map::new())
    } else {
        lenient::whole(inside).filter(Value::is_object)?
    };
    let end = start + length + "</function>".len();
    Some((Found { tool: tool.to_owned(), arguments: arguments.to_string() }, end))
}

fn parameters(mut inside: &str) -> Option<Map<String, Value>> {
    let mut arguments = Map::new();
    while !inside.is_empty() {
        let (key, rest) = inside.strip_prefix("<parameter=")?.split_once('>')?;
        let (value, rest) = rest.split_once("</parameter>")?;
        let value = value.strip_prefix('\n').unwrap_or(value);
        let value = value.strip_suffix('\n').unwrap_or(value);
        arguments.insert(key.trim().to_owned(), Value::String(value.to_owned()));
        inside = rest.trim_start();
    }
    Some(arguments)
}

/// Calls behind Mistral's `[TOOL_CALLS]`: a JSON list, or `read{...}`, `read[ARGS]{...}` in a row.
pub(super) fn behind_mark(text: &str, tools: &[&str]) -> Option<(Vec<Found>, usize)> {
    if let Some(found) = leading(text, tools) {
        return Some(found);
    }
    let mut found = Vec::new();
    let mut end = 0;
    loop {
        let rest = text[end..].trim_start();
        let rest = rest.strip_prefix("[TOOL_CALLS]").unwrap_or(rest);
        let Some((name, _)) = rest.split_once('{') else { break };
        let bare = name.split('[').next().unwrap_or(name);
        let Some(tool) = known(bare, tools) else { break };
        let Some((Value::Object(arguments), length)) = lenient::first(&rest[name.len()..]) else {
            break;
        };
        let arguments = Value::Object(arguments).to_string();
        found.push(Found { tool: tool.to_owned(), arguments });
        end = text.len() - rest.len() + name.len() + length;
    }
    (!found.is_empty()).then_some((found, end))
}
