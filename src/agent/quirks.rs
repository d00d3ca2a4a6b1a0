//! What servers do that the protocol does not say, as data. Each row names its source.

use super::{normal::Reason, provider::Api};

/// A part of a request that a server may not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// `stream_options`.
    StreamOptions,
    /// `tool_choice`.
    ToolChoice,
    /// The name of the field with the output limit.
    LimitField,
    Temperature,
    /// Tools altogether; without them they are described in the text.
    Tools,
    /// How hard the model is to think.
    Effort,
    /// A schema that the answer is held to.
    Format,
    /// Texts at which the answer ends.
    Stop,
    /// The Responses API altogether; without it Chat Completions are used.
    Responses,
    /// The wish to have thoughts back in a sealed form.
    Sealed,
    /// Ids of calls that are not nine letters and digits.
    FreeIds,
    /// Assistant messages without the thoughts that led to them.
    Thoughtless,
    /// Assistant messages with the thoughts that led to them.
    Thoughts,
    /// Calls without the signature that came with them (it is lost after a restart).
    Unsigned,
}

/// Words of an error that tell what it is about.
#[derive(Clone, Copy, Debug)]
pub struct Row<T: 'static> {
    /// All of them occur, in small letters, in the error's code, type, parameter or message.
    pub words: &'static [&'static str],
    pub means: T,
    pub source: &'static str,
}

const fn row<T>(words: &'static [&'static str], means: T, source: &'static str) -> Row<T> {
    Row { words, means, source }
}

/// What a row of [`ERRORS`] says an error is, above its HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The request is larger than the model's context.
    Overflow,
    /// The content was refused.
    Filtered,
    /// The account has nothing left; waiting does not help.
    Quota,
    /// Too much at once; waiting helps.
    Busy,
    /// The key is not accepted.
    Auth,
    /// The model is not known there.
    NoModel,
}

