//! A person's thoughts, second thoughts and reasons.

use chargehand::domain::*;

use super::world::*;

fn thought(life: &mut Life, text: &str) -> CaptureId {
    let told = life.person(Command::Capture { text: text.into() });
    CaptureId(told.records[0].seq.0)
}

#[test]
fn a_thought_waits_with_a_suggestion_and_becomes_what_the_person_says() {
    let mut life = Life::planned(Policy::Each, vec![spec("a", &[]), spec("b", &["a"])]);
    for text in ["add a --json flag", "use YAML instead of JSON", "the API is slow on Mondays"] {
        thought(&mut life, text);
    }
    insta::assert_snapshot!(life.waiting(), @"
    N7 (your thought): could become a task: add a --json flag
    N8 (your thought): could become a change of the plan: use YAML instead of JSON
    N9 (your thought): could become a note: the API is slow on Mondays
    ");
    let settle = |life: &mut Life, id, into| {
        life.person(Command::SettleCapture { capture: CaptureId(id), into });
    };
    settle(&mut life, 7, Settled::Task);
    settle(&mut life, 9, Settled::Note);
    settle(&mut life, 8, Settled::Dropped);
    assert_eq!(life.waiting(), "");
    assert_eq!(life.goal().thoughts_to_plan(), ["add a --json flag"]);
    assert_eq!(life.goal().thoughts_for(&"b".into()), ["the API is slow on Mondays"]);
    let again = Command::SettleCapture { capture: CaptureId(9), into: Settled::Note };
    assert_eq!(life.person_refused(again), "not now: N9 is a note already");
}

#[test]
fn what_is_settled_as_steering_reaches_the_session_or_the_next_brief() {
    let mut life = Life::planned(Policy::Each, vec![spec("a", &[])]);
    let early = thought(&mut life, "mind the umlauts");
    let into = Settled::Steer { task: "a".into() };
    let told = life.person(Command::SettleCapture { capture: early, into: into.clone() });
    assert_eq!(told.effects, []);
    assert_eq!(life.goal().thoughts_for(&"a".into()), ["mind the umlauts"]);
    life.briefed("a", "do it");
    let run = life.open_attempt("a");
    assert_eq!(life.goal().thoughts_for(&"a".into()), [""; 0], "its brief carried it");
    let late = thought(&mut life, "and the quotes");
    let told = life.person(Command::SettleCapture { capture: late, into: into.clone() });
    assert_eq!(told.effects, [Effect::Steer { run, text: "and the quotes".into() }]);
    let dropped = Command::SettleCapture { capture: late, into: Settled::Dropped };
    assert!(life.person_refused(dropped).ends_with("has been told already"));
}

#[test]
fn a_thought_for_the_plan_is_told_until_a_change_is_proposed() {
    let mut life = Life::planned(Policy::Each, vec![spec("a", &[]), spec("b", &["a"])]);
    let capture = thought(&mut life, "split b");
    life.person(Command::SettleCapture { capture, into: Settled::Replan });
    life.briefed("a", "do it");
    life.executed("a");
    life.checked("a", Outcome::Passed);
    assert_eq!(life.goal().thoughts_to_plan().len(), 1);
    let hunks = vec![Hunk::Add { task: Box::new(spec("c", &["a"])) }];
    life.judged("a", Decision::ChangePlan { hunks });
    assert_eq!(life.goal().thoughts_to_plan().len(), 0);
}

/// A brief with so many warnings waits.
fn unready(warnings: usize) -> (Life, String) {
    let mut life = Life::planned(Policy::Each, vec![spec("a", &[])]);
    let run = life.open("brief", Some("a"));
    let finding = Finding { severity: Severity::Warning, text: "vague".into(), fix: None };
    let brief = Brief { lint: vec![finding; warnings], ..brief_for(life.task("a"), "do it") };
    let hash = brief.hash();
    life.run(Command::WriteBrief { run, brief });
    life.end(run, End::Done);
    (life, hash)
}

#[test]
fn a_brief_that_is_not_ready_is_sent_only_with_a_reason_which_is_set_against_the_outcome() {
    let (mut life, hash) = unready(3);
    let task = TaskId::from("a");
    let approve = Command::ApproveBrief { task: task.clone(), hash: hash.clone() };
    insta::assert_snapshot!(life.person_refused(approve.clone()), @"the brief of `a` has a readiness of 55, below 60: vague; vague; vague. Mend it, or say why it is sent all the same");
    let anyway = |why: &str| Command::OverrideBrief {
        task: task.clone(),
        hash: hash.clone(),
        why: why.into(),
    };
    assert_eq!(life.person_refused(anyway(" ")), "say why it is to be sent all the same");
    assert_eq!(life.refused(anyway("now")), "only a person may do this");
    life.person(anyway("it is only a try"));
    life.person(approve);
    life.executed("a");
    life.checked("a", Outcome::Failed);
    let [one] = &sent(life.core.state())[..] else { panic!("one brief was sent") };
    assert_eq!((one.readiness, one.anyway.as_deref()), (55, Some("it is only a try")));
    assert_eq!(one.outcome, Came::Failed);

    let (mut life, hash) = unready(2);
    life.person(Command::ApproveBrief { task: "a".into(), hash });
}

#[test]
fn a_follow_up_that_asks_for_the_same_with_nothing_new_is_refused() {
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[])]);
    life.briefed("a", "do it");
    life.executed("a");
    life.checked("a", Outcome::Failed);
    life.judged("a", follow_up("do it"));
    let run = life.open("brief", Some("a"));
    let same = brief_for(life.task("a"), "do it");
    insta::assert_snapshot!(life.refused(Command::WriteBrief { run, brief: same }), @"attempt 1 had the same brief, model and base tree; a repeat would prove nothing");
    let other = brief_for(life.task("a"), "do it, quoted");
    life.run(Command::WriteBrief { run, brief: other });
}

#[test]
fn landed_work_is_taken_back_from_the_newest_on_and_can_be_tried_again() {
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[]), spec("b", &["a"])]);
    life.done("a");
    life.done("b");
    let undo = |task: &str, dependants| Command::UndoTask {
        task: task.into(),
        tip: snapshot(&format!("without-{task}")),
        why: "too slow".into(),
        dependants,
    };
    insta::assert_snapshot!(
        life.person_refused(undo("a", Dependants::None)),
        @"not now: done work leans on `a`: b. Take that back first, or say that it stays"
    );
    assert_eq!(life.refused(undo("b", Dependants::None)), "only a person may do this");
    life.person(undo("b", Dependants::None));
    assert_eq!(life.goal().tip, snapshot("without-b"));
    assert_eq!(*life.phase("b"), Phase::Cancelled { why: "taken back by you: too slow".into() });
    assert!(life.person_refused(undo("b", Dependants::None)).contains("has not landed"));
    life.person(Command::RetryTask { task: "b".into(), extra_attempts: 1 });
    life.done("b");
    life.person(undo("a", Dependants::Stay));
    assert!(matches!(life.phase("b"), Phase::Done { .. }));
    assert!(!life.goal().is_done(&"a".into()));
}
