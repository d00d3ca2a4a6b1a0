//! What a person is told of an event: one line, or nothing for what only the program needs.

use super::{clean, tell_plan};
use crate::domain::{
    Actor, Approver, Author, Authority, Brief, Decision, End, Event, Evidence, Item, Job, Mark,
    Outcome, Permission, Record, When, counted, hash,
};

/// One line of the story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// A word for what happened, such as `landed`.
    pub word: &'static str,
    /// The rest, sanitised and on one line.
    pub text: String,
}

/// Most characters of a line's free text.
const MAX_TEXT: usize = 200;

/// A word with the rest of its line, safe to show.
#[expect(clippy::unnecessary_wraps, reason = "each arm below comes to an option")]
pub(super) fn told(word: &'static str, text: impl AsRef<str>) -> Option<Told> {
    // No more is cleaned than can be told: a character takes four bytes at most.
    let whole = text.as_ref().trim();
    let clean = clean::line(&whole[..whole.floor_char_boundary(MAX_TEXT * 4 + 4)]);
    let mut text: String = clean.chars().take(MAX_TEXT).collect();
    if text.len() < clean.len() {
        text.push('…');
    }
    Some(Told { word, text })
}

/// What a person is told of a record.
#[expect(clippy::too_many_lines, reason = "one arm an event, none left out")]
pub fn tell(record: &Record) -> Option<Told> {
    let task = record.task.as_ref().map_or("", |task| task.as_str());
    match &record.event {
        Event::GoalOpened { id, text, .. } => told("goal", format!("{id}: {text}")),
        Event::GoalSwitched { id } => told("switched", id.as_str()),
        Event::GoalArchived { id } => told("archived", id.as_str()),
        Event::GoalLanded { into, commit } => {
            told("merged", format!("into {into} at {}", hash::short(commit)))
        }
        Event::PolicySet { policy, commands } => {
            told("policy", format!("{}; {}", policy.shown(), commands.shown()))
        }
        Event::CapsSet { caps } => told("caps", caps.to_string()),
        Event::RuleAdded { rule } => told("rule", rule.shown()),
        Event::PlanProposed { draft, .. } => {
            let tasks = counted(draft.tasks.len(), "task", "tasks");
            if is_persons(record) {
                told("You", format!("set the plan, {tasks}: {}", draft.summary))
            } else {
                told("plan", format!("{tasks}: {}", draft.summary))
            }
        }
        Event::PlanApproved { by, .. } => told("approved", format!("the plan, {}", approver(*by))),
        Event::PlanRejected { why } => told("rejected", format!("the plan: {why}")),
        Event::ChangeProposed { hunks, why, .. } => {
            told("change", format!("{task}: {} proposed: {why}", of_hunks(hunks.len())))
        }
        Event::ChangeDecided { change, accepted, by } => told(
            "decided",
            format!("{change}: {} accepted, {}", of_hunks(accepted.len()), approver(*by)),
        ),
        Event::PlanEdited { hunks } => told("You", tell_plan::of_hunks(None, hunks)),
        Event::QuestionAsked { question, .. } => {
            told("question", format!("Q{}: {question}", record.seq))
        }
        Event::QuestionAnswered { question, answer } => {
            told("answer", format!("{question}: {answer}"))
        }
        Event::BriefWritten { brief } => written(record, task, brief),
        Event::BriefApproved { by, .. } => {
            told("approved", format!("the brief of {task}, {}", approver(*by)))
        }
        Event::BriefRejected { why, .. } => told("rejected", format!("the brief of {task}: {why}")),
        Event::RunBegan { job, .. } => match job {
            Job::Plan => told("planning", ""),
            Job::Execute { attempt, .. } => told("session", format!("{task}, attempt {attempt}")),
            Job::Brief { .. } | Job::Check { .. } | Job::Review { .. } | Job::Land { .. } => None,
        },
        Event::RunEnded { end, .. } => match end {
            End::Done => None,
            End::Stopped => told("stopped", task),
            End::Interrupted => told("interrupted", task),
            End::Faulted { fault } => told("fault", join(task, &fault.message)),
        },
        Event::Reserved { .. }
        | Event::ContextCompiled { .. }
        | Event::Spent { .. }
        | Event::AttemptOpened { .. }
        | Event::WorkCommitted { .. } => None,
        Event::ItemLogged { item, .. } => match item {
            Item::Said { text, .. } if !text.trim().is_empty() => told("says", join(task, text)),
            Item::Said { .. } | Item::Told { .. } | Item::Returned { .. } => None,
        },
        Event::Noted { text, .. } => told("note", join(task, text)),
        Event::CallIntended { command, call, permission, .. } => {
            let what = command.as_deref().unwrap_or(&call.tool);
            match permission {
                Permission::Allowed { by: Authority::Worktree } => None,
                Permission::Allowed { .. } => told("runs", join(task, what)),
                Permission::Denied { .. } => told("denied", join(task, what)),
                Permission::Asked => told("asks", join(task, what)),
            }
        }
        Event::CallAnswered { run, call, allow, why } => {
            let word = if *allow { "allowed" } else { "denied" };
            let reason = if why.is_empty() { String::new() } else { format!(": {why}") };
            told(word, format!("the command of {task} ({run}.{call}){reason}"))
        }
        Event::Steered { text, .. } => told("steered", join(task, text)),
        Event::BaselineTaken { evidence, .. } => {
            let proves_nothing = evidence.iter().filter(|one| one.outcome == Outcome::Passed);
            match proves_nothing.count() {
                0 => None,
                1 if evidence.len() == 1 => told(
                    "flagged",
                    format!("{task}: its criterion passes before the work and proves nothing"),
                ),
                count => told(
                    "flagged",
                    format!(
                        "{task}: {count} of {} criteria pass before the work and prove nothing",
                        evidence.len()
                    ),
                ),
            }
        }
        Event::Reported { report, .. } => {
            let claim = match report.status {
                crate::domain::Claim::Done => "claims done",
                crate::domain::Claim::Partial => "claims part",
                crate::domain::Claim::Blocked => "is blocked",
            };
            told("report", format!("{task} {claim}: {}", report.summary))
        }
        Event::Checked { evidence, .. } | Event::LandingRefuted { evidence, .. } => {
            checked(task, evidence)
        }
        Event::Judged { verdict, .. } => match &verdict.decision {
            Decision::Accept => told("accepted", join(task, &verdict.why)),
            Decision::FollowUp { direction } => told("follow-up", join(task, direction)),
            Decision::ChangePlan { .. } => told("change", join(task, &verdict.why)),
            Decision::Ask { question } => {
                told("question", format!("Q{}: {task}: {question}", record.seq))
            }
        },
        Event::Landed { commit, .. } => {
            told("landed", format!("{task} at {}", hash::short(commit)))
        }
        Event::LandingConflicted { files, .. } => {
            told("conflict", format!("{task}: {}", files.join(", ")))
        }
        Event::ManualChecked { evidence, note, .. } => {
            let word = if evidence.outcome == Outcome::Passed { "holds" } else { "does not hold" };
            told("looked", format!("{task}: {word} {note}"))
        }
        Event::LessonNoted { what, .. } | Event::LessonTold { what } => {
            told("lesson", format!("L{}: {} → {}", record.seq, what.trigger, what.fix))
        }
        Event::LessonMarked { lesson, mark: Mark::Stale { gone } } if !gone.is_empty() => {
            told("lesson", format!("{lesson} is stale: {} is gone", gone.join(", ")))
        }
        Event::LessonMarked { lesson, mark: Mark::Undone } => {
            told("taken back", format!("your word on {lesson}: it is as it was before"))
        }
        Event::LessonMarked { lesson, mark } => {
            told("lesson", format!("{lesson} is {}", mark.word()))
        }
        Event::BriefOverridden { readiness, why, .. } => {
            told("sent anyway", format!("{task} at readiness {readiness}: {why}"))
        }
        Event::TaskUndone { why, .. } if why.is_empty() => told("taken back", task),
        Event::TaskUndone { why, .. } => told("taken back", format!("{task}: {why}")),
        Event::TakenBack { what } => told("taken back", join(task, what.word())),
        Event::Captured { text } => told("thought", format!("N{}: {text}", record.seq)),
        Event::CaptureSettled { capture, into } => {
            told("thought", format!("{capture} becomes {}", into.word()))
        }
        Event::TaskRetried { .. } => told("retried", task),
        Event::TaskCancelled { why, .. } => told("cancelled", join(task, why)),
        Event::TaskHeld { .. } => told("paused", task),
        Event::TaskReleased { .. } => told("released", task),
        Event::PlanningResumed => told("planning", "tried again"),
        Event::Routed { tier, model, why, .. } => {
            told("routed", format!("{task} to {model} ({}): {why}", tier.word()))
        }
        Event::ProviderTried { provider, run } => {
            told("tries", format!("{provider}: {run} finds out whether it answers again"))
        }
        Event::ProviderReleased { provider } => {
            told("released", format!("{provider} may be asked again"))
        }
    }
}

