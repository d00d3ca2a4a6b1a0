//! Where whole outputs are kept, and what must never be kept.

/// A store of outputs that are too long for the log.
pub trait BlobSink: Send + Sync {
    /// Keeps bytes, and gives the digest under which they are found. `None`: they are lost.
    fn put(&self, bytes: &[u8]) -> Option<String>;

    /// The text without the secrets that are known; what a tool gives out goes through here before
    /// it reaches the log or a model.
    fn redact(&self, text: String) -> String {
        text
    }
}
