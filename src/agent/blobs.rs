//! Where whole outputs are kept.

/// A store of outputs that are too long for the log.
pub trait BlobSink: Send + Sync {
    /// Keeps bytes, and gives the digest under which they are found. `None`: they are lost.
    fn put(&self, bytes: &[u8]) -> Option<String>;
}
