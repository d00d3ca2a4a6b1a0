//! The state and its one door.

use super::{
    agenda::{self, Due},
    attempt::BlockerKind,
    command::Command,
    decide::{self, Settings},
    effect::Effect,
    event::{Actor, Event, Record},
    goal::{Goal, Standing, State},
    hold::{self, Gate},
    ids::{AttemptNo, CallId, GoalId, RunId, Seq, TaskId},
    money::{Caps, Day, DayCaps, Micros},
    phase::Phase,
    refusal::Refusal,
    route::Routes,
    run::{End, FaultClass, Job},
};

/// The state, and what decides over it.
#[derive(Clone, Debug)]
pub struct Engine {
    state: State,
    seq: Seq,
    settings: Settings,
    /// The last day of which this life has let go on what a cap of the day held up, in days since
    /// 1970 UTC. The day of the newest use does not tell: on a day of which the first request is
    /// already too much, nothing is used, and it would be tried again without end.
    begun: u64,
}

/// What a step leaves behind: facts to log, then work to perform, in that order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commit {
    pub records: Vec<Record>,
    pub effects: Vec<Effect>,
}

impl Engine {
    /// An engine over a state that was folded from a log whose last event is `last`.
    pub fn new(state: State, last: Seq, settings: Settings) -> Self {
        Self { state, seq: last, settings, begun: 0 }
    }

    /// Rebuilds an engine by folding records.
    pub fn replay(settings: Settings, log: &[Record]) -> Self {
        let mut engine = Self::new(State::default(), Seq::default(), settings);
        for record in log {
            engine.state.apply(record);
            engine.seq = record.seq;
        }
        engine
    }

    /// Goes by these routes from now on: something new is known of a model.
    pub fn route(&mut self, routes: Routes) {
        self.settings.routes = routes;
    }

    /// What is known.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The last event's place in the log.
    pub fn last(&self) -> Seq {
        self.seq
    }

    /// Decides a command, then begins whatever has come due. `at` is in milliseconds since 1970
    /// UTC. The first record is what the command itself came to.
    pub fn step(&mut self, command: Command, by: Actor, at: u64) -> Result<Commit, Refusal> {
        let mut commit = Commit::default();
        let event = decide::decide(&self.state, &self.settings, command, &by, at)?;
        self.settle_with_freed(event, by, at, &mut commit);
        self.proceed(at, &mut commit);
        Ok(commit)
    }

    /// Decides commands one after the other, and only then begins whatever has come due: what a
    /// later one holds back does not begin after an earlier one. After a refusal the rest is
    /// dropped, and what was decided before it stands.
    pub fn steps(
        &mut self,
        commands: Vec<Command>,
        by: &Actor,
        at: u64,
    ) -> (Commit, Result<(), Refusal>) {
        let mut commit = Commit::default();
        let mut outcome = Ok(());
        for command in commands {
            match decide::decide(&self.state, &self.settings, command, by, at) {
                Ok(event) => self.settle_with_freed(event, by.clone(), at, &mut commit),
                Err(refusal) => {
                    outcome = Err(refusal);
                    break;
                }
            }
        }
        self.proceed(at, &mut commit);
        (commit, outcome)
    }

    /// Denies every command that waits, since nobody is there any more who could allow it, and
    /// ends every run. Sessions read the reason when they go on.
    pub fn hang_up(&mut self, why: &str, at: u64) -> Commit {
        let mut commit = Commit::default();
        let goals = self.state.goals.values();
        let asks: Vec<(RunId, CallId)> =
            goals.flat_map(|goal| goal.asks.iter().map(|ask| (ask.run, ask.call))).collect();
        for (run, call) in asks {
            let why = why.to_owned();
            let event = Event::CallAnswered { run, call, allow: false, why };
            self.settle(event, Actor::Chargehand, at, &mut commit);
        }
        let closed = self.close(at);
        commit.records.extend(closed.records);
        commit.effects.extend(closed.effects);
        commit
    }

    /// Decides a command and begins nothing: for a person's word while no hands are there. Runs
    /// that an earlier life left open are dead, so they end first: a word to one of them would be
    /// lost with it. A refusal leaves all as it was.
    pub fn record(&mut self, command: Command, by: Actor, at: u64) -> Result<Commit, Refusal> {
        let mut next = self.clone();
        let mut commit = next.close(at);
        let event = decide::decide(&next.state, &next.settings, command, &by, at)?;
        next.settle_with_freed(event, by, at, &mut commit);
        commit.effects.clear();
        *self = next;
        Ok(commit)
    }

    /// Ends the runs that an earlier life of the program left open, lifts blockers that may have
    /// passed, then goes on.
    pub fn wake(&mut self, at: u64) -> Commit {
        let mut commit = self.close(at);
        commit.effects.clear();
        for event in self.state.goal().map(passed).unwrap_or_default() {
            self.settle(event, Actor::Chargehand, at, &mut commit);
        }
        self.begin_day(at, &mut commit);
        self.proceed(at, &mut commit);
        commit
    }

