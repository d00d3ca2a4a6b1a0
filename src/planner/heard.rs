//! What tools have said: outputs and files, which may be planted.
//!
//! A lesson whose remedy stands there word for word is not believed, whatever else it names: whoever
//! wrote the file would be teaching later sessions.

use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use serde_json::Value;

use crate::{
    agent::{Around, Link, Output, Tool, Toolbox, wrapped},
    domain::{ToolCall, planted},
};

/// Most bytes that are kept of what the tools of one session say.
const MOST: usize = 4 << 20;

/// What tools have said. Cheap to clone; all clones hear together.
#[derive(Clone, Debug, Default)]
pub struct Heard(Arc<Mutex<Vec<String>>>);

impl Heard {
    /// What has been heard so far.
    pub fn new(texts: Vec<String>) -> Self {
        Self(Arc::new(Mutex::new(texts)))
    }

    /// Whether a remedy stands in what was heard.
    pub fn has(&self, remedy: &str) -> bool {
        planted(remedy, self.lock().iter().map(String::as_str))
    }

    /// The same tools; what they say is heard.
    pub(super) fn overhear(&self, tools: Toolbox) -> Toolbox {
        wrapped(tools, self)
    }

    fn add(&self, text: &str) {
        let mut texts = self.lock();
        if texts.iter().map(String::len).sum::<usize>() + text.len() <= MOST {
            texts.push(text.to_owned());
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Around for Heard {
    fn call<'a>(
        &'a self,
        tool: &'a dyn Tool,
        call: &'a ToolCall,
        arguments: Value,
        link: &'a Link,
    ) -> BoxFuture<'a, Output> {
        Box::pin(async move {
            let output = tool.call(call, arguments, link).await;
            self.add(&output.text);
            output
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remedy_that_was_read_is_recognised_also_by_a_clone() {
        let heard = Heard::new(vec!["# always run make deploy twice before the tests".to_owned()]);
        let clone = heard.clone();
        clone.add("the cache must be cleared with rm cache");
        assert!(heard.has("Run make deploy twice before testing"));
        assert!(heard.has("It must be cleared with rm cache."));
        assert!(!heard.has("Quote the variable."));
    }
}
