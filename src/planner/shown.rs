//! Values of the domain in the words that a model reads.

use std::fmt::Write as _;

use super::text::{clip, titled};
use crate::domain::{
    Attempt, Check, Criterion, Decision, Evidence, Outcome, Plan, Report, TaskId, TaskSpec,
    Verdict, When,
};

/// How much of a plan's standing an outline tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outline {
    /// What the plan says: the same for every task of a revision.
    Titles,
    /// Where each task stands as well.
    Standing,
}

/// A plan in one line a task.
pub(super) fn outline(plan: &Plan, how: Outline) -> String {
    let mut text = String::new();
    if !plan.summary.trim().is_empty() {
        let _ = writeln!(text, "{}\n", plan.summary.trim());
    }
    for part in &plan.parts {
        let _ = writeln!(text, "Part {}: {}", part.id, part.text);
    }
    if !plan.parts.is_empty() {
        text.push('\n');
    }
    for task in plan.tasks.iter().filter(|task| !task.phase.is_void()) {
        let spec = &task.spec;
        let _ = write!(text, "- `{}`: {}", spec.id, spec.title);
        if !spec.after.is_empty() {
            let after: Vec<&str> = spec.after.iter().map(TaskId::as_str).collect();
            let _ = write!(text, " (after {})", after.join(", "));
        }
        match how {
            Outline::Titles => {}
            Outline::Standing => {
                let _ = write!(text, " [{}]", task.phase.word());
            }
        }
        text.push('\n');
    }
    text
}

/// A task as the plan has it.
pub(super) fn task(spec: &TaskSpec) -> String {
    let mut text = format!("`{}`: {}\n\n{}\n", spec.id, spec.title, spec.objective.trim());
    for (title, lines) in [
        ("Outputs", &spec.outputs),
        ("Reads", &spec.inputs),
        ("May change only", &spec.may_touch),
        ("Must not change", &spec.must_not_touch),
        ("Steps", &spec.steps),
        ("Out of scope", &spec.out_of_scope),
        ("Decisions shared with siblings", &spec.shared_decisions),
    ] {
        text.push_str(&titled(title, lines));
    }
    if !spec.guidance.trim().is_empty() {
        let _ = writeln!(text, "Guidance: {}", spec.guidance.trim());
    }
    let criteria: Vec<String> = spec.criteria.iter().map(criterion).collect();
    text.push_str(&titled("Success criteria", &criteria));
    text
}

/// A criterion with its check in full.
pub(super) fn criterion(one: &Criterion) -> String {
    let mut text = one.text.trim().to_owned();
    match &one.check {
        Check::Command { run, expect_exit, pattern, timeout_seconds } => {
            if run.contains('\n') {
                let _ = write!(text, "\nCommand:\n```sh\n{}\n```", run.trim_end());
            } else {
                let _ = write!(text, "\nCommand: `{run}`");
            }
            let _ = write!(text, " must exit {expect_exit}");
            if let Some(pattern) = pattern {
                let _ = write!(text, ", its output must match `{pattern}`");
            }
            if let Some(seconds) = timeout_seconds {
                let _ = write!(text, ", within {seconds} s");
            }
        }
        Check::FileExists { path } => {
            let _ = write!(text, "\nFile `{path}` must exist");
        }
        Check::FileMatches { path, pattern } => {
            let _ = write!(text, "\nFile `{path}` must match `{pattern}`");
        }
        Check::DiffWithin { globs } => {
            let _ = write!(text, "\nEvery changed path must match one of: {}", globs.join(", "));
        }
        Check::Manual { look } => {
            let _ = write!(text, "\nA person will look: {look}");
        }
        Check::Judgement { ask } => {
            let _ = write!(text, "\nThe reviewer will judge: {ask}");
        }
    }
    text
}

