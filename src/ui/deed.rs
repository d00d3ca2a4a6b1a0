//! What a key comes to for a task or for the plan, or why it comes to nothing. The key and the
//! status bar that offers it ask the same, so that no key is offered that would be refused.

use super::{
    action::Action,
    layout::Pane,
    modal::{Modal, Page, Purpose},
    place::{Tone, Ui},
    plan_rows::{Shown, is_proposed, rows, tasks},
    wish::{Facts, Wish},
};
use crate::domain::{
    ChangeId, Command, Goal, Hunk, Phase, READY, Standing, Task, TaskId, why_waiting, would,
};

/// What a key comes to.
pub(super) enum Deed {
    /// These are decided at once.
    Decide(Vec<Command>),
    /// They are decided once the person has confirmed them.
    Confirm {
        question: String,
        commands: Vec<Command>,
    },
    /// A line of text is asked for.
    Prompt {
        purpose: Purpose,
        text: String,
    },
    ApprovePlan,
    /// The task of a proposed plan is chosen, or not any more.
    Choose(TaskId),
    /// The brief that waits is approved.
    ApproveBrief {
        task: TaskId,
        hash: String,
    },
    /// The person looks at what only they can see.
    Look(TaskId),
    Change(ChangeId),
    Edit(TaskId),
    Add {
        after: Option<TaskId>,
    },
    Diff(TaskId),
}

/// Why a key comes to nothing.
pub(super) struct Refused {
    pub text: String,
    pub tone: Tone,
}

fn not(text: impl Into<String>) -> Refused {
    Refused { text: text.into(), tone: Tone::Fault }
}

impl Deed {
    /// What the status bar calls it, where that is another word than for most tasks.
    pub(super) fn word(&self, goal: &Goal) -> Option<&'static str> {
        match self {
            Deed::Decide(commands) => match commands.as_slice() {
                [Command::ReleaseTask { .. }] => Some("let go on"),
                _ => None,
            },
            Deed::Prompt { purpose: Purpose::Cancel { .. }, .. } => Some("cancel"),
            Deed::Look(_) => Some("look"),
            Deed::Change(_) => Some("decide"),
            Deed::Edit(task) if brief_waits(goal.task(task)).is_some() => Some("edit brief"),
            Deed::Confirm { .. }
            | Deed::Prompt { .. }
            | Deed::ApprovePlan
            | Deed::Choose(_)
            | Deed::ApproveBrief { .. }
            | Deed::Edit(_)
            | Deed::Add { .. }
            | Deed::Diff(_) => None,
        }
    }
}

/// The brief that a person may still change.
fn brief_waits(task: Option<&Task>) -> Option<&crate::domain::Brief> {
    let task = task.filter(|task| matches!(task.phase, Phase::Drafted | Phase::Ready))?;
    task.brief.as_ref()
}

/// These commands, if they would be accepted.
fn decided(commands: Vec<Command>, facts: Facts<'_>) -> Result<Vec<Command>, Refused> {
    match would(facts.state, &commands) {
        Ok(()) => Ok(commands),
        Err(refusal) => Err(not(super::clean::line(&refusal.to_string()))),
    }
}

impl Ui {
    /// What a key of the plan comes to where the person is.
    pub(super) fn deed(&self, action: Action, facts: Facts<'_>) -> Result<Deed, Refused> {
        self.deed_for(action, self.subject(facts), facts)
    }

