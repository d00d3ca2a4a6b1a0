//! What a server said went wrong, in whichever shape it said it.

use serde_json::Value;

/// Most characters of a server's own words that are kept.
const SAID_CAP: usize = 600;

/// What a server said went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// For a person: one line, bounded, without control characters.
    pub message: String,
    /// For the tables: code, type, parameter and message in small letters.
    pub marks: String,
    /// An HTTP status in the error object (OpenRouter, llama.cpp), which may differ from the
    /// response's own.
    pub status: Option<u16>,
}

impl Said {
    /// Plain words, or a web page.
    pub fn text(text: &str) -> Self {
        let small = text.trim_start().chars().take(16).collect::<String>().to_ascii_lowercase();
        if small.starts_with("<!doctype") || small.starts_with("<html") {
            let title =
                text.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
            let message = match title {
                Some((title, _)) => format!("a web page titled \"{}\"", tidy(title)),
                None => "a web page".to_owned(),
            };
            return Self { message, ..Self::default() };
        }
        let message = tidy(text);
        Self { marks: message.to_lowercase(), message, status: None }
    }

    /// An error in JSON, wrapped or not, in any of the shapes that are about.
    pub fn in_value(value: &Value) -> Self {
        match value {
            Value::Array(items) => items.first().map(Self::in_value).unwrap_or_default(),
            Value::String(text) => Self::text(text),
            Value::Object(fields) => {
                if let Some(inner) = ["error", "detail"].iter().find_map(|name| {
                    fields.get(*name).filter(|inner| inner.is_object() || inner.is_array())
                }) {
                    return Self::in_value(inner);
                }
                let words = |names: &[&str]| {
                    names
                        .iter()
                        .filter_map(|name| match fields.get(*name)? {
                            Value::String(text) => Some(text.clone()),
                            Value::Number(number) => Some(number.to_string()),
                            Value::Array(path) => Some(Value::from(path.clone()).to_string()),
                            Value::Null | Value::Bool(_) | Value::Object(_) => None,
                        })
                        .collect::<Vec<_>>()
                };
                let mut said = words(&["message", "msg", "status_msg", "error", "detail"]);
                // OpenRouter puts the upstream's own words there.
                let raw = fields.get("metadata").and_then(|metadata| metadata.get("raw"));
                said.extend(raw.and_then(Value::as_str).map(ToOwned::to_owned));
                // llama.cpp names the window beside its words.
                let window = fields.get("n_ctx").and_then(Value::as_u64);
                said.extend(window.map(|tokens| format!("n_ctx {tokens}")));
                let message =
                    if said.is_empty() { tidy(&value.to_string()) } else { tidy(&said.join(": ")) };
                let codes = words(&["code", "status_code", "type", "status", "param", "loc"]);
                let status = codes.iter().find_map(|code| code.parse().ok());
                // Gemini says among the details how long to wait.
                let details = fields.get("details").and_then(Value::as_array).into_iter().flatten();
                let delay = details.into_iter().find_map(|one| one.get("retryDelay")?.as_str());
                let delay =
                    delay.map(|delay| format!(" retryDelay\":\"{delay}")).unwrap_or_default();
                let marks = format!("{} {message}{delay}", codes.join(" ")).to_lowercase();
                Self { message, marks, status: status.filter(|code| (400..600).contains(code)) }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Self::text(&value.to_string()),
        }
    }

    /// The body of a response that is an error.
    pub fn in_body(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        // An error to a stream request may itself come as an event.
        let json = text.trim().strip_prefix("data:").unwrap_or(text.trim());
        match serde_json::from_str::<Value>(json) {
            Ok(value) => Self::in_value(&value),
            Err(_) => Self::text(&text),
        }
    }
}

/// One line of at most `SAID_CAP` characters without control characters.
pub fn tidy(text: &str) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty())
    {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > SAID_CAP * 4 {
            break;
        }
    }
    if line.chars().count() > SAID_CAP {
        line = line.chars().take(SAID_CAP).collect::<String>() + " …";
    }
    line
}
