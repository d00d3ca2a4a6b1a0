//! The watch: looks at every record, beside the engine and by its own books.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chargehand::domain::*;

/// Most records that one step may come to; there are at most seven tasks.
const MOST_OF_A_STEP: usize = 60;

type Place = (GoalId, TaskId);

/// The watch's own books over one walk.
#[derive(Clone, Default)]
pub struct Watch {
    state: State,
    open: BTreeSet<RunId>,
    approved: BTreeSet<(Place, String)>,
    looks: BTreeMap<(Place, String), Outcome>,
    held: BTreeMap<RunId, (GoalId, Option<TaskId>, Reservation)>,
    spent: BTreeMap<(GoalId, Option<TaskId>), (u64, u64)>,
    /// Tasks of which something has been said since their last attempt was opened.
    moved_on: BTreeSet<Place>,
    kinds: HashSet<std::mem::Discriminant<Event>>,
    rests: u32,
    ending: Option<AttemptNo>,
    pub findings: Vec<(&'static str, String)>,
    pub phases: BTreeSet<String>,
    pub events: BTreeSet<String>,
}

impl Watch {
    pub fn find(&mut self, promise: &'static str, text: String) {
        self.findings.push((promise, text));
    }

    /// The same books for another way to go on.
    pub fn fork(&self) -> Self {
        Self { findings: vec![], phases: BTreeSet::new(), events: BTreeSet::new(), ..self.clone() }
    }

    pub fn commit(&mut self, commit: &Commit) {
        if commit.records.len() > MOST_OF_A_STEP {
            self.find("ends", format!("{} records in one step", commit.records.len()));
        }
        for record in &commit.records {
            self.record(record);
        }
    }

    /// Looks at one record: before it is folded in, and after.
    pub fn record(&mut self, record: &Record) {
        if self.kinds.insert(std::mem::discriminant(&record.event)) {
            let name = format!("{:?}", record.event);
            let end = name.find([' ', '{']).unwrap_or(name.len());
            self.events.insert(name[..end].to_owned());
        }
        let place = record.goal.clone().zip(record.task.clone());
        let pinned: Vec<(GoalId, TaskSpec, bool)> = self
            .state
            .goals
            .values()
            .flat_map(|goal| goal.plan.tasks.iter().map(|task| (goal.id.clone(), task)))
            .filter(|(_, task)| !task.spec.pinned.is_empty())
            .map(|(goal, task)| (goal, task.spec.clone(), task.phase == Phase::Superseded))
            .collect();
        let attempts = place.as_ref().map_or(0, |place| self.attempts(place));
        self.before(record, place.as_ref());
        self.state.apply(record);
        self.after(record, place.as_ref(), attempts);
        self.pins(record, &pinned);
    }

    fn task(&self, place: &Place) -> Option<&Task> {
        self.state.goals.get(&place.0)?.task(&place.1)
    }

    fn attempts(&self, place: &Place) -> usize {
        self.task(place).map_or(0, |task| task.attempts.len())
    }

