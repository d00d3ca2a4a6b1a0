//! What the status bar offers is done when its key is pressed: in every state that a task can be in.

use super::*;

/// A life with the state that it is to show in its plan.
type Case = (&'static str, Life);

fn begun(after: impl FnOnce(&mut Life)) -> Life {
    let mut life = proposed();
    life.person(Command::ApprovePlan { hash: draft(tasks()).hash() });
    after(&mut life);
    life
}

fn ended(life: &mut Life, word: &str, class: FaultClass) {
    let run = life.open(word, Some("money"));
    life.end(run, fault(class));
}

fn asked_to_change(life: &mut Life) {
    life.briefed("money", "Write it.");
    life.executed("money");
    life.checked("money", Outcome::Failed);
    let task = Box::new(titled("more", "Mind the sign", &["money"]));
    life.judged("money", Decision::ChangePlan { hunks: vec![Hunk::Add { task }] });
}

/// A life in every state of a plan and of the first of its tasks; the others wait for it.
#[expect(clippy::too_many_lines, reason = "a table")]
fn cases() -> Vec<Case> {
    let mut planning = Life::new(Policy::Each);
    planning.at = START;
    let mut stalled = Life::new(Policy::Each);
    let run = stalled.open("plan", None);
    stalled.end(run, fault(FaultClass::Auth));
    let mut narrow = Life::with_caps(Policy::Each, Caps { parallel: 1, ..Caps::default() });
    narrow.plan(vec![spec("one", &[]), spec("other", &[])]);
    narrow.write_brief("one", "Do one.");
    narrow.write_brief("other", "Do the other.");
    narrow.approve_brief("one");
    narrow.approve_brief("other");
    let mut looks = titled("money", "Parse amounts exactly", &[]);
    looks.criteria.push(manual("it reads well"));
    let mut accepted = Life::planned(Policy::Each, vec![looks]);
    accepted.briefed("money", "Write it.");
    accepted.accepted("money");
    let mut complete = Life::planned(Policy::Each, vec![spec("money", &[])]);
    complete.done("money");
    let mut landed = Life::planned(Policy::Each, vec![spec("money", &[])]);
    landed.done("money");
    landed.person(Command::RecordLanding { into: "main".into(), commit: "c9".into() });
    let hold = |life: &mut Life| {
        life.person(Command::HoldTask { task: "money".into() });
    };
    let mut unready = begun(|_| ());
    let run = unready.open("brief", Some("money"));
    let mut brief = brief_for(unready.task("money"), "Do.");
    let finding = Finding { severity: Severity::Error, text: "vague".into(), fix: None };
    brief.lint = vec![finding; 9];
    unready.run(Command::WriteBrief { run, brief });
    unready.end(run, End::Done);
    let mut failed = begun(|life| {
        let caps = Caps { attempts: 1, ..life.goal().caps };
        life.person(Command::SetCaps { caps });
    });
    failed.briefed("money", "Write it.");
    failed.executed("money");
    failed.checked("money", Outcome::Failed);
    failed.judged("money", follow_up("another way"));
    let mut waits_for_a_server = Life::routed(Policy::Each, tasks());
    waits_for_a_server.briefed("money", "do it");
    let run = waits_for_a_server.open_attempt("money");
    let overload = fault_of(FaultClass::Overload, "far", "mid");
    waits_for_a_server.end(run, End::Faulted { fault: overload });
    vec![
        ("failed", failed),
        ("waits for a server", waits_for_a_server),
        ("planning", planning),
        ("stalled", stalled),
        ("proposed", proposed()),
        ("briefing", begun(|_| ())),
        ("drafted", begun(|life| drop(life.write_brief("money", "Write it.")))),
        ("unready", unready),
        ("ready", narrow),
        ("running", begun(|life| life.briefed("money", "Write it."))),
        ("asking", working()),
        (
            "interrupted",
            begun(|life| {
                life.briefed("money", "Write it.");
                life.open_attempt("money");
                let run = life.open("execute", Some("money"));
                life.end(run, End::Interrupted);
            }),
        ),
        (
            "checking",
            begun(|life| {
                life.briefed("money", "Write it.");
                life.executed("money");
            }),
        ),
        (
            "reviewing",
            begun(|life| {
                life.briefed("money", "Write it.");
                life.executed("money");
                life.checked("money", Outcome::Passed);
            }),
        ),
        ("accepted", accepted),
        (
            "landing",
            begun(|life| {
                life.briefed("money", "Write it.");
                life.accepted("money");
            }),
        ),
        ("done", begun(|life| life.done("money"))),
        ("changing", begun(asked_to_change)),
        ("held", begun(hold)),
        (
            "held at work",
            begun(|life| {
                life.briefed("money", "Write it.");
                life.open_attempt("money");
                hold(life);
            }),
        ),
        (
            "blocked",
            begun(|life| {
                life.briefed("money", "Write it.");
                ended(life, "execute", FaultClass::Environment);
            }),
        ),
        (
            "cancelled",
            begun(|life| {
                let why = "no need".into();
                life.person(Command::CancelTask { task: "money".into(), why });
            }),
        ),
        ("follow-up", refuted()),
        ("complete", complete),
        ("landed", landed),
    ]
}

/// The offers of the bar, with the keys that ask for them.
fn offers(stage: &Stage) -> Vec<(Action, &'static str)> {
    let now = stage.now();
    let facts =
        Facts { state: stage.life.core.state(), story: &stage.story, live: &stage.live, now };
    let scene = Scene { facts, ui: &stage.ui, theme: &stage.theme, keys: &stage.keys };
    chargehand::ui::offered(&scene)
}

fn again(life: &Life) -> Life {
    let (core, log, settings) = (life.core.clone(), life.log.clone(), life.settings.clone());
    Life { core, log, at: life.at, settings }
}

/// What can be seen of the screen's own state but for what is said.
fn sight(ui: &Ui) -> String {
    format!(
        "{:?} {:?} {:?} {:?} {:?} {:?}",
        ui.modals, ui.focus, ui.plan, ui.sessions, ui.shown, ui.search
    )
}

/// Presses the key of an action and answers what it asks, so that it comes to its end.
fn comes_to(stage: &mut Stage, action: Action) -> Result<(), String> {
    let before = sight(&stage.ui);
    let keys = stage.keys.key_of(stage.ui.layer(), action);
    let mut wish = None;
    for press in Keys::parse(&keys).unwrap().0 {
        wish = stage.event(KeyEvent::new(press.code, press.mods));
    }
    if wish.is_none() && sight(&stage.ui) == before {
        let said = stage.ui.toast.as_ref().map(|toast| toast.text.clone());
        return Err(format!("nothing happens: {said:?}"));
    }
    let prompt = matches!(stage.ui.modals.last(), Some(Modal::Prompt { .. }));
    if wish.is_none() && prompt {
        stage.type_in("because");
        wish = stage.event(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE));
    } else if wish.is_none() && matches!(stage.ui.modals.last(), Some(Modal::Confirm { .. })) {
        wish = stage.event(KeyEvent::new(KeyCode::Char('y'), KeyModifiers::NONE));
    } else if wish.is_none() && matches!(stage.ui.modals.last(), Some(Modal::Draft { .. })) {
        // A task that waits for one that was cancelled is edited to wait for it no more.
        let text = stage.ui.modals.last().and_then(Modal::editor).map(chargehand::ui::Editor::text);
        let text = text.unwrap().replace("after:\n- money\n", "");
        stage.ui.edited(&text);
        if action != Action::Add {
            wish = stage.event(KeyEvent::new(KeyCode::Char('s'), KeyModifiers::CONTROL));
        }
    }
    match wish {
        Some(Wish::Commands(commands)) => {
            for command in commands {
                stage
                    .life
                    .try_by(command, Actor::Person)
                    .map_err(|refusal| format!("refused: {refusal}"))?;
            }
            Ok(())
        }
        Some(Wish::Diff { task }) => match stage.life.goal().task(&task).and_then(Task::worked) {
            Some(_) => Ok(()),
            None => Err("there is no diff".into()),
        },
        Some(_) | None => Ok(()),
    }
}

