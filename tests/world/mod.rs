//! A small world for the core's tests: one life of the engine with its log, and the words and
//! deeds of those who use it.

#![allow(unreachable_pub, dead_code, reason = "several test crates share it, each a part")]

mod tell;

use chargehand::domain::*;

#[allow(unused_imports, reason = "each test binary uses its own part")]
pub use tell::tell;

/// One engine with all that it has logged.
pub struct Life {
    pub core: Engine,
    pub log: Vec<Record>,
    pub at: u64,
    pub settings: Settings,
}

/// The commit and tree that every goal of the tests starts from.
pub fn base() -> Snapshot {
    Snapshot { commit: "c0".into(), tree: "t0".into() }
}

pub fn snapshot(name: &str) -> Snapshot {
    Snapshot { commit: format!("c-{name}"), tree: format!("t-{name}") }
}

pub fn criterion(run: &str) -> Criterion {
    Criterion {
        text: format!("`{run}` passes"),
        check: Check::Command {
            run: run.into(),
            expect_exit: 0,
            pattern: None,
            timeout_seconds: None,
        },
    }
}

pub fn manual(look: &str) -> Criterion {
    Criterion { text: look.into(), check: Check::Manual { look: look.into() } }
}

pub fn spec(id: &str, after: &[&str]) -> TaskSpec {
    TaskSpec {
        id: id.into(),
        stage: "s".into(),
        title: format!("Task {id}"),
        objective: "do it".into(),
        outputs: vec![format!("{id}.txt")],
        criteria: vec![criterion(&format!("make {id}"))],
        covers: vec![],
        after: after.iter().map(|id| (*id).into()).collect(),
        inputs: vec![],
        may_touch: vec![],
        must_not_touch: vec![],
        guidance: String::new(),
        steps: vec![],
        out_of_scope: vec![],
        shared_decisions: vec![],
        kind: Kind::Feature,
        complexity: 3,
        why_complex: String::new(),
        risk: Risk::Low,
        estimate_tokens: None,
        tier: Tier::Standard,
        attempt_limit: None,
        pinned: std::collections::BTreeSet::new(),
    }
}

pub fn draft(tasks: Vec<TaskSpec>) -> PlanDraft {
    let stages = vec![StageSpec { id: "s".into(), title: "S".into() }];
    PlanDraft { summary: "step by step".into(), parts: vec![], stages, tasks }
}

pub fn brief_for(task: &Task, text: &str) -> Brief {
    Brief {
        task: task.spec.id.clone(),
        attempt: task.next_attempt(),
        version: 1,
        sections: vec![Section {
            kind: SectionKind::Objective,
            text: text.into(),
            sources: vec![Source::Planner],
            tokens: 3,
        }],
        criteria: task.spec.criteria.clone(),
        lint: vec![],
        parent: None,
        author: Author::Planner,
        lessons: vec![],
        withheld: vec![],
    }
}

/// Evidence on every criterion that is not a person's.
pub fn evidence(spec: &TaskSpec, when: When, tree: &str, outcome: Outcome) -> Vec<Evidence> {
    let looked = spec.criteria.iter().filter(|one| !one.is_manual());
    looked
        .map(|one| Evidence {
            criterion: one.key(),
            when,
            tree: tree.into(),
            outcome,
            exit: Some(i32::from(outcome != Outcome::Passed)),
            seen: String::new(),
            blob: None,
            millis: 5,
        })
        .collect()
}

pub fn open_goal(policy: Policy, caps: Caps) -> Command {
    Command::OpenGoal {
        id: "ship".into(),
        text: "Ship it".into(),
        base: base(),
        onto: Some("main".into()),
        policy,
        caps,
        commands: CommandPolicy::Ask,
    }
}

pub fn fault(class: FaultClass) -> End {
    End::Faulted { fault: Fault::new(class, "it broke") }
}

pub fn follow_up(direction: &str) -> Decision {
    Decision::FollowUp { direction: direction.into() }
}

pub fn tool_call(id: u32) -> ToolCall {
    ToolCall {
        id: CallId(id),
        wire_id: format!("w{id}"),
        tool: "run".into(),
        arguments: "{}".into(),
    }
}

impl Life {
    /// A life in which the goal `ship` has been stated.
    pub fn new(policy: Policy) -> Self {
        Self::with_caps(policy, Caps::default())
    }

