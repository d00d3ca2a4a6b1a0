//! What the facts of a run do to its goal, task and attempt.

use std::collections::BTreeMap;

use super::super::{
    attempt::{Attempt, Blocker, BlockerKind, Decision, Denial, Snapshot, Verdict},
    event::{Event, Record},
    goal::{CommandAsk, Goal, Question, Standing},
    growth::Traffic,
    ids::{AttemptNo, CallId, QuestionId, RunId, TaskId},
    item::{Item, ToolCall},
    phase::{Direction, DirectionFrom, Phase, Task},
    run::{Authority, End, Fault, FaultClass, Job, PendingCall, Permission, Run},
};

impl Goal {
    #[expect(clippy::too_many_lines, reason = "one arm an event, none left out")]
    pub(super) fn apply_to_run(&mut self, record: &Record) {
        match &record.event {
            Event::RunBegan { run, job } => self.begin(*run, job),
            Event::RunEnded { run, end } => {
                self.hold(record.at, *run, end);
                self.end(*run, end);
            }
            Event::Reserved { run, reservation } => {
                if let Some(run) = self.runs.get_mut(run) {
                    run.reserved = Some(*reservation);
                }
            }
            Event::Spent { run, usage, cost, .. } => {
                self.spend.add(*usage, *cost);
                if usage.total() > 0 {
                    self.answered(*run);
                }
                let Some(run) = self.runs.get_mut(run) else { return };
                run.reserved = None;
                let job = run.job.clone();
                let Some(task) = job.task().and_then(|id| self.plan.get_mut(id)) else { return };
                task.spend.add(*usage, *cost);
                let Job::Execute { attempt: number, .. } = job else { return };
                let attempt = task.attempts.iter_mut().find(|one| one.number == number);
                if let Some(attempt) = attempt {
                    attempt.usage.add(*usage);
                    attempt.traffic.add(*usage);
                }
            }
            Event::ItemLogged { run, item } => self.item(*run, item),
            Event::CallIntended { run, call, command, permission } => {
                self.intend(*run, call, command.as_deref(), permission);
            }
            Event::CallAnswered { run, call, allow, why } => {
                self.answer(*run, *call, *allow, why);
            }
            Event::AttemptOpened { run, number, model, tier, base, worktree } => {
                let Some(task) = self.task_of(*run) else { return };
                let Some(brief) = task.brief.clone() else { return };
                let id = task.spec.id.clone();
                task.attempts.push(Attempt {
                    number: *number,
                    brief_hash: brief.hash(),
                    brief,
                    model: model.clone(),
                    tier: *tier,
                    base: base.clone(),
                    worktree: worktree.clone(),
                    runs: vec![*run],
                    head: None,
                    files: Vec::new(),
                    usage: super::super::money::Usage::default(),
                    turns: 0,
                    calls: 0,
                    evidence: Vec::new(),
                    report: None,
                    ended: None,
                    verdict: None,
                    granted: Vec::new(),
                    denied: Vec::new(),
                    traffic: Traffic::default(),
                });
                self.carried(&id);
            }
            Event::BaselineTaken { run, evidence } => {
                if let Some(attempt) = self.attempt_of(*run) {
                    attempt.evidence.extend(evidence.iter().cloned());
                }
            }
            Event::Reported { run, report } => {
                if let Some(attempt) = self.attempt_of(*run) {
                    attempt.report = Some(report.clone());
                }
            }
            Event::WorkCommitted { run, head, files } => {
                if let Some(attempt) = self.attempt_of(*run) {
                    attempt.head = Some(head.clone());
                    attempt.files.clone_from(files);
                }
            }
            Event::Checked { run, evidence } => {
                let Some(task) = self.task_of(*run) else { return };
                let Some(attempt) = task.attempts.last_mut() else { return };
                attempt.evidence.extend(evidence.iter().cloned());
                task.phase = Phase::Checked { attempt: attempt.number };
            }
            Event::Judged { run, verdict } => self.judge(record, *run, verdict),
            Event::Landed { run, commit, tree, evidence } => {
                let Some(task) = self.task_of(*run) else { return };
                let Some(attempt) = task.attempts.last_mut() else { return };
                attempt.evidence.extend(evidence.iter().cloned());
                task.phase = Phase::Done {
                    attempt: attempt.number,
                    commit: commit.clone(),
                    tree: tree.clone(),
                };
                task.direction = None;
                self.tip = Snapshot { commit: commit.clone(), tree: tree.clone() };
            }
            Event::LandingConflicted { run, files } => {
                let Some(task) = self.task_of(*run) else { return };
                let text = format!(
                    "it changes {} in ways that conflict with work that has landed since; both \
                     sides are kept. Retry it for a new attempt on the newest state.",
                    files.join(", ")
                );
                task.direction = Some(Direction {
                    text: format!("The last attempt did not land: {text}"),
                    from: DirectionFrom::Landing,
                });
                task.block(Blocker { kind: BlockerKind::MergeConflict, text });
            }
            Event::LandingRefuted { run, evidence } => {
                let Some(task) = self.task_of(*run) else { return };
                let id = task.spec.id.clone();
                if let Some(attempt) = task.attempts.last_mut() {
                    attempt.evidence.extend(evidence.iter().cloned());
                }
                let text = "The work passed its checks alone and failed them once merged with \
                            what has landed since; see the evidence on the merged tree."
                    .to_owned();
                self.follow_up(&id, Direction { text, from: DirectionFrom::Landing });
            }
            // The others do not come here: see `Goal::apply`.
            _ => {}
        }
    }

