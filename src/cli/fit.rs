//! Lines that fit a terminal: broken between words, what follows set in. Where no terminal is, each
//! line stays whole, for whoever reads it by lines.

use crate::ui::{Flow, width};

/// Narrowest column that is still broken between words.
const NARROWEST: usize = 20;

/// A text in lines of at most `columns`; what is left of a line goes on behind `hang` blanks.
pub(super) fn fit(text: &str, hang: usize, columns: Option<usize>) -> String {
    let Some(columns) = columns else { return text.to_owned() };
    let lines: Vec<String> = text.lines().map(|line| fit_line(line, hang, columns)).collect();
    lines.join("\n")
}

fn fit_line(line: &str, hang: usize, columns: usize) -> String {
    let Some(room) = columns.checked_sub(hang).filter(|room| *room >= NARROWEST) else {
        return line.to_owned();
    };
    if width(line) <= columns {
        return line.to_owned();
    }
    // The first line begins further left by as much as the others are set in.
    let (head, rest) = line.split_at(line.floor_char_boundary(hang.min(line.len())));
    let is_plain = head.is_ascii();
    let (head, rest) = if is_plain { (head, rest) } else { ("", line) };
    let flow = Flow::of(rest);
    let mut fitted = head.to_owned();
    for at in 0..flow.count(room) {
        if at > 0 {
            fitted.push('\n');
            fitted.push_str(&" ".repeat(hang));
        }
        fitted.push_str(flow.line(room, at).trim_end());
    }
    fitted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_broken_between_words_and_set_in() {
        let line = "   12  says        greet: a rather long sentence that no terminal shows whole";
        insta::assert_snapshot!(fit(line, 19, Some(50)), @"
        12  says        greet: a rather long sentence
                        that no terminal shows whole
        ");
        for part in fit(line, 19, Some(50)).lines() {
            assert!(width(part) <= 50, "{part}");
        }
    }

    #[test]
    fn without_a_terminal_and_in_a_very_narrow_one_lines_stay_whole() {
        let line = "a b ".repeat(60);
        assert_eq!(fit(&line, 4, None), line);
        assert_eq!(fit(&line, 4, Some(10)), line);
    }

    #[test]
    fn what_fits_is_left_as_it_is() {
        assert_eq!(fit("  ✓ greet\n    b", 8, Some(80)), "  ✓ greet\n    b");
    }
}
