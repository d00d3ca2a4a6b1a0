//! `export`: the memory as files. What is written here is a projection; the log stays the truth.

use std::{fmt::Write as _, fs, path::Path};

use super::{
    out::{CliError, Exit, say},
    pack::{self, Book},
    plan,
};
use crate::{
    app::Place,
    domain::{End, Event, Evidence, Goal, Record, State, Task, counted, hash},
    logger::{Filter, Recall, StoreError, time},
    ui,
};

pub(super) fn export(place: &Place, folder: &Path, full: bool) -> Result<Exit, CliError> {
    let (engine, recall) = place.read()?;
    let state = engine.state();
    ours(folder)?;
    let records = recall.timeline(&Filter::default())?.records;
    let mut events = std::io::BufWriter::new(fs::File::create(folder.join("events.jsonl"))?);
    recall.export_jsonl(&mut events)?;
    std::io::Write::flush(&mut events)?;
    fs::write(folder.join("lessons.md"), lessons(state))?;
    fs::write(folder.join("AGENTS.proposed.md"), pack::rules(state))?;
    for goal in state.goals.values() {
        let own = folder.join(goal.id.as_str());
        fs::create_dir_all(&own)?;
        if let Some(text) = plan::yaml(goal) {
            fs::write(own.join("plan.yaml"), text)?;
        }
        let of_goal: Vec<&Record> =
            records.iter().filter(|record| record.goal.as_ref() == Some(&goal.id)).collect();
        fs::write(own.join("story.md"), story(goal, &of_goal))?;
        fs::write(own.join("decisions.md"), decisions(&of_goal))?;
        fs::write(own.join("tasks.md"), tasks(goal, &of_goal))?;
        let book = Book { goal, records: &of_goal };
        fs::write(own.join("changelog.md"), pack::changelog(&book))?;
        fs::write(own.join("handover.md"), pack::handover(&book, state))?;
    }
    // Last: where the log's file is too damaged to be copied, all that can be read is there by now.
    let copied = if full { recall.back_up(folder) } else { Ok(()) };
    if let Err(error @ StoreError::Damaged { .. }) = copied {
        return Err(no_backup(&recall, &error, folder));
    }
    copied?;
    say(format_args!(
        "{} and {} are in {}",
        counted(records.len(), "event", "events"),
        counted(state.goals.len(), "goal", "goals"),
        folder.display()
    ));
    Ok(Exit::Done)
}

/// Unreadable events that are named one by one.
const NAMED: usize = 5;

/// What to say where the log's file cannot be copied: what is lacking, and what there is instead.
fn no_backup(recall: &Recall, error: &StoreError, folder: &Path) -> CliError {
    let lacking = match recall.unreadable() {
        Ok(bad) if bad.is_empty() => {
            "Every event can be read; `chargehand doctor` says what is damaged".to_owned()
        }
        Ok(bad) => {
            let all = counted(bad.len(), "event cannot be read", "events cannot be read");
            let named: Vec<String> = bad.iter().take(NAMED).map(ToString::to_string).collect();
            let more = if bad.len() > NAMED { "; …" } else { "" };
            format!("{all}: {}{more}", named.join("; "))
        }
        Err(error) => format!("The events cannot be read: {error}"),
    };
    CliError::Environment(format!(
        "no backup was made: {error}. {lacking}. All that can be read is in {folder}, as plain \
         `chargehand export` writes it. For a backup end every chargehand and copy the log's whole \
         folder: `cp -a {} COPY`",
        recall.path().parent().unwrap_or(Path::new(".")).display(),
        folder = folder.display(),
    ))
}

/// Name of the file that says that a folder was written by an export.
const MARK: &str = ".chargehand-export";

/// Makes the folder, or takes one that an earlier export has made; never somebody else's.
fn ours(folder: &Path) -> Result<(), CliError> {
    let taken = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if taken && !folder.join(MARK).exists() {
        return Err(CliError::Usage(format!(
            "{} is not empty and was not made by an export; nothing was written. Name another folder",
            folder.display()
        )));
    }
    fs::create_dir_all(folder)?;
    Ok(fs::write(folder.join(MARK), "Written by `chargehand export`; written over by the next.\n")?)
}

fn story(goal: &Goal, records: &[&Record]) -> String {
    let mut text = format!("# {}\n\n{}\n\n", goal.id, ui::block(&goal.text));
    for record in records {
        if let Some(told) = ui::tell(record) {
            let _ = writeln!(
                text,
                "- [{}] {} {}: **{}** {}",
                record.seq,
                time(record.at),
                ui::line(&record.actor.shown()),
                told.word,
                told.text
            );
        }
    }
    text
}

