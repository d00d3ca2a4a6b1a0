//! Cutting long text to its head and its tail.

/// Cuts a text to about `limit` bytes: three parts of its head, two of its tail, at line breaks
/// where there are any near, and between them what is missing. A text that fits is untouched.
pub(super) fn head_and_tail(text: &str, limit: usize, advice: &str) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let head = floor(text, limit / 5 * 3);
    let tail = ceil(text, text.len() - limit / 5 * 2);
    // A break is near when it costs less than a fifth of the part.
    let head = match text[..head].rfind('\n') {
        Some(at) if at >= head / 5 * 4 => at + 1,
        Some(_) | None => head,
    };
    let tail = match text[tail..].find('\n') {
        Some(at) if at < (text.len() - tail) / 5 => tail + at + 1,
        Some(_) | None => tail,
    };
    let missing = &text[head..tail];
    let lines = missing.matches('\n').count();
    let before = if text[..head].ends_with('\n') { "" } else { "\n" };
    let advice = if advice.is_empty() { String::new() } else { format!("; {advice}") };
    format!(
        "{}{before}[... {} bytes, {lines} lines left out{advice} ...]\n{}",
        &text[..head],
        missing.len(),
        &text[tail..],
    )
}

/// The last place at or before `at` that is between two characters.
pub(super) fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// The first place at or after `at` that is between two characters.
fn ceil(text: &str, at: usize) -> usize {
    (at..text.len()).find(|&at| text.is_char_boundary(at)).unwrap_or(text.len())
}

/// Takes terminal escapes and control characters out of a command's output: models copy them into
/// files. Line breaks and tabs stay; a line that was written over keeps only its last form.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    let mut line = 0;
    while let Some(letter) = letters.next() {
        match letter {
            '\u{1b}' => match letters.next() {
                Some('[') => {
                    while letters.next().is_some_and(|next| !('@'..='~').contains(&next)) {}
                }
                Some(']' | 'P' | '_' | '^' | 'X') => {
                    while let Some(next) = letters.next() {
                        if next == '\u{7}'
                            || (next == '\u{1b}' && letters.next_if_eq(&'\\').is_some())
                        {
                            break;
                        }
                    }
                }
                Some('(' | ')' | '#' | '%') => {
                    letters.next();
                }
                Some(_) | None => {}
            },
            '\r' if letters.peek() == Some(&'\n') => {}
            '\r' if letters.peek().is_some() => out.truncate(line),
            '\n' => {
                out.push('\n');
                line = out.len();
            }
            '\t' => out.push('\t'),
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_that_fits_is_untouched() {
        assert_eq!(head_and_tail("short", 5, "more"), "short");
    }

    #[test]
    fn head_and_tail_stay_and_the_gap_says_what_is_missing() {
        let text: String =
            (1..=100).fold(String::new(), |text, line| format!("{text}line {line}\n"));
        insta::assert_snapshot!(head_and_tail(&text, 100, "ask for a part"), @r"
        line 1
        line 2
        line 3
        line 4
        line 5
        line 6
        line 7
        line 8
        [... 703 bytes, 88 lines left out; ask for a part ...]
        line 97
        line 98
        line 99
        line 100
        ");
    }

    #[test]
    fn one_endless_line_is_cut_between_characters() {
        let text = "é".repeat(1000);
        let cut = head_and_tail(&text, 101, "");
        assert!(cut.starts_with("ééé") && cut.ends_with("ééé") && cut.len() < 180, "{cut}");
    }

    #[test]
    fn colours_titles_and_overwritten_lines_vanish() {
        let text =
            "\u{1b}[31mred\u{1b}[0m\u{1b}]0;title\u{7}!\r\n10%\r20%\r100%\nend\u{0}\u{8}\tx\r";
        assert_eq!(plain(text), "red!\n100%\nend\tx");
    }

    proptest! {
        #[test]
        fn a_cut_is_never_much_longer_than_asked(text in "[a-zé\n]{0,600}", limit in 10_usize..400) {
            prop_assert!(head_and_tail(&text, limit, "").len() <= limit.max(text.len().min(limit)) + 80);
        }

        #[test]
        fn plain_text_holds_no_control_characters(text in "(\\PC|[\u{0}-\u{1f}])*") {
            let clean = plain(&text);
            prop_assert!(clean.chars().all(|letter| matches!(letter, '\n' | '\t') || !letter.is_control()));
        }
    }
}
