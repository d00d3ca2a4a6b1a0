//! What becomes of a server that failed: held, tried again, released.

use super::super::{goal::Goal, hold::Hold, ids::RunId, run::End};

impl Goal {
    /// A fault of a server holds all that would ask it; a trial that came to nothing else is over.
    pub(super) fn hold(&mut self, at: u64, run: RunId, end: &End) {
        for hold in self.holds.values_mut().filter(|hold| hold.trial == Some(run)) {
            hold.trial = None;
        }
        let End::Faulted { fault } = end else { return };
        if let Some(from) = fault.from.as_ref().filter(|_| fault.class.holds_the_provider()) {
            let hold = Hold::after(self.holds.get(&from.provider), fault, &from.model, at);
            self.holds.insert(from.provider.clone(), hold);
        }
    }

    /// This run finds out whether the server answers again.
    pub(super) fn try_again(&mut self, provider: &str, run: RunId) {
        if let Some(hold) = self.holds.get_mut(provider) {
            hold.trial = Some(run);
        }
    }

    /// A run was answered: if it was a trial, the hold is over.
    pub(super) fn answered(&mut self, run: RunId) {
        self.holds.retain(|_, hold| hold.trial != Some(run));
    }

    pub(super) fn release(&mut self, provider: &str) {
        self.holds.remove(provider);
    }
}
