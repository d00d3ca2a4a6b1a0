//! Money and tokens: what is held back, what is to be expected, what a day may cost.

use chargehand::domain::*;

use super::world::*;

const DAY: u64 = 86_400_000;

fn spend(life: &mut Life, run: RunId, input: u64, output: u64) {
    let usage = Usage { input, output, ..Usage::default() };
    let cost = Some(Micros(input + output));
    life.run(Command::Spend { run, model: "small".into(), usage, cost });
}

/// `a` is done, its session having used these prompt tokens in each request and ten of answer.
fn done_with(life: &mut Life, id: &str, inputs: &[u64]) {
    life.briefed(id, "do it");
    let run = life.open_attempt(id);
    for input in inputs {
        spend(life, run, *input, 10);
    }
    life.report(id);
    life.checked(id, Outcome::Passed);
    life.judged(id, Decision::Accept);
    life.landed(id);
}

fn chain(ids: &[&str]) -> Vec<TaskSpec> {
    let before = |at: usize| at.checked_sub(1).map(|at| ids[at]).into_iter().collect::<Vec<_>>();
    ids.iter().enumerate().map(|(at, id)| spec(id, &before(at))).collect()
}

fn told(life: &Life) -> Forecast {
    forecast(life.core.state(), &life.settings.routes, life.goal())
}

#[test]
fn nothing_is_forecast_from_nothing() {
    let life = Life::planned(Policy::Yes, chain(&["a", "b"]));
    let one = told(&life);
    assert_eq!((one.tasks, one.unknown, one.n, one.p50, one.cost), (2, 2, 0, 0, None));
}

#[test]
fn the_planner_s_guess_is_used_and_called_one() {
    let guessed = TaskSpec { estimate_tokens: Some(9_000), ..spec("a", &[]) };
    let life = Life::planned(Policy::Yes, vec![guessed]);
    let one = estimate(life.core.state(), &Routes::default(), life.task("a")).unwrap();
    assert_eq!((one.basis, one.n, one.p50, one.cost), (Basis::Guess, 0, 9_000, None));
}

#[test]
fn the_rest_of_the_plan_is_forecast_from_the_tasks_that_are_done() {
    let mut life = Life::planned(Policy::Yes, chain(&["a", "b", "c", "d", "e"]));
    for (id, input) in [("a", 1_000), ("b", 4_000), ("c", 2_000)] {
        done_with(&mut life, id, &[input - 10]);
    }
    let one = told(&life);
    // Of 1,000, 2,000 and 4,000 the middle is 2,000 and the highest that was seen 4,000.
    assert_eq!((one.tasks, one.n, one.p50, one.p90), (2, 3, 4_000, 8_000));
    assert_eq!(one.cost, Some((Micros(4_000), Micros(8_000))));
    // What a task under way has used already is not to come any more.
    life.briefed("d", "do it");
    let run = life.open_attempt("d");
    spend(&mut life, run, 490, 10);
    assert_eq!((told(&life).p50, told(&life).p90), (3_500, 7_500));
}

#[test]
fn work_that_only_a_conflict_keeps_from_landing_is_not_to_come() {
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[]), spec("b", &[])]);
    done_with(&mut life, "b", &[1_000]);
    life.briefed("a", "do it");
    life.accepted("a");
    assert_eq!(told(&life).tasks, 1);
    let run = life.open("land", Some("a"));
    life.run(Command::RecordConflict { run, files: vec!["x.txt".into()] });
    life.end(run, End::Done);
    assert_eq!((told(&life).tasks, told(&life).p90), (0, 0));
    // A retry is a new attempt, and that is to come.
    life.person(Command::RetryTask { task: "a".into(), extra_attempts: 0 });
    assert_eq!((told(&life).tasks, told(&life).p90), (1, 1_010));
}

#[test]
fn enough_tasks_of_the_same_kind_are_preferred_to_all() {
    let docs = |id: &str, after: &[&str]| TaskSpec { kind: Kind::Docs, ..spec(id, after) };
    let tasks = vec![
        docs("a", &[]),
        docs("b", &["a"]),
        docs("c", &["b"]),
        spec("d", &["c"]),
        docs("e", &["d"]),
        spec("f", &["e"]),
    ];
    let mut life = Life::planned(Policy::Yes, tasks);
    for (id, input) in [("a", 90), ("b", 90), ("c", 90), ("d", 9_990)] {
        done_with(&mut life, id, &[input]);
    }
    let of = |id: &str| estimate(life.core.state(), &Routes::default(), life.task(id)).unwrap();
    assert_eq!((of("e").basis, of("e").n, of("e").p90), (Basis::Kind, 3, 100));
    assert_eq!((of("f").basis, of("f").n, of("f").p90), (Basis::All, 4, 10_000));
}

