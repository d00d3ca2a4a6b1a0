//! The repository's own rules: `AGENTS.md`, or `CLAUDE.md` where a folder has no `AGENTS.md`.

use std::fmt::Write as _;

use super::text::{Window, clip};
use crate::domain::tokens_of;

/// Most bytes of rules, over all files.
pub const RULE_BYTES: usize = 32 * 1024;
/// The names of rules files; in one folder the first that is there counts.
pub const RULE_FILES: [&str; 2] = ["AGENTS.md", "CLAUDE.md"];

/// A rules file that applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFile {
    /// Relative to the repository's root.
    pub path: String,
    pub text: String,
}

/// The rules that apply to some paths, from the root to the nearest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    pub files: Vec<RuleFile>,
}

/// Finds the rules for paths or globs: in the root and in each folder on the way to them. `lookup`
/// gives a file's text, if it is there. Where they are too long together, the nearest stay.
pub fn rules_for<T: AsRef<str>>(paths: &[T], lookup: &dyn Fn(&str) -> Option<String>) -> Rules {
    let mut folders = vec![String::new()];
    for path in paths {
        let path = path.as_ref().trim().trim_start_matches("./");
        let mut folder = String::new();
        // The last part is the file; what comes after a wildcard is not known.
        let parts = path.split('/').collect::<Vec<_>>();
        let way = parts.iter().take(parts.len().saturating_sub(1));
        for part in way.take_while(|part| !part.contains(['*', '?', '[', '{']) && **part != "..") {
            if !folder.is_empty() {
                folder.push('/');
            }
            folder.push_str(part);
            if !folders.contains(&folder) {
                folders.push(folder.clone());
            }
        }
    }
    folders.sort_by_key(|folder| (depth(folder), folder.clone()));
    let mut files: Vec<RuleFile> = Vec::new();
    for folder in folders {
        let found = RULE_FILES.iter().find_map(|name| {
            let path =
                if folder.is_empty() { (*name).to_owned() } else { format!("{folder}/{name}") };
            let text = lookup(&path)?;
            (!text.trim().is_empty()).then_some(RuleFile { path, text })
        });
        files.extend(found);
    }
    let mut left = RULE_BYTES;
    for file in files.iter_mut().rev() {
        if file.text.len() > left {
            let most = u32::try_from(left / 3).unwrap_or(u32::MAX);
            file.text = clip(&file.text, most, &file.path);
        }
        left = left.saturating_sub(file.text.len());
    }
    Rules { files }
}

fn depth(folder: &str) -> usize {
    if folder.is_empty() { 0 } else { folder.split('/').count() }
}

impl Rules {
    /// The rules as a model reads them, each under its file's name, within a number of tokens.
    pub fn shown(&self, most: u32) -> String {
        self.parts(most).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n\n")
    }

    /// The same, file by file, each text with the file's path.
    pub(super) fn parts(&self, most: u32) -> Vec<(String, String)> {
        // The nearest get their share first, for they win.
        let mut shares = vec![0; self.files.len()];
        let mut left = most;
        for (place, file) in self.files.iter().enumerate().rev() {
            shares[place] = tokens_of(&file.text).min(left);
            left -= shares[place];
        }
        let told = |(place, (file, share)): (usize, (&RuleFile, u32))| {
            let mut text = String::new();
            if self.files.len() > 1 && place == 0 {
                text.push_str("Where these differ, the later one wins.\n\n");
            }
            if share == 0 {
                let _ = write!(text, "From `{}`: left out; read it there.", file.path);
            } else {
                let own = clip(&file.text, share, &file.path);
                let _ = write!(text, "From `{}`:\n\n{}", file.path, own.trim_end());
            }
            (file.path.clone(), text)
        };
        self.files.iter().zip(shares).enumerate().map(told).collect()
    }

    /// The rules within their share of a window.
    pub(super) fn within(&self, window: Window) -> String {
        self.shown(window.share(10))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(paths: &[&str], there: &[&str]) -> Vec<String> {
        let lookup = |path: &str| there.contains(&path).then(|| format!("rules of {path}"));
        rules_for(paths, &lookup).files.into_iter().map(|file| file.path).collect()
    }

    #[test]
    fn the_nearest_file_comes_last_and_claude_md_only_stands_in() {
        let there =
            ["AGENTS.md", "CLAUDE.md", "web/CLAUDE.md", "web/ui/AGENTS.md", "api/AGENTS.md"];
        assert_eq!(
            found(&["web/ui/button.ts"], &there),
            ["AGENTS.md", "web/CLAUDE.md", "web/ui/AGENTS.md"]
        );
        assert_eq!(found(&["README.md"], &there), ["AGENTS.md"]);
        assert_eq!(found(&["./api/**/*.rs"], &there), ["AGENTS.md", "api/AGENTS.md"]);
        assert_eq!(found(&["../outside/x"], &there), ["AGENTS.md"]);
        assert_eq!(found(&["x"], &[]), Vec::<String>::new());
    }

    #[test]
    fn the_nearest_rules_stay_whole_where_all_are_too_long() {
        let lookup = |path: &str| match path {
            "AGENTS.md" => Some("far\n".repeat(10_000)),
            "a/AGENTS.md" => Some("near\n".repeat(100)),
            _ => None,
        };
        let rules = rules_for(&["a/b"], &lookup);
        assert!(rules.files[0].text.contains("tokens of AGENTS.md left out"));
        assert_eq!(rules.files[1].text.len(), 500);
        let shown = rules.shown(300);
        assert!(shown.contains("Where these differ, the later one wins."));
        assert!(shown.contains("From `a/AGENTS.md`:\n\nnear"), "{shown}");
        assert!(tokens_of(&shown) < 400);
    }
}
