//! Full-text search. A person's words go to the index as words, never as its query language.

use std::ops::Range;

use super::{
    error::StoreError,
    prefix, rank,
    recall::{Filter, Recall},
    text,
};
use crate::domain::Record;

/// How many of the newest hits are ranked: ranking all of a common word's takes seconds.
const RANKED: usize = 1_000;

/// Most words of a query that are looked for.
const MAX_WORDS: usize = 16;

/// Most letters of one word.
const MAX_LETTERS: usize = 64;

/// Letters shown on each side of the first hit.
const AROUND: usize = 80;

/// Which hits come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The newest first, the last word taken as the beginning of one: while a person types.
    Newest,
    /// The best of the newest thousand.
    Best,
}

/// An event that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub record: Record,
    pub excerpt: Excerpt,
}

/// A piece of the event's text around the first word that was looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// On one line.
    pub text: String,
    /// The bytes of `text` that are the word; `None` if it was found only with its accents removed.
    pub found: Option<Range<usize>>,
}

impl Recall {
    /// Events whose text has every word of a query. A query without words finds nothing.
    ///
    /// Events that cannot be read are passed over; the timeline names them.
    pub fn search(&self, query: &str, order: Order, limit: usize) -> Result<Vec<Hit>, StoreError> {
        let words = words(query);
        if words.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let whole = Filter::default();
        Ok(match order {
            Order::Newest => {
                let found =
                    self.typed(&words).and_then(|typed| self.found(&typed, &whole, limit, limit));
                self.or_looked_through(found, &words, &whole, limit)?
            }
            Order::Best => {
                let newest = self.found(&matching(&words), &whole, RANKED, RANKED);
                let newest = self.or_looked_through(newest, &words, &whole, RANKED)?;
                rank::best(newest, &words, limit)
            }
        }
        .into_iter()
        .map(|record| hit(record, &words))
        .collect())
    }

    /// A query in the index's language while its last word is typed.
    pub(super) fn typed(&self, words: &[String]) -> Result<String, StoreError> {
        let Some((last, whole)) = words.split_last() else { return Ok(String::new()) };
        let mut before = self.begun.borrow_mut();
        let last = prefix::begun(&self.conn, last, &mut before)
            .map_err(StoreError::sql("searching the log"))?;
        Ok(if whole.is_empty() { last } else { format!("{} AND {last}", matching(whole)) })
    }
}

/// An event with the piece of its text that was looked for, or its beginning.
pub(super) fn hit(record: Record, words: &[String]) -> Hit {
    let excerpt = excerpt(&text::readable(&record.event), words);
    Hit { record, excerpt }
}

/// The words of a query: runs of letters and digits, as the index's tokenizer has them.
pub(super) fn words(query: &str) -> Vec<String> {
    query
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(MAX_WORDS)
        .map(|word| word.chars().take(MAX_LETTERS).collect())
        .collect()
}

/// Whole words as a query of the index: each a string of its language, all of them wanted.
pub(super) fn matching(words: &[String]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" AND ")
}

fn excerpt(text: &str, words: &[String]) -> Excerpt {
    let hit = words.iter().filter_map(|word| find(text, word)).min_by_key(|hit| hit.start);
    let at = hit.clone().unwrap_or(0..0);
    let line = |part: &str| part.replace(|letter: char| letter.is_control(), " ");
    let mut shown = line(&before(&text[..at.start]));
    let from = shown.len();
    shown.push_str(&line(&text[at.clone()]));
    let found = hit.map(|_| from..shown.len());
    shown.push_str(&line(&after(&text[at.end..])));
    Excerpt { text: shown, found }
}

/// The last letters of what stands before the word, from the beginning of a word on. A text in one
/// piece is cut between any two letters.
fn before(text: &str) -> String {
    let Some((start, _)) = text.char_indices().rev().take(AROUND).last() else {
        return String::new();
    };
    if start == 0 {
        return text.to_owned();
    }
    let part = &text[start..];
    let begins_word = text[..start].ends_with(char::is_whitespace);
    let whole = match part.find(char::is_whitespace) {
        Some(at) if !begins_word => part[at..].trim_start(),
        Some(_) | None => part,
    };
    format!("… {whole}")
}

/// The first letters of what stands after the word, to the end of a word.
fn after(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(AROUND) else { return text.to_owned() };
    let part = &text[..end];
    let ends_word = text[end..].starts_with(char::is_whitespace);
    let whole = match part.rfind(char::is_whitespace) {
        Some(at) if !ends_word => part[..at].trim_end(),
        Some(_) | None => part,
    };
    format!("{whole} …")
}

/// Whether every word begins one of the text's.
pub(super) fn has(text: &str, words: &[String]) -> bool {
    words.iter().all(|word| find(text, word).is_some())
}

