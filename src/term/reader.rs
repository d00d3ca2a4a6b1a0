//! The thread that reads the terminal and stands by for signals.
//!
//! It sleeps in one `poll` until something comes; there is no tick. It never reads while someone
//! else has the terminal, so it steals no keys, and it notices when the terminal disappears.

use std::{
    os::{fd::OwnedFd, unix::net::UnixStream},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec},
    io::Errno,
    process::{Signal as Sig, kill_current_process_group, kill_process},
};
use tokio::sync::mpsc::Sender;

use super::{
    decode::{Decoder, Heard},
    input::{Input, Signal, Stop},
    shared::Shared,
    signals::{Said, Signals, has_shell},
    tty::{self, Answers, Place},
};

/// How long a lone ESC may be the beginning of more. A slow line needs more than a fast one; a
/// person should not feel it.
const ESCAPE: Duration = Duration::from_millis(25);
/// Bytes that are read at once; each can become one input.
const CHUNK: usize = 1024;
/// Inputs that may wait for the program. Beyond, keys wait in the terminal and not in memory.
pub(super) const QUEUE: usize = 4096;
/// Room that is kept in the queue for all that is not keys.
const RESERVE: usize = 64;
/// How soon a full queue is looked at again.
const FULL: Duration = Duration::from_millis(10);
/// How long the program may take to leave the screen after its terminal has gone. Nothing can tell
/// anyone then that it hangs; all that counts is on disk already.
const GRACE: Duration = Duration::from_secs(5);

/// What the thread works with.
pub(super) struct Reader {
    shared: Arc<Shared>,
    file: Arc<OwnedFd>,
    wake: UnixStream,
    signals: Signals,
    queue: Sender<Input>,
    decoder: Decoder,
    heard: Vec<Heard>,
    ending: Option<Ending>,
}

/// The first reason to end, and until when it has to be obeyed.
struct Ending {
    signal: Signal,
    by: Option<Instant>,
}

/// What a poll has brought.
struct Woken {
    tty: PollFlags,
    signals: bool,
    wake: bool,
    count: usize,
}

impl Reader {
    /// Everything is made ready before the terminal is entered, so that nothing can fail after.
    pub(super) fn new(
        shared: Arc<Shared>,
        wake: UnixStream,
        signals: Signals,
        queue: Sender<Input>,
    ) -> Self {
        let file = Arc::clone(&shared.tty().file);
        let (decoder, heard) = (Decoder::default(), Vec::new());
        Self { shared, file, wake, signals, queue, decoder, heard, ending: None }
    }

