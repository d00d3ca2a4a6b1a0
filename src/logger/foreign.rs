//! Other people's memories: events of other logs, taken in as a set.
//!
//! Each is keyed by its log, its place there and its content, so that any order of imports comes to
//! the same. They are never folded into the state: an approval of somebody else's is no approval
//! here, and neither is one that an import brings under this log's own name. Two contents for one
//! place, or anything new under our own name, stay in quarantine, named.

use std::{collections::BTreeMap, io::BufRead};

use rusqlite::{TransactionBehavior, params};

use super::{
    codec::DecodeError,
    error::StoreError,
    identity::LogId,
    jsonl,
    recall::{Recall, Recalled},
    row::{Quarantined, signed},
    search,
    store::{Access, Store},
    text,
};
use crate::domain::{Lesson, Record, Seq, State, hash};

/// Most bytes of one line of an import: more than any event may have.
const MAX_LINE: u64 = 4 * 1024 * 1024;
/// Most lines that are named when they cannot be taken in.
const MAX_NAMED: usize = 20;

/// What an import came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    pub added: u64,
    /// Events that were here already.
    pub known: u64,
    /// Events under this log's own name that it never wrote, among those added.
    pub forged: u64,
    /// Lines that are no events, the first few with their number and the reason.
    pub bad: Vec<(u64, String)>,
    /// How many lines are no events.
    pub bad_lines: u64,
}

/// What other logs have left here, by log.
#[derive(Debug, Default)]
pub struct Foreign {
    pub logs: BTreeMap<LogId, Recalled>,
}

impl Foreign {
    /// The lessons that the other logs have come to, each with its log.
    pub fn lessons(&self) -> Vec<(LogId, Lesson)> {
        let of_log = |(log, recalled): (&LogId, &Recalled)| {
            let mut state = State::default();
            recalled.records.iter().for_each(|record| state.apply(record));
            state.lessons.into_iter().map(|one| (log.clone(), one)).collect::<Vec<_>>()
        };
        self.logs.iter().flat_map(of_log).collect()
    }
}

impl Store {
    /// Takes in events of an export, one a line. What is no event is named and passed over.
    pub fn import(&mut self, from: &mut dyn BufRead) -> Result<Imported, StoreError> {
        if self.access() == Access::Read {
            return Err(StoreError::ReadOnly);
        }
        let own = self.log_id().clone();
        let recall = self.recall()?;
        let fault = StoreError::sql("importing");
        let act = self
            .connection()
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&fault)?;
        let mut done = Imported::default();
        let mut number = 0_u64;
        loop {
            number += 1;
            let Some(line) = next_line(from)? else { break };
            let line = match line {
                Ok(line) if line.trim().is_empty() => continue,
                Ok(line) => line,
                Err(why) => {
                    done.refuse(number, why);
                    continue;
                }
            };
            let (log, seq, text, body) = match read(&line) {
                Ok(read) => read,
                Err(why) => {
                    done.refuse(number, why);
                    continue;
                }
            };
            if log == own {
                let ours = recall.record(seq).ok().flatten();
                let ours = ours.map(|record| jsonl::line(&own, &record)).transpose()?;
                if ours.as_deref() == Some(text.as_str()) {
                    done.known += 1;
                    continue;
                }
                done.forged += 1;
            }
            let digest = hash::bytes(text.as_bytes());
            let new = act
                .prepare_cached(
                    "INSERT OR IGNORE INTO foreign_event (log_id, seq, digest, line)
                     VALUES (?1, ?2, ?3, ?4)",
                )
                .and_then(|mut put| put.execute(params![log.as_str(), signed(seq.0), digest, text]))
                .map_err(&fault)?;
            if new == 0 {
                done.known += 1;
                continue;
            }
            done.added += 1;
            if !body.is_empty() {
                let row = act.last_insert_rowid();
                act.prepare_cached("INSERT INTO foreign_words (rowid, body) VALUES (?1, ?2)")
                    .and_then(|mut words| words.execute(params![row, body]))
                    .map_err(&fault)?;
            }
        }
        act.commit().map_err(&fault)?;
        Ok(done)
    }

    /// Takes up the words of all that was imported into an index that has none.
    pub(super) fn index_strangers(&mut self) -> Result<(), StoreError> {
        let fault = StoreError::sql("making searchable what was imported");
        let act = self
            .connection()
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&fault)?;
        let mut select = act.prepare("SELECT row, line FROM foreign_event").map_err(&fault)?;
        let mut insert = act
            .prepare("INSERT INTO foreign_words (rowid, body) VALUES (?1, ?2)")
            .map_err(&fault)?;
        let mut rows = select.query([]).map_err(&fault)?;
        while let Some(row) = rows.next().map_err(&fault)? {
            let at: i64 = row.get(0).map_err(&fault)?;
            let line: String = row.get(1).map_err(&fault)?;
            if let Ok((.., body)) = read(&line)
                && !body.is_empty()
            {
                insert.execute(params![at, body]).map_err(&fault)?;
            }
        }
        drop(rows);
        drop((select, insert));
        act.commit().map_err(&fault)
    }
}

