//! What the delivering tools have in common: rounds of faults, and the words of the core.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::{
    agent::{Class, LinkError, Output, Tool, Toolbox},
    domain::{Fault, FaultClass},
};

/// Faulty deliveries that a session may make before the person is asked.
pub const ROUNDS: usize = 3;

/// A session's tools, with what its deliveries came to.
pub struct Delivery {
    pub tools: Toolbox,
    pub rounds: Rounds,
}

/// What a session of the planner's role is there to deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivers {
    Plan,
    Brief,
    Verdict,
}

impl Delivers {
    /// What a person can do when the model cannot deliver it. A plan can be written by hand only
    /// as long as none is in force.
    fn hint(self) -> &'static str {
        match self {
            Self::Plan => {
                "Try again, give this role a stronger model, or write the plan yourself \
                 (`chargehand plan check FILE`, `chargehand run --plan FILE`)."
            }
            Self::Brief => {
                "Approve the task to have its brief written anew, give the planner a stronger \
                 model, or make the task smaller or plainer in the plan."
            }
            Self::Verdict => {
                "Approve the task to have its result reviewed anew, or give the planner a stronger \
                 model."
            }
        }
    }
}

/// The faulty deliveries of one session. Cheap to clone; all clones count together.
#[derive(Clone, Debug)]
pub struct Rounds {
    of: Delivers,
    faults: Arc<Mutex<Vec<String>>>,
}

impl Rounds {
    /// None so far.
    pub fn of(of: Delivers) -> Self {
        Self { of, faults: Arc::default() }
    }

    /// How many deliveries were faulty.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// The fault to end the run with, once the rounds are used up. It is the model's own.
    pub fn fault(&self) -> Option<Fault> {
        let rounds = self.lock();
        let last = rounds.last().filter(|_| rounds.len() >= ROUNDS)?;
        let message =
            format!("after {ROUNDS} rounds what the model delivered is still faulty: {last}");
        Some(Fault::new(FaultClass::Model, message).hint(self.of.hint()))
    }

    /// One more faulty delivery: the exact faults go back, or the session is over.
    pub(super) fn faulty(&self, faults: &str) -> Output {
        let mut rounds = self.lock();
        rounds.push(faults.to_owned());
        let left = ROUNDS.saturating_sub(rounds.len());
        if left == 0 {
            let text = format!("Not accepted, for the last time:\n{faults}");
            return Output { ends: true, ..Output::error(text) };
        }
        let times = if left == 1 { "once more".to_owned() } else { format!("{left} more times") };
        Output::error(format!(
            "Not accepted. Mend exactly this and call it again, {times} at most:\n{faults}"
        ))
    }

    /// What an answer of the core that is no record means to the session.
    pub(super) fn not_done(&self, why: &LinkError) -> Output {
        match why {
            LinkError::Refused(refusal) => self.faulty(&refusal.to_string()),
            LinkError::Stopped => Output { ends: true, ..Output::error(why.to_string()) },
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The tools of a session that only thinks: what looks of those that are there, then what
/// delivers. Whatever changes or executes is left out, whoever put it in.
pub(super) fn thinking(look: Toolbox, deliver: impl IntoIterator<Item = Box<dyn Tool>>) -> Toolbox {
    let mut tools = look;
    tools.extend(deliver);
    tools.retain(|tool| match tool.class() {
        Class::Look | Class::Deliver => true,
        Class::Change | Class::Execute => false,
    });
    tools
}

/// An embedded schema. A test compiles each; were one broken, every call would be refused.
pub(super) fn schema(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Bool(false))
}

/// Faults as the model reads them, one a line, bounded.
pub(super) fn lines<T: ToString>(faults: &[T]) -> String {
    const MOST: usize = 12;
    let mut lines: Vec<String> =
        faults.iter().take(MOST).map(|fault| format!("- {}", fault.to_string())).collect();
    if let Some(more) = faults.len().checked_sub(MOST).filter(|more| *more > 0) {
        lines.push(format!("- and {more} more"));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_third_faulty_round_ends_the_session_with_the_models_own_fault() {
        let rounds = Rounds::of(Delivers::Plan);
        assert!(!rounds.faulty("- a").ends);
        assert_eq!(rounds.fault(), None);
        assert!(!rounds.clone().faulty("- b").ends);
        assert!(rounds.faulty("- c").ends);
        let fault = rounds.fault().unwrap();
        assert_eq!(fault.class, FaultClass::Model);
        assert_eq!(fault.message, "after 3 rounds what the model delivered is still faulty: - c");
    }

    #[test]
    fn only_a_session_that_plans_is_advised_to_write_a_plan_by_hand() {
        let advice = |of: Delivers| {
            let rounds = Rounds::of(of);
            (0..ROUNDS).for_each(|_| drop(rounds.faulty("- a")));
            rounds.fault().unwrap().hint
        };
        assert!(advice(Delivers::Plan).contains("run --plan FILE"));
        // A plan is in force while briefs are written and results are reviewed.
        assert!(!advice(Delivers::Brief).contains("--plan"));
        assert!(!advice(Delivers::Verdict).contains("--plan"));
    }

    #[test]
    fn many_faults_are_bounded() {
        let many: Vec<String> = (0..20).map(|number| number.to_string()).collect();
        assert!(lines(&many).ends_with("- 11\n- and 8 more"));
    }
}
