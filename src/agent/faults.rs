//! From what a server did to a fault: its class, whether to try again, and what a person is told.

use std::time::Duration;

use super::{
    assemble::Unproven,
    model::{Finish, Turn},
    quirks::{self, Feature, Meaning},
    said::{Said, tidy},
    secret::Secret,
    sse::TooBig,
};
use crate::domain::{Fault, FaultClass};

/// What a wrong base URL mostly lacks.
const BASE_URL: &str = "check --base-url (most servers want it to end in /v1)";

/// The server as a person is told of it. Its `Debug` form holds no key.
#[derive(Clone, Debug)]
pub struct Server {
    /// The base URL, without a query.
    pub url: String,
    pub loopback: bool,
    /// Where the key is read from.
    pub key_from: String,
    pub key: Option<Secret>,
}

/// Why an exchange came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct Failure {
    pub fault: Fault,
    pub again: Again,
    /// How long the server asks to wait.
    pub wait: Option<Duration>,
    /// The part of the request that the server does not know.
    pub rejected: Option<Feature>,
}

/// Whether the same request may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    Never,
    /// It is doubtful that it helps.
    Few,
    Often,
}

impl Failure {
    /// A failure that no other request of this kind would avoid.
    pub fn new(class: FaultClass, again: Again, message: impl Into<String>) -> Self {
        Self { fault: Fault::new(class, message), again, wait: None, rejected: None }
    }

    /// The fault, with the wait that the server asks for.
    pub fn into_fault(self) -> Fault {
        let wait = self.wait.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        Fault { wait, ..self.fault }
    }

    /// Adds what a person can do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.fault.hint = hint.into();
        self
    }
}

impl Server {
    /// What an error is, from the response's status (none inside a 200 stream) and its words.
    /// `sent` are the parts of the request that it could do without.
    pub fn refused(&self, status: Option<u16>, said: &Said, sent: &[Feature]) -> Failure {
        let code = status.filter(|code| *code >= 300).or(said.status);
        let words = self.scrub(&said.message);
        let words = if words.is_empty() { "no words".to_owned() } else { words };
        let message = match code {
            Some(code) => format!("{} answered {code}: {words}", self.url),
            None => format!("{} reported an error: {words}", self.url),
        };
        let failed = |class, again| Failure::new(class, again, message.clone());
        let rejected = quirks::REJECTIONS
            .iter()
            .filter(|row| sent.contains(&row.means))
            .find(|row| row.words.iter().all(|word| said.marks.contains(word)))
            .map(|row| row.means);
        match quirks::find(quirks::ERRORS, &said.marks) {
            Some(Meaning::Overflow) => return failed(FaultClass::ContextOverflow, Again::Never)
                .hint("The request is larger than the model's context. Start the server with a larger one, or choose a model with a larger one."),
            Some(Meaning::Filtered) => return failed(FaultClass::ContentFilter, Again::Never)
                .hint("The provider's filter refused the content; another model or provider may take it."),
            Some(Meaning::Quota) => return self.quota(failed(FaultClass::Quota, Again::Never)),
            Some(Meaning::Auth) => return self.auth(failed(FaultClass::Auth, Again::Never)),
            Some(Meaning::NoModel) if rejected.is_none() => return failed(FaultClass::Protocol, Again::Never)
                .hint("The server does not know this model: give one of its own with --model."),
            Some(Meaning::Busy) => return busy(failed(FaultClass::Rate, Again::Often)),
            Some(Meaning::NoModel) | None => {}
        }
        if let Some(feature) = rejected {
            let failure = failed(FaultClass::Protocol, Again::Never);
            return Failure { rejected: Some(feature), ..failure };
        }
        if quirks::sounds_too_large(&said.marks) {
            return failed(FaultClass::ContextOverflow, Again::Never)
                .hint("The request seems larger than the model's context. Start the server with a larger one, or choose a model with a larger one.");
        }
        match code {
            Some(404 | 405 | 501) if sent.contains(&Feature::Responses) => {
                let failure = failed(FaultClass::Protocol, Again::Never);
                Failure { rejected: Some(Feature::Responses), ..failure }
            }
            Some(401 | 403) => self.auth(failed(FaultClass::Auth, Again::Never)),
            Some(402) => self.quota(failed(FaultClass::Quota, Again::Never)),
            Some(404 | 405 | 410 | 501) => failed(FaultClass::Protocol, Again::Never)
                .hint(format!("Nothing answers at this address: {BASE_URL} and --model.")),
            Some(413) => failed(FaultClass::ContextOverflow, Again::Never)
                .hint("The request is too large for the server."),
            Some(300..=399) => failed(FaultClass::Protocol, Again::Never).hint(
                "The server sends us elsewhere. A redirect is never followed, so that the key stays where it belongs: set --base-url to the final address.",
            ),
            Some(408) => failed(FaultClass::Network, Again::Often),
            Some(409 | 425 | 429) => busy(failed(FaultClass::Rate, Again::Often)),
            Some(505) => failed(FaultClass::Protocol, Again::Never),
            Some(500..) => failed(FaultClass::Overload, Again::Often)
                .hint("The server has trouble of its own; try again later."),
            // With a status that says that all is well: any server may answer so.
            None => failed(FaultClass::Overload, Again::Often).hint(format!(
                "The server has trouble of its own; try again later. If it always says so, {BASE_URL}."
            )),
            Some(_) => failed(FaultClass::Protocol, Again::Never)
                .hint("The server does not accept the request; its words say why."),
        }
    }