impl Imported {
    fn refuse(&mut self, number: u64, why: String) {
        self.bad_lines += 1;
        if self.bad.len() < MAX_NAMED {
            self.bad.push((number, why));
        }
    }
}

/// The next line within its bound, or why it is none. `None`: the end.
fn next_line(from: &mut dyn BufRead) -> Result<Option<Result<String, String>>, StoreError> {
    let fault = |error: std::io::Error| StoreError::Database {
        doing: "reading an import",
        message: error.to_string(),
    };
    let mut bytes = Vec::new();
    let mut long = false;
    loop {
        let part = from.fill_buf().map_err(fault)?;
        if part.is_empty() {
            if bytes.is_empty() && !long {
                return Ok(None);
            }
            break;
        }
        let end = part.iter().position(|byte| *byte == b'\n');
        let take = end.unwrap_or(part.len());
        if bytes.len() as u64 + take as u64 > MAX_LINE {
            long = true;
            bytes.clear();
        } else if !long {
            bytes.extend_from_slice(&part[..take]);
        }
        from.consume(end.map_or(take, |end| end + 1));
        if end.is_some() {
            break;
        }
    }
    if long {
        return Ok(Some(Err(format!("it is longer than {MAX_LINE} bytes"))));
    }
    Ok(Some(String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())))
}

/// A line's log, place, text as we would write it, and what of it can be searched.
///
/// What this program does not know (a newer one's kind) is kept as it is and quarantined on reading.
fn read(line: &str) -> Result<(LogId, Seq, String, String), String> {
    match jsonl::read_line(line) {
        Ok((log, record)) => {
            let text = jsonl::line(&log, &record).map_err(|error| error.to_string())?;
            let body = text::searchable(&record.event);
            Ok((log, record.seq, text, body))
        }
        Err(why) => {
            let unknown = || why.to_string();
            let value: serde_json::Value = serde_json::from_str(line).map_err(|_| unknown())?;
            let id = value.get("id").and_then(serde_json::Value::as_str).ok_or_else(unknown)?;
            let (log, seq) = id.rsplit_once(':').ok_or_else(unknown)?;
            let log = LogId::parse(log).ok_or_else(unknown)?;
            let seq = seq.parse().map_err(|_| unknown())?;
            Ok((log, Seq(seq), value.to_string(), String::new()))
        }
    }
}

