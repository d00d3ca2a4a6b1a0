//! The person takes back what they decided, by keys.

use super::*;

#[test]
fn an_approved_plan_is_a_proposal_again_with_all_that_was_chosen_of_it() {
    let mut stage = Stage::over(proposed(), 120, 36);
    stage.press("Space A");
    assert!(stage.shown().contains("paused"));
    stage.press("u");
    assert!(matches!(stage.life.goal().standing, Standing::Proposed { .. }));
    assert!(stage.shown().contains("taken back: approving the plan"), "{}", stage.shown());
    assert!(stage.shown().contains("Plan to approve"));
    stage.press("Ctrl+R");
    assert!(matches!(stage.life.goal().standing, Standing::Working));
    assert!(matches!(stage.life.phase("docs"), Phase::Blocked { .. }));
}

#[test]
fn a_rejected_plan_is_proposed_again() {
    let mut stage = Stage::over(proposed(), 120, 36);
    let hash = draft(tasks()).hash();
    stage.press("a x");
    stage.type_in("smaller");
    stage.press("Enter");
    assert!(matches!(stage.life.goal().standing, Standing::Planning { .. }));
    stage.press("u");
    let Standing::Proposed { draft } = &stage.life.goal().standing else { panic!("proposed") };
    assert_eq!(draft.hash(), hash);
}

#[test]
fn a_change_of_a_proposed_plan_and_of_a_task_is_taken_back() {
    let mut stage = Stage::over(proposed(), 120, 36);
    let order = |stage: &Stage| match &stage.life.goal().standing {
        Standing::Proposed { draft } => {
            draft.tasks.iter().map(|task| task.id.to_string()).collect::<Vec<_>>()
        }
        _ => Vec::new(),
    };
    let before = order(&stage);
    stage.press("j J");
    assert_ne!(order(&stage), before);
    stage.press("u");
    assert_eq!(order(&stage), before);
    stage.press("s y");
    assert_eq!(order(&stage).len(), 3);
    stage.press("u");
    assert_eq!(order(&stage), before);
}

#[test]
fn a_brief_that_waits_for_its_turn_waits_for_approval_again() {
    let mut life = Life::with_caps(Policy::Each, Caps { parallel: 1, ..Caps::default() });
    life.at = START;
    life.plan(vec![spec("one", &[]), spec("other", &[])]);
    life.write_brief("one", "Do one.");
    life.write_brief("other", "Do the other.");
    life.approve_brief("one");
    let mut stage = Stage::over(life, 120, 36);
    stage.press("a A");
    assert_eq!(*stage.life.phase("other"), Phase::Ready);
    stage.press("u");
    assert_eq!(*stage.life.phase("other"), Phase::Drafted);
}

#[test]
fn a_brief_that_was_sent_can_only_be_paused() {
    let mut stage = Stage::over(refuted(), 120, 36);
    stage.press("a A");
    assert!(matches!(stage.life.phase("money"), Phase::Running { .. }), "{}", stage.shown());
    stage.press("u");
    assert!(stage.shown().contains("Pause the task?"), "{}", stage.shown());
    stage.press("y");
    assert!(matches!(stage.life.phase("money"), Phase::Blocked { .. }));
}

#[test]
fn a_brief_whose_work_is_over_is_not_offered_to_be_taken_back() {
    let mut stage = Stage::over(refuted(), 120, 36);
    stage.press("a A");
    stage.life.executed("money");
    stage.life.checked("money", Outcome::Failed);
    stage.life.judged("money", follow_up("count in whole cents"));
    stage.life.write_brief("money", "Count in whole cents.");
    stage.tell();
    assert!(!stage.shown().contains("undo approving"), "{}", stage.shown());
    stage.press("u");
    let shown = stage.shown();
    assert!(shown.contains("the work on it is over"), "{shown}");
    assert!(!shown.contains("Pause the task?"), "{shown}");
}

#[test]
fn a_rejected_brief_is_there_again() {
    let mut stage = Stage::over(refuted(), 120, 36);
    let tasks = &stage.life.goal().plan.tasks;
    let id = tasks.iter().find(|task| task.phase == Phase::Drafted).unwrap().spec.id.to_string();
    stage.press("a x");
    stage.type_in("not so");
    stage.press("Enter");
    assert_ne!(*stage.life.phase(&id), Phase::Drafted);
    stage.press("u");
    assert_eq!(*stage.life.phase(&id), Phase::Drafted);
    assert!(stage.life.task(&id).brief.is_some());
}

#[test]
fn what_cannot_be_taken_back_says_why() {
    let mut stage = Stage::over(working(), 120, 36);
    stage.draw();
    stage.press("a");
    stage.wait(400);
    stage.press("y u");
    let shown = stage.shown();
    assert!(shown.contains("cannot be taken back: the session has heard it"), "{shown}");
}

#[test]
fn a_taking_back_that_is_refused_leaves_the_decisions_as_they_were() {
    let mut stage = Stage::over(working(), 120, 36);
    stage.press("j j j j j p");
    let before = stage.ui.decisions.done.clone();
    let press = Keys::parse("u").unwrap().0[0];
    assert!(stage.event(KeyEvent::new(press.code, press.mods)).is_some());
    assert_ne!(stage.ui.decisions.done, before);
    stage.refuse("it is too late");
    assert_eq!(stage.ui.decisions.done, before);
    assert!(stage.shown().contains("it is too late"));
}

#[test]
fn a_refusal_undoes_the_very_decision_that_it_is_of() {
    let mut stage = Stage::over(working(), 120, 36);
    stage.press("j j j j j");
    let wish = |stage: &mut Stage, key: &str| {
        let press = Keys::parse(key).unwrap().0[0];
        stage.event(KeyEvent::new(press.code, press.mods)).expect("it is wished");
        stage.ui.decisions.latest()
    };
    let first = wish(&mut stage, "p");
    stage.press("k");
    wish(&mut stage, "p");
    let held = |stage: &Stage| {
        stage.ui.decisions.done.iter().map(|one| one.what.clone()).collect::<Vec<_>>()
    };
    assert_eq!(held(&stage), ["pausing `docs`", "pausing `month`"]);
    let now = stage.now();
    let Stage { life, story, live, ui, .. } = &mut stage;
    let facts = Facts { state: life.core.state(), story, live, now };
    ui.refused(first, &Refusal::NotNow("it is over".into()), facts);
    assert_eq!(held(&stage), ["pausing `month`"]);
}
