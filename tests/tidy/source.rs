//! The sources as the rules see them: which room a file is in, what of it is code.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// A Rust file.
pub(crate) struct Source {
    /// From the repository's root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// The room that a file under `src` is in: its first folder, or its own name at the top.
    pub(crate) fn room(&self) -> &str {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let first = inside.split('/').next().unwrap_or(inside);
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// Everything before the tests, which stand last.
    pub(crate) fn body(&self) -> &str {
        let tests = ["\n#[cfg(test)]\nmod tests {", "\n#[cfg(test)]\nmod test {"];
        let end = tests.iter().filter_map(|mark| self.text.find(mark)).min();
        &self.text[..end.unwrap_or(self.text.len())]
    }

    /// The body without lines that are comments.
    pub(crate) fn code(&self) -> String {
        let lines = self.body().lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// All paths that the code names behind `root` (such as `crate::`), groups taken apart.
    pub(crate) fn paths(&self, root: &str) -> BTreeSet<Vec<String>> {
        let code = self.code();
        let mut found = BTreeSet::new();
        for (at, _) in code.match_indices(root) {
            let before = code[..at].chars().next_back().unwrap_or(' ');
            if before.is_alphanumeric() || matches!(before, '_' | ':') {
                continue; // `mycrate::`, or a later part of a longer path
            }
            tree(&mut code[at + root.len()..].chars().peekable(), &[], &mut found);
        }
        found
    }
}

/// Reads one use-tree: `a::b`, `a::{b, c::d}`, `a::*`.
fn tree(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    before: &[String],
    found: &mut BTreeSet<Vec<String>>,
) {
    let mut path = before.to_vec();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        if chars.next_if_eq(&'{').is_some() {
            loop {
                tree(chars, &path, found);
                while chars.next_if(|c| c.is_whitespace()).is_some() {}
                if chars.next_if_eq(&',').is_none() {
                    break;
                }
                while chars.next_if(|c| c.is_whitespace()).is_some() {}
                if chars.peek() == Some(&'}') {
                    break;
                }
            }
            chars.next_if_eq(&'}');
            return;
        }
        let mut name = String::new();
        while let Some(c) = chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
            name.push(c);
        }
        if !name.is_empty() {
            path.push(name);
        }
        let mut ahead = chars.clone();
        if ahead.next() == Some(':') && ahead.next() == Some(':') {
            chars.nth(1);
            continue;
        }
        if path.len() > before.len() {
            found.insert(path);
        }
        // `as other` and `self` end here too; what follows is read by whoever called.
        while chars.next_if(|c| !matches!(c, ',' | '}' | ';' | '\n')).is_some() {}
        return;
    }
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file at the root, empty where it is missing.
pub(crate) fn document(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_default()
}

/// All Rust files under a folder.
pub(crate) fn rust(folder: &str) -> Vec<Source> {
    let mut found: Vec<Source> = files(&root().join(folder))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|it| it == "rs"))
        .map(|path| Source::new(&shown(&path), &fs::read_to_string(&path).unwrap()))
        .collect();
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// The sources of the program: `src` without files that are compiled for tests only.
pub(crate) fn program() -> Vec<Source> {
    let all = rust("src");
    let only_tests: BTreeSet<String> = all.iter().flat_map(test_modules).collect();
    let kept: Vec<Source> =
        all.into_iter().filter(|source| !only_tests.contains(&source.path)).collect();
    assert!(kept.len() > 20, "the sources are not where they were");
    kept
}

/// Paths of the modules that a file declares behind `#[cfg(test)]`.
fn test_modules(source: &Source) -> Vec<String> {
    let folder = match source.path.rsplit_once('/') {
        Some((folder, "mod.rs" | "lib.rs" | "main.rs")) => folder.to_owned(),
        Some(_) | None => source.path.trim_end_matches(".rs").to_owned(),
    };
    source
        .text
        .split("#[cfg(test)]\n")
        .skip(1)
        .filter_map(|rest| {
            let line = rest.lines().next()?.trim();
            let name = line.strip_suffix(';')?.rsplit(' ').next()?;
            line.contains("mod ").then(|| format!("{folder}/{name}.rs"))
        })
        .collect()
}

/// All files that belong to the repository, by path, with their text where they are text.
pub(crate) fn texts() -> Vec<Source> {
    files(&root())
        .into_iter()
        .filter_map(|path| Some(Source::new(&shown(&path), &fs::read_to_string(&path).ok()?)))
        .collect()
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default();
            if path.is_symlink() || name == "target" || name == ".git" {
                continue;
            }
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found
}

#[test]
fn groups_of_a_use_are_taken_apart() {
    let source = Source::new(
        "src/a/b.rs",
        "use crate::{\n    domain::{Plan, plan::Task as T},\n    git,\n};\nlet x = crate::ui::view(mycrate::no);\n",
    );
    let found: Vec<String> = source.paths("crate::").iter().map(|path| path.join(".")).collect();
    assert_eq!(found, ["domain.Plan", "domain.plan.Task", "git", "ui.view"]);
}

#[test]
fn comments_and_tests_are_not_code() {
    let source = Source::new("src/a.rs", "// crate::x\nfn f() {}\n#[cfg(test)]\nmod tests {\n}\n");
    assert_eq!(source.code(), "fn f() {}");
}

#[test]
fn a_module_for_tests_only_is_found_by_its_declaration() {
    let source = Source::new("src/a/mod.rs", "pub mod b;\n#[cfg(test)]\npub(crate) mod kit;\n");
    assert_eq!(test_modules(&source), ["src/a/kit.rs"]);
}
