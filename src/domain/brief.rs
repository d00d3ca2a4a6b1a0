//! The brief: the complete assignment for one attempt at one task.

use serde::{Deserialize, Serialize};

use super::{
    check::{Check, Criterion},
    hash,
    ids::{AttemptNo, LessonId, Seq, TaskId},
};

/// A brief below this readiness is sent only with a person's reason.
pub const READY: u32 = 60;

/// When a criterion holds that proves nothing, in the words of the linter.
pub const BEFORE: &str = "before the work";

/// A version of a brief. A draft is inert: only an approval of its hash lets it be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brief {
    pub task: TaskId,
    pub attempt: AttemptNo,
    /// Counted from 1 within the attempt.
    pub version: u32,
    pub sections: Vec<Section>,
    /// The criteria as approved with this brief: their commands are what the approval authorises.
    pub criteria: Vec<Criterion>,
    /// What the linter found; shown, and hashed by nobody.
    #[serde(default)]
    pub lint: Vec<Finding>,
    /// Hash of the version that this one was made from.
    #[serde(default)]
    pub parent: Option<String>,
    pub author: Author,
    /// Lessons that it carries.
    #[serde(default)]
    pub lessons: Vec<LessonId>,
    /// A lesson that fits and is left out, so that what it is worth can be seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<LessonId>,
}

/// Who wrote a version of a brief.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    Planner,
    Person,
}

/// One paragraph of a brief, with where it comes from. Neighbours of one kind stand under one
/// heading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    pub kind: SectionKind,
    /// Markdown without the heading.
    pub text: String,
    pub sources: Vec<Source>,
    /// Estimated tokens of `text`.
    pub tokens: u32,
}

/// What a section is for. The order here is the order in a brief.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SectionKind {
    Objective,
    Context,
    Results,
    SharedDecisions,
    Requirements,
    Steps,
    Outputs,
    Criteria,
    OutOfScope,
    Rules,
    Lessons,
    Tried,
}

impl SectionKind {
    /// The heading in the rendered brief.
    pub fn heading(self) -> &'static str {
        match self {
            SectionKind::Objective => "Objective",
            SectionKind::Context => "Context",
            SectionKind::Results => "Results of earlier tasks",
            SectionKind::SharedDecisions => "Decisions shared with sibling tasks",
            SectionKind::Requirements => "Requirements",
            SectionKind::Steps => "Steps",
            SectionKind::Outputs => "Expected outputs",
            SectionKind::Criteria => "Success criteria",
            SectionKind::OutOfScope => "Out of scope",
            SectionKind::Rules => "Rules of this repository",
            SectionKind::Lessons => "Lessons that apply",
            SectionKind::Tried => "What was tried before",
        }
    }

    /// What stands between two paragraphs of this kind: those of lists follow line by line.
    fn gap(self) -> &'static str {
        match self {
            SectionKind::SharedDecisions
            | SectionKind::Requirements
            | SectionKind::Steps
            | SectionKind::Outputs
            | SectionKind::Criteria
            | SectionKind::OutOfScope
            | SectionKind::Lessons => "\n",
            SectionKind::Objective
            | SectionKind::Context
            | SectionKind::Results
            | SectionKind::Rules
            | SectionKind::Tried => "\n\n",
        }
    }
}

/// Where a section's text comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Source {
    Goal,
    Plan {
        revision: u32,
    },
    Planner,
    Person,
    Task {
        task: TaskId,
    },
    Attempt {
        task: TaskId,
        attempt: AttemptNo,
    },
    Lesson {
        lesson: LessonId,
    },
    /// A rules file of the repository, such as `AGENTS.md`.
    Rule {
        path: String,
    },
    Event {
        seq: Seq,
    },
}

/// Something that the linter would have better.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub severity: Severity,
    pub text: String,
    /// What would mend it, where a change of the brief's own text can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

