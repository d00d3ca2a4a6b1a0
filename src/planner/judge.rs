//! `judge`: the reviewer's decision, with the lessons that it saw.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::Value;

use super::{
    delivery::{Rounds, lines, schema},
    heard::Heard,
    hunk::{WrittenHunk, hunks},
    propose::ExistsHere,
    text::clip,
};
use crate::{
    agent::{Class, Link, LinkError, Output, Spec, Tool},
    domain::{Command, Decision, LessonCandidate, Plan, Seq, ToolCall, Trust, Verdict},
};

/// Most lessons of one verdict.
const LESSONS: usize = 5;
/// Most tokens of each text of a verdict.
const MOST: u32 = 2_000;

/// What an event that a lesson rests on is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worth {
    CheckFailed,
    CheckPassed,
    /// The person said it.
    Person,
    /// Words of a model, a tool or a file, which may be planted.
    Text,
}

/// The tool that judges an attempt.
pub(super) struct Judge {
    pub(super) plan: Plan,
    pub(super) exists: ExistsHere,
    /// The events that the reviewer was shown.
    pub(super) shown: BTreeMap<Seq, Worth>,
    /// What tools have said, which may be planted.
    pub(super) heard: Heard,
    pub(super) rounds: Rounds,
    /// Lessons that are in the log already: a refused verdict comes again with them.
    pub(super) noted: Mutex<Vec<LessonCandidate>>,
}

#[derive(Deserialize)]
struct Arguments {
    decision: Word,
    why: String,
    #[serde(default)]
    direction: String,
    #[serde(default)]
    question: String,
    #[serde(default)]
    hunks: Vec<WrittenHunk>,
    #[serde(default)]
    lessons: Vec<LessonCandidate>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Accept,
    FollowUp,
    ChangePlan,
    Ask,
}

/// How far a lesson is to be trusted, by the events that it names. Those that the reviewer was not
/// shown prove nothing.
pub fn trust_of(lesson: &LessonCandidate, shown: &BTreeMap<Seq, Worth>) -> Trust {
    let rests_on = |worth: Worth| lesson.evidence.iter().any(|seq| shown.get(seq) == Some(&worth));
    if rests_on(Worth::Person) {
        Trust::Person
    } else if rests_on(Worth::CheckFailed) && rests_on(Worth::CheckPassed) {
        Trust::Check
    } else if rests_on(Worth::CheckFailed) || rests_on(Worth::CheckPassed) {
        Trust::Reviewer
    } else {
        Trust::Text
    }
}

impl Judge {
    fn decision(&self, said: &Arguments) -> Result<Decision, String> {
        let given = |text: &str, field: &str| {
            let text = text.trim();
            if text.is_empty() {
                return Err(format!("- this decision needs `{field}`"));
            }
            Ok(clip(text, MOST, field))
        };
        match said.decision {
            Word::Accept => Ok(Decision::Accept),
            Word::FollowUp => {
                Ok(Decision::FollowUp { direction: given(&said.direction, "direction")? })
            }
            Word::ChangePlan => hunks(&said.hunks, &self.plan, &*self.exists)
                .map(|hunks| Decision::ChangePlan { hunks })
                .map_err(|faults| lines(&faults)),
            Word::Ask => Ok(Decision::Ask { question: given(&said.question, "question")? }),
        }
    }

    /// Logs the lessons that are not logged yet. What is wrong with one is no fault of the verdict.
    async fn note(&self, lessons: Vec<LessonCandidate>, link: &Link) -> Result<(), LinkError> {
        let said = |lesson: &LessonCandidate| {
            !lesson.trigger.trim().is_empty() && !lesson.fix.trim().is_empty()
        };
        for mut what in lessons.into_iter().filter(said).take(LESSONS) {
            what.trigger = clip(what.trigger.trim(), MOST / 4, "the trigger");
            what.fix = clip(what.fix.trim(), MOST / 4, "the fix");
            what.paths.retain(|glob| globset::Glob::new(glob).is_ok());
            what.evidence.retain(|seq| self.shown.contains_key(seq));
            let known = self.noted.lock().unwrap_or_else(PoisonError::into_inner).contains(&what);
            if known {
                continue;
            }
            let trust = match trust_of(&what, &self.shown) {
                // It is trusted as the reviewer's: no model speaks for the person.
                Trust::Person => Trust::Reviewer,
                trust => trust,
            };
            let trust = if self.heard.has(&what.fix) { Trust::Text } else { trust };
            let note = Command::NoteLesson { run: link.run, what: what.clone(), trust };
            match link.ask(note).await {
                Ok(_) => self.noted.lock().unwrap_or_else(PoisonError::into_inner).push(what),
                Err(LinkError::Refused(_)) => {}
                Err(LinkError::Stopped) => return Err(LinkError::Stopped),
            }
        }
        Ok(())
    }
}

impl Tool for Judge {
    fn spec(&self) -> Spec {
        Spec {
            name: "judge",
            description: "Give your verdict on this attempt. If it is accepted by the program, \
                          the session is over.",
            schema: schema(include_str!("../../assets/schemas/judge.json")),
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
            let said: Arguments = match serde_json::from_value(arguments) {
                Ok(said) => said,
                Err(fault) => return self.rounds.faulty(&format!("- {fault}")),
            };
            let decision = match self.decision(&said) {
                Ok(decision) => decision,
                Err(faults) => return self.rounds.faulty(&faults),
            };
            let why = clip(said.why.trim(), MOST, "the reason");
            if let Err(why) = self.note(said.lessons, link).await {
                return self.rounds.not_done(&why);
            }
            let verdict = Verdict { decision, why };
            match link.ask(Command::Judge { run: link.run, verdict }).await {
                Ok(_) => Output::end("The verdict is recorded."),
                Err(why) => self.rounds.not_done(&why),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lesson_is_trusted_as_far_as_the_events_it_names() {
        let shown = BTreeMap::from([
            (Seq(1), Worth::CheckFailed),
            (Seq(2), Worth::CheckPassed),
            (Seq(3), Worth::Text),
            (Seq(4), Worth::Person),
        ]);
        for (evidence, wanted) in [
            (&[1, 2][..], Trust::Check),
            (&[1], Trust::Reviewer),
            (&[3], Trust::Text),
            (&[99], Trust::Text),
            (&[], Trust::Text),
            (&[3, 4], Trust::Person),
        ] {
            let evidence = evidence.iter().map(|seq| Seq(*seq)).collect();
            let lesson = LessonCandidate { evidence, ..LessonCandidate::default() };
            assert_eq!(trust_of(&lesson, &shown), wanted, "{lesson:?}");
        }
    }
}
