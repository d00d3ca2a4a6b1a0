//! How a request looks for one model of one server, and what was learnt about that.

use serde_json::{Map, Value};

use super::{
    dialect::{Dialect, call_schema},
    model::{Choice, Message, Request},
    provider::Api,
    quirks::{Echo, Feature, Host, Ids, LimitField, Signature},
};

/// Whether a part of the request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Sent,
    /// The server rejected it once; it is not sent again.
    LeftOut,
}

/// Which of the two APIs a request goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Chat,
    Responses,
}

/// The form of a model's requests. It begins as the host's row of the table says, and loses what
/// the server rejects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub dialect: Dialect,
    pub form: Form,
    pub ids: Ids,
    pub signature: Signature,
    /// Whether the API is ours to change.
    form_open: Part,
    limit: LimitField,
    /// The other name of the limit was tried.
    limit_tried: Part,
    echo: Echo,
    /// What the server says of thoughts that are echoed has been heeded once.
    echo_tried: Part,
    stream_options: Part,
    tool_choice: Part,
    temperature: Part,
    effort: Part,
    sealed: Part,
    format: Part,
    stop: Part,
}

impl Shape {
    /// What a host's requests look like at first, by the API that is wished for.
    pub fn of(host: Host, api: Api) -> Self {
        let wished = if api == Api::Auto { host.api } else { api };
        Self {
            dialect: Dialect::Native,
            form: match wished {
                Api::Auto | Api::Chat => Form::Chat,
                Api::Responses => Form::Responses,
            },
            ids: host.ids,
            signature: host.signature,
            form_open: if api == Api::Auto { Part::Sent } else { Part::LeftOut },
            limit: host.limit,
            limit_tried: Part::Sent,
            echo: host.echo,
            echo_tried: Part::Sent,
            stream_options: Part::Sent,
            tool_choice: Part::Sent,
            temperature: Part::Sent,
            effort: Part::Sent,
            sealed: Part::Sent,
            format: Part::Sent,
            stop: Part::Sent,
        }
    }

    /// The same, with tools offered in another way. What the server has rejected stays rejected.
    #[must_use]
    pub fn offering(self, dialect: Dialect) -> Self {
        let dialect = match dialect {
            Dialect::Schema if self.format == Part::LeftOut => Dialect::Text,
            other => other,
        };
        Self { dialect, ..self }
    }

    /// The parts of this request that it could do without, if the server does not know them.
    pub fn sent(&self, request: &Request) -> Vec<Feature> {
        let native = self.dialect == Dialect::Native;
        let tools = native && !request.tools.is_empty();
        let chat = self.form == Form::Chat;
        let spoken = request.messages.iter().any(|one| matches!(one, Message::Assistant { .. }));
        let called = request.messages.iter().any(|one| matches!(one, Message::Result { .. }));
        let echo = chat && spoken && self.echo_tried == Part::Sent;
        [
            (Feature::StreamOptions, chat && self.stream_options == Part::Sent),
            (Feature::ToolChoice, tools && self.sends_choice(request)),
            (Feature::LimitField, chat && self.limit_tried == Part::Sent),
            (Feature::Temperature, self.temperature == Part::Sent && request.temperature.is_some()),
            (Feature::Effort, self.effort == Part::Sent && request.effort.is_some()),
            (Feature::Format, self.holds(request)),
            (Feature::Stop, self.stops(request)),
            (Feature::Sealed, !chat && self.sealed == Part::Sent),
            (Feature::Responses, !chat && self.form_open == Part::Sent),
            (Feature::FreeIds, chat && native && called && self.ids == Ids::Own),
            (Feature::Unsigned, chat && native && called && self.signature == Signature::None),
            (Feature::Thoughtless, echo && self.echo == Echo::Never),
            (Feature::Thoughts, echo && self.echo == Echo::Always),
            (Feature::Tools, tools),
        ]
        .into_iter()
        .filter_map(|(feature, sent)| sent.then_some(feature))
        .collect()
    }

    /// Whether `tool_choice` is sent; `auto` is what servers assume without it.
    pub fn sends_choice(&self, request: &Request) -> bool {
        match request.choice {
            Choice::Auto => false,
            Choice::Required => self.tool_choice == Part::Sent,
        }
    }

    /// Whether the answer is held to the schema of a call.
    fn holds(&self, request: &Request) -> bool {
        self.dialect == Dialect::Schema && self.format == Part::Sent && !request.tools.is_empty()
    }