    fn before(&mut self, record: &Record, place: Option<&Place>) {
        match (&record.event, place) {
            (Event::RunBegan { run, job }, _) => {
                if !self.open.insert(*run) || run.0 != record.seq.0 {
                    self.find("08", format!("{run} began twice or under another's name"));
                }
                if let Some(place) = place {
                    self.begins(place, job);
                }
            }
            (Event::RunEnded { run, .. }, _) => {
                if !self.open.remove(run) {
                    self.find("08", format!("{run} ended without having begun"));
                }
                self.held.remove(run);
                // Whether the run is the one that its task's phase names.
                self.ending = place
                    .filter(|place| {
                        self.task(place).is_some_and(|task| task.phase.run() == Some(*run))
                    })
                    .and_then(|place| self.task(place)?.attempt_under_way());
            }
            (Event::BriefApproved { hash, by, .. }, Some(place)) => {
                let policy = self.state.goals.get(&place.0).map(|goal| goal.policy);
                let sound = match by {
                    Approver::Person => record.actor == Actor::Person,
                    Approver::Policy { policy: by } => Some(*by) == policy && *by != Policy::Each,
                };
                if sound {
                    self.approved.insert((place.clone(), hash.clone()));
                } else {
                    self.find("03", format!("an approval {by:?} by {:?}", record.actor));
                }
            }
            (Event::TakenBack { what }, place) => match (what, &place) {
                (Withdrawn::BriefApproval { .. }, Some(place)) => {
                    let task = self.task(place);
                    let hash = task.and_then(|task| Some(task.brief.as_ref()?.hash()));
                    self.approved.retain(|(at, one)| at != *place || Some(one) != hash.as_ref());
                }
                (Withdrawn::PlanApproval, _) => {
                    self.approved.retain(|(at, _)| Some(&at.0) != record.goal.as_ref());
                }
                (Withdrawn::BriefApproval { .. } | Withdrawn::BriefRejection { .. }, _) => {}
            },
            (Event::ManualChecked { evidence, .. }, Some(place)) => {
                let key = (place.clone(), evidence.criterion.clone());
                if record.actor == Actor::Person {
                    self.looks.insert(key, evidence.outcome);
                }
                self.moved_on.insert(place.clone());
            }
            (
                Event::Judged { .. }
                | Event::ChangeDecided { .. }
                | Event::LandingRefuted { .. }
                | Event::TaskRetried { .. },
                Some(place),
            ) => {
                self.moved_on.insert(place.clone());
            }
            _ => {}
        }
    }

    /// A run begins for a task.
    fn begins(&mut self, place: &Place, job: &Job) {
        let Some(goal) = self.state.goals.get(&place.0) else { return };
        let Some(task) = goal.task(&place.1) else { return };
        let mut found = Vec::new();
        if let Some(other) = goal.run_of(&place.1) {
            found.push(("runs", format!("{} has {other} already", place.1)));
        }
        let new = matches!(job, Job::Brief { .. })
            || matches!(job, Job::Execute { attempt, .. } if *attempt == task.next_attempt());
        let done =
            |id: &TaskId| goal.task(id).is_some_and(|one| matches!(one.phase, Phase::Done { .. }));
        if new && !task.spec.after.iter().all(done) {
            found.push(("02", format!("{} of {} begins too early", job.word(), place.1)));
        }
        if let Job::Execute { .. } = job {
            let hash = task.brief.as_ref().map(Brief::hash).unwrap_or_default();
            if !self.approved.contains(&(place.clone(), hash)) {
                found.push(("03", format!("{} is dispatched without approval", place.1)));
            }
            let sessions = goal.runs.values().filter(|run| run.job.word() == "execute").count();
            if sessions >= goal.caps.parallel as usize {
                found.push(("runs", format!("{sessions} sessions and one more")));
            }
        }
        self.findings.extend(found);
    }

    fn after(&mut self, record: &Record, place: Option<&Place>, attempts: usize) {
        if let Some(place) = place {
            if self.attempts(place) < attempts {
                self.find("05", format!("an attempt of {} is gone", place.1));
            }
            let added = matches!(record.event, Event::AttemptOpened { .. });
            if self.attempts(place) != attempts + usize::from(added) {
                self.find("05", format!("{:?} counts an attempt of {}", record.event, place.1));
            }
            if added {
                self.opened(place);
            }
            if let Some(Phase::Blocked { from, .. }) = self.task(place).map(|one| &one.phase)
                && matches!(**from, Phase::Blocked { .. })
            {
                self.find("stuck", format!("{} is blocked twice over", place.1));
            }
        }
        match (&record.event, place) {
            (Event::Landed { tree, evidence, .. }, Some(place)) => {
                self.landed(place, tree, evidence);
            }
            (Event::Reserved { run, reservation }, _) => {
                let Some(goal) = record.goal.clone() else { return };
                self.held.insert(*run, (goal.clone(), record.task.clone(), *reservation));
                self.within(&goal, None);
                if let Some(task) = record.task.clone() {
                    self.within(&goal, Some(&task));
                }
            }
            (Event::Spent { run, usage, cost, .. }, _) => {
                self.held.remove(run);
                let Some(goal) = record.goal.clone() else { return };
                let parts = [Some(None), record.task.clone().map(Some)];
                for part in parts.into_iter().flatten() {
                    let sum = self.spent.entry((goal.clone(), part)).or_default();
                    sum.0 += usage.total();
                    sum.1 += cost.map_or(0, |cost| cost.0);
                }
            }
            (Event::RunEnded { end: End::Faulted { fault }, .. }, Some(place)) => {
                let Some(task) = self.task(place) else { return };
                let failed = matches!(task.phase, Phase::Failed { .. });
                let open = task.attempts.last().map(|one| one.number);
                // A session that was on an open attempt goes on with it.
                let lost = self.ending.is_some_and(|number| {
                    open == Some(number) && task.attempt_under_way() != Some(number)
                });
                if fault.class != FaultClass::Model && (lost || (failed && self.ending.is_some())) {
                    self.find("07", format!("{:?} cost {} an attempt", fault.class, place.1));
                }
            }
            _ => {}
        }
    }

