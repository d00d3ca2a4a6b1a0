//! The limit: the smallest honest program of the workbench's shape, to measure the workbench by.
//!
//! Three panes and a prompt, as many streams as wanted, and nothing else: no log, no markdown, no
//! guard. `cargo run --release --example limit -- [HOST:PORT [STREAMS]]`; Enter starts the streams,
//! Ctrl-C ends. Input on one thread, each stream on one, the screen on the main one; a key is
//! painted at once, streams at most 60 times a second, and nothing wakes it when nothing comes.
#![allow(clippy::unwrap_used)]

use std::{
    borrow::Cow,
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};
use ratatui::{
    DefaultTerminal,
    layout::{Constraint, Layout, Rect},
    text::Line,
    widgets::{Block, Paragraph},
};
use unicode_width::UnicodeWidthChar;

const FRAME: Duration = Duration::from_micros(16_667);
const TASKS: usize = 10_000;

/// One stream's text, wrapped as it comes: each byte is looked at once.
struct Pane {
    text: String,
    starts: Vec<usize>,
    width: usize,
    column: usize,
    blank: Option<usize>,
    deltas: usize,
}

impl Pane {
    fn new(width: usize) -> Self {
        let (text, starts) = (String::new(), vec![0]);
        Self { text, starts, width, column: 0, blank: None, deltas: 0 }
    }

    fn push(&mut self, delta: &str) {
        let base = self.text.len();
        self.text.push_str(delta);
        self.deltas += 1;
        for (at, c) in delta.char_indices() {
            let (at, next) = (base + at, base + at + c.len_utf8());
            if c == '\n' {
                self.starts.push(next);
                (self.column, self.blank) = (0, None);
                continue;
            }
            if c == ' ' {
                self.blank = Some(next);
            }
            self.column += c.width().unwrap_or(0);
            if self.column > self.width {
                let start = self.blank.take().unwrap_or(at);
                self.starts.push(start);
                self.column = self.text[start..next].chars().count();
            }
        }
    }

    fn tail(&self, rows: usize) -> Vec<Line<'_>> {
        let first = self.starts.len().saturating_sub(rows);
        let ends = self.starts.iter().skip(first + 1).copied().chain([self.text.len()]);
        let lines = self.starts[first..].iter().zip(ends);
        lines.map(|(start, end)| Line::raw(self.text[*start..end].trim_end())).collect()
    }
}

enum Message {
    Event(Event),
    Data,
}

#[derive(serde::Deserialize)]
struct Chunk<'a> {
    #[serde(borrow)]
    choices: Vec<Choice<'a>>,
}

#[derive(serde::Deserialize)]
struct Choice<'a> {
    #[serde(borrow)]
    delta: Delta<'a>,
}

#[derive(serde::Deserialize)]
struct Delta<'a> {
    #[serde(borrow, default)]
    content: Option<Cow<'a, str>>,
}

struct Streams {
    panes: Vec<Mutex<Pane>>,
    dirty: AtomicBool,
}

