//! What a run asks for, and the door through which every command comes.

use super::{
    super::{
        attempt::{Decision, Snapshot, Verdict},
        brief::Brief,
        check::{Criterion, Evidence, Outcome, When},
        command::Command,
        event::{Actor, Event},
        goal::{Goal, Standing, State},
        hunks,
        ids::RunId,
        phase::{Phase, Task},
        plan::{PlanDraft, Tier},
        refusal::Refusal,
        run::{Authority, Permission, Run},
    },
    lesson,
    limits::{self, Settings},
    person::{self, not_now, sound, task_in},
    word,
};

/// The fact that a command comes to in the state as it stands, at a time (milliseconds since 1970
/// UTC).
#[expect(clippy::too_many_lines, reason = "one arm a command, none left out")]
pub(in super::super) fn decide(
    state: &State,
    settings: &Settings,
    command: Command,
    by: &Actor,
    at: u64,
) -> Result<Event, Refusal> {
    if let Some(decided) = person::decide(state, &command) {
        // No model and no policy of ours may speak for the person.
        return if *by == Actor::Person { decided } else { Err(Refusal::OnlyAPerson) };
    }
    match command {
        Command::Note { run, text } => Ok(Event::Noted { run, text }),
        Command::CompileContext { run, parts, blob } => {
            known(state, run)?;
            Ok(Event::ContextCompiled { run, parts, blob })
        }
        Command::Propose { run, draft } => {
            let (goal, _) = at_work(state, run)?;
            match goal.standing {
                Standing::Planning { run: Some(at_it), .. } if at_it == run => {
                    Ok(Event::PlanProposed { run: Some(run), draft: sound(unpinned(draft))? })
                }
                Standing::Planning { .. }
                | Standing::Proposed { .. }
                | Standing::Working
                | Standing::Stalled { .. }
                | Standing::Landed { .. } => Err(not_now("no plan is asked for")),
            }
        }
        Command::AskQuestion { run, question, options } => {
            at_work(state, run)?;
            Ok(Event::QuestionAsked { run, question, options })
        }
        Command::WriteBrief { run, brief } => {
            let (goal, task) =
                in_phase(state, run, |phase| matches!(phase, Phase::Briefing { .. }))?;
            if brief.task != task.spec.id || brief.attempt != task.next_attempt() {
                return Err(not_now("the brief is for another task or attempt"));
            }
            named_commands(task, &brief)?;
            word::differs(goal, task, &brief)?;
            Ok(Event::BriefWritten { brief })
        }
        Command::OpenAttempt { run, model, tier, base, worktree } => {
            open_attempt(state, run, model, tier, base, worktree)
        }
        Command::TakeBaseline { run, evidence } => {
            no_person_s_look(opened(state, run)?, &evidence)?;
            Ok(Event::BaselineTaken { run, evidence })
        }
        Command::Reserve { run, reservation } => {
            let (goal, _) = at_work(state, run)?;
            limits::within_caps(goal, run, reservation)?;
            limits::within_day(state, settings, reservation, run, at)?;
            Ok(Event::Reserved { run, reservation })
        }
        Command::Spend { run, model, usage, cost } => {
            known(state, run)?;
            Ok(Event::Spent { run, model, usage, cost })
        }
        Command::LogItem { run, item } => {
            known(state, run)?;
            Ok(Event::ItemLogged { run, item })
        }
        Command::IntendCall { run, call, command } => {
            let task = opened(state, run)?;
            let (goal, known) = known(state, run)?;
            if known.calls.contains_key(&call.id) {
                return Err(not_now(format!("call {} is under way", call.id)));
            }
            let permission = match &command {
                None => Permission::Allowed { by: Authority::Worktree },
                Some(line) => limits::permission(state, settings, goal, task, line),
            };
            Ok(Event::CallIntended { run, call, command, permission })
        }
        Command::Report { run, report } => {
            opened(state, run)?;
            Ok(Event::Reported { run, report })
        }
        Command::CommitWork { run, head, files } => {
            opened(state, run)?;
            Ok(Event::WorkCommitted { run, head, files })
        }
        Command::RecordChecks { run, evidence } => {
            let (_, task) = in_phase(state, run, |phase| matches!(phase, Phase::Checking { .. }))?;
            no_person_s_look(task, &evidence)?;
            Ok(Event::Checked { run, evidence })
        }
        Command::Judge { run, verdict } => judge(state, run, verdict),
        Command::NoteLesson { run, what, trust } => lesson::note(state, run, what, trust),
        Command::VerifyLesson { run, lesson, gone } => lesson::verify(state, run, lesson, gone),
        Command::RecordLanded { run, commit, tree, evidence } => {
            let (_, task) = in_phase(state, run, |phase| matches!(phase, Phase::Landing { .. }))?;
            no_person_s_look(task, &evidence)?;
            let proven = |one: &&Criterion| !passes(&evidence, one, When::Merged, &tree);
            if let Some(missing) = task
                .spec
                .criteria
                .iter()
                .filter(|one| one.needs_evidence() && !one.is_manual())
                .find(proven)
            {
                return Err(Refusal::NoEvidence(format!(
                    "no passing evidence on the merged tree for: {}",
                    missing.text
                )));
            }
            if !task.looked_at() {
                return Err(Refusal::NoEvidence("a manual criterion waits for the person".into()));
            }
            Ok(Event::Landed { run, commit, tree, evidence })
        }
        Command::RecordConflict { run, files } => {
            in_phase(state, run, |phase| matches!(phase, Phase::Landing { .. }))?;
            Ok(Event::LandingConflicted { run, files })
        }
        Command::RecordRefuted { run, evidence } => {
            let (_, task) = in_phase(state, run, |phase| matches!(phase, Phase::Landing { .. }))?;
            no_person_s_look(task, &evidence)?;
            Ok(Event::LandingRefuted { run, evidence })
        }
        Command::EndRun { run, end } => {
            known(state, run)?;
            Ok(Event::RunEnded { run, end })
        }
        Command::OpenGoal { .. }
        | Command::SwitchGoal { .. }
        | Command::ArchiveGoal { .. }
        | Command::RecordLanding { .. }
        | Command::SetPolicy { .. }
        | Command::SetCaps { .. }
        | Command::AddRule { .. }
        | Command::ImportPlan { .. }
        | Command::RestorePlan { .. }
        | Command::ApprovePlan { .. }
        | Command::RejectPlan { .. }
        | Command::DecideChange { .. }
        | Command::EditPlan { .. }
        | Command::AnswerQuestion { .. }
        | Command::ApproveBrief { .. }
        | Command::RejectBrief { .. }
        | Command::EditBrief { .. }
        | Command::AnswerCall { .. }
        | Command::Steer { .. }
        | Command::CheckManual { .. }
        | Command::RetryTask { .. }
        | Command::CancelTask { .. }
        | Command::HoldTask { .. }
        | Command::ReleaseTask { .. }
        | Command::ResumePlanning
        | Command::ReleaseProvider { .. }
        | Command::OverrideBrief { .. }
        | Command::UndoTask { .. }
        | Command::TakeBack { .. }
        | Command::Capture { .. }
        | Command::SettleCapture { .. }
        | Command::TellLesson { .. }
        | Command::MarkLesson { .. } => Err(Refusal::OnlyAPerson),
    }
}

