//! Faults that were found in the core once; each would come back unnoticed without its test.

use chargehand::domain::*;

use super::world::*;

fn add(spec: TaskSpec) -> Hunk {
    Hunk::Add { task: Box::new(spec) }
}

fn change(spec: TaskSpec) -> Hunk {
    Hunk::Change { task: Box::new(spec) }
}

fn supersede(id: &str, by: &[&str]) -> Hunk {
    Hunk::Supersede { task: id.into(), by: by.iter().map(|id| (*id).into()).collect() }
}

fn two() -> Vec<TaskSpec> {
    vec![spec("a", &[]), spec("b", &[])]
}

/// A life in which `a` has been checked and its review is open.
fn in_review(policy: Policy, tasks: Vec<TaskSpec>) -> Life {
    let mut life = Life::planned(policy, tasks);
    life.briefed("a", "do it");
    life.executed("a");
    life.checked("a", Outcome::Failed);
    life
}

fn propose(life: &mut Life, hunks: Vec<Hunk>) -> ChangeId {
    let commit = life.judged("a", Decision::ChangePlan { hunks });
    ChangeId(commit.records[0].seq.0)
}

#[test]
fn a_person_can_decline_a_whole_change() {
    let mut life = in_review(Policy::Each, two());
    let id = propose(&mut life, vec![add(spec("c", &[]))]);
    life.person(Command::DecideChange { change: id, accepted: vec![] });
    let direction = life.task("a").direction.clone().unwrap().text;
    insta::assert_snapshot!(direction, @"The person declined the proposed change of the plan (so it seems).");
    assert_eq!(life.goal().plan.tasks.len(), 2);
}

#[test]
fn the_verdict_that_proposed_a_change_stays_with_its_attempt() {
    let mut life = in_review(Policy::Each, two());
    propose(&mut life, vec![add(spec("c", &[]))]);
    let verdict = life.task("a").last_attempt().unwrap().verdict.clone().unwrap();
    assert!(matches!(verdict.decision, Decision::ChangePlan { .. }));
}

#[test]
fn a_planner_whose_plan_was_rejected_does_not_stall_the_planning_when_it_ends() {
    let mut life = Life::new(Policy::Each);
    let run = life.open("plan", None);
    life.run(Command::Propose { run, draft: draft(two()) });
    life.person(Command::RejectPlan { why: "too coarse".into() });
    let commit = life.end(run, End::Done);
    insta::assert_snapshot!(tell(&commit), @"
    5 chargehand: R2 ended: done
    6 chargehand: R6 began: plan
        -> start R6 plan
    ");
}

#[test]
fn a_planner_whose_plan_was_rejected_cannot_propose_another() {
    let mut life = Life::new(Policy::Each);
    let run = life.open("plan", None);
    life.run(Command::Propose { run, draft: draft(two()) });
    life.person(Command::RejectPlan { why: "too coarse".into() });
    let again = Command::Propose { run, draft: draft(two()) };
    assert_eq!(life.refused(again), "not now: no plan is asked for");
}

#[test]
fn the_reason_of_a_rejection_outlives_a_fault_of_the_next_planner() {
    let mut life = Life::new(Policy::Each);
    let run = life.open("plan", None);
    life.run(Command::Propose { run, draft: draft(two()) });
    life.end(run, End::Done);
    life.person(Command::RejectPlan { why: "too coarse".into() });
    let run = life.open("plan", None);
    life.end(run, fault(FaultClass::Network));
    life.person(Command::ResumePlanning);
    let Standing::Planning { why, .. } = &life.goal().standing else { panic!("not planning") };
    assert_eq!(why.as_deref(), Some("too coarse"));
}

#[test]
fn a_plan_from_a_file_stops_the_planner() {
    let mut life = Life::new(Policy::Yes);
    let run = life.open("plan", None);
    let commit = life.person(Command::ImportPlan { draft: draft(vec![spec("a", &[])]) });
    insta::assert_snapshot!(tell(&commit), @"
    3 you: plan proposed: a
    4 chargehand: plan approved by policy
    5 chargehand: R5 began: brief a [a]
        -> stop R2
        -> start R5 brief a
    ");
    let late = Command::Propose { run, draft: draft(two()) };
    assert_eq!(life.refused(late), "not now: R2 has been told to stop");
    assert_eq!(life.end(run, End::Stopped).records.len(), 1);
}

#[test]
fn a_released_task_has_no_second_run_while_the_first_is_still_ending() {
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[])]);
    life.briefed("a", "do it");
    let run = life.open_attempt("a");
    life.person(Command::HoldTask { task: "a".into() });
    let released = life.person(Command::ReleaseTask { task: "a".into() });
    assert_eq!(released.effects, []);
    insta::assert_snapshot!(life.why("a"), @"its earlier run R10 is ending");
    let commit = life.end(run, End::Stopped);
    insta::assert_snapshot!(tell(&commit), @"
    14 chargehand: R10 ended: stopped [a #1]
    15 chargehand: R15 began: execute a [a #1]
        -> stop R10
        -> start R15 execute a
    ");
}

#[test]
fn a_run_that_was_told_to_stop_may_only_say_what_it_used_and_how_it_ended() {
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[])]);
    life.briefed("a", "do it");
    let run = life.open_attempt("a");
    life.person(Command::HoldTask { task: "a".into() });
    for command in [
        Command::Reserve { run, reservation: Reservation::default() },
        Command::AskQuestion { run, question: "?".into(), options: vec![] },
        Command::IntendCall { run, call: tool_call(1), command: None },
        Command::Report { run, report: Report::default() },
    ] {
        assert_eq!(life.refused(command), "not now: R10 has been told to stop");
    }
    let usage = Usage { input: 5, ..Usage::default() };
    life.run(Command::Spend { run, model: "m".into(), usage, cost: None });
    life.end(run, End::Stopped);
    assert_eq!(life.task("a").spend.usage.input, 5);
}

