//! Which commands may run without asking. No security rests on reading a shell line: a rule
//! matches one simple argv, and anything with shell operators needs the exact text.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, Error as _, MapAccess},
};

/// A rule that allows commands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum CommandRule {
    /// Exactly this text, shell operators and all.
    Exact { text: String },
    /// One simple command that begins with these words, `*` standing for any one word.
    Argv { words: Vec<String> },
}

impl<'de> Deserialize<'de> for CommandRule {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Clone, Copy, Deserialize)]
        #[serde(field_identifier, rename_all = "snake_case")]
        enum Key {
            Rule,
            Text,
            Words,
        }

        #[derive(Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum Form {
            Exact,
            Argv,
        }

        struct Visitor;

        // By hand, for a derived enum with a tag reads ahead and loses the place of a fault.
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = CommandRule;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a mapping with `rule`, and `text` or `words`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CommandRule, A::Error> {
                let (mut form, mut text, mut words) = (None, None, None);
                while let Some(key) = map.next_key()? {
                    let again = match key {
                        Key::Rule => form.replace(map.next_value()?).map(|_: Form| "rule"),
                        Key::Text => text.replace(map.next_value()?).map(|_: String| "text"),
                        Key::Words => {
                            words.replace(map.next_value()?).map(|_: Vec<String>| "words")
                        }
                    };
                    if let Some(key) = again {
                        return Err(A::Error::duplicate_field(key));
                    }
                }
                let missing = A::Error::missing_field;
                match (form.ok_or_else(|| missing("rule"))?, text, words) {
                    (Form::Exact, _, Some(_)) => {
                        Err(A::Error::custom("`words` belongs to `rule: argv`, not to `exact`"))
                    }
                    (Form::Argv, Some(_), _) => {
                        Err(A::Error::custom("`text` belongs to `rule: exact`, not to `argv`"))
                    }
                    (Form::Exact, text, None) => {
                        Ok(CommandRule::Exact { text: text.ok_or_else(|| missing("text"))? })
                    }
                    (Form::Argv, None, words) => {
                        Ok(CommandRule::Argv { words: words.ok_or_else(|| missing("words"))? })
                    }
                }
            }
        }

        from.deserialize_map(Visitor)
    }
}

impl CommandRule {
    /// Whether the rule allows a command line as it stands.
    pub fn allows(&self, line: &str) -> bool {
        match self {
            CommandRule::Exact { text } => text == line,
            CommandRule::Argv { words } => simple_argv(line).is_some_and(|argv| {
                !words.is_empty()
                    && argv.len() >= words.len()
                    && words.iter().zip(&argv).all(|(want, got)| want == "*" || want == got)
            }),
        }
    }

    /// The rule as a person reads it.
    pub fn shown(&self) -> String {
        match self {
            CommandRule::Exact { text } => format!("exactly: {text}"),
            CommandRule::Argv { words } => format!("{} …", words.join(" ")),
        }
    }
}

/// The words of a line that is one simple command: no operator, expansion, assignment, glob,
/// comment or line break that a shell would act on. `None` for anything else.
pub fn simple_argv(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '\'' => break,
                        '\n' | '\r' | '\0' => return None,
                        c => word.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '"' => break,
                        '$' | '`' | '\\' | '!' | '\n' | '\r' | '\0' => return None,
                        c => word.push(c),
                    }
                }
            }
            c if is_plain(c) => word.get_or_insert_default().push(c),
            _ => return None,
        }
    }
    words.extend(word);
    // `NAME=value command` sets a variable, and a lone assignment runs nothing.
    let first = words.first()?;
    (!first.is_empty() && !first.contains('=')).then_some(words)
}

/// Characters that mean only themselves to a POSIX shell outside quotes.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '_' | '-' | '.' | '/' | ':' | ',' | '+' | '@' | '%' | '=')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argv(words: &[&str]) -> CommandRule {
        CommandRule::Argv { words: words.iter().map(|word| (*word).to_owned()).collect() }
    }

    #[test]
    fn a_rule_matches_one_simple_command_that_begins_with_its_words() {
        let rule = argv(&["cargo", "test"]);
        assert!(rule.allows("cargo test --all 'a b'"));
        assert!(!rule.allows("cargo"));
        assert!(!rule.allows("cargo build"));
    }

    #[test]
    fn shell_operators_are_never_matched_by_words() {
        let rule = argv(&["cargo", "test"]);
        for line in [
            "cargo test; rm -rf /",
            "cargo test && curl x",
            "cargo test $(id)",
            "cargo test `id`",
            "cargo test > /etc/passwd",
            "cargo test \"$HOME\"",
            "cargo test\nid",
            "cargo test *",
            "cargo test ~",
            "cargo test # x",
            "cargo test {a,b}",
            "cargo test \\\nid",
            "PATH=. cargo test",
            "cargo test !x",
            "cargo test 'unclosed",
            "cargo test \u{202e}",
        ] {
            assert!(!rule.allows(line), "{line:?}");
        }
    }

    #[test]
    fn an_exact_rule_matches_its_text_and_nothing_near_it() {
        let rule = CommandRule::Exact { text: "make a && make b".into() };
        assert!(rule.allows("make a && make b"));
        assert!(!rule.allows("make a && make b "));
    }
}
