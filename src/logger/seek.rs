//! Search with a filter: what stands in the text, and of whom, what and when.

use std::ops::RangeInclusive;

use rusqlite::{ToSql, params_from_iter, types::Value};

use super::{
    error::StoreError,
    recall::{Filter, Recall},
    row::{self, COLUMNS, signed},
    search::{self, Hit},
};
use crate::domain::Record;

/// How many of the newest hits are looked through for those that a filter lets through: more would
/// be felt while typing.
pub const LOOKED_THROUGH: usize = 3_000;

/// The first and the last row of a goal, of a run, before an event, after one.
const OF_GOAL: &str = "SELECT
    (SELECT row FROM event INDEXED BY event_goal
     WHERE goal = ?2 AND log_id = ?1 ORDER BY seq LIMIT 1),
    (SELECT row FROM event INDEXED BY event_goal
     WHERE goal = ?2 AND log_id = ?1 ORDER BY seq DESC LIMIT 1)";
const OF_RUN: &str = "SELECT
    (SELECT row FROM event INDEXED BY event_run
     WHERE run = ?2 AND log_id = ?1 ORDER BY row LIMIT 1),
    (SELECT row FROM event INDEXED BY event_run
     WHERE run = ?2 AND log_id = ?1 ORDER BY row DESC LIMIT 1)";
const BEFORE: &str = "SELECT 1, (SELECT row FROM event
     WHERE log_id = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT 1)";
const AFTER: &str = "SELECT (SELECT row FROM event
     WHERE log_id = ?1 AND seq > ?2 ORDER BY seq LIMIT 1), 9223372036854775807";

impl Recall {
    /// Events whose text has every word of a query and that a filter lets through, the newest
    /// first, the last word taken as the beginning of one. Without words: the newest that the
    /// filter lets through. Only the newest 3,000 hits of the words are looked through.
    pub fn seek(&self, query: &str, filter: &Filter, limit: usize) -> Result<Vec<Hit>, StoreError> {
        let words = search::words(query);
        let found = if words.is_empty() {
            let filter = Filter { limit: Some(limit), ..filter.clone() };
            let mut found = self.timeline(&filter)?.records;
            found.reverse();
            found
        } else {
            self.found(&self.typed(&words)?, filter, LOOKED_THROUGH, limit)?
        };
        Ok(found.into_iter().map(|record| search::hit(record, &words)).collect())
    }

    /// Events that a query in the index's language finds and a filter lets through, the newest
    /// first. Only so many of the newest hits are looked `through`.
    pub(super) fn found(
        &self,
        wanted: &str,
        filter: &Filter,
        through: usize,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let fault = StoreError::sql("searching the log");
        let rows = self.rows_within(filter).map_err(&fault)?;
        let (clauses, more) = filter.clauses();
        let integer = |number: usize| i64::try_from(number).unwrap_or(i64::MAX).into();
        let mut values: Vec<Value> = vec![
            self.log.to_string().into(),
            wanted.to_owned().into(),
            (*rows.start()).into(),
            (*rows.end()).into(),
            integer(through),
        ];
        values.extend(more);
        values.push(integer(limit));
        let and = if clauses.is_empty() { String::new() } else { format!(" AND {clauses}") };
        let sql = format!(
            "WITH hit AS MATERIALIZED (SELECT rowid AS place FROM words
                                       WHERE words MATCH ?2 AND rowid BETWEEN ?3 AND ?4
                                       ORDER BY rowid DESC LIMIT ?5)
             SELECT {COLUMNS} FROM hit CROSS JOIN event ON event.row = hit.place
             WHERE log_id = ?1{and} LIMIT ?"
        );
        let mut select = self.conn.prepare_cached(&sql).map_err(&fault)?;
        let values = values.iter().map(|value| value as &dyn ToSql);
        let mut rows = select.query(params_from_iter(values)).map_err(&fault)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(&fault)? {
            found.extend(row::read(row).ok());
        }
        found.sort_by_key(|record: &Record| std::cmp::Reverse(record.seq));
        Ok(found)
    }

    /// The rows between which all stands that a filter can let through: what lies outside is not
    /// looked through for it.
    fn rows_within(&self, filter: &Filter) -> rusqlite::Result<RangeInclusive<i64>> {
        let mut within = i64::MIN..=i64::MAX;
        let mut bound = |sql: &str, value: &dyn ToSql| -> rusqlite::Result<()> {
            let mut select = self.conn.prepare_cached(sql)?;
            let found: (Option<i64>, Option<i64>) = select
                .query_row((self.log.as_str(), value), |row| Ok((row.get(0)?, row.get(1)?)))?;
            // Nothing lies within where there is no such event.
            let (first, last) = (found.0.unwrap_or(i64::MAX), found.1.unwrap_or(i64::MIN));
            within = first.max(*within.start())..=last.min(*within.end());
            Ok(())
        };
        if let Some(goal) = &filter.goal {
            bound(OF_GOAL, &goal.as_str())?;
        }
        if let Some(run) = filter.run {
            bound(OF_RUN, &signed(run.0))?;
        }
        if let Some(seq) = filter.before {
            bound(BEFORE, &signed(seq.0))?;
        }
        if let Some(seq) = filter.after {
            bound(AFTER, &signed(seq.0))?;
        }
        Ok(within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::Seq,
        logger::{
            Order,
            recall::Who,
            samples,
            store::{Access, Store},
        },
    };

    #[test]
    fn what_is_found_has_the_words_and_passes_the_filter_newest_first() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("log.db"), Access::Write).unwrap();
        store.append(&samples::every()).unwrap();
        let recall = store.recall().unwrap();
        let seqs = |hits: &[Hit]| hits.iter().map(|hit| hit.record.seq).collect::<Vec<Seq>>();
        let filters = [
            Filter::default(),
            Filter { task: Some("greet".into()), ..Filter::default() },
            Filter { actor: Some(Who::Planner), ..Filter::default() },
            Filter { kinds: vec!["judged".into(), "checked".into()], ..Filter::default() },
            Filter { since: Some(samples::every()[9].at), ..Filter::default() },
            Filter { before: Some(Seq(20)), after: Some(Seq(5)), ..Filter::default() },
        ];
        let mut some = 0;
        for filter in &filters {
            for query in ["", "gre", "hello", "the tests"] {
                let found = recall.seek(query, filter, 50).unwrap();
                let admitted = |record: &Record| filter.admits(record);
                let all = if query.is_empty() {
                    let mut all = samples::every();
                    all.retain(admitted);
                    all.iter().rev().take(50).map(|one| one.seq).collect::<Vec<Seq>>()
                } else {
                    let mut all = recall.search(query, Order::Newest, 1_000).unwrap();
                    all.retain(|hit| admitted(&hit.record));
                    seqs(&all)
                };
                some += all.len();
                assert_eq!(seqs(&found), all, "{query:?} {filter:?}");
            }
        }
        assert!(some > 40, "{some}");
    }
}
