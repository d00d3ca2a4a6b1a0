//! `lessons`: what was learned, what it is worth, and a person's word on it.

use super::{
    decide::record,
    general::{self, General},
    ids,
    lesson_args::{LessonVerb, LessonWords},
    out::{CliError, Exit, Form, data_fit, say},
};
use crate::{
    app::Place,
    domain::{Command, Lesson, LessonCandidate, LessonId, Mark, State},
    logger::time,
    ui::{self, lesson_words as words},
};

/// Columns before the words of a lesson.
pub(super) const SET_IN: usize = 10;

pub(super) fn lessons(place: &Place, verb: Option<LessonVerb>) -> Result<Exit, CliError> {
    let Some(verb) = verb else {
        let (engine, recall) = place.read()?;
        list(engine.state());
        offer(&general::offered(place, recall.log_id(), engine.state())?);
        return Ok(Exit::Done);
    };
    let (mut engine, mut store) = place.open()?;
    let command = match &verb {
        LessonVerb::Adopt { id } => {
            let all = general::offered(place, store.log_id(), engine.state())?;
            let one = general::named(&all, id).ok_or_else(|| {
                CliError::Usage(format!("no lesson is offered as `{}`", ui::line(id)))
            })?;
            Command::TellLesson { what: one.what() }
        }
        _ => asked(engine.state(), verb)?,
    };
    record(&mut engine, &mut store, command.clone(), Form::Lines)?;
    // What the person says of a lesson that is general holds in their own store as well.
    if let Command::MarkLesson { lesson: id, .. } = command
        && let Some(lesson) = engine.state().lessons.iter().find(|one| one.id == id)
    {
        let kept = general::all(place)?
            .iter()
            .any(|one| one.log == store.log_id().as_str() && one.lesson == id.0);
        if lesson.general || kept {
            general::keep(place, store.log_id(), lesson)?;
        }
    }
    Ok(Exit::Done)
}

fn asked(state: &State, verb: LessonVerb) -> Result<Command, CliError> {
    let (id, mark) = match verb {
        LessonVerb::Add { words } => {
            let none = LessonCandidate::default();
            return Ok(Command::TellLesson { what: corrected(&none, words) });
        }
        LessonVerb::Correct { id, words } => {
            let lesson = known(state, &id)?;
            let what = corrected(&lesson.what, words);
            return Ok(Command::MarkLesson { lesson: lesson.id, mark: Mark::Corrected { what } });
        }
        LessonVerb::Pin { id } => (id, Mark::Pinned),
        LessonVerb::Unpin { id } => (id, Mark::Unpinned),
        LessonVerb::Confirm { id } => (id, Mark::Confirmed),
        LessonVerb::Refute { id } => (id, Mark::Refuted),
        LessonVerb::Forget { id } => (id, Mark::Forgotten),
        LessonVerb::Undo { id } => (id, Mark::Undone),
        LessonVerb::General { id } => (id, Mark::General),
        LessonVerb::Own { id } | LessonVerb::Adopt { id } => (id, Mark::Own),
    };
    Ok(Command::MarkLesson { lesson: known(state, &id)?.id, mark })
}

/// A lesson by what a person writes for it: `L14`, `l14` or `14`.
pub(super) fn known<'a>(state: &'a State, id: &str) -> Result<&'a Lesson, CliError> {
    let number = ids::number(id, 'L').map(LessonId);
    state.lessons.iter().find(|one| Some(one.id) == number).ok_or_else(|| {
        let ids: Vec<String> = state.lessons.iter().map(|one| one.id.to_string()).collect();
        CliError::Usage(if ids.is_empty() {
            format!("there is no lesson `{}`; there is none yet", ui::line(id))
        } else {
            format!("there is no lesson `{}`; there are: {}", ui::line(id), ids.join(", "))
        })
    })
}

/// A lesson's text with what the person wants different.
fn corrected(old: &LessonCandidate, words: LessonWords) -> LessonCandidate {
    LessonCandidate {
        trigger: words.when.unwrap_or_else(|| old.trigger.clone()),
        fix: words.fix.unwrap_or_else(|| old.fix.clone()),
        paths: if words.paths.is_empty() { old.paths.clone() } else { words.paths },
        evidence: old.evidence.clone(),
    }
}

fn offer(offered: &[General]) {
    for (place, one) in (1..).zip(offered) {
        let told = format!(
            "G{place} from another project; `chargehand lessons adopt G{place}` takes it over\n    \
             when: {}\n    do:   {}",
            ui::line(&one.trigger),
            ui::line(&one.fix)
        );
        data_fit(&told, SET_IN);
    }
}

fn list(state: &State) {
    for lesson in &state.lessons {
        data_fit(&told(lesson), SET_IN);
    }
    if state.lessons.is_empty() {
        say("no lessons yet");
    }
}

/// A lesson in a few lines: what it says, what it rests on, what it is worth.
pub(super) fn told(lesson: &Lesson) -> String {
    format!(
        "{} {}, {}, {}, {}\n    when: {}\n    do:   {}\n    shown by {}; {}",
        lesson.id,
        words::standing(lesson),
        words::taught(lesson),
        words::trust(lesson.trust),
        time(lesson.at),
        ui::line(&lesson.what.trigger),
        ui::line(&lesson.what.fix),
        words::events(lesson),
        words::value(lesson),
    )
}
