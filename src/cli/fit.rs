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
    let mut lines: Vec<String> = Vec::new();
    for piece in pieces(rest, room) {
        match piece {
            Piece::Whole(command) => lines.push(command),
            Piece::Words(words) => {
                let flow = Flow::of(&words);
                let line = |at| flow.line(room, at).trim_end().replace(JOINED, " ");
                lines.extend((0..flow.count(room)).map(line));
            }
        }
    }
    format!("{head}{}", lines.join(&format!("\n{}", " ".repeat(hang))))
}

/// Stands for a blank at which a line is not broken.
const JOINED: char = '\u{e000}';

/// A part of a line.
enum Piece {
    /// Broken between words.
    Words(String),
    /// A command that fits no line beside others: on one of its own, so that it can be copied.
    Whole(String),
}

/// A line as words and commands: what stands in backticks is not broken.
fn pieces(line: &str, room: usize) -> Vec<Piece> {
    let (mut pieces, mut words, mut left) = (Vec::new(), String::new(), line);
    while let Some((before, after)) = left.split_once('`')
        && let Some((command, then)) = after.split_once('`')
    {
        words.push_str(before);
        let quoted = format!("`{command}`");
        if width(&quoted) <= room || !command.contains(' ') {
            words.push_str(&quoted.replace(' ', &JOINED.to_string()));
            left = then;
            continue;
        }
        // What ends the sentence stays with it.
        let ends = |letter: char| letter.is_whitespace() || letter == '`';
        let (end, rest) = then.split_at(then.find(ends).unwrap_or(then.len()));
        if !words.trim().is_empty() {
            pieces.push(Piece::Words(words.trim_end().to_owned()));
        }
        words.clear();
        pieces.push(Piece::Whole(format!("{quoted}{end}")));
        left = rest.trim_start();
    }
    words.push_str(left);
    if !words.is_empty() {
        pieces.push(Piece::Words(words));
    }
    pieces
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
    fn a_command_is_never_broken_and_a_long_one_has_a_line_of_its_own() {
        let line = "note: take it up again with `goals --switch one`, or with \
                    `chargehand goals --switch a-very-long-name-of-a-goal`. It is kept `so";
        insta::assert_snapshot!(fit(line, 2, Some(40)), @r"
        note: take it up again with
          `goals --switch one`, or with
          `chargehand goals --switch a-very-long-name-of-a-goal`.
          It is kept `so
        ");
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
