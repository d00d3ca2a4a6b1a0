//! What waits for the person, ranked, and why everything else waits.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    attempt::BlockerKind,
    capture::{Settled, suggested},
    check::Criterion,
    counted::counted,
    goal::{Goal, Standing},
    hold::Hold,
    ids::{CallId, CaptureId, ChangeId, QuestionId, RunId, TaskId},
    phase::{Phase, Task},
    plan::Hunk,
};

/// The name under which something that waits is decided: what `approve ID` takes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaitingId {
    /// `R7.3`: a command that a session wants to run.
    Command { run: RunId, call: CallId },
    /// `Q12`.
    Question(QuestionId),
    /// A task's slug: its brief, its failure or its blocker, whichever it stands at.
    /// `task:<slug>` where the slug is one of the words below.
    Task(TaskId),
    /// `plan`: the proposed plan.
    Plan,
    /// `planning`: planning has stalled.
    Planning,
    /// `C40`.
    Change(ChangeId),
    /// `N14`: a thought of the person's own.
    Capture(CaptureId),
    /// `<task>/<criterion key>`: a criterion that only a person can look at.
    Manual { task: TaskId, criterion: String },
    /// `goal`: the goal as a whole.
    Goal,
    /// `server:<name>`: a server that is held.
    Provider(String),
}

const PLAN: &str = "plan";
const PLANNING: &str = "planning";
const GOAL: &str = "goal";
const TASK: &str = "task:";
const SERVER: &str = "server:";

impl WaitingId {
    /// Reads an id as it is shown. `None`: it has no form that an id has.
    pub fn parse(text: &str) -> Option<Self> {
        let slug = |text: &str| Some(TaskId::from(text)).filter(TaskId::is_sound);
        let number = |text: &str, mark: char| {
            let digits = text.strip_prefix(mark)?;
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u64>().ok())?
        };
        match text {
            PLAN => return Some(Self::Plan),
            PLANNING => return Some(Self::Planning),
            GOAL => return Some(Self::Goal),
            _ => {}
        }
        if let Some(server) = text.strip_prefix(SERVER) {
            return (!server.is_empty()).then(|| Self::Provider(server.to_owned()));
        }
        if let Some(task) = text.strip_prefix(TASK) {
            return slug(task).map(Self::Task);
        }
        if let Some((run, call)) = text.split_once('.') {
            let call =
                number(&format!("#{call}"), '#').and_then(|call| u32::try_from(call).ok())?;
            return Some(Self::Command { run: RunId(number(run, 'R')?), call: CallId(call) });
        }
        if let Some((task, criterion)) = text.split_once('/') {
            let sound = !criterion.is_empty() && criterion.bytes().all(|c| c.is_ascii_hexdigit());
            let criterion = criterion.to_owned();
            return slug(task).filter(|_| sound).map(|task| Self::Manual { task, criterion });
        }
        number(text, 'Q')
            .map(|id| Self::Question(QuestionId(id)))
            .or_else(|| number(text, 'C').map(|id| Self::Change(ChangeId(id))))
            .or_else(|| number(text, 'N').map(|id| Self::Capture(CaptureId(id))))
            .or_else(|| slug(text).map(Self::Task))
    }
}

impl std::fmt::Display for WaitingId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Command { run, call } => write!(out, "{run}.{call}"),
            Self::Question(id) => write!(out, "{id}"),
            Self::Task(id) if [PLAN, PLANNING, GOAL].contains(&id.as_str()) => {
                write!(out, "{TASK}{id}")
            }
            Self::Task(id) => write!(out, "{id}"),
            Self::Plan => out.write_str(PLAN),
            Self::Planning => out.write_str(PLANNING),
            Self::Change(id) => write!(out, "{id}"),
            Self::Capture(id) => write!(out, "{id}"),
            Self::Manual { task, criterion } => write!(out, "{task}/{criterion}"),
            Self::Goal => out.write_str(GOAL),
            Self::Provider(name) => write!(out, "{SERVER}{name}"),
        }
    }
}

