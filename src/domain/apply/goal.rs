//! What events do to the state as a whole and to a goal's plan.

use std::collections::BTreeMap;

use super::super::{
    attempt::{Decision, Verdict},
    event::{Event, Record},
    goal::{Change, Goal, Question, Standing, State},
    ids::{ChangeId, QuestionId, TaskId},
    money::{Day, Spend},
    phase::{Direction, DirectionFrom, Phase, Task},
    plan::{Hunk, Plan, PlanDraft},
    reshape::{self, Hand},
};

impl State {
    /// Folds one record in. Records come in the order of their seqs.
    #[expect(clippy::too_many_lines, reason = "one arm an event, none left out")]
    pub fn apply(&mut self, record: &Record) {
        match &record.event {
            Event::GoalOpened { id, text, base, onto, policy, caps, commands } => {
                self.goals.insert(
                    id.clone(),
                    Goal {
                        id: id.clone(),
                        text: text.clone(),
                        base: base.clone(),
                        tip: base.clone(),
                        onto: onto.clone(),
                        policy: *policy,
                        commands: *commands,
                        caps: *caps,
                        standing: Standing::Planning { why: None, run: None },
                        archived: false,
                        plan: Plan::default(),
                        runs: BTreeMap::new(),
                        questions: BTreeMap::new(),
                        asks: Vec::new(),
                        changes: BTreeMap::new(),
                        captures: BTreeMap::new(),
                        spend: Spend::default(),
                        holds: BTreeMap::new(),
                    },
                );
                self.active = Some(id.clone());
            }
            Event::GoalSwitched { id } => {
                // Whoever switches to an archived goal takes it up again.
                if let Some(goal) = self.goals.get_mut(id) {
                    goal.archived = false;
                    self.active = Some(id.clone());
                }
            }
            Event::GoalArchived { id } => {
                if let Some(goal) = self.goals.get_mut(id) {
                    goal.archived = true;
                }
                if self.active.as_ref() == Some(id) {
                    self.active = None;
                }
            }
            Event::RuleAdded { rule } => self.rules.push(rule.clone()),
            Event::LessonNoted { task, what, trust } => {
                self.note_lesson(record, task, what, *trust);
            }
            Event::LessonTold { what } => self.told_lesson(record, what),
            Event::LessonMarked { lesson, mark } => self.mark_lesson(*lesson, mark),
            Event::GoalLanded { .. }
            | Event::PolicySet { .. }
            | Event::CapsSet { .. }
            | Event::PlanProposed { .. }
            | Event::PlanApproved { .. }
            | Event::PlanRejected { .. }
            | Event::ChangeProposed { .. }
            | Event::ChangeDecided { .. }
            | Event::PlanEdited { .. }
            | Event::QuestionAsked { .. }
            | Event::QuestionAnswered { .. }
            | Event::BriefWritten { .. }
            | Event::BriefApproved { .. }
            | Event::BriefRejected { .. }
            | Event::RunBegan { .. }
            | Event::RunEnded { .. }
            | Event::Reserved { .. }
            | Event::Spent { .. }
            | Event::ItemLogged { .. }
            | Event::Noted { .. }
            | Event::CallIntended { .. }
            | Event::CallAnswered { .. }
            | Event::Steered { .. }
            | Event::AttemptOpened { .. }
            | Event::BaselineTaken { .. }
            | Event::Reported { .. }
            | Event::WorkCommitted { .. }
            | Event::Checked { .. }
            | Event::Judged { .. }
            | Event::Landed { .. }
            | Event::LandingConflicted { .. }
            | Event::LandingRefuted { .. }
            | Event::ManualChecked { .. }
            | Event::TaskRetried { .. }
            | Event::TaskCancelled { .. }
            | Event::TaskHeld { .. }
            | Event::TaskReleased { .. }
            | Event::BriefOverridden { .. }
            | Event::TaskUndone { .. }
            | Event::TakenBack { .. }
            | Event::Captured { .. }
            | Event::CaptureSettled { .. }
            | Event::ContextCompiled { .. }
            | Event::PlanningResumed
            | Event::Routed { .. }
            | Event::ProviderTried { .. }
            | Event::ProviderReleased { .. } => {
                if let Event::Spent { usage, cost, .. } = &record.event {
                    let day = Day::of(record.at);
                    // A clock that is set back does not make a day's use undone.
                    if day > self.day.day {
                        self.day = Day { day, spend: Spend::default() };
                    }
                    self.day.spend.add(*usage, *cost);
                }
                match &record.event {
                    Event::AttemptOpened { .. } => self.count_lessons(record),
                    Event::Checked { evidence, .. } => self.count_outcome(record, evidence),
                    Event::TakenBack { what } => self.unhear(record, what),
                    _ => self.overhear(record),
                }
                let goal = record.goal.as_ref().and_then(|id| self.goals.get_mut(id));
                if let Some(goal) = goal {
                    goal.apply(record);
                    goal.forget_stale();
                }
            }
        }
    }
}

