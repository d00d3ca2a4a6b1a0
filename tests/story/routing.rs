//! Which model a session goes to: the plan's tier, what has been succeeding, one rung at a time.

use chargehand::domain::*;

use super::world::*;

fn of_tier(id: &str, tier: Tier) -> TaskSpec {
    TaskSpec { tier, ..spec(id, &[]) }
}

/// A life in which this many cheap tasks have landed and as many have failed their first attempt.
fn after(landed: usize, failed: usize, next: TaskSpec) -> Life {
    let ids: Vec<String> = (0..landed + failed).map(|at| format!("t{at}")).collect();
    let mut tasks: Vec<TaskSpec> = ids.iter().map(|id| of_tier(id, Tier::Cheap)).collect();
    // One after the other, so that each story is short.
    for at in 1..tasks.len() {
        tasks[at].after = vec![ids[at - 1].as_str().into()];
    }
    let last = ids.last().map(|id| id.as_str().into());
    tasks.push(TaskSpec { after: last.into_iter().collect(), ..next });
    let mut life = Life::routed(Policy::Yes, tasks);
    for (at, id) in ids.iter().enumerate() {
        life.briefed(id, "do it");
        if at < failed {
            life.executed(id);
            life.checked(id, Outcome::Failed);
            life.judged(id, follow_up("mend it"));
            life.briefed(id, "do it better");
        }
        life.accepted(id);
        life.landed(id);
    }
    life
}

/// What was said of the routes of a task.
fn routed(life: &Life, id: &str) -> String {
    let of = |record: &Record| match &record.event {
        Event::Routed { task, tier, model, why } if task.as_str() == id => {
            Some(format!("{model} ({}): {why}\n", tier.word()))
        }
        _ => None,
    };
    life.log.iter().filter_map(of).collect()
}

#[test]
fn a_task_starts_at_the_plan_s_tier_while_nothing_is_known() {
    let mut life = Life::routed(Policy::Yes, vec![of_tier("a", Tier::Standard)]);
    life.briefed("a", "do it");
    life.open_attempt("a");
    assert_eq!(life.task("a").last_attempt().unwrap().model, "mid");
    assert_eq!(routed(&life, "a"), "");
}

#[test]
fn a_task_starts_at_the_cheapest_rung_that_has_been_succeeding_with_its_kind() {
    let mut life = after(4, 0, of_tier("a", Tier::Strong));
    life.briefed("a", "do it");
    insta::assert_snapshot!(routed(&life, "a"), @"small (cheap): it managed 4 of 4 tasks of the kind `feature`");
    life.open_attempt("a");
    assert_eq!(life.task("a").last_attempt().unwrap().model, "small");
}

#[test]
fn three_successes_are_not_enough_and_neither_are_five_beside_three_failures() {
    for (landed, failed) in [(3, 0), (5, 3)] {
        let mut life = after(landed, failed, of_tier("a", Tier::Strong));
        life.briefed("a", "do it");
        assert!(!routed(&life, "a").contains("small"), "{landed} and {failed}");
    }
}

#[test]
fn another_kind_of_task_and_one_of_high_risk_start_where_the_plan_says() {
    for other in [
        TaskSpec { kind: Kind::Docs, ..of_tier("a", Tier::Standard) },
        TaskSpec { risk: Risk::High, ..of_tier("a", Tier::Standard) },
    ] {
        let mut life = after(4, 0, other);
        life.briefed("a", "do it");
        assert_eq!(routed(&life, "a"), "");
    }
}

#[test]
fn a_person_s_pin_wins_over_successes_and_failures() {
    let mut life = after(4, 0, of_tier("a", Tier::Strong));
    let mut pinned = life.task("a").spec.clone();
    pinned.tier = Tier::Standard;
    let run = life.open("brief", Some("a"));
    life.person(Command::HoldTask { task: "a".into() });
    life.end(run, End::Stopped);
    life.person(Command::EditPlan { hunks: vec![Hunk::Change { task: Box::new(pinned) }] });
    life.person(Command::ReleaseTask { task: "a".into() });
    life.briefed("a", "do it");
    assert_eq!(life.task("a").tier(), Tier::Standard);
    life.executed("a");
    life.checked("a", Outcome::Failed);
    life.judged("a", follow_up("mend it"));
    life.briefed("a", "do it better");
    assert_eq!(life.task("a").tier(), Tier::Standard);
    assert_eq!(routed(&life, "a"), "");
}

/// `a` fails its checks, is followed up and briefed again, this often.
fn failing(tier: Tier, times: usize) -> Life {
    let mut life = Life::routed(Policy::Yes, vec![of_tier("a", tier)]);
    for at in 0..times {
        life.briefed("a", &format!("version {at}"));
        life.executed("a");
        life.checked("a", Outcome::Failed);
        life.judged("a", follow_up("mend it"));
    }
    if life.find("brief", Some("a")).is_some() {
        life.briefed("a", "the last");
    }
    life
}