#[test]
fn a_price_that_is_not_known_makes_no_cost() {
    let mut life = Life::planned(Policy::Yes, chain(&["a", "b"]));
    life.briefed("a", "do it");
    let run = life.open_attempt("a");
    let usage = Usage { input: 90, output: 10, ..Usage::default() };
    life.run(Command::Spend { run, model: "small".into(), usage, cost: None });
    life.report("a");
    life.checked("a", Outcome::Passed);
    life.judged("a", Decision::Accept);
    life.landed("a");
    assert_eq!((told(&life).p50, told(&life).cost), (100, None));
}

#[test]
fn beside_what_was_sent_stands_what_one_growing_conversation_would_have_sent() {
    let mut life = Life::planned(Policy::Yes, chain(&["a", "b", "c"]));
    for id in ["a", "b", "c"] {
        // The brief has 3 tokens; 1,000 in, then 2,000, then 3,000: it leaves 2,013 behind.
        done_with(&mut life, id, &[1_000, 2_000, 3_000]);
    }
    let one = growth(life.goal());
    assert_eq!((one.attempts, one.sent), (3, 18_000));
    assert_eq!(one.growing, 18_000 + 3 * 2_013 + 3 * 2 * 2_013);
    // The law of benches: growing(N) = N·T + R·G·N(N−1)/2.
    assert_eq!(one.growing, 3 * 6_000 + 3 * 2_013 * 3);
    assert_eq!(one.sent_weighted, 18_000, "the server said nothing of a cache");
    assert!(one.growing_weighted < one.growing / 3);
}

/// A life in which a day has a cap of 1,000 tokens, with `a` at work.
fn capped() -> (Life, RunId) {
    let day = DayCaps { tokens: Some(1_000), cost: None };
    let settings = Settings { day, ..Settings::default() };
    let mut life = Life::with_settings(Policy::Yes, Caps::default(), settings);
    life.at = 5 * DAY;
    life.plan(vec![spec("a", &[])]);
    life.briefed("a", "do it");
    let run = life.open_attempt("a");
    (life, run)
}

fn reserve(run: RunId, tokens: u64) -> Command {
    Command::Reserve { run, reservation: Reservation { tokens, cost: None } }
}

#[test]
fn a_day_s_cap_is_looked_at_before_anything_is_sent() {
    let (mut life, run) = capped();
    life.run(reserve(run, 600));
    spend(&mut life, run, 590, 10);
    let refused = life.refused(reserve(run, 401));
    assert_eq!(
        refused,
        "the cap is reached: tokens of the day (by UTC) would come to 1001 of 1000"
    );
    life.run(reserve(run, 400));
    // The next day begins with nothing used.
    life.at = 6 * DAY;
    life.run(reserve(run, 1_000));
}

#[test]
fn what_a_day_s_cap_held_up_goes_on_with_the_first_start_of_another_day() {
    let (mut life, run) = capped();
    spend(&mut life, run, 990, 10);
    life.end(run, fault(FaultClass::Budget));
    life.killed();
    assert_eq!(life.phase("a").word(), "blocked", "the day has nothing left");
    life.at = 6 * DAY;
    assert!(tell(&life.killed()).contains("began: execute a"));
}

#[test]
fn what_the_first_request_of_a_day_is_too_much_for_is_tried_once_and_then_the_next_day() {
    let (mut life, run) = capped();
    life.end(run, fault(FaultClass::Budget));
    life.wake();
    // Nothing was used on this day, so that the log does not know of it.
    let again = life.open("execute", Some("a"));
    life.end(again, fault(FaultClass::Budget));
    assert_eq!(life.core.due_at(life.at), Some(6 * DAY));
    assert_eq!(life.core.tick(life.at).records, []);
    assert_eq!(life.core.tick(6 * DAY - 1).records, []);
    assert!(tell(&life.core.tick(6 * DAY)).contains("began: execute a"));
    assert_eq!(life.core.tick(6 * DAY).records, []);
}

#[test]
fn a_day_s_use_is_counted_over_all_goals_and_replays() {
    let (mut life, run) = capped();
    spend(&mut life, run, 290, 10);
    assert_eq!(life.core.state().day.spent_on(life.at).usage.total(), 300);
    assert_eq!(life.core.state().day.spent_on(life.at + DAY).usage.total(), 0);
    assert_eq!(life.reborn().core.state().day, life.core.state().day);
}

#[test]
fn what_a_day_s_cap_held_up_goes_on_at_midnight_while_the_program_runs() {
    let (mut life, run) = capped();
    spend(&mut life, run, 990, 10);
    assert_eq!(life.core.due_at(life.at), None);
    life.end(run, fault(FaultClass::Budget));
    assert_eq!(life.phase("a").word(), "blocked");
    assert_eq!(life.core.due_at(life.at), Some(6 * DAY));
    assert_eq!(life.core.tick(6 * DAY - 1).records, []);
    let told = tell(&life.core.tick(6 * DAY));
    assert!(told.contains("began: execute a"), "{told}");
    assert_eq!(life.core.due_at(6 * DAY), None);
}