/// What errors say under any status. The first row that fits decides.
pub const ERRORS: &[Row<Meaning>] = &[
    row(&["context_length_exceeded"], Meaning::Overflow, "OpenAI error codes"),
    row(&["maximum context length"], Meaning::Overflow, "OpenAI, vLLM"),
    row(&["exceed_context_size"], Meaning::Overflow, "llama.cpp PR #15780 (code may be 500)"),
    row(&["exceeds the available context size"], Meaning::Overflow, "llama.cpp PR #15780"),
    row(&["context size has been exceeded"], Meaning::Overflow, "llama.cpp server, mid-stream"),
    row(&["context length", "overflow"], Meaning::Overflow, "LM Studio #2322"),
    row(&["greater than the context length"], Meaning::Overflow, "LM Studio #2322"),
    row(&["context window"], Meaning::Overflow, "OpenAI Responses, LM Studio, Mistral"),
    row(&["prompt is too long"], Meaning::Overflow, "Anthropic"),
    row(&["prompt too long"], Meaning::Overflow, "Ollama"),
    row(&["input is too long"], Meaning::Overflow, "Bedrock gateways"),
    row(&["input length", "exceed"], Meaning::Overflow, "Ollama, Anthropic"),
    row(&["input token count", "exceed"], Meaning::Overflow, "Gemini"),
    row(&["maximum prompt length"], Meaning::Overflow, "xAI"),
    row(&["reduce the length of the messages"], Meaning::Overflow, "Groq"),
    row(&["request_too_large"], Meaning::Overflow, "Anthropic 413"),
    row(&["longer than the model's context"], Meaning::Overflow, "SGLang"),
    row(&["inputs", "max_new_tokens", "must be <="], Meaning::Overflow, "TGI 422"),
    row(&["exceeds model context"], Meaning::Overflow, "TensorRT-LLM, KoboldCpp"),
    row(&["tokens in request more than max tokens"], Meaning::Overflow, "Zhipu"),
    row(&["range of input length should be"], Meaning::Overflow, "DashScope"),
    row(&["exceeded model token limit"], Meaning::Overflow, "Moonshot"),
    row(&["too large for model with", "maximum context"], Meaning::Overflow, "Mistral"),
    row(&["context window exceeds limit"], Meaning::Overflow, "MiniMax 2013"),
    row(&["requested too many tokens", "context"], Meaning::Overflow, "gateways"),
    row(&["prompt token count of", "exceeds the limit"], Meaning::Overflow, "Copilot"),
    row(&["tokens in the prompt cannot exceed"], Meaning::Overflow, "Cohere's errors"),
    row(&["inputs", "must have less than", "tokens"], Meaning::Overflow, "TGI 422, older"),
    row(&["tokens_limit_reached"], Meaning::Overflow, "GitHub Models: aider #2296"),
    row(&["insufficient_quota"], Meaning::Quota, "OpenAI, astron-agent #1573"),
    row(&["billing_hard_limit_reached"], Meaning::Quota, "OpenAI"),
    row(&["credit balance is too low"], Meaning::Quota, "Anthropic, status 400"),
    row(&["insufficient balance"], Meaning::Quota, "DeepSeek 402"),
    row(&["insufficient credits"], Meaning::Quota, "OpenRouter 402"),
    row(&["insufficient balance", "1008"], Meaning::Quota, "MiniMax base_resp, status 200"),
    row(
        &["exceeded your current quota", "billing"],
        Meaning::Quota,
        "OpenAI; Gemini names its plan",
    ),
    row(&["content_filter"], Meaning::Filtered, "OpenAI, Azure"),
    row(&["content management policy"], Meaning::Filtered, "Azure"),
    row(&["content_policy_violation"], Meaning::Filtered, "OpenAI"),
    row(&["flagged", "moderation"], Meaning::Filtered, "OpenRouter 403"),
    row(&["data_inspection_failed"], Meaning::Filtered, "DashScope"),
    row(&["invalid_api_key"], Meaning::Auth, "OpenAI"),
    row(&["api key not valid"], Meaning::Auth, "Gemini, status 400"),
    row(&["model_not_found"], Meaning::NoModel, "OpenAI"),
    row(&["model", "does not exist"], Meaning::NoModel, "vLLM, OpenAI"),
    row(&["model", "not found"], Meaning::NoModel, "Ollama, LM Studio"),
    row(&["not a valid model id"], Meaning::NoModel, "OpenRouter, status 400"),
    row(&["rate_limit"], Meaning::Busy, "OpenAI, OpenRouter inside a 200 stream"),
    row(&["overloaded"], Meaning::Busy, "Anthropic 529, inside a 200 stream"),
    row(&["resource_exhausted"], Meaning::Busy, "Gemini"),
    row(&["too many requests"], Meaning::Busy, "gateways, inside a 200 stream"),
];

/// Overflow in the words of servers that were not listed by name: all of these occur.
const OVERFLOW_WORDS: &[&[&str]] = &[
    &["token", "exceed", "context"],
    &["token", "exceed", "limit", "input"],
    &["prompt", "too l", "token"],
    &["input", "too long"],
    &["context", "too small"],
    &["exceeds", "n_ctx"],
    &["max_model_len"],
    &["context_window"],
    &["kv cache", "full"],
];

/// Whether an error's words, in small letters, sound like a request that is too large. Looked at
/// only after everything else, and never when it waits that help ("tokens per minute").
pub fn sounds_too_large(said: &str) -> bool {
    let paced =
        ["per minute", "per day", "daily", "quota", "tpm", "rpm", "rate limit", "rate_limit"]
            .iter()
            .any(|word| said.contains(word));
    !paced && OVERFLOW_WORDS.iter().any(|words| words.iter().all(|word| said.contains(word)))
}