impl Goal {
    #[expect(clippy::too_many_lines, reason = "one arm an event, none left out")]
    fn apply(&mut self, record: &Record) {
        match &record.event {
            Event::GoalLanded { into, commit } => {
                if self.is_complete() {
                    self.standing = Standing::Landed { into: into.clone(), commit: commit.clone() };
                }
            }
            Event::PolicySet { policy, commands } => {
                self.policy = *policy;
                self.commands = *commands;
            }
            Event::CapsSet { caps } => self.caps = *caps,
            Event::PlanProposed { run, draft } => {
                if let (Standing::Planning { run: Some(at_it), .. }, None) = (&self.standing, run)
                    && let Some(planner) = self.runs.get_mut(at_it)
                {
                    planner.stopping = true;
                }
                self.standing = Standing::Proposed { draft: draft.clone() };
            }
            Event::PlanApproved { hash, .. } => {
                if let Standing::Proposed { draft } = &self.standing {
                    self.plan = in_force(draft, hash, self.plan.revision);
                    self.standing = Standing::Working;
                }
            }
            Event::PlanRejected { why } => {
                self.standing = Standing::Planning { why: Some(why.clone()), run: None };
            }
            Event::PlanningResumed => {
                if let Standing::Stalled { why, .. } = &mut self.standing {
                    self.standing = Standing::Planning { why: why.take(), run: None };
                }
            }
            Event::ChangeProposed { task, hunks, why } => {
                let change = ChangeId(record.seq.0);
                self.heeded();
                self.propose_change(change, task, hunks, why);
            }
            Event::ChangeDecided { change, accepted, .. } => {
                self.decide_change(*change, accepted);
            }
            Event::PlanEdited { hunks } => reshape::apply(&mut self.plan, hunks, Hand::Person),
            Event::QuestionAsked { run, question, options } => {
                let task = self.runs.get(run).and_then(|run| run.job.task().cloned());
                self.questions.insert(
                    QuestionId(record.seq.0),
                    Question {
                        run: *run,
                        task,
                        text: question.clone(),
                        options: options.clone(),
                        answer: None,
                    },
                );
            }
            Event::QuestionAnswered { question, answer } => {
                if let Some(question) = self.questions.get_mut(question) {
                    question.answer = Some(answer.clone());
                }
            }
            Event::BriefWritten { .. }
            | Event::BriefApproved { .. }
            | Event::BriefRejected { .. }
            | Event::BriefOverridden { .. }
            | Event::ManualChecked { .. }
            | Event::TaskRetried { .. }
            | Event::TaskCancelled { .. }
            | Event::TaskHeld { .. }
            | Event::TaskReleased { .. }
            | Event::Routed { .. } => self.apply_to_task(record),
            Event::TaskUndone { task, tip, why } => self.undo(task, tip, why),
            Event::TakenBack { what } => self.take_back(what),
            Event::Captured { text } => self.capture(record, text),
            Event::CaptureSettled { capture, into } => self.settle(*capture, into),
            Event::RunBegan { .. }
            | Event::RunEnded { .. }
            | Event::Reserved { .. }
            | Event::Spent { .. }
            | Event::ItemLogged { .. }
            | Event::CallIntended { .. }
            | Event::CallAnswered { .. }
            | Event::AttemptOpened { .. }
            | Event::BaselineTaken { .. }
            | Event::Reported { .. }
            | Event::WorkCommitted { .. }
            | Event::Checked { .. }
            | Event::Judged { .. }
            | Event::Landed { .. }
            | Event::LandingConflicted { .. }
            | Event::LandingRefuted { .. } => self.apply_to_run(record),
            Event::ProviderTried { provider, run } => self.try_again(provider, *run),
            Event::ProviderReleased { provider } => self.release(provider),
            // A note decides nothing; steering is told to the session, which logs it.
            // The last seven are the whole state's, and have been dealt with there.
            Event::Noted { .. }
            | Event::ContextCompiled { .. }
            | Event::Steered { .. }
            | Event::GoalOpened { .. }
            | Event::GoalSwitched { .. }
            | Event::GoalArchived { .. }
            | Event::RuleAdded { .. }
            | Event::LessonNoted { .. }
            | Event::LessonTold { .. }
            | Event::LessonMarked { .. } => {}
        }
    }

