//! Code fences in a text, and which of them hold a whole file.

/// A fenced block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fence<'a> {
    /// What stands behind the opening ticks.
    pub(super) info: &'a str,
    pub(super) body: &'a str,
    /// Bytes of the whole block in its text, ticks and line breaks included.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether the closing ticks are there; a text may have been cut off.
    pub(super) closed: bool,
}

/// Languages that show something about a file, and are never one.
const NOT_A_FILE: [&str; 6] = ["diff", "patch", "console", "output", "terminal", "shell-session"];

/// All fences of a text, in order. A fence with an info string inside of another one is part of
/// that one, and so is its end: Markdown files contain fences.
pub(super) fn fences(text: &str) -> Vec<Fence<'_>> {
    let mut found: Vec<Fence<'_>> = Vec::new();
    let mut open: Option<(Ticks<'_>, usize, usize)> = None;
    let mut inner = 0_u32;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let Some(ticks) = Ticks::read(line) else { continue };
        match &open {
            None => {
                inner = 0;
                open = Some((ticks, start, at));
            }
            Some((opening, fence_start, body_start)) => {
                if !ticks.could_close(opening) {
                    inner += u32::from(!ticks.info.is_empty() && ticks.letter == opening.letter);
                } else if inner > 0 {
                    inner -= 1;
                } else {
                    let body = &text[*body_start..start];
                    let (info, start) = (opening.info, *fence_start);
                    found.push(Fence { info, body, start, end: at, closed: true });
                    open = None;
                }
            }
        }
    }
    if let Some((opening, start, body_start)) = open {
        let (info, body) = (opening.info, &text[body_start..]);
        found.push(Fence { info, body, start, end: text.len(), closed: false });
    }
    found
}

/// A line of ticks.
struct Ticks<'a> {
    letter: char,
    count: usize,
    info: &'a str,
}

impl<'a> Ticks<'a> {
    fn read(line: &'a str) -> Option<Self> {
        let line = line.trim_end();
        let body = line.trim_start();
        let letter = body.chars().next().filter(|letter| matches!(letter, '`' | '~'))?;
        let rest = body.trim_start_matches(letter);
        let count = body.len() - rest.len();
        // Ticks behind ticks on one line are code within a sentence.
        (count >= 3 && !rest.contains(letter)).then(|| Self { letter, count, info: rest.trim() })
    }

    fn could_close(&self, opening: &Ticks<'_>) -> bool {
        self.letter == opening.letter && self.count >= opening.count && self.info.is_empty()
    }
}

impl Fence<'_> {
    /// The path in the info string, when the fence holds a whole file: `rust src/a.rs`,
    /// `path=src/a.rs`, `rust:src/a.rs`, `src/a.rs`, `path: src/a.rs`, `title="src/a.rs"`.
    pub(super) fn file(&self) -> Option<&str> {
        if !self.closed || is_excerpt(self.body) {
            return None;
        }
        let mut words = self.info.split([' ', '\t', ',', '{', '}']).filter(|word| !word.is_empty());
        let first = words.next()?;
        let kind = first.split(':').next().unwrap_or(first).to_ascii_lowercase();
        if NOT_A_FILE.contains(&kind.as_str()) {
            return None;
        }
        if let Some(path) = named(first) {
            return path_like(path, Form::Named).or_else(|| {
                // `path: src/a.rs`: the value is the next word.
                path.is_empty()
                    .then(|| words.next())
                    .flatten()
                    .and_then(|path| path_like(path, Form::Named))
            });
        }
        if let Some((_language, path)) = first.split_once(':') {
            return path_like(path, Form::Bare);
        }
        while let Some(word) = words.next() {
            match named(word) {
                Some("") => return words.next().and_then(|path| path_like(path, Form::Named)),
                Some(path) => return path_like(path, Form::Named),
                None => {
                    if let Some(path) = path_like(word, Form::Bare) {
                        return Some(path);
                    }
                }
            }
        }
        path_like(first, Form::Bare)
    }
}

/// The value of a word such as `path=src/a.rs`; empty when it is in the next word.
fn named(word: &str) -> Option<&str> {
    ["path", "file", "filename", "filepath", "title"].iter().find_map(|key| {
        let head = word.get(..key.len())?;
        let rest = word.get(key.len()..)?;
        head.eq_ignore_ascii_case(key).then_some(rest)?.strip_prefix(['=', ':'])
    })
}

/// Whether a path was called one, or only looks like one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Named,
    Bare,
}

