//! What of an event can be searched: the words that people and models wrote, whole.

use crate::domain::{
    Decision, End, Event, Evidence, Hunk, Item, LessonCandidate, Mark, Permission, PlanDraft,
    Report, TaskSpec, ToolCall,
};

/// Most bytes of one event's text that are indexed; as much as a tool's result shows a model.
const MAX_TEXT: usize = 64 * 1024;

/// The text of an event, empty if it has none, as it is indexed.
pub(super) fn searchable(event: &Event) -> String {
    text_of(event, Text::default())
}

/// The same to be read: of arguments that a model wrote as JSON only what they say. Excerpts of
/// search results are cut from it.
pub(super) fn readable(event: &Event) -> String {
    text_of(event, Text { arguments: Arguments::Values, ..Text::default() })
}

fn text_of(event: &Event, mut text: Text) -> String {
    match event {
        Event::GoalOpened { text: goal, .. } => text.add(goal),
        Event::RuleAdded { rule } => text.add(&rule.shown()),
        Event::PlanProposed { draft, .. } => plan(&mut text, draft),
        Event::PlanRejected { why }
        | Event::BriefRejected { why, .. }
        | Event::TaskCancelled { why, .. }
        | Event::TaskUndone { why, .. }
        | Event::BriefOverridden { why, .. }
        | Event::Captured { text: why }
        | Event::CallAnswered { why, .. } => text.add(why),
        Event::ChangeProposed { hunks: changes, why, .. } => {
            text.add(why);
            hunks(&mut text, changes);
        }
        Event::PlanEdited { hunks: changes } => hunks(&mut text, changes),
        Event::QuestionAsked { question, options, .. } => {
            text.add(question);
            text.add_all(options);
        }
        Event::QuestionAnswered { answer, .. } => text.add(answer),
        Event::BriefWritten { brief } => text.add(&brief.render()),
        Event::RunEnded { end, .. } => match end {
            End::Faulted { fault } => {
                text.add(&fault.message);
                text.add(&fault.hint);
            }
            End::Done | End::Stopped | End::Interrupted => {}
        },
        Event::ItemLogged { item: one, .. } => item(&mut text, one),
        Event::Noted { text: note, .. } | Event::Steered { text: note, .. } => text.add(note),
        Event::CallIntended { call, command, permission, .. } => {
            intended(&mut text, call, command.as_deref(), permission);
        }
        Event::BaselineTaken { evidence: seen, .. }
        | Event::Checked { evidence: seen, .. }
        | Event::Landed { evidence: seen, .. }
        | Event::LandingRefuted { evidence: seen, .. } => evidence(&mut text, seen),
        Event::Reported { report: one, .. } => report(&mut text, one),
        Event::WorkCommitted { files, .. } | Event::LandingConflicted { files, .. } => {
            text.add_all(files);
        }
        Event::Judged { verdict, .. } => {
            text.add(&verdict.why);
            match &verdict.decision {
                Decision::Accept => {}
                Decision::FollowUp { direction } => text.add(direction),
                Decision::ChangePlan { hunks: changes } => hunks(&mut text, changes),
                Decision::Ask { question } => text.add(question),
            }
        }
        Event::ManualChecked { evidence: seen, note, .. } => {
            text.add(note);
            text.add(&seen.seen);
        }
        Event::LessonNoted { what, .. } | Event::LessonTold { what } => lesson(&mut text, what),
        Event::LessonMarked { mark, .. } => match mark {
            Mark::Corrected { what } => lesson(&mut text, what),
            Mark::Stale { gone } => text.add_all(gone),
            Mark::Pinned
            | Mark::Unpinned
            | Mark::Confirmed
            | Mark::Forgotten
            | Mark::General
            | Mark::Own
            | Mark::Undone
            | Mark::Refuted
            | Mark::Fresh
            | Mark::Retired => {}
        },
        Event::GoalSwitched { .. }
        | Event::GoalArchived { .. }
        | Event::GoalLanded { .. }
        | Event::PolicySet { .. }
        | Event::CapsSet { .. }
        | Event::PlanApproved { .. }
        | Event::ChangeDecided { .. }
        | Event::BriefApproved { .. }
        | Event::RunBegan { .. }
        | Event::Reserved { .. }
        | Event::Spent { .. }
        | Event::AttemptOpened { .. }
        | Event::TaskRetried { .. }
        | Event::CaptureSettled { .. }
        | Event::ContextCompiled { .. }
        | Event::TaskHeld { .. }
        | Event::TakenBack { .. }
        | Event::TaskReleased { .. }
        | Event::PlanningResumed
        | Event::Routed { .. }
        | Event::ProviderTried { .. }
        | Event::ProviderReleased { .. } => {}
    }
    text.all
}

/// How a call's arguments stand in a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Arguments {
    #[default]
    AsWritten,
    Values,
}

/// Paragraphs up to a bound.
#[derive(Default)]
struct Text {
    all: String,
    arguments: Arguments,
}

impl Text {
    fn add(&mut self, part: &str) {
        let room = MAX_TEXT.saturating_sub(self.all.len() + 1);
        let part = part.trim();
        if part.is_empty() || room == 0 {
            return;
        }
        if !self.all.is_empty() {
            self.all.push('\n');
        }
        let whole = part.len().min(room);
        let end = (0..=whole).rev().find(|at| part.is_char_boundary(*at)).unwrap_or(0);
        self.all.push_str(&part[..end]);
    }

