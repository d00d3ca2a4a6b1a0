//! How each event changes the session that it belongs to.

use std::collections::BTreeMap;

use super::{
    block::{BlockKind, BlockState, of_call, plus_minus},
    session::{Opening, Session},
    story::Story,
};
use crate::domain::{
    Brief, Decision, End, Event, Evidence, Hunk, Item, Outcome, Permission, QuestionId, Record,
    Report, RunId, Seq, ToolCall, counted, hash,
};

/// Tells a record to the session that it belongs to.
#[expect(clippy::too_many_lines, reason = "one arm an event, none left out")]
pub(super) fn fold(story: &mut Story, record: &Record) {
    use BlockKind::{Brief as BriefBlock, Edit, Message, Note, Person, Stage, Verdict};
    use BlockState::{Done, Failed, Live, Waits};
    let seq = record.seq;
    let open = move |kind, state, verb, run| Opening { seq, at: record.at, run, kind, state, verb };
    let mut add = |opening: Opening, object: &str, result: &str, body: &str| {
        if let Some(session) = story.at(record) {
            session.add(&opening, object, result, body);
        }
    };
    match &record.event {
        Event::PlanProposed { draft, .. } => {
            let tasks = draft.tasks.iter().map(|task| format!("- {}: {}", task.id, task.title));
            let body = format!("{}\n{}", draft.summary, tasks.collect::<Vec<_>>().join("\n"));
            let title = counted(draft.tasks.len(), "task", "tasks");
            add(open(BriefBlock, Done, "Plan", None), &title, "", &body);
            draft.tasks.iter().for_each(|task| story.remember(&task.criteria));
        }
        Event::PlanEdited { hunks } | Event::ChangeProposed { hunks, .. } => {
            for hunk in hunks {
                match hunk {
                    Hunk::Add { task } | Hunk::Change { task } => story.remember(&task.criteria),
                    Hunk::Supersede { .. } | Hunk::Reorder { .. } => {}
                }
            }
        }
        Event::PlanRejected { why } => {
            add(open(Person, Done, "You", None), &because("reject the plan", why), "", why);
        }
        Event::QuestionAsked { run, question, options } => {
            let options = (1..).zip(options).map(|(no, one)| format!("\n{no}. {one}"));
            let text = question.clone() + &options.collect::<String>();
            add(open(Note, Waits, "Asks", Some(*run)), question, "", &text);
        }
        Event::QuestionAnswered { question, answer } => {
            if let Some(session) = story.at(record) {
                answered(session, record, *question, answer);
            }
        }
        Event::BriefWritten { brief } => {
            let (title, result) = told_brief(brief);
            add(open(BriefBlock, Done, "Brief", None), &title, &result, &brief.render());
            story.remember(&brief.criteria);
        }
        Event::BriefRejected { why, .. } => {
            add(open(Person, Done, "You", None), &because("reject the brief", why), "", why);
        }
        Event::RunBegan { run, job } => {
            let verb = match job {
                crate::domain::Job::Plan => "Planning",
                crate::domain::Job::Brief { .. } => "Briefing",
                crate::domain::Job::Execute { .. } => "Session",
                crate::domain::Job::Check { .. } => "Checks",
                crate::domain::Job::Review { .. } => "Review",
                crate::domain::Job::Land { .. } => "Landing",
            };
            let attempt = job.attempt().map(|no| format!("attempt {no}")).unwrap_or_default();
            add(open(Stage, Live, verb, Some(*run)), &attempt, "", "");
            story.began(*run, record);
        }
        Event::RunEnded { run, end } => {
            let (state, result, body) = match end {
                End::Done => (Done, "", String::new()),
                End::Stopped => (BlockState::Denied, "stopped", String::new()),
                End::Interrupted => (BlockState::Denied, "interrupted", String::new()),
                End::Faulted { fault } => {
                    (Failed, "fault", format!("{}\n{}", fault.message, fault.hint))
                }
            };
            if let Some(session) = story.at(record) {
                let began = session.stage_of(*run).map(|block| {
                    block.state = state;
                    block.result = super::block::in_line(&format!("{} {result}", block.result));
                    block.millis = Some(record.at.saturating_sub(block.at));
                    block.id
                });
                if let Some(id) = began.filter(|_| !body.is_empty()) {
                    session.refill(id, &body);
                }
            }
            story.ended(*run);
        }
        Event::Spent { model, usage, .. } => {
            if let Some(session) = story.at(record) {
                session.usage.add(*usage);
                session.model.clone_from(model);
            }
        }
        Event::ItemLogged { run, item } => {
            if let Some(session) = story.at(record) {
                of_item(session, record, *run, item);
            }
        }
        Event::Noted { run, text } => add(open(Note, Done, "Note", *run), text, "", text),
        Event::CallIntended { run, call, command, permission } => {
            if let Some(session) = story.at(record) {
                intended(session, record, *run, call, command.as_deref(), permission);
            }
        }
        Event::CallAnswered { run, call, allow, why } => {
            if let Some(block) = story.at(record).and_then(|one| one.of_call(*run, *call)) {
                block.state = if *allow { Live } else { BlockState::Denied };
                let word = if *allow { "allowed by you" } else { "denied by you" };
                let why = if why.is_empty() { String::new() } else { format!(": {why}") };
                block.result = super::block::in_line(&format!("{word}{why}"));
            }
        }
        Event::Steered { run, text } => {
            add(open(Person, Done, "You", Some(*run)), text, "", text);
        }
        Event::AttemptOpened { run, model, worktree, .. } => {
            if let Some(session) = story.at(record) {
                session.model.clone_from(model);
                if let Some(stage) = session.stage_of(*run) {
                    stage.result = super::block::in_line(&format!("{model}  {worktree}"));
                }
            }
        }
        Event::BaselineTaken { evidence, .. } => {
            let lines = lines_of(&story.criteria, evidence);
            let passing = evidence.iter().filter(|one| one.outcome == Outcome::Passed).count();
            let result = format!("{passing} of {} pass already", evidence.len());
            let opening = open(BlockKind::Check, Done, "Before", record.event.run());
            if let Some(session) = story.at(record) {
                session.add(&opening, "criteria before the work", &result, &lines);
            }
        }
        Event::Checked { evidence, .. } | Event::LandingRefuted { evidence, .. } => {
            checked(story, record, "Check", evidence);
        }
        Event::ManualChecked { evidence, note, .. } => {
            let holds = evidence.outcome == Outcome::Passed;
            let state = if holds { Done } else { Failed };
            let object = if holds { "looked: it holds" } else { "looked: it does not hold" };
            add(open(Person, state, "You", None), object, "", note);
        }
        Event::Reported { run, report } => {
            let title = told_claim(report);
            add(open(Message, Done, "Report", Some(*run)), title, "", &told_report(report));
        }
        Event::WorkCommitted { run, head, files } => {
            let count = counted(files.len(), "file", "files");
            let title = format!("{count} at {}", hash::short(&head.commit));
            add(open(Edit, Done, "Commit", Some(*run)), &title, "", &files.join("\n"));
        }
        Event::Judged { run, verdict } => {
            let (state, title) = match &verdict.decision {
                Decision::Accept => (Done, "accepted".to_owned()),
                Decision::FollowUp { direction } => (Failed, format!("follow-up: {direction}")),
                Decision::ChangePlan { hunks } => {
                    let hunks = counted(hunks.len(), "hunk", "hunks");
                    (Failed, format!("change the plan, {hunks}"))
                }
                Decision::Ask { question } => (Waits, format!("asks you: {question}")),
            };
            add(open(Verdict, state, "Verdict", Some(*run)), &title, "", &verdict.why);
        }
        Event::Landed { commit, evidence, .. } => {
            if !evidence.is_empty() {
                checked(story, record, "Merged", evidence);
            }
            let opening = open(Note, Done, "Landed", record.event.run());
            if let Some(session) = story.at(record) {
                session.add(&opening, &format!("at {}", hash::short(commit)), "", "");
            }
        }
        Event::LandingConflicted { run, files } => {
            add(open(Note, Failed, "Conflict", Some(*run)), &files.join(", "), "", "");
        }
        Event::LessonNoted { what, .. } => {
            add(open(Note, Done, "Lesson", None), &what.trigger, "", &what.fix);
        }
        Event::TaskRetried { .. } => add(open(Person, Done, "You", None), "try it again", "", ""),
        Event::TaskCancelled { why, .. } => {
            add(open(Person, Done, "You", None), &because("cancel the task", why), "", why);
        }
        Event::TaskHeld { .. } => add(open(Person, Done, "You", None), "pause the task", "", ""),
        Event::TaskReleased { .. } => add(open(Note, Done, "Released", None), "", "", ""),
        Event::BriefOverridden { why, .. } => {
            add(open(Person, Done, "You", None), &because("send it all the same", why), "", why);
        }
        Event::TaskUndone { why, .. } => {
            add(open(Person, Done, "You", None), &because("take it back", why), "", why);
        }
        Event::TakenBack { what } => {
            add(open(Person, Done, "You", None), "took back", what.word(), "");
        }
        Event::ContextCompiled { .. }
        | Event::Captured { .. }
        | Event::CaptureSettled { .. }
        | Event::LessonTold { .. }
        | Event::LessonMarked { .. }
        | Event::GoalOpened { .. }
        | Event::GoalSwitched { .. }
        | Event::GoalArchived { .. }
        | Event::GoalLanded { .. }
        | Event::PolicySet { .. }
        | Event::CapsSet { .. }
        | Event::RuleAdded { .. }
        | Event::PlanApproved { .. }
        | Event::ChangeDecided { .. }
        | Event::BriefApproved { .. }
        | Event::Reserved { .. }
        | Event::PlanningResumed
        | Event::Routed { .. }
        | Event::ProviderTried { .. }
        | Event::ProviderReleased { .. } => {}
    }
}

