//! The plan: stages and tasks as they are proposed, stored as YAML and kept in the state.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    check::Criterion,
    hash,
    ids::{StageId, TaskId},
    phase::Task,
};

/// A whole plan as a planner or a person writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanDraft {
    /// One or two sentences: how the goal will be reached.
    pub summary: String,
    /// The parts of the goal; each must be covered by a task.
    pub parts: Vec<Part>,
    pub stages: Vec<StageSpec>,
    pub tasks: Vec<TaskSpec>,
}

impl PlanDraft {
    /// What an approval of this plan is bound to.
    pub fn hash(&self) -> String {
        hash::of(self)
    }
}

/// One part of the goal, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub id: String,
    pub text: String,
}

/// A milestone: tasks that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StageSpec {
    pub id: StageId,
    pub title: String,
}

/// One unit of work that fits one session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskSpec {
    pub id: TaskId,
    pub stage: StageId,
    pub title: String,
    pub objective: String,
    /// Paths or artefacts that exist when it is done.
    pub outputs: Vec<String>,
    pub criteria: Vec<Criterion>,
    /// Parts of the goal (`Part::id`) that it covers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<String>,
    /// Tasks that must be done before it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<TaskId>,
    /// Paths that it reads; each exists or is an output of a task it comes after.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<String>,
    /// Globs of paths that it may change; empty means anywhere in the worktree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub may_touch: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub must_not_touch: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub guidance: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub out_of_scope: Vec<String>,
    /// Decisions that it shares with its siblings, stated alike in each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_decisions: Vec<String>,
    #[serde(default)]
    pub kind: Kind,
    /// 1 (a line) to 10 (the hardest that still fits one session), with the reason.
    #[serde(default = "middling")]
    pub complexity: u8,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why_complex: String,
    #[serde(default)]
    pub risk: Risk,
    /// What the planner guesses the session will use, in tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate_tokens: Option<u64>,
    #[serde(default)]
    pub tier: Tier,
    /// Attempts allowed; the goal's cap where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt_limit: Option<u32>,
    /// Fields that a person has set and no model may change.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub pinned: BTreeSet<Field>,
}

fn middling() -> u8 {
    3
}

/// What kind of work a task is; routing and lessons go by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    #[default]
    Feature,
    Fix,
    Test,
    Refactor,
    Docs,
    Chore,
    Research,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 7] = [
        Kind::Feature,
        Kind::Fix,
        Kind::Test,
        Kind::Refactor,
        Kind::Docs,
        Kind::Chore,
        Kind::Research,
    ];

    /// The kind in one word, as a plan's file has it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Feature => "feature",
            Kind::Fix => "fix",
            Kind::Test => "test",
            Kind::Refactor => "refactor",
            Kind::Docs => "docs",
            Kind::Chore => "chore",
            Kind::Research => "research",
        }
    }
}

/// How much can go wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    #[default]
    Low,
    Medium,
    High,
}

impl Risk {
    /// The risk in one word.
    pub fn word(self) -> &'static str {
        match self {
            Risk::Low => "low",
            Risk::Medium => "medium",
            Risk::High => "high",
        }
    }
}

/// How strong a model a task needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    Cheap,
    #[default]
    Standard,
    Strong,
}

impl Tier {
    /// All tiers, the cheapest first.
    pub const ALL: [Tier; 3] = [Tier::Cheap, Tier::Standard, Tier::Strong];

    /// The tier in one word.
    pub fn word(self) -> &'static str {
        match self {
            Tier::Cheap => "cheap",
            Tier::Standard => "standard",
            Tier::Strong => "strong",
        }
    }
}

/// A field of `TaskSpec` that can be pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Stage,
    Title,
    Objective,
    Outputs,
    Criteria,
    Covers,
    After,
    Inputs,
    MayTouch,
    MustNotTouch,
    Guidance,
    Steps,
    OutOfScope,
    SharedDecisions,
    Kind,
    Complexity,
    Risk,
    Estimate,
    Tier,
    AttemptLimit,
}

