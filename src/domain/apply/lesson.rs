//! What becomes of lessons: noted, seen again, marked, counted.

use super::super::{
    alike,
    attempt::{Attempt, LessonCandidate},
    check::{Criterion, Evidence, Outcome, When},
    event::{Event, Record},
    goal::{Goal, State},
    ids::{LessonId, TaskId},
    lesson::{Before, Lesson, LessonState, Mark, PAST, Passed, SIGHTINGS, Sighting, Tally, Trust},
    phase::Task,
    plan::Kind,
    withdraw::Withdrawn,
};

/// Most events that a lesson names as its evidence.
const EVIDENCE: usize = 12;
/// Fewest words of a person that may be worth remembering beyond the task.
const WORDS: usize = 4;
/// Hundredths of a trigger's words that an output must have for the trigger to have come back.
const CAME_BACK: usize = 70;

impl State {
    /// A lesson was noted in a run's attempt at a task.
    pub(super) fn note_lesson(
        &mut self,
        record: &Record,
        task: &TaskId,
        what: &LessonCandidate,
        trust: Trust,
    ) {
        let Some(goal) = record.goal.as_ref().and_then(|id| self.goals.get(id)) else { return };
        let known = goal.task(task);
        let attempt = record.attempt.or_else(|| Some(known?.last_attempt()?.number));
        let sighting = attempt.map(|attempt| Sighting {
            goal: goal.id.clone(),
            task: task.clone(),
            attempt,
            trust,
        });
        let mut fresh = fresh(record, what, trust);
        fresh.task = Some(task.clone());
        fresh.kind = known.map(|task| task.spec.kind).unwrap_or_default();
        fresh.learned_at = known
            .and_then(|task| task.last_attempt()?.head.as_ref())
            .map_or_else(|| Some(goal.tip.commit.clone()), |head| Some(head.commit.clone()));
        // A better remedy for the very same trigger takes the place of a poorer one.
        let same = |one: &Lesson| {
            one.says_the_same(&fresh.words)
                || (one.what.trigger == what.trigger && one.trust < trust)
        };
        if let Some(old) = self.lessons.iter_mut().find(|one| same(one)) {
            old.seen_again(&fresh, sighting);
            return;
        }
        fresh.sightings.extend(sighting);
        fresh.state = fresh.resting();
        self.lessons.push(fresh);
    }

    /// The person told a lesson: it needs no other proof.
    pub(super) fn told_lesson(&mut self, record: &Record, what: &LessonCandidate) {
        let mut fresh = fresh(record, what, Trust::Person);
        fresh.learned_at = record
            .goal
            .as_ref()
            .and_then(|id| self.goals.get(id))
            .map(|goal| goal.tip.commit.clone());
        fresh.state = LessonState::Confirmed;
        self.lessons.push(fresh);
    }

    /// What a person says in passing about a task may hold beyond it.
    pub(super) fn overhear(&mut self, record: &Record) {
        let said = match &record.event {
            Event::BriefRejected { why, .. } => why,
            Event::ManualChecked { note, evidence, .. } if evidence.outcome == Outcome::Failed => {
                note
            }
            Event::Steered { text, .. } => text,
            _ => return,
        };
        if said.split_whitespace().count() < WORDS {
            return;
        }
        let Some(goal) = record.goal.as_ref().and_then(|id| self.goals.get(id)) else { return };
        let Some(task) = record.task.as_ref().and_then(|id| goal.task(id)) else { return };
        let what = LessonCandidate {
            trigger: task.spec.title.clone(),
            fix: said.clone(),
            paths: Vec::new(),
            evidence: vec![record.seq],
        };
        let mut fresh = fresh(record, &what, Trust::Person);
        fresh.task = Some(task.spec.id.clone());
        fresh.kind = task.spec.kind;
        fresh.learned_at = Some(goal.tip.commit.clone());
        if !self.lessons.iter().any(|one| one.says_the_same(&fresh.words)) {
            self.lessons.push(fresh);
        }
    }

