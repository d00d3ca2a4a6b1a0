//! The arguments of a delivering tool, written without its name, as models of 1 to 3 billion
//! parameters do.
//!
//! Pure, and strict: a JSON object that is a fence, the whole text, or begins a line; that fits the
//! closed schema of exactly one delivering tool; and is the only such object in the text. Tools that
//! change or execute something are never meant without being named.

use serde_json::Value;

use super::{fence::fences, lenient, salvage::behind_thoughts};

/// Most objects of one text that are looked at.
const OBJECTS: usize = 16;

/// Arguments that were found, the tool that they can only be meant for, and the rest of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bare {
    pub(super) tool: &'static str,
    /// JSON text.
    pub(super) arguments: String,
    pub(super) rest: String,
}

/// An object in a text, with its place.
struct Found {
    value: Value,
    start: usize,
    end: usize,
}

/// Finds the arguments of a delivering tool. `fits` names the delivering tools whose schema an
/// object satisfies.
pub(super) fn bare(text: &str, fits: &dyn Fn(&str) -> Vec<&'static str>) -> Option<Bare> {
    let begin = behind_thoughts(text)?;
    let answer = &text[begin..];
    let mut chosen: Option<(Found, &'static str)> = None;
    for found in objects(answer) {
        // An empty object, or one that names a tool, is something else.
        let fields = found.value.as_object()?.len();
        let tools = fits(&found.value.to_string());
        let [tool] = tools[..] else { continue };
        if fields == 0 {
            continue;
        }
        match &chosen {
            // What is written twice is meant once.
            Some((before, same)) if *same == tool && before.value == found.value => {}
            Some(_) => return None,
            None => chosen = Some((found, tool)),
        }
    }
    let (found, tool) = chosen?;
    let around = [&text[..begin + found.start], &text[begin + found.end..]].map(str::trim);
    let rest = around.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
    Some(Bare { tool, arguments: found.value.to_string(), rest })
}

/// The objects of a text that stand by themselves: each a whole fence, or at a line's beginning.
fn objects(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    for fence in fences(text) {
        in_lines(text, at, fence.start, &mut found);
        if let Some(value @ Value::Object(_)) = lenient::whole(fence.body) {
            found.push(Found { value, start: fence.start, end: fence.end });
        }
        at = fence.end;
    }
    in_lines(text, at, text.len(), &mut found);
    found.truncate(OBJECTS);
    found
}

fn in_lines(text: &str, from: usize, to: usize, found: &mut Vec<Found>) {
    let mut at = from;
    let mut tries = 0;
    while at < to && tries < OBJECTS {
        let line = text[at..to].find('\n').map_or(to, |end| at + end + 1);
        let start = at + (text[at..line].len() - text[at..line].trim_start().len());
        at = line;
        if !text[start..to].starts_with('{') {
            continue;
        }
        tries += 1;
        if let Some((value @ Value::Object(_), length)) = lenient::first(&text[start..to]) {
            let end = start + length;
            let behind = text[end..to].split('\n').next().unwrap_or_default();
            if behind.trim().is_empty() {
                found.push(Found { value, start, end });
            }
            at = at.max(end + behind.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::agent::schema::Schema;

    /// `judge` wants a decision and a why, `ask` a question and a why, `note` a why.
    fn found(text: &str) -> Option<Bare> {
        let tool = |name: &'static str, required: &[&str]| {
            let of = |field: &&str| ((*field).to_owned(), json!({"type": "string"}));
            let properties: serde_json::Map<_, _> = required.iter().map(of).collect();
            let schema = json!({"type": "object", "additionalProperties": false,
                "required": required, "properties": properties});
            (name, Schema::compile(&schema).unwrap())
        };
        let tools = [
            tool("judge", &["decision", "why"]),
            tool("ask", &["question", "why"]),
            tool("also_asks", &["question", "why"]),
            tool("empty", &[]),
        ];
        bare(text, &|arguments| {
            let fitting = tools.iter().filter(|(_, schema)| schema.read(arguments).is_ok());
            fitting.map(|(name, _)| *name).collect()
        })
    }

    const VERDICT: &str = r#"{"decision":"accept","why":"It is done."}"#;

    #[test]
    fn arguments_that_fit_one_delivering_tool_are_its_call_fenced_or_not() {
        for text in [
            VERDICT.to_owned(),
            format!("### Judge\n\n```json\n{VERDICT}\n```\n"),
            format!("```\n{VERDICT}\n```"),
            format!("I have looked.\n\n{VERDICT}\n\nThat is all."),
            format!("<think>{{}}</think>\n{VERDICT}"),
            format!("```json\n{VERDICT}\n```\n\n```json\n{VERDICT}\n```"),
            "{\n  \"decision\": \"accept\",\n  \"why\": \"It is done.\",\n}".to_owned(),
        ] {
            let bare = found(&text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((bare.tool, bare.arguments.as_str()), ("judge", VERDICT), "{text}");
        }
    }

    #[test]
    fn what_stands_around_the_arguments_is_kept_as_words() {
        let bare = found(&format!("### Judge\n\n```json\n{VERDICT}\n```\nSo be it.")).unwrap();
        assert_eq!(bare.rest, "### Judge\n\nSo be it.");
    }

    #[test]
    fn what_could_be_meant_for_two_or_for_none_or_is_only_mentioned_is_no_call() {
        for text in [
            r#"{"question":"Which?","why":"It matters."}"#,
            r#"{"decision":"accept"}"#,
            r#"{"decision":"accept","why":"x","mood":"good"}"#,
            r#"{"decision":"accept","why":"x"#,
            "{}",
            "[]",
            "The verdict would be {\"decision\":\"accept\",\"why\":\"x\"}, I think.",
            "{\"decision\":\"accept\",\"why\":\"a\"}\n{\"decision\":\"reject\",\"why\":\"b\"}",
            "<think>{\"decision\":\"accept\",\"why\":\"x\"}",
            "",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn a_text_full_of_brackets_is_no_work() {
        assert_eq!(found(&"{\n".repeat(20_000)), None);
    }
}
