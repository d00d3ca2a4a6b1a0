//! The file in which a screen is kept: one for each log, in the state folder.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use super::open::Place;
use crate::ui::Kept;

/// Most bytes that are read.
const MAX_FILE: u64 = 8 << 20;

fn path(place: &Place, log: &str) -> PathBuf {
    place.dirs.state.join("screens").join(format!("{log}.json"))
}

/// What was kept of this log's screen. What cannot be read is as if it had never been.
pub(super) fn load(place: &Place, log: &str) -> Option<Kept> {
    let path = path(place, log);
    if fs::metadata(&path).ok()?.len() > MAX_FILE {
        return None;
    }
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Keeps it. What cannot be written is lost: nothing but a reading position hangs on it.
pub(super) fn save(place: &Place, log: &str, kept: &Kept) {
    let _ = write(&path(place, log), kept);
}

fn write(path: &Path, kept: &Kept) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)?;
    // Drafts are the person's own: nobody else may read them.
    let mut file = tempfile::Builder::new().prefix(".screen-").tempfile_in(folder)?;
    file.write_all(&serde_json::to_vec(kept)?)?;
    file.persist(path)?;
    Ok(())
}
