//! A plan as models and people write it.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::criterion::WrittenCriterion;
use crate::domain::{Field, Kind, PlanDraft, Risk, TaskId, TaskSpec, Tier};

/// The complexity of a task that has none written, as the domain has it.
pub(super) const MIDDLING: u8 = 3;

/// A plan as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WrittenPlan {
    pub summary: String,
    pub parts: Vec<Named>,
    #[serde(serialize_with = "as_stages")]
    pub stages: Vec<Named>,
    pub tasks: Vec<WrittenTask>,
}

/// A part or a stage: its words, with or without an id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Named {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    pub text: String,
}

/// A stage's words are its title.
pub(super) fn as_stages<S: Serializer>(stages: &[Named], out: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Stage<'a> {
        id: &'a str,
        title: &'a str,
    }
    out.collect_seq(stages.iter().map(|stage| Stage { id: &stage.id, title: &stage.text }))
}

/// A task as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WrittenTask {
    pub id: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stage: String,
    pub title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub objective: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub criteria: Vec<WrittenCriterion>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub may_touch: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub must_not_touch: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub guidance: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub out_of_scope: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shared_decisions: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complexity: Option<u8>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why_complex: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<Risk>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimate_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<Tier>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt_limit: Option<u32>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub pinned: BTreeSet<Field>,
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        struct Form {
            id: String,
            #[serde(alias = "title")]
            text: String,
        }

        struct Either;

        // By hand, for an untagged enum would lose the line and the field that are at fault.
        impl<'de> de::Visitor<'de> for Either {
            type Value = Named;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("a text, or a map with `id` and `text`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Named { id: String::new(), text: text.to_owned() })
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let form = Form::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(Named { id: form.id, text: form.text })
            }
        }

        from.deserialize_any(Either)
    }
}

impl WrittenPlan {
    /// A draft in the words of a plan file.
    pub fn of(draft: &PlanDraft) -> Self {
        Self {
            summary: draft.summary.clone(),
            parts: draft
                .parts
                .iter()
                .map(|part| Named { id: part.id.clone(), text: part.text.clone() })
                .collect(),
            stages: draft
                .stages
                .iter()
                .map(|stage| Named { id: stage.id.0.clone(), text: stage.title.clone() })
                .collect(),
            tasks: draft.tasks.iter().map(WrittenTask::of).collect(),
        }
    }
}

impl WrittenTask {
    /// A task in the words of a plan file, each field that has its usual value left out.
    pub fn of(spec: &TaskSpec) -> Self {
        let plain = |ids: &[TaskId]| ids.iter().map(|id| id.0.clone()).collect();
        Self {
            id: spec.id.0.clone(),
            stage: spec.stage.0.clone(),
            title: spec.title.clone(),
            objective: spec.objective.clone(),
            outputs: spec.outputs.clone(),
            criteria: spec.criteria.iter().map(WrittenCriterion::of).collect(),
            covers: spec.covers.clone(),
            after: plain(&spec.after),
            inputs: spec.inputs.clone(),
            may_touch: spec.may_touch.clone(),
            must_not_touch: spec.must_not_touch.clone(),
            guidance: spec.guidance.clone(),
            steps: spec.steps.clone(),
            out_of_scope: spec.out_of_scope.clone(),
            shared_decisions: spec.shared_decisions.clone(),
            kind: Some(spec.kind).filter(|kind| *kind != Kind::default()),
            complexity: Some(spec.complexity).filter(|complexity| *complexity != MIDDLING),
            why_complex: spec.why_complex.clone(),
            risk: Some(spec.risk).filter(|risk| *risk != Risk::default()),
            estimate_tokens: spec.estimate_tokens,
            tier: Some(spec.tier).filter(|tier| *tier != Tier::default()),
            attempt_limit: spec.attempt_limit,
            pinned: spec.pinned.clone(),
        }
    }
}

impl WrittenTask {
    /// This task where it says something, and the other where it does not.
    pub(super) fn over(self, old: Self) -> Self {
        let text = |new: String, old: String| if new.trim().is_empty() { old } else { new };
        let list = |new: Vec<String>, old: Vec<String>| if new.is_empty() { old } else { new };
        Self {
            id: old.id,
            stage: text(self.stage, old.stage),
            title: text(self.title, old.title),
            objective: text(self.objective, old.objective),
            outputs: list(self.outputs, old.outputs),
            criteria: if self.criteria.is_empty() { old.criteria } else { self.criteria },
            covers: list(self.covers, old.covers),
            after: list(self.after, old.after),
            inputs: list(self.inputs, old.inputs),
            may_touch: list(self.may_touch, old.may_touch),
            must_not_touch: list(self.must_not_touch, old.must_not_touch),
            guidance: text(self.guidance, old.guidance),
            steps: list(self.steps, old.steps),
            out_of_scope: list(self.out_of_scope, old.out_of_scope),
            shared_decisions: list(self.shared_decisions, old.shared_decisions),
            kind: self.kind.or(old.kind),
            complexity: self.complexity.or(old.complexity),
            why_complex: text(self.why_complex, old.why_complex),
            risk: self.risk.or(old.risk),
            estimate_tokens: self.estimate_tokens.or(old.estimate_tokens),
            tier: self.tier.or(old.tier),
            attempt_limit: self.attempt_limit.or(old.attempt_limit),
            pinned: old.pinned,
        }
    }
}
