//! One record or more of every kind there is: what the golden log and the codec's tests are made of.

use super::sample_goal::{brief, call, draft, evidence, hunks, report, snapshot, words};
use crate::domain::{
    Actor, Approver, AttemptNo, BillPart, CallId, Caps, CaptureId, ChangeId, CommandPolicy,
    CommandRule, Decision, End, Event, Fault, FaultClass, GoalId, Item, Job, LessonCandidate,
    LessonId, Mark, Micros, Outcome, Permission, Policy, QuestionId, Record, Reservation, RouteWhy,
    RunId, Seq, Settled, TaskId, Tier, ToolCall, Trust, Usage, Verdict, Way, When, Withdrawn,
};

/// The id of the golden logs.
pub(super) const LOG: &str = "0b0e7a52-6a0e-4a53-9d3c-3a0f6f2a9d11";

/// 2026-11-22 10:00 UTC.
const START: u64 = 1_795_341_600_000;

/// The run that the samples belong to.
const RUN: RunId = RunId(4);

/// A record by itself, tied to nothing.
pub(super) fn record(seq: u64, event: Event) -> Record {
    Record {
        seq: Seq(seq),
        at: START + seq * 1_007,
        actor: Actor::Chargehand,
        goal: None,
        revision: 0,
        task: None,
        attempt: None,
        event,
    }
}

/// A note, the simplest event with text.
pub(super) fn note(seq: u64, text: &str) -> Record {
    record(seq, Event::Noted { run: None, text: text.to_owned() })
}

/// Notes from one seq to another.
pub(crate) fn notes(seqs: std::ops::RangeInclusive<u64>) -> Vec<Record> {
    seqs.map(|seq| note(seq, &format!("note number {seq}"))).collect()
}

/// The records of a whole log in which every kind occurs.
pub(super) fn every() -> Vec<Record> {
    let task = TaskId::from("greet");
    (1..)
        .zip(events())
        .map(|(seq, event)| {
            let tied = event.run().is_some() || event.task().is_some();
            Record {
                actor: match seq % 4 {
                    0 => Actor::Person,
                    1 => Actor::Planner { model: "thinker-1".into() },
                    2 => Actor::Executor { model: "worker \"2\"".into() },
                    _ => Actor::Chargehand,
                },
                goal: Some(GoalId::from("say-hello")),
                revision: 1,
                task: tied.then(|| task.clone()),
                attempt: event.run().map(|_| AttemptNo(1)),
                ..record(seq, event)
            }
        })
        .collect()
}

fn events() -> Vec<Event> {
    [planning(), session(), judgement(), words_of_a_person()].concat()
}

fn planning() -> Vec<Event> {
    let run = RUN;
    let caps = Caps { goal_cost: Some(Micros(2_500_000)), ..Caps::default() };
    vec![
        Event::GoalOpened {
            id: "say-hello".into(),
            text: "Say hello\nto the reader.".into(),
            base: snapshot(),
            onto: Some("main".into()),
            policy: Policy::Clean { follow_ups: 2 },
            caps,
            commands: CommandPolicy::Ask,
        },
        Event::PolicySet { policy: Policy::Yes, commands: CommandPolicy::All },
        Event::PolicySet { policy: Policy::Each, commands: CommandPolicy::Rules },
        Event::RunBegan { run, job: Job::Plan },
        Event::CapsSet { caps: Caps::default() },
        Event::RuleAdded { rule: CommandRule::Exact { text: "make a && make b".into() } },
        Event::RuleAdded { rule: CommandRule::Argv { words: words(&["sh", "*"]) } },
        Event::PlanProposed { run: Some(RunId(3)), draft: draft() },
        Event::PlanRejected { why: "too vague".into() },
        Event::PlanProposed { run: None, draft: draft() },
        Event::PlanApproved { hash: draft().hash(), by: Approver::Person },
        Event::RunEnded { run, end: End::Done },
        Event::ChangeProposed { task: "greet".into(), hunks: hunks(), why: "split".into() },
        Event::ChangeDecided {
            change: ChangeId(13),
            accepted: vec![0, 2],
            by: Approver::Policy { policy: Policy::Yes },
        },
        Event::PlanEdited { hunks: hunks() },
        Event::QuestionAsked { run, question: "Which name?".into(), options: words(&["a", "b"]) },
        Event::QuestionAnswered { question: QuestionId(16), answer: "a".into() },
        Event::RunBegan { run, job: Job::Brief { task: "greet".into() } },
        Event::BriefWritten { brief: brief() },
        Event::BriefRejected { task: "greet".into(), why: "name the file".into() },
        Event::BriefApproved {
            task: "greet".into(),
            hash: brief().hash(),
            by: Approver::Policy { policy: Policy::Clean { follow_ups: 1 } },
        },
    ]
}

