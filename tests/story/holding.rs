//! A server that cannot be used holds its sessions, and they go on by themselves.

use chargehand::domain::*;

use super::world::*;

/// A life in which `a`, a cheap task, is at work at `near`.
fn at_work() -> (Life, RunId) {
    let cheap = |id: &str, after: &[&str]| TaskSpec { tier: Tier::Cheap, ..spec(id, after) };
    let mut life = Life::routed(Policy::Yes, vec![cheap("a", &[]), cheap("b", &[])]);
    life.briefed("a", "do it");
    let run = life.open_attempt("a");
    (life, run)
}

fn faulted(fault: Fault) -> End {
    End::Faulted { fault }
}

fn tick(life: &mut Life, at: u64) -> Commit {
    life.at = at;
    let commit = life.core.tick(at);
    life.log.extend(commit.records.iter().cloned());
    commit
}

#[test]
fn an_overloaded_server_is_asked_again_by_one_session_and_the_others_follow_its_answer() {
    let (mut life, run) = at_work();
    life.end(run, faulted(fault_of(FaultClass::Overload, "near", "small")));
    assert_eq!(life.task("a").attempts.len(), 1, "no attempt is used up");
    insta::assert_snapshot!(life.waiting(), @"server:near (held server): `near` is held (overloaded) and tries again by itself: it broke");
    insta::assert_snapshot!(life.why("a"), @"its session comes next, and the server `near` may be held (overloaded)");
    // The planner's server is another: briefs are still written.
    let told = tell(&life.write_brief("b", "do it"));
    assert!(told.contains("brief approved by policy"), "{told}");
    assert_eq!(life.find("execute", Some("b")), None);
    let due = life.core.due_at(life.at).unwrap();
    assert_eq!(due - life.log.last().unwrap().at, 15_000 - 2, "15 s from the fault on");
    assert_eq!(tick(&mut life, due - 1).records, []);
    insta::assert_snapshot!(tell(&tick(&mut life, due)), @"
    17 chargehand: R18 tries near again
    18 chargehand: R18 began: execute a [a #1]
        -> start R18 execute a
    ");
    assert_eq!(life.find("execute", Some("b")), None, "one session tries");
    let run = life.open("execute", Some("a"));
    let usage = Usage { input: 9, output: 1, ..Usage::default() };
    let commit = life.run(Command::Spend { run, model: "small".into(), usage, cost: None });
    assert!(tell(&commit).contains("began: execute b"), "{}", tell(&commit));
    assert_eq!(life.waiting(), "");
}

#[test]
fn the_wait_doubles_with_each_fault_in_a_row_up_to_ten_minutes() {
    let (mut life, _) = at_work();
    let mut waits = Vec::new();
    for _ in 0..8 {
        let run = life.open("execute", Some("a"));
        life.end(run, faulted(fault_of(FaultClass::Network, "near", "small")));
        let due = life.core.due_at(life.at).unwrap();
        waits.push((due - life.at) / 1_000);
        tick(&mut life, due);
    }
    assert_eq!(waits, [15, 30, 60, 120, 240, 480, 600, 600]);
    assert_eq!(life.task("a").attempts.len(), 1);
}

#[test]
fn sessions_that_fail_side_by_side_count_once() {
    let (mut life, _) = at_work();
    life.briefed("b", "do it");
    life.open_attempt("b");
    for id in ["a", "b"] {
        let run = life.open("execute", Some(id));
        life.end(run, faulted(fault_of(FaultClass::Rate, "near", "small")));
    }
    let hold = &life.goal().holds["near"];
    assert_eq!((hold.strikes, hold.until), (1, Some(life.at + 15_000)));
}

#[test]
fn a_server_that_names_its_wait_is_asked_again_then() {
    let (mut life, run) = at_work();
    let fault = fault_of(FaultClass::Rate, "near", "small");
    life.end(run, faulted(Fault { wait: Some(300_000), ..fault }));
    assert_eq!(life.core.due_at(life.at), Some(life.at + 300_000));
}

#[test]
fn a_quota_waits_long_and_a_refused_key_waits_for_a_person() {
    let (mut life, run) = at_work();
    life.end(run, faulted(fault_of(FaultClass::Quota, "near", "small")));
    assert_eq!(life.core.due_at(life.at), Some(life.at + 600_000));
    let (mut life, run) = at_work();
    life.end(run, faulted(fault_of(FaultClass::Auth, "near", "small")));
    assert_eq!(life.core.due_at(life.at), None);
    insta::assert_snapshot!(life.waiting(), @"server:near (held server): `near` is held (access refused): it broke");
    let told = tell(&life.person(Command::ReleaseProvider { provider: "near".into() }));
    assert!(told.contains("near released") && told.contains("began: execute a"), "{told}");
    let again = Command::ReleaseProvider { provider: "near".into() };
    assert_eq!(life.person_refused(again), "not now: `near` is not held");
}

#[test]
fn a_new_start_asks_a_held_server_again() {
    let (mut life, run) = at_work();
    life.end(run, faulted(fault_of(FaultClass::Auth, "near", "small")));
    let told = tell(&life.killed());
    assert!(told.contains("near released") && told.contains("began: execute a"), "{told}");
}

#[test]
fn planning_is_held_with_its_server_and_does_not_stall() {
    let settings = Settings { routes: routes(), ..Settings::default() };
    let mut life = Life::with_settings(Policy::Each, Caps::default(), settings);
    let run = life.open("plan", None);
    life.end(run, faulted(fault_of(FaultClass::Overload, "far", "big")));
    assert!(matches!(life.goal().standing, Standing::Planning { run: None, .. }));
    let due = life.core.due_at(life.at).unwrap();
    assert!(tell(&tick(&mut life, due)).contains("began: plan"));
}

#[test]
fn checks_and_landings_need_no_server() {
    let (mut life, _) = at_work();
    life.briefed("b", "do it");
    life.open_attempt("b");
    let run = life.open("execute", Some("a"));
    for server in [("near", "small"), ("far", "big")] {
        // `b` reports although both servers are held by then.
        let held = fault_of(FaultClass::Network, server.0, server.1);
        if let Some(run) = life.find("execute", Some("a")).or(Some(run)) {
            let _ = life.try_by(Command::EndRun { run, end: faulted(held) }, Actor::Chargehand);
        }
    }
    life.report("b");
    assert!(life.find("check", Some("b")).is_some());
}

#[test]
fn only_the_model_s_own_fault_costs_an_attempt_and_only_the_server_s_hold_it() {
    use FaultClass as C;
    let all = [
        C::Auth,
        C::Quota,
        C::Rate,
        C::Overload,
        C::Network,
        C::Protocol,
        C::ContextOverflow,
        C::ContentFilter,
        C::Budget,
        C::Model,
        C::Environment,
    ];
    let told = all.map(|class| {
        let (mut life, run) = at_work();
        life.end(run, faulted(fault_of(class, "near", "small")));
        let task = life.task("a");
        let held = if life.goal().holds.is_empty() { "" } else { ", server held" };
        let ended = task.last_attempt().and_then(|one| one.ended.as_deref());
        let costs = if ended.is_some() { ", costs the attempt" } else { "" };
        format!("{class:?}: {}{held}{costs}\n", task.phase.word())
    });
    insta::assert_snapshot!(told.concat(), @"
    Auth: interrupted, server held
    Quota: interrupted, server held
    Rate: interrupted, server held
    Overload: interrupted, server held
    Network: interrupted, server held
    Protocol: blocked
    ContextOverflow: running
    ContentFilter: blocked
    Budget: blocked
    Model: verifying, costs the attempt
    Environment: blocked
    ");
}

#[test]
fn a_session_that_fails_late_does_not_end_the_trial_of_another() {
    let (mut life, run) = at_work();
    life.briefed("b", "do it");
    life.open_attempt("b");
    life.end(run, faulted(fault_of(FaultClass::Overload, "near", "small")));
    let due = life.core.due_at(life.at).unwrap();
    tick(&mut life, due);
    let trial = life.open("execute", Some("a"));
    let late = life.open("execute", Some("b"));
    life.end(late, faulted(fault_of(FaultClass::Overload, "near", "small")));
    let hold = &life.goal().holds["near"];
    assert_eq!((hold.trial, hold.strikes), (Some(trial), 1));
    let usage = Usage { input: 9, output: 1, ..Usage::default() };
    life.run(Command::Spend { run: trial, model: "small".into(), usage, cost: None });
    assert_eq!(life.waiting(), "");
    assert!(life.find("execute", Some("b")).is_some());
}

#[test]
fn higher_caps_ask_no_held_server_again() {
    let (mut life, run) = at_work();
    life.end(run, faulted(fault_of(FaultClass::Auth, "near", "small")));
    let caps = life.goal().caps;
    let caps = Caps { goal_tokens: caps.goal_tokens + 1, ..caps };
    let told = tell(&life.person(Command::SetCaps { caps }));
    assert!(!told.contains("released"), "{told}");
    assert!(life.goal().holds.contains_key("near"));
}
