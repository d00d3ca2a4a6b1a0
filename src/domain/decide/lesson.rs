//! What may be noted as a lesson, and who may say what of it.

use super::{
    super::{
        alike,
        attempt::LessonCandidate,
        event::Event,
        goal::State,
        ids::{LessonId, RunId},
        lesson::{Lesson, LessonState, Mark, Trust},
        refusal::Refusal,
    },
    person::{not_now, task_in},
    run::known,
};

/// Most characters of a lesson's trigger and of its fix.
const MOST: usize = 2_000;
/// Most paths that a lesson names.
const PATHS: usize = 16;

/// A lesson that a run saw.
pub(super) fn note(
    state: &State,
    run: RunId,
    what: LessonCandidate,
    trust: Trust,
) -> Result<Event, Refusal> {
    if trust == Trust::Person {
        return Err(Refusal::OnlyAPerson);
    }
    let (goal, known) = known(state, run)?;
    let Some(id) = known.job.task() else {
        return Err(not_now("a lesson belongs to a task"));
    };
    let task = task_in(goal, id)?;
    sound(&what)?;
    let words = alike::fingerprints(&[&what.trigger, &what.fix]);
    let shown = |one: &&Lesson| {
        one.says_the_same(&words) && one.trust >= trust && goal.has_shown(one, task)
    };
    match state.lessons.iter().find(shown) {
        Some(old) => Err(not_now(format!("{} says that of this attempt already", old.id))),
        None => Ok(Event::LessonNoted { task: id.clone(), what, trust }),
    }
}

/// A lesson of the person's own.
pub(super) fn tell(what: &LessonCandidate) -> Result<Event, Refusal> {
    sound(what)?;
    Ok(Event::LessonTold { what: what.clone() })
}

/// A person's word on a lesson.
pub(super) fn mark(state: &State, id: LessonId, mark: &Mark) -> Result<Event, Refusal> {
    let lesson = known_lesson(state, id)?;
    let idle = match mark {
        Mark::Pinned => lesson.pinned,
        Mark::Unpinned => !lesson.pinned,
        Mark::General => lesson.general,
        Mark::Own => !lesson.general,
        Mark::Confirmed => lesson.state == LessonState::Confirmed,
        Mark::Forgotten => lesson.state == LessonState::Forgotten,
        Mark::Refuted => lesson.state == LessonState::Refuted,
        Mark::Corrected { what } => {
            sound(what)?;
            lesson.what == *what
        }
        Mark::Undone => {
            if lesson.past.is_empty() {
                return Err(not_now(format!("there is no word of yours on {id} to take back")));
            }
            false
        }
        Mark::Stale { .. } | Mark::Fresh | Mark::Retired => {
            return Err(not_now("that is found out, not said; forget it instead"));
        }
    };
    if idle {
        return Err(not_now(format!("{id} is {} already", mark.word())));
    }
    Ok(Event::LessonMarked { lesson: id, mark: mark.clone() })
}

/// A run has looked for what a lesson names.
pub(super) fn verify(
    state: &State,
    run: RunId,
    id: LessonId,
    mut gone: Vec<String>,
) -> Result<Event, Refusal> {
    known(state, run)?;
    let lesson = known_lesson(state, id)?;
    gone.truncate(PATHS);
    let mark = match (lesson.state, gone.is_empty()) {
        (LessonState::Candidate | LessonState::Confirmed, false) => Mark::Stale { gone },
        (LessonState::Stale, true) => Mark::Fresh,
        (LessonState::Stale, false) if lesson.gone != gone => Mark::Stale { gone },
        (
            LessonState::Candidate
            | LessonState::Confirmed
            | LessonState::Stale
            | LessonState::Refuted
            | LessonState::Retired
            | LessonState::Forgotten,
            _,
        ) => return Err(not_now(format!("{id} is {} as before", lesson.state.word()))),
    };
    Ok(Event::LessonMarked { lesson: id, mark })
}

fn known_lesson(state: &State, id: LessonId) -> Result<&Lesson, Refusal> {
    state.lessons.iter().find(|one| one.id == id).ok_or(Refusal::NoSuchLesson(id))
}

fn sound(what: &LessonCandidate) -> Result<(), Refusal> {
    if what.trigger.trim().is_empty() || what.fix.trim().is_empty() {
        return Err(Refusal::Faulty(vec!["a lesson needs a trigger and a fix".into()]));
    }
    if what.trigger.chars().count() > MOST || what.fix.chars().count() > MOST {
        return Err(Refusal::Faulty(vec![format!(
            "a lesson is short: at most {MOST} characters for its trigger and for its fix"
        )]));
    }
    if what.paths.len() > PATHS {
        return Err(Refusal::Faulty(vec![format!("a lesson names at most {PATHS} paths")]));
    }
    Ok(())
}
