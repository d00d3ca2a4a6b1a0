//! `show` of what is named after its place in the log: runs, commands, questions, changes, thoughts
//! and lessons, also long after they were decided.

use super::{
    lessons,
    out::{CliError, Exit, data, data_fit, page},
};
use crate::{
    app,
    domain::{CallId, Event, Item, Record, RunId, Seq, State},
    logger::{Filter, Recall},
    ui,
};

/// Columns before the words of an event: those of its number and its word.
const TOLD: usize = 19;
/// Most ids of a kind that are named where one is not known: the newest.
const MOST_NAMED: usize = 8;

/// A kind of thing that is named after the event that began it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Run,
    Question,
    Change,
    Thought,
    Lesson,
}

impl Kind {
    const ALL: [Kind; 5] = [Kind::Run, Kind::Question, Kind::Change, Kind::Thought, Kind::Lesson];

    fn letter(self) -> char {
        match self {
            Kind::Run => 'R',
            Kind::Question => 'Q',
            Kind::Change => 'C',
            Kind::Thought => 'N',
            Kind::Lesson => 'L',
        }
    }

    fn word(self) -> &'static str {
        match self {
            Kind::Run => "run",
            Kind::Question => "question",
            Kind::Change => "change",
            Kind::Thought => "thought",
            Kind::Lesson => "lesson",
        }
    }

    /// The events that begin one, as they are called in the log.
    fn begins(self) -> Vec<String> {
        let kinds: &[&str] = match self {
            Kind::Run => &["run_began"],
            Kind::Question => &["question_asked"],
            Kind::Change => &["change_proposed"],
            Kind::Thought => &["captured"],
            Kind::Lesson => &["lesson_noted", "lesson_told"],
        };
        kinds.iter().map(|kind| (*kind).to_owned()).collect()
    }

    /// Whether it is this event that began the thing.
    fn is_begun_by(self, event: &Event) -> bool {
        match self {
            Kind::Run => matches!(event, Event::RunBegan { .. }),
            Kind::Question => matches!(event, Event::QuestionAsked { .. }),
            Kind::Change => matches!(event, Event::ChangeProposed { .. }),
            Kind::Thought => matches!(event, Event::Captured { .. }),
            Kind::Lesson => matches!(event, Event::LessonNoted { .. } | Event::LessonTold { .. }),
        }
    }

    /// Whether an event decides on the thing that another has begun.
    fn is_settled_by(self, seq: Seq, event: &Event) -> bool {
        match self {
            Kind::Run => false,
            Kind::Question => {
                matches!(event, Event::QuestionAnswered { question, .. } if question.0 == seq.0)
            }
            Kind::Change => {
                matches!(event, Event::ChangeDecided { change, .. } if change.0 == seq.0)
            }
            Kind::Thought => {
                matches!(event, Event::CaptureSettled { capture, .. } if capture.0 == seq.0)
            }
            Kind::Lesson => {
                matches!(event, Event::LessonMarked { lesson, .. } if lesson.0 == seq.0)
            }
        }
    }

    /// The events that can decide on such a thing, as they are called in the log.
    fn settles(self) -> &'static str {
        match self {
            Kind::Run => "run_ended",
            Kind::Question => "question_answered",
            Kind::Change => "change_decided",
            Kind::Thought => "capture_settled",
            Kind::Lesson => "lesson_marked",
        }
    }
}

/// An id that has a letter and a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbered {
    Begun(Kinded),
    /// `R41.5`.
    Command {
        run: RunId,
        call: CallId,
    },
}

/// The letter's meaning and the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinded {
    kind: Kind,
    seq: Seq,
}

impl Numbered {
    /// Reads an id in any case. `None`: it has another form.
    pub(super) fn parse(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        let letter = typed.chars().next()?.to_ascii_uppercase();
        let kind = Kind::ALL.into_iter().find(|kind| kind.letter() == letter)?;
        let rest = typed.get(1..)?;
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|one| one.is_ascii_digit());
        if let (Kind::Run, Some((run, call))) = (kind, rest.split_once('.')) {
            let sound = digits(run) && digits(call);
            let (run, call) = (RunId(run.parse().ok()?), CallId(call.parse().ok()?));
            return sound.then_some(Self::Command { run, call });
        }
        if !digits(rest) {
            return None;
        }
        Some(Self::Begun(Kinded { kind, seq: Seq(rest.parse().ok()?) }))
    }
}

