//! Signals, turned into something that can be polled.

use std::{
    io,
    os::{fd::AsFd, unix::net::UnixStream},
    sync::{Arc, atomic::AtomicBool},
};

use rustix::process::{getpgrp, getpid, getppid, getsid};
use signal_hook::{
    consts::{SIGCONT, SIGTSTP, SIGWINCH},
    flag,
    iterator::{backend::SignalDelivery, exfiltrator::SignalOnly},
};

use super::input::Signal;

/// What a signal says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Resized,
    Continued,
    StopForNow,
    End(Signal),
}

/// The signals that a screen has to do with.
pub(super) struct Signals {
    delivery: SignalDelivery<UnixStream, SignalOnly>,
}

impl Signals {
    /// Begins to listen. Once `over` is set, the ending signals end the program as if no one
    /// listened: without it they would be lost on a program that has left its screen.
    pub(super) fn listen(over: &Arc<AtomicBool>) -> io::Result<Self> {
        let (read, write) = UnixStream::pair()?;
        read.set_nonblocking(true)?;
        write.set_nonblocking(true)?;
        let mut wanted = vec![SIGWINCH, SIGCONT, SIGTSTP];
        for signal in Signal::ALL {
            flag::register_conditional_default(signal.number(), Arc::clone(over))?;
            wanted.push(signal.number());
        }
        Ok(Self { delivery: SignalDelivery::with_pipe(read, write, SignalOnly, wanted)? })
    }

    /// Becomes readable when a signal has come.
    pub(super) fn pipe(&self) -> impl AsFd {
        self.delivery.get_read()
    }

    /// What has come: each signal once, however often it was sent.
    pub(super) fn come(&mut self) -> Vec<Said> {
        let said = |number: i32| match number {
            SIGWINCH => Some(Said::Resized),
            SIGCONT => Some(Said::Continued),
            SIGTSTP => Some(Said::StopForNow),
            _ => Signal::ALL.into_iter().find(|one| one.number() == number).map(Said::End),
        };
        self.delivery.pending().filter_map(said).collect()
    }
}

/// Whether a shell waits that can continue us after we have stopped. Where none does, as in a
/// window that runs nothing but us, a stopped program could never go on.
pub(super) fn has_shell() -> bool {
    let Ok(session) = getsid(None) else { return false };
    // A shell with job control puts each job into a group of its own, within its session.
    getpgrp() != session
        && getppid().is_some_and(|parent| getsid(Some(parent)) == Ok(session))
        && getpid() != session
}
