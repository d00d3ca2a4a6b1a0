//! What the guard, the reader and the panic hook hold in common.

use std::{
    os::unix::net::UnixStream,
    sync::{Mutex, MutexGuard, TryLockError, atomic::AtomicBool},
    time::Duration,
};

use super::tty::Tty;

/// How often, and how long each time, a panic waits for a frame that another thread is sending.
const TRIES: u32 = 100;
const TRY: Duration = Duration::from_millis(5);

#[derive(Debug)]
pub(super) struct Shared {
    tty: Mutex<Tty>,
    /// A byte wakes the reader up.
    waker: UnixStream,
    /// Whether the reader is to end.
    pub(super) over: AtomicBool,
}

impl Shared {
    pub(super) fn new(tty: Tty, waker: UnixStream) -> Self {
        Self { tty: Mutex::new(tty), waker, over: AtomicBool::new(false) }
    }

    /// The terminal. Who holds it makes a few system calls that do not wait, and nothing else.
    pub(super) fn tty(&self) -> MutexGuard<'_, Tty> {
        self.tty.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Leaves from within a panic, which may have begun on a thread that holds the lock.
    pub(super) fn leave_in_panic(&self) {
        for _ in 0..TRIES {
            match self.tty.try_lock() {
                Ok(mut tty) => return tty.leave(),
                Err(TryLockError::Poisoned(tty)) => return tty.into_inner().leave(),
                Err(TryLockError::WouldBlock) => std::thread::sleep(TRY),
            }
        }
    }

    /// Makes the reader look again at who has the terminal and whether bytes wait.
    pub(super) fn wake(&self) {
        // A full pipe wakes it as well.
        let _ = rustix::io::write(&self.waker, &[0]);
    }
}