impl Recall {
    /// What other logs have left here. What has two contents for one place, or came under this
    /// log's own name, is quarantined.
    pub fn foreign(&self) -> Result<Foreign, StoreError> {
        let fault = StoreError::sql("reading what was imported");
        let mut select = self
            .conn
            .prepare_cached(
                "SELECT log_id, seq, line,
                        (SELECT count(*) FROM foreign_event AS other
                         WHERE other.log_id = one.log_id AND other.seq = one.seq)
                 FROM foreign_event AS one ORDER BY log_id, seq, digest",
            )
            .map_err(&fault)?;
        let mut rows = select.query([]).map_err(&fault)?;
        let mut foreign = Foreign::default();
        while let Some(row) = rows.next().map_err(&fault)? {
            let read = || -> rusqlite::Result<(String, i64, String, i64)> {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            };
            let Ok((log, seq, line, count)) = read() else { continue };
            let Some(log) = LogId::parse(&log) else { continue };
            let kept = foreign.logs.entry(log.clone()).or_default();
            let seq = Seq(u64::try_from(seq).unwrap_or(0));
            match looked_at(&self.log, &log, &line, count) {
                Ok(record) => kept.records.push(record),
                Err(why) => kept.quarantined.push(Quarantined {
                    seq,
                    kind: String::new(),
                    why,
                    raw: line.chars().take(200).collect(),
                }),
            }
        }
        Ok(foreign)
    }

    /// Events of other logs whose text has every word of a query, the newest import first.
    pub fn search_foreign(
        &self,
        query: &str,
        limit: usize,
    ) -> Result<Vec<(LogId, Record)>, StoreError> {
        let words = search::words(query);
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let fault = StoreError::sql("searching what was imported");
        let mut select = self
            .conn
            .prepare_cached(
                "SELECT line FROM foreign_words JOIN foreign_event AS one
                 ON one.row = foreign_words.rowid
                 WHERE foreign_words MATCH ?1 AND one.log_id <> ?2
                 ORDER BY foreign_words.rowid DESC LIMIT ?3",
            )
            .map_err(&fault)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let lines = select
            .query_map(params![search::matching(&words), self.log.as_str(), limit], |row| {
                row.get::<_, String>(0)
            })
            .map_err(&fault)?;
        let mut found = Vec::new();
        for line in lines {
            found.extend(jsonl::read_line(&line.map_err(&fault)?).ok());
        }
        Ok(found)
    }
}