fn path_like(word: &str, form: Form) -> Option<&str> {
    let path = word.trim_matches(['"', '\'', '`', '(', ')']);
    let path = path.strip_prefix("./").unwrap_or(path);
    let plain = |letter: char| letter.is_alphanumeric() || "/._-+@[]$~".contains(letter);
    let sound = (1..=256).contains(&path.len())
        && path.chars().all(plain)
        && !path.starts_with(['/', '~'])
        && !path.ends_with('/');
    let name = path.rsplit('/').next().unwrap_or(path);
    let has_ending = name.rsplit_once('.').is_some_and(|(_, ending)| {
        (1..=8).contains(&ending.len())
            && ending.chars().all(|letter| letter.is_ascii_alphanumeric())
    });
    (sound && (form == Form::Named || has_ending || path.contains('/'))).then_some(path)
}

/// Whether a body leaves parts out ("... rest unchanged"): writing it would destroy the file.
fn is_excerpt(body: &str) -> bool {
    body.lines().any(|line| {
        let line = line.trim();
        let comment = ["//", "#", "--", "/*", "<!--", ";", "%", "{/*"]
            .iter()
            .find_map(|sign| line.strip_prefix(sign))
            .map(|rest| rest.trim().to_ascii_lowercase());
        let Some(comment) = comment else { return line == "..." || line == "…" };
        let leaves_out = comment.starts_with("...") || comment.starts_with('…');
        let says_so = ["existing code", "rest of the", "remains unchanged", "remain unchanged"]
            .iter()
            .any(|words| comment.contains(words));
        leaves_out || (says_so && (comment.contains("...") || comment.contains('…')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_of(info: &str) -> Option<String> {
        let text = format!("```{info}\nbody\n```\n");
        fences(&text)[0].file().map(str::to_owned)
    }

    #[test]
    fn a_path_is_found_in_all_its_usual_forms() {
        for info in [
            "rust src/a.rs",
            "src/a.rs",
            "path=src/a.rs",
            "path: src/a.rs",
            "path:src/a.rs",
            "rust path=src/a.rs",
            "rust path: src/a.rs",
            "rust path=\"src/a.rs\"",
            "rust title=\"src/a.rs\"",
            "rust filename=src/a.rs",
            "rust:src/a.rs",
            "rust, src/a.rs",
            "rust {path=src/a.rs}",
            "{path=src/a.rs}",
            "file: src/a.rs",
            "rust (src/a.rs)",
        ] {
            assert_eq!(path_of(info).as_deref(), Some("src/a.rs"), "{info}");
        }
        assert_eq!(path_of("Cargo.toml").as_deref(), Some("Cargo.toml"));
        assert_eq!(path_of("make path=Makefile").as_deref(), Some("Makefile"));
        assert_eq!(path_of("sh ./run.sh").as_deref(), Some("run.sh"));
    }

    #[test]
    fn a_language_is_no_path() {
        for info in [
            "",
            "rust",
            "c++",
            "objective-c",
            "json",
            "rust,ignore",
            "sh copy",
            "text only",
            "diff src/a.rs",
            "console run.sh",
            "rust src/a.rs:10-20",
            "rust src/a.rs#L4",
            "src/",
            "python3",
            "rust // the code",
            "sh /etc/passwd",
            "path=/etc/passwd",
            "js https://example.com/a.js",
        ] {
            assert_eq!(path_of(info), None, "{info}");
        }
    }

    #[test]
    fn an_excerpt_or_a_cut_off_fence_is_no_file() {
        for body in [
            "fn a() {}\n// ... rest of the file\n",
            "# … existing code …\nx = 1\n",
            "a\n...\nb\n",
            "/* ... */\n",
        ] {
            let text = format!("```rust src/a.rs\n{body}```\n");
            assert_eq!(fences(&text)[0].file(), None, "{body}");
        }
        let text = "```rust src/a.rs\nfn a() {}\n";
        assert_eq!(fences(text)[0].file(), None);
        let text = "```rust src/a.rs\n// the rest of the numbers\nlet x = 0..10;\n```";
        assert_eq!(fences(text)[0].file(), Some("src/a.rs"));
    }

    #[test]
    fn a_markdown_file_keeps_its_own_fences() {
        let text = "```md README.md\n# A\n```sh\nrun\n```\nend\n```\nafter";
        let found = fences(text);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].body, "# A\n```sh\nrun\n```\nend\n");
        let text = "````md README.md\n```\nplain\n```\n````\n";
        assert_eq!(fences(text)[0].body, "```\nplain\n```\n");
    }

    #[test]
    fn code_within_a_sentence_opens_nothing() {
        assert_eq!(fences("Use ```x``` here\n```not a fence``` too\n"), vec![]);
    }

    #[test]
    fn fences_are_told_apart_with_their_places() {
        let text = "a\n```json\n{}\n```\nb\n~~~\nx\n~~~";
        let found: Vec<_> =
            fences(text).iter().map(|fence| (fence.info, &text[fence.start..fence.end])).collect();
        assert_eq!(found, [("json", "```json\n{}\n```\n"), ("", "~~~\nx\n~~~")]);
    }
}
