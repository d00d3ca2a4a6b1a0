//! The guard: who holds it has the terminal, and whatever ends the program gives it back.

use std::{
    os::unix::net::UnixStream,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use ratatui::{Frame, Terminal};
use rustix::process::{Signal as Sig, getpid, kill_process};
use tokio::sync::mpsc::{Sender, channel};

use super::{
    error::TermError,
    input::{Input, Inputs, Stop},
    modes::{self, Modes, Mouse},
    reader::{QUEUE, Reader},
    screen::Screen,
    shared::Shared,
    signals::{Signals, has_shell},
    tty::{Place, Tty},
};

/// Most bytes that are put on the clipboard; several terminals ignore what is longer.
const MAX_COPY: usize = 74_000;

/// What has become of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Drawn {
    /// It is on its way to the terminal.
    Shown,
    /// Nothing had changed; no byte was sent.
    Same,
    /// The terminal still has to take the frame before: nothing was drawn. `Input::Ready` comes
    /// when it has; frames are left out, they do not queue up.
    Busy,
    /// Someone else has the terminal, or it is gone: nothing was drawn.
    Away,
}

/// Whether the program was suspended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Suspend {
    /// It stops in a moment; `Input::Resumed` comes when it goes on.
    Stopping,
    /// No shell is there to continue it, so it was not stopped.
    NoShell,
}

/// Whether a text went to the terminal's clipboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Copied {
    /// It was sent. Whether the terminal has taken it cannot be known.
    Sent,
    /// It is too long for the clipboards of many terminals, and was not sent.
    TooLong,
}

/// The terminal, while it is ours. Dropping it gives everything back.
#[derive(Debug)]
pub struct Term {
    shared: Arc<Shared>,
    screen: Terminal<Screen>,
    over: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
}

impl Term {
    /// Takes the terminal, enters all modes, and begins to read it.
    ///
    /// From here on a panic in any thread first gives the terminal back, then is reported by the
    /// hook that was there before, and then arrives as `Stop::Panicked`. Ending signals arrive as
    /// `Stop::Signal`; after `Term` is gone they end the program at once, so it is entered once in
    /// the life of a program. Nothing is waited for: what the terminal answers comes in as inputs.
    ///
    /// # Errors
    /// Standard input or output is not a terminal, or the system refuses a call.
    pub fn enter(modes: Modes) -> Result<(Self, Inputs), TermError> {
        let io = |what| move |source| TermError::Call { what, source };
        let tty = Tty::open(modes)?;
        let (waker, wake) = UnixStream::pair().map_err(io("making a pipe"))?;
        for end in [&waker, &wake] {
            end.set_nonblocking(true).map_err(io("making a pipe"))?;
        }
        let over = Arc::new(AtomicBool::new(false));
        let signals = Signals::listen(&over).map_err(io("listening for signals"))?;
        let (queue, inputs) = channel(QUEUE);
        let screen = Terminal::new(Screen::new(Arc::clone(&tty.file))).map_err(io("sizing it"))?;
        let shared = Arc::new(Shared::new(tty, waker));
        leave_on_panic(&shared, &queue);
        let reader = Reader::new(Arc::clone(&shared), wake, signals, queue);

        let mut term = Self { shared, screen, over, reader: None };
        term.shared.tty().enter()?;
        let thread = std::thread::Builder::new().name("terminal".into());
        term.reader = Some(thread.spawn(move || reader.run()).map_err(io("starting a thread"))?);
        Ok((term, Inputs { queue: inputs }))
    }

