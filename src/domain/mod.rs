//! What the workbench knows and how it decides: plain data and pure functions.
//!
//! No clock, no IO, no chance, no `async`. Everything that happens goes once around one ring:
//!
//! ```text
//!   Command --decide--> Event --apply--> State --agenda--> Event ...
//!                         |
//!                         +--log, and only then--> Effect --hands--> Command
//! ```

mod agenda;
mod apply;
mod decide;
mod reshape;
mod ties;

pub mod alike;
pub mod attempt;
pub mod attention;
pub mod bill;
pub mod brief;
pub mod capture;
pub mod check;
pub mod command;
pub mod compare;
pub mod counted;
pub mod effect;
pub mod engine;
pub mod event;
pub mod faults;
pub mod forecast;
pub mod goal;
pub mod growth;
pub mod hash;
pub mod hold;
pub mod hunks;
pub mod ids;
pub mod item;
pub mod ledger;
pub mod lesson;
pub mod mend;
pub mod mine;
pub mod money;
pub mod named;
pub mod nearest;
pub mod order;
pub mod outputs;
pub mod phase;
pub mod plan;
pub mod refusal;
pub mod route;
pub mod rule;
pub mod run;
pub mod rung;
pub mod tokens;
pub mod waits;
pub mod why;
pub mod withdraw;
pub mod worth;
pub mod would;
pub mod yaml;
pub mod yaml_read;
pub mod yaml_scalar;
pub mod yaml_words;

pub use self::{
    attempt::{
        Attempt, Blocker, BlockerKind, Claim, Decision, Denial, LessonCandidate, Report, Snapshot,
        Verdict,
    },
    attention::{Waiting, WaitingId, WaitingKind, attention},
    bill::BillPart,
    brief::{Author, BEFORE, Brief, Finding, Fix, READY, Section, SectionKind, Severity, Source},
    capture::{Capture, Settled, suggested},
    check::{Check, Criterion, Evidence, Outcome, When},
    command::{Command, Dependants},
    compare::{Came, SectionChange, Sent, Sign, Version, changes, result, sent, versions},
    counted::counted,
    decide::Settings,
    effect::Effect,
    engine::{Commit, Engine},
    event::{Actor, Event, Record},
    faults::{Exists, MAX_TASKS, PlanFault, Spot, faults_of_draft, uncheckable},
    forecast::{Basis, Estimate, Forecast, estimate, forecast},
    goal::{Approver, Change, CommandAsk, CommandPolicy, Goal, Policy, Question, Standing, State},
    growth::{Growth, Traffic, growth},
    hold::Hold,
    hunks::{Reshaped, apply_hunks, faults_of_hunks},
    ids::{
        AttemptNo, CallId, CaptureId, ChangeId, GoalId, LessonId, QuestionId, RunId, Seq, StageId,
        TaskId,
    },
    item::{Item, ToolCall, Way},
    ledger::{Counts, Ledger, ledger, lower_bound},
    lesson::{Before, Lesson, LessonState, Mark, Sighting, Tally, Trust},
    mine::{Mined, mined, planted},
    money::{Caps, Day, DayCaps, Micros, Price, Reservation, SetBy, Spend, Usage},
    named::{Named, named},
    nearest::nearest,
    phase::{Direction, DirectionFrom, Override, Phase, Task},
    plan::{Field, Hunk, Kind, Part, Plan, PlanDraft, Risk, StageSpec, TaskSpec, Tier},
    refusal::Refusal,
    route::{Endpoint, Ladder, Routes, Rung},
    rule::{CommandRule, simple_argv},
    run::{Authority, End, Fault, FaultClass, Job, PendingCall, Permission, Run},
    rung::RouteWhy,
    tokens::{estimate_text, tokens_of},
    waits::why_waiting,
    why::{Reason, why},
    withdraw::{Rejected, Withdrawn},
    worth::Hollow,
    would::would,
    yaml::{Overgrown, YAML_BYTES, guard_yaml},
    yaml_read::{YamlFault, read_own_yaml, read_yaml, yaml_text},
    yaml_scalar::{number_as, text_as},
    yaml_words::{not_known, plain},
};