    /// What was said with a rejection that is taken back holds no more, unless the person has
    /// pinned it since.
    pub(super) fn unhear(&mut self, record: &Record, what: &Withdrawn) {
        let Withdrawn::BriefRejection { task } = what else { return };
        let goal = record.goal.as_ref().and_then(|id| self.goals.get(id));
        let rejected = goal.and_then(|goal| goal.task(task)?.rejected.as_ref());
        let Some(by) = rejected.map(|rejected| rejected.by) else { return };
        self.lessons.retain(|one| one.pinned || one.id.0 != by.0);
    }

    /// A word on a lesson.
    pub(super) fn mark_lesson(&mut self, id: LessonId, mark: &Mark) {
        let Some(lesson) = self.lessons.iter_mut().find(|one| one.id == id) else { return };
        if mark.is_a_person_s() && !matches!(mark, Mark::Undone) {
            lesson.past.push(Before {
                what: lesson.what.clone(),
                state: lesson.state,
                pinned: lesson.pinned,
                general: lesson.general,
            });
            let surplus = lesson.past.len().saturating_sub(PAST);
            lesson.past.drain(..surplus);
        }
        match mark {
            Mark::Pinned => {
                lesson.pinned = true;
                if lesson.state == LessonState::Candidate {
                    lesson.state = LessonState::Confirmed;
                }
            }
            Mark::Unpinned => lesson.pinned = false,
            Mark::Confirmed => lesson.state = LessonState::Confirmed,
            Mark::Corrected { what } => {
                lesson.say(what.clone());
                lesson.state = LessonState::Confirmed;
                // What was counted was another text's doing.
                (lesson.with, lesson.without) = (Tally::default(), Tally::default());
                lesson.in_vain = 0;
            }
            Mark::Forgotten => lesson.state = LessonState::Forgotten,
            Mark::General => lesson.general = true,
            Mark::Own => lesson.general = false,
            Mark::Undone => {
                let Some(before) = lesson.past.pop() else { return };
                lesson.say(before.what);
                lesson.state = before.state;
                lesson.pinned = before.pinned;
                lesson.general = before.general;
            }
            Mark::Refuted => lesson.state = LessonState::Refuted,
            Mark::Retired => lesson.state = LessonState::Retired,
            Mark::Stale { gone } => {
                lesson.gone.clone_from(gone);
                lesson.state = LessonState::Stale;
            }
            Mark::Fresh => {
                lesson.gone.clear();
                let by_person = lesson.past.iter().any(|one| one.state == LessonState::Confirmed);
                lesson.state = if by_person || lesson.trust == Trust::Person {
                    LessonState::Confirmed
                } else {
                    lesson.resting()
                };
            }
        }
    }

    /// An attempt has begun: the lessons that its brief carries have been used once more.
    pub(super) fn count_lessons(&mut self, record: &Record) {
        let goal = record.goal.as_ref().and_then(|id| self.goals.get(id));
        let task = record.task.as_ref().and_then(|id| goal?.task(id));
        let Some(brief) = task.and_then(|task| task.brief.as_ref()) else { return };
        for lesson in self.lessons.iter_mut().filter(|one| brief.lessons.contains(&one.id)) {
            lesson.used = lesson.used.saturating_add(1);
        }
    }

    /// An attempt was checked for the first time: what its lessons, and those left out, came to.
    pub(super) fn count_outcome(&mut self, record: &Record, evidence: &[Evidence]) {
        let goal = record.goal.as_ref().and_then(|id| self.goals.get(id));
        let task = record.task.as_ref().and_then(|id| goal?.task(id));
        let Some((task, attempt)) = task.and_then(|task| Some((task, task.last_attempt()?))) else {
            return;
        };
        if attempt.evidence.iter().any(|one| one.when == When::After) {
            return;
        }
        let brief = &attempt.brief;
        if brief.lessons.is_empty() && brief.withheld.is_empty() {
            return;
        }
        let passed = outcome(task, attempt, evidence);
        let failed: Vec<Vec<u32>> = evidence
            .iter()
            .filter(|one| one.outcome != Outcome::Passed)
            .map(|one| alike::fingerprints(&[&one.seen]))
            .collect();
        for lesson in &mut self.lessons {
            if brief.lessons.contains(&lesson.id) {
                lesson.with.count(passed);
                let trigger = alike::fingerprints(&[&lesson.what.trigger]);
                if failed.iter().any(|seen| came_back(&trigger, seen)) {
                    lesson.in_vain = lesson.in_vain.saturating_add(1);
                }
            } else if brief.withheld.contains(&lesson.id) {
                lesson.without.count(passed);
            }
        }
    }
}