    pub fn with_caps(policy: Policy, caps: Caps) -> Self {
        Self::with_settings(policy, caps, Settings::default())
    }

    pub fn with_settings(policy: Policy, caps: Caps, settings: Settings) -> Self {
        let core = Engine::replay(settings.clone(), &[]);
        let mut life = Self { core, log: vec![], at: 0, settings };
        life.person(open_goal(policy, caps));
        life
    }

    /// A life in which tasks of each tier go to a model of their own: `small` at `near`, `mid` and
    /// `big` at `far`, which also plans. Planned and approved.
    pub fn routed(policy: Policy, tasks: Vec<TaskSpec>) -> Self {
        let settings = Settings { routes: routes(), ..Settings::default() };
        let mut life = Self::with_settings(policy, Caps::default(), settings);
        life.plan(tasks);
        life
    }

    /// A life in which these tasks are planned and approved, and the planner has ended.
    pub fn planned(policy: Policy, tasks: Vec<TaskSpec>) -> Self {
        let mut life = Self::new(policy);
        life.plan(tasks);
        life
    }

    pub fn plan(&mut self, tasks: Vec<TaskSpec>) {
        let run = self.open("plan", None);
        let draft = draft(tasks);
        let hash = draft.hash();
        self.run(Command::Propose { run, draft });
        self.end(run, End::Done);
        if self.goal().policy != Policy::Yes {
            self.person(Command::ApprovePlan { hash });
        }
    }

    pub fn goal(&self) -> &Goal {
        self.core.state().goal().expect("a goal is active")
    }

    pub fn task(&self, id: &str) -> &Task {
        self.goal().task(&id.into()).expect("the task is in the plan")
    }

    pub fn phase(&self, id: &str) -> &Phase {
        &self.task(id).phase
    }

    pub fn try_by(&mut self, command: Command, by: Actor) -> Result<Commit, Refusal> {
        self.at += 1;
        let commit = self.core.step(command, by, self.at)?;
        self.log.extend(commit.records.iter().cloned());
        Ok(commit)
    }

    pub fn person(&mut self, command: Command) -> Commit {
        self.try_by(command, Actor::Person).expect("the person's command is accepted")
    }

    pub fn run(&mut self, command: Command) -> Commit {
        self.try_by(command, Actor::Chargehand).expect("the run's command is accepted")
    }

    pub fn refused(&mut self, command: Command) -> String {
        let by = Actor::Chargehand;
        self.try_by(command, by).expect_err("the run's command is refused").to_string()
    }

    pub fn person_refused(&mut self, command: Command) -> String {
        let by = Actor::Person;
        self.try_by(command, by).expect_err("the person's command is refused").to_string()
    }

    /// The newest open run of this kind for this task.
    pub fn find(&self, word: &str, task: Option<&str>) -> Option<RunId> {
        let of = |run: &Run| run.job.word() == word && run.job.task().map(TaskId::as_str) == task;
        self.goal().runs.iter().rev().find(|(_, run)| of(run)).map(|(id, _)| *id)
    }

    pub fn open(&self, word: &str, task: Option<&str>) -> RunId {
        self.find(word, task).expect("such a run is open")
    }

    pub fn end(&mut self, run: RunId, end: End) -> Commit {
        self.run(Command::EndRun { run, end })
    }

    /// The open brief run writes this text and ends.
    pub fn write_brief(&mut self, id: &str, text: &str) -> Commit {
        let run = self.open("brief", Some(id));
        let brief = brief_for(self.task(id), text);
        let mut all = self.run(Command::WriteBrief { run, brief });
        join(&mut all, self.end(run, End::Done));
        all
    }

    pub fn approve_brief(&mut self, id: &str) -> Commit {
        let hash = self.task(id).brief.as_ref().expect("a brief waits").hash();
        self.person(Command::ApproveBrief { task: id.into(), hash })
    }

    /// Brief written and, unless a policy does it, approved.
    pub fn briefed(&mut self, id: &str, text: &str) {
        self.write_brief(id, text);
        if *self.phase(id) == Phase::Drafted {
            self.approve_brief(id);
        }
    }

    /// The open session opens its attempt.
    pub fn open_attempt(&mut self, id: &str) -> RunId {
        let run = self.open("execute", Some(id));
        let base = self.goal().tip.clone();
        let task = self.task(id);
        let tier = task.tier();
        let ladder = self.settings.routes.ladder(task.spec.kind);
        let model = ladder.map_or("small".into(), |one| one.rung(tier).at.model.clone());
        self.run(Command::OpenAttempt { run, model, tier, base, worktree: format!("/w/{id}") });
        run
    }

