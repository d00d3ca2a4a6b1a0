//! The second fold over the log: what a person reads. Sessions in blocks, and the timeline.
//!
//! Its memory is bounded: texts are cut, old blocks and rows are forgotten, their numbers stay.

use std::collections::{BTreeMap, VecDeque};

use super::{
    block::{Block, BlockKind, BlockState},
    fold,
    session::{Session, SessionKey},
    tell::Told,
    tell_plan::Plans,
};
use crate::domain::{Criterion, GoalId, Record, RunId, Seq, TaskId};

/// Most rows of the timeline that are kept.
pub const MAX_ROWS: usize = 4_000;
/// Most rows that are held beyond them because a person has scrolled so far back.
pub const MAX_FETCHED: usize = 100_000;
/// Most runs that have ended whose sessions are remembered.
const MAX_ENDED: usize = 1_000;
/// Most criteria whose words are remembered.
const MAX_CRITERIA: usize = 10_000;

/// One line of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub seq: Seq,
    /// Milliseconds since 1970 UTC.
    pub at: u64,
    pub goal: Option<GoalId>,
    pub task: Option<TaskId>,
    /// A word for what happened.
    pub word: &'static str,
    /// The rest, safe to show and on one line.
    pub text: String,
}

/// What has happened, as a person reads it.
#[derive(Clone, Debug, Default)]
pub struct Story {
    sessions: Vec<Session>,
    by_key: BTreeMap<SessionKey, usize>,
    /// Runs under way: their sessions.
    runs: BTreeMap<RunId, usize>,
    /// The latest runs that have ended.
    ended: BTreeMap<RunId, usize>,
    rows: VecDeque<Row>,
    pub(super) criteria: BTreeMap<String, String>,
    /// What the next change of a plan is told by.
    plans: Plans,
    last: Seq,
    /// Rows that were fetched from further back, beyond those that are kept anyway.
    fetched: usize,
}