/// What kind of thing waits. The order is the order of urgency; from `Plan` on it is one rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaitingKind {
    /// A session wants to run a command.
    Command,
    Question,
    /// A task has used up its attempts, or was cancelled while others wait for it.
    Failure,
    /// A task or the planning cannot go on.
    Blocked,
    Plan,
    Change,
    Brief,
    /// A person must look.
    Look,
    /// Paused by the person.
    Held,
    /// A server cannot be used just now; its sessions are held.
    Provider,
    /// A thought of the person's that is not settled.
    Thought,
    /// The goal is complete and can land, or nothing is left to do for it.
    Goal,
}

impl WaitingKind {
    /// The kind in words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Question => "question",
            Self::Failure => "failed",
            Self::Blocked => "blocked",
            Self::Plan => "plan to approve",
            Self::Change => "change of the plan",
            Self::Brief => "brief to approve",
            Self::Look => "needs your look",
            Self::Held => "paused",
            Self::Provider => "held server",
            Self::Thought => "your thought",
            Self::Goal => "goal",
        }
    }

    /// 0 a session is held up, 1 a question, 2 a failure, 3 ready to be reviewed, 4 at leisure.
    fn rank(self) -> u8 {
        match self {
            Self::Command => 0,
            Self::Question => 1,
            Self::Failure | Self::Blocked | Self::Provider => 2,
            Self::Plan | Self::Change | Self::Brief | Self::Look => 3,
            Self::Held | Self::Thought | Self::Goal => 4,
        }
    }
}

/// One thing that waits for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub id: WaitingId,
    pub kind: WaitingKind,
    pub task: Option<TaskId>,
    /// One line: what it is about.
    pub what: String,
    /// The whole command, question or reason, unshortened and as it came: it may have many lines,
    /// and where a model or a tool wrote it, control characters that whoever shows it must tame.
    pub text: String,
    /// Tasks that cannot go on before it is decided, its own not counted.
    pub unblocks: usize,
    /// When it passes by itself, in milliseconds since 1970 UTC.
    pub until: Option<u64>,
}

impl std::fmt::Display for Waiting {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} ({}): {}", self.id, self.kind.word(), self.what)?;
        match self.unblocks {
            0 => {}
            count => write!(out, ", {} after it", counted(count, "task", "tasks"))?,
        }
        // Last and alone, so that nothing of ours is read as part of a command.
        write!(out, ": {}", self.text)
    }
}