    /// Drops what nobody can decide any more: a command of an attempt that is over, a question or
    /// a change of a task that is, a question about a plan that has been made without the answer.
    fn forget_stale(&mut self) {
        let Self { plan, standing, asks, questions, changes, .. } = self;
        asks.retain(|ask| {
            plan.get(&ask.task).and_then(Task::attempt_under_way) == Some(ask.attempt)
        });
        changes.retain(|id, change| {
            let phase = plan.get(&change.task).map(|task| &task.phase);
            matches!(phase, Some(Phase::Changing { change, .. }) if change == id)
        });
        questions.retain(|_, question| {
            question.answer.is_some()
                || match &question.task {
                    Some(id) => plan.get(id).is_some_and(|task| !task.phase.is_over()),
                    None => {
                        matches!(standing, Standing::Planning { .. } | Standing::Stalled { .. })
                    }
                }
        });
    }

    fn propose_change(&mut self, id: ChangeId, task: &TaskId, hunks: &[Hunk], why: &str) {
        self.changes
            .insert(id, Change { task: task.clone(), hunks: hunks.to_vec(), why: why.to_owned() });
        if let Some(task) = self.plan.get_mut(task) {
            let attempt = task.attempts.last_mut().map(|attempt| {
                let decision = Decision::ChangePlan { hunks: hunks.to_vec() };
                attempt.verdict = Some(Verdict { decision, why: why.to_owned() });
                attempt.number
            });
            task.phase = Phase::Changing { attempt, change: id };
        }
    }

    fn decide_change(&mut self, id: ChangeId, accepted: &[usize]) {
        let Some(change) = self.changes.remove(&id) else { return };
        let taken: Vec<Hunk> = change
            .hunks
            .iter()
            .enumerate()
            .filter(|(at, _)| accepted.contains(at))
            .map(|(_, hunk)| hunk.clone())
            .collect();
        if !taken.is_empty() {
            reshape::apply(&mut self.plan, &taken, Hand::Planner);
        }
        let text = if taken.is_empty() {
            format!("The person declined the proposed change of the plan ({}).", change.why)
        } else {
            format!("The plan was changed: {}", change.why)
        };
        if self.task(&change.task).is_some_and(|task| matches!(task.phase, Phase::Changing { .. }))
        {
            self.follow_up(&change.task, Direction { text, from: DirectionFrom::Review });
        }
    }
}

fn in_force(draft: &PlanDraft, hash: &str, before: u32) -> Plan {
    Plan {
        revision: before.saturating_add(1),
        summary: draft.summary.clone(),
        parts: draft.parts.clone(),
        stages: draft.stages.clone(),
        tasks: draft.tasks.iter().map(|spec| Task::fresh(spec.clone(), Phase::Approved)).collect(),
        hash: hash.to_owned(),
    }
}