    fn auth(&self, failure: Failure) -> Failure {
        match &self.key {
            Some(_) => failure.hint(format!(
                "The server does not accept the key from {}: check that it is valid, and meant for this server.",
                self.key_from
            )),
            None => failure.hint(format!("No key was sent: set {}.", self.key_from)),
        }
    }

    fn quota(&self, failure: Failure) -> Failure {
        failure.hint(format!(
            "The account of the key from {} has nothing left; waiting does not help. Add credit, or use another key.",
            self.key_from
        ))
    }

    /// A connection that could not be made.
    pub fn unreachable(&self, cause: &str) -> Failure {
        let cause = self.scrub(&tidy(cause));
        let small = cause.to_lowercase();
        let message = format!("cannot connect to {}: {cause}", self.url);
        if self.loopback {
            return Failure::new(FaultClass::Network, Again::Never, message).hint(
                "No server listens there: start the server, or set --base-url to where it is.",
            );
        }
        if small.contains("dns") || small.contains("lookup") {
            return Failure::new(FaultClass::Network, Again::Few, message)
                .hint("The name is not known: check --base-url and the network connection.");
        }
        if small.contains("certificate") {
            return Failure::new(FaultClass::Network, Again::Never, message)
                .hint("The server's certificate is not trusted: check --base-url and the clock.");
        }
        Failure::new(FaultClass::Network, Again::Often, message)
            .hint("Check --base-url and the network connection.")
    }

    /// A connection that broke after it was made.
    pub fn broken(&self, cause: &str) -> Failure {
        let message = format!("{} broke the connection: {}", self.url, self.scrub(&tidy(cause)));
        Failure::new(FaultClass::Network, Again::Often, message).hint(if self.loopback {
            "The server ended or gave up in the midst: see what it says itself, and start it again."
        } else {
            "Check the network connection; if it stays so, the server's own state."
        })
    }

    /// Nothing came for too long.
    pub fn silent(&self, waited: Duration, phase: Phase) -> Failure {
        let seconds = waited.as_secs_f64().round();
        let message = match phase {
            Phase::FirstEvent => format!("{} said nothing for {seconds} s", self.url),
            Phase::Idle => format!("{} fell silent for {seconds} s in its answer", self.url),
        };
        // A local server that is still reading the prompt would only be asked twice at once.
        let again = if self.loopback { Again::Never } else { Again::Few };
        Failure::new(FaultClass::Network, again, message).hint(
            "The server may be loading the model or be overloaded; its time limits are `provider.patience` in config.yaml.",
        )
    }

    /// A web page instead of JSON.
    pub fn web_page(&self, said: &Said) -> Failure {
        let message = format!("{} answered with {}", self.url, self.scrub(&said.message));
        Failure::new(FaultClass::Protocol, Again::Never, message)
            .hint(format!("This is no model server, or a login page stands before it: {BASE_URL}."))
    }

