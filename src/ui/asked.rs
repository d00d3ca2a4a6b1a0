//! A question to the person in lines: its text, then its options, each with its number.

use super::wrap::Flow;
use crate::domain::Question;

/// Columns of an option's mark and number.
const LEAD: usize = 5;

/// A line of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AskedLine {
    pub text: String,
    /// The option that it is of, by its place, and whether it is its first line.
    pub option: Option<(usize, Begins)>,
}

/// Whether an option begins in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begins {
    Here,
    Above,
}

/// The columns that an option's words stand apart from the left.
pub(super) fn lead() -> u16 {
    u16::try_from(LEAD).unwrap_or(0)
}

/// The lines of a question in so many columns.
pub(super) fn lines(asked: &Question, columns: usize) -> Vec<AskedLine> {
    let mut all = Vec::new();
    wrapped(&mut all, &asked.text, columns, None);
    if !asked.options.is_empty() {
        all.push(AskedLine { text: String::new(), option: None });
    }
    for (at, option) in asked.options.iter().enumerate() {
        wrapped(&mut all, option, columns.saturating_sub(LEAD), Some(at));
    }
    all
}

fn wrapped(all: &mut Vec<AskedLine>, text: &str, columns: usize, option: Option<usize>) {
    let (flow, columns) = (Flow::of(text), columns.max(1));
    for row in 0..flow.count(columns) {
        let begins = if row == 0 { Begins::Here } else { Begins::Above };
        let option = option.map(|at| (at, begins));
        all.push(AskedLine { text: flow.line(columns, row).to_owned(), option });
    }
}

/// How many lines of `all` are shown in so many rows: where not all fit, the last row says so.
pub(super) fn shown(all: usize, rows: usize) -> usize {
    if all > rows { rows.saturating_sub(1) } else { all }
}

/// The first line to show, nearest to `top`, so that the chosen option is in sight.
pub(super) fn bring(all: &[AskedLine], choice: Option<usize>, top: usize, rows: usize) -> usize {
    let shown = shown(all.len(), rows);
    let is_it = |line: &AskedLine| choice.is_some() && line.option.map(|(at, _)| at) == choice;
    let top = top.min(all.len() - shown);
    let (Some(first), Some(last)) = (all.iter().position(is_it), all.iter().rposition(is_it))
    else {
        return top;
    };
    top.max((last + 1).saturating_sub(shown)).min(first)
}
