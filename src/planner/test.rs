//! Made-up tasks, goals and lessons for the tests of this room.

use std::collections::BTreeMap;

use crate::domain::{
    Attempt, AttemptNo, Author, Brief, Caps, Claim, CommandPolicy, Evidence, Goal, Kind, Lesson,
    LessonCandidate, LessonId, LessonState, Outcome, Phase, Plan, Policy, Report, Snapshot, Spend,
    StageSpec, Standing, Tally, Task, TaskSpec, Tier, Trust, Usage, When,
};

/// A task with one command criterion.
pub(super) fn spec(id: &str, title: &str, outputs: &[&str]) -> TaskSpec {
    let json = serde_json::json!({
        "id": id,
        "stage": "work",
        "title": title,
        "objective": format!("{title}."),
        "outputs": outputs,
        "criteria": [{"text": "the tests pass", "check": {"type": "command", "run": "sh test.sh"}}],
    });
    serde_json::from_value(json).unwrap()
}

/// A lesson that a reviewer concluded.
pub(super) fn lesson(id: u64, trigger: &str, fix: &str, paths: &[&str]) -> Lesson {
    Lesson {
        id: LessonId(id),
        goal: Some("hello".into()),
        task: Some("other".into()),
        kind: Kind::Feature,
        what: LessonCandidate {
            trigger: trigger.to_owned(),
            fix: fix.to_owned(),
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            evidence: vec![crate::domain::Seq(41)],
        },
        trust: Trust::Reviewer,
        state: LessonState::Candidate,
        at: 1_795_000_000_000,
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
        words: crate::domain::alike::fingerprints(&[trigger, fix]),
    }
}

/// A goal whose plan is approved and not begun.
pub(super) fn goal(specs: Vec<TaskSpec>) -> Goal {
    let tree = Snapshot { commit: "c0".to_owned(), tree: "t0".to_owned() };
    Goal {
        id: "hello".into(),
        text: "Say hello to whoever is named.".to_owned(),
        base: tree.clone(),
        tip: tree,
        onto: Some("main".to_owned()),
        policy: Policy::Each,
        commands: CommandPolicy::Ask,
        caps: Caps::default(),
        standing: Standing::Working,
        archived: false,
        plan: Plan {
            revision: 2,
            stages: vec![StageSpec { id: "work".into(), title: "Work".to_owned() }],
            tasks: specs.into_iter().map(|spec| Task::fresh(spec, Phase::Approved)).collect(),
            ..Plan::default()
        },
        runs: BTreeMap::new(),
        questions: BTreeMap::new(),
        asks: Vec::new(),
        changes: BTreeMap::new(),
        captures: BTreeMap::new(),
        spend: Spend::default(),
        holds: BTreeMap::new(),
    }
}

/// An attempt at task `name` that was reported as done, with one criterion that fails.
pub(super) fn attempted(criterion: &str, model: &str) -> Attempt {
    let tree = Snapshot { commit: "c1".to_owned(), tree: "t1".to_owned() };
    let brief: Brief = Brief {
        task: "name".into(),
        attempt: AttemptNo(1),
        version: 1,
        sections: Vec::new(),
        criteria: spec("name", "x", &[]).criteria,
        lint: Vec::new(),
        parent: None,
        author: Author::Planner,
        lessons: Vec::new(),
        withheld: Vec::new(),
    };
    Attempt {
        number: AttemptNo(1),
        brief_hash: brief.hash(),
        brief,
        model: model.to_owned(),
        tier: Tier::Standard,
        base: tree.clone(),
        worktree: "/w".to_owned(),
        runs: Vec::new(),
        head: Some(tree),
        files: vec!["src/greet.sh".to_owned()],
        usage: Usage::default(),
        turns: 4,
        calls: 6,
        evidence: vec![Evidence {
            criterion: criterion.to_owned(),
            when: When::After,
            tree: "t1".to_owned(),
            outcome: Outcome::Failed,
            exit: Some(1),
            seen: "greet.sh: 3: name: parameter not set".to_owned(),
            blob: None,
            millis: 12,
        }],
        report: Some(Report {
            status: Claim::Done,
            summary: "Added the flag.".to_owned(),
            ..Report::default()
        }),
        ended: None,
        verdict: None,
        granted: Vec::new(),
        denied: Vec::new(),
        traffic: crate::domain::Traffic::default(),
    }
}
