//! Decisions that a person takes back.

use chargehand::domain::*;

use super::world::*;

fn plan_approval() -> Command {
    Command::TakeBack { what: Withdrawn::PlanApproval }
}

fn brief_approval(task: &str) -> Command {
    Command::TakeBack { what: Withdrawn::BriefApproval { task: task.into() } }
}

fn brief_rejection(task: &str) -> Command {
    Command::TakeBack { what: Withdrawn::BriefRejection { task: task.into() } }
}

fn proposal(life: &Life) -> &PlanDraft {
    let Standing::Proposed { draft } = &life.goal().standing else { panic!("it is proposed") };
    draft
}

#[test]
fn an_approved_plan_becomes_a_proposal_again_and_what_it_had_begun_is_stopped() {
    let mut life = Life::planned(Policy::Each, vec![spec("a", &[]), spec("b", &["a"])]);
    let run = life.open("brief", Some("a"));
    let hash = life.goal().plan.hash.clone();
    assert_eq!(life.refused(plan_approval()), "only a person may do this");
    let told = life.person(plan_approval());
    assert_eq!(told.effects, [Effect::Stop { run }]);
    assert_eq!(proposal(&life).hash(), hash, "the same plan is proposed again");
    life.end(run, End::Stopped);
    assert!(life.goal().runs.is_empty(), "nothing begins before it is approved again");
    assert!(life.waiting().starts_with("plan (plan to approve): 2 tasks"), "{}", life.waiting());
    life.person(Command::ApprovePlan { hash });
    assert!(matches!(life.phase("a"), Phase::Briefing { .. }));
    insta::assert_snapshot!(
        { life.person(plan_approval()); life.person_refused(plan_approval()) },
        @"not now: no approved plan is in force"
    );
}

#[test]
fn a_brief_of_a_plan_that_is_a_proposal_again_is_not_taken_and_its_approvals_are_gone() {
    let mut life = Life::planned(Policy::Each, vec![spec("a", &[])]);
    let run = life.open("brief", Some("a"));
    life.person(plan_approval());
    let (task, hash) = (spec("a", &[]), proposal(&life).hash());
    let late = brief_for(&Task::fresh(task, Phase::Approved), "late");
    life.refused(Command::WriteBrief { run, brief: late });
    // Approved again while the old run winds down: a new one waits for its end.
    life.person(Command::ApprovePlan { hash });
    assert_eq!(*life.phase("a"), Phase::Approved);
    life.end(run, End::Stopped);
    assert!(matches!(life.phase("a"), Phase::Briefing { .. }));
    assert!(life.task("a").approved.is_empty());
}

#[test]
fn the_approval_of_a_plan_stays_once_a_session_has_begun_and_says_why() {
    let mut life = Life::planned(Policy::Each, vec![spec("a", &[]), spec("b", &["a"])]);
    life.briefed("a", "do it");
    insta::assert_snapshot!(life.person_refused(plan_approval()), @"not now: a session has begun on `a`, and what it did and cost stays. Pause or cancel tasks, or edit the plan instead");
    life.executed("a");
    assert!(life.person_refused(plan_approval()).contains("a session has begun on `a`"));
}

#[test]
fn what_a_policy_would_approve_again_at_once_is_not_taken_back() {
    let mut life = Life::planned(Policy::Yes, vec![spec("a", &[])]);
    insta::assert_snapshot!(life.person_refused(plan_approval()), @"not now: your policy would approve the plan again at once");
    life.briefed("a", "do it");
    life.person(Command::HoldTask { task: "a".into() });
    assert!(life.person_refused(brief_approval("a")).contains("policy may approve"));
}

#[test]
fn an_approved_brief_waits_again_until_a_session_has_been_given_it() {
    let caps = Caps { parallel: 1, ..Caps::default() };
    let mut life = Life::with_caps(Policy::Each, caps);
    life.plan(vec![spec("a", &[]), spec("b", &[])]);
    life.briefed("a", "do it");
    life.briefed("b", "do that");
    assert_eq!(*life.phase("b"), Phase::Ready);
    life.person(brief_approval("b"));
    assert_eq!(*life.phase("b"), Phase::Drafted);
    assert!(life.task("b").approved.is_empty());
    insta::assert_snapshot!(life.person_refused(brief_approval("a")), @"not now: a session has been given the brief of `a`; pause it");
    // Its turn would come now, and it does not begin unapproved.
    life.executed("a");
    assert_eq!(*life.phase("b"), Phase::Drafted);
    let hash = life.task("b").brief.as_ref().map(Brief::hash).expect("its brief waits");
    life.person(Command::ApproveBrief { task: "b".into(), hash });
    assert!(matches!(life.phase("b"), Phase::Running { .. }));
}

#[test]
fn a_rejected_brief_comes_back_until_another_one_is_there() {
    let mut life = Life::planned(Policy::Each, vec![spec("a", &[])]);
    let run = life.open("brief", Some("a"));
    let brief = brief_for(life.task("a"), "do it");
    life.run(Command::WriteBrief { run, brief: brief.clone() });
    life.end(run, End::Done);
    life.person(Command::RejectBrief { task: "a".into(), why: "too short".into() });
    let run = life.open("brief", Some("a"));
    let told = life.person(brief_rejection("a"));
    assert_eq!(told.effects, [Effect::Stop { run }]);
    assert_eq!((life.phase("a"), &life.task("a").brief), (&Phase::Drafted, &Some(brief)));
    assert_eq!(life.task("a").direction, None);
    life.end(run, End::Stopped);
    assert_eq!(*life.phase("a"), Phase::Drafted);

    let why = "name the flags that the tests use".to_owned();
    life.person(Command::RejectBrief { task: "a".into(), why: why.clone() });
    let of_person = |life: &Life| life.core.state().lessons.len();
    assert_eq!(of_person(&life), 1, "what was said may hold beyond the task");
    let run = life.open("brief", Some("a"));
    life.person(brief_rejection("a"));
    life.end(run, End::Stopped);
    assert_eq!(of_person(&life), 0, "it was taken back");
    life.person(Command::RejectBrief { task: "a".into(), why });
    let run = life.open("brief", Some("a"));
    let longer = brief_for(life.task("a"), "do it, and say how");
    life.run(Command::WriteBrief { run, brief: longer });
    insta::assert_snapshot!(life.person_refused(brief_rejection("a")), @"not now: the rejected brief of `a` has been followed by another");
}