    /// Lets go on what a cap of the day held up, once it is another day.
    fn begin_day(&mut self, at: u64, commit: &mut Commit) {
        let over = self.newest_day() < Day::of(at);
        self.begun = self.begun.max(Day::of(at));
        if self.settings.day == DayCaps::default() || !over {
            return;
        }
        for event in self.state.goal().map(of_budget).unwrap_or_default() {
            self.settle(event, Actor::Chargehand, at, commit);
        }
    }

    /// Begins what has come due by the time alone.
    pub fn tick(&mut self, at: u64) -> Commit {
        let mut commit = Commit::default();
        self.begin_day(at, &mut commit);
        self.proceed(at, &mut commit);
        commit
    }

    /// When something will next begin by itself, in milliseconds since 1970 UTC; `None` when
    /// nothing will before a run or a person moves.
    pub fn due_at(&self, now: u64) -> Option<u64> {
        let holds = self.state.goal().map(|goal| goal.holds.values());
        let mut times: Vec<u64> = holds.into_iter().flatten().filter_map(|one| one.until).collect();
        times.sort_unstable();
        let held = times
            .into_iter()
            .map(|until| until.max(now))
            .find(|at| agenda::next(&self.state, &self.settings, *at).is_some());
        held.into_iter().chain(self.next_day()).min()
    }

    /// When the day begins that a cap of the day waits for; `None` when it holds nothing up.
    fn next_day(&self) -> Option<u64> {
        let waits = self.settings.day != DayCaps::default()
            && self.state.goal().is_some_and(|goal| !of_budget(goal).is_empty());
        waits.then(|| Day::begin(self.newest_day().saturating_add(1)))
    }

    /// The newest day of which anything was used or let go on, in days since 1970 UTC.
    fn newest_day(&self) -> u64 {
        self.state.day.day.max(self.begun)
    }

    /// Ends every run as interrupted and begins nothing: the program is about to end.
    pub fn close(&mut self, at: u64) -> Commit {
        let mut commit = Commit::default();
        let open: Vec<RunId> =
            self.state.goals.values().flat_map(|goal| goal.runs.keys().copied()).collect();
        for run in open {
            let event = Event::RunEnded { run, end: End::Interrupted };
            self.settle(event, Actor::Chargehand, at, &mut commit);
        }
        commit
    }

    fn proceed(&mut self, at: u64, commit: &mut Commit) {
        while let Some(due) = agenda::next(&self.state, &self.settings, at) {
            let event = match due {
                Due::Begin(job) => self.begin(job, at, commit),
                Due::Fact(event) => *event,
            };
            self.settle(event, Actor::Chargehand, at, commit);
        }
    }

    /// The beginning of a run. One that tries a held server is announced first.
    fn begin(&mut self, job: Job, at: u64, commit: &mut Commit) -> Event {
        let goal = self.state.goal();
        let gate = goal.map(|goal| hold::gate(goal, &self.settings.routes, &job, at));
        if let Some(Gate::Trial(provider)) = gate {
            let run = RunId(agenda::after(agenda::after(self.seq)).0);
            let tried = Event::ProviderTried { provider: provider.to_owned(), run };
            self.settle(tried, Actor::Chargehand, at, commit);
        }
        Event::RunBegan { run: RunId(agenda::after(self.seq).0), job }
    }

