//! An entry of the memory, opened: what happened, what it rests on, and what the log has of it.

use std::{fmt::Write as _, path::Path};

use crate::{
    domain::{Event, Evidence, Item, Outcome, Record, RunId, Seq, TaskId},
    logger::{Filter, Recall, line, time},
    ui,
};

/// Most events that an entry shows as its evidence.
const MAX_EVIDENCE: usize = 12;
/// Most bytes of an output that an entry shows.
const MAX_OUTPUT: usize = 16 * 1024;

/// An event as a page: what is told of it, its evidence, then all that the log has.
pub(super) fn page(log: &Path, seq: Seq) -> Result<String, String> {
    let recall = Recall::open(log).map_err(|error| error.to_string())?;
    let record = recall
        .record(seq)
        .map_err(|error| error.to_string())?
        .ok_or_else(|| format!("there is no event {seq}"))?;
    let mut text = String::new();
    if let Some(told) = ui::tell(&record) {
        let _ = writeln!(text, "# {} {}\n", told.word, told.text);
    }
    let _ = writeln!(
        text,
        "by {}, {}{}",
        ui::line(&record.actor.shown()),
        time(record.at),
        ties(&record)
    );
    let rests_on = evidence(&recall, &record)?;
    if !rests_on.is_empty() {
        text.push_str("\n# Evidence\n\n");
        for one in &rests_on {
            tell_evidence(&mut text, one);
        }
    }
    if let Some(output) = output(&recall, &record) {
        let _ = write!(text, "\n# Output\n\n{}\n", output.trim_end());
    }
    let line = line(recall.log_id(), &record).map_err(|error| error.to_string())?;
    let value: serde_json::Value =
        serde_json::from_str(&line).map_err(|error| error.to_string())?;
    let yaml = serde_yaml::to_string(&value).map_err(|error| error.to_string())?;
    let _ = write!(text, "\n# As the log has it\n\n{}", ui::block(&yaml));
    Ok(text)
}

fn ties(record: &Record) -> String {
    let mut text = String::new();
    if let Some(goal) = &record.goal {
        let _ = write!(text, ", goal {goal}, plan revision {}", record.revision);
    }
    if let Some(task) = &record.task {
        let _ = write!(text, ", task {task}");
    }
    if let Some(attempt) = record.attempt {
        let _ = write!(text, ", attempt {attempt}");
    }
    text
}

/// The events that an event rests on: those that it names, or the checks of its attempt until then.
fn evidence(recall: &Recall, record: &Record) -> Result<Vec<Record>, String> {
    if let Event::LessonNoted { what, .. } | Event::LessonTold { what } = &record.event {
        let read = |seq: &Seq| recall.record(*seq).ok().flatten();
        return Ok(what.evidence.iter().take(MAX_EVIDENCE).filter_map(read).collect());
    }
    let rests = matches!(
        record.event,
        Event::Judged { .. } | Event::Landed { .. } | Event::LandingRefuted { .. }
    );
    if !rests || record.task.is_none() {
        return Ok(Vec::new());
    }
    let filter = Filter {
        goal: record.goal.clone(),
        task: record.task.clone(),
        attempt: record.attempt,
        kinds: vec!["reported".to_owned(), "checked".to_owned()],
        before: Some(record.seq),
        limit: Some(MAX_EVIDENCE),
        ..Filter::default()
    };
    recall.timeline(&filter).map(|found| found.records).map_err(|error| error.to_string())
}

fn tell_evidence(text: &mut String, record: &Record) {
    let told = ui::tell(record).map(|told| format!("{} {}", told.word, told.text));
    let _ = writeln!(text, "{}  {}  {}", record.seq, time(record.at), told.unwrap_or_default());
    for one in checks(record) {
        let word = match one.outcome {
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
            Outcome::Unrunnable => "could not be run",
        };
        let seen = one.seen.lines().next_back().unwrap_or_default();
        let _ = writeln!(text, "    {word}: {}", ui::line(seen));
    }
}

fn checks(record: &Record) -> &[Evidence] {
    if let Event::Checked { evidence, .. } = &record.event { evidence } else { &[] }
}

/// The whole output that an event keeps beside the log, as far as a page shows it.
fn output(recall: &Recall, record: &Record) -> Option<String> {
    let digest = if let Event::ItemLogged { item: Item::Returned { blob, .. }, .. } = &record.event
    {
        blob.as_ref()?
    } else {
        checks(record).iter().find_map(|one| one.blob.as_ref())?
    };
    let bytes = recall.blob(digest).ok()?;
    let cut = if bytes.len() > MAX_OUTPUT { "\n… it goes on" } else { "" };
    let end = bytes.len().min(MAX_OUTPUT);
    Some(format!("{}{cut}", ui::block(&String::from_utf8_lossy(&bytes[..end]))))
}

/// The bill of a thinking session and what it was told, exactly as it was sent: the newest up to an
/// event, of a run or a task if one is named.
pub fn bill(
    recall: &Recall,
    run: Option<RunId>,
    task: Option<&TaskId>,
    upto: Option<Seq>,
) -> Result<Option<(String, String)>, String> {
    let filter = Filter {
        kinds: vec!["context_compiled".to_owned()],
        before: upto.map(|seq| Seq(seq.0.saturating_add(1))),
        ..Filter::default()
    };
    let all = recall.timeline(&filter).map_err(|error| error.to_string())?.records;
    let wanted = |record: &&Record| {
        run.is_none_or(|run| record.event.run() == Some(run))
            && task.is_none_or(|task| record.task.as_ref() == Some(task))
    };
    let Some(record) = all.iter().rev().find(wanted) else { return Ok(None) };
    let Event::ContextCompiled { run, parts, blob } = &record.event else { return Ok(None) };
    let of = record.task.as_ref().map_or("the plan", |task| task.as_str());
    let title = format!("{run}, {of}, event {}", record.seq);
    let mut text = String::new();
    for part in parts {
        let of =
            if part.budget == part.tokens { String::new() } else { format!(" of {}", part.budget) };
        let _ = writeln!(text, "{:>7}{of:<10} {}", part.tokens, ui::line(&part.name));
    }
    let sum: u32 = parts.iter().map(|part| part.tokens).sum();
    let _ = writeln!(text, "{sum:>7} tokens in all\n");
    let sent = recall.blob(blob).map_err(|error| error.to_string())?;
    text.push_str(ui::block(&String::from_utf8_lossy(&sent)).trim_end());
    Ok(Some((title, text)))
}
