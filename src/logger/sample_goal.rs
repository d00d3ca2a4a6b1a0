//! The goal that the sample records tell of: its task, its plan, a brief, a report, a piece of evidence.

use std::collections::BTreeSet;

use crate::domain::{
    AttemptNo, Author, Blocker, BlockerKind, Brief, CallId, Check, Claim, Criterion, Evidence,
    Field, Finding, Fix, Hunk, Kind, LessonId, Outcome, Part, PlanDraft, Report, Risk, Section,
    SectionKind, Seq, Severity, Snapshot, Source, StageSpec, TaskSpec, Tier, ToolCall, When,
};

pub(super) fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

pub(super) fn snapshot() -> Snapshot {
    Snapshot { commit: "c0ffee".repeat(6) + "c0ff", tree: "7ee7ee".repeat(6) + "7ee7" }
}

pub(super) fn criteria() -> Vec<Criterion> {
    let checks = [
        Check::Command {
            run: "sh test.sh".into(),
            expect_exit: 0,
            pattern: Some("^ok".into()),
            timeout_seconds: Some(30),
        },
        Check::Command { run: "true".into(), expect_exit: 1, pattern: None, timeout_seconds: None },
        Check::FileExists { path: "greet.sh".into() },
        Check::FileMatches { path: "greet.sh".into(), pattern: "hello".into() },
        Check::DiffWithin { globs: words(&["*.sh"]) },
        Check::Manual { look: "the greeting is friendly".into() },
        Check::Judgement { ask: "is it short?".into() },
    ];
    checks.into_iter().map(|check| Criterion { text: "it greets".into(), check }).collect()
}

pub(super) fn spec() -> TaskSpec {
    TaskSpec {
        id: "greet".into(),
        stage: "first".into(),
        title: "Greet the reader — “hello”".into(),
        objective: "greet.sh says hello".into(),
        outputs: words(&["greet.sh"]),
        criteria: criteria(),
        covers: words(&["p1"]),
        after: vec!["set-up".into()],
        inputs: words(&["README.md"]),
        may_touch: words(&["*.sh"]),
        must_not_touch: words(&["LICENSE"]),
        guidance: "Keep it short.\nUse POSIX sh.".into(),
        steps: words(&["write it", "run it"]),
        out_of_scope: words(&["colours"]),
        shared_decisions: words(&["functions are named greet_*"]),
        kind: Kind::Fix,
        complexity: 2,
        why_complex: "one file".into(),
        risk: Risk::Medium,
        estimate_tokens: Some(12_000),
        tier: Tier::Cheap,
        attempt_limit: Some(2),
        pinned: BTreeSet::from([Field::Title, Field::MustNotTouch]),
    }
}

pub(super) fn draft() -> PlanDraft {
    PlanDraft {
        summary: "One script.".into(),
        parts: vec![Part { id: "p1".into(), text: "a greeting".into() }],
        stages: vec![StageSpec { id: "first".into(), title: "First".into() }],
        tasks: vec![spec()],
    }
}

pub(super) fn hunks() -> Vec<Hunk> {
    vec![
        Hunk::Add { task: Box::new(spec()) },
        Hunk::Supersede { task: "greet".into(), by: vec!["greet-two".into()] },
        Hunk::Change { task: Box::new(spec()) },
        Hunk::Reorder { order: vec!["greet".into()] },
    ]
}

pub(super) fn brief() -> Brief {
    let sources = vec![
        Source::Goal,
        Source::Plan { revision: 1 },
        Source::Planner,
        Source::Person,
        Source::Task { task: "set-up".into() },
        Source::Attempt { task: "set-up".into(), attempt: AttemptNo(1) },
        Source::Lesson { lesson: LessonId(9) },
        Source::Rule { path: "AGENTS.md".into() },
        Source::Event { seq: Seq(3) },
    ];
    Brief {
        task: "greet".into(),
        attempt: AttemptNo(1),
        version: 2,
        sections: vec![Section {
            kind: SectionKind::Objective,
            text: "Say hello.".into(),
            sources,
            tokens: 3,
        }],
        criteria: criteria(),
        lint: lint(),
        parent: Some("ab".repeat(32)),
        author: Author::Person,
        lessons: vec![LessonId(9)],
        withheld: vec![],
    }
}

/// A finding without a mend and one with each.
fn lint() -> Vec<Finding> {
    let kind = SectionKind::Objective;
    let fixes = [
        None,
        Some(Fix::Cut { kind, words: "properly".into() }),
        Some(Fix::Replace { words: "gret.sh".into(), by: "greet.sh".into() }),
        Some(Fix::Add { kind, text: "No colours.".into() }),
        Some(Fix::Shorten { most: 4_000 }),
    ];
    let severity = Severity::Warning;
    fixes.into_iter().map(|fix| Finding { severity, text: "no steps".into(), fix }).collect()
}

pub(super) fn evidence(when: When, outcome: Outcome) -> Evidence {
    Evidence {
        criterion: "0123456789ab".into(),
        when,
        tree: snapshot().tree,
        outcome,
        exit: Some(1),
        seen: "greet.sh: not found\n\u{1b}[31mred\u{1b}[0m \u{0}".into(),
        blob: Some("cd".repeat(32)),
        millis: 12,
    }
}

pub(super) fn report() -> Report {
    Report {
        status: Claim::Blocked,
        summary: "It greets.".into(),
        details: "With a function.".into(),
        outputs: words(&["greet.sh"]),
        worked: words(&["printf"]),
        did_not_work: words(&["echo -n"]),
        bugs: words(&["none"]),
        decisions: words(&["printf over echo"]),
        findings: words(&["sh is dash"]),
        compatibility: words(&["POSIX"]),
        blocker: Some(Blocker { kind: BlockerKind::NeedsDecision, text: "which name?".into() }),
        next_steps: words(&["test it"]),
        advice: "Mind the quotes.".into(),
    }
}

pub(super) fn call() -> ToolCall {
    ToolCall {
        id: CallId(1),
        wire_id: "call_abc".into(),
        tool: "run".into(),
        arguments: r#"{"command": "sh test.sh"}"#.into(),
    }
}
