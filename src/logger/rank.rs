//! The best of some hits: bm25 as `SQLite` has it, but for the words' rarity.
//!
//! `SQLite`'s own asks the index for each word how many events have it, and reads all of them: 30 ms a
//! word at 1,000,000 events. Every hit has every word of its query, so that their rarity would
//! only weigh the words against each other.

use super::text;
use crate::domain::Record;

/// How soon a word's repetition stops counting; `SQLite`'s figure (`fts5_aux.c`).
const K1: f64 = 1.2;

/// How much a long text counts for less; `SQLite`'s figure.
const B: f64 = 0.75;

/// The best of some events, that of two that are alike first which stands first.
pub(super) fn best(records: Vec<Record>, words: &[String], limit: usize) -> Vec<Record> {
    let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let counted: Vec<Counted> = records.iter().map(|one| Counted::of(one, &words)).collect();
    let mean = counted.iter().map(|one| one.length).sum::<f64>() / count(counted.len().max(1));
    let mut scored: Vec<(f64, Record)> =
        counted.iter().map(|one| one.score(mean)).zip(records).collect();
    scored.sort_by(|one, other| other.0.total_cmp(&one.0));
    scored.into_iter().map(|(_, record)| record).take(limit).collect()
}

/// How many words a text has, and how often each that was looked for.
struct Counted {
    length: f64,
    times: Vec<usize>,
}

impl Counted {
    fn of(record: &Record, wanted: &[String]) -> Self {
        let text = text::searchable(&record.event);
        let mut counted = Self { length: 0.0, times: vec![0; wanted.len()] };
        let words = text.split(|letter: char| !letter.is_alphanumeric());
        for word in words.filter(|word| !word.is_empty()) {
            counted.length += 1.0;
            for (times, wanted) in counted.times.iter_mut().zip(wanted) {
                *times += usize::from(is(word, wanted));
            }
        }
        counted
    }

    fn score(&self, mean: f64) -> f64 {
        let damped = K1 * (1.0 - B + B * self.length / mean.max(1.0));
        // A word that was found only with its accents removed stands there once at least.
        let of_word = |times: &usize| {
            let times = count((*times).max(1));
            times * (K1 + 1.0) / (times + damped)
        };
        self.times.iter().map(of_word).sum()
    }
}

/// Whether two words are one, whatever the case of the first; the second is in lower case.
fn is(word: &str, wanted: &str) -> bool {
    if word.is_ascii() {
        return word.eq_ignore_ascii_case(wanted);
    }
    word.chars().flat_map(char::to_lowercase).eq(wanted.chars())
}

/// Exact below 2^32, and no text has so many words.
fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logger::samples;

    fn order(texts: &[&str], words: &[&str]) -> Vec<u64> {
        let notes = (1..).zip(texts).map(|(seq, text)| samples::note(seq, text)).collect();
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        best(notes, &words, 10).iter().map(|record| record.seq.0).collect()
    }

    #[test]
    fn more_of_the_words_in_fewer_comes_first() {
        let long = format!("Cache {}", "filler ".repeat(50));
        assert_eq!(order(&["the cache", &long, "CACHE cache"], &["cache"]), [3, 1, 2]);
        assert_eq!(order(&["a b x x x x x", "a a a a a b b"], &["a", "b"]), [2, 1]);
    }

    #[test]
    fn hits_that_are_alike_keep_their_order() {
        assert_eq!(order(&["café", "cafe", "CAFÉ"], &["cafe"]), [1, 2, 3]);
        assert_eq!(order(&[], &["cafe"]), [0; 0]);
    }
}
