//! Shows what comes in from the terminal, and ends in every way that a program can end.
//!
//! For `tests/term.rs`, the benches, and for looking at a terminal by hand:
//! `cargo run --example term_probe`. Plain letters are written to the prompt; Backspace deletes.
//!
//! | key | what it does |
//! |---|---|
//! | Ctrl-Q | ends |
//! | Ctrl-E | ends with an error |
//! | Ctrl-P, Ctrl-T, Ctrl-B | panics in the main task, a spawned task, a blocking thread |
//! | Ctrl-Z | suspends |
//! | Ctrl-V | hands over to `$PROBE_EDITOR`, run by `sh -c` |
//! | Ctrl-L | paints anew |
//! | Ctrl-F | draws frames as fast as the terminal takes them, for a second |
//! | Ctrl-X | stops reading inputs for ever |
#![allow(clippy::panic, clippy::expect_used)]

use std::{
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use chargehand::{
    sandbox,
    term::{Drawn, Input, Inputs, Modes, Mouse, Stop, Term},
};
use color_eyre::eyre::eyre;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{
    Frame,
    layout::{Constraint, Layout},
    text::Line,
    widgets::{Block, Paragraph},
};

/// Inputs that are shown.
const SHOWN: usize = 8;

#[derive(Default)]
struct Probe {
    prompt: String,
    heard: Vec<String>,
    shown: u64,
    busy: u64,
}

enum Next {
    On,
    End,
    Fail,
    Suspend,
    Edit,
    Repaint,
    Flood,
    Hang,
}

impl Probe {
    fn key(&mut self, key: KeyEvent) -> Next {
        if !key.modifiers.contains(KeyModifiers::CONTROL) {
            match key.code {
                KeyCode::Char(c) => self.prompt.push(c),
                KeyCode::Backspace => drop(self.prompt.pop()),
                _ => {}
            }
            return Next::On;
        }
        match key.code {
            KeyCode::Char('q') => return Next::End,
            KeyCode::Char('e') => return Next::Fail,
            KeyCode::Char('p') => panic!("the main task panicked"),
            KeyCode::Char('t') => {
                tokio::spawn(async { panic!("a spawned task panicked") });
            }
            KeyCode::Char('b') => {
                tokio::task::spawn_blocking(|| panic!("a blocking thread panicked"));
            }
            KeyCode::Char('z') => return Next::Suspend,
            KeyCode::Char('v') => return Next::Edit,
            KeyCode::Char('l') => return Next::Repaint,
            KeyCode::Char('f') => return Next::Flood,
            KeyCode::Char('x') => return Next::Hang,
            _ => {}
        }
        Next::On
    }

    fn hear(&mut self, input: &Input) {
        let text = match input {
            Input::Paste(paste) => format!("Paste {} {:?}", paste.lost, paste.text),
            Input::Key(key) => format!("Key {}{:?}", key.modifiers, key.code),
            other => format!("{other:?}"),
        };
        self.heard.push(text);
        if self.heard.len() > SHOWN {
            self.heard.remove(0);
        }
    }

    fn render(&self, frame: &mut Frame<'_>) {
        let [top, bottom] =
            Layout::vertical([Constraint::Min(1), Constraint::Length(3)]).areas(frame.area());
        let size = frame.area();
        let mut lines = vec![
            Line::raw(format!("pid {} end", std::process::id())),
            Line::raw(format!("size {}x{}", size.width, size.height)),
            Line::raw(format!("frames {} busy {}", self.shown, self.busy)),
        ];
        lines.extend(self.heard.iter().map(|text| Line::raw(text.as_str())));
        frame.render_widget(Paragraph::new(lines).block(Block::bordered().title("heard")), top);
        let prompt = format!("READY> {}", self.prompt);
        let column = 1 + u16::try_from(prompt.chars().count()).unwrap_or(0);
        frame.render_widget(Paragraph::new(prompt).block(Block::bordered()), bottom);
        frame.set_cursor_position((bottom.x + column, bottom.y + 1));
    }
}

fn draw(term: &mut Term, probe: &mut Probe) {
    match term.draw(|frame| probe.render(frame)) {
        Drawn::Shown => probe.shown += 1,
        Drawn::Busy => probe.busy += 1,
        Drawn::Same | Drawn::Away => {}
    }
}

fn edit(term: &mut Term) -> String {
    let editor = std::env::var("PROBE_EDITOR").unwrap_or_else(|_| "vi".into());
    let argv = ["sh".to_owned(), "-c".to_owned(), editor];
    match term.hand_over(|| sandbox::with_tty(&argv, Path::new("."))) {
        Ok(status) => format!("Edited {status}"),
        Err(error) => format!("Edited not: {error}"),
    }
}

async fn run(term: &mut Term, inputs: &mut Inputs) -> color_eyre::Result<Option<Stop>> {
    let mut probe = Probe::default();
    draw(term, &mut probe);
    loop {
        let mut next = Some(inputs.next().await);
        while let Some(input) = next {
            probe.hear(&input);
            let then = match input {
                Input::Stop(stop) => return Ok(Some(stop)),
                Input::Key(key) => probe.key(key),
                _ => Next::On,
            };
            match then {
                Next::On => {}
                Next::End => return Ok(None),
                Next::Fail => return Err(eyre!("the probe failed as it was told to")),
                Next::Suspend => probe.heard.push(format!("{:?}", term.suspend())),
                Next::Edit => {
                    let said = edit(term);
                    probe.heard.push(said);
                }
                Next::Repaint => term.repaint(),
                Next::Flood => {
                    let end = Instant::now() + Duration::from_secs(1);
                    while Instant::now() < end {
                        probe.prompt = format!("{:>60}", probe.busy + probe.shown);
                        draw(term, &mut probe);
                    }
                }
                Next::Hang => std::future::pending().await,
            }
            next = inputs.take();
        }
        draw(term, &mut probe);
    }
}

fn main() -> color_eyre::Result<ExitCode> {
    color_eyre::install()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build()?;
    let modes = Modes { mouse: Mouse::On, title: "probe".into() };
    let (mut term, mut inputs) = Term::enter(modes)?;
    let stop = runtime.block_on(run(&mut term, &mut inputs));
    drop(term);
    runtime.shutdown_background();
    Ok(stop?.map_or(ExitCode::SUCCESS, Stop::end))
}
