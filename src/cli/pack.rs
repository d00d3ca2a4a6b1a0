//! What is handed over: where a goal stands, what changed, which rules it taught.
//!
//! Each line ends with the events that it rests on, in brackets.

use std::fmt::Write as _;

use crate::{
    domain::{
        Blocker, Event, Goal, Lesson, LessonState, Phase, Record, Seq, Standing, State, Task,
        TaskId, Trust, hash, why_waiting,
    },
    ui,
};

/// Events that a line names at most.
const CITED: usize = 6;

/// Where a goal's records are found.
pub(super) struct Book<'a> {
    pub(super) goal: &'a Goal,
    pub(super) records: &'a [&'a Record],
}

impl Book<'_> {
    /// The events that a filter finds, newest last, as they are cited.
    fn cite(&self, wanted: impl Fn(&Record) -> bool) -> String {
        let seqs: Vec<Seq> =
            self.records.iter().filter(|one| wanted(one)).map(|one| one.seq).collect();
        cited(&seqs)
    }

    fn of_task(&self, id: &TaskId, wanted: impl Fn(&Event) -> bool) -> String {
        self.cite(|one| one.task.as_ref() == Some(id) && wanted(&one.event))
    }

    fn opened(&self) -> String {
        self.cite(|one| matches!(one.event, Event::GoalOpened { .. }))
    }
}

/// Events as they are cited: the newest of many.
fn cited(seqs: &[Seq]) -> String {
    let from = seqs.len().saturating_sub(CITED);
    let shown: Vec<String> = seqs[from..].iter().map(ToString::to_string).collect();
    format!("[{}]", shown.join(", "))
}

/// What landed, newest first.
pub(super) fn changelog(book: &Book<'_>) -> String {
    let mut text = format!("# Changelog of {}\n\n", book.goal.id);
    for record in book.records.iter().rev() {
        let Some(task) = record.task.as_ref().and_then(|id| book.goal.task(id)) else { continue };
        let title = ui::line(&task.spec.title);
        let _ = match &record.event {
            Event::Landed { commit, .. } => {
                let files = task.last_attempt().map_or(&[][..], |attempt| &attempt.files);
                let files: Vec<String> = files.iter().map(|file| ui::line(file)).collect();
                writeln!(
                    text,
                    "- {title}: {} in {} [{}]",
                    if files.is_empty() { "no file".to_owned() } else { files.join(", ") },
                    hash::short(commit),
                    record.seq
                )
            }
            Event::TaskUndone { why, .. } => {
                writeln!(text, "- Taken back: {title}: {} [{}]", ui::line(why), record.seq)
            }
            _ => continue,
        };
    }
    text
}

/// What the next developer needs: the goal, what is done and on what evidence, what was decided,
/// what is known to be wrong, which traps there are, what comes next.
pub(super) fn handover(book: &Book<'_>, state: &State) -> String {
    let goal = book.goal;
    let mut text = format!("# Hand-over of {}\n\n## The goal\n\n", goal.id);
    let _ = writeln!(text, "{} {}\n", ui::line(&goal.text), book.opened());
    let _ = writeln!(text, "{} {}\n", standing(goal), last(book));
    let _ = writeln!(
        text,
        "The work is on branch `{}` at {}. {}\n",
        goal.branch(),
        hash::short(&goal.tip.commit),
        book.cite(|one| matches!(one.event, Event::Landed { .. } | Event::TaskUndone { .. }))
            .replace("[]", &book.opened())
    );
    done(book, &mut text);
    open(book, &mut text);
    for (title, of) in [
        ("Decisions", Told::Decisions),
        ("Known to be wrong", Told::Bugs),
        ("Found out on the way", Told::Findings),
        ("Compatibility", Told::Compatibility),
        ("Advice of those who did it", Told::Advice),
    ] {
        told(book, title, of, &mut text);
    }
    checks(book, &mut text);
    let traps: Vec<&Lesson> = state
        .lessons
        .iter()
        .filter(|lesson| lesson.is_usable() && lesson.goal.as_ref().is_none_or(|of| *of == goal.id))
        .collect();
    if !traps.is_empty() {
        text.push_str("## Traps\n\n");
        for lesson in traps {
            let _ = writeln!(text, "- {}", trap(lesson));
        }
    }
    text
}

fn standing(goal: &Goal) -> String {
    let done = goal.plan.tasks.iter().filter(|task| matches!(task.phase, Phase::Done { .. }));
    let of = goal.plan.tasks.iter().filter(|task| !task.phase.is_void()).count();
    let count = format!("{} of {of} tasks are done", done.count());
    match &goal.standing {
        Standing::Planning { .. } => "A plan is being made.".to_owned(),
        Standing::Proposed { .. } => "A plan waits for approval.".to_owned(),
        Standing::Working => format!("{count}."),
        Standing::Stalled { fault, .. } => {
            format!("Planning stalled: {}.", ui::line(&fault.message))
        }
        Standing::Landed { into, commit } => {
            format!("{count}, merged into {} at {}.", ui::line(into), hash::short(commit))
        }
    }
}

fn last(book: &Book<'_>) -> String {
    cited(&book.records.last().map(|one| one.seq).into_iter().collect::<Vec<_>>())
}