    fn begin(&mut self, run: RunId, job: &Job) {
        let began =
            Run { job: job.clone(), reserved: None, calls: BTreeMap::new(), stopping: false };
        self.runs.insert(run, began);
        if let (Job::Plan, Standing::Planning { run: at_it, .. }) = (job, &mut self.standing) {
            *at_it = Some(run);
        }
        let Some(task) = job.task().and_then(|id| self.plan.get_mut(id)) else { return };
        task.phase = match job {
            Job::Plan => return,
            Job::Brief { .. } => Phase::Briefing { run },
            Job::Execute { attempt, .. } => {
                let opened = task.attempts.iter_mut().find(|one| one.number == *attempt);
                if let Some(attempt) = opened {
                    attempt.runs.push(run);
                }
                Phase::Running { attempt: *attempt, run: Some(run) }
            }
            Job::Check { attempt, .. } => Phase::Checking { attempt: *attempt, run },
            Job::Review { attempt, .. } => Phase::Reviewing { attempt: *attempt, run },
            Job::Land { attempt, .. } => Phase::Landing { attempt: *attempt, run },
        };
    }

    fn end(&mut self, run: RunId, end: &End) {
        let Some(ended) = self.runs.remove(&run) else { return };
        match ended.job.task() {
            None => self.end_planning(run, end),
            Some(id) => {
                let Some(task) = self.plan.get_mut(id) else { return };
                // A run whose result has already moved the task on has no more to say.
                if task.phase.run() == Some(run) {
                    task.end_run(&ended.job, end);
                }
            }
        }
    }

    fn end_planning(&mut self, ended: RunId, end: &End) {
        // A planner whose plan has been proposed, or replaced by a file, has no more to say.
        let Standing::Planning { why, run } = &mut self.standing else { return };
        if *run != Some(ended) {
            return;
        }
        let fault = match end {
            // The next start plans again, once any open question is answered.
            End::Interrupted => {
                *run = None;
                return;
            }
            // It plans again once the server answers.
            End::Faulted { fault } if fault.holds() => {
                *run = None;
                return;
            }
            End::Done => Fault::new(FaultClass::Model, "the planner ended without a plan")
                .hint("try again, state the goal more exactly, or use a stronger planner model"),
            End::Stopped => Fault::new(FaultClass::Model, "planning was stopped by you"),
            End::Faulted { fault } => fault.clone(),
        };
        self.standing = Standing::Stalled { fault, why: why.take() };
    }