#[test]
fn a_follow_up_of_a_failed_attempt_goes_one_rung_up() {
    insta::assert_snapshot!(routed(&failing(Tier::Cheap, 2), "a"), @"
    mid (standard): attempt 1 failed
    big (strong): attempt 2 failed
    ");
    assert_eq!(routed(&failing(Tier::Strong, 2), "a"), "", "there is none above");
}

#[test]
fn a_follow_up_of_work_whose_checks_pass_stays_where_it_is() {
    let mut life = Life::routed(Policy::Yes, vec![of_tier("a", Tier::Cheap)]);
    life.briefed("a", "do it");
    life.executed("a");
    life.checked("a", Outcome::Passed);
    life.judged("a", follow_up("say it in fewer words"));
    life.briefed("a", "shorter");
    assert_eq!(routed(&life, "a"), "");
    assert_eq!(ledger(life.core.state()), Ledger::new(), "it says nothing of the model");
}

#[test]
fn a_session_that_asks_for_a_stronger_model_gets_the_next() {
    let mut life = Life::routed(Policy::Yes, vec![of_tier("a", Tier::Cheap)]);
    life.briefed("a", "do it");
    let run = life.open_attempt("a");
    let blocker = Blocker { kind: BlockerKind::NeedsStrongerModel, text: "beyond me".to_owned() };
    let report = Report { status: Claim::Blocked, blocker: Some(blocker), ..Report::default() };
    life.run(Command::Report { run, report });
    life.run(Command::CommitWork { run, head: snapshot("a1"), files: vec![] });
    life.end(run, End::Done);
    life.checked("a", Outcome::Passed);
    life.judged("a", follow_up("the same, elsewhere"));
    life.briefed("a", "again");
    insta::assert_snapshot!(routed(&life, "a"), @"mid (standard): attempt 1 asked for a stronger model");
}

#[test]
fn a_history_that_does_not_fit_goes_on_in_a_larger_window_and_costs_no_attempt() {
    let mut life = Life::routed(Policy::Yes, vec![of_tier("a", Tier::Cheap)]);
    life.briefed("a", "do it");
    let run = life.open_attempt("a");
    let fault = fault_of(FaultClass::ContextOverflow, "near", "small");
    let told = tell(&life.end(run, End::Faulted { fault }));
    insta::assert_snapshot!(told, @"
    12 chargehand: R10 ended: faulted (ContextOverflow: it broke) [a #1]
    13 chargehand: routed to big (strong): the history did not fit; this window holds 64000 tokens [a]
    14 chargehand: R14 began: execute a [a #1]
        -> start R14 execute a
    ");
    let attempts = &life.task("a").attempts;
    assert_eq!((attempts.len(), attempts[0].model.as_str(), attempts[0].runs.len()), (1, "big", 2));
}

#[test]
fn a_window_that_turns_out_smaller_than_it_was_set_sends_the_history_to_a_larger_one() {
    let mut life = Life::routed(Policy::Yes, vec![of_tier("a", Tier::Cheap)]);
    let alike = |least: u64| {
        let mut routes = routes();
        routes.rungs_mut().for_each(|rung| rung.window = 8_000);
        routes
            .rungs_mut()
            .filter(|rung| rung.at.model == "small")
            .for_each(|one| one.window = least);
        routes
    };
    life.core.route(alike(8_000));
    life.briefed("a", "do it");
    let run = life.open_attempt("a");
    life.core.route(alike(4_000));
    let fault = fault_of(FaultClass::ContextOverflow, "near", "small");
    let told = tell(&life.end(run, End::Faulted { fault }));
    insta::assert_snapshot!(told.lines().nth(1).unwrap_or_default(), @"13 chargehand: routed to mid (standard): the history did not fit; this window holds 8000 tokens [a]");
}

#[test]
fn without_a_larger_window_an_overflow_blocks_the_task() {
    let mut life = Life::routed(Policy::Yes, vec![of_tier("a", Tier::Strong)]);
    life.briefed("a", "do it");
    let run = life.open_attempt("a");
    let fault = fault_of(FaultClass::ContextOverflow, "far", "big");
    life.end(run, End::Faulted { fault });
    insta::assert_snapshot!(life.waiting(), @"a (blocked): Task a: too big: it broke");
}

#[test]
fn the_counts_are_a_fold_of_the_log() {
    let life = after(2, 1, of_tier("a", Tier::Standard));
    let told = |life: &Life| {
        let counts = ledger(life.core.state());
        let lines = counts.iter().flat_map(|(kind, models)| {
            models.iter().map(move |(model, tally)| {
                format!("{} {model}: {} of {}\n", kind.word(), tally.succeeded, tally.tried())
            })
        });
        lines.collect::<String>()
    };
    insta::assert_snapshot!(told(&life), @"
    feature mid: 1 of 1
    feature small: 2 of 3
    ");
    assert_eq!(told(&life), told(&life.reborn()));
}