    /// What a key of the plan comes to for a task, or for the plan.
    pub(super) fn deed_for(
        &self,
        action: Action,
        subject: Option<TaskId>,
        facts: Facts<'_>,
    ) -> Result<Deed, Refused> {
        let goal = facts.state.goal().ok_or_else(|| not("there is no goal yet"))?;
        let proposed = matches!(goal.standing, Standing::Proposed { .. });
        match (action, subject) {
            (Action::ApproveAll, _) if proposed => Ok(Deed::ApprovePlan),
            (Action::ApproveAll, _) => Err(not("no plan waits for approval")),
            (Action::Add, after) if proposed || goal.standing == Standing::Working => {
                Ok(Deed::Add { after })
            }
            (Action::Add, _) => Err(not("there is no plan to add a task to")),
            (Action::Reject, None) if proposed => {
                Ok(Deed::Prompt { purpose: Purpose::RejectPlan, text: String::new() })
            }
            (_, None) => Err(not("pick a task first")),
            (_, Some(id)) if is_proposed(goal, &id) => proposed_deed(action, goal, id, facts),
            (_, Some(id)) => match goal.task(&id) {
                Some(task) => self.task_deed(action, goal, task, facts),
                None => Err(not(format!("there is no task `{id}` in the plan"))),
            },
        }
    }

    /// What a key comes to for a task of the plan in force.
    fn task_deed(
        &self,
        action: Action,
        goal: &Goal,
        task: &Task,
        facts: Facts<'_>,
    ) -> Result<Deed, Refused> {
        let id = task.spec.id.clone();
        match action {
            Action::Edit | Action::EditOutside => {
                let left = self.left_brief(&id).is_some();
                if brief_waits(Some(task)).is_none() && !left {
                    changeable(goal, task)?;
                }
                Ok(Deed::Edit(id))
            }
            Action::MoveDown | Action::MoveUp => moved(goal, &id, action, facts),
            Action::Skip => dropped(goal, &id, facts),
            Action::Diff if task.worked().is_some() => Ok(Deed::Diff(id)),
            Action::Diff => Err(not(format!("`{id}` has no committed work yet"))),
            Action::Approve => self.approval(goal, task, facts),
            Action::Reject => {
                let why = String::new();
                let (purpose, command) = match task.phase {
                    Phase::Drafted | Phase::Ready => (
                        Purpose::RejectBrief { task: id.clone() },
                        Command::RejectBrief { task: id, why },
                    ),
                    _ => (
                        Purpose::Cancel { task: id.clone() },
                        Command::CancelTask { task: id, why },
                    ),
                };
                decided(vec![command], facts)?;
                Ok(Deed::Prompt { purpose, text: String::new() })
            }
            Action::Retry => {
                let had = u32::try_from(task.attempts.len()).unwrap_or(u32::MAX);
                let extra_attempts = u32::from(had >= goal.attempt_limit(task));
                let retry = Command::RetryTask { task: id, extra_attempts };
                decided(vec![retry], facts).map(Deed::Decide)
            }
            Action::Hold => {
                let command = match task.phase {
                    Phase::Blocked { .. } => Command::ReleaseTask { task: id },
                    _ => Command::HoldTask { task: id },
                };
                decided(vec![command], facts).map(Deed::Decide)
            }
            _ => Err(not("this is no key of the plan")),
        }
    }

    /// What the approving key comes to for a task of the plan in force.
    fn approval(&self, goal: &Goal, task: &Task, facts: Facts<'_>) -> Result<Deed, Refused> {
        let id = task.spec.id.clone();
        match (&task.phase, &task.brief) {
            (Phase::Drafted, Some(brief)) => {
                if let Some(left) = self.says_edited(&id) {
                    return Err(not(left));
                }
                let hash = brief.hash();
                // Of one that is not ready, the person's reason is asked for first.
                if brief.readiness() >= READY {
                    let approve = Command::ApproveBrief { task: id.clone(), hash: hash.clone() };
                    decided(vec![approve], facts)?;
                }
                Ok(Deed::ApproveBrief { task: id, hash })
            }
            (Phase::Blocked { .. }, _) => {
                decided(vec![Command::ReleaseTask { task: id }], facts).map(Deed::Decide)
            }
            (Phase::Accepted { .. }, _) if !task.looked_at() => Ok(Deed::Look(id)),
            (Phase::Changing { change, .. }, _) if goal.changes.contains_key(change) => {
                Ok(Deed::Change(*change))
            }
            _ => Err(Refused { text: why_waiting(goal, task), tone: Tone::Plain }),
        }
    }