pub(super) fn known(state: &State, run: RunId) -> Result<(&Goal, &Run), Refusal> {
    let goal = state.goal_of(run).ok_or(Refusal::RunHasEnded(run))?;
    let known = goal.runs.get(&run).ok_or(Refusal::RunHasEnded(run))?;
    Ok((goal, known))
}

/// A run that was not told to stop.
fn at_work(state: &State, run: RunId) -> Result<(&Goal, &Run), Refusal> {
    let (goal, known) = known(state, run)?;
    if known.stopping {
        return Err(not_now(format!("{run} has been told to stop")));
    }
    Ok((goal, known))
}

/// The task of a run, when its phase is the run's own and of the wanted kind.
fn in_phase(
    state: &State,
    run: RunId,
    wanted: impl Fn(&Phase) -> bool,
) -> Result<(&Goal, &Task), Refusal> {
    let (goal, known) = at_work(state, run)?;
    let id = known.job.task().ok_or_else(|| not_now("planning has no task"))?;
    let task = task_in(goal, id)?;
    if task.phase.run() != Some(run) || !wanted(&task.phase) {
        return Err(not_now(format!("task `{id}` {}", task.phase.clause())));
    }
    Ok((goal, task))
}

/// The task of a session whose attempt is open.
fn opened(state: &State, run: RunId) -> Result<&Task, Refusal> {
    let (_, task) = in_phase(state, run, |phase| matches!(phase, Phase::Running { .. }))?;
    match (&task.phase, task.last_attempt()) {
        (Phase::Running { attempt, .. }, Some(open)) if open.number == *attempt => Ok(task),
        _ => {
            let (id, number) = (&task.spec.id, task.next_attempt());
            Err(not_now(format!("attempt {number} of `{id}` is not open yet")))
        }
    }
}

/// Pins are a person's; a model's are not taken.
fn unpinned(mut draft: PlanDraft) -> PlanDraft {
    for task in &mut draft.tasks {
        task.pinned.clear();
    }
    draft
}

/// Whoever approved the plan read its commands; a brief that only a policy approves has no others.
fn named_commands(task: &Task, brief: &Brief) -> Result<(), Refusal> {
    let named = |line: &str| task.spec.criteria.iter().any(|one| one.command() == Some(line));
    match brief.criteria.iter().filter_map(Criterion::command).find(|line| !named(line)) {
        None => Ok(()),
        Some(line) => Err(Refusal::Faulty(vec![format!(
            "the brief has the command `{line}`, which no criterion of the task names"
        )])),
    }
}