fn looked_at(own: &LogId, log: &LogId, line: &str, count: i64) -> Result<Record, DecodeError> {
    let envelope = |why: &str| Err(DecodeError::Envelope { why: why.to_owned() });
    if log == own {
        return envelope("it came in under this log's own name, and this log never wrote it");
    }
    if count > 1 {
        return envelope("two imports have different events for this place");
    }
    jsonl::read_line(line).map(|(_, record)| record)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::Event;
    use crate::logger::samples;

    fn log(dir: &tempfile::TempDir, name: &str) -> Store {
        Store::open(&dir.path().join(name).join("log.db"), Access::Write).unwrap()
    }

    fn exported(store: &Store) -> BTreeSet<String> {
        let mut out = Vec::new();
        store.export_jsonl(&mut out).unwrap();
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
    }

    fn import(store: &mut Store, lines: &BTreeSet<String>) -> Imported {
        let text = lines.iter().cloned().collect::<Vec<_>>().join("\n");
        store.import(&mut text.as_bytes()).unwrap()
    }

    #[test]
    fn memories_merge_in_any_order_to_the_same_set_and_twice_is_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut stores: Vec<Store> = ["a", "b", "c"].iter().map(|name| log(&dir, name)).collect();
        for (number, store) in (1_u64..).zip(&mut stores) {
            store.append(&samples::notes(1..=number + 2)).unwrap();
        }
        let own: Vec<BTreeSet<String>> = stores.iter().map(exported).collect();
        for (at, order) in [[1, 2], [2, 0], [0, 1]].into_iter().enumerate() {
            for other in order {
                let first = import(&mut stores[at], &own[other]);
                assert_eq!(first.added, own[other].len() as u64);
                assert_eq!(import(&mut stores[at], &own[other]).known, first.added);
            }
        }
        let all: Vec<BTreeSet<String>> = stores.iter().map(exported).collect();
        assert!(all[0] == all[1] && all[1] == all[2]);
        // And through a third: what one has taken in, it passes on.
        let mut fourth = log(&dir, "d");
        import(&mut fourth, &all[0]);
        assert_eq!(exported(&fourth), all[0]);
    }

    #[test]
    fn an_imported_approval_decides_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (mut ours, mut theirs) = (log(&dir, "ours"), log(&dir, "theirs"));
        theirs.append(&samples::every()).unwrap();
        let before = ours.replay().unwrap().state;
        import(&mut ours, &exported(&theirs));
        assert_eq!(ours.replay().unwrap().state, before);
        assert_eq!(ours.last(), Seq(0));
        let recall = ours.recall().unwrap();
        let foreign = recall.foreign().unwrap();
        assert_eq!(foreign.logs[theirs.log_id()].records, samples::every());
        assert!(!foreign.lessons().is_empty());
        let hits = recall.search_foreign("unbound variable", 9).unwrap();
        assert!(hits.iter().all(|(log, _)| log == theirs.log_id()) && !hits.is_empty());
        assert_eq!(recall.search("unbound", crate::logger::Order::Best, 9).unwrap(), []);
    }

    #[test]
    fn what_is_forged_under_our_own_name_is_quarantined_and_named() {
        let dir = tempfile::tempdir().unwrap();
        let mut ours = log(&dir, "ours");
        ours.append(&samples::notes(1..=2)).unwrap();
        let own = exported(&ours);
        assert_eq!(import(&mut ours, &own).known, 2);
        let mut forged = samples::note(3, "x");
        forged.event =
            Event::PlanApproved { hash: "h".into(), by: crate::domain::Approver::Person };
        let changed = samples::note(2, "something else");
        let lines = [&forged, &changed].map(|one| jsonl::line(ours.log_id(), one).unwrap());
        let done = import(&mut ours, &lines.into_iter().collect());
        assert_eq!((done.added, done.forged), (2, 2));
        assert_eq!(ours.replay().unwrap().last, Seq(2));
        let foreign = ours.recall().unwrap().foreign().unwrap();
        let kept = &foreign.logs[ours.log_id()];
        assert_eq!((kept.records.len(), kept.quarantined.len()), (0, 2));
        assert!(kept.quarantined[0].to_string().contains("this log never wrote it"));
    }

    #[test]
    fn two_contents_for_one_place_are_both_quarantined_whichever_came_first() {
        let dir = tempfile::tempdir().unwrap();
        let (mut one, mut two) = (log(&dir, "one"), log(&dir, "two"));
        let other = LogId::parse(samples::LOG).unwrap();
        let lines =
            ["first", "second"].map(|text| jsonl::line(&other, &samples::note(1, text)).unwrap());
        for (store, order) in [(&mut one, [0, 1]), (&mut two, [1, 0])] {
            for at in order {
                store.import(&mut lines[at].as_bytes()).unwrap();
            }
        }
        let named = |store: &Store| {
            let foreign = store.recall().unwrap().foreign().unwrap();
            let all = &foreign.logs[&other].quarantined;
            all.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(named(&one), named(&two));
        assert_eq!(named(&one).len(), 2);
    }

    #[test]
    fn lines_that_are_no_events_are_named_and_the_rest_is_taken_in() {
        let dir = tempfile::tempdir().unwrap();
        let mut store = log(&dir, "a");
        let other = LogId::parse(samples::LOG).unwrap();
        let good = jsonl::line(&other, &samples::note(1, "good")).unwrap();
        let newer = good.replace("\"kind\":\"noted\"", "\"kind\":\"dreamt\"");
        let long = "x".repeat(usize::try_from(MAX_LINE).unwrap() + 1);
        let text = format!("not json\n{{}}\n\n{good}\n{newer}\n{long}\n\u{feff}\n");
        let done = store.import(&mut text.as_bytes()).unwrap();
        assert_eq!((done.added, done.bad_lines), (2, 4));
        assert_eq!(done.bad.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 6, 7]);
        let mut broken: &[u8] = b"\xff\xfe\n";
        assert_eq!(store.import(&mut broken).unwrap().bad, [(1, "it is not UTF-8".to_owned())]);
    }
}