/// Asks for an answer, and adds what comes to a pane.
fn stream(address: &str, streams: &Streams, at: usize, sender: &mpsc::Sender<Message>) {
    let mut socket = TcpStream::connect(address).unwrap();
    let body = r#"{"model":"m","stream":true,"messages":[{"role":"user","content":"go"}]}"#;
    let length = body.len();
    let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: limit\r\nconnection: close";
    write!(socket, "{head}\r\ncontent-length: {length}\r\n\r\n{body}").unwrap();
    let mut lines = BufReader::with_capacity(1 << 17, socket);
    let mut line = String::new();
    while let Ok(1..) = lines.read_line(&mut line) {
        let chunk = line.strip_prefix("data: ").map(serde_json::from_str::<Chunk<'_>>);
        if let Some(Ok(chunk)) = chunk
            && let Some(text) = chunk.choices.first().and_then(|one| one.delta.content.as_ref())
        {
            streams.panes[at].lock().unwrap().push(text);
            if !streams.dirty.swap(true, Ordering::AcqRel) {
                let _ = sender.send(Message::Data);
            }
        }
        line.clear();
    }
}

fn boxed<'a>(text: Vec<Line<'a>>, title: &'a str) -> Paragraph<'a> {
    Paragraph::new(text).block(Block::bordered().title(title))
}

fn draw(terminal: &mut DefaultTerminal, prompt: &str, streams: &Streams, tasks: &[String]) {
    let rows = |area: Rect| usize::from(area.height.saturating_sub(2));
    let paint = |frame: &mut ratatui::Frame<'_>| {
        let [top, bottom] =
            Layout::vertical([Constraint::Min(3), Constraint::Length(3)]).areas(frame.area());
        let [left, middle, right] = Layout::horizontal([Constraint::Ratio(1, 3); 3]).areas(top);
        let plan = tasks.iter().take(rows(left)).map(|task| Line::raw(task.as_str())).collect();
        frame.render_widget(boxed(plan, "plan"), left);
        let panes: Vec<_> = streams.panes.iter().map(|pane| pane.lock().unwrap()).collect();
        let areas = Layout::vertical(panes.iter().map(|_| Constraint::Fill(1))).split(middle);
        for (pane, area) in panes.iter().zip(areas.iter()) {
            frame.render_widget(boxed(pane.tail(rows(*area)), "session"), *area);
        }
        let deltas: usize = panes.iter().map(|pane| pane.deltas).sum();
        frame.render_widget(boxed(vec![format!("deltas {deltas}").into()], "memory"), right);
        frame.render_widget(boxed(vec![format!("READY> {prompt}").into()], ""), bottom);
    };
    terminal.draw(paint).unwrap();
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next();
    let count: usize = arguments.next().map_or(1, |count| count.parse().unwrap());
    let (sender, receiver) = mpsc::channel();
    let mut terminal = ratatui::init();
    let width = usize::from(terminal.size().unwrap().width / 3).saturating_sub(2).max(10);
    let panes = (0..count).map(|_| Mutex::new(Pane::new(width))).collect();
    let streams = Arc::new(Streams { panes, dirty: AtomicBool::new(false) });
    let tasks: Vec<String> =
        (0..TASKS).map(|at| format!("{}○ task {at}", "  ".repeat(at % 4))).collect();
    let mut prompt = String::new();
    draw(&mut terminal, &prompt, &streams, &tasks);
    let keys = sender.clone();
    std::thread::spawn(move || {
        while let Ok(event) = crossterm::event::read() {
            let _ = keys.send(Message::Event(event));
        }
    });
    let (mut last, mut due) = (Instant::now(), None::<Instant>);
    loop {
        let message = match due {
            None => receiver.recv().ok(),
            Some(due) => receiver.recv_timeout(due.saturating_duration_since(Instant::now())).ok(),
        };
        match message {
            Some(Message::Data) => {
                due.get_or_insert((last + FRAME).max(Instant::now()));
                continue;
            }
            Some(Message::Event(Event::Key(key))) if key.kind == KeyEventKind::Press => {
                match key.code {
                    KeyCode::Char('c') if key.modifiers == KeyModifiers::CONTROL => break,
                    KeyCode::Char(c) => prompt.push(c),
                    KeyCode::Backspace => drop(prompt.pop()),
                    KeyCode::Enter => {
                        for (at, address) in (0..count).zip(std::iter::repeat(address.clone())) {
                            let (streams, sender) = (Arc::clone(&streams), sender.clone());
                            let run = move |to: String| stream(&to, &streams, at, &sender);
                            address.map(|address| std::thread::spawn(move || run(address)));
                        }
                    }
                    _ => {}
                }
            }
            Some(Message::Event(_)) => {}
            None => {
                due = None;
                streams.dirty.store(false, Ordering::Release);
            }
        }
        draw(&mut terminal, &prompt, &streams, &tasks);
        last = Instant::now();
    }
    ratatui::restore();
}
