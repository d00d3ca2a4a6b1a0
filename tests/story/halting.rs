//! Faults, pauses, kills and restarts.

use chargehand::domain::*;

use super::world::*;

/// `a` runs, its attempt open.
fn running() -> (Life, RunId) {
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[]), spec("b", &["a"])]);
    life.briefed("a", "do it");
    let run = life.open_attempt("a");
    (life, run)
}

#[test]
fn a_fault_of_the_provider_blocks_and_the_next_start_goes_on_with_the_same_attempt() {
    let (mut life, run) = running();
    let quota = Fault::new(FaultClass::Rate, "the server said 429: slow down");
    let mut told = tell(&life.end(run, End::Faulted { fault: quota }));
    insta::assert_snapshot!(life.waiting(), @"a (blocked): Task a, 1 task after it: rate limited: the server said 429: slow down");
    told += &tell(&life.killed());
    insta::assert_snapshot!(told, @"
    12 chargehand: R10 ended: faulted (Rate: the server said 429: slow down) [a #1]
    13 chargehand: task released [a]
    14 chargehand: R14 began: execute a [a #1]
        -> start R14 execute a
    ");
    assert_eq!(life.task("a").attempts.len(), 1);
    assert_eq!(life.task("a").attempts[0].runs.len(), 2);
    life.report("a");
}

#[test]
fn a_blocker_that_does_not_pass_by_itself_is_left_by_the_next_start() {
    let (mut life, run) = running();
    life.end(run, fault(FaultClass::Budget));
    assert_eq!(life.killed().records, []);
    let commit = life.person(Command::ReleaseTask { task: "a".into() });
    insta::assert_snapshot!(tell(&commit), @"
    13 you: task released [a]
    14 chargehand: R14 began: execute a [a #1]
        -> start R14 execute a
    ");
}

#[test]
fn what_a_cap_held_up_goes_on_by_itself_once_the_cap_is_higher() {
    let (mut life, run) = running();
    life.end(run, fault(FaultClass::Budget));
    // Another number of parallel tasks, or a lower cap, changes nothing.
    let caps = Caps { parallel: 5, goal_tokens: 10, ..Caps::default() };
    assert_eq!(life.person(Command::SetCaps { caps }).effects, []);
    let caps = Caps { task_tokens: 9_000_000, ..caps };
    let commit = life.person(Command::SetCaps { caps });
    assert!(matches!(commit.records[1].event, Event::TaskReleased { .. }));
    assert_eq!(commit.records[1].actor, Actor::Chargehand);
    insta::assert_snapshot!(tell(&Commit { records: commit.records[1..].to_vec(), ..commit }), @"
    15 chargehand: task released [a]
    16 chargehand: R16 began: execute a [a #1]
        -> start R16 execute a
    ");
}

#[test]
fn a_plan_that_a_cap_held_up_goes_on_by_itself_too() {
    let cap = Caps { goal_cost: Some(Micros(5)), ..Caps::default() };
    let mut life = Life::with_caps(Policy::Each, cap);
    let run = life.open("plan", None);
    life.end(run, fault(FaultClass::Budget));
    // Between two starts nothing begins; the word is recorded with what follows from it.
    let mut core = life.reborn().core;
    let caps = Caps { goal_cost: None, ..cap };
    let commit = core.record(Command::SetCaps { caps }, Actor::Person, 9).unwrap();
    assert!(matches!(commit.records[..], [_, Record { event: Event::PlanningResumed, .. }]));
}

#[test]
fn caps_set_together_with_other_words_let_go_on_what_they_held_up() {
    let cap = Caps { goal_cost: Some(Micros(5)), ..Caps::default() };
    let mut life = Life::with_caps(Policy::Each, cap);
    let run = life.open("plan", None);
    life.end(run, fault(FaultClass::Budget));
    let caps = Command::SetCaps { caps: Caps { goal_cost: None, ..cap } };
    let (commit, outcome) = life.core.steps(vec![caps], &Actor::Person, 9);
    outcome.expect("caps may be raised");
    assert!(tell(&commit).contains("began: plan"), "{}", tell(&commit));
}

#[test]
fn a_held_task_stops_and_goes_on_where_it_was_when_released() {
    let (mut life, run) = running();
    let mut told = tell(&life.person(Command::HoldTask { task: "a".into() }));
    told += &tell(&life.end(run, End::Stopped));
    assert_eq!(life.killed().records, [], "a pause outlives a restart");
    insta::assert_snapshot!(life.waiting(), @"a (paused): Task a, 1 task after it: paused by you; release it to go on");
    told += &tell(&life.person(Command::ReleaseTask { task: "a".into() }));
    insta::assert_snapshot!(told, @"
    12 you: task held [a]
        -> stop R10
    13 chargehand: R10 ended: stopped [a #1]
        -> stop R10
    14 you: task released [a]
    15 chargehand: R15 began: execute a [a #1]
        -> start R15 execute a
    ");
    assert_eq!(life.task("a").attempts.len(), 1);
}

#[test]
fn a_cancelled_task_stops_and_those_after_it_wait_by_name() {
    let (mut life, run) = running();
    let mut commit = life.person(Command::CancelTask { task: "a".into(), why: "no need".into() });
    join(&mut commit, life.end(run, End::Stopped));
    insta::assert_snapshot!(tell(&commit), @"
    12 you: task cancelled: no need [a]
    13 chargehand: R10 ended: stopped [a #1]
        -> stop R10
        -> stop R10
    ");
    insta::assert_snapshot!(life.waiting(), @"a (failed): Task a, 1 task after it: it was cancelled (no need) and others come after it: retry it, cancel them, or change the plan");
    insta::assert_snapshot!(life.why("b"), @"it comes after `a` (cancelled)");
}

#[test]
fn a_stopped_run_s_late_words_are_refused_by_name() {
    let (mut life, run) = running();
    life.try_by(Command::EndRun { run, end: End::Stopped }, Actor::Person).unwrap();
    for command in [
        Command::Report { run, report: Report::default() },
        Command::EndRun { run, end: End::Done },
        Command::Spend { run, model: "m".into(), usage: Usage::default(), cost: None },
        Command::LogItem { run, item: Item::Told { text: "late".into() } },
    ] {
        assert_eq!(life.refused(command), format!("{run} has ended"));
    }
}

#[test]
fn a_second_life_ends_what_the_first_left_open_and_goes_on_with_the_same_attempt() {
    let (mut life, run) = running();
    let reservation = Reservation { tokens: 500, cost: None };
    life.run(Command::Reserve { run, reservation });
    assert_eq!(life.goal().reserved(None).tokens, 500);
    insta::assert_snapshot!(tell(&life.killed()), @"
    13 chargehand: R10 ended: interrupted [a #1]
    14 chargehand: R14 began: execute a [a #1]
        -> start R14 execute a
    ");
    assert_eq!(life.goal().reserved(None).tokens, 0);
    insta::assert_snapshot!(life.refused(Command::Report { run, report: Report::default() }), @"R10 has ended");
    life.report("a");
    life.checked("a", Outcome::Passed);
    assert_eq!(life.task("a").attempts.len(), 1);
}

#[test]
fn a_kill_at_any_job_is_taken_up_at_that_job() {
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[])]);
    let mut jobs = Vec::new();
    let mut note = |life: &mut Life| {
        let before: Vec<&str> = life.goal().runs.values().map(|run| run.job.word()).collect();
        let before = before.join(" ");
        life.killed();
        let after: Vec<&str> = life.goal().runs.values().map(|run| run.job.word()).collect();
        jobs.push(format!("{before} -> {}", after.join(" ")));
    };
    note(&mut life);
    life.briefed("a", "do it");
    note(&mut life);
    life.executed("a");
    note(&mut life);
    life.checked("a", Outcome::Passed);
    note(&mut life);
    life.judged("a", Decision::Accept);
    note(&mut life);
    life.landed("a");
    insta::assert_snapshot!(jobs.join("\n"), @"
    brief -> brief
    execute -> execute
    check -> check
    review -> review
    land -> land
    ");
    assert_eq!(life.task("a").attempts.len(), 1);
}

#[test]
fn closing_ends_every_run_and_begins_nothing() {
    let (mut life, _) = running();
    let commit = life.core.close(99);
    insta::assert_snapshot!(tell(&commit), @"
    12 chargehand: R10 ended: interrupted [a #1]
        -> stop R10
    ");
    assert!(life.goal().runs.is_empty());
}

#[test]
fn a_session_is_steered_while_it_lives() {
    let (mut life, run) = running();
    let steer = Command::Steer { run, text: "leave the tests alone".into() };
    insta::assert_snapshot!(tell(&life.person(steer.clone())), @r#"
    12 you: Steered { run: RunId(10), text: "leave the tests alone" } [a #1]
        -> tell R10: leave the tests alone
    "#);
    life.end(run, fault(FaultClass::Network));
    assert_eq!(life.person_refused(steer), format!("{run} has ended"));
}

#[test]
fn a_run_that_ends_without_its_result_blocks_and_says_which() {
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[])]);
    let run = life.open("brief", Some("a"));
    life.end(run, End::Done);
    insta::assert_snapshot!(life.waiting(), @"a (blocked): Task a: needs a stronger model: the brief run ended without a result");
}

#[test]
fn a_word_given_while_the_program_does_not_run_is_not_lost_with_the_dead_run() {
    let (mut life, dead) = running();
    let command = Some("curl example.org".to_owned());
    life.run(Command::IntendCall { run: dead, call: tool_call(1), command: command.clone() });
    let mut life = life.reborn();
    let word = Command::AnswerCall { run: dead, call: CallId(1), allow: true, why: String::new() };
    let commit = life.core.record(word.clone(), Actor::Person, 50).unwrap();
    insta::assert_snapshot!(tell(&commit), @"
    13 chargehand: R10 ended: interrupted [a #1]
    14 you: call 1 of R10 allowed [a #1]
    ");
    let before = life.core.state().clone();
    assert!(life.core.record(word, Actor::Person, 51).is_err());
    assert_eq!(*life.core.state(), before, "a refusal leaves all as it was");
    life.log.extend(commit.records);
    life.killed();
    let run = life.open("execute", Some("a"));
    let commit = life.run(Command::IntendCall { run, call: tool_call(2), command });
    assert!(tell(&commit).contains("allowed by Person"));
}

#[test]
fn another_goal_can_be_opened_after_a_kill() {
    let (life, _) = running();
    let mut life = life.reborn();
    let mut other = open_goal(Policy::Yes, Caps::default());
    if let Command::OpenGoal { id, .. } = &mut other {
        *id = "other".into();
    }
    let commit = life.core.record(other, Actor::Person, 50).unwrap();
    insta::assert_snapshot!(tell(&commit), @"
    12 chargehand: R10 ended: interrupted [a #1]
    13 you: goal other opened
    ");
    life.log.extend(commit.records);
    insta::assert_snapshot!(tell(&life.wake()), @"
    14 chargehand: R14 began: plan
        -> start R14 plan
    ");
}
