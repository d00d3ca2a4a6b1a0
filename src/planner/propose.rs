//! `propose_plan`: a written plan, made a draft, validated, proposed.

use std::sync::Arc;

use futures::future::BoxFuture;
use serde_json::Value;

use super::{
    delivery::{Rounds, lines, schema},
    patterns::faults_of_patterns,
    written::WrittenPlan,
};
use crate::{
    agent::{Class, Link, Output, Spec, Tool},
    domain::{Command, PlanDraft, PlanFault, ToolCall, counted, faults_of_draft},
};

/// Whether a path of the repository exists. Owned, so that a tool can keep it.
pub type ExistsHere = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// The tool that proposes a plan.
pub(super) struct ProposePlan {
    pub(super) exists: ExistsHere,
    pub(super) rounds: Rounds,
}

/// The draft that is meant, with everything that is wrong with it.
pub fn drafted(
    written: WrittenPlan,
    exists: &dyn Fn(&str) -> bool,
) -> Result<PlanDraft, Vec<PlanFault>> {
    let (draft, mut faults) = written.meant();
    // A criterion that was not understood is told once, not as missing as well.
    let misread: Vec<_> = faults.iter().map(|fault| (fault.task.clone(), fault.spot)).collect();
    faults.extend(
        faults_of_draft(&draft, exists)
            .into_iter()
            .filter(|fault| !misread.contains(&(fault.task.clone(), fault.spot))),
    );
    faults.extend(faults_of_patterns(&draft));
    if faults.is_empty() { Ok(draft) } else { Err(faults) }
}

impl Tool for ProposePlan {
    fn spec(&self) -> Spec {
        Spec {
            name: "propose_plan",
            description: "Propose the whole plan. Faults come back to be mended; without faults \
                          the session is over and the person decides.",
            schema: schema(include_str!("../../assets/schemas/propose_plan.json")),
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
            let written: WrittenPlan = match serde_json::from_value(arguments) {
                Ok(written) => written,
                Err(fault) => return self.rounds.faulty(&format!("- {fault}")),
            };
            let draft = match drafted(written, &*self.exists) {
                Ok(draft) => draft,
                Err(faults) => return self.rounds.faulty(&lines(&faults)),
            };
            let tasks = counted(draft.tasks.len(), "task", "tasks");
            match link.ask(Command::Propose { run: link.run, draft }).await {
                Ok(_) => Output::end(format!("The plan is proposed: {tasks}.")),
                Err(why) => self.rounds.not_done(&why),
            }
        })
    }
}