fn outcome(task: &Task, attempt: &Attempt, evidence: &[Evidence]) -> Passed {
    let criteria = if attempt.brief.criteria.is_empty() {
        &task.spec.criteria
    } else {
        &attempt.brief.criteria
    };
    let holds = |one: &Criterion| {
        let key = one.key();
        evidence.iter().any(|seen| seen.criterion == key && seen.outcome == Outcome::Passed)
    };
    let all = criteria.iter().filter(|one| one.needs_evidence() && !one.is_manual()).all(holds);
    if all { Passed::All } else { Passed::NotAll }
}

fn came_back(trigger: &[u32], seen: &[u32]) -> bool {
    let shared = trigger.iter().filter(|word| seen.binary_search(word).is_ok()).count();
    !trigger.is_empty() && shared * 100 >= trigger.len() * CAME_BACK
}

fn fresh(record: &Record, what: &LessonCandidate, trust: Trust) -> Lesson {
    Lesson {
        id: LessonId(record.seq.0),
        goal: record.goal.clone(),
        task: None,
        kind: Kind::default(),
        words: alike::fingerprints(&[&what.trigger, &what.fix]),
        what: what.clone(),
        trust,
        state: LessonState::Candidate,
        at: record.at,
        used: 0,
        learned_at: None,
        sightings: Vec::new(),
        pinned: false,
        general: false,
        with: Tally::default(),
        without: Tally::default(),
        in_vain: 0,
        gone: Vec::new(),
        past: Vec::new(),
    }
}

impl Lesson {
    fn say(&mut self, what: LessonCandidate) {
        self.words = alike::fingerprints(&[&what.trigger, &what.fix]);
        self.what = what;
    }

    /// The same was noted once more. What a person has put away stays away.
    fn seen_again(&mut self, fresh: &Lesson, sighting: Option<Sighting>) {
        let room = EVIDENCE.saturating_sub(self.what.evidence.len());
        let new: Vec<_> = fresh
            .what
            .evidence
            .iter()
            .filter(|seq| !self.what.evidence.contains(seq))
            .take(room)
            .copied()
            .collect();
        self.what.evidence.extend(new);
        if let Some(sighting) = sighting
            && self.sightings.len() < SIGHTINGS
            && !self.sightings.contains(&sighting)
        {
            self.sightings.push(sighting);
        }
        // The words of whoever is trusted more count: what was planted must not be believed because
        // something like it has been shown.
        if fresh.trust > self.trust {
            self.trust = fresh.trust;
            let evidence = std::mem::take(&mut self.what.evidence);
            self.say(LessonCandidate { evidence, ..fresh.what.clone() });
        }
        match self.state {
            LessonState::Candidate => self.state = self.resting(),
            LessonState::Confirmed
            | LessonState::Stale
            | LessonState::Refuted
            | LessonState::Retired
            | LessonState::Forgotten => {}
        }
    }
}

impl Goal {
    /// Whether a lesson that says this was noted in this attempt already.
    pub(in super::super) fn has_shown(&self, lesson: &Lesson, task: &Task) -> bool {
        let Some(attempt) = task.last_attempt() else { return false };
        lesson.sightings.iter().any(|one| {
            one.goal == self.id && one.task == task.spec.id && one.attempt == attempt.number
        })
    }
}
