//! What a person asks the memory: words, and filters such as `task:t2 kind:check since:1d`.

/// Most characters of a question that are read.
const MAX: usize = 1_000;
/// Most filters of one question.
const MAX_MARKS: usize = 16;

/// What a filter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Task,
    Goal,
    Kind,
    By,
    Since,
    Until,
}

impl Key {
    /// The keys with their words.
    const ALL: [(Key, &'static str); 6] = [
        (Key::Task, "task"),
        (Key::Goal, "goal"),
        (Key::Kind, "kind"),
        (Key::By, "by"),
        (Key::Since, "since"),
        (Key::Until, "until"),
    ];
}

/// A question to the memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// What is to stand in the text.
    pub words: String,
    pub marks: Vec<(Key, String)>,
}

impl Ask {
    /// Reads a question. A filter without a value yet is left out; a word with a colon that is no
    /// filter is a word.
    pub fn of(text: &str) -> Ask {
        let mut ask = Ask::default();
        let text: String = text.chars().take(MAX).collect();
        for word in text.split_whitespace() {
            let mark = word.split_once(':').and_then(|(name, value)| {
                let key = Key::ALL.iter().find(|(_, known)| *known == name)?.0;
                Some((key, value))
            });
            match mark {
                Some((_, "")) => {}
                Some((key, value)) if ask.marks.len() < MAX_MARKS => {
                    ask.marks.push((key, value.to_owned()));
                }
                Some(_) => {}
                None => {
                    if !ask.words.is_empty() {
                        ask.words.push(' ');
                    }
                    ask.words.push_str(word);
                }
            }
        }
        ask
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_told_from_words() {
        let ask = Ask::of("task:t2 kind:check by:planner since:1d std::fs failed http://x kind:");
        assert_eq!(ask.words, "std::fs failed http://x");
        let marks: Vec<(Key, &str)> =
            ask.marks.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let wanted =
            [(Key::Task, "t2"), (Key::Kind, "check"), (Key::By, "planner"), (Key::Since, "1d")];
        assert_eq!(marks, wanted);
        assert_eq!(Ask::of("  "), Ask::default());
    }
}
