//! A success criterion as models and people write it: a command line, or one form of check.

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::domain::{Check, Criterion};

/// Either way of writing a criterion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum WrittenCriterion {
    /// A shell line that exits 0 when the criterion holds.
    Line(String),
    Form(Box<Form>),
}

/// The long way. Exactly one of `run`, `file`, `diff_within`, `look` and `judge` is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Form {
    /// What must hold, in words; made from the check where it is missing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// A shell line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub run: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect_exit: Option<i32>,
    /// A regular expression: of the command's output, or of the file's text.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub pattern: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// A path that must exist.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// Globs that every changed path must match.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub diff_within: Vec<String>,
    /// What a person must look at.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub look: String,
    /// What a model is to judge.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub judge: String,
}

impl WrittenCriterion {
    /// What is meant by it, or why that cannot be told.
    pub fn meant(self) -> Result<Criterion, String> {
        let form = match self {
            WrittenCriterion::Line(run) => Form { run, ..Form::default() },
            WrittenCriterion::Form(form) => *form,
        };
        form.meant()
    }

    /// A criterion in the shortest way that means the same.
    pub fn of(criterion: &Criterion) -> Self {
        let mut form = match &criterion.check {
            Check::Command { run, expect_exit, pattern, timeout_seconds } => Form {
                run: run.clone(),
                expect_exit: (*expect_exit != 0).then_some(*expect_exit),
                pattern: pattern.clone().unwrap_or_default(),
                timeout_seconds: *timeout_seconds,
                ..Form::default()
            },
            Check::FileExists { path } => Form { file: path.clone(), ..Form::default() },
            Check::FileMatches { path, pattern } => {
                Form { file: path.clone(), pattern: pattern.clone(), ..Form::default() }
            }
            Check::DiffWithin { globs } => Form { diff_within: globs.clone(), ..Form::default() },
            Check::Manual { look } => Form { look: look.clone(), ..Form::default() },
            Check::Judgement { ask } => Form { judge: ask.clone(), ..Form::default() },
        };
        if criterion.text != in_words(&criterion.check) {
            form.text.clone_from(&criterion.text);
        }
        let line = Form { run: form.run.clone(), ..Form::default() };
        if form == line && !form.run.is_empty() && !reads_like_prose(&form.run) {
            WrittenCriterion::Line(form.run)
        } else {
            WrittenCriterion::Form(Box::new(form))
        }
    }
}

impl Form {
    fn meant(mut self) -> Result<Criterion, String> {
        let given = |text: &str| !text.trim().is_empty();
        self.diff_within.retain(|glob| given(glob));
        let kinds: Vec<&str> = [
            ("run", given(&self.run)),
            ("file", given(&self.file)),
            ("diff_within", !self.diff_within.is_empty()),
            ("look", given(&self.look)),
            ("judge", given(&self.judge)),
        ]
        .into_iter()
        .filter_map(|(kind, given)| given.then_some(kind))
        .collect();
        let pattern = given(&self.pattern).then_some(self.pattern);
        let check = match kinds[..] {
            // Small models put the command where its words belong.
            [] if given(&self.text) => command(std::mem::take(&mut self.text))?,
            [] => return Err("it names no check; give a shell command in `run`".to_owned()),
            ["run"] => match command(self.run)? {
                Check::Command { run, .. } => Check::Command {
                    run,
                    expect_exit: self.expect_exit.unwrap_or(0),
                    pattern,
                    timeout_seconds: self.timeout_seconds.filter(|seconds| *seconds > 0),
                },
                other => other,
            },
            ["file"] => match pattern {
                Some(pattern) => Check::FileMatches { path: self.file, pattern },
                None => Check::FileExists { path: self.file },
            },
            ["diff_within"] => Check::DiffWithin { globs: self.diff_within },
            ["look"] => Check::Manual { look: self.look },
            ["judge"] => Check::Judgement { ask: self.judge },
            ref several => {
                return Err(format!(
                    "it has {}; give one, and a criterion of its own for each other",
                    several
                        .iter()
                        .map(|kind| format!("`{kind}`"))
                        .collect::<Vec<_>>()
                        .join(" and ")
                ));
            }
        };
        let text = if given(&self.text) { self.text } else { in_words(&check) };
        Ok(Criterion { text, check })
    }
}

fn command(run: String) -> Result<Check, String> {
    if reads_like_prose(&run) {
        return Err(format!(
            "`{run}` reads like a sentence, not like a shell command; give a command that exits 0 \
             when it holds, or {{\"look\": \"…\"}} for what only a person can see"
        ));
    }
    Ok(Check::Command { run, expect_exit: 0, pattern: None, timeout_seconds: None })
}

/// The words of a criterion that has none of its own.
fn in_words(check: &Check) -> String {
    match check {
        Check::Command { run, expect_exit, pattern, .. } => {
            let exit = format!("`{run}` exits {expect_exit}");
            match pattern {
                Some(pattern) => format!("{exit} and its output matches `{pattern}`"),
                None => exit,
            }
        }
        Check::FileExists { path } => format!("`{path}` exists"),
        Check::FileMatches { path, pattern } => format!("`{path}` matches `{pattern}`"),
        Check::DiffWithin { globs } => format!("only {} changes", globs.join(", ")),
        Check::Manual { look } => look.clone(),
        Check::Judgement { ask } => ask.clone(),
    }
}