/// `a` runs, and its session asks for a command.
fn asking() -> (Life, RunId) {
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[])]);
    life.briefed("a", "do it");
    let run = life.open_attempt("a");
    let command = Some("curl x".to_owned());
    life.run(Command::IntendCall { run, call: tool_call(1), command });
    assert_eq!(life.goal().asks.len(), 1);
    (life, run)
}

#[test]
fn a_call_that_has_returned_asks_no_more() {
    let (mut life, run) = asking();
    let text = "timed out".to_owned();
    let item = Item::Returned { call: CallId(1), ok: false, text, blob: None, millis: 1 };
    life.run(Command::LogItem { run, item });
    assert_eq!(life.goal().asks, []);
}

#[test]
fn a_command_asked_for_in_an_attempt_that_is_over_waits_no_more() {
    let (mut life, run) = asking();
    life.end(run, fault(FaultClass::Network));
    assert_eq!(life.goal().asks.len(), 1);
    life.person(Command::RetryTask { task: "a".into(), extra_attempts: 0 });
    assert_eq!(life.goal().asks, []);
    let (mut life, run) = asking();
    life.end(run, End::Done);
    assert_eq!(life.goal().asks, []);
    let (mut life, _) = asking();
    life.person(Command::CancelTask { task: "a".into(), why: "no".into() });
    assert_eq!(life.goal().asks, []);
}

#[test]
fn a_cancelled_task_leaves_no_question_and_no_change_open() {
    let mut life = in_review(Policy::Each, two());
    let run = life.open("review", Some("a"));
    life.run(Command::AskQuestion { run, question: "why?".into(), options: vec![] });
    propose(&mut life, vec![add(spec("c", &[]))]);
    assert_eq!((life.goal().questions.len(), life.goal().changes.len()), (1, 1));
    life.person(Command::CancelTask { task: "a".into(), why: "no".into() });
    assert_eq!((life.goal().questions.len(), life.goal().changes.len()), (0, 0));
}

