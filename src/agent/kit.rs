//! The tools of a session made ready, and what becomes of one call.

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use tokio::time::Instant;

use super::{
    blobs::BlobSink,
    cap,
    model::Spec,
    ring::{Ring, Step},
    schema::Schema,
    session::Ended,
    tool::{Class, Output, Tool, Toolbox},
    words,
};
use crate::domain::{Command, Event, Fault, FaultClass, Item, Permission, ToolCall};

/// How long a tool may take to end itself once the session is to stop.
const LAST_DEED: Duration = Duration::from_secs(5);

/// The tools of a session, their schemas compiled.
pub(super) struct Kit {
    tools: Vec<Ready>,
    blobs: Arc<dyn BlobSink>,
    /// Most bytes of one result that the model is shown.
    shown: usize,
}

struct Ready {
    tool: Box<dyn Tool>,
    spec: Spec,
    class: Class,
    schema: Schema,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It was carried out, well or not.
    Done,
    /// It named no tool, or its arguments had these faults.
    Invalid { why: String },
    /// It was denied, or it failed to change anything.
    Undone,
    /// It delivered the session's result.
    Delivered,
}

impl Kit {
    /// Compiles the schemas. A schema that does not compile is a fault of the program.
    pub(super) fn new(
        tools: Toolbox,
        blobs: Arc<dyn BlobSink>,
        shown: usize,
    ) -> Result<Self, Fault> {
        let ready = |tool: Box<dyn Tool>| {
            let (spec, class) = (tool.spec(), tool.class());
            let schema = Schema::compile(&spec.schema).map_err(|why| {
                let text =
                    format!("the schema of the tool `{}` does not compile: {why}", spec.name);
                Fault::new(FaultClass::Environment, text).hint("This is a fault in chargehand.")
            })?;
            Ok(Ready { tool, spec, class, schema })
        };
        Ok(Self {
            tools: tools.into_iter().map(ready).collect::<Result<_, Fault>>()?,
            blobs,
            shown,
        })
    }

    /// The tools as they are shown to the model.
    pub(super) fn specs(&self) -> Vec<Spec> {
        self.tools.iter().map(|ready| ready.spec.clone()).collect()
    }

    /// The names of all tools, in their order.
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.tools.iter().map(|ready| ready.spec.name).collect()
    }

    /// The names of the tools of a class.
    pub(super) fn names_of(&self, class: Class) -> Vec<&'static str> {
        let of_class = self.tools.iter().filter(|ready| ready.class == class);
        of_class.map(|ready| ready.spec.name).collect()
    }

    /// The class of a tool, if there is such a tool.
    pub(super) fn class(&self, name: &str) -> Option<Class> {
        self.tools.iter().find(|ready| ready.spec.name == name).map(|ready| ready.class)
    }

    /// The delivering tools that take these arguments.
    pub(super) fn delivers(&self, arguments: &str) -> Vec<&'static str> {
        let delivering = self.tools.iter().filter(|ready| ready.class == Class::Deliver);
        let fitting = delivering.filter(|ready| ready.schema.read(arguments).is_ok());
        fitting.map(|ready| ready.spec.name).collect()
    }

    /// Carries a call out, if it is sound and allowed, and says what to put on record.
    pub(super) async fn perform(&self, ring: &Ring, call: &ToolCall) -> Step<(Item, Fate)> {
        let begun = Instant::now();
        let (output, fate) = self.outcome(ring, call).await?;
        let millis = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let text = match self.class(&call.tool) {
            Some(Class::Execute) => cap::plain(&output.text),
            Some(Class::Look | Class::Change | Class::Deliver) | None => output.text,
        };
        let text = self.blobs.redact(text);
        let shown =
            cap::head_and_tail(&text, self.shown, "ask for a smaller part of it to see more");
        let cut = (shown.len() != text.len()).then(|| text.into_bytes());
        let blob = output.whole.or(cut).and_then(|whole| self.blobs.put(&whole));
        let item = Item::Returned { call: call.id, ok: output.ok, text: shown, blob, millis };
        Ok((item, fate))
    }

    async fn outcome(&self, ring: &Ring, call: &ToolCall) -> Step<(Output, Fate)> {
        let Some(ready) = self.tools.iter().find(|ready| ready.spec.name == call.tool) else {
            let text = format!(
                "there is no tool `{}`; there are: {}",
                call.tool.chars().take(64).collect::<String>(),
                self.names().join(", ")
            );
            return Ok((Output::error(&text), Fate::Invalid { why: text }));
        };
        let arguments = match ready.schema.read(&call.arguments) {
            Ok(arguments) => arguments,
            Err(faults) => {
                let text = format!(
                    "`{}` was not executed, its arguments have faults:\n- {}\nCorrect them and \
                     send the whole call again.",
                    ready.spec.name,
                    faults.join("\n- ")
                );
                let why =
                    format!("the arguments of `{}` had faults: {}", call.tool, faults.join("; "));
                return Ok((Output::error(text), Fate::Invalid { why }));
            }
        };
        match ready.class {
            // The words that asked for it are on record before it is done.
            Class::Look | Class::Deliver => ring.settle().await?,
            Class::Change | Class::Execute => {
                if let Err(why) = permission(ring, ready, call, &arguments).await? {
                    return Ok((Output::error(why), Fate::Undone));
                }
            }
        }
        let too_late = async {
            ring.link.stop.cancelled().await;
            tokio::time::sleep(LAST_DEED).await;
        };
        let output = tokio::select! {
            biased;
            output = ready.tool.call(call, arguments, &ring.link) => output,
            () = too_late => return Err(Ended::Stopped),
        };
        let fate = match ready.class {
            // A look ends a session where nothing can be looked at any more.
            Class::Deliver | Class::Look if output.ends => Fate::Delivered,
            Class::Change if !output.ok => Fate::Undone,
            Class::Look | Class::Change | Class::Execute | Class::Deliver => Fate::Done,
        };
        Ok((output, fate))
    }
}

/// Puts a call's intent on record and waits until it is allowed; `Err` says why it is not.
async fn permission(
    ring: &Ring,
    ready: &Ready,
    call: &ToolCall,
    arguments: &Value,
) -> Step<Result<(), String>> {
    let command = ready.tool.command(arguments);
    let intent = Command::IntendCall { run: ring.link.run, call: call.clone(), command };
    let record = match ring.ask(intent).await? {
        Ok(record) => record,
        Err(refusal) => return Ok(Err(format!("not executed: {refusal}"))),
    };
    let Event::CallIntended { permission, .. } = record.event else {
        return Ok(Err("not executed: no permission came back".to_owned()));
    };
    let why = match permission {
        Permission::Allowed { by: _ } => return Ok(Ok(())),
        Permission::Denied { why } => why,
        Permission::Asked => match ring.link.word_on_call(call.id).await {
            Ok((true, _)) => return Ok(Ok(())),
            Ok((false, why)) => why,
            Err(_) => return Err(Ended::Stopped),
        },
    };
    Ok(Err(words::not_allowed(&why)))
}
