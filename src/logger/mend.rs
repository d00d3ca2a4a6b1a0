//! What is damaged in a log's file, and how the index of its words is made anew from its events.

use std::collections::BTreeSet;

use rusqlite::{Connection, TransactionBehavior};

use super::{
    error::StoreError,
    recall::Recall,
    schema::INDICES,
    store::{Access, Store},
};

/// How sound the file of a log is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Soundness {
    Sound,
    /// Only the index of its words is damaged, in these ways: no event is touched, and
    /// [`Store::index_anew`] mends it.
    Index(Vec<String>),
    /// The log itself is damaged, in these ways.
    Damaged(Vec<String>),
}

impl Recall {
    /// How sound the file is. Reads all of it.
    pub fn soundness(&self) -> Result<Soundness, StoreError> {
        let faults = self.faults()?;
        if faults.is_empty() {
            return Ok(Soundness::Sound);
        }
        let trees = trees(&self.conn)?;
        // Behind what is said of places, the look may have broken off with a word on none.
        let is_end = |at: usize, line: &str| at > 0 && line.ends_with("is malformed");
        let is_of_index = |(at, fault): (usize, &String)| {
            fault.lines().all(|line| match line.strip_prefix("Tree ") {
                Some(rest) => {
                    let root = rest.split_whitespace().next().and_then(|root| root.parse().ok());
                    root.is_some_and(|root: i64| trees.contains(&root))
                }
                // A heading (`*** in database main ***`) names no place.
                None => line.starts_with("***") || is_end(at, line) || names_index(line),
            })
        };
        Ok(if faults.iter().enumerate().all(is_of_index) {
            Soundness::Index(faults)
        } else {
            Soundness::Damaged(faults)
        })
    }
}

/// Whether a fault is one that the full-text module tells of an index of words: each of its texts
/// ends with the table's name.
fn names_index(fault: &str) -> bool {
    let table = fault.rsplit([' ', '.']).next().unwrap_or_default().trim_matches('"');
    fault.to_ascii_lowercase().contains("fts5") && INDICES.contains(&table)
}

/// The pages where the tables of the indices begin.
fn trees(conn: &Connection) -> Result<BTreeSet<i64>, StoreError> {
    let fault = StoreError::sql("looking where the log is damaged");
    let sql = "SELECT rootpage FROM sqlite_schema WHERE tbl_name LIKE ?1 || '\\_%' ESCAPE '\\'";
    let mut select = conn.prepare(sql).map_err(&fault)?;
    let mut all = BTreeSet::new();
    for index in INDICES {
        let rows = select.query_map([index], |row| row.get(0)).map_err(&fault)?;
        all.extend(rows.collect::<Result<Vec<i64>, _>>().map_err(&fault)?);
    }
    Ok(all)
}

impl Store {
    /// Makes the index of the words anew from the events, which stay as they are. Takes as long as
    /// the log is: about a second for 50,000 events.
    pub fn index_anew(&mut self) -> Result<(), StoreError> {
        if self.access() == Access::Read {
            return Err(StoreError::ReadOnly);
        }
        let fault = StoreError::sql("emptying the index of the words");
        let act = self
            .connection()
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&fault)?;
        for index in INDICES {
            let sql = format!("INSERT INTO {index} ({index}) VALUES ('delete-all')");
            act.execute(&sql, []).map_err(&fault)?;
        }
        act.commit().map_err(&fault)?;
        self.index_strangers()?;
        self.index_all()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::logger::{Order, samples};

    fn log(path: &Path) {
        let mut store = Store::open(path, Access::Write).unwrap();
        store.append(&samples::notes(1..=400)).unwrap();
        let line = r#"{"id":"0197b3f0-0000-7000-8000-000000000001:1"}"#;
        store.import(&mut line.as_bytes()).unwrap();
    }

    fn broken(path: &Path, sql: &str) -> Soundness {
        Connection::open(path).unwrap().execute_batch(sql).unwrap();
        Recall::open(path).unwrap().soundness().unwrap()
    }

    #[test]
    fn a_damaged_index_is_told_from_a_damaged_log_and_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.db");
        log(&path);
        assert_eq!(Recall::open(&path).unwrap().soundness().unwrap(), Soundness::Sound);
        let sql = "UPDATE words_data SET block = x'00ff00ff00ff' WHERE id > 10";
        let found = broken(&path, sql);
        assert!(matches!(found, Soundness::Index(_)), "{found:?}");

        let before = Recall::open(&path).unwrap().last(500).unwrap().records;
        let mut store = Store::open(&path, Access::Write).unwrap();
        store.index_anew().unwrap();
        let recall = store.recall().unwrap();
        assert_eq!(recall.soundness().unwrap(), Soundness::Sound);
        assert_eq!(recall.search("note", Order::Newest, 500).unwrap().len(), 400);
        assert_eq!(recall.last(500).unwrap().records, before);
        store.append(&samples::notes(401..=440)).unwrap();
        assert_eq!(recall.search("note", Order::Newest, 500).unwrap().len(), 440);
    }

    #[test]
    fn faults_are_of_the_index_only_if_every_one_of_them_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.db");
        log(&path);
        // The last page of a table, whose first bytes are no page's.
        let lose = |table: &str| {
            let conn = Connection::open(&path).unwrap();
            let sql = "SELECT max(pageno) FROM dbstat WHERE name = ?1";
            let page: i64 = conn.query_row(sql, [table], |row| row.get(0)).unwrap();
            drop(conn);
            let mut bytes = std::fs::read(&path).unwrap();
            let at = usize::try_from(page - 1).unwrap() * 4096;
            bytes[at..at + 8].fill(0xff);
            std::fs::write(&path, bytes).unwrap();
            Recall::open(&path).unwrap().soundness().unwrap()
        };
        let found = lose("words_data");
        assert!(matches!(found, Soundness::Index(_)), "{found:?}");
        let found = lose("event");
        assert!(matches!(found, Soundness::Damaged(_)), "{found:?}");
    }

    #[test]
    fn a_reader_mends_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.db");
        log(&path);
        let mut reader = Store::open(&path, Access::Read).unwrap();
        assert!(matches!(reader.index_anew(), Err(StoreError::ReadOnly)));
    }
}
