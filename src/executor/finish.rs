//! `finish`: the session's own account of its work. A claim: the checks decide.

use futures::future::BoxFuture;
use serde_json::Value;

use crate::{
    agent::{Class, Link, LinkError, Output, Spec, Tool},
    domain::{Blocker, BlockerKind, Claim, Command, Report, ToolCall},
};

/// Most characters of one text of a report.
const MOST: usize = 4_000;
/// Most entries of one list of a report.
const ENTRIES: usize = 30;

/// The tool that ends an executor's session.
pub(super) struct Finish;

impl Tool for Finish {
    fn spec(&self) -> Spec {
        Spec {
            name: "finish",
            description: "End the session with your report. Do it once the criteria hold, or when \
                          you cannot go on.",
            schema: serde_json::from_str(include_str!("../../assets/schemas/finish.json"))
                .unwrap_or(Value::Null),
        }
    }

    fn class(&self) -> Class {
        Class::Deliver
    }

    fn call<'a>(
        &'a self,
        _call: &'a ToolCall,
        arguments: Value,
        link: &'a Link,
    ) -> BoxFuture<'a, Output> {
        Box::pin(async move {
            let report = match serde_json::from_value::<Report>(arguments) {
                Ok(report) => bounded(report),
                Err(fault) => return Output::error(format!("the report is not accepted: {fault}")),
            };
            if report.summary.trim().is_empty() {
                return Output::error("`summary` is empty: say in a sentence or two what you did");
            }
            let report = match (report.status, &report.blocker) {
                (Claim::Blocked, None) => {
                    let text = report.summary.clone();
                    let blocker = Blocker { kind: BlockerKind::NeedsContext, text };
                    Report { blocker: Some(blocker), ..report }
                }
                _ => report,
            };
            match link.ask(Command::Report { run: link.run, report }).await {
                Ok(_) => Output::end("The report is taken. The checks come next."),
                Err(LinkError::Refused(refusal)) => Output::error(refusal.to_string()),
                Err(LinkError::Stopped) => {
                    Output { ends: true, ..Output::error("the session was stopped") }
                }
            }
        })
    }
}

/// What a model writes is bounded before it is kept.
fn bounded(report: Report) -> Report {
    let text = |text: String| -> String { text.chars().take(MOST).collect() };
    let list =
        |list: Vec<String>| -> Vec<String> { list.into_iter().take(ENTRIES).map(text).collect() };
    Report {
        status: report.status,
        summary: text(report.summary),
        details: text(report.details),
        outputs: list(report.outputs),
        worked: list(report.worked),
        did_not_work: list(report.did_not_work),
        bugs: list(report.bugs),
        decisions: list(report.decisions),
        findings: list(report.findings),
        compatibility: list(report.compatibility),
        blocker: report.blocker.map(|one| Blocker { text: text(one.text), ..one }),
        next_steps: list(report.next_steps),
        advice: text(report.advice),
    }
}
