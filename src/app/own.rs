//! What the user may have changed of the screen and of the words to models. It is read beside the
//! search for the repository and the opening of the log.

use tokio::task::{JoinError, JoinHandle};

use super::looks::Looks;
use crate::{
    agent::{PromptError, Prompts},
    config::Dirs,
    ui::Colours,
};

/// What the user may have changed.
#[derive(Debug)]
pub struct Own {
    /// Themes and keys, and what is wrong with the person's own; `None`: there is no theme at all.
    pub looks: Option<(Looks, Vec<String>)>,
    pub prompts: Result<Prompts, PromptError>,
}

impl Own {
    /// Begins to read it. It is read on the sessions' thread, which has nothing to do yet: a thread
    /// that is begun for it takes the processor from the one that begins it.
    pub fn begin(dirs: &Dirs, colours: Colours) -> Reader {
        let dirs = dirs.clone();
        Reader(tokio::spawn(async move {
            Self {
                looks: Looks::load(&dirs, colours),
                prompts: Prompts::with_overrides(&dirs.prompts()),
            }
        }))
    }
}

/// What is being read of it.
#[derive(Debug)]
pub struct Reader(JoinHandle<Own>);

impl Reader {
    /// Waits for the end of it. An error is a fault of the program.
    pub async fn end(self) -> Result<Own, JoinError> {
        self.0.await
    }
}