/// Shows what has this id.
pub(super) fn show(state: &State, recall: &Recall, id: Numbered) -> Result<Exit, CliError> {
    match id {
        Numbered::Begun(Kinded { kind: Kind::Run, seq }) => run(recall, seq),
        Numbered::Begun(Kinded { kind, seq }) => begun(state, recall, kind, seq),
        Numbered::Command { run, call } => command(recall, run, call),
    }
}

/// Everything that has a letter and a number, as far as there is some: what an error names.
pub(super) fn known(recall: &Recall) -> Result<Vec<String>, CliError> {
    let mut found = Vec::new();
    for kind in Kind::ALL {
        if let Some(ids) = ids(recall, kind)? {
            found.push(format!("the {}s {ids}", kind.word()));
        }
    }
    if let Some(last) = recall.last(1)?.records.last() {
        found
            .push(format!("the commands of a run, such as R7.3, and the events 1 to {}", last.seq));
    }
    Ok(found)
}

/// The newest ids of a kind.
fn ids(recall: &Recall, kind: Kind) -> Result<Option<String>, CliError> {
    let filter = Filter { kinds: kind.begins(), limit: Some(MOST_NAMED + 1), ..Filter::default() };
    let records = recall.timeline(&filter)?.records;
    let more = if records.len() > MOST_NAMED { "… " } else { "" };
    let newest = records.iter().skip(records.len().saturating_sub(MOST_NAMED));
    let ids: Vec<String> = newest.map(|one| format!("{}{}", kind.letter(), one.seq)).collect();
    Ok((!ids.is_empty()).then(|| format!("{more}{}", ids.join(" "))))
}

fn missing(recall: &Recall, kind: Kind, seq: Seq) -> CliError {
    let (letter, word) = (kind.letter(), kind.word());
    match ids(recall, kind) {
        Ok(Some(ids)) => {
            CliError::Usage(format!("there is no {word} {letter}{seq}; there are: {ids}"))
        }
        Ok(None) => CliError::Usage(format!("there is no {word} {letter}{seq}; there is none yet")),
        Err(error) => error,
    }
}

/// The event that began a thing, if there is such a thing.
fn beginning(recall: &Recall, kind: Kind, seq: Seq) -> Result<Record, CliError> {
    let record = recall.record(seq)?.filter(|record| kind.is_begun_by(&record.event));
    record.ok_or_else(|| missing(recall, kind, seq))
}

fn begun(state: &State, recall: &Recall, kind: Kind, seq: Seq) -> Result<Exit, CliError> {
    beginning(recall, kind, seq)?;
    if let Some(lesson) = state.lessons.iter().find(|one| kind == Kind::Lesson && one.id.0 == seq.0)
    {
        data_fit(&lessons::told(lesson), lessons::SET_IN);
        data("");
    }
    let kinds = vec![kind.settles().to_owned()];
    let since = recall.timeline(&Filter { kinds, after: Some(seq), ..Filter::default() })?.records;
    let since: Vec<&Record> =
        since.iter().filter(|one| kind.is_settled_by(seq, &one.event)).collect();
    for record in &since {
        tell(record);
    }
    if !since.is_empty() {
        data("");
    }
    entry(recall, seq)
}

/// A run as it went: what is told of it, from its beginning to its end.
fn run(recall: &Recall, seq: Seq) -> Result<Exit, CliError> {
    let record = beginning(recall, Kind::Run, seq)?;
    let run = RunId(seq.0);
    let task = record.task.as_ref().map_or("the plan", |task| task.as_str());
    let Event::RunBegan { job, .. } = &record.event else { return Ok(Exit::Done) };
    data_fit(&format!("{run}, {} of {task}", job.word()), 0);
    let records = recall.records_of_runs(&[run])?.records;
    for record in &records {
        tell(record);
    }
    let ended = records.iter().any(|one| matches!(one.event, Event::RunEnded { .. }));
    data(if ended { "it has ended" } else { "it has not ended" });
    let commands: Vec<String> = records.iter().filter_map(command_of).collect();
    if !commands.is_empty() {
        data_fit(&format!("commands: {}", commands.join(" ")), 2);
    }
    if records.iter().any(|one| matches!(one.event, Event::ContextCompiled { .. })) {
        data(format_args!("what it was told: chargehand show bill {run}"));
    }
    Ok(Exit::Done)
}

