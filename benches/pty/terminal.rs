//! A program in a pseudo-terminal with a screen, and the times at which its output was read.

use std::{
    io::{Read, Write},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// The window, in cells.
pub(crate) const ROWS: u16 = 50;
pub(crate) const COLUMNS: u16 = 160;

/// Bytes, and when they came.
type Output = (Instant, Vec<u8>);

pub(crate) struct Terminal {
    pub(crate) started: Instant,
    pub(crate) bytes: u64,
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    output: Receiver<Output>,
    screen: vt100::Parser,
}

impl Terminal {
    pub(crate) fn start(argv: &[String], env: &[(&'static str, String)]) -> Self {
        let size = PtySize { rows: ROWS, cols: COLUMNS, ..PtySize::default() };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(&argv[0]);
        command.args(&argv[1..]);
        command.cwd(std::env::current_dir().unwrap());
        command.env("TERM", "xterm-256color");
        for (name, value) in env {
            command.env(name, value);
        }
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = vec![0; 1 << 16];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if sender.send((Instant::now(), bytes[..count].to_vec())).is_err() {
                    return;
                }
            }
        });
        let screen = vt100::Parser::new(ROWS.try_into().unwrap(), COLUMNS.try_into().unwrap(), 0);
        let started = Instant::now();
        let child = pair.slave.spawn_command(command).unwrap();
        Self { started, bytes: 0, child, _master: pair.master, writer, output, screen }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    pub(crate) fn send(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
    }

    /// Takes output for at most so long; when it was read, if any came.
    pub(crate) fn pump(&mut self, most: Duration) -> Option<Instant> {
        let (at, bytes) = self.output.recv_timeout(most).ok()?;
        self.bytes += u64::try_from(bytes.len()).unwrap();
        self.screen.process(&bytes);
        // What every terminal answers, so that no program waits for it.
        if bytes.windows(3).any(|three| three == b"\x1b[c") {
            self.send("\x1b[?62;22c");
        }
        Some(at)
    }

    pub(crate) fn pump_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.pump(end.saturating_duration_since(Instant::now()));
        }
    }

    pub(crate) fn count(&self, text: &str) -> usize {
        self.screen.screen().contents().matches(text).count()
    }

    /// Takes output until a text stands on the screen so often; when that was.
    pub(crate) fn wait(&mut self, text: &str, times: usize, most: Duration) -> Option<Instant> {
        let end = Instant::now() + most;
        if self.count(text) >= times {
            return Some(Instant::now());
        }
        while Instant::now() < end {
            let came = self.pump(end.saturating_duration_since(Instant::now()));
            if came.is_some() && self.count(text) >= times {
                return came;
            }
        }
        None
    }

    pub(crate) fn shown(&self) -> String {
        self.screen.screen().contents()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
