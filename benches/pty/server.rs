//! A server on the loopback that streams chat completions of any size and rate.

use std::{
    io::{BufRead, BufReader, BufWriter, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// What the next requests are answered with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub(crate) deltas: u32,
    /// Bytes of text in each.
    pub(crate) size: usize,
    /// Deltas in a second; nothing for as fast as they are taken.
    pub(crate) rate: Option<u32>,
}

/// Stands at the end of each answer.
pub(crate) const END: &str = "ENDMARK";

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    answer: Arc<Mutex<Answer>>,
    /// When the first request for an answer had been read whole.
    asked: Arc<Mutex<Option<Instant>>>,
}

impl Server {
    pub(crate) fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answer = Arc::new(Mutex::new(answer));
        let shared = Arc::clone(&answer);
        let asked = Arc::new(Mutex::new(None));
        let noted = Arc::clone(&asked);
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let answer = *shared.lock().unwrap();
                // An error is a program that has gone away.
                let noted = Arc::clone(&noted);
                std::thread::spawn(move || serve(&socket, answer, &noted).ok());
            }
        });
        Self { address, answer, asked }
    }

    /// When the first request for an answer came, since this was asked last.
    pub(crate) fn asked(&self) -> Option<Instant> {
        self.asked.lock().unwrap().take()
    }

    pub(crate) fn answer(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }
}

fn serve(
    socket: &TcpStream,
    answer: Answer,
    asked: &Mutex<Option<Instant>>,
) -> std::io::Result<()> {
    socket.set_nodelay(true)?;
    let mut request = BufReader::new(socket);
    let (mut length, mut line) = (0, String::new());
    request.read_line(&mut line)?;
    // Whoever asks for models gets none: that is no request for an answer.
    let posts = line.starts_with("POST ");
    line.clear();
    while request.read_line(&mut line)? > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    std::io::copy(&mut request.take(length), &mut std::io::sink())?;
    let mut unread = socket;
    let mut socket = BufWriter::new(socket);
    if !posts {
        socket.write_all(
            b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        )?;
        return socket.flush();
    }
    let first = asked.lock().unwrap().replace(Instant::now());
    if first.is_some() && answer.rate.is_none() {
        // What follows a large answer is none of its measure: it is never answered.
        *asked.lock().unwrap() = first;
        return std::io::copy(&mut unread, &mut std::io::sink()).map(drop);
    }
    socket.write_all(
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n",
    )?;
    let text = "words of a stream ".repeat(answer.size / 18 + 1);
    let delta = chunk(&text[..answer.size]);
    let start = Instant::now();
    for sent in 0..answer.deltas {
        if let Some(rate) = answer.rate {
            socket.flush()?;
            let due = Duration::from_secs_f64(f64::from(sent) / f64::from(rate));
            std::thread::sleep(due.saturating_sub(start.elapsed()));
        }
        socket.write_all(delta.as_bytes())?;
    }
    socket.write_all(chunk(&format!("\\n{END}")).as_bytes())?;
    // Without this an answer is only one that broke off.
    socket.write_all(
        chunk("").replace("\"finish_reason\":null", "\"finish_reason\":\"stop\"").as_bytes(),
    )?;
    socket.write_all(b"data: [DONE]\n\n")?;
    socket.flush()
}

fn chunk(text: &str) -> String {
    format!(
        "data: {{\"id\":\"a\",\"object\":\"chat.completion.chunk\",\"created\":0,\"model\":\"m\",\
         \"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":null}}]}}\n\n"
    )
}