fn done(book: &Book<'_>, text: &mut String) {
    text.push_str("## What is done\n\n");
    for task in book.goal.plan.tasks.iter().filter(|one| matches!(one.phase, Phase::Done { .. })) {
        let id = &task.spec.id;
        let landed = book.of_task(id, |event| {
            matches!(event, Event::Landed { .. } | Event::Checked { .. } | Event::Judged { .. })
        });
        let summary = task
            .last_attempt()
            .and_then(|attempt| attempt.report.as_ref())
            .map_or(String::new(), |report| format!(" {}", ui::line(&report.summary)));
        let _ = writeln!(
            text,
            "- `{id}` {}:{summary} {} attempt{}. {landed}",
            ui::line(&task.spec.title),
            task.attempts.len(),
            if task.attempts.len() == 1 { "" } else { "s" },
        );
    }
    text.push('\n');
}

fn open(book: &Book<'_>, text: &mut String) {
    let open: Vec<&Task> =
        book.goal.plan.tasks.iter().filter(|task| !task.phase.is_over()).collect();
    let given_up: Vec<&Task> = book
        .goal
        .plan
        .tasks
        .iter()
        .filter(|task| matches!(task.phase, Phase::Failed { .. } | Phase::Cancelled { .. }))
        .collect();
    if open.is_empty() && given_up.is_empty() {
        return;
    }
    text.push_str("## What is not\n\n");
    for task in open.iter().chain(&given_up) {
        let id = &task.spec.id;
        let why = match &task.phase {
            Phase::Blocked { blocker: Blocker { text, .. }, .. } => ui::line(text),
            _ => ui::line(&why_waiting(book.goal, task)),
        };
        let known = book.of_task(id, |_| true);
        let known = if known == "[]" {
            book.cite(|one| matches!(one.event, Event::PlanApproved { .. }))
        } else {
            known
        };
        let _ = writeln!(
            text,
            "- `{id}` {} ({}): {why} {known}",
            ui::line(&task.spec.title),
            task.phase.word()
        );
    }
    text.push('\n');
}

/// What reports tell beside their summary.
#[derive(Clone, Copy)]
enum Told {
    Decisions,
    Bugs,
    Findings,
    Compatibility,
    Advice,
}

/// What the reports of landed work tell. What a later attempt replaced is not passed on.
fn told(book: &Book<'_>, title: &str, what: Told, text: &mut String) {
    let mut lines = String::new();
    for record in book.records {
        let Event::Reported { report, .. } = &record.event else { continue };
        let task = record.task.as_ref().and_then(|id| book.goal.task(id));
        let counts = task.is_some_and(|task| match task.phase {
            Phase::Done { attempt, .. } => record.attempt == Some(attempt),
            _ => task.last_attempt().map(|one| one.number) == record.attempt,
        });
        if !counts {
            continue;
        }
        let all: Vec<&str> = match what {
            Told::Decisions => report.decisions.iter().map(String::as_str).collect(),
            Told::Bugs => report.bugs.iter().map(String::as_str).collect(),
            Told::Findings => report.findings.iter().map(String::as_str).collect(),
            Told::Compatibility => report.compatibility.iter().map(String::as_str).collect(),
            Told::Advice => vec![report.advice.as_str()],
        };
        for one in all.into_iter().filter(|one| !one.trim().is_empty()) {
            let _ = writeln!(lines, "- {} [{}]", ui::line(one), record.seq);
        }
    }
    if !lines.is_empty() {
        let _ = writeln!(text, "## {title}\n\n{lines}");
    }
}

/// How to see that it still holds.
fn checks(book: &Book<'_>, text: &mut String) {
    let mut commands: Vec<&str> = Vec::new();
    for task in book.goal.plan.tasks.iter().filter(|one| matches!(one.phase, Phase::Done { .. })) {
        for line in task.spec.criteria.iter().filter_map(|one| one.command()) {
            if !commands.contains(&line) {
                commands.push(line);
            }
        }
    }
    if commands.is_empty() {
        return;
    }
    let passed = book.cite(|one| matches!(one.event, Event::Landed { .. }));
    text.push_str("## How to check it\n\n");
    for line in commands {
        let _ = writeln!(text, "- `{}` passed on what has landed. {passed}", ui::line(line));
    }
    text.push('\n');
}

fn trap(lesson: &Lesson) -> String {
    let mut seqs = lesson.what.evidence.clone();
    if seqs.is_empty() {
        seqs.push(Seq(lesson.id.0));
    }
    let places: Vec<String> =
        lesson.what.paths.iter().map(|path| format!("`{}`", ui::line(path))).collect();
    let place = if places.is_empty() { String::new() } else { format!(" ({})", places.join(", ")) };
    format!(
        "{}: {}{place} {}",
        ui::line(&lesson.what.trigger),
        ui::line(&lesson.what.fix),
        cited(&seqs)
    )
}

/// Rules that the repository's own `AGENTS.md` could take in: what is confirmed, and what a person
/// said. A proposal; nothing is written into the repository.
pub(super) fn rules(state: &State) -> String {
    let mut text = "# Rules proposed for AGENTS.md\n\n".to_owned();
    let lasting = |lesson: &&Lesson| {
        lesson.state == LessonState::Confirmed
            && match lesson.trust {
                Trust::Person | Trust::Check | Trust::Reviewer | Trust::Program => true,
                Trust::Text => lesson.pinned || !lesson.past.is_empty(),
            }
    };
    for lesson in state.lessons.iter().filter(lasting) {
        let _ = writeln!(text, "- When {}", trap(lesson));
    }
    text
}
