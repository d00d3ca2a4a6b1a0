//! A model behind an OpenAI-compatible server. This file and those named after it alone name
//! `async_openai`.
//!
//! The crate gives the request's types, the endpoints and the headers. Below it stands a tower
//! service of ours that runs the whole exchange, so that all it ever reads is one small JSON
//! document which we wrote: a turn that is proven complete.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use async_openai::{Client, error::OpenAIError, middleware::HttpRequestFactory};
use futures::future::BoxFuture;
use http::{HeaderMap, header::AUTHORIZATION};
use secrecy::SecretString;
use serde::de::IgnoredAny;
use serde_json::Value;
use tokio::sync::mpsc;

use super::{
    assemble::{Asked, Piece},
    dialect::Dialect,
    exchange::{Reply, Rules, Told, Trouble, Want},
    faults::{Again, Failure, Server},
    keepsakes::Keepsakes,
    model::{Delta, Model, Request, Turn},
    openai_chat, openai_responses,
    provider::{Api, Provider, is_loopback},
    quirks::{self, Host, KeyHeader},
    secret::Secret,
    shape::{Form, Shape},
    transport::{Wire, respond},
    window,
};
use crate::domain::{Fault, FaultClass};

/// Pieces of live text that may wait for whoever shows them, before reading stops.
const LIVE_ROOM: usize = 64;

/// A connection to one OpenAI-compatible server.
pub struct OpenAi {
    client: Client<Config>,
    wire: Wire,
    rules: Arc<Rules>,
    host: Host,
    /// How tools are offered to a model of which nothing has been learnt.
    dialect: Dialect,
    api: Api,
    kept: Keepsakes,
    /// What was learnt about each model of the server.
    shapes: Mutex<BTreeMap<String, Shape>>,
}

impl fmt::Debug for OpenAi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAi").field("url", &self.rules.server.url).finish_non_exhaustive()
    }
}

impl OpenAi {
    /// Prepares a connection; nothing is sent yet. Fails on a base URL that is none, and on a key
    /// that no header can hold.
    pub fn new(provider: Provider) -> Result<Self, Fault> {
        let wire = Wire::new(&provider.base_url, &provider.timeouts, provider.tape)
            .map_err(|no| no.fault)?;
        let host = quirks::host(wire.host());
        let key = provider.key.filter(|key| !key.is_empty());
        let mut headers = HeaderMap::new();
        if let Some(key) = &key {
            let unusable = || {
                let from = &provider.key_from;
                let what = format!(
                    "the key from {from} holds a line break or another character that no header can hold"
                );
                Fault::new(FaultClass::Auth, what).hint(format!("Set {from} to the key alone."))
            };
            let (name, value) = match host.key {
                KeyHeader::Bearer => (AUTHORIZATION, key.header("Bearer ")),
                KeyHeader::ApiKey => (http::HeaderName::from_static("api-key"), key.header("")),
            };
            headers.insert(name, value.ok_or_else(unusable)?);
        }
        let config = Config {
            base_url: wire.base_url(),
            headers,
            query: wire.query(),
            key: key.clone().unwrap_or_else(|| Secret::new("")),
        };
        let server = Server {
            url: wire.base_url(),
            loopback: is_loopback(&provider.base_url),
            key_from: provider.key_from,
            key,
        };
        let (timeouts, retries, jitter) = (provider.timeouts, provider.retries, provider.jitter);
        Ok(Self {
            client: Client::build(wire.client(), config),
            wire,
            rules: Arc::new(Rules { server, timeouts, retries, jitter }),
            host,
            dialect: provider.dialect,
            api: provider.api,
            kept: Keepsakes::default(),
            shapes: Mutex::default(),
        })
    }

    /// The names of the models that the server says it has.
    pub async fn list_models(&self) -> Result<Vec<String>, Fault> {
        Ok(names(&self.listed().await?))
    }

