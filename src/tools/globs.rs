//! Globs over paths of a worktree, read the way their writers mean them.

use globset::{Glob, GlobMatcher};

/// A list of globs. `*` also crosses `/`; a name without wildcards stands for itself and for
/// everything beneath it, and so does one with `/` at its end.
#[derive(Clone, Debug, Default)]
pub(super) struct Globs {
    all: Vec<(String, Vec<GlobMatcher>)>,
}

impl Globs {
    /// Compiles globs; the error names the first that is none.
    pub(super) fn new(globs: &[String]) -> Result<Self, String> {
        let all = globs.iter().filter(|glob| !glob.trim().is_empty()).map(|glob| {
            let plain = glob.trim().trim_start_matches("./");
            let stem = plain.trim_end_matches('/');
            let below = format!("{stem}/**");
            let forms = if stem.is_empty() || stem == "." {
                vec!["**"]
            } else if plain.ends_with('/') {
                vec![below.as_str()]
            } else if plain.contains(['*', '?', '[', '{']) {
                vec![plain]
            } else {
                vec![plain, below.as_str()]
            };
            let compiled = forms.into_iter().map(|form| Ok(Glob::new(form)?.compile_matcher()));
            let compiled: Result<Vec<_>, globset::Error> = compiled.collect();
            let named = |fault: globset::Error| format!("`{glob}` is no glob: {}", fault.kind());
            Ok((glob.clone(), compiled.map_err(named)?))
        });
        Ok(Self { all: all.collect::<Result<_, String>>()? })
    }

    /// Whether there is no glob at all.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The first glob that a path matches.
    pub(super) fn matching(&self, path: &str) -> Option<&str> {
        let path = path.trim_start_matches("./");
        let found = self.all.iter().find(|(_, forms)| forms.iter().any(|form| form.is_match(path)));
        found.map(|(glob, _)| glob.as_str())
    }

    /// The globs as they were written.
    pub(super) fn shown(&self) -> String {
        let all: Vec<String> = self.all.iter().map(|(glob, _)| format!("`{glob}`")).collect();
        all.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn globs(all: &[&str]) -> Globs {
        Globs::new(&all.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_plain_name_means_itself_and_what_is_beneath() {
        for written in ["src", "./src", "src/"] {
            assert_eq!(globs(&[written]).matching("src/a/b.rs"), Some(written));
            assert_eq!(globs(&[written]).matching("srcs/a"), None);
        }
        assert_eq!(globs(&["src"]).matching("./src"), Some("src"));
        assert_eq!(globs(&["."]).matching("any/thing"), Some("."));
    }

    #[test]
    fn wildcards_cross_directories_and_alternatives_count() {
        assert!(globs(&["*.md"]).matching("docs/a.md").is_some());
        assert!(globs(&["src/**"]).matching("src/a/b").is_some());
        assert!(globs(&["src/{a,b}.rs"]).matching("src/b.rs").is_some());
        assert!(globs(&["src/{a,b}.rs"]).matching("src/c.rs").is_none());
    }

    #[test]
    fn a_glob_that_does_not_compile_is_named() {
        let fault = Globs::new(&["ok".to_owned(), "src/{a".to_owned()]).unwrap_err();
        assert!(fault.starts_with("`src/{a` is no glob: "), "{fault}");
    }

    #[test]
    fn blank_globs_do_not_count() {
        assert!(globs(&["", " "]).is_empty());
        assert!(!globs(&["a"]).is_empty());
    }
}
