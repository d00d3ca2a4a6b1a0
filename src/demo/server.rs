//! The loopback server: bound to 127.0.0.1 on a free port, for whoever has the token.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet, time::sleep};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{
    conversation::Conversation,
    http::{Connection, Incoming, ReadError},
    reply::{Reply, Sizes},
    script::{Fault, Scene, Script},
    validate::validate,
};

/// Requests that are remembered; older ones are forgotten first.
const MAX_HEARD: usize = 10_000;
/// Newest requests that a prompt is compared with to say what of it is cached.
const COMPARED: usize = 16;
/// Bytes of the conversation's end that are shown when no scene fits.
const TAIL: usize = 600;

/// A running server. It stops when this is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    _stop: DropGuard,
}

/// A chat request that passed the validator.
#[derive(Clone, Debug)]
pub struct Heard {
    pub body: Value,
    /// When its last byte was read.
    pub arrived: Instant,
    /// When the last byte of the answer was sent; `None` while it is being answered.
    pub answered: Option<Instant>,
    /// Place of the scene that answered it; `None` where none fitted.
    pub scene: Option<usize>,
}

#[derive(Debug)]
struct Shared {
    script: Script,
    token: String,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    heard: Vec<Heard>,
    /// How many were forgotten.
    forgotten: usize,
    /// How often each scene was played.
    played: Vec<u32>,
    /// Bodies of the newest requests, as they came.
    raw: Vec<Vec<u8>>,
    unmatched: Vec<String>,
    refused: Vec<String>,
}

impl Server {
    /// Binds a free port and begins to serve the script to whoever has the token.
    pub async fn start(script: Script, token: impl Into<String>) -> std::io::Result<Server> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let played = vec![0; script.scenes.len()];
        let memory = Mutex::new(Memory { played, ..Memory::default() });
        let shared = Arc::new(Shared { script, token: token.into(), memory });
        let stop = CancellationToken::new();
        let (inside, served) = (stop.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            // Dropping the set at the end aborts every connection.
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    () = inside.cancelled() => break,
                    accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                        connections.spawn(serve(Connection::new(stream), Arc::clone(&served)));
                    },
                    Some(_) = connections.join_next() => {}
                }
            }
        });
        Ok(Server { address, shared, _stop: stop.drop_guard() })
    }

    /// What to give a client as its base URL.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The bodies of the chat requests so far, oldest first.
    pub fn requests(&self) -> Vec<Value> {
        self.shared.memory().heard.iter().map(|heard| heard.body.clone()).collect()
    }

    /// The chat requests so far with their times and scenes, oldest first.
    pub fn heard(&self) -> Vec<Heard> {
        self.shared.memory().heard.clone()
    }

    /// The ends of the conversations that no scene fitted.
    pub fn unmatched(&self) -> Vec<String> {
        self.shared.memory().unmatched.clone()
    }

    /// Why requests were refused by the validator.
    pub fn refused(&self) -> Vec<String> {
        self.shared.memory().refused.clone()
    }
}

impl Shared {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Picks the scene and remembers the request: its number, what to play, and the sizes.
    fn hear(
        &self,
        body: Value,
        raw: Vec<u8>,
        arrived: Instant,
    ) -> (usize, Result<(Scene, Reply), String>) {
        let conversation = Conversation::of(&body);
        let mut memory = self.memory();
        let known = memory.raw.iter().map(|before| common(before, &raw)).max().unwrap_or(0);
        let sizes = Sizes { request: raw.len(), known };
        memory.raw.push(raw);
        if memory.raw.len() > COMPARED {
            memory.raw.remove(0);
        }
        let scene = self.script.scene_for(&conversation, &memory.played);
        memory.heard.push(Heard { body, arrived, answered: None, scene });
        if memory.heard.len() > MAX_HEARD {
            memory.heard.remove(0);
            memory.forgotten += 1;
        }
        let number = memory.forgotten + memory.heard.len() - 1;
        let Some(at) = scene else {
            let tail = conversation.tail(TAIL);
            memory.unmatched.push(tail.clone());
            return (number, Err(format!("no scene of the script fits: {tail}")));
        };
        memory.played[at] += 1;
        let scene = self.script.scenes[at].clone();
        let reply = Reply::new(scene.said(&conversation), &conversation, sizes);
        (number, Ok((scene, reply)))
    }

    fn answered(&self, number: usize) {
        let mut memory = self.memory();
        let Some(at) = number.checked_sub(memory.forgotten) else { return };
        if let Some(heard) = memory.heard.get_mut(at) {
            heard.answered = Some(Instant::now());
        }
    }
}

/// How many first bytes two bodies share.
fn common(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

/// Whether the connection can be used again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    GoOn,
    Close,
}

