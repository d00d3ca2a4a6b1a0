//! As much of HTTP/1.1 as a loopback server for one client library needs: requests with a length,
//! answers whole or in chunks, connections that are used again. Everything read is bounded.

use std::fmt::Write as _;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Most bytes of a request's head.
pub const MAX_HEAD: usize = 64 << 10;
/// Most bytes of a request's body.
pub const MAX_BODY: usize = 16 << 20;
/// Bytes read from the socket at once.
const GULP: usize = 16 << 10;

/// A connection, with what was read of it and not used yet.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    pub method: String,
    /// The path without its query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Why no request could be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The client has gone; between two requests that is its right.
    #[error("the connection is closed")]
    Closed,
    /// Answered with 400.
    #[error("{0}")]
    Malformed(&'static str),
    /// Answered with 413.
    #[error("the request is too large")]
    TooLarge,
    /// The socket failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl Incoming {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Connection {
    /// Takes over an accepted socket.
    pub fn new(stream: TcpStream) -> Self {
        // Small pieces must go out at once; where that cannot be had, they go out later.
        let _ = stream.set_nodelay(true);
        Self { stream, unread: Vec::new() }
    }

    /// Reads the next request.
    pub async fn read(&mut self) -> Result<Incoming, ReadError> {
        let end = loop {
            if let Some(end) = find(&self.unread, b"\r\n\r\n") {
                break end;
            }
            if self.unread.len() > MAX_HEAD {
                return Err(ReadError::TooLarge);
            }
            self.fill().await?;
        };
        let head = String::from_utf8_lossy(&self.unread[..end]).into_owned();
        self.unread.drain(..end + 4);
        let mut incoming = parse_head(&head).ok_or(ReadError::Malformed("this is not HTTP/1.1"))?;
        if incoming.header("transfer-encoding").is_some() {
            return Err(ReadError::Malformed("a body in chunks is not read; send its length"));
        }
        let length = incoming.header("content-length").unwrap_or("0").parse::<usize>();
        let length = length.map_err(|_| ReadError::Malformed("the content-length is no number"))?;
        if length > MAX_BODY {
            return Err(ReadError::TooLarge);
        }
        while self.unread.len() < length {
            self.fill().await?;
        }
        incoming.body = self.unread.drain(..length).collect();
        Ok(incoming)
    }

    async fn fill(&mut self) -> Result<(), ReadError> {
        self.unread.reserve(GULP);
        match self.stream.read_buf(&mut self.unread).await? {
            0 => Err(ReadError::Closed),
            _ => Ok(()),
        }
    }

    /// Sends a whole answer.
    pub async fn answer(
        &mut self,
        status: u16,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> std::io::Result<()> {
        let mut bytes = head(status, headers, &format!("content-length: {}", body.len()));
        bytes.extend_from_slice(body);
        self.stream.write_all(&bytes).await
    }

    /// Begins an answer whose length is not known.
    pub async fn begin(&mut self, status: u16, headers: &[(&str, &str)]) -> std::io::Result<()> {
        self.stream.write_all(&head(status, headers, "transfer-encoding: chunked")).await
    }

    /// Sends one chunk of it.
    pub async fn chunk(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        if bytes.is_empty() {
            return Ok(()); // An empty chunk would end the answer.
        }
        let mut framed = format!("{:x}\r\n", bytes.len()).into_bytes();
        framed.extend_from_slice(bytes);
        framed.extend_from_slice(b"\r\n");
        self.stream.write_all(&framed).await
    }

    /// Ends it.
    pub async fn end(&mut self) -> std::io::Result<()> {
        self.stream.write_all(b"0\r\n\r\n").await
    }

    /// Waits until the client goes, for an answer that never comes to its end.
    pub async fn wait_for_close(&mut self) {
        while self.fill().await.is_ok() {
            self.unread.clear();
        }
    }
}

fn head(status: u16, headers: &[(&str, &str)], length: &str) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} {}\r\n{length}\r\n", reason(status));
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head.push_str("\r\n");
    head.into_bytes()
}

fn reason(status: u16) -> &'static str {
    match status {
        200..=299 => "OK",
        300..=399 => "Elsewhere",
        400..=499 => "Refused",
        _ => "Failed",
    }
}

fn parse_head(head: &str) -> Option<Incoming> {
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target, version) = (first.next()?, first.next()?, first.next()?);
    if version != "HTTP/1.1" || first.next().is_some() {
        return None;
    }
    let mut headers = Vec::new();
    for line in lines {
        let (name, value) = line.split_once(':')?;
        headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
    let path = target.split('?').next().unwrap_or(target).to_owned();
    Some(Incoming { method: method.to_owned(), path, headers, body: Vec::new() })
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    async fn pair() -> (TcpStream, Connection) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _) = listener.accept().await.unwrap();
        (client, Connection::new(server))
    }

    #[tokio::test]
    async fn two_requests_on_one_connection_are_read_apart() {
        let (mut client, mut server) = pair().await;
        client
            .write_all(b"POST /a?x=1 HTTP/1.1\r\nContent-Length: 2\r\nX-Y: z\r\n\r\nhiGET /b HTTP/1.1\r\n\r\n")
            .await
            .unwrap();
        let first = server.read().await.unwrap();
        assert_eq!((first.method.as_str(), first.path.as_str()), ("POST", "/a"));
        assert_eq!((first.header("x-y"), first.body.as_slice()), (Some("z"), b"hi".as_slice()));
        assert_eq!(server.read().await.unwrap().path, "/b");
        drop(client);
        assert!(matches!(server.read().await, Err(ReadError::Closed)));
    }

    #[tokio::test]
    async fn what_is_not_http_or_too_large_is_refused() {
        for (request, large) in [
            ("hello\r\n\r\n".to_owned(), false),
            ("GET / HTTP/1.0\r\n\r\n".to_owned(), false),
            ("GET / HTTP/1.1\r\nno colon\r\n\r\n".to_owned(), false),
            ("POST / HTTP/1.1\r\ncontent-length: x\r\n\r\n".to_owned(), false),
            ("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n".to_owned(), false),
            (format!("POST / HTTP/1.1\r\ncontent-length: {}\r\n\r\n", MAX_BODY + 1), true),
            ("x".repeat(MAX_HEAD + 1), true),
        ] {
            let (mut client, mut server) = pair().await;
            client.write_all(request.as_bytes()).await.unwrap();
            let found = server.read().await;
            match (large, &found) {
                (true, Err(ReadError::TooLarge)) | (false, Err(ReadError::Malformed(_))) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    #[tokio::test]
    async fn an_answer_in_chunks_is_framed_and_ended() {
        let (mut client, mut server) = pair().await;
        server.begin(200, &[("content-type", "text/event-stream")]).await.unwrap();
        server.chunk(b"data: 1\n\n").await.unwrap();
        server.chunk(b"").await.unwrap();
        server.end().await.unwrap();
        drop(server);
        let mut text = String::new();
        client.read_to_string(&mut text).await.unwrap();
        insta::assert_snapshot!(text.replace("\r\n", "\n"), @r"
        HTTP/1.1 200 OK
        transfer-encoding: chunked
        content-type: text/event-stream

        9
        data: 1


        0
        ");
    }
}
