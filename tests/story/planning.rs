//! Planning and briefing: proposals, rejections, questions to the person.

use chargehand::domain::*;

use super::world::*;

#[test]
fn a_rejected_plan_is_planned_again_with_the_reason() {
    let mut life = Life::new(Policy::Each);
    let run = life.open("plan", None);
    life.run(Command::Propose { run, draft: draft(vec![spec("a", &[])]) });
    life.end(run, End::Done);
    insta::assert_snapshot!(life.waiting(), @"
    plan (plan to approve): 1 task: step by step
    Its approval lets these commands run:
    $ make a
    ");
    insta::assert_snapshot!(tell(&life.person(Command::RejectPlan { why: "too coarse".into() })), @"
    5 you: plan rejected: too coarse
    6 chargehand: R6 began: plan
        -> start R6 plan
    ");
    let Standing::Planning { why, .. } = &life.goal().standing else { panic!("not planning") };
    assert_eq!(why.as_deref(), Some("too coarse"));
}

#[test]
fn a_rejected_brief_is_written_again_with_the_reason() {
    let mut life = Life::planned(Policy::Each, vec![spec("a", &[])]);
    life.write_brief("a", "do it somehow");
    let commit = life.person(Command::RejectBrief { task: "a".into(), why: "say how".into() });
    insta::assert_snapshot!(tell(&commit), @"
    9 you: brief rejected: say how [a #1]
    10 chargehand: R10 began: brief a [a]
        -> start R10 brief a
    ");
    insta::assert_snapshot!(life.task("a").direction.clone().unwrap().text, @"The person rejected the brief: say how");
}

#[test]
fn a_faulty_plan_goes_back_with_its_faults() {
    let mut life = Life::new(Policy::Yes);
    let run = life.open("plan", None);
    let mut lazy = spec("c", &["x"]);
    lazy.criteria.clear();
    let draft = draft(vec![spec("a", &["b"]), spec("b", &["a"]), lazy]);
    insta::assert_snapshot!(life.refused(Command::Propose { run, draft }), @"
    task `c`, criteria: there is no success criterion; name a command that exits 0 when it is done
    task `c`, after: `x` is no task of the plan
    task `a`, after: the dependencies go in a circle: `a` → `b` → `a`
    ");
}

#[test]
fn an_edited_brief_must_be_approved_again_before_it_is_sent() {
    let mut life = Life::planned(Policy::Each, vec![spec("a", &[]), spec("b", &[])]);
    let (policy, commands) = (Policy::Each, CommandPolicy::Ask);
    life.person(Command::SetPolicy { policy, commands });
    life.write_brief("a", "do it");
    let mut brief = brief_for(life.task("a"), "do it my way");
    brief.author = Author::Person;
    let mut commit = life.person(Command::EditBrief { brief });
    assert_eq!(commit.effects, []);
    join(&mut commit, life.approve_brief("a"));
    insta::assert_snapshot!(tell(&commit), @"
    11 you: brief written: do it my way [a #1]
    12 you: brief approved by the person [a #1]
    13 chargehand: R13 began: execute a [a #1]
        -> start R13 execute a
    ");
}

#[test]
fn a_question_is_answered_while_its_run_lives() {
    let mut life = Life::new(Policy::Each);
    let run = life.open("plan", None);
    let options = vec!["sqlite".into(), "files".into()];
    let ask = Command::AskQuestion { run, question: "Which store?".into(), options };
    let commit = life.run(ask);
    insta::assert_snapshot!(life.waiting(), @"
    Q3 (question): about the plan: Which store?
    1. sqlite
    2. files
    ");
    let question = QuestionId(commit.records[0].seq.0);
    let answer = Command::AnswerQuestion { question, answer: "sqlite".into() };
    insta::assert_snapshot!(tell(&life.person(answer.clone())), @"
    4 you: Q3 answered: sqlite
        -> tell R2 the answer to Q3: sqlite
    ");
    insta::assert_snapshot!(life.person_refused(answer), @"there is no question Q3, or it has been answered");
}

#[test]
fn a_question_outlives_its_run_and_planning_begins_again_with_the_answer() {
    let mut life = Life::new(Policy::Each);
    let run = life.open("plan", None);
    let ask = Command::AskQuestion { run, question: "Which store?".into(), options: vec![] };
    let question = QuestionId(life.run(ask).records[0].seq.0);
    let mut told = tell(&life.killed());
    assert!(life.goal().runs.is_empty());
    let answer = Command::AnswerQuestion { question, answer: "sqlite".into() };
    told += &tell(&life.person(answer));
    insta::assert_snapshot!(told, @"
    4 chargehand: R2 ended: interrupted
    5 you: Q3 answered: sqlite
    6 chargehand: R6 began: plan
        -> start R6 plan
    ");
    let known = &life.goal().questions[&question];
    assert_eq!(known.answer.as_deref(), Some("sqlite"));
}

#[test]
fn a_question_about_a_task_holds_up_that_task_alone() {
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[]), spec("b", &[])]);
    let run = life.open("brief", Some("a"));
    life.run(Command::AskQuestion { run, question: "How?".into(), options: vec![] });
    insta::assert_snapshot!(life.why("a"), @"its brief is being written (R5) and waits for your answer to Q8");
    life.killed();
    insta::assert_snapshot!(life.why("a"), @"it waits for your answer to Q8");
    assert!(life.find("brief", Some("a")).is_none());
    life.done("b");
}

#[test]
fn planning_that_stalls_waits_for_the_person_or_the_next_start() {
    let mut life = Life::new(Policy::Yes);
    let run = life.open("plan", None);
    let broken = Fault::new(FaultClass::Auth, "the server said 401: invalid key")
        .hint("check OPENAI_API_KEY");
    life.end(run, End::Faulted { fault: broken });
    insta::assert_snapshot!(life.waiting(), @"planning (blocked): planning cannot go on: the server said 401: invalid key. check OPENAI_API_KEY");
    insta::assert_snapshot!(tell(&life.killed()), @"
    4 chargehand: planning resumed
    5 chargehand: R5 began: plan
        -> start R5 plan
    ");
    let run = life.open("plan", None);
    life.end(run, End::Done);
    insta::assert_snapshot!(life.waiting(), @"planning (blocked): planning cannot go on: the planner ended without a plan. try again, state the goal more exactly, or use a stronger planner model");
    assert_eq!(life.killed().records, [], "a planner without a plan is not tried again by itself");
    insta::assert_snapshot!(tell(&life.person(Command::ResumePlanning)), @"
    7 you: planning resumed
    8 chargehand: R8 began: plan
        -> start R8 plan
    ");
}
