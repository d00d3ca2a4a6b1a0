//! The log as it was at a moment.
//!
//! What a person looks at is one goal, so only what concerns that goal is folded: finding it by its
//! index keeps a look back as quick in a log of a million events as in a short one.

use rusqlite::{OptionalExtension, params};

use super::{
    error::StoreError,
    recall::Recall,
    row::{self, COLUMNS, signed},
};
use crate::domain::{GoalId, Record, Seq, State};

/// Kinds that concern the state as a whole, whichever goal they are tied to.
const WHOLE: [&str; 7] = [
    "goal_opened",
    "goal_switched",
    "goal_archived",
    "rule_added",
    "lesson_noted",
    "lesson_told",
    "lesson_marked",
];

impl Recall {
    /// The last event that was known at a time, in milliseconds since 1970 UTC; 0: none was.
    ///
    /// Times follow the order of the log but for a clock that was set back, so this is a search by
    /// halves.
    pub fn seq_at(&self, at: u64) -> Result<Seq, StoreError> {
        let fault = StoreError::sql("looking for a moment in the log");
        let last: i64 = self
            .conn
            .query_row(
                "SELECT coalesce(max(seq), 0) FROM event WHERE log_id = ?1",
                [self.log.as_str()],
                |row| row.get(0),
            )
            .map_err(&fault)?;
        let mut select = self
            .conn
            .prepare_cached(
                "SELECT seq, at FROM event WHERE log_id = ?1 AND seq <= ?2
                 ORDER BY seq DESC LIMIT 1",
            )
            .map_err(&fault)?;
        let (mut low, mut high) = (0_i64, last);
        while low < high {
            let middle = low + (high - low + 1) / 2;
            let found: Option<(i64, i64)> = select
                .query_row(params![self.log.as_str(), middle], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
                .map_err(&fault)?;
            match found {
                Some((seq, time)) if time <= signed(at) => low = middle.max(seq),
                Some((seq, _)) => high = (seq - 1).min(middle - 1).max(low),
                None => high = low,
            }
        }
        Ok(Seq(u64::try_from(low).unwrap_or(0)))
    }

    /// The state as it was after an event, as far as the goal that was active then is concerned:
    /// that goal as it was, the others only by name, lessons of others without their counts.
    pub fn state_at(&self, seq: Seq) -> Result<State, StoreError> {
        self.moment(seq).map(|(state, _)| state)
    }

    /// The same, with every event of that goal up to then, oldest first.
    pub fn moment(&self, seq: Seq) -> Result<(State, Vec<Record>), StoreError> {
        let whole = self.whole(seq)?;
        let mut outline = State::default();
        for record in &whole {
            outline.apply(record);
        }
        // A goal that was put away last is what there was to see.
        let last = whole.iter().rev().find_map(|record| record.goal.clone());
        let Some(goal) = outline.active.clone().or(last) else {
            return Ok((outline, whole));
        };
        let own = self.of_goal(&goal, seq)?;
        let mut all: Vec<&Record> = own.iter().chain(&whole).collect();
        all.sort_by_key(|record| record.seq);
        all.dedup_by_key(|record| record.seq);
        let mut state = State::default();
        for record in all {
            state.apply(record);
        }
        Ok((state, own))
    }

    /// Every event of a goal up to one, oldest first; what cannot be read is left out.
    pub fn of_goal(&self, goal: &GoalId, upto: Seq) -> Result<Vec<Record>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM event INDEXED BY event_goal
             WHERE goal = ?1 AND log_id = ?2 AND seq <= ?3 ORDER BY seq"
        );
        self.read_all(&sql, params![goal.as_str(), self.log.as_str(), signed(upto.0)])
    }

    fn whole(&self, upto: Seq) -> Result<Vec<Record>, StoreError> {
        let kinds: Vec<String> = WHOLE.iter().map(|kind| format!("'{kind}'")).collect();
        let sql = format!(
            "SELECT {COLUMNS} FROM event INDEXED BY event_kind
             WHERE kind IN ({}) AND log_id = ?1 AND seq <= ?2 ORDER BY seq",
            kinds.join(", ")
        );
        self.read_all(&sql, params![self.log.as_str(), signed(upto.0)])
    }

    fn read_all(&self, sql: &str, with: impl rusqlite::Params) -> Result<Vec<Record>, StoreError> {
        let fault = StoreError::sql("reading the log");
        let mut select = self.conn.prepare_cached(sql).map_err(&fault)?;
        let mut rows = select.query(with).map_err(&fault)?;
        let mut records = Vec::new();
        while let Some(row) = rows.next().map_err(&fault)? {
            records.extend(row::read(row).ok());
        }
        Ok(records)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logger::{
        samples,
        store::{Access, Store},
    };

    fn filled() -> (tempfile::TempDir, Recall) {
        let dir = tempfile::tempdir().unwrap();
        let mut store = Store::open(&dir.path().join("log.db"), Access::Write).unwrap();
        store.append(&samples::every()).unwrap();
        let recall = store.recall().unwrap();
        (dir, recall)
    }

    #[test]
    fn the_goal_that_was_worked_on_is_as_the_whole_fold_has_it_at_every_event() {
        let (_dir, recall) = filled();
        let all = samples::every();
        for upto in 0..=all.len() {
            let mut lived = State::default();
            all[..upto].iter().for_each(|record| lived.apply(record));
            let seen = recall.state_at(Seq(upto as u64)).unwrap();
            assert_eq!((&seen.active, &seen.rules), (&lived.active, &lived.rules));
            let goal = all[..upto].iter().rev().find_map(|record| record.goal.as_ref());
            let goal = lived.active.as_ref().or(goal);
            assert_eq!(
                goal.and_then(|id| seen.goals.get(id)),
                goal.and_then(|id| lived.goals.get(id)),
                "{upto}"
            );
        }
    }

    #[test]
    fn a_time_is_found_as_the_last_event_that_was_known_then() {
        let (_dir, recall) = filled();
        let all = samples::every();
        for record in &all {
            let known = all.iter().filter(|one| one.at <= record.at).count();
            assert_eq!(recall.seq_at(record.at).unwrap(), Seq(known as u64));
        }
        assert_eq!(recall.seq_at(0).unwrap(), Seq(0));
        assert_eq!(recall.seq_at(u64::MAX).unwrap(), Seq(all.len() as u64));
    }
}