/// What the person did, with the reason that they gave.
fn because(deed: &str, why: &str) -> String {
    if why.trim().is_empty() { deed.to_owned() } else { format!("{deed}: {why}") }
}

/// The question no longer waits, and the answer stands below.
fn answered(session: &mut Session, record: &Record, question: QuestionId, answer: &str) {
    if let Some(asked) = session.of_event(Seq(question.0)) {
        asked.state = BlockState::Done;
        asked.millis = Some(record.at.saturating_sub(asked.at));
    }
    let (kind, state) = (BlockKind::Person, BlockState::Done);
    let opening = Opening { seq: record.seq, at: record.at, run: None, kind, state, verb: "You" };
    session.add(&opening, answer, "", answer);
}

fn told_brief(brief: &Brief) -> (String, String) {
    let lessons = match brief.lessons.len() {
        0 => String::new(),
        1 => ", 1 lesson".to_owned(),
        many => format!(", {many} lessons"),
    };
    let title = format!("attempt {}, version {}", brief.attempt, brief.version);
    (title, format!("{} tok{lessons}", brief.tokens()))
}

fn told_claim(report: &Report) -> &'static str {
    match report.status {
        crate::domain::Claim::Done => "claims done",
        crate::domain::Claim::Partial => "claims part of it",
        crate::domain::Claim::Blocked => "is blocked",
    }
}