impl Field {
    /// The key as it is written in a plan file.
    pub fn key(self) -> &'static str {
        match self {
            Field::Stage => "stage",
            Field::Title => "title",
            Field::Objective => "objective",
            Field::Outputs => "outputs",
            Field::Criteria => "criteria",
            Field::Covers => "covers",
            Field::After => "after",
            Field::Inputs => "inputs",
            Field::MayTouch => "may_touch",
            Field::MustNotTouch => "must_not_touch",
            Field::Guidance => "guidance",
            Field::Steps => "steps",
            Field::OutOfScope => "out_of_scope",
            Field::SharedDecisions => "shared_decisions",
            Field::Kind => "kind",
            Field::Complexity => "complexity",
            Field::Risk => "risk",
            Field::Estimate => "estimate_tokens",
            Field::Tier => "tier",
            Field::AttemptLimit => "attempt_limit",
        }
    }

    /// The same in words.
    pub fn word(self) -> String {
        self.key().replace('_', " ")
    }
}

impl TaskSpec {
    /// The fields in which another version of this task differs.
    pub fn differing(&self, other: &TaskSpec) -> BTreeSet<Field> {
        let pairs = [
            (Field::Stage, self.stage == other.stage),
            (Field::Title, self.title == other.title),
            (Field::Objective, self.objective == other.objective),
            (Field::Outputs, self.outputs == other.outputs),
            (Field::Criteria, self.criteria == other.criteria),
            (Field::Covers, self.covers == other.covers),
            (Field::After, self.after == other.after),
            (Field::Inputs, self.inputs == other.inputs),
            (Field::MayTouch, self.may_touch == other.may_touch),
            (Field::MustNotTouch, self.must_not_touch == other.must_not_touch),
            (Field::Guidance, self.guidance == other.guidance),
            (Field::Steps, self.steps == other.steps),
            (Field::OutOfScope, self.out_of_scope == other.out_of_scope),
            (Field::SharedDecisions, self.shared_decisions == other.shared_decisions),
            (Field::Kind, self.kind == other.kind),
            (
                Field::Complexity,
                self.complexity == other.complexity && self.why_complex == other.why_complex,
            ),
            (Field::Risk, self.risk == other.risk),
            (Field::Estimate, self.estimate_tokens == other.estimate_tokens),
            (Field::Tier, self.tier == other.tier),
            (Field::AttemptLimit, self.attempt_limit == other.attempt_limit),
        ];
        pairs.into_iter().filter(|(_, same)| !same).map(|(field, _)| field).collect()
    }
}

/// One change to the plan, to be accepted or not by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Hunk {
    Add {
        task: Box<TaskSpec>,
    },
    /// The task gives way; `by` names the tasks that replace it (none: it is dropped).
    Supersede {
        task: TaskId,
        by: Vec<TaskId>,
    },
    Change {
        task: Box<TaskSpec>,
    },
    /// The order in which tasks are shown and begun; names every task once.
    Reorder {
        order: Vec<TaskId>,
    },
}

/// The plan in force. Its tasks keep their places; superseded ones stay for the record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// 0: none yet. Each accepted plan or set of hunks is one more.
    pub revision: u32,
    pub summary: String,
    pub parts: Vec<Part>,
    pub stages: Vec<StageSpec>,
    pub tasks: Vec<Task>,
    /// `PlanDraft::hash` of the plan as proposed.
    pub hash: String,
}

impl Plan {
    /// A task by its id.
    pub fn get(&self, id: &TaskId) -> Option<&Task> {
        self.tasks.iter().find(|task| task.spec.id == *id)
    }

    /// A task by its id, to be changed by the fold only.
    pub(super) fn get_mut(&mut self, id: &TaskId) -> Option<&mut Task> {
        self.tasks.iter_mut().find(|task| task.spec.id == *id)
    }

    /// The plan as a draft: what is exported, edited and compared.
    pub fn draft(&self) -> PlanDraft {
        PlanDraft {
            summary: self.summary.clone(),
            parts: self.parts.clone(),
            stages: self.stages.clone(),
            tasks: self
                .tasks
                .iter()
                .filter(|task| !task.phase.is_void())
                .map(|task| task.spec.clone())
                .collect(),
        }
    }
}