fn session() -> Vec<Event> {
    let run = RUN;
    let usage = Usage { input: 900, cached: 512, output: 80, reasoning: 20 };
    let said = |text: &str, calls: Vec<ToolCall>, way: Way| Item::Said {
        text: text.into(),
        reasoning: "think".into(),
        calls,
        way,
        usage,
    };
    vec![
        Event::RunBegan { run, job: Job::Execute { task: "greet".into(), attempt: AttemptNo(1) } },
        Event::AttemptOpened {
            run,
            number: AttemptNo(1),
            model: "worker-2".into(),
            tier: Tier::Strong,
            base: snapshot(),
            worktree: "/tmp/ch/greet-1".into(),
        },
        Event::BaselineTaken { run, evidence: vec![evidence(When::Before, Outcome::Failed)] },
        Event::Reserved { run, reservation: Reservation { tokens: 4_000, cost: Some(Micros(9)) } },
        Event::Spent { run, model: "worker-2".into(), usage, cost: Some(Micros(7)) },
        Event::Spent { run, model: "worker-2".into(), usage, cost: None },
        Event::ItemLogged { run, item: Item::Told { text: "Go on.".into() } },
        Event::ItemLogged { run, item: said("I run it.", vec![call()], Way::Salvaged) },
        Event::ItemLogged { run, item: said("Done.", vec![], Way::FileFence) },
        Event::CallIntended {
            run,
            call: call(),
            command: Some("sh test.sh".into()),
            permission: Permission::Asked,
        },
        Event::CallAnswered { run, call: CallId(1), allow: true, why: String::new() },
        Event::ItemLogged {
            run,
            item: Item::Returned {
                call: CallId(1),
                ok: false,
                text: "exit 1".into(),
                blob: Some("ef".repeat(32)),
                millis: 40,
            },
        },
        Event::CallIntended {
            run,
            call: call(),
            command: None,
            permission: Permission::Denied { why: "no rule".into() },
        },
        Event::Noted { run: Some(run), text: "used the fence".into() },
        Event::Noted { run: None, text: "an older SQLite was found".into() },
        Event::Steered { run, text: "Mind the quotes".into() },
        Event::Reported { run, report: report() },
    ]
}

fn words_of_a_person() -> Vec<Event> {
    let run = RUN;
    vec![
        Event::BriefOverridden {
            task: "greet".into(),
            hash: brief().hash(),
            readiness: 40,
            why: "it is only a try".into(),
        },
        Event::ContextCompiled {
            run,
            parts: vec![BillPart { name: "the plan".into(), tokens: 120, budget: 600 }],
            blob: "cd".repeat(32),
        },
        Event::TaskUndone { task: "greet".into(), tip: snapshot(), why: "too loud".into() },
        Event::TakenBack { what: Withdrawn::BriefApproval { task: "greet".into() } },
        Event::Captured { text: "greet in the reader's own language".into() },
        Event::CaptureSettled {
            capture: CaptureId(53),
            into: Settled::Steer { task: "greet".into() },
        },
        Event::LessonTold {
            what: LessonCandidate {
                trigger: "a shell script".into(),
                fix: "begin it with set -eu".into(),
                ..LessonCandidate::default()
            },
        },
        Event::LessonMarked { lesson: LessonId(48), mark: Mark::Pinned },
        Event::LessonMarked {
            lesson: LessonId(48),
            mark: Mark::Stale { gone: words(&["greet.sh"]) },
        },
    ]
}

fn judgement() -> Vec<Event> {
    let run = RUN;
    vec![
        Event::WorkCommitted { run, head: snapshot(), files: words(&["greet.sh"]) },
        Event::RunEnded {
            run,
            end: End::Faulted {
                fault: Fault::new(FaultClass::Network, "connection reset").hint("Try again."),
            },
        },
        Event::Checked { run, evidence: vec![evidence(When::After, Outcome::Passed)] },
        Event::Judged {
            run,
            verdict: Verdict {
                decision: Decision::FollowUp { direction: "quote it".into() },
                why: "the test fails".into(),
            },
        },
        Event::Judged {
            run,
            verdict: Verdict {
                decision: Decision::ChangePlan { hunks: hunks() },
                why: "big".into(),
            },
        },
        Event::Judged {
            run,
            verdict: Verdict { decision: Decision::Ask { question: "b?".into() }, why: "?".into() },
        },
        Event::Judged {
            run,
            verdict: Verdict { decision: Decision::Accept, why: "it greets".into() },
        },
        Event::Landed {
            run,
            commit: snapshot().commit,
            tree: snapshot().tree,
            evidence: vec![evidence(When::Merged, Outcome::Passed)],
        },
        Event::LandingConflicted { run, files: words(&["greet.sh"]) },
        Event::LandingRefuted { run, evidence: vec![evidence(When::Merged, Outcome::Unrunnable)] },
        Event::ManualChecked {
            task: "greet".into(),
            evidence: evidence(When::After, Outcome::Passed),
            note: "friendly enough".into(),
        },
        Event::LessonNoted {
            task: "greet".into(),
            what: LessonCandidate {
                trigger: "unbound variable".into(),
                fix: "quote it".into(),
                paths: words(&["*.sh"]),
                evidence: vec![Seq(33), Seq(41)],
            },
            trust: Trust::Check,
        },
        Event::TaskHeld { task: "greet".into() },
        Event::TaskReleased { task: "greet".into() },
        Event::TaskRetried { task: "greet".into(), extra_attempts: 1 },
        Event::TaskCancelled { task: "greet".into(), why: "not needed".into() },
        Event::PlanningResumed,
        Event::Routed {
            task: "greet".into(),
            tier: Tier::Strong,
            model: "big".into(),
            why: RouteWhy::Failed { attempt: AttemptNo(1) },
        },
        Event::ProviderTried { provider: "default".into(), run },
        Event::ProviderReleased { provider: "default".into() },
        Event::GoalLanded { into: "main".into(), commit: snapshot().commit },
        Event::GoalSwitched { id: "say-hello".into() },
        Event::GoalArchived { id: "say-hello".into() },
        Event::GoalOpened {
            id: "bare".into(),
            text: "x".into(),
            base: snapshot(),
            onto: None,
            policy: Policy::Each,
            caps: Caps::default(),
            commands: CommandPolicy::Ask,
        },
    ]
}
