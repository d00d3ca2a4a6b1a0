//! `show` of what briefs and prompts are made of: sources, versions, readiness, the bill.

use super::out::{CliError, Exit, data, say};
use crate::{
    app::Place,
    domain::{Came, Event, Sign, Source, State, Task, compare, hash},
    logger::{Filter, Recall},
    ui,
};

/// The parts of a task's brief, each with its sources and tokens.
pub(super) fn sources(task: &Task) -> Exit {
    let brief = task.brief.as_ref().or(task.last_attempt().map(|attempt| &attempt.brief));
    let Some(brief) = brief else {
        say("there is no brief yet");
        return Exit::Waits;
    };
    for section in &brief.sections {
        let from: Vec<String> = section.sources.iter().map(source).collect();
        data(format_args!(
            "{} (about {} tokens; from {})",
            section.kind.heading(),
            section.tokens,
            from.join(", ")
        ));
        data(ui::block(&section.text).trim_end());
        data("");
    }
    for one in &brief.withheld {
        data(format_args!("{one} fits and is left out, so that what it is worth can be counted"));
    }
    data(format_args!("readiness {} of 100, {} tokens", brief.readiness(), brief.tokens()));
    Exit::Done
}

/// Where a part comes from, in words.
pub(super) fn source(source: &Source) -> String {
    match source {
        Source::Goal => "the goal".to_owned(),
        Source::Plan { revision } => format!("the plan, revision {revision}"),
        Source::Planner => "the planner".to_owned(),
        Source::Person => "you".to_owned(),
        Source::Task { task } => format!("the result of {task}"),
        Source::Attempt { task, attempt } => format!("attempt {attempt} at {task}"),
        Source::Lesson { lesson } => format!("lesson {lesson}"),
        Source::Rule { path } => ui::line(path),
        Source::Event { seq } => format!("event {seq}"),
    }
}

/// A task's briefs side by side.
pub(super) fn versions(task: &Task) -> Exit {
    for version in compare::versions(task) {
        let attempt = version
            .attempt
            .map_or_else(|| "the next attempt".to_owned(), |number| format!("attempt {number}"));
        data(format_args!(
            "{attempt}: {} ({} tokens, readiness {}): {}",
            hash::short(&version.hash),
            version.tokens,
            version.readiness,
            came(version.outcome)
        ));
        for change in &version.changes {
            data(format_args!("  {}", change.kind.heading()));
            for (sign, line) in &change.lines {
                let sign = match sign {
                    Sign::Added => '+',
                    Sign::Removed => '-',
                };
                data(format_args!("  {sign} {}", ui::line(line)));
            }
        }
    }
    Exit::Done
}

fn came(outcome: Came) -> &'static str {
    match outcome {
        Came::Open => "nothing yet",
        Came::Passed => "passed its first checks",
        Came::Failed => "did not pass its first checks",
    }
}

/// Every brief that was sent: how ready it was, why it was sent all the same, what came of it.
pub(super) fn readiness(state: &State) -> Exit {
    for one in compare::sent(state) {
        let anyway = one
            .anyway
            .as_ref()
            .map_or(String::new(), |why| format!(", sent all the same: {}", ui::line(why)));
        data(format_args!(
            "{:>3}  {}/{} attempt {}: {}{anyway}",
            one.readiness,
            one.goal,
            one.task,
            one.attempt,
            came(one.outcome)
        ));
    }
    Exit::Done
}

/// The bill of a thinking session and what it was told, exactly as it was sent: the newest, or that
/// of a run.
pub(super) fn bill(place: &Place, run: Option<&str>) -> Result<Exit, CliError> {
    let recall = Recall::open(&place.log())?;
    let filter = Filter { kinds: vec!["context_compiled".to_owned()], ..Filter::default() };
    let all = recall.timeline(&filter)?.records;
    let found = all.iter().rev().find(|record| {
        run.is_none_or(|wanted| {
            record.event.run().is_some_and(|run| run.to_string().eq_ignore_ascii_case(wanted))
        })
    });
    let Some((record, Event::ContextCompiled { run, parts, blob })) =
        found.map(|record| (record, &record.event))
    else {
        let known: Vec<String> =
            all.iter().filter_map(|record| Some(record.event.run()?.to_string())).collect();
        return Err(CliError::Usage(format!(
            "there is no such bill; runs that have one: {}",
            if known.is_empty() { "none".to_owned() } else { known.join(", ") }
        )));
    };
    let task = record.task.as_ref().map_or("the plan", |task| task.as_str());
    data(format_args!("{run}, {task}, event {}:", record.seq));
    for part in parts {
        let of =
            if part.budget == part.tokens { String::new() } else { format!(" of {}", part.budget) };
        data(format_args!("{:>7}{of:<10} {}", part.tokens, ui::line(&part.name)));
    }
    let sum: u32 = parts.iter().map(|part| part.tokens).sum();
    data(format_args!("{sum:>7} tokens in all\n"));
    let text = recall.blob(blob)?;
    data(ui::block(&String::from_utf8_lossy(&text)).trim_end());
    Ok(Exit::Done)
}
