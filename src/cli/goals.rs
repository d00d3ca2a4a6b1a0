//! `goals`: list them, switch to one, put one away.

use super::{
    decide::record,
    ids,
    out::{CliError, Exit, Form, data},
};
use crate::{
    app::Place,
    domain::{Command, Phase, Standing},
    ui,
};

pub(super) fn goals(
    place: &Place,
    switch: Option<String>,
    archive: Option<String>,
) -> Result<Exit, CliError> {
    let command = switch
        .map(|id| Command::SwitchGoal { id: ids::goal(&id) })
        .or(archive.map(|id| Command::ArchiveGoal { id: ids::goal(&id) }));
    if let Some(command) = command {
        let (mut engine, mut store) = place.open()?;
        record(&mut engine, &mut store, command, Form::Lines)?;
        return Ok(Exit::Done);
    }
    let (engine, _) = place.read()?;
    let state = engine.state();
    for goal in state.goals.values() {
        let mark = if state.active.as_ref() == Some(&goal.id) { '*' } else { ' ' };
        let done = goal.plan.tasks.iter().filter(|one| matches!(one.phase, Phase::Done { .. }));
        let archived = if goal.archived { " (archived)" } else { "" };
        let stands = match &goal.standing {
            Standing::Landed { into, .. } => format!(", merged into {}", ui::line(into)),
            _ if goal.is_complete() => ", ready to land".to_owned(),
            Standing::Planning { .. }
            | Standing::Proposed { .. }
            | Standing::Working
            | Standing::Stalled { .. } => String::new(),
        };
        data(format_args!(
            "{mark} {:<32} {}/{} done{stands}{archived}  {}",
            goal.id,
            done.count(),
            goal.plan.tasks.len(),
            ui::line(&goal.text)
        ));
    }
    Ok(Exit::Done)
}