/// No run says that a manual criterion holds.
fn no_person_s_look(task: &Task, evidence: &[Evidence]) -> Result<(), Refusal> {
    let manual: Vec<String> =
        task.spec.criteria.iter().filter(|one| one.is_manual()).map(Criterion::key).collect();
    let forged =
        |one: &&Evidence| one.outcome == Outcome::Passed && manual.contains(&one.criterion);
    match evidence.iter().find(forged) {
        None => Ok(()),
        Some(_) => Err(Refusal::OnlyAPerson),
    }
}

fn open_attempt(
    state: &State,
    run: RunId,
    model: String,
    tier: Tier,
    base: Snapshot,
    worktree: String,
) -> Result<Event, Refusal> {
    let (goal, task) = in_phase(state, run, |phase| matches!(phase, Phase::Running { .. }))?;
    let Phase::Running { attempt: number, .. } = task.phase else {
        return Err(not_now("the task is not running"));
    };
    let id = &task.spec.id;
    if task.attempts.iter().any(|one| one.number == number) {
        return Err(not_now(format!("attempt {number} of `{id}` is open already")));
    }
    let brief = task.brief.as_ref().filter(|brief| task.approved.contains(&brief.hash()));
    let Some(brief) = brief else {
        return Err(not_now(format!("the brief of `{id}` is not approved as it stands")));
    };
    let limit = goal.attempt_limit(task);
    let had = u32::try_from(task.attempts.len()).unwrap_or(u32::MAX);
    if had >= limit {
        return Err(Refusal::AttemptsUsedUp { task: id.clone(), had, limit });
    }
    let substance = brief.substance();
    let same = task.attempts.iter().find(|one| {
        one.brief.substance() == substance && one.model == model && one.base.tree == base.tree
    });
    if let Some(same) = same {
        return Err(Refusal::SameAttempt(same.number));
    }
    Ok(Event::AttemptOpened { run, number, model, tier, base, worktree })
}

fn judge(state: &State, run: RunId, verdict: Verdict) -> Result<Event, Refusal> {
    let (goal, task) = in_phase(state, run, |phase| matches!(phase, Phase::Reviewing { .. }))?;
    match &verdict.decision {
        Decision::Accept => {
            accepted(task)?;
            Ok(Event::Judged { run, verdict })
        }
        Decision::FollowUp { direction } if direction.trim().is_empty() => {
            Err(Refusal::Faulty(vec![
                "a follow-up needs a direction: what to do differently".into(),
            ]))
        }
        Decision::Ask { question } if question.trim().is_empty() => {
            Err(Refusal::Faulty(vec!["a question needs words".into()]))
        }
        Decision::FollowUp { .. } | Decision::Ask { .. } => Ok(Event::Judged { run, verdict }),
        Decision::ChangePlan { hunks } => {
            let found = hunks::faults_of_hunks(&goal.plan, hunks, &|_| true);
            if hunks.is_empty() {
                return Err(Refusal::Faulty(vec!["a change of the plan needs hunks".into()]));
            }
            if !found.is_empty() {
                let found = found.iter().map(ToString::to_string).collect();
                return Err(Refusal::Faulty(found));
            }
            Ok(Event::ChangeProposed {
                task: task.spec.id.clone(),
                hunks: hunks.clone(),
                why: verdict.why,
            })
        }
    }
}

/// An accepting verdict without evidence is refused: a model cannot set done.
fn accepted(task: &Task) -> Result<(), Refusal> {
    let attempt = task
        .last_attempt()
        .ok_or_else(|| Refusal::NoEvidence("there is no attempt to accept".into()))?;
    let head = attempt
        .head
        .as_ref()
        .ok_or_else(|| Refusal::NoEvidence("the attempt left no commit".into()))?;
    if !task.spec.criteria.iter().any(Criterion::needs_evidence) {
        return Err(Refusal::NoEvidence(
            "every criterion of the task is a matter of judgement; a check or a person's look is \
             needed"
                .into(),
        ));
    }
    let missing: Vec<String> = task
        .spec
        .criteria
        .iter()
        .filter(|one| one.needs_evidence() && !one.is_manual())
        .filter(|one| !passes(&attempt.evidence, one, When::After, &head.tree))
        .map(|one| format!("no passing evidence for: {}", one.text))
        .collect();
    if missing.is_empty() { Ok(()) } else { Err(Refusal::NoEvidence(missing.join("; "))) }
}

/// The latest look at a criterion on this tree counts.
fn passes(evidence: &[Evidence], criterion: &Criterion, when: When, tree: &str) -> bool {
    let key = criterion.key();
    evidence
        .iter()
        .rev()
        .find(|one| one.criterion == key && one.when == when && one.tree == tree)
        .is_some_and(|one| one.outcome == Outcome::Passed)
}
