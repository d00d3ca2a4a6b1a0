//! The word that a person is still typing, as what the index has of words that begin so.
//!
//! The index answers a whole word, and a beginning of two or three letters, from the newest hit
//! back, without looking at the rest. Any other beginning it answers by first collecting every hit
//! of every word that begins so: 30 ms for a word that stands in each of 1,000,000 events. So such
//! a beginning is asked as what it stands for: the few words that begin with it or, after one
//! letter, the beginnings of two.

use rusqlite::Connection;

/// Most words that a beginning is asked as. Where more begin so, the index collects them.
const MAX_TERMS: usize = 64;

/// Lengths of the beginnings that the index keeps ready (`schema.rs`), in letters.
const READY: std::ops::RangeInclusive<usize> = 2..=3;

/// The words of the index as a table of the connection's own, which is gone with it.
pub(super) const VOCABULARY: &str =
    "CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, words, instance)";

/// What the last beginning stood for: one letter more stands for some of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Last {
    /// Of the log, as `PRAGMA data_version` has it: another's words may have come since.
    version: i64,
    word: String,
    terms: Vec<String>,
}

/// A beginning of a word in the index's query language.
pub(super) fn begun(conn: &Connection, word: &str, last: &mut Last) -> rusqlite::Result<String> {
    let whole = format!("\"{word}\"*");
    // What the index makes of other letters (accents, cases) only the index knows.
    if !word.is_ascii() || READY.contains(&word.len()) {
        return Ok(whole);
    }
    let word = word.to_ascii_lowercase();
    let version = conn.pragma_query_value(None, "data_version", |row| row.get(0))?;
    let is_more = last.version == version
        && last.word.len() > *READY.end()
        && word.starts_with(last.word.as_str());
    let terms = if is_more {
        let begins = |term: &&String| term.trim_start_matches('"').starts_with(word.as_str());
        Some(last.terms.iter().filter(begins).cloned().collect())
    } else {
        terms(conn, &word)?
    };
    let Some(terms) = terms.filter(|terms: &Vec<String>| !terms.is_empty()) else {
        return Ok(whole);
    };
    let asked = format!("({})", terms.join(" OR "));
    *last = Last { version, word, terms };
    Ok(asked)
}

/// What begins so, quoted; `None` if there is too much of it.
fn terms(conn: &Connection, begun: &str) -> rusqlite::Result<Option<Vec<String>>> {
    let mut select =
        conn.prepare_cached("SELECT term FROM temp.vocabulary WHERE term >= ?1 LIMIT 1")?;
    let mut terms = Vec::new();
    let mut from = begun.to_owned();
    loop {
        let mut rows = select.query([&from])?;
        let Some(row) = rows.next()? else { return Ok(Some(terms)) };
        let term: String = row.get(0)?;
        let Some(rest) = term.strip_prefix(begun) else { return Ok(Some(terms)) };
        if terms.len() == MAX_TERMS {
            return Ok(None);
        }
        match rest.chars().next() {
            Some(second) if begun.len() < *READY.start() => {
                terms.push(format!("\"{begun}{second}\"*"));
                let Some(next) = (second..).nth(1) else { return Ok(Some(terms)) };
                from = format!("{begun}{next}");
            }
            Some(_) | None => {
                terms.push(format!("\"{term}\""));
                from = format!("{term}\0");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::logger::{
        samples,
        store::{Access, Store},
    };

    fn filled(texts: &[String]) -> (tempfile::TempDir, crate::logger::Recall) {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("log.db"), Access::Write).unwrap();
        let notes: Vec<_> = (1..).zip(texts).map(|(seq, text)| samples::note(seq, text)).collect();
        store.append(&notes).unwrap();
        let recall = store.recall().unwrap();
        (dir, recall)
    }

    #[test]
    fn a_beginning_is_asked_as_the_words_that_begin_so() {
        let text = "Failed fail failure fa fog fàgot f 4 x9".to_owned();
        let (_dir, recall) = filled(&[text]);
        let asked = |word: &str| begun(&recall.conn, word, &mut Last::default()).unwrap();
        assert_eq!(asked("fail"), r#"("fail" OR "failed" OR "failure")"#);
        assert_eq!(asked("FAILE"), r#"("failed")"#);
        assert_eq!(asked("f"), r#"("f" OR "fa"* OR "fo"*)"#);
        assert_eq!(asked("fa"), r#""fa"*"#);
        assert_eq!(asked("fai"), r#""fai"*"#);
        assert_eq!(asked("none"), r#""none"*"#);
        assert_eq!(asked("fàil"), r#""fàil"*"#);
    }

    fn asked(recall: &crate::logger::Recall, word: &str) -> rusqlite::Result<String> {
        begun(&recall.conn, word, &mut Last::default())
    }

    #[test]
    fn where_too_many_words_begin_so_the_index_collects_them() {
        let many: Vec<String> = (1_000..1_100).map(|number| number.to_string()).collect();
        let (_dir, recall) = filled(&[many.join(" ")]);
        assert_eq!(asked(&recall, "100").unwrap(), r#""100"*"#);
        assert_eq!(asked(&recall, "1090").unwrap(), r#"("1090")"#);
        let (_dir, recall) = filled(&[many.join("0 ")]);
        assert_eq!(asked(&recall, "1").unwrap(), r#"("10"*)"#);
        let longer: Vec<String> = many.iter().map(|word| format!("9999{word}")).collect();
        let (_dir, recall) = filled(&[longer.join(" ")]);
        assert_eq!(asked(&recall, "9999").unwrap(), r#""9999"*"#);
    }

    proptest! {
        #[test]
        fn the_hits_are_those_that_the_index_collects(
            texts in prop::collection::vec("[aAbé9]{1,5}( [abB9]{1,5}){0,3}", 1..12),
            word in "[aAb9]{1,5}",
        ) {
            let (_dir, recall) = filled(&texts);
            let hits = |wanted: &str| -> Vec<i64> {
                let sql = "SELECT rowid FROM words WHERE words MATCH ?1 ORDER BY rowid DESC";
                let mut select = recall.conn.prepare(sql).unwrap();
                let rows = select.query_map([wanted], |row| row.get(0)).unwrap();
                rows.map(Result::unwrap).collect()
            };
            let mut last = Last::default();
            for end in 1..=word.len() {
                let word = &word[..end];
                let asked = begun(&recall.conn, word, &mut last).unwrap();
                prop_assert_eq!(hits(&asked), hits(&format!("\"{word}\"*")), "{}", asked);
            }
        }
    }
}
