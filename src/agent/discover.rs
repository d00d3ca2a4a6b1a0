//! Which model servers there are to choose from: on this machine, or by a key of the environment.
//!
//! Only the loopback is looked at, and only a list of models is asked for. That a key is there is
//! found by its variable's name: its value is neither shown nor sent here.

use std::time::Duration;

use futures::future::join_all;
use tokio::time::timeout;

use super::{
    openai::OpenAi,
    provider::{Provider, Retries, Timeouts, is_loopback},
    secret::Secret,
};
use crate::domain::{Fault, FaultClass};

/// How long a server of this machine may take to list its models.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// How long a hosted server may take to do it.
const HOSTED_PATIENCE: Duration = Duration::from_secs(15);
/// Most models of one server that are told.
pub const MAX_MODELS: usize = 1_000;
/// Most bytes of a model's name.
const MAX_NAME: usize = 200;

/// A program that serves models on this machine, with the port that it has unless told otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local {
    pub program: &'static str,
    pub base_url: &'static str,
    /// What to type when it is there without a model, or not there at all.
    pub hint: &'static str,
}

/// The programs that are looked for. Ports after each one's own manual.
pub const LOCALS: [Local; 4] = [
    Local {
        program: "Ollama",
        base_url: "http://127.0.0.1:11434/v1",
        hint: "ollama pull qwen3:8b",
    },
    Local {
        program: "LM Studio",
        base_url: "http://127.0.0.1:1234/v1",
        hint: "lms server start, with a model loaded",
    },
    Local {
        program: "llama.cpp",
        base_url: "http://127.0.0.1:8080/v1",
        hint: "llama-server -m MODEL.gguf --jinja -c 32768",
    },
    Local { program: "vLLM", base_url: "http://127.0.0.1:8000/v1", hint: "vllm serve MODEL" },
];

/// A server on the net that takes this wire, and the variable that usually holds its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hosted {
    pub name: &'static str,
    pub base_url: &'static str,
    pub key_env: &'static str,
}

/// The servers whose keys are looked for. Base URLs after each one's own reference.
pub const HOSTED: [Hosted; 6] = [
    Hosted { name: "OpenAI", base_url: "https://api.openai.com/v1", key_env: "OPENAI_API_KEY" },
    Hosted {
        name: "OpenRouter",
        base_url: "https://openrouter.ai/api/v1",
        key_env: "OPENROUTER_API_KEY",
    },
    Hosted { name: "Mistral", base_url: "https://api.mistral.ai/v1", key_env: "MISTRAL_API_KEY" },
    Hosted {
        name: "DeepSeek",
        base_url: "https://api.deepseek.com/v1",
        key_env: "DEEPSEEK_API_KEY",
    },
    Hosted { name: "Groq", base_url: "https://api.groq.com/openai/v1", key_env: "GROQ_API_KEY" },
    Hosted {
        name: "Gemini",
        base_url: "https://generativelanguage.googleapis.com/v1beta/openai",
        key_env: "GEMINI_API_KEY",
    },
];

/// Somewhere that is to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The program that is expected there, such as `Ollama`.
    pub program: String,
    /// As far as `/v1`.
    pub base_url: String,
}

/// What was heard from a spot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The names of its models that can hold a conversation, in the server's order.
    Models(Vec<String>),
    /// A server of this kind, and no model that could be used.
    NoModel,
    /// Nothing listens there.
    Nobody,
    /// Something answers and is of no use; why, for a person.
    Unusable(String),
}

/// A spot with what was heard from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub spot: Spot,
    pub heard: Heard,
}

/// The spots of this machine: the known programs, and what the environment names on the loopback
/// (`OLLAMA_HOST`, `OPENAI_BASE_URL`). `variable` gives the value of an environment variable.
pub fn spots(variable: impl Fn(&str) -> Option<String>) -> Vec<Spot> {
    let ollama = variable("OLLAMA_HOST").and_then(|host| ollama_host(&host));
    let mut spots: Vec<Spot> = LOCALS
        .iter()
        .map(|local| Spot {
            program: local.program.to_owned(),
            base_url: local.base_url.to_owned(),
        })
        .collect();
    if let (Some(first), Some(base_url)) = (spots.first_mut(), ollama) {
        first.base_url = base_url;
    }
    let named = variable("OPENAI_BASE_URL").filter(|url| is_loopback(url));
    if let Some(base_url) = named
        && spots.iter().all(|spot| spot.base_url != base_url.trim_end_matches('/'))
    {
        spots.insert(0, Spot { program: "OPENAI_BASE_URL".to_owned(), base_url });
    }
    spots
}

/// The hosted servers for which the environment has a key.
pub fn keys(variable: impl Fn(&str) -> Option<String>) -> Vec<Hosted> {
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.trim().is_empty());
    HOSTED.iter().filter(|hosted| is_set(hosted.key_env)).copied().collect()
}

