//! `plan`: plan only; check a file; show what is in force.

use std::path::Path;

use super::{
    args::{Common, PlanArgs, PlanVerb},
    fork,
    out::{CliError, Exit, Form, data, say},
    read, run, start,
    tape::{self, Watched},
};
use crate::{
    domain::{Goal, Policy, Standing, YAML_BYTES, counted},
    planner::{self, FileFault, PlanFile},
};

pub(super) async fn plan(common: &Common, args: PlanArgs) -> Result<Exit, CliError> {
    match args.verb {
        Some(PlanVerb::Check { file }) => check(common, &file).await,
        Some(PlanVerb::Fork { at, goal }) => {
            fork::fork(&start::place(common).await?, &at, goal.as_deref())
        }
        Some(PlanVerb::Show { at }) => show(&start::place(common).await?, at.as_deref()),
        None => {
            let Some(goal) = args.goal else {
                return Err(CliError::Usage(
                    "say what to plan: chargehand plan \"…\", or use `plan check`, `plan show`"
                        .to_owned(),
                ));
            };
            make(common, &goal, args.output.as_deref()).await
        }
    }
}

async fn make(common: &Common, goal: &str, output: Option<&Path>) -> Result<Exit, CliError> {
    let goal = run::goal_text(goal)?;
    let mut cassette = tape::load(common, Watched::No)?;
    let overrides = cassette.over(start::overrides(common));
    let mut place = start::place_with(common, overrides).await?;
    place.tape = cassette.tape(common, &place, Some(&goal))?;
    let wish = run::Wish {
        goal: Some(goal),
        plan: None,
        policy: Policy::Each,
        commands: None,
        budget: None,
        form: Form::Lines,
        then: run::Then::Rest,
    };
    let exit = run::work(&place, wish).await?;
    cassette.told();
    let (engine, _) = place.read()?;
    let text = engine.state().goal().and_then(yaml);
    match (text, output) {
        (None, _) => return Ok(exit),
        (Some(text), None) => data(text.trim_end()),
        (Some(text), Some(path)) => {
            let file = std::fs::File::create_new(path);
            file.and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()))
                .map_err(|error| {
                    CliError::Usage(format!(
                        "{}: {error}; nothing was written. `chargehand plan show` prints the plan",
                        path.display()
                    ))
                })?;
            say(format_args!("the plan is in {}", path.display()));
        }
    }
    Ok(Exit::Done)
}

/// The goal's plan as a plan file: the one that is proposed, else the one in force.
pub(super) fn yaml(goal: &Goal) -> Option<String> {
    let draft = match &goal.standing {
        Standing::Proposed { draft } => draft.clone(),
        Standing::Planning { .. }
        | Standing::Working
        | Standing::Stalled { .. }
        | Standing::Landed { .. } => goal.plan.draft(),
    };
    if draft.tasks.is_empty() {
        return None;
    }
    planner::emit(&PlanFile { goal: goal.text.clone(), draft }).ok()
}

/// Reads a plan file; its faults come with line and column.
pub(super) fn read_file(path: &Path) -> Result<PlanFile, CliError> {
    let unreadable = |why: String| CliError::Usage(format!("{}: {why}", path.display()));
    let size = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.len();
    if size > YAML_BYTES as u64 {
        return Err(unreadable(format!("{size} bytes; a plan file has at most {YAML_BYTES}")));
    }
    let text = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let text = String::from_utf8(text).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..at]);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let place = format!("{}:{line}:{column}", path.display());
        CliError::Usage(format!("{place}: this is not UTF-8; save the file as UTF-8"))
    })?;
    planner::parse(&text, &|_| true).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(|fault| located(path, fault)).collect();
        CliError::Usage(lines.join("\n"))
    })
}

/// A fault as editors and people find it: `plan.yaml:14:3: …`.
fn located(path: &Path, fault: &FileFault) -> String {
    format!("{}:{}:{}: {}", path.display(), fault.line, fault.column, fault.text)
}

async fn check(common: &Common, path: &Path) -> Result<Exit, CliError> {
    let file = read_file(path)?;
    // Inputs can be looked for only where there is a repository.
    if let Ok(place) = start::place(common).await
        && let Ok(paths) = place.repo.ls_tree("HEAD").await
    {
        let text = std::fs::read_to_string(path)?;
        let exists = |wanted: &str| {
            let folder = format!("{}/", wanted.trim_end_matches('/'));
            paths.iter().any(|path| path == wanted || path.starts_with(&folder))
        };
        if let Err(faults) = planner::parse(&text, &exists) {
            for fault in &faults {
                say(located(path, fault));
            }
            return Ok(Exit::Usage);
        }
    }
    let tasks = counted(file.draft.tasks.len(), "task", "tasks");
    let stages = counted(file.draft.stages.len(), "stage", "stages");
    say(format_args!("{}: sound: {tasks} in {stages}", path.display()));
    Ok(Exit::Done)
}

fn show(place: &crate::app::Place, at: Option<&str>) -> Result<Exit, CliError> {
    let state = read::state(place, at)?;
    match state.goal().and_then(yaml) {
        Some(text) => {
            data(text.trim_end());
            Ok(Exit::Done)
        }
        None if state.goal().is_none() => Err(CliError::no_goal()),
        None => Err(CliError::no_plan()),
    }
}