/// The id of the command that an event is about to execute.
fn command_of(record: &Record) -> Option<String> {
    let Event::CallIntended { run, call, command: Some(_), .. } = &record.event else {
        return None;
    };
    Some(format!("{run}.{}", call.id))
}

/// A command: the whole of it, the person's word on it, and what it has said.
fn command(recall: &Recall, run: RunId, call: CallId) -> Result<Exit, CliError> {
    beginning(recall, Kind::Run, Seq(run.0))?;
    let records = recall.records_of_runs(&[run])?.records;
    let intended = |one: &&Record| matches!(&one.event, Event::CallIntended { call: found, .. } if found.id == call);
    let Some(record) = records.iter().find(intended) else {
        let all: Vec<String> = records.iter().filter_map(command_of).collect();
        return Err(CliError::Usage(if all.is_empty() {
            format!("there is no command {run}.{call}; {run} has none")
        } else {
            format!("there is no command {run}.{call}; {run} has: {}", all.join(" "))
        }));
    };
    if let Event::CallIntended { command: Some(command), .. } = &record.event {
        data(format_args!("$ {}", ui::block(command)));
    }
    // Calls are counted across the runs of an attempt, and a later one may have brought the answer.
    let filter = Filter {
        goal: record.goal.clone(),
        task: record.task.clone(),
        attempt: record.attempt,
        run: record.attempt.is_none().then_some(run),
        kinds: vec!["call_answered".to_owned(), "item_logged".to_owned()],
        after: Some(record.seq),
        ..Filter::default()
    };
    for one in recall.timeline(&filter)?.records {
        if matches!(one.event, Event::CallAnswered { run: of, call: on, .. } if (of, on) == (run, call))
        {
            tell(&one);
        }
        if let Event::ItemLogged { item: Item::Returned { call: back, ok, text, .. }, .. } =
            &one.event
            && *back == call
        {
            let word = if *ok { "went well" } else { "failed" };
            data(format_args!("\nIt {word} (event {}):\n", one.seq));
            page(&ui::block(text));
            break;
        }
    }
    data("");
    entry(recall, record.seq)
}

/// An event as a page.
fn entry(recall: &Recall, seq: Seq) -> Result<Exit, CliError> {
    page(&app::entry(recall, seq).map_err(CliError::Environment)?);
    Ok(Exit::Done)
}

fn tell(record: &Record) {
    if let Some(told) = ui::tell(record) {
        data_fit(&format!("{:>5}  {:<11} {}", record.seq.0, told.word, told.text), TOLD);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_a_letter_and_a_number_is_read_in_any_case_and_nothing_else_is() {
        let begun = |kind, seq| Some(Numbered::Begun(Kinded { kind, seq: Seq(seq) }));
        assert_eq!(Numbered::parse("R60"), begun(Kind::Run, 60));
        assert_eq!(Numbered::parse(" q12 "), begun(Kind::Question, 12));
        assert_eq!(Numbered::parse("C40"), begun(Kind::Change, 40));
        assert_eq!(Numbered::parse("n3"), begun(Kind::Thought, 3));
        assert_eq!(Numbered::parse("L107"), begun(Kind::Lesson, 107));
        let command = Numbered::Command { run: RunId(60), call: CallId(2) };
        assert_eq!(Numbered::parse("r60.2"), Some(command));
        for other in
            ["", "R", "R.2", "R6.", "R+6", "Q1.2", "readme", "é1", "204", "R99999999999999999999"]
        {
            assert_eq!(Numbered::parse(other), None, "{other}");
        }
    }
}