    /// Works until the guard says that it is over.
    pub(super) fn run(mut self) {
        while !self.shared.over.load(Ordering::SeqCst) {
            let Ok(woken) = self.wait() else { return self.lost() };
            if woken.wake {
                // Only to be empty again: what woke us is looked up anew.
                let _ = rustix::io::read(&self.wake, &mut [0; 64]);
            }
            if woken.signals {
                self.obey();
            }
            if woken.tty.contains(PollFlags::OUT) {
                self.send_rest();
            }
            if woken.tty.contains(PollFlags::IN) {
                self.read();
            } else if woken.tty.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
                self.lost();
            }
            if woken.count == 0 && self.decoder.is_waiting() {
                self.decoder.idle(&mut self.heard);
                self.tell();
            }
            self.insist();
        }
    }

    /// Sleeps until something comes.
    fn wait(&mut self) -> Result<Woken, Errno> {
        let is_full = self.queue.capacity() < CHUNK + RESERVE;
        let (place, is_busy) = {
            let tty = self.shared.tty();
            (tty.place, tty.is_busy())
        };
        let is_here = place == Place::Here;
        let mut wanted = PollFlags::empty();
        wanted.set(PollFlags::IN, is_here && !is_full);
        wanted.set(PollFlags::OUT, is_here && is_busy);
        let limits = [
            self.decoder.is_waiting().then_some(ESCAPE),
            (is_here && is_full).then_some(FULL),
            self.ending
                .as_ref()
                .and_then(|ending| ending.by)
                .map(|by| by.saturating_duration_since(Instant::now())),
        ];
        let limit = limits.into_iter().flatten().min();
        let limit = limit.and_then(|limit| Timespec::try_from(limit).ok());
        let pipe = self.signals.pipe();
        let mut fds =
            vec![PollFd::new(&self.wake, PollFlags::IN), PollFd::new(&pipe, PollFlags::IN)];
        // Without any flag it still tells that the terminal is gone, over and over.
        if !matches!(place, Place::Lost | Place::Left) {
            fds.push(PollFd::new(&self.file, wanted));
        }
        let count = match rustix::event::poll(&mut fds, limit.as_ref()) {
            Err(Errno::INTR) => 1,
            other => other?,
        };
        let came = |at: usize| fds.get(at).map_or(PollFlags::empty(), PollFd::revents);
        Ok(Woken { tty: came(2), signals: !came(1).is_empty(), wake: !came(0).is_empty(), count })
    }

    /// Reads once. The lock is held, so that whoever takes the terminal away knows that no one
    /// reads any more.
    fn read(&mut self) {
        let mut bytes = [0; CHUNK];
        let mut tty = self.shared.tty();
        if tty.place != Place::Here {
            return;
        }
        let count = match rustix::io::read(&self.file, &mut bytes) {
            Ok(count @ 1..) => count,
            Err(Errno::INTR | Errno::AGAIN) => return,
            Ok(_) | Err(_) => {
                drop(tty);
                return self.lost();
            }
        };
        self.decoder.feed(&bytes[..count], &mut self.heard);
        for heard in &self.heard {
            match heard {
                Heard::Keyboard => tty.tell_keys_apart(),
                Heard::Attributes => tty.answers = Answers::Came,
                Heard::Input(_) => {}
            }
        }
        drop(tty);
        self.tell();
    }

    fn tell(&mut self) {
        for heard in self.heard.drain(..) {
            if let Heard::Input(input) = heard {
                // The room was there before the bytes were read.
                let _ = self.queue.try_send(input);
            }
        }
    }

    fn send_rest(&mut self) {
        let mut tty = self.shared.tty();
        tty.flush();
        let (place, is_busy) = (tty.place, tty.is_busy());
        drop(tty);
        match place {
            Place::Lost => self.lost(),
            Place::Here if !is_busy => self.send(Input::Ready),
            Place::Here | Place::Suspended | Place::Lent | Place::Left => {}
        }
    }

    fn send(&self, input: Input) {
        let _ = self.queue.try_send(input);
    }

    fn lost(&mut self) {
        self.shared.tty().lose();
        self.send(Input::Stop(Stop::Lost));
        self.end_by(Signal::Hangup);
    }

    fn end_by(&mut self, signal: Signal) {
        let first = self.ending.take().and_then(|ending| ending.by);
        let by = first.or_else(|| (signal == Signal::Hangup).then(|| Instant::now() + GRACE));
        self.ending = Some(Ending { signal, by });
    }

    fn obey(&mut self) {
        for said in self.signals.come() {
            match said {
                Said::Resized => {
                    let (columns, rows) = tty::size(&self.file);
                    self.send(Input::Resized { columns, rows });
                }
                Said::StopForNow => self.stop_for_now(),
                Said::Continued => self.go_on(),
                Said::End(signal) => self.end(signal),
            }
        }
    }

    fn end(&mut self, signal: Signal) {
        // While an editor has the keyboard, its Ctrl-C is sent to us too.
        let is_keys = matches!(signal, Signal::Interrupt | Signal::Quit);
        if is_keys && self.shared.tty().place == Place::Lent {
            return;
        }
        // Closing a window sends one signal, or several different ones, and takes the terminal
        // away: that is one wish. The same once more is a person who has waited long enough.
        let again = self.ending.as_ref().is_some_and(|ending| ending.signal == signal);
        if again && signal != Signal::Hangup {
            self.die(signal);
        }
        self.send(Input::Stop(Stop::Signal(signal)));
        self.end_by(signal);
    }

    /// Ends a program that does not come to its end.
    fn insist(&mut self) {
        if let Some(Ending { signal, by: Some(by) }) = self.ending
            && Instant::now() >= by
        {
            self.die(signal);
        }
    }

    fn die(&self, signal: Signal) {
        self.shared.tty().leave();
        let _ = signal_hook::low_level::emulate_default_handler(signal.number());
    }

    /// Gives the terminal to the shell, and stops.
    fn stop_for_now(&mut self) {
        let mut tty = self.shared.tty();
        match tty.place {
            // The editor has been told itself; we only have to stop with it.
            Place::Lent => {
                drop(tty);
                let _ = kill_process(rustix::process::getpid(), Sig::STOP);
            }
            Place::Here if has_shell() => {
                tty.step_aside(Place::Suspended);
                drop(tty);
                // Our whole job, as the key would have done: `cargo run` has to stop with us.
                let _ = kill_current_process_group(Sig::STOP);
            }
            Place::Here | Place::Suspended | Place::Left | Place::Lost => {}
        }
    }

    fn go_on(&mut self) {
        let mut tty = self.shared.tty();
        match tty.place {
            Place::Here | Place::Suspended => {}
            Place::Lent | Place::Left | Place::Lost => return,
        }
        if tty.is_foreground() {
            tty.come_back();
            drop(tty);
            self.decoder = Decoder::default();
            self.send(Input::Resumed);
        } else if has_shell() && self.ending.is_none() {
            tty.step_aside(Place::Suspended);
            drop(tty);
            // Continued in the background, where there is no screen. Stopped in the way that
            // shells know from programs that want the keyboard, until we are in front again.
            let _ = kill_current_process_group(Sig::TTIN);
        }
    }
}
