//! Lessons around a run: what an attempt shows by itself, and whether what is known still holds.

use super::{
    fault,
    seat::{Early, Seat, refused},
};
use crate::{
    agent::LinkError,
    domain::{Command, Lesson, LessonState, Named, Record, Task, mine, mined, named},
    planner::matching,
};

/// Most bytes of what a task's tools said that a remedy is looked for in.
const MAX_HEARD: usize = 4 << 20;

/// Notes the lessons that the task's latest attempt shows. What is noted already is passed over.
pub(super) async fn from_attempt(seat: &Seat, task: &Task) -> Result<(), Early> {
    for found in mined(task, &records(seat)?) {
        let note = Command::NoteLesson { run: seat.link.run, what: found.what, trust: found.trust };
        match seat.link.ask(note).await {
            Ok(_) | Err(LinkError::Refused(_)) => {}
            Err(stopped @ LinkError::Stopped) => return Err(refused(stopped)),
        }
    }
    Ok(())
}

/// Every event of the run's task.
pub(super) fn records(seat: &Seat) -> Result<Vec<Record>, Early> {
    let Some(task) = seat.job.task() else { return Ok(Vec::new()) };
    let recall = seat.world.recall().map_err(fault::store)?;
    Ok(recall.records_of_task(&seat.scene.goal.id, task).map_err(fault::store)?.records)
}

/// The texts that tools gave in the sessions for a task: what they say may be planted.
pub(super) fn heard(records: &[Record]) -> Vec<String> {
    let mut left = MAX_HEARD;
    let mut all = Vec::new();
    for text in mine::heard(records) {
        let Some(rest) = left.checked_sub(text.len()) else { break };
        left = rest;
        all.push(text.to_owned());
    }
    all
}

/// The lessons as they are at the goal's tip: those that fit the task are looked over, and the
/// ones that name what is gone are marked and left out. Reading a lesson makes it no fresher.
pub(super) async fn verified(seat: &Seat, task: &Task) -> Result<Vec<Lesson>, Early> {
    let mut lessons = seat.scene.lessons.clone();
    // Stale ones are looked over too: what they name may be there again.
    let mut known = lessons.clone();
    for lesson in &mut known {
        if lesson.state == LessonState::Stale {
            lesson.state = LessonState::Confirmed;
        }
    }
    let tip = Tree::of(seat, &seat.scene.goal.tip.commit).await?;
    for fits in matching(&known, &task.spec) {
        let gone = gone(seat, fits, &tip).await?;
        let Some(lesson) = lessons.iter_mut().find(|one| one.id == fits.id) else { continue };
        let verify =
            Command::VerifyLesson { run: seat.link.run, lesson: fits.id, gone: gone.clone() };
        match (lesson.state == LessonState::Stale, gone.is_empty()) {
            (false, true) => {}
            (true, true) => {
                if seat.link.ask(verify).await.is_ok() {
                    lesson.state = LessonState::Confirmed;
                }
            }
            (_, false) => {
                lesson.state = LessonState::Stale;
                let _ = seat.link.ask(verify).await;
            }
        }
    }
    Ok(lessons)
}

/// What a lesson names that stood there when it was learned and does not any more.
async fn gone(seat: &Seat, lesson: &Lesson, tip: &Tree) -> Result<Vec<String>, Early> {
    let mut missing = Vec::new();
    for one in named(&lesson.what) {
        if !tip.has(seat, &one).await? {
            missing.push(one);
        }
    }
    let (Some(then), false) = (&lesson.learned_at, missing.is_empty()) else {
        return Ok(Vec::new());
    };
    // A commit that is not here (a shallow clone) can say nothing of what was.
    let Ok(then) = Tree::of(seat, then).await else { return Ok(Vec::new()) };
    let mut gone = Vec::new();
    for one in missing {
        if then.has(seat, &one).await? {
            gone.push(one.as_str().to_owned());
        }
    }
    Ok(gone)
}

/// What a commit holds.
struct Tree {
    commit: String,
    paths: Vec<String>,
}

impl Tree {
    async fn of(seat: &Seat, commit: &str) -> Result<Self, Early> {
        let paths = seat.repo.ls_tree(commit).await.map_err(fault::git)?;
        Ok(Self { commit: commit.to_owned(), paths })
    }

    async fn has(&self, seat: &Seat, one: &Named) -> Result<bool, Early> {
        match one {
            Named::Path(path) => Ok(self.has_path(path)),
            Named::Symbol(word) => seat.repo.mentions(&self.commit, word).await.map_err(fault::git),
        }
    }

    fn has_path(&self, wanted: &str) -> bool {
        let wanted = wanted.trim_end_matches('/');
        let folder = format!("{wanted}/");
        if self.paths.iter().any(|path| path == wanted || path.starts_with(&folder)) {
            return true;
        }
        globset::Glob::new(wanted).is_ok_and(|glob| {
            let glob = glob.compile_matcher();
            self.paths.iter().any(|path| glob.is_match(path))
        })
    }
}