    /// The tokens that a model's window holds, if its server tells.
    pub async fn window(&self, model: &str) -> Option<u32> {
        let listed = self.listed().await.ok()?;
        if let Some(tokens) = window::of(&listed, model) {
            return Some(tokens);
        }
        for (path, _) in window::DOCUMENTS.iter().filter(|_| self.rules.server.loopback) {
            let sent = || async {
                let headers = async_openai::config::Config::headers(self.client.config());
                self.wire.send(self.wire.get(path, headers)).await
            };
            let Ok(bytes) = self.rules.document(sent).await else { continue };
            let document = serde_json::from_slice(&bytes).unwrap_or_default();
            if let Some(tokens) = window::of(&document, model) {
                return Some(tokens);
            }
        }
        None
    }

    /// The list of models as the server gives it.
    async fn listed(&self) -> Result<Value, Fault> {
        let (wire, rules) = (self.wire.clone(), Arc::clone(&self.rules));
        let service = tower::service_fn(move |factory: HttpRequestFactory| {
            let (wire, rules) = (wire.clone(), Arc::clone(&rules));
            async move {
                let document = rules.document(|| send(&wire, &factory)).await.map_err(boxed)?;
                Ok::<_, OpenAIError>(respond(document))
            }
        });
        let client = self.client.clone().with_http_service(service);
        let listed = client.models().list_byot::<Value>().await;
        listed.map_err(|error| unboxed(error).fault)
    }

    /// How tools are offered to a model, as far as it is known by now.
    pub fn dialect(&self, model: &str) -> Dialect {
        self.shape(model).dialect
    }

    fn shape(&self, model: &str) -> Shape {
        let shapes = self.shapes.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Shape::of(self.host, self.api).offering(self.dialect);
        shapes.get(model).copied().unwrap_or_else(fresh)
    }

    /// The shape of one request, which may want its tools offered in another way.
    fn shape_for(&self, request: &Request) -> Shape {
        let known = self.shape(&request.model);
        match request.offer {
            // A server that has rejected native tools is not asked for them again.
            Some(offer) if known.dialect == self.dialect || offer != Dialect::Native => {
                known.offering(offer)
            }
            Some(_) | None => known,
        }
    }

    fn learn(&self, model: &str, shape: Shape) {
        let mut shapes = self.shapes.lock().unwrap_or_else(PoisonError::into_inner);
        shapes.insert(model.to_owned(), shape);
    }

    /// Asks for a turn, without what the server rejects. Each part is left out once at most, so
    /// this ends.
    async fn ask(
        &self,
        request: &Request,
        live: &(dyn Fn(Delta<'_>) + Send + Sync),
    ) -> Result<Turn, Fault> {
        loop {
            let shape = self.shape_for(request);
            let failure = match self.ask_once(request, shape, live).await {
                Ok(turn) => return Ok(turn),
                Err(failure) => failure,
            };
            match failure.rejected {
                // Another session may have learnt something meanwhile: what is known now counts.
                Some(feature) if self.shape_for(request).sent(request).contains(&feature) => {
                    let known = self.shape(&request.model);
                    self.learn(&request.model, known.without(feature));
                }
                Some(_) if self.shape_for(request) != shape => {}
                Some(_) | None => return Err(failure.into_fault()),
            }
        }
    }

    async fn ask_once(
        &self,
        request: &Request,
        shape: Shape,
        live: &(dyn Fn(Delta<'_>) + Send + Sync),
    ) -> Result<Turn, Failure> {
        let body = match shape.form {
            Form::Chat => openai_chat::body(request, shape, &self.kept),
            Form::Responses => openai_responses::body(request, shape, &self.kept),
        }?;
        let (live_in, mut live_out) = mpsc::channel(LIVE_ROOM);
        let said = ["messages", "input"].iter().find_map(|field| body.get(*field));
        let asked = Asked {
            bytes: written(&body),
            said: said.map_or(0, written),
            messages: request.messages.len(),
        };
        let want = Arc::new(Want { asked, sent: shape.sent(request), live: live_in });
        let (wire, rules) = (self.wire.clone(), Arc::clone(&self.rules));
        // What was told goes past the client: written as JSON and read again, a long answer would
        // be looked at three times more.
        let (told_in, mut told_out) = mpsc::channel(1);
        let service = tower::service_fn(move |factory: HttpRequestFactory| {
            let (wire, rules, want) = (wire.clone(), Arc::clone(&rules), Arc::clone(&want));
            let told_in = told_in.clone();
            async move {
                let told = rules.turn(&want, || send(&wire, &factory)).await.map_err(boxed)?;
                // There is room: a service is asked once.
                let _ = told_in.try_send(told);
                Ok::<_, OpenAIError>(respond("null"))
            }
        });
        let client = self.client.clone().with_http_service(service);
        let answer = async {
            match shape.form {
                Form::Chat => client.chat().create_byot::<_, IgnoredAny>(&body).await,
                Form::Responses => client.responses().create_byot::<_, IgnoredAny>(&body).await,
            }
        };
        let mut answer = std::pin::pin!(answer);
        let answered = loop {
            tokio::select! {
                biased;
                Some(piece) = live_out.recv() => show(&piece, live),
                answered = &mut answer => break answered,
            }
        };
        while let Ok(piece) = live_out.try_recv() {
            show(&piece, live);
        }
        answered.map_err(unboxed)?;
        let told: Told = told_out.try_recv().map_err(|_| {
            Failure::new(FaultClass::Protocol, Again::Never, "the client answered by itself")
        })?;
        self.kept.keep(&told.turn.calls, told.kept);
        Ok(Turn { offered: shape.dialect, ..told.turn })
    }
}

impl Model for OpenAi {
    fn turn<'a>(
        &'a self,
        request: &'a Request,
        live: &'a (dyn Fn(Delta<'_>) + Send + Sync),
    ) -> BoxFuture<'a, Result<Turn, Fault>> {
        Box::pin(self.ask(request, live))
    }
}

