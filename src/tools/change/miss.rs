//! Why a text to be replaced was not found, and what stands where it was probably meant.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use similar::TextDiff;

use super::super::arguments::clipped;

/// Lines of a file that are compared at most.
const MAX_LINES: usize = 20_000;
/// Characters of a line that are compared.
const MAX_COMPARED: usize = 160;
/// Lines that are shown of the file.
const MAX_SHOWN: usize = 20;
/// Characters of a line that are shown.
const MAX_LINE: usize = 300;
/// How long comparing may take.
const MAX_TIME: Duration = Duration::from_millis(500);
/// Below this likeness (1 is equal) a line is another line, not a misremembered one.
const LIKE: f32 = 0.6;

/// Says why `old` is not in `text`.
pub(super) fn explain(text: &str, old: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let wanted: Vec<&str> = old.lines().collect();
    let mut answer = "not changed: `old` is not in the file.".to_owned();
    if let Some(bare) = without_numbers(&wanted)
        && text.replace("\r\n", "\n").contains(&bare.join("\n"))
    {
        answer.push_str(" It has the line numbers of `read` in it: leave them out.");
        return answer;
    }
    if let Some(start) = but_for_blanks(&lines, &wanted) {
        answer.push_str(" Only blanks differ. The file has, after number and tab:\n");
        show(&mut answer, &lines, start, wanted.len());
        return answer;
    }
    match nearest(&lines, &wanted) {
        Some(start) => {
            answer.push_str(" Nearest, after number and tab:\n");
            show(&mut answer, &lines, start, wanted.len());
            difference(&mut answer, &lines[start..], &wanted);
        }
        None => answer.push_str(" Nothing in it is like it: `read` the file again."),
    }
    answer
}

/// `old` without the numbers that `read` shows, if each line has one.
fn without_numbers<'a>(wanted: &[&'a str]) -> Option<Vec<&'a str>> {
    let bare = wanted.iter().map(|line| {
        let (number, rest) = line.split_once('\t')?;
        let number = number.trim();
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then_some(rest)
    });
    bare.collect::<Option<Vec<_>>>().filter(|bare| !bare.is_empty())
}

/// Where the file has the same lines with other blanks.
fn but_for_blanks(lines: &[&str], wanted: &[&str]) -> Option<usize> {
    let squeezed = |line: &&str| line.split_whitespace().collect::<String>();
    let sought: Vec<String> = wanted.iter().map(squeezed).collect();
    if sought.iter().all(String::is_empty) {
        return None;
    }
    let have: Vec<String> = lines.iter().map(squeezed).collect();
    have.windows(sought.len()).position(|window| window == sought)
}

/// Where the file is most like `wanted`: found by its longest line, and by how many of the lines
/// around it agree.
fn nearest(lines: &[&str], wanted: &[&str]) -> Option<usize> {
    let longest = wanted.iter().map(|line| line.trim().chars().count());
    let (anchor, _) = longest.enumerate().max_by_key(|(at, len)| (*len, usize::MAX - at))?;
    let sought = compared(wanted[anchor]);
    if sought.is_empty() {
        return None;
    }
    let deadline = Instant::now() + MAX_TIME;
    let mut best: Option<(f32, usize)> = None;
    for (at, line) in lines.iter().take(MAX_LINES).enumerate() {
        if Instant::now() > deadline {
            break;
        }
        let like = likeness(&compared(line), &sought);
        if like < LIKE {
            continue;
        }
        let start = at.saturating_sub(anchor);
        let agree = lines[start..].iter().zip(wanted).filter(|(a, b)| a.trim() == b.trim());
        let agree = u16::try_from(agree.count()).unwrap_or(u16::MAX);
        let score = like + f32::from(agree);
        if best.is_none_or(|(most, _)| score > most) {
            best = Some((score, start));
        }
    }
    best.map(|(_, start)| start)
}

fn compared(line: &str) -> String {
    line.trim().chars().take(MAX_COMPARED).collect()
}

/// From 0 to 1. What differs much in length is not compared letter by letter.
fn likeness(one: &str, other: &str) -> f32 {
    let (short, long) = (one.len().min(other.len()), one.len().max(other.len()));
    if one == other {
        1.0
    } else if short * 5 < long * 2 {
        0.0
    } else {
        TextDiff::from_chars(one, other).ratio()
    }
}

fn show(answer: &mut String, lines: &[&str], start: usize, count: usize) {
    for (at, line) in lines.iter().enumerate().skip(start).take(count.min(MAX_SHOWN)) {
        let _ = writeln!(answer, "{}\t{}", at + 1, clipped(line, MAX_LINE));
    }
    if count > MAX_SHOWN {
        let _ = writeln!(answer, "({} more lines)", count - MAX_SHOWN);
    }
}

/// Names the first line that differs.
fn difference(answer: &mut String, lines: &[&str], wanted: &[&str]) {
    let first = wanted.iter().enumerate().find(|(at, line)| lines.get(*at) != Some(line));
    if let Some((at, line)) = first {
        let _ = write!(
            answer,
            "The first difference is in line {} of `old`: `{}`",
            at + 1,
            clipped(line, MAX_LINE)
        );
    }
}