impl Story {
    /// A story of a log, or of the last part of one.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut story = Self::default();
        for record in records {
            story.apply(record);
        }
        story
    }

    /// Tells one more record.
    pub fn apply(&mut self, record: &Record) {
        self.last = record.seq;
        if let Some(told) = self.plans.tell(record) {
            self.rows.push_back(row(record, told));
            if self.rows.len() > MAX_ROWS + self.fetched {
                self.rows.pop_front();
            }
        }
        fold::fold(self, record);
    }

    /// The last record's place in the log.
    pub fn last(&self) -> Seq {
        self.last
    }

    /// The rows of the timeline, the newest first.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = &Row> + ExactSizeIterator {
        self.rows.iter().rev()
    }

    /// The oldest row.
    pub fn oldest(&self) -> Option<Seq> {
        self.rows.front().map(|row| row.seq)
    }

    /// Puts records from further back before the oldest row, oldest first, so that the timeline
    /// goes on where it ended. Says how many rows they came to; at most `MAX_FETCHED` are held.
    pub fn prepend<'a>(&mut self, records: impl DoubleEndedIterator<Item = &'a Record>) -> usize {
        let oldest = self.oldest();
        // A change of a plan is told by the plan before it, so they are told in their order.
        let mut plans = Plans::default();
        let told: Vec<Row> = records
            .filter(|record| oldest.is_none_or(|seq| record.seq < seq))
            .filter_map(|record| plans.tell(record).map(|told| row(record, told)))
            .collect();
        let room = MAX_FETCHED.saturating_sub(self.fetched);
        let added = told.len().min(room);
        self.fetched += added;
        told.into_iter().rev().take(room).for_each(|row| self.rows.push_front(row));
        added
    }

    /// The row of an event.
    pub fn row(&self, seq: Seq) -> Option<&Row> {
        self.rows.binary_search_by_key(&seq, |row| row.seq).ok().and_then(|at| self.rows.get(at))
    }

    /// How many rows are newer than an event.
    pub fn rows_after(&self, seq: Seq) -> usize {
        self.rows.len() - self.rows.partition_point(|row| row.seq <= seq)
    }

    /// All sessions in the order in which they began. That order never changes.
    pub fn sessions(&self) -> &[Session] {
        &self.sessions
    }

    /// A session by whose it is.
    pub fn session(&self, key: &SessionKey) -> Option<&Session> {
        self.sessions.get(*self.by_key.get(key)?)
    }

    /// The session that a run works in.
    pub fn session_of(&self, run: RunId) -> Option<&Session> {
        self.sessions.get(*self.runs.get(&run)?)
    }

    /// The session that a run works in, or has worked in: what it asked may wait longer than it.
    pub fn session_with(&self, run: RunId) -> Option<&Session> {
        self.session_of(run).or_else(|| self.sessions.get(*self.ended.get(&run)?))
    }

    /// The latest block of a call that a person is asked about.
    pub fn asking_block(&self, run: RunId) -> Option<&Block> {
        let waits = |block: &&Block| block.state == BlockState::Waits && block.run == Some(run);
        self.session_with(run)?.blocks().rev().filter(|one| one.kind == BlockKind::Run).find(waits)
    }

    /// The session of a record, begun if need be.
    pub(super) fn at(&mut self, record: &Record) -> Option<&mut Session> {
        let key = SessionKey { goal: record.goal.clone()?, task: record.task.clone() };
        let at = if let Some(at) = self.by_key.get(&key) {
            *at
        } else {
            self.sessions.push(Session::new(key.clone()));
            self.by_key.insert(key, self.sessions.len() - 1);
            self.sessions.len() - 1
        };
        let session = self.sessions.get_mut(at)?;
        session.last = record.at;
        Some(session)
    }

    pub(super) fn began(&mut self, run: RunId, record: &Record) {
        if let Some(session) = self.at(record) {
            session.run = Some(run);
            let key = session.key.clone();
            if let Some(at) = self.by_key.get(&key) {
                self.runs.insert(run, *at);
            }
        }
    }

    pub(super) fn ended(&mut self, run: RunId) {
        let Some(at) = self.runs.remove(&run) else { return };
        self.ended.insert(run, at);
        if self.ended.len() > MAX_ENDED {
            self.ended.pop_first();
        }
        if let Some(session) = self.sessions.get_mut(at)
            && session.run == Some(run)
        {
            session.run = None;
        }
    }

    pub(super) fn remember(&mut self, criteria: &[Criterion]) {
        if self.criteria.len() < MAX_CRITERIA {
            self.criteria.extend(criteria.iter().map(|one| (one.key(), one.text.clone())));
        }
    }
}

