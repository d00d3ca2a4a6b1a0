//! What each kind of session of this role begins with: its opening and its tools.
//!
//! Each part of an opening has its share of the window; what does not fit is cut, and the cut can
//! be seen. Together the shares stay below two thirds, so that there is room to look and think.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use serde::Serialize;

use super::{
    ask::AskPerson,
    bill::{Bill, Turn},
    brief,
    delivery::{Delivers, Delivery, Rounds, thinking},
    ground::{Ground, answers},
    heard::Heard,
    judge::{Judge, Worth},
    propose::{ExistsHere, ProposePlan},
    rules::Rules,
    shown::{self, Outline},
    text::{Window, clip, list},
    write_brief::WriteBrief,
};
use crate::{
    agent::{Opening, Prompt, PromptError, Prompts, Tool, Toolbox},
    domain::{Attempt, Goal, Plan, Seq, Standing, Task, When},
};

/// Hundredths of the window that the rules may have.
const RULES: u32 = 12;

/// What a plan turn is told beside the goal itself.
#[derive(Clone, Copy, Debug)]
pub struct PlanFacts<'a> {
    pub rules: &'a Rules,
    /// The files of the repository, digested.
    pub tree: &'a str,
    /// The latest commits.
    pub history: &'a str,
    /// What the memory knows of earlier goals like this.
    pub memory: &'a str,
    pub window: Window,
}

#[derive(Serialize)]
struct PlanValues {
    rules: String,
    goal: String,
    tree: String,
    history: String,
    memory: String,
    answers: String,
    rejection: String,
}

/// The opening of a session that plans.
pub fn plan_turn(
    prompts: &Prompts,
    goal: &Goal,
    facts: &PlanFacts<'_>,
) -> Result<Turn, PromptError> {
    let mut bill = Bill::over(facts.window);
    let rejection = match &goal.standing {
        Standing::Planning { why, .. } => why.as_deref().unwrap_or_default(),
        Standing::Proposed { .. }
        | Standing::Working
        | Standing::Stalled { .. }
        | Standing::Landed { .. } => "",
    };
    let values = PlanValues {
        rules: bill.enter(RULES, facts.rules.within(facts.window), "the rules"),
        goal: bill.part(16, &goal.text, "the goal"),
        tree: bill.part(12, facts.tree, "the file tree"),
        history: bill.part(4, facts.history, "the log"),
        memory: bill.part(6, facts.memory, "the memory"),
        answers: bill.part(6, &answers(goal, None), "the answers"),
        rejection: bill.part(4, rejection, "the reason"),
    };
    Ok(bill.turn(opening(prompts, Prompt::PlannerSystem, Prompt::PlannerUser, &values)?))
}

/// The tools of a session that plans.
pub fn plan_tools(look: Toolbox, exists: ExistsHere) -> Delivery {
    let rounds = Rounds::of(Delivers::Plan);
    let deliver: [Box<dyn Tool>; 2] = [
        Box::new(AskPerson { rounds: rounds.clone() }),
        Box::new(ProposePlan { exists, rounds: rounds.clone() }),
    ];
    Delivery { tools: thinking(look, deliver), rounds }
}

#[derive(Serialize)]
struct BriefValues {
    rules: String,
    goal: String,
    plan: String,
    tree: String,
    task: String,
    results: String,
    siblings: String,
    lessons: String,
    answers: String,
    tried: String,
    direction: String,
}

/// Texts under each other, whatever each is of.
fn joined<T>(parts: Vec<(T, String)>) -> String {
    parts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n\n")
}

/// The opening of a session that writes a brief. `window` is that of the model that writes it;
/// the ground has that of the one that will read it.
pub fn brief_turn(
    prompts: &Prompts,
    ground: &Ground,
    tree: &str,
    window: Window,
) -> Result<Turn, PromptError> {
    let mut bill = Bill::over(window);
    let siblings: Vec<String> = ground
        .siblings
        .iter()
        .map(|one| format!("`{}`: {} (outputs: {})", one.id, one.title, one.outputs.join(", ")))
        .collect();
    let lessons: Vec<String> = ground.lessons.iter().map(brief::lesson).collect();
    let values = BriefValues {
        rules: bill.enter(RULES, ground.rules.within(window), "the rules"),
        goal: bill.part(8, &ground.goal, "the goal"),
        plan: bill.part(6, &ground.outline, "the plan"),
        tree: bill.part(8, tree, "the file tree"),
        task: bill.part(8, &shown::task(&ground.task.spec), "the task"),
        results: bill.part(8, &joined(ground.results(window.share(8))), "the results"),
        siblings: bill.part(3, &list(&siblings), "the siblings"),
        lessons: bill.part(4, &list(&lessons), "the lessons"),
        answers: bill.part(4, &ground.answers, "the answers"),
        tried: bill.part(8, &joined(ground.tried(window.share(8))), "what was tried"),
        direction: bill.part(4, &ground.direction(), "the direction"),
    };
    Ok(bill.turn(opening(prompts, Prompt::BriefSystem, Prompt::BriefUser, &values)?))
}