    /// Draws a frame and sends what has changed, in one piece. Never waits.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> Drawn {
        let is_stale = {
            let mut tty = self.shared.tty();
            tty.flush();
            match tty.place {
                Place::Here if tty.is_busy() => return Drawn::Busy,
                Place::Here => std::mem::take(&mut tty.stale),
                Place::Suspended | Place::Lent | Place::Left | Place::Lost => return Drawn::Away,
            }
        };
        if is_stale {
            self.screen.backend_mut().forget();
            // Only collects bytes, so it cannot fail; nor can the drawing.
            let _ = self.screen.clear();
        }
        let _ = self.screen.draw(render);
        let bytes = self.screen.backend_mut().take();
        if bytes.is_empty() {
            return Drawn::Same;
        }
        let frame = [modes::BEGIN_FRAME.as_bytes(), &bytes, modes::END_FRAME.as_bytes()].concat();
        let mut tty = self.shared.tty();
        if tty.place != Place::Here || tty.stale {
            // It was given away in between: the terminal does not show what we believe it shows.
            tty.stale = true;
            return Drawn::Away;
        }
        tty.write(&frame);
        self.after(&tty)
    }

    /// Columns and rows of the window now.
    pub fn size(&self) -> (u16, u16) {
        self.shared.tty().size()
    }

    /// Enters all modes again and paints everything anew with the next frame: for a screen that
    /// others have spoilt.
    pub fn repaint(&mut self) {
        let mut tty = self.shared.tty();
        if tty.place == Place::Here {
            tty.come_back();
        }
    }

    /// Sets the title of the window. Control characters are left out.
    pub fn title(&mut self, text: &str) {
        let mut tty = self.shared.tty();
        if tty.modes.title != text {
            text.clone_into(&mut tty.modes.title);
            self.send(tty, modes::title(text).as_bytes());
        }
    }

    /// Switches the reports of the mouse on or off.
    pub fn mouse(&mut self, mouse: Mouse) {
        let mut tty = self.shared.tty();
        tty.modes.mouse = mouse;
        let bytes = match mouse {
            Mouse::On => modes::MOUSE_ON,
            Mouse::Off => modes::MOUSE_OFF,
        };
        self.send(tty, bytes.as_bytes());
    }

    /// Rings the terminal's bell once.
    pub fn bell(&mut self) {
        self.send(self.shared.tty(), b"\x07");
    }

    /// Puts a text on the clipboard of whoever sits at the terminal, also over ssh (OSC 52).
    pub fn copy(&mut self, text: &str) -> Copied {
        if text.len() > MAX_COPY {
            return Copied::TooLong;
        }
        let command = crossterm::clipboard::CopyToClipboard::to_clipboard_from(text);
        let mut bytes = String::new();
        let _ = crossterm::Command::write_ansi(&command, &mut bytes);
        self.send(self.shared.tty(), bytes.as_bytes());
        Copied::Sent
    }

    /// Stops the program as Ctrl-Z does elsewhere, with everything restored for the shell.
    pub fn suspend(&mut self) -> Suspend {
        if !has_shell() {
            return Suspend::NoShell;
        }
        // The reader obeys it, as it obeys the signal from elsewhere.
        let _ = kill_process(getpid(), Sig::TSTP);
        Suspend::Stopping
    }

    /// Lends the terminal for as long as `work` takes, such as to an editor.
    pub fn hand_over<T>(&mut self, work: impl FnOnce() -> T) -> T {
        self.lend();
        let done = work();
        self.take_back();
        done
    }

    /// Gives the terminal to a program of ours, until `take_back`. No key is read and no frame is
    /// drawn in the meantime, and the program's Ctrl-C does not end us; all else goes on.
    pub fn lend(&mut self) {
        self.shared.tty().step_aside(Place::Lent);
    }

    /// Takes the terminal back; the next frame paints everything.
    pub fn take_back(&mut self) {
        let mut tty = self.shared.tty();
        if tty.place == Place::Lent {
            tty.come_back();
        }
        drop(tty);
        // The reader has to know that it may read again.
        self.shared.wake();
    }

    /// Gives the terminal back for good, as dropping does. The second time does nothing.
    pub fn leave(&mut self) {
        self.shared.tty().leave();
        self.over.store(true, Ordering::SeqCst);
        self.shared.over.store(true, Ordering::SeqCst);
        self.shared.wake();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }

    fn send(&self, mut tty: std::sync::MutexGuard<'_, Tty>, bytes: &[u8]) {
        tty.write(bytes);
        let _ = self.after(&tty);
    }

    fn after(&self, tty: &Tty) -> Drawn {
        if tty.is_busy() {
            // It waits for the terminal to take the rest.
            self.shared.wake();
        }
        match tty.place {
            Place::Here => Drawn::Shown,
            Place::Suspended | Place::Lent | Place::Left | Place::Lost => Drawn::Away,
        }
    }
}

impl Drop for Term {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Puts a hook before the one that is there: the terminal is given back, then it is reported.
///
/// A panic of any thread ends the screen, not only one of the main task: its message can be read
/// nowhere else, and what the thread held is in an unknown state.
fn leave_on_panic(shared: &Arc<Shared>, queue: &Sender<Input>) {
    let shared = Arc::clone(shared);
    // Not one that keeps the queue open when the reader has ended.
    let queue = queue.downgrade();
    let previous = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        shared.leave_in_panic();
        previous(info);
        if let Some(queue) = queue.upgrade() {
            let _ = queue.try_send(Input::Stop(Stop::Panicked));
        }
    }));
}