async fn serve(mut connection: Connection, shared: Arc<Shared>) {
    loop {
        let after = match connection.read().await {
            Ok(incoming) => {
                let arrived = Instant::now();
                answer(&mut connection, &shared, incoming, arrived).await
            }
            Err(ReadError::Closed | ReadError::Io(_)) => return,
            Err(ReadError::Malformed(why)) => {
                let _ = refuse(&mut connection, 400, "invalid_request_error", why).await;
                return;
            }
            Err(ReadError::TooLarge) => {
                let why = "the request is too large";
                let _ = refuse(&mut connection, 413, "invalid_request_error", why).await;
                return;
            }
        };
        // A client that has gone away is no news to anyone.
        if !matches!(after, Ok(After::GoOn)) {
            return;
        }
    }
}

async fn answer(
    connection: &mut Connection,
    shared: &Shared,
    incoming: Incoming,
    arrived: Instant,
) -> std::io::Result<After> {
    let wanted = format!("Bearer {}", shared.token);
    if incoming.header("authorization") != Some(wanted.as_str()) {
        let why = "the bearer token is missing or wrong";
        return refuse(connection, 401, "invalid_api_key", why).await;
    }
    match (incoming.method.as_str(), incoming.path.as_str()) {
        ("GET", "/v1/models") => {
            let models = shared.script.models.iter();
            let data: Value = models
                .map(|id| json!({ "id": id, "object": "model", "created": 0, "owned_by": "demo" }))
                .collect();
            let body = json!({ "object": "list", "data": data }).to_string();
            send_json(connection, 200, &body).await
        }
        ("POST", "/v1/chat/completions") => {
            let parsed = serde_json::from_slice::<Value>(&incoming.body)
                .map_err(|error| format!("the body is not JSON: {error}"))
                .and_then(|body| validate(&body).map(|()| body));
            match parsed {
                Ok(body) => chat(connection, shared, body, incoming.body, arrived).await,
                Err(why) => {
                    shared.memory().refused.push(why.clone());
                    refuse(connection, 400, "invalid_request_error", &why).await
                }
            }
        }
        (method, path) => {
            let why = format!("there is no {method} {path} here");
            refuse(connection, 404, "not_found", &why).await
        }
    }
}

async fn chat(
    connection: &mut Connection,
    shared: &Shared,
    body: Value,
    raw: Vec<u8>,
    arrived: Instant,
) -> std::io::Result<After> {
    let streams = body["stream"] == true;
    let with_usage = body["stream_options"]["include_usage"] == true;
    let (number, found) = shared.hear(body, raw, arrived);
    let after = match found {
        // 422 and not 500: a client tries a 500 again and again, and the script stays as it is.
        Err(why) => refuse(connection, 422, "no_scene", &why).await,
        Ok((
            Scene { fault: Some(Fault::Answer { status, content_type, headers, body }), .. },
            _,
        )) => {
            let mut all = vec![("content-type", content_type.as_str())];
            all.extend(headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            connection.answer(status, &all, body.as_bytes()).await.map(|()| After::GoOn)
        }
        Ok((_, reply)) if !streams => send_json(connection, 200, &reply.whole().to_string()).await,
        Ok((scene, reply)) => {
            let pace = Duration::from_millis(scene.say.pace.unwrap_or(shared.script.pace));
            stream(connection, &reply.events(with_usage), pace, scene.fault.as_ref()).await
        }
    };
    shared.answered(number);
    after
}

async fn stream(
    connection: &mut Connection,
    events: &[Vec<u8>],
    pace: Duration,
    fault: Option<&Fault>,
) -> std::io::Result<After> {
    let mut left = match fault {
        Some(Fault::Cut { after } | Fault::Stall { after }) => *after,
        Some(Fault::Answer { .. }) | None => usize::MAX,
    };
    connection.begin(200, &[("content-type", "text/event-stream")]).await?;
    if pace.is_zero() {
        let whole = events.concat();
        connection.chunk(&whole[..left.min(whole.len())]).await?;
        left = left.saturating_sub(whole.len());
    } else {
        for event in events {
            connection.chunk(&event[..left.min(event.len())]).await?;
            left = left.saturating_sub(event.len());
            if left == 0 {
                break;
            }
            sleep(pace).await;
        }
    }
    match fault {
        Some(Fault::Cut { .. }) if left == 0 => Ok(After::Close),
        Some(Fault::Stall { .. }) if left == 0 => {
            connection.wait_for_close().await;
            Ok(After::Close)
        }
        Some(Fault::Answer { .. } | Fault::Cut { .. } | Fault::Stall { .. }) | None => {
            connection.end().await.map(|()| After::GoOn)
        }
    }
}

async fn send_json(connection: &mut Connection, status: u16, body: &str) -> std::io::Result<After> {
    let headers = [("content-type", "application/json")];
    connection.answer(status, &headers, body.as_bytes()).await.map(|()| After::GoOn)
}

async fn refuse(
    connection: &mut Connection,
    status: u16,
    code: &str,
    why: &str,
) -> std::io::Result<After> {
    let body = json!({ "error": { "message": why, "type": code, "code": code } });
    send_json(connection, status, &body.to_string()).await
}