fn show(piece: &Piece, live: &(dyn Fn(Delta<'_>) + Send + Sync)) {
    live(match piece {
        Piece::Text(text) => Delta::Text(text),
        Piece::Reasoning(text) => Delta::Reasoning(text),
        Piece::Call(tool) => Delta::Call(tool),
        Piece::Lost(why) => Delta::Lost(why),
    });
}

async fn send(wire: &Wire, factory: &HttpRequestFactory) -> Result<Reply, Trouble> {
    let request = factory.build().await.map_err(|error| Trouble::Refused(error.to_string()))?;
    wire.send(request).await
}

/// Bytes of a document once it is written.
fn written(document: &Value) -> usize {
    let mut counted = Counted(0);
    // Counting does not fail.
    let _ = serde_json::to_writer(&mut counted, document);
    counted.0
}

/// Counts what is written and keeps nothing of it.
struct Counted(usize);

impl std::io::Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn boxed(failure: Failure) -> OpenAIError {
    OpenAIError::Boxed(Box::new(failure))
}

/// Our own failure, which the crate has carried through.
fn unboxed(error: OpenAIError) -> Failure {
    let told = match error {
        OpenAIError::Boxed(inner) => match inner.downcast::<Failure>() {
            Ok(failure) => return *failure,
            Err(inner) => inner.to_string(),
        },
        // It would hold a turn's whole text.
        OpenAIError::JSONDeserialize(error, _) => error.to_string(),
        other => other.to_string(),
    };
    Failure::new(FaultClass::Protocol, Again::Never, told)
}

/// What the crate asks of a provider. Unlike its own, it reads no environment, sends no
/// `Authorization` without a key, and cannot panic on one.
#[derive(Clone)]
struct Config {
    base_url: String,
    headers: HeaderMap,
    query: Vec<(String, String)>,
    key: Secret,
}

impl async_openai::config::Config for Config {
    fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    fn query(&self) -> Vec<(&str, &str)> {
        self.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    fn api_base(&self) -> &str {
        &self.base_url
    }

    fn api_key(&self) -> &SecretString {
        self.key.inner()
    }
}

/// Names out of a list of models: OpenAI's, LM Studio's, Ollama's, or plain names.
fn names(listed: &Value) -> Vec<String> {
    let list = [listed.get("data"), listed.get("models"), Some(listed)];
    let list = list.into_iter().flatten().find_map(Value::as_array);
    let name = |model: &Value| {
        let fields = ["id", "key", "model", "name"].iter().filter_map(|field| model.get(*field));
        fields.chain([model]).find_map(Value::as_str).map(ToOwned::to_owned)
    };
    list.into_iter().flatten().filter_map(name).collect()
}
