//! What the first frame is made of: the fold of the log, of which a long one is read while the
//! repository is looked for, and the newest events.

use std::{os::unix::fs::MetadataExt as _, path::Path};

use crate::{
    logger::{Reading, Recall, Store, StoreError},
    ui::Story,
};

/// Newest events that the first frame is made of; the workbench tells the rest behind it.
const FIRST: usize = 100;

/// Begins to read the fold of the nearest checkout's log around a folder, if there is one and it is
/// the user's own.
///
/// It is a guess, and counts for nothing until it is known where the repository is, and that its log
/// is the same.
pub(super) fn fold(dir: &Path) -> Option<Reading> {
    let dir = dir.canonicalize().ok()?;
    let git = dir.ancestors().map(|one| one.join(".git")).find(|git| git.is_dir())?;
    let log = git.join("chargehand").join("log.db");
    let owner = log.symlink_metadata().ok().filter(std::fs::Metadata::is_file)?.uid();
    (owner == rustix::process::geteuid().as_raw()).then(|| Reading::begin(&log))?
}

/// The newest part of the log as a person reads it.
pub(super) fn newest(store: &Store) -> Result<Story, StoreError> {
    let found = store.newest(FIRST).or_else(|_| store.recall()?.last(FIRST))?;
    Ok(Story::of(&found.records))
}

/// The same by a handle for reading.
pub(super) fn newest_by(recall: &Recall) -> Result<Story, StoreError> {
    Ok(Story::of(&recall.last(FIRST)?.records))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logger::{Access, Store};

    #[test]
    fn only_the_log_of_the_nearest_checkout_is_read_ahead() {
        let temp = tempfile::tempdir().unwrap();
        let top = temp.path().canonicalize().unwrap();
        let (folder, inside) = (top.join(".git/chargehand"), top.join("src/deep"));
        std::fs::create_dir_all(&inside).unwrap();
        std::fs::create_dir_all(&folder).unwrap();
        assert!(fold(&inside).is_none(), "there is no log yet");
        let log = folder.join("log.db");
        drop(Store::open(&log, Access::Write).unwrap());
        assert!(fold(&inside).is_none(), "nothing was folded yet");
        std::fs::write(folder.join("log.state"), "{}").unwrap();
        assert!(fold(&inside).is_some_and(|fold| fold.is_beside(&log)));
        std::fs::create_dir_all(inside.join(".git")).unwrap();
        assert!(fold(&inside).is_none(), "another checkout is nearer");
    }
}
