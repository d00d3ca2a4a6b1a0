//! What the first frame is likely made of, read while git is asked where the repository is.
//!
//! It is a guess: only git says where the repository is, and whether it is to be trusted. What was
//! read counts for nothing until git has named the same log and the log says that it is at its end.

use std::{
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
};

use crate::{
    domain::Seq,
    logger::{Filter, Reading, Recall},
    ui::Story,
};

use super::out::CliError;

/// Newest events that the first frame is made of; the workbench tells the rest behind it.
const FIRST: usize = 100;

/// What is being read.
pub(super) struct Ahead {
    log: PathBuf,
    fold: Option<Reading>,
    story: JoinHandle<Option<Story>>,
}

/// What has been read: the fold, and the newest events, of a log.
#[derive(Default)]
pub(super) struct Found {
    pub fold: Option<Reading>,
    pub story: Option<Story>,
}

impl Ahead {
    /// Begins to read the log of the nearest checkout around a folder, if there is one and it is the
    /// user's own.
    pub(super) fn begin(dir: &Path) -> Option<Self> {
        let dir = dir.canonicalize().ok()?;
        let git = dir.ancestors().map(|one| one.join(".git")).find(|git| git.is_dir())?;
        let log = git.join("chargehand").join("log.db");
        let owner = log.symlink_metadata().ok().filter(std::fs::Metadata::is_file)?.uid();
        if owner != rustix::process::geteuid().as_raw() {
            return None;
        }
        let fold = Reading::begin(&log);
        let path = log.clone();
        let story = thread::spawn(move || newest(&Recall::open(&path).ok()?).ok());
        Some(Self { log, fold, story })
    }

    /// What has been read of this log; nothing, if it was another.
    pub(super) fn of(self, log: &Path) -> Found {
        if self.log != log {
            return Found::default();
        }
        Found { fold: self.fold, story: self.story.join().ok().flatten() }
    }
}

impl Found {
    /// The newest events, if those that were read are the newest still.
    pub(super) fn story_to(&mut self, last: Seq) -> Option<Story> {
        self.story.take().filter(|story| story.last() == last)
    }
}

/// The newest part of the log as a person reads it.
pub(super) fn newest(recall: &Recall) -> Result<Story, CliError> {
    let newest = Filter { limit: Some(FIRST), ..Filter::default() };
    Ok(Story::of(&recall.timeline(&newest)?.records))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Actor, Event, Record},
        logger::{Access, Store},
    };

    fn note(seq: u64) -> Record {
        Record {
            seq: Seq(seq),
            at: seq,
            actor: Actor::Chargehand,
            goal: None,
            revision: 0,
            task: None,
            attempt: None,
            event: Event::Noted { run: None, text: format!("note {seq}") },
        }
    }

    #[test]
    fn what_was_read_ahead_counts_for_the_log_that_git_names_and_as_it_is_now() {
        let temp = tempfile::tempdir().unwrap();
        let top = temp.path().canonicalize().unwrap();
        let (folder, inside) = (top.join(".git/chargehand"), top.join("src/deep"));
        std::fs::create_dir_all(&inside).unwrap();
        std::fs::create_dir_all(&folder).unwrap();
        assert!(Ahead::begin(&inside).is_none(), "there is no log yet");
        let log = folder.join("log.db");
        let mut store = Store::open(&log, Access::Write).unwrap();
        store.append(&[note(1), note(2)]).unwrap();

        let mut found = Ahead::begin(&inside).unwrap().of(&log);
        assert_eq!(found.story_to(Seq(2)).unwrap().last(), Seq(2));
        let mut found = Ahead::begin(&inside).unwrap().of(&top.join("other/log.db"));
        assert!(found.fold.is_none() && found.story_to(Seq(2)).is_none(), "it is another log's");
        let ahead = Ahead::begin(&inside).unwrap();
        let mut found = ahead.of(&log);
        store.append(&[note(3)]).unwrap();
        assert!(found.story_to(store.last()).is_none(), "it has grown since");
    }
}
