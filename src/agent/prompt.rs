//! The words that a session opens with: templates, embedded and overridable by the person.
//!
//! Values are put in as they are and never read as templates. Deliberately absent: what the
//! values are; the rooms of the roles compile them.

use std::path::Path;

use minijinja::{Environment, UndefinedBehavior, syntax::SyntaxConfig, value::Serde};
use serde::Serialize;

use crate::domain::nearest;

/// Longest override file that is read, in bytes.
const OVERRIDE_BYTES: u64 = 64 * 1024;

/// What a session begins with. The system part and the tools are the same for every session of a
/// role, so that a provider's cache of the prefix hits; the user part goes from stable to volatile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    pub system: String,
    pub user: String,
}

/// A template, by role and part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    PlannerSystem,
    PlannerUser,
    BriefSystem,
    BriefUser,
    ReviewSystem,
    ReviewUser,
    ExecutorSystem,
    ExecutorUser,
}

impl Prompt {
    /// All of them.
    pub const ALL: [Prompt; 8] = [
        Prompt::PlannerSystem,
        Prompt::PlannerUser,
        Prompt::BriefSystem,
        Prompt::BriefUser,
        Prompt::ReviewSystem,
        Prompt::ReviewUser,
        Prompt::ExecutorSystem,
        Prompt::ExecutorUser,
    ];

    /// The file's name, in `assets/prompts/` and in the person's folder of overrides.
    pub fn file(self) -> &'static str {
        self.parts().0
    }

    /// The text that is used when the person has no other.
    pub fn embedded(self) -> &'static str {
        self.parts().1
    }

    /// The variables that it is given; all are texts, empty where there is nothing to say.
    pub fn variables(self) -> &'static [&'static str] {
        self.parts().2
    }

    fn parts(self) -> (&'static str, &'static str, &'static [&'static str]) {
        macro_rules! template {
            ($file:literal, [$($variable:literal),*]) => {
                (
                    $file,
                    include_str!(concat!("../../assets/prompts/", $file)),
                    &[$($variable),*],
                )
            };
        }
        match self {
            Prompt::PlannerSystem => template!("planner.system.md.j2", []),
            Prompt::PlannerUser => template!(
                "planner.user.md.j2",
                ["rules", "goal", "tree", "history", "memory", "answers", "rejection"]
            ),
            Prompt::BriefSystem => template!("brief.system.md.j2", []),
            Prompt::BriefUser => template!(
                "brief.user.md.j2",
                [
                    "rules",
                    "goal",
                    "plan",
                    "tree",
                    "task",
                    "results",
                    "siblings",
                    "lessons",
                    "answers",
                    "tried",
                    "direction"
                ]
            ),
            Prompt::ReviewSystem => template!("review.system.md.j2", []),
            Prompt::ReviewUser => template!(
                "review.user.md.j2",
                [
                    "goal", "plan", "task", "brief", "report", "evidence", "diff", "events",
                    "thoughts", "attempts"
                ]
            ),
            Prompt::ExecutorSystem => template!("executor.system.md.j2", []),
            Prompt::ExecutorUser => template!("executor.user.md.j2", ["brief"]),
        }
    }
}

/// Why a prompt cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    #[error("prompt override {path}: cannot be read: {why}")]
    Unreadable { path: String, why: String },
    #[error("prompt override {path}: longer than {OVERRIDE_BYTES} bytes; shorten it")]
    TooLong { path: String },
    #[error("prompt override {path}: no prompt has this name{meant}; the names are {known}")]
    UnknownFile { path: String, known: String, meant: String },
    #[error("prompt {path}, line {line}: {what}")]
    Faulty { path: String, line: usize, what: String },
}

/// The templates in force. Made once, shared by all sessions.
#[derive(Debug)]
pub struct Prompts {
    environment: Environment<'static>,
    /// The override's path, where there is one, in the order of `Prompt::ALL`.
    overrides: Vec<(Prompt, String)>,
}