/// What errors say about a part of the request, under statuses that mean "your fault" and, for
/// some servers, others. Only parts that were sent are looked for.
pub const REJECTIONS: &[Row<Feature>] = &[
    row(
        &["reasoning_content", "must be passed back"],
        Feature::Thoughtless,
        "DeepSeek V4: openagent #2206, opencode #25356",
    ),
    row(&["reasoning_content is missing"], Feature::Thoughtless, "Moonshot: kimi-cli #2141"),
    row(&["reasoning_content", "not permitted"], Feature::Thoughts, "pydantic 422"),
    row(&["reasoning_content", "unknown"], Feature::Thoughts, "strict gateways"),
    row(&["reasoning_content", "unsupported"], Feature::Thoughts, "Groq, Cerebras"),
    row(
        &["must be a-z, a-z, 0-9", "length of 9"],
        Feature::FreeIds,
        "Mistral: opencode #1680, ironclaw #1241; status may be 500",
    ),
    row(&["missing a thought_signature"], Feature::Unsigned, "Gemini 3: goose #6035"),
    row(&["reasoning_effort"], Feature::Effort, "models that do not think, old gateways"),
    row(&["reasoning.effort"], Feature::Effort, "Responses API, models that do not think"),
    row(&["reasoning effort"], Feature::Effort, "gateways"),
    row(&["encrypted_content"], Feature::Sealed, "Responses API, models that do not think"),
    row(&["encrypted content"], Feature::Sealed, "gateways"),
    row(&["'stop'"], Feature::Stop, "OpenAI reasoning models: Unsupported parameter: 'stop'"),
    row(&["stop", "not supported with this model"], Feature::Stop, "OpenAI reasoning models"),
    row(&["response_format"], Feature::Format, "servers without guided output"),
    row(&["json_schema"], Feature::Format, "DeepSeek: only json_object"),
    row(&["grammar"], Feature::Format, "llama.cpp: a schema that makes no grammar"),
    row(&["/v1/responses"], Feature::Responses, "vLLM, llama.cpp: no such path"),
    row(&["responses api", "not support"], Feature::Responses, "gateways"),
    row(&["stream_options"], Feature::StreamOptions, "old vLLM, Azure API versions, Mistral 422"),
    row(&["stream options"], Feature::StreamOptions, "gateways"),
    row(
        &["requires --enable-auto-tool-choice"],
        Feature::Tools,
        "vLLM: no tools unless started so",
    ),
    row(&["does not support tools"], Feature::Tools, "Ollama"),
    row(&["support tool use"], Feature::Tools, "OpenRouter 404: No endpoints found that .."),
    row(&["tools param requires --jinja"], Feature::Tools, "llama.cpp, status 500"),
    row(&["tool_choice"], Feature::ToolChoice, "DeepSeek reasoner, Moonshot, old llama.cpp"),
    row(&["tool choice"], Feature::ToolChoice, "gateways"),
    row(&["max_completion_tokens"], Feature::LimitField, "servers that know max_tokens only"),
    row(&["max_tokens", "not supported"], Feature::LimitField, "OpenAI o-series and later"),
    row(&["max_tokens", "unsupported"], Feature::LimitField, "OpenAI o-series and later"),
    row(&["max_tokens", "not permitted"], Feature::LimitField, "pydantic 422"),
    row(&["temperature"], Feature::Temperature, "OpenAI reasoning models take 1 only"),
    row(&["tool", "not supported"], Feature::Tools, "gateways"),
    row(&["tool", "unsupported"], Feature::Tools, "gateways"),
    row(&["tool", "not support"], Feature::Tools, "gateways"),
    row(&["tools", "not permitted"], Feature::Tools, "pydantic 422"),
    row(&["tools", "unrecognized"], Feature::Tools, "old gateways"),
    row(&["function calling"], Feature::Tools, "gateways: function calling is not enabled .."),
];