/// The tools of a session that writes a brief.
pub fn brief_tools(look: Toolbox, ground: Arc<Ground>, exists: ExistsHere) -> Delivery {
    let rounds = Rounds::of(Delivers::Brief);
    let deliver: [Box<dyn Tool>; 2] = [
        Box::new(AskPerson { rounds: rounds.clone() }),
        Box::new(WriteBrief { ground, exists, rounds: rounds.clone() }),
    ];
    Delivery { tools: thinking(look, deliver), rounds }
}

/// An event of the attempt that the reviewer is shown and may rest a lesson on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub seq: Seq,
    pub worth: Worth,
    /// In one line.
    pub text: String,
}

/// What a review turn is told beside the state.
#[derive(Clone, Copy, Debug)]
pub struct ReviewFacts<'a> {
    pub diff: &'a str,
    /// The attempt's events, oldest first.
    pub events: &'a [Shown],
    pub window: Window,
}

#[derive(Serialize)]
struct ReviewValues {
    goal: String,
    plan: String,
    task: String,
    brief: String,
    report: String,
    evidence: String,
    diff: String,
    events: String,
    thoughts: String,
    attempts: String,
}

/// The opening of a session that reviews an attempt of a task of the goal.
pub fn review_turn(
    prompts: &Prompts,
    goal: &Goal,
    task: &Task,
    attempt: &Attempt,
    facts: &ReviewFacts<'_>,
) -> Result<Turn, PromptError> {
    let window = facts.window;
    let mut bill = Bill::over(window);
    let report = match (&attempt.report, &attempt.ended) {
        (Some(report), _) => shown::report(report, window.share(6)),
        (None, Some(ended)) => {
            format!("There is no report. The session ended so: {}", clip(ended, 200, "this"))
        }
        (None, None) => "There is no report.".to_owned(),
    };
    // The newest events say most about how it came out.
    let newest = facts.events.iter().rev().take(60).rev();
    let events: Vec<String> =
        newest.map(|event| format!("#{} {}", event.seq, clip(&event.text, 60, "it"))).collect();
    let limit = goal.attempt_limit(task);
    let left = limit.saturating_sub(attempt.number.0);
    let attempts = format!(
        "This was attempt {} of {limit}; {left} {} left.",
        attempt.number,
        if left == 1 { "is" } else { "are" },
    );
    let values = ReviewValues {
        goal: bill.part(6, &goal.text, "the goal"),
        plan: bill.part(6, &shown::outline(&goal.plan, Outline::Standing), "the plan"),
        task: bill.part(8, &shown::task(&task.spec), "the task"),
        brief: bill.part(10, &attempt.brief.render(), "the brief"),
        report: bill.part(6, &report, "the report"),
        evidence: bill.part(10, &evidence(task, attempt, window), "the evidence"),
        diff: bill.enter(16, diff(facts.diff, window), "the diff"),
        events: bill.part(5, &list(&events), "the events"),
        thoughts: bill.part(4, &list(&goal.thoughts_to_plan()), "the person's thoughts"),
        attempts,
    };
    Ok(bill.turn(opening(prompts, Prompt::ReviewSystem, Prompt::ReviewUser, &values)?))
}

/// The tools of a session that reviews. `plan` is the plan in force, `shown` what `review_turn`
/// was given, `heard` what tools have said in the task's sessions.
pub fn review_tools(
    look: Toolbox,
    plan: Plan,
    shown: &[Shown],
    heard: Heard,
    exists: ExistsHere,
) -> Delivery {
    let rounds = Rounds::of(Delivers::Verdict);
    let shown: BTreeMap<Seq, Worth> = shown.iter().map(|one| (one.seq, one.worth)).collect();
    let noted = Mutex::default();
    let look = heard.overhear(look);
    let deliver: [Box<dyn Tool>; 1] =
        [Box::new(Judge { plan, exists, shown, heard, rounds: rounds.clone(), noted })];
    Delivery { tools: thinking(look, deliver), rounds }
}

fn evidence(task: &Task, attempt: &Attempt, window: Window) -> String {
    if attempt.evidence.is_empty() {
        return "There is none.".to_owned();
    }
    let each = window.share(10) / u32::try_from(attempt.evidence.len()).unwrap_or(1).max(1);
    let line = |when: When| -> Vec<String> {
        let of = attempt.evidence.iter().filter(|one| one.when == when);
        // A baseline's output says little; that it passed or failed says all.
        let most = if when == When::Before { each / 3 } else { each };
        of.map(|one| shown::evidence(one, &task.spec.criteria, most)).collect()
    };
    let mut text = String::new();
    for when in [When::After, When::Merged, When::Before] {
        let _ = write!(text, "{}", list(&line(when)));
    }
    text
}

fn diff(diff: &str, window: Window) -> String {
    if diff.trim().is_empty() {
        return "Nothing was changed.".to_owned();
    }
    // A longer fence than any in the diff, so that nothing in it can end it.
    let fence = "`".repeat(longest_run(diff).max(2) + 1);
    format!("{fence}diff\n{}\n{fence}", clip(diff, window.share(16), "the diff"))
}

fn longest_run(text: &str) -> usize {
    text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0)
}

fn opening<T: Serialize>(
    prompts: &Prompts,
    system: Prompt,
    user: Prompt,
    values: &T,
) -> Result<Opening, PromptError> {
    #[derive(Serialize)]
    struct Nothing {}
    Ok(Opening {
        system: prompts.render(system, &Nothing {})?,
        user: prompts.render(user, values)?,
    })
}
