//! Calls written as a tag with attributes: `<function name="read" arguments='{"path": "a"}'/>`.
//! Qwen2.5-Coder 1.5B writes its calls so when it is asked for tools and its template has none.

use super::lenient;

/// Names of tags in which models write calls.
const TAGS: [&str; 5] = ["<function", "<tool_call", "<tool", "<invoke", "<call"];
/// Attributes under which the arguments stand.
const ARGUMENTS: [&str; 5] = ["arguments", "args", "parameters", "params", "input"];

/// The calls in a text: the tool's name and its arguments as they were written.
pub(super) fn calls(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = TAGS.iter().filter_map(|tag| rest.find(tag)).min() {
        rest = &rest[at..];
        let tag = rest.find([' ', '\t', '\n', '>', '/']).unwrap_or(rest.len());
        let (attributes, end) = attributes(&rest[tag..]);
        let of = |names: &[&str]| {
            attributes.iter().find(|(key, _)| names.contains(&key.as_str())).map(|(_, value)| value)
        };
        rest = &rest[tag + end..];
        let Some(name) = of(&["name", "tool"]) else { continue };
        let arguments = match of(&ARGUMENTS) {
            Some(arguments) => Some(arguments.clone()),
            // `<function name="read">{"path": "a"}</function>`
            None => lenient::first(rest.trim_start()).map(|(value, _)| value.to_string()),
        };
        found.extend(arguments.map(|arguments| (name.clone(), arguments)));
    }
    found
}

/// The attributes of a tag whose name has been read, and how many bytes they take.
fn attributes(text: &str) -> (Vec<(String, String)>, usize) {
    let mut found = Vec::new();
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        let Some(equals) = trimmed.find(['=', '>', '<']) else { return (found, text.len()) };
        if !trimmed[equals..].starts_with('=') {
            return (found, at + equals + 1);
        }
        let key = trimmed[..equals].trim().to_owned();
        let value = trimmed[equals + 1..].trim_start();
        let Some(quote @ ('"' | '\'')) = value.chars().next() else { return (found, at + equals) };
        let begun = text.len() - value.len() + 1;
        // A quote inside of JSON may be the same as the one around it; what ends the value is
        // followed by a blank or the end of the tag.
        let closing = text[begun..].char_indices().find(|(place, c)| {
            let after = text[begun + place + c.len_utf8()..].trim_start_matches('/');
            *c == quote && (after.is_empty() || after.starts_with([' ', '>', '\t', '\n']))
        });
        let Some((length, _)) = closing else { return (found, text.len()) };
        found.push((key, text[begun..begun + length].to_owned()));
        at = begun + length + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        let calls = calls(text);
        calls
            .iter()
            .map(|(name, arguments)| format!("{name} {arguments}"))
            .collect::<Vec<_>>()
            .join(" | ")
    }

    #[test]
    fn a_tag_with_attributes_is_a_call() {
        let real = "<tools>\n  <function name=\"list\" arguments='{\"path\": \"/repo\"}'/>\n  \
                    <function name=\"read\" arguments='{\"path\": \"a\"}'/>\n</tools>";
        assert_eq!(told(real), r#"list {"path": "/repo"} | read {"path": "a"}"#);
        assert_eq!(
            told(r#"<tool name="run" args="{"command": "ls"}">"#),
            r#"run {"command": "ls"}"#
        );
        assert_eq!(told(r#"<invoke name="read">{"path":"a"}</invoke>"#), r#"read {"path":"a"}"#);
    }

    #[test]
    fn broken_tags_give_nothing_and_end() {
        for text in
            ["<function", "<function name=", "<tool name='x", "<call >", "<function name=\"a\"/>"]
        {
            assert_eq!(told(text), "", "{text}");
        }
    }
}