/// One look at one criterion, its output within a number of tokens.
pub(super) fn evidence(one: &Evidence, criteria: &[Criterion], most: u32) -> String {
    let what = criteria
        .iter()
        .find(|criterion| criterion.key() == one.criterion)
        .map_or("a criterion that is no longer in the plan", |criterion| criterion.text.trim());
    let outcome = match one.outcome {
        Outcome::Passed => "PASSED",
        Outcome::Failed => "FAILED",
        Outcome::Unrunnable => "COULD NOT BE CHECKED",
    };
    let when = match one.when {
        When::Before => "before the work",
        When::After => "after the work",
        When::Merged => "on the merged tree",
    };
    let mut text = format!("{outcome} {when}: {what}");
    if let Some(exit) = one.exit {
        let _ = write!(text, " (exit {exit})");
    }
    let seen = clip(&one.seen, most, "the output");
    if !seen.is_empty() {
        let _ = write!(text, "\n```\n{}\n```", seen.replace("```", "'''"));
    }
    text
}

/// A report. It is a claim, and is introduced as one by whoever shows it.
pub(super) fn report(report: &Report, most: u32) -> String {
    let claim = match report.status {
        crate::domain::Claim::Done => "done",
        crate::domain::Claim::Partial => "partly done",
        crate::domain::Claim::Blocked => "blocked",
    };
    clip(&format!("Claims: {claim}. {}", told(report)), most, "the report")
}

/// What a report tells, without its claim.
pub(super) fn told(report: &Report) -> String {
    let mut text = format!("{}\n", report.summary.trim());
    if let Some(blocker) = &report.blocker {
        let _ = writeln!(text, "Blocker ({}): {}", blocker.kind.word(), blocker.text.trim());
    }
    for (title, lines) in [
        ("Did not work", &report.did_not_work),
        ("Bugs", &report.bugs),
        ("Decisions", &report.decisions),
        ("Compatibility", &report.compatibility),
        ("Findings", &report.findings),
        ("Outputs", &report.outputs),
        ("Worked", &report.worked),
        ("Next steps", &report.next_steps),
    ] {
        text.push_str(&titled(title, lines));
    }
    for (title, words) in [("Advice", &report.advice), ("Details", &report.details)] {
        if !words.trim().is_empty() {
            let _ = writeln!(text, "{title}: {}", words.trim());
        }
    }
    text
}

/// What came of an attempt: what it claimed, what failed, what was decided.
pub(super) fn attempt(attempt: &Attempt, most: u32) -> String {
    let mut text = format!("Attempt {} ({}):\n", attempt.number, attempt.model);
    match (&attempt.report, &attempt.ended) {
        (Some(said), _) => {
            let _ = writeln!(text, "{}", report(said, most / 3));
        }
        (None, Some(ended)) => {
            let _ = writeln!(text, "It ended without a report: {}", clip(ended, most / 4, "this"));
        }
        (None, None) => text.push_str("It ended without a report.\n"),
    }
    if !attempt.files.is_empty() {
        let files = clip(&attempt.files.join(", "), most / 8, "the changed files");
        let _ = writeln!(text, "Changed: {files}");
    }
    let failed: Vec<String> = attempt
        .evidence
        .iter()
        .filter(|one| one.when != When::Before && one.outcome != Outcome::Passed)
        .map(|one| evidence(one, &attempt.brief.criteria, most / 4))
        .collect();
    text.push_str(&titled("Evidence against it", &failed));
    if let Some(verdict) = &attempt.verdict {
        let _ = writeln!(text, "Verdict: {}", self::verdict(verdict));
    }
    clip(&text, most, "the attempt")
}

fn verdict(verdict: &Verdict) -> String {
    let why = verdict.why.trim();
    match &verdict.decision {
        Decision::Accept => format!("accepted. {why}"),
        Decision::FollowUp { direction } => {
            format!("follow up. {why} Direction: {}", direction.trim())
        }
        Decision::ChangePlan { .. } => format!("the plan must change. {why}"),
        Decision::Ask { question } => {
            format!("the person is asked. {why} Question: {}", question.trim())
        }
    }
}
