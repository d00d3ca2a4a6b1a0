//! A loopback HTTP server that says what it is told to, byte by byte, deviations included.

#![expect(clippy::unwrap_used, reason = "a test's server may end its test")]
#![allow(dead_code, reason = "not every test asks for everything")]

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
};

/// A request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    /// Such as `POST /v1/chat/completions`.
    pub(crate) line: String,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Heard {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.head.lines().find_map(|line| {
            let (own, value) = line.split_once(':')?;
            own.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }
}

#[derive(Clone, Debug)]
enum Step {
    Bytes(Vec<u8>),
    /// The same bytes until the client has enough.
    Repeat(Vec<u8>),
    /// Nothing, until the client goes away.
    Silence,
    /// A TCP reset.
    Reset,
}

/// What one request is answered with. The connection closes after it, unless it is kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    steps: Vec<Step>,
    keep: bool,
}

impl Answer {
    /// Nothing at all, not even a head.
    pub(crate) fn nothing() -> Self {
        Self::default()
    }

    /// A head without a length: the body ends with the connection.
    pub(crate) fn head(status: u16, headers: &[(&str, &str)]) -> Self {
        let mut text = format!("HTTP/1.1 {status} Scripted\r\n");
        for (name, value) in headers {
            text = text + name + ": " + value + "\r\n";
        }
        Self::default().bytes(text + "\r\n")
    }

    /// A response of a status, a content type and a body.
    pub(crate) fn of(status: u16, kind: &str, body: &str) -> Self {
        let length = body.len().to_string();
        Self::head(status, &[("content-type", kind), ("content-length", &length)]).bytes(body)
    }

    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::of(status, "application/json", &body.to_string())
    }

    /// The head of an event stream.
    pub(crate) fn stream() -> Self {
        Self::head(200, &[("content-type", "text/event-stream")])
    }

    /// A whole turn of events.
    pub(crate) fn events(events: &[Value]) -> Self {
        let answer = events.iter().fold(Self::stream(), Self::event);
        answer.bytes("data: [DONE]\n\n")
    }

    /// A whole turn of one text.
    pub(crate) fn says(text: &str) -> Self {
        Self::events(&[
            serde_json::json!({"choices":[{"index":0,"delta":{"content":text}}]}),
            serde_json::json!({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}),
        ])
    }

    /// A whole turn as a body with a length, after which the connection is kept.
    pub(crate) fn says_and_keeps(text: &str) -> Self {
        let delta =
            serde_json::json!({"choices":[{"delta":{"content":text},"finish_reason":"stop"}]});
        let body = format!("data: {delta}\n\ndata: [DONE]\n\n");
        Self { keep: true, ..Self::of(200, "text/event-stream", &body) }
    }

    pub(crate) fn event(self, event: &Value) -> Self {
        self.bytes(format!("data: {event}\n\n"))
    }

    pub(crate) fn bytes(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.steps.push(Step::Bytes(bytes.into()));
        self
    }

    pub(crate) fn repeating(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.steps.push(Step::Repeat(bytes.into()));
        self
    }

    pub(crate) fn silence(mut self) -> Self {
        self.steps.push(Step::Silence);
        self
    }

    pub(crate) fn reset(mut self) -> Self {
        self.steps.push(Step::Reset);
        self
    }
}

#[derive(Debug, Default)]
struct Shared {
    answers: Vec<Answer>,
    heard: Mutex<Vec<Heard>>,
    connections: AtomicUsize,
    /// Told when a client has gone away from a silence.
    gone: Notify,
    /// Told when a silence begins.
    silent: Notify,
}

/// A running server; it ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Answers the first request with the first answer and so on; the last one is repeated.
    pub(crate) async fn start(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answers = answers.into_iter().collect();
        let shared = Arc::new(Shared { answers, ..Shared::default() });
        let task = tokio::spawn({
            let shared = Arc::clone(&shared);
            async move {
                while let Ok((socket, _)) = listener.accept().await {
                    shared.connections.fetch_add(1, Ordering::SeqCst);
                    let shared = Arc::clone(&shared);
                    // A client that goes away in the middle is part of the play.
                    tokio::spawn(async move { drop(serve(socket, &shared).await) });
                }
            }
        });
        Self { address, shared, task }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.shared.heard.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Waits until a silence has begun.
    pub(crate) async fn silent(&self) {
        self.shared.silent.notified().await;
    }

    /// Waits until a client has gone away from a silence.
    pub(crate) async fn gone(&self) {
        self.shared.gone.notified().await;
    }
}

async fn serve(mut socket: TcpStream, shared: &Shared) -> io::Result<()> {
    socket.set_nodelay(true)?;
    while let Some(heard) = read(&mut socket).await? {
        let answer = {
            let mut all = shared.heard.lock().unwrap();
            all.push(heard);
            let at = (all.len() - 1).min(shared.answers.len() - 1);
            shared.answers[at].clone()
        };
        for step in answer.steps {
            match step {
                Step::Bytes(bytes) => {
                    socket.write_all(&bytes).await?;
                    tokio::task::yield_now().await;
                }
                Step::Repeat(bytes) => loop {
                    socket.write_all(&bytes).await?;
                },
                Step::Silence => {
                    shared.silent.notify_one();
                    while socket.read(&mut [0; 1024]).await.is_ok_and(|read| read > 0) {}
                    shared.gone.notify_one();
                    return Ok(());
                }
                Step::Reset => {
                    socket.set_zero_linger()?;
                    return Ok(());
                }
            }
        }
        if !answer.keep {
            break;
        }
    }
    Ok(())
}

async fn read(socket: &mut TcpStream) -> io::Result<Option<Heard>> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let mut request = Heard { line: String::new(), head, body: bytes.split_off(end + 4) };
            let length =
                request.header("content-length").map_or(0, |length| length.parse().unwrap());
            while request.body.len() < length {
                if socket.read_buf(&mut request.body).await? == 0 {
                    return Ok(None);
                }
            }
            let first = request.head.lines().next().unwrap_or_default();
            first.trim_end_matches(" HTTP/1.1").clone_into(&mut request.line);
            return Ok(Some(request));
        }
        if socket.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    }
}