    /// The open session (its attempt is open) reports, commits and ends.
    pub fn report(&mut self, id: &str) -> Commit {
        let run = self.open("execute", Some(id));
        let report = Report { status: Claim::Done, ..Report::default() };
        let mut all = self.run(Command::Report { run, report });
        let head = snapshot(&format!("{id}{}", self.task(id).attempts.len()));
        let files = vec![format!("{id}.txt")];
        join(&mut all, self.run(Command::CommitWork { run, head, files }));
        join(&mut all, self.end(run, End::Done));
        all
    }

    pub fn executed(&mut self, id: &str) -> Commit {
        self.open_attempt(id);
        self.report(id)
    }

    pub fn checked(&mut self, id: &str, outcome: Outcome) -> Commit {
        let run = self.open("check", Some(id));
        let task = self.task(id);
        let head = task.last_attempt().and_then(|one| one.head.clone()).expect("work is there");
        let evidence = evidence(&task.spec, When::After, &head.tree, outcome);
        let mut all = self.run(Command::RecordChecks { run, evidence });
        join(&mut all, self.end(run, End::Done));
        all
    }

    pub fn judged(&mut self, id: &str, decision: Decision) -> Commit {
        let run = self.open("review", Some(id));
        let verdict = Verdict { decision, why: "so it seems".into() };
        let mut all = self.run(Command::Judge { run, verdict });
        join(&mut all, self.end(run, End::Done));
        all
    }

    pub fn landed(&mut self, id: &str) -> Commit {
        let run = self.open("land", Some(id));
        let tree = format!("t-merged-{id}");
        let evidence = evidence(&self.task(id).spec, When::Merged, &tree, Outcome::Passed);
        let commit = format!("c-merged-{id}");
        let mut all = self.run(Command::RecordLanded { run, commit, tree, evidence });
        join(&mut all, self.end(run, End::Done));
        all
    }

    /// From an open session to accepted work.
    pub fn accepted(&mut self, id: &str) {
        self.executed(id);
        self.checked(id, Outcome::Passed);
        self.judged(id, Decision::Accept);
    }

    /// From a task whose brief is due to one that is done.
    pub fn done(&mut self, id: &str) {
        self.briefed(id, "do it");
        self.accepted(id);
        self.landed(id);
    }

    /// The program is killed and starts again: what is known is what was logged.
    pub fn reborn(&self) -> Self {
        Self {
            core: Engine::replay(self.settings.clone(), &self.log),
            log: self.log.clone(),
            at: self.at,
            settings: self.settings.clone(),
        }
    }

    pub fn wake(&mut self) -> Commit {
        self.at += 1;
        let commit = self.core.wake(self.at);
        self.log.extend(commit.records.iter().cloned());
        commit
    }

    pub fn killed(&mut self) -> Commit {
        *self = self.reborn();
        self.wake()
    }

    /// What waits for the person, one line each.
    pub fn waiting(&self) -> String {
        attention(self.goal()).iter().map(|one| one.to_string() + "\n").collect()
    }

    pub fn why(&self, id: &str) -> String {
        why_waiting(self.goal(), self.task(id))
    }
}

pub fn endpoint(provider: &str, model: &str) -> Endpoint {
    Endpoint { provider: provider.into(), model: model.into() }
}

/// Cheap is `small` at `near`, standard `mid` at `far`, strong `big` at `far` with a larger window.
pub fn routes() -> Routes {
    let rung = |provider, model, window| Rung { at: endpoint(provider, model), window };
    let ladder = Ladder {
        cheap: rung("near", "small", 8_000),
        standard: rung("far", "mid", 8_000),
        strong: rung("far", "big", 64_000),
    };
    Routes { planner: Some(ladder.strong.clone()), ladder: Some(ladder), ..Routes::default() }
}

/// A fault of this class from a model at a server.
pub fn fault_of(class: FaultClass, provider: &str, model: &str) -> Fault {
    Fault::new(class, "it broke").of_model(endpoint(provider, model))
}

pub fn join(all: &mut Commit, more: Commit) {
    all.records.extend(more.records);
    all.effects.extend(more.effects);
}
