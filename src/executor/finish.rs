//! `finish`: the report that ends a session. It is a claim; the checks decide.

use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    agent::{Class, Link, LinkError, Output, Spec, Tool},
    domain::{Blocker, BlockerKind, Claim, Command, Report, ToolCall},
};

/// Most characters of one text of a report.
const TEXT: usize = 8_000;
/// Most entries of one list of a report.
const ENTRIES: usize = 50;

/// The tool with which a session reports and ends.
pub fn finish_tool() -> Box<dyn Tool> {
    Box::new(Finish)
}

struct Finish;

/// A report as it is written: flat, so that small models get it right.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    status: Claim,
    summary: String,
    #[serde(default)]
    details: String,
    #[serde(default)]
    outputs: Vec<String>,
    #[serde(default)]
    worked: Vec<String>,
    #[serde(default)]
    did_not_work: Vec<String>,
    #[serde(default)]
    bugs: Vec<String>,
    #[serde(default)]
    decisions: Vec<String>,
    #[serde(default)]
    findings: Vec<String>,
    #[serde(default)]
    compatibility: Vec<String>,
    #[serde(default)]
    blocker_kind: Option<BlockerKind>,
    #[serde(default)]
    blocker: String,
    #[serde(default)]
    next_steps: Vec<String>,
    #[serde(default)]
    advice: String,
}

impl Written {
    fn meant(self) -> Result<Report, String> {
        if self.summary.trim().is_empty() {
            return Err("`summary` is empty: say what you did".to_owned());
        }
        let blocker = match self.status {
            Claim::Blocked => {
                // Small models say it in the summary alone.
                let said =
                    if self.blocker.trim().is_empty() { &self.summary } else { &self.blocker };
                Some(Blocker {
                    kind: self.blocker_kind.unwrap_or(BlockerKind::NeedsContext),
                    text: text(said),
                })
            }
            // Models fill in what is optional. Who has finished is not blocked.
            Claim::Done | Claim::Partial => None,
        };
        Ok(Report {
            status: self.status,
            summary: text(&self.summary),
            details: text(&self.details),
            outputs: list(&self.outputs),
            worked: list(&self.worked),
            did_not_work: list(&self.did_not_work),
            bugs: list(&self.bugs),
            decisions: list(&self.decisions),
            findings: list(&self.findings),
            compatibility: list(&self.compatibility),
            blocker,
            next_steps: list(&self.next_steps),
            advice: text(&self.advice),
        })
    }
}

fn text(text: &str) -> String {
    let text = text.trim();
    let end = text.char_indices().nth(TEXT).map(|(at, _)| at);
    end.map_or_else(|| text.to_owned(), |end| format!("{} […]", &text[..end]))
}

fn list(entries: &[String]) -> Vec<String> {
    entries
        .iter()
        .map(|entry| text(entry))
        .filter(|entry| !entry.is_empty())
        .take(ENTRIES)
        .collect()
}

impl Tool for Finish {
    fn spec(&self) -> Spec {
        Spec {
            name: "finish",
            description: "End the session with your report.",
            // A test compiles it; were it broken, every call would be refused.
            schema: serde_json::from_str(include_str!("../../assets/schemas/finish.json"))
                .unwrap_or(Value::Bool(false)),
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
            let written: Result<Written, _> = serde_json::from_value(arguments);
            let report = match written.map_err(|fault| fault.to_string()).and_then(Written::meant) {
                Ok(report) => report,
                Err(fault) => return Output::error(fault),
            };
            match link.ask(Command::Report { run: link.run, report }).await {
                Ok(_) => Output::end("The report is recorded. The checks come next."),
                Err(LinkError::Refused(refusal)) => Output::error(refusal.to_string()),
                Err(why @ LinkError::Stopped) => {
                    Output { ends: true, ..Output::error(why.to_string()) }
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn meant(arguments: Value) -> Result<Report, String> {
        let valid = jsonschema::is_valid(&finish_tool().spec().schema, &arguments);
        assert!(valid, "{arguments}");
        serde_json::from_value::<Written>(arguments).unwrap().meant()
    }

    #[test]
    fn a_report_is_typed_and_bounded() {
        let report = meant(json!({
            "status": "done",
            "summary": " Added the flag. ",
            "worked": ["tests", " "],
            "blocker": "none",
            "details": "x".repeat(9_000),
        }))
        .unwrap();
        assert_eq!(report.status, Claim::Done);
        assert_eq!(report.summary, "Added the flag.");
        assert_eq!(report.worked, ["tests"]);
        assert_eq!(report.blocker, None);
        assert!(report.details.ends_with("x […]"));
    }

    #[test]
    fn who_is_blocked_says_by_what() {
        let report = meant(json!({"status": "blocked", "summary": "no network"})).unwrap();
        let said = Blocker { kind: BlockerKind::NeedsContext, text: "no network".to_owned() };
        assert_eq!(report.blocker, Some(said));
        let report = meant(json!({
            "status": "blocked", "summary": "no", "blocker": "no compiler",
            "blocker_kind": "environment_broken",
        }));
        assert_eq!(report.unwrap().blocker.unwrap().kind, BlockerKind::EnvironmentBroken);
    }

    #[test]
    fn a_report_without_status_summary_or_with_strange_fields_is_no_report() {
        let schema = finish_tool().spec().schema;
        for bad in [
            json!({"summary": "x"}),
            json!({"status": "done"}),
            json!({"status": "finished", "summary": "x"}),
            json!({"status": "done", "summary": "x", "grade": 1}),
        ] {
            assert!(!jsonschema::is_valid(&schema, &bad), "{bad}");
        }
        assert!(meant(json!({"status": "done", "summary": " "})).is_err());
    }
}
