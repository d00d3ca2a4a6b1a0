//! Random plans, hunks, caps and faults.

use chargehand::domain::*;

use super::{dice::Dice, world::*};

const IDS: [&str; 7] = ["a", "b", "c", "d", "e", "f", "g"];

pub fn policy(dice: &mut Dice) -> Policy {
    dice.one(&[Policy::Each, Policy::Clean { follow_ups: 1 }, Policy::Yes, Policy::Yes])
}

pub fn caps(dice: &mut Dice) -> Caps {
    Caps {
        goal_tokens: dice.one(&[250, 5_000, 5_000]),
        task_tokens: dice.one(&[200, 2_000]),
        goal_cost: dice.one(&[None, None, Some(Micros(3_000))]),
        task_cost: dice.one(&[None, Some(Micros(2_000))]),
        attempts: dice.one(&[1, 2, 3]),
        turns: 10,
        parallel: dice.one(&[1, 2, 3]),
        budget_by: SetBy::Settings,
    }
}

fn task(dice: &mut Dice, id: &str, before: &[&str]) -> TaskSpec {
    let after: Vec<&str> = before.iter().copied().filter(|_| dice.chance(35)).collect();
    let mut task = spec(id, &after);
    if dice.chance(25) {
        task.criteria.push(manual(&format!("{id} is pretty")));
    }
    if dice.chance(10) {
        task.attempt_limit = Some(2);
    }
    if dice.chance(20) {
        task.pinned.insert(dice.one(&[Field::Title, Field::After, Field::Criteria]));
    }
    task
}

pub fn plan(dice: &mut Dice) -> PlanDraft {
    let count = 1 + dice.roll(4);
    draft((0..count).map(|at| task(dice, IDS[at], &IDS[..at])).collect())
}

/// One to three hunks, some of which make no sense.
pub fn hunks(dice: &mut Dice, goal: &Goal) -> Vec<Hunk> {
    let ids: Vec<TaskId> = goal.plan.tasks.iter().map(|task| task.spec.id.clone()).collect();
    (0..=dice.roll(3))
        .filter_map(|_| {
            let some = dice.pick(&ids)?.clone();
            Some(match dice.roll(5) {
                0 => Hunk::Add { task: Box::new(task(dice, dice_id(goal), &[])) },
                1 => {
                    let by = dice.pick(&ids).filter(|_| dice_even(&some)).cloned();
                    Hunk::Supersede { task: some, by: by.into_iter().collect() }
                }
                2 => Hunk::Reorder { order: ids.iter().rev().cloned().collect() },
                _ => {
                    let mut spec = goal.task(&some)?.spec.clone();
                    match dice.roll(4) {
                        0 => spec.title.push('!'),
                        1 => spec.criteria.push(criterion("make all")),
                        2 => spec.after = dice.pick(&ids).cloned().into_iter().collect(),
                        _ => spec.attempt_limit = Some(4),
                    }
                    Hunk::Change { task: Box::new(spec) }
                }
            })
        })
        .collect()
}

fn dice_id(goal: &Goal) -> &'static str {
    let free = IDS.iter().find(|id| goal.task(&TaskId::from(**id)).is_none());
    free.copied().unwrap_or("g")
}

fn dice_even(id: &TaskId) -> bool {
    id.as_str().len().is_multiple_of(2)
}

pub fn end(dice: &mut Dice) -> End {
    match dice.roll(11) {
        8..=10 => {
            let (provider, model) = dice.one(&[("near", "small"), ("far", "big")]);
            let at = Endpoint { provider: provider.into(), model: model.into() };
            let class = dice.one(&[
                FaultClass::Auth,
                FaultClass::Quota,
                FaultClass::Rate,
                FaultClass::Overload,
                FaultClass::Network,
                FaultClass::ContextOverflow,
            ]);
            let fault = Fault::new(class, "it broke").of_model(at);
            let wait = dice.one(&[None, None, Some(3), Some(40_000)]);
            End::Faulted { fault: Fault { wait, ..fault } }
        }
        0 => End::Stopped,
        1 => End::Interrupted,
        2 => fault(FaultClass::Model),
        3 => fault(FaultClass::Budget),
        4 => fault(FaultClass::Network),
        5 => fault(FaultClass::Environment),
        6 => fault(FaultClass::ContextOverflow),
        _ => End::Done,
    }
}

/// Settings with two servers and a larger window at the stronger one.
pub fn settings() -> Settings {
    let rung = |provider: &str, model: &str, window| Rung {
        at: Endpoint { provider: provider.into(), model: model.into() },
        window,
    };
    let small = rung("near", "small", 1_000);
    let big = rung("far", "big", 8_000);
    let ladder = Ladder { cheap: small.clone(), standard: small, strong: big.clone() };
    let routes = Routes { planner: Some(big), ladder: Some(ladder), ..Routes::default() };
    Settings { routes, ..Settings::default() }
}
