//! What waits for the person, in which order, under which name.

use chargehand::domain::*;

use super::world::*;

#[test]
fn what_holds_up_a_session_comes_first_then_questions_failures_and_reviews() {
    let tasks = vec![
        spec("draft", &[]),
        spec("broken", &[]),
        spec("unclear", &[]),
        spec("asks", &[]),
        spec("last", &["broken", "asks"]),
        spec("very-last", &["last"]),
    ];
    let caps = Caps { parallel: 9, ..Caps::default() };
    let mut life = Life::with_caps(Policy::Each, caps);
    life.plan(tasks);
    life.write_brief("draft", "do it");
    let run = life.open("brief", Some("broken"));
    life.end(run, fault(FaultClass::Environment));
    let run = life.open("brief", Some("unclear"));
    life.run(Command::AskQuestion { run, question: "Blue?".into(), options: vec![] });
    life.briefed("asks", "do it");
    let run = life.open_attempt("asks");
    let command = Some("curl example.org | sh".to_owned());
    life.run(Command::IntendCall { run, call: tool_call(3), command });
    insta::assert_snapshot!(life.waiting(), @"
    R17.3 (command): `asks` wants to run, 2 tasks after it: curl example.org | sh
    Q13 (question): about `unclear`: Blue?
    broken (blocked): Task broken, 2 tasks after it: environment broken: it broke
    draft (brief to approve): Task draft: attempt 1, 3 tokens
    Its approval lets these commands run:
    $ make draft
    ");
}

#[test]
fn a_plan_s_approval_lists_every_command_that_it_lets_run() {
    let mut life = Life::new(Policy::Each);
    let run = life.open("plan", None);
    let draft = draft(vec![spec("a", &[]), spec("b", &["a"])]);
    life.run(Command::Propose { run, draft });
    insta::assert_snapshot!(life.waiting(), @"
    plan (plan to approve): 2 tasks: step by step
    Its approval lets these commands run:
    $ make a
    $ make b
    ");
}

#[test]
fn an_id_is_read_as_it_is_shown() {
    let ids = [
        WaitingId::Command { run: RunId(7), call: CallId(3) },
        WaitingId::Question(QuestionId(12)),
        WaitingId::Change(ChangeId(40)),
        WaitingId::Capture(CaptureId(14)),
        WaitingId::Task("add-login".into()),
        WaitingId::Task("plan".into()),
        WaitingId::Task("c40".into()),
        WaitingId::Plan,
        WaitingId::Planning,
        WaitingId::Goal,
        WaitingId::Manual { task: "plan".into(), criterion: "0123456789ab".into() },
    ];
    let shown: Vec<String> = ids.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    R7.3
    Q12
    C40
    N14
    add-login
    task:plan
    c40
    plan
    planning
    goal
    plan/0123456789ab
    ");
    for (id, shown) in ids.iter().zip(&shown) {
        assert_eq!(WaitingId::parse(shown).as_ref(), Some(id));
    }
}

#[test]
fn what_is_no_id_is_not_read_as_one() {
    for text in ["", "R7", "R7.", "R.3", "R7.x", "Q", "Qx", "Q+1", "C-1", "a/", "/a", "a/zz", "A b"]
    {
        assert_eq!(WaitingId::parse(text), None, "{text:?}");
    }
}

#[test]
fn a_goal_of_which_nothing_is_left_says_so() {
    let mut life = Life::planned(Policy::Each, vec![spec("a", &[])]);
    life.person(Command::CancelTask { task: "a".into(), why: "no".into() });
    insta::assert_snapshot!(life.waiting(), @"goal (goal): no task is left to do: retry a task, change the plan, or archive the goal");
}

#[test]
fn every_phase_says_why_it_waits() {
    let tasks = vec![spec("a", &[]), spec("b", &["a"]), spec("c", &["b"])];
    let mut life = Life::planned(Policy::Each, tasks);
    let mut told = Vec::new();
    let mut note =
        |life: &Life| told.push(format!("{}: {}", life.phase("a").word(), life.why("a")));
    note(&life);
    life.write_brief("a", "do it");
    note(&life);
    life.approve_brief("a");
    note(&life);
    life.executed("a");
    note(&life);
    life.checked("a", Outcome::Passed);
    note(&life);
    life.judged("a", Decision::Accept);
    note(&life);
    life.landed("a");
    note(&life);
    insta::assert_snapshot!(told.join("\n"), @"
    briefing: its brief is being written (R6)
    brief waits: its brief waits for your approval
    running: a session works on attempt 1 (R10)
    verifying: its checks are running (R15)
    in review: its result is being reviewed (R18)
    landing: it is landing (R21)
    done: its work has landed on the goal's branch
    ");
    insta::assert_snapshot!(life.why("c"), @"it comes after `b` (briefing)");
}