/// The row's meaning for an error's words, already in small letters.
pub fn find<T: Copy>(rows: &[Row<T>], said: &str) -> Option<T> {
    rows.iter().find(|row| row.words.iter().all(|word| said.contains(word))).map(|row| row.means)
}

/// The name of the field that limits the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitField {
    MaxTokens,
    MaxCompletionTokens,
}

impl LimitField {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            LimitField::MaxTokens => LimitField::MaxCompletionTokens,
            LimitField::MaxCompletionTokens => LimitField::MaxTokens,
        }
    }
}

/// How the key is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyHeader {
    /// `Authorization: Bearer ..`.
    Bearer,
    /// `api-key: ..`.
    ApiKey,
}

/// Whether an assistant message carries its reasoning back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Echo {
    /// It must not, or need not.
    Never,
    /// As `reasoning_content`, on every assistant message.
    Always,
}

/// What ids of calls look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ids {
    /// As the server gave them.
    Own,
    /// Nine letters and digits.
    Nine,
}

/// What stands where a call's signature is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// Nothing.
    None,
    /// The word that Gemini's documentation gives for calls that were not its own.
    Skip,
}

/// What is known of a host before it has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host {
    /// The host, or the end of it from a dot on.
    pub host: &'static str,
    pub limit: LimitField,
    pub key: KeyHeader,
    pub echo: Echo,
    pub ids: Ids,
    pub signature: Signature,
    /// The API to use where the settings leave it open.
    pub api: Api,
    pub source: &'static str,
}

/// What is assumed of a host that nobody knows.
pub const ANY_HOST: Host = Host {
    host: "",
    limit: LimitField::MaxTokens,
    key: KeyHeader::Bearer,
    echo: Echo::Never,
    ids: Ids::Own,
    signature: Signature::None,
    api: Api::Chat,
    source: "every compatible server knows max_tokens, and ignores the other name in silence",
};

/// Hosts that want something else.
pub const HOSTS: &[Host] = &[
    Host {
        host: "api.openai.com",
        limit: LimitField::MaxCompletionTokens,
        api: Api::Responses,
        source: "API reference: max_tokens is deprecated, not compatible with o-series models; \
                 models keep their thoughts between calls in the Responses API only",
        ..ANY_HOST
    },
    Host {
        host: ".openai.azure.com",
        limit: LimitField::MaxCompletionTokens,
        key: KeyHeader::ApiKey,
        source: "Azure OpenAI v1 reference",
        ..ANY_HOST
    },
    Host {
        host: "api.deepseek.com",
        echo: Echo::Always,
        source: "crush #2696: reasoning_content is wanted on all assistant messages",
        ..ANY_HOST
    },
    Host {
        host: "api.mistral.ai",
        ids: Ids::Nine,
        source: "opencode #1680, magentic #276: ids of nine letters and digits",
        ..ANY_HOST
    },
    Host {
        host: "generativelanguage.googleapis.com",
        signature: Signature::Skip,
        source: "ai.google.dev thought-signatures: calls without a signature are refused",
        ..ANY_HOST
    },
    Host { host: ".moonshot.ai", echo: Echo::Always, source: "kimi-cli #2141", ..ANY_HOST },
    Host { host: ".moonshot.cn", echo: Echo::Always, source: "kimi-cli #2141", ..ANY_HOST },
];

/// What is known of a host.
pub fn host(name: &str) -> Host {
    let name = name.to_ascii_lowercase();
    HOSTS
        .iter()
        .find(
            |row| {
                if row.host.starts_with('.') { name.ends_with(row.host) } else { name == row.host }
            },
        )
        .copied()
        .unwrap_or(ANY_HOST)
}

