//! What comes in from the terminal.

use std::process::ExitCode;

use crossterm::event::{KeyEvent, MouseEvent};
use tokio::sync::mpsc;

/// One thing that the terminal or the system has to say to the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key went down or repeats; releases are dropped.
    Key(KeyEvent),
    Mouse(MouseEvent),
    /// Text from the clipboard, which is never a command.
    Paste(Paste),
    Focus(Focus),
    /// The window has another size, in cells; draw again.
    Resized {
        columns: u16,
        rows: u16,
    },
    /// The colour of the terminal's background, which it was asked for at the start.
    Background(Rgb),
    /// A slow terminal has taken all of the last frame; draw again if something has changed.
    Ready,
    /// The program is in the foreground again after a suspension; draw again.
    Resumed,
    /// Come to an end.
    Stop(Stop),
}

/// Text that was pasted, with `\n` between its lines whatever the terminal sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paste {
    pub text: String,
    /// Bytes beyond the limit that were thrown away.
    pub lost: usize,
}

/// Whether the window has the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    Gained,
    Lost,
}

/// A colour, 8 bits a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
}

impl Rgb {
    /// Whether dark text reads better on it (relative luminance of ITU-R BT.601 above one half).
    pub fn is_light(self) -> bool {
        let [red, green, blue] = [self.red, self.green, self.blue].map(u32::from);
        red * 299 + green * 587 + blue * 114 > 127_500
    }
}

/// Why the program is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A signal asked for it. A second one ends the program at once.
    Signal(Signal),
    /// The terminal is gone: nothing can be shown or read any more.
    Lost,
    /// A task or thread panicked; its message is on the screen, which has been given back.
    Panicked,
}

impl Stop {
    /// Ends the program as the cause demands: by the very signal, so that a parent sees it, or
    /// with 129 for a lost terminal and 101 for a panic. For the very end, after `Term` is dropped
    /// and the log is closed: a signal runs no more destructors.
    pub fn end(self) -> ExitCode {
        match self {
            Self::Signal(signal) => {
                let _ = signal_hook::low_level::emulate_default_handler(signal.number());
                ExitCode::from(signal.code())
            }
            Self::Lost => ExitCode::from(Signal::Hangup.code()),
            Self::Panicked => ExitCode::from(101),
        }
    }
}

/// The signals that end a program politely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    Hangup,
    Interrupt,
    Quit,
    Terminate,
}

impl Signal {
    pub(super) const ALL: [Self; 4] = [Self::Hangup, Self::Interrupt, Self::Quit, Self::Terminate];

    pub(super) fn number(self) -> i32 {
        match self {
            Self::Hangup => signal_hook::consts::SIGHUP,
            Self::Interrupt => signal_hook::consts::SIGINT,
            Self::Quit => signal_hook::consts::SIGQUIT,
            Self::Terminate => signal_hook::consts::SIGTERM,
        }
    }

    /// What a shell calls the exit of a program that it ended: 128 and the number.
    fn code(self) -> u8 {
        u8::try_from(128 + self.number()).unwrap_or(u8::MAX)
    }
}

/// The stream of inputs, in the order in which they came.
#[derive(Debug)]
pub struct Inputs {
    pub(super) queue: mpsc::Receiver<Input>,
}

impl Inputs {
    /// The next input; waits without waking up for nothing. Cancelling loses none.
    ///
    /// When the reader has ended, because `Term` is gone, it says `Stop::Lost` for ever.
    pub async fn next(&mut self) -> Input {
        self.queue.recv().await.unwrap_or(Input::Stop(Stop::Lost))
    }

    /// What has come already, so that a burst is handled before one frame is drawn for it.
    pub fn take(&mut self) -> Option<Input> {
        self.queue.try_recv().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_is_dark_and_white_is_light() {
        let grey = |value| Rgb { red: value, green: value, blue: value };
        assert!(!grey(0).is_light() && !grey(100).is_light());
        assert!(grey(255).is_light() && grey(140).is_light());
    }

    #[test]
    fn codes_are_those_of_a_shell() {
        assert_eq!(Signal::ALL.map(Signal::code), [129, 130, 131, 143]);
    }
}
