//! What a session stands on: the files that its calls may change.

use futures::future::BoxFuture;

/// The files that a session works on, as far as it matters whether they change.
pub trait Ground: Send + Sync {
    /// A digest of all of them as they are now; `None` when it cannot be had. It may take a while
    /// and is asked for only when a call comes again with the same result.
    fn digest(&self) -> BoxFuture<'_, Option<String>>;
}

/// The ground of a session that changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct Still;

impl Ground for Still {
    fn digest(&self) -> BoxFuture<'_, Option<String>> {
        Box::pin(async { None })
    }
}
