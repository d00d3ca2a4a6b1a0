//! Watching a child: its output, its time, its end, and the end of all that descends from it.

use std::{
    io,
    os::{fd::OwnedFd, unix::process::ExitStatusExt as _},
    process::ExitStatus,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::unix::pipe,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::{
    capture::{Captured, Keep, Pieces},
    reap::Child,
    spawn::{Aftermath, Exit, Live},
    sweep::{self, Cookie},
};

/// Between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_millis(500);
/// How long a pipe is read after the child itself has ended.
const DRAIN: Duration = Duration::from_secs(2);
/// How long a killed child and its pipes are waited for; longer only when the kernel is stuck.
const REAP: Duration = Duration::from_secs(1);
/// Bytes read at once.
const CHUNK: usize = 32 * 1024;

/// A child and all that descends from it. Dropping it kills them.
pub(super) struct Family {
    child: Child,
    group: Pid,
    cookie: Cookie,
    life: OwnedFd,
    over: bool,
}

impl Family {
    pub(super) fn new(child: Child, cookie: Cookie, life: OwnedFd) -> Self {
        let group = child.pid();
        Self { child, group, cookie, life, over: false }
    }

    /// Whether something that descends from the child still runs, as far as the pipe that all of
    /// them inherit and the group can tell.
    fn has_members(&self) -> bool {
        let held = rustix::io::read(&self.life, &mut [0; 1]) == Err(rustix::io::Errno::AGAIN);
        held || test_kill_process_group(self.group).is_ok()
    }

    fn signal(&self, signal: Signal) {
        // It fails when there is nobody left, which is what is wanted.
        let _ = kill_process_group(self.group, signal);
    }

    fn kill(&mut self) {
        self.signal(Signal::KILL);
        sweep::kill_marked(&self.cookie);
        self.over = true;
    }
}

impl Drop for Family {
    fn drop(&mut self) {
        if !self.over {
            self.kill();
        }
    }
}

/// What is watched, and the limits.
pub(super) struct Watched {
    pub(super) family: Family,
    pub(super) out: pipe::Receiver,
    /// Only when stderr is kept apart.
    pub(super) err: Option<pipe::Receiver>,
    pub(super) stdin: Option<(pipe::Sender, Vec<u8>)>,
    pub(super) timeout: Duration,
    pub(super) keep: Keep,
}

/// What came of it.
pub(super) struct Ended {
    pub(super) exit: Exit,
    pub(super) output: Captured,
    pub(super) stderr: Captured,
    pub(super) aftermath: Aftermath,
}

/// One stream of output. `None` in `pipe` when it is at its end.
struct Stream {
    pipe: Option<pipe::Receiver>,
    captured: Captured,
    pieces: Pieces,
    buffer: Vec<u8>,
}

impl Stream {
    fn new(pipe: Option<pipe::Receiver>, keep: Keep) -> Self {
        let buffer = vec![0; if pipe.is_some() { CHUNK } else { 0 }];
        Self { pipe, captured: Captured::new(keep), pieces: Pieces::default(), buffer }
    }

    /// Reads once. Never ready when the stream is at its end. Loses nothing when dropped.
    async fn pull(&mut self, live: Option<Live<'_>>) {
        let Some(pipe) = &mut self.pipe else { return std::future::pending().await };
        match pipe.read(&mut self.buffer).await {
            Ok(0) | Err(_) => self.pipe = None,
            Ok(read) => {
                let bytes = &self.buffer[..read];
                self.captured.push(bytes);
                if let Some(live) = live {
                    let text = self.pieces.push(bytes);
                    if !text.is_empty() {
                        live(&text);
                    }
                }
            }
        }
    }
}

/// Why the watch ended.
enum Stage {
    /// The child ended, and its pipes did or the time for them is over.
    Exited(ExitStatus),
    /// It must be ended for this reason.
    Cut(Exit),
}

/// Watches a child to its end.
pub(super) async fn watch(
    watched: Watched,
    stop: &CancellationToken,
    live: Option<Live<'_>>,
) -> io::Result<Ended> {
    let Watched { mut family, out, err, stdin, timeout, keep } = watched;
    let mut out = Stream::new(Some(out), keep);
    let mut err = Stream::new(err, keep);
    let mut feeding = std::pin::pin!(feed(stdin));
    let mut fed = false;
    let mut status: Option<ExitStatus> = None;
    let mut deadline = Instant::now() + timeout;

    let stage = loop {
        if let Some(status) = status
            && out.pipe.is_none()
            && err.pipe.is_none()
        {
            break Stage::Exited(status);
        }
        if out.captured.total() + err.captured.total() > keep.total {
            break Stage::Cut(Exit::TooMuchOutput);
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => break Stage::Cut(Exit::Stopped),
            () = sleep_until(deadline) => break match status {
                Some(status) => Stage::Exited(status),
                None => Stage::Cut(Exit::TimedOut),
            },
            ended = family.child.wait(), if status.is_none() => {
                status = Some(ended?);
                deadline = Instant::now() + DRAIN;
            }
            () = out.pull(live) => {}
            () = err.pull(live) => {}
            () = &mut feeding, if !fed => fed = true,
        }
    };

    let (exit, aftermath) = match stage {
        Stage::Exited(status) => (exit_of(status), settle(&mut family)),
        Stage::Cut(exit) => {
            if exit != Exit::TooMuchOutput {
                family.signal(Signal::TERM);
                drain(&mut family, &mut out, &mut err, GRACE, live).await;
            }
            family.kill();
            drain(&mut family, &mut out, &mut err, REAP, live).await;
            (exit, Aftermath::Clean)
        }
    };
    Ok(Ended { exit, output: out.captured, stderr: err.captured, aftermath })
}

/// Ends what the child left behind, if there is anything. Looking costs two system calls; the
/// search through all processes is made only when they found something.
fn settle(family: &mut Family) -> Aftermath {
    let aftermath = if family.has_members() {
        family.kill();
        Aftermath::Killed
    } else {
        Aftermath::Clean
    };
    family.over = true;
    aftermath
}

/// Writes to the child's input, then closes it. A child that does not read is its own fault.
async fn feed(stdin: Option<(pipe::Sender, Vec<u8>)>) {
    if let Some((mut pipe, bytes)) = stdin {
        let _ = pipe.write_all(&bytes).await;
        let _ = pipe.shutdown().await;
    }
}

/// Waits for the child and the ends of its pipes, at most `limit`. A flood is not kept for ever:
/// reading goes on, and each stream keeps only what its `Keep` allows.
async fn drain(
    family: &mut Family,
    out: &mut Stream,
    err: &mut Stream,
    limit: Duration,
    live: Option<Live<'_>>,
) {
    let deadline = Instant::now() + limit;
    let mut gone = false;
    while !gone || out.pipe.is_some() || err.pipe.is_some() {
        tokio::select! {
            biased;
            () = sleep_until(deadline) => break,
            _ = family.child.wait(), if !gone => gone = true,
            () = out.pull(live) => {}
            () = err.pull(live) => {}
        }
    }
}

fn exit_of(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(signal),
        // Unix knows no third way to end.
        (None, None) => Exit::Code(-1),
    }
}
