//! The device itself: raw mode and back, bytes in and out, never waiting.

use std::{
    os::fd::{AsFd, OwnedFd},
    sync::Arc,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec},
    fs::{Mode, OFlags},
    io::Errno,
    termios::{OptionalActions, QueueSelector, Termios},
};

use super::{
    error::TermError,
    modes::{self, Cut, Keyboard, Modes},
};

/// How long leaving may wait for a slow terminal to take the bytes that restore it.
const LEAVE_WITHIN: Duration = Duration::from_millis(500);
/// How long leaving may wait for answers to what the terminal was asked, so that they do not end
/// up on the shell's command line.
const ANSWER_WITHIN: Duration = Duration::from_millis(100);
/// Bounds of a believable window, in cells. A pseudo-terminal of no size counts as 80 by 24.
const SIZES: std::ops::RangeInclusive<u16> = 1..=1000;
const USUAL: (u16, u16) = (80, 24);

/// Who has the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// We do, and our modes are on.
    Here,
    /// The shell, until we are continued.
    Suspended,
    /// A program that we started, until it ends.
    Lent,
    /// We have given it back for good.
    Left,
    /// It does not exist any more.
    Lost,
}

/// Whether the terminal still owes answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answers {
    Owed,
    Came,
}

#[derive(Debug)]
pub(super) struct Tty {
    /// An open file description of our own: that it does not block is our affair alone, and not
    /// that of the shell, which shares the one of standard input.
    pub(super) file: Arc<OwnedFd>,
    pub(super) place: Place,
    pub(super) modes: Modes,
    pub(super) answers: Answers,
    /// Whether all has to be painted, because others may have painted over it.
    pub(super) stale: bool,
    keyboard: Keyboard,
    cooked: Termios,
    out: Vec<u8>,
    sent: usize,
}