impl Prompts {
    /// The embedded templates alone.
    pub fn embedded() -> Result<Self, PromptError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        // Block tags stand on lines of their own and leave nothing behind.
        environment.set_syntax(
            SyntaxConfig::builder()
                .trim_blocks(true)
                .lstrip_blocks(true)
                .keep_trailing_newline(true)
                .build()
                .map_err(|fault| faulty("syntax", &fault))?,
        );
        let mut prompts = Self { environment, overrides: Vec::new() };
        for prompt in Prompt::ALL {
            prompts.add(prompt, prompt.embedded(), prompt.file())?;
        }
        Ok(prompts)
    }

    /// The embedded templates with those of the person's folder in their places. A folder that is
    /// not there overrides nothing; a file with a fault is an error, at once and not at its use.
    pub fn with_overrides(dir: &Path) -> Result<Self, PromptError> {
        let mut prompts = Self::embedded()?;
        let unreadable = |path: &Path, why: &std::io::Error| PromptError::Unreadable {
            path: path.display().to_string(),
            why: why.to_string(),
        };
        let entries = match std::fs::read_dir(dir) {
            Ok(entries) => entries,
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(prompts),
            Err(why) => return Err(unreadable(dir, &why)),
        };
        let mut paths = Vec::new();
        for entry in entries {
            paths.push(entry.map_err(|why| unreadable(dir, &why))?.path());
        }
        // In the order of their names, so that the same fault is told first each time.
        paths.sort();
        for path in &paths {
            let shown = path.display().to_string();
            let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
            if is_no_prompt(&name) {
                continue;
            }
            let Some(prompt) = Prompt::ALL.into_iter().find(|one| name == one.file()) else {
                let known = Prompt::ALL.map(Prompt::file);
                let meant = nearest(&name, known)
                    .map_or(String::new(), |meant| format!(" (did you mean `{meant}`?)"));
                let known = known.join(", ");
                return Err(PromptError::UnknownFile { path: shown, known, meant });
            };
            let length = std::fs::metadata(path).map_err(|why| unreadable(path, &why))?.len();
            if length > OVERRIDE_BYTES {
                return Err(PromptError::TooLong { path: shown });
            }
            let text = std::fs::read_to_string(path).map_err(|why| unreadable(path, &why))?;
            prompts.add(prompt, &text, &shown)?;
            prompts.overrides.push((prompt, shown));
        }
        Ok(prompts)
    }

    /// The overrides in force, for whoever wants to show them.
    pub fn overrides(&self) -> impl Iterator<Item = (Prompt, &str)> {
        self.overrides.iter().map(|(prompt, path)| (*prompt, path.as_str()))
    }

    fn add(&mut self, prompt: Prompt, text: &str, path: &str) -> Result<(), PromptError> {
        self.environment
            .add_template_owned(prompt.file(), text.to_owned())
            .map_err(|fault| faulty(path, &fault))?;
        let template =
            self.environment.get_template(prompt.file()).map_err(|fault| faulty(path, &fault))?;
        let mut unknown: Vec<String> = template
            .undeclared_variables(false)
            .into_iter()
            .filter(|name| {
                !prompt.variables().contains(&name.as_str())
                    && !self.environment.globals().any(|(global, _)| global == name)
            })
            .collect();
        unknown.sort();
        let Some(name) = unknown.first() else { return Ok(()) };
        let line = text.lines().position(|line| line.contains(name.as_str())).unwrap_or(0) + 1;
        let what = match prompt.variables() {
            [] => format!("unknown variable `{name}`; this prompt has none"),
            known => format!("unknown variable `{name}`; this prompt has {}", known.join(", ")),
        };
        Err(PromptError::Faulty { path: path.to_owned(), line, what })
    }

    /// Fills a template. `values` is a struct with the fields that `Prompt::variables` names.
    pub fn render<T: Serialize>(&self, prompt: Prompt, values: &T) -> Result<String, PromptError> {
        let path = self
            .overrides
            .iter()
            .find(|(one, _)| *one == prompt)
            .map_or_else(|| prompt.file(), |(_, path)| path.as_str());
        let fault = |fault: minijinja::Error| faulty(path, &fault);
        let template = self.environment.get_template(prompt.file()).map_err(fault)?;
        template.render(Serde(values)).map_err(fault)
    }
}

/// What else may lie in a folder of prompts: hidden files, an editor's copies, a read-me.
fn is_no_prompt(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || name.to_ascii_lowercase().starts_with("readme")
}

