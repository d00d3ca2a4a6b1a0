//! Full-text search. A person's words go to the index as words, never as its query language.

use std::ops::Range;

use super::{
    error::StoreError,
    recall::Recall,
    row::{self, COLUMNS},
    text,
};
use crate::domain::Record;

/// How many of the newest hits are ranked: ranking all of a common word's takes seconds.
const RANKED: i64 = 1_000;

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
    /// The best (bm25) of the newest thousand.
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
        let wanted = matching(&words, order);
        let limit = i64::try_from(limit).unwrap_or(RANKED).min(RANKED);
        let fault = StoreError::sql("searching the log");
        let rows: Vec<i64> = match order {
            Order::Newest => self.rows(
                "SELECT rowid FROM words WHERE words MATCH ?1 ORDER BY rowid DESC LIMIT ?2",
                (&wanted, limit),
            ),
            Order::Best => {
                let newest = self.rows(
                    "SELECT rowid FROM words WHERE words MATCH ?1 ORDER BY rowid DESC LIMIT ?2",
                    (&wanted, RANKED),
                );
                let from = newest.map_err(&fault)?.last().copied().unwrap_or(i64::MAX);
                self.rows(
                    "SELECT rowid FROM words WHERE words MATCH ?1 AND rowid >= ?2
                     ORDER BY bm25(words), rowid DESC LIMIT ?3",
                    (&wanted, from, limit),
                )
            }
        }
        .map_err(&fault)?;

        let sql = format!("SELECT {COLUMNS} FROM event WHERE row = ?1 AND log_id = ?2");
        let mut select = self.conn.prepare_cached(&sql).map_err(&fault)?;
        let mut hits = Vec::with_capacity(rows.len());
        for row in rows {
            let mut found = select.query((row, self.log.as_str())).map_err(&fault)?;
            if let Some(row) = found.next().map_err(&fault)?
                && let Ok(record) = row::read(row)
            {
                let excerpt = excerpt(&text::searchable(&record.event), &words);
                hits.push(Hit { record, excerpt });
            }
        }
        Ok(hits)
    }

    fn rows(&self, sql: &str, params: impl rusqlite::Params) -> rusqlite::Result<Vec<i64>> {
        let mut select = self.conn.prepare_cached(sql)?;
        select.query_map(params, |row| row.get(0))?.collect()
    }
}

/// The words of a query: runs of letters and digits, as the index's tokenizer has them.
fn words(query: &str) -> Vec<String> {
    query
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(MAX_WORDS)
        .map(|word| word.chars().take(MAX_LETTERS).collect())
        .collect()
}

/// The words as a query of the index: each a string of its language, all of them wanted.
fn matching(words: &[String], order: Order) -> String {
    let mut query: String =
        words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(" ");
    match order {
        Order::Newest => query.push('*'),
        Order::Best => {}
    }
    query
}

fn excerpt(text: &str, words: &[String]) -> Excerpt {
    let hit = words.iter().filter_map(|word| find(text, word)).min_by_key(|hit| hit.start);
    let at = hit.clone().unwrap_or(0..0);
    let start = text[..at.start].char_indices().rev().take(AROUND).last().map_or(at.start, first);
    let end = text[at.end..].char_indices().nth(AROUND).map_or(text.len(), |(to, _)| at.end + to);
    let line = |part: &str| part.replace(|letter: char| letter.is_control(), " ");
    let mut shown = line(&text[start..at.start]);
    let from = shown.len();
    shown.push_str(&line(&text[at.clone()]));
    let found = hit.map(|_| from..shown.len());
    shown.push_str(&line(&text[at.end..end]));
    Excerpt { text: shown, found }
}

fn first((at, _): (usize, char)) -> usize {
    at
}

/// Where a word first stands in a text, whatever its case.
fn find(text: &str, word: &str) -> Option<Range<usize>> {
    let lower = |letter: char| letter.to_lowercase();
    let wanted: Vec<char> = word.chars().flat_map(lower).collect();
    text.char_indices().find_map(|(start, _)| {
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