    fn opened(&mut self, place: &Place) {
        let Some(goal) = self.state.goals.get(&place.0) else { return };
        let Some(task) = goal.task(&place.1) else { return };
        let Some(last) = task.attempts.last() else { return };
        let mut found = Vec::new();
        if task.attempts.len() > goal.attempt_limit(task) as usize {
            found.push(("05", format!("{} has too many attempts", place.1)));
        }
        if last.number.0 as usize != task.attempts.len() {
            found.push(("05", format!("attempt {} of {} is misnumbered", last.number, place.1)));
        }
        let same = |one: &&Attempt| {
            one.number != last.number
                && one.brief.render() == last.brief.render()
                && one.brief.criteria == last.brief.criteria
                && (&one.model, &one.base.tree) == (&last.model, &last.base.tree)
        };
        if task.attempts.iter().find(same).is_some() {
            found.push(("05", format!("attempt {} of {} is a repeat", last.number, place.1)));
        }
        if last.brief.hash() != last.brief_hash
            || !self.approved.contains(&(place.clone(), last.brief_hash.clone()))
        {
            found.push(("03", format!("attempt {} of {} goes unapproved", last.number, place.1)));
        }
        if last.number.0 > 1 && !self.moved_on.contains(place) {
            found
                .push(("07", format!("attempt {} of {} follows no verdict", last.number, place.1)));
        }
        self.moved_on.remove(place);
        self.looks.retain(|(of, _), _| of != place);
        self.findings.extend(found);
    }

    fn landed(&mut self, place: &Place, tree: &str, evidence: &[Evidence]) {
        let Some(task) = self.task(place) else { return };
        let proven = |one: &Criterion| {
            let key = one.key();
            if one.is_manual() {
                return self.looks.get(&(place.clone(), key)) == Some(&Outcome::Passed);
            }
            let mut looks = evidence
                .iter()
                .filter(|one| one.criterion == key && one.tree == tree && one.when == When::Merged);
            looks.next_back().is_some_and(|one| one.outcome == Outcome::Passed)
        };
        if !task.spec.criteria.iter().all(proven) {
            self.find("04", format!("{} landed unproven", place.1));
        }
    }

    fn within(&mut self, goal: &GoalId, task: Option<&TaskId>) {
        let Some(caps) = self.state.goals.get(goal).map(|goal| goal.caps) else { return };
        let held = self
            .held
            .values()
            .filter(|(of, part, _)| of == goal && (task.is_none() || part.as_ref() == task));
        let (mut tokens, mut cost) =
            self.spent.get(&(goal.clone(), task.cloned())).copied().unwrap_or_default();
        for (_, _, one) in held {
            tokens += one.tokens;
            cost += one.cost.map_or(0, |cost| cost.0);
        }
        let (token_cap, cost_cap) = match task {
            None => (caps.goal_tokens, caps.goal_cost),
            Some(_) => (caps.task_tokens, caps.task_cost),
        };
        if tokens > token_cap || cost_cap.is_some_and(|cap| cost > cap.0) {
            self.find("06", format!("{tokens} tokens, {cost} micros of {caps:?} for {task:?}"));
        }
    }