    /// The person's word on a task or on the plan.
    pub(super) fn on_task(&mut self, action: Action, facts: Facts<'_>) -> Option<Wish> {
        let goal = facts.state.goal()?;
        match self.deed(action, facts) {
            Err(refused) => self.say(refused.text, refused.tone, facts.now.up),
            Ok(Deed::Decide(commands)) => return self.decide(commands, facts),
            Ok(Deed::Confirm { question, commands }) => {
                let yes = Box::new(Wish::Commands(commands));
                self.push(Modal::Confirm { question, yes, no: None, top: 0 }, facts);
            }
            Ok(Deed::Prompt { purpose, text }) => self.prompt(purpose, &text, facts),
            Ok(Deed::ApprovePlan) => return self.approve_plan(goal, facts),
            Ok(Deed::Choose(id)) => self.choose(goal, id, facts),
            Ok(Deed::ApproveBrief { task, hash }) => return self.approve_brief(&task, hash, facts),
            Ok(Deed::Look(id)) => self.look(goal, &id, None, facts),
            Ok(Deed::Change(id)) => self.open_change(goal, id, facts),
            Ok(Deed::Edit(id)) => {
                self.edit(goal, &id, facts);
                if action == Action::EditOutside {
                    return self.outside();
                }
            }
            Ok(Deed::Add { after }) => self.add_task(goal, after, facts),
            Ok(Deed::Diff(task)) => return Some(Wish::Diff { task }),
        }
        None
    }

    /// Whether the approving key lets the task go on.
    pub(super) fn releases(&self, facts: Facts<'_>) -> bool {
        match self.deed(Action::Approve, facts) {
            Ok(Deed::Decide(commands)) => {
                matches!(commands.as_slice(), [Command::ReleaseTask { .. }])
            }
            Ok(_) | Err(_) => false,
        }
    }

    /// Whether a key that the status bar offers on a page would do something there.
    pub(super) fn works_on_page(&self, action: Action, page: &Page, facts: Facts<'_>) -> bool {
        let goal = facts.state.goal();
        match page {
            Page::Text => !matches!(action, Action::Approve | Action::Reject),
            Page::Plan { hash } => {
                !matches!(action, Action::Approve | Action::Reject)
                    || goal.is_some_and(|goal| match &goal.standing {
                        Standing::Proposed { draft } => draft.hash() == *hash,
                        Standing::Planning { .. }
                        | Standing::Working
                        | Standing::Stalled { .. }
                        | Standing::Landed { .. } => false,
                    })
            }
            Page::Brief { task, hash, .. } => {
                let waits = brief_waits(goal.and_then(|goal| goal.task(task)));
                let is_it = || waits.is_some_and(|brief| brief.hash() == *hash);
                let deed = || self.deed_for(action, Some(task.clone()), facts).is_ok();
                match action {
                    Action::Approve | Action::Reject => is_it() && deed(),
                    Action::Drop | Action::Mend => is_it(),
                    Action::Edit => deed(),
                    Action::Undo => self.can_undo(facts),
                    _ => true,
                }
            }
            Page::Lesson { id } => {
                let found = facts.state.lessons.iter().find(|one| one.id == *id);
                let mark = found.and_then(|lesson| super::memory::mark(action, lesson));
                mark.is_none_or(|mark| {
                    would(facts.state, &[Command::MarkLesson { lesson: *id, mark }]).is_ok()
                })
            }
        }
    }

    /// Whether a key that the status bar offers in this layer of panes would do something.
    pub(super) fn does_something(&self, action: Action, facts: Facts<'_>) -> bool {
        let goal = facts.state.goal();
        match action {
            Action::Open if self.focus == Pane::Plan => {
                goal.is_some_and(|goal| !rows(goal, &self.plan.folded).is_empty())
            }
            Action::NextSession => {
                let of_goal = |id: &crate::domain::GoalId| goal.is_some_and(|goal| goal.id == *id);
                let all = facts.story.sessions().iter();
                all.filter(|session| of_goal(&session.key.goal)).count() > 1
            }
            Action::Approve
            | Action::ApproveAll
            | Action::Reject
            | Action::Edit
            | Action::EditOutside
            | Action::MoveDown
            | Action::MoveUp
            | Action::Add
            | Action::Retry
            | Action::Skip
            | Action::Hold
            | Action::Diff => self.deed(action, facts).is_ok(),
            _ => true,
        }
    }
}