/// Who decided what, and why.
fn decisions(records: &[&Record]) -> String {
    let mut text = "# Decisions\n\n".to_owned();
    for record in records {
        let told = match &record.event {
            Event::PlanApproved { .. }
            | Event::PlanRejected { .. }
            | Event::ChangeDecided { .. }
            | Event::PlanEdited { .. }
            | Event::QuestionAnswered { .. }
            | Event::BriefApproved { .. }
            | Event::BriefRejected { .. }
            | Event::CallAnswered { .. }
            | Event::Judged { .. }
            | Event::ManualChecked { .. }
            | Event::RuleAdded { .. }
            | Event::TaskRetried { .. }
            | Event::TaskCancelled { .. }
            | Event::TakenBack { .. }
            | Event::GoalLanded { .. } => ui::tell(record),
            Event::Reported { report, .. } => {
                for decision in &report.decisions {
                    let _ = writeln!(
                        text,
                        "- [{}] {}: {}",
                        record.seq,
                        ui::line(&record.actor.shown()),
                        ui::line(decision)
                    );
                }
                None
            }
            _ => None,
        };
        if let Some(told) = told {
            let actor = ui::line(&record.actor.shown());
            let _ = writeln!(text, "- [{}] {actor}: {} {}", record.seq, told.word, told.text);
        }
    }
    text
}

/// Every task with its attempts: report, evidence, verdict, each with the event that says so.
fn tasks(goal: &Goal, records: &[&Record]) -> String {
    let mut text = format!("# Tasks of {}\n", goal.id);
    let is_plan = |record: &&&Record| matches!(record.event, Event::PlanApproved { .. });
    let plan = records.iter().rev().find(is_plan);
    let planned = plan.map_or_else(String::new, |record| format!(" [{}]", record.seq));
    for task in &goal.plan.tasks {
        let own =
            || records.iter().copied().filter(|record| record.task.as_ref() == Some(&task.spec.id));
        let _ = writeln!(
            text,
            "\n## {} ({})\n\n{}: {}{planned}",
            task.spec.id,
            task.phase.word(),
            ui::line(&task.spec.title),
            ui::block(&task.spec.objective)
        );
        for attempt in &task.attempts {
            let _ = writeln!(
                text,
                "\n### Attempt {} ({}; {}, {}, {} tokens)\n",
                attempt.number,
                ui::line(&attempt.model),
                counted(attempt.turns, "turn", "turns"),
                counted(attempt.calls, "call", "calls"),
                attempt.usage.total()
            );
            for record in own().filter(|record| record.attempt == Some(attempt.number)) {
                text += &fact(task, record);
            }
        }
        let seqs: Vec<String> = own().map(|record| record.seq.to_string()).collect();
        let _ = writeln!(text, "\nAll its events: [{}]", seqs.join(", "));
    }
    text
}

/// What an event says of an attempt, a line for each thing said.
fn fact(task: &Task, record: &Record) -> String {
    let seen = |evidence: &[Evidence]| {
        let line = |seen: &Evidence| {
            let criterion = task.spec.criteria.iter().find(|one| one.key() == seen.criterion);
            format!(
                "- {:?} on {}: {:?}: {} [{}]\n",
                seen.when,
                hash::short(&seen.tree),
                seen.outcome,
                ui::line(criterion.map_or("a criterion of an earlier plan", |one| &one.text)),
                record.seq
            )
        };
        evidence.iter().map(line).collect::<String>()
    };
    match &record.event {
        Event::Reported { report, .. } => {
            format!("- Report: {} [{}]\n", ui::line(&report.summary), record.seq)
        }
        Event::RunEnded { end: End::Faulted { fault, .. }, .. } => {
            format!("- Ended without a result: {} [{}]\n", ui::line(&fault.message), record.seq)
        }
        Event::BaselineTaken { evidence, .. }
        | Event::Checked { evidence, .. }
        | Event::Landed { evidence, .. }
        | Event::LandingRefuted { evidence, .. } => seen(evidence),
        Event::ManualChecked { evidence, .. } => seen(std::slice::from_ref(evidence)),
        Event::Judged { verdict, .. } => {
            format!("- Verdict: {} [{}]\n", ui::line(&verdict.why), record.seq)
        }
        _ => String::new(),
    }
}

fn lessons(state: &State) -> String {
    let mut text = "# Lessons\n\n".to_owned();
    for lesson in &state.lessons {
        let _ = writeln!(text, "- {}", super::lessons::told(lesson));
    }
    text
}