impl Tty {
    /// Opens the terminal of standard output. Nothing is changed yet.
    pub(super) fn open(modes: Modes) -> Result<Self, TermError> {
        let (input, output) = (std::io::stdin(), std::io::stdout());
        if !rustix::termios::isatty(&input) {
            return Err(TermError::NotATerminal { end: "input" });
        }
        if !rustix::termios::isatty(&output) {
            return Err(TermError::NotATerminal { end: "output" });
        }
        if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
            return Err(TermError::Dumb);
        }
        let name = rustix::termios::ttyname(&output, Vec::new())
            .map_err(TermError::call("finding its name"))?;
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::open(name.as_c_str(), flags, Mode::empty())
            .map_err(TermError::call("opening it"))?;
        let cooked = rustix::termios::tcgetattr(&file).map_err(TermError::call("tcgetattr"))?;
        Ok(Self {
            file: Arc::new(file),
            place: Place::Left,
            modes,
            answers: Answers::Came,
            stale: true,
            keyboard: Keyboard::Plain,
            cooked,
            out: Vec::new(),
            sent: 0,
        })
    }

    /// Enters raw mode and all the modes that are wanted.
    pub(super) fn enter(&mut self) -> Result<(), TermError> {
        let mut raw = self.cooked.clone();
        raw.make_raw();
        rustix::termios::tcsetattr(&self.file, OptionalActions::Now, &raw)
            .map_err(TermError::call("tcsetattr"))?;
        if self.place == Place::Here {
            // What is stacked is taken off first, so that leaving once is enough.
            self.write(modes::unstack(self.keyboard).as_bytes());
        }
        self.place = Place::Here;
        self.stale = true;
        self.keyboard = Keyboard::Plain;
        self.answers = Answers::Owed;
        self.write(modes::enter(&self.modes).as_bytes());
        Ok(())
    }

    /// Gives the terminal to someone else for a while.
    pub(super) fn step_aside(&mut self, place: Place) {
        if self.place == Place::Here {
            self.restore();
            self.place = place;
        }
    }

    /// Gives the terminal back for good; only the first call does anything.
    pub(super) fn leave(&mut self) {
        if self.place == Place::Here {
            self.restore();
            // What is still on its way are reports of the mouse and the like, not for the shell.
            let _ = rustix::termios::tcflush(&self.file, QueueSelector::IFlush);
        }
        if self.place != Place::Lost {
            self.place = Place::Left;
        }
    }

    /// Takes the terminal again from wherever it is, and takes it anew if it is here.
    pub(super) fn come_back(&mut self) {
        match self.place {
            Place::Here | Place::Suspended | Place::Lent => {
                if self.enter().is_err() {
                    self.lose();
                }
            }
            Place::Left | Place::Lost => {}
        }
    }

    pub(super) fn lose(&mut self) {
        self.place = Place::Lost;
        self.out.clear();
        self.sent = 0;
    }

    /// The terminal can tell keys apart, and is asked to.
    pub(super) fn tell_keys_apart(&mut self) {
        if self.place == Place::Here && self.keyboard == Keyboard::Plain {
            self.keyboard = Keyboard::Told;
            self.write(modes::KEYBOARD_ON.as_bytes());
        }
    }

    /// Sends bytes, or keeps what a slow terminal does not take yet. Nothing is sent to a terminal
    /// that someone else has.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        if self.place == Place::Here {
            self.out.extend_from_slice(bytes);
            self.flush();
        }
    }

    /// Sends what the terminal takes now.
    pub(super) fn flush(&mut self) {
        while self.is_busy() {
            match rustix::io::write(&self.file, &self.out[self.sent..]) {
                Ok(count) => self.sent += count,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return,
                Err(_) => return self.lose(),
            }
        }
        self.out.clear();
        self.sent = 0;
    }

    /// Whether bytes wait for a slow terminal.
    pub(super) fn is_busy(&self) -> bool {
        self.sent < self.out.len()
    }

    /// Whether the keyboard is ours: a program in the background that reads or sets it is stopped.
    pub(super) fn is_foreground(&self) -> bool {
        rustix::termios::tcgetpgrp(&self.file)
            .is_ok_and(|group| group == rustix::process::getpgrp())
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> (u16, u16) {
        size(&self.file)
    }

    fn restore(&mut self) {
        if !self.is_foreground() {
            return;
        }
        self.await_answers();
        let cut = if self.is_busy() { Cut::Short } else { Cut::Clean };
        self.out.clear();
        self.sent = 0;
        let end = Instant::now() + LEAVE_WITHIN;
        self.write(modes::leave(self.keyboard, cut).as_bytes());
        while self.is_busy() && self.wait(PollFlags::OUT, end) {
            self.flush();
        }
        // Not after a drain, which may take for ever where the output is stopped.
        let _ = rustix::termios::tcsetattr(&self.file, OptionalActions::Now, &self.cooked);
    }

    /// Reads on until the last of the answers, which is that of the device's attributes.
    fn await_answers(&mut self) {
        let end = Instant::now() + ANSWER_WITHIN;
        let mut bytes = [0; 256];
        while self.answers == Answers::Owed && self.wait(PollFlags::IN, end) {
            let Ok(count @ 1..) = rustix::io::read(&self.file, &mut bytes) else { return };
            if bytes[..count].contains(&b'c') {
                self.answers = Answers::Came;
            }
        }
    }

    /// Whether the terminal became ready before the end.
    fn wait(&self, flags: PollFlags, end: Instant) -> bool {
        let left = end.saturating_duration_since(Instant::now());
        let Ok(left) = Timespec::try_from(left) else { return false };
        let mut fds = [PollFd::new(&self.file, flags)];
        let ready = matches!(rustix::event::poll(&mut fds, Some(&left)), Ok(1..));
        ready && fds[0].revents().contains(flags)
    }
}

/// Columns of the terminal that a stream goes to; `None` when it goes elsewhere, or says nothing.
pub fn columns(stream: impl AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(stream).ok()?;
    (size.ws_col > 0).then_some(usize::from(size.ws_col))
}

/// Columns and rows of a terminal's window.
pub(super) fn size(file: &OwnedFd) -> (u16, u16) {
    let Ok(size) = rustix::termios::tcgetwinsize(file) else { return USUAL };
    match (size.ws_col, size.ws_row) {
        (0, _) | (_, 0) => USUAL,
        (columns, rows) => (columns.min(*SIZES.end()), rows.min(*SIZES.end())),
    }
}
