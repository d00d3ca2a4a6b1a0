//! Reading around damage: slower than by the indices, and whatever can be read is.

use std::collections::VecDeque;

use super::{
    error::StoreError,
    recall::{Filter, Recall, Recalled},
    row::{self, Quarantined},
    search, text,
};
use crate::domain::{Record, Seq};

impl Recall {
    /// What a question by the indices found; where the file is damaged on the way there, the newest
    /// so many of all events that can be read and that are wanted, and every one that cannot.
    pub(super) fn or_around(
        &self,
        found: Result<Recalled, StoreError>,
        limit: usize,
        wanted: impl Fn(&Record) -> bool,
    ) -> Result<Recalled, StoreError> {
        let Err(StoreError::Damaged { .. }) = found else { return found };
        let mut records = VecDeque::new();
        let mut quarantined = Vec::new();
        row::scan(&self.conn, &self.log, Seq(0), |read| {
            match read {
                Ok(record) if wanted(&record) => records.push_back(record),
                Ok(_) => {}
                Err(one) => quarantined.push(one),
            }
            if records.len() > limit {
                records.pop_front();
            }
            Ok(())
        })?;
        Ok(Recalled { records: records.into(), quarantined })
    }

    /// What a search by the index found; where index or log are damaged, the events that can be
    /// read, have every word and pass the filter, the newest first.
    pub(super) fn or_looked_through(
        &self,
        found: Result<Vec<Record>, StoreError>,
        words: &[String],
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        found.or_else(|error| {
            let has = |record: &Record| {
                filter.admits(record) && search::has(&text::searchable(&record.event), words)
            };
            let mut records = self.or_around(Err(error), limit, has)?.records;
            records.reverse();
            Ok(records)
        })
    }

    /// Every event that cannot be read. Reads the whole log.
    pub fn unreadable(&self) -> Result<Vec<Quarantined>, StoreError> {
        let mut quarantined = Vec::new();
        row::scan(&self.conn, &self.log, Seq(0), |read| {
            quarantined.extend(read.err());
            Ok(())
        })?;
        Ok(quarantined)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use rusqlite::Connection;

    use super::*;
    use crate::domain::{AttemptNo, RunId};
    use crate::logger::{
        samples,
        search::Order,
        store::{Access, Store},
    };

    /// A log of 200 long notes, one of whose pages is gone: of the table or index so called.
    fn damaged(table: &str) -> (tempfile::TempDir, Recall) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.db");
        let mut store = Store::open(&path, Access::Write).unwrap();
        let note = |seq| samples::note(seq, &format!("place{seq} {}", "word ".repeat(200)));
        store.append(&(1..=200).map(note).collect::<Vec<_>>()).unwrap();
        drop(store);
        lose_page(&path, table);
        let recall = Recall::open(&path).unwrap();
        (dir, recall)
    }

    fn lose_page(path: &Path, table: &str) {
        let sql = "SELECT pageno FROM dbstat WHERE name = ?1 AND pagetype = 'leaf'
                   ORDER BY path LIMIT 1 OFFSET (SELECT count(*) / 2 FROM dbstat
                                                 WHERE name = ?1 AND pagetype = 'leaf')";
        let conn = Connection::open(path).unwrap();
        let page: u32 = conn.query_row(sql, [table], |row| row.get(0)).unwrap();
        let page = usize::try_from(page).unwrap();
        drop(conn);
        let mut bytes = fs::read(path).unwrap();
        bytes[(page - 1) * 4096..page * 4096].fill(0);
        fs::write(path, bytes).unwrap();
    }

    #[test]
    fn a_page_that_cannot_be_read_hides_no_other_event_from_any_question() {
        let (_dir, recall) = damaged("event");
        let all = recall.timeline(&Filter::default()).unwrap();
        let lost = 200 - all.records.len();
        assert!((1..10).contains(&lost), "{lost}");
        assert_eq!(all.quarantined.len(), lost);
        assert_eq!(recall.unreadable().unwrap(), all.quarantined);
        let some = all.quarantined[0].seq;
        assert!(recall.record(some).is_err());
        let kinds = vec!["noted".to_owned()];
        let noted = Filter { kinds, limit: Some(150), ..Filter::default() };
        assert_eq!(recall.timeline(&noted).unwrap().records, all.records[50 - lost..]);
        let found = recall.search("word", Order::Newest, 500).unwrap();
        assert_eq!(found.len(), all.records.len());
        assert_eq!(found[0].record.seq, Seq(200));
        assert_eq!(recall.search("word place7", Order::Best, 9).unwrap().len(), 1);
        let before = Filter { before: Some(Seq(4)), ..Filter::default() };
        assert_eq!(recall.seek("wor", &before, 9).unwrap().len(), 3);
        let none = Filter { attempt: Some(AttemptNo(7)), ..Filter::default() };
        assert!(recall.timeline(&none).unwrap().records.is_empty());
        assert!(recall.records_of_runs(&[RunId(1)]).unwrap().records.is_empty());
    }

    #[test]
    fn a_damaged_index_is_looked_through_the_log_for() {
        let (_dir, recall) = damaged("words_data");
        let found = recall.search("word place77", Order::Best, 9).unwrap();
        assert_eq!(found.iter().map(|hit| hit.record.seq).collect::<Vec<_>>(), [Seq(77)]);
        assert_eq!(recall.search("place77 nowhere", Order::Best, 9).unwrap(), []);
        assert_eq!(recall.seek("word", &Filter::default(), 500).unwrap().len(), 200);
        assert_eq!(recall.unreadable().unwrap(), []);
    }
}