/// What a key comes to for a task of a plan that waits for approval.
fn proposed_deed(
    action: Action,
    goal: &Goal,
    id: TaskId,
    facts: Facts<'_>,
) -> Result<Deed, Refused> {
    match action {
        Action::Edit | Action::EditOutside => Ok(Deed::Edit(id)),
        Action::MoveDown | Action::MoveUp => moved(goal, &id, action, facts),
        Action::Skip => dropped(goal, &id, facts),
        Action::Reject => {
            Ok(Deed::Prompt { purpose: Purpose::RejectPlan, text: format!("{id}: ") })
        }
        Action::Approve => Ok(Deed::Choose(id)),
        Action::Diff => Err(not(format!("`{id}` has no committed work yet"))),
        _ => Err(not("not before the plan is approved")),
    }
}

/// Whether the text of a task may still be changed, in the words of the core.
fn changeable(goal: &Goal, task: &Task) -> Result<(), Refused> {
    let id = &task.spec.id;
    if goal.standing != Standing::Working {
        Err(not("no plan is in force"))
    } else if task.is_settled() {
        Err(not(format!("task `{id}` is {} and cannot be changed", task.phase.word())))
    } else if task.is_under_way() {
        Err(not(format!("task `{id}` is under way; pause or cancel it first")))
    } else {
        Ok(())
    }
}

/// The plan with a task moved within its stage.
fn moved(goal: &Goal, id: &TaskId, action: Action, facts: Facts<'_>) -> Result<Deed, Refused> {
    let all = tasks(goal);
    let all: Vec<&Shown<'_>> = all.iter().filter(|one| !one.phase().is_void()).collect();
    let at = all.iter().position(|one| one.spec.id == *id);
    let at = at.ok_or_else(|| not(format!("`{id}` does not count for the plan any more")))?;
    let same = |other: &usize| all[*other].spec.stage == all[at].spec.stage;
    let (other, end) = if action == Action::MoveDown {
        ((at + 1..all.len()).find(same), "last")
    } else {
        ((0..at).rev().find(same), "first")
    };
    let other = other.ok_or_else(|| not(format!("`{id}` is the {end} of its stage")))?;
    let (upper, lower) = (at.min(other), at.max(other));
    if all[lower].spec.after.contains(&all[upper].spec.id) {
        let text = format!("`{}` comes after `{}`", all[lower].spec.id, all[upper].spec.id);
        return Err(not(text));
    }
    let mut order: Vec<TaskId> = all.iter().map(|one| one.spec.id.clone()).collect();
    let moved = order.remove(at);
    order.insert(other, moved);
    let command = super::on_plan::reshaping(goal, Hunk::Reorder { order });
    decided(vec![command], facts).map(Deed::Decide)
}

/// The plan without a task, once the person has confirmed what that does.
fn dropped(goal: &Goal, id: &TaskId, facts: Facts<'_>) -> Result<Deed, Refused> {
    let losing: Vec<String> = tasks(goal)
        .iter()
        .filter(|one| one.spec.after.contains(id))
        .map(|one| one.spec.id.to_string())
        .collect();
    let loss = if losing.is_empty() {
        "No other task waits for it.".to_owned()
    } else {
        format!("These no longer wait for it: {}.", losing.join(", "))
    };
    let hunk = Hunk::Supersede { task: id.clone(), by: Vec::new() };
    let commands = decided(vec![super::on_plan::reshaping(goal, hunk)], facts)?;
    // Its id is used up for ever once the plan is in force; in a proposal nothing is.
    let last = if is_proposed(goal, id) { "" } else { " This cannot be taken back." };
    Ok(Deed::Confirm { question: format!("Drop `{id}` from the plan? {loss}{last}"), commands })
}
