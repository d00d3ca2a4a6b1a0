//! One deviation: what the server does, and what has to come of it.

use std::{future::Future, time::Duration};

use chargehand::{
    agent::{
        Api, Choice, Dialect, Effort, Finish, Jitter, Message, Model as _, OpenAi, Provider,
        Request, Secret, Spec, Timeouts, Turn,
    },
    domain::{CallId, Fault, FaultClass, ToolCall},
};
use serde_json::{Value, json};

use super::server::{Answer, Heard, Server};

/// The key that must never be seen where it does not belong.
pub(crate) const KEY: &str = "sk-canary-0815-4711";

/// What the request looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    Plain,
    /// With a tool, and a call required.
    Tools,
    /// In the middle of a conversation with a tool.
    Talk,
    /// With a tool that is described in words.
    Words,
    /// With a tool that is described in words, the answer held to the schema of a call.
    Held,
}

#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    /// A turn of this text.
    Says(&'static str),
    /// A turn of these calls: tool and arguments.
    Calls(&'static [(&'static str, &'static str)]),
    /// A turn that reached the output limit; nothing of it is executed.
    Cut,
    /// A turn whose calls cannot be read; the model is told so.
    Malformed(&'static str),
    Fault(FaultClass, &'static str),
}

/// A look at the requests that the server got.
type Look = fn(&[Heard]) -> bool;

#[derive(Clone, Debug)]
pub(crate) struct Case {
    answers: Vec<Answer>,
    ask: Ask,
    api: Api,
    effort: Option<Effort>,
    impatient: bool,
    pub(crate) wanted: Wanted,
    tries: usize,
    reasoning: Option<&'static str>,
    usage: Option<(u64, u64)>,
    look: Option<Look>,
    hint: Option<&'static str>,
}

/// Requests that get these answers in turn; the last one is repeated.
pub(crate) fn given(answers: impl IntoIterator<Item = Answer>) -> Case {
    Case {
        answers: answers.into_iter().collect(),
        ask: Ask::Plain,
        api: Api::Auto,
        effort: None,
        impatient: false,
        wanted: Wanted::Says("ok"),
        tries: 1,
        reasoning: None,
        usage: None,
        look: None,
        hint: None,
    }
}

/// A stream of these events, closed with `[DONE]`.
pub(crate) fn events(list: &[Value]) -> Case {
    given([Answer::events(list)])
}

/// A stream of these bytes.
pub(crate) fn stream(bytes: impl Into<Vec<u8>>) -> Case {
    given([Answer::stream().bytes(bytes)])
}

/// One answer of another status.
pub(crate) fn status(code: u16, kind: &str, body: &str) -> Case {
    given([Answer::of(code, kind, body)])
}

/// One error object.
pub(crate) fn refusal(code: u16, body: &Value) -> Case {
    given([Answer::json(code, body)])
}

/// A refusal, and a sound answer to the next request.
pub(crate) fn first(answer: Answer) -> Case {
    given([answer, Answer::says("ok")]).tries(2)
}

impl Case {
    pub(crate) fn says(self, text: &'static str) -> Self {
        Self { wanted: Wanted::Says(text), ..self }
    }

    pub(crate) fn calls(self, calls: &'static [(&'static str, &'static str)]) -> Self {
        Self { wanted: Wanted::Calls(calls), ask: Ask::Tools, ..self }
    }

    pub(crate) fn cut(self) -> Self {
        Self { wanted: Wanted::Cut, ask: Ask::Tools, ..self }
    }

    pub(crate) fn malformed(self, words: &'static str) -> Self {
        Self { wanted: Wanted::Malformed(words), ask: Ask::Tools, ..self }
    }

    pub(crate) fn fault(self, class: FaultClass, words: &'static str) -> Self {
        Self { wanted: Wanted::Fault(class, words), ..self }
    }

    /// What the fault's hint has to name.
    pub(crate) fn hints(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }

    pub(crate) fn tries(self, tries: usize) -> Self {
        Self { tries, ..self }
    }

    pub(crate) fn ask(self, ask: Ask) -> Self {
        Self { ask, ..self }
    }

    pub(crate) fn api(self, api: Api) -> Self {
        Self { api, ..self }
    }

    pub(crate) fn effort(self, effort: Effort) -> Self {
        Self { effort: Some(effort), ..self }
    }

    /// With time limits of a fraction of a second.
    pub(crate) fn impatient(self) -> Self {
        Self { impatient: true, ..self }
    }

    pub(crate) fn reasoning(self, reasoning: &'static str) -> Self {
        Self { reasoning: Some(reasoning), ..self }
    }

    pub(crate) fn usage(self, input: u64, output: u64) -> Self {
        Self { usage: Some((input, output)), ..self }
    }

    /// What has to hold of the requests that the server got.
    pub(crate) fn looks(self, look: Look) -> Self {
        Self { look: Some(look), ..self }
    }

    fn request(&self) -> Request {
        let schema = json!({"type": "object", "properties": {"path": {"type": "string"}}});
        let tool = Spec { name: "read", description: "Reads a file.", schema };
        let mut messages =
            vec![Message::System("Be brief.".to_owned()), Message::User("Say ok.".to_owned())];
        if self.ask == Ask::Talk {
            let call = |id: &str| ToolCall {
                id: CallId(1),
                wire_id: id.to_owned(),
                tool: "read".to_owned(),
                arguments: "{\"path\":\"x\"}".to_owned(),
            };
            messages.push(Message::Assistant {
                text: String::new(),
                reasoning: "hm".to_owned(),
                calls: vec![call("call_1"), call("call_2")],
            });
            for id in ["call_1", "call_2"] {
                messages.push(Message::Result { wire_id: id.to_owned(), text: "r".to_owned() });
            }
        }
        let tools = if self.ask == Ask::Plain { Vec::new() } else { vec![tool] };
        let choice = if self.ask == Ask::Tools { Choice::Required } else { Choice::Auto };
        Request {
            model: "m".to_owned(),
            messages,
            tools,
            choice,
            max_output: 256,
            temperature: None,
            effort: self.effort,
            offer: match self.ask {
                Ask::Plain | Ask::Tools | Ask::Talk => None,
                Ask::Words => Some(Dialect::Text),
                Ask::Held => Some(Dialect::Schema),
            },
        }
    }

    fn provider(&self, url: String) -> Provider {
        let mut provider = Provider::new(url, Some(Secret::new(KEY)));
        provider.jitter = Jitter::new(|| 0.0);
        provider.api = self.api;
        if self.impatient {
            provider.timeouts = Timeouts {
                first_event: Duration::from_millis(200),
                first_event_per_kib: Duration::ZERO,
                idle: Duration::from_millis(200),
                turn: Duration::from_millis(1500),
                ..Timeouts::default()
            };
        }
        provider
    }

    /// Plays the case and says what is not as it has to be.
    pub(crate) async fn prove(&self) -> Result<(), String> {
        let server = Server::start(self.answers.clone()).await;
        let model = OpenAi::new(self.provider(server.base_url())).map_err(|no| no.to_string())?;
        let came = model.turn(&self.request(), &|_| {}).await;
        let heard = server.heard();
        let seen = format!("{came:?}");
        if seen.contains(KEY) {
            return Err(format!("the key is in {seen}"));
        }
        if heard.len() != self.tries {
            return Err(format!("{} requests instead of {}: {seen}", heard.len(), self.tries));
        }
        if let Some(look) = self.look.filter(|look| !look(&heard)) {
            let _: Look = look;
            let bodies: Vec<String> =
                heard.iter().map(|one| String::from_utf8_lossy(&one.body).into_owned()).collect();
            return Err(format!("the requests are not as they should be: {bodies:#?}"));
        }
        self.compare(&came)
    }

    fn compare(&self, came: &Result<Turn, Fault>) -> Result<(), String> {
        let no = || Err(format!("{came:?} instead of {:?}", self.wanted));
        let turn = match (came, &self.wanted) {
            (Err(fault), Wanted::Fault(class, words)) => {
                let hinted = self.hint.is_none_or(|hint| fault.hint.contains(hint));
                let fits = fault.class == *class && fault.message.contains(words) && hinted;
                return if fits { Ok(()) } else { no() };
            }
            (Err(_), _) | (_, Wanted::Fault(..)) => return no(),
            (Ok(turn), _) => turn,
        };
        let fits = match &self.wanted {
            Wanted::Says(text) => {
                let ended = matches!(turn.finish, Finish::Stop | Finish::Other(_));
                ended && turn.text == *text && turn.calls.is_empty()
            }
            Wanted::Calls(calls) => {
                let made = turn.calls.iter().map(|one| (one.tool.as_str(), one.arguments.as_str()));
                turn.finish == Finish::ToolCalls && made.eq(calls.iter().copied())
            }
            Wanted::Cut => turn.finish == Finish::Length && turn.calls.is_empty(),
            Wanted::Malformed(words) => {
                matches!(&turn.finish, Finish::Malformed(why) if why.contains(words))
                    && turn.calls.is_empty()
            }
            Wanted::Fault(..) => false,
        };
        let thought = self.reasoning.is_none_or(|wanted| turn.reasoning == wanted);
        let counted = self.usage.is_none_or(|(input, output)| {
            (turn.usage.input, turn.usage.output, turn.estimated) == (input, output, false)
        });
        if fits && thought && counted { Ok(()) } else { no() }
    }
}

/// A named test for each case, and all of them as a list.
macro_rules! deviations {
    ($($name:ident: $source:literal => $case:expr;)*) => {
        /// Each deviation: its name, where it was seen, and the case.
        pub(crate) fn all() -> Vec<(&'static str, &'static str, $crate::case::Case)> {
            vec![$((stringify!($name), $source, $case)),*]
        }

        #[cfg(test)]
        mod each {
            #[allow(unused_imports, clippy::wildcard_imports, reason = "the table's own words")]
            use super::*;
            $(
                #[tokio::test]
                async fn $name() {
                    assert_ne!($source, "");
                    $crate::case::proven($case.prove()).await;
                }
            )*
        }
    };
}
pub(crate) use deviations;

/// Ends the test if the case does not hold.
#[cfg(test)]
pub(crate) async fn proven(proof: impl Future<Output = Result<(), String>>) {
    if let Err(why) = proof.await {
        panic!("{why}");
    }
}
