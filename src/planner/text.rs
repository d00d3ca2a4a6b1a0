//! Small things done to text: its size, its cut, its slug.

use std::fmt::Write as _;

use crate::domain::tokens_of;

/// A model's context window in tokens, and the shares of it that parts of a prompt may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window(pub u32);

impl Window {
    /// So many hundredths of the window, and never less than what says anything at all.
    pub fn share(self, hundredths: u32) -> u32 {
        let share = u64::from(self.0) * u64::from(hundredths) / 100;
        u32::try_from(share).unwrap_or(u32::MAX).max(LEAST)
    }
}

/// Tokens that any part of a prompt may have, however small the window.
const LEAST: u32 = 120;

/// A text cut to about so many tokens at a line's end where one is near. A cut is visible: the
/// last line says what was left out.
pub fn clip(text: &str, most: u32, what: &str) -> String {
    let text = text.trim_end();
    let all = tokens_of(text);
    if all <= most {
        return text.to_owned();
    }
    let bytes = text.len() as u64 * u64::from(most) / u64::from(all);
    let mut end = usize::try_from(bytes).unwrap_or(usize::MAX).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let end = match text[..end].rfind('\n') {
        Some(at) if at >= end / 5 * 4 => at,
        Some(_) | None => end,
    };
    let left = tokens_of(&text[end..]);
    let mut cut = text[..end].trim_end().to_owned();
    let _ = write!(cut, "\n[… about {left} tokens of {what} left out …]");
    cut
}

/// A slug of at most 40 of `a-z 0-9 -` from a title; `otherwise` where nothing of it is left.
pub fn slug(title: &str, otherwise: &str) -> String {
    let mut slug = String::new();
    for letter in title.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') && !matches!(letter, '\'' | '`') {
            slug.push('-');
        }
    }
    // At a word's end, if the words before it still say something.
    if slug.len() > 40 {
        slug.truncate(40);
        if let Some(at) = slug.rfind('-').filter(|at| *at >= 16) {
            slug.truncate(at);
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { otherwise.to_owned() } else { slug.to_owned() }
}

/// Lines as a Markdown list; empty lines of the input are left out.
pub(super) fn list<T: AsRef<str>>(lines: &[T]) -> String {
    let mut text = String::new();
    for line in lines.iter().map(|line| line.as_ref().trim()).filter(|line| !line.is_empty()) {
        text.push_str("- ");
        // What is several lines long stays one entry.
        text.push_str(&line.replace('\n', "\n  "));
        text.push('\n');
    }
    text
}

/// A titled list, or nothing where the list is empty.
pub(super) fn titled<T: AsRef<str>>(title: &str, lines: &[T]) -> String {
    let list = list(lines);
    if list.is_empty() { list } else { format!("{title}:\n{list}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_visible_and_near_its_size() {
        let text = "one line of words\n".repeat(100);
        let cut = clip(&text, 60, "the tree");
        assert!(cut.starts_with("one line of words\n"));
        assert!(cut.ends_with("tokens of the tree left out …]"), "{cut}");
        assert!(tokens_of(&cut) < 90);
        assert_eq!(clip("short\n", 60, "x"), "short");
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        let cut = clip(&"é漢🦀".repeat(200), 50, "x");
        assert!(cut.contains("left out"));
    }

    #[test]
    fn a_slug_is_readable_and_sound() {
        for (title, wanted) in [
            ("Add a --name flag!", "add-a-name-flag"),
            ("Don't `break`", "dont-break"),
            ("漢字", "task-1"),
            ("", "task-1"),
            ("-x-", "x"),
        ] {
            let made = slug(title, "task-1");
            assert_eq!(made, wanted);
            assert!(crate::domain::TaskId(made).is_sound());
        }
        let long = slug(&"word ".repeat(30), "x");
        assert_eq!(long, "word-word-word-word-word-word-word-word");
    }

    #[test]
    fn every_share_says_something() {
        assert_eq!(Window(16_000).share(10), 1_600);
        assert_eq!(Window(0).share(10), LEAST);
    }
}
