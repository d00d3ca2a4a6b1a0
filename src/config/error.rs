//! What can be wrong with settings.

use std::path::PathBuf;

/// A fault of a settings file or of the place it should lie in.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The place of the fault is in the message of the parser: line and column.
    #[error("{}: {message}. Nothing was changed; mend the file and start again", path.display())]
    Faulty { path: PathBuf, message: String },
    #[error("the key is looked for in `{name}`, which every command that chargehand runs is given. Put it into another variable and name that one as `key_env` in {}", file.display())]
    OpenKey { name: String, file: PathBuf },
    #[error("a context window of {tokens} tokens is too small for a brief, the tools and an answer; at least {least} are needed. Mend --context, or context_tokens in {}", file.display())]
    SmallWindow { tokens: u32, least: u32, file: PathBuf },
    #[error("{}: {source}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("no home directory is known; set HOME, or CHARGEHAND_CONFIG_DIR and XDG_DATA_HOME")]
    NoHome,
    #[error("a cap in money is set, and the price of `{model}` is not known. Name its price under `prices:` in {}, or use a cap in tokens", file.display())]
    Unpriced { model: String, file: PathBuf },
    #[error("no model is configured. Set OPENAI_API_KEY and --model, or --base-url and --model for another OpenAI-compatible server, or write them to {}. `chargehand demo --headless` needs neither", file.display())]
    NoModel { file: PathBuf },
}
