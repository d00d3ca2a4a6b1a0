//! Where a paragraph of a brief comes from, in words.

use super::clean;
use crate::domain::{Lesson, LessonId, Source};

/// Where a paragraph comes from. `now` is in milliseconds since 1970 UTC.
pub fn origin(source: &Source, lessons: &[Lesson], now: u64) -> String {
    match source {
        Source::Goal => "the goal".to_owned(),
        Source::Plan { revision } => format!("the plan, revision {revision}"),
        Source::Planner => "the planner".to_owned(),
        Source::Person => "you".to_owned(),
        Source::Task { task } => format!("the result of {task}"),
        Source::Attempt { task, attempt } => format!("attempt {attempt} at {task}"),
        Source::Lesson { lesson } => of_lesson(*lesson, lessons, now),
        Source::Rule { path } => format!("the rules in {}", clean::line(path)),
        Source::Event { seq } => format!("event {seq}"),
    }
}

/// A lesson with its age and what came of attempts that carried it.
fn of_lesson(id: LessonId, lessons: &[Lesson], now: u64) -> String {
    let Some(lesson) = lessons.iter().find(|one| one.id == id) else {
        return format!("lesson {id}");
    };
    let age = age(now.saturating_sub(lesson.at));
    let helped = match lesson.with.tried {
        0 => "not tried yet".to_owned(),
        tried => format!("helped {} of {tried}", lesson.with.passed),
    };
    format!("lesson {id}, {} ({age} old, {helped})", lesson.state.word())
}

/// How long ago something was, in the largest unit that fits: `3 days`, `5 h`, `12 min`, `40 s`.
pub fn age(millis: u64) -> String {
    let minutes = millis / 60_000;
    match minutes {
        0 => format!("{} s", millis / 1_000),
        1..60 => format!("{minutes} min"),
        60..2_880 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1_440),
    }
}

/// All sources of a paragraph.
pub fn origins(sources: &[Source], lessons: &[Lesson], now: u64) -> String {
    let all: Vec<String> = sources.iter().map(|one| origin(one, lessons, now)).collect();
    all.join("; ")
}