fn is_persons(record: &Record) -> bool {
    record.actor == Actor::Person
}

fn written(record: &Record, task: &str, brief: &Brief) -> Option<Told> {
    let lessons = match brief.lessons.as_slice() {
        [] => String::new(),
        lessons => {
            let lessons: Vec<String> = lessons.iter().map(ToString::to_string).collect();
            format!(", lessons {}", lessons.join(" "))
        }
    };
    let size = format!(
        "{task}, attempt {}: {}, about {} tokens{lessons}",
        brief.attempt,
        counted(brief.grouped().len(), "section", "sections"),
        brief.tokens(),
    );
    match (is_persons(record), brief.author) {
        (false, _) => told("brief", size),
        (true, Author::Person) => told("You", format!("edited the brief of {size}")),
        // Their edit was taken back: what stands there is another's words again.
        (true, _) => told("You", format!("put back the brief of {size}")),
    }
}

fn checked(task: &str, evidence: &[Evidence]) -> Option<Told> {
    let failed: Vec<&Evidence> =
        evidence.iter().filter(|one| one.outcome != Outcome::Passed).collect();
    let place = match evidence.first().map(|one| one.when) {
        Some(When::Merged) => " on the merged tree",
        Some(When::Before | When::After) | None => "",
    };
    match failed.first() {
        None => {
            let pass = counted(evidence.len(), "check passes", "checks pass");
            told("checked", format!("{task}: {pass}{place}"))
        }
        Some(first) => told(
            "refuted",
            format!(
                "{task}: {} of {}{place}: {}",
                failed.len(),
                counted(evidence.len(), "check fails", "checks fail"),
                first.seen.trim()
            ),
        ),
    }
}

fn of_hunks(count: usize) -> String {
    counted(count, "hunk", "hunks")
}

fn join(task: &str, text: &str) -> String {
    if task.is_empty() { text.to_owned() } else { format!("{task}: {text}") }
}

fn approver(by: Approver) -> &'static str {
    match by {
        Approver::Person => "by you",
        Approver::Policy { .. } => "by your policy",
    }
}