fn told_report(report: &Report) -> String {
    let mut text = format!("Report: {}\n{}", told_claim(report), report.summary);
    for (title, list) in [
        ("Did not work", &report.did_not_work),
        ("Bugs", &report.bugs),
        ("Decisions", &report.decisions),
        ("Next", &report.next_steps),
    ] {
        text.extend(list.iter().map(|one| format!("\n{title}: {one}")));
    }
    if let Some(blocker) = &report.blocker {
        text.extend(["\n", blocker.kind.word(), ": ", &blocker.text]);
    }
    text
}

fn of_item(session: &mut Session, record: &Record, run: RunId, item: &Item) {
    let (seq, at) = (record.seq, record.at);
    let open = |kind, state, verb| Opening { seq, at, run: Some(run), kind, state, verb };
    match item {
        Item::Told { text } => {
            session.add(&open(BlockKind::Note, BlockState::Done, "Told"), text, "", text);
        }
        Item::Said { text, reasoning, calls, .. } => {
            if !reasoning.trim().is_empty() {
                let first = reasoning.trim().lines().next().unwrap_or_default();
                let opening = open(BlockKind::Thought, BlockState::Done, "Thought");
                session.add(&opening, first, "", reasoning.trim());
            }
            if !text.trim().is_empty() {
                let opening = open(BlockKind::Message, BlockState::Done, "Says");
                session.add(&opening, "", "", text.trim());
            }
            for call in calls {
                add_call(session, record, run, call);
            }
        }
        Item::Returned { call, ok, text, millis, .. } => {
            let Some(block) = session.of_call(run, *call) else { return };
            if block.state != BlockState::Denied {
                block.state = if *ok { BlockState::Done } else { BlockState::Failed };
            }
            block.millis = Some(*millis);
            // An edit shows what was changed; its outcome matters only when it failed.
            let keeps = block.kind == BlockKind::Edit && *ok;
            if !ok || block.kind == BlockKind::Run {
                let first = text.lines().next().unwrap_or_default();
                block.result = super::block::in_line(first);
            }
            let id = block.id;
            if !keeps {
                session.refill(id, text);
            }
        }
    }
}