/// The words for why a model stopped; small letters. A word that is not here is kept as it is.
const REASONS: &[(&str, Word, &str)] = &[
    ("stop", Word::Stop, "API reference; STOP: Gemini"),
    ("eos_token", Word::Stop, "TGI #2296"),
    ("eos", Word::Stop, "older local servers"),
    ("stop_sequence", Word::Stop, "TGI, Anthropic gateways"),
    ("end_turn", Word::Stop, "Anthropic gateways"),
    ("tool_calls", Word::ToolCalls, "API reference"),
    ("tool_call", Word::ToolCalls, "gateways"),
    ("tool_use", Word::ToolCalls, "Anthropic gateways"),
    ("function_call", Word::ToolCalls, "API reference, before tools"),
    ("length", Word::Length, "API reference"),
    ("max_tokens", Word::Length, "Anthropic gateways; MAX_TOKENS: Gemini"),
    ("model_length", Word::Length, "Mistral"),
    ("model_context_window_exceeded", Word::Length, "Anthropic's stop reasons, Zhipu"),
    ("content_filter", Word::Filtered, "API reference"),
    ("safety", Word::Filtered, "Gemini"),
    ("prohibited_content", Word::Filtered, "Gemini"),
    ("recitation", Word::Filtered, "Gemini"),
    ("blocklist", Word::Filtered, "Gemini"),
    ("sensitive", Word::Filtered, "Zhipu"),
    ("error", Word::Failed, "OpenRouter: errors mid-stream"),
    ("abort", Word::Failed, "vLLM, SGLang: the request was aborted"),
    ("insufficient_system_resource", Word::Failed, "DeepSeek"),
    ("network_error", Word::Failed, "Zhipu"),
    ("malformed_function_call", Word::Failed, "Gemini"),
];

#[derive(Clone, Copy)]
enum Word {
    Stop,
    ToolCalls,
    Length,
    Filtered,
    Failed,
}

/// Reads a finish reason; the empty word is none (sglang #3912).
pub fn reason(word: &str) -> Option<Reason> {
    let small = word.trim().to_ascii_lowercase();
    if small.is_empty() || small == "null" {
        return None;
    }
    let known = REASONS.iter().find(|(known, _, _)| *known == small).map(|(_, word, _)| *word);
    Some(match known {
        Some(Word::Stop) => Reason::Stop,
        Some(Word::ToolCalls) => Reason::ToolCalls,
        Some(Word::Length) => Reason::Length,
        Some(Word::Filtered) => Reason::Filtered,
        Some(Word::Failed) => Reason::Failed(small),
        None => Reason::Other(word.trim().chars().take(80).collect()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_its_source_and_is_in_small_letters() {
        let words = ERRORS
            .iter()
            .map(|row| (row.words, row.source))
            .chain(REJECTIONS.iter().map(|row| (row.words, row.source)));
        for (words, source) in words {
            assert!(!source.is_empty() && !words.is_empty(), "{words:?}");
            assert!(words.iter().all(|word| word.to_lowercase() == **word), "{words:?}");
        }
        assert!(HOSTS.iter().all(|row| !row.source.is_empty()));
        assert!(REASONS.iter().all(|(word, _, source)| !source.is_empty() && !word.is_empty()));
    }

    #[test]
    fn finish_reasons_of_other_dialects_are_understood() {
        assert_eq!(reason(""), None);
        assert_eq!(reason("STOP"), Some(Reason::Stop));
        assert_eq!(reason("eos_token"), Some(Reason::Stop));
        assert_eq!(reason("MAX_TOKENS"), Some(Reason::Length));
        assert_eq!(reason("model_context_window_exceeded"), Some(Reason::Length));
        assert_eq!(reason("error"), Some(Reason::Failed("error".into())));
        assert_eq!(reason("Whim"), Some(Reason::Other("Whim".into())));
    }

    #[test]
    fn a_host_is_matched_whole_or_from_a_dot_on() {
        assert_eq!(host("API.openai.com").limit, LimitField::MaxCompletionTokens);
        assert_eq!(host("me.openai.azure.com").key, KeyHeader::ApiKey);
        assert_eq!(host("evil-api.openai.com.example.org"), ANY_HOST);
    }
}
