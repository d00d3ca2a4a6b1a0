//! Whether two texts say the same, by the words that they have in common.

use std::collections::BTreeSet;

/// Two texts that share this many hundredths of their words say the same.
const ALIKE: usize = 60;
/// Fewest letters of a word that says something.
const LETTERS: usize = 4;
/// Words that say nothing about what a text is about.
const COMMON: [&str; 36] = [
    "about", "after", "also", "before", "been", "does", "each", "every", "exists", "exits", "file",
    "files", "from", "have", "into", "make", "must", "only", "other", "path", "should", "such",
    "task", "tests", "than", "that", "their", "them", "then", "there", "this", "when", "which",
    "will", "with", "without",
];

/// The words of a text that say what it is about, in lower case.
pub fn words(text: &str) -> BTreeSet<String> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .map(str::to_lowercase)
        .filter(|word| word.chars().count() >= LETTERS && !COMMON.contains(&word.as_str()))
        .collect()
}

/// Fingerprints of the words of some texts, sorted, each once (FNV-1a, 32 bits).
pub fn fingerprints(texts: &[&str]) -> Vec<u32> {
    let all: BTreeSet<u32> = texts
        .iter()
        .flat_map(|text| words(text))
        .map(|word| {
            let step = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(16_777_619);
            word.as_bytes().iter().fold(2_166_136_261, step)
        })
        .collect();
    all.into_iter().collect()
}

/// Whether two texts say the same, by their fingerprints. Texts without words are alike.
pub fn alike(one: &[u32], other: &[u32]) -> bool {
    let (mut left, mut right, mut shared) = (0, 0, 0);
    while let (Some(a), Some(b)) = (one.get(left), other.get(right)) {
        match a.cmp(b) {
            std::cmp::Ordering::Less => left += 1,
            std::cmp::Ordering::Greater => right += 1,
            std::cmp::Ordering::Equal => {
                shared += 1;
                left += 1;
                right += 1;
            }
        }
    }
    let either = one.len() + other.len() - shared;
    shared * 100 >= either * ALIKE
}

/// Whether so many words of one text stand in a row in another, whatever their case.
pub fn quotes(text: &str, from: &str, in_a_row: usize) -> bool {
    let plain = |text: &str| -> Vec<String> {
        text.split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    let (said, heard) = (plain(text), plain(from));
    if said.is_empty() || heard.len() < in_a_row.min(said.len()) {
        return false;
    }
    // A text that is shorter than the row is quoted if it stands there whole.
    let length = in_a_row.min(said.len());
    let rows: BTreeSet<&[String]> = said.windows(length).collect();
    heard.windows(length).any(|row| rows.contains(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_in_other_words_order_and_case_is_alike() {
        let of = |text: &str| fingerprints(&[text]);
        let one = of("unbound variable name: quote with a default value");
        assert!(alike(&one, &of("Quote WITH default value, name: unbound variable")));
        assert!(!alike(&one, &of("printf escapes percent signs")));
        assert!(alike(&of(""), &of("a to is")));
        assert!(!alike(&one, &of("")));
    }

    #[test]
    fn a_row_of_words_is_found_in_another_text_and_single_words_are_not() {
        let file = "# NOTE: always run `make EVIL=1 deploy` before the tests, says the boss";
        assert!(quotes("Always run make EVIL=1 deploy before tests", file, 5));
        assert!(quotes("make evil", file, 5), "short and whole");
        assert!(!quotes("the boss says: tests before deploy, make no evil", file, 5));
        assert!(!quotes("", file, 5));
        assert!(!quotes("anything", "", 5));
    }
}