/// Whether a line is a sentence rather than a shell command: it begins like one, or it says what
/// must be, and nothing in it looks like an option, a path or an operator.
fn reads_like_prose(line: &str) -> bool {
    let line = line.trim();
    let words: Vec<&str> = line.split_whitespace().collect();
    let shelly = line.contains(['"', '\'', '|', '&', ';', '$', '=', '/', '<', '>', '('])
        || words.iter().any(|word| word.starts_with('-'));
    let says = |wanted: &[&str]| words.iter().any(|word| wanted.contains(word));
    // `The`, `A`, but not `R CMD` or `PATH`.
    let mut letters = line.chars();
    let capital = letters.next().is_some_and(|letter| letter.is_ascii_uppercase())
        && (line.starts_with("A ") || letters.next().is_some_and(|next| next.is_ascii_lowercase()));
    words.len() > 1
        && !shelly
        && (says(&["should", "must"])
            || (capital && (words.len() > 2 || says(&["pass", "passes", "exists", "works"]))))
}

impl<'de> Deserialize<'de> for WrittenCriterion {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;

        // By hand, for an untagged enum would lose the line and the field that are at fault.
        impl<'de> de::Visitor<'de> for Either {
            type Value = WrittenCriterion;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(
                    "a shell command, or a map with `run`, `file`, `diff_within` or `look`",
                )
            }

            fn visit_str<E: de::Error>(self, line: &str) -> Result<Self::Value, E> {
                Ok(WrittenCriterion::Line(line.to_owned()))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Form::deserialize(de::value::MapAccessDeserializer::new(map))
                    .map(|form| WrittenCriterion::Form(Box::new(form)))
            }
        }

        from.deserialize_any(Either)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(json: &str) -> Result<Criterion, String> {
        serde_json::from_str::<WrittenCriterion>(json).unwrap().meant()
    }

    #[test]
    fn a_plain_string_is_a_command_that_exits_0() {
        let criterion = meant("\"make test\"").unwrap();
        assert_eq!(criterion.text, "`make test` exits 0");
        assert_eq!(criterion.command(), Some("make test"));
    }

    #[test]
    fn fields_that_a_model_fills_with_nothing_count_as_absent() {
        let criterion = meant(
            r#"{"text": "", "run": "make", "file": "", "pattern": "", "timeout_seconds": 0, "diff_within": [""]}"#,
        );
        let plain = Check::Command {
            run: "make".to_owned(),
            expect_exit: 0,
            pattern: None,
            timeout_seconds: None,
        };
        assert_eq!(criterion.unwrap().check, plain);
    }

    #[test]
    fn each_form_of_check_can_be_written() {
        for (json, words) in [
            (
                r#"{"run": "a", "pattern": "ok", "expect_exit": 1}"#,
                "`a` exits 1 and its output matches `ok`",
            ),
            (r#"{"file": "a.txt"}"#, "`a.txt` exists"),
            (r#"{"file": "a.txt", "pattern": "^x"}"#, "`a.txt` matches `^x`"),
            (r#"{"diff_within": ["src/**", "docs/**"]}"#, "only src/**, docs/** changes"),
            (r#"{"look": "the colours"}"#, "the colours"),
            (r#"{"judge": "is it clear?"}"#, "is it clear?"),
            (r#"{"text": "cargo test"}"#, "`cargo test` exits 0"),
        ] {
            assert_eq!(meant(json).unwrap().text, words);
        }
    }

    #[test]
    fn a_sentence_in_place_of_a_command_is_told_so() {
        for line in
            ["The file should exist", "Tests pass", "output must be sorted", "All tests are green."]
        {
            let told = meant(&format!("\"{line}\"")).unwrap_err();
            assert!(told.contains("reads like a sentence"), "{told}");
        }
        for line in [
            "make test",
            "./Test all",
            "R CMD check .",
            "test -f must",
            "Rscript all.R",
            "R CMD check .",
        ] {
            assert!(meant(&format!("\"{line}\"")).is_ok(), "{line}");
        }
    }

    #[test]
    fn two_checks_in_one_are_told_apart() {
        let told = meant(r#"{"run": "a", "file": "b"}"#).unwrap_err();
        assert_eq!(
            told,
            "it has `run` and `file`; give one, and a criterion of its own for each other"
        );
    }

    #[test]
    fn what_is_written_means_the_same_again() {
        for json in
            [r#""make test""#, r#"{"text":"t","run":"a","expect_exit":2}"#, r#"{"look":"x"}"#]
        {
            let criterion = meant(json).unwrap();
            let written = WrittenCriterion::of(&criterion);
            assert_eq!(serde_json::to_string(&written).unwrap(), json);
            assert_eq!(written.meant().unwrap(), criterion);
        }
    }
}
