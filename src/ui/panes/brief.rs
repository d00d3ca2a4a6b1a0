//! A task before it has a session: what is asked, how it will be looked at, what it needs.

use std::fmt::Write as _;

use ratatui::layout::Rect;

use super::{
    super::{
        layout::{Pane, Places},
        paint::{Brush, Edge, count},
        place::Spot,
        plan_rows::tasks,
        theme::Role,
        view::{Scene, pane},
    },
    plan::paragraph,
};
use crate::domain::{Check, Criterion, Goal, Standing, TaskSpec};

/// How a criterion is looked at, in words.
fn looked_at(one: &Criterion) -> String {
    match &one.check {
        Check::Command { run, .. } => format!("{}\n    $ {run}", one.text),
        Check::FileExists { path } => format!("{}\n    there is {path}", one.text),
        Check::FileMatches { path, pattern } => format!("{}\n    {path} has {pattern}", one.text),
        Check::DiffWithin { globs } => {
            format!("{}\n    changes within {}", one.text, globs.join(" "))
        }
        Check::Manual { look } => format!("{}\n    you look: {look}", one.text),
        Check::Judgement { ask } => format!("{}\n    a model is asked: {ask}", one.text),
    }
}

/// A task's assignment in plain text.
pub(in super::super) fn task_text(spec: &TaskSpec) -> String {
    let mut text = format!("{}\n\n{}\n", spec.title, spec.objective);
    let mut list = |title: &str, all: Vec<String>| {
        if !all.is_empty() {
            text.extend(["\n", title, "\n"]);
            text.extend(all.iter().map(|one| format!("  - {one}\n")));
        }
    };
    list("Success criteria", spec.criteria.iter().map(looked_at).collect());
    list("Outputs", spec.outputs.clone());
    list("After", spec.after.iter().map(ToString::to_string).collect());
    list("Reads", spec.inputs.clone());
    list("May touch", spec.may_touch.clone());
    list("Must not touch", spec.must_not_touch.clone());
    list("Steps", spec.steps.clone());
    list("Out of scope", spec.out_of_scope.clone());
    list("Shared decisions", spec.shared_decisions.clone());
    if !spec.guidance.is_empty() {
        text.extend(["\nGuidance\n", &spec.guidance, "\n"]);
    }
    let tokens = spec.estimate_tokens.map(|one| format!(", about {} tok", count(one)));
    let _ = writeln!(
        text,
        "\nComplexity {} of 10{}, risk {}, a {} model{}",
        spec.complexity,
        if spec.why_complex.is_empty() {
            String::new()
        } else {
            format!(" ({})", spec.why_complex)
        },
        spec.risk.word(),
        spec.tier.word(),
        tokens.unwrap_or_default()
    );
    text
}

/// A whole plan in plain text.
pub(in super::super) fn plan_text(goal: &Goal) -> String {
    let Standing::Proposed { draft } = &goal.standing else { return String::new() };
    let mut text = format!("{}\n", draft.summary);
    let commands: std::collections::BTreeSet<&str> =
        draft.tasks.iter().flat_map(|task| &task.criteria).filter_map(Criterion::command).collect();
    if !commands.is_empty() {
        text.push_str("\nIts approval lets these commands run:\n");
        text.extend(commands.iter().map(|line| format!("  $ {line}\n")));
    }
    for (at, task) in draft.tasks.iter().enumerate() {
        let _ = writeln!(text, "\n{}. {} ({})", at + 1, task_text(task).trim_end(), task.id);
    }
    text
}

/// Draws the task at the plan's cursor, or how to begin.
pub(in super::super) fn draw(
    brush: &mut Brush<'_>,
    scene: &Scene<'_>,
    places: &Places,
    rect: Rect,
) {
    let goal = scene.facts.state.goal();
    let at = match &scene.ui.plan.cursor {
        Some(Spot::Task(id)) => {
            goal.and_then(|goal| tasks(goal).into_iter().find(|one| one.spec.id == *id))
        }
        Some(Spot::Stage(_)) | None => None,
    };
    let (title, text) = match (goal, at) {
        (_, Some(shown)) => (shown.spec.id.to_string(), task_text(shown.spec)),
        (None, None) => (
            "Welcome".to_owned(),
            "Plan, run and review coding agents. Nothing runs until you approve it.\n\nPress i and \
             say what should be built."
                .to_owned(),
        ),
        (Some(_), None) => ("Session".to_owned(), "Pick a task (1), Enter".to_owned()),
    };
    let edge = Edge { title: &title, ..Edge::default() };
    let inside = pane(brush, scene, places.borders, rect, Pane::Session, &edge);
    paragraph(brush, inside, &text, Role::Message);
}
