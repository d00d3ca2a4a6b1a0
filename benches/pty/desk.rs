//! Repositories for the workbench to be measured in: one with a long log, one in which four
//! sessions begin at once, one in which nothing has been begun.

use std::{path::PathBuf, process::Command as Process};

use chargehand::{
    domain::{
        Actor, Author, Brief, Caps, Check, Command, CommandPolicy, Criterion, End, Engine, Event,
        Kind, PlanDraft, Policy, Record, Risk, RunId, Section, SectionKind, Seq, Settings,
        Snapshot, Source, StageSpec, State, TaskSpec, Tier,
    },
    logger::{Access, Identity, Store},
};
use tempfile::TempDir;

/// 2026-11-22 10:00 UTC.
const BEGUN: u64 = 1_795_341_600_000;
/// Events of one append while a long log is made.
const GROUP: u64 = 5_000;

/// A repository and the folders of the person who works in it.
pub(crate) struct Desk {
    temp: TempDir,
    log: Vec<Record>,
    core: Engine,
}

impl Desk {
    /// A repository with one commit and no log.
    pub(crate) fn new() -> Self {
        let temp = tempfile::Builder::new()
            .prefix("bench-screen-")
            .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
            .unwrap();
        let core = Engine::new(State::default(), Seq(0), Settings::default());
        let desk = Self { temp, log: Vec::new(), core };
        std::fs::create_dir(desk.repo()).unwrap();
        std::fs::write(desk.repo().join("README.md"), "A project.\n").unwrap();
        desk.git(&["init", "-q", "-b", "main"]);
        desk.git(&["add", "-A"]);
        desk.git(&["commit", "-q", "-m", "Begin"]);
        desk
    }

    /// One whose log has so many events, of a goal that is over.
    pub(crate) fn long(events: u64) -> Self {
        let mut desk = Self::new();
        desk.goal();
        desk.propose(&["a", "b", "c"]);
        let run = RunId(2);
        let mut store = desk.store();
        for first in (0..events).step_by(usize::try_from(GROUP).unwrap()) {
            let from = desk.core.last().0 + 1;
            let count = GROUP.min(events - first);
            let note = |at: u64| Event::Noted {
                run: Some(run),
                text: format!("the parser of the ledger failed at line {} again", at % 9_973),
            };
            let records: Vec<Record> = (from..from + count)
                .map(|seq| Record {
                    seq: Seq(seq),
                    at: BEGUN + seq,
                    actor: Actor::Executor { model: "bench".into() },
                    goal: Some("bench".into()),
                    revision: 1,
                    task: Some("a".into()),
                    attempt: None,
                    event: note(seq),
                })
                .collect();
            store.append(&records).unwrap();
            let last = Seq(from + count - 1);
            desk.core = Engine::new(desk.core.state().clone(), last, Settings::default());
        }
        drop(store);
        desk
    }

    /// One in which four approved briefs wait for their sessions.
    pub(crate) fn of_four() -> Self {
        let ids = ["one", "two", "three", "four"];
        let mut desk = Self::new();
        desk.goal();
        let draft = desk.propose(&ids);
        desk.ask(Command::ApprovePlan { hash: draft.hash() }, Actor::Person);
        for spec in &draft.tasks {
            let run = desk.run_of(spec);
            let brief = brief(spec);
            let hash = brief.hash();
            desk.ask(Command::WriteBrief { run, brief }, Actor::Chargehand);
            desk.ask(Command::EndRun { run, end: End::Done }, Actor::Chargehand);
            let task = spec.id.clone();
            desk.ask(Command::ApproveBrief { task, hash }, Actor::Person);
        }
        desk.rest();
        desk
    }

    pub(crate) fn repo(&self) -> PathBuf {
        self.temp.path().join("repo")
    }