    /// Whether the answer ends where a second call would begin: small models repeat themselves.
    fn stops(&self, request: &Request) -> bool {
        let text = self.dialect == Dialect::Text && !request.tools.is_empty();
        text && self.form == Form::Chat && self.stop == Part::Sent
    }

    /// Whether thoughts are asked for in a sealed form.
    pub fn asks_for_sealed(&self) -> bool {
        self.sealed == Part::Sent
    }

    /// The effort that is asked for, if any is.
    pub fn effort(&self, request: &Request) -> Option<&'static str> {
        request.effort.filter(|_| self.effort == Part::Sent).map(super::model::Effort::word)
    }

    /// Learns that the server does not know a part.
    #[must_use]
    pub fn without(mut self, feature: Feature) -> Self {
        match feature {
            Feature::StreamOptions => self.stream_options = Part::LeftOut,
            Feature::ToolChoice => self.tool_choice = Part::LeftOut,
            Feature::LimitField => {
                self.limit = self.limit.other();
                self.limit_tried = Part::LeftOut;
            }
            Feature::Temperature => self.temperature = Part::LeftOut,
            Feature::Tools => self.dialect = Dialect::Text,
            Feature::Effort => self.effort = Part::LeftOut,
            Feature::Format => {
                self.format = Part::LeftOut;
                self.dialect = Dialect::Text;
            }
            Feature::Stop => self.stop = Part::LeftOut,
            Feature::Responses => self.form = Form::Chat,
            Feature::Sealed => self.sealed = Part::LeftOut,
            Feature::FreeIds => self.ids = Ids::Nine,
            Feature::Unsigned => self.signature = Signature::Skip,
            Feature::Thoughtless => {
                self.echo = Echo::Always;
                self.echo_tried = Part::LeftOut;
            }
            Feature::Thoughts => {
                self.echo = Echo::Never;
                self.echo_tried = Part::LeftOut;
            }
        }
        self
    }

    /// Fits a body as the reference has it to this server. `reasonings` are those of the body's
    /// assistant messages, in their order. `wanted` is the request as it was made, `tools` and all.
    pub fn fit(&self, body: &mut Map<String, Value>, wanted: &Request, reasonings: &[&str]) {
        body.insert("stream".to_owned(), Value::Bool(true));
        if let (Part::Sent, Some(temperature)) = (self.temperature, wanted.temperature) {
            // By way of its shortest text, so that 0.2 does not become 0.20000000298.
            let number = temperature.to_string().parse::<f64>().unwrap_or_default();
            body.insert("temperature".to_owned(), Value::from(number));
        }
        let schema = || serde_json::json!({ "name": "call", "schema": call_schema(&wanted.tools) });
        match self.form {
            Form::Responses => {
                body.insert("max_output_tokens".to_owned(), Value::from(wanted.max_output));
                if self.holds(wanted) {
                    let mut format = schema();
                    format["type"] = Value::from("json_schema");
                    body.insert("text".to_owned(), serde_json::json!({ "format": format }));
                }
                return;
            }
            Form::Chat => {}
        }
        let limit = match self.limit {
            LimitField::MaxTokens => "max_tokens",
            LimitField::MaxCompletionTokens => "max_completion_tokens",
        };
        body.insert(limit.to_owned(), Value::from(wanted.max_output));
        if self.stream_options == Part::Sent {
            let options = serde_json::json!({ "include_usage": true });
            body.insert("stream_options".to_owned(), options);
        }
        if let Some(effort) = self.effort(wanted) {
            body.insert("reasoning_effort".to_owned(), Value::from(effort));
        }
        if self.stops(wanted) {
            let second = serde_json::json!(["```\n\n```json", "```\n```json"]);
            body.insert("stop".to_owned(), second);
        }
        if self.holds(wanted) {
            let format = serde_json::json!({ "type": "json_schema", "json_schema": schema() });
            body.insert("response_format".to_owned(), format);
        }
        match self.echo {
            Echo::Never => {}
            Echo::Always => {
                let messages = body.get_mut("messages").and_then(Value::as_array_mut);
                let said = messages.into_iter().flatten().filter(|message| {
                    message.get("role").and_then(Value::as_str) == Some("assistant")
                });
                for (message, reasoning) in said.zip(reasonings) {
                    // Kimi rejects an empty text and takes a blank (kimi-cli #2141).
                    let echoed = if reasoning.is_empty() { " " } else { reasoning };
                    message["reasoning_content"] = Value::from(echoed);
                }
            }
        }
    }
}