    /// JSON of another kind of server, with a status that says that all is well.
    pub fn foreign(&self, said: &Said) -> Failure {
        let words = self.scrub(&said.message);
        let message = format!("{} answered with JSON that is no model's: {words}", self.url);
        Failure::new(FaultClass::Protocol, Again::Never, message)
            .hint(format!("Another kind of server answers there: {BASE_URL}."))
    }

    /// A status that says that all is well, and nothing behind it.
    pub fn empty(&self) -> Failure {
        let message = format!("{} sent an empty body", self.url);
        Failure::new(FaultClass::Network, Again::Often, message).hint(format!(
            "The server broke off, or it is no model server: if it stays so, {BASE_URL}."
        ))
    }

    /// Plain words where an answer should be, with a status that says that all is well.
    pub fn words(&self, said: &Said) -> Failure {
        if quirks::find(quirks::ERRORS, &said.marks).is_some() {
            return self.refused(None, said, &[]);
        }
        let message = format!(
            "{} answered with words that are no model's: {}",
            self.url,
            self.scrub(&said.message)
        );
        Failure::new(FaultClass::Protocol, Again::Few, message)
            .hint("Something stands before the server, or it has trouble that it does not admit.")
    }

    /// A body that is packed, although nobody asked for that.
    pub fn compressed(&self, coding: &str) -> Failure {
        let message = format!("{} answered packed as {}", self.url, tidy(coding));
        Failure::new(FaultClass::Protocol, Again::Never, message)
            .hint("That was not asked for: something stands before the server. Check --base-url and the proxy.")
    }

    /// A response without end.
    pub fn too_big(&self, what: TooBig) -> Failure {
        let message = format!("{}: {what}", self.url);
        Failure::new(FaultClass::Protocol, Again::Never, message)
            .hint("This is no answer of a model; the rest of it was not read.")
    }

    /// A turn that is not complete. `about` tokens were sent.
    pub fn unproven(&self, why: &Unproven, about: usize) -> Failure {
        let url = &self.url;
        match why {
            Unproven::Cut => Failure::new(
                FaultClass::Network,
                Again::Often,
                format!("{url} ended its answer before the model was done"),
            ),
            Unproven::Nothing => Failure::new(
                FaultClass::Protocol,
                Again::Few,
                format!("{url} returned nothing (about {about} tokens were sent)"),
            )
            .hint("The request may be larger than the context that the model was loaded with, and the server does not say so."),
            Unproven::Damaged => Failure::new(
                FaultClass::Protocol,
                Again::Few,
                format!("{url} sent an event that is no JSON, so that a piece of the turn is lost"),
            ),
            Unproven::Empty { reason: Finish::Length } => Failure::new(
                FaultClass::ContextOverflow,
                Again::Never,
                format!("{url} had no room to answer (about {about} tokens were sent)"),
            )
            .hint("The request fills the model's context: start the server with a larger one."),
            Unproven::Empty { .. } => Failure::new(
                FaultClass::Model,
                Again::Few,
                format!("{url} returned an empty answer (about {about} tokens were sent)"),
            )
            .hint("The model said nothing, or the request is larger than its context and the server does not say so."),
            Unproven::Filtered => Failure::new(
                FaultClass::ContentFilter,
                Again::Never,
                format!("{url} stopped the answer with its content filter"),
            )
            .hint("Another model or provider may take it."),
            Unproven::Failed(word) => Failure::new(
                FaultClass::Overload,
                Again::Often,
                format!("{url} broke off the answer: {word}"),
            )
            .hint("The server has trouble of its own; try again later."),
        }
    }

    /// A turn without the key, which a server may echo into the model's words.
    pub fn scrubbed(&self, turn: Turn) -> Turn {
        let Some(key) = self.key.as_ref().filter(|key| key.is_in(&turn)) else { return turn };
        let mut turn = turn;
        turn.text = key.scrub(&turn.text);
        turn.reasoning = key.scrub(&turn.reasoning);
        for call in &mut turn.calls {
            call.arguments = key.scrub(&call.arguments);
        }
        turn
    }

    /// Words that a person may see.
    pub fn scrub(&self, text: &str) -> String {
        self.key.as_ref().map_or_else(|| text.to_owned(), |key| key.scrub(text))
    }
}

