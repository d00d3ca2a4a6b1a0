//! Secrets that the shortening of a long output has cut in two.
//!
//! A child's output is shortened as it comes, before anything knows what is secret in it. So what
//! stands at the border may be half a secret, which the search for whole ones does not find.

/// How the line begins that stands where something was left out.
const BEGIN: &str = "\n[... ";
/// How it ends.
const END: &str = " left out ...]\n";
/// Fewest bytes of a secret that are looked for: a few letters meet by chance and tell nothing.
const LEAST: usize = 4;
/// What stands for a byte that is no text: half a character at the border.
const BROKEN: char = '\u{fffd}';

/// The text with `instead` for each half of a secret that ends or begins at such a border.
pub(super) fn without_halves(text: String, secrets: &[String], instead: &str) -> String {
    if secrets.is_empty() || !text.contains(END) {
        return text;
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((border, behind)) = next_border(rest) {
        let (before, line) = rest.split_at(border);
        let (line, after) = line.split_at(behind - border);
        clean.push_str(before);
        cut_end(&mut clean, secrets, instead);
        clean.push_str(line);
        let half = begins_with_half(after, secrets);
        if half > 0 {
            clean.push_str(instead);
        }
        rest = &after[half..];
    }
    clean.push_str(rest);
    clean
}

/// Where the next line of that kind stands: its first byte, and the one behind it.
fn next_border(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    loop {
        let begin = from + text[from..].find(BEGIN)?;
        let inner = begin + BEGIN.len();
        let line = text[inner..].find('\n').map_or(text.len(), |at| inner + at + 1);
        if text[inner..line].ends_with(END) {
            return Some((begin, line));
        }
        from = inner;
    }
}

/// Takes away the beginning of a secret that a text ends with.
fn cut_end(text: &mut String, secrets: &[String], instead: &str) {
    let sound = text.trim_end_matches(BROKEN);
    let half = secrets
        .iter()
        .flat_map(|secret| secret.char_indices().skip(1).map(move |(at, _)| &secret[..at]))
        .filter(|half| half.len() >= LEAST && sound.ends_with(half))
        .map(str::len)
        .max();
    if let Some(half) = half {
        text.truncate(sound.len() - half);
        text.push_str(instead);
    }
}

/// Bytes at the beginning of a text that are the end of a secret.
fn begins_with_half(text: &str, secrets: &[String]) -> usize {
    let sound = text.trim_start_matches(BROKEN);
    let half = secrets
        .iter()
        .flat_map(|secret| secret.char_indices().skip(1).map(move |(at, _)| &secret[at..]))
        .filter(|half| half.len() >= LEAST && sound.starts_with(half))
        .map(str::len)
        .max();
    half.map_or(0, |half| text.len() - sound.len() + half)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "sk-canary-4711-é-0815";

    /// An output cut at every place, as `sandbox` shortens it.
    fn shortened(output: &str, head: usize, tail: usize) -> String {
        let bytes = output.as_bytes();
        let (head, tail) = (&bytes[..head], &bytes[bytes.len() - tail..]);
        let missing = bytes.len() - head.len() - tail.len();
        let (head, tail) = (String::from_utf8_lossy(head), String::from_utf8_lossy(tail));
        format!("{head}\n[... {missing} bytes left out ...]\n{tail}")
    }

    #[test]
    fn no_place_to_cut_a_long_output_shows_half_a_secret() {
        let output = format!("key={SECRET}; and again key={SECRET}; end");
        let secrets = [SECRET.to_owned()];
        for head in 0..output.len() / 2 {
            for tail in 0..output.len() / 2 {
                let text = shortened(&output, head, tail).replace(SECRET, "[withheld]");
                let clean = without_halves(text, &secrets, "[withheld]");
                for at in 0..SECRET.len() - LEAST {
                    let Some(part) = SECRET.get(at..at + LEAST) else { continue };
                    assert!(!clean.contains(part), "{head} {tail}: {clean}");
                }
                assert!(clean.contains(" bytes left out ...]"), "{clean}");
            }
        }
    }

    #[test]
    fn what_only_looks_like_a_border_or_a_half_is_left_alone() {
        let secrets = [SECRET.to_owned()];
        for text in [
            "a sk-canary\n[... and so on ...]\n b",
            "a sk\n[... 5 bytes left out ...]\n15 b",
            "[... 5 bytes left out ...]\nno secret",
            "sk-canary-47",
        ] {
            assert_eq!(without_halves(text.to_owned(), &secrets, "[withheld]"), text);
        }
    }
}