/// The base URL that a value of `OLLAMA_HOST` means, if it is on this machine: a server that
/// listens on all addresses is reached by the loopback.
pub fn ollama_host(value: &str) -> Option<String> {
    let value = value.trim().trim_end_matches('/');
    let rest = value.strip_prefix("http://").unwrap_or(value);
    if rest.is_empty() || rest.contains("://") {
        return None;
    }
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) => (host, port.parse::<u16>().ok()?),
        None => (rest, 11_434),
    };
    let host = if host.is_empty() || host == "0.0.0.0" { "127.0.0.1" } else { host };
    let url = format!("http://{host}:{port}/v1");
    is_loopback(&url).then_some(url)
}

/// Whether a model of this name holds conversations, as far as its name tells.
pub fn converses(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let others =
        ["embed", "rerank", "whisper", "tts", "dall-e", "moderation", "transcribe", "realtime"];
    others.iter().all(|other| !name.contains(other))
}

/// Looks at one spot. What is not on this machine is not looked at.
pub async fn look(spot: Spot) -> Found {
    let heard = if is_loopback(&spot.base_url) {
        hear(&spot.base_url).await
    } else {
        Heard::Unusable("it is not on this machine".to_owned())
    };
    Found { spot, heard }
}

/// Looks at all of them at once; the answers come in their order.
pub async fn discover(spots: impl IntoIterator<Item = Spot>) -> Vec<Found> {
    join_all(spots.into_iter().map(look)).await
}

async fn hear(base_url: &str) -> Heard {
    match timeout(PATIENCE, list(base_url, None, PATIENCE)).await {
        Ok(Ok(models)) if models.is_empty() => Heard::NoModel,
        Ok(Ok(models)) => Heard::Models(models),
        Ok(Err(fault)) if fault.class == FaultClass::Network => Heard::Nobody,
        Ok(Err(fault)) => Heard::Unusable(fault.message),
        Err(_) => Heard::Unusable("it takes too long to answer".to_owned()),
    }
}

/// The models of a hosted server, asked with the key: only after a person has chosen it.
pub async fn hosted_models(base_url: &str, key: Secret) -> Result<Vec<String>, Fault> {
    match timeout(HOSTED_PATIENCE, list(base_url, Some(key), HOSTED_PATIENCE)).await {
        Ok(listed) => listed,
        Err(_) => Err(Fault::new(FaultClass::Network, "the server takes too long to answer")),
    }
}

async fn list(
    base_url: &str,
    key: Option<Secret>,
    patience: Duration,
) -> Result<Vec<String>, Fault> {
    let mut provider = Provider::new(base_url, key);
    provider.timeouts =
        Timeouts { connect: patience, idle: patience, turn: patience, ..provider.timeouts };
    provider.retries = Retries { times: 0, doubtful: 0, ..provider.retries };
    let mut models = OpenAi::new(provider)?.list_models().await?;
    models.retain(|name| name.len() <= MAX_NAME && converses(name));
    models.truncate(MAX_MODELS);
    Ok(models)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(known: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| known.iter().find(|(one, _)| *one == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn every_spot_is_on_the_loopback() {
        let spots = spots(of(&[
            ("OLLAMA_HOST", "ollama.example.com"),
            ("OPENAI_BASE_URL", "https://api.openai.com/v1"),
        ]));
        assert_eq!(spots.len(), LOCALS.len());
        assert!(spots.iter().all(|spot| is_loopback(&spot.base_url)), "{spots:?}");
    }

    #[test]
    fn the_environment_names_places_on_this_machine() {
        let spots = spots(of(&[
            ("OLLAMA_HOST", "0.0.0.0:5000"),
            ("OPENAI_BASE_URL", "http://localhost:9000/v1"),
        ]));
        assert_eq!(spots[0].base_url, "http://localhost:9000/v1");
        assert_eq!(spots[1].base_url, "http://127.0.0.1:5000/v1");
    }

    #[test]
    fn ollamas_host_is_read_in_all_its_forms() {
        let read = |value| ollama_host(value);
        assert_eq!(read("127.0.0.1").as_deref(), Some("http://127.0.0.1:11434/v1"));
        assert_eq!(read("http://localhost:1/").as_deref(), Some("http://localhost:1/v1"));
        assert_eq!(read(":7000").as_deref(), Some("http://127.0.0.1:7000/v1"));
        for strange in ["", "https://example.com", "example.com", "127.0.0.1:port"] {
            assert_eq!(read(strange), None, "{strange}");
        }
    }

    #[test]
    fn keys_are_found_by_name_and_an_empty_one_is_none() {
        let found = keys(of(&[("OPENAI_API_KEY", " "), ("MISTRAL_API_KEY", "secret")]));
        assert_eq!(found.iter().map(|one| one.name).collect::<Vec<_>>(), ["Mistral"]);
    }

    #[tokio::test]
    async fn what_is_elsewhere_is_not_asked() {
        let spot = Spot { program: "x".into(), base_url: "http://192.0.2.1:1/v1".into() };
        let found = look(spot).await;
        assert_eq!(found.heard, Heard::Unusable("it is not on this machine".into()));
    }
}
