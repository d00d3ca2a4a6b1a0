//! What the person does: decides what waits, and meddles.

use chargehand::domain::*;

use super::{dice::Dice, draw, hands::Luck, world::*};

/// The decision that lets a waiting thing go on.
pub fn decide(dice: &mut Dice, luck: Luck, goal: &Goal, one: &Waiting) -> Command {
    let yes = luck == Luck::Good || dice.chance(75);
    match (&one.id, one.kind) {
        (WaitingId::Command { run, call }, _) => {
            let why = if yes { "" } else { "no" }.to_owned();
            Command::AnswerCall { run: *run, call: *call, allow: yes, why }
        }
        (WaitingId::Question(question), _) => {
            Command::AnswerQuestion { question: *question, answer: "that one".into() }
        }
        (WaitingId::Plan, _) => match &goal.standing {
            Standing::Proposed { draft } if yes => Command::ApprovePlan { hash: draft.hash() },
            _ => Command::RejectPlan { why: "no".into() },
        },
        (WaitingId::Capture(capture), _) => {
            Command::SettleCapture { capture: *capture, into: Settled::Note }
        }
        (WaitingId::Planning, _) => Command::ResumePlanning,
        (WaitingId::Provider(provider), _) => {
            Command::ReleaseProvider { provider: provider.clone() }
        }
        (WaitingId::Change(change), _) => {
            let count = goal.changes.get(change).map_or(0, |change| change.hunks.len());
            let all: Vec<usize> = (0..count).collect();
            let accepted = if yes && luck == Luck::Mixed { all } else { vec![] };
            Command::DecideChange { change: *change, accepted }
        }
        (WaitingId::Manual { task, criterion }, _) => Command::CheckManual {
            task: task.clone(),
            criterion: criterion.clone(),
            outcome: if yes { Outcome::Passed } else { Outcome::Failed },
            note: "seen".into(),
        },
        (WaitingId::Task(task), WaitingKind::Brief) => {
            let hash = goal.task(task).and_then(|one| Some(one.brief.as_ref()?.hash()));
            match hash {
                Some(hash) if yes => Command::ApproveBrief { task: task.clone(), hash },
                _ => Command::RejectBrief { task: task.clone(), why: "no".into() },
            }
        }
        (WaitingId::Task(task), WaitingKind::Failure) => {
            Command::RetryTask { task: task.clone(), extra_attempts: 1 }
        }
        (WaitingId::Task(task), _) => {
            // A conflict comes again if nothing changes.
            if yes && dice.chance(50) {
                Command::ReleaseTask { task: task.clone() }
            } else {
                Command::RetryTask { task: task.clone(), extra_attempts: 1 }
            }
        }
        (WaitingId::Goal, _) if goal.is_complete() => {
            Command::RecordLanding { into: "main".into(), commit: "c9".into() }
        }
        (WaitingId::Goal, _) => {
            let cancelled =
                goal.plan.tasks.iter().find(|task| matches!(task.phase, Phase::Cancelled { .. }));
            match cancelled {
                Some(task) => Command::RetryTask { task: task.spec.id.clone(), extra_attempts: 1 },
                None => Command::ArchiveGoal { id: goal.id.clone() },
            }
        }
    }
}

/// Anything that a person may think of, sensible or not.
pub fn meddle(dice: &mut Dice, state: &State) -> Command {
    let Some(goal) = state.goal() else {
        return match dice.pick(&state.goals.keys().collect::<Vec<_>>()) {
            Some(id) => Command::SwitchGoal { id: (*id).clone() },
            None => open_goal(draw::policy(dice), draw::caps(dice)),
        };
    };
    let ids: Vec<TaskId> = goal.plan.tasks.iter().map(|task| task.spec.id.clone()).collect();
    let task = dice.pick(&ids).cloned().unwrap_or_else(|| "none".into());
    match dice.roll(20) {
        0 | 1 => Command::HoldTask { task },
        2 => Command::CancelTask { task, why: "changed my mind".into() },
        3 => Command::RetryTask { task, extra_attempts: u32::from(dice.chance(50)) },
        4 => Command::ReleaseTask { task },
        5..=7 => Command::EditPlan { hunks: draw::hunks(dice, goal) },
        8 => Command::SetPolicy { policy: draw::policy(dice), commands: CommandPolicy::Ask },
        9 => Command::SetCaps { caps: draw::caps(dice) },
        10 => Command::RejectBrief { task, why: "no".into() },
        11 => match goal.task(&task) {
            Some(one) => Command::EditBrief { brief: brief_for(one, "mine") },
            None => Command::RejectPlan { why: "no".into() },
        },
        12 => Command::ImportPlan { draft: draw::plan(dice) },
        13 => match goal.runs.keys().next() {
            Some(run) => Command::Steer { run: *run, text: "left".into() },
            None => Command::RejectPlan { why: "no".into() },
        },
        14 => Command::AddRule { rule: CommandRule::Argv { words: vec!["make".into()] } },
        15 => match goal.runs.keys().next() {
            Some(run) => Command::EndRun { run: *run, end: End::Stopped },
            None => Command::ArchiveGoal { id: goal.id.clone() },
        },
        16 if dice.chance(20) => {
            let mut other = open_goal(draw::policy(dice), draw::caps(dice));
            if let Command::OpenGoal { id, .. } = &mut other {
                *id = "other".into();
            }
            other
        }
        18 => Command::TakeBack {
            what: match dice.roll(3) {
                0 => Withdrawn::PlanApproval,
                1 => Withdrawn::BriefApproval { task },
                _ => Withdrawn::BriefRejection { task },
            },
        },
        17 if dice.chance(20) => Command::SwitchGoal { id: dice.one(&["ship", "other"]).into() },
        _ => Command::RecordLanding { into: "main".into(), commit: "c9".into() },
    }
}
