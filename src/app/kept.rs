//! The file in which a screen is kept, one for each log, in the state folder; and when it is written.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use super::{errand::Errand, open::Place, workbench::Workbench};
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

/// How often unsaved texts are written down at most.
const KEEP_EVERY: Duration = Duration::from_secs(1);
/// How long a text may rest before it is written down: one that is sent at once never is.
const REST: Duration = Duration::from_millis(250);

/// When unsaved texts are to be written down. What is on disk follows what is on the screen within
/// a moment, also when a text is sent or dropped: it must not come back after a kill.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    due: Option<Instant>,
    last: Option<Instant>,
    /// Whether the file has texts.
    had: bool,
}

impl Keeping {
    /// Notes that texts may be others than those in the file.
    pub(super) fn touched(&mut self, has: bool, now: Instant) {
        if (has || self.had) && self.due.is_none() {
            let soon = now + REST;
            self.due = Some(self.last.map_or(soon, |last| soon.max(last + KEEP_EVERY)));
        }
    }

    /// The same for texts that go without a key, as when a decision is on record.
    fn look(&mut self, has: bool, now: Instant) {
        if self.had && !has {
            self.touched(has, now);
        }
    }

    fn kept(&mut self, has: bool, now: Instant) {
        *self = Self { due: None, last: Some(now), had: has };
    }
}

impl Workbench {
    /// Puts the screen where it was when it was left, and gives what was kept of it.
    pub(super) fn take_up(&mut self) -> Option<Kept> {
        let mut last = load(&self.place, self.feed.log_id())?;
        if self.feed.refusal().is_some() {
            // They are being written in the window that works.
            last = last.without_texts();
        }
        self.looks.choose(&last.theme);
        let (ui, _, facts) = self.parts();
        ui.take_up(last.clone(), facts);
        self.untold = Some(Box::new(last.clone()));
        self.keeping.had = self.ui.has_texts();
        Some(last)
    }

    /// Takes up the texts of the window that worked before.
    pub(super) fn take_up_texts(&mut self) {
        if let Some(last) = load(&self.place, self.feed.log_id()) {
            self.ui.take_up_texts(last);
            self.keeping.had = self.ui.has_texts();
        }
    }

    fn kept(&self) -> Kept {
        let kept = self.ui.keep(self.facts(), &self.looks.theme.name);
        match &self.untold {
            Some(last) => kept.with_rest(last),
            None => kept,
        }
    }

    /// Writes down where everything is, for the next start. A second window leaves that to the
    /// first.
    pub(super) fn keep(&mut self) {
        // What is kept is about now.
        self.leave_past();
        if self.feed.refusal().is_none() {
            save(&self.place, self.feed.log_id(), &self.kept());
        }
    }

    /// When unsaved texts are to be written down next.
    pub(super) fn keeps_texts_at(&self) -> Option<Instant> {
        // What was is looked at, not changed; a window that only reads leaves it to the other.
        let mine = self.past.is_none() && self.feed.refusal().is_none();
        self.keeping.due.filter(|_| mine)
    }

    /// Writes unsaved texts down, so that not even a kill loses more than a moment of them.
    pub(super) fn keep_texts(&mut self) {
        let now = Instant::now();
        self.keeping.look(self.ui.has_texts(), now);
        if self.keeps_texts_at().is_some_and(|due| due <= now) {
            self.keeping.kept(self.ui.has_texts(), now);
            let (place, log, kept) =
                (Arc::clone(&self.place), self.feed.log_id().to_owned(), self.kept());
            self.errand_of(Errand::Keep { log, kept: Box::new(kept) }, place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(begun: Instant, millis: u64) -> Instant {
        begun + Duration::from_millis(millis)
    }

    #[test]
    fn a_text_is_written_down_though_no_key_follows_the_last_and_at_most_once_a_second() {
        let (mut keeping, begun) = (Keeping::default(), Instant::now());
        keeping.touched(true, begun);
        keeping.touched(true, at(begun, 200));
        assert_eq!(keeping.due, Some(at(begun, 250)));
        keeping.kept(true, at(begun, 250));
        assert_eq!(keeping.due, None, "nothing is waited for once all is written");
        keeping.touched(true, at(begun, 300));
        assert_eq!(keeping.due, Some(at(begun, 1_250)));
    }

    #[test]
    fn a_text_that_is_sent_or_dropped_is_taken_out_of_the_file() {
        let (mut keeping, begun) = (Keeping::default(), Instant::now());
        keeping.touched(true, begun);
        keeping.kept(true, at(begun, 250));
        keeping.look(true, at(begun, 1_000));
        assert_eq!(keeping.due, None);
        keeping.look(false, at(begun, 2_000));
        assert_eq!(keeping.due, Some(at(begun, 2_250)));
        keeping.kept(false, at(begun, 2_250));
        keeping.touched(false, at(begun, 9_000));
        assert_eq!(keeping.due, None, "a key without any text writes nothing");
    }

    #[test]
    fn a_text_that_is_sent_before_it_was_written_down_never_is() {
        let (mut keeping, begun) = (Keeping::default(), Instant::now());
        keeping.touched(false, begun);
        assert_eq!(keeping.due, None);
    }
}
