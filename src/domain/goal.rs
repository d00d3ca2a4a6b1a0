//! A goal and all that is under way for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    attempt::Snapshot,
    attention::{Waiting, WaitingKind, attention},
    capture::Capture,
    counted::counted,
    hold::Hold,
    ids::{AttemptNo, CallId, CaptureId, ChangeId, GoalId, QuestionId, RunId, TaskId},
    lesson::Lesson,
    money::{Caps, Day, Reservation, Spend},
    phase::{Phase, Task},
    plan::{Hunk, Plan, PlanDraft},
    rule::CommandRule,
    run::{Fault, Job, Run},
};

/// Who approves what by itself. Chosen and recorded by a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "policy", rename_all = "snake_case")]
pub enum Policy {
    /// The person approves every plan and every brief.
    #[default]
    Each,
    /// Briefs without lint findings above a note are dispatched, and so are up to this many
    /// follow-ups of a task; plans and changes still wait.
    Clean { follow_ups: u32 },
    /// Plan, changes and briefs are approved as they come (`--yes`). Commands are another matter.
    Yes,
}

impl Policy {
    /// The policy as a person reads it.
    pub fn shown(self) -> String {
        match self {
            Policy::Each => "you approve every plan and every brief".to_owned(),
            Policy::Clean { follow_ups } => {
                let many = counted(follow_ups, "follow-up", "follow-ups");
                format!("sound briefs and up to {many} of a task go without you")
            }
            Policy::Yes => "plan, changes and briefs are approved as they come".to_owned(),
        }
    }
}

/// What becomes of a command that no criterion and no rule allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandPolicy {
    /// The person is asked.
    #[default]
    Ask,
    /// It is denied at once.
    Rules,
    /// It runs. Shown and logged.
    All,
}

impl CommandPolicy {
    /// The policy as a person reads it.
    pub fn shown(self) -> &'static str {
        match self {
            CommandPolicy::Ask => "other commands ask you",
            CommandPolicy::Rules => "other commands are denied",
            CommandPolicy::All => "EVERY COMMAND RUNS",
        }
    }
}

/// Who approved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Approver {
    Person,
    Policy { policy: Policy },
}

/// Where the goal as a whole stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// A plan is wanted. `why` is the person's reason when the last one was rejected; `run` the
    /// planner at work.
    Planning {
        why: Option<String>,
        run: Option<RunId>,
    },
    /// A plan waits for approval.
    Proposed {
        draft: PlanDraft,
    },
    Working,
    /// Planning could not go on. `why` is still the reason of the last rejection.
    Stalled {
        fault: Fault,
        why: Option<String>,
    },
    /// Merged into the person's branch.
    Landed {
        into: String,
        commit: String,
    },
}

/// A question to the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub run: RunId,
    pub task: Option<TaskId>,
    pub text: String,
    pub options: Vec<String>,
    pub answer: Option<String>,
}

impl Question {
    /// What a person's answer means, and its place among the options when it is one of them: the
    /// option's own words, in any case, or its number from 1.
    pub fn meant(&self, answer: &str) -> (String, Option<usize>) {
        let said = answer.trim();
        let same = |option: &String| option.trim().eq_ignore_ascii_case(said);
        let numbered = || said.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let place = self.options.iter().position(same).or_else(numbered);
        match place.and_then(|place| Some((place, self.options.get(place)?))) {
            Some((place, option)) => (option.clone(), Some(place + 1)),
            None => (answer.to_owned(), None),
        }
    }
}

/// A command that waits for the person. It may outlive its run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandAsk {
    pub run: RunId,
    pub call: CallId,
    pub task: TaskId,
    pub attempt: AttemptNo,
    /// The whole shell line.
    pub command: String,
}

/// A proposed change of the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub task: TaskId,
    pub hunks: Vec<Hunk>,
    pub why: String,
}

/// A goal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goal {
    pub id: GoalId,
    pub text: String,
    pub base: Snapshot,
    /// The newest commit and tree of the goal's branch.
    pub tip: Snapshot,
    pub onto: Option<String>,
    pub policy: Policy,
    pub commands: CommandPolicy,
    pub caps: Caps,
    pub standing: Standing,
    pub archived: bool,
    pub plan: Plan,
    /// Begun and not ended.
    pub runs: BTreeMap<RunId, Run>,
    /// All questions ever asked; the open ones have no answer.
    pub questions: BTreeMap<QuestionId, Question>,
    pub asks: Vec<CommandAsk>,
    pub changes: BTreeMap<ChangeId, Change>,
    /// The person's thoughts, all of them.
    pub captures: BTreeMap<CaptureId, Capture>,
    pub spend: Spend,
    /// Servers that are not asked just now, by their names.
    #[serde(default)]
    pub holds: BTreeMap<String, Hold>,
}

impl Goal {
    /// The goal's own branch.
    pub fn branch(&self) -> String {
        format!("chargehand/{}", self.id)
    }

    /// What is held back for calls under way, over the goal or over one task of it.
    pub fn reserved(&self, task: Option<&TaskId>) -> Reservation {
        self.reserved_beside(None, task)
    }

    /// The same, one run's own reservation not counted.
    pub(super) fn reserved_beside(&self, own: Option<RunId>, task: Option<&TaskId>) -> Reservation {
        let mut sum = Reservation::NONE;
        self.runs
            .iter()
            .filter(|(id, run)| Some(**id) != own && (task.is_none() || run.job.task() == task))
            .filter_map(|(_, run)| run.reserved)
            .for_each(|one| sum.add(one));
        sum
    }

    /// A task by its id.
    pub fn task(&self, id: &TaskId) -> Option<&Task> {
        self.plan.get(id)
    }

