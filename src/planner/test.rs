//! Made-up tasks, goals and lessons for the tests of this room.

use std::collections::BTreeMap;

use crate::domain::{
    Caps, CommandPolicy, Goal, Kind, Lesson, LessonCandidate, LessonId, LessonState, Phase, Plan,
    Policy, Snapshot, Spend, StageSpec, Standing, Tally, Task, TaskSpec, Trust,
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
