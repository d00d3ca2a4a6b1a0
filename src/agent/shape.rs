//! How a request looks for one model of one server, and what was learnt about that.

use serde_json::{Map, Value};

use super::{
    dialect::Dialect,
    model::{Choice, Request},
    quirks::{Echo, Feature, Host, LimitField},
};

/// Whether a part of the request is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Sent,
    /// The server rejected it once; it is not sent again.
    LeftOut,
}

/// The form of a model's requests. It begins as the host's row of the table says, and loses what
/// the server rejects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub dialect: Dialect,
    limit: LimitField,
    /// The other name of the limit was tried.
    limit_tried: Part,
    echo: Echo,
    stream_options: Part,
    tool_choice: Part,
    temperature: Part,
}

impl Shape {
    /// What a host's requests look like at first.
    pub fn of(host: Host) -> Self {
        Self {
            dialect: Dialect::Native,
            limit: host.limit,
            limit_tried: Part::Sent,
            echo: host.echo,
            stream_options: Part::Sent,
            tool_choice: Part::Sent,
            temperature: Part::Sent,
        }
    }

    /// The same, with tools offered in another way.
    #[must_use]
    pub fn offering(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// The parts of this request that it could do without, if the server does not know them.
    pub fn sent(&self, request: &Request) -> Vec<Feature> {
        let tools = self.dialect == Dialect::Native && !request.tools.is_empty();
        [
            (Feature::StreamOptions, self.stream_options == Part::Sent),
            (Feature::ToolChoice, tools && self.sends_choice(request)),
            (Feature::LimitField, self.limit_tried == Part::Sent),
            (Feature::Temperature, self.temperature == Part::Sent && request.temperature.is_some()),
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
        }
        self
    }

    /// Fits a body as the reference has it to this server. `reasonings` are those of the body's
    /// assistant messages, in their order.
    pub fn fit(&self, body: &mut Map<String, Value>, request: &Request, reasonings: &[&str]) {
        body.insert("stream".to_owned(), Value::Bool(true));
        let limit = match self.limit {
            LimitField::MaxTokens => "max_tokens",
            LimitField::MaxCompletionTokens => "max_completion_tokens",
        };
        body.insert(limit.to_owned(), Value::from(request.max_output));
        if self.stream_options == Part::Sent {
            let options = serde_json::json!({ "include_usage": true });
            body.insert("stream_options".to_owned(), options);
        }
        if let (Part::Sent, Some(temperature)) = (self.temperature, request.temperature) {
            // By way of its shortest text, so that 0.2 does not become 0.20000000298.
            let number = temperature.to_string().parse::<f64>().unwrap_or_default();
            body.insert("temperature".to_owned(), Value::from(number));
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