    /// The program over this desk, with a model at the bench's server.
    pub(crate) fn argv(&self) -> Vec<String> {
        let repo = self.repo().display().to_string();
        let program = env!("CARGO_BIN_EXE_chargehand").to_owned();
        let words = ["--base-url", "http://{server}/v1", "--model", "bench"];
        let words = words.map(str::to_owned);
        [vec![program, "-C".to_owned(), repo], words.to_vec()].concat()
    }

    /// What the program finds in its environment.
    pub(crate) fn env(&self) -> Vec<(&'static str, String)> {
        let at = |name: &str| self.temp.path().join(name).display().to_string();
        vec![
            ("HOME", at("")),
            ("CHARGEHAND_CONFIG_DIR", at("config")),
            ("CHARGEHAND_DATA_DIR", at("data")),
            ("CHARGEHAND_STATE_DIR", at("state")),
        ]
    }

    fn git(&self, args: &[&str]) -> String {
        let output = Process::new("git")
            .args(["-c", "user.name=A", "-c", "user.email=a@localhost"])
            .args(args)
            .current_dir(self.repo())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn store(&mut self) -> Store {
        let path = self.repo().join(".git/chargehand/log.db");
        let mut store = Store::open(&path, Access::Write).unwrap();
        Identity::of(&store, &self.temp.path().join("data")).admit(&store).unwrap();
        store.append(&self.log).unwrap();
        self.log.clear();
        store
    }

    /// Ends what runs, and writes everything down.
    fn rest(&mut self) {
        let commit = self.core.close(BEGUN);
        self.log.extend(commit.records);
        drop(self.store());
    }

    fn ask(&mut self, command: Command, by: Actor) {
        let commit = self.core.step(command, by, BEGUN).unwrap();
        self.log.extend(commit.records);
    }

    fn goal(&mut self) {
        let commit = self.git(&["rev-parse", "HEAD"]);
        let tree = self.git(&["rev-parse", "HEAD^{tree}"]);
        let goal = Command::OpenGoal {
            id: "bench".into(),
            text: "Be measured".into(),
            base: Snapshot { commit, tree },
            onto: Some("main".into()),
            policy: Policy::Each,
            caps: Caps { parallel: 4, ..Caps::default() },
            commands: CommandPolicy::Ask,
        };
        self.ask(goal, Actor::Person);
    }

    fn propose(&mut self, ids: &[&str]) -> PlanDraft {
        let stages = vec![StageSpec { id: "s".into(), title: "All".into() }];
        let tasks = ids.iter().map(|id| spec(id)).collect();
        let draft = PlanDraft { summary: "side by side".into(), parts: vec![], stages, tasks };
        let run = *self.core.state().goal().unwrap().runs.keys().next().unwrap();
        self.ask(Command::Propose { run, draft: draft.clone() }, Actor::Chargehand);
        self.ask(Command::EndRun { run, end: End::Done }, Actor::Chargehand);
        draft
    }

    fn run_of(&self, spec: &TaskSpec) -> RunId {
        self.core.state().goal().unwrap().run_of(&spec.id).unwrap()
    }
}

fn spec(id: &str) -> TaskSpec {
    let check =
        Check::Command { run: "true".into(), expect_exit: 0, pattern: None, timeout_seconds: None };
    TaskSpec {
        id: id.into(),
        stage: "s".into(),
        title: format!("Task {id}"),
        objective: "Write it.".into(),
        outputs: vec![format!("{id}.txt")],
        criteria: vec![Criterion { text: "it passes".into(), check }],
        covers: vec![],
        after: vec![],
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

fn brief(spec: &TaskSpec) -> Brief {
    Brief {
        task: spec.id.clone(),
        attempt: chargehand::domain::AttemptNo(1),
        version: 1,
        sections: vec![Section {
            kind: SectionKind::Objective,
            text: "Write it.".into(),
            sources: vec![Source::Planner],
            tokens: 3,
        }],
        criteria: spec.criteria.clone(),
        lint: vec![],
        parent: None,
        author: Author::Planner,
        lessons: vec![],
        withheld: vec![],
    }
}
