//! What the hands do: the next thing that an open run may say.

use chargehand::domain::*;

use super::{dice::Dice, draw, world::*};

/// Whether the runs fare as they may or as well as they can.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Luck {
    Mixed,
    Good,
}

/// The next thing that this run says.
pub fn say(dice: &mut Dice, luck: Luck, goal: &Goal, run: RunId, open: &Run) -> Command {
    let end = |end| Command::EndRun { run, end };
    if open.stopping {
        return end(End::Stopped);
    }
    if luck == Luck::Mixed {
        if dice.chance(7) {
            return end(draw::end(dice));
        }
        if dice.chance(16) {
            return aside(dice, run);
        }
    }
    let Some(task) = open.job.task().and_then(|id| goal.task(id)) else {
        return match goal.standing {
            Standing::Planning { run: Some(at_it), .. } if at_it == run => {
                Command::Propose { run, draft: draw::plan(dice) }
            }
            _ => end(End::Done),
        };
    };
    if task.phase.run() != Some(run) {
        return end(End::Done);
    }
    match open.job {
        Job::Plan => end(End::Done),
        Job::Brief { .. } => {
            // Good runs never repeat themselves; others may.
            let text = match luck {
                Luck::Good => format!("brief of {run}"),
                Luck::Mixed => dice.one(&["do it", "do it well", "do it otherwise"]).to_owned(),
            };
            let mut brief = brief_for(task, &text);
            if luck == Luck::Mixed && dice.chance(20) {
                let text = "vague".to_owned();
                brief.lint.push(Finding { severity: Severity::Warning, text, fix: None });
            }
            Command::WriteBrief { run, brief }
        }
        Job::Execute { attempt, .. } => session(dice, luck, goal, task, (run, open), attempt),
        Job::Check { .. } => match task.last_attempt().and_then(|one| one.head.as_ref()) {
            Some(head) => {
                let good = luck == Luck::Good || dice.chance(75);
                let outcome = if good { Outcome::Passed } else { Outcome::Failed };
                let evidence = evidence(&task.spec, When::After, &head.tree, outcome);
                Command::RecordChecks { run, evidence }
            }
            None => Command::RecordChecks { run, evidence: vec![] },
        },
        Job::Review { .. } => review(dice, luck, goal, task, run),
        Job::Land { .. } => land(dice, luck, task, run),
    }
}

/// What any run may do at any time.
fn aside(dice: &mut Dice, run: RunId) -> Command {
    let tokens = dice.one(&[10, 60, 150, 200]);
    let cost = dice.one(&[None, Some(Micros(200)), Some(Micros(900))]);
    match dice.roll(5) {
        0 => Command::AskQuestion { run, question: "which one?".into(), options: vec![] },
        1 | 2 => Command::Reserve { run, reservation: Reservation { tokens, cost } },
        3 => {
            let usage = Usage { input: tokens / 2, output: tokens / 4, ..Usage::default() };
            let cost = cost.map(|cost| Micros(cost.0 / 2));
            Command::Spend { run, model: "m".into(), usage, cost }
        }
        _ => Command::Note { run: Some(run), text: "by the way".into() },
    }
}

fn session(
    dice: &mut Dice,
    luck: Luck,
    goal: &Goal,
    task: &Task,
    (run, open): (RunId, &Run),
    number: AttemptNo,
) -> Command {
    let id = &task.spec.id;
    let Some(attempt) = task.attempts.iter().find(|one| one.number == number) else {
        return Command::OpenAttempt {
            run,
            model: dice.one(&["small", "big"]).into(),
            tier: Tier::Standard,
            base: goal.tip.clone(),
            worktree: format!("/w/{id}/{number}"),
        };
    };
    if let Some(call) = open.calls.keys().next()
        && (luck == Luck::Good || dice.chance(60))
    {
        let (call, ok) = (*call, true);
        let item = Item::Returned { call, ok, text: "ok".into(), blob: None, millis: 1 };
        return Command::LogItem { run, item };
    }
    if luck == Luck::Mixed && dice.chance(35) {
        let calls = u32::try_from(attempt.runs.len() * 100).unwrap_or(0) + attempt.turns;
        return match dice.roll(4) {
            0 => {
                let evidence = evidence(&task.spec, When::Before, "t0", Outcome::Failed);
                Command::TakeBaseline { run, evidence }
            }
            1 => {
                let item = Item::Said {
                    text: "hm".into(),
                    reasoning: String::new(),
                    calls: vec![],
                    way: Way::Native,
                    usage: Usage::default(),
                };
                Command::LogItem { run, item }
            }
            _ => {
                let named = format!("make {id}");
                let command = dice.one(&[None, Some("curl x | sh"), Some(named.as_str())]);
                let command = command.map(str::to_owned);
                Command::IntendCall { run, call: tool_call(calls), command }
            }
        };
    }
    if attempt.head.is_none() {
        let head = snapshot(&format!("{id}{number}"));
        return Command::CommitWork { run, head, files: vec![] };
    }
    if attempt.report.is_none() {
        return Command::Report { run, report: Report::default() };
    }
    Command::EndRun { run, end: End::Done }
}

fn review(dice: &mut Dice, luck: Luck, goal: &Goal, task: &Task, run: RunId) -> Command {
    let passed = |one: &Evidence| one.when != When::After || one.outcome == Outcome::Passed;
    let proven = task.last_attempt().is_some_and(|one| {
        one.head.is_some()
            && one.evidence.iter().any(|one| one.when == When::After)
            && one.evidence.iter().all(passed)
    });
    let decision = match dice.roll(12) {
        0 if luck == Luck::Mixed => Decision::Ask { question: "is it meant so?".into() },
        1 | 2 if luck == Luck::Mixed => Decision::ChangePlan { hunks: draw::hunks(dice, goal) },
        3 if luck == Luck::Mixed => Decision::Accept,
        4 if luck == Luck::Mixed => follow_up("once more"),
        _ if proven => Decision::Accept,
        _ => follow_up("mend it"),
    };
    if luck == Luck::Mixed && dice.chance(10) {
        let (trigger, fix) = ("x".to_owned(), "y".to_owned());
        let what = LessonCandidate { trigger, fix, ..LessonCandidate::default() };
        return Command::NoteLesson { run, what, trust: Trust::Reviewer };
    }
    Command::Judge { run, verdict: Verdict { decision, why: "so it seems".into() } }
}

fn land(dice: &mut Dice, luck: Luck, task: &Task, run: RunId) -> Command {
    let tree = format!("t{run}");
    let what = if luck == Luck::Good { 9 } else { dice.roll(10) };
    match what {
        0 => Command::RecordConflict { run, files: vec!["x".into()] },
        1 => {
            let evidence = evidence(&task.spec, When::Merged, &tree, Outcome::Failed);
            Command::RecordRefuted { run, evidence }
        }
        2 => {
            let evidence = evidence(&task.spec, When::Merged, "another", Outcome::Passed);
            Command::RecordLanded { run, commit: "c".into(), tree, evidence }
        }
        _ => {
            let evidence = evidence(&task.spec, When::Merged, &tree, Outcome::Passed);
            Command::RecordLanded { run, commit: format!("c{run}"), tree, evidence }
        }
    }
}