    /// Whether a dependency lets its dependants go. Anything unknown counts as not done.
    pub fn is_done(&self, id: &TaskId) -> bool {
        self.task(id).is_some_and(|task| matches!(task.phase, Phase::Done { .. }))
    }

    /// The tasks that a task still waits for. A superseded dependency counts as the tasks that
    /// replaced it do: hunks that supersede a task rewrite its dependants.
    pub fn waits_for<'a>(&'a self, task: &'a Task) -> impl Iterator<Item = &'a TaskId> {
        task.spec.after.iter().filter(|id| !self.is_done(id))
    }

    /// Whether a run with this job is under way.
    pub fn has_run(&self, wanted: impl Fn(&Job) -> bool) -> bool {
        self.runs.values().any(|run| wanted(&run.job))
    }

    /// The run that works for a task, or winds down after it was told to stop. There is never a
    /// second: two would share a worktree.
    pub fn run_of(&self, task: &TaskId) -> Option<RunId> {
        self.runs.iter().find(|(_, run)| run.job.task() == Some(task)).map(|(id, _)| *id)
    }

    /// Whether nothing is to be done for it any more: it has landed, or was put away.
    pub fn is_over(&self) -> bool {
        self.archived || matches!(self.standing, Standing::Landed { .. })
    }

    /// The done tasks that lean on one, directly or not, in the plan's order.
    pub fn leaning_on(&self, id: &TaskId) -> Vec<&Task> {
        let mut on: Vec<&TaskId> = vec![id];
        let mut at = 0;
        while let Some(id) = on.get(at).copied() {
            at += 1;
            for task in self.plan.tasks.iter().filter(|task| task.spec.after.contains(id)) {
                if !on.contains(&&task.spec.id) {
                    on.push(&task.spec.id);
                }
            }
        }
        let leans = |task: &&Task| task.spec.id != *id && on.contains(&&task.spec.id);
        let done = |task: &&Task| matches!(task.phase, Phase::Done { .. });
        self.plan.tasks.iter().filter(leans).filter(done).collect()
    }

    /// The session that works on a task now.
    pub fn session_of(&self, task: &TaskId) -> Option<RunId> {
        let run = self.run_of(task)?;
        matches!(self.runs.get(&run)?.job, Job::Execute { .. }).then_some(run)
    }

    /// Where it stands in a few words: what a list of goals or a status line says. `working` only
    /// while a run is under way.
    pub fn word(&self) -> String {
        if self.archived {
            return "archived".to_owned();
        }
        match &self.standing {
            Standing::Landed { into, .. } => format!("merged into {into}"),
            Standing::Stalled { .. } => "planning has stalled".to_owned(),
            Standing::Proposed { .. } => "a plan waits for you".to_owned(),
            Standing::Working if self.is_complete() => "ready to land".to_owned(),
            Standing::Planning { .. } | Standing::Working => self.at_work().to_owned(),
        }
    }

    /// The same while it is planned or worked on.
    fn at_work(&self) -> &'static str {
        let waits = self.runs.keys().all(|run| self.waits_on_person(*run));
        let person = attention(self);
        let is_held = |one: &Waiting| one.kind == WaitingKind::Provider;
        match (&self.standing, waits) {
            (Standing::Planning { .. }, false) => "planning",
            (_, false) => "working",
            (_, true) if person.iter().any(|one| !is_held(one)) => "waits for you",
            (_, true) if !person.is_empty() || !self.holds.is_empty() => "waits for its server",
            (Standing::Planning { .. }, true) => "planning goes on at the next run",
            (_, true) if self.plan.tasks.iter().all(|task| task.phase.is_over()) => "over",
            (_, true) => "goes on at the next run",
        }
    }

    /// Whether every task is over and at least one is done.
    pub fn is_complete(&self) -> bool {
        matches!(self.standing, Standing::Working)
            && self.plan.tasks.iter().all(|task| task.phase.is_over())
            && self.plan.tasks.iter().any(|task| matches!(task.phase, Phase::Done { .. }))
    }

    /// The number of attempts that a task may have.
    pub fn attempt_limit(&self, task: &Task) -> u32 {
        task.spec.attempt_limit.unwrap_or(self.caps.attempts)
    }

    /// Whether a run does nothing until the person has answered it.
    pub fn waits_on_person(&self, run: RunId) -> bool {
        self.asks.iter().any(|ask| ask.run == run)
            || self.open_questions().any(|(_, question)| question.run == run)
    }

    /// The limit once a person has granted extra attempts: they come on top of the limit, or of
    /// what has been had where that is more.
    pub(super) fn limit_with(&self, task: &Task, extra: u32) -> u32 {
        let limit = self.attempt_limit(task);
        if extra == 0 {
            return limit;
        }
        let had = u32::try_from(task.attempts.len()).unwrap_or(u32::MAX);
        limit.max(had).saturating_add(extra)
    }

    /// Questions without an answer.
    pub fn open_questions(&self) -> impl Iterator<Item = (QuestionId, &Question)> {
        self.questions.iter().filter(|(_, one)| one.answer.is_none()).map(|(id, one)| (*id, one))
    }
}

/// What the workbench knows: the fold of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub goals: BTreeMap<GoalId, Goal>,
    pub active: Option<GoalId>,
    pub lessons: Vec<Lesson>,
    /// Rules that the person has added; those of the settings come beside them.
    pub rules: Vec<CommandRule>,
    /// The newest day on which something was used.
    #[serde(default)]
    pub day: Day,
}

impl State {
    /// The goal that is worked on.
    pub fn goal(&self) -> Option<&Goal> {
        self.goals.get(self.active.as_ref()?)
    }

    /// The goal that a run belongs to.
    pub fn goal_of(&self, run: RunId) -> Option<&Goal> {
        self.goals.values().find(|goal| goal.runs.contains_key(&run))
    }
}
