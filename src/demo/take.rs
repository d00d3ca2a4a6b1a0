//! Words and numbers that an answer takes out of the conversation it answers.

use serde::Deserialize;
use serde_json::Value;

use super::{
    conversation::Conversation,
    script::{Call, Say, Scene},
};

/// Most bytes of what is taken in one place.
const MAX_TAKEN: usize = 80;
/// Most numbers that are cited.
const MAX_CITED: usize = 8;

/// Words between two marks of the conversation: the last place wins, as the newest word counts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Take {
    pub after: String,
    pub until: String,
    /// Used where the marks are missing or nothing harmless stands between them.
    #[serde(rename = "else")]
    pub otherwise: String,
}

impl Take {
    /// The words, reduced to letters, digits, spaces and `.,:;!?_-` and to 80 bytes, since they
    /// may come from a person and go into a shell script.
    pub fn from(&self, text: &str) -> String {
        let found = text.rfind(&self.after).map(|at| &text[at + self.after.len()..]);
        let found = found.and_then(|rest| rest.split(self.until.as_str()).next()).unwrap_or("");
        let mut plain = String::new();
        for c in found.trim().chars().filter(|c| c.is_alphanumeric() || " .,:;!?_-".contains(*c)) {
            if plain.len() + c.len_utf8() > MAX_TAKEN {
                break;
            }
            plain.push(c);
        }
        let plain = plain.trim();
        if plain.is_empty() { self.otherwise.clone() } else { plain.to_owned() }
    }
}

/// Numbers that stand behind a mark, in the lines below a heading.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cite {
    pub under: String,
    /// What stands before each number.
    pub mark: String,
    /// Only lines that hold one of these words, in any case.
    pub about: Vec<String>,
}

impl Cite {
    /// The numbers, in their order, at most eight.
    pub fn from(&self, text: &str) -> Vec<u64> {
        let Some((_, below)) = text.split_once(self.under.as_str()) else { return Vec::new() };
        below
            .split(self.mark.as_str())
            .skip(1)
            .filter(|rest| {
                let line = rest.lines().next().unwrap_or("").to_lowercase();
                self.about.iter().any(|word| line.contains(word.as_str()))
            })
            .filter_map(|rest| {
                rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u64>().ok()
            })
            .take(MAX_CITED)
            .collect()
    }
}

/// What was taken, ready to be put in.
struct Taken {
    words: Vec<(String, String)>,
    numbers: Vec<(String, Vec<u64>)>,
}

impl Scene {
    /// What is said in answer to a conversation: the words with everything taken put in.
    pub fn said(&self, conversation: &Conversation) -> Say {
        let mark = |name: &String| format!("{{{{{name}}}}}");
        let text = &conversation.text;
        let taken = Taken {
            words: self.take.iter().map(|(name, take)| (mark(name), take.from(text))).collect(),
            numbers: self.cite.iter().map(|(name, cite)| (mark(name), cite.from(text))).collect(),
        };
        let call = |call: &Call| Call {
            tool: call.tool.clone(),
            arguments: taken.value(&call.arguments),
            raw: call.raw.as_deref().map(|raw| taken.text(raw)),
        };
        Say {
            reasoning: taken.text(&self.say.reasoning),
            text: taken.text(&self.say.text),
            calls: self.say.calls.iter().map(call).collect(),
            pace: self.say.pace,
            finish: self.say.finish.clone(),
        }
    }
}

impl Taken {
    fn text(&self, text: &str) -> String {
        let put = |text: String, (mark, words): &(String, String)| text.replace(mark, words);
        self.words.iter().fold(text.to_owned(), put)
    }

    /// A value with every text in it filled; a mark of numbers in a list becomes these numbers.
    fn value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::from(self.text(text)),
            Value::Array(list) => {
                let numbers = |one: &Value| {
                    self.numbers.iter().find(|(mark, _)| one.as_str() == Some(mark.as_str()))
                };
                list.iter()
                    .flat_map(|one| match numbers(one) {
                        Some((_, numbers)) => numbers.iter().copied().map(Value::from).collect(),
                        None => vec![self.value(one)],
                    })
                    .collect()
            }
            Value::Object(map) => {
                map.iter().map(|(key, one)| (key.clone(), self.value(one))).collect()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::script::Script, *};

    #[test]
    fn words_are_taken_from_the_newest_place_and_made_harmless() {
        let take = Take { after: "says \"".into(), until: "\"".into(), otherwise: "x".into() };
        assert_eq!(take.from("says \"old\" and says \"it's $(new)\" end"), "its new");
        assert_eq!(take.from("nothing"), "x");
        assert_eq!(take.from("says \"$$\""), "x");
        assert_eq!(take.from(&format!("says \"{}\"", "é".repeat(99))), "é".repeat(40));
    }

    fn said(yaml: &str, text: &str) -> Say {
        let body = json!({ "model": "m", "messages": [{ "role": "user", "content": text }] });
        Script::parse(yaml).unwrap().scenes[0].said(&Conversation::of(&body))
    }

    #[test]
    fn taken_words_stand_where_they_are_named() {
        let yaml = "scenes:\n- take: {n: {after: 'for ', until: '.', else: you}}\n  say:\n    text: 'hi {{n}}'\n    calls: [{tool: write, arguments: {content: ['as {{n}} said', 7]}}]\n";
        let said = said(yaml, "this is for Ida. Bye");
        assert_eq!(said.text, "hi Ida");
        assert_eq!(said.calls[0].arguments, json!({ "content": ["as Ida said", 7] }));
    }

    #[test]
    fn cited_numbers_come_from_the_lines_that_are_about_it() {
        let yaml = "scenes:\n- cite: {n: {under: '# Events', mark: \"\\n- #\", about: [failed, passed]}}\n  say: {calls: [{tool: judge, arguments: {evidence: ['{{n}}', 1]}}]}\n";
        let text = "- #2 failed\n# Events\n\n- #12 a check FAILED\n- #13 said\n- #20 passed\n";
        assert_eq!(said(yaml, text).calls[0].arguments, json!({ "evidence": [12, 20, 1] }));
        assert_eq!(said(yaml, "none").calls[0].arguments, json!({ "evidence": [1] }));
    }
}