fn add_call(session: &mut Session, record: &Record, run: RunId, call: &ToolCall) {
    let (kind, verb, object, body) = of_call(call);
    let result = if kind == BlockKind::Edit { plus_minus(&body) } else { String::new() };
    let (seq, at) = (record.seq, record.at);
    let opening = Opening { seq, at, run: Some(run), kind, state: BlockState::Live, verb };
    session.add(&opening, &object, &result, &body);
    if let Some(block) = session.latest() {
        block.call = Some(call.id);
    }
}

fn intended(
    session: &mut Session,
    record: &Record,
    run: RunId,
    call: &ToolCall,
    command: Option<&str>,
    permission: &Permission,
) {
    if session.of_call(run, call.id).is_none() {
        add_call(session, record, run, call);
    }
    let Some(block) = session.of_call(run, call.id) else { return };
    if let Some(command) = command {
        block.object = super::block::in_line(command);
    }
    match permission {
        Permission::Allowed { .. } => {}
        Permission::Denied { why } => {
            block.state = BlockState::Denied;
            block.result = super::block::in_line(&format!("denied: {why}"));
        }
        Permission::Asked => {
            block.state = BlockState::Waits;
            "waits for your word".clone_into(&mut block.result);
        }
    }
}

fn lines_of(criteria: &BTreeMap<String, String>, evidence: &[Evidence]) -> String {
    let mut text = String::new();
    for one in evidence {
        let (mark, word) = match one.outcome {
            Outcome::Passed => ('✓', "holds"),
            Outcome::Failed => ('✗', "does not hold"),
            Outcome::Unrunnable => ('✗', "could not be looked at"),
        };
        let what = criteria.get(&one.criterion).unwrap_or(&one.criterion);
        text.push(mark);
        text.extend([" ", word, ": ", what, "\n"]);
        if one.outcome != Outcome::Passed {
            text.extend(one.seen.trim().lines().map(|line| format!("    {line}\n")));
        }
    }
    text
}

fn checked(story: &mut Story, record: &Record, verb: &'static str, evidence: &[Evidence]) {
    let passed = evidence.iter().filter(|one| one.outcome == Outcome::Passed).count();
    let state = if passed == evidence.len() { BlockState::Done } else { BlockState::Failed };
    let title = format!("{passed} of {} hold", evidence.len());
    let lines = lines_of(&story.criteria, evidence);
    let run = record.event.run();
    let millis = evidence.iter().map(|one| one.millis).sum();
    let (seq, at) = (record.seq, record.at);
    let opening = Opening { seq, at, run, kind: BlockKind::Check, state, verb };
    if let Some(session) = story.at(record) {
        session.add(&opening, &title, "", &lines);
        if let Some(block) = session.latest() {
            block.millis = Some(millis);
        }
    }
}
