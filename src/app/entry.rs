//! An entry of the memory, opened: what happened, what it rests on, and what the log has of it.

use std::fmt::Write as _;

use crate::{
    domain::{Event, Evidence, GoalId, Item, Outcome, Record, RunId, Seq, TaskId},
    logger::{Filter, Recall, line, time},
    ui,
};

/// Most events that an entry shows as its evidence.
const MAX_EVIDENCE: usize = 12;
/// Most bytes of an output that an entry shows.
const MAX_OUTPUT: usize = 16 * 1024;

/// An event as a page: what is told of it, its evidence, then all that the log has.
pub fn page(recall: &Recall, seq: Seq) -> Result<String, String> {
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
    let rests_on = evidence(recall, &record)?;
    if !rests_on.is_empty() {
        text.push_str("\n# Evidence\n\n");
        for one in &rests_on {
            tell_evidence(&mut text, one);
        }
    }
    if let Some(output) = output(recall, &record) {
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

/// Whose bill is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose<'a> {
    /// The newest of all.
    Any,
    Run(RunId),
    /// The newest of a goal, of a task of it if one is named.
    Goal {
        goal: &'a GoalId,
        task: Option<&'a TaskId>,
    },
}

/// The bill of a thinking session and what it was told, exactly as it was sent: the newest up to an
/// event.
pub fn bill(
    recall: &Recall,
    whose: Whose<'_>,
    upto: Option<Seq>,
) -> Result<Option<(String, String)>, String> {
    let (run, goal, task) = match whose {
        Whose::Any => (None, None, None),
        Whose::Run(run) => (Some(run), None, None),
        Whose::Goal { goal, task } => (None, Some(goal.clone()), task.cloned()),
    };
    let filter = Filter {
        run,
        goal,
        task,
        kinds: vec!["context_compiled".to_owned()],
        before: upto.map(|seq| Seq(seq.0.saturating_add(1))),
        limit: Some(1),
        ..Filter::default()
    };
    let found = recall.timeline(&filter).map_err(|error| error.to_string())?.records;
    let Some(record) = found.last() else { return Ok(None) };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::Actor,
        logger::{Access, Store},
    };

    /// The bill of one run; its number is the event's too.
    fn compiled(store: &Store, run: u64, goal: &str, task: Option<&str>) -> Record {
        let blob = store.blobs().put(format!("told in {run}").as_bytes()).unwrap();
        Record {
            seq: Seq(run),
            at: run,
            actor: Actor::Planner { model: "m".to_owned() },
            goal: Some(goal.into()),
            revision: 1,
            task: task.map(TaskId::from),
            attempt: None,
            event: Event::ContextCompiled { run: RunId(run), parts: Vec::new(), blob },
        }
    }

    #[test]
    fn the_bill_is_that_of_the_goal_and_its_task_though_another_goal_has_a_task_of_that_name() {
        let temp = tempfile::tempdir().unwrap();
        let mut store = Store::open(&temp.path().join("log.db"), Access::Write).unwrap();
        let all =
            [("one", None), ("one", Some("read")), ("one", Some("write")), ("two", Some("read"))];
        let all: Vec<Record> =
            (1..).zip(all).map(|(run, (goal, task))| compiled(&store, run, goal, task)).collect();
        store.append(&all).unwrap();
        let recall = store.recall().unwrap();
        let told = |whose, upto: Option<u64>| {
            let found = bill(&recall, whose, upto.map(Seq)).unwrap();
            found.map(|(_, text)| text.lines().last().unwrap_or_default().to_owned())
        };
        let (one, read) = ("one".into(), "read".into());
        let of_task = Whose::Goal { goal: &one, task: Some(&read) };
        assert_eq!(told(of_task, None).as_deref(), Some("told in 2"));
        assert_eq!(told(of_task, Some(1)), None);
        let of_goal = Whose::Goal { goal: &one, task: None };
        assert_eq!(told(of_goal, None).as_deref(), Some("told in 3"));
        assert_eq!(told(Whose::Any, None).as_deref(), Some("told in 4"));
        assert_eq!(told(Whose::Run(RunId(1)), None).as_deref(), Some("told in 1"));
    }
}
