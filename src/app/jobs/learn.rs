//! Lessons around a run: what an attempt shows by itself, and whether what is known still holds.

use super::{
    fault,
    seat::{Early, Seat, refused},
};
use crate::{
    agent::LinkError,
    domain::{
        Command, Goal, Lesson, LessonCandidate, LessonState, Named, Phase, Record, Task, mine,
        mined, named,
    },
    git::Repo,
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
    let goal = &seat.scene.goal;
    let tip = Tree::of(&seat.repo, &goal.tip.commit).await?;
    let coming = coming(goal);
    for fits in matching(&known, &task.spec) {
        let gone = gone(&seat.repo, &fits.what, stood_at(goal, fits), &tip, &coming).await?;
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

/// What the plan's tasks are still to make: it is not gone, it is not there yet.
fn coming(goal: &Goal) -> Vec<&str> {
    let open = goal.plan.tasks.iter().filter(|task| !task.phase.is_over());
    open.flat_map(|task| &task.spec.outputs).map(|output| bare(output)).collect()
}

/// The commit whose tree a lesson's names are held against. Work that has not landed is not at the
/// goal's tip: what it taught is held against what it began from.
fn stood_at<'a>(goal: &'a Goal, lesson: &'a Lesson) -> Option<&'a str> {
    let own = lesson.task.as_ref().filter(|_| lesson.goal.as_ref() == Some(&goal.id));
    let unlanded =
        own.and_then(|id| goal.task(id)).filter(|task| !matches!(task.phase, Phase::Done { .. }));
    match unlanded.and_then(Task::last_attempt) {
        Some(attempt) => Some(&attempt.base.commit),
        None => lesson.learned_at.as_deref(),
    }
}

/// What a lesson names that stood there `then` and does not any more, nor is to come.
async fn gone(
    repo: &Repo,
    what: &LessonCandidate,
    then: Option<&str>,
    tip: &Tree,
    coming: &[&str],
) -> Result<Vec<String>, Early> {
    let mut missing = Vec::new();
    for one in named(what) {
        let is_coming = matches!(&one, Named::Path(path) if stands_in(coming, path));
        if !is_coming && !tip.has(repo, &one).await? {
            missing.push(one);
        }
    }
    let (Some(then), false) = (then, missing.is_empty()) else {
        return Ok(Vec::new());
    };
    // A commit that is not here (a shallow clone) can say nothing of what was.
    let Ok(then) = Tree::of(repo, then).await else { return Ok(Vec::new()) };
    let mut gone = Vec::new();
    for one in missing {
        if then.has(repo, &one).await? {
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
    async fn of(repo: &Repo, commit: &str) -> Result<Self, Early> {
        let paths = repo.ls_tree(commit).await.map_err(fault::git)?;
        Ok(Self { commit: commit.to_owned(), paths })
    }

    async fn has(&self, repo: &Repo, one: &Named) -> Result<bool, Early> {
        match one {
            Named::Path(path) => Ok(stands_in(&self.paths, path)),
            Named::Symbol(word) => repo.mentions(&self.commit, word).await.map_err(fault::git),
        }
    }
}

fn bare(path: &str) -> &str {
    path.trim().trim_start_matches("./").trim_end_matches('/')
}

/// Whether a path, a folder or a glob names one of these paths.
fn stands_in(paths: &[impl AsRef<str>], wanted: &str) -> bool {
    let wanted = bare(wanted);
    let folder = format!("{wanted}/");
    let mut paths = paths.iter().map(AsRef::as_ref);
    if paths.clone().any(|path| path == wanted || path.starts_with(&folder)) {
        return true;
    }
    globset::Glob::new(wanted).is_ok_and(|glob| {
        let glob = glob.compile_matcher();
        paths.any(|path| glob.is_match(path))
    })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use tokio_util::sync::CancellationToken;

    use super::*;

    fn git(dir: &std::path::Path, args: &[&str]) -> String {
        let who = ["-c", "user.name=A", "-c", "user.email=a@localhost"];
        let output = Command::new("git").args(who).args(args).current_dir(dir).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    #[tokio::test]
    async fn a_lesson_about_a_command_is_stale_once_its_script_is_gone_and_not_before() {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path();
        git(dir, &["init", "-q"]);
        std::fs::create_dir(dir.join("scripts")).unwrap();
        std::fs::write(dir.join("scripts/check.sh"), "to_cents() { :; }\n").unwrap();
        git(dir, &["add", "-A"]);
        git(dir, &["commit", "-qm", "one"]);
        let then = git(dir, &["rev-parse", "HEAD"]);
        git(dir, &["mv", "scripts/check.sh", "scripts/test.sh"]);
        git(dir, &["commit", "-qm", "two"]);
        let tip = git(dir, &["rev-parse", "HEAD"]);
        let repo = Repo::discover(dir, &CancellationToken::new()).await.unwrap();
        let lost = async |fix: &str, then: Option<&str>, coming: &[&str]| {
            let what = LessonCandidate { fix: fix.to_owned(), ..LessonCandidate::default() };
            let tip = Tree::of(&repo, &tip).await.unwrap();
            gone(&repo, &what, then, &tip, coming).await.unwrap()
        };
        let (then, before) = (Some(then.as_str()), "run `sh scripts/check.sh -v` first");
        assert_eq!(lost(before, then, &[]).await, ["scripts/check.sh"]);
        assert_eq!(lost("run `sh scripts/test.sh -v` first", then, &[]).await, [""; 0]);
        // Its program is the machine's business; a name in the code is looked for in the code.
        assert_eq!(lost("run `shellcheck`, use `to_cents`", then, &[]).await, [""; 0]);
        // What never stood there, or is to be made yet, is not gone.
        assert_eq!(lost("run `sh scripts/never.sh`", then, &[]).await, [""; 0]);
        assert_eq!(lost(before, Some(&tip), &[]).await, [""; 0]);
        assert_eq!(lost(before, then, &["scripts/check.sh"]).await, [""; 0]);
        assert_eq!(lost(before, then, &["scripts/other.sh"]).await, ["scripts/check.sh"]);
        assert_eq!(lost(before, None, &[]).await, [""; 0]);
    }

    #[test]
    fn a_path_stands_for_itself_for_a_folder_or_for_what_its_glob_matches() {
        let paths = ["lib/money.sh", "docs"];
        for wanted in ["lib/money.sh", "./lib", "lib/", "lib/*.sh", "docs"] {
            assert!(stands_in(&paths, wanted), "{wanted}");
        }
        for wanted in ["lib/mon", "*.rs", "money.sh"] {
            assert!(!stands_in(&paths, wanted), "{wanted}");
        }
    }
}