/// Everything that waits for the person: what holds up a session first, then questions, failures,
/// and what is ready for review; within a rank what unblocks most, then the oldest.
pub fn attention(goal: &Goal) -> Vec<Waiting> {
    if goal.is_over() {
        return Vec::new();
    }
    let mut found = of_goal(goal);
    let dependants = Dependants::of(goal);
    let of_task = |id: WaitingId, kind, task: &TaskId, what: String, text: String| Waiting {
        id,
        kind,
        task: Some(task.clone()),
        what,
        text,
        unblocks: dependants.count(task),
        until: None,
    };
    found.extend(goal.asks.iter().map(|ask| {
        let id = WaitingId::Command { run: ask.run, call: ask.call };
        let what = format!("`{}` wants to run", ask.task);
        of_task(id, WaitingKind::Command, &ask.task, what, ask.command.clone())
    }));
    found.extend(goal.open_questions().map(|(id, question)| {
        let options = (1..).zip(&question.options).map(|(no, one)| format!("\n{no}. {one}"));
        let text = question.text.clone() + &options.collect::<String>();
        let id = WaitingId::Question(id);
        match &question.task {
            Some(task) => of_task(id, WaitingKind::Question, task, format!("about `{task}`"), text),
            None => of_plan(id, WaitingKind::Question, "about the plan", text),
        }
    }));
    found.extend(goal.changes.iter().map(|(id, change)| {
        let lines = change.hunks.iter().map(|hunk| format!("\n- {}", told(hunk)));
        let text = change.why.clone() + &lines.collect::<String>();
        let what = format!("proposed after `{}`", change.task);
        of_task(WaitingId::Change(*id), WaitingKind::Change, &change.task, what, text)
    }));
    found.extend(goal.holds.iter().map(|(name, hold)| held(name, hold)));
    found.extend(goal.captures.iter().filter(|(_, one)| one.settled.is_none()).map(|(id, one)| {
        let what = match suggested(goal, &one.text) {
            Settled::Steer { task } => format!("could become steering of `{task}`"),
            other => format!("could become {}", other.word()),
        };
        of_plan(WaitingId::Capture(*id), WaitingKind::Thought, what, one.text.clone())
    }));
    for task in &goal.plan.tasks {
        let id = &task.spec.id;
        let (kind, text) = match &task.phase {
            Phase::Drafted => (WaitingKind::Brief, brief_text(task)),
            Phase::Blocked { blocker, .. } if blocker.kind == BlockerKind::HeldByPerson => {
                (WaitingKind::Held, blocker.text.clone())
            }
            Phase::Blocked { blocker, .. } => {
                (WaitingKind::Blocked, format!("{}: {}", blocker.kind.word(), blocker.text))
            }
            Phase::Failed { why } => (WaitingKind::Failure, why.clone()),
            Phase::Cancelled { why } if dependants.count(id) > 0 => {
                let text = format!(
                    "it was cancelled ({why}) and others come after it: retry it, cancel them, or \
                     change the plan"
                );
                (WaitingKind::Failure, text)
            }
            Phase::Accepted { .. } => {
                found.extend(task.unlooked().map(|one| {
                    let criterion = one.key();
                    let id = WaitingId::Manual { task: task.spec.id.clone(), criterion };
                    let what = format!("`{}` is accepted", task.spec.id);
                    let look = one.look().unwrap_or(&one.text).to_owned();
                    of_task(id, WaitingKind::Look, &task.spec.id, what, look)
                }));
                continue;
            }
            Phase::Proposed
            | Phase::Approved
            | Phase::Briefing { .. }
            | Phase::Ready
            | Phase::Running { .. }
            | Phase::Reported { .. }
            | Phase::Checking { .. }
            | Phase::Checked { .. }
            | Phase::Reviewing { .. }
            | Phase::Landing { .. }
            | Phase::Done { .. }
            | Phase::Changing { .. }
            | Phase::Cancelled { .. }
            | Phase::Superseded => continue,
        };
        found.push(of_task(WaitingId::Task(id.clone()), kind, id, task.spec.title.clone(), text));
    }
    // Stable: within a rank and a count the order above is the order of age or of the plan.
    found.sort_by_key(|one| (one.kind.rank(), Reverse(one.unblocks)));
    found
}

fn of_plan(id: WaitingId, kind: WaitingKind, what: impl Into<String>, text: String) -> Waiting {
    // All of the goal waits for it; a number would say less.
    Waiting { id, kind, task: None, what: what.into(), text, unblocks: 0, until: None }
}

fn held(name: &str, hold: &Hold) -> Waiting {
    let what = match hold.until {
        Some(_) => format!("`{name}` is held ({}) and tries again by itself", hold.class.word()),
        None => format!("`{name}` is held ({})", hold.class.word()),
    };
    let hint = if hold.hint.is_empty() { String::new() } else { format!(". {}", hold.hint) };
    let text = format!("{}{hint}", hold.message.trim_end_matches('.'));
    let id = WaitingId::Provider(name.to_owned());
    Waiting { until: hold.until, ..of_plan(id, WaitingKind::Provider, what, text) }
}

