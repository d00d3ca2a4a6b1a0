//! Calls written as a tag with attributes: `<function name="read" arguments='{"path": "a"}'/>`.
//! Qwen2.5-Coder 1.5B writes its calls so when it is asked for tools and its template has none.

use super::lenient;

/// Names of tags in which models write calls; a blank follows, then attributes.
const TAGS: [&str; 5] = ["<function", "<tool_call", "<tool", "<invoke", "<call"];
/// Attributes under which the arguments stand.
const ARGUMENTS: [&str; 5] = ["arguments", "args", "parameters", "params", "input"];

/// The call that a text begins with: the tool's name, its arguments as they were written, and how
/// many bytes the call takes.
pub(super) fn leading(text: &str) -> Option<(String, String, usize)> {
    let tag = TAGS.iter().find(|tag| {
        let rest = text.strip_prefix(**tag);
        rest.is_some_and(|rest| rest.starts_with([' ', '\t', '\n']))
    })?;
    let (attributes, length) = attributes(&text[tag.len()..]);
    let of = |names: &[&str]| {
        attributes.iter().find(|(key, _)| names.contains(&key.as_str())).map(|(_, value)| value)
    };
    let name = of(&["name", "tool"])?.clone();
    let mut end = tag.len() + length;
    let arguments = if let Some(arguments) = of(&ARGUMENTS) {
        arguments.clone()
    } else {
        // `<function name="read">{"path": "a"}</function>`
        let (value, length) = lenient::first(&text[end..])?;
        end += length;
        value.to_string()
    };
    let rest = text[end..].trim_start();
    let closing = rest.strip_prefix("</").and_then(|rest| rest.strip_prefix(&tag[1..]));
    if let Some(rest) = closing.and_then(|rest| rest.strip_prefix('>')) {
        end = text.len() - rest.len();
    }
    Some((name, arguments, end))
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
        leading(text).map_or(String::new(), |(name, arguments, end)| {
            format!("{name} {arguments} then {:?}", &text[end..])
        })
    }

    #[test]
    fn a_tag_with_attributes_is_a_call() {
        assert_eq!(
            told("<function name=\"list\" arguments='{\"path\": \"/repo\"}'/>\n"),
            r#"list {"path": "/repo"} then "\n""#
        );
        assert_eq!(
            told(r#"<tool name="run" args="{"command": "ls"}">"#),
            r#"run {"command": "ls"} then """#
        );
        assert_eq!(
            told(r#"<invoke name="read">{"path":"a"}</invoke> on"#),
            r#"read {"path":"a"} then " on""#
        );
    }

    #[test]
    fn broken_tags_give_nothing_and_end() {
        for text in [
            "<function",
            "<function name=",
            "<tool name='x",
            "<call >",
            "<function name=\"a\"/>",
            "<functions name=\"a\" args='{}'>",
        ] {
            assert_eq!(told(text), "", "{text}");
        }
    }
}
