//! The promises of the core, held against any order of commands.
//!
//! Two thousand and more walks of random but mostly sensible commands, kills and restarts among
//! them, are taken once; a watch looks at every record of every walk and writes down what breaks
//! a promise. Each test then asks for one promise. A finding names its seed.
#![allow(unreachable_pub, reason = "a test crate has no outside")]
#![allow(clippy::expect_used, reason = "a world that is not as expected fails its test")]

#[path = "../world/mod.rs"]
mod world;

mod dice;
mod draw;
mod drive;
mod hands;
mod walk;
mod watch;

use std::sync::LazyLock;

use walk::Taken;

static TAKEN: LazyLock<Taken> = LazyLock::new(walk::all);

fn holds(promise: &str) {
    assert!(TAKEN.walks >= 2_000, "only {} walks were taken", TAKEN.walks);
    let found = TAKEN.findings.get(promise).map_or(&[][..], Vec::as_slice);
    let shown: Vec<&str> = found.iter().take(5).map(String::as_str).collect();
    assert!(found.is_empty(), "{} times broken:\n{}", found.len(), shown.join("\n"));
}

#[test]
fn invariant_02_a_task_is_begun_only_when_every_task_before_it_is_done() {
    holds("02");
}

#[test]
fn invariant_03_no_session_begins_without_an_approval_of_its_very_brief() {
    holds("03");
}

#[test]
fn invariant_04_done_needs_passing_evidence_on_the_tree_that_lands() {
    holds("04");
}

#[test]
fn invariant_05_attempts_stay_within_the_limit_and_none_is_repeated_unchanged() {
    holds("05");
}

#[test]
fn invariant_06_reserved_and_spent_stay_under_the_caps_at_every_dispatch() {
    holds("06");
}

#[test]
fn invariant_07_a_fault_outside_the_model_consumes_no_attempt() {
    holds("07");
}

#[test]
fn invariant_08_every_run_that_began_has_an_end_also_after_a_kill_at_any_record() {
    holds("08");
}

#[test]
fn invariant_09_replaying_the_log_gives_the_same_state_byte_for_byte() {
    holds("09");
}

#[test]
fn invariant_13_pinned_fields_change_only_by_a_person_s_word() {
    holds("13");
}

#[test]
fn a_step_always_ends() {
    holds("ends");
}

#[test]
fn no_task_has_two_runs_at_once_and_no_more_sessions_run_than_allowed() {
    holds("runs");
}

#[test]
fn whatever_comes_to_rest_unfinished_waits_for_the_person_by_name() {
    holds("stuck");
}

#[test]
fn what_waits_for_the_person_can_be_decided_under_its_name() {
    holds("offers");
}

#[test]
fn from_anywhere_a_willing_person_and_good_runs_bring_the_goal_home() {
    holds("home");
}

/// The walks prove something only if they get everywhere.
#[test]
fn the_walks_reach_every_phase_and_every_event() {
    let phases: Vec<&str> = TAKEN.phases.iter().map(String::as_str).collect();
    insta::assert_snapshot!(phases.join("\n"), @"
    accepted
    approved
    blocked
    brief waits
    briefing
    cancelled
    done
    failed
    in review
    interrupted
    landing
    paused
    plan change waits
    ready
    running
    superseded
    verifying
    ");
    let events: Vec<&str> = TAKEN.events.iter().map(String::as_str).collect();
    insta::assert_snapshot!(events.join("\n"), @"
    AttemptOpened
    BaselineTaken
    BriefApproved
    BriefRejected
    BriefWritten
    CallAnswered
    CallIntended
    CapsSet
    ChangeDecided
    ChangeProposed
    Checked
    GoalArchived
    GoalLanded
    GoalOpened
    GoalSwitched
    ItemLogged
    Judged
    Landed
    LandingConflicted
    LandingRefuted
    LessonNoted
    ManualChecked
    Noted
    PlanApproved
    PlanEdited
    PlanProposed
    PlanRejected
    PlanningResumed
    PolicySet
    ProviderReleased
    ProviderTried
    QuestionAnswered
    QuestionAsked
    Reported
    Reserved
    Routed
    RuleAdded
    RunBegan
    RunEnded
    Spent
    Steered
    TakenBack
    TaskCancelled
    TaskHeld
    TaskReleased
    TaskRetried
    WorkCommitted
    ");
}