fn of_goal(goal: &Goal) -> Vec<Waiting> {
    let (id, kind, what, text) = match &goal.standing {
        Standing::Proposed { draft } => {
            let criteria = draft.tasks.iter().flat_map(|task| &task.criteria);
            let text = draft.summary.clone() + &authorised(criteria);
            let what = counted(draft.tasks.len(), "task", "tasks");
            (WaitingId::Plan, WaitingKind::Plan, what, text)
        }
        Standing::Stalled { fault, .. } => {
            let hint = if fault.hint.is_empty() { "try again" } else { &fault.hint };
            let text = format!("{}. {hint}", fault.message.trim_end_matches('.'));
            (WaitingId::Planning, WaitingKind::Blocked, "planning cannot go on".to_owned(), text)
        }
        Standing::Working if goal.is_complete() => {
            let done = goal.plan.tasks.iter().filter(|task| goal.is_done(&task.spec.id)).count();
            let text = format!("{} can land", goal.branch());
            let what = format!("{} done", counted(done, "task", "tasks"));
            (WaitingId::Goal, WaitingKind::Goal, what, text)
        }
        Standing::Working if goal.plan.tasks.iter().all(|task| task.phase.is_void()) => {
            let text = "retry a task, change the plan, or archive the goal".to_owned();
            (WaitingId::Goal, WaitingKind::Goal, "no task is left to do".to_owned(), text)
        }
        Standing::Planning { .. } | Standing::Working | Standing::Landed { .. } => {
            return Vec::new();
        }
    };
    vec![of_plan(id, kind, what, text)]
}

fn brief_text(task: &Task) -> String {
    let Some(brief) = &task.brief else { return String::new() };
    let refuted = task.refuted().map(|what| what + "\n").unwrap_or_default();
    let mut text = format!("{refuted}attempt {}, {} tokens", brief.attempt, brief.tokens());
    text.extend(brief.lint.iter().map(|one| format!("\n! {}", one.text)));
    text + &authorised(brief.criteria.iter())
}

/// The commands that an approval lets run, each whole.
fn authorised<'a>(criteria: impl Iterator<Item = &'a Criterion>) -> String {
    let commands: BTreeSet<&str> = criteria.filter_map(Criterion::command).collect();
    if commands.is_empty() {
        return String::new();
    }
    let lines = commands.iter().map(|line| format!("\n$ {line}"));
    "\nIts approval lets these commands run:".to_owned() + &lines.collect::<String>()
}

fn told(hunk: &Hunk) -> String {
    match hunk {
        Hunk::Add { task } => format!("add `{}`: {}", task.id, task.title),
        Hunk::Change { task } => format!("change `{}`: {}", task.id, task.title),
        Hunk::Supersede { task, by } if by.is_empty() => format!("drop `{task}`"),
        Hunk::Supersede { task, by } => {
            let by: Vec<String> = by.iter().map(|id| format!("`{id}`")).collect();
            format!("replace `{task}` by {}", by.join(", "))
        }
        Hunk::Reorder { order } => {
            let order: Vec<&str> = order.iter().map(TaskId::as_str).collect();
            format!("reorder: {}", order.join(", "))
        }
    }
}

/// Who comes after whom among the tasks that are not over.
struct Dependants<'a>(BTreeMap<&'a TaskId, Vec<&'a TaskId>>);

impl<'a> Dependants<'a> {
    fn of(goal: &'a Goal) -> Self {
        let mut next: BTreeMap<&TaskId, Vec<&TaskId>> = BTreeMap::new();
        for task in goal.plan.tasks.iter().filter(|task| !task.phase.is_over()) {
            for before in &task.spec.after {
                next.entry(before).or_default().push(&task.spec.id);
            }
        }
        Self(next)
    }

    fn count(&self, id: &TaskId) -> usize {
        let mut seen: BTreeSet<&TaskId> = BTreeSet::new();
        let mut open: Vec<&TaskId> = self.0.get(id).cloned().unwrap_or_default();
        while let Some(one) = open.pop() {
            if seen.insert(one) {
                open.extend(self.0.get(one).into_iter().flatten());
            }
        }
        seen.len()
    }
}