    /// Settles what a command came to, and what higher caps let go on.
    fn settle_with_freed(&mut self, event: Event, by: Actor, at: u64, commit: &mut Commit) {
        let freed = match &event {
            Event::CapsSet { caps } => {
                self.state.goal().map(|goal| freed(goal, *caps)).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        self.settle(event, by, at, commit);
        for event in freed {
            self.settle(event, Actor::Chargehand, at, commit);
        }
    }

    fn settle(&mut self, event: Event, actor: Actor, at: u64, commit: &mut Commit) {
        let (goal, task, attempt) = self.ties(&event);
        let before = goal.as_ref().and_then(|id| self.state.goals.get(id));
        commit.effects.extend(Effect::of(&event, before));
        let revision = before.map_or(0, |goal| goal.plan.revision);
        self.seq = agenda::after(self.seq);
        let record = Record { seq: self.seq, at, actor, goal, revision, task, attempt, event };
        self.state.apply(&record);
        commit.records.push(record);
    }

    /// What an event is tied to: goal, task, attempt.
    fn ties(&self, event: &Event) -> (Option<GoalId>, Option<TaskId>, Option<AttemptNo>) {
        if let Event::GoalOpened { id, .. }
        | Event::GoalSwitched { id }
        | Event::GoalArchived { id } = event
        {
            return (Some(id.clone()), None, None);
        }
        // A word on a lesson belongs to where the lesson was learned.
        let lesson = match event {
            Event::LessonMarked { lesson, .. } => {
                self.state.lessons.iter().find(|one| one.id == *lesson)
            }
            _ => None,
        };
        let of_run = event.run().and_then(|run| self.state.goal_of(run));
        let of_lesson = lesson.and_then(|one| self.state.goals.get(one.goal.as_ref()?));
        let goal = of_run.or(of_lesson).or_else(|| self.state.goal());
        let job: Option<&Job> = match event {
            Event::RunBegan { job, .. } => Some(job),
            _ => event.run().and_then(|run| Some(&goal?.runs.get(&run)?.job)),
        };
        let ask = match event {
            Event::CallAnswered { run, call, .. } => goal
                .and_then(|goal| goal.asks.iter().find(|ask| ask.run == *run && ask.call == *call)),
            _ => None,
        };
        let of_word = match event {
            Event::ChangeDecided { change, .. } => {
                goal.and_then(|goal| goal.changes.get(change)).map(|change| &change.task)
            }
            Event::QuestionAnswered { question, .. } => goal
                .and_then(|goal| goal.questions.get(question))
                .and_then(|question| question.task.as_ref()),
            Event::LessonMarked { .. } => lesson.and_then(|one| one.task.as_ref()),
            _ => ask.map(|ask| &ask.task),
        };
        let task = event.task().or_else(|| job.and_then(Job::task)).or(of_word);
        let known = task.and_then(|id| goal?.task(id));
        let attempt = match event {
            Event::BriefWritten { brief } => Some(brief.attempt),
            Event::BriefApproved { .. } | Event::BriefRejected { .. } => {
                known.and_then(|task| Some(task.brief.as_ref()?.attempt))
            }
            Event::ManualChecked { .. }
            | Event::ChangeProposed { .. }
            | Event::ChangeDecided { .. }
            | Event::LessonNoted { .. } => known.and_then(|task| Some(task.last_attempt()?.number)),
            _ => job.and_then(Job::attempt).or_else(|| ask.map(|ask| ask.attempt)),
        };
        (goal.map(|goal| goal.id.clone()), task.cloned(), attempt)
    }
}

/// Facts that lift what may have passed by itself since the program last ran.
fn passed(goal: &Goal) -> Vec<Event> {
    let passes = |class: FaultClass| match class {
        FaultClass::Auth
        | FaultClass::Quota
        | FaultClass::Rate
        | FaultClass::Overload
        | FaultClass::Network
        | FaultClass::Protocol
        | FaultClass::Environment => true,
        FaultClass::ContextOverflow
        | FaultClass::ContentFilter
        | FaultClass::Budget
        | FaultClass::Model => false,
    };
    let servers = goal.holds.keys().map(|one| Event::ProviderReleased { provider: one.clone() });
    lifted(goal, passes, BlockerKind::is_transient).into_iter().chain(servers).collect()
}

/// Facts that let go on what a cap held up, once caps are set of which one is higher.
fn freed(goal: &Goal, caps: Caps) -> Vec<Event> {
    // No cap in money is more than any.
    let cost = |cap: Option<Micros>| cap.map_or(u64::MAX, |cap| cap.0);
    let now = goal.caps;
    let is_higher = caps.goal_tokens > now.goal_tokens
        || caps.task_tokens > now.task_tokens
        || cost(caps.goal_cost) > cost(now.goal_cost)
        || cost(caps.task_cost) > cost(now.task_cost);
    if !is_higher {
        return Vec::new();
    }
    of_budget(goal)
}

/// Facts that let go on what a cap held up.
fn of_budget(goal: &Goal) -> Vec<Event> {
    lifted(goal, |class| class == FaultClass::Budget, |kind| kind == BlockerKind::Budget)
}

/// Facts that lift what stalled on such a fault, and tasks that are blocked so.
fn lifted(
    goal: &Goal,
    stalled: impl Fn(FaultClass) -> bool,
    blocked: impl Fn(BlockerKind) -> bool,
) -> Vec<Event> {
    let resumes = match &goal.standing {
        Standing::Stalled { fault, .. } => stalled(fault.class),
        Standing::Planning { .. }
        | Standing::Proposed { .. }
        | Standing::Working
        | Standing::Landed { .. } => false,
    };
    let planning = resumes.then_some(Event::PlanningResumed);
    let tasks = goal.plan.tasks.iter().filter_map(|task| match &task.phase {
        Phase::Blocked { blocker, .. } if blocked(blocker.kind) => {
            Some(Event::TaskReleased { task: task.spec.id.clone() })
        }
        _ => None,
    });
    planning.into_iter().chain(tasks).collect()
}