/// A change of a brief that mends a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Fix {
    /// Take these words out of the paragraphs of a kind.
    Cut { kind: SectionKind, words: String },
    /// Write something else for these words, wherever they stand between backticks.
    Replace { words: String, by: String },
    /// Add a line under a heading.
    Add { kind: SectionKind, text: String },
    /// Leave out the paragraphs from the memory and the rules, the largest first, until the brief
    /// has at most this many tokens.
    Shorten { most: u32 },
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Note,
    Warning,
    Error,
}

impl Brief {
    /// What an approval is bound to: the text as it will be sent and the commands it authorises.
    pub fn hash(&self) -> String {
        hash::of(&(&self.task, self.attempt, self.render(), &self.criteria))
    }

    /// The brief as the executor reads it.
    pub fn render(&self) -> String {
        let mut text = String::new();
        for (kind, body) in self.grouped() {
            if !text.is_empty() {
                text.push('\n');
            }
            text.extend(["## ", kind.heading(), "\n\n", &body, "\n"]);
        }
        text
    }

    /// What stands under each heading, in the brief's order.
    pub fn grouped(&self) -> Vec<(SectionKind, String)> {
        let mut groups: Vec<(SectionKind, String)> = Vec::new();
        for section in self.sections.iter().filter(|section| !section.text.trim().is_empty()) {
            let text = section.text.trim_end();
            match groups.last_mut() {
                Some((kind, body)) if *kind == section.kind => {
                    body.push_str(kind.gap());
                    body.push_str(text);
                }
                Some(_) | None => groups.push((section.kind, text.to_owned())),
            }
        }
        groups
    }

    /// What two attempts must differ in, unless model or base differ: the text and the criteria,
    /// whatever the attempt's number.
    pub fn substance(&self) -> String {
        hash::of(&(&self.task, self.render(), &self.criteria))
    }

    /// Whether all that is looked at held before the work, as far as the linter knows: then a pass
    /// shows nothing.
    pub fn shows_nothing(&self) -> bool {
        let held = |one: &Criterion| {
            let of_it =
                |found: &Finding| found.text.contains(BEFORE) && found.text.contains(&one.text);
            self.lint.iter().any(of_it)
        };
        let mut commands = 0;
        let shows = self.criteria.iter().any(|one| match &one.check {
            Check::Command { .. } => {
                commands += 1;
                !held(one)
            }
            Check::FileExists { .. } | Check::FileMatches { .. } | Check::Manual { .. } => true,
            Check::DiffWithin { .. } | Check::Judgement { .. } => false,
        });
        commands > 0 && !shows
    }

    /// How ready it is to be sent, from 0 to 100: what the linter found is taken off.
    pub fn readiness(&self) -> u32 {
        let off = self.lint.iter().fold(0_u32, |sum, finding| {
            sum.saturating_add(match finding.severity {
                Severity::Error => 45,
                Severity::Warning => 15,
                Severity::Note => 4,
            })
        });
        100_u32.saturating_sub(off)
    }

    /// What is asked, whatever was tried before: the planner's and the plan's own words.
    pub fn asks(&self) -> String {
        let asks: Vec<(SectionKind, String)> = self
            .grouped()
            .into_iter()
            .filter(|(kind, _)| match kind {
                SectionKind::Objective
                | SectionKind::Context
                | SectionKind::SharedDecisions
                | SectionKind::Requirements
                | SectionKind::Steps
                | SectionKind::Outputs
                | SectionKind::Criteria
                | SectionKind::OutOfScope
                | SectionKind::Rules => true,
                SectionKind::Results | SectionKind::Lessons | SectionKind::Tried => false,
            })
            .map(|(kind, text)| (kind, text.trim().to_owned()))
            .collect();
        hash::of(&(&self.task, asks, &self.criteria, &self.lessons))
    }

    /// Estimated tokens of the whole.
    pub fn tokens(&self) -> u32 {
        self.sections.iter().fold(0, |sum, section| sum.saturating_add(section.tokens))
    }
}
