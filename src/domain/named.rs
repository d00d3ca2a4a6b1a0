//! What a lesson names: the paths and symbols that must be there for it to hold.

use super::attempt::LessonCandidate;

/// Most things that are looked for a lesson.
const MOST: usize = 12;
/// Fewest letters of a symbol: shorter ones stand everywhere.
const LETTERS: usize = 4;

/// Something that a lesson names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// A path or a glob of paths, relative to the repository's root.
    Path(String),
    /// A name as it stands in code.
    Symbol(String),
}

impl Named {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        match self {
            Named::Path(text) | Named::Symbol(text) => text,
        }
    }
}

/// What a lesson names: its globs, and what stands between backticks in its words. Of a command
/// the paths among its words count: whether its program is there is the machine's business.
pub fn named(what: &LessonCandidate) -> Vec<Named> {
    let mut all: Vec<Named> = Vec::new();
    let mut add = |one: Named| {
        if all.len() < MOST && !all.contains(&one) {
            all.push(one);
        }
    };
    for glob in what.paths.iter().map(|glob| glob.trim().trim_start_matches("./")) {
        // A glob that names no place is about everything.
        if glob.contains(|letter: char| letter.is_alphanumeric()) && !glob.starts_with("*.") {
            add(Named::Path(glob.to_owned()));
        }
    }
    for text in [&what.trigger, &what.fix] {
        // Every second piece stands between backticks.
        for quoted in text.split('`').skip(1).step_by(2) {
            let words: Vec<&str> = quoted.split_whitespace().collect();
            for word in &words {
                if is_path(word) {
                    add(Named::Path(word.trim_start_matches("./").to_owned()));
                }
            }
            if let [word] = words[..]
                && is_symbol(word)
            {
                add(Named::Symbol(word.trim_end_matches("()").to_owned()));
            }
        }
    }
    all
}

/// A plain path with a folder in it: a bare name could be anything.
fn is_path(word: &str) -> bool {
    let inner = word.trim_start_matches("./").trim_end_matches('/');
    inner.contains('/')
        && !inner.starts_with(['/', '-', '$', '~'])
        && !inner.contains("//")
        && !inner.split('/').any(|part| part == "..")
        && inner.chars().all(|one| one.is_alphanumeric() || "._-/*".contains(one))
}

/// A name with the look of code: parts joined by `_`, or letters of both cases.
fn is_symbol(word: &str) -> bool {
    let word = word.trim_end_matches("()");
    let shape = word.contains('_')
        || (word.contains(|one: char| one.is_ascii_uppercase())
            && word.contains(|one: char| one.is_ascii_lowercase()));
    word.chars().count() >= LETTERS
        && shape
        && word.starts_with(|one: char| one.is_alphabetic() || one == '_')
        && word.chars().all(|one| one.is_alphanumeric() || one == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_symbols_are_found_where_they_are_meant_as_such() {
        let what = LessonCandidate {
            trigger: "`sh scripts/test.sh -v` fails on *.sh and and/or 3/4".into(),
            fix: "use `to_cents()` of `./lib/money.sh`, not `awk`; see `README.md`, `HashMap`"
                .into(),
            paths: vec!["lib/*.sh".into(), "**".into(), "*.sh".into(), "./src".into()],
            evidence: vec![],
        };
        let found: Vec<String> = named(&what).iter().map(|one| format!("{one:?}")).collect();
        insta::assert_snapshot!(found.join("\n"), @r#"
        Path("lib/*.sh")
        Path("src")
        Path("scripts/test.sh")
        Symbol("to_cents")
        Path("lib/money.sh")
        Symbol("HashMap")
        "#);
    }

    #[test]
    fn what_leads_out_of_the_repository_is_no_path() {
        for word in ["/etc/passwd", "../x/y", "a/../b", "https://x.y/z", "-I/usr", "$X/y", "~/x"] {
            assert!(!is_path(word), "{word}");
        }
    }
}