    fn pins(&mut self, record: &Record, before: &[(GoalId, TaskSpec, bool)]) {
        let person = record.actor == Actor::Person
            && match &record.event {
                Event::ChangeDecided { by, .. } => *by == Approver::Person,
                Event::PlanEdited { .. } | Event::TaskRetried { .. } => true,
                _ => false,
            };
        for (goal, old, gone) in before {
            let Some(task) = self.task(&(goal.clone(), old.id.clone())) else { continue };
            let changed = old.differing(&task.spec);
            let pinned_changed = changed.intersection(&old.pinned).next().is_some();
            let dropped = task.phase == Phase::Superseded && !gone;
            let unpinned = !old.pinned.is_subset(&task.spec.pinned);
            if (pinned_changed || dropped || unpinned) && !person {
                self.find("13", format!("{:?} broke a pin of {}", record.event, old.id));
            }
        }
        // Pins come from a person's hand only.
        let may_pin = matches!(record.event, Event::PlanApproved { .. }) || person;
        let pins = |specs: &mut dyn Iterator<Item = usize>| specs.sum::<usize>();
        let now = pins(
            &mut self
                .state
                .goals
                .values()
                .flat_map(|goal| goal.plan.tasks.iter().map(|task| task.spec.pinned.len())),
        );
        let were = pins(&mut before.iter().map(|(_, spec, _)| spec.pinned.len()));
        if now > were && !may_pin {
            self.find("13", format!("{:?} pins a field", record.event));
        }
    }

    /// Looks at the whole once a step has come to its end.
    pub fn rest(&mut self, core: &Engine) {
        self.rests += 1;
        if self.rests.is_multiple_of(8) && core.state() != &self.state {
            self.find("09", "the fold beside the engine differs".into());
        }
        let Some(goal) = core.state().goal() else { return };
        let open: BTreeSet<RunId> =
            core.state().goals.values().flat_map(|goal| goal.runs.keys().copied()).collect();
        if open != self.open {
            self.find("08", format!("{open:?} are open and should be {:?}", self.open));
        }
        let books: u64 = self.held.values().map(|(_, _, one)| one.tokens).sum();
        if goal.reserved(None).tokens != books {
            self.find(
                "06",
                format!("{:?} is held back, {books} by the books", goal.reserved(None)),
            );
        }
        for task in &goal.plan.tasks {
            self.phases.insert(task.phase.word().to_owned());
            if why_waiting(goal, task).is_empty() {
                self.find("stuck", format!("nobody knows why {} waits", task.spec.id));
            }
        }
        let waiting = attention(goal);
        let mut ids = BTreeSet::new();
        for one in &waiting {
            let shown = one.id.to_string();
            if WaitingId::parse(&shown).as_ref() != Some(&one.id) || !ids.insert(shown.clone()) {
                self.find("offers", format!("`{shown}` does not name one thing"));
            }
        }
        let over = goal.archived || matches!(goal.standing, Standing::Landed { .. });
        if goal.runs.is_empty() && !over && waiting.is_empty() {
            let tell = |task: &Task| format!("{}: {}", task.spec.id, why_waiting(goal, task));
            let told = goal.plan.tasks.iter().map(tell).collect::<Vec<_>>().join("; ");
            self.find("stuck", format!("{:?} rests and waits for nobody:{told}", goal.standing));
        }
    }

    pub fn closed(&mut self, core: &Engine, commit: &Commit) {
        let open = core.state().goals.values().any(|goal| !goal.runs.is_empty());
        let began = commit.records.iter().any(|one| matches!(one.event, Event::RunBegan { .. }));
        if open || began {
            self.find("08", "a run is open after the close".into());
        }
    }

    pub fn woken(&mut self, core: &Engine, last: Seq, commit: &Commit) {
        for goal in core.state().goals.values() {
            if goal.runs.keys().any(|run| run.0 <= last.0) {
                self.find("08", "a run of an earlier life is open".into());
            }
            if goal.reserved(None).tokens > 0 {
                self.find("06", "a dead run still holds back".into());
            }
        }
        if commit.effects.iter().any(|effect| !matches!(effect, Effect::Start { .. })) {
            self.find("08", format!("{:?} is asked of the dead", commit.effects));
        }
    }
}
