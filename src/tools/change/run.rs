//! `run`: a shell line in the worktree.

use std::{path::PathBuf, time::Duration};

use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{
    arguments::{self, Done},
    ended,
};
use crate::{
    agent::{Class, Link, LiveText, Output, Spec, Tool},
    domain::ToolCall,
    sandbox::{self, Aftermath, DEFAULT_TIMEOUT, Finished, Keep, Spawn},
};

/// The longest time a command may be given, in seconds.
const MAX_TIMEOUT: u64 = 1_800;
/// Bytes of the beginning of the output that are shown.
const HEAD: usize = 12 * 1024;
/// Bytes of its end that are shown; errors mostly stand there.
const TAIL: usize = 20 * 1024;

/// The tool `run`.
pub(super) struct Run {
    pub(super) root: PathBuf,
}

#[derive(Deserialize)]
struct Arguments {
    command: String,
    timeout_seconds: Option<u64>,
}

impl Run {
    async fn run(&self, arguments: Value, link: &Link) -> Done {
        let Arguments { command, timeout_seconds } = arguments::read(arguments)?;
        if command.trim().is_empty() {
            return Err("the command is empty".to_owned());
        }
        let mut spawn = Spawn::shell(command, &self.root);
        spawn.keep = Keep { head: HEAD, tail: TAIL, ..Keep::default() };
        if let Some(seconds) = timeout_seconds {
            spawn.timeout = Duration::from_secs(seconds.clamp(1, MAX_TIMEOUT));
        }
        let timeout = spawn.timeout;
        let live = |piece: &str| link.show(LiveText::Output(piece.to_owned()));
        let finished = sandbox::run(spawn, &link.stop, Some(&live)).await;
        Ok(shown(&finished.map_err(|fault| fault.to_string())?, timeout))
    }
}

fn shown(finished: &Finished, timeout: Duration) -> Output {
    let ended = ended::in_words(finished.exit, timeout);
    let output = ended::output(&finished.output);
    let after = match finished.aftermath {
        Aftermath::Clean => "",
        Aftermath::Killed => "\n(processes that it left running were killed)",
    };
    // What cannot be kept whole is still shown in part.
    let is_whole_shown = !finished.output.is_cut() && !finished.output.is_binary();
    let whole = if is_whole_shown { None } else { finished.output.whole().ok() };
    Output {
        ok: finished.succeeded(),
        text: format!("{ended}\n{output}{after}"),
        whole,
        ends: false,
    }
}

impl Tool for Run {
    fn spec(&self) -> Spec {
        Spec {
            name: "run",
            description: "Runs a shell line in the root, without input or terminal. Gives its exit \
                          and output.",
            schema: json!({
                "type": "object",
                "properties": {
                    "command": {"type": "string"},
                    "timeout_seconds": {
                        "type": "integer", "minimum": 1, "maximum": MAX_TIMEOUT,
                        "description": format!("default {}", DEFAULT_TIMEOUT.as_secs())
                    }
                },
                "required": ["command"],
                "additionalProperties": false
            }),
        }
    }

    fn class(&self) -> Class {
        Class::Execute
    }

    fn command(&self, arguments: &Value) -> Option<String> {
        arguments.get("command").and_then(Value::as_str).map(ToOwned::to_owned)
    }

    fn call<'a>(
        &'a self,
        _: &'a ToolCall,
        arguments: Value,
        link: &'a Link,
    ) -> BoxFuture<'a, Output> {
        Box::pin(async move { arguments::answer(self.run(arguments, link).await) })
    }
}