fn row(record: &Record, told: Told) -> Row {
    Row {
        seq: record.seq,
        at: record.at,
        goal: record.goal.clone(),
        task: record.task.clone(),
        word: told.word,
        text: told.text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Actor, CallId, Event, Item, Job, Outcome, Permission, ToolCall, Usage, Way, When,
    };

    const RUN: RunId = RunId(1);

    fn record(seq: u64, event: Event) -> Record {
        Record {
            seq: Seq(seq),
            at: 1_000 * seq,
            actor: Actor::Chargehand,
            goal: Some("ship".into()),
            revision: 1,
            task: Some("a".into()),
            attempt: None,
            event,
        }
    }

    fn key() -> SessionKey {
        SessionKey { goal: "ship".into(), task: Some("a".into()) }
    }

    fn call(id: u32, tool: &str, arguments: &str) -> ToolCall {
        let (tool, arguments) = (tool.to_owned(), arguments.to_owned());
        ToolCall { id: CallId(id), wire_id: String::new(), tool, arguments }
    }

    fn said(text: &str, calls: Vec<ToolCall>) -> Event {
        let (text, reasoning) = (text.to_owned(), "think\nmore".to_owned());
        let usage = Usage::default();
        Event::ItemLogged {
            run: RUN,
            item: Item::Said { text, reasoning, calls, way: Way::Native, usage },
        }
    }

    fn returned(id: u32, ok: bool, text: &str) -> Event {
        let (call, text) = (CallId(id), text.to_owned());
        Event::ItemLogged {
            run: RUN,
            item: Item::Returned { call, ok, text, blob: None, millis: 40 },
        }
    }

    fn shown(story: &Story) -> String {
        let session = story.session(&key());
        let line = |block: &Block| {
            let Block { id, state, verb, object, result, .. } = block;
            format!("{id} {state:?} {verb} | {object} | {result} | {} bytes", block.body.len())
        };
        session.map(|one| one.blocks().map(line).collect::<Vec<_>>().join("\n")).unwrap_or_default()
    }

    #[test]
    fn a_session_is_told_in_blocks() {
        let evidence = crate::domain::Evidence {
            criterion: "k".to_owned(),
            when: When::After,
            tree: "t".to_owned(),
            outcome: Outcome::Failed,
            exit: Some(1),
            seen: "expected 3".to_owned(),
            blob: None,
            millis: 5,
        };
        let job = Job::Execute { task: "a".into(), attempt: crate::domain::AttemptNo(1) };
        let run_it = call(2, "run", r#"{"command": "make"}"#);
        let events = vec![
            Event::RunBegan { run: RUN, job },
            said("I read.", vec![call(1, "read", r#"{"path": "a.rs"}"#)]),
            returned(1, true, "fn main() {}"),
            said("", vec![run_it.clone()]),
            Event::CallIntended {
                run: RUN,
                call: run_it,
                command: Some("make\x1b[2J".to_owned()),
                permission: Permission::Asked,
            },
            Event::CallAnswered { run: RUN, call: CallId(2), allow: true, why: String::new() },
            returned(2, false, "exit 2\nno rule"),
            Event::Checked { run: RUN, evidence: vec![evidence] },
            Event::RunEnded { run: RUN, end: crate::domain::End::Done },
        ];
        let log: Vec<Record> = (1..).zip(events).map(|(seq, one)| record(seq, one)).collect();
        let story = Story::of(&log);
        insta::assert_snapshot!(shown(&story), @r#"
        0 Done Session | attempt 1 |  | 0 bytes
        1 Done Thought | think |  | 10 bytes
        2 Done Says |  |  | 7 bytes
        3 Done Read | a.rs |  | 12 bytes
        4 Done Thought | think |  | 10 bytes
        5 Failed Run | make␛[2J | exit 2 | 14 bytes
        6 Failed Check | 0 of 1 hold |  | 36 bytes
        "#);
        assert_eq!(story.session(&key()).and_then(|one| one.run), None);
        assert_eq!(story.rows().len(), 5);
    }

    #[test]
    fn memory_is_bounded_and_numbers_stay() {
        let mut story = Story::default();
        for seq in 1..=6_000 {
            let text = if seq % 100 == 0 { "x".repeat(1 << 20) } else { "short".to_owned() };
            story.apply(&record(seq, Event::Noted { run: None, text }));
        }
        assert_eq!(story.rows().len(), MAX_ROWS);
        let session = story.session(&key());
        let bytes: usize =
            session.map_or(usize::MAX, |one| one.blocks().map(|block| block.body.len()).sum());
        assert!(bytes <= super::super::session::MAX_BYTES + 4_000 * 8, "{bytes}");
        assert_eq!(session.map(|one| (one.first(), one.end())), Some((2_000, 6_000)));
        assert_eq!(story.rows_after(Seq(5_990)), 10);
    }

    #[test]
    fn the_timeline_goes_on_into_what_was_before() {
        let noted = |seq| record(seq, Event::Noted { run: None, text: format!("n{seq}") });
        let all: Vec<Record> = (1..=30).map(noted).collect();
        let mut story = Story::of(&all[20..]);
        assert_eq!(story.oldest(), Some(Seq(21)));
        assert_eq!(story.prepend(all[10..25].iter()), 10);
        assert_eq!(story.prepend(all[..20].iter()), 10);
        let seqs: Vec<u64> = story.rows().map(|row| row.seq.0).collect();
        assert_eq!(seqs, (1..=30).rev().collect::<Vec<_>>());
        assert_eq!(story.row(Seq(3)).map(|row| row.text.as_str()), Some("a: n3"));
    }

    #[test]
    fn a_story_may_begin_in_the_middle_of_a_log() {
        let mut story = Story::default();
        story.apply(&record(900, returned(3, true, "late")));
        story.apply(&record(901, said("on I go", vec![])));
        story.apply(&record(902, Event::RunEnded { run: RUN, end: crate::domain::End::Done }));
        assert_eq!(story.session(&key()).map(Session::end), Some(2));
    }
}