    fn item(&mut self, run: RunId, item: &Item) {
        match item {
            Item::Told { .. } => {}
            Item::Said { calls, .. } => {
                let count = u32::try_from(calls.len()).unwrap_or(u32::MAX);
                if let Some(attempt) = self.attempt_of(run) {
                    attempt.turns = attempt.turns.saturating_add(1);
                    attempt.calls = attempt.calls.saturating_add(count);
                }
            }
            Item::Returned { call, .. } => {
                if let Some(run) = self.runs.get_mut(&run) {
                    run.calls.remove(call);
                }
                self.asks.retain(|ask| ask.run != run || ask.call != *call);
            }
        }
    }

    fn intend(
        &mut self,
        run: RunId,
        call: &ToolCall,
        command: Option<&str>,
        permission: &Permission,
    ) {
        let Some(known) = self.runs.get_mut(&run) else { return };
        known.calls.insert(
            call.id,
            PendingCall {
                call: call.clone(),
                command: command.map(str::to_owned),
                permission: permission.clone(),
            },
        );
        let Some(command) = command else { return };
        let (Some(task), Some(attempt)) = (known.job.task().cloned(), known.job.attempt()) else {
            return;
        };
        match permission {
            Permission::Asked => {
                let command = command.to_owned();
                self.asks.push(CommandAsk { run, call: call.id, task, attempt, command });
            }
            Permission::Allowed { by: Authority::Person } => {
                // A grant given after its run had died is good for one call.
                if let Some(attempt) = self.attempt_of(run)
                    && let Some(at) = attempt.granted.iter().position(|line| *line == command)
                {
                    attempt.granted.remove(at);
                }
            }
            Permission::Allowed { .. } | Permission::Denied { .. } => {}
        }
    }

    fn answer(&mut self, run: RunId, call: CallId, allow: bool, why: &str) {
        let Some(at) = self.asks.iter().position(|ask| ask.run == run && ask.call == call) else {
            return;
        };
        let ask = self.asks.remove(at);
        let alive = self.runs.get_mut(&run);
        let is_dead = alive.is_none();
        if let Some(pending) = alive.and_then(|alive| alive.calls.get_mut(&call)) {
            pending.permission = if allow {
                Permission::Allowed { by: Authority::Person }
            } else {
                Permission::Denied { why: why.to_owned() }
            };
        }
        let task = self.plan.get_mut(&ask.task);
        let attempt =
            task.and_then(|task| task.attempts.iter_mut().find(|one| one.number == ask.attempt));
        let Some(attempt) = attempt else { return };
        if !allow {
            // Asked once is enough: the same line is not put before the person again.
            attempt.denied.push(Denial { command: ask.command, why: why.to_owned() });
        } else if is_dead {
            attempt.granted.push(ask.command);
        }
    }

    fn judge(&mut self, record: &Record, run: RunId, verdict: &Verdict) {
        let Some(task) = self.task_of(run) else { return };
        let id = task.spec.id.clone();
        let Some(attempt) = task.attempts.last_mut() else { return };
        attempt.verdict = Some(verdict.clone());
        let number = attempt.number;
        match &verdict.decision {
            Decision::Accept => task.phase = Phase::Accepted { attempt: number },
            Decision::FollowUp { direction } => {
                let direction = Direction { text: direction.clone(), from: DirectionFrom::Review };
                self.follow_up(&id, direction);
            }
            Decision::Ask { question } => {
                // The review is taken up again, with the answer, once there is one.
                task.phase = Phase::Checked { attempt: number };
                self.questions.insert(
                    QuestionId(record.seq.0),
                    Question {
                        run,
                        task: Some(id),
                        text: question.clone(),
                        options: Vec::new(),
                        answer: None,
                    },
                );
            }
            // Comes as `ChangeProposed`, which carries the hunks.
            Decision::ChangePlan { .. } => {}
        }
    }

    fn task_of(&mut self, run: RunId) -> Option<&mut Task> {
        let id: TaskId = self.runs.get(&run)?.job.task()?.clone();
        self.plan.get_mut(&id)
    }

    fn attempt_of(&mut self, run: RunId) -> Option<&mut Attempt> {
        let number: AttemptNo = self.runs.get(&run)?.job.attempt()?;
        self.task_of(run)?.attempts.iter_mut().find(|one| one.number == number)
    }
}