/// Where a silence fell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    FirstEvent,
    Idle,
}

fn busy(failure: Failure) -> Failure {
    failure.hint("The provider limits how much may be asked at once; try again later.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(key: Option<&str>) -> Server {
        Server {
            url: "https://host/v1".to_owned(),
            loopback: false,
            key_from: "MY_KEY".to_owned(),
            key: key.map(Secret::new),
        }
    }

    const ALL: &[Feature] = &[
        Feature::StreamOptions,
        Feature::ToolChoice,
        Feature::LimitField,
        Feature::Temperature,
        Feature::Tools,
    ];

    fn refused(status: u16, body: &str) -> Failure {
        server(Some("sk-1")).refused(Some(status), &Said::in_body(body.as_bytes()), ALL)
    }

    #[test]
    fn each_status_and_body_has_its_class_and_is_tried_again_or_not() {
        use Again::{Few, Never, Often};
        use FaultClass as C;
        for (status, body, class, again) in [
            (401, "Unauthorized", C::Auth, Never),
            (403, r#"{"error":"no access"}"#, C::Auth, Never),
            (
                403,
                r#"{"error":{"message":"input was flagged","metadata":{"raw":"moderation"}}}"#,
                C::ContentFilter,
                Never,
            ),
            (
                400,
                r#"[{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT"}}]"#,
                C::Auth,
                Never,
            ),
            (402, "", C::Quota, Never),
            (402, r#"{"error":{"code":402,"message":"Insufficient credits"}}"#, C::Quota, Never),
            (
                429,
                r#"{"error":{"code":"insufficient_quota","message":"You exceeded your current quota"}}"#,
                C::Quota,
                Never,
            ),
            (400, r#"{"error":{"message":"Your credit balance is too low"}}"#, C::Quota, Never),
            (
                429,
                r#"{"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded"}}"#,
                C::Rate,
                Often,
            ),
            (429, r#"{"error":{"code":429}}"#, C::Rate, Often),
            (429, "<html><title>429</title></html>", C::Rate, Often),
            (429, "", C::Rate, Often),
            (408, "timeout", C::Network, Often),
            (500, "<!doctype html><title>Oops</title>", C::Overload, Often),
            (502, "", C::Overload, Often),
            (503, "loading model", C::Overload, Often),
            (
                529,
                r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
                C::Rate,
                Often,
            ),
            (501, "", C::Protocol, Never),
            (404, "<html></html>", C::Protocol, Never),
            (
                404,
                r#"{"error":{"message":"The model `x` does not exist","code":"model_not_found"}}"#,
                C::Protocol,
                Never,
            ),
            (302, "", C::Protocol, Never),
            (418, "", C::Protocol, Never),
            (413, "", C::ContextOverflow, Never),
            (
                400,
                r#"{"error":{"code":"context_length_exceeded","message":"This model's maximum context length is 8192 tokens, 8000 in max_tokens"}}"#,
                C::ContextOverflow,
                Never,
            ),
            (
                500,
                r#"{"error":{"code":500,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_ctx":4096}}"#,
                C::ContextOverflow,
                Never,
            ),
            (
                400,
                r#"{"error":"Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096"}"#,
                C::ContextOverflow,
                Never,
            ),
            (
                400,
                r#"{"error":{"message":"The input token count (1000001) exceeds the maximum"}}"#,
                C::ContextOverflow,
                Never,
            ),
            (
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000"}}"#,
                C::ContextOverflow,
                Never,
            ),
            (
                400,
                r#"{"error":{"code":"content_filter","message":"The response was filtered due to the prompt triggering content management policy"}}"#,
                C::ContentFilter,
                Never,
            ),
            (400, r#"{"error":{"message":"messages[3] has a bad role"}}"#, C::Protocol, Never),
        ] {
            let failure = refused(status, body);
            assert_eq!((failure.fault.class, failure.again), (class, again), "{status} {body}");
            assert_ne!(failure.again, Few);
        }
    }

    #[test]
    fn an_overflow_is_known_by_the_words_of_each_server() {
        for body in [
            r#"{"error":{"message":"prompt token count of 184399 exceeds the limit of 128000","code":"model_max_prompt_tokens_exceeded"}}"#,
            r#"{"message":"too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4292."}"#,
            r#"{"error":"Input validation error: `inputs` must have less than 4095 tokens. Given: 5000"}"#,
            r#"{"error":{"code":"tokens_limit_reached","message":"Request body too large for gpt-4o model. Max size: 8000 tokens."}}"#,
        ] {
            assert_eq!(refused(400, body).fault.class, FaultClass::ContextOverflow, "{body}");
        }
        let other = r#"{"error":{"message":"too many tools: 200 exceeds the limit of 128"}}"#;
        assert_eq!(refused(400, other).fault.class, FaultClass::Protocol);
    }

    #[test]
    fn what_a_server_does_not_know_of_a_request_is_found_out() {
        for (status, body, feature) in [
            (
                400,
                r#"{"error":{"message":"Unrecognized request argument supplied: stream_options"}}"#,
                Feature::StreamOptions,
            ),
            (
                422,
                r#"{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}"#,
                Feature::StreamOptions,
            ),
            (
                400,
                r#"{"error":{"message":"deepseek-reasoner does not support this tool_choice"}}"#,
                Feature::ToolChoice,
            ),
            (
                400,
                r#"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","param":"max_tokens","code":"unsupported_parameter"}}"#,
                Feature::LimitField,
            ),
            (
                422,
                r#"{"detail":[{"loc":["body","max_completion_tokens"],"msg":"Extra inputs are not permitted"}]}"#,
                Feature::LimitField,
            ),
            (
                400,
                r#"{"error":{"message":"Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.","param":"temperature"}}"#,
                Feature::Temperature,
            ),
            (
                400,
                r#"{"error":{"message":"registry.ollama.ai/library/gemma:2b does not support tools","type":"api_error"}}"#,
                Feature::Tools,
            ),
            (
                400,
                r#"{"object":"error","message":"\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set"}"#,
                Feature::Tools,
            ),
            (
                404,
                r#"{"error":{"message":"No endpoints found that support tool use.","code":404}}"#,
                Feature::Tools,
            ),
            (
                500,
                r#"{"error":{"code":500,"message":"tools param requires --jinja flag"}}"#,
                Feature::Tools,
            ),
        ] {
            assert_eq!(refused(status, body).rejected, Some(feature), "{body}");
        }
    }

    #[test]
    fn a_part_that_was_not_sent_cannot_be_what_was_rejected() {
        let said = Said::in_body(br#"{"error":{"message":"temperature is not supported"}}"#);
        assert_eq!(server(None).refused(Some(400), &said, &[Feature::Tools]).rejected, None);
    }

    #[test]
    fn a_key_that_the_server_echoes_is_not_shown() {
        let fault =
            refused(401, r#"{"error":{"message":"Incorrect API key provided: sk-1."}}"#).fault;
        assert_eq!(
            fault.message,
            "https://host/v1 answered 401: Incorrect API key provided: [key]."
        );
        assert!(fault.hint.contains("MY_KEY"));
    }

    #[test]
    fn a_person_is_told_what_to_do_when_nothing_answers() {
        let mut local = server(None);
        local.loopback = true;
        let fault = local.unreachable("tcp connect error: Connection refused (os error 111)").fault;
        assert_eq!(fault.class, FaultClass::Network);
        assert!(fault.hint.contains("start the server, or set --base-url"), "{}", fault.hint);
        assert_eq!(local.unreachable("refused").again, Again::Never);
        assert_eq!(server(None).unreachable("dns error").again, Again::Few);
        assert_eq!(server(None).unreachable("reset").again, Again::Often);

        let fault = local.broken("connection closed before message completed").fault;
        assert!(fault.hint.contains("start it again"), "{}", fault.hint);
        assert!(server(None).broken("reset").fault.hint.contains("Check the network connection"));
        let fault = local.silent(Duration::from_secs(90), Phase::Idle).fault;
        assert!(fault.hint.contains("`provider.patience` in config.yaml"), "{}", fault.hint);
    }

    #[test]
    fn words_of_a_server_are_one_bounded_line_without_control_characters() {
        let long = "\u{1b}[31mred\r\n ".repeat(10_000);
        let fault = refused(400, &long).fault;
        assert!(fault.message.chars().count() < 700);
        assert!(!fault.message.chars().any(char::is_control));
    }
}
