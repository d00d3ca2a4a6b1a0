//! Waiting for a child, and never leaving one behind that nobody waits for.

#[cfg(target_os = "linux")]
use std::os::fd::OwnedFd;
use std::{io, os::unix::process::ExitStatusExt as _, process::ExitStatus};

use rustix::process::{Pid, WaitOptions, waitpid};
#[cfg(target_os = "linux")]
use tokio::io::unix::AsyncFd;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// A child of ours. Dropped before it has ended, it is killed, and waited for elsewhere.
pub(super) struct Child {
    pid: Pid,
    notice: Notice,
    status: Option<ExitStatus>,
}

/// What tells that a child may have ended.
enum Notice {
    #[cfg(target_os = "linux")]
    Handle(AsyncFd<OwnedFd>),
    /// A signal when any child has ended: where there are no handles of processes.
    Signal(Signal),
}

impl Child {
    /// Takes a child over, right after it was started.
    pub(super) fn new(pid: Pid) -> io::Result<Self> {
        match Notice::of(pid) {
            Ok(notice) => Ok(Self { pid, notice, status: None }),
            Err(error) => {
                end(pid);
                Err(error)
            }
        }
    }

    /// Its process id, which is its group's and its session's.
    pub(super) fn pid(&self) -> Pid {
        self.pid
    }

    /// How it ended, once it has. Loses nothing when dropped, and says the same again.
    pub(super) async fn wait(&mut self) -> io::Result<ExitStatus> {
        loop {
            if let Some(status) = self.look()? {
                return Ok(status);
            }
            match &mut self.notice {
                #[cfg(target_os = "linux")]
                Notice::Handle(handle) => {
                    let mut ready = handle.readable().await?;
                    if let Some(status) = look(self.pid)? {
                        self.status = Some(status);
                        return Ok(status);
                    }
                    ready.clear_ready();
                }
                Notice::Signal(signals) => {
                    signals.recv().await;
                }
            }
        }
    }

    fn look(&mut self) -> io::Result<Option<ExitStatus>> {
        if self.status.is_none() {
            self.status = look(self.pid)?;
        }
        Ok(self.status)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if !matches!(self.look(), Ok(None)) {
            return;
        }
        end(self.pid);
    }
}

impl Notice {
    fn of(pid: Pid) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if let Ok(handle) = super::child::handle(pid) {
            return Ok(Self::Handle(handle));
        }
        #[cfg(not(target_os = "linux"))]
        let _ = pid;
        signal(SignalKind::child()).map(Self::Signal)
    }
}

fn look(pid: Pid) -> io::Result<Option<ExitStatus>> {
    let ended = rustix::io::retry_on_intr(|| waitpid(Some(pid), WaitOptions::NOHANG))?;
    Ok(ended.map(|(_, status)| ExitStatus::from_raw(status.as_raw())))
}

/// Kills a child and waits for it on a thread of its own: one that hangs in the kernel must hold
/// nobody up, and one that nobody waits for stays a zombie.
fn end(pid: Pid) {
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    if matches!(look(pid), Ok(None)) {
        let wait = move || {
            let _ = rustix::io::retry_on_intr(|| waitpid(Some(pid), WaitOptions::empty()));
        };
        let _ = std::thread::Builder::new().name("reap".to_owned()).spawn(wait);
    }
}

#[cfg(test)]
mod tests {
    use std::{ffi::OsString, path::Path};

    use super::*;
    use crate::sandbox::{Env, child::Start};

    fn start(line: &str) -> Child {
        let null = || std::fs::File::options().read(true).write(true).open("/dev/null").unwrap();
        let start = Start {
            argv: &["/bin/sh", "-c", line].map(OsString::from),
            cwd: Path::new("/"),
            env: &Env::base(),
            mark: ("MARK", "x".as_ref()),
            streams: [null().into(), null().into(), null().into()],
            life: null().into(),
        };
        Child::new(start.go().unwrap()).unwrap()
    }

    #[tokio::test]
    async fn how_it_ended_is_told_again_and_again() {
        let mut child = start("exit 7");
        for _ in 0..2 {
            assert_eq!(child.wait().await.unwrap().code(), Some(7));
        }
        let mut killed = start("kill -9 $$");
        assert_eq!(killed.wait().await.unwrap().signal(), Some(9));
    }

    #[tokio::test]
    async fn without_handles_of_processes_the_signal_tells_of_an_end() {
        let mut child = start("exit 5");
        child.notice = Notice::Signal(signal(SignalKind::child()).unwrap());
        assert_eq!(child.wait().await.unwrap().code(), Some(5));
    }

    #[tokio::test]
    async fn a_child_that_is_dropped_is_killed_and_leaves_no_zombie() {
        let child = start("exec sleep 600");
        let pid = child.pid();
        drop(child);
        // Whoever waits first gets it; afterwards there is nothing to wait for.
        let _ = waitpid(Some(pid), WaitOptions::empty());
        let again = waitpid(Some(pid), WaitOptions::NOHANG).err();
        assert_eq!(again, Some(rustix::io::Errno::CHILD));
    }
}