#[test]
fn every_key_that_the_plan_offers_does_something_in_every_state_of_a_task() {
    let mut faults = Vec::new();
    let mut phases = std::collections::BTreeSet::new();
    for (state, life) in cases() {
        let rows = life.goal().plan.tasks.len().max(tasks().len()) + 1;
        for row in 0..=rows {
            let stage = |life: &Life| {
                let mut stage = Stage::over(again(life), 120, 36);
                stage.draw();
                (0..row).for_each(|_| drop(stage.press("j")));
                stage
            };
            let first = stage(&life);
            if let Some(id) = first.ui.task_at_cursor(first.life.goal())
                && let Some(task) = first.life.goal().task(&id)
            {
                phases.insert(task.phase.word());
            }
            for (action, word) in offers(&first) {
                if let Err(why) = comes_to(&mut stage(&life), action) {
                    faults.push(format!("{state}, row {row}: {word} ({action:?}): {why}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let seen: Vec<&str> = phases.into_iter().collect();
    assert_eq!(
        seen.join(", "),
        "accepted, approved, blocked, brief waits, briefing, cancelled, done, failed, in review, \
         interrupted, landing, paused, plan change waits, ready, running, verifying"
    );
}

#[test]
fn what_is_not_offered_is_what_would_be_refused() {
    let words = |life: Life, keys: &str| {
        let mut stage = Stage::over(life, 120, 36);
        stage.draw();
        stage.press(keys);
        offers(&stage).iter().map(|(_, word)| *word).collect::<Vec<_>>().join(", ")
    };
    let running = begun(|life| life.briefed("money", "Write it."));
    let mut told = vec![words(running, "j j")];
    let drafted = begun(|life| drop(life.write_brief("money", "Write it.")));
    told.push(words(drafted, "j j"));
    told.push(words(begun(|life| life.done("money")), "j j"));
    let held = begun(|life| {
        life.person(Command::HoldTask { task: "money".into() });
    });
    told.push(words(held, "j j"));
    assert_eq!(
        told,
        [
            "open, cancel, pause, palette, help",
            "open, approve, reject, edit brief, pause, palette, help",
            "open, diff, palette, help",
            "open, let go on, cancel, edit, palette, help",
        ]
    );
}

#[test]
fn a_key_that_is_not_offered_says_why() {
    let mut stage = Stage::over(begun(|life| life.briefed("money", "Write it.")), 120, 36);
    for (keys, why) in [
        ("j j Space", "a session works on attempt 1"),
        ("d", "`money` has no committed work yet"),
        ("e", "task `money` is under way; pause or cancel it first"),
        ("s", "task `money` is under way; pause or cancel it first"),
        ("K", "`money` is the first of its stage"),
    ] {
        assert_eq!(stage.press(keys), None);
        assert!(stage.shown().contains(why), "{keys}: {}", stage.shown());
        assert!(stage.ui.modals.is_empty(), "{keys}");
    }
}

#[test]
fn an_undo_is_offered_only_where_it_is_accepted() {
    let bar = |stage: &mut Stage| stage.shown().lines().last().unwrap_or_default().to_owned();
    // A task that was cancelled after its last attempt cannot be tried again by taking that back.
    let mut life = begun(|_| ());
    let caps = Caps { attempts: 1, ..life.goal().caps };
    life.person(Command::SetCaps { caps });
    life.briefed("money", "Write it.");
    life.open_attempt("money");
    let mut stage = Stage::over(life, 160, 45);
    stage.draw();
    stage.press("j j x");
    stage.type_in("enough");
    stage.press("Enter");
    assert!(matches!(stage.life.phase("money"), Phase::Cancelled { .. }));
    assert!(!bar(&mut stage).contains("undo"), "{}", stage.shown());
    assert_eq!(stage.press("u"), None);
    assert!(stage.shown().contains("cannot be taken back: task `money` has had 1 of 1"));
    // Nor is an answer that was heard.
    let mut stage = Stage::over(working(), 160, 45);
    stage.draw();
    stage.press("a");
    stage.wait(400);
    stage.press("y");
    assert!(!bar(&mut stage).contains("undo"), "{}", stage.shown());
}

#[test]
fn dropping_a_task_of_a_plan_in_force_is_final_and_says_so() {
    let mut stage = Stage::over(begun(|_| ()), 160, 45);
    stage.draw();
    stage.press("j j j s");
    let shown = stage.shown();
    assert!(shown.contains("Drop `import` from the plan?"), "{shown}");
    assert!(shown.contains("This cannot be taken"), "{shown}");
    stage.press("y");
    assert_eq!(*stage.life.phase("import"), Phase::Superseded);
    assert!(!stage.shown().contains("undo"), "{}", stage.shown());
    let mut stage = Stage::over(proposed(), 160, 45);
    stage.press("j s");
    assert!(!stage.shown().contains("taken back"), "a proposal can be: {}", stage.shown());
    stage.press("y");
    assert!(stage.shown().contains("u undo your change of the plan"), "{}", stage.shown());
}

#[test]
fn a_plan_that_came_after_a_rejection_is_never_replaced_by_taking_that_back() {
    let mut stage = Stage::over(proposed(), 160, 45);
    stage.press("x");
    stage.type_in("smaller");
    stage.press("Enter");
    assert!(stage.shown().contains("u undo rejecting the plan"), "{}", stage.shown());
    let run = stage.life.open("plan", None);
    let newer = draft(vec![titled("money", "Parse amounts", &[])]);
    stage.life.run(Command::Propose { run, draft: newer.clone() });
    stage.life.end(run, End::Done);
    stage.tell();
    assert!(!stage.shown().contains("undo"), "{}", stage.shown());
    assert_eq!(stage.press("u"), None);
    let shown = stage.shown();
    assert!(shown.contains("the rejected plan has been followed by another"), "{shown}");
    let Standing::Proposed { draft } = &stage.life.goal().standing else { panic!("proposed") };
    assert_eq!(*draft, newer);
}

#[test]
fn the_core_itself_replaces_no_newer_plan() {
    let mut life = proposed();
    let (old, newer) = (draft(tasks()), draft(vec![titled("money", "Parse amounts", &[])]));
    life.person(Command::RejectPlan { why: "smaller".into() });
    let run = life.open("plan", None);
    life.run(Command::Propose { run, draft: newer.clone() });
    life.end(run, End::Done);
    let again = Command::RestorePlan { draft: old.clone(), of: None };
    let mut told = vec![life.person_refused(again)];
    let again = Command::RestorePlan { draft: old.clone(), of: Some(old.hash()) };
    told.push(life.person_refused(again));
    life.person(Command::RestorePlan { draft: old.clone(), of: Some(newer.hash()) });
    life.person(Command::ApprovePlan { hash: old.hash() });
    let again = Command::RestorePlan { draft: old.clone(), of: Some(old.hash()) };
    told.push(life.person_refused(again));
    assert_eq!(
        told,
        [
            "not now: the rejected plan has been followed by another",
            "not now: the plan has been followed by another since",
            "not now: the plan has been followed by another since",
        ]
    );
}

#[test]
fn a_brief_that_came_after_a_rejection_leaves_no_undo_in_the_bar() {
    let mut stage = Stage::over(refuted(), 160, 45);
    stage.press("a x");
    stage.type_in("not so");
    stage.press("Enter");
    assert!(stage.shown().contains("u undo rejecting the brief"), "{}", stage.shown());
    stage.life.write_brief("money", "Round half a cent to even.");
    stage.tell();
    assert!(!stage.shown().contains("undo"), "{}", stage.shown());
    assert_eq!(stage.press("u"), None);
    assert!(stage.shown().contains("has been followed by another"), "{}", stage.shown());
}
