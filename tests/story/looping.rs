//! The loop: goal, plan, brief, session, checks, review, landing, and the next task.

use chargehand::domain::*;

use super::world::*;

#[test]
fn a_goal_begins_a_planner_and_nothing_else_before_a_person_approves() {
    let mut life = Life::new(Policy::Each);
    insta::assert_snapshot!(tell(&Commit { records: life.log.clone(), effects: vec![] }), @"
    1 you: goal ship opened
    2 chargehand: R2 began: plan
    ");
    let run = life.open("plan", None);
    let draft = draft(vec![spec("a", &[]), spec("b", &["a"])]);
    let hash = draft.hash();
    let mut told = tell(&life.run(Command::Propose { run, draft }));
    told += &tell(&life.end(run, End::Done));
    assert!(life.goal().runs.is_empty());
    told += &tell(&life.person(Command::ApprovePlan { hash }));
    insta::assert_snapshot!(told, @"
    3 chargehand: plan proposed: a b
    4 chargehand: R2 ended: done
    5 you: plan approved by the person
    6 chargehand: R6 began: brief a [a]
        -> start R6 brief a
    ");
}

#[test]
fn a_task_goes_from_brief_to_landed_and_the_next_follows() {
    let mut life = Life::planned(Policy::Each, vec![spec("a", &[]), spec("b", &["a"])]);
    let mut told = tell(&life.write_brief("a", "do a"));
    assert!(life.goal().runs.is_empty(), "a draft is inert");
    told += &tell(&life.approve_brief("a"));
    told += &tell(&life.executed("a"));
    told += &tell(&life.checked("a", Outcome::Passed));
    told += &tell(&life.judged("a", Decision::Accept));
    told += &tell(&life.landed("a"));
    insta::assert_snapshot!(told, @"
    7 chargehand: brief written: do a [a #1]
    8 chargehand: R6 ended: done [a]
    9 you: brief approved by the person [a #1]
    10 chargehand: R10 began: execute a [a #1]
        -> start R10 execute a
    12 chargehand: reported: Done [a #1]
    13 chargehand: work committed: t-a1 [a #1]
    14 chargehand: R10 ended: done [a #1]
    15 chargehand: R15 began: check a [a #1]
        -> start R15 check a
    16 chargehand: checked: Passed on t-a1 After [a #1]
    17 chargehand: R15 ended: done [a #1]
    18 chargehand: R18 began: review a [a #1]
        -> start R18 review a
    19 chargehand: judged: accept [a #1]
    20 chargehand: R18 ended: done [a #1]
    21 chargehand: R21 began: land a [a #1]
        -> start R21 land a
    22 chargehand: landed: t-merged-a [a #1]
    23 chargehand: R23 began: brief b [b]
    24 chargehand: R21 ended: done [a #1]
        -> start R23 brief b
    ");
    assert_eq!(life.goal().tip.tree, "t-merged-a");
}

#[test]
fn with_yes_every_approval_is_made_by_the_recorded_policy() {
    let mut life = Life::new(Policy::Yes);
    let run = life.open("plan", None);
    let mut told = tell(&life.run(Command::Propose { run, draft: draft(vec![spec("a", &[])]) }));
    told += &tell(&life.end(run, End::Done));
    told += &tell(&life.write_brief("a", "do a"));
    life.accepted("a");
    life.landed("a");
    insta::assert_snapshot!(told, @"
    3 chargehand: plan proposed: a
    4 chargehand: plan approved by policy
    5 chargehand: R5 began: brief a [a]
        -> start R5 brief a
    6 chargehand: R2 ended: done
    7 chargehand: brief written: do a [a #1]
    8 chargehand: brief approved by policy [a #1]
    9 chargehand: R5 ended: done [a]
    10 chargehand: R10 began: execute a [a #1]
        -> start R10 execute a
    ");
    assert!(life.goal().is_complete());
}

#[test]
fn with_clean_a_brief_with_a_warning_waits_and_so_does_the_second_follow_up() {
    let mut life = Life::planned(Policy::Clean { follow_ups: 1 }, vec![spec("a", &[])]);
    let run = life.open("brief", Some("a"));
    let mut brief = brief_for(life.task("a"), "vague");
    brief.lint.push(Finding {
        severity: Severity::Warning,
        text: "names no file".into(),
        fix: None,
    });
    life.run(Command::WriteBrief { run, brief });
    life.end(run, End::Done);
    insta::assert_snapshot!(life.waiting(), @"
    a (brief to approve): Task a: attempt 1, 3 tokens
    ! names no file
    Its approval lets these commands run:
    $ make a
    ");
    life.approve_brief("a");
    for text in ["second", "third"] {
        life.executed("a");
        life.checked("a", Outcome::Failed);
        life.judged("a", follow_up("again"));
        life.write_brief("a", text);
    }
    assert_eq!(life.task("a").attempts.len(), 2);
    assert_eq!(*life.phase("a"), Phase::Drafted);
}

#[test]
fn tasks_that_do_not_lean_on_each_other_run_at_once_within_the_limit() {
    let tasks = vec![spec("a", &[]), spec("b", &[]), spec("c", &[])];
    let mut life = Life::planned(Policy::Yes, tasks);
    life.briefed("a", "do it");
    life.briefed("b", "do it");
    life.briefed("c", "do it");
    let why = ["a", "b", "c"].map(|id| format!("{id}: {}\n", life.why(id))).concat();
    insta::assert_snapshot!(why, @"
    a: a session works on attempt 1 (R11)
    b: a session works on attempt 1 (R16)
    c: its session waits for room: 2 of 2 are under way
    ");
    life.open_attempt("a");
    let commit = life.report("a");
    assert!(commit.effects.iter().any(|effect| matches!(
        effect,
        Effect::Start { job: Job::Execute { task, .. }, .. } if task.as_str() == "c"
    )));
}

#[test]
fn a_claim_that_the_checks_refute_leads_to_a_follow_up_and_a_second_attempt() {
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[])]);
    life.briefed("a", "do a");
    life.executed("a");
    let mut told = tell(&life.checked("a", Outcome::Failed));
    told += &tell(&life.judged("a", follow_up("mind the empty line")));
    told += &tell(&life.write_brief("a", "do a, and mind the empty line"));
    life.accepted("a");
    life.landed("a");
    insta::assert_snapshot!(told, @"
    16 chargehand: checked: Failed on t-a1 After [a #1]
    17 chargehand: R15 ended: done [a #1]
    18 chargehand: R18 began: review a [a #1]
        -> start R18 review a
    19 chargehand: judged: follow up: mind the empty line [a #1]
    20 chargehand: R18 ended: done [a #1]
    21 chargehand: R21 began: brief a [a]
        -> start R21 brief a
    22 chargehand: brief written: do a, and mind the empty line [a #2]
    23 chargehand: brief approved by policy [a #2]
    24 chargehand: R21 ended: done [a]
    25 chargehand: R25 began: execute a [a #2]
        -> start R25 execute a
    ");
    assert!(life.goal().is_complete());
}

#[test]
fn when_the_attempts_are_used_up_the_task_has_failed_until_a_person_grants_more() {
    let mut task = spec("a", &[]);
    task.attempt_limit = Some(1);
    let mut life = Life::planned(Policy::Yes, vec![task, spec("b", &["a"])]);
    life.briefed("a", "do a");
    life.executed("a");
    life.checked("a", Outcome::Failed);
    life.judged("a", follow_up("mend it"));
    insta::assert_snapshot!(life.waiting(), @"a (failed): Task a, 1 task after it: 1 of 1 attempts used. mend it");
    let retry = |extra_attempts| Command::RetryTask { task: "a".into(), extra_attempts };
    insta::assert_snapshot!(life.person_refused(retry(0)), @"task `a` has had 1 of 1 attempts");
    insta::assert_snapshot!(tell(&life.person(retry(1))), @"
    21 you: task retried, 1 extra [a]
    22 chargehand: R22 began: brief a [a]
        -> start R22 brief a
    ");
    assert_eq!(life.task("a").direction.as_ref().unwrap().text, "mend it");
    life.done("a");
}

#[test]
fn a_session_that_used_up_its_turns_has_used_its_attempt_and_is_checked_and_reviewed() {
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[])]);
    life.briefed("a", "do a");
    let run = life.open_attempt("a");
    life.run(Command::CommitWork { run, head: snapshot("a1"), files: vec![] });
    insta::assert_snapshot!(tell(&life.end(run, fault(FaultClass::Model))), @"
    13 chargehand: R10 ended: faulted (Model: it broke) [a #1]
    14 chargehand: R14 began: check a [a #1]
        -> start R14 check a
    ");
    assert_eq!(life.task("a").last_attempt().unwrap().ended.as_deref(), Some("it broke"));
}

#[test]
fn a_conflict_on_landing_blocks_and_a_retry_begins_on_the_newest_state() {
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[]), spec("b", &[])]);
    life.briefed("a", "do a");
    life.briefed("b", "do b");
    life.accepted("b");
    life.accepted("a");
    insta::assert_snapshot!(life.why("a"), @"work lands one at a time, and `b` is landing");
    life.landed("b");
    let run = life.open("land", Some("a"));
    let mut commit = life.run(Command::RecordConflict { run, files: vec!["x.txt".into()] });
    join(&mut commit, life.end(run, End::Done));
    insta::assert_snapshot!(tell(&commit), @"
    40 chargehand: conflict in x.txt [a #1]
    41 chargehand: R39 ended: done [a #1]
    ");
    insta::assert_snapshot!(life.waiting(), @"a (blocked): Task a: merge conflict: it changes x.txt in ways that conflict with work that has landed since; both sides are kept. Retry it for a new attempt on the newest state.");
    life.person(Command::RetryTask { task: "a".into(), extra_attempts: 0 });
    life.done("a");
    assert_eq!(life.task("a").attempts[1].base.tree, "t-merged-b");
}

#[test]
fn work_that_fails_on_the_merged_tree_gets_another_attempt() {
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[])]);
    life.briefed("a", "do a");
    life.accepted("a");
    let run = life.open("land", Some("a"));
    let evidence = evidence(&life.task("a").spec, When::Merged, "t9", Outcome::Failed);
    let mut commit = life.run(Command::RecordRefuted { run, evidence });
    join(&mut commit, life.end(run, End::Done));
    insta::assert_snapshot!(tell(&commit), @"
    22 chargehand: landing refuted: Failed on t9 Merged [a #1]
    23 chargehand: R21 ended: done [a #1]
    24 chargehand: R24 began: brief a [a]
        -> start R24 brief a
    ");
    insta::assert_snapshot!(life.task("a").direction.clone().unwrap().text, @"The work passed its checks alone and failed them once merged with what has landed since; see the evidence on the merged tree.");
}

#[test]
fn a_manual_criterion_waits_for_the_person_also_with_yes() {
    let mut task = spec("a", &[]);
    task.criteria.push(manual("The page shows a blue button"));
    let key = task.criteria[1].key();
    let mut life = Life::planned(Policy::Yes, vec![task]);
    life.briefed("a", "do a");
    life.accepted("a");
    assert!(life.goal().runs.is_empty());
    insta::assert_snapshot!(life.waiting().replace(&key, "KEY"), @"a/KEY (needs your look): `a` is accepted: The page shows a blue button");
    insta::assert_snapshot!(life.why("a"), @"you must look: The page shows a blue button");
    let look = |outcome| Command::CheckManual {
        task: "a".into(),
        criterion: key.clone(),
        outcome,
        note: "it is green".into(),
    };
    let mut told = tell(&life.person(look(Outcome::Failed)));
    life.briefed("a", "blue, please");
    life.accepted("a");
    told += &tell(&life.person(look(Outcome::Passed)));
    insta::assert_snapshot!(told, @"
    21 you: person looked: Failed (it is green) [a #1]
    22 chargehand: R22 began: brief a [a]
        -> start R22 brief a
    37 you: person looked: Passed (it is green) [a #2]
    38 chargehand: R38 began: land a [a #2]
        -> start R38 land a
    ");
}

#[test]
fn with_yes_a_change_of_the_plan_is_taken_but_for_what_a_person_has_pinned() {
    let tasks = vec![spec("a", &[]), spec("b", &["a"]), spec("c", &["a"])];
    let mut life = Life::planned(Policy::Yes, tasks);
    let mut mine = spec("b", &["a"]);
    mine.title = "Mine".into();
    life.person(Command::EditPlan { hunks: vec![Hunk::Change { task: Box::new(mine) }] });
    life.briefed("a", "do a");
    life.executed("a");
    life.checked("a", Outcome::Failed);
    let mut theirs = life.task("b").spec.clone();
    theirs.title = "Theirs".into();
    let mut other = spec("c", &["a"]);
    other.title = "Better".into();
    let hunks = vec![
        Hunk::Change { task: Box::new(theirs) },
        Hunk::Change { task: Box::new(other) },
        Hunk::Add { task: Box::new(spec("d", &["a"])) },
    ];
    let commit = life.judged("a", Decision::ChangePlan { hunks });
    insta::assert_snapshot!(tell(&commit), @"
    20 chargehand: change of 3 hunks proposed: so it seems [a #1]
    21 chargehand: change C20 decided by policy: hunks [1, 2] taken [a #1]
    22 chargehand: R19 ended: done [a #1]
    23 chargehand: R23 began: brief a [a]
        -> start R23 brief a
    ");
    let titles: Vec<&str> =
        life.goal().plan.tasks.iter().map(|task| task.spec.title.as_str()).collect();
    assert_eq!(titles, ["Task a", "Mine", "Better", "Task d"]);
}

#[test]
fn a_person_takes_a_change_of_the_plan_hunk_by_hunk() {
    let mut life = Life::planned(Policy::Each, vec![spec("a", &[]), spec("b", &["a"])]);
    life.briefed("a", "do a");
    life.executed("a");
    life.checked("a", Outcome::Failed);
    let hunks = vec![
        Hunk::Add { task: Box::new(spec("a1", &[])) },
        Hunk::Add { task: Box::new(spec("a2", &[])) },
        Hunk::Supersede { task: "a".into(), by: vec!["a1".into()] },
    ];
    let commit = life.judged("a", Decision::ChangePlan { hunks });
    let change = ChangeId(commit.records[0].seq.0);
    insta::assert_snapshot!(life.waiting(), @"
    C19 (change of the plan): proposed after `a`, 1 task after it: so it seems
    - add `a1`: Task a1
    - add `a2`: Task a2
    - replace `a` by `a1`
    ");
    insta::assert_snapshot!(
        life.person_refused(Command::DecideChange { change, accepted: vec![2] }),
        @"
    task `a`, hunks: `a1`, which is to replace it, is no task of the plan
    task `b`, after: `a1` is no task of the plan
    "
    );
    let commit = life.person(Command::DecideChange { change, accepted: vec![0, 2] });
    insta::assert_snapshot!(tell(&commit), @"
    21 you: change C19 decided by the person: hunks [0, 2] taken [a #1]
    22 chargehand: R22 began: brief a1 [a1]
        -> start R22 brief a1
    ");
    assert_eq!(life.task("b").spec.after, vec!["a1".into()]);
    assert_eq!(*life.phase("a"), Phase::Superseded);
}

#[test]
fn a_reviewer_that_asks_is_answered_and_reviews_again() {
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[])]);
    life.briefed("a", "do a");
    life.executed("a");
    life.checked("a", Outcome::Passed);
    let mut commit = life.judged("a", Decision::Ask { question: "Is the rename meant?".into() });
    insta::assert_snapshot!(life.waiting(), @"Q19 (question): about `a`: Is the rename meant?");
    let question = life.goal().open_questions().next().unwrap().0;
    join(&mut commit, life.person(Command::AnswerQuestion { question, answer: "Yes".into() }));
    insta::assert_snapshot!(tell(&commit), @"
    19 chargehand: judged: ask: Is the rename meant? [a #1]
    20 chargehand: R18 ended: done [a #1]
    21 you: Q19 answered: Yes [a]
    22 chargehand: R22 began: review a [a #1]
        -> start R22 review a
    ");
}

#[test]
fn a_reviewer_that_accepted_and_then_lost_its_connection_has_accepted() {
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[])]);
    life.briefed("a", "do a");
    life.executed("a");
    life.checked("a", Outcome::Passed);
    let run = life.open("review", Some("a"));
    let verdict = Verdict { decision: Decision::Accept, why: "good".into() };
    life.run(Command::Judge { run, verdict });
    let commit = life.end(run, fault(FaultClass::Network));
    insta::assert_snapshot!(tell(&commit), @"
    20 chargehand: R18 ended: faulted (Network: it broke) [a #1]
    21 chargehand: R21 began: land a [a #1]
        -> start R21 land a
    ");
}

#[test]
fn every_deed_follows_a_fact_of_the_same_step() {
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[])]);
    let commit = life.write_brief("a", "do a");
    for effect in &commit.effects {
        let Effect::Start { run, job } = effect else { panic!("{effect:?}") };
        let began = Event::RunBegan { run: *run, job: job.clone() };
        assert!(commit.records.iter().any(|record| record.event == began));
    }
    assert_eq!(commit.effects.len(), 1);
}