#[test]
fn a_retried_task_begins_without_the_questions_of_its_past() {
    let mut life = Life::planned(Policy::Each, two());
    let run = life.open("brief", Some("a"));
    life.run(Command::AskQuestion { run, question: "why?".into(), options: vec![] });
    life.end(run, fault(FaultClass::Network));
    let commit = life.person(Command::RetryTask { task: "a".into(), extra_attempts: 0 });
    insta::assert_snapshot!(tell(&commit), @"
    10 you: task retried, 0 extra [a]
    11 chargehand: R11 began: brief a [a]
        -> start R11 brief a
    ");
}

#[test]
fn of_two_changes_that_clash_a_policy_takes_one() {
    let mut life = Life::planned(Policy::Each, two());
    for id in ["a", "b"] {
        life.briefed(id, "do it");
        life.executed(id);
        life.checked(id, Outcome::Failed);
        life.judged(id, Decision::ChangePlan { hunks: vec![add(spec("c", &[]))] });
    }
    let (policy, commands) = (Policy::Yes, CommandPolicy::Ask);
    life.person(Command::SetPolicy { policy, commands });
    let ids: Vec<&str> = life.goal().plan.tasks.iter().map(|one| one.spec.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c"]);
}

#[test]
fn a_change_of_a_task_under_way_waits_under_a_policy_and_is_refused_to_a_person() {
    let mut life = in_review(Policy::Yes, two());
    life.briefed("b", "do it");
    life.open_attempt("b");
    let id = propose(&mut life, vec![supersede("b", &[])]);
    insta::assert_snapshot!(
        life.person_refused(Command::DecideChange { change: id, accepted: vec![0] }),
        @"not now: task `b` is under way; pause or cancel it first"
    );
    insta::assert_snapshot!(life.why("a"), @"the change C25 concerns `b`, which is under way");
    let run = life.open("execute", Some("b"));
    life.end(run, fault(FaultClass::Network));
    assert_eq!(*life.phase("b"), Phase::Superseded);
}

#[test]
fn an_order_that_follows_from_a_person_s_dropping_a_task_is_not_pinned() {
    let tasks = vec![spec("a", &[]), spec("b", &["a"]), spec("c", &["b"])];
    let mut life = Life::planned(Policy::Each, tasks);
    life.person(Command::EditPlan { hunks: vec![supersede("b", &[])] });
    assert_eq!(life.task("c").spec.after, vec!["a".into()]);
    assert!(life.task("c").spec.pinned.is_empty());
}

#[test]
fn a_person_s_own_change_pins_what_it_touches() {
    let mut life = Life::planned(Policy::Each, two());
    life.person(Command::HoldTask { task: "b".into() });
    let mut edited = spec("b", &[]);
    edited.title = "Mine".into();
    life.person(Command::EditPlan { hunks: vec![change(edited)] });
    let pinned: Vec<Field> = life.task("b").spec.pinned.iter().copied().collect();
    assert_eq!(pinned, [Field::Title]);
}

#[test]
fn a_policy_does_not_take_a_hunk_that_reorders_a_task_whose_order_is_pinned() {
    let mut life =
        in_review(Policy::Yes, vec![spec("a", &[]), spec("b", &["a"]), spec("c", &["a"])]);
    life.person(Command::EditPlan { hunks: vec![change(spec("c", &["a", "b"]))] });
    propose(&mut life, vec![supersede("b", &[])]);
    assert_eq!(*life.phase("b"), Phase::Approved);
    assert_eq!(life.task("c").spec.after, vec!["a".into(), "b".into()]);
}

#[test]
fn a_policy_does_not_raise_an_attempt_limit() {
    let mut life = in_review(Policy::Yes, two());
    let mut greedy = spec("a", &[]);
    greedy.attempt_limit = Some(20);
    propose(&mut life, vec![change(greedy)]);
    assert_eq!(life.goal().attempt_limit(life.task("a")), 3);
}

#[test]
fn no_model_pins_a_field() {
    let mut pinning = spec("a", &[]);
    pinning.pinned.insert(Field::Title);
    let mut life = in_review(Policy::Yes, vec![pinning]);
    assert!(life.task("a").spec.pinned.is_empty());
    let mut pinning = spec("c", &[]);
    pinning.pinned.insert(Field::Title);
    propose(&mut life, vec![add(pinning)]);
    assert!(life.task("c").spec.pinned.is_empty());
}

#[test]
fn a_paused_task_whose_text_changes_gets_a_new_brief() {
    let mut life = Life::planned(Policy::Each, two());
    life.write_brief("a", "the old text");
    life.person(Command::HoldTask { task: "a".into() });
    let mut edited = spec("a", &[]);
    edited.objective = "something else".into();
    life.person(Command::EditPlan { hunks: vec![change(edited)] });
    let commit = life.person(Command::ReleaseTask { task: "a".into() });
    assert_eq!(life.task("a").brief, None);
    assert!(matches!(commit.effects[..], [Effect::Start { .. }]), "{commit:?}");
}

#[test]
fn a_rejected_follow_up_brief_keeps_the_direction_of_the_review() {
    let mut life = in_review(Policy::Each, two());
    life.judged("a", follow_up("use the other parser"));
    life.write_brief("a", "second try");
    life.person(Command::RejectBrief { task: "a".into(), why: "too long".into() });
    insta::assert_snapshot!(life.task("a").direction.clone().unwrap().text, @"
    use the other parser
    The person rejected the brief: too long
    ");
}

#[test]
fn a_retry_without_extra_attempts_leaves_the_limit_to_the_goal_s_caps() {
    let mut life = Life::planned(Policy::Each, two());
    life.person(Command::CancelTask { task: "a".into(), why: "no".into() });
    life.person(Command::RetryTask { task: "a".into(), extra_attempts: 0 });
    assert_eq!(life.task("a").spec.attempt_limit, None);
}

#[test]
fn every_verdict_and_word_on_a_task_is_tied_to_its_attempt() {
    let mut life = in_review(Policy::Each, two());
    let commit = life.judged("a", Decision::ChangePlan { hunks: vec![add(spec("c", &[]))] });
    let proposed = &commit.records[0];
    assert_eq!((proposed.task.clone(), proposed.attempt), (Some("a".into()), Some(AttemptNo(1))));
    let change = ChangeId(proposed.seq.0);
    let decided = life.person(Command::DecideChange { change, accepted: vec![] });
    assert_eq!(decided.records[0].task, Some("a".into()));
}

#[test]
fn an_extra_attempt_is_one_also_after_the_caps_were_lowered() {
    let mut life = in_review(Policy::Each, two());
    life.judged("a", follow_up("again"));
    let caps = Caps { attempts: 1, ..Caps::default() };
    life.person(Command::SetCaps { caps });
    life.person(Command::CancelTask { task: "a".into(), why: "no".into() });
    let run = life.open("brief", Some("a"));
    life.end(run, End::Stopped);
    life.person(Command::RetryTask { task: "a".into(), extra_attempts: 1 });
    assert_eq!(life.goal().attempt_limit(life.task("a")), 2);
}

#[test]
fn a_goal_that_has_landed_waits_for_nobody() {
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[])]);
    life.done("a");
    insta::assert_snapshot!(life.waiting(), @"goal (goal): 1 task done: chargehand/ship can land");
    life.person(Command::RecordLanding { into: "main".into(), commit: "c9".into() });
    assert_eq!(life.waiting(), "");
}