fn faulty(path: &str, fault: &minijinja::Error) -> PromptError {
    let what = match fault.detail() {
        Some(detail) => format!("{}: {detail}", fault.kind()),
        None => fault.kind().to_string(),
    };
    PromptError::Faulty { path: path.to_owned(), line: fault.line().unwrap_or(1), what }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// The variables that are never empty.
    const ALWAYS: [&str; 7] = ["goal", "task", "brief", "report", "evidence", "diff", "attempts"];

    fn values(prompt: Prompt) -> BTreeMap<&'static str, String> {
        prompt.variables().iter().map(|name| (*name, format!("<{name} {{{{x}}}}>"))).collect()
    }

    fn overriding(file: &str, text: &str) -> Result<Prompts, PromptError> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(file), text).unwrap();
        Prompts::with_overrides(dir.path()).map_err(|fault| {
            let shown = fault.to_string().replace(&dir.path().display().to_string(), "DIR");
            PromptError::UnknownFile { path: shown, known: String::new(), meant: String::new() }
        })
    }

    fn told(file: &str, text: &str) -> String {
        match overriding(file, text) {
            Err(PromptError::UnknownFile { path, .. }) => path,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_template_renders_and_says_all_that_it_is_given() {
        let prompts = Prompts::embedded().unwrap();
        for prompt in Prompt::ALL {
            let values = values(prompt);
            let text = prompts.render(prompt, &values).unwrap();
            for value in values.values() {
                assert!(text.contains(value), "{prompt:?} leaves out {value}");
            }
            assert!(text.lines().all(|line| !line.ends_with(' ')), "{prompt:?}");
            assert!(text.ends_with('\n') && !text.contains("\n\n\n"), "{prompt:?}:\n{text}");
        }
    }

    #[test]
    fn each_template_renders_with_the_least_there_is_to_say() {
        let prompts = Prompts::embedded().unwrap();
        for prompt in Prompt::ALL {
            let least = |name: &str| if ALWAYS.contains(&name) { "-" } else { "" };
            let empty: BTreeMap<&str, &str> =
                prompt.variables().iter().map(|name| (*name, least(name))).collect();
            let text = prompts.render(prompt, &empty).unwrap();
            assert!(!text.contains("\n\n\n"), "{prompt:?}:\n{text}");
        }
    }

    #[test]
    fn an_override_takes_the_place_of_the_embedded_text() {
        let prompts = overriding("executor.user.md.j2", "Do this:\n{{ brief }}\n").unwrap();
        let values = values(Prompt::ExecutorUser);
        let text = prompts.render(Prompt::ExecutorUser, &values).unwrap();
        assert_eq!(text, "Do this:\n<brief {{x}}>\n");
        assert_eq!(prompts.overrides().count(), 1);
    }

    #[test]
    fn a_fault_in_an_override_is_told_with_file_and_line_before_any_use() {
        insta::assert_snapshot!(
            told("executor.user.md.j2", "one\n{{ breif }}\n"),
            @"prompt DIR/executor.user.md.j2, line 2: unknown variable `breif`; this prompt has brief"
        );
        insta::assert_snapshot!(told("brief.system.md.j2", "{% if %}\n"), @"prompt DIR/brief.system.md.j2, line 1: syntax error: unexpected end of block");
        assert!(told("executor.system.md", "x").contains("did you mean `executor.system.md.j2`?"));
        assert!(told("notes.txt", "x").contains("no prompt has this name; the names are"));
        for other in [".brief.system.md.j2.swp", "brief.system.md.j2~", "README.md"] {
            assert!(overriding(other, "x").is_ok(), "{other}");
        }
        insta::assert_snapshot!(told("breif.system.md.j2", "x"), @"prompt override DIR/breif.system.md.j2: no prompt has this name (did you mean `brief.system.md.j2`?); the names are planner.system.md.j2, planner.user.md.j2, brief.system.md.j2, brief.user.md.j2, review.system.md.j2, review.user.md.j2, executor.system.md.j2, executor.user.md.j2");
    }

    #[test]
    fn a_fault_that_shows_only_at_use_names_the_override() {
        let prompts = overriding("executor.user.md.j2", "\n\n{{ brief.task }}\n").unwrap();
        let fault = prompts.render(Prompt::ExecutorUser, &values(Prompt::ExecutorUser));
        let told = fault.unwrap_err().to_string();
        assert!(told.contains("executor.user.md.j2, line 3: undefined value"), "{told}");
    }

    #[test]
    fn a_folder_that_is_not_there_overrides_nothing() {
        let prompts = Prompts::with_overrides(Path::new("/nowhere/at/all")).unwrap();
        assert_eq!(prompts.overrides().count(), 0);
    }

    #[test]
    fn an_endless_override_is_refused() {
        let long = "x".repeat(70_000);
        assert!(told("brief.user.md.j2", &long).contains("longer than"));
    }
}
