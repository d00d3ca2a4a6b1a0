//! The log as it was, to be looked at; and a new goal that begins from there.

use std::{collections::BTreeSet, path::Path};

use super::goal::free_id;
use crate::{
    domain::{Command, Goal, Phase, PlanDraft, Seq, Standing, State, TaskId},
    logger::Recall,
    ui::{Live, Moment, Story},
};

/// What is shown of a moment.
#[derive(Clone, Debug)]
pub struct Past {
    pub at: Moment,
    pub state: State,
    pub story: Story,
    /// Nothing: what is being said is said now.
    pub live: Live,
}

impl Past {
    /// The log as it was after an event.
    pub fn after(log: &Path, seq: Seq) -> Result<Self, String> {
        let recall = Recall::open(log).map_err(|error| error.to_string())?;
        let (state, records) = recall.moment(seq).map_err(|error| error.to_string())?;
        let last = recall.record(seq).ok().flatten().map(|record| record.at);
        let at = last.or_else(|| records.last().map(|record| record.at)).unwrap_or_default();
        Ok(Self {
            at: Moment { seq, at },
            state,
            story: Story::of(&records),
            live: Live::default(),
        })
    }
}

/// The commands that begin a goal where another stood, with what of its plan was still to do.
pub fn fork(now: &State, old: &Goal, text: Option<String>) -> Result<Vec<Command>, String> {
    let draft = left(old);
    if draft.tasks.is_empty() {
        return Err(format!("`{}` had nothing left to do then; choose an earlier moment", old.id));
    }
    let text = text.unwrap_or_else(|| old.text.clone());
    let open = Command::OpenGoal {
        id: free_id(now, &text),
        text,
        base: old.tip.clone(),
        onto: old.onto.clone(),
        policy: old.policy,
        caps: old.caps,
        commands: old.commands,
    };
    Ok(vec![open, Command::ImportPlan { draft }])
}

/// What of a plan was still to do: done tasks are in the tree that the fork begins from.
fn left(goal: &Goal) -> PlanDraft {
    let mut draft = match &goal.standing {
        Standing::Proposed { draft } => draft.clone(),
        Standing::Planning { .. }
        | Standing::Working
        | Standing::Stalled { .. }
        | Standing::Landed { .. } => goal.plan.draft(),
    };
    let done: BTreeSet<TaskId> = goal
        .plan
        .tasks
        .iter()
        .filter(|task| matches!(task.phase, Phase::Done { .. }))
        .map(|task| task.spec.id.clone())
        .collect();
    draft.tasks.retain(|task| !done.contains(&task.id));
    let there: BTreeSet<TaskId> = draft.tasks.iter().map(|task| task.id.clone()).collect();
    for task in &mut draft.tasks {
        task.after.retain(|id| there.contains(id));
    }
    let covered: BTreeSet<&String> = draft.tasks.iter().flat_map(|task| &task.covers).collect();
    draft.parts.retain(|part| covered.contains(&part.id));
    let stages: BTreeSet<_> = draft.tasks.iter().map(|task| &task.stage).collect();
    draft.stages.retain(|stage| stages.contains(&stage.id));
    draft
}