    /// Adds what a model wrote as JSON.
    fn add_json(&mut self, part: &str) {
        let read = || serde_json::from_str::<serde_json::Value>(part).ok();
        match (self.arguments, read()) {
            (Arguments::Values, Some(value)) => self.add_values(&value),
            (Arguments::AsWritten | Arguments::Values, _) => self.add(part),
        }
    }

    fn add_values(&mut self, value: &serde_json::Value) {
        match value {
            serde_json::Value::Null => {}
            serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {
                self.add(&value.to_string());
            }
            serde_json::Value::String(text) => self.add(text),
            serde_json::Value::Array(all) => all.iter().for_each(|one| self.add_values(one)),
            serde_json::Value::Object(all) => all.values().for_each(|one| self.add_values(one)),
        }
    }

    fn add_all(&mut self, parts: &[String]) {
        for part in parts {
            self.add(part);
        }
    }
}

fn plan(text: &mut Text, draft: &PlanDraft) {
    text.add(&draft.summary);
    for part in &draft.parts {
        text.add(&part.text);
    }
    for task in &draft.tasks {
        self::task(text, task);
    }
}

fn task(text: &mut Text, spec: &TaskSpec) {
    text.add(&spec.title);
    text.add(&spec.objective);
    text.add(&spec.guidance);
    text.add_all(&spec.outputs);
    text.add_all(&spec.steps);
    text.add_all(&spec.shared_decisions);
    for criterion in &spec.criteria {
        text.add(&criterion.text);
        text.add(criterion.command().unwrap_or_default());
    }
}

fn hunks(text: &mut Text, hunks: &[Hunk]) {
    for hunk in hunks {
        match hunk {
            Hunk::Add { task: spec } | Hunk::Change { task: spec } => task(text, spec),
            Hunk::Supersede { .. } | Hunk::Reorder { .. } => {}
        }
    }
}

fn item(text: &mut Text, item: &Item) {
    match item {
        Item::Told { text: told } => text.add(told),
        Item::Said { text: said, reasoning, calls, .. } => {
            // A model without tools of its own writes its calls as JSON in its words.
            if said.trim_start().starts_with('{') {
                text.add_json(said);
            } else {
                text.add(said);
            }
            text.add(reasoning);
            for call in calls {
                text.add(&call.tool);
                text.add_json(&call.arguments);
            }
        }
        Item::Returned { text: returned, .. } => text.add(returned),
    }
}

fn intended(text: &mut Text, call: &ToolCall, command: Option<&str>, permission: &Permission) {
    text.add(&call.tool);
    match command {
        Some(command) => text.add(command),
        None => text.add_json(&call.arguments),
    }
    match permission {
        Permission::Denied { why } => text.add(why),
        Permission::Allowed { .. } | Permission::Asked => {}
    }
}

fn evidence(text: &mut Text, evidence: &[Evidence]) {
    for one in evidence {
        text.add(&one.seen);
    }
}

fn report(text: &mut Text, report: &Report) {
    text.add(&report.summary);
    text.add(&report.details);
    for list in [
        &report.outputs,
        &report.worked,
        &report.did_not_work,
        &report.bugs,
        &report.decisions,
        &report.findings,
        &report.compatibility,
        &report.next_steps,
    ] {
        text.add_all(list);
    }
    text.add(report.blocker.as_ref().map_or("", |blocker| &blocker.text));
    text.add(&report.advice);
}

fn lesson(text: &mut Text, lesson: &LessonCandidate) {
    text.add(&lesson.trigger);
    text.add(&lesson.fix);
    text.add_all(&lesson.paths);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_at_its_bound_between_letters() {
        let long = "é".repeat(MAX_TEXT);
        let text = searchable(&Event::Noted { run: None, text: long });
        assert!((MAX_TEXT - 3..=MAX_TEXT).contains(&text.len()), "{}", text.len());
    }

    #[test]
    fn arguments_are_read_without_their_punctuation() {
        let call = crate::domain::ToolCall {
            id: crate::domain::CallId(1),
            wire_id: String::new(),
            tool: "teach".to_owned(),
            arguments: r#"{"trigger":"multiplied in \"awk\"","fix":["use it",{"n":2}]}"#.to_owned(),
        };
        let item = Item::Said {
            text: r#"{"say":"so"}"#.to_owned(),
            reasoning: String::new(),
            calls: vec![call],
            way: crate::domain::Way::Native,
            usage: crate::domain::Usage::default(),
        };
        let event = Event::ItemLogged { run: crate::domain::RunId(1), item };
        let read = readable(&event);
        for said in ["so", "teach", "multiplied in \"awk\"", "use it", "2"] {
            assert!(read.lines().any(|line| line == said), "{said}: {read}");
        }
        assert!(!read.contains("\":") && searchable(&event).contains("\"fix\":"));
    }

    #[test]
    fn an_event_without_words_has_no_text() {
        assert_eq!(searchable(&Event::PlanningResumed), "");
    }
}
