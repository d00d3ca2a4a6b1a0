//! Lessons that a person marked as general: kept in their own store, offered in other projects.
//!
//! A project takes one over only by the person's word: what holds in one need not hold in another.

use std::{fs, io::Write as _, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{ids, out::CliError};
use crate::{
    app::Place,
    domain::{Lesson, LessonCandidate, State, alike, guard_yaml},
    logger::LogId,
};

/// Most bytes of the store that are read.
const MAX_FILE: u64 = 1 << 20;
/// Most lessons of the store that are offered.
const MOST: usize = 50;

/// A general lesson, and where it was learned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct General {
    /// The log that it comes from.
    pub(super) log: String,
    pub(super) lesson: u64,
    pub(super) trigger: String,
    pub(super) fix: String,
    #[serde(default)]
    pub(super) paths: Vec<String>,
}

impl General {
    /// The lesson as a project would take it over. Its events are another log's, so none is named.
    pub(super) fn what(&self) -> LessonCandidate {
        LessonCandidate {
            trigger: self.trigger.clone(),
            fix: self.fix.clone(),
            paths: self.paths.clone(),
            evidence: Vec::new(),
        }
    }
}

fn file(place: &Place) -> PathBuf {
    place.dirs.data.join("lessons.yaml")
}

/// Every general lesson of the user.
pub(super) fn all(place: &Place) -> Result<Vec<General>, CliError> {
    let path = file(place);
    let size = match fs::metadata(&path) {
        Ok(meta) => meta.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    if size > MAX_FILE {
        return Err(CliError::Usage(format!(
            "{} has {size} bytes; at most {MAX_FILE} are read",
            path.display()
        )));
    }
    let text = fs::read_to_string(&path)?;
    let faulty = |why: String| CliError::Usage(format!("{}: {why}", path.display()));
    guard_yaml(&text).map_err(|grown| faulty(grown.to_string()))?;
    serde_yaml::from_str(&text).map_err(|error| faulty(error.to_string()))
}

/// Those of other projects that this one has nothing like.
pub(super) fn offered(place: &Place, own: &LogId, state: &State) -> Result<Vec<General>, CliError> {
    let new = |one: &General| {
        let words = alike::fingerprints(&[&one.trigger, &one.fix]);
        one.log != own.as_str() && !state.lessons.iter().any(|lesson| lesson.says_the_same(&words))
    };
    Ok(all(place)?.into_iter().filter(new).take(MOST).collect())
}

/// One of those that are offered, as it is called: `G3`.
pub(super) fn named<'a>(offered: &'a [General], id: &str) -> Option<&'a General> {
    let place = usize::try_from(ids::number(id, 'G')?).ok()?;
    offered.get(place.checked_sub(1)?)
}

/// Puts a lesson into the user's store, or takes it out.
pub(super) fn keep(place: &Place, log: &LogId, lesson: &Lesson) -> Result<(), CliError> {
    let mut known = all(place)?;
    known.retain(|one| one.log != log.as_str() || one.lesson != lesson.id.0);
    if lesson.general {
        known.push(General {
            log: log.to_string(),
            lesson: lesson.id.0,
            trigger: lesson.what.trigger.clone(),
            fix: lesson.what.fix.clone(),
            paths: lesson.what.paths.clone(),
        });
    }
    let path = file(place);
    let dir = path.parent().unwrap_or(&place.dirs.data);
    fs::create_dir_all(dir)?;
    let text =
        serde_yaml::to_string(&known).map_err(|error| CliError::Environment(error.to_string()))?;
    let mut temp = tempfile::NamedTempFile::new_in(dir)?;
    temp.write_all(text.as_bytes())?;
    temp.persist(&path).map_err(|error| error.error)?;
    Ok(())
}