/// Where a word, or a longer one that begins with it, first stands in a text, whatever its case.
fn find(text: &str, word: &str) -> Option<Range<usize>> {
    let lower = |letter: char| letter.to_lowercase();
    let wanted: Vec<char> = word.chars().flat_map(lower).collect();
    let mut inside = false;
    text.char_indices().find_map(|(start, letter)| {
        // Only the beginning of a word is looked at, as the index does.
        if std::mem::replace(&mut inside, letter.is_alphanumeric()) {
            return None;
        }
        let mut wanted = wanted.iter();
        for (at, letter) in text[start..].char_indices() {
            if wanted.len() == 0 {
                return Some(start..start + at);
            }
            if !lower(letter).all(|letter| wanted.next() == Some(&letter)) {
                return None;
            }
        }
        (wanted.len() == 0).then_some(start..text.len())
    })
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, test_runner::TestRunner};

    use super::*;
    use crate::logger::{
        samples,
        store::{Access, Store},
    };

    fn filled(texts: &[&str]) -> (tempfile::TempDir, Recall) {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("log.db"), Access::Write).unwrap();
        let notes: Vec<_> = (1..).zip(texts).map(|(seq, text)| samples::note(seq, text)).collect();
        store.append(&notes).unwrap();
        let recall = store.recall().unwrap();
        (dir, recall)
    }

    fn seqs(recall: &Recall, query: &str, order: Order) -> Vec<u64> {
        let hits = recall.search(query, order, 50).unwrap();
        hits.iter().map(|hit| hit.record.seq.0).collect()
    }

    #[test]
    fn a_search_finds_whole_words_in_any_case_without_their_accents_newest_first() {
        let (_dir, recall) = filled(&["The Parser failed", "parsers", "a café PARSER", "nothing"]);
        assert_eq!(seqs(&recall, "parser", Order::Best).len(), 2);
        assert_eq!(seqs(&recall, "failed parser", Order::Best), [1]);
        assert_eq!(seqs(&recall, "cafe", Order::Best), [3]);
        assert_eq!(seqs(&recall, "parser", Order::Newest), [3, 2, 1]);
        assert_eq!(seqs(&recall, "pa", Order::Newest), [3, 2, 1]);
        assert_eq!(seqs(&recall, "parser fai", Order::Newest), [1]);
        assert_eq!(seqs(&recall, "", Order::Newest), [0; 0]);
        assert_eq!(seqs(&recall, "!? -- *", Order::Best), [0; 0]);
    }

    #[test]
    fn the_best_hit_comes_first_when_ranked() {
        let padded = format!("cache {}", "filler ".repeat(200));
        let (_dir, recall) = filled(&["cache cache cache", "unrelated", &padded]);
        assert_eq!(seqs(&recall, "cache", Order::Best), [1, 3]);
        assert_eq!(seqs(&recall, "cache", Order::Newest), [3, 1]);
    }

    #[test]
    fn words_of_the_query_language_are_only_words() {
        let (_dir, recall) = filled(&["this OR that", "x NEAR y", "body text", "AND so on"]);
        assert_eq!(seqs(&recall, "OR that", Order::Best), [1]);
        assert_eq!(seqs(&recall, "NEAR(x y)", Order::Best), [2]);
        assert_eq!(seqs(&recall, "body: text", Order::Best), [3]);
        assert_eq!(seqs(&recall, "AND", Order::Best), [4]);
        assert_eq!(seqs(&recall, "\"this OR", Order::Best), [1]);
    }

    #[test]
    fn every_sample_with_text_is_found_by_it() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("log.db"), Access::Write).unwrap();
        store.append(&samples::every()).unwrap();
        let recall = store.recall().unwrap();
        let mut texts = 0;
        for record in samples::every() {
            let body = text::searchable(&record.event);
            let Some(word) = words(&body).into_iter().next() else { continue };
            texts += 1;
            let hits = recall.search(&word, Order::Newest, 1_000).unwrap();
            assert!(hits.iter().any(|hit| hit.record == record), "{word}: {body}");
        }
        assert!(texts > 25, "{texts}");
    }

    #[test]
    fn an_excerpt_is_one_line_around_the_first_hit() {
        let long = format!("{}\nthe Needle\tand {}", "before ".repeat(40), "after ".repeat(40));
        let cut = excerpt(&long, &["needle".to_owned()]);
        assert_eq!(&cut.text[cut.found.clone().unwrap()], "Needle");
        assert!(cut.text.contains("the Needle and after"), "{}", cut.text);
        assert!(cut.text.chars().count() <= 2 * AROUND + 6);
        assert_eq!(excerpt("über", &["x".to_owned()]).found, None);
        let start = excerpt("start art", &["art".to_owned()]);
        assert_eq!(start.found, Some(6..9));
        let accent = excerpt("Ein ÜBER Wort", &["über".to_owned()]);
        assert_eq!(&accent.text[accent.found.unwrap()], "ÜBER");
    }

    #[test]
    fn no_query_is_an_error() {
        let (_dir, recall) = filled(&["a b c", "body of NEAR evidence"]);
        let words = "(AND|OR|NOT|NEAR|body|[a-c]|[\"*():^]| ){0,12}";
        let nasty = prop_oneof![any::<String>(), "[\"'*^(){}:+,; -]{0,20}", words];
        TestRunner::default()
            .run(&nasty, |query| {
                for order in [Order::Newest, Order::Best] {
                    let hits = recall.search(&query, order, 10);
                    prop_assert!(hits.is_ok(), "{query:?}: {:?}", hits.err());
                }
                Ok(())
            })
            .unwrap();
    }

    proptest! {
        #[test]
        fn an_excerpt_never_cuts_a_letter(text in any::<String>(), word in "\\PC{1,4}") {
            let cut = excerpt(&text, &[word]);
            if let Some(found) = cut.found {
                prop_assert!(cut.text.get(found).is_some());
            }
        }
    }
}
