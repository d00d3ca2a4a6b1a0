//! A reading handle of the memory that is opened while a goal is typed: its first run waits for none.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use crate::logger::Recall;

/// Room for one handle. Cheap to clone; all clones are the same room.
#[derive(Clone, Default)]
pub struct Spare(Arc<Mutex<Option<Recall>>>);

impl std::fmt::Debug for Spare {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Spare").finish_non_exhaustive()
    }
}

impl Spare {
    /// Opens a handle of a log, unless there is one already. One that cannot be opened is tried
    /// again, and told of, by the run that needs it.
    pub(super) fn fill(&self, log: &Path) {
        let mut room = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if room.is_none() {
            *room = Recall::open(log).ok();
        }
    }

    /// The handle, if there is one.
    pub(super) fn take(&self) -> Option<Recall> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logger::{Access, Store, notes};

    #[test]
    fn a_handle_that_was_opened_ahead_sees_what_was_written_since_and_is_given_once() {
        let temp = tempfile::tempdir().unwrap();
        let log = temp.path().join("log.db");
        let spare = Spare::default();
        spare.fill(&log);
        assert!(spare.take().is_none(), "there is no log yet");
        let mut store = Store::open(&log, Access::Write).unwrap();
        spare.fill(&log);
        store.append(&notes(1..=2)).unwrap();
        assert_eq!(spare.clone().take().unwrap().last(9).unwrap().records, notes(1..=2));
        assert!(spare.take().is_none());
    }
}
