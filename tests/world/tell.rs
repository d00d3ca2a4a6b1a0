//! Commits in words.

use chargehand::domain::*;

/// A commit as a person reads it: one line a fact, one line a deed.
pub fn tell(commit: &Commit) -> String {
    let facts = commit.records.iter().map(|record| {
        let ties = match (&record.task, record.attempt) {
            (Some(task), Some(attempt)) => format!(" [{task} #{attempt}]"),
            (Some(task), None) => format!(" [{task}]"),
            (None, _) => String::new(),
        };
        format!("{} {}: {}{ties}\n", record.seq, record.actor.shown(), fact(&record.event))
    });
    let deeds = commit.effects.iter().map(|effect| format!("    -> {}\n", deed(effect)));
    facts.chain(deeds).collect()
}

fn job(job: &Job) -> String {
    job.task().map_or(job.word().to_owned(), |task| format!("{} {task}", job.word()))
}

fn deed(effect: &Effect) -> String {
    match effect {
        Effect::Start { run, job: what } => format!("start {run} {}", job(what)),
        Effect::AnswerCall { run, call, allow, why } => {
            format!(
                "tell {run} that call {call} is {} {why}",
                if *allow { "allowed" } else { "denied" }
            )
        }
        Effect::AnswerQuestion { run, question, answer } => {
            format!("tell {run} the answer to {question}: {answer}")
        }
        Effect::Steer { run, text } => format!("tell {run}: {text}"),
        Effect::Stop { run } => format!("stop {run}"),
    }
}

fn outcomes(evidence: &[Evidence]) -> String {
    evidence
        .iter()
        .map(|one| format!("{:?} on {} {:?}", one.outcome, one.tree, one.when))
        .collect::<Vec<_>>()
        .join(", ")
}

fn by(approver: Approver) -> &'static str {
    match approver {
        Approver::Person => "by the person",
        Approver::Policy { .. } => "by policy",
    }
}

fn ended(end: &End) -> String {
    match end {
        End::Done => "done".into(),
        End::Stopped => "stopped".into(),
        End::Interrupted => "interrupted".into(),
        End::Faulted { fault } => format!("faulted ({:?}: {})", fault.class, fault.message),
    }
}

fn decision(verdict: &Verdict) -> String {
    match &verdict.decision {
        Decision::Accept => "accept".into(),
        Decision::FollowUp { direction } => format!("follow up: {direction}"),
        Decision::ChangePlan { hunks } => format!("change the plan in {} hunks", hunks.len()),
        Decision::Ask { question } => format!("ask: {question}"),
    }
}

fn fact(event: &Event) -> String {
    match event {
        Event::GoalOpened { id, .. } => format!("goal {id} opened"),
        Event::PlanProposed { draft, .. } => {
            let ids: Vec<&str> = draft.tasks.iter().map(|task| task.id.as_str()).collect();
            format!("plan proposed: {}", ids.join(" "))
        }
        Event::PlanApproved { by: who, .. } => format!("plan approved {}", by(*who)),
        Event::PlanRejected { why } => format!("plan rejected: {why}"),
        Event::ChangeProposed { hunks, why, .. } => {
            format!("change of {} hunks proposed: {why}", hunks.len())
        }
        Event::ChangeDecided { change, accepted, by: who } => {
            format!("change {change} decided {}: hunks {accepted:?} taken", by(*who))
        }
        Event::PlanEdited { hunks } => format!("plan edited in {} hunks", hunks.len()),
        Event::QuestionAsked { question, .. } => format!("asked: {question}"),
        Event::QuestionAnswered { question, answer } => format!("{question} answered: {answer}"),
        Event::BriefWritten { brief } => {
            format!("brief written: {}", brief.sections.first().map_or("", |one| &one.text))
        }
        Event::BriefApproved { by: who, .. } => format!("brief approved {}", by(*who)),
        Event::BriefRejected { why, .. } => format!("brief rejected: {why}"),
        Event::RunBegan { run, job: what } => format!("{run} began: {}", job(what)),
        Event::RunEnded { run, end } => format!("{run} ended: {}", ended(end)),
        Event::CallIntended { call, command, permission, .. } => {
            format!(
                "call {} intends `{}`: {}",
                call.id,
                command.as_deref().unwrap_or("-"),
                may(permission)
            )
        }
        Event::CallAnswered { run, call, allow, .. } => {
            format!("call {call} of {run} {}", if *allow { "allowed" } else { "denied" })
        }
        Event::AttemptOpened { number, base, .. } => {
            format!("attempt {number} opened on {}", base.tree)
        }
        Event::BaselineTaken { evidence, .. } => format!("baseline: {}", outcomes(evidence)),
        Event::Reported { report, .. } => format!("reported: {:?}", report.status),
        Event::WorkCommitted { head, .. } => format!("work committed: {}", head.tree),
        Event::Checked { evidence, .. } => format!("checked: {}", outcomes(evidence)),
        Event::Judged { verdict, .. } => format!("judged: {}", decision(verdict)),
        Event::Landed { tree, .. } => format!("landed: {tree}"),
        Event::LandingConflicted { files, .. } => format!("conflict in {}", files.join(" ")),
        Event::LandingRefuted { evidence, .. } => {
            format!("landing refuted: {}", outcomes(evidence))
        }
        Event::ManualChecked { evidence, note, .. } => {
            format!("person looked: {:?} ({note})", evidence.outcome)
        }
        Event::TaskRetried { extra_attempts, .. } => {
            format!("task retried, {extra_attempts} extra")
        }
        Event::TaskCancelled { why, .. } => format!("task cancelled: {why}"),
        Event::TakenBack { what } => format!("taken back: {}", what.word()),
        Event::TaskHeld { .. } => "task held".into(),
        Event::TaskReleased { .. } => "task released".into(),
        Event::PlanningResumed => "planning resumed".into(),
        Event::Routed { tier, model, why, .. } => {
            format!("routed to {model} ({}): {why}", tier.word())
        }
        Event::ProviderTried { provider, run } => format!("{run} tries {provider} again"),
        Event::ProviderReleased { provider } => format!("{provider} released"),
        other => format!("{other:?}"),
    }
}

fn may(permission: &Permission) -> String {
    match permission {
        Permission::Allowed { by } => format!("allowed by {by:?}"),
        Permission::Denied { why } => format!("denied, {why}"),
        Permission::Asked => "the person is asked".into(),
    }
}
