//! A lesson in words: what it is, what it rests on and what it is worth. The screen and the command
//! line say the same.

use super::clean;
use crate::domain::{Lesson, LessonState, Tally, Trust, counted};

/// What it is now: `confirmed, pinned: in every brief`.
pub fn standing(lesson: &Lesson) -> String {
    let mut words = vec![lesson.state.word().to_owned()];
    if lesson.pinned {
        let pinned = if lesson.is_usable() { "pinned: in every brief" } else { "pinned" };
        words.push(pinned.to_owned());
    }
    if lesson.general {
        words.push("general: offered in your other projects".to_owned());
    }
    if !lesson.gone.is_empty() {
        words.push(format!("gone: {}", clean::line(&lesson.gone.join(", "))));
    }
    if lesson.state == LessonState::Candidate && !lesson.is_usable() {
        words.push("in no brief before you confirm it: it may be planted".to_owned());
    }
    words.join(", ")
}

/// Where it was learned.
pub fn taught(lesson: &Lesson) -> String {
    match (&lesson.task, &lesson.goal) {
        (Some(task), Some(goal)) => format!("from {task} of {goal}"),
        (None, Some(goal)) => format!("told at {goal}"),
        (_, None) => "told".to_owned(),
    }
}

/// The events that it rests on.
pub fn events(lesson: &Lesson) -> String {
    let seqs: Vec<String> = lesson.what.evidence.iter().map(ToString::to_string).collect();
    match &seqs[..] {
        [] => format!("event {}", lesson.id.0),
        [one] => format!("event {one}"),
        many => format!("events {}", many.join(", ")),
    }
}

/// Where it was used and what came of that.
pub fn value(lesson: &Lesson) -> String {
    format!(
        "in {}; with it {}, without it {}",
        counted(lesson.used, "brief", "briefs"),
        worth(lesson.with),
        worth(lesson.without)
    )
}

/// What it rests on, in words.
pub fn trust(trust: Trust) -> &'static str {
    match trust {
        Trust::Text => "read in some text only",
        Trust::Program => "seen by the program",
        Trust::Reviewer => "concluded by a reviewer",
        Trust::Check => "shown by checks",
        Trust::Person => "your word",
    }
}

/// How attempts came out, in words.
pub fn worth(tally: Tally) -> String {
    match tally.tried {
        0 => "not tried".to_owned(),
        tried => format!("{} of {tried} passed at once", tally.passed),
    }
}
