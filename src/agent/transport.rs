//! The one place that sends over HTTP, and the only file that names reqwest.
//!
//! Redirects are not followed and a request goes out only to the origin that was configured, so
//! that a key never reaches another host. Proxies of the environment are honoured for the net and
//! not for this machine. There is no compression, hence nothing that unfolds without end.

use std::{error::Error, sync::Arc, time::Instant};

use bytes::Bytes;
use futures::StreamExt;
use reqwest::{Client, Url, redirect::Policy};

use super::{
    exchange::{Reply, Trouble},
    faults::{Again, Failure},
    provider::{Tape, Timeouts, is_loopback},
};
use crate::domain::FaultClass;

/// A request as the client above builds it.
pub type Request = reqwest::Request;

/// A response as the client above takes it.
pub type Response = reqwest::Response;

/// The connection to one origin. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Wire {
    client: Client,
    base: Arc<Url>,
    tape: Tape,
}

impl Wire {
    /// Prepares the connection; nothing is sent yet. Fails on a URL that is none.
    pub fn new(base_url: &str, timeouts: &Timeouts, tape: Tape) -> Result<Self, Failure> {
        let hint = "A base URL looks like https://api.openai.com/v1 or http://127.0.0.1:8080/v1.";
        let wrong =
            |what: String| Failure::new(FaultClass::Protocol, Again::Never, what).hint(hint);
        let base = Url::parse(base_url.trim())
            .map_err(|error| wrong(format!("the base URL cannot be read: {error}")))?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(wrong(format!("the base URL {} is not http or https", shown(&base))));
        }
        if !base.username().is_empty() || base.password().is_some() {
            let what = format!("the base URL {} holds a user or a password", shown(&base));
            return Err(wrong(what).hint("Give the key by its environment variable."));
        }
        let mut builder = Client::builder()
            .redirect(Policy::none())
            .referer(false)
            .connect_timeout(timeouts.connect)
            .tcp_nodelay(true)
            .user_agent(concat!("chargehand/", env!("CARGO_PKG_VERSION")));
        if is_loopback(base_url) {
            builder = builder.no_proxy();
            if base.scheme() == "http" {
                // Nothing here is encrypted, and reading the system's certificates takes longer
                // than all else that a start does. Without any, nobody could be trusted by mistake.
                builder = builder.tls_certs_only([]);
            }
        }
        let client = builder.build().map_err(|error| {
            let what = format!("the HTTP client cannot be built: {}", causes(&error));
            Failure::new(FaultClass::Environment, Again::Never, what)
        })?;
        Ok(Self { client, base: Arc::new(base), tape })
    }

    /// The client that builds requests for this connection.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// The host's name.
    pub fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    /// The base URL without query, fragment and closing slash; a whole endpoint that was given
    /// instead is shortened to its base.
    pub fn base_url(&self) -> String {
        let url = shown(&self.base);
        let url = url.trim_end_matches('/');
        let ends = ["/chat/completions", "/responses"];
        let base = ends.iter().find_map(|end| url.strip_suffix(end)).unwrap_or(url);
        base.trim_end_matches('/').to_owned()
    }

    /// The query that each request carries (Azure's `api-version`).
    pub fn query(&self) -> Vec<(String, String)> {
        self.base.query_pairs().map(|(name, value)| (name.into(), value.into())).collect()
    }

    /// A request for a document below the server's root.
    pub fn get(&self, path: &str, headers: http::HeaderMap) -> Request {
        let mut url = self.base.as_ref().clone();
        url.set_path(path);
        url.set_query(None);
        let mut request = Request::new(http::Method::GET, url);
        *request.headers_mut() = headers;
        request
    }

    /// Sends one request, if it goes where it may.
    pub async fn send(&self, request: Request) -> Result<Reply, Trouble> {
        if request.url().origin() != self.base.origin() {
            let what = format!("a request to {} was not sent", shown(request.url()));
            return Err(Trouble::Refused(what));
        }
        let line = format!("{} {}", request.method(), request.url().path());
        match &self.tape {
            Tape::Live => self.send_out(request).await,
            Tape::Replay(player) => {
                let body = request.body().and_then(reqwest::Body::as_bytes);
                player.answer(&line, body).await
            }
            Tape::Record(recorder) => {
                let body = request.body().and_then(reqwest::Body::as_bytes).map(<[u8]>::to_vec);
                let begun = Instant::now();
                let reply = self.send_out(request).await;
                recorder.pass(line, body.as_deref(), begun, reply)
            }
        }
    }

    async fn send_out(&self, request: Request) -> Result<Reply, Trouble> {
        let response = self.client.execute(request).await.map_err(|error| {
            let cause = causes(&error);
            if error.is_connect() { Trouble::Unreachable(cause) } else { Trouble::Broken(cause) }
        })?;
        Ok(Reply {
            status: response.status(),
            headers: response.headers().clone(),
            body: response
                .bytes_stream()
                .map(|piece| piece.map_err(|error| Trouble::Broken(causes(&error))))
                .boxed(),
        })
    }
}

/// A response made here, for the client above.
pub fn respond(body: impl Into<Bytes>) -> Response {
    http::Response::new(body.into()).into()
}

/// A URL without what may be secret in it.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.to_string()
}

/// The causes of an error from the second on, since the first only says that there was one.
fn causes(error: &reqwest::Error) -> String {
    let mut causes = Vec::new();
    let mut next: Option<&dyn Error> = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    if causes.is_empty() {
        return error.to_string();
    }
    causes.join(": ")
}
