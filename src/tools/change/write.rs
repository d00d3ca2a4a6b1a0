//! `write`: a whole file.

use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::arguments::{self, Done};
use super::place::Ground;
use crate::{
    agent::{Class, Link, Output, Spec, Tool},
    domain::ToolCall,
};

/// The tool `write`.
pub(super) struct Write {
    pub(super) ground: Ground,
}

#[derive(Deserialize)]
struct Arguments {
    path: String,
    content: String,
}

impl Write {
    fn write(&self, arguments: Value) -> Done {
        let Arguments { path, content } = arguments::read(arguments)?;
        let beneath = self.ground.open_for(&path)?;
        let was = beneath.exists(&path).map_err(|fault| fault.to_string())?;
        beneath.write(&path, content.as_bytes()).map_err(|fault| fault.to_string())?;
        let did = if was { "replaced" } else { "created" };
        let lines = content.lines().count();
        let aside = if was { String::new() } else { self.ground.aside(&path) };
        let bytes = content.len();
        Ok(Output::ok(format!("{did} {path}: {lines} lines, {bytes} bytes{aside}")))
    }
}

impl Tool for Write {
    fn spec(&self) -> Spec {
        Spec {
            name: "write",
            description: "Creates or replaces a whole file; directories are made.",
            schema: json!({
                "type": "object",
                "properties": {
                    "path": {"type": "string"},
                    "content": {"type": "string"}
                },
                "required": ["path", "content"],
                "additionalProperties": false
            }),
        }
    }

    fn class(&self) -> Class {
        Class::Change
    }

    fn call<'a>(&'a self, _: &'a ToolCall, arguments: Value, _: &'a Link) -> BoxFuture<'a, Output> {
        Box::pin(async move { arguments::answer(self.write(arguments)) })
    }
}
